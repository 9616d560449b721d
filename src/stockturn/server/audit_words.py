"""The details of audit lines in words: the page and the command line say the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stockturn.accounts.roles import ROLES
from stockturn.intake import load_job
from stockturn.intake.feeds import job as feed_job
from stockturn.intake.publishing import job as publish_job
from stockturn.intake.publishing import target_job
from stockturn.intake.sources.kinds import KINDS
from stockturn.language import Language, Text
from stockturn.metrics.dimensions import DIMENSIONS
from stockturn.metrics.measures import MEASURES

NAMES: Final[dict[str, Text]] = {
    "role": Text("角色", "role"),
    "rows": Text("数据范围", "rows"),
    "count": Text("行数", "count"),
    "kind": Text("种类", "kind"),
    "name": Text("名称", "name"),
    "verbs": Text("用途", "for"),
    "days": Text("天数", "days"),
    "for": Text("代表", "acts as"),
    "measures": Text("指标", "measures"),
    "by": Text("分组", "by"),
    "format": Text("格式", "format"),
    "files": Text("文件", "files"),
    "trial": Text("试算", "trial"),
    "answer": Text("回答", "answer"),
    "subject": Text("内容", "about"),
    "reason": Text("原因", "reason"),
    "load": Text("导入编号", "load"),
    "loaded": Text("入账行数", "rows loaded"),
    "mapping": Text("映射", "mapping"),
    "version": Text("版本", "version"),
    "what": Text("读取", "reads"),
    "source": Text("来源", "source"),
    "run": Text("运行编号", "run"),
    "trigger": Text("时间", "when"),
    "enabled": Text("启用", "enabled"),
    "into": Text("并入", "into"),
    "decided_by": Text("决定人", "decided by"),
}
"""What each detail is called; one that is not here is shown by its key."""

_VALUES: Final[dict[str, dict[str, Text]]] = {
    "role": {key: role.name for key, role in ROLES.items()},
    "measures": {key: measure.name for key, measure in MEASURES.items()},
    "by": {key: dimension.name for key, dimension in DIMENSIONS.items()},
    "verbs": {
        "read": Text("读取", "read"),
        "load": Text("导入", "load"),
        "manage": Text("管理", "manage"),
    },
    "kind": {
        **{key: kind.name for key, kind in KINDS.items()},
        "feed": feed_job.NAME,
        "load": load_job.NAME,
        "publish": publish_job.NAME,
        "publish_to": target_job.NAME,
        "completeness": Text("完整", "completeness"),
        "uniqueness": Text("唯一", "uniqueness"),
        "range": Text("范围", "range"),
        "reference": Text("有主数据", "reference"),
        "freshness": Text("及时", "freshness"),
        "volume": Text("数据量", "volume"),
        "balance_identity": Text("收发存相符", "balance identity"),
        "cost_coverage": Text("成本覆盖", "cost coverage"),
        "count_accuracy": Text("账实相符", "count accuracy"),
        "invitation": Text("邀请", "invitation"),
        "reset": Text("重设密码", "password reset"),
    },
    "answer": {
        "replace": Text("替换以前的", "replace the earlier"),
        "add": Text("作为另外的数据加上", "add on top"),
        "accept_drop": Text("已核对，照常导入", "checked, load anyway"),
        "again": Text("再试一次", "try again"),
        "discard": Text("放弃", "discard"),
    },
}
_EVERYTHING: Final = Text("全部", "all")
_NOTHING: Final = Text("无", "none")
_YES_NO: Final = (Text("否", "no"), Text("是", "yes"))
_TRIGGERS: Final = {
    "every_minutes": Text("每 {value} 分钟", "every {value} minutes"),
    "daily": Text("每天 {value}", "daily at {value}"),
    "cron": Text("cron {value}", "cron {value}"),
}


def said_details(details: Mapping[str, Any], language: Language) -> list[tuple[str, str]]:
    """Return each detail as name and value in one language."""
    return [
        (NAMES[key].read(language) if key in NAMES else key, _value(key, value, language))
        for key, value in details.items()
        if value not in (None, "", [], False)
    ]


def _value(key: str, value: Any, language: Language) -> str:
    if isinstance(value, bool):
        return _YES_NO[value].read(language)
    if key == "rows" and isinstance(value, Mapping):
        return _rows(value, language)
    if key == "trigger" and isinstance(value, Mapping):
        return ", ".join(_TRIGGERS[kind].read(language, value=at) for kind, at in value.items())
    if isinstance(value, list):
        separator = "、" if language == "zh" else ", "
        return separator.join(_value(key, each, language) for each in value)
    words = _VALUES.get(key, {}).get(str(value))
    return str(value) if words is None else words.read(language)


def _rows(scope: Mapping[str, Any], language: Language) -> str:
    if scope.get("everything"):
        return _EVERYTHING.read(language)
    parts = [
        f"{DIMENSIONS[key].name.read(language)} {' / '.join(members)}"
        for key, members in scope.get("rows", {}).items()
    ]
    return " · ".join(parts) or _NOTHING.read(language)
