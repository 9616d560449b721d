"""Pools of stock with one average cost each, and the values that the replay hands around.

A pool is stock whose cost is shared: one item at one location in one status, or what one transfer
has on its way. Its value belongs to its costed part alone, so an uncosted receipt dilutes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from stockturn.ledger.exact import COST_SCALE, Ints, mul_div

UNKNOWN: Final = -1
"""A unit cost, a group, a lot or a row that is not there."""

MISSING, STATED, COMPUTED, STANDARD = range(4)
"""Where a movement's cost comes from."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Moves:
    """Movements as columns, sorted by (item, day, sequence); quantities and values in 1/10 000.

    Attributes:
        item: Item of the row; equal items stand together.
        pool: Pool that the row changes, dense from 0; pools belong to one item each.
        group: Pool of the goods on their way between the legs of one voucher, or -1.
        day: Days since 1970-01-01.
        quantity: Signed.
        value: Signed; read where ``stated``.
        stated: The source gives the value, and it stands.
        at_average: Goods that come back or are found: without a stated value they take the cost
            of the pool. The others are deliveries, whose cost only their supplier knows.
        standard: Standard unit cost of the day in millionths, or -1.
        return_of: Row that this one returns, or -1: goods that come back take the cost they left
            with, goods that go back are taken from that receipt first.
        lot: Lot id, or -1.
    """

    item: NDArray[np.integer]
    pool: Ints
    group: Ints
    day: Ints
    quantity: Ints
    value: Ints
    stated: Flags
    at_average: Flags
    standard: Ints
    return_of: Ints
    lot: Ints


@dataclass(frozen=True)
class State:
    """What each pool holds between two runs.

    Attributes:
        quantity: Signed.
        uncosted: Part of the quantity whose cost is not known, of the same sign.
        value: Value of the costed part; provisional while the quantity is negative.
        unit_cost: Last known unit cost in millionths, or -1.
    """

    quantity: Ints
    uncosted: Ints
    value: Ints
    unit_cost: Ints

    @classmethod
    def empty(cls, pools: int) -> State:
        """Return ``pools`` pools that never held anything."""
        quantity, uncosted, value = np.zeros((3, pools), dtype=np.int64)
        return cls(quantity, uncosted, value, np.full(pools, UNKNOWN, np.int64))


class Fragments(NamedTuple):
    """Goods that keep their history on the way between pools, several per row of a step.

    Attributes:
        at: Position in the step that the goods belong to; ascending, oldest goods first.
        received: Day the company received them.
        lot: Lot id, or -1.
        source: Row of the receipt they came in with, or -1.
        quantity: Above zero.
        uncosted: Part of the quantity whose cost is not known.
        value: Cost of the rest.
    """

    at: Ints
    received: Ints
    lot: Ints
    source: Ints
    quantity: Ints
    uncosted: Ints
    value: Ints


class Goods(NamedTuple):
    """Per row of a step: how much, the uncosted part, the cost of the rest, and their history."""

    quantity: Ints
    uncosted: Ints
    value: Ints
    fragments: Fragments | None


class Store(Protocol):
    """How pools price what leaves them. State arrays are indexed by pool.

    Attributes:
        own_cost: Goods keep the cost they came with, so an issue with another stated value leaves
            a variance; without it the pool absorbs the difference.
        quantity: Signed; negative while more left than was there.
        uncosted: Uncosted part, 0 while negative.
        value: Value of the costed part, 0 while negative.
    """

    own_cost: bool
    quantity: Ints
    uncosted: Ints
    value: Ints

    def take(self, pool: Ints, quantity: Ints, rows: Ints) -> Goods:
        """Take ``quantity`` (0 up to what is there) out of the value of each pool.

        The caller changes ``quantity``, which may go below zero.
        """

    def put(self, pool: Ints, goods: Goods, rows: Ints) -> None:
        """Add goods to the value of each pool (not to ``quantity``)."""

    def fresh(self, quantity: Ints, uncosted: Ints, value: Ints, rows: Ints) -> Goods:
        """Return goods that these movements bring in from outside."""

    def join(self, first: Goods, second: Goods) -> Goods:
        """Return both together, ``first`` in front."""

    def split(self, goods: Goods, at: Ints, quantity: Ints) -> tuple[Ints, Ints, Goods]:
        """Cut ``quantity`` off at positions ``at``: its uncosted part, its value, the rest."""

    def pick(self, goods: Goods, at: Ints) -> Goods:
        """Return the goods of positions ``at``, numbered anew."""

    def spread(self, goods: Goods, at: Ints, length: int) -> Goods:
        """Undo :meth:`pick`: put the goods back to positions ``at`` of ``length``."""

    def at_value(self, goods: Goods, at: Ints, value: Ints) -> Goods:
        """Give the goods of positions ``at`` another value, which costs all of them."""

    def revalue(self, pool: Ints, value: Ints) -> None:
        """Add a value to pools that hold costed goods."""

    def last_cost(self, pool: Ints) -> Ints:
        """Return the unit cost that speaks for the pool's goods, or -1."""

    def forget(self) -> None:
        """The items so far are done; let go of what only they needed."""


