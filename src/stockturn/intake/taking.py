"""Rows, rejected or booked, that a load takes up again: in the manifest, and keys in a workbook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from stockturn.ledger.settled import Place

Taken = Literal["corrected", "replayed", "converted"]
"""Rejects sent back corrected, or read by another mapping; booked rows at a restated rate."""

KEY_HEADER: Final = "StockTurn"
"""Header of the hidden column that names each row of a quarantine workbook."""
REASON_HEADER: Final = "原因 Reason"


@dataclass(frozen=True)
class TakenRow:
    """One row of a load, and the place of the row that it takes up."""

    file_no: int
    sheet: str | None
    row_no: int
    of: Place


@dataclass(frozen=True)
class SentSheet:
    """What a sheet of a corrected workbook stands for.

    Attributes:
        file_no: the workbook's number in the load.
        title: the sheet.
        file: name of the file whose rows were rejected.
        sheet: its sheet.
        sha256: names its kept bytes, whose other rows tell how dates are written.
        headers: its columns.
    """

    file_no: int
    title: str
    file: str
    sheet: str | None
    sha256: str
    headers: tuple[str, ...]


@dataclass(frozen=True)
class Taking:
    """Which rows a load takes up; nothing else of its files is read."""

    kind: Taken
    rows: tuple[TakenRow, ...]
    sheets: tuple[SentSheet, ...] = ()


def key_of(place: Place) -> str:
    """Return the key of a row, as it stands in a quarantine workbook.

    >>> key_of(Place(3, 0, None, 17))
    '3/0/17/'
    """
    return f"{place.load_no}/{place.file_no}/{place.row_no}/{place.sheet or ''}"


def place_of(key: str) -> Place | None:
    """Return the row that a key names, None where it is no key.

    >>> place_of("3/0/17/a/b").sheet
    'a/b'
    """
    parts = key.split("/", 3)
    if len(parts) != 4 or not all(part.isascii() and part.isdigit() for part in parts[:3]):
        return None
    if any(len(part) > 12 for part in parts[:3]):
        return None
    return Place(int(parts[0]), int(parts[1]), parts[3] or None, int(parts[2]))


def as_tree(taking: Taking | None) -> dict[str, Any] | None:
    """Return a taking as JSON knows it."""
    if taking is None:
        return None
    return {
        "kind": taking.kind,
        "rows": [
            [r.file_no, r.sheet, r.row_no, r.of.load_no, r.of.file_no, r.of.sheet, r.of.row_no]
            for r in taking.rows
        ],
        "sheets": [
            [s.file_no, s.title, s.file, s.sheet, s.sha256, list(s.headers)] for s in taking.sheets
        ],
    }


def from_tree(tree: dict[str, Any] | None) -> Taking | None:
    """Return what :func:`as_tree` wrote."""
    if tree is None:
        return None
    return Taking(
        tree["kind"],
        tuple(TakenRow(row[0], row[1], row[2], Place(*row[3:])) for row in tree["rows"]),
        tuple(
            SentSheet(number, title, file, sheet, sha256, tuple(headers))
            for number, title, file, sheet, sha256, headers in tree["sheets"]
        ),
    )
