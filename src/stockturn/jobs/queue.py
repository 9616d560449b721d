"""The queue of runs in the app database: put in, claimed once, ended, looked up, pruned.

Every change is one transaction with the state it starts from in its condition, so a run that
another hand has moved on in the meantime stays as that hand left it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, Final, TypeVar

import sqlalchemy as sa

from stockturn.jobs.run import ENDED, Done, Progress, Run, RunMissing, State
from stockturn.jobs.tables import JOB_RUN
from stockturn.language import Text
from stockturn.workspace.app_db import AppDb

T = TypeVar("T")

LOOKED_AT: Final = 500
"""Due runs among which the next is chosen."""

_TRIES: Final = 12
_COLLISIONS: Final = frozenset({"40001", "40P01", "23505"})
"""How PostgreSQL says that two transactions met and one has to come again: it then finds what the
other has put in."""


class Queue:
    """Runs in the app database. Safe from any thread."""

    def __init__(self, app_db: AppDb) -> None:
        self._app_db = app_db

    # --- putting in ----------------------------------------------------------------------------

    def add(
        self,
        kind: str,
        params: Mapping[str, Any],
        now: datetime,
        *,
        requested_by: str | None = None,
        idempotency_key: str | None = None,
    ) -> Run:
        """Put a run in; one with the same idempotency key is returned instead where it exists."""
        row = new_row(kind, params, now, requested_by=requested_by, key=idempotency_key)

        def insert(connection: sa.Connection) -> int:
            if idempotency_key is not None:
                same = sa.select(JOB_RUN.c.id).where(JOB_RUN.c.idempotency_key == idempotency_key)
                found = connection.execute(same).scalar()
                if found is not None:
                    return int(found)
            return inserted(connection, row)

        return self.get(committed(self._app_db, insert))

    # --- looking up ----------------------------------------------------------------------------

    def get(self, run_id: int) -> Run:
        """Return one run.

        Raises:
            RunMissing: there is none.
        """
        with self._app_db.read() as connection:
            row = connection.execute(sa.select(JOB_RUN).where(JOB_RUN.c.id == run_id)).first()
        if row is None:
            raise RunMissing(run_id)
        return _run(row)

    def find(
        self,
        *,
        kinds: Collection[str] = (),
        states: Collection[State] = (),
        schedule_id: int | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> list[Run]:
        """Return runs, newest first; ``before`` goes on below a run's number."""
        query = sa.select(JOB_RUN).order_by(JOB_RUN.c.id.desc()).limit(limit)
        if kinds:
            query = query.where(JOB_RUN.c.kind.in_(kinds))
        if states:
            query = query.where(JOB_RUN.c.state.in_(states))
        if schedule_id is not None:
            query = query.where(JOB_RUN.c.schedule_id == schedule_id)
        if before is not None:
            query = query.where(JOB_RUN.c.id < before)
        with self._app_db.read() as connection:
            return [_run(row) for row in connection.execute(query)]

    # --- working off ---------------------------------------------------------------------------

    def claim(self, kinds: Collection[str], now: datetime) -> Run | None:
        """Take the next due run of these kinds: nobody else gets it.

        Who was served longest ago comes first, then who has waited longest: a schedule that fires
        every minute does not keep a person waiting.
        """

        def take(connection: sa.Connection) -> int | None:
            due = _due(connection, kinds, now)
            served = _last_served(connection) if len(due) > 1 else {}
            due.sort(key=lambda row: (served.get(_whose(row), 0), row.next_attempt_at, row.id))
            for row in due:
                taken = connection.execute(
                    sa.update(JOB_RUN)
                    .where(JOB_RUN.c.id == row.id, JOB_RUN.c.state == "queued")
                    .values(
                        state="running",
                        attempt=JOB_RUN.c.attempt + 1,
                        started_at=now,
                        **_BLANK,
                    )
                )
                if taken.rowcount == 1:
                    return int(row.id)
            return None

        found = committed(self._app_db, take)
        return None if found is None else self.get(found)

    def next_due(self, kinds: Collection[str]) -> datetime | None:
        """Return when the first queued run of these kinds may begin; None where none waits."""
        columns = JOB_RUN.c
        query = sa.select(sa.func.min(columns.next_attempt_at)).where(
            columns.state == "queued", columns.kind.in_(kinds)
        )
        with self._app_db.read() as connection:
            return connection.execute(query).scalar()

    def tell(self, run_id: int, progress: Progress) -> None:
        """Write down how far a running run is."""
        values = {
            "stage_zh": progress.stage.zh,
            "stage_en": progress.stage.en,
            "done": progress.done,
            "total": progress.total,
            "rate": progress.rate,
        }
        self._change(run_id, ["running"], values)

    def finish(self, run: Run, done: Done | None, state: State, now: datetime, **more: Any) -> bool:
        """End a running run; say whether it was still running."""
        values: dict[str, Any] = {
            "state": state,
            "finished_at": now,
            "attempts": [*run.attempts, _attempt(run, state, now, more.get("error_code"))],
            **more,
        }
        if done is not None:
            values["result"] = done.result
        return self._change(run.id, ["running"], values)

    def put_back(
        self, run: Run, now: datetime, next_attempt_at: datetime, state: State, code: str, why: Text
    ) -> bool:
        """Queue a running run for another attempt.

        Args:
            run: As it was claimed.
            now: When this attempt ended.
            next_attempt_at: Not before this.
            state: How this attempt ended: failed or interrupted.
            code: Why.
            why: The same in words.
        """
        values = {
            "state": "queued",
            "next_attempt_at": next_attempt_at,
            "attempts": [*run.attempts, _attempt(run, state, now, code)],
            "error_code": code,
            **said(why),
        }
        return self._change(run.id, ["running"], values)

    def again(self, run: Run, params: Mapping[str, Any], now: datetime) -> bool:
        """Queue a held run again with what a person has answered; say whether it was held still."""
        values = {"state": "queued", "params": dict(params), "next_attempt_at": now, "result": None}
        return self._change(run.id, ["held"], {**values, **_BLANK})

    def discard(self, run_id: int, by: str, words: Text) -> bool:
        """End a held run for good; say whether it was held still."""
        values = {"state": "cancelled", "error_code": "discarded", "cancel_requested_by": by}
        return self._change(run_id, ["held"], {**values, **said(words)})

    def cancel(self, run_id: int, now: datetime, by: str | None, words: Text) -> Run:
        """Cancel a queued run, or note on a running one that it was asked to stop."""
        values = {"state": "cancelled", "finished_at": now, "error_code": "cancelled"}
        asked = {"cancel_requested_by": by or ""}
        if not self._change(run_id, ["queued"], {**values, **asked, **said(words)}):
            self._change(run_id, ["running"], asked)
        return self.get(run_id)

    # --- keeping -------------------------------------------------------------------------------

    def prune(self, before: datetime, keep_of_kind: int) -> int:
        """Remove ended runs from before an instant but for the newest of each kind."""

        def remove(connection: sa.Connection) -> int:
            place = sa.func.row_number().over(
                partition_by=JOB_RUN.c.kind, order_by=JOB_RUN.c.id.desc()
            )
            placed = sa.select(JOB_RUN.c.id, place.label("place")).subquery()
            old = sa.select(placed.c.id).where(placed.c.place > keep_of_kind)
            gone = connection.execute(
                sa.delete(JOB_RUN).where(
                    JOB_RUN.c.state.in_(ENDED),
                    JOB_RUN.c.finished_at < before,
                    JOB_RUN.c.id.in_(old),
                )
            )
            return int(gone.rowcount)

        return committed(self._app_db, remove)

    def _change(self, run_id: int, states: Collection[State], values: Mapping[str, Any]) -> bool:
        def change(connection: sa.Connection) -> bool:
            where = (JOB_RUN.c.id == run_id) & JOB_RUN.c.state.in_(states)
            return connection.execute(sa.update(JOB_RUN).where(where).values(values)).rowcount == 1

        return committed(self._app_db, change)


