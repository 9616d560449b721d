"""Text to days: one form per column and file, found from all its values and never guessed.

``03/04/2024`` alone says nothing: a form is chosen only if the column holds a value that rules
the other one out, or the mapping states it.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stockturn.intake.chunk import Mask
from stockturn.intake.day_texts import bare_day, clock_of, clock_texts, without_time
from stockturn.intake.typed import Typed, as_mask, by_distinct, failing, is_text, spoilt

SERIAL: Final = "serial"
"""The number of a day as spreadsheets count them from 1900, where a CSV shows it bare."""
EPOCH: Final = "epoch"
"""Seconds or milliseconds since 1970 in UTC, as systems hand instants on."""
YEAR_FIRST: Final = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日")
EITHER_WAY: Final = (
    *((f"%d{mark}%m{mark}%Y", f"%m{mark}%d{mark}%Y") for mark in "/-."),
    *((f"%d{mark}%m{mark}%y", f"%m{mark}%d{mark}%y", f"%y{mark}%m{mark}%d") for mark in "/-."),
)
"""Forms of which the same text can be a day of each."""
NAMED_MONTH: Final = (
    *("%d-%b-%Y", "%d %b %Y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y", "%d/%b/%Y"),
    *("%d-%b-%y", "%d %b %y", "%d/%b/%y"),
)
MONTHS: Final = (
    *("%Y-%m", "%Y/%m", "%Y.%m", "%Y%m", "%Y年%m月", "%Y年第%m期", "%Y年%m期"),
    *("%b-%y", "%b-%Y", "%b %Y", "%B %Y"),
)
CANDIDATES: Final = (
    *YEAR_FIRST,
    *(form for group in EITHER_WAY for form in group),
    *NAMED_MONTH,
    SERIAL,
    EPOCH,
)

MOST_STRAYS: Final = 0.05
"""Rows in another form than the rest: up to this share they are rejected, beyond it held."""

_DIGITS: Final = {"%Y%m%d": 8, "%Y%m": 6}
_BARE_PERIOD: Final = re.compile(
    r"(\d{2,4}年)?(1[0-2]|0?[1-9])月份?|([12]\d|3[01]|0?[1-9])日|m(1[0-2]|0?[1-9])"
    r"|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*",
    re.IGNORECASE,
)
_FIRST_MARK: Final = re.compile(r"\D")
_FIRST_DAY: Final = dt.date(1970, 1, 1)
_SERIALS: Final = range(20_000, 80_000)  # 1954 to 2119
_SERIAL_START: Final = dt.date(1899, 12, 30)
_EPOCH_TEXT: Final = re.compile(r"([1-3]\d{9})(?:\.\d+)?|([1-3]\d{9})\d{3}(?:\.0+)?")
"""2001 to 2096."""


@dataclass(frozen=True)
class DateForm:
    """How the dates of one column of one file are written.

    Attributes:
        forms: strptime formats that are read; ISO beside the column's own in workbooks, whose
            typed dates arrive as ISO.
        strays: other forms seen in few rows, which are rejected as mixed.
        trouble: why the column cannot be read (``ambiguous_date``, ``mixed_dates``), else None.
        example: values that show the trouble.
        either: the forms that cannot be told apart.
    """

    forms: tuple[str, ...]
    strays: tuple[str, ...] = ()
    trouble: Literal["ambiguous_date", "mixed_dates"] | None = None
    example: str = ""
    either: tuple[str, ...] = ()


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


def written_days(array: Any) -> Any:
    """Return a column of numbers as the text of its whole part, any other column as it is."""
    if pa.types.is_floating(array.type) or pa.types.is_decimal(array.type):
        array = pc.cast(array, pa.int64(), safe=False)
    return array.cast(pa.string()) if pa.types.is_integer(array.type) else array


def date_texts(array: Any) -> Counter[str]:
    """Count the distinct date texts of a text column, times of day cut off."""
    counts = pc.value_counts(array.drop_null())
    texts = without_time(counts.field("values")).to_pylist()
    found: Counter[str] = Counter()
    for text, number in zip(texts, counts.field("counts").to_pylist(), strict=True):
        if text and not text.startswith("\x01"):
            found[bare_day(text)] += number
    return found


def find_form(
    texts: Counter[str],
    stated: tuple[str, ...],
    *,
    months: bool,
    workbook: bool,
    latest: dt.date | None = None,
) -> DateForm:
    """Find the one form in which a column's dates are written.

    Args:
        texts: distinct texts with their number of rows.
        stated: the forms the mapping accepts; empty = any known.
        months: a month without a day is accepted.
        workbook: ISO is always read, for it is how typed cells arrive.
        latest: the last day that a year of two digits can be meant for; None = any.
    """
    candidates = stated or (*CANDIDATES, *(MONTHS if months else ()))
    read = {form: _read_by(form, texts, None if stated else latest) for form in candidates}
    typed = {text for text in texts if workbook and parse_date(text, "%Y-%m-%d") is not None}
    rest = Counter({text: number for text, number in texts.items() if text not in typed})
    weight = {form: sum(rest[text] for text in found) for form, found in read.items()}
    best = max(candidates, key=lambda form: weight[form])
    always = ("%Y-%m-%d",) if typed else ()
    if weight[best] == 0:
        return DateForm(always or candidates[:1])
    if not stated:
        group = next((group for group in EITHER_WAY if best in group), ())
        for rival in group:
            if rival != best and (trouble := _unclear(best, rival, read, rest)):
                return trouble
    others = {text for found in read.values() for text in found if rest[text]} - read[best]
    share = sum(rest[text] for text in others) / sum(texts.values())
    if share > MOST_STRAYS:
        pair = (min(read[best] - typed), min(others))
        return DateForm((best,), trouble="mixed_dates", example=", ".join(pair))
    strays = tuple(form for form in candidates if form != best and read[form] & others)
    return DateForm((best, *(form for form in always if form != best)), strays)


def _read_by(form: str, texts: Counter[str], latest: dt.date | None) -> set[str]:
    """Return the texts that are days in one form, years of two digits within reason."""
    days = {text: parse_date(text, form) for text in texts}
    near = latest if "%y" in form else None
    return {text for text, day in days.items() if day and (near is None or day <= near)}


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
        either = (best, rival)
        return DateForm((best,), trouble="ambiguous_date", example=min(differ), either=either)
    return None


def parse_date(text: str, form: str) -> dt.date | None:
    """Return the day a text states in one form, a month's last day for a month, else None."""
    if form == SERIAL:
        whole = text.partition(".")[0]
        serial = int(whole) if len(whole) == 5 and text.replace(".", "", 1).isdecimal() else 0
        return _SERIAL_START + dt.timedelta(serial) if serial in _SERIALS else None
    if form == EPOCH:
        instant = epoch_instant(text)
        return None if instant is None else instant.date()
    if form in _DIGITS and (len(text) != _DIGITS[form] or not text.isdigit()):
        return None
    if not _may_be(text, form):
        return None
    try:
        day = dt.datetime.strptime(text, form).date()  # noqa: DTZ007 - a local day has no zone
    except ValueError:
        return None
    if "%d" not in form:
        return day.replace(day=calendar.monthrange(day.year, day.month)[1])
    return day


