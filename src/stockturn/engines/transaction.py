"""Reading and writing on one state of the tables: all of it is done, or nothing."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa
import sqlglot.expressions as sge

from stockturn.engines.bound import bound
from stockturn.engines.built import built_once
from stockturn.engines.failures import EngineFull
from stockturn.engines.passes import Workers
from stockturn.engines.statements import (
    Expression,
    Values,
    column_type,
    fetch,
    identifier,
    quoted,
    statement_of,
    used,
)

PASS_ROWS = 250_000
"""Rows of one call of a pass: what a worker holds at a time; more are shared out among workers."""

FEW_PARTS = 4
"""So many parts are each looked for among all rows."""


class Transaction:
    """What may be done between begin and commit."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, staging: Path, workers: Workers) -> None:
        self._staging = staging
        self._workers = workers
        self._cursor = cursor
        self._named: set[str] = set()
        self._kept: dict[str, int] = {}
        self.largest_insert = 0
        """Rows of the largest insert so far."""
        self.inserted: Counter[str] = Counter()
        """Rows appended so far, by table."""
        self.values: dict[str, Any] = {}
        """Bound in every statement of this transaction."""

    def query(
        self, expression: Expression, values: Values | None = None, *, shape: Hashable = None
    ) -> pa.Table:
        """Read as the transaction sees it."""
        statement = statement_of(expression, shape)
        return fetch(self._cursor, statement, {**self.values, **(values or {})})

    def export(
        self,
        expression: Expression,
        path: Path,
        values: Values | None = None,
        *,
        shape: Hashable = None,
    ) -> int:
        """Write an expression's rows to a Parquet file in the staging folder; return how many.

        Raises:
            EngineFull: the disk is full.
        """
        assert path.is_relative_to(self._staging), "the engine writes into staging alone"
        statement = statement_of(expression, shape)
        try:
            result = self._run(
                f"COPY ({statement}) TO {quoted(str(path))} (FORMAT parquet, COMPRESSION zstd)",
                values,
            ).fetchone()
        except duckdb.IOException as error:
            raise EngineFull(str(error).splitlines()[0]) from error
        return int(result[0]) if result else 0

    def stage(self, source: Sequence[Path] | pa.Table, schema: ibis.Schema) -> ir.Table:
        """Make staged Parquet files, or an Arrow table, readable as an Ibis table of ``schema``.

        Columns that the files lack read as null; columns beyond the schema are not seen.
        """
        name = self._name_for("staged", str(schema))
        if isinstance(source, pa.Table):
            self._cursor.register(name, source)
            return _named(name, schema)
        paths = ", ".join(quoted(str(path)) for path in source)
        files = f"read_parquet([{paths}], union_by_name = true)"
        described = self._cursor.execute(f"DESCRIBE SELECT * FROM {files}").fetchall()
        present = {str(column[0]) for column in described}
        columns = []
        for column, dtype in schema.items():
            target = column_type(dtype)
            given = f'"{column}"' if column in present else "NULL"
            columns.append(f'CAST({given} AS {target}) AS "{column}"')
        self._cursor.execute(
            f'CREATE OR REPLACE TEMP VIEW "{name}" AS SELECT {", ".join(columns)} FROM {files}'
        )
        return _named(name, schema)

    def keep(self, expression: Expression, values: Values | None = None) -> ir.Table:
        """Work an expression out once into a temporary table and return that table."""
        table = expression() if callable(expression) else expression
        statement = statement_of(table)
        name = self._name_for("kept", statement)
        result = self._run(f'CREATE TEMP TABLE "{name}" AS {statement}', values).fetchone()
        assert result is not None
        self._kept[name] = int(result[0])
        return _named(name, table.schema())

    def map_items(
        self,
        expression: Expression,
        function: str,
        *,
        order_by: Sequence[str],
        options: Mapping[str, Any] | None = None,
        tables: Mapping[str, pa.Table] | None = None,
    ) -> dict[str, ir.Table]:
        """Run a pass as :meth:`DuckDBEngine.map_items` does, on what the transaction sees.

        The results are kept tables; no more than a few parts of them are in memory at a time.
        """
        parts = parts_of(self, expression, order_by, None)
        kept: dict[str, ir.Table] = {}
        for result in self._workers.run(function, parts, options or {}, tables or {}):
            for name, rows in result.items():
                if name not in kept:
                    schema = ibis.Schema.from_pyarrow(rows.schema)
                    kept[name] = self._empty(schema, f"{function} {name}")
                self._append(kept[name].get_name(), rows)
        return kept

    def _name_for(self, kind: str, content: str) -> str:
        """Name a table after what is in it.

        So the same work has the same statements, compiled once, whatever a load did before it.
        """
        base = f"{kind}_{hashlib.blake2b(content.encode(), digest_size=8).hexdigest()}"
        name, number = base, 1
        while name in self._named:
            number += 1
            name = f"{base}_{number}"
        self._named.add(name)
        return name

    def _empty(self, schema: ibis.Schema, content: str) -> ir.Table:
        """Make a kept table without rows."""
        name = self._name_for("kept", content)
        columns = schema.to_sqlglot_column_defs("duckdb")
        made = sge.Schema(this=sge.to_identifier(name, quoted=True), expressions=columns)
        self._cursor.execute(f"CREATE TEMP TABLE {made.sql('duckdb')}")
        self._kept[name] = 0
        return _named(name, schema)

    def _append(self, kept: str, rows: pa.Table) -> None:
        """Append rows to a kept table.

        By way of a relation: a registered table is held until the transaction ends.
        """
        if rows.num_rows:
            self._cursor.from_arrow(rows).insert_into(kept)
            self._kept[kept] += rows.num_rows

    def count(self, kept: ir.Table) -> int:
        """Return how many rows a table has that :meth:`keep` returned, without a query."""
        return self._kept[kept.get_name()]

    def insert(
        self,
        table: str,
        rows: ir.Table | pa.Table,
        values: Values | None = None,
        *,
        certain: bool = False,
    ) -> int:
        """Append rows to a table by column name; return how many.

        Rows are counted before, and an insert of none is left out: DuckDB 2.0 loses the sight of
        later rows after one that several threads plan (a window over nothing) behind more rows
        than a row group in the same transaction. Kept rows are counted already, and of others a
        caller may be ``certain`` that there are some: then they are written once and not twice.
        """
        if isinstance(rows, pa.Table):
            if not rows.num_rows:
                return 0
            held = self.stage(rows, ibis.Schema.from_pyarrow(rows.schema))
        elif certain:
            statement = statement_of(rows)
            result = self._run(f'INSERT INTO "{table}" BY NAME {statement}', values)
            return self._note(table, result)
        else:
            held = rows if self._is_kept(rows) else self.keep(rows, values)
            if not self.count(held):
                return 0
        result = self._run(f'INSERT INTO "{table}" BY NAME FROM "{held.get_name()}"', None)
        inserted = self._note(table, result)
        if held is not rows:
            self.let_go(held)
        return inserted

    def _note(self, table: str, result: duckdb.DuckDBPyConnection) -> int:
        count = int(result.fetchall()[0][0])
        self.inserted[table] += count
        self.largest_insert = max(self.largest_insert, count)
        return count

    def _is_kept(self, rows: ir.Table) -> bool:
        return isinstance(rows.op(), ops.UnboundTable) and rows.get_name() in self._kept

    def let_go(self, held: ir.Table) -> None:
        """Free a kept or staged table that is needed no more."""
        name = held.get_name()
        self._named.discard(name)
        if self._kept.pop(name, None) is None:
            self._cursor.unregister(name)
        else:
            self._cursor.execute(f'DROP TABLE "{name}"')

    def create(self, name: str, schema: ibis.Schema) -> None:
        """Create a table, or give an existing one the columns of ``schema`` that it lacks."""
        definitions = schema.to_sqlglot_column_defs("duckdb")
        made = sge.Schema(this=sge.to_identifier(name, quoted=True), expressions=definitions)
        self._cursor.execute(sge.Create(kind="TABLE", this=made, exists=True).sql("duckdb"))
        rows = self._cursor.execute(
            "SELECT column_name FROM duckdb_columns() WHERE table_name = ?", [name]
        ).fetchall()
        present = {column for (column,) in rows}
        for definition in definitions:
            if definition.this.name not in present:
                column = definition.sql("duckdb")
                self._cursor.execute(f"ALTER TABLE {identifier(name)} ADD COLUMN {column}")

    def clear(self, table: str) -> None:
        """Empty a mart (records are append-only and are never cleared)."""
        self._cursor.execute(f'DELETE FROM "{table}"')

    def delete(self, table: str, members: ir.Table) -> None:
        """Delete the rows of a mart or master that agree with ``members`` in all its columns."""
        columns = ", ".join(f'"{name}"' for name in members.columns)
        statement = statement_of(members)
        self._run(f'DELETE FROM "{table}" WHERE ({columns}) IN ({statement})', None)

    def _run(self, statement: str, values: Values | None) -> duckdb.DuckDBPyConnection:
        return self._cursor.execute(statement, used(statement, {**self.values, **(values or {})}))


