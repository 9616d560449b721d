"""The replay: all items at once, the k-th movement of each in step k.

A step touches each pool at most once, because a pool belongs to one item; so numpy can do it for
all items together and the result is the same as one item after another. How goods are priced on
the way out is the store's affair (average or layers); everything else is here:

* an issue of more than is there takes the rest at the pool's last known unit cost (uncosted when
  there is none); receipts fill that hole first, and :mod:`settlement` finds the final cost;
* the legs of one voucher carry cost (and age) along: what leaves goes into the voucher's own pool,
  what arrives is taken out of it; beyond its content an arrival is a receipt without cost;
* a stated value stands. An average pool absorbs the difference; where goods have their own cost
  (layers, standard) it is a variance; so it is where no costed goods are left to absorb it;
* a receipt without cost takes the dated standard cost, else it is uncosted, never 0;
* goods that come back take the cost they left with, as it was known then; found or returned
  without a known origin, the pool's cost.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

import numpy as np

from stockturn.ledger.exact import COST_SCALE, Ints, mul_div
from stockturn.ledger.narrow import rest_of_items
from stockturn.ledger.pools import (
    COMPUTED,
    MISSING,
    STANDARD,
    STATED,
    UNKNOWN,
    Flags,
    Goods,
    Moves,
    State,
    Store,
    unit_cost,
)
from stockturn.ledger.settlement import Opened, Settled, Variance, settle

BAND: Final = 4096
"""Items replayed together: their rows' cache lines should survive from one step to the next."""


class Records:
    """Columns that grow by a few rows a step."""

    def __init__(self, width: int) -> None:
        self._parts: list[tuple[Any, ...]] = []
        self._width = width

    def add(self, *columns: Any) -> None:
        """Append rows; a single number stands for all of them."""
        self._parts.append(np.broadcast_arrays(*columns))

    def columns(self) -> list[Ints]:
        """Return the columns, each in one piece."""
        if not self._parts:
            return [np.zeros(0, dtype=np.int64) for _ in range(self._width)]
        together = zip(*self._parts, strict=True)
        return [np.concatenate(parts).astype(np.int64, copy=False) for parts in together]


@dataclass
class Outcome:
    """Per movement: its value, its uncosted quantity, where the cost comes from.

    Attributes:
        value: Signed like the quantity.
        uncosted: Signed like the quantity.
        source: MISSING, STATED, COMPUTED or STANDARD.
        variances: Changes of pool value that no movement carries, in no particular order.
        closing: What each pool holds afterwards.
        open_since: Pools that are negative at the end, and the oldest row that is not settled.
    """

    value: Ints
    uncosted: Ints
    source: np.ndarray
    variances: Variance
    closing: State
    open_since: tuple[Ints, Ints]


