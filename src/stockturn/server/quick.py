"""The two-minute start: turnover from four numbers or one small sheet, without a ledger."""

from __future__ import annotations

import io
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, UploadFile

from stockturn.jobs.worker import run_limited
from stockturn.language import Language, Text
from stockturn.metrics import quick
from stockturn.metrics.benchmarks import load_bands
from stockturn.metrics.quick import QuickAnswer
from stockturn.metrics.quick_rows import TypedRow
from stockturn.metrics.quick_sheet import MAPPING, sheet_file
from stockturn.server.contract import QuickRequest, QuickResult, QuickRow, ValueShape
from stockturn.server.deeds import NoteHere
from stockturn.server.desk import PROBLEMS, CallerHere, DeskHere, Lang
from stockturn.server.run_shapes import RunShape, run_shape
from stockturn.server.shapes import number, said, value_shape
from stockturn.server.sheets import read_sheet
from stockturn.server.uploads import Wanted, submit_upload
from stockturn.workspace import Workspace

router = APIRouter(tags=["quick"], responses=PROBLEMS)

SHEET_SECONDS = 20

_FILE = "两分钟速算表.csv"

_NO_ANSWER = Text("表头不全，还不能计算", "The heading is incomplete, so nothing was computed")
_FIX_HEADING = Text(
    "补齐表头：期初库存、期末库存、销售成本；月份、类别、销售收入可以不填。",
    "Complete the heading: opening, closing, COGS; month, category and revenue may be left out.",
)


@router.post("/api/quick")
def post_quick(request: QuickRequest, lang: Lang = "zh") -> QuickResult:
    """Turnover of the rows as typed, on two points."""
    found = quick.assess(_typed(request.rows), load_bands(), request.industry, request.period_days)
    return _result(found, lang)


@router.post("/api/quick/sheet")
def post_quick_sheet(
    file: UploadFile,
    desk: DeskHere,
    industry: Annotated[str | None, Query(description="industry to compare with")] = None,
    lang: Lang = "zh",
) -> QuickResult:
    """Turnover of one CSV or workbook with the sheet's columns, on two points."""
    name = file.filename or "sheet.csv"
    with _scratch(desk.workspace) as folder:
        path = folder / "sheet"
        with path.open("wb") as copy:
            shutil.copyfileobj(file.file, copy)
        settings = desk.workspace.settings
        rows, faults = run_limited(
            read_sheet,
            path,
            name,
            folder,
            memory_mb=settings.worker_memory_mb,
            seconds=min(settings.worker_seconds, SHEET_SECONDS),
            subject=name,
        )
    if faults:
        return _unread(faults, lang)
    result = _result(quick.assess(rows, load_bands(), industry), lang)
    return result.model_copy(update={"rows": [QuickRow(**asdict(row)) for row in rows]})


@router.post("/api/quick/load", status_code=202)
def post_quick_load(
    request: QuickRequest,
    desk: DeskHere,
    caller: CallerHere,
    note: NoteHere,
    lang: Lang = "zh",
) -> RunShape:
    """Queue a load of the sheet's rows into this workspace: one stand-in item per category."""
    content = sheet_file(_typed(request.rows))
    file = UploadFile(io.BytesIO(content), filename=_FILE, size=len(content))
    wanted = Wanted(MAPPING, None, trial=False, requested_by=caller.actor.name)
    run = submit_upload(desk, [file], wanted)
    note.of(run.id, files=[_FILE], trial=False)
    return run_shape(desk.runner, run, lang)


def _typed(rows: list[QuickRow]) -> list[TypedRow]:
    return [
        TypedRow(row.month, row.category, row.opening, row.closing, row.cogs, row.revenue)
        for row in rows
    ]


@contextmanager
def _scratch(workspace: Workspace) -> Iterator[Path]:
    """A folder in staging for one upload; the file's own name never becomes a path."""
    folder = workspace.staging / f"quick-{uuid.uuid4().hex}"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        # What cannot be removed now goes at the next start; it must not hide the answer.
        shutil.rmtree(folder, ignore_errors=True)


def _result(found: QuickAnswer, language: Language) -> QuickResult:
    whole, band = found.whole, found.band
    return QuickResult(
        turnover=value_shape(whole.turnover, language),
        days=value_shape(whole.days, language),
        average_inventory=value_shape(whole.average, language),
        gross_margin_rate=value_shape(whole.gross_margin_rate, language),
        cash_of_one_more_turn=value_shape(whole.cash_of_one_more_turn, language),
        basis_label=found.basis.read(language),
        n_point_turnover=(
            None
            if found.n_point_turnover is None
            else value_shape(found.n_point_turnover, language)
        ),
        n_point_basis=said(found.n_point_basis, language),
        industry=said(band.name, language) if band else None,
        band=[str(number(band.low)), str(number(band.high))] if band else None,
        band_source=said(band.source, language) if band else said(found.refusal, language),
        verdict=found.verdict.read(language),
        next_step=found.next_step.read(language),
        by_category=[quick.cells(line, language) for line in found.by_category],
        by_month=[quick.cells(line, language) for line in found.by_month],
        errors=[fault.read(language) for fault in found.faults],
        warnings=[each.read(language) for each in found.contradictions],
    )


def _unread(faults: list[Text], language: Language) -> QuickResult:
    """The answer to a sheet without the needed columns: which are missing, and no figure."""
    absent = ValueShape(number=None, reason=_NO_ANSWER.read(language))
    return QuickResult(
        turnover=absent,
        days=absent,
        average_inventory=absent,
        gross_margin_rate=absent,
        cash_of_one_more_turn=absent,
        basis_label="",
        industry=None,
        band=None,
        band_source=None,
        verdict=_NO_ANSWER.read(language),
        next_step=_FIX_HEADING.read(language),
        by_category=[],
        by_month=[],
        errors=[fault.read(language) for fault in faults],
    )
