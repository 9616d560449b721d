"""What every database source does the same way; a driver adds its connection and its catalogue."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Final

import pyarrow as pa

from stockturn.intake.sources.database import extract, statement
from stockturn.intake.sources.database.dialect import Dialect, TableName, target
from stockturn.intake.sources.database.extract import Extract, NotOfType, Zones
from stockturn.intake.sources.database.link import Link
from stockturn.intake.sources.database.operand import before, check_cursor
from stockturn.intake.sources.database.statement import Where
from stockturn.intake.sources.failures import SourceFailure, SourceMissing
from stockturn.intake.sources.source import (
    Fetched,
    Readable,
    Report,
    Request,
    Since,
    SourceColumn,
    Tested,
    Total,
)
from stockturn.language import Text

MOST_PREVIEW_ROWS: Final = 1000
READ_AS_TEXT: Final = Text(
    "列“{column}”含有其类型之外的值（如无穷日期、NaN），已按文字读取。",
    "The column “{column}” holds values outside its type (such as an infinite day or NaN) and was "
    "read as text.",
)
LEFT_OUT: Final = Text("列“{column}”没有读取：{why}", "The column “{column}” was not read: {why}")
BINARY: Final = Text("二进制内容不读取", "binary content is not read")


class DatabaseSource(ABC):
    """A database that is ready to be asked.

    Attributes:
        dialect: its words.
    """

    dialect: ClassVar[Dialect]

    def __init__(self, label: str, zones: Zones) -> None:
        self._label = label
        self._zones = zones

    @property
    def label(self) -> str:
        """Where it is, for messages."""
        return self._label

    # --- what a driver adds --------------------------------------------------------------------

    @abstractmethod
    def open(self) -> Link:
        """Connect, read-only, to one state of the database."""

    @abstractmethod
    def failure(self, error: Exception, what: str, *, connected: bool) -> SourceFailure | None:
        """Return a driver's error in our words; None when it is not the driver's."""

    @abstractmethod
    def version(self, link: Link) -> str:
        """Return what the server calls itself."""

    @abstractmethod
    def listing(self, link: Link) -> list[tuple[TableName, Readable]]:
        """Return what can be read, by name."""

    @abstractmethod
    def described(self, link: Link, table: TableName) -> list[SourceColumn]:
        """Return the columns of a table, in order."""

    def denied(self, link: Link, what: str) -> SourceFailure:
        """Say why a table is not in the listing."""
        del link
        return SourceMissing(self.label, what=what)

    # --- the source ----------------------------------------------------------------------------

    def test(self) -> Tested:
        """Connect and say what answered."""
        with self._connected("") as link:
            return Tested(self.version(link))

    def tables(self) -> list[Readable]:
        """Return what can be read, by name."""
        with self._connected("") as link:
            return [readable for _, readable in self.listing(link)]

    def columns(self, what: str) -> list[SourceColumn]:
        """Return the columns of a table or view."""
        with self._connected(what) as link:
            return self.described(link, self._table(link, what))

    def preview(self, what: str, rows: int) -> pa.Table:
        """Return the first rows."""
        with self._connected(what) as link:
            table = self._table(link, what)
            columns = tuple(c for c in self.described(link, table) if c.refused is None)
            as_text: frozenset[str] = frozenset()
            while True:
                sql = statement.select(self.dialect, table, columns, "", as_text)
                sql = self.dialect.first(sql, min(rows, MOST_PREVIEW_ROWS))
                try:
                    return self._shown(link, sql, columns, as_text)
                except NotOfType as stray:
                    as_text |= {stray.column}

    def fetch(self, request: Request, into: Path, report: Report) -> Fetched:
        """Read a table, or what is new of it, into Parquet files."""
        with self._connected(request.what) as link:
            table = self._table(link, request.what)
            described = self.described(link, table)
            columns = statement.chosen_columns(self.label, request, described)
            known = {column.name: column for column in described}
            where = self._where(link, request, table, known)
            cursor = None
            if request.since is not None:
                cursor = known[request.since.column]
            sums = extract.summed_columns(columns)
            sql = statement.totals(self.dialect, table, sums, cursor, where.sql)
            answer = list(link.rows(sql, where.values)[0])
            count = int(answer.pop(0))
            reached = _later(answer.pop(0) if cursor is not None else None, request.since)
            stated = {
                column.name: self.dialect.total(column, found)
                for column, found in zip(sums, answer, strict=True)
            }
            if not count:
                return Fetched((), 0, reached, 0, columns=tuple(described))
            done, as_text = self._read(link, request, table, columns, where, into, report, count)
        return Fetched(
            files=tuple(done.files),
            rows=done.rows,
            cursor=reached,
            rows_at_source=count,
            totals=tuple(Total(name, stated[name], read) for name, read in done.sums.items()),
            columns=tuple(described),
            remarks=_remarks(request, described, as_text),
        )

    # --- inside --------------------------------------------------------------------------------

    def _read(
        self,
        link: Link,
        request: Request,
        table: TableName,
        columns: tuple[SourceColumn, ...],
        where: Where,
        into: Path,
        report: Report,
        count: int,
    ) -> tuple[Extract, frozenset[str]]:
        """Read the rows; a column with values its type cannot hold makes a second reading."""
        as_text: frozenset[str] = frozenset()
        while True:
            sql = statement.select(self.dialect, table, columns, where.sql, as_text)
            batches = link.stream(sql, where.values)
            try:
                done = extract.write(
                    batches,
                    columns,
                    as_text,
                    self._zones,
                    into,
                    request.name,
                    report,
                    count,
                    request.mark,
                )
            except NotOfType as stray:
                as_text |= {stray.column}
                for file in into.glob(f"{request.name}*.parquet"):
                    file.unlink()
            else:
                return done, as_text

    def _where(
        self, link: Link, request: Request, table: TableName, known: dict[str, SourceColumn]
    ) -> Where:
        where = self._filters(request, known)
        since = request.since
        if since is None:
            return where
        cursor = statement.named(self.label, request.what, known, since.column)
        check_cursor(self.label, cursor, since.overlap)
        if since.value is None:
            return where
        low: str | None = since.value
        if since.overlap.unit == "rows" and since.overlap.amount:
            back = self._filters(request, known)
            sql = statement.rows_back(
                self.dialect, table, cursor, since.overlap.amount, back, since.value
            )
            low = link.rows(sql, back.values)[0][0]
        elif since.overlap.unit != "rows":
            low = before(self.label, cursor, since.value, since.overlap)
        if low is not None:
            where.add_bound(cursor, str(low))
        return where

    def _filters(self, request: Request, known: dict[str, SourceColumn]) -> Where:
        where = Where(self.dialect, self.label)
        for condition in request.where:
            column = statement.named(self.label, request.what, known, condition.column)
            where.add(column, condition)
        return where

    def _shown(
        self, link: Link, sql: str, columns: tuple[SourceColumn, ...], as_text: frozenset[str]
    ) -> pa.Table:
        types = [pa.string() if c.name in as_text else target(c) for c in columns]
        fields = [pa.field(c.name, kind) for c, kind in zip(columns, types, strict=True)]
        schema = pa.schema(fields)
        batches = [
            extract._shaped(batch, columns, schema, self._zones) for batch in link.stream(sql)
        ]
        return pa.concat_tables(batches) if batches else schema.empty_table()

    def _table(self, link: Link, what: str) -> TableName:
        for table, readable in self.listing(link):
            if readable.what == what:
                return table
        raise self.denied(link, what)

    @contextmanager
    def _connected(self, what: str) -> Iterator[Link]:
        link: Link | None = None
        try:
            link = self.open()
            yield link
        except (SourceFailure, NotOfType):
            raise
        except Exception as error:
            told = self.failure(error, what, connected=link is not None)
            if told is None:
                raise
            raise told from error
        finally:
            if link is not None:
                link.close()


def _later(found: Any, since: Since | None) -> str | None:
    """Return the cursor reached: what was found, or the last one when nothing was."""
    if found is not None:
        return str(found)
    return since.value if since is not None else None


def _remarks(
    request: Request, described: Sequence[SourceColumn], as_text: frozenset[str]
) -> tuple[Text, ...]:
    remarks = [READ_AS_TEXT.fill(column=name) for name in sorted(as_text)]
    if not request.columns:
        remarks += [
            Text(
                LEFT_OUT.zh.format(column=column.name, why=column.refused.zh),
                LEFT_OUT.en.format(column=column.name, why=column.refused.en),
            )
            for column in described
            if column.refused is not None
        ]
    return tuple(remarks)
