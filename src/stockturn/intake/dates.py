"""Text to days: one form per column and file, found from all its values and never guessed.

``03/04/2024`` alone says nothing: a form is chosen only if the column holds a value that rules
the other one out, or the mapping states it.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stockturn.intake.chunk import Mask
from stockturn.intake.typed import Typed, as_mask, by_distinct, failing, is_text, spoilt

YEAR_FIRST: Final = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日")
EITHER_WAY: Final = (
    ("%d/%m/%Y", "%m/%d/%Y"),
    ("%d-%m-%Y", "%m-%d-%Y"),
    ("%d.%m.%Y", "%m.%d.%Y"),
)
NAMED_MONTH: Final = ("%d-%b-%Y", "%d %b %Y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y")
MONTHS: Final = ("%Y-%m", "%Y/%m", "%Y.%m", "%Y%m", "%Y年%m月", "%Y年第%m期", "%Y年%m期")
CANDIDATES: Final = (*YEAR_FIRST, *(form for pair in EITHER_WAY for form in pair), *NAMED_MONTH)

MOST_STRAYS: Final = 0.05
"""Rows in another form than the rest: up to this share they are rejected, beyond it held."""

_TIME: Final = r"[T ]+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)? ?(Z|[+-]00:?00)?$"
_CLOCK: Final = re.compile(
    r"[T ]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(:\d{2}(\.\d+)?)? ?(?P<utc>Z|[+-]00:?00)?$"
)
_DIGITS: Final = {"%Y%m%d": 8, "%Y%m": 6}
_FIRST_DAY: Final = dt.date(1970, 1, 1)


@dataclass(frozen=True)
class DateForm:
    """How the dates of one column of one file are written.

    Attributes:
        forms: strptime formats that are read; ISO beside the column's own in workbooks, whose
            typed dates arrive as ISO.
        strays: other forms seen in few rows, which are rejected as mixed.
        trouble: why the column cannot be read (``ambiguous_date``, ``mixed_dates``), else None.
        example: values that show the trouble.
    """

    forms: tuple[str, ...]
    strays: tuple[str, ...] = ()
    trouble: Literal["ambiguous_date", "mixed_dates"] | None = None
    example: str = ""


@dataclass(frozen=True)
class BusinessDay:
    """Which day a time of day belongs to: one zone, and the hour at which a day begins.

    >>> BusinessDay("Asia/Shanghai", 6).of(dt.datetime(2024, 1, 6, 1, 30))
    datetime.date(2024, 1, 5)
    """

    zone: str
    cutoff_hour: int = 0

    def of(self, moment: dt.datetime) -> dt.date:
        """Return the business day of a moment; one without a zone is local."""
        if moment.tzinfo is not None:
            moment = moment.astimezone(ZoneInfo(self.zone))
        return (moment - dt.timedelta(hours=self.cutoff_hour)).date()


def date_texts(array: Any) -> Counter[str]:
    """Count the distinct date texts of a text column, times of day cut off."""
    trimmed = pc.utf8_trim_whitespace(pc.replace_substring_regex(array, _TIME, ""))
    counts = pc.value_counts(trimmed.drop_null())
    return Counter(
        {
            _plain(text): number
            for text, number in zip(
                counts.field("values").to_pylist(), counts.field("counts").to_pylist(), strict=True
            )
            if text and not text.startswith("\x01")
        }
    )


def find_form(
    texts: Counter[str], stated: tuple[str, ...], *, months: bool, workbook: bool
) -> DateForm:
    """Find the one form in which a column's dates are written.

    Args:
        texts: distinct texts with their number of rows.
        stated: the forms the mapping accepts; empty = any known.
        months: a month without a day is accepted.
        workbook: ISO is always read, for it is how typed cells arrive.
    """
    candidates = stated or (*CANDIDATES, *(MONTHS if months else ()))
    read = {
        form: {text for text in texts if parse_date(text, form) is not None} for form in candidates
    }
    typed = {text for text in texts if workbook and parse_date(text, "%Y-%m-%d") is not None}
    rest = Counter({text: number for text, number in texts.items() if text not in typed})
    weight = {form: sum(rest[text] for text in found) for form, found in read.items()}
    best = max(candidates, key=lambda form: weight[form])
    always = ("%Y-%m-%d",) if typed else ()
    if weight[best] == 0:
        return DateForm(always or candidates[:1])
    if not stated:
        rival = _rival(best)
        if rival is not None and (trouble := _unclear(best, rival, read, rest)):
            return trouble
    others = {text for found in read.values() for text in found if rest[text]} - read[best]
    share = sum(rest[text] for text in others) / sum(texts.values())
    if share > MOST_STRAYS:
        pair = (min(read[best] - typed), min(others))
        return DateForm((best,), trouble="mixed_dates", example=", ".join(pair))
    strays = tuple(form for form in candidates if form != best and read[form] & others)
    return DateForm((best, *(form for form in always if form != best)), strays)


def _rival(form: str) -> str | None:
    for pair in EITHER_WAY:
        if form in pair:
            return pair[1 - pair.index(form)]
    return None


def _unclear(
    best: str, rival: str, read: dict[str, set[str]], rest: Counter[str]
) -> DateForm | None:
    """Return the trouble if day and month cannot be told apart by this column."""
    only_best = {text for text in read[best] - read[rival] if rest[text]}
    only_rival = {text for text in read[rival] - read[best] if rest[text]}
    if only_best and only_rival:
        pair = (min(only_best), min(only_rival))
        return DateForm((best,), trouble="mixed_dates", example=", ".join(pair))
    both = {text for text in read[best] & read[rival] if rest[text]}
    differ = {text for text in both if parse_date(text, best) != parse_date(text, rival)}
    if differ and not only_best:
        return DateForm((best,), trouble="ambiguous_date", example=min(differ))
    return None


def parse_date(text: str, form: str) -> dt.date | None:
    """Return the day a text states in one form, a month's last day for a month, else None."""
    if form in _DIGITS and (len(text) != _DIGITS[form] or not text.isdigit()):
        return None
    try:
        day = dt.datetime.strptime(text, form).date()  # noqa: DTZ007 - a local day has no zone
    except ValueError:
        return None
    if "%d" not in form:
        return day.replace(day=calendar.monthrange(day.year, day.month)[1])
    return day


