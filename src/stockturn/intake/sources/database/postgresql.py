"""PostgreSQL through ADBC: binary COPY into Arrow, in one repeatable-read transaction.

Values reach a statement as transaction-local parameters (``set_config``), because a COPY takes no
bound ones: the statement itself holds only ``current_setting`` of names we made.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, Final

from stockturn.intake.sources.database.base import BINARY, DatabaseSource
from stockturn.intake.sources.database.dialect import Dialect, TableName
from stockturn.intake.sources.database.forms import TRIED, server_fields, server_label, zones
from stockturn.intake.sources.drivers import driver
from stockturn.intake.sources.failures import (
    SourceFailure,
    SourceForbidden,
    SourceGone,
    SourceMissing,
    SourceRefused,
    SourceTimedOut,
    SourceUnreachable,
)
from stockturn.intake.sources.kind import Form, SourceKind
from stockturn.intake.sources.source import Family, Ground, Readable, SourceColumn
from stockturn.language import Text

BATCH_BYTES: Final = 16 * 1024 * 1024
NAME: Final = "PostgreSQL"

_FAMILIES: Final[dict[str, Family]] = {
    "int2": "integer",
    "int4": "integer",
    "int8": "integer",
    "numeric": "decimal",
    "money": "decimal",
    "float4": "float",
    "float8": "float",
    "date": "date",
    "timestamp": "timestamp",
    "timestamptz": "instant",
    "bool": "boolean",
    "bytea": "binary",
}
_CASTS: Final[dict[Family, str]] = {
    "integer": "int8",
    "decimal": "numeric",
    "float": "float8",
    "date": "date",
    "timestamp": "timestamp",
    "instant": "timestamptz",
    "boolean": "bool",
}
_PLAIN_TEXT: Final = ("text", "character varying", "character(", "bpchar", "citext", "name")

_VERSION: Final = "SELECT current_setting('server_version')"
_LISTING: Final = """
SELECT n.nspname::text, c.relname::text, c.relkind::text, c.reltuples::float8
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> 'information_schema'
  AND n.nspname !~ '^pg_' AND has_schema_privilege(n.oid, 'USAGE')
  AND has_any_column_privilege(c.oid, 'SELECT')
ORDER BY n.nspname, c.relname"""
_EXISTS: Final = """
SELECT count(*)::int8 FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE (n.nspname || '.' || c.relname)::text = $1"""
_COLUMNS: Final = """
SELECT a.attname::text, format_type(a.atttypid, a.atttypmod)::text,
       coalesce(b.typname, t.typname)::text,
       (CASE WHEN b.oid IS NULL THEN a.atttypmod ELSE t.typtypmod END)::int8,
       has_column_privilege(c.oid, a.attnum, 'SELECT')
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype AND t.typtype = 'd'
WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum"""
_NOT_GRANTED: Final = Text("没有读取权限", "it may not be read by this user")


class PostgreSQLDialect(Dialect):
    """PostgreSQL's words."""

    def selected(self, column: SourceColumn, *, as_text: bool) -> str:
        """Read numbers as text, for their binary form has no fixed width."""
        name = self._number(column)
        if as_text or column.family in {"decimal", "text"}:
            return f"{name}::text"
        if column.type == "real":
            # Its shortest text is what was written; widened bit by bit it would grow a tail.
            return f"{name}::text::float8"
        return f"{name}::{_CASTS[column.family]}"

    def _number(self, column: SourceColumn) -> str:
        """Return a column; money as its number, for its text has the symbol of the server."""
        name = self.quote(column.name)
        return f"{name}::numeric" if column.type == "money" else name

    def text(self, column: SourceColumn, expression: str) -> str:
        """Return ISO text; the session's style and zone are set so."""
        del column
        return f"({expression})::text"

    def compared(self, column: SourceColumn) -> str:
        """Compare what is no plain text as its text."""
        name = self._number(column)
        if column.family == "text" and not column.type.startswith(_PLAIN_TEXT):
            return f"{name}::text"
        return name

    def bound(self, number: int, column: SourceColumn) -> str:
        """Return the place of a transaction-local parameter."""
        cast = _CASTS.get(column.family, "text")
        return f"CAST(current_setting('stockturn.v{number}') AS {cast})"


