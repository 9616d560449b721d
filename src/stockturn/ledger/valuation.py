"""Costs: what each movement is worth, and what later knowledge changes about earlier ones.

A load touches some items from some day on. Their stock before that day is the opening state of the
costing pass (plain sums of balances, so the cost of a new day does not grow with the history);
from that day on all their movements run through the pass again. New movements take their value
from it. Where the pass now values an earlier movement differently, the difference is appended as a
``recosting`` movement: quantity 0, dated on the movement it corrects, under the load that caused
it.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from stockturn.engines import Transaction, built_once
from stockturn.ledger.pass_rows import DAY_ORDER, PASS_ORDER, corrections, pass_rows, standing
from stockturn.ledger.schema import QUANTITY, RECORDS, VALUE
from stockturn.ledger.tables import (
    FIRST_DAY,
    LOAD_NO,
    TRANSIT_LOCATION,
    month_of,
    shaped,
    stacked,
    table,
)

PASS = "stockturn.ledger.costing:cost_frame"
DIFFERENCE = {
    "item_id": "int32",
    "location_id": "int32",
    "status": "string",
    "happened_on": "date",
    "corrects": "int64",
    "more": VALUE,
    "uncosted": QUANTITY,
}
FIRST_MONTH = month_of(FIRST_DAY)
"""No item's day lies before it, and bound it lets the engine skip what does."""
BEGINNING = ibis.date("0001-01-01")


@built_once
def value_stated(movements: ir.Table) -> ir.Table:
    """Take values as the source states them; what has none is uncosted."""
    unknown = movements.value.isnull() & (movements.quantity != 0)
    zero = ibis.literal(0).cast(QUANTITY)
    return movements.mutate(
        quantity_uncosted=ibis.ifelse(unknown, movements.quantity, zero),
        cost_source=ibis.ifelse(unknown, "missing", "stated"),
    )


def value_computed(
    transaction: Transaction, movements: ir.Table, *, method: str
) -> tuple[ir.Table, ir.Table]:
    """Run the costing pass for the items of ``movements``.

    Args:
        transaction: Sees the ledger before this load.
        movements: This load's new movements with ``movement_id`` and ``sequence``.
        method: moving_average, monthly_average, fifo or standard.

    Returns:
        The new movements with ``value``, ``quantity_uncosted`` and ``cost_source``; and the
        corrections of earlier ones, shaped like movements (without ``movement_id``/``sequence``).
    """
    touched, opening = _touched(transaction, movements, method)
    history = _history(touched)
    result = transaction.map_items(
        _rows_of_pass(movements, history),
        PASS,
        order_by=PASS_ORDER,
        options={"method": method},
        tables={"opening": transaction.query(opening)},
    )
    values, variances = result["values"], _net(touched, result["variances"])
    return _valued(movements, values), stacked(_corrections(history, values), variances)


@built_once
def _rows_of_pass(movements: ir.Table, history: ir.Table) -> ir.Table:
    new = pass_rows(movements, movements.value)
    return _with_standard_cost(stacked(new, pass_rows(history, _stated(history))))


@built_once
def _valued(movements: ir.Table, values: ir.Table) -> ir.Table:
    found = values.rename(of_movement="movement_id")
    valued = movements.drop("value").join(found, movements.movement_id == found.of_movement)
    return valued.drop("of_movement")


def _touched(
    transaction: Transaction, movements: ir.Table, method: str
) -> tuple[ir.Table, ir.Table]:
    """Return, per item of the load, the day from which its movements run through the pass again.

    The second table is the stock of their pools before that day.

    An item runs from its beginning when something reaches back further than balances do: a pool
    that opens uncosted or goes below zero, goods that come back at an earlier cost, and every item
    under FIFO, whose layers are its memory. Under a monthly average the month runs from its first
    day. So the values do not depend on how the history was cut into loads.
    """
    held = transaction.keep(_first_days(movements, method))
    later = transaction.keep(_later(held))
    moved = transaction.keep(_moved(movements, later))
    pools = transaction.keep(_opening(held, moved))
    if method == "fifo":
        return held.select("item_id", from_day=BEGINNING), pools.filter(False)
    marked = transaction.keep(_marked(held, pools, movements, later))
    return _from_days(marked), _continued(pools, marked)


@built_once
def _changed(movements: ir.Table) -> ir.Table:
    return stacked(movements.select(*PLACE, "happened_on"), _taken_back())


@built_once
def _first_days(movements: ir.Table, method: str) -> ir.Table:
    changed = _changed(movements)
    fresh = changed.group_by("item_id").aggregate(from_day=changed.happened_on.min())
    if method == "monthly_average":
        fresh = fresh.mutate(from_day=month_of(fresh.from_day))
    return fresh


