"""What the command line asks of the server that owns its workspace.

Not part of the public API: callers show the token of the workspace's owner record, which only the
user who started the server can read.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from fastapi import APIRouter, UploadFile
from pydantic import BaseModel

from stockturn.intake.questions import OverlapAnswer
from stockturn.ledger import identities
from stockturn.ledger.fingerprint import content_hash
from stockturn.server import feeds, items, quality, quarantine, rates, runs, schedules, sources
from stockturn.server.contract import AnswerShape, QueryShape
from stockturn.server.deeds import NoteHere
from stockturn.server.desk import CallerHere, DeskHere, Lang
from stockturn.server.periods import (
    DecidedPeriod,
    NamedPeriod,
    PeriodList,
    period_list,
    post_period,
)
from stockturn.server.run_shapes import RunShape, run_shape
from stockturn.server.shapes import answer_shape, query_of
from stockturn.server.uploads import Wanted, submit_upload


class IdentityShape(BaseModel):
    """One identity of the ledger: whether it holds."""

    key: str
    name: str
    passed: bool
    detail: str


class CheckShape(BaseModel):
    """All identities of the ledger."""

    results: list[IdentityShape]
    content_hash: str


class SlowShape(BaseModel):
    """A question that took long."""

    at: datetime
    request_id: str
    what: str
    seconds: float


class SlowList(BaseModel):
    """The slow questions since the server started, latest first."""

    questions: list[SlowShape]


# The guard has checked the token before a byte of the body was read.
router = APIRouter(prefix="/internal", include_in_schema=False)
router.include_router(runs.routes)
router.include_router(schedules.routes)
router.include_router(quarantine.routes)
router.include_router(quality.routes)
router.include_router(sources.routes)
router.include_router(feeds.routes)
router.include_router(items.routes)
router.include_router(rates.routes)


@router.post("/query")
def internal_query(query: QueryShape, desk: DeskHere, lang: Lang = "zh") -> AnswerShape:
    """Answer one question."""
    return answer_shape(desk.ask(query_of(query)), lang)


@router.post("/loads", status_code=202)
def internal_loads(
    files: list[UploadFile],
    desk: DeskHere,
    note: NoteHere,
    mapping: str = "",
    mapping_file: UploadFile | None = None,
    trial: bool = False,
    accept_drop: bool = False,
    answer: OverlapAnswer | None = None,
    lang: Lang = "zh",
) -> RunShape:
    """Queue a load of files into the ledger: all of them, or nothing."""
    wanted = Wanted(mapping, mapping_file, trial, None, accept_drop=accept_drop, answer=answer)
    run = submit_upload(desk, files, wanted)
    note.of(run.id, files=[file.filename for file in files], trial=trial)
    return run_shape(desk.runner, run, lang)


@router.get("/runs/{run_id}/wait")
def internal_wait(run_id: int, desk: DeskHere, seconds: float = 1.0, lang: Lang = "zh") -> RunShape:
    """Return a run once it has ended, or as it stands after so many seconds."""
    return run_shape(desk.runner, desk.runner.wait(run_id, min(seconds, 20.0)), lang)


@router.get("/check")
def internal_check(desk: DeskHere, lang: Lang = "zh") -> CheckShape:
    """Check the ledger's identities."""
    return CheckShape(
        results=[
            IdentityShape(
                key=result.key,
                name=result.name.read(lang),
                passed=result.passed,
                detail=result.detail.read(lang),
            )
            for result in identities.check(desk.engine)
        ],
        content_hash=content_hash(desk.engine),
    )


@router.get("/slow")
def internal_slow(desk: DeskHere) -> SlowList:
    """The questions that took longest to answer of late."""
    return SlowList(
        questions=[
            SlowShape(at=each.at, request_id=each.request_id, what=each.what, seconds=each.seconds)
            for each in desk.observer.slow()
        ]
    )


@router.get("/periods")
def internal_periods(desk: DeskHere) -> PeriodList:
    """Every close and reopening, newest first."""
    return period_list(desk.engine)


@router.post("/periods/{verb}")
def internal_decide(
    verb: Literal["close", "reopen"],
    wanted: NamedPeriod,
    desk: DeskHere,
    caller: CallerHere,
    note: NoteHere,
) -> DecidedPeriod:
    """Close or reopen a month."""
    return post_period(verb, wanted, desk, caller, note)
