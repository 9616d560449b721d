"""Stock stated for the whole company beside stock by location: it would count twice."""

from __future__ import annotations

from typing import Final

import ibis.expr.types as ir

from stockturn.engines import Transaction, built_once
from stockturn.language import StockTurnError, Text
from stockturn.ledger.tables import table

WHOLE: Final = ("全部仓库", "全部", "所有仓库", "all locations", "all warehouses", "all")
"""What stands for a location where a list has none, or says that it covers all."""

TWICE: Final = Text(
    "物料 {item} 等 {items} 个既按“{whole}”入账，又按具体仓库（如“{location}”）入账，库存会算两次；"
    "本次未写入任何数据。请导入带仓库列的表，或在表头上方写明仓库（如“仓库：主仓”）。",
    "{items} items, like {item}, stand under “{whole}” and under single locations (like "
    "“{location}”) as well, so their stock would count twice; nothing was written. Load lists with "
    "a location column, or state the location above the header (like “warehouse: Main”).",
)


class CountedTwice(StockTurnError):
    """An item's stock is known for the whole company and by location."""

    code = "counted_twice"
    status = 409
    exit_code = 3

    def __init__(self, found: dict[str, str], items: int) -> None:
        super().__init__(TWICE.fill(**found, items=items))


def refuse_counted_twice(transaction: Transaction) -> None:
    """See that no item stands under the whole company and under a single location.

    Raises:
        CountedTwice: nothing was posted.
    """
    if not transaction.query(_whole()).num_rows:
        return
    found = transaction.query(_twice()).to_pylist()
    if found:
        items = {row["item"] for row in found}
        raise CountedTwice(found[0], len(items))


@built_once
def _whole() -> ir.Table:
    places = table("location")
    return places.filter(places.location.isin(WHOLE)).select("location_id", whole="location")


@built_once
def _twice() -> ir.Table:
    places = table("location").select("location_id", "location")
    stock = table("movement").select("item_id", "location_id").distinct()
    whole = stock.inner_join(_whole(), "location_id").select("item_id", "whole")
    single = stock.inner_join(places, "location_id")
    single = single.filter(single.location.notin(WHOLE)).select("item_id", "location")
    both = whole.inner_join(single, "item_id")
    items = table("item").select("item_id", "item")
    named = both.inner_join(items, "item_id").select("item", "whole", "location")
    return named.order_by("item", "location")
