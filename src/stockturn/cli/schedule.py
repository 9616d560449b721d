"""``stockturn schedule``: what runs when. Due work is done by the server while it runs."""

from __future__ import annotations

import json
from typing import Any

import click

from stockturn.cli.options import in_workspace, plain_format
from stockturn.cli.runs_house import open_runs
from stockturn.cli.shell import Shell
from stockturn.cli.words import LazyGroup, command, option
from stockturn.language import Text, UsageError

_HERE = "stockturn.cli.schedule:"

schedule = LazyGroup(
    "schedule",
    Text("定时计划；到点的任务由页面服务执行。", "What runs when; the server does due work."),
    {
        "list": (_HERE + "list_schedules", Text("列出计划", "list schedules")),
        "add": (_HERE + "add_schedule", Text("新增计划", "add a schedule")),
        "pause": (_HERE + "pause_schedule", Text("暂停计划", "pause a schedule")),
        "resume": (_HERE + "resume_schedule", Text("恢复计划", "resume a schedule")),
        "remove": (_HERE + "remove_schedule", Text("删除计划", "remove a schedule")),
    },
)
in_workspace(schedule)

_TITLES = (
    (Text("编号", "Number"), True),
    (Text("名称", "Name"), False),
    (Text("任务", "Work"), False),
    (Text("时间", "When"), False),
    (Text("下次（UTC）", "Next (UTC)"), False),
)
_NONE = Text("没有计划。用 stockturn schedule add 新增。", "There are no schedules; add one.")
_PAUSED = Text("已暂停", "paused")
_ADDED = Text("已新增第 {id} 号计划，下次 {next}。", "Schedule {id} is added; next at {next}.")
_CHANGED = Text("第 {id} 号计划：下次 {next}。", "Schedule {id}: next at {next}.")
_REMOVED = Text("第 {id} 号计划已删除，运行记录保留。", "Schedule {id} is removed; its runs stay.")
_ONE_TRIGGER = Text(
    "请用 --every、--daily、--cron 中的一个说明何时运行。",
    "Say when to run with one of --every, --daily and --cron.",
)
_BAD_PARAMS = Text(
    "--params 应为 JSON 对象，例如 '{\"feed\": 3}'。",
    "--params takes a JSON object, for example '{\"feed\": 3}'.",
)


@command(Text("列出计划。", "List schedules."), "list")
@plain_format
@in_workspace
@click.pass_obj
def list_schedules(shell: Shell, form: str) -> None:
    """Print schedules as a table."""
    from stockturn.cli.terminal import print_table

    with open_runs(shell) as house:
        found = house.schedules()
    if form == "json":
        click.echo(json.dumps({"schedules": found}, ensure_ascii=False, indent=2))
        return
    if not found:
        shell.say(_NONE)
        return
    titles = [(title.read(shell.language), is_number) for title, is_number in _TITLES]
    rows = [
        (
            [
                str(each["id"]),
                each["name"],
                each["kind"],
                " ".join(str(part) for pair in each["trigger"].items() for part in pair),
                _next(shell, each),
            ],
            False,
        )
        for each in found
    ]
    print_table(titles, rows)


@command(Text("新增计划。", "Add a schedule."), "add")
@click.argument("name")
@option("--job", required=True, words=Text("任务类型，例如 publish。", "Kind of work: publish."))
@option(
    "--every",
    type=click.IntRange(1, 10_080),
    words=Text("每隔几分钟。", "Every so many minutes."),
)
@option("--daily", metavar="HH:MM", words=Text("每天几点。", "Daily at this time."))
@option("--cron", words=Text("五段 cron 表达式。", "A cron expression of five fields."))
@option("--params", default="{}", metavar="JSON", words=Text("任务参数。", "What the work takes."))
@plain_format
@in_workspace
@click.pass_obj
def add_schedule(
    shell: Shell,
    name: str,
    job: str,
    every: int | None,
    daily: str | None,
    cron: str | None,
    params: str,
    form: str,
) -> None:
    """Add a schedule and say when it runs next."""
    stated = {"every_minutes": every, "daily": daily, "cron": cron}
    trigger = {key: value for key, value in stated.items() if value is not None}
    if len(trigger) != 1:
        raise UsageError(_ONE_TRIGGER)
    new = {"name": name, "kind": job, "params": _object(params), "trigger": trigger}
    with open_runs(shell) as house:
        added = house.add(new)
    if form == "json":
        click.echo(json.dumps(added, ensure_ascii=False, indent=2))
    else:
        shell.say(_ADDED, id=added["id"], next=_next(shell, added))


@command(Text("暂停计划。", "Pause a schedule."), "pause")
@click.argument("schedule_id", type=int)
@in_workspace
@click.pass_obj
def pause_schedule(shell: Shell, schedule_id: int) -> None:
    """Pause a schedule."""
    _switch(shell, schedule_id, enabled=False)


@command(
    Text(
        "恢复计划；暂停期间错过的不补。",
        "Resume a schedule; what fell into the pause is not made up.",
    ),
    "resume",
)
@click.argument("schedule_id", type=int)
@in_workspace
@click.pass_obj
def resume_schedule(shell: Shell, schedule_id: int) -> None:
    """Resume a schedule."""
    _switch(shell, schedule_id, enabled=True)


@command(Text("删除计划；运行记录保留。", "Remove a schedule; its runs stay."), "remove")
@click.argument("schedule_id", type=int)
@in_workspace
@click.pass_obj
def remove_schedule(shell: Shell, schedule_id: int) -> None:
    """Remove a schedule."""
    with open_runs(shell) as house:
        house.remove(schedule_id)
    shell.say(_REMOVED, id=schedule_id)


def _switch(shell: Shell, schedule_id: int, *, enabled: bool) -> None:
    with open_runs(shell) as house:
        changed = house.change(schedule_id, {"enabled": enabled})
    shell.say(_CHANGED, id=schedule_id, next=_next(shell, changed))


def _next(shell: Shell, each: dict[str, Any]) -> str:
    if each["next_at"] is None:
        return _PAUSED.read(shell.language)
    return str(each["next_at"])[:16].replace("T", " ")


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        raise UsageError(_BAD_PARAMS) from None
    if not isinstance(found, dict):
        raise UsageError(_BAD_PARAMS)
    return found
