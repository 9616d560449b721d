"""The overview's address read into values: what the page shows follows from this alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import Depends, Query
from pydantic import BeforeValidator

from stockturn.metrics.query import (
    FINANCIAL,
    MANAGEMENT,
    READINGS,
    Basis,
    Clock,
    Compare,
    Filter,
    Grain,
    Period,
)
from stockturn.server.contract import PeriodShape
from stockturn.server.shapes import conditions_of, period_of, written

Reading = Literal["management", "financial"]


@dataclass(frozen=True)
class State:
    """What the overview is asked to show. ``compare`` None shows no comparison."""

    period: Period
    grain: Grain
    compare: Compare | None
    basis: Basis
    by: str
    where: tuple[Filter, ...]
    clock: Clock = "company"

    @property
    def other_basis(self) -> Basis:
        """The other reading: the financial one, or the daily one where that is shown."""
        financial = replace(FINANCIAL, basis=self.basis.basis)
        return replace(MANAGEMENT, basis=self.basis.basis) if self.basis == financial else financial

    def link(self, where: tuple[Filter, ...], by: str | None) -> str:
        """Return the page's address narrowed by ``where`` and grouped by ``by``.

        The page's own parameter names are those of the API but for the period: ``from``, ``to``.
        """
        added = {condition.dimension for condition in where}
        kept = tuple(c for c in self.where if c.dimension not in added or c.exclude)
        basis = self.basis
        parameters = [
            ("from", self.period.begin.isoformat()),
            ("to", self.period.end.isoformat()),
            ("grain", self.grain),
            ("compare", self.compare or "none"),
            ("average", basis.average),
            ("basis", basis.basis),
            ("days", str(basis.days)),
            ("annualise", str(basis.annualise).lower()),
            ("year_to_date", str(basis.year_to_date).lower()),
            ("by", by or self.by),
            ("clock", self.clock),
            *(("where", condition) for condition in written((*kept, *where))),
        ]
        return "?" + urlencode(parameters)


@dataclass(frozen=True)
class Address:
    """The overview's parameters as they came; each may be absent."""

    begin: date | None
    end: date | None
    grain: Grain
    compare: Literal["none", "prior_period", "prior_year"]
    reading: Reading | None
    average: Literal["daily", "two-point", "n-point"] | None
    basis: Literal["cost", "quantity", "sales"] | None
    days: Literal[365, 360] | None
    annualise: bool | None
    year_to_date: bool | None
    by: str
    where: tuple[str, ...]
    clock: Clock

    def state(self, data_as_of: date, leading: Reading) -> State:
        """Fill what is absent: the year up to the last day of data, on the leading reading.

        Raises:
            InvalidField: the period is empty, or a condition cannot be read.
        """
        end = self.end or data_as_of + timedelta(days=1)
        begin = self.begin or _year_before(end)
        given = {
            name: value
            for name in ("average", "basis", "days", "annualise", "year_to_date")
            if (value := getattr(self, name)) is not None
        }
        return State(
            period=period_of(PeriodShape(begin=begin, end=end)),
            grain=self.grain,
            compare=None if self.compare == "none" else self.compare,
            basis=replace(READINGS[self.reading or leading], **given),
            by=self.by,
            where=conditions_of(self.where),
            clock=self.clock,
        )


def read_address(
    begin: date | None = None,
    end: Annotated[date | None, Query(description="exclusive")] = None,
    grain: Grain = "month",
    compare: Literal["none", "prior_period", "prior_year"] = "prior_year",
    reading: Annotated[
        Reading | None, Query(description="a ready basis; what follows changes parts of it")
    ] = None,
    average: Literal["daily", "two-point", "n-point"] | None = None,
    basis: Literal["cost", "quantity", "sales"] | None = None,
    days: Annotated[
        # A number in the address is text until it is read.
        Annotated[Literal[365, 360], BeforeValidator(int)] | None,
        Query(description="length of the year"),
    ] = None,
    annualise: bool | None = None,
    year_to_date: bool | None = None,
    by: Annotated[str, Query(description="dimension to compare")] = "category",
    where: Annotated[
        list[str] | None, Query(description="dimension=member; dimension!=member excludes")
    ] = None,
    clock: Annotated[Clock, Query(description="what value by age counts from")] = "company",
) -> Address:
    """Return the address that a request states; without arguments, the page as it opens."""
    return Address(
        begin=begin,
        end=end,
        grain=grain,
        compare=compare,
        reading=reading,
        average=average,
        basis=basis,
        days=days,
        annualise=annualise,
        year_to_date=year_to_date,
        by=by,
        where=tuple(where or ()),
        clock=clock,
    )


AddressHere = Annotated[Address, Depends(read_address)]


def _year_before(day: date) -> date:
    """The same day a year earlier; 29 February becomes 1 March, so that the year stays whole."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return date(day.year - 1, 3, 1)
