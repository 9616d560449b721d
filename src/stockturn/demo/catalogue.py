"""What the generated company deals in: product lines, items and their plain properties.

The firm is invented: it makes small home appliances, trades personal-care goods, spare parts and
medical consumables (with lots and expiry), and buys the material it makes things from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stockturn.demo.days import SEASONS, Floats, Ints

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Product:
    """One subcategory: its season, the range of unit cost in yuan, and its unit."""

    name: str
    season: str
    cost_low: float
    cost_high: float
    unit: str = "件"


@dataclass(frozen=True)
class Line:
    """One top category: kind of item, share of the items, share of the revenue, how it is kept.

    ``safety_days`` and ``cycle_days`` are days of demand in the safety stock and in one order.
    """

    name: str
    kind: str
    code: str
    item_share: float
    revenue_share: float
    brands: tuple[str, ...]
    series: tuple[str, ...]
    safety_days: float
    cycle_days: float
    products: tuple[Product, ...]


OWN: Final = ("屿禾", "屿禾智选")
LINES: Final = (
    Line("厨房小家电", "产成品", "KA", 0.115, 0.34, OWN, ("轻享", "臻厨", "小满"), 34, 24, (
        Product("空气炸锅", "kitchen", 0, 0), Product("电饭煲", "kitchen", 0, 0),
        Product("破壁机", "kitchen", 0, 0), Product("电热水壶", "kitchen", 0, 0),
        Product("榨汁机", "cooling", 0, 0))),
    Line("生活电器", "产成品", "LA", 0.085, 0.24, OWN, ("和风", "暖居", "净界"), 33, 24, (
        Product("取暖器", "heating", 0, 0), Product("电风扇", "cooling", 0, 0),
        Product("加湿器", "humid", 0, 0), Product("吸尘器", "care", 0, 0),
        Product("挂烫机", "care", 0, 0))),
    Line("个人护理", "商品", "PC", 0.117, 0.16, ("途木", "沐澜"), ("随行", "悦己"), 34, 28, (
        Product("电吹风", "care", 35, 160), Product("电动牙刷", "care", 25, 150),
        Product("剃须刀", "care", 40, 220), Product("美容仪", "care", 80, 380))),
    Line("医用耗材", "商品", "MC", 0.15, 0.16, ("净元", "安芷"), ("标准", "家用"), 40, 35, (
        Product("医用口罩", "medical", 6, 25, "盒"), Product("血糖试纸", "flat", 30, 90, "盒"),
        Product("一次性注射器", "flat", 12, 60, "盒"), Product("伤口敷料", "flat", 10, 80, "盒"),
        Product("消毒液", "medical", 8, 35, "瓶"))),
    Line("配件", "商品", "SP", 0.267, 0.10, ("屿禾",), ("原装", "通用"), 65, 55, (
        Product("滤芯", "flat", 8, 60), Product("密封圈", "flat", 1, 8),
        Product("刀头组件", "flat", 12, 70), Product("电源线", "flat", 4, 18),
        Product("内胆", "flat", 25, 110), Product("遥控器", "flat", 9, 40))),
    Line("原材料", "原材料", "RM", 0.216, 0, ("",), ("",), 13, 20, (
        Product("塑料粒子", "flat", 9, 18, "千克"), Product("电机", "flat", 14, 55),
        Product("五金件", "flat", 0.3, 4), Product("电子元件", "flat", 0.1, 6),
        Product("包装材料", "flat", 1, 6))),
    Line("半成品", "半成品", "WP", 0.05, 0, ("",), ("",), 12, 14, (
        Product("主控板组件", "flat", 0, 0), Product("发热盘组件", "flat", 0, 0),
        Product("风机组件", "flat", 0, 0))),
)  # fmt: skip
MEDICAL: Final = 3
SPARE: Final = 4
RAW: Final = 5
WIP: Final = 6
CATEGORIES: Final = tuple(line.name for line in LINES)


@dataclass(frozen=True)
class Catalogue:
    """Properties of the items, one entry an item.

    ``scale`` is the size of one counted step in ten-thousandths of the base unit: pieces are
    counted by 1 (10,000), kilograms by 0.01 (100). All quantities of the simulation are steps.
    """

    codes: tuple[str, ...]
    line: Ints
    product: Ints
    season: Ints
    scale: Ints
    shelf_life: Ints
    first_cost: Floats
    drift: Floats
    inspected: Bools

    @property
    def count(self) -> int:
        """Number of items."""
        return len(self.codes)

    @property
    def sellable(self) -> Bools:
        """Items that customers buy."""
        flags: Bools = self.line < RAW
        return flags

    @property
    def made(self) -> Bools:
        """Items that the plant makes, finished or half-finished."""
        flags: Bools = (self.line < 2) | (self.line == WIP)
        return flags

    @property
    def finished(self) -> Bools:
        """Items that the plant makes for sale."""
        flags: Bools = self.line < 2
        return flags

    @property
    def with_lots(self) -> Bools:
        """Items kept by lot with an expiry day."""
        flags: Bools = self.line == MEDICAL
        return flags


def build_catalogue(items: int, rng: np.random.Generator) -> Catalogue:
    """Return ``items`` items; cost of made items is 0 here (rolled up later)."""
    counts = [max(2, round(line.item_share * items)) for line in LINES]
    counts[SPARE] += items - sum(counts)
    line = np.repeat(np.arange(len(LINES)), counts)
    number = np.concatenate([np.arange(count) for count in counts])
    product = number % np.array([len(entry.products) for entry in LINES])[line]
    kinds = [LINES[a].products[b] for a, b in zip(line, product, strict=True)]
    seasons = list(SEASONS)
    low = np.array([kind.cost_low for kind in kinds])
    high = np.array([kind.cost_high for kind in kinds])
    bought = high > 0
    spread = np.where(bought, high, 1.0) / np.where(bought, low, 1.0)
    cost = np.where(bought, low * spread ** rng.random(items), 0.0)
    lives = rng.choice(np.array([180, 365, 730, 1095]), items, p=[0.1, 0.3, 0.4, 0.2])
    return Catalogue(
        codes=tuple(f"{LINES[a].code}{b + 1:05d}" for a, b in zip(line, number, strict=True)),
        line=line,
        product=product,
        season=np.array([seasons.index(kind.season) for kind in kinds]),
        scale=np.array([100 if kind.unit == "千克" else 10_000 for kind in kinds]),
        shelf_life=np.where(line == MEDICAL, lives, 0),
        first_cost=cost,
        drift=rng.normal(0.015, 0.03, items),
        inspected=(line == MEDICAL) | ((line == RAW) & (rng.random(items) < 0.3)),
    )
