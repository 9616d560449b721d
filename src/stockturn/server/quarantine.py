"""The quarantine: rejected rows listed, downloaded, sent back, read again and discarded."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response, UploadFile
from pydantic import BaseModel, Field

from stockturn.delivery.quarantine_book import book_of
from stockturn.intake import quarantine as intake
from stockturn.intake.reasons import reject_text
from stockturn.language import Language, Text
from stockturn.ledger import quarantine
from stockturn.ledger.quarantine import Waiting
from stockturn.ledger.settled import Place
from stockturn.server.contract import LoadReport
from stockturn.server.deeds import NoteHere
from stockturn.server.desk import PROBLEMS, CallerHere, DeskHere, Lang
from stockturn.server.errors import InvalidField
from stockturn.server.loading import report_shape

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The workbook",
        "content": {WORKBOOK: {"schema": {"type": "string", "format": "binary"}}},
    }
}
_NO_ROWS = Text("没有选中任何行。", "names no row.")


class PlaceShape(BaseModel):
    """Where a rejected row stands."""

    load_no: int
    file_no: int
    sheet: str | None
    row_no: int


class GroupShape(BaseModel):
    """rejected = waiting + corrected + discarded + replaced + still_wrong."""

    load_no: int
    committed_at: datetime
    mapping: str
    file_no: int
    file: str
    code: str
    message: str
    rejected: int
    waiting: int
    corrected: int
    discarded: int
    replaced: int = Field(description="a later load replaced their file")
    still_wrong: int = Field(description="taken up, rejected again, waiting under that load")


class QuarantineShape(BaseModel):
    """Rejected rows by load, file and reason."""

    waiting: int
    groups: list[GroupShape]


class WaitingShape(BaseModel):
    """One rejected row that waits."""

    place: PlaceShape
    file: str
    code: str
    message: str
    column: str | None
    value: str | None
    values: dict[str, str]


class WaitingList(BaseModel):
    """Waiting rows, the first so many."""

    rows: list[WaitingShape]


class SentShape(BaseModel):
    """rows = loaded + still_wrong + unchanged + settled_before."""

    message: str
    rows: int
    loaded: int
    still_wrong: int
    unchanged: int
    settled_before: int
    loads: list[LoadReport]


class ReplayShape(BaseModel):
    """With which mapping a load's waiting rows are read again."""

    mapping: str


class DiscardShape(BaseModel):
    """Rows to take out of the quarantine for good."""

    rows: list[PlaceShape]
    actor: str
    reason: str


class DiscardedShape(BaseModel):
    """The decision, as a load of its own."""

    load_no: int
    rows: int


routes = APIRouter()
"""The same for the page (``/api``) and the command line (``/internal``)."""

LoadNo = Annotated[int | None, Query(description="only this load")]
FileNo = Annotated[int | None, Query(description="only this file of the load")]
Code = Annotated[str | None, Query(description="only this reason")]


@routes.get("/quarantine")
def get_quarantine(
    desk: DeskHere,
    everything: Annotated[bool, Query(description="settled groups too")] = False,
    lang: Lang = "zh",
) -> QuarantineShape:
    """Rejected rows by load, file and reason, the newest load first."""
    groups = quarantine.groups(desk.engine, waiting=not everything)
    return QuarantineShape(
        waiting=quarantine.count_waiting(desk.engine),
        groups=[
            GroupShape(**asdict(group), message=reject_text(group.code).read(lang))
            for group in groups
        ],
    )


@routes.get("/quarantine/rows")
def get_quarantine_rows(
    desk: DeskHere,
    load_no: LoadNo = None,
    file_no: FileNo = None,
    code: Code = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    lang: Lang = "zh",
) -> WaitingList:
    """Rows that wait, with all their original values."""
    desk.require_raw_rows()
    rows = quarantine.waiting(desk.engine, load_no=load_no, file_no=file_no, code=code, limit=limit)
    return WaitingList(rows=[_waiting(row, lang) for row in rows])


@routes.get("/quarantine/download", responses=_FILE, response_class=Response)
def get_quarantine_book(
    desk: DeskHere,
    load_no: LoadNo = None,
    file_no: FileNo = None,
    code: Code = None,
    lang: Lang = "zh",
) -> Response:
    """A workbook of waiting rows to correct, the reason beside each cell."""
    desk.require_raw_rows()
    content = book_of(desk.engine, lang, load_no=load_no, file_no=file_no, code=code)
    name = "quarantine" if load_no is None else f"quarantine-{load_no}"
    head = {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
    return Response(content, media_type=WORKBOOK, headers=head)


@routes.post("/quarantine/corrections")
def post_correction(
    file: UploadFile, desk: DeskHere, caller: CallerHere, note: NoteHere, lang: Lang = "zh"
) -> SentShape:
    """Take a corrected workbook back: what was changed is read again and booked."""
    desk.require_raw_rows()
    workspace = desk.workspace
    with tempfile.TemporaryDirectory(dir=workspace.staging) as folder:
        # The name is a label: only its end says what the file is.
        path = Path(folder) / f"corrected{Path(file.filename or '').suffix[:8]}"
        with path.open("wb") as writing:
            while block := file.file.read(1024 * 1024):
                writing.write(block)
        report = intake.correct(workspace, path, actor=caller.actor.name)
    note.of(file.filename or "", count=report.rows, loaded=report.loaded)
    return SentShape(
        message=report.message.read(lang),
        rows=report.rows,
        loaded=report.loaded,
        still_wrong=report.still_wrong,
        unchanged=report.unchanged,
        settled_before=report.settled_before,
        loads=[report_shape(each, lang) for each in report.loads],
    )


@routes.post("/quarantine/{load_no}/replay")
def post_replay(
    load_no: int,
    body: ReplayShape,
    desk: DeskHere,
    caller: CallerHere,
    note: NoteHere,
    lang: Lang = "zh",
) -> LoadReport:
    """Read a load's waiting rows again with another mapping."""
    desk.require_raw_rows()
    actor = caller.actor.name
    report = intake.replay_with(desk.workspace, load_no, body.mapping, actor=actor)
    note.of(load_no, mapping=body.mapping, load=report.load_no, loaded=report.rows_loaded)
    return report_shape(report, lang)


@routes.post("/quarantine/discards")
def post_discard(
    body: DiscardShape, desk: DeskHere, caller: CallerHere, note: NoteHere
) -> DiscardedShape:
    """Take rows out of the quarantine for good, by a named person with a reason."""
    desk.require_raw_rows()
    # Who signed in is who did it; the command line alone says a name.
    actor = body.actor if caller.user is None else caller.actor.name
    if not body.rows:
        raise InvalidField("rows", _NO_ROWS)
    places = [Place(**row.model_dump()) for row in body.rows]
    posted = intake.discard(desk.workspace, places, actor=actor, reason=body.reason)
    loads = ", ".join(sorted({str(place.load_no) for place in places}))
    details = {"count": len(places), "load": posted.load_no, "reason": body.reason}
    note.of(loads, **details, decided_by=caller.other_than(actor))
    return DiscardedShape(load_no=posted.load_no, rows=len(places))


def _waiting(row: Waiting, language: Language) -> WaitingShape:
    return WaitingShape(
        place=PlaceShape(**asdict(row.place)),
        file=row.file,
        code=row.code,
        message=reject_text(row.code).read(language),
        column=row.column,
        value=row.value,
        values=row.values,
    )


router = APIRouter(prefix="/api", tags=["data"], responses=PROBLEMS)
router.include_router(routes)
