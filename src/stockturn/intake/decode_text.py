"""CSV and its kin: fast by Arrow where every line is one row, exact by the csv module elsewhere.

A scan over the bytes decides. Quoted line ends, blank lines, lone carriage returns and rows of
uneven length all shift row numbers, so such files take the exact way; the others have row n on
line n and take the fast one. Either way a row's number is the line the user sees.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from stockturn.intake.chunk import CHUNK_ROWS, HEAD_ROWS, Chunk, Head, Role
from stockturn.intake.detect import BLOCK, text_encoding
from stockturn.intake.header import fold
from stockturn.intake.notes import note
from stockturn.intake.page_lines import is_page_line
from stockturn.intake.problems import FileHeld
from stockturn.intake.totals import trailer_rows
from stockturn.language import Text

DELIMITERS: Final = (",", ";", "\t", "|")
LONGEST_LINE: Final = 1024 * 1024
MOST_COLUMNS: Final = 16_384
"""As many as a workbook can have."""
_NEWLINE: Final = 10
_RETURN: Final = 13
_QUOTE: Final = 34
_AS_TEXT: Final = r'^="(.*)"$'
"""How exports make a spreadsheet keep a code as text: ``="0012"`` stands for 0012."""


@dataclass(frozen=True)
class _Scan:
    """What the bytes of a file say about its lines."""

    lines: int
    simple: bool
    open_ended: bool
    wrapped: bool


class TextFile:
    """A delimited text file; see :class:`stockturn.intake.chunk.Raw`."""

    sheet: str | None = None

    def __init__(
        self,
        path: Path,
        name: str,
        *,
        work: Path,
        known: frozenset[str],
        encoding: str | None = None,
        delimiter: str | None = None,
    ) -> None:
        """Check and open a file.

        Args:
            path: the kept bytes.
            name: the file's name for messages.
            work: folder for a copy in UTF-8 where the file has another encoding.
            known: folded header names, which tell the delimiter.
            encoding: overrides detection.
            delimiter: overrides detection.

        Raises:
            FileHeld: the file is not readable as text.
        """
        codec = text_encoding(path, name, encoding)
        self.file = name
        self._path = path if codec in {"utf-8", "utf-8-sig"} else _to_utf8(path, codec, work)
        self._scan = _scan(self._path, name)
        start = _first_lines(self._path)
        if not start.strip():
            raise FileHeld("empty_file", file=name)
        self._delimiter = delimiter or _sniff(start, known)
        self.head = Head(tuple(_records(start, self._delimiter)))
        for line, cells in self.head.rows:
            if len(cells) > MOST_COLUMNS:
                raise FileHeld("too_many_columns", file=name, row=line, limit=MOST_COLUMNS)
        self.open_ended = self._scan.open_ended
        self.remarks = tuple(_remarks(name, codec, self._delimiter, stated=encoding is not None))

    def chunks(
        self, header: int, columns: Collection[int] | None, roles: dict[int, Role]
    ) -> Iterator[Chunk]:
        """Yield the rows below a header; ``roles`` mean nothing in text."""
        del roles
        line, cells = self.head.rows[header]
        chosen = sorted(columns) if columns is not None else list(range(len(cells)))
        fast = self._scan.simple and self._even(line, len(cells))
        read = self._fast if fast else self._exact
        for chunk in read(line, len(cells), chosen):
            yield _unwrapped(chunk) if self._scan.wrapped else chunk

    def _even(self, line: int, width: int) -> bool:
        """Tell whether every line below the header is a row of ``width`` fields."""
        if self._scan.lines == line:
            return False
        try:
            rows = sum(len(batch) for batch in self._arrow(line, width, [0]))
        except pa.ArrowInvalid:
            # Uneven or badly quoted rows: the exact way finds out which and says so.
            return False
        return rows == self._scan.lines - line

    def _arrow(self, line: int, width: int, chosen: list[int]) -> Iterator[pa.RecordBatch]:
        names = [str(index) for index in range(width)]
        wanted = [names[index] for index in chosen] or names[:1]
        yield from pacsv.open_csv(
            self._path,
            read_options=pacsv.ReadOptions(
                column_names=names, skip_rows=line, block_size=BLOCK * 2, use_threads=False
            ),
            parse_options=pacsv.ParseOptions(delimiter=self._delimiter, newlines_in_values=False),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                include_columns=wanted,
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )

    def _fast(self, line: int, width: int, chosen: list[int]) -> Iterator[Chunk]:
        row = line + 1
        for batch in self._arrow(line, width, chosen):
            columns = {index: batch.column(place) for place, index in enumerate(chosen)}
            count = batch.num_rows
            yield Chunk(columns, np.arange(row, row + count), np.zeros(count, dtype=bool))
            row += count

    def _exact(self, line: int, width: int, chosen: list[int]) -> Iterator[Chunk]:
        rows = self._exact_rows(line, width)
        while block := list(islice(rows, CHUNK_ROWS)):
            numbers = np.array([number for number, _, _ in block], dtype=np.int64)
            ragged = np.array([uneven for _, _, uneven in block], dtype=bool)
            cells = list(zip(*(fields for _, fields, _ in block), strict=True))
            columns = {
                index: pa.array([cell or None for cell in cells[index]], pa.string())
                for index in chosen
            }
            yield Chunk(columns, numbers, ragged)

    def _exact_rows(self, line: int, width: int) -> Iterator[tuple[int, list[str], bool]]:
        """Yield (line, fields, uneven) of every row that is not a blank line."""
        held: tuple[int, list[str], int] | None = None
        with self._path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, delimiter=self._delimiter, strict=True)
            for number, fields in _numbered(reader, self.file):
                if number <= line or not fields:
                    continue
                if held is not None:
                    yield _level(held, width)
                held = (number, fields, len(fields))
        if held is None:
            return
        number, fields, count = held
        last_words = trailer_rows(",".join(fields)) is not None or is_page_line(fields)
        if 1 < count < width and any(fields) and not last_words:
            detail = Text(f"只有 {count} 列，应有 {width} 列", f"{count} fields instead of {width}")
            raise FileHeld("cut_file", file=self.file, row=number, detail=detail)
        yield _level(held, width)


def _level(row: tuple[int, list[str], int], width: int) -> tuple[int, list[str], bool]:
    number, fields, count = row
    if count == width:
        return number, fields, False
    surplus = fields[width:]
    # Empty fields behind the last column are a habit of spreadsheets and carry nothing.
    uneven = count < width or any(cell.strip() for cell in surplus)
    return number, (fields + [""] * (width - count))[:width], uneven


def _numbered(reader: Any, name: str) -> Iterator[tuple[int, list[str]]]:
    while True:
        number = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as failure:
            if "unexpected end" in str(failure):
                detail = Text("引号没有配对", "a quote is not closed")
                raise FileHeld("cut_file", file=name, row=number, detail=detail) from None
            raise FileHeld("bad_quote", file=name, row=number) from None
        yield number, fields


def _to_utf8(path: Path, codec: str, work: Path) -> Path:
    target = work / f"{path.name}.utf8"
    with (
        path.open(encoding=codec, newline="") as source,
        target.open("w", encoding="utf-8", newline="") as copy,
    ):
        while block := source.read(BLOCK):
            copy.write(block)
    return target


def _scan(path: Path, name: str) -> _Scan:
    """Walk over the bytes once: NULs, line ends, quotes that span lines, blank lines."""
    newlines = quotes = 0
    simple, wrapped = True, False
    line_start = offset = 0
    last = before_last = _NEWLINE
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            data = np.frombuffer(block, dtype=np.uint8)
            if not data.all():
                row = newlines + int((data[: int(np.argmin(data))] == _NEWLINE).sum()) + 1
                raise FileHeld("nul_bytes", file=name, row=row)
            ends = np.flatnonzero(data == _NEWLINE)
            _check_lines(ends, line_start - offset, len(data), newlines, name)
            simple = simple and _plain_lines(data, ends, quotes, last, before_last)
            quotes += int((data == _QUOTE).sum())
            newlines += len(ends)
            wrapped = wrapped or b'="' in block
            if len(ends):
                line_start = offset + int(ends[-1]) + 1
            offset += len(data)
            before_last = int(data[-2]) if len(data) > 1 else last
            last = int(data[-1])
    open_ended = last not in {_NEWLINE, _RETURN}
    # A file that ends in a lone return, or in an open quote, is for the exact way.
    simple = simple and last != _RETURN and quotes % 2 == 0
    return _Scan(newlines + (1 if open_ended else 0), simple, open_ended, wrapped)


def _unwrapped(chunk: Chunk) -> Chunk:
    columns = {
        index: pc.replace_substring_regex(column, _AS_TEXT, r"\1")
        for index, column in chunk.columns.items()
    }
    return Chunk(columns, chunk.row_no, chunk.ragged)


def _plain_lines(data: Any, ends: Any, quotes: int, last: int, before_last: int) -> bool:
    """Tell whether the lines that end in this block are rows of their own and none is blank."""
    before = np.empty(len(data) + 2, dtype=np.uint8)
    before[0], before[1] = before_last, last
    before[2:] = data
    previous = _previous(before, ends)
    blank = (previous == _NEWLINE) | ((previous == _RETURN) & (before[ends] == _NEWLINE))
    lone = (before[1:-1] == _RETURN) & (data != _NEWLINE)
    if blank.any() or lone.any():
        return False
    marks = data == _QUOTE
    if not marks.any() and quotes % 2 == 0:
        return True
    if ((np.cumsum(marks)[ends] + quotes) % 2).any():
        return False
    # A quote that neither opens nor closes a field is for the strict reader to judge.
    places = np.flatnonzero(marks)
    opening = (np.arange(len(places)) + quotes) % 2 == 0
    after = np.append(data, _NEWLINE)[places[~opening] + 1]
    edges = [*(ord(mark) for mark in DELIMITERS), _NEWLINE, _RETURN, _QUOTE]
    if last == _QUOTE and quotes % 2 == 0 and data[0] not in edges:
        return False  # the block before ended in a quote that closes no field
    beside = np.concatenate((_previous(before, places[opening]), after))
    return bool(np.isin(beside, edges).all())


def _previous(before: Any, places: Any) -> Any:
    """Return the bytes in front of ``places``; ``before`` starts two bytes ahead of the block."""
    return before[places + 1]


def _check_lines(ends: Any, start: int, size: int, newlines: int, name: str) -> None:
    edges = np.concatenate(([start - 1], ends, [size]))
    lengths = np.diff(edges)
    if (lengths > LONGEST_LINE).any():
        row = newlines + int(np.argmax(lengths > LONGEST_LINE)) + 1
        raise FileHeld("line_too_long", file=name, row=row, limit=LONGEST_LINE)


def _first_lines(path: Path) -> str:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return stream.read(256 * 1024)


def _records(start: str, delimiter: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield (line, cells) of the first rows that are not blank, as far as they can be read."""
    reader = csv.reader(io.StringIO(start, newline=""), delimiter=delimiter)
    found = 0
    while found < HEAD_ROWS:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except (StopIteration, csv.Error):
            return
        if any(cell.strip() for cell in cells):
            found += 1
            yield number, tuple(cell.strip() for cell in cells)


def _sniff(start: str, known: frozenset[str]) -> str:
    """Return the delimiter that shows most known headers, else the most even rows."""

    def score(delimiter: str) -> tuple[int, int, int]:
        rows = [cells for _, cells in _records(start, delimiter)]
        hits = max((len({fold(cell) for cell in cells} & known) for cells in rows), default=0)
        width, alike = Counter(len(cells) for cells in rows).most_common(1)[0] if rows else (0, 0)
        return hits, alike if width > 1 else 0, width

    return max(DELIMITERS, key=score)


def _remarks(name: str, codec: str, delimiter: str, *, stated: bool) -> Iterator[Text]:
    if not stated and codec not in {"utf-8", "utf-8-sig"}:
        label = codec.upper()
        yield note("encoding_found", file=name, detail=label)
    if delimiter != ",":
        mark = {"\t": "Tab", ";": ";", "|": "|"}.get(delimiter, delimiter)
        yield note("delimiter_found", file=name, detail=mark)
