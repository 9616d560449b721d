"""Who did what, when, to what, from where, and with what result. Rows are only ever added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

import sqlalchemy as sa

from stockturn.accounts.tables import AUDIT
from stockturn.language import Text

Channel = Literal["page", "token", "cli", "system"]
Result = Literal["done", "refused", "failed"]

_LONGEST: Final = 200


ACTIONS: Final[dict[str, Text]] = {
    "sign_in": Text("登录", "Sign in"),
    "sign_in_by_link": Text("用一次性链接登录", "Sign in by one-time link"),
    "sign_out": Text("退出登录", "Sign out"),
    "set_up_owner": Text("设立所有者", "Set up the owner"),
    "accept_invitation": Text("接受邀请", "Accept an invitation"),
    "set_password": Text("用链接设置新密码", "Set a password by link"),
    "change_password": Text("修改密码", "Change password"),
    "make_link": Text("生成一次性链接", "Make a one-time link"),
    "invite": Text("邀请用户", "Invite a person"),
    "change_person": Text("修改用户", "Change a person"),
    "change_role": Text("更改角色", "Change a role"),
    "change_rows": Text("更改数据范围", "Change rows"),
    "disable": Text("停用用户", "Disable a person"),
    "enable": Text("启用用户", "Enable a person"),
    "end_session": Text("结束登录会话", "End a session"),
    "make_token": Text("创建访问令牌", "Make an API token"),
    "revoke_token": Text("吊销访问令牌", "Revoke an API token"),
    "export": Text("导出", "Export"),
    "load": Text("导入", "Load"),
    "close_period": Text("结账", "Close a month"),
    "reopen_period": Text("反结账", "Reopen a month"),
    "merge_items": Text("合并物料", "Merge items"),
    "split_items": Text("撤销物料合并", "Take a merge of items back"),
    "answer_run": Text("回答扣留的导入", "Answer a held load"),
    "cancel_run": Text("取消运行", "Cancel a run"),
    "correct_rows": Text("送回修正的行", "Send corrected rows back"),
    "replay_rows": Text("用映射重读隔离行", "Read quarantined rows again"),
    "discard_rows": Text("放弃隔离行", "Discard quarantined rows"),
    "save_mapping": Text("保存映射", "Save a mapping"),
    "add_source": Text("新增来源", "Add a source"),
    "change_source": Text("修改来源", "Change a source"),
    "remove_source": Text("删除来源", "Remove a source"),
    "add_feed": Text("新增取数任务", "Add a feed"),
    "change_feed": Text("修改取数任务", "Change a feed"),
    "remove_feed": Text("删除取数任务", "Remove a feed"),
    "run_feed": Text("运行取数任务", "Run a feed"),
    "agree_feed": Text("同意来源的新结构", "Agree to a source's new structure"),
    "save_rule": Text("保存质量规则", "Save a quality rule"),
    "switch_off_rule": Text("停用质量规则", "Switch a quality rule off"),
    "add_schedule": Text("新增计划", "Add a schedule"),
    "change_schedule": Text("修改计划", "Change a schedule"),
    "remove_schedule": Text("删除计划", "Remove a schedule"),
    "run_schedule": Text("立即运行计划", "Run a schedule now"),
    "keep_rates": Text("已折算金额保持原汇率", "Let converted amounts keep their rate"),
    "convert_again": Text("按更正后的汇率重新折算", "Convert amounts again at a restated rate"),
    "undo_keep_rates": Text("撤销保持原汇率", "Take back that amounts keep their rate"),
}
"""Words of actions; an action of a later room that is not here is shown by its key."""


@dataclass(frozen=True)
class Actor:
    """Who acts, and from where."""

    user_id: str | None
    name: str
    address: str = ""
    channel: Channel = "page"


SYSTEM: Final = Actor(None, "system", channel="system")


@dataclass(frozen=True)
class Deed:
    """One line of the audit. ``details`` holds names and numbers, never a secret."""

    action: str
    object_kind: str
    object_id: str = ""
    result: Result = "done"
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class AuditLine:
    """One line as read back."""

    audit_no: int
    at: datetime
    user_id: str | None
    who: str
    action: str
    object_kind: str
    object_id: str
    address: str
    channel: str
    result: str
    details: Mapping[str, Any]


@dataclass(frozen=True)
class AuditFilter:
    """What to keep of the audit; empty parts keep everything. ``before`` is exclusive."""

    who: str = ""
    action: str = ""
    object_id: str = ""
    result: str = ""
    since: datetime | None = None
    before: datetime | None = None


def record(connection: sa.Connection, now: datetime, actor: Actor, deed: Deed) -> None:
    """Add a line, in the transaction of what was done."""
    connection.execute(
        AUDIT.insert().values(
            at=now,
            user_id=actor.user_id,
            who=actor.name[:_LONGEST],
            action=deed.action,
            object_kind=deed.object_kind,
            object_id=deed.object_id[:_LONGEST],
            address=actor.address[:64],
            channel=actor.channel,
            result=deed.result,
            details=dict(deed.details) or None,
        )
    )


def read(
    connection: sa.Connection, wanted: AuditFilter, offset: int = 0, limit: int = 100
) -> tuple[list[AuditLine], int]:
    """Return lines, newest first, and how many there are in all."""
    conditions = list(_conditions(wanted))
    total = connection.execute(
        sa.select(sa.func.count()).select_from(AUDIT).where(*conditions)
    ).scalar_one()
    rows = connection.execute(
        sa.select(AUDIT)
        .where(*conditions)
        .order_by(AUDIT.c.audit_no.desc())
        .offset(offset)
        .limit(limit)
    )
    lines = [AuditLine(**{**row, "details": row["details"] or {}}) for row in rows.mappings()]
    return lines, total


def actions(connection: sa.Connection) -> list[str]:
    """Return the actions that occur, for filters."""
    rows = connection.execute(sa.select(AUDIT.c.action).distinct().order_by(AUDIT.c.action))
    return list(rows.scalars())


def _conditions(wanted: AuditFilter) -> list[sa.ColumnElement[bool]]:
    columns = AUDIT.c
    found: list[sa.ColumnElement[bool]] = []
    if wanted.who:
        found.append(columns.who.icontains(wanted.who, autoescape=True))
    if wanted.object_id:
        found.append(columns.object_id.icontains(wanted.object_id, autoescape=True))
    if wanted.action:
        found.append(columns.action == wanted.action)
    if wanted.result:
        found.append(columns.result == wanted.result)
    if wanted.since:
        found.append(columns.at >= wanted.since)
    if wanted.before:
        found.append(columns.at < wanted.before)
    return found
