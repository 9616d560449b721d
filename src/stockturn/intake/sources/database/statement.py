"""A request as statements: names from the catalogue, values bound, nothing a user wrote.

Grain: one table. All statements of one read share the same conditions.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from stockturn.intake.sources.database.dialect import Dialect, TableName
from stockturn.intake.sources.database.operand import operand
from stockturn.intake.sources.failures import ColumnRefused, SchemaChanged
from stockturn.intake.sources.source import Condition, Request, SourceColumn
from stockturn.language import Text

_SIGNS: Final = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_MOST_VALUES: Final = 1000


@dataclass
class Where:
    """The conditions of one read and their values, in order."""

    dialect: Dialect
    source: str
    parts: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def add(self, column: SourceColumn, condition: Condition) -> None:
        """Add a condition of a feed.

        Raises:
            ColumnRefused: a value does not fit the column, or there are too many or too few.
        """
        name = self.dialect.compared(column)
        match condition.test:
            case "empty":
                self.parts.append(f"{self.dialect.quote(column.name)} IS NULL")
                return
            case "filled":
                self.parts.append(f"{self.dialect.quote(column.name)} IS NOT NULL")
                return
            case "in":
                least, most = 1, _MOST_VALUES
            case _:
                least, most = 1, 1
        if not least <= len(condition.values) <= most:
            detail = Text(
                f"条件“{condition.test}”的值应有 {least} 到 {most} 个。",
                f"the condition “{condition.test}” takes {least} to {most} values.",
            )
            raise ColumnRefused(self.source, what=column.name, detail=detail)
        places = [self._place(column, text) for text in condition.values]
        if condition.test == "in":
            self.parts.append(f"{name} IN ({', '.join(places)})")
        else:
            self.parts.append(f"{name} {_SIGNS[condition.test]} {places[0]}")

    def add_bound(self, column: SourceColumn, low: str) -> None:
        """Add the lower bound of an incremental read; empty cursors always pass."""
        name = self.dialect.compared(column)
        place = self._place(column, low)
        empty = f"{self.dialect.quote(column.name)} IS NULL"
        self.parts.append(f"({name} >= {place} OR {empty})")

    def _place(self, column: SourceColumn, text: str) -> str:
        self.values.append(operand(self.source, column, text))
        return self.dialect.bound(len(self.values), column)

    @property
    def sql(self) -> str:
        """The clause, empty when there is no condition."""
        return f" WHERE {' AND '.join(self.parts)}" if self.parts else ""


def chosen_columns(
    source: str, request: Request, columns: Iterable[SourceColumn]
) -> tuple[SourceColumn, ...]:
    """Return the columns to read, in the request's order.

    Raises:
        SchemaChanged: a column is not there any more.
        ColumnRefused: a column that cannot be read was asked for by name.
    """
    known = {column.name: column for column in columns}
    if not request.columns:
        return tuple(column for column in known.values() if column.refused is None)
    for name in request.columns:
        column = named(source, request.what, known, name)
        if column.refused is not None:
            raise ColumnRefused(source, what=name, detail=column.refused)
    return tuple(known[name] for name in request.columns)


def named(source: str, what: str, known: dict[str, SourceColumn], name: str) -> SourceColumn:
    """Return a column by name.

    Raises:
        SchemaChanged: it is not there.
    """
    if name not in known:
        detail = Text(f"缺少列“{name}”。", f"the column “{name}” is missing.")
        raise SchemaChanged(source, what=what, detail=detail)
    return known[name]


def select(
    dialect: Dialect,
    table: TableName,
    columns: Iterable[SourceColumn],
    where: str,
    as_text: frozenset[str] = frozenset(),
) -> str:
    """Return the statement that reads rows."""
    expressions = []
    for column in columns:
        read = dialect.selected(column, as_text=column.name in as_text)
        expressions.append(f"{read} AS {dialect.quote(column.name)}")
    return f"SELECT {', '.join(expressions)} FROM {dialect.table(table)}{where}"


def totals(
    dialect: Dialect,
    table: TableName,
    summed: Iterable[SourceColumn],
    cursor: SourceColumn | None,
    where: str,
) -> str:
    """Return the statement for the number of rows, the greatest cursor and the sums."""
    parts = ["COUNT(*)"]
    if cursor is not None:
        parts.append(dialect.text(cursor, f"MAX({dialect.compared(cursor)})"))
    parts += [dialect.summed(column) for column in summed]
    return f"SELECT {', '.join(parts)} FROM {dialect.table(table)}{where}"


def rows_back(
    dialect: Dialect, table: TableName, cursor: SourceColumn, rows: int, where: Where, at: str
) -> str:
    """Return the statement for the cursor value ``rows`` rows before the one in ``at``."""
    name = dialect.compared(cursor)
    place = where._place(cursor, at)
    parts = " AND ".join([*where.parts, f"{name} <= {place}"])
    inner = dialect.first(
        f"SELECT {name} AS c FROM {dialect.table(table)} WHERE {parts}",
        rows,
        f" ORDER BY {name} DESC",
    )
    return f"SELECT {dialect.text(cursor, 'MIN(c)')} FROM {dialect.derived(inner)}"
