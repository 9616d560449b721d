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
from stockturn.metrics.age_measures import AGE_BUCKETS, AGE_UNKNOWN
from stockturn.metrics.facts import Cut, Grouping, group_sums, named
from stockturn.metrics.query import Clock

CLOCKS = ("company_days", "site_days", "lot_days", "lot_value")


def age_sums(
    engine: DuckDBEngine, grouping: Grouping, edge: date, after: date, cut: Cut, *, clock: Clock
) -> pa.Table:
    """Sum the value of stock layers per group and age bucket.

    Args:
        engine: The warehouse.
        grouping: Groups and filters.
        edge: The day after the span; age counts to the day before it.
        after: The day after the last day with data: at it, or later, the kept layers serve.
        cut: What is known; an earlier knowledge replays the movements it knew.
        clock: The clock of the buckets. On the lot's, goods without a lot whose day made is known
            are ``age_unknown``, and so is a lot made after the edge: never new.

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
        rows = _with_made_on(layers)
        ages = {
            "company": age_days(rows),
            "site": age_days(rows, "arrived_on"),
            "lot": _known(age_days(rows, "made_on")),
        }
        value = rows.value.fill_null(0)
        wide = value.cast("decimal(38, 4)")
        rows = rows.mutate(
            bucket=_bucket(ages[clock]),
            value=value,
            company_days=wide * ages["company"],
            site_days=wide * ages["site"],
            lot_days=wide * ages["lot"],
            lot_value=ibis.ifelse(ages["lot"].notnull(), value, ibis.null("decimal(18, 4)")),
        )
        sums = group_sums(rows, grouping, ("value", *CLOCKS))
        return named(sums, grouping)

    values = {"as_of": date.fromordinal(edge.toordinal() - 1), **grouping.values}
    return engine.query(build, values, shape=("age", grouping.shape, kept, clock), tables=tables)


def _known(age: ir.Value) -> ir.Value:
    """An age in days, null where it is not known; goods made after the edge are a wrong date."""
    return ibis.ifelse(age >= 0, age, ibis.null("int64"))


def _bucket(age: ir.Value) -> ir.Value:
    branches = [
        (age <= high if high is not None else age >= low, key)
        for key, (low, high) in AGE_BUCKETS.items()
    ]
    return ibis.cases((age.isnull(), AGE_UNKNOWN), *branches)


def _with_made_on(layers: ir.Table) -> ir.Table:
    """Add the day each layer's lot was made: as stated, or its expiry less the shelf life."""
    lots = table("lot").select("lot_id", "made_on", "expires_on")
    items = table("item").select("item_id", "shelf_life_days")
    rows = layers.left_join(lots, "lot_id").drop("lot_id_right").join(items, "item_id")
    made = rows.expires_on - rows.shelf_life_days.as_interval("D")
    return rows.mutate(made_on=rows.made_on.fill_null(made.cast("date")))
