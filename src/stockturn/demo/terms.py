"""Buying and making terms of each item: pack, smallest order, lead time, days of stock kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stockturn.demo.bom import Bom
from stockturn.demo.catalogue import LINES, WIP, Catalogue
from stockturn.demo.days import Floats, Ints
from stockturn.demo.network import Suppliers

PRODUCTION_DAYS = 7
WRONG_MINIMUM_DAYS = 240
"""What the supplier with the mis-set minimum asks for, in days of demand."""


@dataclass(frozen=True)
class Terms:
    """Order terms by item, quantities in steps; ``minimum_before`` held until the mistake."""

    supplier: Ints
    pack: Ints
    minimum: Ints
    minimum_before: Ints
    lead: Ints
    safety_days: Floats
    cycle_days: Floats
    usage: Floats


def build_terms(
    catalogue: Catalogue, bom: Bom, suppliers: Suppliers, supplier: Ints, demand: Floats
) -> Terms:
    """Return terms for items with ``demand`` steps a day from customers.

    Material's usage follows from the bills of material. Minimum orders are a half to a whole
    month of usage, whole packs.
    """
    usage = demand + bom.explode(np.where(catalogue.finished, demand, 0.0), catalogue.line == WIP)
    sizes = np.array([1, 5, 10, 20, 50, 100, 200, 500, 1000, 5000])
    pack = sizes[np.searchsorted(sizes, usage * 4).clip(0, len(sizes) - 1)]
    pack = np.where(catalogue.made, 1, pack)
    days = 12 + 4 * (np.arange(catalogue.count) % 5)
    before = _whole_packs(usage * days, pack)
    wrong = supplier == suppliers.wrong_minimum
    lead = np.where(catalogue.made, PRODUCTION_DAYS, suppliers.quoted[supplier])
    return Terms(
        supplier=supplier,
        pack=pack,
        minimum=np.where(wrong, _whole_packs(usage * WRONG_MINIMUM_DAYS, pack), before),
        minimum_before=before,
        lead=lead,
        safety_days=np.array([line.safety_days for line in LINES])[catalogue.line],
        cycle_days=np.array([line.cycle_days for line in LINES])[catalogue.line],
        usage=usage,
    )


def _whole_packs(quantity: Floats, pack: Ints) -> Ints:
    return np.maximum(1, np.ceil(quantity / pack)).astype(np.int64) * pack
