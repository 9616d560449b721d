"""The simulation, day by day: arrivals, sales, planning, and notes for the planted truths."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from stockturn.demo.buying import buy, outlook, receive, release, send_back
from stockturn.demo.incidents import (
    break_things,
    count,
    destroy,
    expire,
    go_negative,
    plant_negatives,
    watch_negatives,
)
from stockturn.demo.making import finish, make
from stockturn.demo.moving import arrive, clear_plant, distribute
from stockturn.demo.opening import introduce, open_books
from stockturn.demo.selling import sell, take_back, write_off
from stockturn.demo.world import World


def run(world: World) -> Iterator[int]:
    """Simulate to the last day; yields -1 for the opening and each month's number at its end.

    The caller drains ``world.journal`` at every yield.
    """
    roles = world.company.roles
    unknown = (roles.launch >= 0) | (roles.stop < 0)
    world.by_place(world.smoothed)[:, unknown] = 0
    open_books(world)
    plant_negatives(world)
    yield -1
    days = world.company.days
    for day in range(days.count):
        _one_day(world, day)
        if day + 1 == days.count or days.month[day + 1] != days.month[day]:
            yield int(days.month[day])


def _one_day(world: World, day: int) -> None:
    """Goods in first, so that a day's issues never precede its receipts."""
    introduce(world, day)
    for goods_in in (receive, release, arrive, finish, take_back):
        goods_in(world, day)
    for goods_out in (expire, destroy, send_back, write_off):
        goods_out(world, day)
    need = outlook(world, day)
    make(world, day, need)
    go_negative(world, day)
    sell(world, day)
    clear_plant(world, day)
    distribute(world, day)
    buy(world, day, need)
    if world.company.days.factory_open(day):
        break_things(world, day)
    count(world, day)
    watch_negatives(world, day)
    _watch_stockouts(world, day)


def _watch_stockouts(world: World, day: int) -> None:
    """Keep spans of days that end without available stock and lost a sale."""
    company = world.company
    selling = company.market.rate > 0
    alive = selling & (company.roles.launch <= day) & (company.roles.stop > day)
    out = (world.on_hand <= 0) & world.ever & alive.ravel()
    running = world.out_since >= 0
    world.out_since[out & ~running] = day
    ended = np.flatnonzero(running & ~out)
    lost = world.lost_in_span[ended]
    world.observed.spans.extend(
        (cell, begin, day, steps)
        for cell, begin, steps in zip(
            ended.tolist(), world.out_since[ended].tolist(), lost.tolist(), strict=True
        )
        if steps
    )
    world.out_since[ended] = -1
    world.lost_in_span[~out] = 0


def stockouts_at_end(world: World) -> list[tuple[int, int, int, int]]:
    """Return the spans still open on the last day; they end with the day after it."""
    open_cells = np.flatnonzero((world.out_since >= 0) & (world.lost_in_span > 0))
    end = world.company.days.count
    return [
        (cell, int(world.out_since[cell]), end, int(world.lost_in_span[cell]))
        for cell in open_cells.tolist()
    ]
