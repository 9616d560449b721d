"""What a handler holds while it works: it tells its progress and learns that it should stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Literal

from stockturn.jobs.run import Cancelled, Progress, Run
from stockturn.jobs.turn import Turn
from stockturn.language import Text

TELL_SECONDS = 1.0
"""Progress is written down this often; in between it is told from memory."""

StopReason = Literal["cancel", "shutdown"]


class RunningTask:
    """One run while it runs."""

    def __init__(
        self,
        run: Run,
        turn: Turn,
        *,
        holds_turn: bool,
        write_down: Callable[[int, Progress], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.run = run
        self.progress: Progress | None = None
        self.stop_reason: StopReason | None = None
        self._turn = turn
        self._holds_turn = holds_turn
        self._write_down = write_down
        self._monotonic = monotonic
        self._stage_began = (monotonic(), 0)
        self._written_at: float | None = None

    def __call__(self, stage: Text, done: int, total: int | None) -> None:
        """Tell how far the work is.

        Raises:
            Cancelled: the run was asked to stop.
        """
        self.check()
        now = self._monotonic()
        fresh = self.progress is None or self.progress.stage != stage
        if fresh:
            self._stage_began = (now, done)
        began, first = self._stage_began
        rate = (done - first) / (now - began) if now > began and done > first else None
        self.progress = Progress(stage, done, total, rate)
        if fresh or self._written_at is None or now - self._written_at >= TELL_SECONDS:
            self._written_at = now
            self._write_down(self.run.id, self.progress)

    def check(self) -> None:
        """Raise where the run was asked to stop.

        Raises:
            Cancelled: it was.
        """
        if self.stop_reason is not None:
            raise Cancelled

    def stop(self, reason: StopReason) -> None:
        """Ask the run to stop at its next progress; a person's cancel outweighs a shutdown."""
        if self.stop_reason != "cancel":
            self.stop_reason = reason

    def writing(self) -> AbstractContextManager[None]:
        """Take the one turn to write to the warehouse.

        Raises:
            Cancelled: the run was asked to stop while it waited.
        """
        return nullcontext() if self._holds_turn else self._turn.taken(self.check)
