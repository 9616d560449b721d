"""MariaDB and MySQL through PyMySQL: rows stream from the server and become Arrow by the chunk.

The driver hands every value on as the text the server sent; Arrow makes exact types of it. That is
faster than the driver's own conversions and no float is ever in between.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC
from typing import Any, ClassVar, Final

from stockturn.intake.sources.database.base import BINARY, DatabaseSource
from stockturn.intake.sources.database.dialect import Dialect, TableName
from stockturn.intake.sources.database.forms import TRIED, server_fields, server_label, zones
from stockturn.intake.sources.database.text_rows import BATCH_ROWS, text_batches
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

NAME: Final = "MariaDB / MySQL"

_FAMILIES: Final[dict[str, Family]] = {
    "tinyint": "integer",
    "smallint": "integer",
    "mediumint": "integer",
    "int": "integer",
    "bigint": "integer",
    "year": "integer",
    "decimal": "decimal",
    "float": "float",
    "double": "float",
    "date": "date",
    "datetime": "timestamp",
    "timestamp": "instant",
    "bit": "integer",
    "binary": "binary",
    "varbinary": "binary",
    "tinyblob": "binary",
    "blob": "binary",
    "mediumblob": "binary",
    "longblob": "binary",
    "geometry": "binary",
    "point": "binary",
}
_CASTS: Final[dict[Family, str]] = {
    "integer": "DECIMAL(20, 0)",
    "decimal": "DECIMAL(65, 30)",
    "float": "DECIMAL(65, 30)",
    "date": "DATE",
    "timestamp": "DATETIME(6)",
    "instant": "DATETIME(6)",
}
_LISTING: Final = """
SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, TABLE_ROWS FROM information_schema.TABLES
WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME"""
_COLUMNS: Final = """
SELECT COLUMN_NAME, COLUMN_TYPE, DATA_TYPE, NUMERIC_PRECISION, NUMERIC_SCALE
FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s
ORDER BY ORDINAL_POSITION"""
_CODES: Final[dict[int, type[SourceFailure]]] = {
    1044: SourceForbidden,
    1045: SourceRefused,
    1049: SourceMissing,
    1142: SourceForbidden,
    1143: SourceForbidden,
    1146: SourceMissing,
    1205: SourceTimedOut,
    1317: SourceGone,
    1698: SourceRefused,
    1927: SourceGone,
    1969: SourceTimedOut,
    2003: SourceUnreachable,
    2005: SourceUnreachable,
    2006: SourceGone,
    2013: SourceGone,
    3024: SourceTimedOut,
}


class MariaDBDialect(Dialect):
    """MariaDB's and MySQL's words."""

    quotes = ("`", "`")

    def selected(self, column: SourceColumn, *, as_text: bool) -> str:
        """Read a column as it is, the protocol carries all as text; bits are flags, so numbers."""
        del as_text
        name = self.quote(column.name)
        return f"CAST({name} AS UNSIGNED)" if column.type.startswith("bit") else name

    def text(self, column: SourceColumn, expression: str) -> str:
        """Return the text the protocol carries anyway."""
        del column
        return f"CAST({expression} AS CHAR)"

    def bound(self, number: int, column: SourceColumn) -> str:
        """Return the place of a bound value."""
        del number
        cast = _CASTS.get(column.family)
        return f"CAST(%s AS {cast})" if cast else "%s"


class MariaDBLink:
    """One connection in one consistent snapshot, read-only."""

    def __init__(self, connection: Any, cursors: Any) -> None:
        self._connection = connection
        self._cursors = cursors
        for sql in (
            "SET SESSION time_zone = '+00:00'",
            "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
            "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
        ):
            self.rows(sql)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return a small result, every value as text."""
        with self._connection.cursor() as cursor:
            cursor.execute(sql, [_plain(value) for value in values] or None)
            return list(cursor.fetchall())

    def stream(self, sql: str, values: Sequence[Any] = ()) -> Iterator[Any]:
        """Yield record batches of text columns while the server sends rows."""
        cursor = self._connection.cursor(self._cursors.SSCursor)
        try:
            cursor.execute(sql, [_plain(value) for value in values] or None)
            yield from text_batches(iter(lambda: cursor.fetchmany(BATCH_ROWS), []))
        finally:
            self._read_on(cursor)

    def _read_on(self, cursor: Any) -> None:
        """Leave the connection ready for the next statement; a broken one stays broken."""
        try:
            cursor.close()
        except Exception:  # noqa: BLE001 - the failure that ended the reading is told, not this
            cursor.connection = None
            if self._connection._result is not None:
                self._connection._result.unbuffered_active = False

    def close(self) -> None:
        """Drop the connection at once: a cursor may still have rows on the way."""
        with suppress(Exception):
            self._connection._force_close()


