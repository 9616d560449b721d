"""The warehouse's tables as Ibis expressions, by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

import ibis
import ibis.expr.types as ir

from stockturn.engines import DuckDBEngine, EngineDamaged, bound, built_once
from stockturn.language import StockTurnError, Text
from stockturn.ledger.schema import TABLES, VALUE


@built_once
def table(name: str) -> ir.Table:
    """Return the warehouse table ``name`` as an expression."""
    return ibis.table(TABLES[name], name=name)


class WarehouseOutdated(EngineDamaged):
    """The warehouse was made by another version; it is a cache and can be made again."""

    code = "warehouse_outdated"
    status = 409

    def __init__(self, tables: list[str]) -> None:
        named = ", ".join(tables)
        StockTurnError.__init__(
            self,
            Text(
                f"仓库由另一版本生成（表 {named} 的结构不同）。请运行 stockturn rebuild，"
                "它会用保存的原始文件重新生成，数据不会丢失。",
                f"The warehouse was made by another version (table {named} is built differently). "
                "Run stockturn rebuild: it is made again from the kept files and loses nothing.",
            ),
        )


def ensure(engine: DuckDBEngine) -> None:
    """Create the warehouse's tables that are missing.

    Raises:
        WarehouseOutdated: a table has other columns than this version's.
    """
    engine.ensure(TABLES)
    present = engine.columns()
    differing = [name for name, schema in TABLES.items() if present[name] != set(schema.names)]
    if differing:
        raise WarehouseOutdated(differing)


LOAD_NO: Final = bound("load_no", "int32")
"""The load being posted; the posting transaction binds it."""


FIRST_DAY: Final = bound("first_day", "date")
"""The first day that the load being posted speaks of."""


def month_of(day: ir.Value) -> ir.Value:
    """Return the first day of the day's month: the bucket a movement falls into."""
    return day.truncate("M")


def amount(quantity: ir.Value, unit_cost: ir.Value) -> ir.Value:
    """Return quantity x unit cost as a value, rounded once; both are widened to 38 digits first."""
    wide = "decimal(38, 6)"
    return (quantity.cast(wide) * unit_cost.cast(wide)).cast(VALUE)


def quotient(value: ir.Value, divisor: ir.Value, scale: int) -> ir.Value:
    """Return value / divisor rounded once to the value's own places, half away from zero.

    The engine divides decimals as floats; this stays exact by dividing integers and their rest.

    Args:
        value: ``decimal(18, scale)``.
        divisor: positive, up to six places and below four million.
        scale: the places of ``value``.
    """
    by = (divisor.cast("decimal(38, 6)") * 1_000_000).cast("int64")
    units = (value.abs().cast("decimal(38, 6)") * 10**scale).cast("int64")
    whole = units // by
    rest = units - whole * by
    part = (rest * 2_000_000 + by) // (by * 2)
    size = (whole * 1_000_000 + part).cast("decimal(38, 6)")
    smallest = ibis.literal(f"{Decimal(1).scaleb(-scale):f}").cast("decimal(38, 6)")
    found = (size * smallest).cast(f"decimal(38, {scale})")
    return ibis.ifelse(value < 0, -found, found)


@built_once
def shaped(
    rows: ir.Table, schema: ibis.Schema, given: Mapping[str, ir.Value], *, skip: Sequence[str] = ()
) -> ir.Table:
    """Select the columns of ``schema``: as given, else the row's own, else null."""
    columns = {}
    for column, dtype in schema.items():
        if column in skip:
            continue
        target = dtype.copy(nullable=True)
        if column in given:
            columns[column] = given[column].cast(target)
        elif column in rows.columns:
            columns[column] = rows[column].cast(target)
        else:
            columns[column] = ibis.null(target)
    return rows.select(**columns)


@built_once
def stacked(first: ir.Table, *others: ir.Table) -> ir.Table:
    """Put rows under each other, by position of the first's columns, whatever may be null."""
    schema = {name: dtype.copy(nullable=True) for name, dtype in first.schema().items()}
    rows = first.cast(schema)
    for other in others:
        rows = rows.union(other.select(*schema).cast(schema))
    return rows


TRANSIT_LOCATION: Final = "在途"
"""Code of the location that holds goods between the legs of a transfer."""

UNKNOWN: Final = "未知"
"""Member that rows without an item or location code are booked on, so that totals still tie."""
