"""Which figures that had been reported a load moved, and by how much: late rows made visible.

A month counts as reported when an earlier load has data of a later day or of the month itself. Only
the months that the load touches are worked out, each as known before and after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

import ibis.expr.types as ir

from stockturn.engines import DuckDBEngine, bound
from stockturn.ledger.tables import month_of, stacked, table
from stockturn.metrics.answer import ask
from stockturn.metrics.query import EVERYTHING, MetricQuery, Period, Scope

MEASURES: Final = ("closing_inventory", "closing_quantity", "cogs", "revenue", "turnover")
"""What is compared; the first ones tell the cause, turnover what follows."""

MONTHS_AT_MOST: Final = 24
"""Touched months that are worked out, the latest ones."""


@dataclass(frozen=True)
class Moved:
    """One figure of one month before and after a load; None where it was not defined."""

    month: date
    measure: str
    before: Decimal | None
    after: Decimal | None


def moved_figures(engine: DuckDBEngine, load_no: int, scope: Scope = EVERYTHING) -> list[Moved]:
    """Return the figures of reported months that a load moved, by month and measure.

    Args:
        engine: The warehouse.
        load_no: A committed load; the first load moves nothing.
        scope: What the caller may see.
    """
    times = _times(engine, load_no)
    if times is None:
        return []
    months = _touched(engine, load_no)[-MONTHS_AT_MOST:]
    moved = []
    for month in months:
        period = Period(month, _after(month))
        before, after = (
            _figures(engine, MetricQuery(MEASURES, period, known_at=at), scope) for at in times
        )
        moved += [
            Moved(month, measure, before[measure], after[measure])
            for measure in MEASURES
            if before[measure] != after[measure]
        ]
    return moved


def _after(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _times(engine: DuckDBEngine, load_no: int) -> tuple[datetime, datetime] | None:
    """Return when the load before and the load itself were committed; None for the first."""

    def build() -> ir.Table:
        rows = table("load").filter(lambda t: t.load_no <= bound("load_no", "int32"))
        return rows.select("load_no", "committed_at").order_by(rows.load_no.desc()).limit(2)

    rows = engine.query(build, {"load_no": load_no}, shape="moved_times").to_pylist()
    if len(rows) < 2 or rows[0]["load_no"] != load_no:
        return None
    after, before = (row["committed_at"].replace(tzinfo=UTC) for row in rows)
    return before, after


def _touched(engine: DuckDBEngine, load_no: int) -> list[date]:
    """Return the months with data of before that the load has rows in."""

    def build() -> ir.Table:
        loads = table("load").filter(lambda t: t.load_no < bound("load_no", "int32"))
        known = loads.aggregate(last=loads.last_day.max())
        own = [
            table(name).filter(lambda t: t.load_no == bound("load_no", "int32"))
            for name in ("movement", "sale")
        ]
        days = stacked(*(rows.select(month=month_of(rows.happened_on)) for rows in own))
        rows = days.distinct().cross_join(known)
        return rows.filter(rows.month <= rows["last"]).select("month").order_by("month")

    found = engine.query(build, {"load_no": load_no}, shape="moved_months")
    # The engine gives a truncated day as an instant, whatever the expression says.
    return [date(each.year, each.month, 1) for each in found.column("month").to_pylist() if each]


def _figures(engine: DuckDBEngine, query: MetricQuery, scope: Scope) -> dict[str, Decimal | None]:
    values = ask(engine, query, scope).totals[0].values
    return {measure: values[measure].number for measure in query.measures}
