"""Transfers: plant to central warehouse, central to regional warehouses and stores."""

from __future__ import annotations

from typing import Final

import numpy as np

from stockturn.demo.buying import expected_season
from stockturn.demo.days import Floats, Ints
from stockturn.demo.journal import TRANSFER_IN, TRANSFER_OUT
from stockturn.demo.network import (
    CENTRAL,
    DESTINATIONS,
    OVERSTOCKED,
    PLANT,
    STORES,
    TRANSIT_DAYS,
)
from stockturn.demo.world import World

OVERSTOCK_LINES: Final = (0, 2)
"""Lines that the overstocked warehouse calls off too much of."""
OVERSTOCK_FACTOR: Final = 3.5


def arrive(world: World, day: int) -> None:
    """Book what the trucks bring today."""
    due = world.agenda.take("arrive", day)
    if due is None:
        return
    cells, quantity, lots, number, source = due
    world.journal.add(
        day, TRANSFER_IN, cells, quantity, lot=lots, transfer=number,
        document=cells // world.company.items * 10_000 + source,
    )  # fmt: skip
    np.subtract.at(world.transit, cells, quantity)
    world.put(cells, quantity, lots)


def clear_plant(world: World, day: int) -> None:
    """Send all finished goods from the plant to the central warehouse three times a week."""
    company = world.company
    if company.days.weekday[day] not in {0, 2, 4} or not company.days.roads_open(day):
        return
    at_plant = world.by_place(world.on_hand)[PLANT]
    items = np.flatnonzero(company.catalogue.finished & (at_plant > 0))
    road = world.rng.integers(1, 3)
    _send(world, day, PLANT, CENTRAL, items, at_plant[items].copy(), int(road))


def distribute(world: World, day: int) -> None:
    """Refill the locations reviewed today from the central warehouse, short goods shared out."""
    company = world.company
    weekday = company.days.weekday[day]
    today = [
        place for place in DESTINATIONS
        if (weekday in {1, 4} if place in STORES else weekday == place - 2)
    ]  # fmt: skip
    if not today or not company.days.roads_open(day):
        return
    wanted = np.array([_request(world, day, place) for place in today])
    at_central = np.maximum(world.by_place(world.on_hand)[CENTRAL], 0)
    total = wanted.sum(axis=0)
    short = total > at_central
    share = np.where(short, at_central / np.maximum(total, 1), 1.0)
    wanted = np.floor(wanted * share).astype(np.int64)
    for place, quantity in zip(today, wanted, strict=True):
        items = np.flatnonzero(quantity)
        low, high = TRANSIT_DAYS[place]
        road = int(world.rng.integers(low, high + 1))
        _send(world, day, CENTRAL, place, items, quantity[items], road)


def _request(world: World, day: int, place: int) -> Floats:
    """Return what a location asks for by item: up to its target once below its minimum."""
    company = world.company
    catalogue = company.catalogue
    need = world.by_place(world.demand())[place] * expected_season(company, day)
    held = world.by_place(world.on_hand)[place] + world.by_place(world.transit)[place]
    road = TRANSIT_DAYS[place][1]
    floor_days, cycle_days = (road + 10, 9) if place in STORES else (road + 15, 17)
    floor, target = need * floor_days, need * (floor_days + cycle_days)
    if place == OVERSTOCKED and day >= company.roles.mistakes_since:
        too_much = np.where(np.isin(catalogue.line, OVERSTOCK_LINES), OVERSTOCK_FACTOR, 1.0)
        floor, target = floor * too_much, target * too_much
    on_sale = (day >= company.roles.launch - 14) & (day < company.roles.stop)
    asks = (held < floor) & on_sale & (need > 1e-4)
    return np.where(asks, np.ceil(target - held), 0.0)


def _send(
    world: World, day: int, source: int, target: int, items: Ints, quantity: Ints, road: int
) -> None:
    """Book the out legs and file the in legs ``road`` days later."""
    if not len(items):
        return
    count = world.company.items
    position, lots, part = world.take(source * count + items, quantity)
    items = items[position]
    numbers = world.transfer_numbers(len(items))
    world.journal.add(
        day, TRANSFER_OUT, source * count + items, -part, lot=lots, transfer=numbers,
        document=np.full(len(items), source * 10_000 + target),
    )  # fmt: skip
    cells = target * count + items
    np.add.at(world.transit, cells, part)
    arrival = np.full(len(items), day + road)
    source_column = np.full(len(items), source)
    world.agenda.put("arrive", arrival, cells, part, lots, numbers, source_column)
