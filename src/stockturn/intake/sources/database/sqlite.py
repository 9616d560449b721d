"""SQLite files, opened read-only by an address of our own from a path in an allowed folder.

SQLite's columns hold whatever was put in: a declared type is an intention. Values are read as what
they are, and a column whose values do not keep to its type is read as text.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Final
from urllib.parse import quote

from stockturn.intake.sources.allowed import allowed_path
from stockturn.intake.sources.database.base import BINARY, DatabaseSource
from stockturn.intake.sources.database.dialect import Dialect, TableName
from stockturn.intake.sources.database.forms import TIME_ZONE, TRIED, zones
from stockturn.intake.sources.database.text_rows import BATCH_ROWS, text_batches
from stockturn.intake.sources.failures import (
    SourceFailure,
    SourceGone,
    SourceMissing,
    SourceTimedOut,
    SourceUnreachable,
    ValueUnreadable,
)
from stockturn.intake.sources.kind import Field, Form, SourceKind
from stockturn.intake.sources.source import Family, Ground, Readable, SourceColumn
from stockturn.language import Text

_DECIMAL: Final = re.compile(
    r"(?:DECIMAL|NUMERIC)\s*\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)", re.IGNORECASE
)
_LISTING: Final = """
SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view')
AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name"""
_COLUMNS: Final = "SELECT name, type FROM pragma_table_xinfo(?) WHERE hidden <> 1 ORDER BY cid"


class SQLiteDialect(Dialect):
    """SQLite's words."""

    def selected(self, column: SourceColumn, *, as_text: bool) -> str:
        """Read a column as it is; :func:`_text` writes each value out."""
        del as_text
        return self.quote(column.name)

    def text(self, column: SourceColumn, expression: str) -> str:
        """Return a value as it is: a text cast would cut floats to 15 digits."""
        del column
        return expression

    def bound(self, number: int, column: SourceColumn) -> str:
        """Return the place of a bound value."""
        del number, column
        return "?"

    def summed(self, column: SourceColumn) -> str:
        """Return an exact sum: decimals are summed as whole numbers of their last place."""
        name = self.quote(column.name)
        if not column.scale:
            return f"SUM({name})"
        return f"SUM(CAST(ROUND({name} * {10**column.scale}) AS INTEGER))"

    def total(self, column: SourceColumn, found: Any) -> Decimal:
        """Return a sum of last places as the number it stands for."""
        return Decimal(found or 0).scaleb(-(column.scale or 0))


class SQLiteLink:
    """One read transaction: WAL and rollback journal both show one state."""

    def __init__(self, connection: sqlite3.Connection, label: str) -> None:
        self._connection = connection
        self._label = label
        connection.execute("BEGIN")

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return a small result."""
        return self._connection.execute(sql, [_plain(value) for value in values]).fetchall()

    def stream(self, sql: str, values: Sequence[Any] = ()) -> Iterator[Any]:
        """Yield record batches of text columns."""
        cursor = self._connection.execute(sql, [_plain(value) for value in values])
        names = [column[0] for column in cursor.description]
        chunks = iter(lambda: cursor.fetchmany(BATCH_ROWS), [])
        yield from text_batches([self._texts(row, names) for row in chunk] for chunk in chunks)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _texts(self, row: tuple[Any, ...], names: list[str]) -> list[str | None]:
        return [
            value if value is None or isinstance(value, str) else self._text(value, name)
            for value, name in zip(row, names, strict=True)
        ]

    def _text(self, value: Any, column: str) -> str:
        if isinstance(value, bytes):
            raise ValueUnreadable(self._label, what=column, detail=BINARY)
        # A float's shortest text is the number that was written, to its last digit.
        return f"{Decimal(repr(value)):f}" if isinstance(value, float) else str(value)


class SQLiteSource(DatabaseSource):
    """One SQLite file."""

    dialect: ClassVar[Dialect] = SQLiteDialect()

    def __init__(self, form: Form, ground: Ground) -> None:
        super().__init__(str(form["path"]), zones(form, ground))
        self._given = str(form["path"])
        self._ground = ground

    def open(self) -> SQLiteLink:
        """Open the file, if it lies in an allowed folder and is there."""
        path = allowed_path(self._given, self._ground)
        if not path.is_file():
            raise SourceMissing(self.label, what=path.name)
        connection = sqlite3.connect(
            f"file:{quote(str(path))}?mode=ro",
            uri=True,
            timeout=min(15, self._ground.timeout_seconds),
            isolation_level=None,
        )
        return SQLiteLink(connection, self.label)

    def version(self, link: Any) -> str:
        """Return the library's version; reading the schema shows that it is a database."""
        link.rows(_LISTING)
        return f"SQLite {sqlite3.sqlite_version}"

    def listing(self, link: Any) -> list[tuple[TableName, Readable]]:
        """Return tables and views."""
        return [
            (TableName("", name), Readable(name, "view" if kind == "view" else "table"))
            for name, kind in link.rows(_LISTING)
        ]

    def described(self, link: Any, table: TableName) -> list[SourceColumn]:
        """Return the columns of a table as declared."""
        return [_column(name, declared) for name, declared in link.rows(_COLUMNS, (table.name,))]

    def failure(self, error: Exception, what: str, *, connected: bool) -> SourceFailure | None:
        """Return an SQLite error in our words."""
        if not isinstance(error, sqlite3.Error):
            return None
        words = {"what": what, "detail": str(error)}
        if "locked" in str(error) or "busy" in str(error):
            return SourceTimedOut(self.label, **words)
        if isinstance(error, sqlite3.OperationalError) and "disk I/O" in str(error):
            return SourceGone(self.label, **words)
        if not connected or isinstance(error, sqlite3.DatabaseError):
            return SourceUnreachable(self.label, **words)
        return SourceFailure(self.label, **words)


def _column(name: str, declared: str) -> SourceColumn:
    """Read a declared type by SQLite's own rules of affinity."""
    upper = declared.upper()
    family: Family = "text"
    if "INT" in upper:
        family = "integer"
    elif found := _DECIMAL.search(upper):
        return SourceColumn(name, declared, "decimal", int(found[1]), int(found[2] or 0))
    elif any(word in upper for word in ("REAL", "FLOA", "DOUB")):
        family = "float"
    elif "BLOB" in upper:
        return SourceColumn(name, declared, "binary", refused=BINARY)
    return SourceColumn(name, declared, family)


def _plain(value: Any) -> Any:
    """Return a value as SQLite compares it with its columns."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def check_path(text: str) -> Text | None:
    """Say what is wrong with a path."""
    if Path(text).is_absolute():
        return None
    return Text("应为绝对路径。", "takes an absolute path.")


KIND: Final = SourceKind(
    key="sqlite",
    name=Text("SQLite 文件", "SQLite file"),
    group="database",
    fields=(
        Field(
            "path",
            "text",
            Text("文件的绝对路径", "absolute path of the file"),
            check=check_path,
            hint=Text(
                "须在设置 source_folders 列出的目录内",
                "inside a folder of the setting source_folders",
            ),
        ),
        TIME_ZONE,
    ),
    connect=SQLiteSource,
    tried=TRIED,
)