def committed(app_db: AppDb, change: Callable[[sa.Connection], T]) -> T:
    """Make a change that commits as one; come again where it met another on PostgreSQL."""
    for attempt in range(_TRIES):
        try:
            with app_db.write() as connection:
                return change(connection)
        except sa.exc.DBAPIError as error:
            if attempt == _TRIES - 1 or not _collided(error):
                raise
        time.sleep(0.01 * 2 ** min(attempt, 5))
    raise AssertionError("the last attempt returns or raises")


def new_row(
    kind: str,
    params: Mapping[str, Any],
    planned_at: datetime,
    *,
    requested_by: str | None = None,
    key: str | None = None,
    schedule_id: int | None = None,
    due_at: datetime | None = None,
) -> dict[str, Any]:
    """Return a queued run as a row; ``due_at`` is when it may begin, ``planned_at`` otherwise."""
    return {
        "kind": kind,
        "params": dict(params),
        "state": "queued",
        "schedule_id": schedule_id,
        "planned_at": planned_at,
        "requested_by": requested_by,
        "idempotency_key": key,
        "attempt": 0,
        "next_attempt_at": due_at or planned_at,
        "attempts": [],
    }


def inserted(connection: sa.Connection, row: Mapping[str, Any]) -> int:
    """Insert a run and return its number."""
    key = connection.execute(sa.insert(JOB_RUN).values(row)).inserted_primary_key
    assert key is not None
    return int(key[0])


