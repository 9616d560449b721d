"""Schedules: what is to run when, and the planning of runs that are due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from stockturn.jobs.queue import committed, inserted, new_row
from stockturn.jobs.run import ENDED
from stockturn.jobs.tables import JOB_RUN, SCHEDULE
from stockturn.jobs.trigger import Trigger, read_trigger
from stockturn.language import StockTurnError, Text, UsageError
from stockturn.workspace.app_db import AppDb


class ScheduleMissing(StockTurnError):
    """No schedule has this number."""

    code = "schedule_missing"
    status = 404
    exit_code = 2

    def __init__(self, schedule_id: int) -> None:
        super().__init__(
            Text(
                f"没有第 {schedule_id} 号计划。请在计划列表中选择。",
                f"There is no schedule {schedule_id}. Choose one from the list of schedules.",
            )
        )


class ScheduleNameTaken(UsageError):
    """Another schedule has this name."""

    code = "schedule_name_taken"
    status = 409

    def __init__(self, name: str) -> None:
        super().__init__(
            Text(
                f"已有名为“{name}”的计划。请换一个名称。",
                f"There is a schedule called “{name}” already. Choose another name.",
            )
        )


@dataclass(frozen=True)
class Schedule:
    """One schedule. ``next_at`` is when it next fires while it is enabled."""

    id: int
    name: str
    kind: str
    params: dict[str, Any]
    trigger: dict[str, Any]
    enabled: bool
    anchor_at: datetime
    last_planned_at: datetime | None
    next_at: datetime
    created_by: str | None

    @property
    def rule(self) -> Trigger:
        """The trigger as a value."""
        return read_trigger(self.trigger)


class Schedules:
    """The schedules of one workspace. Safe from any thread.

    Args:
        app_db: Where they are kept.
        zone: Whose wall clock daily and cron times are read on.
    """

    def __init__(self, app_db: AppDb, zone: ZoneInfo) -> None:
        self._app_db = app_db
        self._zone = zone

    def add(
        self,
        name: str,
        kind: str,
        params: Mapping[str, Any],
        trigger: Mapping[str, Any],
        now: datetime,
        *,
        created_by: str | None = None,
    ) -> Schedule:
        """Add a schedule; its first fire time is the first after ``now``.

        Raises:
            TriggerInvalid: the trigger cannot be read.
            ScheduleNameTaken: another one has the name.
        """
        rule = read_trigger(trigger)
        row = {
            "name": name,
            "kind": kind,
            "params": dict(params),
            "trigger": dict(trigger),
            "enabled": True,
            "anchor_at": now,
            "next_at": rule.after(now, anchor=now, zone=self._zone),
            "created_by": created_by,
        }

        def insert(connection: sa.Connection) -> int:
            same = sa.select(SCHEDULE.c.id).where(SCHEDULE.c.name == name)
            if connection.execute(same).first() is not None:
                raise ScheduleNameTaken(name)
            key = connection.execute(sa.insert(SCHEDULE).values(row)).inserted_primary_key
            assert key is not None
            return int(key[0])

        return self.get(committed(self._app_db, insert))

    def all(self) -> list[Schedule]:
        """Return every schedule in the order they were made."""
        with self._app_db.read() as connection:
            rows = connection.execute(sa.select(SCHEDULE).order_by(SCHEDULE.c.id))
            return [Schedule(**row._mapping) for row in rows]

    def get(self, schedule_id: int) -> Schedule:
        """Return one schedule.

        Raises:
            ScheduleMissing: there is none.
        """
        with self._app_db.read() as connection:
            query = sa.select(SCHEDULE).where(SCHEDULE.c.id == schedule_id)
            row = connection.execute(query).first()
        if row is None:
            raise ScheduleMissing(schedule_id)
        return Schedule(**row._mapping)

    def change(
        self,
        schedule_id: int,
        now: datetime,
        *,
        enabled: bool | None = None,
        trigger: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> Schedule:
        """Pause or resume a schedule, or give it another trigger or other params.

        What fell into a pause is not made up for: the next fire time is the first after ``now``.

        Raises:
            ScheduleMissing: there is none.
            TriggerInvalid: the trigger cannot be read.
        """
        schedule = self.get(schedule_id)
        values: dict[str, Any] = {}
        if trigger is not None:
            values |= {"trigger": dict(trigger), "anchor_at": now}
        if params is not None:
            values["params"] = dict(params)
        if enabled is not None:
            values["enabled"] = enabled
        if trigger is not None or (enabled and not schedule.enabled):
            rule = schedule.rule if trigger is None else read_trigger(trigger)
            anchor = schedule.anchor_at if trigger is None else now
            values["next_at"] = rule.after(now, anchor=anchor, zone=self._zone)
        if values:
            update = sa.update(SCHEDULE).where(SCHEDULE.c.id == schedule_id).values(values)
            committed(self._app_db, lambda connection: connection.execute(update))
        return self.get(schedule_id)

    def remove(self, schedule_id: int) -> None:
        """Remove a schedule; its runs stay in the history.

        Raises:
            ScheduleMissing: there is none.
        """

        def delete(connection: sa.Connection) -> bool:
            # SQLite takes the reference away only where foreign keys are on; ours are.
            where = SCHEDULE.c.id == schedule_id
            return connection.execute(sa.delete(SCHEDULE).where(where)).rowcount == 1

        if not committed(self._app_db, delete):
            raise ScheduleMissing(schedule_id)

    # --- planning ------------------------------------------------------------------------------

    def plan(self, now: datetime) -> list[int]:
        """Queue one run for each schedule that is due; return the runs' numbers.

        Fire times that were missed become one run, planned at the last of them. A schedule whose
        earlier run has not ended waits for it, and then catches up in the same way.
        """
        return committed(self._app_db, lambda connection: self._plan(connection, now))

    def next_at(self) -> datetime | None:
        """Return when the next enabled schedule fires; None where there is none."""
        query = sa.select(sa.func.min(SCHEDULE.c.next_at)).where(SCHEDULE.c.enabled)
        with self._app_db.read() as connection:
            return connection.execute(query).scalar()

    def _plan(self, connection: sa.Connection, now: datetime) -> list[int]:
        due = sa.select(SCHEDULE).where(SCHEDULE.c.enabled, SCHEDULE.c.next_at <= now)
        open_runs = sa.select(JOB_RUN.c.schedule_id).where(
            JOB_RUN.c.schedule_id.is_not(None), JOB_RUN.c.state.not_in(ENDED)
        )
        busy = set(connection.execute(open_runs).scalars())
        planned = []
        for row in connection.execute(due.order_by(SCHEDULE.c.next_at, SCHEDULE.c.id)).all():
            schedule = Schedule(**row._mapping)
            if schedule.id in busy:
                continue
            fired = self._last_fire(schedule, now)
            following = schedule.rule.after(fired, anchor=schedule.anchor_at, zone=self._zone)
            connection.execute(
                sa.update(SCHEDULE)
                .where(SCHEDULE.c.id == schedule.id)
                .values(last_planned_at=fired, next_at=following)
            )
            run = new_row(
                schedule.kind,
                schedule.params,
                fired,
                requested_by=schedule.created_by,
                schedule_id=schedule.id,
            )
            planned.append(inserted(connection, run))
        return planned

    def _last_fire(self, schedule: Schedule, now: datetime) -> datetime:
        """Return the last fire time that is not after ``now``; ``next_at`` is one of them."""
        rule, anchor = schedule.rule, schedule.anchor_at
        fired = schedule.next_at
        # From ever nearer to now: a pause of a year of minutes takes a dozen steps, not a million.
        span = now - fired
        while span > timedelta(minutes=1):
            found = rule.after(now - span, anchor=anchor, zone=self._zone)
            if fired < found <= now:
                fired = found
            span /= 2
        while (later := rule.after(fired, anchor=anchor, zone=self._zone)) <= now:
            fired = later
        return fired
