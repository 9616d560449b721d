"""Production: work orders take material at the plant and bring products back days later."""

from __future__ import annotations

import numpy as np

from stockturn.demo.buying import festival_days, position
from stockturn.demo.days import Floats
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
    for item in np.flatnonzero(today & (wanted > 0)).tolist():
        _work_order(world, day, item, int(wanted[item]))


def _work_order(world: World, day: int, item: int, wanted: int) -> None:
    """Make as much as the material allows; too little is left for the next review."""
    company = world.company
    lines = company.bom.of(item)
    children, steps = company.bom.child[lines], company.bom.steps[lines]
    cells = PLANT * company.items + children
    possible = int((np.maximum(world.on_hand[cells], 0) // steps).min())
    quantity = min(wanted, possible)
    if quantity < max(1, wanted // 4):
        return
    used = steps * quantity
    world.on_hand[cells] -= used
    world.note_issue(day, children, used)
    world.journal.add(day, CONSUME, cells, -used, document=world.work_orders)
    world.on_order[item] += quantity
    world.extra_buy[item] = max(0, int(world.extra_buy[item]) - quantity)
    done = day + int(world.rng.integers(2, 7))
    while done < company.days.count and not company.days.factory_open(done):
        done += 1
    entry = [np.array([value]) for value in (item, quantity, world.work_orders)]
    world.agenda.put("finish", np.array([done]), *entry)
    world.work_orders += 1


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
