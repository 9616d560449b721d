"""``stockturn item``: items that went into others, by name and reason, and back."""

from __future__ import annotations

from typing import Any

import click

from stockturn.cli.decisions import actor_option, print_decisions, reason_option
from stockturn.cli.options import in_workspace, plain_format
from stockturn.cli.shell import Shell
from stockturn.cli.words import LazyGroup, command, option
from stockturn.language import Text

_HERE = "stockturn.cli.items"
_MERGED = Text(
    "物料 {item} 已并入 {into}（第 {load} 次导入记录了这个决定）。历史仍记在原编码下，指标按 "
    "{into} 汇总；用 stockturn item split {item} 撤销。",
    "Item {item} counts under {into}; the decision is load {load}. Its history stays under its own "
    "code; stockturn item split {item} takes the merge back.",
)
_SPLIT = Text(
    "物料 {item} 的合并已撤销（第 {load} 次导入记录了这个决定）。",
    "Item {item} counts under its own code again; the decision is load {load}.",
)
_NONE = Text("还没有合并过物料。", "No items have been merged yet.")
_TITLES = (
    (Text("物料", "Item"), False),
    (Text("并入", "Into"), False),
    (Text("生效日", "Valid from"), False),
    (Text("状态", "State"), False),
    (Text("导入", "Load"), True),
    (Text("谁", "Who"), False),
    (Text("理由", "Reason"), False),
)
_STANDS = Text("有效", "in force")
_UNDOING = Text("撤销", "undoing")
_PAST = Text("已失效", "no longer")

item = LazyGroup(
    "item",
    Text("物料：合并改码的物料，或撤销合并。", "Items: merge those that were recoded, or undo it."),
    {
        "merge": (_HERE, Text("把一个物料并入另一个", "let an item count under another")),
        "split": (_HERE, Text("撤销合并", "take a merge back")),
        "merges": (_HERE, Text("列出合并与撤销", "list merges and their undoing")),
    },
)
in_workspace(item)


@command(
    Text(
        "把物料 ITEM 并入 INTO：它的全部历史按 INTO 汇总，账上仍记原编码，可撤销。",
        "Let the whole history of ITEM count under INTO; the books keep its code. Can be undone.",
    )
)
@click.argument("item")
@click.argument("into")
@option(
    "--from",
    "valid_from",
    metavar="DATE",
    words=Text(
        "生效日：数据到达这一天才开始汇总。",
        "The day it is valid from: it counts once the data reaches that day.",
    ),
    type=click.DateTime(["%Y-%m-%d"]),
)
@reason_option
@actor_option
@in_workspace
@click.pass_obj
def merge(shell: Shell, item: str, into: str, valid_from: Any, reason: str, actor: str) -> int:
    """Merge and say so."""
    day = None if valid_from is None else valid_from.date().isoformat()
    wanted = {"item": item, "into": into, "valid_from": day, "reason": reason, "actor": actor}
    shell.say(_MERGED, item=item, into=into, load=_decide(shell, "merge", wanted))
    return 0


@command(Text("撤销物料 ITEM 的合并。", "Let ITEM count under its own code again."))
@click.argument("item")
@reason_option
@actor_option
@in_workspace
@click.pass_obj
def split(shell: Shell, item: str, reason: str, actor: str) -> int:
    """Undo a merge and say so."""
    wanted = {"item": item, "reason": reason, "actor": actor}
    shell.say(_SPLIT, item=item, load=_decide(shell, "split", wanted))
    return 0


@command(Text("列出物料的合并与撤销。", "List merges of items and their undoing."))
@plain_format
@in_workspace
@click.pass_obj
def merges(shell: Shell, form: str) -> int:
    """Print every merge and undoing, newest first."""
    from stockturn.cli.house import open_house

    with open_house(shell) as house:
        payload = house.merges()
    rows = [_cells(each, shell) for each in payload["merges"]]
    print_decisions(shell, form, payload, rows, titles=_TITLES, none=_NONE)
    return 0


def _cells(each: dict[str, Any], shell: Shell) -> list[str]:
    state = _STANDS if each["stands"] else _UNDOING if each["undone"] else _PAST
    return [
        each["item"],
        each["into_item"],
        each["valid_from"] or "",
        state.read(shell.language),
        str(each["load_no"]),
        each["actor"],
        each["reason"],
    ]


def _decide(shell: Shell, verb: str, wanted: dict[str, Any]) -> int:
    from stockturn.cli.house import open_house

    with open_house(shell) as house:
        return int(house.decide_merge(verb, wanted)["load_no"])
