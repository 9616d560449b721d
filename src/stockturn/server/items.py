"""Items merged into others and taken apart again, by a named person with a reason."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from stockturn.engines import DuckDBEngine
from stockturn.intake.decisions import decide
from stockturn.ledger import identity
from stockturn.server.deeds import NoteHere
from stockturn.server.desk import PROBLEMS, CallerHere, Desk, DeskHere
from stockturn.workspace import Workspace

routes = APIRouter()

Verb = Literal["merge", "split"]
KINDS = {"merge": "merge_items", "split": "undo_merge_items"}


class MergeShape(BaseModel):
    """One merge of two items, or its undoing."""

    load_no: int
    item: str = Field(description="the old code")
    item_name: str | None
    into_item: str = Field(description="the code that its history counts under")
    into_name: str | None
    valid_from: date | None = Field(description="counts once the data reaches this day")
    undone: bool
    stands: bool = Field(description="whether the old code counts under the other now")
    actor: str
    reason: str
    decided_at: datetime


class MergeList(BaseModel):
    """Every merge and undoing, newest first."""

    merges: list[MergeShape]


class NamedMerge(BaseModel):
    """Which item to merge into which, or to split off again, and who says so."""

    item: str
    into: str | None = Field(default=None, description="needed to merge")
    valid_from: date | None = None
    actor: str = Field(default="", description="who decides, where nobody signs in")
    reason: str


class DecidedMerge(BaseModel):
    """The load that a decision became."""

    load_no: int


class MergedItem(BaseModel):
    """What the books hold of one item under its own code."""

    item: str
    name: str | None
    unit: str | None
    category: str | None
    quantity: Decimal = Field(description="on hand")
    value: Decimal | None = Field(description="on hand; null without the right to see cost")
    movements: int
    first_day: date | None
    last_day: date | None


class MergePreview(BaseModel):
    """What a merge would bring together; nothing is changed."""

    item: MergedItem
    into: MergedItem
    together: MergedItem = Field(description="the surviving code once they are merged")


def merge_list(engine: DuckDBEngine) -> MergeList:
    """Return every merge and undoing of a warehouse."""
    return MergeList(merges=[MergeShape(**row) for row in identity.history(engine)])


def decided(workspace: Workspace, verb: str, wanted: NamedMerge, actor: str) -> DecidedMerge:
    """Merge an item of a workspace into another, or split it off again."""
    content: dict[str, str] = {"item": wanted.item.strip()}
    if verb == "merge":
        content["into"] = (wanted.into or "").strip()
    if wanted.valid_from is not None:
        content["valid_from"] = wanted.valid_from.isoformat()
    posted = decide(workspace, KINDS[verb], content, actor=actor, reason=wanted.reason)
    return DecidedMerge(load_no=posted.load_no)


@routes.get("/merges")
def get_merges(desk: DeskHere) -> MergeList:
    """Every merge of items and its undoing, newest first."""
    desk.require_raw_rows()
    return merge_list(desk.engine)


@routes.get("/merges/preview")
def get_merge_preview(item: str, into: str, desk: DeskHere) -> MergePreview:
    """What an item and the one it is to be merged into hold, if they can be merged."""
    desk.require_raw_rows()
    codes = (item.strip(), into.strip())
    identity.check_merge(desk.engine, *codes)
    old, new = (_merged(row, desk) for row in identity.of_items(desk.engine, codes))
    firsts = [day for day in (old.first_day, new.first_day) if day is not None]
    lasts = [day for day in (old.last_day, new.last_day) if day is not None]
    together = new.model_copy(
        update={
            "quantity": old.quantity + new.quantity,
            "value": None if old.value is None or new.value is None else old.value + new.value,
            "movements": old.movements + new.movements,
            "first_day": min(firsts, default=None),
            "last_day": max(lasts, default=None),
        }
    )
    return MergePreview(item=old, into=new, together=together)


def _merged(row: dict[str, Any], desk: Desk) -> MergedItem:
    counts = {name: row[name] or 0 for name in ("quantity", "movements")}
    value = None if desk.scope.hides_cost else row["value"] or 0
    return MergedItem(**{**row, **counts, "value": value})


@routes.post("/merges/{verb}")
def post_merge(
    verb: Verb, wanted: NamedMerge, desk: DeskHere, caller: CallerHere, note: NoteHere
) -> DecidedMerge:
    """Let an item's history count under another, or under its own code again."""
    desk.require_raw_rows()
    # Who signed in is who decides; the command line alone says a name.
    actor = wanted.actor if caller.user is None else caller.actor.name
    found = decided(desk.workspace, verb, wanted, actor)
    details = {"into": wanted.into, "reason": wanted.reason, "load": found.load_no}
    note.of(wanted.item, **details, decided_by=caller.other_than(actor))
    return found


router = APIRouter(prefix="/api", tags=["data"], responses=PROBLEMS)
router.include_router(routes)
