"""The period of a case, in the ways people write one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from stockturn.cli.known_answers.case import unsupported
from stockturn.cli.known_answers.reading import Inputs, day
from stockturn.metrics.query import Period

PERIODS_PER_YEAR = {
    "year": 1,
    "half_year": 2,
    "half": 2,
    "quarter": 4,
    "month": 12,
    "week": 52,
}
"""Named periods to how many make a year."""


def span_of(read: Inputs, days: Decimal | None = None) -> Period | None:
    """The dated period of the inputs, or None when they name none.

    Read are ``from``/``to`` or ``begin``/``end`` (also as a list or mapping under ``period``), a
    year, quarter or month such as 2024, 2024-Q2 or 2024-06. A last day is counted in, unless
    ``days`` or a first of a month as the end says that it is left out.
    """
    begin = read.raw("from", "begin", "start", "period_begin", "period_start", "period_from")
    end = read.raw("to", "end", "period_end", "period_to")
    whole = read.raw("period", "window", "period_dates")
    if whole is not None and (begin is not None or end is not None):
        raise unsupported("期间给了两次", "the period is given twice")
    if isinstance(whole, Mapping):
        return span_of(Inputs(whole, frozenset()), days)
    if isinstance(whole, list) and len(whole) == 2:
        begin, end = whole
    elif whole is not None:
        return _named(whole)
    if begin is None and end is None:
        return None
    return _between(day(begin, "begin"), day(end, "end"), days)


def _between(begin: date, end: date, days: Decimal | None) -> Period:
    for last in (end, end + timedelta(days=1)):
        if days is not None and Period(begin, last).days == days:
            return Period(begin, last)
    if days is not None or end < begin:
        raise unsupported("期间与天数不符", "the period does not have the days given")
    left_out = begin.day == 1 and end.day == 1 and end > begin
    return Period(begin, end if left_out else end + timedelta(days=1))


def _named(text: Any) -> Period:
    """A year, half, quarter or month by name."""
    tidy = re.sub(r"[\s/]+", "-", str(text).strip().upper())
    tidy = re.sub(r"^([QH]\d)-(\d{4})$", r"\2-\1", tidy)
    match = re.fullmatch(r"(\d{4})(?:-?(?:Q([1-4])|H([12])|(0[1-9]|1[0-2])))?", tidy)
    if match is None:
        raise unsupported("不认识的期间 {text}", "unknown period {text}", text=text)
    year = int(match[1])
    if match[2]:
        return _months(year, int(match[2]) * 3 - 2, 3)
    if match[3]:
        return _months(year, int(match[3]) * 6 - 5, 6)
    return _months(year, int(match[4]), 1) if match[4] else _months(year, 1, 12)


def _months(year: int, first: int, count: int) -> Period:
    after = first + count
    return Period(date(year, first, 1), date(year + (after - 1) // 12, (after - 1) % 12 + 1, 1))
