"""``stockturn close``, ``reopen`` and ``periods``: months that are settled, by name and reason."""

from __future__ import annotations

from typing import Any

import click

from stockturn.cli.decisions import actor_option, print_decisions, reason_option
from stockturn.cli.options import in_workspace, plain_format
from stockturn.cli.shell import Shell
from stockturn.cli.words import command
from stockturn.language import Text

_CLOSED = Text(
    "{month} 已结账（第 {load} 次导入记录了这个决定）。",
    "{month} is closed; the decision is load {load}.",
)
_REOPENED = Text(
    "{month} 已反结账（第 {load} 次导入记录了这个决定）。更正后请重新结账。",
    "{month} is reopened; the decision is load {load}. Close it again once it is right.",
)
_NONE = Text("还没有结过账。", "No month has been closed yet.")
_TITLES = (
    (Text("月份", "Month"), False),
    (Text("版本", "Version"), True),
    (Text("状态", "State"), False),
    (Text("导入", "Load"), True),
    (Text("期末数量", "Quantity"), True),
    (Text("期末金额", "Value"), True),
    (Text("谁", "Who"), False),
    (Text("理由", "Reason"), False),
    (Text("内容哈希", "Content hash"), False),
)
_STATES = {"closed": Text("已结账", "closed"), "reopened": Text("已反结账", "reopened")}


@command(
    Text(
        "结账：锁定一个月及以前的账。会改变已结账期间的导入将被扣留。",
        "Close a month and everything before; a load that would change it is held.",
    )
)
@click.argument("month")
@reason_option
@actor_option
@in_workspace
@click.pass_obj
def close(shell: Shell, month: str, reason: str, actor: str) -> int:
    """Close and say so."""
    return _decide(shell, "close", month, actor, reason)


@command(
    Text(
        "反结账：重新打开一个月及以后已结账的月份。以前的版本仍可读。",
        "Reopen a month and the closed ones after it; the versions of before stay readable.",
    )
)
@click.argument("month")
@reason_option
@actor_option
@in_workspace
@click.pass_obj
def reopen(shell: Shell, month: str, reason: str, actor: str) -> int:
    """Reopen and say so."""
    return _decide(shell, "reopen", month, actor, reason)


@command(Text("列出结账与反结账。", "List closes and reopenings."))
@plain_format
@in_workspace
@click.pass_obj
def periods(shell: Shell, form: str) -> int:
    """Print every close and reopening, newest first."""
    from stockturn.cli.house import open_house

    with open_house(shell) as house:
        payload = house.periods()
    rows = [_cells(each, shell) for each in payload["periods"]]
    print_decisions(shell, form, payload, rows, titles=_TITLES, none=_NONE)
    return 0


def _cells(each: dict[str, Any], shell: Shell) -> list[str]:
    return [
        each["month"][:7],
        str(each["version"]),
        _STATES[each["state"]].read(shell.language),
        str(each["load_no"]),
        f"{float(each['quantity']):,.2f}",
        f"{float(each['value']):,.2f}",
        each["actor"],
        each["reason"],
        each["content_hash"][:12],
    ]


def _decide(shell: Shell, verb: str, month: str, actor: str, reason: str) -> int:
    from stockturn.cli.house import open_house

    with open_house(shell) as house:
        decided = house.decide_period(verb, month, actor, reason)
    words = _CLOSED if verb == "close" else _REOPENED
    shell.say(words, month=month, load=decided["load_no"])
    return 0
