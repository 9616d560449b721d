"""What every source can do, and the values that go in and out.

A connector turns (source, request) into files in a staging folder, a new cursor and control
totals. It writes nothing at the source and posts nothing here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, Protocol

from stockturn.intake.addresses import Reach
from stockturn.language import Text
from stockturn.settings import Settings

Report = Callable[[Text, int, int | None], None]
"""Told (stage, done, total); a total of None is not known."""

Family = Literal[
    "integer", "decimal", "float", "text", "date", "timestamp", "instant", "boolean", "binary"
]
"""What a column is to us: ``timestamp`` has no zone, ``instant`` is a point in time, ``binary`` is
not read."""

Test = Literal["eq", "ne", "lt", "le", "gt", "ge", "in", "empty", "filled"]
OverlapUnit = Literal["rows", "seconds", "days"]


@dataclass(frozen=True)
class Ground:
    """What of the workspace a connector may know.

    Attributes:
        time_zone: zone of the business day; instants become local times of it.
        source_folders: folders that file-like sources may read; empty = none.
        timeout_seconds: how long one answer of a source may take.
        reach: hosts that sources over the network may reach.
    """

    time_zone: str
    source_folders: tuple[Path, ...] = ()
    timeout_seconds: int = 60
    reach: Reach = field(default_factory=Reach)

    @classmethod
    def of(cls, settings: Settings) -> Ground:
        """Return what the settings say."""
        folders = [Path(part) for part in settings.source_folders.split(";") if part]
        hosts, private = (
            tuple(part for part in text.split(";") if part)
            for text in (settings.outbound_hosts, settings.outbound_private_hosts)
        )
        return cls(settings.time_zone, tuple(folders), reach=Reach(hosts, private))


@dataclass(frozen=True)
class Readable:
    """One thing that can be read.

    Attributes:
        what: its name in requests, exactly as listed.
        rows: an estimate, None when the source has none.
    """

    what: str
    kind: Literal["table", "view", "file", "resource"]
    rows: int | None = None


@dataclass(frozen=True)
class SourceColumn:
    """One column as its source describes it.

    Attributes:
        type: the type in the source's own words; drift is a change of it.
        scale: decimal places of a ``decimal``; None where the source sets none.
        precision: digits of a ``decimal``; None where the source sets none.
        refused: why it is not read, None where it is.
    """

    name: str
    type: str
    family: Family
    precision: int | None = None
    scale: int | None = None
    refused: Text | None = None


@dataclass(frozen=True)
class Condition:
    """A filter of a feed: ``column test values``; the values are text and bound, never written.

    ``in`` takes any number of values, ``empty`` and ``filled`` none, the others one.
    """

    column: str
    test: Test
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Overlap:
    """How far an incremental read goes back behind its cursor. The unit has no default."""

    amount: int
    unit: OverlapUnit


@dataclass(frozen=True)
class Since:
    """Read only what is new by a column that grows: a number, a day or a time.

    Rows that equal the bound are read again, and so are rows without a value: neither can be told
    from new ones, and a row that comes again unchanged does nothing.

    Attributes:
        value: the cursor of the last load as its source wrote it; None reads everything.
    """

    column: str
    value: str | None
    overlap: Overlap


@dataclass(frozen=True)
class Request:
    """What to read.

    Attributes:
        what: a name listed by :meth:`Source.tables`.
        name: what the files are called, without suffix; mappings know files by name.
        columns: in this order; empty = all that can be read.
        where: all of them hold.
        since: None reads everything that fits.
        mark: written into each file, so that the same rows read on another occasion make another
            file; content that came before may come again, and is news then.
    """

    what: str
    name: str
    columns: tuple[str, ...] = ()
    where: tuple[Condition, ...] = ()
    since: Since | None = None
    mark: str = ""


@dataclass(frozen=True)
class Total:
    """A control total: the sum of a column as the source computes it, and over what was read."""

    column: str
    source: Decimal
    read: Decimal

    @property
    def agrees(self) -> bool:
        """Whether both are the same number."""
        return self.source == self.read


@dataclass(frozen=True)
class Fetched:
    """What a read brought.

    Attributes:
        files: in staging, to be loaded together; none when nothing is new.
        rows: rows in the files, None when the source does not count.
        cursor: where the next read starts, to be kept with the rows; None where there is none.
        rows_at_source: what the source counted in the same state; None when it cannot.
        totals: sums of exact numeric columns.
        columns: the columns as they were in that state.
        remarks: what the user should know.
    """

    files: tuple[Path, ...]
    rows: int | None
    cursor: str | None = None
    rows_at_source: int | None = None
    totals: tuple[Total, ...] = ()
    columns: tuple[SourceColumn, ...] = ()
    remarks: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Tested:
    """A connection that works: what answered, in its own words."""

    server: str
    remarks: tuple[Text, ...] = ()


class Source(Protocol):
    """A source that is ready to be asked; each call connects by itself and closes.

    Every method raises :class:`stockturn.intake.sources.failures.SourceFailure`.
    """

    @property
    def label(self) -> str:
        """Where it is, for messages: host and database, folder or address; never a secret."""
        ...

    def test(self) -> Tested:
        """Connect and say what answered."""
        ...

    def tables(self) -> list[Readable]:
        """Return what can be read, by name."""
        ...

    def columns(self, what: str) -> list[SourceColumn]:
        """Return the columns of one of :meth:`tables` in their order."""
        ...

    def preview(self, what: str, rows: int) -> Any:
        """Return the first rows as an Arrow table, as :meth:`fetch` would give them."""
        ...

    def fetch(self, request: Request, into: Path, report: Report) -> Fetched:
        """Read into files, in bounded memory. Runs in a limited worker process.

        Args:
            request: what to read.
            into: an empty folder for the files.
            report: told how many rows have been read, of how many.
        """
        ...
