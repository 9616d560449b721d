"""Type a stretch of rows: every source row becomes entries, a reject or an ignored row.

Work is by column. A row of which any entry fails is rejected whole, so that a transfer never
loses one of its legs.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stockturn.intake.chunk import Chunk, Mask
from stockturn.intake.dates import (
    CANDIDATES,
    MONTHS,
    BusinessDay,
    DateForm,
    find_form,
    type_date,
    type_instant,
)
from stockturn.intake.header import column_names, source_names
from stockturn.intake.layout import CODES, Layout, is_required
from stockturn.intake.lookup import LookupTable
from stockturn.intake.mapping import (
    OUTWARD_KINDS,
    Caption,
    Column,
    Condition,
    Constant,
    Header,
    Joined,
    Lookup,
    Source,
    TableSpec,
)
from stockturn.intake.numbers import decimal_marks, type_decimal, type_integer
from stockturn.intake.problems import FileHeld
from stockturn.intake.repeats import Repeats
from stockturn.intake.shapes import Shapes
from stockturn.intake.texts import as_text, plain, type_code, type_currency, type_name, type_word
from stockturn.intake.totals import ADDITIVE, Totals, is_label, label_masks, trailer_rows
from stockturn.intake.typed import Typed, as_mask, by_distinct, is_text

_SALES = ("sale_issue", "customer_return")
_Failure = tuple[Mask, str, Source | None]
COSTS = frozenset({"unit_cost", "value"})
Amounts = dict[int, tuple[str, Column, Typed]]
"""Column index -> the table and column that read it, and its numbers of the detail rows."""
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
    ) -> None:
        """Take everything typing depends on; what a typer remembers is in the last two."""
        self._layout = layout
        self._shapes = shapes
        self._lookups = lookups
        self._decisions = decisions
        self._file_no = file_no
        self._today = today
        self._day = day
        self._totals = totals
        self._repeats = repeats
        self._sheet = layout.raw.sheet if sheet is None else sheet
        self._trailers: dict[int, int] = {}
        self.odd_numbers: dict[str, str] = {}
        """Header -> a number of it that is written in another form than digits."""

    def type_rows(self, chunk: Chunk) -> Outcome:
        """Type one chunk.

        Raises:
            FileHeld: a column cannot be read at all.
        """
        ignored, live_mask, labelled = self._ignored(chunk)
        live = chunk.keep(live_mask)
        amounts: Amounts = {}
        tables: list[tuple[str, Mask, dict[str, Any]]] = []
        failures: list[_Failure] = []
        if live.ragged.any():
            failures.append((live.ragged, "ragged_row", None))
        taken = np.zeros(len(live), dtype=bool)
        for number, table in enumerate(self._layout.spec.tables):
            chosen = self._passes(live, table.when)
            taken |= chosen
            gone = self._deleted(table, live) & chosen
            if gone.any():
                line, found = self._line(table, live, gone)
                tables.append(("deleted_line", gone, {"line": line}))
                failures += found
                chosen &= ~gone
            if chosen.any():
                columns, found = self._table(number, table, live, chosen, amounts)
                tables.append((table.table, chosen, columns))
                failures += found
        self._check_totals(chunk, live_mask, labelled, amounts, ignored)
        bad = _any([mask for mask, _, _ in failures], len(live)) & (taken | live.ragged)
        unused = ~taken & ~bad
        if unused.any():
            ignored["no_entry"] += int(unused.sum())
        rejects, rejected = self._rejects(live, bad, failures)
        entries = [
            (name, self._entries(name, columns, live, chosen & ~bad))
            for name, chosen, columns in tables
        ]
        loaded = int((taken & ~bad).sum())
        return Outcome(len(chunk), loaded, ignored, rejected, entries, rejects)

    # --- which rows -------------------------------------------------------------------------

    def _ignored(self, chunk: Chunk) -> tuple[Counter[str], Mask, Mask]:
        """Count the rows left out; return the rows that stay, and the totals among the others."""
        counts: Counter[str] = Counter()
        live = np.ones(len(chunk), dtype=bool)
        blank = np.ones(len(chunk), dtype=bool)
        for column in chunk.columns.values():
            blank &= as_mask(column.is_null())
            if not blank.any():
                break
        spec = self._layout.spec
        totals, running = self._total_rows(chunk)
        stated = [(rule.reason, self._meets(chunk, rule.when)) for rule in spec.ignore]
        rules = [("blank_row", blank), *stated, ("total_row", totals), ("total_row", running)]
        rules += [("filtered", ~self._meets(chunk, condition)) for condition in spec.where]
        labelled = np.zeros(len(chunk), dtype=bool)
        self._trailers = self._trailer_rows(chunk, live)
        rules.insert(1, ("total_row", np.isin(chunk.row_no, list(self._trailers))))
        trailers = rules[1][1]
        for reason, mask in rules:
            hit = mask & live
            if hit.any():
                counts[reason] += int(hit.sum())
                live &= ~hit
                labelled |= hit & ~running & ~trailers if reason == "total_row" else False
        if self._repeats is not None:
            again = self._repeats.again(chunk.keep(live))
            if spec.repeated == "ignore" and again.any():
                counts["repeated_row"] += int(again.sum())
                live[np.flatnonzero(live)[again]] = False
        return counts, live, labelled

    def _trailer_rows(self, chunk: Chunk, live: Mask) -> dict[int, int]:
        """Return row number -> the number of rows that it states, for lines that end a file."""
        found = {}
        likely = np.flatnonzero(chunk.ragged)[:20].tolist()
        for place in dict.fromkeys([*likely, *([len(chunk) - 1] if live.any() else [])]):
            cells = [column[place].as_py() for column in chunk.columns.values()]
            stated = trailer_rows(",".join(str(cell) for cell in cells if cell is not None))
            if stated is not None:
                found[int(chunk.row_no[place])] = stated
        return found

    def _total_rows(self, chunk: Chunk) -> tuple[Mask, Mask]:
        """Return the rows that are totals, and cumulative ones, by their label.

        A label counts in a row that names no day, item or whatever else its entries need.
        """
        labels, needed = self._label_columns
        texts = [chunk.columns[index] for index in labels if index in chunk.columns]
        totals, running = label_masks(texts, len(chunk))
        for place in np.flatnonzero(totals | running):
            own = [chunk.columns[index][place].as_py() for index in needed]
            if all(cell is not None and not is_label(str(cell)) for cell in own):
                totals[place] = running[place] = False
        return totals, running

    @cached_property
    def _label_columns(self) -> tuple[list[int], list[int]]:
        labels, needed = {0}, set()
        for table in self._layout.spec.tables:
            schema = self._shapes.schemas[table.table]
            for column in table.columns:
                number = pa.types.is_decimal(schema.field(column.target).type)
                for names in source_names(column.source):
                    index = self._layout.find(names)
                    if index is not None and not number:
                        labels.add(index)
                        if is_required(column, schema):
                            needed.add(index)
        return sorted(labels), sorted(needed)

    def _check_totals(
        self, chunk: Chunk, live: Mask, labelled: Mask, amounts: Amounts, ignored: Counter[str]
    ) -> None:
        """Compare total rows with what their details add up to.

        Raises:
            FileHeld: a total does not tie.
        """
        if self._totals is None:
            return
        stated = chunk.keep(labelled)
        numbers = {}
        for index, (table, column, typed) in amounts.items():
            if typed.failed.any() or chunk.ragged[live].any():
                self._totals.spoil(index)
            kind = self._shapes.schemas[table].field(column.target).type
            total = self.type_column(table, column, kind, stated.columns[index])
            numbers[index] = (typed.array, total.array)
        left_out = set(ignored) - {"blank_row", "total_row"}
        whole = not left_out and (bool(amounts) or not live.any())
        wrong = self._totals.check(chunk, live, labelled, numbers, whole=whole)
        for row, rows in self._trailers.items():
            wrong = wrong or self._totals.trailer(row, rows)
        if wrong is not None:
            raise FileHeld(
                "total_mismatch",
                file=self._layout.raw.file,
                sheet=self._layout.raw.sheet,
                row=wrong.row,
                column=self._layout.headers[wrong.column] if wrong.column is not None else "#",
                detail=wrong.detail,
            )

    def _passes(self, chunk: Chunk, conditions: tuple[Condition, ...]) -> Mask:
        passed = np.ones(len(chunk), dtype=bool)
        for condition in conditions:
            passed &= self._meets(chunk, condition)
        return passed

    def _meets(self, chunk: Chunk, condition: Condition) -> Mask:
        index = self._layout.find(condition.names)
        if index is None:
            absent = condition.test in {"empty", "not_in"}
            return np.full(len(chunk), absent, dtype=bool)
        return meets(chunk.columns[index], condition)

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
            columns |= _directed(columns, by_kind=signed, unsigned_values=unsigned)
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
        return self._meets(chunk, table.deleted)

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
            if is_required(column, schema) and not isinstance(column.source, Constant):
                raise self._layout.held("missing_column", column=_label(column.source))
            return Typed(pa.nulls(len(chunk), schema.field(column.target).type))
        typed = self.type_column(table, column, schema.field(column.target).type, raw)
        if column.times is not None:
            typed = self._multiplied(typed, column, chunk)
        if column.null_as is None:
            return typed
        fill = _fill_value(column.null_as, typed.array.type)
        empty = as_mask(typed.array.is_null()) & ~typed.failed
        return Typed(pc.if_else(pa.array(empty), fill, typed.array), typed.failures)

    def _check_marks(self, table: TableSpec, schema: pa.Schema, chunk: Chunk) -> None:
        """Hold a file whose decimal mark seems to be the comma though the mapping says no such.

        One file has one mark: ``1,5`` in one column makes ``1,234`` of another doubtful.
        """
        marks = []
        for column in table.columns:
            number = pa.types.is_decimal(schema.field(column.target).type)
            if number and column.decimal == "point" and isinstance(column.source, Header):
                index = self._layout.find(column.source.names)
                if index is not None:
                    marks.append((column, decimal_marks(chunk.columns[index])))
        if not any(mark.comma for _, mark in marks) or any(mark.point for _, mark in marks):
            return
        for column, mark in marks:
            if mark.either is not None:
                name = _label(column.source)
                raise self._layout.held("number_format", column=name, detail=mark.either)

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

    def _multiplied(self, typed: Typed, column: Column, chunk: Chunk) -> Typed:
        """Multiply a column of numbers by another, rounded once; empty where one of them is."""
        assert column.times is not None
        other = self.read(column.times, chunk)
        kind = typed.array.type
        if other is None:
            return Typed(pa.nulls(len(chunk), kind), typed.failures)
        factor = type_decimal(other, 6, comma=column.decimal == "comma")
        product = pc.multiply(typed.array.cast(pa.decimal256(38, 6)), factor.array)
        return Typed(pc.round(product, kind.scale).cast(kind), [*typed.failures, *factor.failures])

    def type_column(self, table: str, column: Column, kind: pa.DataType, raw: Any) -> Typed:
        """Type the raw values of one column as the entry table has it."""
        if pa.types.is_decimal(kind):
            factor = (column.scale or Decimal(1)) * (-1 if column.negate else 1)
            comma = column.decimal == "comma"
            odd: list[str] = []
            typed = type_decimal(raw, kind.scale, comma=comma, factor=factor, seen=odd)
            if odd and not comma:
                self.odd_numbers.setdefault(_label(column.source), odd[0])
            return typed
        if pa.types.is_integer(kind):
            return type_integer(raw)
        if pa.types.is_date(kind):
            latest = self._today if column.target == "happened_on" else None
            day = self._day if column.target == "happened_on" else None
            return type_date(raw, self._form(column), latest=latest, day=day)
        if pa.types.is_timestamp(kind):
            typed = type_instant(raw, self._form(column))
            return Typed(typed.array.cast(kind), typed.failures)
        if column.extract is not None:
            shorter = _extracted(raw, column.extract)
            lost = as_mask(raw.is_valid()) & ~as_mask(shorter.is_valid())
            typed = self._text(table, column, shorter)
            return Typed(typed.array, [*typed.failures, (lost, "unknown_value")])
        return self._text(table, column, raw)

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
        self, chunk: Chunk, bad: Mask, failures: list[_Failure]
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


def meets(array: Any, condition: Condition) -> Mask:
    """Return the rows of a column that pass a condition's test."""
    texts = as_text(array)
    if condition.test in {"empty", "filled"}:
        empty = as_mask(pc.equal(pc.utf8_trim_whitespace(texts), "").fill_null(True))
        return empty if condition.test == "empty" else ~empty
    if condition.test in {"negative", "positive"}:
        filled = as_mask(pc.not_equal(pc.utf8_trim_whitespace(texts), "").fill_null(False))
        minus = as_mask(pc.match_substring_regex(texts, _MINUS).fill_null(False))
        return minus if condition.test == "negative" else filled & ~minus
    wanted = {plain(value) for value in condition.values}
    coded = texts.dictionary_encode()
    words = [plain(text) for text in coded.dictionary.to_pylist()]
    if condition.test == "contains":
        hits = [any(value in word for value in wanted) for word in words]
    elif condition.test == "starts":
        hits = [word.startswith(tuple(wanted)) for word in words]
    else:
        hits = [word in wanted for word in words]
    place = np.asarray(coded.indices.fill_null(-1).to_numpy(zero_copy_only=False))
    found = np.array([*hits, False], dtype=bool)[place]
    return np.asarray(~found if condition.test == "not_in" else found)