class PostgreSQLLink:
    """One connection in one repeatable-read, read-only transaction.

    It waits for a table that somebody has locked no longer than for an answer.
    """

    def __init__(self, connection: Any, timeout_seconds: int) -> None:
        self._connection = connection
        self._run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        settings = ("TimeZone = 'UTC'", "DateStyle = 'ISO'", "extra_float_digits = 1")
        for setting in (*settings, f"lock_timeout = '{timeout_seconds}s'"):
            self._run(f"SET LOCAL {setting}")

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return a small result; ``$n`` in catalogue statements, settings elsewhere."""
        with self._connection.cursor() as cursor:
            if "$1" in sql:
                cursor.execute(sql, tuple(values))
            else:
                self._set(values)
                cursor.execute(sql)
            return list(cursor.fetchall())

    def stream(self, sql: str, values: Sequence[Any] = ()) -> Iterator[Any]:
        """Yield record batches as COPY sends them."""
        self._set(values)
        with self._connection.cursor() as cursor:
            hint = "adbc.postgresql.batch_size_hint_bytes"
            cursor.adbc_statement.set_options(**{hint: str(BATCH_BYTES)})
            cursor.execute(sql)
            yield from cursor.fetch_record_batch()

    def close(self) -> None:
        """Let go; a connection that is broken already has nothing to say."""
        with suppress(Exception):
            self._connection.rollback()
        self._connection.close()

    def _run(self, sql: str) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(sql)

    def _set(self, values: Sequence[Any]) -> None:
        with self._connection.cursor() as cursor:
            for number, value in enumerate(values, 1):
                name = f"stockturn.v{number}"
                cursor.execute("SELECT set_config($1, $2, true)", (name, str(value)))
                cursor.fetchall()


class PostgreSQLSource(DatabaseSource):
    """One PostgreSQL database."""

    dialect: ClassVar[Dialect] = PostgreSQLDialect()

    def __init__(self, form: Form, ground: Ground) -> None:
        super().__init__(server_label(form), zones(form, ground))
        self._form = form
        self._timeout = ground.timeout_seconds

    def open(self) -> PostgreSQLLink:
        """Connect and begin the transaction."""
        return PostgreSQLLink(self.connection(), self._timeout)

    def connection(self) -> Any:
        """Return a new connection of the driver."""
        adbc = driver("adbc_driver_postgresql.dbapi", kind=NAME, extra="postgresql")
        certificate = str(self._form["certificate"])
        with tempfile.TemporaryDirectory() as folder:
            path = ""
            if certificate:
                path = str(Path(folder) / "ca.pem")
                Path(path).write_text(certificate, encoding="utf-8")
            return adbc.connect(self._conninfo(path))

    def _conninfo(self, certificate: str) -> str:
        """Return the keywords libpq connects by; nothing in a value can become a keyword."""
        form = self._form
        words: dict[str, Any] = {
            "host": form["host"],
            "port": form["port"],
            "dbname": form["database"],
            "user": form["user"],
            "password": form["password"],
            "sslmode": {"off": "disable", "required": "require"}.get(
                str(form["tls"]), "verify-full"
            ),
            "connect_timeout": min(15, self._timeout),
            "keepalives_idle": 30,
            "tcp_user_timeout": self._timeout * 1000,
            "application_name": "stockturn",
            "client_encoding": "UTF8",
        }
        if form["tls"] == "verified":
            words["sslrootcert"] = certificate or "system"
        return " ".join(f"{key}='{_escaped(str(value))}'" for key, value in words.items() if value)

    def version(self, link: Any) -> str:
        """Return the server's version."""
        return f"PostgreSQL {link.rows(_VERSION)[0][0]}"

    def listing(self, link: Any) -> list[tuple[TableName, Readable]]:
        """Return tables and views outside the system's schemas that the user may read."""
        return [
            (
                TableName(schema, name),
                Readable(
                    f"{schema}.{name}",
                    "view" if kind == "v" else "table",
                    int(rows) if rows >= 0 and kind != "v" else None,
                ),
            )
            for schema, name, kind, rows in link.rows(_LISTING)
        ]

    def described(self, link: Any, table: TableName) -> list[SourceColumn]:
        """Return the columns; those that were not granted are refused."""
        return [_column(*row) for row in link.rows(_COLUMNS, (table.schema, table.name))]

    def denied(self, link: Any, what: str) -> SourceFailure:
        """Tell a table that may not be read from one that is not there."""
        if link.rows(_EXISTS, (what,))[0][0]:
            return SourceForbidden(self.label, what=what, detail="SELECT")
        return SourceMissing(self.label, what=what)

    def failure(self, error: Exception, what: str, *, connected: bool) -> SourceFailure | None:
        """Return an ADBC error in our words."""
        broken = isinstance(error, OSError) and "libpq" in str(error)
        if not broken and not type(error).__module__.startswith("adbc_driver_manager"):
            return None
        said, state = str(error), str(getattr(error, "sqlstate", None) or "")
        words = {"what": what, "detail": said, "hidden": str(self._form["password"])}
        if not connected:
            return _unconnected(said)(self.label, **words)
        return _by_state(state, said)(self.label, **words)


def _column(name: str, kind: str, base: str, modifier: int, granted: bool) -> SourceColumn:
    family = _FAMILIES.get(base, "text")
    precision = scale = None
    if family == "decimal" and modifier >= 4:
        precision = (modifier - 4) >> 16 & 0xFFFF
        scale = ((modifier - 4 & 0x7FF) ^ 1024) - 1024
    refused = BINARY if family == "binary" else None if granted else _NOT_GRANTED
    return SourceColumn(name, kind, family, precision, scale, refused)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def _unconnected(said: str) -> type[SourceFailure]:
    """Tell failures to connect apart by libpq's words; the server speaks its own language."""
    if any(
        word in said for word in ("password", "authentication", "pg_hba", "role", "口令", "角色")
    ):
        return SourceRefused
    if "database" in said and "exist" in said:
        return SourceMissing
    return SourceUnreachable


def _by_state(state: str, said: str) -> type[SourceFailure]:
    if state.startswith("28"):
        return SourceRefused
    if state in {"42P01", "3F000", "3D000"}:
        return SourceMissing
    if state == "42501":
        return SourceForbidden
    if state in {"57014", "55P03"}:
        return SourceTimedOut
    gone = (
        "server closed the connection",
        "terminating connection",
        "SSL SYSCALL",
        "no connection",
    )
    if state.startswith(("08", "57P")) or any(word in said for word in gone):
        return SourceGone
    return SourceFailure


KIND: Final = SourceKind(
    key="postgresql",
    name=Text("PostgreSQL 数据库", "PostgreSQL"),
    group="database",
    fields=server_fields(5432, database=Text("数据库", "database")),
    connect=PostgreSQLSource,
    tried=TRIED,
)
