"""Production: work orders take material at the plant and bring products back days later."""

from __future__ import annotations

import numpy as np

from stockturn.demo.buying import festival_days, position
from stockturn.demo.days import Floats, Ints
from stockturn.demo.journal import CONSUME, PRODUCE
from stockturn.demo.network import PLANT
from stockturn.demo.world import World


def make(world: World, day: int, need: Floats) -> None:
    """Release the work orders of the items reviewed today (each once a week)."""
    company, terms = world.company, world.company.terms
    if not company.days.factory_open(day):
        return
    catalogue = company.catalogue
    today = catalogue.made & (np.arange(company.items) % 6 == company.days.weekday[day])
    floor = need * (terms.lead + 7 + terms.safety_days + festival_days(world, day))
    held = position(world)
    lacking = np.where(
        company.roles.orderable(day, terms.lead) & (held < floor),
        np.maximum(floor + need * terms.cycle_days - held, terms.minimum),
        0.0,
    )
    wanted = np.ceil(np.maximum(lacking, world.extra_buy)).astype(np.int64)
    orders = []
    for item in np.flatnonzero(today & (wanted > 0)).tolist():
        used = _consume(world, item, int(wanted[item]))
        if used is not None:
            orders.append((item, *used))
    if orders:
        _release(world, day, orders)


Order = tuple[int, int, Ints, Ints]
"""Item, pieces to make, material cells and steps taken of each."""


def _consume(world: World, item: int, wanted: int) -> tuple[int, Ints, Ints] | None:
    """Take the material for as many pieces as it allows; too few wait for the next review."""
    company = world.company
    lines = company.bom.of(item)
    steps = company.bom.steps[lines]
    cells = PLANT * company.items + company.bom.child[lines]
    possible = int((world.on_hand[cells] // steps).min())
    quantity = min(wanted, possible)
    if quantity < max(1, wanted // 4):
        return None
    used = steps * quantity
    world.on_hand[cells] -= used
    return quantity, cells, used


def _release(world: World, day: int, orders: list[Order]) -> None:
    """Book the material of the work orders and file when they finish."""
    company = world.company
    items = np.array([order[0] for order in orders])
    quantity = np.array([order[1] for order in orders])
    number = world.work_orders + np.arange(len(orders))
    world.work_orders += len(orders)
    cells = np.concatenate([order[2] for order in orders])
    used = np.concatenate([order[3] for order in orders])
    lines = np.repeat(number, [len(order[2]) for order in orders])
    world.note_issue(day, cells % company.items, used)
    world.journal.add(day, CONSUME, cells, -used, document=lines)
    world.on_order[items] += quantity
    world.extra_buy[items] = np.maximum(0, world.extra_buy[items] - quantity)
    done = day + world.rng.integers(2, 7, len(orders))
    last = company.days.count - 1
    for k in range(len(orders)):
        while done[k] <= last and not company.days.factory_open(done[k]):
            done[k] += 1
    world.agenda.put("finish", done, items, quantity, number)


def finish(world: World, day: int) -> None:
    """Book finished products at the plant at their rolled-up cost."""
    due = world.agenda.take("finish", day)
    if due is None:
        return
    items, quantity, order = due
    company = world.company
    cells = PLANT * company.items + items
    price = company.costs[company.days.month[day], items]
    world.journal.add(day, PRODUCE, cells, quantity, price=price, document=order)
    np.subtract.at(world.on_order, items, quantity)
    world.put(cells, quantity, np.full(len(items), -1))
