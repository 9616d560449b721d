"""Held runs: what a person can answer, and the run going on with the answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from fastapi import APIRouter
from pydantic import BaseModel, Field

from stockturn.intake import uploads
from stockturn.intake.feeds.job import KIND as FEED
from stockturn.intake.load_job import KIND as LOAD
from stockturn.intake.push.body import beginning
from stockturn.intake.push.job import KIND as PUSH
from stockturn.intake.push.messages import Messages
from stockturn.intake.questions import CHOICES, Question, answer_tree
from stockturn.jobs.run import Run
from stockturn.jobs.runner import Runner
from stockturn.language import StockTurnError, Text, UsageError
from stockturn.server.deeds import NoteHere
from stockturn.server.desk import CallerHere, DeskHere, Lang
from stockturn.server.run_shapes import Answer, Offered, RunShape, load_report, run_shape
from stockturn.workspace import Workspace

_DISCARDED = Text(
    "{who} 已放弃这次导入，没有导入任何数据。", "Discarded by {who}; nothing was loaded."
)
_GIVEN_UP = Text(
    "{who} 已放弃扣留的消息，它们不会入账。", "The held messages were discarded by {who}."
)
_NOT_OFFERED = Text(
    "这次运行不能这样回答。可用：{known}。", "This run cannot be answered so. Known: {known}."
)


CONTENT: Final = 2_000
"""Characters shown of a message."""


class NotHeld(StockTurnError):
    """A run does not wait for an answer."""

    code = "run_not_held"
    status = 409

    def __init__(self, run_id: int) -> None:
        super().__init__(
            Text(
                f"第 {run_id} 号运行没有在等待回答：可能已有人回答。请刷新页面。",
                f"Run {run_id} does not wait for an answer; somebody may have given it. Load the "
                "page again.",
            )
        )


class AnswerBody(BaseModel):
    """What is to become of a held run."""

    answer: Answer


class HeldMessage(BaseModel):
    """One pushed message that waits for a person."""

    key: str = Field(description="its number")
    rows: int
    received_at: datetime
    sender: str | None
    content: str | None = Field(description="its first lines; null without the right to see rows")


class HeldMessages(BaseModel):
    """The messages that a run holds, in the order they came."""

    messages: list[HeldMessage]


routes = APIRouter()
"""The same for the page (``/api``) and the command line (``/internal``)."""


@routes.post("/runs/{run_id}/answer")
def post_answer(
    run_id: int,
    body: AnswerBody,
    desk: DeskHere,
    caller: CallerHere,
    note: NoteHere,
    lang: Lang = "zh",
) -> RunShape:
    """Answer what a held run asks; it goes on with its own files, or is given up.

    The answer holds for the questions that were asked: what comes up since is asked anew.
    """
    run = answer_run(desk.workspace, desk.runner, run_id, body.answer, caller.actor.name)
    note.of(run_id, answer=body.answer, subject=run.params.get("subject", ""))
    return run_shape(desk.runner, run, lang)


@routes.get("/runs/{run_id}/messages")
def get_messages(run_id: int, desk: DeskHere) -> HeldMessages:
    """The pushed messages that a run holds, each with the beginning of what it says."""
    desk.runner.look(run_id)
    messages = Messages(desk.workspace)
    return HeldMessages(
        messages=[
            HeldMessage(
                key=each.key,
                rows=each.rows,
                received_at=each.received_at,
                sender=each.sender,
                content=beginning(messages.path(each), CONTENT) if desk.raw_rows else None,
            )
            for each in messages.held(run_id)
        ]
    )


def answer_run(workspace: Workspace, runner: Runner, run_id: int, answer: Answer, by: str) -> Run:
    """Let a held run go on with an answer, or give it up; return it as it then is.

    Raises:
        RunMissing, NotHeld: it does not wait for an answer.
        UsageError: it waits for other ones.
    """
    run = offering(workspace, runner, run_id, answer)
    if answer == "discard":
        words = _GIVEN_UP if run.kind == PUSH else _DISCARDED
        done = runner.queue.discard(run_id, by, words.fill(who=by))
        if done and run.kind == LOAD:
            uploads.remove(workspace, str(run.params["upload"]))
        if done and run.kind == PUSH:
            Messages(workspace).discard(run_id)
    else:
        done = go_on(runner, run, by, _given(run, answer))
    if not done:
        raise NotHeld(run_id)
    return runner.look(run_id)


def offering(workspace: Workspace, runner: Runner, run_id: int, answer: Offered) -> Run:
    """Return a run that can be answered so.

    Raises:
        RunMissing, NotHeld: it does not wait for an answer.
        UsageError: it waits for other ones.
    """
    run = runner.look(run_id)
    offered = answers(workspace, run)
    if not offered:
        raise NotHeld(run_id)
    if answer not in offered:
        raise UsageError(_NOT_OFFERED.fill(known=", ".join(offered)))
    return run


def go_on(runner: Runner, run: Run, by: str, given: Sequence[dict[str, object]] = ()) -> bool:
    """Queue a held run again with what was answered; say whether it was held still."""
    params = {**run.params, "answered_by": by}
    params["answered"] = [*run.params.get("answered", ()), *given]
    done = runner.queue.again(run, params, runner.clock())
    runner.wake()
    return done


def answers(workspace: Workspace, run: Run) -> list[Offered]:
    """Return how a run can be answered; nothing where it is not held or is no load."""
    if run.state != "held" or run.kind not in {LOAD, FEED, PUSH}:
        return []
    if run.kind == LOAD and not uploads.kept(workspace, str(run.params["upload"])):
        return ["discard"]
    offered: list[Offered] = []
    for question in questions(run):
        # A trial changes nothing, so it decides nothing about rates either.
        if question.kind != "rate" or not run.params.get("trial"):
            offered += [choice for choice in question.choices if choice not in offered]
    # The same files against the same question would only ask it again.
    return [*offered, "discard"] if offered else ["again", "discard"]


def questions(run: Run) -> tuple[Question, ...]:
    """Return what a run asks."""
    report = load_report(run)
    return () if report is None else report.questions


def _given(run: Run, answer: Answer) -> list[dict[str, object]]:
    return [
        answer_tree(question, choice)
        for question in questions(run)
        for choice in CHOICES[question.kind]
        if choice == answer
    ]