@built_once
def _later(first_days: ir.Table) -> ir.Table:
    later = _history(first_days)
    return later.filter(later.happened_on >= FIRST_MONTH)


@built_once
def _moved(movements: ir.Table, later: ir.Table) -> ir.Table:
    return stacked(_changed(movements).select(*PLACE), later.select(*PLACE)).distinct()


@built_once
def _marked(held: ir.Table, pools: ir.Table, movements: ir.Table, later: ir.Table) -> ir.Table:
    """Say of each item whether it runs from its beginning."""
    # An item that has nothing before its day has nothing to run through again.
    before = _before(held)
    movements, later = movements.semi_join(before, "item_id"), later.semi_join(before, "item_id")
    reaching = [_reaches_back(movements), _reaches_back(later.mutate(value=_stated(later)))]
    restart = stacked(_unsettled(pools, movements, later), *reaching).distinct()
    restart = restart.rename(restart_id="item_id")
    marked = held.left_join(restart, held.item_id == restart.restart_id)
    return marked.select("item_id", "from_day", back=marked.restart_id.notnull())


def _before(held: ir.Table) -> ir.Table:
    """Items with movements in months before their day, or in its own month."""
    months = table("stock_moment").join(held, "item_id")
    return months.filter(months.month <= months.from_day).select("item_id").distinct()


@built_once
def _from_days(marked: ir.Table) -> ir.Table:
    day = ibis.ifelse(marked.back, BEGINNING, marked.from_day)
    return marked.select("item_id", from_day=day)


@built_once
def _continued(pools: ir.Table, marked: ir.Table) -> ir.Table:
    return pools.anti_join(marked.filter(marked.back), "item_id")


def _taken_back() -> ir.Table:
    """Where and when the load being posted takes movements back."""
    rows = table("movement")
    rows = rows.filter((rows.load_no == LOAD_NO) & (rows.origin == "reversal"))
    return rows.select(*PLACE, "happened_on")


def _reaches_back(movements: ir.Table) -> ir.Table:
    """Items of goods found or brought back without a value.

    They take the pool's last cost, whenever that was.
    """
    priced = ["opening", "receipt", "production_receipt", "transfer_in", "status_change"]
    came = (movements.quantity > 0) & ~movements.kind.isin(priced)
    return movements.filter(came & movements.value.isnull()).select("item_id")


def _unsettled(pools: ir.Table, movements: ir.Table, later: ir.Table) -> ir.Table:
    """Items of which a pool opens uncosted, or is below zero at some point from their day on."""
    uncosted = pools.filter(pools.quantity_uncosted != 0).select("item_id")
    keys = ["item_id", "location_id", "status", "transfer"]
    transit = table("location").filter(lambda t: t.location == TRANSIT_LOCATION)
    first = {name: ibis.null(RECORDS["movement"][name].copy(nullable=True)) for name in DAY_ORDER}
    opened = pools.select(*keys, happened_on=BEGINNING, **first, quantity=pools.quantity)
    rows = stacked(movements.select(*opened.columns), later.select(*opened.columns))
    # Pools in transit are kept per transfer and open and close with it.
    rows = rows.anti_join(transit, "location_id").mutate(transfer=ibis.null("string"))
    rows = stacked(opened, rows)
    order = [rows.happened_on, *(rows[name] for name in DAY_ORDER)]
    running = rows.quantity.sum().over(
        ibis.window(group_by=[rows[key] for key in keys], order_by=order, following=0)
    )
    below = rows.mutate(running=running).filter(lambda t: t.running < 0).select("item_id")
    return stacked(uncosted, below).distinct()


PLACE = ("item_id", "location_id")


@built_once
def _opening(touched: ir.Table, moved: ir.Table) -> ir.Table:
    """Stock of the pools that move, before their item's day: per status and open transfer."""
    transit = table("location").filter(lambda t: t.location == TRANSIT_LOCATION)
    moments = table("stock_moment").semi_join(moved, PLACE)
    moments = moments.anti_join(transit, "location_id").join(touched, "item_id")
    whole = moments.filter(moments.month < month_of(moments.from_day))
    movements = table("movement").semi_join(moved, PLACE).join(touched, "item_id")
    inside = movements.anti_join(transit, "location_id")
    inside = inside.filter(
        (inside.happened_on >= FIRST_MONTH)
        & (inside.happened_on < inside.from_day)
        & (inside.happened_on >= month_of(inside.from_day))
    )
    moving = movements.semi_join(transit, "location_id")
    moving = moving.filter(moving.happened_on < moving.from_day)
    parts = [
        _sums(whole, whole.quantity_0, whole.value_0, whole.uncosted_0, None),
        _sums(inside, inside.quantity, inside.value, inside.quantity_uncosted, None),
        _sums(moving, moving.quantity, moving.value, moving.quantity_uncosted, moving.transfer),
    ]
    union = stacked(*parts)
    pools = union.group_by("item_id", "location_id", "status", "transfer").aggregate(
        quantity=union.quantity.sum().cast(QUANTITY),
        value=union.value.sum().fill_null(0).cast(VALUE),
        quantity_uncosted=union.quantity_uncosted.sum().cast(QUANTITY),
    )
    return pools.filter((pools.quantity != 0) | (pools.value != 0) | (pools.quantity_uncosted != 0))


