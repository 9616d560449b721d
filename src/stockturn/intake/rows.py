"""Type a stretch of rows: every source row becomes entries, a reject or an ignored row.

Work is by column. A row of which any entry fails is rejected whole, so that a transfer never
loses one of its legs.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stockturn.intake.chunk import Chunk, Mask
from stockturn.intake.computed import computed
from stockturn.intake.conditions import rows_where, rows_where_all
from stockturn.intake.dates import (
    CANDIDATES,
    EPOCH,
    MONTHS,
    BusinessDay,
    DateForm,
    day_before,
    find_form,
    type_date,
    type_instant,
)
from stockturn.intake.directions import directed
from stockturn.intake.header import column_names
from stockturn.intake.layout import CODES, Layout, is_required
from stockturn.intake.lookup import LookupTable
from stockturn.intake.mapping import (
    Caption,
    Column,
    Constant,
    Header,
    Joined,
    Lookup,
    Source,
    TableSpec,
)
from stockturn.intake.numbers import (
    decimal_marks,
    has_point_decimals,
    type_decimal,
    type_integer,
)
from stockturn.intake.repeats import Repeats
from stockturn.intake.selection import Amounts, Selection
from stockturn.intake.shapes import Shapes
from stockturn.intake.texts import as_text, text_map, type_code, type_currency, type_name, type_word
from stockturn.intake.totals import ADDITIVE, Totals
from stockturn.intake.typed import Typed, as_mask, by_distinct, is_text

_Failure = tuple[Mask, str, Source | None]
COSTS = frozenset({"unit_cost", "value"})
FACTS = frozenset({"movement", "sale"})
"""Tables whose days and months a file may state whole."""
REFUSED = {"kit_without_components": "item", "day_came_again": "happened_on"}
"""Why the ledger refuses a row -> the column that says it."""
KEY_MARK = " / "
"""Between the parts of a row's key."""
_NO_FORM = DateForm(("%Y-%m-%d",))


@dataclass(frozen=True)
class Decisions:
    """What the first pass over a file found out.

    Attributes:
        forms: column index -> how its dates are written.
        by_kind: tables whose quantities are those of documents, the kind giving the direction.
        unsigned_values: tables whose quantities carry a sign and whose values do not.
    """

    forms: dict[int, DateForm] = field(default_factory=dict)
    by_kind: frozenset[int] = frozenset()
    unsigned_values: frozenset[int] = frozenset()


@dataclass
class Outcome:
    """What a chunk became; ``rows_in = rows_loaded + rows_rejected + ignored``."""

    rows_in: int
    rows_loaded: int
    ignored: Counter[str]
    rejected: Counter[str]
    tables: list[tuple[str, Any]]
    rejects: Any | None


