"""Workbooks through calamine: values as cached, dates typed, spoilt cells marked.

A workbook's cell has a type of its own, and what it means depends on what its column is for: a
number in a code column is a code whose zeros may be gone, in a date column a day's serial number.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import python_calamine as calamine

from stockturn.intake.chunk import CHUNK_ROWS, HEAD_ROWS, Chunk, Head, Role
from stockturn.intake.notes import note
from stockturn.intake.problems import FileHeld
from stockturn.intake.zip_check import MOST_CELLS, SheetFacts, WorkbookFacts, check_workbook
from stockturn.language import Text

_EXACT_INTEGERS: Final = 10**15
"""From here on a spreadsheet's number has lost digits."""
_EPOCH_1900: Final = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - a day without a zone
_EPOCH_1904: Final = dt.datetime(1904, 1, 1)  # noqa: DTZ001
_LAST_DOUBTFUL_SERIAL: Final = 60


class ExcelSheet:
    """One sheet of a workbook; see :class:`stockturn.intake.chunk.Raw`."""

    open_ended = False

    def __init__(
        self,
        name: str,
        sheet: str | None,
        rows: list[list[Any]],
        facts: SheetFacts,
        *,
        from_1904: bool,
    ) -> None:
        """Take the cells of a sheet, marks of spoilt cells put in."""
        self.file = name
        self.sheet = sheet
        self.remarks: tuple[Text, ...] = ()
        self._rows = rows
        self._epoch = _EPOCH_1904 if from_1904 else _EPOCH_1900
        for (row, column), shown in facts.errors.items():
            _put(rows, row, column, f"\x01e{shown}")
        for row, column in facts.uncalculated:
            _put(rows, row, column, "\x01f=")
        self.head = Head(tuple(self._head()))

    def _head(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        found = 0
        for index, cells in enumerate(self._rows):
            texts = tuple(_text(cell).strip() for cell in cells)
            if any(texts):
                found += 1
                yield index + 1, texts
            if found == HEAD_ROWS:
                return

    def chunks(
        self, header: int, columns: Collection[int] | None, roles: dict[int, Role]
    ) -> Iterator[Chunk]:
        """Yield the rows below a header; rows without any content are left out unnumbered."""
        start, cells = self.head.rows[header]
        chosen = sorted(columns) if columns is not None else list(range(len(cells)))
        numbers = [
            number
            for number, row in enumerate(self._rows[start:], start=start)
            if row.count("") < len(row)
        ]
        for begin in range(0, len(numbers), CHUNK_ROWS):
            part = numbers[begin : begin + CHUNK_ROWS]
            rows = [self._rows[number] for number in part]
            arrays = {
                index: self._column(list(map(itemgetter(index), rows)), index, roles)
                for index in chosen
            }
            yield Chunk(arrays, np.array(part, dtype=np.int64) + 1, np.zeros(len(part), dtype=bool))

    def _column(self, cells: list[Any], index: int, roles: dict[int, Role]) -> pa.Array:
        kinds = set(map(type, cells))
        if len(kinds) > 1 and not any(cell for cell in cells if isinstance(cell, str)):
            kinds.discard(str)  # empty cells are empty texts
        role = roles.get(index)
        if kinds <= {str}:
            return pa.array([cell or None for cell in cells], pa.string())
        if kinds == {float} and role is None:
            return pa.array([None if cell == "" else cell for cell in cells], pa.float64())
        if kinds <= {dt.date, dt.datetime} and role == "date":
            return pa.array([_moment(cell) for cell in cells], pa.timestamp("us"))
        convert = {None: _text, "code": _code, "date": self._day}[role]
        texts: Callable[[Any], str] = convert
        return pa.array([None if cell == "" else texts(cell) for cell in cells], pa.string())

    def _day(self, cell: Any) -> str:
        """Return a cell of a date column as text; numbers are serials from the book's epoch."""
        if not isinstance(cell, (int, float)) or isinstance(cell, bool):
            return _text(cell)
        if cell <= _LAST_DOUBTFUL_SERIAL and self._epoch == _EPOCH_1900:
            return f"\x01s{cell:g}"
        if 1e7 < cell < 1e8 or 195_000 < cell < 210_000:
            # 20240131 or 202401 written as a number is a date by its digits.
            return _text(cell)
        try:
            return _text(self._epoch + dt.timedelta(days=float(cell)))
        except (OverflowError, ValueError):  # beyond the calendar, or not a number
            return _text(cell)


def open_workbook(path: Path, name: str, *, zipped: bool) -> list[ExcelSheet]:
    """Return the visible sheets of a workbook that hold anything.

    Args:
        path: the kept bytes.
        name: the file's name for messages.
        zipped: .xlsx and its kin, as against the old .xls.

    Raises:
        FileHeld: protected, damaged, beyond the limits, or without content.
    """
    facts = check_workbook(path, name) if zipped else WorkbookFacts({}, from_1904=False)
    try:
        with calamine.CalamineWorkbook.from_path(path) as book:
            sheets = [
                _open_sheet(book, meta.name, name, facts)
                for meta in book.sheets_metadata
                if meta.typ == calamine.SheetTypeEnum.WorkSheet
                and meta.visible == calamine.SheetVisibleEnum.Visible
            ]
    except calamine.PasswordError:
        raise FileHeld("password", file=name) from None
    except calamine.CalamineError as failure:
        if "password" in str(failure).lower() or "encrypted" in str(failure).lower():
            raise FileHeld("password", file=name) from None
        raise FileHeld("bad_workbook", file=name, detail=str(failure)[:200]) from None
    filled = [sheet for sheet in sheets if sheet.head.rows]
    if not filled:
        raise FileHeld("empty_file", file=name)
    return filled


def _open_sheet(
    book: calamine.CalamineWorkbook, title: str, name: str, facts: WorkbookFacts
) -> ExcelSheet:
    sheet = book.get_sheet_by_name(title)
    if sheet.total_height * sheet.total_width > MOST_CELLS:
        size = f"{sheet.total_height:,} x {sheet.total_width:,}"
        raise FileHeld("zip_bomb", file=name, sheet=title, detail=size)
    rows: list[list[Any]] = sheet.to_python(skip_empty_area=False)
    filled = 0
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
        filled += _fill(rows, top, left, bottom, right)
    known = facts.sheets.get(title, SheetFacts())
    made = ExcelSheet(name, title, rows, known, from_1904=facts.from_1904)
    if filled:
        made.remarks += (note("merged_cells", file=name, count=filled),)
    if facts.from_1904:
        made.remarks += (note("epoch_1904", file=name),)
    return made


def _fill(rows: list[list[Any]], top: int, left: int, bottom: int, right: int) -> bool:
    """Give every row of a merged range its value; across columns it stays in the first.

    A value merged over columns is a title, not a value of each column.
    """
    if top >= len(rows) or left >= len(rows[top]) or right != left:
        return False
    value = rows[top][left]
    for row in rows[top + 1 : bottom + 1]:
        if row[left] == "":
            row[left] = value
    return True


def _put(rows: list[list[Any]], row: int, column: int, text: str) -> None:
    if row < len(rows) and column < len(rows[row]) and rows[row][column] == "":
        rows[row][column] = text


def _moment(cell: Any) -> dt.datetime | None:
    if cell == "":
        return None
    if isinstance(cell, dt.datetime):
        return cell
    return dt.datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001 - a day without a zone


def _text(cell: Any) -> str:
    """Return a cell as text: days as ISO, whole numbers without a point."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < _EXACT_INTEGERS else repr(cell)
    if isinstance(cell, dt.datetime):
        plain = cell.isoformat(sep=" ")
        return plain.removesuffix(" 00:00:00")
    return str(cell)


def _code(cell: Any) -> str:
    """Return a cell of a code column as text, marked where the code cannot be restored."""
    if isinstance(cell, float) and not (cell.is_integer() and abs(cell) < _EXACT_INTEGERS):
        return f"\x01n{cell!r}"
    if isinstance(cell, (dt.date, dt.datetime, dt.time, dt.timedelta)):
        return f"\x01d{_text(cell)}"
    return _text(cell)
