"""A file that cannot be read safely: it is held, and nothing of its load is posted."""

from __future__ import annotations

from typing import Any, Final

from stockturn.intake.reasons import HELD
from stockturn.language import StockTurnError, Text


class FileHeld(StockTurnError):
    """One file stops its load, with the place and what to do.

    Attributes:
        reason: a key of :data:`stockturn.intake.reasons.HELD`.
        file: the file's name as the user knows it.
        sheet: the sheet of a workbook.
        row: the row as the user sees it, from 1.
        column: the column's header; several are parted by commas.

    Several headers or patterns are given as tuples, for each language lists in its own way.
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
        column: str | tuple[str, ...] | None = None,
        detail: str | Text = "",
        expected: str | Text | tuple[str, ...] = "",
        found: str | tuple[str, ...] = "",
        limit: int = 0,
    ) -> None:
        places = {
            "file": Text(file, file),
            "place": Text(f"的工作表“{sheet}”", f", sheet “{sheet}”") if sheet else Text("", ""),
            "column": listed(column or ""),
            "detail": listed(detail),
            "expected": listed(expected),
            "found": listed(found),
        }
        plain = {"row": row if row is not None else "?", "limit": limit}
        words = HELD[reason]
        super().__init__(
            Text(
                words.zh.format(**{key: text.zh for key, text in places.items()}, **plain),
                words.en.format(**{key: text.en for key, text in places.items()}, **plain),
            )
        )
        self.reason = reason
        self.file = file
        self.sheet = sheet
        self.row = row
        self.column = None if column is None else listed(column).en

    def __reduce__(self) -> tuple[Any, ...]:
        """Cross from the worker to its parent with message and place."""
        return _again, (self.message, self.__dict__)


MOST_LISTED: Final = 20
LONGEST_LISTED: Final = 60


def listed(names: str | Text | tuple[str, ...]) -> Text:
    """Return names parted as each language parts them; one name or sentence stays as it is.

    Of many names the first stand for all, with how many there are.
    """
    match names:
        case Text():
            return names
        case str():
            return Text(names, names)
        case _:
            shown = [name[:LONGEST_LISTED] for name in names[:MOST_LISTED]]
            zh, en = "、".join(shown), ", ".join(shown)
            if len(names) > MOST_LISTED:
                return Text(f"{zh} 等 {len(names)} 个", f"{en} and others, {len(names)} in all")
            return Text(zh, en)


def _again(message: Text, state: dict[str, Any]) -> FileHeld:
    failure = FileHeld.__new__(FileHeld)
    Exception.__init__(failure, message.en)
    failure.__dict__.update(state)
    return failure