def _sums(
    rows: ir.Table,
    quantity: ir.Value,
    value: ir.Value,
    uncosted: ir.Value,
    transfer: ir.Value | None,
) -> ir.Table:
    return rows.select(
        "item_id",
        "location_id",
        "status",
        transfer=ibis.null("string") if transfer is None else transfer,
        quantity=quantity,
        value=value,
        quantity_uncosted=uncosted,
    )


@built_once
def _history(touched: ir.Table) -> ir.Table:
    """Earlier source movements of the touched items from their day on, less the reversed ones."""
    source = standing(table("movement")).join(touched, "item_id")
    return source.filter(source.happened_on >= source.from_day).drop("from_day")


def _stated(history: ir.Table) -> ir.Value:
    """A value that an earlier pass computed is not an input of the next."""
    return ibis.ifelse(history.cost_source == "stated", history.value, ibis.null(VALUE))


def _with_standard_cost(rows: ir.Table) -> ir.Table:
    costs = table("standard_cost").rename(cost_item="item_id")
    costs = costs.mutate(valid_from=costs.valid_from.fill_null(BEGINNING))
    following = costs.valid_from.lead().over(group_by=costs.cost_item, order_by=costs.valid_from)
    costs = costs.mutate(valid_to=following.fill_null(ibis.date("9999-12-31")))
    joined = rows.left_join(
        costs,
        [
            rows.item_id == costs.cost_item,
            rows.happened_on >= costs.valid_from,
            rows.happened_on < costs.valid_to,
        ],
    )
    return joined.select(*rows.columns, standard_cost=joined.unit_cost)


@built_once
def _corrections(history: ir.Table, values: ir.Table) -> ir.Table:
    booked = corrections()
    fresh = values.select(
        of_value="movement_id", new_value="value", new_uncosted="quantity_uncosted"
    )
    rows = history.join(fresh, history.movement_id == fresh.of_value)
    rows = rows.left_join(booked, rows.movement_id == booked.of_movement)
    value = (
        rows.new_value.fill_null(0) - rows.value.fill_null(0) - rows.more_value.fill_null(0)
    ).cast(VALUE)
    uncosted = (rows.new_uncosted - rows.quantity_uncosted - rows.more_uncosted.fill_null(0)).cast(
        QUANTITY
    )
    rows = rows.mutate(value_change=value, uncosted_change=uncosted)
    rows = rows.filter((rows.value_change != 0) | (rows.uncosted_change != 0))
    return _correction_rows(rows, rows.movement_id, rows.kind)


@built_once
def _net(touched: ir.Table, found: ir.Table) -> ir.Table:
    """Differences that belong to no single movement: booked as revaluations, once."""
    keys = ["item_id", "location_id", "status", "happened_on", "corrects"]
    movements = table("movement").join(touched, "item_id")
    before = movements.filter(
        (movements.origin == "recosting")
        & (movements.kind == "revaluation")
        & (movements.happened_on >= movements.from_day)
    )
    now = found.select(*keys, more=found.value, uncosted=found.quantity_uncosted)
    booked = before.select(*keys, more=-before.value, uncosted=-before.quantity_uncosted)
    both = stacked(now.cast(DIFFERENCE), booked.cast(DIFFERENCE))
    net = both.group_by(keys).aggregate(
        value_change=both.more.sum().cast(VALUE), uncosted_change=both.uncosted.sum().cast(QUANTITY)
    )
    net = net.filter((net.value_change != 0) | (net.uncosted_change != 0))
    return _correction_rows(net, net.corrects, ibis.literal("revaluation"))


def _correction_rows(rows: ir.Table, corrects: ir.Value, kind: ir.Value) -> ir.Table:
    given = {
        "origin": ibis.literal("recosting"),
        "corrects": corrects,
        "kind": kind,
        "quantity": ibis.literal(0),
        "quantity_uncosted": rows.uncosted_change,
        "value": rows.value_change,
        "cost_source": ibis.literal("computed"),
        "intercompany": rows.intercompany
        if "intercompany" in rows.columns
        else ibis.literal(False),
    }
    return shaped(rows, RECORDS["movement"], given, skip=("movement_id", "load_no", "sequence"))
