"""Pools of stock as layers: goods keep the cost and the dates they came with, first in first out.

Layers are linked lists in arrays, one list per pool in the order of arrival. A second list runs
through the layers of one lot in one pool, for issues that name their lot. A layer that is used up
through one list is passed over, once, when the other list comes to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from stockturn.ledger.exact import Ints, mul_div
from stockturn.ledger.pools import (
    UNKNOWN,
    Fragments,
    Goods,
    Moves,
    State,
    less,
    restate,
    share,
    spread_totals,
    unit_cost,
)

_GROWTH: Final = 2


class Layers(NamedTuple):
    """Layers as columns, per pool in the order of arrival.

    Attributes:
        pool: Pool that holds it.
        received: Day the company received the goods; survives transfers.
        arrived: Day they came to this pool.
        lot: Lot id, or -1.
        source: Row of the receipt, or -1.
        quantity: Above zero.
        uncosted: Part of the quantity whose cost is not known.
        value: Cost of the rest.
    """

    pool: Ints
    received: Ints
    arrived: Ints
    lot: Ints
    source: Ints
    quantity: Ints
    uncosted: Ints
    value: Ints

    @classmethod
    def empty(cls) -> Layers:
        """Return no layers."""
        return cls(*(np.zeros(0, dtype=np.int64) for _ in cls._fields))


@dataclass
class _Queues:
    """Linked lists over layers: where each begins and ends, and what follows each layer."""

    head: Ints
    tail: Ints
    following: Ints

    @classmethod
    def empty(cls, queues: int) -> _Queues:
        return cls(np.full(queues, -1), np.full(queues, -1), np.zeros(0, dtype=np.int64))

    def append(self, queue: Ints, layer: Ints) -> None:
        """Append layers to queues; layers of one queue stand together, in order."""
        first = np.flatnonzero(np.diff(queue, prepend=-1))
        last = np.r_[first[1:], len(queue)] - 1
        self.following[layer[:-1]] = layer[1:]
        self.following[layer[last]] = -1
        tail = self.tail[queue[first]]
        empty = self.head[queue[first]] < 0
        self.head[queue[first[empty]]] = layer[first[empty]]
        self.following[tail[~empty]] = layer[first[~empty]]
        self.tail[queue[first]] = layer[last]


class LayerPools:
    """Each pool as a queue of layers.

    Args:
        opening: Totals of each pool.
        moves: The movements, for the days and lots of what they bring.
        layers: What the pools hold, agreeing with ``opening`` wherever that is positive.
        actual_cost: Goods that go back are taken from the receipt named in ``return_of`` first.
    """

    own_cost = True

    def __init__(
        self, opening: State, moves: Moves, layers: Layers, *, actual_cost: bool = False
    ) -> None:
        positive = opening.quantity > 0
        self.quantity = opening.quantity.copy()
        self.uncosted = np.where(positive, opening.uncosted, 0)
        self.value = np.where(positive, opening.value, 0)
        self._moves = moves
        self.actual_cost = actual_cost and bool((moves.return_of >= 0).any())
        self._queues = _Queues.empty(len(opening.quantity))
        self.newest_cost = opening.unit_cost.copy()
        self._lot_key = self._named_lots(layers)
        self._lot_queues = _Queues.empty(len(self._lot_key))
        self._layers = Layers.empty()
        self._count = 0
        self._kept: list[Layers] = []
        self._add(layers)
        self._first = self._count
        given = opening.unit_cost >= 0
        self.newest_cost[given] = opening.unit_cost[given]

    def _named_lots(self, layers: Layers) -> Ints:
        """Return the keys (pool, lot) that some movement takes from; the others need no queue."""
        moves = self._moves
        self._width = int(max(moves.lot.max(initial=-1), layers.lot.max(initial=-1))) + 1
        out = np.flatnonzero((moves.lot >= 0) & (moves.quantity < 0))
        in_ = np.flatnonzero((moves.lot >= 0) & (moves.quantity > 0) & (moves.group >= 0))
        pool = np.r_[moves.pool[out], moves.group[in_]]
        return np.unique(pool * self._width + np.r_[moves.lot[out], moves.lot[in_]])

    def _lot_queue(self, pool: Ints, lot: Ints) -> Ints:
        """Return the queue of each (pool, lot), or -1."""
        if not len(self._lot_key):
            return np.full(len(pool), -1)
        key = pool * self._width + lot
        place = np.minimum(np.searchsorted(self._lot_key, key), len(self._lot_key) - 1)
        return np.where((lot >= 0) & (self._lot_key[place] == key), place, -1)

    # --- out -----------------------------------------------------------------------------------

    def take(self, pool: Ints, quantity: Ints, rows: Ints) -> Goods:
        """Take the oldest goods, those of the named lot first."""
        need = quantity.copy()
        parts: list[Fragments] = []
        moves = self._moves
        outgoing = moves.quantity[rows[:1]].sum() < 0
        if outgoing and self.actual_cost:
            self._take_source(pool, need, rows, parts)
        if len(self._lot_key):
            queue = self._lot_queue(pool, moves.lot[rows])
            at = np.flatnonzero((queue >= 0) & (need > 0))
            self._consume(self._lot_queues, queue, at, need, parts)
        self._consume(self._queues, pool, np.flatnonzero(need > 0), need, parts)
        fragments = _in_order(parts)
        if not outgoing:
            named = moves.lot[rows[fragments.at]]
            fragments = fragments._replace(lot=np.where(named >= 0, named, fragments.lot))
        uncosted, value = _totals(fragments, len(rows))
        self.uncosted[pool] -= uncosted
        self.value[pool] -= value
        return Goods(quantity, uncosted, value, fragments)

    def _consume(
        self, queues: _Queues, queue: Ints, at: Ints, need: Ints, parts: list[Fragments]
    ) -> None:
        """Take from the heads of queues until nothing is needed or nothing is left."""
        layers = self._layers
        while at.size:
            layer = queues.head[queue[at]]
            some = np.flatnonzero(layer >= 0)
            at, layer = at[some], layer[some]
            there = layers.quantity[layer]
            part = np.minimum(there, need[at])
            used_up = np.flatnonzero(part == there)
            queues.head[queue[at[used_up]]] = queues.following[layer[used_up]]
            self._cut(at, layer, part, there, parts)
            need[at] -= part
            at = at[np.flatnonzero(need[at])]

    def _cut(self, at: Ints, layer: Ints, part: Ints, there: Ints, parts: list[Fragments]) -> None:
        layers = self._layers
        uncosted, value = share(part, there, layers.uncosted[layer], layers.value[layer])
        layers.quantity[layer] = there - part
        layers.uncosted[layer] -= uncosted
        layers.value[layer] -= value
        parts.append(
            Fragments(
                at,
                layers.received[layer],
                layers.lot[layer],
                layers.source[layer],
                part,
                uncosted,
                value,
            )
        )

    def _take_source(self, pool: Ints, need: Ints, rows: Ints, parts: list[Fragments]) -> None:
        """Take from the layers of the receipt that goes back; rare, so one row at a time."""
        origin = self._moves.return_of[rows]
        back = (origin >= 0) & (self._moves.quantity[origin] > 0) & (need > 0)
        for place in np.flatnonzero(back):
            layer = self._queues.head[pool[place]]
            while layer >= 0 and need[place]:
                if self._layers.source[layer] == origin[place]:
                    at, one = np.array([place]), np.array([layer])
                    there = self._layers.quantity[one]
                    part = np.minimum(there, need[at])
                    self._cut(at, one, part, there, parts)
                    need[at] -= part
                layer = self._queues.following[layer]

    # --- in ------------------------------------------------------------------------------------

    def fresh(self, quantity: Ints, uncosted: Ints, value: Ints, rows: Ints) -> Goods:
        """Return goods received on the day of their movement."""
        at = np.flatnonzero(quantity)
        row = rows[at]
        fragments = Fragments(
            at,
            self._moves.day[row],
            self._moves.lot[row],
            row,
            quantity[at],
            uncosted[at],
            value[at],
        )
        return Goods(quantity, uncosted, value, fragments)

    def put(self, pool: Ints, goods: Goods, rows: Ints) -> None:
        """Append the goods as layers that arrive on the day of their movement."""
        self.uncosted[pool] += goods.uncosted
        self.value[pool] += goods.value
        one = _of(goods)
        some = np.flatnonzero(one.quantity)
        one = Fragments(*(column[some] for column in one))
        day = self._moves.day[rows[one.at]]
        self._add(Layers(pool[one.at], one.received, day, *one[2:]))

    def _add(self, more: Layers) -> None:
        """Append layers; those of one pool stand together, in order."""
        begin, end = self._count, self._count + len(more.pool)
        if end > len(self._layers.pool):
            self._grow(end)
        for column, new in zip(self._layers, more, strict=True):
            column[begin:end] = new
        self._count = end
        layer = np.arange(begin, end)
        if not layer.size:
            return
        self._queues.append(more.pool, layer)
        # Several layers of one pool: the last assignment, that of the newest, stays.
        cost = unit_cost(more.value, more.quantity - more.uncosted)
        known = np.flatnonzero(cost >= 0)
        self.newest_cost[more.pool[known]] = cost[known]
        queue = self._lot_queue(more.pool, more.lot)
        named = np.flatnonzero(queue >= 0)
        if named.size:
            named = named[np.argsort(queue[named], kind="stable")]
            self._lot_queues.append(queue[named], layer[named])

    def _grow(self, least: int) -> None:
        size = max(least, _GROWTH * len(self._layers.pool), 1024)
        self._layers = Layers(*(np.resize(column, size) for column in self._layers))
        for queues in (self._queues, self._lot_queues):
            queues.following = np.resize(queues.following, size)

    # --- goods on their way --------------------------------------------------------------------

    def join(self, first: Goods, second: Goods) -> Goods:
        """Put the fragments of both behind each other, row by row."""
        return Goods(
            first.quantity + second.quantity,
            first.uncosted + second.uncosted,
            first.value + second.value,
            _in_order([_of(first), _of(second)]),
        )

    def split(self, goods: Goods, at: Ints, quantity: Ints) -> tuple[Ints, Ints, Goods]:
        """Cut the oldest fragments off."""
        one = _of(goods)
        wanted = np.zeros_like(goods.quantity)
        wanted[at] = quantity
        part = np.clip(wanted[one.at] - _before(one), 0, one.quantity)
        uncosted, value = share(part, one.quantity, one.uncosted, one.value)
        cut = one._replace(quantity=part, uncosted=uncosted, value=value)
        sums = _totals(cut, len(wanted))
        rest = one._replace(
            quantity=one.quantity - part,
            uncosted=one.uncosted - uncosted,
            value=one.value - value,
        )
        left = less(goods, at, (quantity, sums[0][at], sums[1][at]))
        return sums[0][at], sums[1][at], left._replace(fragments=rest)

    def pick(self, goods: Goods, at: Ints) -> Goods:
        """Pick rows and number their fragments anew."""
        one = _of(goods)
        number = np.full(len(goods.quantity), -1)
        number[at] = np.arange(len(at))
        place = number[one.at]
        chosen = np.flatnonzero(place >= 0)
        fragments = Fragments(place[chosen], *(column[chosen] for column in one[1:]))
        return Goods(goods.quantity[at], goods.uncosted[at], goods.value[at], fragments)

    def spread(self, goods: Goods, at: Ints, length: int) -> Goods:
        """Spread rows and their fragments."""
        one = _of(goods)
        return spread_totals(goods, at, length)._replace(fragments=one._replace(at=at[one.at]))

    def at_value(self, goods: Goods, at: Ints, value: Ints) -> Goods:
        """Spread the value over the fragments by quantity."""
        goods = restate(goods, at, value)
        one = _of(goods)
        stated = np.zeros(len(goods.quantity), dtype=np.bool_)
        stated[at] = True
        chosen = np.flatnonzero(stated[one.at])
        begin, row = _before(one)[chosen], one.at[chosen]
        end, total = begin + one.quantity[chosen], goods.quantity[row]
        uncosted, worth = one.uncosted.copy(), one.value.copy()
        uncosted[chosen] = 0
        whole = goods.value[row]
        worth[chosen] = mul_div(whole, end, total) - mul_div(whole, begin, total)
        return goods._replace(fragments=one._replace(uncosted=uncosted, value=worth))

    # --- state ---------------------------------------------------------------------------------

    def revalue(self, pool: Ints, value: Ints) -> None:
        """Spread the value over the costed part of each pool's layers."""
        layers = self._layers
        self.value[pool] += value
        for place, change in zip(pool, value, strict=True):
            held = []
            layer = self._queues.head[place]
            while layer >= 0:
                held.append(layer)
                layer = self._queues.following[layer]
            chosen = np.array(held)
            costed = layers.quantity[chosen] - layers.uncosted[chosen]
            layers.value[chosen] += cut_up(int(change), costed)

    def last_cost(self, pool: Ints) -> Ints:
        """Return the unit cost of the newest goods that came to stay."""
        return np.where(self.quantity[pool] > 0, self.newest_cost[pool], UNKNOWN)

    def forget(self) -> None:
        """Set the layers of finished items aside; no later movement reaches them."""
        begin, end = self._first, self._count
        kept = Layers(*(column[begin:end] for column in self._layers))
        some = np.flatnonzero(kept.quantity)
        self._kept.append(Layers(*(column[some] for column in kept)))
        self._count = begin

    def lift(self, pool: int) -> list[tuple[int, ...]]:
        """Take all layers out of a pool: received, arrived, lot, source and amounts of each."""
        lifted = []
        layer = int(self._queues.head[pool])
        while layer >= 0:
            if self._layers.quantity[layer]:
                lifted.append(tuple(int(column[layer]) for column in self._layers[1:]))
                self._layers.quantity[layer] = 0
            layer = int(self._queues.following[layer])
        return lifted

    def keep(self, layers: Layers) -> None:
        """Set layers aside that no later movement reaches."""
        self._kept.append(layers)

    def layers(self) -> Layers:
        """Return what is left, per pool in the order of arrival."""
        self.forget()
        first = Layers(*(column[: self._first] for column in self._layers))
        some = np.flatnonzero(first.quantity)
        parts = [Layers(*(column[some] for column in first)), *self._kept]
        whole = Layers(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
        order = np.argsort(whole.pool, kind="stable")
        return Layers(*(column[order] for column in whole))


def cut_up(value: int, weights: Ints) -> Ints:
    """Cut ``value`` into parts in proportion to ``weights``; the parts add up exactly."""
    ends = np.cumsum(weights)
    whole = np.full(len(weights), value, dtype=np.int64)
    edges = mul_div(whole, ends, max(int(ends[-1]), 1))
    return np.diff(edges, prepend=0)


def _of(goods: Goods) -> Fragments:
    assert goods.fragments is not None
    return goods.fragments


def _in_order(parts: list[Fragments]) -> Fragments:
    """Return all fragments by row, those of one row in the order given."""
    if not parts:
        return Fragments(*(np.zeros(0, dtype=np.int64) for _ in Fragments._fields))
    together = Fragments(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    order = np.argsort(together.at, kind="stable")
    return Fragments(*(column[order] for column in together))


def _before(fragments: Fragments) -> Ints:
    """Return how much of the same row stands before each fragment."""
    ends = np.cumsum(fragments.quantity)
    starts = ends - fragments.quantity
    return starts - starts[np.searchsorted(fragments.at, fragments.at, side="left")]


def _totals(fragments: Fragments, rows: int) -> tuple[Ints, Ints]:
    sums = np.zeros((2, rows), dtype=np.int64)
    np.add.at(sums[0], fragments.at, fragments.uncosted)
    np.add.at(sums[1], fragments.at, fragments.value)
    return sums[0], sums[1]
