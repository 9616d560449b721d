"""Layers of stock on hand and their age: what is left of each receipt, first in first out.

Three clocks run on a layer. ``received_on`` is the company's: it starts when the goods enter the
firm and survives transfers, changes of status and re-batching inside one voucher. ``arrived_on`` is
the site's. The lot's clock (made, expires) hangs on ``lot_id``. The pass is the replay of
:mod:`replay` over :class:`~stockturn.ledger.layer_pools.LayerPools`, the one that also values FIFO.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

import numpy as np
import pyarrow as pa

from stockturn.ledger.exact import Ints
from stockturn.ledger.frames import Pools, decimals, encode, in_order, integers, numbers
from stockturn.ledger.layer_pools import LayerPools, Layers, cut_up
from stockturn.ledger.pools import UNKNOWN, State
from stockturn.ledger.replay import Outcome, Replay

STOCK_LAYER: Final = pa.schema(
    [
        pa.field("item_id", pa.int32(), nullable=False),
        pa.field("location_id", pa.int32(), nullable=False),
        pa.field("status", pa.string(), nullable=False),
        pa.field("transfer", pa.string()),
        pa.field("place", pa.int32(), nullable=False),
        pa.field("lot_id", pa.int32()),
        pa.field("received_on", pa.date32(), nullable=False),
        pa.field("arrived_on", pa.date32(), nullable=False),
        pa.field("quantity", pa.decimal128(18, 4), nullable=False),
        pa.field("value", pa.decimal128(18, 4)),
    ]
)
"""The mart ``stock_layer`` as an Arrow schema."""

AGE_BOUNDS: Final = (30, 60, 90, 180, 365)
"""Upper bounds of the age buckets in days, inclusive; the last bucket has none."""


def layer_frame(
    movements: pa.Table, *, opening: pa.Table | None = None, supplier_return: str = "fifo"
) -> pa.Table:
    """Return the layers of stock on hand after ``movements``.

    Receipts fill negative stock first; issues take the oldest layer there (those of the lot they
    name first); legs of one voucher hand layers on with their dates; a count is a difference.

    Args:
        movements: As for :func:`stockturn.ledger.costing.cost_frame`.
        opening: Layers left by an earlier run, per pool in the order of ``place``.
        supplier_return: ``fifo``: a return to the supplier takes the oldest goods; ``actual``:
            those of the receipt in ``return_of`` first.

    Returns:
        Rows of :data:`STOCK_LAYER`; ``place`` is the order in which they will be used, and
        ``transfer`` the transfer that goods in transit belong to. ``value`` is
        the cost the goods came with, null where it is not known. A negative layer stands for what
        left before it was there, dated on the first such day.
    """
    order = in_order(movements)
    if order is not None:
        movements = movements.take(pa.array(order))
    before = STOCK_LAYER.empty_table() if opening is None else opening
    moves, pools, place = encode(movements, before)
    layers, state = _opened(before, place, pools.total)
    store = LayerPools(state, moves, layers, actual_cost=supplier_return == "actual")
    outcome = Replay(moves, store, state).run()
    left = _positive(store.layers(), pools.count)
    return _table(_with_negative(left, outcome, moves.day, _since(before, place)), pools)


def _opened(opening: pa.Table, place: Ints, total: int) -> tuple[Layers, State]:
    """Return the opening layers and the totals of their pools."""
    quantity, _ = integers(opening["quantity"])
    value, costed = integers(opening["value"])
    uncosted = np.where(costed, 0, quantity)
    state = State.empty(total)
    for sums, column in (
        (state.quantity, quantity),
        (state.value, value),
        (state.uncosted, uncosted),
    ):
        np.add.at(sums, place, column)
    held = np.flatnonzero(quantity > 0)
    held = held[np.argsort(place[held], kind="stable")]
    layers = Layers(
        pool=place[held],
        received=numbers(opening["received_on"])[held],
        arrived=numbers(opening["arrived_on"])[held],
        lot=numbers(opening["lot_id"])[held],
        source=np.full(len(held), UNKNOWN),
        quantity=quantity[held],
        uncosted=uncosted[held],
        value=value[held],
    )
    return layers, state


def _since(opening: pa.Table, place: Ints) -> dict[int, tuple[int, int]]:
    """Return, per pool that opens negative, the dates of its negative layer."""
    quantity, _ = integers(opening["quantity"])
    received, arrived = numbers(opening["received_on"]), numbers(opening["arrived_on"])
    return {
        int(place[row]): (int(received[row]), int(arrived[row]))
        for row in np.flatnonzero(quantity < 0)
    }


def _positive(layers: Layers, pools: int) -> Layers:
    """Drop what was lost between two legs; cut layers of partly known cost in two."""
    some = np.flatnonzero(layers.pool < pools)
    layers = Layers(*(column[some] for column in layers))
    mixed = np.flatnonzero((layers.uncosted > 0) & (layers.uncosted < layers.quantity))
    if not mixed.size:
        return layers
    known = layers._replace(
        quantity=np.where(layers.uncosted < layers.quantity, layers.quantity - layers.uncosted, 0),
        uncosted=np.zeros_like(layers.uncosted),
    )
    unknown = layers._replace(quantity=layers.uncosted, value=np.zeros_like(layers.value))
    both = Layers(*(np.stack(pair, axis=1).ravel() for pair in zip(known, unknown, strict=True)))
    some = np.flatnonzero(both.quantity)
    return Layers(*(column[some] for column in both))


def _with_negative(
    layers: Layers, outcome: Outcome, day: Ints, since: dict[int, tuple[int, int]]
) -> Layers:
    """Add one negative layer per negative pool."""
    pool, row = outcome.open_since
    dates = [
        since[int(p)] if r < 0 else (int(day[r]), int(day[r]))
        for p, r in zip(pool, row, strict=True)
    ]
    received, arrived = np.array(dates, dtype=np.int64).reshape(-1, 2).T
    none = np.full(len(pool), UNKNOWN)
    closing = outcome.closing
    negative = Layers(
        pool,
        received,
        arrived,
        none,
        none,
        closing.quantity[pool],
        closing.uncosted[pool],
        closing.value[pool],
    )
    both = Layers(*(np.concatenate(pair) for pair in zip(layers, negative, strict=True)))
    order = np.argsort(both.pool, kind="stable")
    return Layers(*(column[order] for column in both))


def _table(layers: Layers, pools: Pools) -> pa.Table:
    pool = pa.array(layers.pool)
    known = layers.uncosted != layers.quantity
    columns = [
        pools.item_id.take(pool),
        pools.location_id.take(pool),
        pools.status.take(pool),
        pools.transfer.take(pool),
        pa.array(np.arange(len(layers.pool)), pa.int32()),
        pa.array(layers.lot, mask=layers.lot < 0).cast(pa.int32()),
        pa.array(layers.received).cast(pa.int32()).cast(pa.date32()),
        pa.array(layers.arrived).cast(pa.int32()).cast(pa.date32()),
        decimals(layers.quantity),
        decimals(layers.value, known),
    ]
    return pa.table(columns, schema=STOCK_LAYER)


# --- what layers tell ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Ageing:
    """Stock by age.

    Attributes:
        bounds: Upper bounds in days, inclusive.
        quantity: Per bucket, one more than bounds, in ten-thousandths.
        value: Per bucket, in ten-thousandths; layers of unknown cost add nothing.
        average_days: Mean age weighted by quantity; None without stock.
    """

    bounds: tuple[int, ...]
    quantity: tuple[int, ...]
    value: tuple[int, ...]
    average_days: Fraction | None


def age_buckets(layers: pa.Table, as_of: date, bounds: Sequence[int] = AGE_BOUNDS) -> Ageing:
    """Put layers into buckets of age = ``as_of`` - ``received_on`` in days.

    Args:
        layers: Rows of :data:`STOCK_LAYER`. A negative layer counts with its sign, so the buckets
            add up to the balance.
        as_of: The day at whose close the stock is looked at.
        bounds: Ascending upper bounds, inclusive: an age of exactly 30 days is in 0-30.
    """
    quantity, _ = integers(layers["quantity"])
    value, _ = integers(layers["value"])
    age = (as_of - date(1970, 1, 1)).days - numbers(layers["received_on"])
    bucket = np.searchsorted(np.asarray(bounds), age, side="left")
    sums = np.zeros((2, len(bounds) + 1), dtype=np.int64)
    np.add.at(sums[0], bucket, quantity)
    np.add.at(sums[1], bucket, value)
    held = int(quantity.sum())
    days = sum(int(q) * int(a) for q, a in zip(quantity, age, strict=True))
    return Ageing(
        bounds=tuple(bounds),
        quantity=tuple(sums[0].tolist()),
        value=tuple(sums[1].tolist()),
        average_days=Fraction(days, held) if held else None,
    )


def spread(value: int, layers: pa.Table) -> pa.Table:
    """Give the layers of one pool the pool's value, split by quantity, to the last digit.

    Used where the books follow another method than FIFO: age comes from the layers, value from the
    pool, and the buckets still add up to the balance.

    Args:
        value: Value of the pool in ten-thousandths.
        layers: Rows of :data:`STOCK_LAYER` of one pool, whose quantities share a sign.
    """
    quantity, _ = integers(layers["quantity"])
    parts = cut_up(value, np.abs(quantity)) if len(quantity) else quantity
    place = layers.schema.get_field_index("value")
    return layers.set_column(place, STOCK_LAYER.field("value"), decimals(parts))
