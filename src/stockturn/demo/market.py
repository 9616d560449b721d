"""Demand: how much customers want of each item at each location on each day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from stockturn.demo.catalogue import LINES, MEDICAL, SPARE, Catalogue
from stockturn.demo.days import Days, Floats, Ints, festival_factor
from stockturn.demo.network import CENTRAL, LOCATIONS, REGIONAL, STORES
from stockturn.demo.roles import Roles

REVENUE_PER_ITEM: Final = 245_000.0
"""Yearly demand in yuan for each item: 735 million for 3,000 items, before lost sales."""

LINES_PER_ITEM: Final = 0.31
"""Sales lines a day for each item of the catalogue."""

MARKUP: Final = 1 / 0.56
TRADE_WEEK: Final = np.array([1.15, 1.2, 1.2, 1.2, 1.25, 0.65, 0.35])
ONLINE_WEEK: Final = np.array([1.1, 1.0, 1.0, 1.0, 1.0, 0.95, 0.95])
RETAIL_WEEK: Final = np.array([0.8, 0.8, 0.8, 0.85, 1.05, 1.4, 1.3])
PROMOTION_PULL: Final = np.array([0, 1.15, 0.75, 0.75, 0.75, 0.75, 1.1, 1.1])


@dataclass(frozen=True)
class Market:
    """Demand parameters; 2-D arrays are location x item, ``list_price`` is in 0.01 yuan.

    ``active`` are the cells that sell at all; ``rate`` is base demand in steps a day; a cell has a
    sale with hazard ``hazard`` a day, of ``size`` steps on average, the more lumpy the smaller
    ``shape`` is.
    """

    active: Ints
    rate: Floats
    hazard: Floats
    size: Floats
    shape: Floats
    growth: Floats
    list_price: Ints

    def wanted(self, factor: Floats, rng: np.random.Generator) -> tuple[Ints, Ints]:
        """Draw one day: cells with demand and the steps wanted, given demand factors by cell."""
        root = np.sqrt(factor)
        hit = rng.random(len(self.active)) < -np.expm1(
            -self.hazard.ravel()[self.active] * root[self.active]
        )
        cells = self.active[hit]
        shape = self.shape.ravel()[cells]
        draw = rng.standard_gamma(shape) / shape
        size = np.rint(self.size.ravel()[cells] * root[cells] * draw)
        return cells, np.maximum(1, size).astype(np.int64)


def build_market(
    catalogue: Catalogue, first_cost: Ints, roles: Roles, rng: np.random.Generator
) -> Market:
    """Return demand scaled so that every line brings its share of the revenue."""
    count = catalogue.count
    price = np.rint(first_cost * MARKUP * rng.uniform(0.94, 1.08, count) / 100)
    popularity = rng.lognormal(0, 1.15, count) * (roles.stop > 0) * catalogue.sellable
    # Nobody stops a bestseller: the parts with trouble are played by middling items.
    popularity = np.where(np.isin(np.arange(count), roles.dead), popularity * 0.6, popularity)
    revenue = np.zeros(count)
    for number, line in enumerate(LINES):
        mine = catalogue.line == number
        total = popularity[mine].sum()
        if line.revenue_share and total:
            target = REVENUE_PER_ITEM * count * line.revenue_share
            revenue[mine] = popularity[mine] / total * target
    units = revenue / (price / 100 * 0.76) / 365
    share = _assortment(catalogue, rng)
    rate = share * units
    hazard = _hazards(rate, LINES_PER_ITEM * count)
    chance = -np.expm1(-hazard)
    size = np.divide(rate, chance, out=np.ones_like(rate), where=chance > 0)
    lumpy = np.array([1.0, 1.4, 3.0, 3.0, 3.0, 3.0, 4.0, 4.0])[:, None]
    return Market(
        active=np.flatnonzero(hazard),
        rate=rate,
        hazard=hazard,
        size=size,
        shape=np.broadcast_to(lumpy, rate.shape).copy(),
        growth=rng.normal(0.03, 0.06, count),
        list_price=np.maximum(1, price).astype(np.int64),
    )


def demand_factors(
    days: Days, day: int, catalogue: Catalogue, market: Market, roles: Roles
) -> tuple[Floats, Floats]:
    """Return two demand factors by location x item: all causes, and the calendar's part alone."""
    season = days.season[catalogue.season, day]
    trade, retail = festival_factor(days.festival[day : day + 1])[:, 0]
    weekday = days.weekday[day]
    place = np.full(len(LOCATIONS), trade * TRADE_WEEK[weekday])
    place[CENTRAL] = (0.4 * trade + 0.6 * retail) * ONLINE_WEEK[weekday]
    place[list(STORES)] = retail * RETAIL_WEEK[weekday]
    uplift = np.zeros(len(LINES))
    for promotion in days.promotions:
        if promotion.begin <= day <= promotion.end:
            names = [line.name for line in LINES]
            uplift[names.index(promotion.category)] = promotion.uplift - 1
    pull = 1 + PROMOTION_PULL[:, None] * uplift[catalogue.line]
    calendar = np.maximum(place[:, None] * season * pull, 0.02)
    own = roles.life(day) * np.exp(market.growth * day / 365)
    return calendar * own, calendar


def _assortment(catalogue: Catalogue, rng: np.random.Generator) -> Floats:
    """Return each location's share of an item's demand; columns of sellable items sum to 1."""
    shape = (len(LOCATIONS), catalogue.count)
    base = np.array([0, 0.30, 0.18, 0.16, 0.14, 0.12, 0.05, 0.05])
    carried = np.zeros(shape, dtype=bool)
    carried[CENTRAL] = True
    draw = rng.random(shape)
    carried[list(REGIONAL)] = draw[list(REGIONAL)] < np.where(catalogue.line == SPARE, 0.6, 0.8)
    stocked = np.where(catalogue.line == SPARE, 0.2, 0.5) * (catalogue.line != MEDICAL)
    carried[list(STORES)] = draw[list(STORES)] < stocked
    weight = base[:, None] * rng.lognormal(0, 0.35, shape) * carried * catalogue.sellable
    total = weight.sum(axis=0)
    share: Floats = np.divide(weight, total, out=np.zeros(shape), where=total > 0)
    return share


def _hazards(rate: Floats, lines: float) -> Floats:
    """Return hazards growing with rate**0.7 whose expected sales lines a day are ``lines``.

    No cell gets more lines than units, so the mean size of a sale is at least one.
    """
    low, high = 0.0, 10.0
    hazard = np.zeros_like(rate)
    for _ in range(50):
        middle = (low + high) / 2
        chance = np.minimum(np.minimum(middle * rate**0.7, 0.92), rate)
        hazard = -np.log1p(-chance)
        low, high = (middle, high) if chance.sum() < lines else (low, middle)
    return hazard
