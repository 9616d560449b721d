"""Schedules: what runs when."""

from __future__ import annotations

from fastapi import APIRouter, Response

from stockturn.server.deeds import NoteHere
from stockturn.server.desk import PROBLEMS, CallerHere, DeskHere, Lang
from stockturn.server.run_shapes import (
    NewSchedule,
    RunShape,
    ScheduleChange,
    ScheduleList,
    ScheduleShape,
    run_shape,
    schedule_shape,
)

routes = APIRouter()
"""The same for the page (``/api``) and the command line (``/internal``)."""


@routes.get("/schedules")
def get_schedules(desk: DeskHere) -> ScheduleList:
    """Every schedule in the order they were made."""
    return ScheduleList(schedules=[schedule_shape(each) for each in desk.runner.schedules.all()])


@routes.post("/schedules", status_code=201)
def post_schedule(
    new: NewSchedule, desk: DeskHere, caller: CallerHere, note: NoteHere
) -> ScheduleShape:
    """Add a schedule."""
    runner = desk.runner
    runner.require(new.kind)
    trigger = new.trigger.model_dump()
    actor = caller.actor.name
    added = runner.schedules.add(
        new.name, new.kind, new.params, trigger, runner.clock(), created_by=actor
    )
    note.of(new.name, kind=new.kind, trigger=trigger)
    runner.wake()
    return schedule_shape(added)


@routes.patch("/schedules/{schedule_id}")
def patch_schedule(
    schedule_id: int, change: ScheduleChange, desk: DeskHere, note: NoteHere
) -> ScheduleShape:
    """Pause or resume a schedule, or give it another trigger."""
    runner = desk.runner
    trigger = None if change.trigger is None else change.trigger.model_dump()
    changed = runner.schedules.change(
        schedule_id, runner.clock(), enabled=change.enabled, trigger=trigger
    )
    note.of(changed.name, enabled=changed.enabled, trigger=changed.trigger)
    runner.wake()
    return schedule_shape(changed)


@routes.delete("/schedules/{schedule_id}", status_code=204)
def delete_schedule(schedule_id: int, desk: DeskHere, note: NoteHere) -> Response:
    """Remove a schedule; its runs stay in the history."""
    note.of(desk.runner.schedules.get(schedule_id).name)
    desk.runner.schedules.remove(schedule_id)
    return Response(status_code=204)


@routes.post("/schedules/{schedule_id}/run", status_code=202)
def post_schedule_run(
    schedule_id: int, desk: DeskHere, caller: CallerHere, note: NoteHere, lang: Lang = "zh"
) -> RunShape:
    """Run what a schedule runs now, beside its own times."""
    schedule = desk.runner.schedules.get(schedule_id)
    actor = caller.actor.name
    run = desk.runner.submit(schedule.kind, schedule.params, requested_by=actor)
    note.of(schedule.name, run=run.id)
    return run_shape(desk.runner, run, lang)


router = APIRouter(prefix="/api", tags=["data"], responses=PROBLEMS)
router.include_router(routes)
