"""Purchasing: min/max over the whole company's stock, minimum orders, and deliveries."""

from __future__ import annotations

import numpy as np

from stockturn.demo.catalogue import RAW, WIP
from stockturn.demo.days import FACTORY_CLOSED, Floats, Ints
from stockturn.demo.journal import (
    AVAILABLE,
    DEFECTIVE,
    INSPECTION,
    RECEIPT,
    STATUS,
    SUPPLIER_RETURN,
)
from stockturn.demo.network import CENTRAL, PLANT
from stockturn.demo.world import Company, World


def expected_season(company: Company, day: int) -> Floats:
    """Return the planners' factor for the coming weeks by item: season and promotions."""
    catalogue, days = company.catalogue, company.days
    season = 0.15 + 0.85 * days.outlook[catalogue.season, day]
    return np.asarray(season * (1 + days.promotion_outlook[catalogue.line, day]))


def outlook(world: World, day: int) -> Floats:
    """Return expected demand a day by item over the next weeks, material exploded."""
    company = world.company
    catalogue = company.catalogue
    own = world.by_place(world.demand()).sum(axis=0) * expected_season(company, day)
    made = np.where(catalogue.finished, own, 0.0)
    return np.asarray(own + company.bom.explode(made, catalogue.line == WIP))


def position(world: World) -> Ints:
    """Return company-wide stock by item: on hand, on the road and on order."""
    held = world.by_place(world.on_hand).sum(axis=0) + world.by_place(world.transit).sum(axis=0)
    return np.asarray(held + world.on_order)


def festival_days(world: World, day: int) -> float:
    """Return the days of stock built ahead because nobody delivers around Spring Festival."""
    offset = world.company.days.festival[day]
    return float(np.clip((offset + 60) * 0.7, 0, 20)) if -60 <= offset < 0 else 0.0


def buy(world: World, day: int, need: Floats) -> None:
    """Place the purchase orders of the suppliers reviewed today (each once a week)."""
    company, terms = world.company, world.company.terms
    if not company.days.factory_open(day):
        return
    today = (terms.supplier >= 0) & (terms.supplier % 5 == company.days.weekday[day])
    horizon = terms.lead + 7 + terms.safety_days + festival_days(world, day)
    floor = need * horizon
    lacking = floor + need * terms.cycle_days - position(world)
    wanted = np.where(
        company.roles.orderable(day, terms.lead) & (position(world) < floor), lacking, 0.0
    )
    wanted = np.maximum(wanted, world.extra_buy)
    items = np.flatnonzero(today & (wanted > 0.5))
    if not len(items):
        return
    minimum = terms.minimum if day >= company.roles.mistakes_since else terms.minimum_before
    packs = np.ceil(np.maximum(wanted[items], minimum[items]) / terms.pack[items])
    quantity = packs.astype(np.int64) * terms.pack[items]
    world.on_order[items] += quantity
    world.extra_buy[items] = 0
    arrived = _arrivals(world, day, terms.supplier[items])
    price = company.costs[company.days.month[day], items]
    days = np.full(len(items), day)
    promised = day + terms.lead[items]
    world.observed.orders.append(
        (terms.supplier[items], items, days, promised, arrived, quantity, price)
    )
    world.agenda.put("delivery", arrived, items, quantity, price, days)


def _arrivals(world: World, day: int, supplier: Ints) -> Ints:
    """Draw delivery days from each supplier's own mean and spread, never on a closed day."""
    suppliers, days = world.company.suppliers, world.company.days
    mean = suppliers.mean[supplier] + suppliers.slope[supplier] * day / 365
    shape = (mean / suppliers.spread[supplier]) ** 2
    drawn = np.rint(world.rng.standard_gamma(shape) * mean / shape).astype(np.int64)
    arrived = day + np.maximum(2, drawn)
    late = world.rng.integers(1, 7, len(supplier))
    inside = arrived < days.count
    offset = np.where(inside, days.festival[np.minimum(arrived, days.count - 1)], -1_000)
    begin, end = FACTORY_CLOSED
    closed = (offset >= begin) & (offset <= end)
    arrived = np.where(closed, arrived - offset + end + late, arrived)
    sunday = (days.weekday[0] + arrived) % 7 == 6
    return np.asarray(arrived + sunday)


def receive(world: World, day: int) -> None:
    """Book the deliveries of the day; inspected goods wait one to three days."""
    due = world.agenda.take("delivery", day)
    if due is None:
        return
    items, quantity, price, ordered = due
    company = world.company
    catalogue, terms = company.catalogue, company.terms
    place = np.where(catalogue.line[items] == RAW, PLANT, CENTRAL)
    cells = place * company.items + items
    lots = np.full(len(items), -1)
    kept = np.flatnonzero(catalogue.with_lots[items])
    made = day - world.rng.integers(8, 45, len(kept))
    lots[kept] = world.lots.create(items[kept], made, made + catalogue.shelf_life[items[kept]])
    unpriced = np.isin(items, company.roles.without_cost) & (world.rng.random(len(items)) < 0.6)
    checked = catalogue.inspected[items]
    supplier = terms.supplier[items]
    world.journal.add(
        day, RECEIPT, cells, quantity, price=np.where(unpriced, -1, price), lot=lots,
        status=np.where(checked, INSPECTION, AVAILABLE), supplier=supplier,
        document=ordered * 10_000 + supplier,
    )  # fmt: skip
    direct = ~checked
    world.on_order[items[direct]] -= quantity[direct]
    world.put(cells[direct], quantity[direct], lots[direct])
    waiting = day + world.rng.integers(1, 4, len(items))
    world.agenda.put("release", waiting[checked], cells[checked], quantity[checked], lots[checked])


def release(world: World, day: int) -> None:
    """Move inspected goods to available, a few to defective and later back to the supplier."""
    due = world.agenda.take("release", day)
    if due is None:
        return
    cells, quantity, lots = due
    failed = world.rng.random(len(cells)) < 0.04
    share = world.rng.uniform(0.02, 0.15, len(cells))
    bad = np.where(failed, np.maximum(1, np.rint(quantity * share)), 0).astype(np.int64)
    bad = np.minimum(bad, quantity)
    good = quantity - bad
    np.subtract.at(world.on_order, cells % world.company.items, quantity)
    for part, status in ((good, AVAILABLE), (bad, DEFECTIVE)):
        some = part > 0
        change_status(world, day, cells[some], part[some], lots[some], INSPECTION, status)
    world.put(cells[good > 0], good[good > 0], lots[good > 0])
    back = bad > 0
    due_back = day + world.rng.integers(5, 16, int(back.sum()))
    world.agenda.put("send back", due_back, cells[back], bad[back], lots[back])


def change_status(
    world: World, day: int, cells: Ints, quantity: Ints, lots: Ints, before: int, after: int
) -> None:
    """Book both legs of a change of stock status."""
    numbers = world.transfer_numbers(len(cells))
    document = cells // world.company.items * 10_000
    for sign, status in ((-1, before), (1, after)):
        world.journal.add(
            day, STATUS, cells, sign * quantity, lot=lots, status=status, transfer=numbers,
            document=document,
        )  # fmt: skip


def send_back(world: World, day: int) -> None:
    """Return defective goods to their supplier."""
    due = world.agenda.take("send back", day)
    if due is None:
        return
    cells, quantity, lots = due
    supplier = world.company.terms.supplier[cells % world.company.items]
    world.journal.add(
        day, SUPPLIER_RETURN, cells, -quantity, lot=lots, status=DEFECTIVE, supplier=supplier,
        document=cells // world.company.items * 10_000 + supplier,
    )  # fmt: skip
