"""The calendar of the generated company: days, months, Spring Festival, seasons, promotions.

A day is an integer counted from the first simulated day (0). Day -1 is the cut-over day that
carries the opening stock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stockturn.language import Text, UsageError

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

SPRING_FESTIVALS: Final = (
    date(2015, 2, 19), date(2016, 2, 8), date(2017, 1, 28), date(2018, 2, 16), date(2019, 2, 5),
    date(2020, 1, 25), date(2021, 2, 12), date(2022, 2, 1), date(2023, 1, 22), date(2024, 2, 10),
    date(2025, 1, 29), date(2026, 2, 17), date(2027, 2, 6), date(2028, 1, 26), date(2029, 2, 13),
    date(2030, 2, 3), date(2031, 1, 23), date(2032, 2, 11), date(2033, 1, 31), date(2034, 2, 19),
    date(2035, 2, 8),
)  # fmt: skip
"""First day of the Chinese lunar year (public calendar)."""

FACTORY_CLOSED: Final = (-6, 9)
"""Days around Spring Festival, both included, without production and supplier deliveries."""

SEASONS: Final[dict[str, tuple[float, ...]]] = {
    "kitchen": (1.15, 0.90, 0.95, 0.92, 0.95, 1.10, 0.88, 0.88, 0.95, 1.00, 1.22, 1.10),
    "heating": (1.90, 1.20, 0.50, 0.25, 0.15, 0.15, 0.15, 0.20, 0.60, 1.60, 2.60, 2.60),
    "cooling": (0.20, 0.25, 0.50, 1.00, 2.00, 2.60, 2.40, 1.40, 0.55, 0.25, 0.20, 0.20),
    "humid": (1.60, 1.30, 0.90, 0.70, 0.60, 0.60, 0.60, 0.70, 0.90, 1.20, 1.45, 1.45),
    "care": (1.05, 0.95, 1.00, 0.95, 1.00, 1.10, 0.92, 0.92, 0.98, 0.98, 1.15, 1.00),
    "medical": (1.35, 1.20, 1.10, 1.00, 0.90, 0.80, 0.80, 0.80, 0.90, 1.00, 1.20, 1.30),
    "flat": (1.0,) * 12,
}
"""Demand of a month against the average month."""


@dataclass(frozen=True)
class Promotion:
    """One promotion of one category; ``begin`` and ``end`` are both promotion days."""

    begin: int
    end: int
    category: str
    discount: float
    uplift: float


@dataclass(frozen=True)
class Days:
    """Everything that depends on the date alone; arrays have one entry a day.

    ``season`` and ``outlook`` (mean of the coming weeks) are season x day, in the order of SEASONS;
    ``promotion_outlook`` is category x day, the share that planned promotions add to demand.
    """

    first: date
    last: date
    weekday: Ints
    month: Ints
    day_of_month: Ints
    festival: Ints
    season: Floats
    outlook: Floats
    promotion_outlook: Floats
    promotions: tuple[Promotion, ...]
    _texts: dict[int, str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Number of simulated days."""
        return len(self.weekday)

    def date_of(self, day: int) -> date:
        """Return the date of ``day``."""
        return self.first + timedelta(days=int(day))

    def stamp(self, day: int) -> str:
        """Return the date of ``day`` as YYYYMMDD."""
        return self.text(day).replace("-", "")

    def text(self, day: int) -> str:
        """Return the date of ``day`` as YYYY-MM-DD; asked for half a million times, so kept."""
        known = self._texts.get(day)
        if known is None:
            known = self._texts[day] = self.date_of(day).isoformat()
        return known

    def factory_open(self, day: int) -> bool:
        """Return whether plants and suppliers work: not Sundays, not around Spring Festival."""
        begin, end = FACTORY_CLOSED
        return self.weekday[day] != 6 and not begin <= self.festival[day] <= end

    def roads_open(self, day: int) -> bool:
        """Return whether the company's own trucks drive."""
        return not -2 <= self.festival[day] <= 6


