"""Workbooks that are marked-up text: HTML tables and XML spreadsheets of 2003, mostly named .xls.

Web systems write tables as a page and call it .xls, for a spreadsheet program opens it; SAP and
report tools write XML. Cells are text as it stands there, so codes keep their zeros.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final
from xml.parsers import expat

from stockturn.intake.decode_excel import ExcelSheet
from stockturn.intake.detect import BLOCK, text_encoding
from stockturn.intake.notes import note
from stockturn.intake.problems import FileHeld
from stockturn.intake.zip_check import MOST_CELLS, SheetFacts
from stockturn.language import Text

MOST_COLUMNS: Final = 16_384
MOST_ROWS: Final = 1_048_576
_STATED: Final = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?([\w-]+)""", re.IGNORECASE)
_BELIEVED: Final = frozenset(
    {"big5", "big5hkscs", "cp950", "shift_jis", "cp932", "euc_jp", "euc_kr", "cp949", "cp874"}
    | {"iso8859-1", "iso8859-2", "iso8859-15", "cp1250", "cp1251", "cp1252", "cp1254", "koi8-r"}
)
"""Codecs that detection cannot find and a page is believed about; any other is detected."""
_SHEET: Final = "urn:schemas-microsoft-com:office:spreadsheet"


class _Grid:
    """Cells placed one after the other, row by row, with spans."""

    def __init__(self, name: str, sheet: str | None) -> None:
        self.name = name
        self.sheet = sheet
        self.rows: list[list[str]] = []
        self._cells = 0
        self._column = 0
        self._down: dict[int, tuple[int, str]] = {}
        """Column -> (rows still to fill, text) of the cells that reach down."""
        self._taken: set[int] = set()

    def row(self, number: int | None = None) -> None:
        """Begin a row, the next or the one with this number from 1."""
        while number is not None and len(self.rows) < min(number, MOST_ROWS + 1) - 1:
            self.rows.append([])
        self.rows.append([])
        self._column = 0
        self._fill_down()
        self._count(1)

    def cell(self, text: str, across: int = 1, down: int = 1, column: int | None = None) -> None:
        """Place a cell; what spans columns stands in the first, what spans rows in each."""
        if not self.rows:
            self.row()
        if column is not None:
            self._column = column
        own = self.rows[-1]
        end = self._column + max(1, across)
        if end > MOST_COLUMNS:
            row = len(self.rows)
            raise FileHeld("too_many_columns", file=self.name, row=row, limit=MOST_COLUMNS)
        own += [""] * (end - len(own))
        own[self._column] = text
        if down > 1:
            for place in range(self._column, end):
                reaching = text if place == self._column and across <= 1 else ""
                self._down[place] = (min(down, MOST_ROWS) - 1, reaching)
        self._count(end - self._column)
        self._column = end
        self._fill_down(skip=True)

    def _fill_down(self, *, skip: bool = False) -> None:
        """Give the row what reaches down into it; ``skip`` steps over it where it stands."""
        own = self.rows[-1]
        if skip:
            while self._column in self._taken:
                self._column += 1
            return
        self._taken = set(self._down)
        for place, (left, text) in list(self._down.items()):
            own += [""] * (place + 1 - len(own))
            own[place] = text
            self._down[place] = (left - 1, text)
            if left == 1:
                del self._down[place]
        while self._column in self._taken:
            self._column += 1

    def _count(self, cells: int) -> None:
        self._cells += cells
        if self._cells > MOST_CELLS or len(self.rows) > MOST_ROWS:
            detail = Text(f"超过 {MOST_CELLS:,} 格", f"over {MOST_CELLS:,} cells")
            raise FileHeld("zip_bomb", file=self.name, sheet=self.sheet, detail=detail)

    def opened(self) -> ExcelSheet:
        width = max((len(row) for row in self.rows), default=0)
        if width * len(self.rows) > MOST_CELLS:
            detail = f"{len(self.rows):,} x {width:,}"
            raise FileHeld("zip_bomb", file=self.name, sheet=self.sheet, detail=detail)
        level: list[list[Any]] = [[*row, *[""] * (width - len(row))] for row in self.rows]
        return ExcelSheet(self.name, self.sheet, level, SheetFacts(), from_1904=False)


class _Page(HTMLParser):
    """Reads every table row of a page into one grid."""

    def __init__(self, grid: _Grid) -> None:
        super().__init__(convert_charrefs=True)
        self._grid = grid
        self._open: tuple[int, int] | None = None
        self._texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"tr", "td", "th", "table"}:
            self._close()
        if tag == "tr":
            self._grid.row()
        elif tag in {"td", "th"}:
            stated = dict(attrs)
            self._open = (_span(stated.get("colspan")), _span(stated.get("rowspan")))
        elif tag in {"br", "p", "div"} and self._open is not None:
            self._texts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"tr", "td", "th", "table"}:
            self._close()

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self._texts.append(data)

    def _close(self) -> None:
        if self._open is None:
            return
        across, down = self._open
        text = re.sub(r"[ \t\r\n]+", " ", "".join(self._texts)).strip()
        self._grid.cell(text, across, down)
        self._open, self._texts = None, []


