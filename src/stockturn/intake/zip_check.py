"""Look into an .xlsx before anything opens it: real sizes, cells, errors, calendar.

Sizes in a zip's headers can be forged, so every entry is unpacked here in pieces and counted, and
thrown away. On the way past, each sheet's text gives what the reader does not tell: which cells
hold errors and which formulas were never calculated.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

import numpy as np
import numpy.typing as npt

from stockturn.intake.problems import FileHeld
from stockturn.intake.unpack import DAMAGE, MOST_ENTRIES, entry_bytes, is_excessive
from stockturn.language import Text

Places = npt.NDArray[np.int64]

MOST_CELLS: Final = 20_000_000

_OVERLAP: Final = 4096
_PROMISE_LENGTH: Final = 64
_PROMISED: Final = re.compile(rb"""uniqueCount\s*=\s*["']\s*\+?(\d{1,25})""")
_CELL: Final = np.frombuffer(b'<c r="', dtype=np.uint8)
_QUOTE: Final = ord('"')
_MOST_LETTERS: Final = 9
_MOST_DIGITS: Final = 18
"""More do not fit into 64 bits, and such a cell is found by :data:`_ODD_REF`."""
_ODD_REF: Final = re.compile(rb"""<c\s+(?!r="[A-Z]{1,9}\d{1,18}")[^>]*?\br\s*=""")
"""A cell whose address is written in another way than every program writes it."""
_ANY_REF: Final = re.compile(rb"""<c\s[^>]*?\br\s*=\s*["']\s*([A-Za-z]{0,9})(\d{0,19})""")
_ROW: Final = re.compile(rb"""<row\s[^>]*?\br\s*=\s*["']\s*(\d{1,19})""")
_ERROR: Final = re.compile(
    rb'<c r="([A-Z]{1,3})(\d{1,7})"[^>]*?\bt="e"[^>]*>'
    rb"(?:<f[^>]*>[^<]*</f>|<f[^>]*/>)?<v>([^<]{1,40})<"
)
_UNCALCULATED: Final = re.compile(
    rb'<c r="([A-Z]{1,3})(\d{1,7})"[^>]*?>(?:<f[^>]*>[^<]*</f>)(?:<v\s*/>|<v></v>)?</c>'
)


@dataclass
class SheetFacts:
    """What a sheet's text tells beside its cells; rows and columns from 0."""

    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    uncalculated: set[tuple[int, int]] = field(default_factory=set)
    last_row: int = 0
    last_column: int = 0


@dataclass(frozen=True)
class WorkbookFacts:
    """Facts by sheet name, and whether days count from 1904."""

    sheets: dict[str, SheetFacts]
    from_1904: bool


def check_workbook(path: Path, name: str) -> WorkbookFacts:
    """Count a workbook's real contents and return what its sheets tell.

    Raises:
        FileHeld: not a whole zip, beyond the limits, or XML with declarations of its own.
    """
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as stream:
            entries = archive.infolist()
            if len(entries) > MOST_ENTRIES:
                raise _bomb(name, Text(f"{len(entries)} 个条目", f"{len(entries)} entries"))
            if any(entry.flag_bits & 1 for entry in entries):
                raise FileHeld("password", file=name)
            return _walk(entries, stream, path, name)
    except (*DAMAGE, OSError) as failure:
        detail = Text("不是完整的 zip 格式", f"not a whole zip archive: {failure}")
        raise FileHeld("bad_workbook", file=name, detail=detail) from None


