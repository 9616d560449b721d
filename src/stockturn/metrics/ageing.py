"""Value by age at the end of a span, per group: buckets that add up to the stock value."""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from stockturn.engines import DuckDBEngine
from stockturn.ledger import loads
from stockturn.ledger.ageing import age_days, layers_at
from stockturn.ledger.schema import MARTS
from stockturn.ledger.tables import table
from stockturn.metrics.facts import Cut, Grouping, group_sums
from stockturn.metrics.measures import AGE_BUCKETS

CLOCKS = ("company_days", "site_days", "lot_days", "lot_value")


def age_sums(
    engine: DuckDBEngine, grouping: Grouping, edge: date, after: date, cut: Cut
) -> pa.Table:
    """Sum the value of stock layers per group and age bucket.

    Args:
        engine: The warehouse.
        grouping: Groups and filters.
        edge: The day after the span; age counts to the day before it.
        after: The day after the last day with data: at it, or later, the kept layers serve.
        cut: What is known; an earlier knowledge replays the movements it knew.

    Returns:
        Columns g0.., bucket (an age measure's key), value, and money-days on the three clocks:
        company_days, site_days, lot_days with lot_value, the value whose lot's day is known.
    """
    kept = edge >= after and cut.last_load is None
    tables: dict[str, pa.Table] = {}
    if not kept:
        last = cut.last_load if cut.last_load is not None else loads.last_load(engine)
        tables["layers"] = layers_at(engine, edge, last)

    def build() -> ir.Table:
        name = "stock_layer"
        layers = table(name) if kept else ibis.table(MARTS[name], name="layers")
        age = age_days(layers)
        branches = [
            (age <= high if high is not None else age >= low, key)
            for key, (low, high) in AGE_BUCKETS.items()
        ]
        value = layers.value.fill_null(0)
        wide = value.cast("decimal(38, 4)")
        lots = table("lot").select("lot_id", "made_on")
        rows = layers.left_join(lots, "lot_id")
        lot_age = age_days(rows, "made_on")
        rows = rows.mutate(
            bucket=ibis.cases(*branches),
            value=value,
            company_days=wide * age,
            site_days=wide * age_days(layers, "arrived_on"),
            lot_days=wide * lot_age,
            lot_value=ibis.ifelse(lot_age.notnull(), value, ibis.null("decimal(18, 4)")),
        )
        return group_sums(rows, grouping, ("value", *CLOCKS))

    values = {"as_of": date.fromordinal(edge.toordinal() - 1), **grouping.values}
    return engine.query(build, values, shape=("age", grouping.shape, kept), tables=tables)
