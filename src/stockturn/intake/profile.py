"""The first pass over a file: what only the whole of it can tell.

How dates are written, and whether the quantities of movements carry their direction as a sign.
What is found and was not stated becomes a remark in the load report.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from stockturn.intake.ahead import ahead
from stockturn.intake.chunk import Chunk
from stockturn.intake.dates import (
    EITHER_WAY,
    EPOCH,
    SERIAL,
    DateForm,
    date_texts,
    find_form,
    written_days,
)
from stockturn.intake.directions import is_outward
from stockturn.intake.header import source_names
from stockturn.intake.layout import Layout
from stockturn.intake.mapping import Column, Header, TableSpec
from stockturn.intake.notes import note
from stockturn.intake.rows import Decisions, RowTyper
from stockturn.intake.shapes import Shapes
from stockturn.intake.typed import is_text
from stockturn.language import Text

_CLEAR = 0.9
"""Share of rows from which the majority's way of writing signs is taken as the file's."""
_AHEAD = dt.timedelta(days=3 * 366)
"""How far ahead a promise in a year of two digits may be."""
_NUMBERS = {
    SERIAL: Text("表格软件的日期序号（自 1900 年）", "serial numbers of a spreadsheet (from 1900)"),
    EPOCH: Text("自 1970 年起的秒数或毫秒数", "seconds or milliseconds since 1970"),
}


@dataclass
class _Signs:
    """Outward rows by the signs of their quantity and value."""

    positive: int = 0
    negative: int = 0
    value_follows: int = 0
    value_against: int = 0


@dataclass
class Profile:
    """What the first pass found: decisions for typing, remarks for the user."""

    decisions: Decisions
    remarks: list[Text] = field(default_factory=list)


def profile(layout: Layout, shapes: Shapes, today: dt.date) -> Profile:
    """Read the columns that need it once and decide.

    Args:
        layout: where the columns stand.
        shapes: the entry tables.
        today: tells the years that two digits can mean.

    Raises:
        FileHeld: dates or signs cannot be told.
    """
    dates = dict(_date_columns(layout, shapes))
    moving = [
        (number, table)
        for number, table in enumerate(layout.spec.tables)
        if table.table == "movement" and table.sign != "by_kind"
    ]
    by_kind = {
        number
        for number, table in enumerate(layout.spec.tables)
        if table.table == "movement" and table.sign == "by_kind"
    }
    wanted = {*dates, *(i for _, table in moving for i in _sign_columns(layout, table))}
    texts: dict[int, Counter[str]] = {}
    signs = {number: _Signs() for number, _ in moving}
    if wanted:
        typer = RowTyper(layout, shapes, {}, Decisions(), file_no=0, today=_NEVER)
        for chunk in ahead(layout.raw.chunks(layout.header, wanted, layout.roles)):
            for index in dates:
                written = written_days(chunk.columns[index])
                if is_text(written):
                    texts.setdefault(index, Counter()).update(date_texts(written))
            for number, table in moving:
                _count_signs(signs[number], table, chunk, typer, shapes)
    found = Profile(Decisions())
    forms = {i: _form(layout, i, dates[i], counter, today, found) for i, counter in texts.items()}
    detected = {
        number for number, table in moving if _unsigned(layout, table, signs[number], found)
    }
    values = {
        number
        for number, _ in moving
        if number not in detected and _values_unsigned(layout, signs[number], found)
    }
    found.decisions = Decisions(forms, frozenset(by_kind | detected), frozenset(values))
    return found


_NEVER = dt.date.max


def _date_columns(layout: Layout, shapes: Shapes) -> Iterator[tuple[int, Column]]:
    for table in layout.spec.tables:
        schema = shapes.schemas[table.table]
        for column in table.columns:
            kind = schema.field(column.target).type
            if isinstance(column.source, Header) and pa.types.is_temporal(kind):
                index = layout.find(column.source.names)
                if index is not None:
                    yield index, column


def _sign_columns(layout: Layout, table: TableSpec) -> Iterator[int]:
    for column in table.columns:
        if column.target in {"kind", "quantity", "value"}:
            for names in source_names(column.source):
                index = layout.find(names)
                if index is not None:
                    yield index


def _count_signs(
    signs: _Signs, table: TableSpec, chunk: Chunk, typer: RowTyper, shapes: Shapes
) -> None:
    typed: dict[str, Any] = {}
    schema = shapes.schemas["movement"]
    for column in table.columns:
        if column.target in {"kind", "quantity", "value"}:
            raw = typer.read(column.source, chunk)
            if raw is not None:
                kind = schema.field(column.target).type
                typed[column.target] = typer.type_column("movement", column, kind, raw).array
    if "kind" not in typed or "quantity" not in typed:
        return
    zero = Decimal(0)
    outward, quantity = is_outward(typed["kind"]), typed["quantity"]
    positive = pc.and_(outward, pc.greater(quantity, zero))
    negative = pc.and_(outward, pc.less(quantity, zero))
    signs.positive += pc.sum(positive).as_py() or 0
    signs.negative += pc.sum(negative).as_py() or 0
    if "value" in typed:
        below = pc.less(quantity, zero)
        signs.value_follows += pc.sum(pc.and_(below, pc.less(typed["value"], zero))).as_py() or 0
        signs.value_against += pc.sum(pc.and_(below, pc.greater(typed["value"], zero))).as_py() or 0


def _form(
    layout: Layout,
    index: int,
    column: Column,
    texts: Counter[str],
    today: dt.date,
    found: Profile,
) -> DateForm:
    workbook = layout.raw.sheet is not None
    months = column.month_end
    latest = today if column.target == "happened_on" else today + _AHEAD
    form = find_form(texts, column.formats, months=months, workbook=workbook, latest=latest)
    header = layout.headers[index]
    if form.trouble is not None:
        forms = " / ".join(f"['{each}']" for each in form.either)
        raise layout.held(form.trouble, column=header, detail=form.example, expected=forms)
    name, written = layout.raw.file, form.forms[0]
    told = written in _NUMBERS or any(written in group for group in EITHER_WAY)
    if told and not column.formats:
        detail = _NUMBERS.get(written, written)
        found.remarks.append(note("date_form_found", file=name, column=header, detail=detail))
    return form


def _unsigned(layout: Layout, table: TableSpec, signs: _Signs, found: Profile) -> bool:
    """Tell whether outward quantities are those of documents, without a sign."""
    if table.sign != "detect":
        return False
    seen = signs.positive + signs.negative
    if seen and max(signs.positive, signs.negative) / seen < _CLEAR:
        raise layout.held("unclear_sign", column="quantity")
    if signs.positive <= signs.negative:
        return False
    found.remarks.append(note("unsigned_quantities", file=layout.raw.file))
    return True


def _values_unsigned(layout: Layout, signs: _Signs, found: Profile) -> bool:
    seen = signs.value_follows + signs.value_against
    if not seen or signs.value_against / seen < _CLEAR:
        return False
    found.remarks.append(note("unsigned_values", file=layout.raw.file))
    return True
