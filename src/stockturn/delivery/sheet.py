"""An answer as one sheet: titled columns, typed cells, totals, and the basis it stands on.

Terminal, CSV and workbook are drawn from this one value, so they cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from stockturn.insight.wording import say_basis
from stockturn.language import Language, Text
from stockturn.metrics.age_measures import CLOCKS, on_a_clock
from stockturn.metrics.dimensions import dimension
from stockturn.metrics.formulas import effective_period
from stockturn.metrics.measures import measure
from stockturn.metrics.query import Answer, Coverage, MetricQuery, Row, Value

Cell = str | date | Decimal | None
CellKind = Literal["text", "date", "number"]

DASH = "—"
DECIMALS = {"money": 2, "quantity": 2, "times": 4, "ratio": 4, "days": 1, "percent": 1, "count": 0}
"""Digits shown to a reader; CSV, JSON and workbook carry more."""

_TOTAL = Text("合计", "Total")
_UNASSIGNED = Text("（未分类）", "(none)")
_FROM = Text("起", "From")
_TO = Text("止", "To")
_COMPARED = {
    "prior_period": Text("{name}·上期", "{name}, prior period"),
    "prior_year": Text("{name}·上年同期", "{name}, prior year"),
}
_CHANGE = {
    "prior_period": Text("{name}·较上期", "{name}, change on period"),
    "prior_year": Text("{name}·较上年", "{name}, change on year"),
}
_PERIOD = Text("期间：{first} 至 {last}（含首尾）", "Period: {first} to {last} (both included)")
_BASIS = Text("口径：{basis}", "Basis: {basis}")
_AS_OF = Text("数据截至：{day}（第 {load} 次导入）", "Data as of: {day} (load {load})")
_NO_DATA = Text("数据截至：尚无数据", "Data as of: nothing loaded")
_COST_COVERAGE = Text("成本覆盖率：{share}", "Cost coverage: {share}")
_NEGATIVE = Text("负结存：{count} 个物料-库位", "Below zero: {count} item-locations")
_FILTER = Text("筛选：{filters}", "Filters: {filters}")
_KNOWN_AT = Text("按 {instant} 当时所知", "As known at {instant}")
_CLOCK = Text("库龄：按{clock}", "Age: by the {clock}")
_SHOWN = Text("显示 {shown} 行，共 {all} 行；合计含全部", "{shown} of {all} rows; totals cover all")


@dataclass(frozen=True)
class Column:
    """One column. ``unit`` is the measure's unit, None for text and dates."""

    key: str
    title: str
    kind: CellKind
    unit: str | None = None


@dataclass(frozen=True)
class SheetRow:
    """One row of cells in the order of the columns; ``remarks`` explain its missing figures."""

    cells: tuple[Cell, ...]
    is_total: bool
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """Grain: one row per group and period, then one total per period."""

    columns: tuple[Column, ...]
    rows: tuple[SheetRow, ...]
    basis: str
    data_as_of: date | None
    footer: tuple[str, ...]
    """Period, basis, data-as-of, coverage, filters; one sentence each."""
    notes: tuple[str, ...]
    """What the reader should know about single figures, each said once."""


def sheet_of(answer: Answer, *, currency: str, language: Language) -> Sheet:
    """Lay an answer out as a sheet.

    Args:
        answer: Rows and totals.
        currency: Named in the titles of money columns.
        language: Of titles and sentences.
    """
    query = answer.query
    # Without a grouping the rows are the totals and are shown once; where nothing is known there
    # are no rows, and the totals say why.
    totals = answer.totals if query.by or not answer.rows else ()
    labelled = [(row, False) for row in answer.rows] + [(row, True) for row in totals]
    notes = dict.fromkeys(
        value.note.read(language)
        for row, _ in labelled
        for value in row.values.values()
        if value.note
    )
    notes |= dict.fromkeys(hint.read(language) for hint in answer.hints)
    return Sheet(
        columns=_columns(query, currency, language),
        rows=tuple(_row(query, row, is_total, language) for row, is_total in labelled),
        basis=say_basis(query.basis).read(language),
        data_as_of=answer.coverage.data_as_of,
        footer=tuple(_footer(answer, len(answer.rows), language)),
        notes=tuple(notes),
    )