def epoch_instant(text: str) -> dt.datetime | None:
    """Return the instant that a text counts in seconds or milliseconds, to the second, in UTC.

    >>> epoch_instant("1485630413.0").isoformat()
    '2017-01-28T19:06:53+00:00'
    """
    found = _EPOCH_TEXT.fullmatch(text)
    return dt.datetime.fromtimestamp(int(found[1] or found[2]), dt.UTC) if found else None


def _may_be(text: str, form: str) -> bool:
    """Tell whether the first mark of a text is that of a form: most forms are ruled out by it."""
    if form in _DIGITS or form.startswith(("%b", "%B")):
        return True
    mark = _FIRST_MARK.search(text)
    return mark is not None and mark[0] == form[2]


def is_period(header: str) -> bool:
    """Tell whether a header is a month or a day: a table that is laid on its side.

    >>> [is_period(header) for header in ("1月", "2024-01", "Jan-24", "15日", "数量")]
    [True, True, True, True, False]
    """
    plain = bare_day(without_time(pa.array([header]))[0].as_py())
    if _BARE_PERIOD.fullmatch(plain):
        return True
    forms = (form for form in (*MONTHS, *CANDIDATES) if form not in {SERIAL, EPOCH})
    return any(parse_date(plain, form) is not None for form in forms)


