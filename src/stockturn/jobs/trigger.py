"""When a schedule fires: every N minutes, daily at a time, or by a cron expression.

Daily and cron times are those of a wall clock in one time zone. Where the clock skips an hour, a
time inside the gap fires once, when the gap ends; where an hour comes twice, it fires in the first
of the two. Every N minutes counts elapsed time from the schedule's anchor.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from stockturn.language import Text, UsageError

_FIELDS: Final = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_DAYS_AHEAD: Final = 366 * 8
"""29 February comes again after eight years at most."""

_WORDS: Final = Text(
    "看不懂的时间表“{given}”。可用：每 N 分钟（every_minutes，1 到 10080）、每天几点（daily，"
    "如 02:30）、或五段 cron 表达式（cron，如 0 8 * * 1-5）。",
    "The schedule “{given}” cannot be read. Known: every N minutes (every_minutes, 1 to 10080), "
    "daily at a time (daily, such as 02:30), or a cron expression of five fields (cron, such as "
    "0 8 * * 1-5).",
)


class TriggerInvalid(UsageError):
    """A trigger that cannot be read, or never fires."""

    code = "trigger_invalid"

    def __init__(self, given: object) -> None:
        super().__init__(_WORDS.fill(given=str(given).replace("{", "(").replace("}", ")")))


class Trigger(Protocol):
    """Says when to fire next."""

    def after(self, moment: datetime, *, anchor: datetime, zone: ZoneInfo) -> datetime:
        """Return the first fire time after ``moment``, in UTC.

        Args:
            moment: An aware instant.
            anchor: Where a count of elapsed time begins.
            zone: Whose wall clock daily and cron times are read on.
        """


@dataclass(frozen=True)
class Every:
    """Every ``minutes`` of elapsed time."""

    minutes: int

    def after(self, moment: datetime, *, anchor: datetime, zone: ZoneInfo) -> datetime:  # noqa: ARG002 - the protocol's
        """Return the first whole step from the anchor that lies after ``moment``."""
        step = timedelta(minutes=self.minutes)
        return anchor.astimezone(UTC) + ((moment - anchor) // step + 1) * step


@dataclass(frozen=True)
class Cron:
    """A cron expression: the values that each of its fields allows."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool
    """Both day fields are stated: a day that fits one of them fits, as in every cron."""

    def after(self, moment: datetime, *, anchor: datetime, zone: ZoneInfo) -> datetime:  # noqa: ARG002 - the protocol's
        """Return the first wall-clock time that fits and lies after ``moment``."""
        # A day earlier: the gap of a change of clocks can carry a time past midnight.
        today = moment.astimezone(zone).date() - timedelta(days=1)
        for day in (today + timedelta(days=n) for n in range(_DAYS_AHEAD)):
            if self._fits(day):
                for instant in self._instants(day, zone):
                    if instant > moment:
                        return instant
        raise TriggerInvalid(self)

    def _fits(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        in_month, in_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return (in_month or in_week) if self.either_day else (in_month and in_week)

    def _instants(self, day: date, zone: ZoneInfo) -> Iterator[datetime]:
        for hour in self.hours:
            for minute in self.minutes:
                yield _instant(datetime.combine(day, time(hour, minute)), zone)


def read_trigger(tree: Mapping[str, Any]) -> Trigger:
    """Return a trigger from its JSON.

    Args:
        tree: ``{"every_minutes": n}``, ``{"daily": "hh:mm"}`` or ``{"cron": "five fields"}``.

    Raises:
        TriggerInvalid: it states none, or one that never fires.
    """
    match dict(tree):
        case {"every_minutes": int(minutes), **rest} if not rest and 1 <= minutes <= 10_080:
            return Every(minutes)
        case {"daily": str(at), **rest} if not rest and re.fullmatch(r"\d{1,2}:\d{2}", at):
            hour, minute = at.split(":")
            return _cron(f"{minute} {hour} * * *")
        case {"cron": str(expression), **rest} if not rest:
            return _cron(expression)
        case _:
            raise TriggerInvalid(tree)


def _cron(expression: str) -> Cron:
    parts = expression.split()
    if len(parts) != len(_FIELDS):
        raise TriggerInvalid(expression)
    try:
        sets = [_values(part, *span) for part, span in zip(parts, _FIELDS, strict=True)]
    except ValueError:
        raise TriggerInvalid(expression) from None
    minutes, hours, days, months, weekdays = sets
    found = Cron(
        tuple(sorted(minutes)),
        tuple(sorted(hours)),
        frozenset(days),
        frozenset(months),
        frozenset(day % 7 for day in weekdays),
        either_day=not parts[2].startswith("*") and not parts[4].startswith("*"),
    )
    # 31 February never comes: say so now, not at the first fire time.
    some_day = datetime(2000, 1, 1, tzinfo=UTC)
    found.after(some_day, anchor=some_day, zone=ZoneInfo("UTC"))
    return found


def _values(part: str, low: int, high: int) -> set[int]:
    """The values of one field: ``*``, ``3``, ``1-5``, ``*/15``, ``8-18/2`` and lists of these."""
    values: set[int] = set()
    for piece in part.split(","):
        span, slash, step = piece.partition("/")
        first, dash, last = span.partition("-")
        begin, end = low, high
        if span != "*":
            begin = _number(first)
            end = _number(last) if dash else (high if slash else begin)
        width = _number(step) if slash else 1
        if not (low <= begin <= end <= high) or width < 1:
            raise ValueError(piece)
        values.update(range(begin, end + 1, width))
    return values


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(text)
    return int(text)


def _instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return a wall-clock time in UTC; one that the clock skips becomes the end of the gap."""
    found = wall.replace(tzinfo=zone).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wall:
        return found
    # In a gap: fold=0 counts with the offset before it, fold=1 with the one after.
    before = wall.replace(tzinfo=zone).utcoffset()
    after = wall.replace(tzinfo=zone, fold=1).utcoffset()
    assert before is not None
    assert after is not None
    low, high = sorted((wall - before, wall - after))
    return _first_with(after, low.replace(tzinfo=UTC), high.replace(tzinfo=UTC), zone)


def _first_with(offset: timedelta, low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """Return the minute between two instants at which the clock changes to ``offset``."""
    minutes = int((high - low) / timedelta(minutes=1))
    first, last = 0, minutes
    while first < last:
        middle = (first + last) // 2
        if (low + timedelta(minutes=middle)).astimezone(zone).utcoffset() == offset:
            last = middle
        else:
            first = middle + 1
    return low + timedelta(minutes=first)
