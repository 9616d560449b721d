"""A cell with a day as systems write it, taken apart: the day, its clock, what is beside it."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from typing import Any, Final

import pyarrow.compute as pc

_HALF: Final = "上午|下午|[AaPp]\\.?[Mm]\\.?"
_CLOCK: Final = (
    rf"(?P<before>{_HALF})? ?(?P<hour>\d{{1,2}}):(?P<minute>\d{{2}})"
    rf"(:(?P<second>\d{{2}})([.,]\d+)?)? ?(?P<behind>{_HALF})?"
)
_OFFSET: Final = r" ?(?P<offset>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?"
_TIME: Final = rf"[T ]+{_CLOCK}{_OFFSET}$"
_COMPACT: Final = r"^(\d{8})(\d{2})(\d{2})(\d{2})?$"
"""``20240105103000``, a day and its time without a mark between."""
_COMPACT_PLACES: Final = re.compile(_COMPACT)
_PLACES: Final = re.compile(_TIME)
_CLOCK_ALONE: Final = re.compile(_CLOCK)
_WEEKDAY: Final = re.compile(
    r"^(mon|tue|wed|thu|fri|sat|sun)[a-z]*[ ,]+|[ (]*(星期|周|礼拜)[一二三四五六日天]\)?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Clock:
    """A time of day; ``offset`` is how far its clock is ahead of UTC, None = not stated."""

    hour: int
    minute: int
    second: int = 0
    offset: dt.timedelta | None = None

    @property
    def seconds(self) -> int:
        """Seconds since midnight."""
        return self.hour * 3600 + self.minute * 60 + self.second


def without_time(texts: Any) -> Any:
    """Return a text column without the times of day behind its days."""
    bare = pc.replace_substring_regex(pc.utf8_trim_whitespace(texts), _TIME, "")
    return pc.utf8_trim_whitespace(pc.replace_substring_regex(bare, _COMPACT, r"\1"))


def bare_day(text: str) -> str:
    """Return a day without what systems put beside it.

    >>> bare_day("2024-01-05 星期五"), bare_day("'2024年1月5号"), bare_day("Fri, Jan 5, 2024")
    ('2024-01-05', '2024年1月5日', 'Jan 5, 2024')
    """
    plain = unicodedata.normalize("NFKC", text).strip().removeprefix("'")
    plain = _WEEKDAY.sub("", re.sub(r"\s+", " ", plain)).strip()
    return f"{plain[:-1]}日" if plain.endswith("号") else plain


def clock_texts(texts: Any) -> Any:
    """Return of each text the part that is a time of day, null where there is none."""
    found = pc.extract_regex(texts, f"(?P<clock>{_ungrouped(_CLOCK)})")
    whole = pc.utf8_trim_whitespace(texts)
    compact = pc.extract_regex(whole, rf"(?P<clock>{_ungrouped(_COMPACT)})")
    return pc.coalesce(pc.struct_field(found, "clock"), pc.struct_field(compact, "clock"))


def _ungrouped(pattern: str) -> str:
    """Return a pattern without its groups, as Arrow wants them."""
    return re.sub(r"\((?:\?P<\w+>|(?!\?))", "(?:", pattern)


def clock_of(text: str) -> Clock | None:
    """Return the time of day that a text states alone or behind its day, None if it states none.

    >>> clock_of("1/5/2024 3:45:00 PM")
    Clock(hour=15, minute=45, second=0, offset=None)
    >>> clock_of("2024-01-05T23:30+08:00").offset
    datetime.timedelta(seconds=28800)
    """
    plain = text.strip()
    if found := _COMPACT_PLACES.fullmatch(plain):
        return _clock(int(found[2]), int(found[3]), int(found[4] or 0), None)
    found = _PLACES.search(plain) or _CLOCK_ALONE.fullmatch(plain)
    if found is None:
        return None
    hour = int(found["hour"])
    half = (found["before"] or found["behind"] or "").replace(".", "").lower()
    if half in {"下午", "pm"} and hour < 12:
        hour += 12
    elif half in {"上午", "am"} and hour == 12:
        hour = 0
    offset = found.groupdict().get("offset")
    return _clock(hour, int(found["minute"]), int(found["second"] or 0), _offset(offset))


def _clock(hour: int, minute: int, second: int, offset: dt.timedelta | None) -> Clock | None:
    real = hour < 24 and minute < 60 and second < 60
    return Clock(hour, minute, second, offset) if real else None


def _offset(written: str | None) -> dt.timedelta | None:
    if written is None:
        return None
    if written[0] not in "+-":
        return dt.timedelta(0)
    ahead = dt.timedelta(hours=int(written[1:3]), minutes=int(written[3:].strip(":") or 0))
    if ahead >= dt.timedelta(days=1):
        return None
    return -ahead if written[0] == "-" else ahead