class RowTyper:
    """Types the rows of one file or sheet by its layout."""

    def __init__(
        self,
        layout: Layout,
        shapes: Shapes,
        lookups: dict[str, LookupTable],
        decisions: Decisions,
        *,
        file_no: int,
        today: dt.date,
        day: BusinessDay | None = None,
        totals: Totals | None = None,
        repeats: Repeats | None = None,
        sheet: str | None = None,
        currency: str | None = None,
        refused: Sequence[tuple[str, np.ndarray]] = (),
    ) -> None:
        """Take everything typing depends on; what a typer remembers is in the last two."""
        self._layout = layout
        self._shapes = shapes
        self._lookups = lookups
        self._decisions = decisions
        self._file_no = file_no
        self._today = today
        self._day = day
        self._selection = Selection(layout, shapes, totals, repeats)
        self._currency = currency or "CNY"
        self._sheet = layout.raw.sheet if sheet is None else sheet
        self._refused = refused
        self.odd_numbers: dict[str, str] = {}
        """Header -> a number of it that is written in another form than digits."""

    def type_rows(self, chunk: Chunk) -> Outcome:
        """Type one chunk.

        Raises:
            FileHeld: a column cannot be read at all.
        """
        selected = self._selection.select(chunk)
        live = chunk.keep(selected.details)
        amounts: Amounts = {}
        tables: list[tuple[str, Mask, dict[str, Any]]] = []
        lines: list[tuple[Mask, Any]] = []
        days: list[tuple[Mask, Any]] = []
        failures: list[_Failure] = []
        if live.ragged.any():
            failures.append((live.ragged, "ragged_row", None))
        failures += self._refused_rows(live)
        taken = np.zeros(len(live), dtype=bool)
        for number, table in enumerate(self._layout.spec.tables):
            chosen = rows_where_all(self._layout, live, table.when)
            taken |= chosen
            gone = self._deleted(table, live) & chosen
            if gone.any():
                line, found = self._line(table, live, gone)
                tables.append(("deleted_line", gone, {"line": line}))
                lines.append((gone, line))
                failures += found
                chosen &= ~gone
            if chosen.any():
                columns, found = self._table(number, table, live, chosen, amounts)
                tables.append((table.table, chosen, columns))
                failures += found
                if table.key:
                    lines.append((chosen, columns["line"]))
                if table.table in FACTS:
                    # Cells of a row with too many of them may stand in another's place.
                    days.append((chosen & ~live.ragged, columns["happened_on"]))
        self._selection.check_totals(chunk, selected, amounts, self.type_column)
        bad = _any([mask for mask, _, _ in failures], len(live)) & (taken | live.ragged)
        unused = ~taken & ~bad
        if unused.any():
            selected.ignored["no_entry"] += int(unused.sum())
        rejects, rejected = self._rejects(live, bad, failures, lines, days)
        entries = [
            (name, self._entries(name, columns, live, chosen & ~bad))
            for name, chosen, columns in tables
        ]
        loaded = int((taken & ~bad).sum())
        return Outcome(len(chunk), loaded, selected.ignored, rejected, entries, rejects)

    def _refused_rows(self, chunk: Chunk) -> list[_Failure]:
        """Return the rows that the ledger refuses, at the column that its reason speaks of."""
        failures: list[_Failure] = []
        for code, rows in self._refused:
            columns = (column for table in self._layout.spec.tables for column in table.columns)
            named = (column.source for column in columns if column.target == REFUSED[code])
            failures.append((np.isin(chunk.row_no, rows), code, next(named, None)))
        return failures

    # --- columns of one table ---------------------------------------------------------------

    def _table(
        self, number: int, table: TableSpec, chunk: Chunk, chosen: Mask, amounts: Amounts
    ) -> tuple[dict[str, Any], list[_Failure]]:
        schema = self._shapes.schemas[table.table]
        columns: dict[str, Any] = {}
        failures: list[_Failure] = []
        self._check_marks(table, schema, chunk)
        for column in table.columns:
            typed = self._column(table.table, column, schema, chunk)
            found = [(mask & chosen, code) for mask, code in typed.failures]
            if is_required(column, schema):
                empty = as_mask(typed.array.is_null()) & ~typed.failed & chosen
                found.append((empty, "missing_value"))
            failures += [(mask, code, column.source) for mask, code in found if mask.any()]
            columns[column.target] = typed.array
            if column.target in COSTS and column.zero == "unknown" and column.null_as is None:
                columns[column.target] = _not_zero(typed.array)
            if column.target in ADDITIVE and isinstance(column.source, Header):
                index = self._layout.find(column.source.names)
                if index is not None:
                    amounts.setdefault(index, (table.table, column, typed))
        if table.key:
            columns["line"], without = self._line(table, chunk, chosen)
            failures += without
        if table.table == "movement":
            signed = number in self._decisions.by_kind
            unsigned = number in self._decisions.unsigned_values
            columns |= directed(columns, by_kind=signed, unsigned_values=unsigned)
        taxed = [column.target for column in table.columns if column.tax == "included"]
        if taxed:
            columns["taxed"] = pa.repeat(pa.scalar(",".join(taxed)), len(chunk))
        if table.attributes or table.attributes_rest:
            columns["attributes"] = self._attributes(table, chunk)
        return columns, failures

    def _deleted(self, table: TableSpec, chunk: Chunk) -> Mask:
        """Return the rows that say their source has deleted them."""
        if table.deleted is None:
            return np.zeros(len(chunk), dtype=bool)
        return rows_where(self._layout, chunk, table.deleted)

    def _line(self, table: TableSpec, chunk: Chunk, chosen: Mask) -> tuple[Any, list[_Failure]]:
        """Return the key of each row in its source; a row without its whole key is rejected."""
        failures: list[_Failure] = []
        parts = []
        for names in table.key:
            source = Header(names)
            raw = self.read(source, chunk)
            if raw is None:
                raise self._layout.held("missing_column", column=names[0])
            typed = type_code(raw)
            failures += [(mask & chosen, code, source) for mask, code in typed.failures]
            failures.append((as_mask(typed.array.is_null()) & chosen, "missing_value", source))
            parts.append(typed.array.cast(pa.string()))
        line = pc.binary_join_element_wise(*parts, KEY_MARK)
        return line, [failure for failure in failures if failure[0].any()]

    def _column(self, table: str, column: Column, schema: pa.Schema, chunk: Chunk) -> Typed:
        raw = self.read(column.source, chunk)
        if raw is None and column.default is not None:
            raw = pa.repeat(pa.scalar(column.default), len(chunk))
        if raw is None:
            if isinstance(column.source, Caption) and is_required(column, schema):
                raise self._layout.held("no_caption", column=column.target)
            if is_required(column, schema) and not isinstance(column.source, Constant):
                raise self._layout.held("missing_column", column=_label(column.source))
            return Typed(pa.nulls(len(chunk), schema.field(column.target).type))
        typed = self.type_column(table, column, schema.field(column.target).type, raw)
        if len(column.sources) > 1:
            typed = computed(typed, column, lambda source: self.read(source, chunk))
        if column.null_as is None:
            return typed
        fill = _fill_value(column.null_as, typed.array.type)
        empty = as_mask(typed.array.is_null()) & ~typed.failed
        return Typed(pc.if_else(pa.array(empty), fill, typed.array), typed.failures)

    def _check_marks(self, table: TableSpec, schema: pa.Schema, chunk: Chunk) -> None:
        """Hold a file whose decimal mark seems to be the comma though the mapping says no such.

        One file has one mark: ``1,5`` in one column makes ``1,234`` of another doubtful, and so do
        days like ``31.01.2024``, whose writers mostly use the comma.
        """
        marks = []
        for column in table.columns:
            number = pa.types.is_decimal(schema.field(column.target).type)
            if number and column.decimal is None and isinstance(column.source, Header):
                index = self._layout.find(column.source.names)
                if index is not None:
                    array = chunk.columns[index]
                    marks.append((column, decimal_marks(array), array))
        proofs = [(column, mark.comma) for column, mark, _ in marks if mark.comma is not None]
        dotted = any(form.forms[0].startswith("%d.") for form in self._decisions.forms.values())
        either = [(column, mark.either) for column, mark, _ in marks if mark.either is not None]
        doubtful = [*(either if proofs or dotted else ()), *proofs]
        if not doubtful or any(mark.point for _, mark, _ in marks):
            return
        if not any(has_point_decimals(array) for _, _, array in marks):
            column, written = doubtful[0]
            raise self._layout.held("number_format", column=_label(column.source), detail=written)

    def read(self, source: Source, chunk: Chunk) -> Any | None:
        """Return the untyped values of a source for every row, None if its column is absent."""
        match source:
            case Constant():
                return pa.repeat(pa.scalar(source.text), len(chunk))
            case Caption():
                text = self._layout.caption(source.pattern)
                return None if text is None else pa.repeat(pa.scalar(text), len(chunk))
            case Header():
                index = self._layout.find(source.names)
                return None if index is None else chunk.columns[index]
            case Joined():
                parts = [self.read(part, chunk) for part in source.parts]
                if any(part is None for part in parts):
                    return None
                texts = [pc.utf8_trim_whitespace(as_text(part)) for part in parts]
                return pc.binary_join_element_wise(*texts, source.between)
            case Lookup():
                by = self.read(source.by, chunk)
                if by is None:
                    return None
                return self._lookups[source.table].take(type_code(by).array, source.take)

    def type_column(self, table: str, column: Column, kind: pa.DataType, raw: Any) -> Typed:
        """Type the raw values of one column as the entry table has it."""
        if pa.types.is_decimal(kind):
            factor = (column.scale or Decimal(1)) * (-1 if column.negate else 1)
            comma = column.decimal == "comma"
            odd: list[str] = []
            currency = self._symbols(table, column)
            typed = type_decimal(
                raw, kind.scale, comma=comma, factor=factor, seen=odd, currency=currency
            )
            if odd and not comma:
                self.odd_numbers.setdefault(_label(column.source), odd[0])
            return typed
        if pa.types.is_integer(kind):
            return type_integer(raw)
        if pa.types.is_date(kind):
            latest = self._today if column.target == "happened_on" else None
            form = self._form(column)
            day = self._day if column.target == "happened_on" or EPOCH in form.forms else None
            typed = type_date(raw, form, latest=latest, day=day)
            return Typed(day_before(typed.array), typed.failures) if column.eve else typed
        if pa.types.is_timestamp(kind):
            zone = "UTC" if self._day is None else self._day.zone
            typed = type_instant(raw, self._form(column), zone=zone)
            return Typed(typed.array.cast(kind), typed.failures)
        if column.extract is not None:
            shorter = _extracted(raw, column.extract)
            lost = as_mask(raw.is_valid()) & ~as_mask(shorter.is_valid())
            typed = self._text(table, column, shorter)
            return Typed(typed.array, [*typed.failures, (lost, "unknown_value")])
        return self._text(table, column, raw)

    def _symbols(self, table: str, column: Column) -> str | None:
        """Return the currency whose symbol a column may carry: its own, where a column says it."""
        if (table, column.target) not in self._shapes.money:
            return None
        specs = (spec for spec in self._layout.spec.tables if spec.table == table)
        stated = any(each.target == "currency" for spec in specs for each in spec.columns)
        return "*" if stated else self._currency

    def _text(self, table: str, column: Column, raw: Any) -> Typed:
        if column.target == "currency" and not column.values:
            return type_currency(raw)
        words = self._shapes.words.get((table, column.target), ())
        if words or column.values:
            return type_word(raw, dict(column.values), words)
        is_code = column.target in CODES or (table, column.target) in self._shapes.codes
        return type_code(raw) if is_code else type_name(raw)

    def _form(self, column: Column) -> DateForm:
        if isinstance(column.source, Caption):
            texts = Counter({self._layout.caption(column.source.pattern) or "": 1})
            return find_form(texts, column.formats, months=column.month_end, workbook=False)
        if not isinstance(column.source, Header):
            months = MONTHS if column.month_end else ()
            return DateForm(column.formats or (*months, *CANDIDATES[:2])) or _NO_FORM
        index = self._layout.find(column.source.names)
        return self._decisions.forms.get(-1 if index is None else index, _NO_FORM)

    def _attributes(self, table: TableSpec, chunk: Chunk) -> Any:
        named = {name: self.read(source, chunk) for name, source in table.attributes}
        if table.attributes_rest:
            named |= {
                self._layout.headers[index]: chunk.columns[index] for index in self._layout.rest
            }
        texts = {name: type_name(array).array for name, array in named.items() if array is not None}
        return text_map(texts, len(chunk))

    # --- results ------------------------------------------------------------------------------

    def _entries(self, table: str, columns: dict[str, Any], chunk: Chunk, good: Mask) -> Any:
        schema = self._shapes.schemas[table]
        origin = self._origin(chunk)
        arrays = []
        for entry in schema:
            array = columns.get(entry.name, origin.get(entry.name))
            arrays.append(pa.nulls(len(chunk), entry.type) if array is None else array)
        chosen = pa.array(good)
        kept = [array.filter(chosen).cast(f.type) for array, f in zip(arrays, schema, strict=True)]
        return pa.RecordBatch.from_arrays(kept, schema=schema)

    def _origin(self, chunk: Chunk) -> dict[str, Any]:
        return {
            "file_no": pa.array(np.full(len(chunk), self._file_no, dtype=np.int32)),
            "sheet": pa.repeat(pa.scalar(self._sheet, pa.string()), len(chunk)),
            "row_no": pa.array(chunk.row_no),
        }

    def _rejects(
        self,
        chunk: Chunk,
        bad: Mask,
        failures: list[_Failure],
        lines: list[tuple[Mask, Any]],
        days: list[tuple[Mask, Any]],
    ) -> tuple[Any | None, Counter[str]]:
        if not bad.any():
            return None, Counter()
        codes: list[str | None] = [None] * len(chunk)
        sources: list[Source | None] = [None] * len(chunk)
        for mask, code, source in failures:
            for place in np.flatnonzero(mask & bad):
                if codes[place] is None:
                    codes[place], sources[place] = code, source
        places = np.flatnonzero(bad)
        lost = chunk.keep(bad)
        shown = {index: as_text(column).to_pylist() for index, column in lost.columns.items()}
        values = [self._shown(shown, row) for row in range(len(places))]
        columns = {
            "code": pa.array([codes[place] for place in places], pa.string()),
            "column": pa.array([self._header_of(sources[place]) for place in places], pa.string()),
            "value": pa.array(
                [self._value_of(sources[p], shown, r) for r, p in enumerate(places)], pa.string()
            ),
            "values": pa.array(values, self._shapes.schemas["reject"].field("values").type),
            "line": pa.array([_at(int(place), lines) for place in places], pa.string()),
            "happened_on": pa.array([_at(int(place), days) for place in places], pa.date32()),
        }
        entries = self._entries("reject", columns, lost, np.ones(len(places), dtype=bool))
        return entries, Counter(code for code in codes if code is not None)

    def _shown(self, shown: dict[int, list[str | None]], row: int) -> list[tuple[str, str]]:
        cells: dict[str, str] = {}
        for index, column in shown.items():
            if (text := column[row]) is not None:
                cells[self._names[index]] = _visible(text)
        return list(cells.items())

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return column_names(self._layout.headers)

    def _header_of(self, source: Source | None) -> str | None:
        index = self._index_of(source)
        if index is not None:
            return self._layout.headers[index]
        return None if source is None else _label(source)

    def _value_of(
        self, source: Source | None, shown: dict[int, list[str | None]], row: int
    ) -> str | None:
        index = self._index_of(source)
        text = shown[index][row] if index is not None else None
        return None if text is None else _visible(text)

    def _index_of(self, source: Source | None) -> int | None:
        while isinstance(source, (Lookup, Joined)):
            source = source.by if isinstance(source, Lookup) else source.parts[0]
        return self._layout.find(source.names) if isinstance(source, Header) else None


