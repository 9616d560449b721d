"""SQL Server through Microsoft's own driver, in Arrow batches. Not run here: no server at hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, ClassVar, Final

from stockturn.intake.sources.database.base import BINARY, DatabaseSource
from stockturn.intake.sources.database.dialect import Dialect, TableName
from stockturn.intake.sources.database.forms import NOT_TRIED, server_fields, server_label, zones
from stockturn.intake.sources.database.text_rows import BATCH_ROWS
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

NAME: Final = "SQL Server"
_FAMILIES: Final[dict[str, Family]] = {
    "tinyint": "integer",
    "smallint": "integer",
    "int": "integer",
    "bigint": "integer",
    "bit": "boolean",
    "decimal": "decimal",
    "numeric": "decimal",
    "money": "decimal",
    "smallmoney": "decimal",
    "real": "float",
    "float": "float",
    "date": "date",
    "datetime": "timestamp",
    "datetime2": "timestamp",
    "smalldatetime": "timestamp",
    "datetimeoffset": "instant",
    "binary": "binary",
    "varbinary": "binary",
    "image": "binary",
    "timestamp": "binary",
    "rowversion": "binary",
    "geometry": "binary",
    "geography": "binary",
    "hierarchyid": "binary",
    "sql_variant": "binary",
}
_CASTS: Final[dict[Family, str]] = {
    "integer": "bigint",
    "decimal": "decimal(38, 10)",
    "float": "float(53)",
    "date": "date",
    "timestamp": "datetime2(7)",
    "instant": "datetimeoffset(7)",
    "boolean": "bit",
}
_LISTING: Final = """
SELECT s.name, o.name, o.type, SUM(p.rows)
FROM sys.objects o JOIN sys.schemas s ON s.schema_id = o.schema_id
LEFT JOIN sys.partitions p ON p.object_id = o.object_id AND p.index_id IN (0, 1)
WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0
GROUP BY s.name, o.name, o.type ORDER BY s.name, o.name"""
_COLUMNS: Final = """
SELECT c.name, b.name, c.precision, c.scale, c.max_length
FROM sys.columns c JOIN sys.objects o ON o.object_id = c.object_id
JOIN sys.schemas s ON s.schema_id = o.schema_id
JOIN sys.types b ON b.user_type_id = c.system_type_id
WHERE s.name = ? AND o.name = ? ORDER BY c.column_id"""
_SNAPSHOT: Final = """
SELECT snapshot_isolation_state FROM sys.databases WHERE database_id = DB_ID()"""


class SQLServerDialect(Dialect):
    """SQL Server's words."""

    quotes = ("[", "]")

    def selected(self, column: SourceColumn, *, as_text: bool) -> str:
        """Read everything as text; style 121 and 127 are ISO with all digits."""
        del as_text
        return self.text(column, self.quote(column.name))

    def text(self, column: SourceColumn, expression: str) -> str:
        """Return ISO text."""
        match column.family:
            case "float":
                return f"CONVERT(nvarchar(64), {expression}, 3)"
            case "instant":
                return f"CONVERT(nvarchar(64), SWITCHOFFSET({expression}, '+00:00'), 121)"
            case "date" | "timestamp":
                return f"CONVERT(nvarchar(64), CAST({expression} AS datetime2(6)), 121)"
            case "integer" | "decimal" | "boolean":
                return f"CONVERT(nvarchar(64), {expression})"
            case "text" | "binary":
                return f"CONVERT(nvarchar(max), {expression})"

    def summed(self, column: SourceColumn) -> str:
        """Return the sum of a widened column: sums of int overflow there."""
        wide = f"CAST({self.quote(column.name)} AS decimal(38, {column.scale or 0}))"
        return f"CONVERT(nvarchar(64), SUM({wide}))"

    def bound(self, number: int, column: SourceColumn) -> str:
        """Return the place of a bound value."""
        del number
        cast = _CASTS.get(column.family)
        return f"CAST(? AS {cast})" if cast else "?"

    def first(self, select: str, rows: int, order: str = "") -> str:
        """Return a statement limited to its first rows."""
        ordered = order or " ORDER BY (SELECT NULL)"
        return f"{select}{ordered} OFFSET 0 ROWS FETCH NEXT {int(rows)} ROWS ONLY"


