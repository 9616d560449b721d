"""The embedded engine: one DuckDB file, owned by one process.

Nothing outside this module writes SQL text: questions are Ibis expressions over the tables that
were created from typed schemas, and values travel bound.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, TypeAlias, cast

import duckdb
import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa
import sqlglot.expressions as sge
import structlog
from ibis.backends.sql.compilers.duckdb import DuckDBCompiler

from stockturn.engines.bound import BoundValue, bound
from stockturn.engines.built import built_once
from stockturn.engines.passes import Workers
from stockturn.language import StockTurnError, Text

log = structlog.get_logger("stockturn.engines")

Values = Mapping[str, Any]
Expression: TypeAlias = ir.Table | Callable[[], ir.Table]


COMPILED_AT_MOST = 2_000
"""Statements kept; a full cache starts again rather than grow without end."""


LARGE_INSERT_ROWS = 50_000
"""From here on an insert may write whole row groups, which want a checkpoint; see `transaction`."""


LOG_BYTES = 16 * 1024 * 1024
"""A write-ahead log of this size is moved into the file after a transaction."""


PASS_ROWS = 250_000
"""Rows of one call of a pass: what a worker holds at a time; more are shared out among workers."""


class EngineLocked(StockTurnError):
    """Another process holds the warehouse file; ``pid`` names it where it is known."""

    code = "warehouse_locked"
    status = 409

    def __init__(self, pid: int | None) -> None:
        who = f" (pid {pid})" if pid else ""
        super().__init__(
            Text(
                f"仓库文件正被另一个进程占用{who}。请先结束该进程，或通过正在运行的服务操作。",
                f"Another process{who} holds the warehouse file. End it, or work through the "
                "running server.",
            )
        )
        self.pid = pid


class EngineDamaged(StockTurnError):
    """The warehouse file cannot be read; everything in it can be made again."""

    code = "warehouse_damaged"

    def __init__(self, detail: str) -> None:
        super().__init__(
            Text(
                f"仓库文件无法读取（{detail}）。原始数据仍在 received/ 中，运行 stockturn rebuild "
                "可重新生成。",
                f"The warehouse file cannot be read ({detail}). The originals are kept in "
                "received/; run stockturn rebuild to make it again.",
            )
        )


class EngineFull(StockTurnError):
    """The disk or the memory limit is exhausted; the transaction was rolled back."""

    code = "out_of_space"
    status = 507

    def __init__(self, detail: str) -> None:
        super().__init__(
            Text(
                f"磁盘或内存不足（{detail}）。本次操作已全部撤销，请清理空间后重试。",
                f"Out of disk space or memory ({detail}). Nothing was changed; free some space "
                "and try again.",
            )
        )


_PLACE = re.compile(r"\$([a-z_][a-z_0-9]*)")


class _Compiler(DuckDBCompiler):  # type: ignore[misc]
    __slots__ = ()

    def visit_BoundValue(self, op: BoundValue, *, name: str, dtype: Any) -> sge.Expression:  # noqa: N802
        return sge.Cast(this=sge.Placeholder(this=name), to=self.type_mapper.from_ibis(dtype))


class DuckDBEngine:
    """Tables in one DuckDB file behind two verbs: :meth:`query` and :meth:`map_items`.

    Reads may come from any thread, each on its own cursor and so on one consistent state; writes
    happen in :meth:`transaction`, one at a time, all or nothing.
    """

    # SQL is a function of the expression alone, so all engines of a process share what is compiled.
    _compiled: ClassVar[dict[Hashable, str]] = {}

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        path: Path,
        staging: Path,
        config: dict[str, Any],
    ) -> None:
        self._connection = connection
        self._config = config
        self._compiler = _Compiler()
        self._writing = threading.RLock()
        self.path = path
        self.staging = staging
        self._workers = Workers(staging)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        staging: Path,
        threads: int | None = None,
        memory_limit: str | None = None,
    ) -> DuckDBEngine:
        """Open (or create) the file at ``path``; ``staging`` is the one folder it may read.

        Raises:
            EngineLocked: another process holds the file.
            EngineDamaged: the file is not a readable warehouse.
        """
        staging.mkdir(parents=True, exist_ok=True)
        # Our own checkpoints follow a commit: one that fails within it would leave it in doubt.
        config: dict[str, Any] = {"preserve_insertion_order": False, "checkpoint_threshold": "1TB"}
        if threads:
            config["threads"] = threads
        if memory_limit:
            config["memory_limit"] = memory_limit
        return cls(_connected(path, staging, config), path, staging, config)

    def close(self) -> None:
        """Write everything to the file and let go of it."""
        self._workers.close()
        with self._writing:
            self._connection.close()

    # --- reading -------------------------------------------------------------------------------

    def query(
        self,
        expression: Expression,
        values: Values | None = None,
        *,
        shape: Hashable = None,
        tables: Mapping[str, pa.Table] | None = None,
    ) -> pa.Table:
        """Run an expression and return its rows.

        Args:
            expression: An Ibis table, or a function that builds one (called on a cache miss).
            values: What to bind at the places made with :func:`bound`.
            shape: Key under which the compiled statement is kept; equal shapes must mean equal
                expressions.
            tables: Arrow tables that the expression reads by name beside the warehouse's own.
        """
        statement = self._statement(expression, shape)
        with self._cursor() as cursor:
            for name, rows in (tables or {}).items():
                cursor.register(name, rows)
            return _fetch(cursor, statement, values)

    def map_items(
        self,
        expression: Expression,
        function: str,
        *,
        order_by: Sequence[str],
        values: Values | None = None,
        options: Mapping[str, Any] | None = None,
        tables: Mapping[str, pa.Table] | None = None,
    ) -> dict[str, pa.Table]:
        """Run a pass over item groups outside this process' own threads.

        Args:
            expression: The rows; column ``item_id`` says which belong together.
            function: ``"package.module:name"`` of a top-level function that takes the rows of some
                items as an Arrow table (``options`` and ``tables`` by keyword) and returns a table
                or a dict of tables.
            order_by: Columns the function wants its rows sorted by, ``item_id`` first.
            values: What to bind in ``expression``.
            options: Further arguments, as JSON knows them.
            tables: Further Arrow tables with a column ``item_id``, handed on by item.

        Returns:
            The function's tables by name ("rows" for a single one). Many rows are cut by item and
            run in worker processes: files go in, files come out.
        """
        with self._cursor() as cursor:
            parts = _parts(Transaction(self, cursor), expression, order_by, values)
            results = [*self._workers.run(function, parts, options or {}, tables or {})]
        return {name: pa.concat_tables(one[name] for one in results) for name in results[0]}

    # --- writing -------------------------------------------------------------------------------

    def ensure(self, tables: Mapping[str, ibis.Schema]) -> None:
        """Create the tables that are missing."""
        with self._writing:
            for name, schema in tables.items():
                create = sge.Create(
                    kind="TABLE",
                    this=sge.Schema(
                        this=sge.to_identifier(name, quoted=True),
                        expressions=schema.to_sqlglot_column_defs("duckdb"),
                    ),
                    exists=True,
                )
                self._connection.execute(create.sql("duckdb"))

    def tables(self) -> set[str]:
        """Return the names of the tables that exist."""
        rows = self._connection.cursor().execute("SELECT table_name FROM duckdb_tables()")
        return {name for (name,) in rows.fetchall()}

    def columns(self) -> dict[str, set[str]]:
        """Return table -> names of its columns."""
        rows = self._connection.cursor().execute(
            "SELECT table_name, list(column_name) FROM duckdb_columns() GROUP BY table_name"
        )
        return {table: set(names) for table, names in rows.fetchall()}

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Open the one writing transaction; commits at the end, rolls back on any error.

        After a large insert the file is checkpointed. DuckDB 2.0 was seen to leave a gap behind its
        row groups (:meth:`Transaction.insert` keeps it from doing so); what later transactions
        append behind such a gap is committed, but not scanned until a checkpoint closes it.
        """
        with self._writing:
            cursor = self._connection.cursor()
            cursor.execute("BEGIN TRANSACTION")
            try:
                transaction = Transaction(self, cursor)
                yield transaction
                cursor.execute("COMMIT")
            except duckdb.OutOfMemoryException as error:
                _roll_back(cursor)
                raise EngineFull(str(error).splitlines()[0]) from error
            except duckdb.IOException as error:
                _roll_back(cursor)
                raise EngineFull(str(error).splitlines()[0]) from error
            except duckdb.TransactionException as error:
                _roll_back(cursor)
                if "Failed to commit" in str(error):
                    # With one writer nothing but the disk refuses a commit.
                    raise EngineFull(str(error).splitlines()[0]) from error
                raise
            except BaseException:
                _roll_back(cursor)
                raise
            finally:
                cursor.close()
            if transaction.largest_insert >= LARGE_INSERT_ROWS or self._log_bytes() > LOG_BYTES:
                try:
                    self.checkpoint()
                except EngineFull as full:
                    # Committed all the same; the log is moved once there is room.
                    log.warning("no checkpoint was made", error=str(full))

    @contextmanager
    def snapshot(self) -> Iterator[Transaction]:
        """Open one consistent state to read from, beside whatever is written meanwhile.

        Nothing that is done in it stays.
        """
        with self._cursor() as cursor:
            cursor.execute("BEGIN TRANSACTION READ ONLY")
            try:
                yield Transaction(self, cursor)
            except duckdb.OutOfMemoryException as error:
                raise EngineFull(str(error).splitlines()[0]) from error
            finally:
                _roll_back(cursor)

    def checkpoint(self) -> None:
        """Move what the write-ahead log holds into the file.

        DuckDB gives a whole database up whose checkpoint fails. It is opened again then, from the
        log, which holds all that was committed.

        Raises:
            EngineFull: the disk has no room for that; the log stays.
        """
        with self._writing:
            try:
                self._connection.cursor().execute("CHECKPOINT")
            except duckdb.FatalException as error:
                self._connection.close()
                self._connection = _connected(self.path, self.staging, self._config)
                raise EngineFull(str(error).splitlines()[0]) from error

    def _log_bytes(self) -> int:
        log_file = self.path.with_name(f"{self.path.name}.wal")
        return log_file.stat().st_size if log_file.exists() else 0

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        cursor = self._connection.cursor()
        try:
            yield cursor
        finally:
            cursor.close()

    def _statement(self, expression: Expression, shape: Hashable = None) -> str:
        """Return the SQL of an expression, compiled once per shape.

        Without a name for the shape the expression itself is the key: Ibis expressions compare by
        structure, and building one is a fraction of compiling it.
        """
        if shape is not None and shape in self._compiled:
            return self._compiled[shape]
        table = expression() if callable(expression) else expression
        key = shape if shape is not None else table.op()
        if key not in self._compiled:
            if len(self._compiled) >= COMPILED_AT_MOST:
                self._compiled.clear()
            self._compiled[key] = cast("str", self._compiler.to_sqlglot(table).sql("duckdb"))
        return self._compiled[key]


