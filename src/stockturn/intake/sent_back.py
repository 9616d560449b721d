"""A quarantine workbook that comes back corrected: its rows by key, its columns by header.

Rows may have been sorted, deleted or added and columns moved: a row counts by its hidden key, a
cell by its header. Everything else is left alone. Runs in a limited child process.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from stockturn.intake.chunk import Chunk, Head, Role
from stockturn.intake.decode_excel import ExcelSheet, open_workbook
from stockturn.intake.detect import file_format
from stockturn.intake.header import original_header
from stockturn.intake.problems import FileHeld
from stockturn.intake.taking import KEY_HEADER, REASON_HEADER, SentSheet, place_of
from stockturn.language import Text


@dataclass(frozen=True)
class SentRow:
    """One row of a corrected workbook: where it stands, its key and its cells by header."""

    title: str
    row_no: int
    key: str
    cells: dict[str, str]


def differs(row: SentRow, values: dict[str, str]) -> bool:
    """Tell whether a row says something else than the rejected row did, reason and key aside."""
    own = {
        header: text
        for header, text in row.cells.items()
        if header not in {KEY_HEADER, REASON_HEADER}
    }
    return own != {header: text for header, text in values.items() if text != ""}


def read_sent_back(path: Path, name: str) -> list[SentRow]:
    """Return the rows of a quarantine workbook that carry a key.

    Raises:
        FileHeld: it is no workbook, or none of the quarantine.
    """
    rows: list[SentRow] = []
    for sheet in _sheets(path, name):
        headers = sheet.head.rows[0][1]
        if KEY_HEADER not in headers:
            continue
        place = headers.index(KEY_HEADER)
        for chunk in sheet.chunks(0, None, dict.fromkeys(range(len(headers)), "code")):
            columns = {index: column.to_pylist() for index, column in chunk.columns.items()}
            for number, row_no in enumerate(chunk.row_no.tolist()):
                key = columns[place][number]
                if key is None or place_of(key) is None:
                    continue
                cells = {
                    headers[index]: _plain(values[number])
                    for index, values in columns.items()
                    if values[number] is not None and headers[index]
                }
                rows.append(SentRow(str(sheet.sheet), row_no, key, cells))
    if not rows:
        detail = Text("没有隔离区的行标识", "it has no keys of quarantined rows")
        raise FileHeld("not_a_correction", file=name, detail=detail)
    return rows


def _plain(text: str) -> str:
    # A code cell that a spreadsheet spoilt carries a mark; what the user sees stands behind it.
    return text[2:] if text.startswith("\x01") else text


def _sheets(path: Path, name: str) -> list[ExcelSheet]:
    found = file_format(path, name)
    if found not in {"xlsx", "xls"}:
        detail = Text("不是工作簿", "it is no workbook")
        raise FileHeld("not_a_correction", file=name, detail=detail)
    return open_workbook(path, name, zipped=found == "xlsx")


class SentBack:
    """A sheet of a corrected workbook, seen as the file it came from.

    See :class:`stockturn.intake.chunk.Raw`: the columns are those of the original, in its order;
    the row numbers are the workbook's.
    """

    open_ended = False
    remarks: tuple[Text, ...] = ()

    def __init__(self, sheet: ExcelSheet, sent: SentSheet) -> None:
        """Take a sheet and what it stands for."""
        self.file = sent.file
        self.sheet = sent.sheet
        self.title = sent.title
        self._sheet = sheet
        names = [original_header(name, index) for index, name in enumerate(sent.headers)]
        self.head = Head(((1, tuple(names)),))
        present = sheet.head.rows[0][1]
        self._places = {
            index: present.index(name) for index, name in enumerate(sent.headers) if name in present
        }

    def chunks(
        self, header: int, columns: Collection[int] | None, roles: dict[int, Role]
    ) -> Iterator[Chunk]:
        """Yield the rows; a column that the workbook lacks is empty."""
        del header
        wanted = range(len(self.head.rows[0][1])) if columns is None else sorted(columns)
        places = self._places
        inner = {places[index]: role for index, role in roles.items() if index in places}
        chosen = [places[index] for index in wanted if index in places]
        for chunk in self._sheet.chunks(0, chosen, inner):
            empty = pa.nulls(len(chunk), pa.string())
            taken: dict[int, Any] = {
                index: chunk.columns[places[index]] if index in places else empty
                for index in wanted
            }
            yield Chunk(taken, chunk.row_no, np.zeros(len(chunk), dtype=bool))


def open_sent_back(path: Path, name: str, sheets: tuple[SentSheet, ...]) -> list[SentBack]:
    """Return the sheets of a corrected workbook as the files they came from.

    Raises:
        FileHeld: it is no workbook.
    """
    wanted = {sheet.title: sheet for sheet in sheets}
    return [
        SentBack(sheet, wanted[str(sheet.sheet)])
        for sheet in _sheets(path, name)
        if str(sheet.sheet) in wanted
    ]
