"""The query path's promise: what the product asks against what one would write by hand."""

from __future__ import annotations

from datetime import date

from benchmarks.timing import Line, ratio, seconds
from stockturn.engines import DuckDBEngine
from stockturn.metrics.answer import ask
from stockturn.metrics.query import Filter, MetricQuery, Period

YEAR = Period(date(2025, 1, 1), date(2026, 1, 1))

BY_HAND = """
WITH flows AS (
    SELECT i.category, i.kind AS stage, f.kind, sum(f.value) AS value
    FROM flow_month f JOIN item i USING (item_id)
    WHERE f.month >= DATE '2025-01-01' AND f.month < DATE '2026-01-01'
      AND f.kind IN ('sale', 'sale_issue', 'customer_return', 'production_issue',
                     'production_return', 'production_receipt', 'receipt', 'supplier_return')
    GROUP BY ALL
), months AS (
    SELECT i.category, i.kind AS stage, m.month, sum(m.quantity_0) q0, sum(m.quantity_1) q1,
           sum(m.value_0) v0, sum(m.value_1) v1, sum(m.uncosted_0) u0
    FROM stock_moment m JOIN item i USING (item_id)
    WHERE m.month < DATE '2026-01-01' GROUP BY ALL
), edges AS (
    SELECT unnest([DATE '2025-01-01', DATE '2026-01-01']) AS edge
), stock AS (
    SELECT category, stage, edge, sum(q0) q, sum(v0) v, sum(u0) u,
           sum(q0 * (edge - month) - q1) qi, sum(v0 * (edge - month) - v1) vi
    FROM months JOIN edges ON month < edge GROUP BY ALL
), negative AS (
    SELECT count(*) AS n FROM (
        SELECT item_id, location_id, status FROM stock_moment WHERE month < DATE '2026-01-01'
        GROUP BY ALL HAVING sum(quantity_0) < 0)
)
SELECT * FROM stock LEFT JOIN flows USING (category, stage), negative
"""
"""The same sums that the product asks for: stock and integral per category, flows, negatives."""


def overview(engine: DuckDBEngine) -> list[Line]:
    """Turnover by category for a year, with its coverage."""
    query = MetricQuery(
        ("turnover", "days_of_inventory", "closing_inventory", "cogs"), YEAR, by=("category",)
    )
    cursor = engine._connection.cursor()
    ask(engine, query)
    cursor.execute(BY_HAND).fetchall()
    found, own, base = ratio(
        lambda: ask(engine, query), lambda: cursor.execute(BY_HAND).fetchall(), rounds=15
    )
    trend = MetricQuery(
        ("turnover",), YEAR, grain="month", where=(Filter("category", ("C1",)),),
        compare=("prior_year",),
    )  # fmt: skip
    ask(engine, trend)
    note = f"{1000 * own:.0f} ms / {1000 * base:.0f} ms"
    return [
        Line("overview query / hand-written SQL on the same marts", found, "x", 1.3, note=note),
        Line("overview query, median", 1000 * own, "ms", note="goal 100 ms on a quiet machine"),
        Line("12-month trend of one category with prior year, median",
             1000 * seconds(lambda: ask(engine, trend), 7), "ms"),
    ]  # fmt: skip


def calibration(engine: DuckDBEngine) -> Line:
    """A fixed amount of plain work, so that absolute times can be read."""
    cursor = engine._connection.cursor()
    work = "SELECT sum(hash(i)::DECIMAL(38, 0)) FROM range(20000000) r(i)"
    return Line(
        "calibration: hash 20 million numbers",
        1000 * seconds(lambda: cursor.execute(work).fetchall()),
        "ms",
    )
