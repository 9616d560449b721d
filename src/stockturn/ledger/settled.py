"""Rows that a load takes up again, as values: where one stood, and where it stands now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Settling = Literal["corrected", "replayed", "discarded"]


@dataclass(frozen=True)
class Place:
    """Where a row stands: the load, its file, the sheet of a workbook and the row, from 1."""

    load_no: int
    file_no: int
    sheet: str | None
    row_no: int


@dataclass(frozen=True)
class ReadAgain:
    """A booked row that a load reads again: where it stood, and where it stands in this load.

    Attributes:
        of: the place of the row as it stands; what stands from it is taken back.
        file_no: file of this load.
    """

    of: Place
    file_no: int
    sheet: str | None
    row_no: int


@dataclass(frozen=True)
class Settled:
    """A rejected row that a load takes up: where it stood, and where it stands in this load.

    Attributes:
        kind: how it was taken up.
        of: the reject.
        file_no: file of the settling load.
        still_wrong: the row was rejected again and waits under the settling load.
    """

    kind: Settling
    of: Place
    file_no: int | None = None
    sheet: str | None = None
    row_no: int | None = None
    still_wrong: bool = False
