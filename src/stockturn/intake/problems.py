"""A file that cannot be read safely: it is held, and nothing of its load is posted."""

from __future__ import annotations

from typing import Any

from stockturn.intake.reasons import HELD
from stockturn.language import StockTurnError, Text


class FileHeld(StockTurnError):
    """One file stops its load, with the place and what to do.

    Attributes:
        reason: a key of :data:`stockturn.intake.reasons.HELD`.
        file: the file's name as the user knows it.
        sheet: the sheet of a workbook.
        row: the row as the user sees it, from 1.
        column: the column's header.
    """

    code = "file_held"
    status = 422
    exit_code = 3

    def __init__(
        self,
        reason: str,
        *,
        file: str,
        sheet: str | None = None,
        row: int | None = None,
        column: str | None = None,
        detail: str | Text = "",
        expected: str = "",
        found: str = "",
        limit: int = 0,
    ) -> None:
        detail = detail if isinstance(detail, Text) else Text(detail, detail)
        places = {
            "file": file,
            "row": row if row is not None else "?",
            "column": column or "",
            "expected": expected,
            "found": found,
            "limit": limit,
        }
        words = HELD[reason]
        super().__init__(
            Text(
                words.zh.format(
                    place=f"的工作表“{sheet}”" if sheet else "", detail=detail.zh, **places
                ),
                words.en.format(
                    place=f", sheet “{sheet}”" if sheet else "", detail=detail.en, **places
                ),
            )
        )
        self.reason = reason
        self.file = file
        self.sheet = sheet
        self.row = row
        self.column = column

    def __reduce__(self) -> tuple[Any, ...]:
        """Cross from the worker to its parent with message and place."""
        return _again, (self.message, self.__dict__)


def _again(message: Text, state: dict[str, Any]) -> FileHeld:
    failure = FileHeld.__new__(FileHeld)
    Exception.__init__(failure, message.en)
    failure.__dict__.update(state)
    return failure
