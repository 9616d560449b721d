"""One attempt at a run: what its handler's end means for the run."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from stockturn.jobs.queue import Queue, said
from stockturn.jobs.run import Cancelled, Done, Handler, Run, State, can_pass
from stockturn.jobs.task import RunningTask
from stockturn.jobs.turn import Turn
from stockturn.language import StockTurnError, Text

log = structlog.get_logger("stockturn.jobs")

MOST_KILLS: Final = 3
"""A run during which the process died this often is not begun again: it may be the cause."""

KILLED: Final = "killed"
STOPPED: Final = "stopped"

_UNEXPECTED: Final = Text(
    "任务中出现意外错误（{kind}），没有写完的内容已撤销。详情见日志（运行 {run}）；"
    "请把日志交给管理员。",
    "Something unexpected went wrong in this run ({kind}); what was not finished was undone. "
    "Details are in the log (run {run}); hand it to your administrator.",
)
_STOPPED: Final = Text(
    "服务停止时任务尚未完成；下次启动后自动重新执行。",
    "The server stopped before the run was done; it runs again after the next start.",
)
_KILLED: Final = Text(
    "执行中进程意外终止；没有写完的内容已撤销，将自动重新执行。",
    "The process died during this run; what was not finished was undone, and it runs again.",
)
_NOT_AGAIN: Final = Text(
    "执行中进程意外终止，不再自动重试。请查看日志，确认原因后手动重新执行。",
    "The process died during this run; it is not begun again by itself. See the log, and start "
    "it again once the cause is known.",
)
_LATER: Final = Text(
    "第 {attempt} 次尝试未成功，将于稍后重试：{why}",
    "Attempt {attempt} did not succeed and will be made again: {why}",
)


@dataclass(frozen=True)
class Ending:
    """How an attempt ended. ``again_after`` is the pause before the next one, if there is one."""

    state: State
    done: Done | None = None
    code: str | None = None
    message: Text | None = None
    again_after: timedelta | None = None


def attempt(handler: Handler, task: RunningTask, turn: Turn, chance: random.Random) -> Ending:
    """Have a handler work a claimed run off; return how that ended, never raise."""
    run = task.run
    with structlog.contextvars.bound_contextvars(run_id=run.id, job=run.kind):
        log.info("run begins", attempt=run.attempt, planned_at=run.planned_at.isoformat())
        try:
            with turn.taken(task.check) if handler.lane == "write" else nullcontext():
                task.check()
                ending = _of_done(handler.work(dict(run.params), task))
        except Cancelled as asked:
            ending = _of_stop(handler, task, asked)
        except Exception as error:  # noqa: BLE001 - told in words, with its trace in the log
            ending = _of_error(handler, run, error, chance)
        log.info("run ends", state=ending.state, code=ending.code)
    return ending


def settle(queue: Queue, task: RunningTask, ending: Ending, now: datetime) -> None:
    """Write down how an attempt ended, and queue the run again where it is to go on."""
    run = task.run
    if ending.again_after is None:
        words = said(ending.message)
        queue.finish(run, ending.done, ending.state, now, error_code=ending.code, **words)
        return
    assert ending.code is not None
    assert ending.message is not None
    again = now + ending.again_after
    queue.put_back(run, now, again, ending.state, ending.code, ending.message)
    if task.stop_reason == "cancel":
        # Asked for while the attempt was failing: a run that only waits is cancelled at once.
        queue.cancel(run.id, now, run.cancel_requested_by, Cancelled().message)


def recover(queue: Queue, handlers: Mapping[str, Handler], now: datetime) -> list[Run]:
    """Settle the runs that a killed process left running; return them as they stand now.

    Called by the owner of the workspace before it works: whatever stands as running is not.
    """
    left = queue.find(states=["running"], limit=10_000)
    for run in reversed(left):
        handler = handlers.get(run.kind)
        kills = 1 + sum(1 for each in run.attempts if each["code"] == KILLED)
        if run.cancel_requested_by is not None:
            words = Cancelled().message
            queue.finish(run, None, "cancelled", now, error_code="cancelled", **said(words))
        elif handler is not None and handler.safe_to_rerun and kills < MOST_KILLS:
            queue.put_back(run, now, now, "interrupted", KILLED, _KILLED)
        else:
            queue.finish(run, None, "interrupted", now, error_code=KILLED, **said(_NOT_AGAIN))
        log.warning("run was interrupted", run_id=run.id, job=run.kind)
    return [queue.get(run.id) for run in left]


def _of_done(done: Done) -> Ending:
    json.dumps(done.result)  # one that cannot be kept fails here, where failures are told in words
    return Ending(done.state, done, done.code, done.message)


def _of_stop(handler: Handler, task: RunningTask, asked: Cancelled) -> Ending:
    if task.stop_reason == "cancel":
        return Ending("cancelled", code=asked.code, message=asked.message)
    if handler.safe_to_rerun:
        none = timedelta(0)
        return Ending("interrupted", code=STOPPED, message=_STOPPED, again_after=none)
    return Ending("interrupted", code=STOPPED, message=_NOT_AGAIN)


def _of_error(handler: Handler, run: Run, error: Exception, chance: random.Random) -> Ending:
    if isinstance(error, StockTurnError):
        code, words = error.code, error.message
    else:
        code, words = "unexpected", _UNEXPECTED.fill(kind=type(error).__name__, run=run.id)
    failures = 1 + sum(1 for each in run.attempts if each["state"] == "failed")
    if can_pass(error) and failures < handler.retry.attempts:
        log.warning("attempt failed", code=code, exc_info=error)
        why = Text(
            _LATER.zh.format(attempt=failures, why=words.zh),
            _LATER.en.format(attempt=failures, why=words.en),
        )
        pause = handler.retry.pause(failures, chance)
        return Ending("failed", code=code, message=why, again_after=pause)
    log.error("run failed", code=code, exc_info=error)
    return Ending("failed", code=code, message=words)
