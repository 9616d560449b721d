"""Runs as values: their states, how far they are, what a handler takes and gives back."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal, Protocol

from stockturn.language import StockTurnError, Text, UsageError

State = Literal["queued", "running", "succeeded", "held", "failed", "cancelled", "interrupted"]
STATES: Final[tuple[State, ...]] = (
    "queued",
    "running",
    "succeeded",
    "held",
    "failed",
    "cancelled",
    "interrupted",
)
ENDED: Final[frozenset[State]] = frozenset(STATES) - {"queued", "running"}

Ended = Literal["succeeded", "held", "failed"]
"""How work that was not broken off can end."""

Lane = Literal["write", "fetch"]
"""Runs that write to the warehouse go one at a time; runs that mostly wait for others, several."""


class Cancelled(StockTurnError):
    """The run was asked to stop."""

    code = "cancelled"
    status = 409

    def __init__(self) -> None:
        super().__init__(
            Text("任务已取消，没有改变任何数据。", "The run was cancelled; no data was changed.")
        )


class RunMissing(StockTurnError):
    """No run has this number."""

    code = "run_missing"
    status = 404
    exit_code = 2

    def __init__(self, run_id: int) -> None:
        super().__init__(
            Text(
                f"没有第 {run_id} 号运行，可能已按保留期清理。请在运行列表中选择。",
                f"There is no run {run_id}; it may have been removed by age. Choose one from the "
                "list of runs.",
            )
        )


class KindUnknown(UsageError):
    """No handler does this kind of work."""

    code = "job_kind_unknown"

    def __init__(self, kind: str, known: Mapping[str, Handler]) -> None:
        listed = ", ".join(sorted(known))
        super().__init__(
            Text(
                f"没有“{kind}”这种任务。可用：{listed}。",
                f"There is no job “{kind}”. Known: {listed}.",
            )
        )


@dataclass(frozen=True)
class Progress:
    """How far a run is. ``rate`` is units of ``done`` per second in this stage."""

    stage: Text
    done: int
    total: int | None
    rate: float | None

    @property
    def seconds_left(self) -> float | None:
        """What this stage still takes at its present rate; None where that cannot be told."""
        if self.total is None or not self.rate:
            return None
        return max(0, self.total - self.done) / self.rate


@dataclass(frozen=True)
class Run:
    """One planned piece of work.

    Attributes:
        planned_at: when it should have begun: the fire time, or when it was asked for.
        attempt: attempts begun so far.
        next_attempt_at: while queued, not before this.
        error_code: why the last attempt did not succeed.
        message: how it ended in a sentence, or why it waits for another attempt.
        result: what its handler gave back.
        attempts: what became of each attempt: started_at, ended_at, state, code.
    """

    id: int
    kind: str
    params: dict[str, Any]
    state: State
    schedule_id: int | None
    planned_at: datetime
    requested_by: str | None
    idempotency_key: str | None
    attempt: int
    next_attempt_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    cancel_requested_by: str | None
    progress: Progress | None
    error_code: str | None
    message: Text | None
    result: dict[str, Any] | None
    attempts: tuple[dict[str, Any], ...]

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ENDED


@dataclass(frozen=True)
class Done:
    """How a handler's work ended, when it did not raise.

    Attributes:
        result: anything JSON knows; kept with the run.
        state: ``held`` waits for a person; ``failed`` was refused.
        message: the outcome in a sentence.
        code: why it did not succeed.
    """

    result: dict[str, Any] = field(default_factory=dict)
    state: Ended = "succeeded"
    message: Text | None = None
    code: str | None = None


class Task(Protocol):
    """What a handler may know of its run, and how it tells of its progress.

    It is called like any progress callback (stage, done, total), so it can be handed on as one.
    """

    run: Run

    def __call__(self, stage: Text, done: int, total: int | None) -> None:
        """Tell how far the work is.

        Raises:
            Cancelled: the run was asked to stop.
        """

    def check(self) -> None:
        """Raise where the run was asked to stop.

        Raises:
            Cancelled: it was.
        """

    def writing(self) -> AbstractContextManager[None]:
        """Take the one turn to write to the warehouse; runs of the lane ``write`` hold it already.

        Raises:
            Cancelled: the run was asked to stop while it waited.
        """


@dataclass(frozen=True)
class Retry:
    """How often and how soon a run is tried again after an error that can pass.

    The pause doubles from ``base`` up to ``longest``; chance takes up to half of it away, so that
    runs that failed together do not come back together.
    """

    attempts: int = 5
    base: timedelta = timedelta(seconds=15)
    longest: timedelta = timedelta(minutes=30)

    def pause(self, attempt: int, chance: random.Random) -> timedelta:
        """Return how long to wait after the given attempt, counted from 1."""
        whole = min(self.longest, self.base * (1 << min(attempt - 1, 30)))
        return whole * (0.5 + chance.random() / 2)


@dataclass(frozen=True)
class Handler:
    """What does one kind of work.

    Attributes:
        work: takes the run's params and its task.
        name: what the work is called.
        lane: ``write`` holds the one writing turn throughout; ``fetch`` runs beside others and
            takes the turn with :meth:`Task.writing` when it comes to write.
        safe_to_rerun: doing it again after it broke off halfway does no harm.
        retry: after errors that can pass.
    """

    work: Callable[[dict[str, Any], Task], Done]
    name: Text
    lane: Lane = "write"
    safe_to_rerun: bool = True
    retry: Retry = Retry()


def can_pass(error: BaseException) -> bool:
    """Say whether the same work may well succeed later without anybody doing anything.

    True of errors that say so themselves (``can_pass``), and of lost connections and timeouts.
    """
    if isinstance(error, StockTurnError):
        return error.can_pass
    return isinstance(error, ConnectionError | TimeoutError)
