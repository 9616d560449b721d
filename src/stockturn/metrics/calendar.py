"""Periods: reading them, splitting them, and finding the one to compare with."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta

from stockturn.language import Text, UsageError
from stockturn.metrics.query import Compare, Grain, Period

BAD_PERIOD = Text(
    "看不懂期间“{text}”。可写 2013、2013-H1、2013-Q2 或 2013-06。",
    "Cannot read the period “{text}”. Write 2013, 2013-H1, 2013-Q2 or 2013-06.",
)


def period_of(text: str) -> Period:
    """Read a calendar period.

    >>> period_of("2013-Q2")
    Period(begin=datetime.date(2013, 4, 1), end=datetime.date(2013, 7, 1))

    Raises:
        UsageError: the text is none of year, half, quarter, month.
    """
    found = re.fullmatch(r"(\d{4})(?:-(?:Q([1-4])|H([12])|(\d{2})))?", text.strip().upper())
    if not found or not 1 <= int(found.group(1)) <= 9998:
        raise UsageError(BAD_PERIOD.fill(text=text))
    year, quarter, half, month = found.groups()
    first = date(int(year), 1, 1)
    if quarter:
        return Period(add_months(first, 3 * int(quarter) - 3), add_months(first, 3 * int(quarter)))
    if half:
        return Period(add_months(first, 6 * int(half) - 6), add_months(first, 6 * int(half)))
    if month:
        if not 1 <= int(month) <= 12:
            raise UsageError(BAD_PERIOD.fill(text=text))
        return Period(add_months(first, int(month) - 1), add_months(first, int(month)))
    return Period(first, date(int(year) + 1, 1, 1))


def add_months(day: date, months: int) -> date:
    """Move a day by calendar months, keeping it inside the month (31 January -> 28 February)."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def buckets(period: Period, grain: Grain) -> list[Period]:
    """Split a period at calendar edges; the first and last bucket may be cut short."""
    pieces = []
    begin = period.begin
    while begin < period.end:
        end = min(next_edge(begin, grain), period.end)
        pieces.append(Period(begin, end))
        begin = end
    return pieces


def next_edge(day: date, grain: Grain) -> date:
    """Return the first day of the bucket after the one that holds ``day`` (weeks start Monday)."""
    first = day.replace(day=1)
    match grain:
        case "day":
            return day + timedelta(days=1)
        case "week":
            return day + timedelta(days=7 - day.weekday())
        case "month":
            return add_months(first, 1)
        case "quarter":
            return add_months(first, 3 - (day.month - 1) % 3)
        case "year":
            return date(day.year + 1, 1, 1)


def compared(period: Period, compare: Compare) -> Period:
    """Return the period to compare with.

    ``prior_year`` is the same span a year before. ``prior_period`` is the span of equal length just
    before: as many calendar months when the period is made of whole months, else as many days.
    """
    if compare == "prior_year":
        return Period(add_months(period.begin, -12), _year_before(period.end))
    if period.begin.day == 1 and period.end.day == 1:
        months = (period.end.year - period.begin.year) * 12 + period.end.month - period.begin.month
        return Period(add_months(period.begin, -months), period.begin)
    return Period(period.begin - timedelta(days=period.days), period.begin)


def _year_before(end: date) -> date:
    # An exclusive end of 1 March covers February whole, whatever its length that year.
    return add_months(end, -12)


def month_ends(period: Period) -> list[date]:
    """Return the edges after each month end inside a period; the last is the period's end.

    An edge is the day after: stock at an edge is the closing stock of the day before it.
    """
    edges = []
    edge = next_edge(period.begin, "month")
    while edge < period.end:
        edges.append(edge)
        edge = next_edge(edge, "month")
    return [*edges, period.end]
