"""The runner: plans what is due, claims it, works it off in threads, and keeps the history.

One per workspace, in the process that owns it. Everything it must remember stands in the app
database before it happens, so a killed process loses no run and doubles none: what was running is
found at the next start, marked, and run again where its kind is safe to run again.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog

from stockturn.jobs.attempt import attempt, recover, settle
from stockturn.jobs.queue import Queue
from stockturn.jobs.run import Cancelled, Handler, KindUnknown, Lane, Progress, Run
from stockturn.jobs.schedules import Schedules
from stockturn.jobs.task import RunningTask
from stockturn.jobs.turn import Turn
from stockturn.workspace.app_db import AppDb

log = structlog.get_logger("stockturn.jobs")

LONGEST_WAIT_SECONDS: Final = 10.0
SHORTEST_WAIT_SECONDS: Final = 0.05
LOOK_SECONDS: Final = 0.1
TROUBLE_WAIT_SECONDS: Final = 5.0
KEPT_OF_KIND: Final = 100
"""Runs of each kind that stay in the history however old they are."""

_LANES: Final[tuple[Lane, ...]] = ("write", "fetch")


class Runner:
    """Works off the runs of one workspace.

    Args:
        app_db: Where runs and schedules are kept.
        handlers: kind -> what does it.
        zone: Whose wall clock schedules are read on.
        clock: Tells the time, in UTC; tests bring their own.
        fetchers: How many runs of the lane ``fetch`` go on at once.
        history_days: Ended runs are removed after this many days.
        chance: Spreads the pauses between attempts.
        on_end: Told each run whose attempt ended, in whatever way, and the seconds it took.
    """

    def __init__(
        self,
        app_db: AppDb,
        handlers: Mapping[str, Handler],
        *,
        zone: ZoneInfo,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        fetchers: int = 2,
        history_days: int = 90,
        chance: random.Random | None = None,
        on_end: Callable[[Run, float], None] | None = None,
    ) -> None:
        self.queue = Queue(app_db)
        self.schedules = Schedules(app_db, zone)
        self.handlers = dict(handlers)
        self.turn = Turn()
        self.chance = chance or random.Random()
        self.clock = clock
        self._history = timedelta(days=history_days)
        self._slots: dict[Lane, int] = {"write": 1, "fetch": fetchers}
        self._on_end = on_end
        self._changed = threading.Condition()
        self._tasks: dict[int, RunningTask] = {}
        self._threads: dict[int, tuple[Lane, threading.Thread]] = {}
        self._foreman: threading.Thread | None = None
        self.stopping = False
        self._woken = False
        self._pruned_at: datetime | None = None

    # --- asking --------------------------------------------------------------------------------

    def submit(
        self,
        kind: str,
        params: Mapping[str, Any],
        *,
        requested_by: str | None = None,
        idempotency_key: str | None = None,
    ) -> Run:
        """Queue a run for now; one with the same idempotency key is returned where it exists.

        Raises:
            KindUnknown: no handler does this kind of work.
        """
        self.require(kind)
        run = self.queue.add(
            kind,
            params,
            self.clock(),
            requested_by=requested_by,
            idempotency_key=idempotency_key,
        )
        self.wake()
        return run

    def require(self, kind: str) -> Handler:
        """Return the handler of a kind.

        Raises:
            KindUnknown: there is none.
        """
        if kind not in self.handlers:
            raise KindUnknown(kind, self.handlers)
        return self.handlers[kind]

    def look(self, run_id: int) -> Run:
        """Return a run as it stands this moment.

        Raises:
            RunMissing: there is none.
        """
        return self.live(self.queue.get(run_id))

    def live(self, run: Run) -> Run:
        """Return a run with its progress of this moment, which is told more often than kept."""
        task = self._tasks.get(run.id)
        if run.state != "running" or task is None or task.progress is None:
            return run
        return replace(run, progress=task.progress)

    def cancel(self, run_id: int, *, by: str | None = None) -> Run:
        """Cancel a run: a queued one at once, a running one at its next progress.

        Raises:
            RunMissing: there is none.
        """
        run = self.queue.cancel(run_id, self.clock(), by, Cancelled().message)
        task = self._tasks.get(run_id)
        if task is not None:
            task.stop("cancel")
        log.info("cancel asked", run_id=run_id, state=run.state, by=by)
        self.wake()
        return run

    def wait(self, run_id: int, seconds: float) -> Run:
        """Return a run once it has ended, or as it stands after so many seconds."""
        late = time.monotonic() + seconds
        while not (run := self.look(run_id)).ended and time.monotonic() < late:
            time.sleep(min(LOOK_SECONDS, max(0.0, late - time.monotonic())))
        return run

    # --- working -------------------------------------------------------------------------------

    def start(self) -> None:
        """Pick up what a killed process left, then work in the background until :meth:`stop`."""
        self.recover()
        self.stopping = False
        self._foreman = threading.Thread(target=self._oversee, name="jobs", daemon=True)
        self._foreman.start()

    def stop(self) -> None:
        """Stop working and return when nothing runs any more.

        Running work stops at its next progress and is queued again for the next start.
        """
        self.stopping = True
        for task in list(self._tasks.values()):
            task.stop("shutdown")
        self.wake()
        if self._foreman is not None:
            self._foreman.join()
            self._foreman = None
        for task in list(self._tasks.values()):
            task.stop("shutdown")
        for _, thread in list(self._threads.values()):
            thread.join()

    def recover(self) -> list[Run]:
        """Settle the runs that a killed process left running; return them as they stand now."""
        return recover(self.queue, self.handlers, self.clock())

    def step(self) -> Run | None:
        """Plan what is due and work one run off in this thread; None where nothing is due."""
        self.schedules.plan(self.clock())
        run = self.queue.claim(self.handlers, self.clock())
        if run is None:
            return None
        self._work(run)
        return self.queue.get(run.id)

    def wake(self) -> None:
        """Have the background look at once."""
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    def _oversee(self) -> None:
        while not self.stopping:
            try:
                self.schedules.plan(self.clock())
                for lane in _LANES:
                    self._fill(lane)
                self._prune()
                seconds = self._seconds_to_next()
            except sa.exc.SQLAlchemyError:
                # The app database is away for now; what is due stays due.
                log.exception("the app database cannot be used")
                seconds = TROUBLE_WAIT_SECONDS
            with self._changed:
                if not self._woken and not self.stopping:
                    self._changed.wait(seconds)
                self._woken = False

    def _fill(self, lane: Lane) -> None:
        """Begin due runs of a lane while it has room."""
        kinds = [kind for kind, handler in self.handlers.items() if handler.lane == lane]
        while kinds and not self.stopping and self._busy(lane) < self._slots[lane]:
            run = self.queue.claim(kinds, self.clock())
            if run is None:
                return
            thread = threading.Thread(target=self._work, args=(run,), name=f"run-{run.id}")
            self._threads[run.id] = (lane, thread)
            thread.start()

    def _busy(self, lane: Lane) -> int:
        return sum(1 for taken, _ in list(self._threads.values()) if taken == lane)

    def _work(self, run: Run) -> None:
        """Work one claimed run off in this thread."""
        handler = self.handlers[run.kind]
        task = RunningTask(
            run, self.turn, holds_turn=handler.lane == "write", write_down=self._write_down
        )
        self._tasks[run.id] = task
        if self.stopping:
            task.stop("shutdown")
        began = time.monotonic()
        try:
            ending = attempt(handler, task, self.turn, self.chance)
            self._insist(lambda: settle(self.queue, task, ending, self.clock()))
        finally:
            self._tasks.pop(run.id, None)
            self._threads.pop(run.id, None)
            self.wake()
        if self._on_end is not None:
            self._on_end(replace(run, state=ending.state), time.monotonic() - began)

    def _insist(self, write: Callable[[], object]) -> None:
        """Write to the app database, however long it is away; give up only at the stop."""
        while True:
            try:
                write()
                return
            except sa.exc.SQLAlchemyError:
                log.exception("the end of a run cannot be written down yet")
                if self.stopping:
                    # The run still stands as running: the next start settles it.
                    return
                time.sleep(TROUBLE_WAIT_SECONDS)

    def _write_down(self, run_id: int, progress: Progress) -> None:
        try:
            self.queue.tell(run_id, progress)
        except sa.exc.SQLAlchemyError:
            # Work goes on without the app database; only how far it is goes unrecorded.
            log.warning("progress cannot be written down", exc_info=True)

    def _prune(self) -> None:
        now = self.clock()
        if self._pruned_at is None or now - self._pruned_at >= timedelta(days=1):
            self._pruned_at = now
            self.queue.prune(now - self._history, KEPT_OF_KIND)

    def _next_plan(self) -> datetime | None:
        """Return when a schedule is next due; one that waits for its earlier run is due at once."""
        soonest = self.schedules.next_at()
        if soonest is not None and soonest <= self.clock() and self._threads:
            return None
        return soonest

    def _seconds_to_next(self) -> float:
        # What waits for a lane with room is no reason to look: the end of a run wakes us.
        room = {lane for lane in _LANES if self._busy(lane) < self._slots[lane]}
        kinds = [kind for kind, handler in self.handlers.items() if handler.lane in room]
        moments = [self._next_plan(), self.queue.next_due(kinds)]
        soonest = min((moment for moment in moments if moment is not None), default=None)
        if soonest is None:
            return LONGEST_WAIT_SECONDS
        seconds = (soonest - self.clock()).total_seconds()
        return min(LONGEST_WAIT_SECONDS, max(SHORTEST_WAIT_SECONDS, seconds))
