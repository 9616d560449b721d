"""Files that a line of YAML cannot hold, awkward on purpose."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import openpyxl
import xlsxwriter

HEADER = ["日期", "业务类型", "物料编码", "仓库", "数量"]
LINE = ",".join(HEADER)


def book(rows: list[list[Any]], *, date_1904: bool = False) -> bytes:
    """Return a workbook of movements; a cell ``{day: ...}`` is a date cell."""
    stream = io.BytesIO()
    made = xlsxwriter.Workbook(stream, {"in_memory": True, "date_1904": date_1904})
    form = made.add_format({"num_format": "yyyy-mm-dd"})
    sheet = made.add_worksheet("流水")
    sheet.write_row(0, 0, HEADER)
    for number, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            if isinstance(cell, dict):
                sheet.write_datetime(number, column, dt.datetime.fromisoformat(cell["day"]), form)
            else:
                sheet.write(number, column, cell)
    made.close()
    return stream.getvalue()


def merged() -> bytes:
    """A day merged over two of four rows; the last row's day is empty and stays so."""
    stream = io.BytesIO()
    made = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = made.add_worksheet("流水")
    sheet.write_row(0, 0, HEADER)
    for row in range(1, 5):
        sheet.write_row(row, 1, ["采购入库", "a", "A", 10])
    sheet.merge_range(1, 0, 2, 0, "2024-01-05")
    sheet.write(3, 0, "2024-01-06")
    made.close()
    return stream.getvalue()


def _formula(formula: str, value: Any) -> bytes:
    stream = io.BytesIO()
    made = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = made.add_worksheet("流水")
    sheet.write_row(0, 0, HEADER)
    sheet.write_row(1, 0, ["2024-01-05", "采购入库", "a", "A", 40])
    sheet.write_row(2, 0, ["2024-01-05", "采购入库", "a", "A"])
    sheet.write_formula(2, 4, formula, None, value)
    made.close()
    return stream.getvalue()


def formula() -> bytes:
    """A quantity that is a formula whose value stands in the file."""
    return _formula("=1+1", 2)


def formula_error() -> bytes:
    """A quantity that is an error."""
    return _formula("=NA()", "#N/A")


def never_calculated() -> bytes:
    """A quantity that is a formula no program has calculated."""
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = "流水"
    sheet.append(HEADER)
    sheet.append(["2024-01-05", "采购入库", "a", "A", 40])
    sheet.append(["2024-01-05", "采购入库", "a", "A", "=1+1"])
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def half_a_workbook() -> bytes:
    """The first half of a workbook's bytes."""
    whole = book([["2024-01-05", "采购入库", "a", "A", 1]])
    return whole[: len(whole) // 2]


def stray_date() -> bytes:
    """Forty days in one form and one in another."""
    rows = [f"2024-01-{1 + n % 28:02},采购入库,i{n},A,1" for n in range(40)]
    return "\n".join([LINE, *rows, "2024年2月1日,采购入库,x,A,1", ""]).encode()


def forty_rows() -> bytes:
    """Forty receipts of one item on one day."""
    rows = [f"2024-01-05,采购入库,a,A{n},1" for n in range(40)]
    return "\n".join([LINE, *rows, ""]).encode()


def cut_character() -> bytes:
    """UTF-8 that ends inside the last character."""
    return f"{LINE}\n2024-01-05,采购入库,a,A,1\n2024-01-05,采购入库,物料".encode()[:-1]


def ten_tenths() -> bytes:
    """Ten receipts of a tenth each."""
    return "\n".join([LINE, *["2024-01-05,采购入库,a,A,0.1"] * 10, ""]).encode()