def said(words: Text | None) -> dict[str, str | None]:
    """Return the columns that hold a sentence."""
    return {
        "message_zh": None if words is None else words.zh,
        "message_en": None if words is None else words.en,
    }


_BLANK: Final = dict.fromkeys(
    (
        "finished_at",
        "stage_zh",
        "stage_en",
        "done",
        "total",
        "rate",
        "error_code",
        "message_zh",
        "message_en",
    )
)


def _collided(error: sa.exc.DBAPIError) -> bool:
    told = error.orig.args[0] if error.orig is not None and error.orig.args else None
    return isinstance(told, dict) and told.get("C") in _COLLISIONS


def _due(connection: sa.Connection, kinds: Collection[str], now: datetime) -> list[Any]:
    columns = JOB_RUN.c
    query = (
        sa.select(columns.id, columns.schedule_id, columns.requested_by, columns.next_attempt_at)
        .where(columns.state == "queued", columns.kind.in_(kinds), columns.next_attempt_at <= now)
        .order_by(columns.next_attempt_at, columns.id)
        .limit(LOOKED_AT)
    )
    return list(connection.execute(query))


def _last_served(connection: sa.Connection) -> dict[tuple[Any, Any], float]:
    """Return, for who was served, when that last was (seconds)."""
    columns = JOB_RUN.c
    query = (
        sa.select(columns.schedule_id, columns.requested_by, columns.started_at)
        .where(columns.started_at.is_not(None))
        .order_by(columns.started_at.desc())
        .limit(LOOKED_AT)
    )
    served: dict[tuple[Any, Any], float] = {}
    for row in connection.execute(query):
        served.setdefault(_whose(row), row.started_at.timestamp())
    return served


def _whose(row: Any) -> tuple[Any, Any]:
    return (row.schedule_id, None if row.schedule_id is not None else row.requested_by)


def _attempt(run: Run, state: State, ended: datetime, code: str | None) -> dict[str, Any]:
    return {
        "started_at": None if run.started_at is None else run.started_at.isoformat(),
        "ended_at": ended.isoformat(),
        "state": state,
        "code": code,
    }


def _run(row: sa.Row[Any]) -> Run:
    values = dict(row._mapping)
    zh, en = values.pop("stage_zh"), values.pop("stage_en")
    done, total, rate = (values.pop(name) for name in ("done", "total", "rate"))
    progress = None if zh is None else Progress(Text(zh, en), done, total, rate)
    said_zh, said_en = values.pop("message_zh"), values.pop("message_en")
    message = None if said_zh is None else Text(said_zh, said_en)
    values["attempts"] = tuple(values["attempts"])
    return Run(**values, progress=progress, message=message)
