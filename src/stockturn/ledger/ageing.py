"""The layers that stock on hand consists of, kept for the end of the ledger.

``stock_layer`` answers three ages: since the company received the goods (survives transfers), since
they arrived at the site, and the lot's own. A load replaces the layers of the items it touches: an
item whose new movements all come last continues from its stored layers, any other is replayed.
Layer values share out the pool's value by quantity, the last layer taking the remainder, so ages
always add up to the balance sheet to the last digit.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from stockturn.engines import DuckDBEngine, Transaction, bound, built_once
from stockturn.ledger.moments import buckets_of_moments
from stockturn.ledger.pass_rows import PASS_ORDER, pass_rows, standing
from stockturn.ledger.schema import MARTS, VALUE
from stockturn.ledger.tables import FIRST_DAY, LOAD_NO, stacked, table

PASS = "stockturn.ledger.layers:layer_frame"


POOL = ("item_id", "location_id", "status")


def refresh(transaction: Transaction) -> None:
    """Bring ``stock_layer`` up to the end of the ledger for the load being posted.

    Pools whose new movements all come last continue from their layers; an item with a movement
    before others of its own is replayed in all its pools. Pools whose value alone changed are
    shared out again.
    """
    replayed = transaction.keep(_replayed())
    touched = transaction.keep(_touched_pools(replayed))
    layers = _run(transaction, _to_run(replayed, touched), _held(replayed, touched))
    transaction.delete("stock_layer", touched)
    transaction.insert("stock_layer", _spread(layers, _closing(touched)))


def _fresh() -> ir.Table:
    return table("movement").filter(lambda t: t.load_no == LOAD_NO)


@built_once
def _to_run(replayed: ir.Table, touched: ir.Table) -> ir.Table:
    """The load's own movements, and all of the items that are replayed."""
    again = touched.semi_join(replayed, "item_id").select("item_id").distinct()
    rows = _effective(table("movement"))
    return stacked(
        rows.filter(rows.load_no == LOAD_NO).anti_join(replayed, "item_id"),
        rows.semi_join(again, "item_id"),
    )


@built_once
def _held(replayed: ir.Table, touched: ir.Table) -> ir.Table:
    held = table("stock_layer").semi_join(touched, POOL).anti_join(replayed, "item_id")
    return held.order_by(*POOL, "transfer", "place")


@built_once
def _replayed() -> ir.Table:
    """Items of which something new stands before, or beside, what earlier loads brought."""
    fresh, movements = _fresh(), table("movement")
    moved = fresh.filter(fresh.quantity != 0)
    first = moved.group_by("item_id").aggregate(first_new=moved.happened_on.min())
    opening = moved.join(first, "item_id")
    opening = opening.filter(opening.happened_on == opening.first_new)
    first = opening.group_by("item_id").aggregate(
        first_new=opening.first_new.min(), sequence_new=opening.sequence.min()
    )
    # The load's own first day, bound, lets the engine skip everything before it.
    later = movements.filter(
        (movements.happened_on > FIRST_DAY)
        & (movements.load_no < LOAD_NO)
        & (movements.quantity != 0)
    )
    both = later.join(first, "item_id")
    beside = (both.happened_on == both.first_new) & (both.sequence >= both.sequence_new)
    return both.filter((both.happened_on > both.first_new) | beside).select("item_id").distinct()


@built_once
def _touched_pools(replayed: ir.Table) -> ir.Table:
    pools = _fresh().select(*POOL).distinct()
    moments = table("stock_moment")
    whole = moments.semi_join(replayed, "item_id").select(*POOL).distinct()
    return stacked(pools, whole).distinct()


@lru_cache(maxsize=8)
def layers_at(engine: DuckDBEngine, edge: date, last_load: int) -> pa.Table:
    """Work out the layers at the start of a day, from the movements of loads up to ``last_load``.

    Returns:
        Rows of schema ``MARTS["stock_layer"]``. Kept for the last eight questions, because a page
        asks the same edge for several figures; the load number in the key makes them expire.
    """
    movements = _known_before()
    values = {"edge": edge, "load": last_load}
    layers = engine.map_items(
        _pass_rows(_effective(movements)), PASS, order_by=PASS_ORDER, values=values
    )["rows"]
    staged = ibis.table(MARTS["stock_layer"], name="layers")
    return engine.query(_spread(staged, _pools(movements)), values, tables={"layers": layers})


@built_once
def _known_before() -> ir.Table:
    return table("movement").filter(
        lambda t: (t.happened_on < bound("edge", "date")) & (t.load_no <= bound("load", "int32"))
    )


@built_once
def _pools(movements: ir.Table) -> ir.Table:
    return movements.group_by(*POOL).aggregate(
        pool_quantity=movements.quantity.sum(),
        pool_value=movements.value.sum().fill_null(0),
        pool_uncosted=movements.quantity_uncosted.sum(),
    )


@built_once
def _effective(movements: ir.Table) -> ir.Table:
    """Movements of quantity that stand: neither reversals nor reversed."""
    return standing(movements.filter((movements.quantity != 0) | (movements.origin == "reversal")))


def _run(transaction: Transaction, rows: ir.Table, held: ir.Table) -> ir.Table:
    opening = transaction.query(held)
    return transaction.map_items(
        _pass_rows(rows), PASS, order_by=PASS_ORDER, tables={"opening": opening}
    )["rows"]


@built_once
def _pass_rows(rows: ir.Table) -> ir.Table:
    standard_cost = ibis.null("decimal(18, 6)")
    return pass_rows(rows, rows.value).mutate(standard_cost=standard_cost)


@built_once
def _closing(pools: ir.Table) -> ir.Table:
    """Quantity and value on hand now per item, location and status."""
    # Numbers alone are looked up much faster; what another status adds joins no layer.
    rows = buckets_of_moments(table("stock_moment")).semi_join(pools, ("item_id", "location_id"))
    return rows.group_by("item_id", "location_id", "status").aggregate(
        pool_quantity=rows.quantity_0.sum(),
        pool_value=rows.value_0.sum(),
        pool_uncosted=rows.uncosted_0.sum(),
    )


@built_once
def _spread(layers: ir.Table, pools: ir.Table) -> ir.Table:
    """Share each pool's value over its layers by quantity; the newest takes the remainder."""
    sums = layers.group_by(*POOL).aggregate(held=layers.quantity.sum(), newest=layers.place.max())
    rows = layers.drop("value").join(sums, POOL).join(pools, POOL)
    share = (
        rows.pool_value.cast("float64") * rows.quantity.cast("float64") / rows.held.cast("float64")
    )
    rows = rows.mutate(share=share.round(4).cast(VALUE))
    # Joined sums cost a third of what windows over the layers do.
    rows = rows.join(rows.group_by(*POOL).aggregate(shared=rows.share.sum()), POOL)
    rest = rows.pool_value - rows.shared + rows.share
    value = ibis.ifelse(rows.place == rows.newest, rest, rows.share).cast(VALUE)
    unknown = (rows.pool_uncosted != 0) & (rows.pool_uncosted == rows.pool_quantity)
    return rows.select(
        *[column for column in MARTS["stock_layer"].names if column != "value"],
        value=ibis.ifelse(unknown, ibis.null(VALUE), value),
    )


def age_days(layers: ir.Table, clock: str = "received_on") -> ir.Value:
    """Days since the layer's clock started, on the day bound as ``as_of``."""
    return bound("as_of", "date").delta(layers[clock], unit="day")
