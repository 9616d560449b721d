"""The ``stockturn`` command: its list of commands, and how every failure is told."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click

from stockturn.cli.options import in_workspace
from stockturn.cli.shell import Shell, language_asked
from stockturn.cli.words import LazyGroup
from stockturn.language import StockTurnError, Text

WRONG_USE = 2
INTERRUPTED = 130

_ABOUT = Text(
    "库存周转：一本可信的库存账，以及由它得出的周转指标。",
    "StockTurn: one stock ledger to trust, and the turnover figures that follow from it.",
)
_ROOM = "stockturn.cli."
COMMANDS = {
    "demo": (_ROOM + "demo", Text("生成一家示例公司并打开页面", "generate a company and open it")),
    "init": (_ROOM + "init", Text("新建工作区", "make a new workspace")),
    "load": (_ROOM + "load", Text("导入文件", "load files")),
    "source": (_ROOM + "sources", Text("数据来源", "sources of data")),
    "feed": (_ROOM + "feeds", Text("取数任务", "feeds that read sources")),
    "show": (_ROOM + "show", Text("查询指标", "show figures")),
    "runs": (_ROOM + "runs", Text("运行记录：查看、取消", "runs: look at them, cancel them")),
    "schedule": (_ROOM + "schedule", Text("定时计划", "what runs when")),
    "serve": (_ROOM + "serve", Text("打开页面", "open the page")),
    "quarantine": (_ROOM + "quarantine", Text("隔离区：处理拒收的行", "settle rejected rows")),
    "quality": (_ROOM + "quality", Text("数据质量", "quality of the data")),
    "close": (_ROOM + "periods", Text("结账", "close a month")),
    "reopen": (_ROOM + "periods", Text("反结账", "reopen a month")),
    "periods": (_ROOM + "periods", Text("结账记录", "closes and reopenings")),
    "item": (_ROOM + "items", Text("合并改码的物料", "merge items that were recoded")),
    "rate": (_ROOM + "rates", Text("更正后的汇率与税率", "rates that are restated")),
    "user": (_ROOM + "people", Text("用户：邀请、角色、数据范围", "people and what they may see")),
    "token": (_ROOM + "tokens", Text("访问令牌", "API tokens")),
    "audit": (_ROOM + "auditing", Text("审计：谁做了什么", "who did what")),
    "check": (_ROOM + "check", Text("自检", "self-test")),
    "mapping": (_ROOM + "mapping", Text("为文件建议、确认映射", "suggest and confirm mappings")),
    "measures": (_ROOM + "catalogue", Text("指标卡", "what each measure means")),
    "mappings": (_ROOM + "catalogue", Text("可用的映射", "mappings that can be used")),
    "rebuild": (_ROOM + "rebuild", Text("由原始文件重建仓库", "make the warehouse again")),
    "backup": (_ROOM + "backup", Text("备份", "back up")),
    "restore": (_ROOM + "backup", Text("从备份恢复", "restore a backup")),
    "openapi": (_ROOM + "catalogue", Text("打印 HTTP 接口契约", "print the HTTP contract")),
}

_UNEXPECTED = Text(
    "出现意外错误（{kind}）。数据没有改变；详情见 {log}，报告问题时请附上。",
    "Something unexpected went wrong ({kind}). No data was changed; details are in {log}, please "
    "attach them when you report it.",
)
_STOPPED = Text("已中断；没有写完的内容已撤销。", "Interrupted; what was not finished was undone.")
_HINT = Text("用 {command} --help 查看用法。", "See {command} --help.")
_NO_SUCH_OPTION = Text("没有选项 {name}。", "There is no option {name}.")
_NO_SUCH_COMMAND = Text("没有命令 {name}。", "There is no command {name}.")
_MISSING = Text("缺少 {name}。", "{name} is missing.")
_BAD = Text("{name} 的值不对：{detail}", "Wrong value for {name}: {detail}")
_ONE_OF = Text("可用 {known}。", "choose one of {known}.")
_NOT_IN_RANGE = Text(
    "应为 {low} 到 {high} 的整数。", "it takes a whole number from {low} to {high}."
)
_WRONG_USE = Text("用法不对：{detail}", "Wrong use: {detail}")

cli = LazyGroup("stockturn", _ABOUT, COMMANDS)
in_workspace(cli)


def run(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and leave with its exit code.

    0 done, 1 failure, 2 wrong use, 3 held or too many rejected rows, 130 interrupted.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    shell = Shell(language_asked(given, os.environ))
    try:
        code = cli.main(given, prog_name="stockturn", standalone_mode=False, obj=shell)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.message)  # a group without a command: its help, as it is
        code = WRONG_USE
    except click.ClickException as error:
        shell.fail(_usage_words(error), "wrong_use")
        code = WRONG_USE
    except StockTurnError as error:
        _record(shell, error)
        shell.fail(error.message, error.code)
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        shell.tell(_STOPPED)
        code = INTERRUPTED
    except BrokenPipeError:
        # The reader (head, less) has seen enough; nobody is left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:  # noqa: BLE001 - told in words here, with its trace in the log
        code = _tell_unexpected(shell, error)
    sys.exit(code or 0)


def _tell_unexpected(shell: Shell, error: Exception) -> int:
    """Tell a failure that no command has words for; a full disk can be met anywhere."""
    from stockturn.workspace.space import DiskFull, is_disk_full

    log = _record(shell, error)
    if is_disk_full(error):
        full = DiskFull(shell.folder or Path.cwd())
        shell.fail(full.message, full.code)
    else:
        shell.fail(_UNEXPECTED.fill(kind=type(error).__name__, log=log), "unexpected")
    return 1


def _usage_words(error: click.ClickException) -> Text:
    context = getattr(error, "ctx", None)
    hint = _HINT.fill(command=context.command_path if context else "stockturn")
    parameter = getattr(error, "param", None)
    name = _parameter_name(parameter)
    match error:
        case click.NoSuchOption():
            words = _NO_SUCH_OPTION.fill(name=error.option_name)
        case click.MissingParameter():
            words = _MISSING.fill(name=name)
        case click.BadParameter():
            detail = _value_words(error, parameter)
            words = Text(
                _BAD.zh.format(name=name, detail=detail.zh),
                _BAD.en.format(name=name, detail=detail.en),
            )
        case click.UsageError() if type(error).__name__ == "NoSuchCommand":
            words = _NO_SUCH_COMMAND.fill(name=getattr(error, "command_name", ""))
        case _:
            words = _WRONG_USE.fill(detail=error.format_message())
    return Text(words.zh + hint.zh, f"{words.en} {hint.en}")


def _value_words(error: click.BadParameter, parameter: click.Parameter | None) -> Text:
    """Say what a value should have been; click itself speaks English only."""
    match parameter.type if parameter else None:
        case click.Choice(choices=choices):
            return _ONE_OF.fill(known=", ".join(map(str, choices)))
        case click.IntRange(min=low, max=high):
            return _NOT_IN_RANGE.fill(low=low, high=high)
        case _:
            return Text(error.message, error.message)


def _parameter_name(parameter: click.Parameter | None) -> str:
    if parameter is None:
        return ""
    if isinstance(parameter, click.Option):
        return parameter.opts[0]
    return parameter.human_readable_name


def _record(shell: Shell, error: BaseException) -> Path | str:
    """Put the trace into the log of the workspace, else into the user's; return where."""
    from platformdirs import user_log_path

    from stockturn.workspace import logs

    command = " ".join(click.unstyle(part) for part in sys.argv[1:3])
    folder = user_log_path("stockturn", appauthor=False)
    named = shell.folder or shell.environ.get("STOCKTURN_WORKSPACE")
    if named and (Path(named) / logs.FOLDER_NAME).is_dir():
        folder = Path(named).absolute() / logs.FOLDER_NAME
    try:
        return logs.record_failure(folder, error, {"command": command})
    except OSError:
        # Nowhere to write, as on a full disk: the message alone must do.
        return "-"