def _not_zero(costs: Any) -> Any:
    """Return costs with those of zero not known: goods for nothing are the exception, said so."""
    zero = pc.equal(costs, pa.scalar(Decimal(0), costs.type)).fill_null(False)
    return pc.if_else(zero, pa.scalar(None, costs.type), costs)


def _any(masks: list[Mask], rows: int) -> Mask:
    together = np.zeros(rows, dtype=bool)
    for mask in masks:
        together |= mask
    return together


def _fill_value(text: str, kind: pa.DataType) -> Any:
    if is_text(pa.nulls(0, kind)):
        return pa.scalar(text)
    filled = type_decimal(pa.array([text]), 6).array
    return pc.cast(filled, kind)[0]


def _extracted(array: Any, pattern: str) -> Any:
    """Return of each text what the pattern's group finds; a text without it is marked lost."""

    def work(texts: Any) -> Typed:
        found = [re.search(pattern, text) for text in texts.to_pylist()]
        kept = [hit[1] if hit and hit[1] else None for hit in found]
        return Typed(pa.array(kept, pa.string()))

    return by_distinct(as_text(array), work).array


def _label(source: Source) -> str:
    match source:
        case Constant():
            return source.text
        case Header():
            return source.names[0]
        case Lookup():
            return source.take[0]
        case Joined():
            return " ".join(_label(part) for part in source.parts)
        case Caption():
            return source.pattern


def _visible(text: str) -> str:
    """Return a cell as the user sees it, without decoding's marks."""
    return (text[2:] if text.startswith("\x01") else text)[:1000]


def _at(place: int, columns: list[tuple[Mask, Any]]) -> Any | None:
    """Return what the columns say of a row (its key in its source, its day), where one can be read.

    Args:
        place: the row.
        columns: by table, the rows that it reads and their values.
    """
    found = (column[place].as_py() for mask, column in columns if mask[place])
    return next((value for value in found if value is not None), None)
