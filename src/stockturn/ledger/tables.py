"""The warehouse's tables as Ibis expressions, by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import ibis
import ibis.expr.types as ir

from stockturn.engines import DuckDBEngine, bound
from stockturn.ledger.schema import TABLES, VALUE


def table(name: str) -> ir.Table:
    """Return the warehouse table ``name`` as an expression."""
    return ibis.table(TABLES[name], name=name)


def ensure(engine: DuckDBEngine) -> None:
    """Create the warehouse's tables that are missing."""
    engine.ensure(TABLES)


LOAD_NO: Final = bound("load_no", "int32")
"""The load being posted; the posting transaction binds it."""


def month_of(day: ir.Value) -> ir.Value:
    """Return the first day of the day's month: the bucket a movement falls into."""
    return day.truncate("M")


def amount(quantity: ir.Value, unit_cost: ir.Value) -> ir.Value:
    """Return quantity x unit cost as a value, rounded once; both are widened to 38 digits first."""
    wide = "decimal(38, 6)"
    return (quantity.cast(wide) * unit_cost.cast(wide)).cast(VALUE)


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
