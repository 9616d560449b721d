"""What has been loaded, and what became of every row."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from fastapi import APIRouter
from pydantic import BaseModel

from stockturn.intake import report as intake
from stockturn.intake.reasons import ignore_text, reject_text
from stockturn.intake.report_tree import told_report
from stockturn.language import Language, StockTurnError, Text
from stockturn.ledger import loads
from stockturn.ledger.loads import LoadRecord, RejectedRow
from stockturn.metrics.moved import moved_figures
from stockturn.server.contract import FileReport, LoadList, LoadReport, RejectShape
from stockturn.server.desk import PROBLEMS, DeskHere, Lang

router = APIRouter(tags=["data"], responses=PROBLEMS)

_LOADED = Text(
    "已入账 {loaded:,} 行，拒收 {rejected:,} 行，忽略 {ignored:,} 行。",
    "{loaded:,} rows loaded, {rejected:,} rejected, {ignored:,} ignored.",
)


class LoadMissing(StockTurnError):
    """No load has this number."""

    code = "load_missing"
    status = 404

    def __init__(self, load_no: int) -> None:
        super().__init__(
            Text(
                f"没有第 {load_no} 次导入。请在导入列表中选择。",
                f"There is no load number {load_no}. Choose one from the list of loads.",
            )
        )


@router.get("/api/loads")
def get_loads(desk: DeskHere, lang: Lang = "zh") -> LoadList:
    """Every committed load, newest first."""
    return LoadList(loads=[_report(load, [], lang) for load in loads.history(desk.engine)])


@router.get("/api/loads/{load_no}")
def get_load(load_no: int, desk: DeskHere, lang: Lang = "zh") -> LoadReport:
    """One load with its first hundred rejected rows."""
    found = next((load for load in loads.history(desk.engine) if load.load_no == load_no), None)
    if found is None:
        raise LoadMissing(load_no)
    rejected = loads.rejects(desk.engine, load_no) if desk.raw_rows else []
    return _report(found, rejected, lang)


class MovedShape(BaseModel):
    """One figure of a month reported before, as it was and as the load left it."""

    month: date
    measure: str
    before: Decimal | None
    after: Decimal | None


class MovedList(BaseModel):
    """The reported figures that a load moved."""

    moved: list[MovedShape]


@router.get("/api/loads/{load_no}/moved")
def get_moved(load_no: int, desk: DeskHere) -> MovedList:
    """The figures of months reported before that a load moved, and by how much."""
    scope = desk.scope
    found = desk.kept(("moved", load_no, scope), lambda: moved_figures(desk.engine, load_no, scope))
    return MovedList(
        moved=[MovedShape.model_validate(each, from_attributes=True) for each in found]
    )


def report_shape(report: intake.LoadReport, language: Language) -> LoadReport:
    """Return what became of a load that has just run."""
    return LoadReport.model_validate(told_report(report, language))


def _report(load: LoadRecord, rejected: list[RejectedRow], language: Language) -> LoadReport:
    message = _LOADED.read(
        language,
        loaded=load.rows_loaded,
        rejected=load.rows_rejected,
        ignored=load.rows_ignored,
    )
    return LoadReport(
        load_no=load.load_no,
        status="loaded",
        message=message,
        committed_at=load.committed_at,
        mapping=load.mapping,
        rows_in=load.rows_in,
        rows_loaded=load.rows_loaded,
        rows_rejected=load.rows_rejected,
        rows_ignored=load.rows_ignored,
        rejected_by_reason=load.rejected_by_reason,
        ignored_by_reason=load.ignored_by_reason,
        reasons=_reasons(load, language),
        files=[
            FileReport(
                name=file.name,
                sha256=file.sha256,
                rows_in=file.rows_in,
                rows_loaded=file.rows_loaded,
                rows_rejected=file.rows_rejected,
                rows_ignored=file.rows_ignored,
            )
            for file in load.files
        ],
        rejects=[
            RejectShape(
                file=row.file,
                sheet=row.sheet,
                row_no=row.row_no,
                column=row.column,
                value=row.value,
                code=row.code,
                message=reject_text(row.code).read(language),
            )
            for row in rejected
        ],
        warnings=[],
        reversed=load.reversed,
        superseded=list(load.superseded),
    )


def _reasons(load: LoadRecord, language: Language) -> dict[str, str]:
    words = {code: reject_text(code) for code in load.rejected_by_reason}
    words |= {code: ignore_text(code) for code in load.ignored_by_reason}
    return {code: each.read(language) for code, each in words.items()}
