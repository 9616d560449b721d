"""Oracle through python-oracledb's thin mode, in Arrow batches. Not run here: no server at hand."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, ClassVar, Final

import pyarrow as pa

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

NAME: Final = "Oracle"
_LISTING: Final = """
SELECT owner, table_name, 'table', num_rows FROM all_tables
WHERE owner NOT IN (SELECT username FROM all_users WHERE oracle_maintained = 'Y')
UNION ALL
SELECT owner, view_name, 'view', NULL FROM all_views
WHERE owner NOT IN (SELECT username FROM all_users WHERE oracle_maintained = 'Y')
ORDER BY 1, 2"""
_COLUMNS: Final = """
SELECT column_name, data_type, data_precision, data_scale, data_length
FROM all_tab_columns WHERE owner = :1 AND table_name = :2 ORDER BY column_id"""
_CODES: Final[dict[str, type[SourceFailure]]] = {
    "ORA-00942": SourceMissing,
    "ORA-01017": SourceRefused,
    "ORA-01031": SourceForbidden,
    "ORA-01045": SourceRefused,
    "ORA-28000": SourceRefused,
    "ORA-01555": SourceGone,
    "ORA-03113": SourceGone,
    "ORA-03114": SourceGone,
    "DPY-4011": SourceGone,
    "DPY-4024": SourceTimedOut,
}
_TIME_FORM: Final = "YYYY-MM-DD HH24:MI:SS.FF6"
_POINT: Final = "'TM9', 'NLS_NUMERIC_CHARACTERS=''.,'''"


class OracleDialect(Dialect):
    """Oracle's words."""

    def selected(self, column: SourceColumn, *, as_text: bool) -> str:
        """Read everything as text: no number passes through a float."""
        del as_text
        return self.text(column, self.quote(column.name))

    def text(self, column: SourceColumn, expression: str) -> str:
        """Return ISO text."""
        match column.family:
            case "integer" | "decimal" | "float":
                return f"TO_CHAR({expression}, {_POINT})"
            case "date" | "timestamp":
                return f"TO_CHAR(CAST({expression} AS TIMESTAMP), '{_TIME_FORM}')"
            case "instant":
                return f"TO_CHAR(SYS_EXTRACT_UTC({expression}), '{_TIME_FORM}')"
            case _:
                return f"TO_CHAR({expression})"

    def bound(self, number: int, column: SourceColumn) -> str:
        """Return the place of a bound value."""
        match column.family:
            case "date" | "timestamp":
                return f"TO_TIMESTAMP(:{number}, '{_TIME_FORM}')"
            case "instant":
                return f"FROM_TZ(TO_TIMESTAMP(:{number}, '{_TIME_FORM}'), 'UTC')"
            case _:
                return f":{number}"

    def first(self, select: str, rows: int, order: str = "") -> str:
        """Return a statement limited to its first rows."""
        return f"{select}{order} FETCH FIRST {int(rows)} ROWS ONLY"

    def derived(self, select: str) -> str:
        """Return a select as a table; Oracle takes no AS there."""
        return f"({select}) t"


class OracleLink:
    """One connection in one read-only transaction, which sees one state."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return a small result."""
        with self._connection.cursor() as cursor:
            cursor.execute(sql, [_plain(value) for value in values])
            return list(cursor.fetchall())

    def stream(self, sql: str, values: Sequence[Any] = ()) -> Iterator[Any]:
        """Yield record batches of text columns."""
        bound = [_plain(value) for value in values]
        frames = self._connection.fetch_df_batches(sql, parameters=bound, size=BATCH_ROWS)
        for frame in frames:
            yield from pa.table(frame).to_batches()

    def close(self) -> None:
        """Let go of the connection."""
        with suppress(Exception):
            self._connection.rollback()
        self._connection.close()


class OracleSource(DatabaseSource):
    """One Oracle service."""

    dialect: ClassVar[Dialect] = OracleDialect()

    def __init__(self, form: Form, ground: Ground) -> None:
        super().__init__(server_label(form), zones(form, ground))
        self._form = form
        self._timeout = ground.timeout_seconds

    def open(self) -> OracleLink:
        """Connect."""
        oracledb = driver("oracledb", kind=NAME, extra="oracle")
        form = self._form
        context = None
        if form["tls"] != "off":
            context = ssl.create_default_context(cadata=str(form["certificate"]) or None)
            if form["tls"] != "verified":
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
        connection = oracledb.connect(
            user=form["user"],
            password=form["password"],
            host=form["host"],
            port=form["port"],
            service_name=form["database"],
            protocol="tcp" if context is None else "tcps",
            ssl_context=context,
            ssl_server_dn_match=form["tls"] == "verified",
            tcp_connect_timeout=min(15, self._timeout),
        )
        return OracleLink(connection)

    def version(self, link: Any) -> str:
        """Return the server's version."""
        return f"Oracle {link._connection.version}"

    def listing(self, link: Any) -> list[tuple[TableName, Readable]]:
        """Return tables and views that the user may read."""
        return [
            (
                TableName(owner, name),
                Readable(
                    f"{owner}.{name}",
                    "view" if kind == "view" else "table",
                    None if rows is None else int(rows),
                ),
            )
            for owner, name, kind, rows in link.rows(_LISTING)
        ]

    def described(self, link: Any, table: TableName) -> list[SourceColumn]:
        """Return the columns of a table."""
        return [_column(*row) for row in link.rows(_COLUMNS, (table.schema, table.name))]

    def failure(self, error: Exception, what: str, *, connected: bool) -> SourceFailure | None:
        """Return a driver's error in our words."""
        if not type(error).__module__.startswith("oracledb"):
            return None
        said = str(error)
        words = {"what": what, "detail": said, "hidden": str(self._form["password"])}
        usual = SourceFailure if connected else SourceUnreachable
        found = next((kind for code, kind in _CODES.items() if code in said), usual)
        return found(self.label, **words)


def _column(
    name: str, base: str, precision: int | None, scale: int | None, length: int
) -> SourceColumn:
    """Read a type of the catalogue; a NUMBER without a scale keeps whatever it is given."""
    if base == "NUMBER":
        if scale == 0 and precision is not None and precision <= 18:
            return SourceColumn(name, f"NUMBER({precision})", "integer")
        said = "NUMBER" if precision is None else f"NUMBER({precision},{scale})"
        return SourceColumn(name, said, "decimal", precision, scale)
    family: Family = "text"
    if base in {"BINARY_FLOAT", "BINARY_DOUBLE", "FLOAT"}:
        family = "float"
    elif base == "DATE" or (base.startswith("TIMESTAMP") and "TIME ZONE" not in base):
        family = "timestamp"
    elif base.startswith("TIMESTAMP"):
        family = "instant"
    elif base in {"BLOB", "RAW", "LONG RAW", "LONG", "BFILE", "SDO_GEOMETRY", "ROWID"}:
        return SourceColumn(name, base, "binary", refused=BINARY)
    return SourceColumn(name, f"{base}({length})" if family == "text" else base, family)


def _plain(value: Any) -> Any:
    """Return times as the text that the statement reads."""
    if not hasattr(value, "isoformat"):
        return value
    if getattr(value, "tzinfo", None) is not None:
        from_utc = value.utcoffset()
        value = value.replace(tzinfo=None) - from_utc
    return value.strftime("%Y-%m-%d %H:%M:%S.%f")


KIND: Final = SourceKind(
    key="oracle",
    name=Text("Oracle 数据库", NAME),
    group="database",
    fields=server_fields(1521, database=Text("服务名", "service name")),
    connect=OracleSource,
    tried=NOT_TRIED,
)