_MINUS: Final = r"^\s*[-−－(（]|[-−－]\s*$"
"""Numbers below zero, in every writing that numbers are read in."""


def text_map(columns: dict[str, Any], rows: int) -> Any:
    """Return one map per row of the columns that are not empty there; null for no entry."""
    kind = pa.map_(pa.string(), pa.string())
    if not columns:
        return pa.nulls(rows, kind)
    names = np.array(list(columns), dtype=object)
    order = np.arange(len(names) * rows).reshape(len(names), rows).T.ravel()
    items = pa.concat_arrays([array.cast(pa.string()) for array in columns.values()])
    items = items.take(pa.array(order))
    filled = as_mask(items.is_valid())
    per_row = filled.reshape(rows, len(names)).sum(axis=1)
    ends = np.concatenate(([0], np.cumsum(per_row))).astype(np.int32)
    keys = pa.array(np.tile(names, rows)[filled], pa.string())
    maps = pa.MapArray.from_arrays(pa.array(ends), keys, items.filter(pa.array(filled)))
    return pc.if_else(pa.array(per_row > 0), maps, pa.scalar(None, maps.type))


def _directed(columns: dict[str, Any], *, by_kind: bool, unsigned_values: bool) -> dict[str, Any]:
    """Return quantity, value and revenue of movements with the ledger's signs.

    Revenue of sales and customer returns runs against the quantity: goods out, money in.
    """
    kinds, quantity = columns["kind"], columns["quantity"]
    # The minus before a kind has served its turn once the direction is known.
    directed: dict[str, Any] = {"kind": pc.replace_substring_regex(kinds, "^-", "")}
    value, revenue = columns.get("value"), columns.get("revenue")
    if by_kind:
        outward = is_outward(kinds)
        quantity = pc.if_else(outward, pc.negate(quantity), quantity)
        if value is not None:
            value = pc.if_else(outward, pc.negate(value), value)
    elif unsigned_values and value is not None:
        value = pc.if_else(pc.less(quantity, Decimal(0)), pc.negate(pc.abs(value)), value)
    directed["quantity"] = quantity
    if value is not None:
        directed["value"] = value
    if revenue is not None:
        size = pc.abs(revenue)
        against = pc.if_else(pc.greater(quantity, Decimal(0)), pc.negate(size), size)
        moved = pc.and_(_is_in(directed["kind"], _SALES), pc.not_equal(quantity, Decimal(0)))
        directed["revenue"] = pc.if_else(moved.fill_null(False), against, revenue)
    return directed


def is_outward(kinds: Any) -> Any:
    """Return the rows of kinds that take stock out: by nature, or by a minus in the mapping."""
    return pc.or_(_is_in(kinds, OUTWARD_KINDS), pc.starts_with(kinds, "-").fill_null(False))


def _not_zero(costs: Any) -> Any:
    """Return costs with those of zero not known: goods for nothing are the exception, said so."""
    zero = pc.equal(costs, pa.scalar(Decimal(0), costs.type)).fill_null(False)
    return pc.if_else(zero, pa.scalar(None, costs.type), costs)


def _is_in(array: Any, words: tuple[str, ...]) -> Any:
    return pc.is_in(array, value_set=pa.array(words))


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
