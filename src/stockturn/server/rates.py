"""Rates restated after amounts were converted by them: these keep it, or are converted again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from stockturn.engines import DuckDBEngine
from stockturn.intake import converting
from stockturn.intake.decisions import decide
from stockturn.jobs.run import Run
from stockturn.jobs.runner import Runner
from stockturn.language import Language
from stockturn.ledger import kept_rates
from stockturn.ledger.rate_changes import RateChange, change_tree
from stockturn.server import answering
from stockturn.server.contract import LoadReport, RateChangeShape
from stockturn.server.deeds import NoteHere
from stockturn.server.desk import PROBLEMS, CallerHere, DeskHere, Lang
from stockturn.server.loading import report_shape
from stockturn.workspace import Workspace

routes = APIRouter()


class DecideRates(BaseModel):
    """Who decides on converted amounts whose rate is restated, and why."""

    actor: str = Field(default="", description="who decides, where nobody signs in")
    reason: str
    run_id: int | None = Field(
        default=None, description="a held run: what it asks about is decided, and it goes on"
    )


class UndoKept(BaseModel):
    """Who withdraws a decision that amounts keep their rate, and why."""

    actor: str = Field(default="", description="who decides, where nobody signs in")
    reason: str


class KeptRates(BaseModel):
    """The load that the decision became."""

    load_no: int


class KeptShape(BaseModel):
    """One decision that converted amounts keep their rate, or its undoing."""

    load_no: int
    undone: bool = Field(description="whether it withdraws another decision")
    of_load: int | None = Field(description="the decision that it withdraws")
    stands: bool = Field(description="whether it holds now")
    changes: list[RateChangeShape] = Field(
        description="what was shown; empty where all that was converted keeps its rate"
    )
    actor: str
    reason: str
    decided_at: datetime


class StaleList(BaseModel):
    """Amounts that stand at another rate than is stated now and are not kept so."""

    changes: list[RateChangeShape]


class ConvertedShape(BaseModel):
    """A decision that amounts are converted again, and the loads that did so."""

    load_no: int
    loads: list[LoadReport] = Field(
        description="none where the restated rate has not been loaded yet"
    )


class KeptList(BaseModel):
    """Every such decision and undoing, newest first."""

    kept: list[KeptShape]


def kept_list(engine: DuckDBEngine) -> KeptList:
    """Return every decision of a warehouse that converted amounts keep their rate."""
    return KeptList.model_validate({"kept": kept_rates.history(engine)}, from_attributes=True)


def kept(
    workspace: Workspace, actor: str, reason: str, changes: Sequence[RateChange] = ()
) -> KeptRates:
    """Let what a workspace has converted keep its rate: the changes shown, or without any, all."""
    content = {"rates": [change_tree(change) for change in changes]} if changes else {}
    posted = decide(workspace, kept_rates.KEEP, content, actor=actor, reason=reason)
    return KeptRates(load_no=posted.load_no)


def undone(workspace: Workspace, of_load: int, actor: str, reason: str) -> KeptRates:
    """Withdraw a decision of a workspace that converted amounts keep their rate.

    Raises:
        NotKept: the load is no such decision, or was withdrawn before.
    """
    content = {"of_load": of_load}
    posted = decide(workspace, kept_rates.UNDO, content, actor=actor, reason=reason)
    return KeptRates(load_no=posted.load_no)


def kept_of_run(
    workspace: Workspace, runner: Runner, run_id: int, actor: str, reason: str
) -> KeptRates:
    """Let the amounts that a held run asks about keep their rate; it goes on.

    Raises:
        RunMissing, NotHeld, UsageError: it asks about no rates.
    """
    run = answering.offering(workspace, runner, run_id, "keep_rates")
    found = kept(workspace, actor, reason, _asked(run))
    # Somebody may have discarded it meanwhile: what is decided stands.
    answering.go_on(runner, run, actor)
    return found


def stale_list(workspace: Workspace) -> StaleList:
    """Return the amounts of a workspace that stand at another rate than is stated now."""
    return StaleList.model_validate({"changes": converting.stale(workspace)}, from_attributes=True)


def converted(
    workspace: Workspace,
    actor: str,
    reason: str,
    lang: Language,
    changes: Sequence[RateChange] = (),
) -> ConvertedShape:
    """Let a workspace convert again: the changes shown, or without any, what stands otherwise.

    Raises:
        PeriodClosed: some of it lies in a closed month; nothing was decided.
    """
    done = converting.convert_again(workspace, actor=actor, reason=reason, changes=changes)
    loads = [report_shape(each, lang) for each in done.loads]
    return ConvertedShape(load_no=done.load_no, loads=loads)


def converted_of_run(
    workspace: Workspace, runner: Runner, run_id: int, actor: str, reason: str, lang: Language
) -> ConvertedShape:
    """Let the amounts that a held run asks about be converted again; it goes on.

    Raises:
        RunMissing, NotHeld, UsageError: it asks about no rates of currencies.
        PeriodClosed: some of it lies in a closed month; nothing was decided.
    """
    run = answering.offering(workspace, runner, run_id, "convert_again")
    found = converted(workspace, actor, reason, lang, _asked(run))
    answering.go_on(runner, run, actor)
    return found


def _asked(run: Run) -> list[RateChange]:
    return [asked.rate for asked in answering.questions(run) if asked.rate is not None]


@routes.get("/rates/kept")
def get_kept(desk: DeskHere) -> KeptList:
    """Every decision that converted amounts keep their rate and its undoing, newest first."""
    desk.require_raw_rows()
    return kept_list(desk.engine)


@routes.post("/rates/keep")
def post_keep(wanted: DecideRates, desk: DeskHere, caller: CallerHere, note: NoteHere) -> KeptRates:
    """Let converted amounts keep their rate, so that a restated rate can be loaded.

    With a held run: the amounts that it asks about, and the run goes on. What else was converted,
    or since, is asked about anew.
    """
    desk.require_raw_rows()
    # Who signed in is who decides; the command line alone says a name.
    actor = wanted.actor if caller.user is None else caller.actor.name
    if wanted.run_id is None:
        found = kept(desk.workspace, actor, wanted.reason)
    else:
        found = kept_of_run(desk.workspace, desk.runner, wanted.run_id, actor, wanted.reason)
    details = {"reason": wanted.reason, "run": wanted.run_id}
    note.of(found.load_no, **details, decided_by=caller.other_than(actor))
    return found


@routes.post("/rates/kept/{load_no}/undo")
def post_undo_kept(
    load_no: int, wanted: UndoKept, desk: DeskHere, caller: CallerHere, note: NoteHere
) -> KeptRates:
    """Withdraw a decision that converted amounts keep their rate.

    What was loaded meanwhile stands; a load that restates these rates asks again.
    """
    desk.require_raw_rows()
    actor = wanted.actor if caller.user is None else caller.actor.name
    found = undone(desk.workspace, load_no, actor, wanted.reason)
    details = {"reason": wanted.reason, "load": found.load_no}
    note.of(load_no, **details, decided_by=caller.other_than(actor))
    return found


@routes.get("/rates/stale")
def get_stale(desk: DeskHere) -> StaleList:
    """Amounts in foreign currencies that stand at another rate than is stated now, not kept so."""
    desk.require_raw_rows()
    return stale_list(desk.workspace)


@routes.post("/rates/convert")
def post_convert(
    wanted: DecideRates, desk: DeskHere, caller: CallerHere, note: NoteHere, lang: Lang = "zh"
) -> ConvertedShape:
    """Let amounts be converted again at the rate as restated: what stands is taken back and added.

    With a held run: the amounts that it asks about, once it has gone on. Without one: what stands
    at another rate now, or, where nothing does, all that was converted so far, so that a restated
    rate can be loaded.
    """
    desk.require_raw_rows()
    actor = wanted.actor if caller.user is None else caller.actor.name
    workspace, run_id = desk.workspace, wanted.run_id
    if run_id is None:
        found = converted(workspace, actor, wanted.reason, lang)
    else:
        found = converted_of_run(workspace, desk.runner, run_id, actor, wanted.reason, lang)
    loads = ", ".join(str(each.load_no) for each in found.loads if each.load_no is not None)
    details = {"reason": wanted.reason, "run": run_id, "loads": loads}
    note.of(found.load_no, **details, decided_by=caller.other_than(actor))
    return found


router = APIRouter(prefix="/api", tags=["data"], responses=PROBLEMS)
router.include_router(routes)