@dataclass
class Replay:
    """One run over sorted movements.

    Args:
        moves: What happened.
        store: The pools, with their opening state inside.
        opening: The same state; read for pools that are negative.
        standard: Value all stock at its dated standard cost; what differs is a variance.

    Attributes:
        narrow: With fewer items than this left, the replay goes on in plain integers.
    """

    narrow: ClassVar[int] = 32

    moves: Moves
    store: Store
    opening: State
    standard: bool = False
    value: Ints = field(init=False)
    uncosted: Ints = field(init=False)
    source: np.ndarray = field(init=False)
    unit_cost: Ints = field(init=False)

    def __post_init__(self) -> None:
        rows = len(self.moves.quantity)
        self.value, self.uncosted = np.zeros((2, rows), dtype=np.int64)
        self.source = np.full(rows, COMPUTED, dtype=np.uint8)
        # The last known unit cost is that of the last receipt: what rounding leaves of a nearly
        # empty pool says nothing about cost.
        given = self.opening.unit_cost
        self.unit_cost = np.where(given < 0, self.store.last_cost(np.arange(len(given))), given)
        self._opened, self._settled, self._variances = Records(6), Records(5), Records(4)
        self._grouped = bool((self.moves.group >= 0).any())
        self._stated_issues = bool((self.moves.stated & (self.moves.quantity < 0)).any())
        self._any_empty = bool((self.moves.quantity == 0).any())
        self._returns = bool((self.moves.return_of >= 0).any())
        negative = np.flatnonzero(self.opening.quantity < 0)
        self._opened.add(
            UNKNOWN,
            negative,
            1,
            -self.opening.quantity[negative],
            self.opening.uncosted[negative],
            self.opening.value[negative],
        )

    def run(self) -> Outcome:
        """Replay all movements and settle what was issued before it was there."""
        for band in bands(self.moves.item):
            items = self.moves.item[band]
            for rows in steps(items):
                if rows.size < self.narrow:
                    ends = np.searchsorted(items, items[rows], side="right")
                    rest_of_items(self, rows + band.start, ends + band.start)
                    break
                self._step(rows + band.start)
            self.store.forget()
        return self._finish()

    def note(self, *records: list[tuple[int, ...]]) -> None:
        """Write down what opened and filled holes, and variances, as rows of their columns."""
        kept = (self._opened, self._settled, self._variances)
        for columns, rows in zip(kept, records, strict=True):
            if rows:
                columns.add(*np.array(rows, dtype=np.int64).T)

    # --- one step ------------------------------------------------------------------------------

    def _step(self, rows: Ints) -> None:
        quantity = self.moves.quantity[rows]
        if self.standard:
            self._reprice(rows)
        # Taking positions is several times faster than a boolean mask on such short arrays.
        issues = rows.take(np.flatnonzero(quantity < 0))
        if issues.size:
            self._issue(issues)
        if issues.size < rows.size:
            receipts = rows.take(np.flatnonzero(quantity > 0))
            if receipts.size:
                self._receive(receipts)
            if self._any_empty:
                self._revalue(rows[quantity == 0])

    def _issue(self, rows: Ints) -> None:
        moves, store = self.moves, self.store
        pool, wanted = moves.pool[rows], -moves.quantity[rows]
        there = store.quantity[pool]
        held = np.minimum(wanted, np.maximum(there, 0))
        goods = store.take(pool, held, rows)
        store.quantity[pool] = there - wanted
        if (wanted > held).any():
            goods = self._borrow(rows, pool, wanted - held, goods)
        self.value[rows] = -goods.value
        self.uncosted[rows] = -goods.uncosted
        if self.standard:
            self.source[rows] = np.where(moves.standard[rows] >= 0, STANDARD, COMPUTED)
        if self._stated_issues:
            self._state(rows, pool, goods.value)
        if self._grouped:
            self._send(rows, goods)

    def _borrow(self, rows: Ints, pool: Ints, missing: Ints, goods: Goods) -> Goods:
        """Price what is not there at the last known unit cost, for now."""
        cost = self.unit_cost[pool]
        known = cost >= 0
        value = mul_div(missing, np.where(known, cost, 0), COST_SCALE)
        uncosted = np.where(known, 0, missing)
        # Computed issues take the final cost themselves; a leg has passed its cost on already.
        fixed = self.moves.stated[rows] | (self.moves.group[rows] >= 0)
        if self.standard:
            fixed |= known
        hole = np.flatnonzero(missing)
        self._opened.add(
            rows[hole], pool[hole], fixed[hole], missing[hole], -uncosted[hole], -value[hole]
        )
        return self.store.join(goods, self.store.fresh(missing, uncosted, value, rows))

    def _state(self, rows: Ints, pool: Ints, computed: Ints) -> None:
        """Let stated values stand; the pool absorbs the difference if it can."""
        stated = np.flatnonzero(self.moves.stated[rows])
        row, place = rows[stated], pool[stated]
        difference = -self.moves.value[row] - computed[stated]
        self.value[row] = self.moves.value[row]
        self.source[row] = STATED
        absorbs = self._absorbs(place)
        self.store.value[place[absorbs]] -= difference[absorbs]
        self._keep(place[absorbs], self.store.last_cost(place[absorbs]))
        self._vary(row[~absorbs], place[~absorbs], difference[~absorbs])

    def _send(self, rows: Ints, goods: Goods) -> None:
        """Put the goods of outgoing legs into their voucher's pool, at the value of the leg."""
        legs = np.flatnonzero(self.moves.group[rows] >= 0)
        if not legs.size:
            return
        sent, row = self.store.pick(goods, legs), rows[legs]
        stated = np.flatnonzero(self.moves.stated[row])
        if stated.size:
            sent = self.store.at_value(sent, stated, -self.value[row[stated]])
        group = self.moves.group[row]
        self.store.put(group, sent, row)
        self.store.quantity[group] += sent.quantity

    def _receive(self, rows: Ints) -> None:
        moves, store = self.moves, self.store
        pool, quantity = moves.pool[rows], moves.quantity[rows]
        goods = self._carried(rows, quantity) if self._grouped else None
        rest = quantity if goods is None else quantity - goods.quantity
        uncosted, value = self._price(rows, pool, rest)
        brought = store.fresh(rest, uncosted, value, rows)
        goods = brought if goods is None else store.join(goods, brought)
        goods = self._state_receipts(rows, pool, goods)
        self.uncosted[rows] = goods.uncosted
        there = store.quantity[pool]
        store.quantity[pool] = there + quantity
        hole = np.flatnonzero(there < 0)
        if hole.size:
            filled = np.minimum(quantity[hole], -there[hole])
            self._learn(pool, goods, hole[there[hole] + quantity[hole] <= 0])
            uncosted, value, goods = store.split(goods, hole, filled)
            self._settled.add(rows[hole], pool[hole], filled, uncosted, value)
        store.put(pool, goods, rows)
        self._keep(pool, store.last_cost(pool))

    def _carried(self, rows: Ints, quantity: Ints) -> Goods | None:
        """Take what incoming legs find in their voucher's pool; nothing for other rows."""
        group = self.moves.group[rows]
        legs = np.flatnonzero(group >= 0)
        if not legs.size:
            return None
        group = group[legs]
        inside = self.store.quantity[group]
        taken = np.minimum(quantity[legs], inside)
        goods = self.store.take(group, taken, rows[legs])
        self.store.quantity[group] = inside - taken
        return self.store.spread(goods, legs, len(rows))

    def _price(self, rows: Ints, pool: Ints, quantity: Ints) -> tuple[Ints, Ints]:
        """Return (uncosted, value) of goods that no voucher brought along."""
        moves = self.moves
        uncosted, value = np.zeros_like(quantity), np.zeros_like(quantity)
        open_ = (quantity > 0) & ~moves.stated[rows]
        if self.standard:
            open_ = self._at_unit_cost(open_, moves.standard[rows], quantity, value, rows, STANDARD)
        if open_.any() and self._returns:
            open_ = self._at_origin(open_, rows, quantity, uncosted, value)
        if open_.any():
            found = open_ & moves.at_average[rows]
            still = self._at_unit_cost(found, self.unit_cost[pool], quantity, value, rows, COMPUTED)
            open_ &= ~found | still
        if open_.any():
            open_ = self._at_unit_cost(open_, moves.standard[rows], quantity, value, rows, STANDARD)
        uncosted[open_] = quantity[open_]
        return uncosted, value

    def _at_unit_cost(
        self, wanted: Flags, cost: Ints, quantity: Ints, value: Ints, rows: Ints, source: int
    ) -> Flags:
        """Fill ``value`` where a unit cost is known; return where it is not."""
        at = np.flatnonzero(wanted & (cost >= 0))
        value[at] = mul_div(quantity[at], cost[at], COST_SCALE)
        self.source[rows[at]] = source
        return wanted & (cost < 0)

    def _at_origin(
        self, wanted: Flags, rows: Ints, quantity: Ints, uncosted: Ints, value: Ints
    ) -> Flags:
        """Give goods that come back the cost they left with."""
        origin = self.moves.return_of[rows]
        known = wanted & (origin >= 0) & (self.moves.quantity[origin] < 0)
        at = np.flatnonzero(known)
        left = origin[at]
        whole = -self.moves.quantity[left]
        # Goods that left at a stated value are costed by it.
        unknown = np.where(self.moves.stated[left], 0, -self.uncosted[left])
        uncosted[at] = mul_div(quantity[at], unknown, whole)
        value[at] = mul_div(quantity[at], -self.value[left], whole)
        return wanted & ~known

    def _state_receipts(self, rows: Ints, pool: Ints, goods: Goods) -> Goods:
        """Let stated values stand; under standard cost the pool still takes the standard."""
        at = np.flatnonzero(self.moves.stated[rows])
        self.value[rows] = goods.value
        if not at.size:
            return goods
        row = rows[at]
        value = self.moves.value[row]
        self.value[row] = value
        self.source[row] = STATED
        if self.standard:
            cost = self.moves.standard[row]
            usual = mul_div(goods.quantity[at], np.maximum(cost, 0), COST_SCALE)
            usual = np.where(cost >= 0, usual, value)
            self._vary(row, pool[at], usual - value)
            value = usual
        return self.store.at_value(goods, at, value)

    def _revalue(self, rows: Ints) -> None:
        """Book stated changes of value; without goods to carry them they are taken back."""
        rows = rows[self.moves.stated[rows]]
        pool, value = self.moves.pool[rows], self.moves.value[rows]
        self.value[rows] = value
        self.source[rows] = STATED
        holds = self.store.quantity[pool] > self.store.uncosted[pool]
        self.store.revalue(pool[holds], value[holds])
        self._keep(pool[holds], self.store.last_cost(pool[holds]))
        self._vary(rows[~holds], pool[~holds], -value[~holds])

    def _reprice(self, rows: Ints) -> None:
        """Bring pools to the standard cost of the day where it differs from the last one."""
        pool, cost = self.moves.pool[rows], self.moves.standard[rows]
        changed = np.flatnonzero((cost >= 0) & (cost != self.unit_cost[pool]))
        rows, pool, cost = rows[changed], pool[changed], cost[changed]
        self.unit_cost[pool] = cost
        costed = np.maximum(self.store.quantity[pool], 0) - self.store.uncosted[pool]
        change = mul_div(costed, cost, COST_SCALE) - self.store.value[pool]
        self.store.revalue(pool, change)
        # A row that only announces the new cost carries the change itself.
        announces = (self.moves.quantity[rows] == 0) & ~self.moves.stated[rows]
        self.value[rows[announces]] = change[announces]
        self.source[rows[announces]] = STANDARD
        self._vary(rows[~announces], pool[~announces], change[~announces])

    # --- small parts ---------------------------------------------------------------------------

    def _absorbs(self, pool: Ints) -> Flags:
        if self.standard or self.store.own_cost:
            return np.zeros(len(pool), dtype=np.bool_)
        return self.store.quantity[pool] > self.store.uncosted[pool]

    def _vary(self, rows: Ints, pool: Ints, value: Ints) -> None:
        some = np.flatnonzero(value)
        if some.size:
            self._variances.add(rows[some], pool[some], 0, value[some])

    def _learn(self, pool: Ints, goods: Goods, at: Ints) -> None:
        """Keep the unit cost of receipts that a hole swallows whole."""
        self._keep(pool[at], unit_cost(goods.value[at], goods.quantity[at] - goods.uncosted[at]))

    def _keep(self, pool: Ints, cost: Ints) -> None:
        known = cost >= 0
        if self.standard:
            known &= self.unit_cost[pool] < 0
        self.unit_cost[pool[known]] = cost[known]

    def _finish(self) -> Outcome:
        """Give rows their final cost and pools their closing state."""
        result = settle(Opened(*self._opened.columns()), Settled(*self._settled.columns()))
        np.add.at(self.value, result.row, result.value)
        np.add.at(self.uncosted, result.row, result.uncosted)
        parts = zip(Variance(*self._variances.columns()), result.variances, strict=True)
        store, rest = self.store, result.still_open
        uncosted, value = store.uncosted.copy(), store.value.copy()
        uncosted[rest.pool], value[rest.pool] = rest.uncosted, rest.value
        missing = (self.uncosted == self.moves.quantity) & (self.moves.quantity != 0)
        self.source[missing & (self.source != STATED)] = MISSING
        return Outcome(
            value=self.value,
            uncosted=self.uncosted,
            source=self.source,
            variances=Variance(*(np.concatenate(pair) for pair in parts)),
            closing=State(store.quantity.copy(), uncosted, value, self.unit_cost),
            open_since=(rest.pool, rest.row),
        )


def bands(item: np.ndarray) -> Iterator[slice]:
    """Cut the rows into bands of whole items, few enough that a step stays in the cache."""
    starts = np.flatnonzero(np.diff(item, prepend=item[:1] - 1))
    edges = np.r_[starts[::BAND], len(item)] if len(item) else np.zeros(1, dtype=np.int64)
    for start, end in itertools.pairwise(edges.tolist()):
        yield slice(start, end)


def steps(item: np.ndarray) -> Iterator[Ints]:
    """Yield the rows of each step: the first movement of every item, then the second, and so on."""
    starts = np.flatnonzero(np.diff(item, prepend=item[:1] - 1))
    counts = np.diff(np.r_[starts, len(item)])
    order = np.argsort(-counts, kind="stable")
    starts, counts = starts[order], counts[order]
    width = len(starts)
    for step in range(int(counts[0]) if width else 0):
        width = int(np.searchsorted(-counts[:width], -step, side="left"))
        yield starts[:width] + step
