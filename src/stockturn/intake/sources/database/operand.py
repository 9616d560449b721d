"""Texts of conditions and cursors as values of a column's type, and how far back a cursor goes."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from stockturn.intake.sources.failures import ColumnRefused
from stockturn.intake.sources.source import Family, Overlap, SourceColumn
from stockturn.language import Text

CURSORS: Final[frozenset[Family]] = frozenset(
    {"integer", "decimal", "date", "timestamp", "instant", "text"}
)
"""Families that a cursor column can have: those with one order and exact values."""

_NUMBER: Final = re.compile(r"[+-]?\d{1,38}(\.\d{1,38})?")
_TRUTH: Final = {"true": True, "1": True, "false": False, "0": False}
NAMES: Final[dict[Family, Text]] = {
    "integer": Text("整数", "a whole number"),
    "decimal": Text("数字", "a number"),
    "float": Text("数字", "a number"),
    "text": Text("文字", "text"),
    "date": Text("日期（如 2024-01-31）", "a day such as 2024-01-31"),
    "timestamp": Text("时间（如 2024-01-31 08:00:00）", "a time such as 2024-01-31 08:00:00"),
    "instant": Text("带时区的时间（如 2024-01-31 08:00:00+08）", "a time with its zone"),
    "boolean": Text("true 或 false", "true or false"),
    "binary": Text("二进制", "binary"),
}


def operand(source: str, column: SourceColumn, text: str) -> Any:
    """Return what a text states for a column.

    Raises:
        ColumnRefused: it states nothing of the column's type.
    """
    try:
        return _READERS[column.family](text)
    except (ValueError, InvalidOperation, KeyError):
        name = NAMES[column.family]
        detail = Text(f"“{text}”不是{name.zh}。", f"“{text}” is not {name.en}.")
        raise ColumnRefused(source, what=column.name, detail=detail) from None


def _number(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return Decimal(text)


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text[:10] if text[10:] in {"", " 00:00:00"} else text)


def _time(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is not None:
        raise ValueError(text)
    return moment


def _instant(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment


def _none(text: str) -> None:
    raise ValueError(text)


_READERS: Final[dict[Family, Callable[[str], Any]]] = {
    "integer": int,
    "decimal": _number,
    "float": _number,
    "date": _day,
    "timestamp": _time,
    "instant": _instant,
    "boolean": lambda text: _TRUTH[text.strip().lower()],
    "text": str,
    "binary": _none,
}


def check_cursor(source: str, column: SourceColumn, overlap: Overlap) -> None:
    """Make sure that a column can be a cursor and that an overlap fits it.

    Raises:
        ColumnRefused: it cannot, or the unit is not one of its type.
    """
    if column.refused is not None or column.family not in CURSORS:
        detail = Text(
            "游标列应为整数、小数、日期、时间或文字。",
            "a cursor is a whole number, a decimal, a day, a time or text.",
        )
        raise ColumnRefused(source, what=column.name, detail=detail)
    timed = column.family in {"date", "timestamp", "instant", "text"}
    days_only = column.family == "date" and overlap.unit == "seconds"
    if overlap.unit != "rows" and overlap.amount and (not timed or days_only):
        detail = Text(
            f"重叠量的单位“{overlap.unit}”不适用于类型 {column.type}。",
            f"an overlap in {overlap.unit} does not fit the type {column.type}.",
        )
        raise ColumnRefused(source, what=column.name, detail=detail)


def before(source: str, column: SourceColumn, cursor: str, overlap: Overlap) -> str:
    """Return the cursor moved back by an overlap in seconds or days, written the same way.

    Raises:
        ColumnRefused: a text cursor that is no time.
    """
    if not overlap.amount:
        return cursor
    step = dt.timedelta(**{overlap.unit: overlap.amount})
    try:
        if column.family == "date" or (column.family == "text" and len(cursor) == 10):
            return (dt.date.fromisoformat(cursor[:10]) - step).isoformat()
        moved = dt.datetime.fromisoformat(cursor) - step
    except ValueError:
        detail = Text(
            f"游标“{cursor}”不是时间，重叠量只能用 rows。",
            f"the cursor “{cursor}” is no time; only an overlap in rows fits.",
        )
        raise ColumnRefused(source, what=column.name, detail=detail) from None
    except OverflowError:
        return dt.date.min.isoformat()
    return moved.isoformat(sep="T" if "T" in cursor else " ")