class SQLServerLink:
    """One connection; a snapshot where the database allows it."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        state = self.rows(_SNAPSHOT)[0][0]
        connection.commit()
        # Without snapshots rows may change while they are read; the totals then tell.
        level = "SNAPSHOT" if state else "READ COMMITTED"
        cursor = connection.cursor()
        cursor.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
        cursor.close()

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return a small result."""
        cursor = self._connection.cursor()
        cursor.execute(sql, *[_plain(value) for value in values])
        found = [tuple(row) for row in cursor.fetchall()]
        cursor.close()
        return found

    def stream(self, sql: str, values: Sequence[Any] = ()) -> Iterator[Any]:
        """Yield record batches of text columns."""
        cursor = self._connection.cursor()
        cursor.execute(sql, *[_plain(value) for value in values])
        yield from cursor.arrow_reader(BATCH_ROWS)
        cursor.close()

    def close(self) -> None:
        """Let go of the connection."""
        with suppress(Exception):
            self._connection.rollback()
        self._connection.close()


class SQLServerSource(DatabaseSource):
    """One SQL Server database."""

    dialect: ClassVar[Dialect] = SQLServerDialect()

    def __init__(self, form: Form, ground: Ground) -> None:
        super().__init__(server_label(form), zones(form, ground))
        self._form = form
        self._timeout = ground.timeout_seconds

    def open(self) -> SQLServerLink:
        """Connect."""
        mssql = driver("mssql_python", kind=NAME, extra="sqlserver")
        form = self._form
        words = {
            "Server": f"tcp:{form['host']},{form['port']}",
            "Database": form["database"],
            "UID": form["user"],
            "PWD": form["password"],
            "Encrypt": "no" if form["tls"] == "off" else "yes",
            "TrustServerCertificate": "no" if form["tls"] == "verified" else "yes",
            "ApplicationIntent": "ReadOnly",
        }
        text = ";".join(f"{key}={_braced(str(value))}" for key, value in words.items())
        return SQLServerLink(mssql.connect(text, timeout=min(15, self._timeout), native_uuid=False))

    def version(self, link: Any) -> str:
        """Return the server's version."""
        found = link.rows("SELECT CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(64))")[0][0]
        return f"SQL Server {found}"

    def listing(self, link: Any) -> list[tuple[TableName, Readable]]:
        """Return tables and views that the user may see."""
        return [
            (
                TableName(schema, name),
                Readable(
                    f"{schema}.{name}",
                    "view" if str(kind).strip() == "V" else "table",
                    None if rows is None else int(rows),
                ),
            )
            for schema, name, kind, rows in link.rows(_LISTING)
        ]

    def described(self, link: Any, table: TableName) -> list[SourceColumn]:
        """Return the columns of a table."""
        return [_column(*row) for row in link.rows(_COLUMNS, (table.schema, table.name))]

    def failure(self, error: Exception, what: str, *, connected: bool) -> SourceFailure | None:
        """Return a driver's error in our words."""
        if not type(error).__module__.startswith("mssql_python"):
            return None
        said = str(error)
        words = {"what": what, "detail": said, "hidden": str(self._form["password"])}
        if "Login failed" in said or "18456" in said:
            return SourceRefused(self.label, **words)
        if "imeout" in said:
            return SourceTimedOut(self.label, **words)
        if not connected:
            return SourceUnreachable(self.label, **words)
        if "permission was denied" in said:
            return SourceForbidden(self.label, **words)
        if "Invalid object name" in said:
            return SourceMissing(self.label, **words)
        gone = "ommunication link" in said or "forcibly closed" in said
        return (SourceGone if gone else SourceFailure)(self.label, **words)


def _column(name: str, base: str, precision: int, scale: int, length: int) -> SourceColumn:
    family = _FAMILIES.get(base, "text")
    if family == "decimal":
        return SourceColumn(name, f"{base}({precision},{scale})", family, precision, scale)
    kind = f"{base}({length})" if family == "text" else base
    return SourceColumn(name, kind, family, refused=BINARY if family == "binary" else None)


def _braced(text: str) -> str:
    """Return a value that no character can end before its time."""
    return "{" + text.replace("}", "}}") + "}"


def _plain(value: Any) -> Any:
    """Return times as text, which the statement casts: the driver's own lose digits."""
    return value.isoformat() if hasattr(value, "isoformat") else value


KIND: Final = SourceKind(
    key="sqlserver",
    name=Text("SQL Server 数据库", NAME),
    group="database",
    fields=tuple(
        field
        for field in server_fields(1433, database=Text("数据库", "database"))
        if field.key != "certificate"
    ),
    connect=SQLServerSource,
    tried=NOT_TRIED,
)
