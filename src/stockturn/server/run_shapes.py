"""Runs and schedules as the API carries them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from stockturn.intake.report import LoadReport as Report
from stockturn.intake.report_tree import report_of
from stockturn.jobs.run import Progress, Run, State
from stockturn.jobs.runner import Runner
from stockturn.jobs.schedules import Schedule
from stockturn.language import Language
from stockturn.server.contract import LoadReport
from stockturn.server.loading import report_shape
from stockturn.server.shapes import said

Answer = Literal["replace", "add", "accept_drop", "again", "discard"]
"""What whoever loads data can answer a held run with."""

Offered = Literal[
    "replace", "add", "accept_drop", "keep_rates", "convert_again", "again", "discard"
]
"""The same, and what whoever closes periods decides about rates."""


class ProgressShape(BaseModel):
    """How far a run is; the rate is per second, in the unit of ``done``."""

    stage: str
    done: int
    total: int | None
    rate: float | None
    seconds_left: float | None


class AttemptShape(BaseModel):
    """What became of one attempt."""

    started_at: datetime | None
    ended_at: datetime
    state: State
    code: str | None


class RunShape(BaseModel):
    """One planned piece of work, whatever number of attempts it takes."""

    id: int
    kind: str
    name: str = Field(description="what this kind of work is called")
    subject: str = Field(description="what this run is about, such as the files it loads")
    state: State
    schedule_id: int | None
    planned_at: datetime
    requested_by: str | None
    attempt: int
    next_attempt_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    cancel_requested: bool
    progress: ProgressShape | None
    code: str | None = Field(description="why it did not succeed")
    message: str | None
    load_no: int | None = Field(description="the load it made, if it made one")
    trial: bool
    attempts: list[AttemptShape]
    report: LoadReport | None = Field(default=None, description="of a load that ended")
    answers: list[Offered] = Field(
        default=[],
        description="how a held run can be answered; discard alone: its files are gone; "
        "keep_rates and convert_again are said at /rates/keep and /rates/convert",
    )
    owner: str | None = Field(
        description="who is told when it waits: the owner of its feed, or who asked for it"
    )
    yours: bool = Field(default=False, description="it waits, and the caller is who is told")
    answered_by: str | None = Field(description="who answered it when it was held")


class RunList(BaseModel):
    """Runs, newest first."""

    runs: list[RunShape]


class EveryMinutes(BaseModel):
    """Every N minutes of elapsed time."""

    every_minutes: Annotated[int, Field(ge=1, le=10_080)]


class Daily(BaseModel):
    """Daily at a time of the workspace's clock, hh:mm."""

    daily: str


class CronShape(BaseModel):
    """A cron expression of five fields, on the workspace's clock."""

    cron: str


TriggerShape = EveryMinutes | Daily | CronShape


class ScheduleShape(BaseModel):
    """What runs when."""

    id: int
    name: str
    kind: str
    params: dict[str, Any]
    trigger: TriggerShape
    enabled: bool
    last_planned_at: datetime | None
    next_at: datetime | None = Field(description="null while it is paused")
    created_by: str | None


class ScheduleList(BaseModel):
    """Every schedule in the order they were made."""

    schedules: list[ScheduleShape]


class NewSchedule(BaseModel):
    """A schedule to be added."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    kind: str
    params: dict[str, Any] = {}
    trigger: TriggerShape


class ScheduleChange(BaseModel):
    """What to change about a schedule; null leaves it."""

    enabled: bool | None = None
    trigger: TriggerShape | None = None


ReportFormat = Literal["xlsx", "html"]


def run_shape(runner: Runner, run: Run, language: Language, *, full: bool = True) -> RunShape:
    """Return a run in one language; ``full`` with the report of its load."""
    handler = runner.handlers.get(run.kind)
    report = load_report(run) if full else None
    result = run.result or {}
    return RunShape(
        id=run.id,
        kind=run.kind,
        name=run.kind if handler is None else handler.name.read(language),
        subject=str(run.params.get("subject") or ""),
        state=run.state,
        schedule_id=run.schedule_id,
        planned_at=run.planned_at,
        requested_by=run.requested_by,
        attempt=run.attempt,
        next_attempt_at=run.next_attempt_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
        cancel_requested=run.cancel_requested_by is not None,
        progress=_progress(run.progress, language),
        code=run.error_code,
        message=said(run.message, language),
        load_no=result.get("load_no"),
        trial=bool(run.params.get("trial")),
        owner=result.get("owner") or run.requested_by,
        answered_by=run.params.get("answered_by"),
        attempts=[AttemptShape(**attempt) for attempt in run.attempts],
        report=None if report is None else report_shape(report, language),
    )


def load_report(run: Run) -> Report | None:
    """Return the report of the load a run made; None where it made none."""
    tree = (run.result or {}).get("report")
    return None if tree is None else report_of(tree)


def schedule_shape(schedule: Schedule) -> ScheduleShape:
    """Return a schedule as the API carries it."""
    return ScheduleShape(
        id=schedule.id,
        name=schedule.name,
        kind=schedule.kind,
        params=schedule.params,
        trigger=schedule.trigger,  # type: ignore[arg-type]
        enabled=schedule.enabled,
        last_planned_at=schedule.last_planned_at,
        next_at=schedule.next_at if schedule.enabled else None,
        created_by=schedule.created_by,
    )


def _progress(progress: Progress | None, language: Language) -> ProgressShape | None:
    if progress is None:
        return None
    return ProgressShape(
        stage=progress.stage.read(language),
        done=progress.done,
        total=progress.total,
        rate=progress.rate,
        seconds_left=progress.seconds_left,
    )
