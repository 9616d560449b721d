"""Writes the lists beside the movements: items, places, partners, lots, costs, orders, BOM."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

import numpy as np

from stockturn.demo.catalogue import LINES
from stockturn.demo.journal import RECEIPT
from stockturn.demo.movement_files import document_name, lot_name
from stockturn.demo.network import CHANNELS, LOCATIONS
from stockturn.demo.world import Company, World

HEADERS: Final = {
    "物料": (
        "物料编码", "物料名称", "一级分类", "二级分类", "品牌", "物料类型", "单位", "采购员",
        "计划员", "保质期天数", "包装数", "最小起订量", "提前期天数", "供应商编码", "销售单价",
        "系列", "功率",
    ),
    "仓库": ("仓库编码", "仓库名称", "仓库类型", "区域", "上级", "保管员", "公司"),
    "供应商": ("供应商编码", "供应商名称", "提前期天数"),
    "客户": ("客户编码", "客户名称", "渠道"),
    "批次": ("物料编码", "批号", "生产日期", "失效日期"),
    "标准成本": ("物料编码", "生效日期", "标准成本"),
    "采购订单": (
        "订单号", "供应商编码", "物料编码", "下单日期", "承诺日期", "到货日期", "数量", "单价",
    ),
    "物料清单": ("父件", "子件", "用量"),
    "促销": ("开始", "结束", "一级分类", "折扣"),
}  # fmt: skip
WATTS: Final = (300, 500, 800, 1000, 1200, 1500, 1800, 2200)


def write_lists(target: Path, world: World) -> list[Path]:
    """Write every list that has rows as CSV (UTF-8 with a mark, as Excel expects).

    Returns:
        The paths.
    """
    company = world.company
    suppliers, customers = company.suppliers, company.customers
    parties = [CHANNELS[k] for k in customers.channel.tolist()]
    tables: dict[str, Iterable[Sequence[object]]] = {
        "物料": _items(company),
        "仓库": LOCATIONS,
        "供应商": zip(suppliers.codes, suppliers.names, suppliers.quoted.tolist(), strict=True),
        "客户": zip(customers.codes, customers.names, parties, strict=True),
        "批次": _lots(world),
        "标准成本": _standard_costs(company),
        "采购订单": _orders(world),
        "物料清单": _bom(company),
        "促销": _promotions(company),
    }
    paths = []
    for name, listed in tables.items():
        rows = list(listed)
        if not rows:
            continue  # a company of a few months may have had no promotion
        path = target / f"{name}.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, lineterminator="\r\n")
            writer.writerow(HEADERS[name])
            writer.writerows(rows)
        paths.append(path)
    return paths


def decimal_text(value: int, places: int) -> str:
    """Return a scaled integer as a decimal without trailing zeros."""
    whole, part = divmod(value, 10**places)
    tail = f"{part:0{places}d}".rstrip("0")
    return f"{whole}.{tail}" if tail else str(whole)


def _items(company: Company) -> Iterable[Sequence[object]]:
    catalogue, terms = company.catalogue, company.terms
    for k, code in enumerate(catalogue.codes):
        line = LINES[catalogue.line[k]]
        product = line.products[catalogue.product[k]]
        series = line.series[k % len(line.series)]
        brand = line.brands[k % len(line.brands)]
        supplier = int(terms.supplier[k])
        yield (
            code,
            " ".join(part for part in (brand, series, product.name, code[2:]) if part),
            line.name,
            product.name,
            brand,
            line.kind,
            product.unit,
            f"采购员{supplier % 6 + 1}组" if supplier >= 0 else "",
            f"计划员{catalogue.line[k] % 4 + 1}组",
            int(catalogue.shelf_life[k]) or "",
            _steps(company, k, int(terms.pack[k])),
            _steps(company, k, int(terms.minimum[k])),
            int(terms.lead[k]),
            company.suppliers.codes[supplier] if supplier >= 0 else "",
            decimal_text(int(company.market.list_price[k]), 2) if catalogue.sellable[k] else "",
            series,
            f"{WATTS[k % len(WATTS)]}W" if catalogue.finished[k] else "",
        )


def _steps(company: Company, item: int, steps: int) -> str:
    return decimal_text(steps * int(company.catalogue.scale[item]), 4)


def _lots(world: World) -> Iterable[Sequence[object]]:
    company, lots = world.company, world.lots
    for k, item in enumerate(lots.lot_item):
        made, expires = lots.lot_made[k], lots.lot_expires[k]
        days = company.days
        code = company.catalogue.codes[item]
        yield code, lot_name(company, k, made), days.text(made), days.text(expires)


def _standard_costs(company: Company) -> Iterable[Sequence[object]]:
    """Costs are set for the opening and anew each January; the planted items have none."""
    days = company.days
    months = [m for m in range(1, len(company.costs)) if (days.first.month - 1 + m) % 12 == 0]
    without = set(company.roles.without_cost.tolist())
    for month in (0, *months):
        start = days.date_of(int(np.argmax(days.month == month)))
        valid = start - timedelta(days=1) if month == 0 else start
        for k, code in enumerate(company.catalogue.codes):
            if k not in without:
                yield code, valid, decimal_text(int(company.costs[month, k]), 4)


def _orders(world: World) -> Iterable[Sequence[object]]:
    company = world.company
    days = company.days
    for order in world.observed.orders:
        for supplier, item, ordered, promised, arrived, steps, price in zip(
            *(column.tolist() for column in order), strict=True
        ):
            yield (
                document_name(company, RECEIPT, ordered, supplier),
                company.suppliers.codes[supplier],
                company.catalogue.codes[item],
                days.text(ordered),
                days.text(promised),
                days.text(arrived) if arrived < days.count else "",
                _steps(company, item, steps),
                decimal_text(price, 4),
            )


def _bom(company: Company) -> Iterable[Sequence[object]]:
    codes, bom = company.catalogue.codes, company.bom
    for parent, child, steps in zip(
        bom.parent.tolist(), bom.child.tolist(), bom.steps.tolist(), strict=True
    ):
        yield codes[parent], codes[child], _steps(company, child, steps)


def _promotions(company: Company) -> Iterable[Sequence[object]]:
    text = company.days.text
    for entry in company.days.promotions:
        yield text(entry.begin), text(entry.end), entry.category, entry.discount
