"""Costing: what each movement is worth, by the method the firm has chosen.

One pass per item over its movements in order of day and sequence (DESIGN.md, section 3): values
follow goods from pool to pool, so the order of everything that touches an item matters and nothing
else does. The methods differ in how goods are priced on their way out:

* ``moving_average`` (移动加权平均): at the average of the pool at that moment;
* ``monthly_average`` (月末一次加权平均): at the average of the item's month over all pools;
* ``fifo`` (先进先出): at the cost of the oldest goods there;
* ``standard`` (标准成本): at the dated standard cost; what differs from it is a variance.

In every method, pool by pool and to the last digit: opening + values + variances = closing, and a
pool without stock has no value.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa

from stockturn.language import Text, UsageError
from stockturn.ledger.exact import Ints
from stockturn.ledger.frames import UNIT_COST, Pools, decimals, encode, in_order, integers
from stockturn.ledger.layer_pools import LayerPools, Layers
from stockturn.ledger.monthly import MonthlyAverage
from stockturn.ledger.pools import (
    COMPUTED,
    MISSING,
    STANDARD,
    STATED,
    UNKNOWN,
    AveragePools,
    Moves,
    State,
    Store,
)
from stockturn.ledger.replay import Outcome, Replay
from stockturn.ledger.settlement import Variance

METHODS: Final = ("moving_average", "monthly_average", "fifo", "standard")

SOURCES: Final = {MISSING: "missing", STATED: "stated", COMPUTED: "computed", STANDARD: "standard"}

OPENING: Final = pa.schema(
    {
        "item_id": pa.int32(),
        "location_id": pa.int32(),
        "status": pa.string(),
        "transfer": pa.string(),
        "quantity": pa.decimal128(18, 4),
        "value": pa.decimal128(18, 4),
        "quantity_uncosted": pa.decimal128(18, 4),
        "unit_cost": UNIT_COST,
    }
)
"""A pool between two runs. ``unit_cost`` is its last known unit cost, read once it is empty."""


def cost_frame(
    movements: pa.Table,
    *,
    method: str,
    opening: pa.Table | None = None,
    supplier_return: str = "fifo",
) -> dict[str, pa.Table]:
    """Value movements by one costing method.

    Args:
        movements: Grain: one movement, all of the items they touch since ``opening``. Columns
            ``movement_id, happened_on, sequence, kind, item_id, location_id, status, lot_id,
            quantity, value`` (null = not stated), ``transfer, standard_cost`` (null = none),
            ``transit`` (the location is goods on their way: one pool per transfer) and, where
            known, ``return_of`` (the movement whose goods come back). Legs of one item with the
            same transfer and day carry cost from one to the other, in the order of sequence.
        method: One of :data:`METHODS`.
        opening: What each pool held before, as of :data:`OPENING` (``unit_cost`` may be absent).
            Under FIFO a pool may have several rows, its layers, oldest first.
        supplier_return: Under FIFO, what a return to the supplier takes: ``fifo`` the oldest
            goods, ``actual`` those of the receipt in ``return_of`` first.

    Returns:
        ``values``: movement_id, value (null when wholly uncosted), quantity_uncosted (signed like
        quantity), cost_source. ``variances``: changes of value that no movement carries (item_id,
        location_id, status, happened_on, corrects, value, quantity_uncosted), ``corrects`` being
        the settling receipt or the revalued movement. ``pools``: the state afterwards, as of
        :data:`OPENING`.

    Raises:
        UsageError: The method is not known.
    """
    if method not in METHODS:
        known = ", ".join(METHODS)
        raise UsageError(
            Text(
                f"没有成本方法“{method}”，可用：{known}",
                f"There is no costing method '{method}'; there are: {known}",
            )
        )
    order = in_order(movements)
    if order is not None:
        movements = movements.take(pa.array(order))
    before = _complete(opening)
    moves, pools, place = encode(movements, before)
    outcome = _value(
        method,
        moves,
        _state(before, place, pools.total),
        _one_layer(before, place),
        pools,
        actual_cost=supplier_return == "actual",
    )
    return {
        "values": _values(movements, moves, outcome),
        "variances": _variances(movements, pools, outcome.variances),
        "pools": _closing(pools, outcome.closing),
    }


def _value(
    method: str,
    moves: Moves,
    opening: State,
    layers: Layers,
    pools: Pools,
    *,
    actual_cost: bool,
) -> Outcome:
    store: Store
    if method == "monthly_average":
        return MonthlyAverage(moves, opening, np.asarray(pools.item_id).astype(np.int64)).run()
    if method == "fifo":
        store = LayerPools(opening, moves, layers, actual_cost=actual_cost)
    else:
        store = AveragePools(opening)
    return Replay(moves, store, opening, standard=method == "standard").run()


def _one_layer(opening: pa.Table, place: Ints) -> Layers:
    """Return each opening row with goods as a layer, in the order of the rows."""
    quantity, value, uncosted = (
        integers(opening[name])[0] for name in ("quantity", "value", "quantity_uncosted")
    )
    held = np.flatnonzero(quantity > 0)
    held = held[np.argsort(place[held], kind="stable")]
    none = np.full(len(held), UNKNOWN)
    return Layers(place[held], none, none, none, none, quantity[held], uncosted[held], value[held])


def _complete(opening: pa.Table | None) -> pa.Table:
    """Return the opening with every column of :data:`OPENING`."""
    if opening is None:
        return OPENING.empty_table()
    for name in OPENING.names:
        if name not in opening.column_names:
            opening = opening.append_column(name, pa.nulls(len(opening), OPENING.field(name).type))
    return opening.select(OPENING.names).cast(OPENING)


def _state(opening: pa.Table, place: Ints, total: int) -> State:
    state = State.empty(total)
    for column, name in (
        (state.quantity, "quantity"),
        (state.value, "value"),
        (state.uncosted, "quantity_uncosted"),
    ):
        np.add.at(column, place, integers(opening[name])[0])
    cost, known = integers(opening["unit_cost"], UNIT_COST)
    state.unit_cost[place[known]] = cost[known]
    return state


def _values(movements: pa.Table, moves: Moves, outcome: Outcome) -> pa.Table:
    wholly = (outcome.source == MISSING) & (moves.quantity != 0)
    names = pa.array([SOURCES[code] for code in sorted(SOURCES)])
    return pa.table(
        {
            "movement_id": movements["movement_id"],
            "value": decimals(outcome.value, ~wholly),
            "quantity_uncosted": decimals(outcome.uncosted),
            "cost_source": names.take(pa.array(outcome.source)),
        }
    )


def _variances(movements: pa.Table, pools: Pools, variances: Variance) -> pa.Table:
    """Add up what one movement causes in one pool; what adds up to nothing is no variance."""
    inside = variances.pool < pools.count
    pool, row = variances.pool[inside], variances.row[inside]
    key, place = np.unique(np.stack([row, pool]), axis=1, return_inverse=True)
    sums = np.zeros((2, key.shape[1]), dtype=np.int64)
    np.add.at(sums[0], place, variances.value[inside])
    np.add.at(sums[1], place, variances.uncosted[inside])
    some = (sums != 0).any(axis=0)
    row, pool = pa.array(key[0][some]), pa.array(key[1][some])
    return pa.table(
        {
            "item_id": pools.item_id.take(pool),
            "location_id": pools.location_id.take(pool),
            "status": pools.status.take(pool),
            "happened_on": movements["happened_on"].take(row),
            "corrects": movements["movement_id"].take(row),
            "value": decimals(sums[0][some]),
            "quantity_uncosted": decimals(sums[1][some]),
        }
    )


def _closing(pools: Pools, closing: State) -> pa.Table:
    part = slice(pools.count)
    columns = {
        "item_id": pools.item_id,
        "location_id": pools.location_id,
        "status": pools.status,
        "transfer": pools.transfer,
        "quantity": decimals(closing.quantity[part]),
        "value": decimals(closing.value[part]),
        "quantity_uncosted": decimals(closing.uncosted[part]),
        "unit_cost": decimals(closing.unit_cost[part], closing.unit_cost[part] >= 0, UNIT_COST),
    }
    return pa.table(columns).cast(OPENING)