def type_date(
    array: Any, form: DateForm, *, latest: dt.date | None, day: BusinessDay | None = None
) -> Typed:
    """Type a column as days.

    Args:
        array: text, or days and instants of a typed file; numbers are read by their digits.
        form: how texts are written.
        latest: for days on which something happened: the last possible one. None = any day.
        day: to which day a time of day belongs; None = the day that is written.
    """
    array = written_days(array)
    kind = array.type
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


def day_before(days: Any) -> Any:
    """Return the day before each day."""
    return pc.subtract(days.cast(pa.int32()), pa.scalar(1, pa.int32())).cast(pa.date32())


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
    cut = without_time(texts)
    days: list[dt.date | None] = []
    mixed: list[bool] = []
    known: dict[str, dt.date | None] = {}
    for text, whole in zip(map(bare_day, cut.to_pylist()), texts.to_pylist(), strict=True):
        if EPOCH in form.forms and (instant := epoch_instant(text)):
            days.append(instant.date() if business is None else business.of(instant))
            mixed.append(False)
            continue
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
    clock = clock_of(whole)
    if clock is None or (business.cutoff_hour == 0 and clock.offset is None):
        return day
    if clock.offset is None and not clock.hour and not clock.minute:
        # A day exported with a clock at zero is a day.
        return day
    zone = None if clock.offset is None else dt.timezone(clock.offset)
    return business.of(
        dt.datetime(day.year, day.month, day.day, clock.hour, clock.minute, tzinfo=zone)
    )


def _first(text: str, forms: tuple[str, ...]) -> dt.date | None:
    return next((day for form in forms if (day := parse_date(text, form)) is not None), None)


def type_instant(array: Any, form: DateForm, *, zone: str = "UTC") -> Typed:
    """Type a column as an instant of the source's clock: a day with or without a time of day.

    Args:
        array: text, days or instants.
        form: how texts are written.
        zone: whose clock shows an instant that is counted from 1970.
    """
    array = written_days(array)
    if EPOCH in form.forms and is_text(array):
        return by_distinct(array, lambda texts: _counted(texts, zone))
    if not is_text(array):
        days = type_date(array, form, latest=None)
        if pa.types.is_timestamp(array.type):
            return Typed(array.cast(pa.timestamp("us"), safe=False), days.failures)
        return Typed(days.array.cast(pa.timestamp("us")), days.failures)
    days = type_date(array, form, latest=None)
    times = by_distinct(clock_texts(array), _seconds)
    instants = pc.add(
        days.array.cast(pa.timestamp("us")),
        pc.fill_null(times.array, 0).cast(pa.duration("s")).cast(pa.duration("us")),
    )
    return failing(instants, [*days.failures, *times.failures])


def _counted(texts: Any, zone: str) -> Typed:
    found = [epoch_instant(text.strip()) for text in texts.to_pylist()]
    local = [at and at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for at in found]
    unread = np.array([at is None for at in found], dtype=bool)
    return failing(pa.array(local, pa.timestamp("us")), [*spoilt(texts), (unread, "not_a_date")])


def _seconds(texts: Any) -> Typed:
    clocks = [clock_of(text) for text in texts.to_pylist()]
    unread = np.array([clock is None for clock in clocks], dtype=bool)
    seconds = [None if clock is None else clock.seconds for clock in clocks]
    return Typed(pa.array(seconds, pa.int64()), [(unread, "not_a_date")])
