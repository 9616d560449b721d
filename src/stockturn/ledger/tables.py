"""The warehouse's tables as Ibis expressions, by name."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from stockturn.engines import DuckDBEngine
from stockturn.ledger.schema import TABLES


def table(name: str) -> ir.Table:
    """Return the warehouse table ``name`` as an expression."""
    return ibis.table(TABLES[name], name=name)


def ensure(engine: DuckDBEngine) -> None:
    """Create the warehouse's tables that are missing."""
    engine.ensure(TABLES)


def month_of(day: ir.Value) -> ir.Value:
    """Return the first day of the day's month: the bucket a movement falls into."""
    return day.truncate("M")


TRANSIT_LOCATION: Final = "在途"
"""Code of the location that holds goods between the legs of a transfer."""

UNKNOWN: Final = "未知"
"""Member that rows without an item or location code are booked on, so that totals still tie."""
