"""A sheet as a file: CSV that Excel opens in Chinese, and a workbook with typed cells."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from stockturn.delivery.decimals import decimal_text
from stockturn.delivery.sheet import Cell, Column, Sheet, SheetRow
from stockturn.language import Language, Text

CSV_DECIMALS = 10
"""Digits after the point that CSV carries; ratios have no last digit, money has four."""

_REMARKS = Text("说明", "Remarks")
_BASIS = Text("口径", "Basis")
_AS_OF = Text("数据截至", "Data as of")
_FIGURES = Text("数据", "Figures")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_FORMATS = {
    "money": "#,##0.00",
    "quantity": "#,##0.####",
    "times": "0.0000",
    "ratio": "0.0000",
    "days": "#,##0.0",
    "percent": "0.0%",
    "count": "#,##0",
}


def to_csv(sheet: Sheet, language: Language) -> bytes:
    """Return UTF-8 CSV with a byte-order mark, one line per row.

    Each line ends with what its figures stand on: remarks, basis, data as of. Text that a
    spreadsheet would run as a formula is kept text by a leading apostrophe.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    extra = [each.read(language) for each in (_REMARKS, _BASIS, _AS_OF)]
    writer.writerow([*(_safe(column.title) for column in sheet.columns), *extra])
    as_of = "" if sheet.data_as_of is None else sheet.data_as_of.isoformat()
    for row in sheet.rows:
        remarks = _safe("; ".join(row.remarks))
        writer.writerow([*map(_csv_cell, row.cells), remarks, sheet.basis, as_of])
    return b"\xef\xbb\xbf" + buffer.getvalue().encode("utf-8")


def to_xlsx(sheet: Sheet, language: Language) -> bytes:
    """Return a workbook: the figures as typed cells, and a second sheet that says their basis."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        _write_figures(book, sheet, language)
        about = book.add_worksheet(_BASIS.read(language))
        about.set_column(0, 0, 100)
        for number, line in enumerate((*sheet.footer, *sheet.notes)):
            about.write_string(number, 0, line)
    return buffer.getvalue()


def _write_figures(book: Any, sheet: Sheet, language: Language) -> None:
    page = book.add_worksheet(_FIGURES.read(language))
    bold = book.add_format({"bold": True, "bottom": 1})
    titles = [column.title for column in sheet.columns] + [_REMARKS.read(language)]
    for place, title in enumerate(titles):
        page.write_string(0, place, title, bold)
        page.set_column(place, place, max(12, min(40, 2 * len(title))))
    formats = {
        is_total: [_format(book, column, is_total) for column in sheet.columns]
        for is_total in (False, True)
    }
    for line, row in enumerate(sheet.rows, start=1):
        _write_row(page, line, row, formats[row.is_total])
    page.freeze_panes(1, 0)


def _write_row(page: Any, line: int, row: SheetRow, formats: list[Any]) -> None:
    for place, cell in enumerate(row.cells):
        match cell:
            case None:
                page.write_blank(line, place, None, formats[place])
            case Decimal():
                page.write_number(line, place, float(cell), formats[place])
            case date():
                page.write_datetime(line, place, cell, formats[place])
            case str():
                page.write_string(line, place, cell, formats[place])
    if row.remarks:
        page.write_string(line, len(row.cells), "; ".join(row.remarks))


def _format(book: Any, column: Column, is_total: bool) -> Any:
    look: dict[str, Any] = {"bold": True, "top": 1} if is_total else {}
    if column.kind == "date":
        look["num_format"] = "yyyy-mm-dd"
    elif column.kind == "number":
        look["num_format"] = _FORMATS.get(column.unit or "", "General")
    return book.add_format(look)


def _csv_cell(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case Decimal():
            return decimal_text(cell, CSV_DECIMALS)
        case date():
            return cell.isoformat()
        case str():
            return _safe(cell)


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
