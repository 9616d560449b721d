"""``stockturn audit``: who did what, newest first."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import click

from stockturn.cli.options import in_workspace, plain_format
from stockturn.cli.people_house import open_people
from stockturn.cli.shell import Shell
from stockturn.cli.words import command, option
from stockturn.language import Text, UsageError

_TITLES = (
    Text("时间（UTC）", "When (UTC)"),
    Text("谁", "Who"),
    Text("动作", "Action"),
    Text("对象", "Object"),
    Text("结果", "Result"),
    Text("来自", "From"),
    Text("内容", "Details"),
)
_RESULTS = {
    "done": Text("完成", "done"),
    "refused": Text("被拒绝", "refused"),
    "failed": Text("失败", "failed"),
}
_NONE = Text("没有符合条件的记录。", "No line fits.")
_MORE = Text("显示最新 {shown} 条，共 {total} 条。", "The newest {shown} of {total} lines.")
_BAD_INSTANT = Text(
    "时刻 {given} 应写成 2026-12-31 或 2026-12-31T08:00（UTC）。",
    "{given} is no instant; write 2026-12-31 or 2026-12-31T08:00 (UTC).",
)


@command(Text("审计：谁做了什么，最新在前。", "Who did what, newest first."))
@option("--who", default="", words=Text("姓名含这段文字。", "The name holds this."))
@option("--action", default="", words=Text("动作，例如 sign_in。", "An action, such as sign_in."))
@option("--object", "object_id", default="", words=Text("对象含这段文字。", "The object holds it."))
@option(
    "--result",
    type=click.Choice(["done", "refused", "failed"]),
    words=Text("只看这种结果。", "This result only."),
)
@option("--since", metavar="INSTANT", words=Text("从这一刻起（UTC）。", "From this instant (UTC)."))
@option("--until", metavar="INSTANT", words=Text("到这一刻前（UTC）。", "Before this instant."))
@option(
    "--limit",
    type=click.IntRange(1, 1000),
    default=50,
    words=Text("最多几条，默认 50。", "At most so many lines; 50 by default."),
)
@plain_format
@in_workspace
@click.pass_obj
def audit(
    shell: Shell,
    who: str,
    action: str,
    object_id: str,
    result: str | None,
    since: str | None,
    until: str | None,
    limit: int,
    form: str,
) -> None:
    """Print lines of the audit as a table."""
    from stockturn.cli.terminal import print_table

    stated = {
        "who": who,
        "action": action,
        "object_id": object_id,
        "result": result or "",
        "since": _instant(since),
        "until": _instant(until),
    }
    with open_people(shell) as house:
        found = house.audit({key: value for key, value in stated.items() if value}, limit)
    if form == "json":
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    if not found["lines"]:
        shell.say(_NONE)
        return
    titles = [(title.read(shell.language), False) for title in _TITLES]
    print_table(titles, [(_cells(shell, line), False) for line in found["lines"]])
    if found["total"] > len(found["lines"]):
        shell.tell(_MORE, shown=len(found["lines"]), total=found["total"])


def _cells(shell: Shell, line: dict[str, Any]) -> list[str]:
    details = ", ".join(f"{each['name']} {each['value']}" for each in line["said"])
    return [
        line["at"][:19].replace("T", " "),
        line["who"],
        line["action_name"],
        line["object_id"],
        _RESULTS[line["result"]].read(shell.language),
        " ".join(part for part in (line["channel"], line["address"]) if part),
        details,
    ]


def _instant(written: str | None) -> str:
    if written is None:
        return ""
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        raise UsageError(_BAD_INSTANT.fill(given=written)) from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).isoformat()
