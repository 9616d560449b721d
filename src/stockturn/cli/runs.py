"""``stockturn runs``: what ran, what runs, and stopping it."""

from __future__ import annotations

import json
from typing import Any

import click

from stockturn.cli.options import in_workspace, plain_format
from stockturn.cli.runs_house import STATES, open_runs
from stockturn.cli.shell import Shell
from stockturn.cli.words import LazyGroup, command, option
from stockturn.language import Language, Text

_HERE = "stockturn.cli.runs:"

runs = LazyGroup(
    "runs",
    Text("运行记录：查看、回答、取消。", "Runs: look at them, answer them, cancel them."),
    {
        "list": (_HERE + "list_runs", Text("列出运行", "list runs")),
        "show": (_HERE + "show_run", Text("查看一次运行", "show one run")),
        "answer": (_HERE + "answer_run", Text("回答待处理的运行", "answer a held run")),
        "cancel": (_HERE + "cancel_run", Text("取消一次运行", "cancel a run")),
    },
)
in_workspace(runs)

ON_RATES = ("keep_rates", "convert_again")
"""Answers that are decisions, by name and reason."""
ANSWERS = ("replace", "add", "accept_drop", *ON_RATES, "again", "discard")
_TITLES = (
    (Text("编号", "Run"), True),
    (Text("任务", "Work"), False),
    (Text("状态", "State"), False),
    (Text("计划时间（UTC）", "Planned (UTC)"), False),
    (Text("对象", "About"), False),
    (Text("结果", "Outcome"), False),
)
_NONE = Text("没有运行记录。", "There are no runs.")
_ASKED = Text("第 {run} 号运行：{state}。", "Run {run}: {state}.")
_PROGRESS = Text("{stage}：{done:,}{of}", "{stage}: {done:,}{of}")
_FIELDS = (
    ("state", Text("状态", "State")),
    ("subject", Text("对象", "About")),
    ("planned_at", Text("计划时间", "Planned at")),
    ("started_at", Text("开始", "Started at")),
    ("finished_at", Text("结束", "Finished at")),
    ("attempt", Text("第几次尝试", "Attempt")),
    ("requested_by", Text("发起人", "Asked by")),
    ("code", Text("代码", "Code")),
    ("message", Text("结果", "Outcome")),
)


@command(Text("列出运行，最新的在前。", "List runs, newest first."), "list")
@option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice(list(STATES)),
    words=Text("只列这种状态，可多次。", "Only this state; may be repeated."),
)
@option("--kind", "kinds", multiple=True, words=Text("只列这种任务。", "Only this kind of work."))
@option(
    "--limit",
    default=20,
    type=click.IntRange(1, 500),
    words=Text("最多几行。", "At most so many."),
)
@plain_format
@in_workspace
@click.pass_obj
def list_runs(
    shell: Shell, states: tuple[str, ...], kinds: tuple[str, ...], limit: int, form: str
) -> None:
    """Print runs as a table."""
    from stockturn.cli.terminal import print_table

    with open_runs(shell) as house:
        found = house.runs(list(kinds), list(states), limit)
    if form == "json":
        click.echo(json.dumps({"runs": found}, ensure_ascii=False, indent=2))
        return
    if not found:
        shell.say(_NONE)
        return
    titles = [(title.read(shell.language), is_number) for title, is_number in _TITLES]
    print_table(titles, [(_cells(run, shell.language), False) for run in found])


@command(Text("查看一次运行，附导入报告。", "Show one run, with its load report."), "show")
@click.argument("run_id", type=int)
@plain_format
@in_workspace
@click.pass_obj
def show_run(shell: Shell, run_id: int, form: str) -> None:
    """Print one run and its report."""
    from stockturn.cli.report import print_report

    with open_runs(shell) as house:
        run = house.run(run_id)
    if form == "json":
        click.echo(json.dumps(run, ensure_ascii=False, indent=2))
        return
    for field, words in _FIELDS:
        value = STATES[run[field]].read(shell.language) if field == "state" else run[field]
        if value not in (None, ""):
            click.echo(f"{words.read(shell.language)}: {value}")
    if run["progress"]:
        click.echo(_told(run["progress"], shell.language))
    if run["report"]:
        print_report(run["report"], shell.language)


@command(
    Text(
        "回答待处理的运行 RUN_ID：ANSWER 是 replace（替换以前的）、add（另外的数据）、accept_drop"
        "（已核对，照常导入）、keep_rates（已折算的保持原汇率）、convert_again（按更正后的重新折算；"
        "这两种须写 --by 和 --reason）、again（再试一次）或 discard（放弃）。没有服务在运行时，"
        "由下次启动的服务继续。",
        "Answer the held run RUN_ID: ANSWER is replace (the earlier), add (on top), accept_drop "
        "(checked, load anyway), keep_rates (of what is converted) or convert_again (at the "
        "restated one; both need --by and --reason), again or discard. Where no server runs, the "
        "next one goes on with it.",
    ),
    "answer",
)
@click.argument("run_id", type=int)
@click.argument("answer", type=click.Choice(ANSWERS))
@option("--by", "actor", metavar="NAME", words=Text("谁决定的。", "Who decides."))
@option("--reason", metavar="TEXT", words=Text("理由。", "Why."))
@in_workspace
@click.pass_obj
def answer_run(
    shell: Shell, run_id: int, answer: str, actor: str | None, reason: str | None
) -> None:
    """Answer a held run and say what became of it."""
    with open_runs(shell) as house:
        if answer in ON_RATES:
            run = house.decide_rates(run_id, answer, actor or "", reason or "")
        else:
            run = house.answer(run_id, answer)
    shell.say(_ASKED, run=run["id"], state=STATES[run["state"]].read(shell.language))


@command(Text("请一次运行停下。", "Ask a run to stop."), "cancel")
@click.argument("run_id", type=int)
@in_workspace
@click.pass_obj
def cancel_run(shell: Shell, run_id: int) -> None:
    """Cancel a run."""
    with open_runs(shell) as house:
        run = house.cancel(run_id)
    shell.say(_ASKED, run=run["id"], state=STATES[run["state"]].read(shell.language))


def _cells(run: dict[str, Any], language: Language) -> list[str]:
    told = run["progress"] if run["state"] == "running" else None
    return [
        str(run["id"]),
        run["name"],
        STATES[run["state"]].read(language),
        str(run["planned_at"])[:16].replace("T", " "),
        run["subject"],
        _told(told, language) if told else run["message"] or "",
    ]


def _told(progress: dict[str, Any], language: Language) -> str:
    of = "" if progress["total"] is None else f" / {progress['total']:,}"
    return _PROGRESS.read(language, stage=progress["stage"], done=progress["done"], of=of)
