"""Rates restated after amounts were converted by them: the decision that these keep their rate."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from stockturn.intake.decisions import decide
from stockturn.server.deeds import NoteHere
from stockturn.server.desk import PROBLEMS, CallerHere, DeskHere
from stockturn.workspace import Workspace

KIND = "keep_rates"

routes = APIRouter()


class KeepRates(BaseModel):
    """Who decides that converted amounts keep their rate, and why."""

    actor: str = Field(default="", description="who decides, where nobody signs in")
    reason: str


class KeptRates(BaseModel):
    """The load that the decision became."""

    load_no: int


def kept(workspace: Workspace, actor: str, reason: str) -> KeptRates:
    """Let all that a workspace has converted so far keep its rate."""
    return KeptRates(load_no=decide(workspace, KIND, {}, actor=actor, reason=reason).load_no)


@routes.post("/rates/keep")
def post_keep(wanted: KeepRates, desk: DeskHere, caller: CallerHere, note: NoteHere) -> KeptRates:
    """Let all amounts converted so far keep their rate, so that a restated rate can be loaded."""
    desk.require_raw_rows()
    # Who signed in is who decides; the command line alone says a name.
    actor = wanted.actor if caller.user is None else caller.actor.name
    found = kept(desk.workspace, actor, wanted.reason)
    note.of(found.load_no, reason=wanted.reason, decided_by=caller.other_than(actor))
    return found


router = APIRouter(prefix="/api", tags=["data"], responses=PROBLEMS)
router.include_router(routes)
