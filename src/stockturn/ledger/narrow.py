"""The replay for a few items: plain integers, one movement after another.

Towards the end of a band only its longest items are left, and an array step for three items costs
as much as one for three thousand. Rules and results are those of :mod:`replay`, digit for digit;
the tests run both over the same histories.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from stockturn.ledger.exact import COST_SCALE, Ints, divide
from stockturn.ledger.layer_pools import LayerPools, Layers
from stockturn.ledger.pools import STANDARD, STATED, UNKNOWN, Moves, Store


class Run(Protocol):
    """The replay that hands over: what it has found so far, and where records go."""

    moves: Moves
    store: Store
    standard: bool
    value: Ints
    uncosted: Ints
    source: np.ndarray
    unit_cost: Ints

    def note(self, *records: list[tuple[int, ...]]) -> None:
        """Write down what opened and filled holes, and variances."""


@dataclass(slots=True)
class Lot:
    """Goods of one history; in an average pool there is one of them for all."""

    received: int
    arrived: int
    lot: int
    source: int
    quantity: int
    uncosted: int
    value: int

    def cut(self, quantity: int) -> Lot:
        """Take a part off."""
        uncosted = divide(quantity * self.uncosted, self.quantity) if self.uncosted else 0
        costed = self.quantity - self.uncosted
        value = divide((quantity - uncosted) * self.value, costed) if costed else 0
        self.quantity -= quantity
        self.uncosted -= uncosted
        self.value -= value
        return Lot(self.received, self.arrived, self.lot, self.source, quantity, uncosted, value)


@dataclass(slots=True)
class Pool:
    """Quantity with its sign, and the goods that are there."""

    quantity: int
    goods: list[Lot] = field(default_factory=list)
    first: int = 0
    cost: int = UNKNOWN
    newest: int = UNKNOWN

    def costed(self) -> int:
        """Return the quantity whose cost is known."""
        return sum(lot.quantity - lot.uncosted for lot in self.goods[self.first :])

    def value(self) -> int:
        """Return the value of what is there."""
        return sum(lot.value for lot in self.goods[self.first :])


def rest_of_items(replay: Run, rows: Ints, ends: Ints) -> None:
    """Replay each item of ``rows`` from that row on, up to its end."""
    for start, end in zip(rows.tolist(), ends.tolist(), strict=True):
        _Narrow(replay, start, end).run()


class _Narrow:
    def __init__(self, replay: Run, start: int, end: int) -> None:
        self._replay, self._store = replay, replay.store
        self._layered = isinstance(replay.store, LayerPools)
        self._standard = replay.standard
        self._pools: dict[int, Pool] = {}
        self._start, self._end = start, end
        moves, part = replay.moves, slice(start, end)
        self._rows = zip(
            range(start, end),
            moves.pool[part].tolist(),
            moves.group[part].tolist(),
            moves.quantity[part].tolist(),
            moves.stated[part].tolist(),
            moves.value[part].tolist(),
            moves.standard[part].tolist(),
            strict=True,
        )
        self._value = replay.value[part].tolist()
        self._uncosted = replay.uncosted[part].tolist()
        self._source = replay.source[part].tolist()
        self._records: tuple[list[Any], list[Any], list[Any]] = ([], [], [])

    def run(self) -> None:
        """Replay and write everything back."""
        for row, place, group, quantity, stated, value, standard in self._rows:
            pool = self._pool(place)
            given = value if stated else None
            if self._standard and standard >= 0 and standard != pool.cost:
                self._reprice(row, place, pool, standard, announces=not quantity and not stated)
            if quantity < 0:
                self._issue(row, place, pool, group, -quantity, given, standard)
            elif quantity > 0:
                self._receive(row, place, pool, group, quantity, given, standard)
            elif given is not None:
                self._revalue(row, place, pool, given)
        self._write_back()

    def _issue(
        self,
        row: int,
        place: int,
        pool: Pool,
        group: int,
        wanted: int,
        given: int | None,
        standard: int,
    ) -> None:
        held = min(wanted, max(pool.quantity, 0))
        pool.quantity -= wanted
        goods = list(self._take(pool, held, row))
        if wanted > held:
            goods.append(self._borrow(row, place, pool, wanted - held, given, group))
        value = sum(lot.value for lot in goods)
        self._put_row(row, -value, -sum(lot.uncosted for lot in goods))
        if self._standard and standard >= 0:
            self._source[row - self._start] = STANDARD
        if given is not None:
            self._put_row(row, given, source=STATED)
            self._differ(row, place, pool, -given - value)
        if group >= 0:
            if given is not None:
                _restate(goods, -given)
            on_way = self._pool(group)
            on_way.quantity += wanted
            self._put(on_way, goods, row)

    def _borrow(
        self, row: int, place: int, pool: Pool, missing: int, given: int | None, group: int
    ) -> Lot:
        known = pool.cost >= 0
        value = divide(missing * pool.cost, COST_SCALE) if known else 0
        uncosted = 0 if known else missing
        fixed = given is not None or group >= 0 or (self._standard and known)
        self._records[0].append((row, place, int(fixed), missing, -uncosted, -value))
        return self._fresh(row, missing, uncosted, value)

    def _differ(self, row: int, place: int, pool: Pool, difference: int) -> None:
        if not difference and not self._absorbs(pool):
            return
        if self._absorbs(pool):
            pool.goods[pool.first].value -= difference
            self._learn(pool, pool.value(), pool.costed())
        else:
            self._vary(row, place, difference)

    def _absorbs(self, pool: Pool) -> bool:
        return not self._standard and not self._layered and pool.costed() > 0

    def _receive(
        self,
        row: int,
        place: int,
        pool: Pool,
        group: int,
        quantity: int,
        given: int | None,
        standard: int,
    ) -> None:
        goods = self._carried(row, group, quantity) if group >= 0 else []
        rest = quantity - sum(lot.quantity for lot in goods)
        if rest:
            cost = (0, 0) if given is not None else self._price(row, pool, rest, standard)
            goods.append(self._fresh(row, rest, *cost))
        self._put_row(row, sum(lot.value for lot in goods), 0)
        if given is not None:
            self._put_row(row, given, source=STATED)
            inside = given
            if self._standard and standard >= 0:
                inside = divide(quantity * standard, COST_SCALE)
                self._vary(row, place, inside - given)
            _restate(goods, inside)
        self._put_row(row, None, sum(lot.uncosted for lot in goods))
        if not self._layered and len(goods) > 1:
            goods = [_together(goods)]
        there = pool.quantity
        pool.quantity += quantity
        if there < 0:
            self._fill(row, place, pool, goods, min(quantity, -there))
        self._put(pool, goods, row)
        self._learn_from_stock(pool)

    def _fill(self, row: int, place: int, pool: Pool, goods: list[Lot], hole: int) -> None:
        if pool.quantity <= 0:
            costed = sum(lot.quantity - lot.uncosted for lot in goods)
            self._learn(pool, sum(lot.value for lot in goods), costed)
        left, uncosted, value = hole, 0, 0
        for lot in goods:
            cut = lot.cut(min(left, lot.quantity))
            left, uncosted, value = left - cut.quantity, uncosted + cut.uncosted, value + cut.value
        self._records[1].append((row, place, hole, uncosted, value))

    def _price(self, row: int, pool: Pool, quantity: int, standard: int) -> tuple[int, int]:
        moves = self._replay.moves
        origin = int(moves.return_of[row])
        by_standard = standard >= 0 and self._standard
        if not by_standard and origin >= 0 and moves.quantity[origin] < 0:
            return self._at_origin(origin, quantity)
        if not by_standard and moves.at_average[row] and pool.cost >= 0:
            return 0, divide(quantity * pool.cost, COST_SCALE)
        if standard >= 0:
            self._source[row - self._start] = STANDARD
            return 0, divide(quantity * standard, COST_SCALE)
        return quantity, 0

    def _at_origin(self, origin: int, quantity: int) -> tuple[int, int]:
        replay, whole = self._replay, -int(self._replay.moves.quantity[origin])
        if origin >= self._start:
            value, uncosted = (c[origin - self._start] for c in (self._value, self._uncosted))
        else:
            value, uncosted = int(replay.value[origin]), int(replay.uncosted[origin])
        if replay.moves.stated[origin]:
            uncosted = 0
        return divide(quantity * -uncosted, whole), divide(quantity * -value, whole)

    def _carried(self, row: int, group: int, quantity: int) -> list[Lot]:
        on_way = self._pool(group)
        taken = min(quantity, on_way.quantity)
        on_way.quantity -= taken
        goods = list(self._take(on_way, taken, row))
        named = int(self._replay.moves.lot[row])
        if named >= 0:
            for lot in goods:
                lot.lot = named
        return goods

    def _revalue(self, row: int, place: int, pool: Pool, given: int) -> None:
        self._put_row(row, given, source=STATED)
        costed, done, before = pool.costed(), 0, 0
        if costed <= 0:
            self._vary(row, place, -given)
            return
        for lot in pool.goods[pool.first :]:
            done += lot.quantity - lot.uncosted
            upto = divide(given * done, costed)
            lot.value += upto - before
            before = upto
        self._learn_from_stock(pool)

    def _reprice(self, row: int, place: int, pool: Pool, standard: int, *, announces: bool) -> None:
        pool.cost = standard
        change = divide(pool.costed() * standard, COST_SCALE) - pool.value()
        if change:
            pool.goods[pool.first].value += change
        if announces:
            self._put_row(row, change, source=STANDARD)
        else:
            self._vary(row, place, change)

    # --- goods ---------------------------------------------------------------------------------

    def _take(self, pool: Pool, quantity: int, row: int) -> Iterator[Lot]:
        """Take from preferred goods first, then the oldest."""
        if quantity and self._layered:
            for chosen in self._preferred(pool, row):
                if quantity and chosen.quantity:
                    part = chosen.cut(min(quantity, chosen.quantity))
                    quantity -= part.quantity
                    yield part
        while quantity:
            lot = pool.goods[pool.first]
            if lot.quantity:
                part = lot.cut(min(quantity, lot.quantity))
                quantity -= part.quantity
                yield part
            if not lot.quantity and self._layered:
                pool.first += 1

    def _preferred(self, pool: Pool, row: int) -> Iterator[Lot]:
        moves, store = self._replay.moves, self._store
        assert isinstance(store, LayerPools)
        origin, named = int(moves.return_of[row]), int(moves.lot[row])
        out = moves.quantity[row] < 0
        if out and store.actual_cost and origin >= 0 and moves.quantity[origin] > 0:
            yield from (lot for lot in pool.goods[pool.first :] if lot.source == origin)
        if named >= 0:
            yield from (lot for lot in pool.goods[pool.first :] if lot.lot == named)

    def _fresh(self, row: int, quantity: int, uncosted: int, value: int) -> Lot:
        day, lot = int(self._replay.moves.day[row]), int(self._replay.moves.lot[row])
        return Lot(day, day, lot, row, quantity, uncosted, value)

    def _put(self, pool: Pool, goods: list[Lot], row: int) -> None:
        goods = [lot for lot in goods if lot.quantity]
        if not goods:
            return
        if not self._layered:
            pool.goods = [_together([*pool.goods, *goods])]
            return
        day = int(self._replay.moves.day[row])
        for lot in goods:
            lot.arrived = day
            pool.goods.append(lot)
            costed = lot.quantity - lot.uncosted
            if costed > 0 and lot.value >= 0:
                pool.newest = divide(lot.value * COST_SCALE, costed)

    # --- small parts ---------------------------------------------------------------------------

    def _learn_from_stock(self, pool: Pool) -> None:
        """Keep the unit cost of the pool, or under FIFO of its newest goods of known cost."""
        if pool.quantity <= 0:
            return
        if not self._layered:
            self._learn(pool, pool.value(), pool.costed())
            return
        if pool.newest >= 0:
            pool.cost = pool.newest

    def _learn(self, pool: Pool, value: int, costed: int) -> None:
        if costed > 0 and value >= 0 and not (self._standard and pool.cost >= 0):
            pool.cost = divide(value * COST_SCALE, costed)

    def _put_row(
        self, row: int, value: int | None, uncosted: int | None = None, *, source: int | None = None
    ) -> None:
        place = row - self._start
        if value is not None:
            self._value[place] = value
        if uncosted is not None:
            self._uncosted[place] = uncosted
        if source is not None:
            self._source[place] = source

    def _vary(self, row: int, place: int, value: int) -> None:
        if value:
            self._records[2].append((row, place, 0, value))

    def _pool(self, place: int) -> Pool:
        """Return a pool, taken over from the arrays when first asked for."""
        if place not in self._pools:
            store = self._store
            cost = int(self._replay.unit_cost[place])
            pool = Pool(int(store.quantity[place]), cost=cost)
            if self._layered:
                assert isinstance(store, LayerPools)
                pool.goods = [Lot(*numbers) for numbers in store.lift(place)]
                pool.newest = int(store.newest_cost[place])
            elif pool.quantity > 0:
                sums = int(store.uncosted[place]), int(store.value[place])
                pool.goods = [Lot(0, 0, UNKNOWN, UNKNOWN, pool.quantity, *sums)]
            self._pools[place] = pool
        return self._pools[place]

    def _write_back(self) -> None:
        replay, store, part = self._replay, self._store, slice(self._start, self._end)
        replay.value[part], replay.uncosted[part] = self._value, self._uncosted
        replay.source[part] = self._source
        replay.note(*self._records)
        layers = []
        for place, pool in sorted(self._pools.items()):
            held = [lot for lot in pool.goods[pool.first :] if lot.quantity]
            store.quantity[place] = pool.quantity
            store.uncosted[place] = sum(lot.uncosted for lot in held)
            store.value[place] = sum(lot.value for lot in held)
            replay.unit_cost[place] = pool.cost
            layers += [
                (place, x.received, x.arrived, x.lot, x.source, x.quantity, x.uncosted, x.value)
                for x in held
            ]
            if isinstance(store, LayerPools):
                store.newest_cost[place] = pool.newest
        if isinstance(store, LayerPools):
            columns = np.array(layers, dtype=np.int64).reshape(-1, 8).T
            store.keep(Layers(*columns))


def _restate(goods: list[Lot], value: int) -> None:
    """Spread a stated value over goods by quantity; it costs all of them."""
    total, done, before = sum(lot.quantity for lot in goods), 0, 0
    for lot in goods:
        done += lot.quantity
        upto = divide(value * done, total)
        lot.uncosted, lot.value, before = 0, upto - before, upto


def _together(goods: list[Lot]) -> Lot:
    """Return all goods as one, without a history."""
    return Lot(
        0,
        0,
        UNKNOWN,
        UNKNOWN,
        sum(lot.quantity for lot in goods),
        sum(lot.uncosted for lot in goods),
        sum(lot.value for lot in goods),
    )
