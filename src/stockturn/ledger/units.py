"""Quantities in the item's base unit, by the dated factor; without a factor the load is held."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from stockturn.engines import Transaction, built_once
from stockturn.language import StockTurnError, Text
from stockturn.ledger.schema import QUANTITY, UNIT_COST
from stockturn.ledger.tables import UNKNOWN, amount, quotient, table

_ONE = "decimal(18, 6)"


MISSING_FACTOR = Text(
    "物料 {item} 的单位 {unit} 没有换算系数（共 {rows} 行）。请先导入单位换算表，"
    "再导入这些单据；本次未写入任何数据。",
    "Item {item} has no conversion factor for unit {unit} ({rows} rows). Load the "
    "unit conversions first; nothing was written.",
)


class MissingFactor(StockTurnError):
    """A row is stated in a unit for which the item has no dated conversion factor."""

    code = "missing_unit_factor"
    status = 409
    exit_code = 3

    def __init__(self, item: str, unit: str, rows: int) -> None:
        super().__init__(MISSING_FACTOR.fill(item=item, unit=unit, rows=rows))


class MixedUnits(StockTurnError):
    """An item without a base unit is stated in several units."""

    code = "mixed_units"
    status = 409
    exit_code = 3

    def __init__(self, item: str, units: Sequence[str]) -> None:
        zh, en = "、".join(units), ", ".join(units)
        super().__init__(
            Text(
                f"物料 {item} 没有基本单位，却用了多种单位（{zh}）。请在物料档案中写明基本单位，"
                "并导入单位换算表；本次未写入任何数据。",
                f"Item {item} has no base unit and is stated in several ({en}). Give its base unit "
                "in the item list and load the unit conversions; nothing was written.",
            )
        )


def in_base_unit(
    transaction: Transaction,
    rows: ir.Table,
    *,
    day: str,
    quantities: Sequence[str],
    prices: Sequence[str] = (),
    item: str = "item",
) -> ir.Table:
    """Convert quantities, and prices of one unit the other way, by the factor of the day.

    Args:
        transaction: where items and factors have been posted.
        rows: with the item, ``unit``, the day and the columns named.
        day: column of the day; a row without it takes the latest factor.
        quantities: columns in the stated unit.
        prices: columns for one stated unit.
        item: column of the item whose unit is stated: a bill of material counts its components.

    Raises:
        MissingFactor: a unit has no factor on its day; nothing was posted.
        MixedUnits: an item without a base unit is stated in several.
    """
    for row in transaction.query(_mixed(rows, item)).to_pylist():
        raise MixedUnits(row[item], (row["one"], row["other"]))
    if not transaction.query(_foreign_count(rows, item)).column("n")[0].as_py():
        return rows
    gaps = transaction.query(_gaps(rows, day, item)).to_pylist()
    if gaps:
        raise MissingFactor(gaps[0][item], gaps[0]["unit"], gaps[0]["rows"])
    return _converted(rows, day, quantities, prices, item)


@built_once
def _with_base_unit(rows: ir.Table, item: str) -> ir.Table:
    items = table("item").select(
        base_item="item", base_item_id="item_id", base_unit=table("item").unit
    )
    return rows.left_join(items, rows[item] == items.base_item)


def _is_foreign(rows: ir.Table) -> ir.Value:
    return rows.unit.notnull() & rows.base_unit.notnull() & (rows.unit != rows.base_unit)


@built_once
def _foreign_count(rows: ir.Table, item: str) -> ir.Table:
    joined = _with_base_unit(rows, item)
    return joined.filter(_is_foreign(joined)).count().name("n").as_table()


@built_once
def _gaps(rows: ir.Table, day: str, item: str) -> ir.Table:
    """Return the first item and unit without a factor."""
    with_factor = _with_factor(_with_base_unit(rows, item), day)
    missing = with_factor.filter(_is_foreign(with_factor) & with_factor.factor.isnull())
    counts = missing.group_by(item, "unit").aggregate(rows=missing.count())
    return counts.order_by(item).limit(1)


@built_once
def _converted(
    rows: ir.Table, day: str, quantities: Sequence[str], prices: Sequence[str], item: str
) -> ir.Table:
    with_factor = _with_factor(_with_base_unit(rows, item), day)
    foreign = _is_foreign(with_factor)
    factor = ibis.ifelse(foreign, with_factor.factor, ibis.literal(1).cast(_ONE))
    changed: dict[str, ir.Value] = {
        name: amount(with_factor[name], factor).cast(QUANTITY) for name in quantities
    }
    for name in prices:
        smaller = quotient(with_factor[name], factor, 6).cast(UNIT_COST)
        changed[name] = ibis.ifelse(foreign, smaller, with_factor[name])
    return with_factor.mutate(**changed).select(*rows.columns)


def _with_factor(rows: ir.Table, day: str) -> ir.Table:
    factors = table("unit_conversion").rename(factor_item="item_id", factor_unit="unit")
    floor = ibis.date("0001-01-01")
    factors = factors.mutate(factor_from=factors.valid_from.fill_null(floor)).drop("valid_from")
    following = factors.factor_from.lead().over(
        group_by=[factors.factor_item, factors.factor_unit], order_by=factors.factor_from
    )
    factors = factors.mutate(factor_to=following.fill_null(ibis.date("9999-12-31")))
    on = ibis.coalesce(rows[day], ibis.date("9999-12-30"))
    return rows.left_join(
        factors,
        [
            rows.base_item_id == factors.factor_item,
            rows.unit == factors.factor_unit,
            on >= factors.factor_from,
            on < factors.factor_to,
        ],
    )


@built_once
def _mixed(stated: ir.Table, item: str) -> ir.Table:
    """Return the first item without a base unit that is stated in several."""
    rows = _with_base_unit(stated, item)
    bare = rows.filter(rows.base_unit.isnull() & rows.unit.notnull() & (rows[item] != UNKNOWN))
    units = bare.group_by(item).aggregate(one=bare.unit.min(), other=bare.unit.max())
    return units.filter(units.one != units.other).order_by(item).limit(1)
