"""One place for every setting: flag, variable, the workspace's settings.toml, default.

Each setting is a field of :class:`Settings` that carries its own reader and its own words, so the
table in the docs, the comments in ``settings.toml`` and the checks all come from here.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from stockturn.language import LANGUAGES, Language, Text, UsageError

Reading = Literal["management", "financial"]
Costing = Literal["moving_average", "monthly_average", "fifo", "standard"]
LogLevel = Literal["debug", "info", "warning", "error"]

FILE_NAME = "settings.toml"
_HOST = re.compile(r"[A-Za-z0-9*_:][A-Za-z0-9*._:-]{0,252}")
_LISTENS = re.compile(r"[0-9A-Za-z_.:-]+")
_POSTGRESQL = re.compile(r"postgresql://[^/\s?#]+/[^/\s?#]+")


class SettingUnknown(UsageError):
    """A key that no setting has."""

    code = "setting_unknown"


class SettingInvalid(UsageError):
    """A value that a setting cannot take."""

    code = "setting_invalid"


class _Refused(Exception):
    """A reader's refusal; carries what the setting accepts."""

    def __init__(self, expected: Text) -> None:
        super().__init__(expected.en)
        self.expected = expected


def _line(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise _Refused(Text("一行非空文字", "one line of text, not empty"))
    return value.strip()


def _one_of(*choices: str) -> Callable[[object], Any]:
    def read(value: object) -> str:
        if value not in choices:
            listed = " | ".join(choices)
            raise _Refused(Text(f"以下之一：{listed}", f"one of {listed}"))
        return str(value)

    return read


def _whole(lowest: int, highest: int) -> Callable[[object], int]:
    expected = Text(f"{lowest} 到 {highest} 的整数", f"a whole number from {lowest} to {highest}")

    def read(value: object) -> int:
        try:
            number = int(value) if isinstance(value, str) else value
        except ValueError:
            raise _Refused(expected) from None
        if not isinstance(number, int) or isinstance(number, bool):
            raise _Refused(expected)
        if not lowest <= number <= highest:
            raise _Refused(expected)
        return number

    return read


def _yes_or_no(value: object) -> bool:
    known = {"true": True, "1": True, "false": False, "0": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in known:
        return known[value.lower()]
    raise _Refused(Text("true 或 false", "true or false"))


def _share(value: object) -> Decimal:
    expected = Text("0 到 1 之间的小数，例如 0.01", "a share from 0 to 1, for example 0.01")
    try:
        share = Decimal(str(value))
    except InvalidOperation:
        raise _Refused(expected) from None
    if isinstance(value, bool) or not share.is_finite() or not 0 <= share <= 1:
        raise _Refused(expected)
    return share


def _hosts(value: object) -> str:
    parts = [part.strip() for part in value.split(";")] if isinstance(value, str) else [""]
    if value != "" and not all(_HOST.fullmatch(part) for part in parts):
        raise _Refused(
            Text("主机名或地址，以分号隔开", "names or addresses of hosts parted by semicolons")
        )
    return ";".join(parts)


def _currency(value: object) -> str:
    if not (isinstance(value, str) and len(value) == 3 and value.isascii() and value.isalpha()):
        raise _Refused(Text("三个字母的币种代码，例如 CNY", "a three-letter code such as CNY"))
    return value.upper()


def _host(value: object) -> str:
    if isinstance(value, str) and _LISTENS.fullmatch(value):
        return value
    raise _Refused(Text("一个主机名或 IP 地址", "a host name or an IP address"))


def _app_db(value: object) -> str:
    if value == "" or (isinstance(value, str) and _POSTGRESQL.fullmatch(value)):
        return str(value)
    form = "postgresql://user:password@host:port/name"
    raise _Refused(Text(f"留空，或 {form}", f"nothing, or {form}"))


def _folders(value: object) -> str:
    parts = str(value).split(";") if isinstance(value, str) and value else []
    if value == "" or (parts and all(Path(part.strip()).is_absolute() for part in parts)):
        return ";".join(part.strip() for part in parts)
    raise _Refused(
        Text("留空，或以分号隔开的绝对路径", "nothing, or absolute paths parted by semicolons")
    )


def _zone(value: object) -> str:
    try:
        return ZoneInfo(_line(value)).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _Refused(
            Text("时区名称，例如 Asia/Shanghai", "a time zone name such as Asia/Shanghai")
        ) from None


def _about(
    read: Callable[[object], Any], zh: str, en: str, *, variable: str | None = None
) -> dict[str, Any]:
    """What a field of :class:`Settings` carries: its reader and its words."""
    return {"read": read, "about": Text(zh, en), "variable": variable}


@dataclass(frozen=True)
class Settings:
    """The settings in force. Grain: one workspace in one process."""

    company: str = field(
        default="我的公司",
        metadata=_about(
            _line, "公司名称，显示在页面和报表上", "company name shown on page and reports"
        ),
    )
    language: Language = field(
        default="zh",
        metadata=_about(
            _one_of(*LANGUAGES),
            "界面与提示的语言",
            "language of the page and of messages",
            variable="STOCKTURN_LANG",
        ),
    )
    currency: str = field(
        default="CNY", metadata=_about(_currency, "本位币代码", "currency that values are kept in")
    )
    leading_reading: Reading = field(
        default="management",
        metadata=_about(
            _one_of("management", "financial"),
            "首要口径：management 按日加权、365 天；financial 首尾平均、360 天、本年累计",
            "reading that leads: management is day-weighted on 365 days; financial is two-point on "
            "360 days, year to date",
        ),
    )
    time_zone: str = field(
        default="Asia/Shanghai",
        metadata=_about(_zone, "营业日所在时区", "time zone that business days belong to"),
    )
    day_cutoff_hour: int = field(
        default=0,
        metadata=_about(
            _whole(0, 23),
            "营业日从几点开始（0 为午夜）",
            "hour at which a business day begins (0 is midnight)",
        ),
    )
    costing: Costing = field(
        default="moving_average",
        metadata=_about(
            _one_of("moving_average", "monthly_average", "fifo", "standard"),
            "来源没有成本时的计价方法：移动平均、月末一次加权平均、先进先出、标准成本",
            "costing where the source gives none: moving average, month-end weighted average, "
            "first in first out, or standard cost",
        ),
    )
    engine_memory_mb: int = field(
        default=896,
        metadata=_about(
            _whole(512, 1_048_576),
            "库存仓库引擎可用的内存（MB），不够时写到磁盘",
            "memory the warehouse engine may use, in MB; beyond it, it works on disk",
        ),
    )
    worker_memory_mb: int = field(
        default=2048,
        metadata=_about(
            _whole(256, 1_048_576),
            "每个工作进程可用的内存（MB）",
            "memory a worker process may use, in MB",
        ),
    )
    worker_seconds: int = field(
        default=600,
        metadata=_about(
            _whole(1, 86_400), "每个工作进程可运行的秒数", "seconds a worker process may run"
        ),
    )
    reject_bar: Decimal = field(
        default=Decimal("0.01"),
        metadata=_about(
            _share,
            "拒收行占比超过此值时导入被扣留",
            "share of rejected rows above which a load is held",
        ),
    )
    drop_bar: Decimal = field(
        default=Decimal("0.5"),
        metadata=_about(
            _share,
            "同一来源的文件比以前少到此比例以上时导入被扣留（1 为不检查）",
            "share by which a stream's file may bring less than before until the load is held (1 "
            "never holds)",
        ),
    )
    cost_coverage_bar: Decimal = field(
        default=Decimal("0.8"),
        metadata=_about(
            _share,
            "有成本的数量占比低于此值时不显示按成本计的指标（0 为总是显示）",
            "share of the quantity that must have a cost for figures at cost to be shown (0 shows "
            "always)",
        ),
    )
    free_space_floor_mb: int = field(
        default=256,
        metadata=_about(
            _whole(0, 1_048_576),
            "导入后磁盘至少应剩余的空间（MB）",
            "disk space that must remain free after a load, in MB",
        ),
    )
    port: int = field(
        default=8765,
        metadata=_about(
            _whole(0, 65_535), "页面端口（0 为任取）", "port of the page (0 picks a free one)"
        ),
    )
    host: str = field(
        default="127.0.0.1",
        metadata=_about(
            _host,
            "页面监听的地址；默认只在本机。0.0.0.0 为所有网卡，前面应有提供 https 的反向代理",
            "address the page listens on, by default this machine only; 0.0.0.0 is every network, "
            "and belongs behind a reverse proxy that speaks https",
        ),
    )
    allowed_hosts: str = field(
        default="",
        metadata=_about(
            _hosts,
            "浏览器可用来访问的其他主机名，以分号隔开",
            "further host names that browsers may use, parted by semicolons",
        ),
    )
    session_idle_hours: int = field(
        default=12,
        metadata=_about(
            _whole(1, 168),
            "登录后无操作多少小时自动退出",
            "hours without use after which a session ends",
        ),
    )
    session_days: int = field(
        default=7,
        metadata=_about(
            _whole(1, 90), "登录最长保持的天数", "days after which a session ends in any case"
        ),
    )
    app_db: str = field(
        default="",
        metadata=_about(
            _app_db,
            "应用数据库：留空为工作区内的 SQLite，或 postgresql://用户:密码@主机:端口/库",
            "app database: empty for SQLite in the workspace, or "
            "postgresql://user:password@host:port/name",
        ),
    )
    source_folders: str = field(
        default="",
        metadata=_about(
            _folders,
            "文件类来源可读取的目录，绝对路径，以分号隔开；留空则都不可读",
            "folders that sources of files may read: absolute paths parted by semicolons; empty "
            "for none",
        ),
    )
    fetching_jobs: int = field(
        default=2,
        metadata=_about(
            _whole(1, 32),
            "同时进行的取数任务数（写入仓库的任务总是一个接一个）",
            "runs that fetch from sources at once (runs that write to the warehouse go one by one)",
        ),
    )
    run_history_days: int = field(
        default=90,
        metadata=_about(
            _whole(1, 3650),
            "运行记录保留的天数（每种任务最近的 100 次总是保留）",
            "days that the history of runs is kept (the newest 100 of each kind always are)",
        ),
    )
    outbound_hosts: str = field(
        default="*",
        metadata=_about(
            _hosts,
            "HTTP、S3、SFTP 来源可连接的主机，以分号隔开，可用 *.example.com；* 为任何公网主机",
            "hosts that HTTP, S3 and SFTP sources may reach, parted by semicolons, with patterns "
            "like *.example.com; * is any public host",
        ),
    )
    outbound_private_hosts: str = field(
        default="",
        metadata=_about(
            _hosts,
            "内部网络中允许来源连接的主机，以分号隔开，逐台写明；留空则都不可连接",
            "hosts inside the own network that sources may reach, each by name, parted by "
            "semicolons; empty for none",
        ),
    )
    publish: bool = field(
        default=True,
        metadata=_about(
            _yes_or_no,
            "每次导入后把干净的数据表以 Parquet 发布到 published/",
            "publish the clean tables as Parquet in published/ after each load",
        ),
    )
    log_level: LogLevel = field(
        default="info",
        metadata=_about(
            _one_of("debug", "info", "warning", "error"), "日志级别", "level of the log"
        ),
    )


class Setting(NamedTuple):
    """One row of the settings table: what a setting is called, does and defaults to."""

    key: str
    variable: str
    default: Any
    about: Text
    read: Callable[[object], Any]


def table() -> Iterator[Setting]:
    """Yield every setting in order, for docs, ``settings.toml`` and checks."""
    for each in fields(Settings):
        variable = each.metadata["variable"] or f"STOCKTURN_{each.name.upper()}"
        yield Setting(
            each.name, variable, each.default, each.metadata["about"], each.metadata["read"]
        )


def resolve(
    folder: Path | None, flags: Mapping[str, object], environ: Mapping[str, str]
) -> Settings:
    """Return the settings in force: flag > variable > ``folder``/settings.toml > default.

    Args:
        folder: The workspace, or None where there is none yet.
        flags: Setting key to value; None means the flag was not given.
        environ: Environment variables.

    Raises:
        SettingUnknown: a flag or a line of the file names no setting.
        SettingInvalid: a value cannot be read, or the file is not TOML.
    """
    known = {setting.key: setting for setting in table()}
    chosen: dict[str, object] = {}
    if folder is not None:
        for key, value in _read_file(folder / FILE_NAME).items():
            chosen[key] = _accept(known, key, value, FILE_NAME)
    for setting in known.values():
        if setting.variable in environ:
            value = environ[setting.variable]
            chosen[setting.key] = _accept(known, setting.key, value, setting.variable)
    for key, flag in flags.items():
        if flag is not None:
            chosen[key] = _accept(known, key, flag, "--" + key.replace("_", "-"))
    return Settings(**cast("dict[str, Any]", chosen))


def render(values: Mapping[str, object]) -> str:
    """Return the text of a ``settings.toml``: every setting explained, the given ones set.

    Raises:
        SettingUnknown, SettingInvalid: as :func:`resolve`.
    """
    known = {setting.key: setting for setting in table()}
    given = {key: _accept(known, key, value, key) for key, value in values.items()}
    lines = ["# StockTurn", ""]
    for setting in known.values():
        lines += [f"# {setting.about.zh}", f"# {setting.about.en} ({setting.variable})"]
        value = given.get(setting.key, setting.default)
        # TOML's basic strings and JSON's agree for printable text, which `_line` has ensured.
        plain = value if isinstance(value, int) else str(value)
        written = json.dumps(plain, ensure_ascii=False)
        lines += [("" if setting.key in given else "# ") + f"{setting.key} = {written}", ""]
    return "\n".join(lines)


def _read_file(path: Path) -> dict[str, object]:
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingInvalid(
            Text(
                f"{path} 不是有效的 TOML：{error}。请修正该行，或删除文件以恢复默认值。",
                f"{path} is not valid TOML: {error}. Correct that line, or delete the file to go "
                "back to the defaults.",
            )
        ) from error


def _accept(known: Mapping[str, Setting], key: str, value: object, where: str) -> object:
    if key not in known:
        listed = ", ".join(known)
        raise SettingUnknown(
            Text(
                f"{where} 中没有名为“{key}”的设置。可用的设置：{listed}。",
                f"{where} has no setting called '{key}'. Known settings: {listed}.",
            )
        )
    try:
        return known[key].read(value)
    except _Refused as refusal:
        raise SettingInvalid(
            Text(
                f"{where} 中的设置“{key}”不能为 {value!r}，应为{refusal.expected.zh}。",
                f"{where}: setting '{key}' cannot be {value!r}; it takes {refusal.expected.en}.",
            )
        ) from refusal
