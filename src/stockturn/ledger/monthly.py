"""Month-end weighted average (月末一次加权平均): one cost per item and month for the whole firm.

The average of a month is (opening + deliveries + stated issues + revaluations) / their quantity,
over all pools of the item and over the costed part alone. Every other movement of the month
(issues, goods found or returned, legs between pools) is valued at it; the last of them takes what
rounding leaves when the item runs out. While the firm's stock of the item is negative there is no
average and the last known one is used; the hole stays in the next month's opening.

At the end of the month each pool is worth its quantity times the average, rounded; what rounding
leaves over goes to the pool with the most stock. The difference to what was booked in the pool is
a revaluation. Legs share one average, so these revaluations add up to zero per item and month.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stockturn.ledger.exact import COST_SCALE, Ints, mul_div
from stockturn.ledger.pools import (
    COMPUTED,
    MISSING,
    STANDARD,
    STATED,
    UNKNOWN,
    Flags,
    Moves,
    State,
    unit_cost,
)
from stockturn.ledger.replay import Outcome, Records
from stockturn.ledger.settlement import Variance


@dataclass(frozen=True)
class _Rates:
    """Per item of a step: which part of a quantity is uncosted, and what the rest costs."""

    uncosted: Ints
    of_quantity: Ints
    value: Ints
    of_costed: Ints

    def price(self, quantity: Ints, item: Ints) -> tuple[Ints, Ints]:
        """Return (uncosted, value) of quantities of these items."""
        uncosted = mul_div(quantity, self.uncosted[item], self.of_quantity[item])
        value = mul_div(quantity - uncosted, self.value[item], self.of_costed[item])
        return uncosted, value


class MonthlyAverage:
    """One run over sorted movements.

    Args:
        moves: What happened.
        opening: What each pool held before.
        pool_item: Item of each pool of stock, as in ``moves.item``.
    """

    def __init__(self, moves: Moves, opening: State, pool_item: Ints) -> None:
        self._moves = moves
        items, self._item = np.unique(moves.item, return_inverse=True)
        place = np.searchsorted(items, pool_item)
        known = place < len(items)
        known[known] = items[place[known]] == pool_item[known]
        self._pool_item = np.where(known, place, UNKNOWN)
        pools = len(pool_item)
        self._state = State(
            opening.quantity[:pools].copy(),
            opening.uncosted[:pools].copy(),
            opening.value[:pools].copy(),
            opening.unit_cost[:pools].copy(),
        )
        self._totals = np.zeros((3, len(items)), dtype=np.int64)
        for total, column in zip(self._totals, self._columns(), strict=True):
            np.add.at(total, place[known], column[known])
        self._cost = np.full(len(items), UNKNOWN)
        np.maximum.at(self._cost, place[known], self._state.unit_cost[known])
        self._variances = Records(4)
        self._fix()

    def _columns(self) -> tuple[Ints, Ints, Ints]:
        return self._state.quantity, self._state.uncosted, self._state.value

    def _fix(self) -> None:
        """Value what does not wait for the average."""
        moves = self._moves
        quantity = moves.quantity
        delivery = (quantity > 0) & ~moves.at_average & (moves.group < 0) & ~moves.stated
        usual = delivery & (moves.standard >= 0)
        standard = mul_div(
            np.where(usual, quantity, 0),
            np.maximum(moves.standard, 0),
            COST_SCALE,
        )
        self.value = np.where(moves.stated, moves.value, standard)
        self.uncosted = np.where(delivery & ~usual, quantity, 0)
        self.source = np.full(len(quantity), COMPUTED, dtype=np.uint8)
        self.source[usual] = STANDARD
        self.source[moves.stated] = STATED
        self._waits: Flags = ~moves.stated & ~delivery & (quantity != 0)

    def run(self) -> Outcome:
        """Value the months of all items, the k-th month of each in step k."""
        month = self._moves.day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        changes = (np.diff(self._item, prepend=-1) != 0) | (
            np.diff(month, prepend=month[:1] - 1) != 0
        )
        starts = np.flatnonzero(changes)
        ends = np.r_[starts[1:], len(month)][: len(starts)]
        item = self._item[starts]
        rank = np.arange(len(item)) - np.searchsorted(item, item, side="left")
        for step in range(int(rank.max(initial=-1)) + 1):
            chosen = np.flatnonzero(rank == step)
            self._month(starts[chosen], ends[chosen])
        missing = (self.uncosted == self._moves.quantity) & (self.uncosted != 0)
        # A row that takes the remainder of an item carries that value, whatever its own cost.
        missing &= self.value == 0
        self.source[missing & (self.source != STATED)] = MISSING
        return Outcome(
            value=self.value,
            uncosted=self.uncosted,
            source=self.source,
            variances=Variance(*self._variances.columns()),
            closing=self._closing(),
            open_since=(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)),
        )

    def _closing(self) -> State:
        cost = self._state.unit_cost.copy()
        mine = np.flatnonzero(self._pool_item >= 0)
        known = self._cost[self._pool_item[mine]]
        cost[mine] = np.where(known >= 0, known, cost[mine])
        return State(*self._columns(), cost)

    def _month(self, starts: Ints, ends: Ints) -> None:
        """Value one month of some items; its rows are from ``starts`` to ``ends``."""
        length = ends - starts
        first = np.cumsum(length) - length
        rows = np.arange(int(length.sum())) + np.repeat(starts - first, length)
        item, row_item = self._item[starts], self._item[rows]
        waits = self._waits[rows]
        fixed = rows[~waits]
        for total, column in zip(self._totals, self._amounts(fixed), strict=True):
            np.add.at(total, self._item[fixed], column)
        rates = self._rates(item)
        last = np.full(self._totals.shape[1], UNKNOWN)
        open_ = rows[waits]
        if open_.size:
            of = self._item[open_]
            uncosted, value = rates.price(self._moves.quantity[open_], of)
            self.uncosted[open_], self.value[open_] = uncosted, value
            for total, column in zip(self._totals, self._amounts(open_), strict=True):
                np.add.at(total, of, column)
            last[of] = open_
        self._clear(item, last, ends - 1)
        for column, amounts in zip(self._columns(), self._amounts(rows), strict=True):
            np.add.at(column, self._moves.pool[rows], amounts)
        closing = np.full(self._totals.shape[1], UNKNOWN)
        closing[row_item] = rows
        self._respread(rates, closing)

    def _amounts(self, rows: Ints) -> tuple[Ints, Ints, Ints]:
        return self._moves.quantity[rows], self.uncosted[rows], self.value[rows]

    def _rates(self, item: Ints) -> _Rates:
        """Return the rates of a month, one element per item; other items stay unused."""
        quantity, uncosted, value = self._totals
        sound = (quantity > 0) & (uncosted >= 0) & (uncosted <= quantity)
        average = sound & (quantity > uncosted) & (value >= 0)
        cost = unit_cost(np.where(average, value, -1), np.where(average, quantity - uncosted, 0))
        mine = np.zeros(len(quantity), dtype=np.bool_)
        mine[item] = True
        self._cost = np.where(mine & (cost >= 0), cost, self._cost)
        unknown = ~average & (self._cost < 0)
        mixed = sound & ~unknown & (average | (uncosted == quantity))
        return _Rates(
            uncosted=np.where(unknown, 1, np.where(mixed, uncosted, 0)),
            of_quantity=np.where(mixed, quantity, 1),
            value=np.where(average, value, np.maximum(self._cost, 0)),
            of_costed=np.where(average, quantity - uncosted, COST_SCALE),
        )

    def _clear(self, item: Ints, last: Ints, end: Ints) -> None:
        """Leave no value without costed goods: the last valued row takes it, else a variance."""
        for place in (1, 2):
            quantity, uncosted, _ = self._totals[:, item]
            gone = quantity == 0 if place == 1 else quantity == uncosted
            left = np.where(gone, self._totals[place, item], 0)
            some = np.flatnonzero(left)
            taker = last[item[some]]
            column = self.uncosted if place == 1 else self.value
            takes = taker >= 0
            column[taker[takes]] -= left[some[takes]]
            rest = some[~takes]
            pool, change = self._moves.pool[end[rest]], -left[rest]
            zero = np.zeros_like(change)
            pair = (change, zero) if place == 1 else (zero, change)
            self._variances.add(end[rest], pool, *pair)
            np.add.at(self._columns()[place], pool, change)
            self._totals[place, item] -= left

    def _respread(self, rates: _Rates, closing: Ints) -> None:
        """Bring every pool of the items to quantity times average."""
        quantity, uncosted, value = self._columns()
        item = self._pool_item
        active = (item >= 0) & (closing[item] >= 0)
        pool = np.flatnonzero(active & ((quantity != 0) | (uncosted != 0) | (value != 0)))
        of = item[pool]
        order = np.lexsort((np.abs(quantity[pool]), of))
        pool, of = pool[order], of[order]
        biggest = np.flatnonzero(np.diff(of, append=-1))
        targets = rates.price(quantity[pool], of)
        changes = []
        for column, target, total in zip((uncosted, value), targets, self._totals[1:], strict=True):
            sums = np.zeros_like(total)
            np.add.at(sums, of, target)
            target[biggest] += (total - sums)[of[biggest]]
            changes.append(target - column[pool])
            column[pool] = target
        some = np.flatnonzero((changes[0] != 0) | (changes[1] != 0))
        self._variances.add(closing[of[some]], pool[some], changes[0][some], changes[1][some])
