"""The generated company: a seeded Chinese maker-distributor with planted truths.

``generate`` writes one file per list (物料, 仓库, 供应商, 客户, 批次, 标准成本, 采购订单, 物料清单,
促销; CSV) and one file of movements per month (库存流水-YYYY-MM.parquet), opening stock on the day
before the first. The same arguments give the same bytes. ``truths.json`` says what was planted, so
that findings can be scored; days are ISO dates, spans are half-open unless said otherwise, and
quantities are in base units as text:

* ``span``: ``first_day`` and ``last_day`` simulated (both included).
* ``dead_items``: stock at the end and no sale or production issue for more than 365 days.
* ``slow_items``: sold within the last year, and stock at the end exceeds 365 days of the issues of
  the last 180 days; bought far too much at launch.
* ``dying_items``: ``item``, ``from`` - demand halves every 70 days from that day (30 in histories
  under two years).
* ``new_items``: ``item``, ``from`` - the first day of sales.
* ``items_without_cost``: about 60 % of their receipts state no cost; no standard cost either.
* ``late_suppliers``: ``quoted_days``; ``mean_days`` and ``spread_days`` (standard deviation) of the
  planted lead time; ``later_days_per_year`` (one supplier gets later); ``observed_mean_days`` and
  ``observed_spread_days`` of the ``deliveries`` received, holiday closures included.
* ``wrong_minimum``: ``supplier``, ``since``, and its ``items`` with ``minimum`` against
  ``minimum_before``.
* ``negative_stock``: ``item``, ``location``, ``begin`` and ``end`` (null: not mended) of days that
  close below zero, ``lowest`` balance.
* ``stockouts``: a table of spans of days that close without available stock and lost a sale.
* ``lost_sales``: ``lines`` not or not fully served and their ``revenue`` without tax.
* ``promotions``: ``begin`` and ``end`` (both included), ``category``, ``discount`` (price factor),
  ``uplift`` (demand factor before channel strength).
* ``expired_lots``: ``item``, ``location``, ``lot``, ``expired_on``, ``quantity`` blocked on
  ``blocked_on`` (later than expiry where the goods arrived expired).
* ``overstocked_location``: ``location``, ``since``, ``categories`` and ``factor`` by which it calls
  off too much; ``transfer_chances`` on the last day: ``item``, ``surplus`` beyond 60 days, and the
  locations without stock (``short_at``).
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np

from stockturn.demo.bom import build_bom, build_costs
from stockturn.demo.catalogue import CATEGORIES, build_catalogue
from stockturn.demo.days import build_days
from stockturn.demo.market import build_market
from stockturn.demo.master_files import write_lists
from stockturn.demo.movement_files import write_movements
from stockturn.demo.network import assign_suppliers, build_customers, build_suppliers
from stockturn.demo.roles import cast_roles
from stockturn.demo.simulate import run
from stockturn.demo.terms import build_terms
from stockturn.demo.truths import tell_truths
from stockturn.demo.world import Company, World
from stockturn.language import Progress, Text, UsageError

"""Called with what is being done, how much is done and how much there is."""

SIMULATING: Final = Text("生成示例企业", "Generating the sample company")
TOO_SMALL: Final = Text(
    "示例企业至少要有 40 个物料、3 个月",
    "the sample company needs at least 40 items and 3 months",
)
FEWEST_ITEMS: Final = 40
FEWEST_MONTHS: Final = 3


@dataclass(frozen=True)
class GeneratedCompany:
    """What was written: data files in the order to load them, the truths, how many movements."""

    files: tuple[Path, ...]
    truths: Path
    movements: int


def generate(
    target: Path,
    *,
    items: int = 3000,
    months: int = 36,
    seed: int = 20261120,
    end: date = date(2026, 9, 30),
    progress: Progress | None = None,
) -> GeneratedCompany:
    """Write the generated company into ``target`` (made if absent); same arguments, same bytes.

    Args:
        target: folder for the files.
        items: number of items; revenue and movements grow in proportion.
        months: calendar months up to and including the month of ``end``.
        seed: another seed is another company of the same kind.
        end: the last day.
        progress: called after every month.

    Raises:
        UsageError: too few items or months, or years outside 2016 to 2034.
    """
    if items < FEWEST_ITEMS or months < FEWEST_MONTHS:
        raise UsageError(TOO_SMALL)
    rng, clerk = (np.random.Generator(np.random.PCG64(value)) for value in (seed, seed + 1))
    world = World(build_company(items, months, end, rng), rng)
    target.mkdir(parents=True, exist_ok=True)
    movements: list[Path] = []
    # One writer beside the simulation: it writes month after month, so bytes do not depend on it.
    with ThreadPoolExecutor(max_workers=1) as writer:
        written = []
        for month in run(world):
            path = target / f"库存流水-{_month_name(world.company, month)}.parquet"
            lots = np.array(world.lots.lot_made, dtype=np.int64)
            rows = world.journal.drain()
            written.append(writer.submit(write_movements, path, rows, world.company, lots, clerk))
            movements.append(path)
            if progress is not None:
                progress(SIMULATING, month + 1, months)
        for month_file in written:
            month_file.result()
    lists = write_lists(target, world)
    truths = target / "truths.json"
    truths.write_text(_json(tell_truths(world)), encoding="utf-8", newline="\n")
    return GeneratedCompany((*lists, *movements), truths, world.journal.total)


def build_company(items: int, months: int, end: date, rng: np.random.Generator) -> Company:
    """Return everything about the company that does not change from day to day."""
    days = build_days(end, months, CATEGORIES)
    catalogue = build_catalogue(items, rng)
    roles = cast_roles(catalogue, days.count, rng)
    bom = build_bom(catalogue, roles.obsolete, rng)
    costs = build_costs(catalogue, bom, months, rng)
    suppliers = build_suppliers(items, rng)
    supplier = assign_suppliers(catalogue, suppliers, rng)
    market = build_market(catalogue, costs[0], roles, rng)
    terms = build_terms(catalogue, bom, suppliers, supplier, market.rate.sum(axis=0))
    return Company(days, catalogue, bom, costs, suppliers, build_customers(), market, roles, terms)


def _month_name(company: Company, month: int) -> str:
    index = company.days.first.year * 12 + company.days.first.month - 1 + month
    return f"{index // 12:04d}-{index % 12 + 1:02d}"


def _json(truths: dict[str, Any]) -> str:
    """One line per key: readable, and small for the long ones."""
    parts = []
    for key, value in truths.items():
        text = json.dumps(value, ensure_ascii=False)
        parts.append(f'"{key}": {text}')
    return "{\n" + ",\n".join(parts) + "\n}\n"
