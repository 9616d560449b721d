"""Bills of material and the cost of every item in every month."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stockturn.demo.catalogue import RAW, WIP, Catalogue
from stockturn.demo.days import Floats, Ints

CONVERSION = 1.22
"""Labour and overhead on top of material."""


@dataclass(frozen=True)
class Bom:
    """Lines sorted by parent; ``steps`` of the child go into one piece of the parent."""

    parent: Ints
    child: Ints
    steps: Ints
    first: Ints

    def of(self, item: int) -> slice:
        """Return the lines of one parent."""
        return slice(int(self.first[item]), int(self.first[item + 1]))

    def explode(self, rate: Floats, level_two: np.ndarray) -> Floats:
        """Return the daily need of components for finished goods made at ``rate`` a day.

        ``level_two`` marks half-finished items, whose own need is passed on to their material.
        """
        size = len(rate)
        direct = np.bincount(self.child, self.steps * rate[self.parent], size)
        passed = np.where(level_two, direct, 0.0)
        return np.asarray(
            direct + np.bincount(self.child, self.steps * passed[self.parent], size), float
        )


def build_bom(catalogue: Catalogue, obsolete: Ints, rng: np.random.Generator) -> Bom:
    """Return a two-level bill: finished from half-finished and raw, half-finished from raw.

    ``obsolete`` raw items go into nothing.
    """
    usable = np.ones(catalogue.count, dtype=bool)
    usable[obsolete] = False
    raw = [
        np.flatnonzero((catalogue.line == RAW) & (catalogue.product == p) & usable)
        for p in range(5)
    ]
    plastic, motor, metal, electronic, packing = raw
    half = np.flatnonzero(catalogue.line == WIP)
    rows: list[tuple[int, int, int]] = []
    for item in np.flatnonzero(catalogue.made):
        if catalogue.line[item] == WIP:
            chosen = [(metal, 2, 1, 5), (electronic, 3, 1, 6), (plastic, 1, 5, 20)]
        else:
            chosen = [(half, 1, 1, 2), (plastic, 1, 40, 180), (motor, 1, 1, 2), (metal, 2, 2, 10),
                      (electronic, 1, 1, 5), (packing, 1, 1, 2)]  # fmt: skip
        for pool, count, low, high in chosen:
            picks = rng.choice(pool, min(count, len(pool)), replace=False)
            rows.extend(
                (int(item), int(child), int(steps))
                for child, steps in zip(picks, rng.integers(low, high, len(picks)), strict=True)
            )
    table = np.array(sorted(rows))
    first = np.searchsorted(table[:, 0], np.arange(catalogue.count + 1))
    return Bom(table[:, 0], table[:, 1], table[:, 2], first)


def build_costs(catalogue: Catalogue, bom: Bom, months: int, rng: np.random.Generator) -> Ints:
    """Return unit cost by month x item in ten-thousandths of a yuan per base unit.

    Bought items drift by their yearly rate with small monthly steps; made items are rolled up.
    """
    steps = np.cumsum(rng.normal(0, 0.004, (months, catalogue.count)), axis=0)
    years = np.arange(months)[:, None] / 12
    cost = catalogue.first_cost * np.exp(catalogue.drift * years + steps)
    used = bom.steps * catalogue.scale[bom.child] / 10_000
    for level in (catalogue.line == WIP, catalogue.finished):
        lines = level[bom.parent]
        for month in range(months):
            material = np.bincount(
                bom.parent[lines],
                used[lines] * cost[month, bom.child[lines]],
                catalogue.count,
            )
            cost[month] = np.where(level, material * CONVERSION, cost[month])
    return np.maximum(1, np.rint(cost * 10_000)).astype(np.int64)
