"""What decoding hands to typing: columns of one stretch of rows, and marks for spoilt cells."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stockturn.language import Text

CHUNK_ROWS: Final = 200_000
HEAD_ROWS: Final = 20

Mask = npt.NDArray[np.bool_]
Role = Literal["code", "date"]

# A cell that a workbook has spoilt travels as text that starts with a mark no XML and no sane text
# file can hold, so that typing can reject it with its own reason.
MARK: Final = "\x01"
MARKS: Final = {
    "\x01n": "code_is_number",
    "\x01d": "code_is_date",
    "\x01e": "error_cell",
    "\x01f": "formula_not_calculated",
    "\x01s": "serial_date",
}
"""Mark -> reject code; the rest of the text is what the user sees in the cell."""


@dataclass(frozen=True)
class Chunk:
    """Consecutive rows of one file or sheet.

    Attributes:
        columns: column index -> array, all of one length; text with null for empty cells, or the
            type the file itself gives.
        row_no: row number as the user sees it in the file, from 1.
        ragged: rows whose number of fields differs from the header's.
    """

    columns: dict[int, Any]
    row_no: npt.NDArray[np.int64]
    ragged: Mask

    def __len__(self) -> int:
        return len(self.row_no)

    def keep(self, mask: Mask) -> Chunk:
        """Return the rows where ``mask`` is true."""
        if mask.all():
            return self
        chosen = pa.array(mask)
        return Chunk(
            {index: column.filter(chosen) for index, column in self.columns.items()},
            self.row_no[mask],
            self.ragged[mask],
        )


@dataclass(frozen=True)
class Head:
    """The first rows of a file or sheet, in which the header is looked for."""

    rows: tuple[tuple[int, tuple[str, ...]], ...]
    """(row number, cells) of the first rows that are not blank."""


class Raw(Protocol):
    """A file or one sheet of it, readable as often as needed.

    Attributes:
        file: the file's name as the user knows it.
        sheet: the sheet, None for CSV and Parquet.
        head: its first rows.
        open_ended: its last row has no line end, so it may have been cut.
        remarks: what the user should know about how it was read.
    """

    file: str
    sheet: str | None
    head: Head
    open_ended: bool
    remarks: tuple[Text, ...]

    def chunks(
        self, header: int, columns: Collection[int] | None, roles: dict[int, Role]
    ) -> Iterator[Chunk]:
        """Yield the rows below ``head.rows[header]``.

        Args:
            header: index into ``head.rows``.
            columns: which columns; None = all.
            roles: what a column is for, where that decides how a workbook's cell is read.

        Raises:
            FileHeld: the rows cannot be told apart.
        """
        ...
