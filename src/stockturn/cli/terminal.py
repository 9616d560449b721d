"""A sheet at the terminal: aligned whatever the script, totals set off, reasons below."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text as Styled

from stockturn.delivery.sheet import DASH, Cell, Column, Sheet, SheetRow, figure_text
from stockturn.language import Language, Text

_REASONS = Text("{mark} 没有数值的原因：", "{mark} means no figure, because:")
_PIPED_COLUMNS = 10_000
"""Away from a terminal nothing is cut or folded."""


def print_sheet(sheet: Sheet, language: Language) -> None:
    """Print a sheet with its reasons, notes, and what it stands on."""
    _draw_sheet(sheet, language, _console())


def sheet_text(sheet: Sheet, language: Language) -> str:
    """Return what :func:`print_sheet` prints, without colours, for a file."""
    buffer = io.StringIO()
    _draw_sheet(sheet, language, Console(file=buffer, width=_PIPED_COLUMNS))
    return buffer.getvalue()


def _draw_sheet(sheet: Sheet, language: Language, console: Console) -> None:
    titles = [(column.title, column.kind == "number") for column in sheet.columns]
    rows = [(_texts(sheet.columns, row), row.is_total) for row in sheet.rows]
    _draw_table(titles, rows, console)
    reasons = dict.fromkeys(reason for row in sheet.rows for reason in row.remarks)
    if reasons:
        console.print(Styled(_REASONS.read(language, mark=DASH)))
        for reason in reasons:
            console.print(Styled(f"  {reason}"))
    for line in (*sheet.notes, *sheet.footer):
        console.print(Styled(line, style="dim"))


def print_table(
    titles: Sequence[tuple[str, bool]], rows: Sequence[tuple[Sequence[str], bool]]
) -> None:
    """Print rows of text under titles.

    Args:
        titles: Title, and whether the column holds numbers (set to the right).
        rows: Cells, and whether the row is a total (set off by a line, in bold).
    """
    _draw_table(titles, rows, _console())


def _draw_table(
    titles: Sequence[tuple[str, bool]],
    rows: Sequence[tuple[Sequence[str], bool]],
    console: Console,
) -> None:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for title, is_number in titles:
        table.add_column(Styled(title), justify="right" if is_number else "left", no_wrap=is_number)
    for place, (cells, is_total) in enumerate(rows):
        last_before_totals = place + 1 < len(rows) and rows[place + 1][1] and not is_total
        table.add_row(
            *map(Styled, cells), style="bold" if is_total else "", end_section=last_before_totals
        )
    console.print(table)


def _texts(columns: Sequence[Column], row: SheetRow) -> list[str]:
    return [_text(column, cell) for column, cell in zip(columns, row.cells, strict=True)]


def _text(column: Column, cell: Cell) -> str:
    match cell:
        case None:
            return DASH
        case Decimal():
            return figure_text(cell, column.unit)
        case date():
            return cell.isoformat()
        case str():
            return cell


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else _PIPED_COLUMNS, highlight=False)
