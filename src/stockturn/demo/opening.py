"""The stock the company starts with, booked on the day before the first."""

from __future__ import annotations

import numpy as np

from stockturn.demo.buying import outlook
from stockturn.demo.days import Floats
from stockturn.demo.journal import OPENING
from stockturn.demo.network import CENTRAL, DESTINATIONS, PLANT
from stockturn.demo.world import World


def open_books(world: World) -> None:
    """Put the opening stock in place and book it at cost, lots of two ages where lots are kept."""
    company = world.company
    target = _target(world)
    cells = np.flatnonzero(target.ravel() >= 0.5)
    quantity = np.ceil(target.ravel()[cells]).astype(np.int64)
    old = np.where(company.catalogue.with_lots[cells % company.items], quantity // 3, 0)
    parts = [(cells, quantity - old, 0.15), (cells[old > 0], old[old > 0], 0.45)]
    for some, amount, spent in parts:
        items = some % company.items
        lots = np.full(len(some), -1)
        kept = np.flatnonzero(company.catalogue.with_lots[items])
        life = company.catalogue.shelf_life[items[kept]]
        made = -np.rint(life * spent).astype(np.int64) - 1
        lots[kept] = world.lots.create(items[kept], made, made + life)
        world.journal.add(
            -1, OPENING, some, amount, price=company.costs[0, items], lot=lots,
            document=some // company.items * 10_000,
        )  # fmt: skip
        world.put(some, amount, lots)


def introduce(world: World, day: int) -> None:
    """Let planners believe in the full demand of items soon to be launched, or drop the dead.

    Slow items get their whole, far too large first lot; dead items their last, needless one.
    """
    company = world.company
    roles, terms = company.roles, company.terms
    starting = roles.launch - terms.lead - 15 == day
    if starting.any():
        rate = world.by_place(world.smoothed)
        calendar = world.by_place(world.calendar)
        rate[:, starting] = company.market.rate[:, starting] * calendar[:, starting]
    full = company.market.rate.sum(axis=0)
    slow = np.zeros(company.items, dtype=bool)
    slow[roles.slow] = True
    failed = slow & starting
    world.extra_buy[failed] += np.ceil(full[failed] * 130).astype(np.int64)
    ending = roles.stop - terms.lead - 20 == day
    world.extra_buy[ending] += np.ceil(full[ending] * 110).astype(np.int64)


def _target(world: World) -> Floats:
    """Return opening stock by location x item from the same rules the planners use."""
    company = world.company
    catalogue, terms, roles = company.catalogue, company.terms, company.roles
    need = outlook(world, 0)
    local = world.by_place(world.demand())
    target = np.zeros_like(local)
    season = company.days.outlook[catalogue.season, 0]
    luck = world.rng.uniform(0.5, 1.5, local.shape)
    for place in DESTINATIONS:
        target[place] = local[place] * season * 24 * luck[place]
    total = need * (terms.lead + 9 + terms.safety_days + terms.cycle_days / 2)
    rest = np.maximum(total - target.sum(axis=0), total * 0.2) * luck[CENTRAL]
    home = np.where(catalogue.sellable, CENTRAL, PLANT)
    target[home, np.arange(company.items)] = rest
    absent = roles.launch >= 0
    target[:, absent] = 0
    small = np.maximum(1, 20_000 / (company.costs[0] / 10_000) / (catalogue.scale / 10_000))
    never_sold = roles.stop < 0
    target[CENTRAL, never_sold] = small[never_sold]
    target[PLANT, roles.obsolete] = 2 * small[roles.obsolete]
    if not absent[roles.slow].any():
        target[CENTRAL, roles.slow] = company.market.rate.sum(axis=0)[roles.slow] * 130
    return target
