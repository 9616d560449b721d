"""The embedded engine: one DuckDB file, owned by one process.

Nothing outside this room writes SQL text: questions are Ibis expressions over the tables that
were created from typed schemas, and values travel bound.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow as pa
import sqlglot.expressions as sge
import structlog

from stockturn.engines.failures import EngineDamaged, EngineFull, EngineLocked
from stockturn.engines.passes import Workers
from stockturn.engines.statements import (
    Expression,
    Values,
    fetch,
    quoted,
    statement_of,
)
from stockturn.engines.transaction import Transaction, parts_of

log = structlog.get_logger("stockturn.engines")

LARGE_INSERT_ROWS = 50_000
"""From here on an insert may write whole row groups, which want a checkpoint; see `transaction`."""


LOG_BYTES = 16 * 1024 * 1024
"""A write-ahead log of this size is moved into the file after a transaction."""


class DuckDBEngine:
    """Tables in one DuckDB file behind two verbs: :meth:`query` and :meth:`map_items`.

    Reads may come from any thread, each on its own cursor and so on one consistent state; writes
    happen in :meth:`transaction`, one at a time, all or nothing.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        path: Path,
        staging: Path,
        config: dict[str, Any],
    ) -> None:
        self._connection = connection
        self._config = config
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
        statement = statement_of(expression, shape)
        with self._cursor() as cursor:
            for name, rows in (tables or {}).items():
                cursor.register(name, rows)
            return fetch(cursor, statement, values)

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
            parts = parts_of(self._on(cursor), expression, order_by, values)
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
                transaction = self._on(cursor)
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
                yield self._on(cursor)
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

    def _on(self, cursor: duckdb.DuckDBPyConnection) -> Transaction:
        return Transaction(cursor, self.staging, self._workers)

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        cursor = self._connection.cursor()
        try:
            yield cursor
        finally:
            cursor.close()


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
    connection.execute("SET temp_directory = " + quoted(str(temporary.resolve())))
    connection.execute(f"SET allowed_directories = [{quoted(folder)}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    row = connection.execute(
        "SELECT current_setting('enable_external_access'), current_setting('lock_configuration')"
    ).fetchone()
    if row != (False, True):
        raise EngineDamaged("the engine did not accept its restrictions")


def _roll_back(cursor: duckdb.DuckDBPyConnection) -> None:
    try:
        cursor.execute("ROLLBACK")
    except duckdb.Error:
        # A fatal error has already ended the transaction; the first error is the one to report.
        return
