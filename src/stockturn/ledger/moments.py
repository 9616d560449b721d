"""Time moments of stock: two sums per bucket that hold every average there is.

With movements d at day t, the stock integral up to day T (each day counted at its closing balance)
is F(T) = sum over t < T of d * (T - t). A bucket of movements that starts on day m and lies wholly
before T contributes (T - m) * S0 - S1 with S0 = sum d and S1 = sum d * (t - m). So a month needs
two numbers, quiet days need none, groups and loads just add up, and the day-weighted average over
[a, b) is (F(b) - F(a)) / (b - a). All arithmetic is exact decimal.

A single movement is a bucket too (m = t, S0 = d, S1 = 0): edges inside a month, on either clock,
read that month's movements as buckets and go through the same formula.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from stockturn.engines import DuckDBEngine, Transaction, bound, built_once
from stockturn.ledger.schema import MARTS, QUANTITY, VALUE
from stockturn.ledger.tables import LOAD_NO, month_of, table

COMPACT_FACTOR = 2
"""A mart is compacted when it has grown to this many times its compacted size."""
LOOK_EVERY = 64
"""Loads between two looks at whether to compact: a look reads the whole mart, a load must not."""


@built_once
def moment_rows(movements: ir.Table, learned_month: ir.Value) -> ir.Table:
    """Sum movements into rows of the mart ``stock_moment`` (grain and columns: schema.MARTS)."""
    # The factor is at most 30 and a decimal, so the product stays a 64-bit decimal.
    offset = (movements.happened_on.day() - 1).cast("decimal(2, 0)")
    value = movements.value.fill_null(0)
    rows = movements.select(
        "item_id",
        "location_id",
        "status",
        month=month_of(movements.happened_on),
        learned_month=learned_month,
        quantity=movements.quantity,
        value=value,
        uncosted=movements.quantity_uncosted,
        quantity_k=(movements.quantity * offset).cast(QUANTITY),
        value_k=(value * offset).cast(VALUE),
    )
    return rows.group_by("item_id", "location_id", "status", "month", "learned_month").aggregate(
        quantity_0=rows.quantity.sum().cast(QUANTITY),
        quantity_1=rows.quantity_k.sum().cast(QUANTITY),
        value_0=rows.value.sum().cast(VALUE),
        value_1=rows.value_k.sum().cast(VALUE),
        uncosted_0=rows.uncosted.sum().cast(QUANTITY),
    )


@built_once
def flow_rows(movements: ir.Table, learned_month: ir.Value) -> ir.Table:
    """Sum movements into rows of the mart ``flow_month``."""
    rows = movements.mutate(month=month_of(movements.happened_on), learned_month=learned_month)
    keys = [
        "item_id",
        "location_id",
        "kind",
        "channel",
        "intercompany",
        "month",
        "learned_month",
    ]
    return rows.group_by(keys).aggregate(
        quantity=rows.quantity.sum().cast(QUANTITY),
        value=rows.value.sum().fill_null(0).cast(VALUE),
        quantity_uncosted=rows.quantity_uncosted.sum().cast(QUANTITY),
    )


@built_once
def sale_flow_rows(sales: ir.Table, learned_month: ir.Value) -> ir.Table:
    """Sum sale lines into rows of the mart ``flow_month`` with kind ``sale``."""
    rows = sales.mutate(month=month_of(sales.happened_on), learned_month=learned_month)
    keys = ["item_id", "location_id", "channel", "intercompany", "month", "learned_month"]
    sums = rows.group_by(keys).aggregate(
        quantity=rows.quantity.sum().cast(QUANTITY),
        value=rows.revenue.sum().fill_null(0).cast(VALUE),
    )
    zero = ibis.literal(0).cast(QUANTITY)
    sums = sums.mutate(kind=ibis.literal("sale"), quantity_uncosted=zero)
    return sums.select(*MARTS["flow_month"].names)


def grow(transaction: Transaction) -> None:
    """Append what the load being posted brought: cost follows the change, not the history."""
    movements, sales = _brought("movement"), _brought("sale")
    learned = bound("learned_month", "date")
    transaction.insert("stock_moment", moment_rows(movements, learned))
    transaction.insert("flow_month", flow_rows(movements, learned))
    transaction.insert("flow_month", sale_flow_rows(sales, learned))


@built_once
def _brought(name: str) -> ir.Table:
    return table(name).filter(lambda t: t.load_no == LOAD_NO)


def compact(engine: DuckDBEngine, load_no: int = 0) -> bool:
    """Sum the marts' rows of equal key once they have grown twofold; say whether it was done.

    Looks at every :data:`LOOK_EVERY`-th load only, so that the cost of a load follows what it
    brings; a compacted mart reads faster but says the same.
    """
    if load_no % LOOK_EVERY:
        return False
    done = False
    for name, keys in (("stock_moment", 5), ("flow_month", 7)):
        rows = table(name)
        columns = list(MARTS[name].names)
        grouped = rows.group_by(columns[:keys])
        sums = {column: rows[column].sum().cast(QUANTITY) for column in columns[keys:]}
        counts = engine.query(rows.count().name("n").as_table()).column("n")[0].as_py()
        distinct = rows.select(*columns[:keys]).distinct().count().name("n").as_table()
        if counts < COMPACT_FACTOR * engine.query(distinct).column("n")[0].as_py():
            continue
        with engine.transaction() as transaction:
            kept = transaction.keep(grouped.aggregate(**sums))
            transaction.clear(name)
            transaction.insert(name, kept)
        done = True
    return done


def buckets_of_moments(rows: ir.Table) -> ir.Table:
    """Read the mart ``stock_moment`` as buckets: column ``bucket`` is the day each starts on."""
    return rows.rename(bucket="month")


def buckets_of_movements(rows: ir.Table) -> ir.Table:
    """Read movements as buckets of one day each."""
    zero = ibis.literal(0).cast(QUANTITY)
    return rows.mutate(
        bucket=rows.happened_on,
        quantity_0=rows.quantity,
        quantity_1=zero,
        value_0=rows.value.fill_null(0),
        value_1=zero,
        uncosted_0=rows.quantity_uncosted,
    )


def integral(sum_0: ir.Value, sum_1: ir.Value, bucket: ir.Value, edge: ir.Value) -> ir.Value:
    """Return the term a bucket adds to F(edge): (edge - bucket) * S0 - S1, exact in 38 digits."""
    days = edge.delta(bucket, unit="day")
    return sum_0.cast("decimal(38, 4)") * days - sum_1.cast("decimal(38, 4)")
