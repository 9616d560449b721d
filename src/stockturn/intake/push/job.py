"""Loading pushed messages as a job: those that have come within a few seconds in one load.

Messages are known by the hash of their kept bytes, so a batch that was killed after its commit is
recognised and not loaded twice. Where a batch is held, each half is loaded by itself and so on, so
that one bad message keeps no other waiting and costs some twenty loads, not a thousand.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Final

import structlog

from stockturn.intake.feeds.job import HELD
from stockturn.intake.feeds.store import Feed
from stockturn.intake.load import load_files
from stockturn.intake.mapping_yaml import find_mapping
from stockturn.intake.origin import Origin
from stockturn.intake.push.messages import Message, Messages, State
from stockturn.intake.report import LoadReport
from stockturn.intake.report_tree import report_tree
from stockturn.jobs.run import Done, Handler, Run, Task
from stockturn.jobs.runner import Runner
from stockturn.language import StockTurnError, Text, UsageError
from stockturn.ledger import loads
from stockturn.workspace import Workspace

log = structlog.get_logger("stockturn.intake")

KIND: Final = "push"
NAME: Final = Text("推送入账", "Load pushed messages")
WINDOW: Final = timedelta(seconds=2)
"""Messages are gathered this long before they are loaded together."""
MOST_MESSAGES: Final = 1_000
"""Messages of one load."""

_DONE: Final = frozenset({"loaded", "nothing_new"})
LOADED: Final = Text(
    "已入账 {loaded} 条消息，扣留 {held} 条。", "Messages loaded: {loaded}; held: {held}."
)


def push_handler(workspace: Workspace) -> Handler:
    """Return what loads the waiting messages of a feed: its one param, ``feed``."""
    return Handler(partial(_run, workspace), NAME, lane="write", safe_to_rerun=True)


def plan_load(runner: Runner, messages: Messages, feed: str, *, by: str | None = None) -> Run:
    """Return the run that will load the waiting messages of a feed; one is queued where none is.

    Called after a message was committed: a run that is still queued reads the messages when it
    begins, so it will find this one.
    """
    queued = runner.queue.find(kinds=[KIND], states=["queued"], limit=1_000)
    run = next((run for run in queued if run.params.get("feed") == feed), None)
    if run is None:
        begin = runner.clock() + WINDOW
        run = runner.queue.add(KIND, {"feed": feed, "subject": feed}, begin, requested_by=by)
        runner.wake()
    messages.plan(feed, run.id)
    return run


def resume(runner: Runner, messages: Messages) -> None:
    """Plan loads for what a killed process had acknowledged and not loaded."""
    for feed in messages.feeds_waiting():
        plan_load(runner, messages, feed)


def _run(workspace: Workspace, params: dict[str, Any], task: Task) -> Done:
    messages = Messages(workspace)
    feed = messages.feed(str(params["feed"]))
    # A run that was held and answered begins with the messages it holds.
    messages.reopen(task.run.id)
    reports: list[LoadReport] = []
    held = loaded = 0
    while waiting := messages.waiting(feed.name, limit=MOST_MESSAGES):
        for batch, report in _loaded(workspace, messages, feed, waiting, task):
            ok = report.status in _DONE
            state: State = "loaded" if ok else "held"
            ids = [message.id for message in batch]
            messages.settle(ids, state, report.load_no, run_id=task.run.id)
            loaded, held = (loaded + len(batch), held) if ok else (loaded, held + 1)
            if not ok or not reports:
                reports.append(report)
    log.info("push ends", feed=feed.name, loaded=loaded, held=held)
    worst = next((each for each in reports if each.exit_code), reports[-1] if reports else None)
    result = {"feed": feed.name, "loaded": loaded, "held": held, "owner": feed.plan.owner}
    if worst is not None:
        result |= {"load_no": worst.load_no, "report": report_tree(worst)}
    words = LOADED.fill(loaded=loaded, held=held)
    if held and worst is not None:
        zh, en = worst.message
        words = Text(f"{words.zh}扣留的第一条：{zh}", f"{words.en} The first held: {en}")
    return Done(result, "held" if held else "succeeded", words, "push_held" if held else None)


def _loaded(
    workspace: Workspace, messages: Messages, feed: Feed, batch: Sequence[Message], task: Task
) -> Iterator[tuple[Sequence[Message], LoadReport]]:
    """Load messages together; where that is held each half, until the bad ones stand alone."""
    task.check()
    report = _load(workspace, messages, feed, batch, task)
    if report.status in _DONE or len(batch) == 1:
        yield batch, report
        return
    middle = len(batch) // 2
    for half in (batch[:middle], batch[middle:]):
        yield from _loaded(workspace, messages, feed, half, task)


def _load(
    workspace: Workspace, messages: Messages, feed: Feed, batch: Sequence[Message], task: Task
) -> LoadReport:
    """Load messages in one load, those left out that an earlier load has counted."""
    plan = feed.plan
    try:
        mapping = find_mapping(plan.mapping, (workspace.packs,))
    except UsageError as missing:
        # A mapping that is gone or broken is for a person: a failed run would tell nobody.
        return _held(plan.mapping, missing)
    asked = [message.kept for message in batch]
    known = {
        sha for sha, name, _ in loads.known_files(workspace.engine, asked) if name == mapping.name
    }
    folder = workspace.staging / f"push-{uuid.uuid4().hex}"
    folder.mkdir(parents=True)
    try:
        paths = []
        for message in batch:
            if message.kept not in known:
                paths.append(folder / f"{plan.file_name}.{message.id}.jsonl")
                shutil.copyfile(messages.path(message), paths[-1])
        if not paths:
            return LoadReport("nothing_new", LOADED.fill(loaded=len(batch), held=0), mapping.name)
        actor = task.run.params.get("answered_by") or task.run.requested_by or ""
        origin = Origin(feed=feed.name, actor=actor, key=plan.key)
        # Two equal messages are two events: what came twice is known by its number already. And a
        # message has the size of what happened: a small one after a large one is no drop.
        return load_files(
            workspace,
            paths,
            mapping,
            origin=origin,
            progress=task,
            answer="add",
            accept_drop=True,
        )
    except StockTurnError as refusal:
        if refusal.can_pass or refusal.exit_code != HELD:
            raise
        # What the ledger refuses of one message, such as a rate that is missing, waits alone.
        return _held(mapping.name, refusal)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _held(mapping: str, refusal: StockTurnError) -> LoadReport:
    return LoadReport("held", refusal.message, mapping, problems=(refusal.message,))