def build_days(end: date, months: int, categories: tuple[str, ...]) -> Days:
    """Return the calendar of the ``months`` calendar months that end with ``end``.

    Raises:
        UsageError: the span leaves the years whose Spring Festival is known here.
    """
    index = end.year * 12 + end.month - months
    first = date(index // 12, index % 12 + 1, 1)
    if first.year <= SPRING_FESTIVALS[0].year or end.year >= SPRING_FESTIVALS[-1].year:
        raise UsageError(
            Text("生成数据的年份须在 2016 至 2034 之间", "generated years must be within 2016-2034")
        )
    count = (end - first).days + 1
    dates = [first + timedelta(days=k) for k in range(count + 60)]
    festival = np.array([_festival_offset(day) for day in dates])
    season = np.array([[_season(curve, day) for day in dates] for curve in SEASONS.values()])
    shaped = season * festival_factor(festival)[0]
    running = np.concatenate([np.zeros((len(season), 1)), np.cumsum(shaped, axis=1)], axis=1)
    outlook = (running[:, 40 : count + 40] - running[:, 5 : count + 5]) / 35
    head = dates[:count]
    promotions = _promotions(first, end, categories)
    return Days(
        first=first,
        last=end,
        weekday=np.array([day.weekday() for day in head]),
        month=np.array([(d.year - first.year) * 12 + d.month - first.month for d in head]),
        day_of_month=np.array([day.day for day in head]),
        festival=festival[:count],
        season=season[:, :count],
        outlook=outlook,
        promotion_outlook=_promotion_outlook(promotions, count, categories),
        promotions=promotions,
    )


def festival_factor(offset: Ints) -> Floats:
    """Return demand around Spring Festival as two rows: trade customers, retail customers.

    The run-up lasts from five weeks to one week before; then customers are away for two weeks.
    """
    bounds = [offset < -35, offset < -7, offset < 0, offset < 7, offset < 16]
    trade = np.select(bounds, [1.0, 1.35, 0.55, 0.08, 0.5], 1.0)
    retail = np.select(bounds, [1.0, 1.25, 1.05, 0.45, 0.75], 1.0)
    return np.array([trade, retail])


def _promotion_outlook(
    promotions: tuple[Promotion, ...], count: int, categories: tuple[str, ...]
) -> Floats:
    """Count the promotion days among the 35 days from the fifth day on; planners are cautious."""
    added = np.zeros((len(categories), count + 60))
    for entry in promotions:
        row = categories.index(entry.category)
        added[row, entry.begin : entry.end + 1] = 0.65 * (entry.uplift - 1)
    running = np.concatenate([np.zeros((len(added), 1)), np.cumsum(added, axis=1)], axis=1)
    share: Floats = (running[:, 40 : count + 40] - running[:, 5 : count + 5]) / 35
    return share


def _festival_offset(day: date) -> int:
    return min(((day - eve).days for eve in SPRING_FESTIVALS), key=abs)


def _season(curve: tuple[float, ...], day: date) -> float:
    """Interpolate linearly between the middles of the months."""
    position = day.month - 1 + (day.day - 15.5) / 30.5
    low = int(np.floor(position))
    share = position - low
    return curve[low % 12] * (1 - share) + curve[(low + 1) % 12] * share


def _promotions(first: date, last: date, categories: tuple[str, ...]) -> tuple[Promotion, ...]:
    kitchen, living, care = categories[:3]
    rows: list[tuple[date, date, str, float, float]] = []
    for year in range(first.year, last.year + 1):
        festival = next(day for day in SPRING_FESTIVALS if day.year == year)
        new_year = (festival - timedelta(days=30), festival - timedelta(days=12))
        for category, discount, uplift in ((kitchen, 0.85, 1.9), (living, 0.86, 1.7)):
            rows.append((date(year, 6, 1), date(year, 6, 18), category, discount, uplift))
            rows.append((date(year, 11, 1), date(year, 11, 11), category, discount, uplift + 0.4))
        rows.append((*new_year, kitchen, 0.90, 1.4))
        rows.append((*new_year, care, 0.90, 1.3))
        rows.append((date(year, 3, 1), date(year, 3, 8), care, 0.82, 2.1))
        rows.append((date(year, 11, 1), date(year, 11, 11), care, 0.80, 2.2))
    inside = [row for row in sorted(rows) if row[0] >= first and row[1] <= last]
    return tuple(
        Promotion((begin - first).days, (end - first).days, category, discount, uplift)
        for begin, end, category, discount, uplift in inside
    )