class MariaDBSource(DatabaseSource):
    """One MariaDB or MySQL database."""

    dialect: ClassVar[Dialect] = MariaDBDialect()

    def __init__(self, form: Form, ground: Ground) -> None:
        super().__init__(server_label(form), zones(form, ground))
        self._form = form
        self._timeout = ground.timeout_seconds

    def open(self) -> MariaDBLink:
        """Connect and begin the snapshot."""
        cursors = driver("pymysql.cursors", kind=NAME, extra="mariadb")
        return MariaDBLink(self.connection(), cursors)

    def connection(self) -> Any:
        """Return a new connection of the driver, which gives every value as text."""
        pymysql = driver("pymysql", kind=NAME, extra="mariadb")
        converters = driver("pymysql.converters", kind=NAME, extra="mariadb")
        form = self._form
        # Encoders only: without decoders every value stays the text that the server sent.
        encoders = {k: v for k, v in converters.conversions.items() if not isinstance(k, int)}
        return pymysql.connect(
            host=form["host"],
            port=form["port"],
            user=form["user"],
            password=str(form["password"]).encode(),
            database=form["database"],
            charset="utf8mb4",
            conv=encoders,
            connect_timeout=min(15, self._timeout),
            read_timeout=self._timeout,
            write_timeout=self._timeout,
            local_infile=False,
            ssl=self._tls(),
        )

    def _tls(self) -> ssl.SSLContext | None:
        if self._form["tls"] == "off":
            return None
        context = ssl.create_default_context(cadata=str(self._form["certificate"]) or None)
        if self._form["tls"] != "verified":
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def version(self, link: Any) -> str:
        """Return the server's version."""
        found = str(link.rows("SELECT VERSION()")[0][0])
        return found if "MariaDB" in found else f"MySQL {found}"

    def listing(self, link: Any) -> list[tuple[TableName, Readable]]:
        """Return tables and views of the database that the user may see."""
        return [
            (
                TableName(schema, name),
                Readable(
                    name,
                    "view" if "VIEW" in kind else "table",
                    None if rows is None or "VIEW" in kind else int(rows),
                ),
            )
            for schema, name, kind, rows in link.rows(_LISTING)
        ]

    def described(self, link: Any, table: TableName) -> list[SourceColumn]:
        """Return the columns of a table."""
        return [_column(*row) for row in link.rows(_COLUMNS, (table.schema, table.name))]

    def failure(self, error: Exception, what: str, *, connected: bool) -> SourceFailure | None:
        """Return a PyMySQL error in our words."""
        words = {"what": what, "detail": str(error), "hidden": str(self._form["password"])}
        if isinstance(error, TimeoutError | ConnectionError | ssl.SSLError):
            return (SourceGone if connected else SourceUnreachable)(self.label, **words)
        if not type(error).__module__.startswith("pymysql"):
            return None
        code = error.args[0] if error.args else 0
        words["detail"] = f"{code}: {error.args[-1]}" if error.args else type(error).__name__
        if code == 2013 and "timed out" in str(error):
            return SourceTimedOut(self.label, **words)
        if code == 1049:
            words["what"] = str(self._form["database"])
        usual = SourceFailure if connected else SourceUnreachable
        return _CODES.get(code, usual)(self.label, **words)


def _column(
    name: str, kind: str, base: str, precision: str | None, scale: str | None
) -> SourceColumn:
    family = _FAMILIES.get(base.lower(), "text")
    if family == "integer" and "bigint" in kind and "unsigned" in kind:
        return SourceColumn(name, kind, "decimal", 20, 0)
    exact = family == "decimal" and precision is not None
    return SourceColumn(
        name,
        kind,
        family,
        int(precision) if exact and precision else None,
        int(scale) if exact and scale else None,
        BINARY if family == "binary" else None,
    )


def _plain(value: Any) -> Any:
    """Return a value as its text, which the statement casts to the column's type."""
    if isinstance(value, bool):
        return int(value)
    if hasattr(value, "tzinfo"):
        moment = value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
        return moment.isoformat(sep=" ")
    return value if isinstance(value, str) else str(value)


KIND: Final = SourceKind(
    key="mariadb",
    name=Text("MariaDB / MySQL 数据库", NAME),
    group="database",
    fields=server_fields(3306, database=Text("数据库", "database")),
    connect=MariaDBSource,
    tried=TRIED,
)
