"""Reading the two-minute sheet from a file; runs in a limited child process, never in the server.

Keep this module free of the web framework: the child pays for what it imports.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from stockturn.intake.chunk import Raw
from stockturn.intake.decode import open_raw
from stockturn.intake.header import fold
from stockturn.language import Text, UsageError
from stockturn.metrics.quick_rows import COLUMNS, TypedRow, rows_of_table

MOST_ROWS = 2_000
"""Months times categories of a sheet that a person keeps; more belongs in a workspace."""

_TOO_LONG = Text(
    "表里超过 {most} 行。速算表每月每类一行；明细数据请建工作区后用 stockturn load 导入。",
    "The sheet has more than {most} rows. The two-minute sheet holds one row per month and "
    "category; load detailed data into a workspace with stockturn load.",
)

SheetRows = tuple[list[TypedRow], list[Text]]


def read_sheet(path: Path, name: str, work: Path) -> SheetRows:
    """Return the rows of the sheet that looks most like the two-minute sheet, and its faults.

    Args:
        path: The uploaded bytes.
        name: The file's name as the user knows it.
        work: Folder for temporary copies.

    Raises:
        FileHeld: the file cannot be read, with the place and what to do.
        UsageError: the sheet is too long.
    """
    known = frozenset(fold(words) for column in COLUMNS.values() for words in column)
    found: SheetRows | None = None
    for raw in open_raw(path, name, work=work, known=known):
        rows, faults = _rows(raw)
        if not faults:
            return rows, []
        if found is None or len(faults) < len(found[1]):
            found = rows, faults
    return found or rows_of_table((), ())


def _rows(raw: Raw) -> SheetRows:
    """The rows under the likeliest header; the faults of a sheet without any row as header."""
    candidates = [
        (len(rows_of_table(cells, ())[1]), index) for index, (_, cells) in enumerate(raw.head.rows)
    ]
    if not candidates:
        return rows_of_table((), ())
    faults, header = min(candidates)
    cells = raw.head.rows[header][1]
    return rows_of_table(cells, () if faults else _lines(raw, header))


def _lines(raw: Raw, header: int) -> list[list[str | None]]:
    lines: list[list[str | None]] = []
    for chunk in raw.chunks(header, None, {}):
        columns = [chunk.columns[index].to_pylist() for index in sorted(chunk.columns)]
        lines += [[_cell(value) for value in row] for row in zip(*columns, strict=True)]
        if len(lines) > MOST_ROWS:
            raise UsageError(_TOO_LONG.fill(most=MOST_ROWS))
    return lines


def _cell(value: Any) -> str | None:
    """A cell as typed; a spoilt cell keeps what the user sees, and is refused as no number."""
    if value is None:
        return None
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    text = str(value)
    return text[2:] if text.startswith("\x01") else text
