"""Options of ``show`` read into a question."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast, get_args

from stockturn.language import Text, UsageError
from stockturn.metrics.calendar import period_of
from stockturn.metrics.query import (
    READINGS,
    Average,
    Basis,
    Clock,
    Compare,
    CostBasis,
    DayCount,
    Filter,
    Grain,
    MetricQuery,
    Period,
)

_CONDITION = re.compile(r"\s*(?P<dimension>[^=!]+?)\s*(?P<sign>!?=)(?P<members>.*)", re.DOTALL)
_COMMA = re.compile(r"(?<!\\),")

_PERIOD_TWICE = Text(
    "--period 与 --from/--to 只能用一种。", "Use either --period or --from and --to."
)
_HALF_SPAN = Text("--from 与 --to 要一起给。", "--from and --to go together.")
_BACKWARDS = Text("--to 早于 --from。", "--to lies before --from.")
_BAD_DATE = Text(
    "{option} 的日期“{text}”看不懂，请写成 2013-06-30。",
    "{option}: cannot read the date '{text}'; write it like 2013-06-30.",
)
_BAD_INSTANT = Text(
    "--known-at 的时间“{text}”看不懂，请写成 2013-06-30T08:00（UTC，或带时区 +08:00）。",
    "--known-at: cannot read '{text}'; write it like 2013-06-30T08:00 (UTC, or with +08:00).",
)
_BAD_CONDITION = Text(
    "--where“{text}”看不懂，请写成 维度=成员 或 维度!=成员，多个成员用逗号分开。",
    "--where: cannot read '{text}'; write DIMENSION=MEMBER or DIMENSION!=MEMBER, members parted "
    "by commas.",
)
_BAD_CHOICE = Text(
    "{option} 不能为“{text}”，可用：{known}。", "{option} cannot be '{text}'; known: {known}."
)


@dataclass(frozen=True)
class Asked:
    """The options of ``show`` as given; None where an option was not."""

    measures: str
    by: str | None = None
    first: str | None = None
    last: str | None = None
    period: str | None = None
    grain: str | None = None
    reading: str | None = None
    average: str | None = None
    basis: str | None = None
    days: str | None = None
    annualise: bool | None = None
    year_to_date: bool | None = None
    where: tuple[str, ...] = ()
    clock: str = "company"
    compare: tuple[str, ...] = ()
    known_at: str | None = None
    order: str | None = None
    limit: int | None = None

    def query(self, leading: str, data_as_of: Callable[[], date]) -> MetricQuery:
        """Return the question.

        Args:
            leading: The workspace's leading reading, used where no basis option is given.
            data_as_of: Asked for the last day with data where no period is given; the year up to
                it is then asked about.

        Raises:
            UsageError: an option cannot be read, or two contradict each other.
        """
        return MetricQuery(
            measures=tuple(_listed(self.measures)),
            by=tuple(_listed(self.by or "")),
            period=self._span() or _year_up_to(data_as_of()),
            grain=cast("Grain | None", self.grain),
            basis=self._basis(leading),
            where=conditions(self.where),
            clock=cast("Clock", self.clock),
            compare=self._compare(),
            known_at=None if self.known_at is None else _instant(self.known_at),
            order_by=self.order,
            limit=self.limit,
        )

    def _span(self) -> Period | None:
        """The period asked about; ``--to`` is the last day, counted in."""
        if self.period is not None:
            if self.first is not None or self.last is not None:
                raise UsageError(_PERIOD_TWICE)
            return period_of(self.period)
        if self.first is None and self.last is None:
            return None
        if self.first is None or self.last is None:
            raise UsageError(_HALF_SPAN)
        first, last = _day("--from", self.first), _day("--to", self.last)
        if last < first:
            raise UsageError(_BACKWARDS)
        return Period(first, last + timedelta(days=1))

    def _basis(self, leading: str) -> Basis:
        given: dict[str, Any] = {
            "average": cast("Average | None", self.average),
            "basis": cast("CostBasis | None", self.basis),
            "days": None if self.days is None else cast("DayCount", int(self.days)),
            "annualise": self.annualise,
            "year_to_date": self.year_to_date,
        }
        chosen = {name: value for name, value in given.items() if value is not None}
        return replace(READINGS[self.reading or leading], **chosen)

    def _compare(self) -> tuple[Compare, ...]:
        known = get_args(Compare)
        wanted = [name.replace("-", "_") for text in self.compare for name in _listed(text)]
        for name in wanted:
            if name not in known:
                raise UsageError(
                    _BAD_CHOICE.fill(option="--compare", text=name, known=", ".join(known))
                )
        return tuple(cast("Compare", name) for name in dict.fromkeys(wanted))


def conditions(written: Sequence[str]) -> tuple[Filter, ...]:
    r"""Read ``dimension=a,b`` and ``dimension!=a``; ``\,`` is a comma inside a member.

    Conditions on one dimension with the same sign are alternatives and become one filter.

    Raises:
        UsageError: one is not of that form.
    """
    members: dict[tuple[str, bool], list[str]] = {}
    for text in written:
        found = _CONDITION.fullmatch(text)
        if found is None:
            raise UsageError(_BAD_CONDITION.fill(text=text))
        names = [name.replace("\\,", ",").strip() for name in _COMMA.split(found["members"])]
        members.setdefault((found["dimension"], found["sign"] == "!="), []).extend(names)
    return tuple(Filter(key, tuple(names), exclude) for (key, exclude), names in members.items())


def _listed(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(_BAD_DATE.fill(option=option, text=text)) from None


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(_BAD_INSTANT.fill(text=text)) from None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def _year_up_to(last: date) -> Period:
    end = last + timedelta(days=1)
    try:
        return Period(end.replace(year=end.year - 1), end)
    except ValueError:  # 29 February
        return Period(date(end.year - 1, 3, 1), end)
