"""Which rows of a file are details: blank, left out, total and repeated rows are told apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from stockturn.intake.chunk import Chunk, Mask
from stockturn.intake.conditions import rows_where
from stockturn.intake.header import source_names
from stockturn.intake.layout import Layout, is_required
from stockturn.intake.mapping import Column
from stockturn.intake.page_lines import page_lines
from stockturn.intake.problems import FileHeld
from stockturn.intake.repeats import Repeats
from stockturn.intake.shapes import Shapes
from stockturn.intake.totals import Totals, is_label, label_masks, may_be_label, trailer_rows
from stockturn.intake.typed import Typed, as_mask, is_text

Amounts = dict[int, tuple[str, Column, Typed]]
"""Column index -> the table and column that read it, and its numbers of the detail rows."""
TypeColumn = Callable[[str, Column, pa.DataType, Any], Typed]
"""Types the raw values of a column of a table."""


@dataclass(frozen=True)
class Selected:
    """The rows of one chunk, told apart.

    Attributes:
        details: rows that are to become entries.
        labelled: total rows that a label marks.
        trailers: row number -> the number of rows that a line at the end of a file states.
        ignored: reason -> rows left out.
    """

    details: Mask
    labelled: Mask
    trailers: dict[int, int]
    ignored: Counter[str]


class Selection:
    """Tells the rows of one file or sheet apart, and checks its totals."""

    def __init__(
        self, layout: Layout, shapes: Shapes, totals: Totals | None, repeats: Repeats | None
    ) -> None:
        """Take the layout, and what is remembered from chunk to chunk."""
        self._layout = layout
        self._shapes = shapes
        self._totals = totals
        self._repeats = repeats

    def select(self, chunk: Chunk) -> Selected:
        """Tell the rows of a chunk apart."""
        counts: Counter[str] = Counter()
        live = np.ones(len(chunk), dtype=bool)
        blank = np.ones(len(chunk), dtype=bool)
        for column in chunk.columns.values():
            blank &= as_mask(column.is_null())
            if not blank.any():
                break
        spec = self._layout.spec
        totals, running = self._total_rows(chunk)
        trailers = self._trailer_rows(chunk)
        ends = np.isin(chunk.row_no, list(trailers))
        labelled = np.zeros(len(chunk), dtype=bool)
        for reason, mask in (
            ("blank_row", blank),
            ("total_row", ends),
            ("page_line", self._page_lines(chunk)),
            *((rule.reason, rows_where(self._layout, chunk, rule.when)) for rule in spec.ignore),
            ("total_row", totals),
            ("total_row", running),
            *(("filtered", ~rows_where(self._layout, chunk, wanted)) for wanted in spec.where),
        ):
            hit = mask & live
            if hit.any():
                counts[reason] += int(hit.sum())
                live &= ~hit
                labelled |= hit & ~running & ~ends if reason == "total_row" else False
        if self._repeats is not None:
            again = self._repeats.again(chunk.keep(live))
            if spec.repeated == "ignore" and again.any():
                counts["repeated_row"] += int(again.sum())
                live[np.flatnonzero(live)[again]] = False
        return Selected(live, labelled, trailers, counts)

    def _page_lines(self, chunk: Chunk) -> Mask:
        raw, (_, needed) = self._layout.raw, self._label_columns
        return page_lines(chunk, raw.head, self._layout.header, needed)

    def _trailer_rows(self, chunk: Chunk) -> dict[int, int]:
        found = {}
        likely = np.flatnonzero(chunk.ragged)[:20].tolist()
        for place in dict.fromkeys([*likely, *([len(chunk) - 1] if len(chunk) else [])]):
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
        totals = np.zeros(len(chunk), dtype=bool)
        running = np.zeros(len(chunk), dtype=bool)
        lacking = _without_own(chunk, needed)
        if not lacking.any():
            return totals, running
        likely, rows = chunk.keep(lacking), np.flatnonzero(lacking)
        texts = [likely.columns[index] for index in labels if index in likely.columns]
        marked = label_masks(texts, len(likely))
        for place in np.flatnonzero(marked[0] | marked[1]):
            own = [likely.columns[index][place].as_py() for index in needed]
            if any(cell is None or is_label(str(cell)) for cell in own):
                totals[rows[place]], running[rows[place]] = marked[0][place], marked[1][place]
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

    def check_totals(
        self, chunk: Chunk, selected: Selected, amounts: Amounts, type_column: TypeColumn
    ) -> None:
        """Compare total rows with what their details add up to.

        Raises:
            FileHeld: a total does not tie.
        """
        if self._totals is None:
            return
        live, ignored = selected.details, selected.ignored
        stated = chunk.keep(selected.labelled)
        numbers = {}
        for index, (table, column, typed) in amounts.items():
            if typed.failed.any() or chunk.ragged[live].any():
                self._totals.spoil(index)
            kind = self._shapes.schemas[table].field(column.target).type
            total = type_column(table, column, kind, stated.columns[index])
            numbers[index] = (typed.array, total.array)
        left_out = set(ignored) - {"blank_row", "total_row", "page_line"}
        whole = not left_out and (bool(amounts) or not live.any())
        wrong = self._totals.check(chunk, live, selected.labelled, numbers, whole=whole)
        for row, rows in selected.trailers.items():
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


def _without_own(chunk: Chunk, needed: Sequence[int]) -> Mask:
    """Return the rows that lack a cell they need, or may have a label in its place."""
    found = np.zeros(len(chunk), dtype=bool)
    for index in needed:
        column = chunk.columns[index]
        found |= ~as_mask(column.is_valid())
        if is_text(column):
            found |= may_be_label(column)
    return found