def figure_text(number: Decimal | None, unit: str | None) -> str:
    """Return a figure for a reader: thousands separated, rounded half up; absent is a dash."""
    if number is None:
        return DASH
    scaled = number * 100 if unit == "percent" else number
    decimals = DECIMALS.get(unit or "", 2)
    rounded = scaled.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    text = f"{rounded:,.{decimals}f}"
    if unit == "quantity" and "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{text}%" if unit == "percent" else text


def _columns(query: MetricQuery, currency: str, language: Language) -> tuple[Column, ...]:
    columns = [Column(key, dimension(key).name.read(language), "text") for key in query.by]
    if query.grain:
        columns += [
            Column("from", _FROM.read(language), "date"),
            Column("to", _TO.read(language), "date"),
        ]
    for key in query.measures:
        card = measure(key)
        name = card.name.read(language)
        money = f" ({currency})" if card.unit == "money" else ""
        columns.append(Column(key, name + money, "number", card.unit))
        for compare in query.compare:
            title = _COMPARED[compare].read(language, name=name)
            change = _CHANGE[compare].read(language, name=name)
            columns.append(Column(f"{key}.{compare}", title + money, "number", card.unit))
            columns.append(Column(f"{key}.{compare}.change", change + money, "number", card.unit))
    return tuple(columns)


def _row(query: MetricQuery, row: Row, is_total: bool, language: Language) -> SheetRow:
    if is_total:
        labels = [_TOTAL.read(language), *[""] * len(query.by)][: len(query.by)]
    else:
        labels = [_UNASSIGNED.read(language) if m is None else m for m in row.group]
    cells: list[Cell] = list(labels)
    if query.grain:
        cells += [row.period.begin, row.period.end - timedelta(days=1)]
    remarks: dict[str, None] = {}
    for key in query.measures:
        value = row.values[key]
        cells.append(value.number)
        _remark(remarks, key, value, language)
        for compare in query.compare:
            then = row.compared[compare][key]
            both = value.number is not None and then.number is not None
            cells += [then.number, value.number - then.number if both else None]  # type: ignore[operator]
    return SheetRow(tuple(cells), is_total, tuple(remarks))


def _remark(remarks: dict[str, None], key: str, value: Value, language: Language) -> None:
    if value.number is None and value.reason:
        name = measure(key).name.read(language)
        separator = "：" if language == "zh" else ": "
        remarks[f"{name}{separator}{value.reason.read(language)}"] = None


def _footer(answer: Answer, shown: int, language: Language) -> list[str]:
    query = answer.query
    # Year to date counts from 1 January; cut by a grain, each row names its own days.
    span = query.period if query.grain else effective_period(query.period, query.basis)
    last = span.end - timedelta(days=1)
    lines = [
        _BASIS.read(language, basis=say_basis(query.basis).read(language)),
        _PERIOD.read(language, first=span.begin, last=last),
        *_coverage(answer.coverage, language),
    ]
    if any(map(on_a_clock, query.measures)):
        lines.append(_CLOCK.read(language, clock=CLOCKS[query.clock].read(language)))
    if query.where:
        written = "; ".join(
            f"{kept.dimension}{'!=' if kept.exclude else '='}{','.join(kept.members)}"
            for kept in query.where
        )
        lines.append(_FILTER.read(language, filters=written))
    if query.known_at:
        lines.append(_KNOWN_AT.read(language, instant=query.known_at.isoformat()))
    if shown < answer.row_count:
        lines.append(_SHOWN.read(language, shown=shown, all=answer.row_count))
    return lines


def _coverage(coverage: Coverage, language: Language) -> list[str]:
    if coverage.data_as_of is None:
        return [_NO_DATA.read(language)]
    lines = [_AS_OF.read(language, day=coverage.data_as_of, load=coverage.load_no)]
    if coverage.cost_coverage is not None:
        share = figure_text(coverage.cost_coverage, "percent")
        lines.append(_COST_COVERAGE.read(language, share=share))
    if coverage.negative_balances:
        lines.append(_NEGATIVE.read(language, count=coverage.negative_balances))
    return lines
