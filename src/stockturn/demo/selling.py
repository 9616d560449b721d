"""Sales, what could not be sold, and what customers send back."""

from __future__ import annotations

from typing import Final

import numpy as np

from stockturn.demo.catalogue import LINES
from stockturn.demo.days import Floats, Ints
from stockturn.demo.journal import (
    AVAILABLE,
    CUSTOMER_RETURN,
    DEFECTIVE,
    SALE,
    SCRAP,
)
from stockturn.demo.market import demand_factors
from stockturn.demo.network import (
    ACCOUNTS,
    CHANNEL_PRICE,
    DEALERS,
    ONLINE,
    REGIONAL,
    RETAIL,
    STORES,
)
from stockturn.demo.world import World

LEARNING: Final = 1 / 75
"""Share of today's demand in the planners' smoothed demand."""
RETURN_CHANCE: Final = np.array([0.04, 0.008, 0.012, 0.02])


def sell(world: World, day: int) -> None:
    """Sell what is wanted as far as it is there; the rest is lost."""
    company = world.company
    factor, calendar = demand_factors(
        company.days, day, company.catalogue, company.market, company.roles
    )
    cells, wanted = company.market.wanted(factor.ravel(), world.rng)
    # Demand and its calendar factor are smoothed apart: their ratio knows no season.
    world.smoothed *= 1 - LEARNING
    world.smoothed[cells] += LEARNING * wanted
    world.calendar *= 1 - LEARNING
    world.calendar += LEARNING * calendar.ravel()
    shipped = np.minimum(wanted, np.maximum(world.on_hand[cells], 0))
    price = company.market.list_price * _price_level(world, day)
    lost = wanted - shipped
    short = lost > 0
    world.observed.lost_lines += int(short.sum())
    world.lost_in_span[cells[short]] += lost[short]
    channel = _channels(world, cells, wanted)
    net = price[cells % company.items] * CHANNEL_PRICE[channel]
    scale = company.catalogue.scale[cells % company.items] / 10_000
    world.observed.lost_revenue += int(np.rint(lost * net * scale).sum())
    some = shipped > 0
    book_sales(world, day, cells[some], shipped[some], channel[some], net[some])


def book_sales(
    world: World, day: int, cells: Ints, quantity: Ints, channel: Ints, net: Floats
) -> None:
    """Book sales at ``net`` (0.01 yuan a unit) and file the returns they will cause."""
    company = world.company
    position, lots, part = world.take(cells, quantity)
    cells, channel, net = cells[position], channel[position], net[position]
    items = cells % company.items
    customer = _customers(world, cells, channel)
    scale = company.catalogue.scale[items] / 10_000
    revenue = np.rint(part * net * scale).astype(np.int64)
    world.note_issue(day, items, part)
    place = cells // company.items
    world.journal.add(
        day, SALE, cells, -part, revenue=revenue, lot=lots, customer=customer, channel=channel,
        document=place * 10_000 + customer,
    )  # fmt: skip
    back = np.flatnonzero(world.rng.random(len(cells)) < RETURN_CHANCE[channel])
    share = world.rng.uniform(0.1, 1.0, len(back))
    returned = np.maximum(1, np.floor(part[back] * share)).astype(np.int64)
    money = revenue[back] * returned // np.maximum(part[back], 1)
    due = day + world.rng.integers(4, 16, len(back))
    world.agenda.put(
        "return", due, cells[back], returned, money, lots[back], customer[back], channel[back]
    )


def take_back(world: World, day: int) -> None:
    """Book customer returns: three in four go back on the shelf, the rest is defective."""
    due = world.agenda.take("return", day)
    if due is None:
        return
    cells, quantity, money, lots, customer, channel = due
    broken = world.rng.random(len(cells)) < 0.25
    limits = [world.lots.lot_expires[lot] if lot >= 0 else day + 1 for lot in lots.tolist()]
    broken |= np.array(limits) <= day
    world.journal.add(
        day, CUSTOMER_RETURN, cells, quantity, revenue=-money, lot=lots, customer=customer,
        channel=channel, status=np.where(broken, DEFECTIVE, AVAILABLE),
        document=cells // world.company.items * 10_000 + customer,
    )  # fmt: skip
    good = ~broken
    world.put(cells[good], quantity[good], lots[good])
    later = day + world.rng.integers(15, 40, int(broken.sum()))
    world.agenda.put("write off", later, cells[broken], quantity[broken], lots[broken])


def write_off(world: World, day: int) -> None:
    """Scrap defective returns."""
    due = world.agenda.take("write off", day)
    if due is None:
        return
    cells, quantity, lots = due
    document = cells // world.company.items * 10_000
    world.journal.add(day, SCRAP, cells, -quantity, lot=lots, status=DEFECTIVE, document=document)


def _price_level(world: World, day: int) -> Floats:
    """Return today's price as a share of the list price by item: promotions and yearly rises."""
    company = world.company
    level = np.full(len(LINES), 1.012 ** (day // 365))
    names = [line.name for line in LINES]
    for promotion in company.days.promotions:
        if promotion.begin <= day <= promotion.end:
            level[names.index(promotion.category)] *= promotion.discount
    return np.asarray(level[company.catalogue.line])


def _channels(world: World, cells: Ints, wanted: Ints) -> Ints:
    """Return the channel: large central orders are key accounts, small ones online."""
    place = cells // world.company.items
    large = wanted > 1.5 * world.company.market.size.ravel()[cells]
    channel = np.where(large, ACCOUNTS, ONLINE)
    channel[np.isin(place, REGIONAL)] = DEALERS
    channel[np.isin(place, STORES)] = RETAIL
    return channel


def _customers(world: World, cells: Ints, channel: Ints) -> Ints:
    """Draw a customer of the channel and place, the first of a list more often."""
    place = cells // world.company.items
    luck = world.rng.random(len(cells)) ** 1.6
    customer = np.zeros(len(cells), dtype=np.int64)
    for (kind, where), pool in world.company.customers.pools.items():
        here = (place == where) & (channel == kind)
        customer[here] = pool[(luck[here] * len(pool)).astype(np.int64)]
    return customer