def type_date(
    array: Any, form: DateForm, *, latest: dt.date | None, day: BusinessDay | None = None
) -> Typed:
    """Type a column as days.

    Args:
        array: text, or days and instants of a typed file; whole numbers are read as ``YYYYMMDD``.
        form: how texts are written.
        latest: for days on which something happened: the last possible one. None = any day.
        day: to which day a time of day belongs; None = the day that is written.
    """
    kind = array.type
    if pa.types.is_integer(kind):
        array, kind = array.cast(pa.string()), pa.string()
    if is_text(array):
        typed = by_distinct(array, lambda texts: _days(texts, form, day))
    elif pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        typed = Typed(_to_day(array, day))
    else:
        return Typed(pa.nulls(len(array), pa.date32()), [(as_mask(array.is_valid()), "not_a_date")])
    if latest is None:
        return typed
    outside = as_mask(
        pc.or_(
            pc.less(typed.array, pa.scalar(_FIRST_DAY)),
            pc.greater(typed.array, pa.scalar(latest)),
        )
    )
    return failing(typed.array, [*typed.failures, (outside, "date_out_of_range")])


def _to_day(array: Any, day: BusinessDay | None) -> Any:
    if pa.types.is_timestamp(array.type):
        if day is not None:
            if array.type.tz is not None:
                array = pc.local_timestamp(array.cast(pa.timestamp(array.type.unit, day.zone)))
            hours = pa.scalar(dt.timedelta(hours=day.cutoff_hour), pa.duration(array.type.unit))
            # A day without a time is that day, whatever the hour at which a day begins.
            timed = pc.not_equal(pc.floor_temporal(array, unit="day"), array)
            array = pc.if_else(timed, pc.subtract(array, hours), array)
        return pc.floor_temporal(array, unit="day").cast(pa.date32())
    return array.cast(pa.date32())


def _days(texts: Any, form: DateForm, business: BusinessDay | None = None) -> Typed:
    cut = pc.utf8_trim_whitespace(pc.replace_substring_regex(texts, _TIME, ""))
    days: list[dt.date | None] = []
    mixed: list[bool] = []
    known: dict[str, dt.date | None] = {}
    for text, whole in zip(map(_plain, cut.to_pylist()), texts.to_pylist(), strict=True):
        if text not in known:
            known[text] = _first(text, form.forms)
        day = known[text]
        days.append(day if business is None or day is None else _moved(day, whole, business))
        mixed.append(day is None and _first(text, form.strays) is not None)
    stray: Mask = np.array(mixed, dtype=bool)
    blank = as_mask(pc.equal(cut, ""))
    unread = np.array([day is None for day in days], dtype=bool) & ~blank
    failures = [*spoilt(texts), (stray, "mixed_date_format"), (unread, "not_a_date")]
    return failing(pa.array(days, pa.date32()), failures)


def _moved(day: dt.date, whole: str, business: BusinessDay) -> dt.date:
    """Return the business day of a day and the time written behind it."""
    clock = _CLOCK.search(whole.strip())
    if clock is None or (business.cutoff_hour == 0 and clock["utc"] is None):
        return day
    hour, minute = int(clock["hour"]), int(clock["minute"])
    if hour > 23 or minute > 59 or (clock["utc"] is None and not hour and not minute):
        # A day exported with a clock at zero is a day.
        return day
    zone = dt.UTC if clock["utc"] is not None else None
    return business.of(dt.datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone))


def _first(text: str, forms: tuple[str, ...]) -> dt.date | None:
    return next((day for form in forms if (day := parse_date(text, form)) is not None), None)


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip()


def type_instant(array: Any, form: DateForm) -> Typed:
    """Type a column as an instant of the source's clock: a day with or without a time of day."""
    if not is_text(array):
        days = type_date(array, form, latest=None)
        if pa.types.is_timestamp(array.type):
            return Typed(array.cast(pa.timestamp("us"), safe=False), days.failures)
        return Typed(days.array.cast(pa.timestamp("us")), days.failures)
    days = type_date(array, form, latest=None)
    clock = pc.struct_field(
        pc.extract_regex(array, r"(?P<clock>\d{1,2}:\d{2}(?::\d{2})?)"), "clock"
    )
    times = by_distinct(clock, _seconds)
    instants = pc.add(
        days.array.cast(pa.timestamp("us")),
        pc.fill_null(times.array, 0).cast(pa.duration("s")).cast(pa.duration("us")),
    )
    return failing(instants, [*days.failures, *times.failures])


def _seconds(texts: Any) -> Typed:
    parsed: list[int | None] = []
    for text in texts.to_pylist():
        hour, minute, second = map(int, [*text.split(":"), 0][:3])
        real = hour < 24 and minute < 60 and second < 60
        parsed.append(hour * 3600 + minute * 60 + second if real else None)
    unread = np.array([value is None for value in parsed], dtype=bool)
    return Typed(pa.array(parsed, pa.int64()), [(unread, "not_a_date")])
