"""What figures can be grouped and filtered by. Names come from here; none is ever quoted in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import ibis.expr.types as ir

from stockturn.language import Text, UsageError

Place = Literal["item", "location", "fact"]
ATTRIBUTE: Final = "attribute."


@dataclass(frozen=True)
class Dimension:
    """One way to group.

    Attributes:
        key: The name in queries, API and page.
        name: Its words.
        place: Master table that carries it, or ``fact`` for a column of the fact itself.
        column: The column there.
        drill_to: The next level down, if any.
        stock: Whether stock can be split by it.
        flow: Whether flows can be split by it.
    """

    key: str
    name: Text
    place: Place
    column: str
    drill_to: str | None = None
    stock: bool = True
    flow: bool = True

    def of(self, rows: ir.Table) -> ir.Value:
        """Return the dimension's value on rows joined with item and location."""
        if self.key.startswith(ATTRIBUTE):
            return rows.item_attributes[self.key.removeprefix(ATTRIBUTE)]
        if self.place == "fact":
            return rows[self.column]
        return rows[f"{self.place}_{self.column}"]


def _item(
    key: str, zh: str, en: str, column: str | None = None, drill: str | None = None
) -> Dimension:
    return Dimension(key, Text(zh, en), "item", column or key, drill)


def _location(
    key: str, zh: str, en: str, column: str | None = None, drill: str | None = None
) -> Dimension:
    return Dimension(key, Text(zh, en), "location", column or key, drill)


_ALL = (
    _item("category", "品类", "Category", drill="subcategory"),
    _item("subcategory", "子品类", "Subcategory", drill="item"),
    _item("category_3", "三级品类", "Category level 3", drill="item"),
    _item("item", "物料", "Item", "code"),
    _item("brand", "品牌", "Brand", drill="item"),
    _item("item_kind", "物料类型", "Item kind", "kind", drill="category"),
    _item("style", "款式", "Style", drill="item"),
    _item("colour", "颜色", "Colour", drill="item"),
    _item("size", "尺码", "Size", drill="item"),
    _item("season", "季节", "Season", drill="category"),
    _item("supplier", "供应商", "Supplier", drill="item"),
    _item("buyer", "采购员", "Buyer", drill="supplier"),
    _item("planner", "计划员", "Planner", drill="category"),
    _item("unit", "单位", "Unit", drill="item"),
    _location("location", "库位", "Location", "code", drill="category"),
    _location("location_kind", "库位类型", "Location kind", "kind", drill="location"),
    _location("region", "区域", "Region", drill="location"),
    _location("parent_location", "上级库位", "Parent location", "parent", drill="location"),
    _location("keeper", "保管员", "Keeper", drill="location"),
    _location("company", "公司", "Company", drill="location"),
    Dimension("status", Text("库存状态", "Stock status"), "fact", "status", "category", flow=False),
    Dimension("channel", Text("渠道", "Channel"), "fact", "channel", "category", stock=False),
)

DIMENSIONS: Final[dict[str, Dimension]] = {dimension.key: dimension for dimension in _ALL}

UNKNOWN_DIMENSION = Text(
    "没有维度“{key}”。可用：{known}；物料的其他列用 attribute.列名。",
    "There is no dimension “{key}”. Known: {known}; other item columns as attribute.NAME.",
)


def dimension(key: str) -> Dimension:
    """Return the dimension named ``key``; ``attribute.NAME`` is any further column of items.

    Raises:
        UsageError: there is none of that name.
    """
    if key.startswith(ATTRIBUTE) and len(key) > len(ATTRIBUTE):
        name = key.removeprefix(ATTRIBUTE)
        return Dimension(key, Text(name, name), "item", "attributes", "item")
    if key not in DIMENSIONS:
        raise UsageError(UNKNOWN_DIMENSION.fill(key=key, known=", ".join(DIMENSIONS)))
    return DIMENSIONS[key]
