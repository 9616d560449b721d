"""Period close: which months are settled, in which version, by whom and why."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from stockturn.engines import DuckDBEngine
from stockturn.intake.decisions import decide
from stockturn.ledger import periods
from stockturn.server.deeds import NoteHere
from stockturn.server.desk import PROBLEMS, CallerHere, DeskHere
from stockturn.workspace import Workspace

router = APIRouter(tags=["data"], responses=PROBLEMS)


class CloseShape(BaseModel):
    """One close or reopening of a month."""

    month: date = Field(description="its first day")
    version: int = Field(description="counts the closes of the month; a reopening has its close's")
    state: Literal["closed", "reopened"]
    load_no: int = Field(description="the version is the ledger as known at this load")
    actor: str
    reason: str
    decided_at: datetime
    quantity: Decimal = Field(description="stock on hand at the end of the month")
    value: Decimal = Field(description="its value")
    content_hash: str = Field(description="over everything dated up to the end of the month")


class PeriodList(BaseModel):
    """Every close and reopening, newest first."""

    closed_through: date | None = Field(description="the first day that is not closed")
    periods: list[CloseShape]


class NamedPeriod(BaseModel):
    """A month to close or reopen, and who says so."""

    month: str = Field(description="as in 2025-06")
    actor: str = Field(default="", description="who decides, where nobody signs in")
    reason: str


class DecidedPeriod(BaseModel):
    """The load that a decision became."""

    load_no: int


def period_list(engine: DuckDBEngine) -> PeriodList:
    """Return every close and reopening of a warehouse."""
    return PeriodList(
        closed_through=periods.closed_through(engine),
        periods=[
            CloseShape.model_validate(state, from_attributes=True)
            for state in periods.periods(engine)
        ],
    )


def decided(workspace: Workspace, verb: str, month: str, actor: str, reason: str) -> DecidedPeriod:
    """Close or reopen a month of a workspace."""
    posted = decide(workspace, f"{verb}_period", {"month": month}, actor=actor, reason=reason)
    return DecidedPeriod(load_no=posted.load_no)


@router.get("/api/periods")
def get_periods(desk: DeskHere) -> PeriodList:
    """Every close and reopening of a month, newest first."""
    desk.require_raw_rows()
    return period_list(desk.engine)


@router.post("/api/periods/{verb}")
def post_period(
    verb: Literal["close", "reopen"],
    wanted: NamedPeriod,
    desk: DeskHere,
    caller: CallerHere,
    note: NoteHere,
) -> DecidedPeriod:
    """Close a month and all before it, or reopen it and the closed ones after it."""
    # Who signed in is who decides; the command line alone says a name.
    actor = wanted.actor if caller.user is None else caller.actor.name
    done = decided(desk.workspace, verb, wanted.month, actor, wanted.reason)
    note.of(
        wanted.month, reason=wanted.reason, load=done.load_no, decided_by=caller.other_than(actor)
    )
    return done