class Transaction:
    """What may be done between begin and commit."""

    def __init__(self, engine: DuckDBEngine, cursor: duckdb.DuckDBPyConnection) -> None:
        self._engine = engine
        self._cursor = cursor
        self._staged = 0
        self._kept: dict[str, int] = {}
        self.largest_insert = 0
        """Rows of the largest insert so far."""
        self.values: dict[str, Any] = {}
        """Bound in every statement of this transaction."""

    def query(
        self, expression: Expression, values: Values | None = None, *, shape: Hashable = None
    ) -> pa.Table:
        """Read as the transaction sees it."""
        statement = self._engine._statement(expression, shape)
        return _fetch(self._cursor, statement, {**self.values, **(values or {})})

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
        assert path.is_relative_to(self._engine.staging), "the engine writes into staging alone"
        statement = self._engine._statement(expression, shape)
        try:
            result = self._run(
                f"COPY ({statement}) TO {_quoted(str(path))} (FORMAT parquet, COMPRESSION zstd)",
                values,
            ).fetchone()
        except duckdb.IOException as error:
            raise EngineFull(str(error).splitlines()[0]) from error
        return int(result[0]) if result else 0

    def stage(self, source: Sequence[Path] | pa.Table, schema: ibis.Schema) -> ir.Table:
        """Make staged Parquet files, or an Arrow table, readable as an Ibis table of ``schema``.

        Columns that the files lack read as null; columns beyond the schema are not seen.
        """
        self._staged += 1
        name = f"staged_{self._staged}"
        if isinstance(source, pa.Table):
            self._cursor.register(name, source)
            return _named(name, schema)
        paths = ", ".join(_quoted(str(path)) for path in source)
        files = f"read_parquet([{paths}], union_by_name = true)"
        described = self._cursor.execute(f"DESCRIBE SELECT * FROM {files}").fetchall()
        present = {str(column[0]) for column in described}
        columns = []
        for column, dtype in schema.items():
            target = self._engine._compiler.type_mapper.from_ibis(dtype).sql("duckdb")
            given = f'"{column}"' if column in present else "NULL"
            columns.append(f'CAST({given} AS {target}) AS "{column}"')
        self._cursor.execute(
            f'CREATE OR REPLACE TEMP VIEW "{name}" AS SELECT {", ".join(columns)} FROM {files}'
        )
        return _named(name, schema)

    def keep(self, expression: Expression, values: Values | None = None) -> ir.Table:
        """Work an expression out once into a temporary table and return that table."""
        table = expression() if callable(expression) else expression
        self._staged += 1
        name = f"kept_{self._staged}"
        statement = self._engine._statement(table)
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
        parts = _parts(self, expression, order_by, None)
        kept: dict[str, ir.Table] = {}
        for result in self._engine._workers.run(function, parts, options or {}, tables or {}):
            for name, rows in result.items():
                if name not in kept:
                    kept[name] = self._empty(ibis.Schema.from_pyarrow(rows.schema))
                self._append(kept[name].get_name(), rows)
        return kept

    def _empty(self, schema: ibis.Schema) -> ir.Table:
        """Make a kept table without rows."""
        self._staged += 1
        name = f"kept_{self._staged}"
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
            statement = self._engine._statement(rows)
            result = self._run(f'INSERT INTO "{table}" BY NAME {statement}', values)
            return self._inserted(result)
        else:
            held = rows if self._is_kept(rows) else self.keep(rows, values)
            if not self.count(held):
                return 0
        result = self._run(f'INSERT INTO "{table}" BY NAME FROM "{held.get_name()}"', None)
        inserted = self._inserted(result)
        if held is not rows:
            self._let_go(held)
        return inserted

    def _inserted(self, result: duckdb.DuckDBPyConnection) -> int:
        count = int(result.fetchall()[0][0])
        self.largest_insert = max(self.largest_insert, count)
        return count

    def _is_kept(self, rows: ir.Table) -> bool:
        return isinstance(rows.op(), ops.UnboundTable) and rows.get_name() in self._kept

    def _let_go(self, held: ir.Table) -> None:
        """Free what was worked out for one insert alone."""
        name = held.get_name()
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
                self._cursor.execute(f"ALTER TABLE {_identifier(name)} ADD COLUMN {column}")

    def clear(self, table: str) -> None:
        """Empty a mart (records are append-only and are never cleared)."""
        self._cursor.execute(f'DELETE FROM "{table}"')

    def delete(self, table: str, members: ir.Table) -> None:
        """Delete the rows of a mart or master that agree with ``members`` in all its columns."""
        columns = ", ".join(f'"{name}"' for name in members.columns)
        statement = self._engine._statement(members)
        self._run(f'DELETE FROM "{table}" WHERE ({columns}) IN ({statement})', None)

    def _run(self, statement: str, values: Values | None) -> duckdb.DuckDBPyConnection:
        return self._cursor.execute(statement, _used(statement, {**self.values, **(values or {})}))