def _span(written: str | None) -> int:
    plain = (written or "").strip()
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 8 else 1


def open_page(path: Path, name: str) -> list[ExcelSheet]:
    """Return the tables of an HTML page as one sheet.

    Raises:
        FileHeld: the encoding is not known, the page has no table, or it is beyond the limits.
    """
    grid = _Grid(name, None)
    page = _Page(grid)
    with path.open(encoding=_codec(path, name), newline="") as stream:
        while block := stream.read(BLOCK):
            page.feed(block)
    page.close()
    return _filled([grid], name, Text("网页（HTML）表格", "a table of a web page (HTML)"))


def open_spreadsheet_xml(path: Path, name: str) -> list[ExcelSheet]:
    """Return the filled sheets of an XML spreadsheet of 2003.

    Raises:
        FileHeld: it is not well formed, declares entities, or is beyond the limits.
    """
    reading = _Xml(name)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.data
    parser.StartDoctypeDeclHandler = reading.doctype
    try:
        with path.open("rb") as stream:
            parser.ParseFile(stream)
    except expat.ExpatError as failure:
        raise FileHeld("bad_workbook", file=name, detail=str(failure)) from None
    return _filled(reading.grids, name, Text("XML 电子表格", "an XML spreadsheet"))


class _Xml:
    """Reads ``Worksheet / Table / Row / Cell / Data``."""

    def __init__(self, name: str) -> None:
        self.grids: list[_Grid] = []
        self._name = name
        self._place: dict[str, str] = {}
        self._kind: str | None = None
        self._texts: list[str] = []

    def start(self, tag: str, stated: dict[str, str]) -> None:
        own = {key.removeprefix(f"{_SHEET} "): value for key, value in stated.items()}
        match tag.removeprefix(f"{_SHEET} "):
            case "Worksheet":
                self.grids.append(_Grid(self._name, own.get("Name", "")))
            case "Row" if self.grids:
                self.grids[-1].row(_span(own["Index"]) if "Index" in own else None)
            case "Cell":
                self._place, self._texts, self._kind = own, [], None
            case "Data":
                self._kind = own.get("Type", "String")

    def end(self, tag: str) -> None:
        if tag == f"{_SHEET} Data":
            self._place["Type"], self._kind = self._kind or "String", None
        elif tag == f"{_SHEET} Cell" and self.grids:
            place = self._place
            column = _span(place["Index"]) - 1 if "Index" in place else None
            across, down = (_span(place.get(key, "0")) for key in ("MergeAcross", "MergeDown"))
            text = _xml_text("".join(self._texts), place.get("Type", "String"))
            self.grids[-1].cell(text, across + 1, down + 1, column)

    def data(self, text: str) -> None:
        if self._kind is not None:
            self._texts.append(text)

    def doctype(self, *_declaration: object) -> None:
        detail = Text("含有 DOCTYPE 声明", "it holds a DOCTYPE declaration")
        raise FileHeld("bad_workbook", file=self._name, detail=detail)


def _xml_text(text: str, kind: str) -> str:
    """Return a cell as a spreadsheet would show its value in full."""
    if kind == "DateTime":
        return re.sub(r"T00:00:00(\.0+)?$", "", text.strip()).replace("T", " ")
    if kind == "Error" and text:
        return f"\x01e{text}"
    if kind == "Number":
        try:
            return f"{Decimal(text.strip()):f}"
        except InvalidOperation:
            return text
    return text


def _codec(path: Path, name: str) -> str:
    """Return a page's encoding: detected, or as the page states where detection cannot tell."""
    with path.open("rb") as stream:
        stated = _STATED.search(stream.read(4096))
    try:
        codec = codecs.lookup(stated[1].decode("ascii")).name if stated else "utf-8"
    except LookupError:
        codec = "utf-8"
    return text_encoding(path, name, codec if codec in _BELIEVED else None)


def _filled(grids: Iterable[_Grid], name: str, what: Text) -> list[ExcelSheet]:
    sheets = [sheet for sheet in _opened(grids) if sheet.head.rows]
    if not sheets:
        nothing = Text("没有表格的网页", "a web page without a table")
        raise FileHeld("wrong_format", file=name, detail=nothing)
    sheets[0].remarks += (note("really_is", file=name, detail=what),)
    return sheets


def _opened(grids: Iterable[_Grid]) -> Iterator[ExcelSheet]:
    for grid in grids:
        if grid.rows:
            yield grid.opened()
