"""The planted truths of a generated company, as they came out in its history."""

from __future__ import annotations

from typing import Any

import numpy as np

from stockturn.demo.catalogue import CATEGORIES
from stockturn.demo.days import Ints
from stockturn.demo.master_files import decimal_text
from stockturn.demo.movement_files import lot_name
from stockturn.demo.moving import OVERSTOCK_FACTOR, OVERSTOCK_LINES
from stockturn.demo.network import CENTRAL, LOCATIONS, OVERSTOCKED
from stockturn.demo.simulate import stockouts_at_end
from stockturn.demo.world import World


def tell_truths(world: World) -> dict[str, Any]:
    """Return the truths; keys are described in :mod:`stockturn.demo.company`."""
    company = world.company
    days, roles = company.days, company.roles
    held = world.by_place(world.on_hand).sum(axis=0)
    codes = company.catalogue.codes
    year_ago = days.count - 367
    dead = np.union1d(roles.dead, roles.obsolete)
    dead = dead[(held[dead] > 0) & (world.last_issue[dead] <= year_ago)]
    slow = roles.slow
    sold = (world.recent_issues[slow] > 0) & (world.last_issue[slow] > year_ago)
    slow = slow[sold & (held[slow] > 365 * world.recent_issues[slow] / 180)]

    def dated(items: Ints, day: Ints) -> list[dict[str, str]]:
        return [{"item": codes[k], "from": days.text(int(day[k]))} for k in items.tolist()]

    return {
        "span": {"first_day": str(days.first), "last_day": str(days.last)},
        "dead_items": [codes[k] for k in dead.tolist()],
        "slow_items": [codes[k] for k in slow.tolist()],
        "dying_items": dated(roles.dying, roles.decay),
        "new_items": dated(roles.new, roles.launch),
        "items_without_cost": [codes[k] for k in roles.without_cost.tolist()],
        "late_suppliers": _late_suppliers(world),
        "wrong_minimum": _wrong_minimum(world),
        "negative_stock": _negatives(world),
        "stockouts": _stockouts(world),
        "lost_sales": _lost_sales(world),
        "promotions": [
            {
                "begin": days.text(p.begin),
                "end": days.text(p.end),
                "category": p.category,
                "discount": p.discount,
                "uplift": p.uplift,
            }
            for p in days.promotions
        ],
        "expired_lots": _expired(world),
        "overstocked_location": _overstocked(world),
    }


def _quantity(world: World, cell: int, steps: int) -> str:
    scale = int(world.company.catalogue.scale[cell % world.company.items])
    sign = "-" if steps < 0 else ""
    return sign + decimal_text(abs(steps) * scale, 4)


def _place(world: World, cell: int) -> dict[str, str]:
    item, place = cell % world.company.items, cell // world.company.items
    return {"item": world.company.catalogue.codes[item], "location": LOCATIONS[place].code}


def _late_suppliers(world: World) -> list[dict[str, Any]]:
    """Parameters as planted, and what the delivered orders show (holidays included)."""
    suppliers, count = world.company.suppliers, world.company.days.count
    columns = [np.concatenate(column) for column in zip(*world.observed.orders, strict=True)]
    supplier, _, ordered, _, arrived, *_ = columns
    taken = arrived - ordered
    entries = []
    for k in (*suppliers.late.tolist(), suppliers.worsening):
        times = taken[(supplier == k) & (arrived < count)]
        entries.append(
            {
                "supplier": suppliers.codes[k],
                "quoted_days": int(suppliers.quoted[k]),
                "mean_days": round(float(suppliers.mean[k]), 2),
                "spread_days": round(float(suppliers.spread[k]), 2),
                "later_days_per_year": float(suppliers.slope[k]),
                "observed_mean_days": round(float(times.mean()), 2) if len(times) else None,
                "observed_spread_days": round(float(times.std()), 2) if len(times) else None,
                "deliveries": len(times),
            }
        )
    return entries


def _wrong_minimum(world: World) -> dict[str, Any]:
    company = world.company
    supplier = company.suppliers.wrong_minimum
    items = np.flatnonzero(company.terms.supplier == supplier).tolist()
    return {
        "supplier": company.suppliers.codes[supplier],
        "since": company.days.text(company.roles.mistakes_since),
        "items": [
            {
                "item": company.catalogue.codes[k],
                "minimum": _quantity(world, k, int(company.terms.minimum[k])),
                "minimum_before": _quantity(world, k, int(company.terms.minimum_before[k])),
            }
            for k in items
        ],
    }


def _negatives(world: World) -> list[dict[str, Any]]:
    days = world.company.days
    return [
        {
            **_place(world, cell),
            "begin": days.text(begin),
            "end": days.text(end) if end >= 0 else None,
            "lowest": _quantity(world, cell, lowest),
        }
        for cell, begin, end, lowest in world.observed.negatives
    ]


def _stockouts(world: World) -> dict[str, Any]:
    """A table rather than objects: there are tens of thousands of spans."""
    company = world.company
    spans = sorted(world.observed.spans + stockouts_at_end(world))
    return {
        "columns": ["item", "location", "begin", "end", "lost_quantity"],
        "rows": [
            [
                *_place(world, cell).values(),
                company.days.text(begin),
                company.days.text(end),
                _quantity(world, cell, steps),
            ]
            for cell, begin, end, steps in spans
        ],
    }


def _lost_sales(world: World) -> dict[str, Any]:
    observed = world.observed
    return {"lines": observed.lost_lines, "revenue": decimal_text(observed.lost_revenue, 2)}


def _expired(world: World) -> list[dict[str, str]]:
    company, lots = world.company, world.lots
    return [
        {
            **_place(world, cell),
            "lot": lot_name(company, lot, lots.lot_made[lot]),
            "expired_on": company.days.text(lots.lot_expires[lot]),
            "blocked_on": company.days.text(day),
            "quantity": _quantity(world, cell, steps),
        }
        for cell, lot, steps, day in world.observed.expired
    ]


def _overstocked(world: World) -> dict[str, Any]:
    """Items with over 60 days at the overstocked place while another regional place is out."""
    company = world.company
    demand = world.by_place(world.demand())
    held = world.by_place(world.on_hand)
    open_out = world.by_place(world.out_since) >= 0
    lines = np.isin(company.catalogue.line, OVERSTOCK_LINES)
    surplus = held[OVERSTOCKED] - demand[OVERSTOCKED] * 60
    chances = []
    for item in np.flatnonzero(lines & (surplus >= 1) & (demand[OVERSTOCKED] > 0)).tolist():
        short = [
            LOCATIONS[k].code
            for k in range(CENTRAL, len(LOCATIONS))
            if k != OVERSTOCKED and open_out[k, item]
        ]
        if short:
            code = company.catalogue.codes[item]
            amount = _quantity(world, item, int(surplus[item]))
            chances.append({"item": code, "surplus": amount, "short_at": short})
    return {
        "location": LOCATIONS[OVERSTOCKED].code,
        "since": company.days.text(company.roles.mistakes_since),
        "categories": [CATEGORIES[k] for k in OVERSTOCK_LINES],
        "factor": OVERSTOCK_FACTOR,
        "transfer_chances": chances,
    }