def _parts(
    reader: Transaction, expression: Expression, order_by: Sequence[str], values: Values | None
) -> Iterator[tuple[pa.Table, int, int]]:
    """Yield (rows, part, parts): the rows of the items whose key leaves ``part``."""
    held = reader.keep(expression, values)
    parts = max(1, -(-reader.count(held) // PASS_ROWS))
    rows = _part(held, order_by, whole=parts == 1)
    for part in range(parts):
        yield reader.query(rows, {"part": part, "parts": parts}), part, parts


@built_once
def _part(held: ir.Table, order_by: Sequence[str], *, whole: bool) -> ir.Table:
    """Rows of the items whose key leaves ``part``, in order."""
    own = held.item_id % bound("parts", "int32") == bound("part", "int32")
    return (held if whole else held.filter(own)).order_by(list(order_by))


@built_once
def _named(name: str, schema: ibis.Schema) -> ir.Table:
    return ibis.table(schema, name=name)


def _fetch(cursor: duckdb.DuckDBPyConnection, statement: str, values: Values | None) -> pa.Table:
    return cursor.sql(statement, params=_used(statement, values or {})).to_arrow_table()


def _used(statement: str, values: Values) -> dict[str, Any]:
    """Keep the values that the statement has a place for; the engine refuses any other."""
    places = set(_PLACE.findall(statement))
    return {name: value for name, value in values.items() if name in places}


def _connected(path: Path, staging: Path, config: dict[str, Any]) -> duckdb.DuckDBPyConnection:
    try:
        connection = duckdb.connect(str(path), config=config)
    except duckdb.IOException as error:
        if "lock" in str(error).lower():
            found = re.search(r"PID (\d+)", str(error))
            raise EngineLocked(int(found.group(1)) if found else None) from error
        raise EngineDamaged(str(error).splitlines()[0]) from error
    except (duckdb.Error, OSError) as error:
        raise EngineDamaged(str(error).splitlines()[0]) from error
    _lock_down(connection, staging)
    return connection


def _lock_down(connection: duckdb.DuckDBPyConnection, staging: Path) -> None:
    """Allow the staging folder only, then refuse every other access for good, and prove it."""
    temporary = staging / "spill"
    temporary.mkdir(exist_ok=True)
    already = connection.execute("SELECT current_setting('lock_configuration')").fetchone()
    if already and already[0]:
        return
    folder = str(staging.resolve()) + "/"
    connection.execute("SET temp_directory = " + _quoted(str(temporary.resolve())))
    connection.execute(f"SET allowed_directories = [{_quoted(folder)}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    row = connection.execute(
        "SELECT current_setting('enable_external_access'), current_setting('lock_configuration')"
    ).fetchone()
    if row != (False, True):
        raise EngineDamaged("the engine did not accept its restrictions")


def _identifier(name: str) -> str:
    return str(sge.to_identifier(name, quoted=True).sql("duckdb"))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _roll_back(cursor: duckdb.DuckDBPyConnection) -> None:
    try:
        cursor.execute("ROLLBACK")
    except duckdb.Error:
        # A fatal error has already ended the transaction; the first error is the one to report.
        return


__all__ = [
    "BoundValue",
    "DuckDBEngine",
    "EngineDamaged",
    "EngineFull",
    "EngineLocked",
    "Transaction",
]
