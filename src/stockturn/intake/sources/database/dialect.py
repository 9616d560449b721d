"""How one database writes what the others write differently. Names are quoted, values never."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa

from stockturn.intake.sources.source import SourceColumn


@dataclass(frozen=True)
class TableName:
    """A table as its catalogue names it."""

    schema: str
    name: str


class Dialect(ABC):
    """The statements' words. Everything but :meth:`quote` has a usual form."""

    quotes = ('"', '"')

    def quote(self, name: str) -> str:
        """Return an identifier of the catalogue as it may stand in a statement."""
        left, right = self.quotes
        return f"{left}{name.replace(right, right * 2)}{right}"

    def table(self, table: TableName) -> str:
        """Return a table's full name."""
        if not table.schema:
            return self.quote(table.name)
        return f"{self.quote(table.schema)}.{self.quote(table.name)}"

    @abstractmethod
    def selected(self, column: SourceColumn, *, as_text: bool) -> str:
        """Return the expression that reads a column.

        Args:
            column: what it is.
            as_text: read it as text whatever it is, for values its type cannot hold here.
        """

    @abstractmethod
    def text(self, column: SourceColumn, expression: str) -> str:
        """Return an expression's ISO text: a cursor, or the digits of a sum."""

    @abstractmethod
    def bound(self, number: int, column: SourceColumn) -> str:
        """Return the place of value ``number`` (from 1), of the column's type."""

    def compared(self, column: SourceColumn) -> str:
        """Return the expression that a value is compared with."""
        return self.quote(column.name)

    def summed(self, column: SourceColumn) -> str:
        """Return the exact sum of a column as text."""
        return self.text(column, f"SUM({self.quote(column.name)})")

    def total(self, column: SourceColumn, found: Any) -> Decimal:
        """Return what :meth:`summed` brought as a number; nothing summed is 0."""
        del column
        return Decimal(str(found or 0))

    def first(self, select: str, rows: int, order: str = "") -> str:
        """Return a statement limited to its first rows; ``rows`` is a number of ours."""
        return f"{select}{order} LIMIT {int(rows)}"

    def derived(self, select: str) -> str:
        """Return a select as a table of another."""
        return f"({select}) AS t"


def target(column: SourceColumn) -> pa.DataType:
    """Return the type of a column in our files."""
    match column.family:
        case "integer":
            return pa.int64()
        case "decimal":
            precision, scale = column.precision, column.scale
            if precision is None or scale is None or not 0 <= scale <= precision <= 38:
                return pa.string()
            return pa.decimal128(precision, scale)
        case "float":
            return pa.float64()
        case "date":
            return pa.date32()
        case "timestamp" | "instant":
            return pa.timestamp("us")
        case "boolean":
            return pa.bool_()
        case "text" | "binary":
            return pa.string()
