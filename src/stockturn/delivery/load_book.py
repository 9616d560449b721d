"""A load report to hand on: one workbook, or one page that needs nothing else."""

from __future__ import annotations

import html
import io
from collections.abc import Iterator, Sequence
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from stockturn.intake.reasons import reject_text
from stockturn.intake.report import CHANGE_WORDS, LoadReport
from stockturn.language import Language, Text
from stockturn.ledger.loads import RejectedRow

Cell = str | int | float | None
Table = tuple[Text, list[str], list[list[Cell]]]

LONGEST_CELL = 32_000
"""Characters; a workbook takes 32 767."""

_TITLE = Text("导入报告", "Load report")
_SUMMARY = Text("摘要", "Summary")
_FILES = Text("文件", "Files")
_REASONS = Text("原因", "Reasons")
_REJECTS = Text("拒收行", "Rejected rows")
_WARNINGS = Text("提示", "Remarks")
_WORDS = {
    "message": Text("结果", "Outcome"),
    "load_no": Text("导入编号", "Load number"),
    "committed_at": Text("入账时间（UTC）", "Committed at (UTC)"),
    "mapping": Text("映射", "Mapping"),
    "rows_in": Text("读入行数", "Rows in"),
    "rows_loaded": Text("入账", "Loaded"),
    "rows_rejected": Text("拒收", "Rejected"),
    "rows_ignored": Text("忽略", "Ignored"),
    **CHANGE_WORDS,
    "seconds": Text("用时（秒）", "Seconds"),
    "name": Text("文件", "File"),
    "sha256": Text("SHA-256", "SHA-256"),
    "already_loaded": Text("导入过", "Loaded before"),
    "outcome": Text("去向", "What became of it"),
    "code": Text("代码", "Code"),
    "count": Text("行数", "Rows"),
    "reason": Text("原因与处理办法", "Reason and what to do"),
    "sheet": Text("工作表", "Sheet"),
    "row": Text("行号", "Row"),
    "column": Text("列", "Column"),
    "value": Text("值", "Value"),
    "item": Text("项目", "Item"),
    "remark": Text("提示", "Remark"),
}
_YES = Text("是", "yes")
_STYLE = (
    "body{font:14px/1.6 'Microsoft YaHei','PingFang SC','Noto Sans CJK SC',sans-serif;"
    "margin:2rem;color:#1f2329}table{border-collapse:collapse;margin:0 0 1.5rem}"
    "th,td{border:1px solid #d0d3d6;padding:.25rem .6rem;text-align:left;vertical-align:top}"
    "td.n{text-align:right;font-variant-numeric:tabular-nums}th{background:#f2f3f5}"
)


def load_book(report: LoadReport, rejected: Sequence[RejectedRow], language: Language) -> bytes:
    """Return a workbook with summary, files, reasons, rejected rows and remarks.

    Args:
        report: What became of the load.
        rejected: Rejected rows as the ledger keeps them; the report's own first rows where empty.
        language: Of titles and sentences.
    """
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        bold = book.add_format({"bold": True, "bottom": 1, "valign": "top"})
        body = book.add_format({"text_wrap": True, "valign": "top"})
        for title, heads, rows in _tables(report, rejected, language):
            _write(book.add_worksheet(title.read(language)), heads, rows, bold, body)
    return buffer.getvalue()


def load_page(report: LoadReport, language: Language) -> str:
    """Return the report as one HTML page without scripts or outside files."""
    title = html.escape(_TITLE.read(language))
    parts = [f"<h1>{title}</h1>"]
    for heading, heads, rows in _tables(report, (), language):
        if rows:
            parts.append(f"<h2>{html.escape(heading.read(language))}</h2>{_table(heads, rows)}")
    locale = "zh-CN" if language == "zh" else "en"
    return (
        f'<!doctype html><html lang="{locale}"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>"
    )


def _tables(
    report: LoadReport, rejected: Sequence[RejectedRow], language: Language
) -> Iterator[Table]:
    def heads(*keys: str) -> list[str]:
        return [_WORDS[key].read(language) for key in keys]

    yield _SUMMARY, heads("item", "outcome"), _summary(report, language)
    counts = ("rows_in", "rows_loaded", "rows_rejected", "rows_ignored")
    yield (
        _FILES,
        heads("name", *counts, "already_loaded", "sha256"),
        [
            [
                file.name,
                *(getattr(file, name) for name in counts),
                _YES.read(language) if file.already_loaded else "",
                file.sha256,
            ]
            for file in report.files
        ],
    )
    yield (
        _REASONS,
        heads("outcome", "code", "count", "reason"),
        [
            [_WORDS[key].read(language), code, count, report.reasons[code].read(language)]
            for key, counted in (
                ("rows_rejected", report.rejected_by_reason),
                ("rows_ignored", report.ignored_by_reason),
            )
            for code, count in counted.items()
        ],
    )
    places = heads("name", "sheet", "row", "column", "value", "code", "reason")
    yield _REJECTS, places, _rejects(report, rejected, language)
    remarks = [*report.problems, *report.warnings]
    yield _WARNINGS, heads("remark"), [[each.read(language)] for each in remarks]


def _summary(report: LoadReport, language: Language) -> list[list[Cell]]:
    at = report.committed_at
    values: dict[str, Cell] = {
        "message": report.message.read(language),
        "load_no": report.load_no,
        "committed_at": None if at is None else at.strftime("%Y-%m-%d %H:%M:%S"),
        "mapping": report.mapping,
        "rows_in": report.rows_in,
        "rows_loaded": report.rows_loaded,
        "rows_rejected": report.rows_rejected,
        "rows_ignored": report.rows_ignored,
        "reversed": report.reversed,
        "superseded": ", ".join(map(str, report.superseded)),
        "seconds": round(report.seconds, 2),
    }
    return [[_WORDS[key].read(language), value] for key, value in values.items()]


def _rejects(
    report: LoadReport, rejected: Sequence[RejectedRow], language: Language
) -> list[list[Cell]]:
    return [
        [
            row.file,
            row.sheet,
            row.row_no,
            row.column,
            row.value,
            row.code,
            reject_text(row.code).read(language),
        ]
        for row in (rejected or report.rejects)
    ]


def _write(page: Any, heads: list[str], rows: list[list[Cell]], bold: Any, body: Any) -> None:
    for place, head in enumerate(heads):
        page.write_string(0, place, head, bold)
        longest = max((len(str(row[place])) for row in rows[:200]), default=0)
        page.set_column(place, place, max(10, min(60, 2 * max(len(head), longest // 2 + 2))))
    for line, row in enumerate(rows, start=1):
        for place, cell in enumerate(row):
            if isinstance(cell, int | float):
                page.write_number(line, place, cell, body)
            elif cell is not None:
                # Text stays text, whatever it begins with.
                page.write_string(line, place, cell[:LONGEST_CELL], body)
    page.freeze_panes(1, 0)


def _table(heads: list[str], rows: list[list[Cell]]) -> str:
    head = "".join(f"<th>{html.escape(each)}</th>" for each in heads)
    lines = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"


def _cell(cell: Cell) -> str:
    if isinstance(cell, int | float):
        return f'<td class="n">{cell:,}</td>'
    return f"<td>{html.escape(cell or '')}</td>"
