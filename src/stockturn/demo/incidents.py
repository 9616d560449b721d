"""What goes wrong in a warehouse: expiry, breakage, count differences, stock below zero."""

from __future__ import annotations

from typing import Final

import numpy as np

from stockturn.demo.buying import change_status
from stockturn.demo.days import Ints
from stockturn.demo.journal import ADJUST, AVAILABLE, BLOCKED, COUNT, SCRAP
from stockturn.demo.network import CHANNEL_PRICE, DEALERS, LOCATIONS, REGIONAL
from stockturn.demo.selling import book_sales
from stockturn.demo.world import World

NO_LOT: Final = -1


def expire(world: World, day: int) -> None:
    """Block the lots whose expiry day has come; they are scrapped days later."""
    cells, lots, quantity = world.lots.expired(day)
    if not len(cells):
        return
    np.subtract.at(world.on_hand, cells, quantity)
    change_status(world, day, cells, quantity, lots, AVAILABLE, BLOCKED)
    blocked = zip(cells.tolist(), lots.tolist(), quantity.tolist(), strict=True)
    world.observed.expired.extend((*entry, day) for entry in blocked)
    due = day + world.rng.integers(3, 15, len(cells))
    world.agenda.put("destroy", due, cells, quantity, lots)


def destroy(world: World, day: int) -> None:
    """Scrap the blocked lots that are due."""
    due = world.agenda.take("destroy", day)
    if due is None:
        return
    cells, quantity, lots = due
    document = cells // world.company.items * 10_000
    world.journal.add(day, SCRAP, cells, -quantity, lot=lots, status=BLOCKED, document=document)


def break_things(world: World, day: int) -> None:
    """Scrap and correct a few pieces on an ordinary working day."""
    for kind, one_in in ((SCRAP, 1_600), (ADJUST, 3_200)):
        number = int(world.rng.poisson(len(world.on_hand) / one_in))
        cells = np.unique(world.rng.integers(0, len(world.on_hand), number))
        cells = cells[world.on_hand[cells] > 20]
        if len(cells):
            _lose(world, day, kind, cells, np.maximum(1, world.on_hand[cells] // 400))


def count(world: World, day: int) -> None:
    """Count a twentieth of each location's stock once a month; one count in two differs."""
    days = world.company.days
    place = days.day_of_month[day] - 20
    if not 0 <= place < len(LOCATIONS):
        return
    items = world.company.items
    here = np.arange(place * items, (place + 1) * items)
    drawn = world.rng.random(items)
    chosen = here[(drawn < 0.05) & (world.on_hand[here] > 0)]
    kind = world.rng.random(len(chosen))
    size = np.maximum(1, np.rint(world.on_hand[chosen] * 0.006)).astype(np.int64)
    _lose(world, day, COUNT, chosen[kind < 0.32], size[kind < 0.32])
    found = (kind > 0.8) & (world.lots.row_of[chosen] < 0)
    _find(world, day, COUNT, chosen[found], size[found])


def go_negative(world: World, day: int) -> None:
    """Sell more than the books hold where a late booking was planted, and mend it days later."""
    mend = world.agenda.take("mend", day)
    if mend is not None:
        cells, quantity = mend
        _find(world, day, ADJUST, cells, quantity)
    due = world.agenda.take("negative", day)
    if due is None:
        return
    (cells,) = due
    cells = cells[world.on_hand[cells] >= 0]
    net = world.company.market.list_price[cells % world.company.items] * CHANNEL_PRICE[DEALERS]
    typical = np.maximum(2, world.company.market.size.ravel()[cells])
    short = np.rint(typical * world.rng.uniform(0.5, 2, len(cells))).astype(np.int64)
    book_sales(world, day, cells, world.on_hand[cells] + short, np.full(len(cells), DEALERS), net)
    mended = day + world.rng.integers(3, 9, len(cells))
    world.agenda.put("mend", mended, cells, short)


def plant_negatives(world: World) -> None:
    """File the planted negative-stock cases: well-selling items of regional warehouses."""
    company = world.company
    cases = max(2, company.items // 200)
    chance = company.market.hazard.copy()
    plain = ~company.catalogue.with_lots & (company.roles.strength == 1)
    plain &= (company.roles.launch < 0) & (company.roles.stop > company.days.count)
    chance[:, ~plain] = 0
    other = np.setdiff1d(np.arange(len(LOCATIONS)), REGIONAL)
    chance[other] = 0
    best = np.argsort(-chance, axis=None, kind="stable")[: cases * 12]
    cells = world.rng.choice(best, cases, replace=False)
    day = world.rng.integers(company.days.count // 4, company.days.count - 12, cases)
    world.agenda.put("negative", day, cells)


def watch_negatives(world: World, day: int) -> None:
    """Note where the books are below zero at the end of the day."""
    below = set(np.flatnonzero(world.on_hand < 0).tolist())
    for case in world.observed.negatives:
        if case[2] < 0:
            if case[0] in below:
                case[3] = min(case[3], int(world.on_hand[case[0]]))
                below.discard(case[0])
            else:
                case[2] = day
    world.observed.negatives.extend(
        [cell, day, -1, int(world.on_hand[cell])] for cell in sorted(below)
    )


def _lose(world: World, day: int, kind: int, cells: Ints, quantity: Ints) -> None:
    position, lots, part = world.take(cells, quantity)
    document = cells[position] // world.company.items * 10_000
    world.journal.add(day, kind, cells[position], -part, lot=lots, document=document)


def _find(world: World, day: int, kind: int, cells: Ints, quantity: Ints) -> None:
    document = cells // world.company.items * 10_000
    world.journal.add(day, kind, cells, quantity, document=document)
    world.put(cells, quantity, np.full(len(cells), NO_LOT))