def parts_of(
    reader: Transaction, expression: Expression, order_by: Sequence[str], values: Values | None
) -> Iterator[tuple[pa.Table, int, int]]:
    """Yield (rows, part, parts): the rows of the items whose key leaves ``part``.

    Every look for a part reads all rows, so many parts are gathered in groups first.
    """
    held = reader.keep(expression, values)
    parts = max(1, -(-reader.count(held) // PASS_ROWS))
    groups = 1 if parts <= FEW_PARTS else math.isqrt(parts)
    each = -(-parts // groups)
    parts = groups * each
    rows = held
    for group in range(groups):
        if groups > 1:
            # A part that leaves `part` by all parts leaves `group` by the groups.
            rows = reader.keep(_own(held), {"part": group, "parts": groups})
        chosen = _part(rows, order_by, whole=parts == 1)
        for part in range(group, parts, groups):
            yield reader.query(chosen, {"part": part, "parts": parts}), part, parts
        if rows is not held:
            reader.let_go(rows)


@built_once
def _own(held: ir.Table) -> ir.Table:
    return held.filter(held.item_id % bound("parts", "int32") == bound("part", "int32"))


@built_once
def _part(held: ir.Table, order_by: Sequence[str], *, whole: bool) -> ir.Table:
    """Rows of the items whose key leaves ``part``, in order."""
    return (held if whole else _own(held)).order_by(list(order_by))


@built_once
def _named(name: str, schema: ibis.Schema) -> ir.Table:
    return ibis.table(schema, name=name)