def _walk(
    entries: list[zipfile.ZipInfo], stream: IO[bytes], path: Path, name: str
) -> WorkbookFacts:
    total = 0
    facts: dict[str, SheetFacts] = {}
    small: dict[str, bytes] = {}
    packed = path.stat().st_size
    for entry in entries:
        sheet = facts.setdefault(entry.filename, SheetFacts()) if _is_sheet(entry) else None
        is_index = entry.filename in {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"}
        tail = before = b""
        size = promised = 0
        for piece in entry_bytes(stream, entry):
            total += len(piece)
            size += len(piece)
            promised = max((promised, *map(int, _PROMISED.findall(before + piece))))
            before = piece[-_PROMISE_LENGTH:]
            if is_excessive(total, packed):
                raise _bomb(name, Text(f"超过 {total:,} 字节", f"over {total:,} bytes"))
            _refuse_declarations(tail[-16:] + piece, name)
            if entry.filename == "content.xml":
                _refuse_errors(tail + piece, name)
                tail = piece[-_OVERLAP:]
            if sheet is not None:
                tail = _read_sheet(tail, piece, sheet)
                _check_cells(sheet, name)
            elif is_index:
                small[entry.filename] = small.get(entry.filename, b"") + piece
        if promised > size:
            # The reader makes room for as many texts as are promised; each takes a byte and more.
            detail = Text(f"声明了 {promised:,} 个文本", f"{promised:,} texts promised")
            raise FileHeld("bad_workbook", file=name, detail=detail)
    return _named(facts, small)


def _is_sheet(entry: zipfile.ZipInfo) -> bool:
    return entry.filename.startswith("xl/worksheets/") and entry.filename.endswith(".xml")


def _read_sheet(tail: bytes, piece: bytes, sheet: SheetFacts) -> bytes:
    text = tail + piece
    if b't="e"' in text:
        for column, row, shown in _ERROR.findall(text):
            sheet.errors[int(row) - 1, column_index(column)] = shown.decode("utf-8", "replace")
    if b"<f" in text:
        for column, row in _UNCALCULATED.findall(text):
            sheet.uncalculated.add((int(row) - 1, column_index(column)))
    last_row, last_column = _furthest(np.frombuffer(text + b"  ", dtype=np.uint8))
    places = _ANY_REF.findall(text) if _ODD_REF.search(text) else []
    rows = {row for _, row in places if row} | set(_ROW.findall(text))
    sheet.last_row = max((sheet.last_row, last_row, *map(int, rows)))
    widest = max({column.upper() for column, _ in places if column}, key=_wide, default=b"A")
    sheet.last_column = max(sheet.last_column, last_column, column_index(widest) + 1)
    return text[-_OVERLAP:]


def _furthest(text: npt.NDArray[np.uint8]) -> tuple[int, int]:
    """Return the largest row and column, from 1, of the cells in a sheet's text; 0 without any.

    Args:
        text: Bytes, the last two of which belong to no cell.
    """
    at = np.flatnonzero(text[: -len(_CELL) - 2] == _CELL[0])
    for place, byte in enumerate(_CELL[1:], 1):
        at = at[text[at + place] == byte]
    at = at + len(_CELL)
    column, at, letters = _numbers(text, at, base=26, zero=ord("A") - 1, first=1)
    row, at, digits = _numbers(text, at, base=10, zero=ord("0"), first=0)
    whole = (letters > 0) & (digits > 0) & (text[at] == _QUOTE)
    whole &= (letters <= _MOST_LETTERS) & (digits <= _MOST_DIGITS)
    return int(row[whole].max(initial=0)), int(column[whole].max(initial=0))


def _numbers(
    text: npt.NDArray[np.uint8], at: Places, *, base: int, zero: int, first: int
) -> tuple[Places, Places, Places]:
    """Read the number that starts at each place: its value, where it ends, its length in digits.

    Args:
        text: Bytes.
        at: Places in it.
        base: How many digits there are.
        zero: The byte that counts for nothing.
        first: The least digit: letters of columns start at 1.
    """
    value, at, length = np.zeros(len(at), np.int64), at.copy(), np.zeros(len(at), np.int64)
    going = np.arange(len(at))
    for _ in range(_MOST_DIGITS + 1):
        digit = text[at[going]].astype(np.int64) - zero
        more = (digit >= first) & (digit < base + first)
        going = going[more]
        if not len(going):
            break
        value[going] = value[going] * base + digit[more]
        at[going] += 1
        length[going] += 1
    return value, at, length


def _wide(column: bytes) -> tuple[int, bytes]:
    return len(column), column


def column_index(letters: bytes) -> int:
    """Return the index from 0 of a column's letters: A is 0, AA is 26."""
    index = 0
    for letter in letters:
        index = index * 26 + letter - 64
    return index - 1


def _check_cells(sheet: SheetFacts, name: str) -> None:
    cells = sheet.last_row * sheet.last_column
    if cells > MOST_CELLS:
        detail = Text(
            f"{sheet.last_row:,} 行 × {sheet.last_column:,} 列",
            f"{sheet.last_row:,} rows x {sheet.last_column:,} columns",
        )
        raise _bomb(name, detail)


def _refuse_declarations(text: bytes, name: str) -> None:
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        detail = Text("含有 XML 实体声明", "XML with entity declarations")
        raise FileHeld("bad_workbook", file=name, detail=detail)


def _refuse_errors(text: bytes, name: str) -> None:
    """An OpenDocument sheet: the reader takes cells with errors for empty ones."""
    if b'calcext:value-type="error"' in text:
        raise FileHeld("calculated_errors", file=name)


def _bomb(name: str, detail: Text) -> FileHeld:
    return FileHeld("zip_bomb", file=name, detail=detail)


def _named(facts: dict[str, SheetFacts], small: dict[str, bytes]) -> WorkbookFacts:
    """Join sheet parts to their names by way of the workbook's list and its relations."""
    book = small.get("xl/workbook.xml", b"")
    relations = small.get("xl/_rels/workbook.xml.rels", b"")
    targets: dict[str, str] = {}
    for tag in re.findall(rb"<Relationship [^>]*>", relations):
        part = _attribute(tag, "Target").lstrip("/")
        targets[_attribute(tag, "Id")] = part if part.startswith("xl/") else f"xl/{part}"
    sheets: dict[str, SheetFacts] = {}
    for tag in re.findall(rb"<sheet [^>]*>", book):
        part = targets.get(_attribute(tag, "r:id"), "")
        if part in facts:
            sheets[_attribute(tag, "name")] = facts[part]
    first_day = re.search(rb'date1904="(1|true)"', book)
    return WorkbookFacts(sheets, first_day is not None)


def _attribute(tag: bytes, name: str) -> str:
    found = re.search(rb"\b" + name.encode() + rb'="([^"]*)"', tag)
    text = found[1].decode("utf-8", "replace") if found else ""
    for escape, plain in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'")):
        text = text.replace(escape, plain)
    return text.replace("&amp;", "&")
