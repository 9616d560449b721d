"""Rejected rows as a workbook to correct: the reason beside each cell, a hidden key in each row.

All cells are text, codes keep their zeros, and nothing is ever a formula. One sheet holds the rows
of one file or sheet of one load, for their columns are the same.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final

import xlsxwriter  # type: ignore[import-untyped]

from stockturn.engines import DuckDBEngine
from stockturn.intake.reasons import reject_text
from stockturn.intake.taking import KEY_HEADER, REASON_HEADER, key_of
from stockturn.language import Language, Text
from stockturn.ledger import quarantine
from stockturn.ledger.quarantine import Waiting

Headers = Mapping[tuple[int, int, str | None], Sequence[str]]
"""(load, file, sheet) -> the columns of its rows, in their order."""

HOW: Final = Text(
    "请改正标黄的单元格后送回本文件。不要删除隐藏的 A 列；没有改动的行继续留在隔离区。",
    "Correct the yellow cells and send this file back. Keep the hidden column A; rows that are "
    "not changed stay in the quarantine.",
)
_WIDEST: Final = 40


def quarantine_book(rows: Sequence[Waiting], headers: Headers, language: Language) -> bytes:
    """Return waiting rows as a workbook.

    Args:
        rows: in the order of their loads, files and sheets.
        headers: the columns of each; what a row holds beyond them comes behind.
        language: of the reasons.
    """
    stream = io.BytesIO()
    # Nothing that a source wrote becomes a formula, a link or a number.
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(stream, options) as book:
        forms = _forms(book)
        if not rows:
            book.add_worksheet()
        titles: set[str] = set()
        for source, group in groupby(rows, key=_source):
            found = list(group)
            columns = list(headers.get(source, ()))
            columns += sorted({name for row in found for name in row.values} - set(columns))
            title = _title(source, found[0].file, titles)
            _write(book.add_worksheet(title), forms, found, columns, language)
    return stream.getvalue()


def _source(row: Waiting) -> tuple[int, int, str | None]:
    return row.place.load_no, row.place.file_no, row.place.sheet


def _forms(book: Any) -> dict[str, Any]:
    text = {"num_format": "@"}
    return {
        "head": book.add_format({"bold": True, "bottom": 1, "num_format": "@"}),
        "text": book.add_format(text),
        "bad": book.add_format({**text, "bg_color": "#FFF1B8", "border": 1}),
        "reason": book.add_format({"text_wrap": True, "font_color": "#AD4E00", "num_format": "@"}),
    }


def _title(source: tuple[int, int, str | None], file: str, used: set[str]) -> str:
    """Return a sheet name that a spreadsheet accepts and no other sheet has."""
    load_no, file_no, sheet = source
    label = re.sub(r"[\[\]:*?/\\'\x00-\x1f]", " ", sheet or file)
    title = f"{load_no}-{file_no + 1} {label}"[:31].strip()
    while title.casefold() in used:
        title = f"{title[:28]}~{len(used)}"
    used.add(title.casefold())
    return title


def _write(
    sheet: Any,
    forms: dict[str, Any],
    rows: Sequence[Waiting],
    columns: Sequence[str],
    language: Language,
) -> None:
    last = len(columns) + 1
    sheet.write_string(0, 0, KEY_HEADER, forms["head"])
    for place, name in enumerate(columns, start=1):
        sheet.write_string(0, place, name, forms["head"])
    sheet.write_string(0, last, REASON_HEADER, forms["head"])
    sheet.write_comment(0, last, HOW.read(language))
    for number, row in enumerate(rows, start=1):
        reason = reject_text(row.code).read(language)
        sheet.write_string(number, 0, key_of(row.place))
        for place, name in enumerate(columns, start=1):
            bad = name == row.column
            sheet.write_string(
                number, place, row.values.get(name, ""), forms["bad" if bad else "text"]
            )
            if bad:
                sheet.write_comment(number, place, reason)
        said = f"{row.column}：{reason}" if row.column and language == "zh" else reason
        sheet.write_string(number, last, said, forms["reason"])
    _shape(sheet, rows, columns)


def _shape(sheet: Any, rows: Sequence[Waiting], columns: Sequence[str]) -> None:
    for place, name in enumerate(columns, start=1):
        longest = max([len(name), *(len(row.values.get(name, "")) for row in rows[:200])])
        sheet.set_column(place, place, min(_WIDEST, 4 + longest))
    sheet.set_column(len(columns) + 1, len(columns) + 1, 60)
    sheet.set_column(0, 0, 8, None, {"hidden": True})
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, len(rows), len(columns) + 1)


def book_of(
    engine: DuckDBEngine,
    language: Language,
    *,
    load_no: int | None = None,
    file_no: int | None = None,
    code: str | None = None,
) -> bytes:
    """Return the rows that wait as a workbook; see :func:`stockturn.ledger.quarantine.waiting`."""
    rows = quarantine.waiting(engine, load_no=load_no, file_no=file_no, code=code)
    headers = {
        (load, *place): names
        for load in {row.place.load_no for row in rows}
        for place, names in quarantine.headers(engine, load).items()
    }
    return quarantine_book(rows, headers, language)
