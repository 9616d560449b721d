"""What a turnover case says: flows, averages and the length of its period."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from stockturn.metrics import formulas
from stockturn.metrics.query import Basis, Period, Value


@dataclass
class Facts:
    """Flows and averages by name, and the period.

    Attributes:
        flows: ``cost`` (net), ``cost_gross``, ``quantity``, ``sales``; absent means not given.
        averages: ``given``, ``two_point``, ``n_point``, ``chain``, ``daily``, ``held``.
        method: The average that keys without one of their own use.
        period_days: Length of the period, or None when only a share of a year is known.
        periods_per_year: Periods in a year, or None when days are given.
        year_days: Days of a year, 365 unless the case says 360.
        held_days: Days from the first receipt on, for items new in the period.
    """

    flows: dict[str, Decimal | None] = field(default_factory=dict)
    averages: dict[str, Value] = field(default_factory=dict)
    method: str | None = None
    basis: str | None = None
    annualise: bool = False
    dropship: Decimal | None = None
    period_days: Decimal | None = None
    periods_per_year: Decimal | None = None
    year_days: Decimal = Decimal(365)
    held_days: Decimal | None = None
    span: Period | None = None
    unit: str | None = None
    margin: Value | None = None
    inventories: Decimal | None = None

    def days(self, year: Decimal) -> Decimal:
        """Days of the period on a year of ``year`` days.

        Without any length the case speaks of a year. A calendar year of 365 or 366 days is one
        year on 360 too.
        """
        if self.span is not None:
            basis = Basis(days=360) if year == 360 else Basis()
            return Decimal(formulas.period_days(self.span, basis))
        if self.periods_per_year is not None:
            return year / self.periods_per_year
        if self.period_days is None or (year == 360 and self.period_days in {365, 366}):
            return year
        return self.period_days