def share(part: Ints, quantity: Ints, uncosted: Ints, value: Ints) -> tuple[Ints, Ints]:
    """Return the (uncosted, value) of ``part`` out of goods of one average cost.

    A part p takes round(p * uncosted / quantity) of the uncosted part, rounded half to even, and
    the rest of it at value / (quantity - uncosted), rounded likewise; so the last part takes
    exactly what is left.
    """
    if uncosted.any():
        drawn = mul_div(part, uncosted, np.maximum(quantity, 1))
        return drawn, mul_div(part - drawn, value, np.maximum(quantity - uncosted, 1))
    return np.zeros_like(part), mul_div(part, value, np.maximum(quantity, 1))


def unit_cost(value: Ints, quantity: Ints) -> Ints:
    """Return the unit cost in millionths, or -1 where there is none that makes sense."""
    sensible = (quantity > 0) & (value >= 0)
    scale = np.full_like(value, COST_SCALE)
    cost = mul_div(np.where(sensible, value, 0), scale, np.maximum(quantity, 1))
    return np.where(sensible, cost, UNKNOWN)


def less(goods: Goods, at: Ints, cut: tuple[Ints, Ints, Ints]) -> Goods:
    """Return the goods with ``cut`` (quantity, uncosted, value) taken off positions ``at``."""
    totals = np.stack(goods[:3])
    totals[:, at] -= cut
    return Goods(totals[0], totals[1], totals[2], goods.fragments)


def spread_totals(goods: Goods, at: Ints, length: int) -> Goods:
    """Return the totals as rows of ``length``, 0 outside ``at``; fragments stay as they are."""
    totals = np.zeros((3, length), dtype=np.int64)
    totals[:, at] = goods[:3]
    return Goods(totals[0], totals[1], totals[2], goods.fragments)


def restate(goods: Goods, at: Ints, value: Ints) -> Goods:
    """Return the goods with the totals of positions ``at`` wholly costed at ``value``."""
    uncosted, worth = goods.uncosted.copy(), goods.value.copy()
    uncosted[at], worth[at] = 0, value
    return goods._replace(uncosted=uncosted, value=worth)


class AveragePools:
    """Each pool as one quantity and one value: what leaves takes its :func:`share` of both."""

    own_cost = False

    def __init__(self, opening: State) -> None:
        # A negative pool's provisional value is kept by the settlement, not here.
        positive = opening.quantity > 0
        self.quantity = opening.quantity.copy()
        self.uncosted = np.where(positive, opening.uncosted, 0)
        self.value = np.where(positive, opening.value, 0)

    def take(self, pool: Ints, quantity: Ints, rows: Ints) -> Goods:  # noqa: ARG002
        """Take the share of quantity and value."""
        there, uncosted, value = self.quantity[pool], self.uncosted[pool], self.value[pool]
        drawn, worth = share(quantity, there, uncosted, value)
        self.uncosted[pool] = uncosted - drawn
        self.value[pool] = value - worth
        return Goods(quantity, drawn, worth, None)

    def put(self, pool: Ints, goods: Goods, rows: Ints) -> None:  # noqa: ARG002
        """Add to the sums."""
        self.uncosted[pool] += goods.uncosted
        self.value[pool] += goods.value

    def fresh(self, quantity: Ints, uncosted: Ints, value: Ints, rows: Ints) -> Goods:  # noqa: ARG002
        """Return the sums; goods of an average pool have no history."""
        return Goods(quantity, uncosted, value, None)

    def join(self, first: Goods, second: Goods) -> Goods:
        """Add up."""
        return Goods(
            first.quantity + second.quantity,
            first.uncosted + second.uncosted,
            first.value + second.value,
            None,
        )

    def split(self, goods: Goods, at: Ints, quantity: Ints) -> tuple[Ints, Ints, Goods]:
        """Cut off the share."""
        parts = (goods.quantity[at], goods.uncosted[at], goods.value[at])
        uncosted, value = share(quantity, *parts)
        return uncosted, value, less(goods, at, (quantity, uncosted, value))

    def pick(self, goods: Goods, at: Ints) -> Goods:
        """Pick the sums."""
        return Goods(goods.quantity[at], goods.uncosted[at], goods.value[at], None)

    def spread(self, goods: Goods, at: Ints, length: int) -> Goods:
        """Spread the sums."""
        return spread_totals(goods, at, length)

    def at_value(self, goods: Goods, at: Ints, value: Ints) -> Goods:
        """Replace the sums."""
        return restate(goods, at, value)

    def revalue(self, pool: Ints, value: Ints) -> None:
        """Add to the value."""
        self.value[pool] += value

    def last_cost(self, pool: Ints) -> Ints:
        """Return the average."""
        return unit_cost(self.value[pool], self.quantity[pool] - self.uncosted[pool])

    def forget(self) -> None:
        """Keep all: the sums are the state."""
