"""Where and with whom the generated company works: locations, suppliers, customers, channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from stockturn.demo.catalogue import LINES, RAW, WIP, Catalogue
from stockturn.demo.days import Floats, Ints


class Location(NamedTuple):
    """One place that holds stock."""

    code: str
    name: str
    kind: str
    region: str
    parent: str
    keeper: str
    company: str


MAKER: Final = "屿禾电器制造有限公司"
TRADER: Final = "屿禾供应链有限公司"
LOCATIONS: Final = (
    Location("GC01", "宁波工厂", "工厂", "华东", "", "工厂仓管员", MAKER),
    Location("ZX01", "杭州中心仓", "中心仓", "华东", "GC01", "中心仓主管", TRADER),
    Location("QY01", "苏州区域仓", "区域仓", "华东", "ZX01", "华东仓管员", TRADER),
    Location("QY02", "广州区域仓", "区域仓", "华南", "ZX01", "华南仓管员", TRADER),
    Location("QY03", "天津区域仓", "区域仓", "华北", "ZX01", "华北仓管员", TRADER),
    Location("QY04", "成都区域仓", "区域仓", "西南", "ZX01", "西南仓管员", TRADER),
    Location("MD01", "杭州旗舰店", "门店", "华东", "ZX01", "杭州店长", TRADER),
    Location("MD02", "上海门店", "门店", "华东", "ZX01", "上海店长", TRADER),
)
PLANT: Final = 0
CENTRAL: Final = 1
REGIONAL: Final = (2, 3, 4, 5)
OVERSTOCKED: Final = 5
STORES: Final = (6, 7)
DESTINATIONS: Final = REGIONAL + STORES
TRANSIT_DAYS: Final = {2: (1, 2), 3: (3, 5), 4: (2, 4), 5: (4, 6), 6: (1, 1), 7: (1, 2)}
"""Fewest and most days on the road from the central warehouse."""

CHANNELS: Final = ("电商", "大客户", "经销", "门店")
CHANNEL_PRICE: Final = np.array([0.88, 0.68, 0.72, 1.0])
"""Price without tax as a share of the list price."""
ONLINE, ACCOUNTS, DEALERS, RETAIL = range(4)


class Customers(NamedTuple):
    """Customers and, for each channel and location, who buys there."""

    codes: tuple[str, ...]
    names: tuple[str, ...]
    channel: Ints
    pools: dict[tuple[int, int], Ints]


def build_customers() -> Customers:
    """Return the fixed list of customers."""
    names: list[str] = []
    channel: list[int] = []
    pools: dict[tuple[int, int], Ints] = {}

    def add(kind: int, location: int, labels: list[str]) -> None:
        pools[kind, location] = np.arange(len(names), len(names) + len(labels))
        names.extend(labels)
        channel.extend([kind] * len(labels))

    add(ONLINE, CENTRAL, ["网店平台甲", "网店平台乙", "网店平台丙"])
    add(ACCOUNTS, CENTRAL, [f"大客户{k:02d}号" for k in range(1, 31)])
    for place in REGIONAL:
        region = LOCATIONS[place].region
        add(DEALERS, place, [f"{region}经销商{k:02d}号" for k in range(1, 16)])
    for place in STORES:
        add(RETAIL, place, [f"{LOCATIONS[place].name}散客"])
    codes = tuple(f"KH{k + 1:04d}" for k in range(len(names)))
    return Customers(codes, tuple(names), np.array(channel), pools)


@dataclass(frozen=True)
class Suppliers:
    """Suppliers, one entry each; lead times in days.

    ``mean`` and ``spread`` describe the time a delivery really takes, ``quoted`` what the supplier
    promises. ``slope`` is how many days later a delivery gets with every year.
    """

    codes: tuple[str, ...]
    names: tuple[str, ...]
    line: Ints
    quoted: Ints
    mean: Floats
    spread: Floats
    slope: Floats
    late: Ints
    worsening: int
    wrong_minimum: int

    @property
    def count(self) -> int:
        """Number of suppliers."""
        return len(self.codes)


def build_suppliers(items: int, rng: np.random.Generator) -> Suppliers:
    """Return suppliers for every bought line, a few of them chronically late."""
    bought = [k for k, line in enumerate(LINES) if k >= 2 and k != WIP]
    total = max(12, items // 25)
    lines = np.sort(np.resize(np.array(bought), total))
    quoted = rng.integers(7, 36, total)
    mean = quoted * rng.uniform(0.92, 1.06, total)
    spread = mean * rng.uniform(0.06, 0.22, total)
    late = np.sort(rng.choice(total, max(2, total // 15), replace=False))
    mean[late] = quoted[late] * rng.uniform(1.45, 1.9, len(late))
    spread[late] = mean[late] * rng.uniform(0.25, 0.4, len(late))
    others = np.setdiff1d(np.arange(total), late)
    worsening = int(rng.choice(others))
    trade = others[(lines[others] != RAW) & (others != worsening)]
    slope = np.zeros(total)
    slope[worsening] = 7.0
    return Suppliers(
        codes=tuple(f"GY{k + 1:04d}" for k in range(total)),
        names=tuple(f"{LINES[a].name}供应商{k + 1:03d}号" for k, a in enumerate(lines)),
        line=lines,
        quoted=quoted,
        mean=mean,
        spread=spread,
        slope=slope,
        late=late,
        worsening=worsening,
        wrong_minimum=int(rng.choice(trade)),
    )


def assign_suppliers(catalogue: Catalogue, suppliers: Suppliers, rng: np.random.Generator) -> Ints:
    """Return the supplier of each item, -1 for made items."""
    chosen = np.full(catalogue.count, -1)
    for line in np.unique(suppliers.line):
        pool = np.flatnonzero(suppliers.line == line)
        mine = np.flatnonzero(catalogue.line == line)
        # Everyone gets items in turn before chance decides, so no supplier stays without.
        chosen[mine] = rng.permutation(np.resize(pool, len(mine)))
    return chosen
