"""The mapping as a value: how the files of one source become entry tables.

Only the data classes live here, so that a worker process can receive a mapping without importing
the parser. :mod:`stockturn.intake.mapping_yaml` reads them from YAML and checks them.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from stockturn.language import Text
from stockturn.ledger.dataset_tables import Dataset

Costing = Literal["stated", "moving_average", "monthly_average", "fifo", "standard"]
Sign = Literal["stated", "by_kind", "detect"]
Rest = Literal["hold", "report", "ignore"]
Repeated = Literal["ask", "keep", "ignore"]
Slice = Literal["file", "day", "month", "none"]
Test = Literal[
    "in", "not_in", "contains", "starts", "not_starts", "empty", "filled", "negative", "positive"
]

OUTWARD_KINDS: Final = (
    "supplier_return",
    "sale_issue",
    "production_issue",
    "transfer_out",
    "scrap",
)
"""Movement kinds whose quantity is negative in the ledger. The kinds that take either sign are
given a minus in a mapping's ``map`` where a word means the way out (``盘亏: -count``)."""


@dataclass(frozen=True)
class Header:
    """The value stands in the column with one of these names; earlier names win."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Constant:
    """The same text in every row."""

    text: str


@dataclass(frozen=True)
class Lookup:
    """The value stands in another file: the row of ``table`` whose key equals ``by``."""

    table: str
    by: Source
    take: tuple[str, ...]


@dataclass(frozen=True)
class Joined:
    """Several columns of a row, one behind the other; empty where one of them is."""

    parts: tuple[Source, ...]
    between: str


@dataclass(frozen=True)
class Caption:
    """The same text in every row: what a pattern finds above the header, or in the names.

    The pattern's one group is looked for in the cells of the title rows, then in the sheet's name,
    then in the file's.
    """

    pattern: str


Source = Header | Constant | Lookup | Joined | Caption


@dataclass(frozen=True)
class Column:
    """How one column of an entry table is filled.

    Attributes:
        target: the column of the entry table.
        source: where its text stands.
        required: an empty value rejects the row, a missing header holds the file.
        default: the value where the file has no such column.
        null_as: the value where the cell is empty or a lookup finds nothing.
        values: text -> value; a text that is not listed rejects the row. The value of a
            movement's kind may carry a minus, see :data:`OUTWARD_KINDS`.
        formats: accepted date formats (strptime); empty = found from the column itself.
        month_end: a month without a day means its last day.
        eve: a day means the day before it: what stood at its beginning is that day's balance.
        decimal: the decimal mark of numbers; None = the point, unless the file speaks against it.
        negate: the sign is turned.
        zero: of costs and values of goods: a zero is not known, unless it is ``real``.
        scale: numbers are multiplied by this.
        times: numbers are multiplied by those of another column.
        per: numbers are divided by those of another column (an amount per piece is a cost); empty
            where that is zero.
        less: those of another column are taken off (a discount), after ``times`` and ``per``.
        extract: of a text only what this pattern's group finds; a text without it is rejected.
        tax: whether amounts include tax; None = it makes no difference or is not known.
        otherwise: how it is filled in a file that lacks the columns named here.
    """

    target: str
    source: Source
    required: bool = False
    default: str | None = None
    null_as: str | None = None
    values: tuple[tuple[str, str], ...] = ()
    formats: tuple[str, ...] = ()
    month_end: bool = False
    eve: bool = False
    decimal: Literal["point", "comma"] | None = None
    negate: bool = False
    zero: Literal["unknown", "real"] = "unknown"
    scale: Decimal | None = None
    times: Source | None = None
    per: Source | None = None
    less: Source | None = None
    extract: str | None = None
    tax: Literal["included", "excluded"] | None = None
    otherwise: Column | None = None

    @property
    def sources(self) -> tuple[Source, ...]:
        """Everything a value is made of."""
        parts = (self.source, self.times, self.per, self.less)
        return tuple(part for part in parts if part is not None)


@dataclass(frozen=True)
class Carry:
    """Columns that a document's first row alone fills, for all rows of the document.

    Attributes:
        within: the column that names the document.
        columns: headers; an empty cell takes what the first row of its document says.
    """

    within: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Condition:
    """A test on one column of a row; a column the file lacks counts as empty.

    Among the values of ``in`` and ``not_in``, ``''`` is the empty cell.
    """

    names: tuple[str, ...]
    test: Test
    values: tuple[str, ...] = ()

    @property
    def holds_for_empty(self) -> bool:
        """Whether an empty cell passes, and so every row of a file without the column."""
        blank = "" in self.values
        return (self.test, blank) in {("empty", False), ("in", True), ("not_in", False)}


@dataclass(frozen=True)
class IgnoreRule:
    """Rows for which ``when`` holds are left out and counted under ``reason``."""

    reason: str
    when: Condition


@dataclass(frozen=True)
class TableSpec:
    """Entries of one table made from a file's rows.

    Several of these on one file make several entries from one row: the two legs of a transfer, or
    a sale beside its movement.

    Attributes:
        table: name of the entry table.
        columns: how each column is filled.
        when: only rows that pass all of these make an entry here.
        sign: of movements: ``stated`` (the file's own signs), ``by_kind`` (the file's quantities
            are those of documents, and the kind gives the direction) or ``detect`` (found from
            the file and reported).
        attributes: further attributes by name, for tables that keep them.
        attributes_rest: every column not used elsewhere becomes an attribute.
        complete: the files state every row the source has; what they lack is no longer there.
        dataset: the free table that the rows are kept as.
        key: columns that together name a row in its source for good (单据号 and 行号); a row that
            comes again replaces the one of before.
        deleted: rows for which this holds say that the source has deleted the row of that key.
    """

    table: str
    columns: tuple[Column, ...]
    when: tuple[Condition, ...] = ()
    sign: Sign = "stated"
    attributes: tuple[tuple[str, Source], ...] = ()
    attributes_rest: bool = False
    complete: bool = False
    dataset: Dataset | None = None
    key: tuple[tuple[str, ...], ...] = ()
    deleted: Condition | None = None


@dataclass(frozen=True)
class FileSpec:
    """Which files, or sheets of a workbook, and what becomes of their rows.

    Attributes:
        match: patterns of file names.
        sheets: patterns of sheet names; empty = every sheet with a known header.
        named_only: only what the patterns name is read so, whatever other files' headers are: the
            name says what the rows are, and a like list of another kind must not pass for them.
        optional: the load goes on without such a file.
        tables: what each row makes.
        where: rows that fail one of these are left out as ``filtered``.
        ignore: rules that leave rows out with a reason.
        ignore_columns: headers that are known and not needed.
        rest: what a header that nobody names does: ``hold`` the load (the schema is frozen),
            ``report`` it and read on, ``ignore`` it.
        repeated: what a row does that repeats an earlier one of the file exactly: it is booked
            and asked about, booked without asking (``keep``), or left out (``ignore``).
        encoding: overrides detection.
        delimiter: overrides detection.
        explode: of JSON records: the array that holds the lines, each of which makes a row; a
            dotted name, as its fields are called in turn (``order.lines.sku``).
        stream: names the rows that belong together whatever their files are called; keys of rows
            are unique within it. None = the first pattern of ``match``.
        slice: what a file replaces of earlier ones: the ``file`` of the same name, every ``day``
            or ``month`` that stands in it, ``none``; None = found from names, days and rows.
        carry: what the first row of a document says for its other rows.
    """

    match: tuple[str, ...]
    tables: tuple[TableSpec, ...]
    sheets: tuple[str, ...] = ()
    named_only: bool = False
    optional: bool = False
    where: tuple[Condition, ...] = ()
    ignore: tuple[IgnoreRule, ...] = ()
    ignore_columns: tuple[str, ...] = ()
    rest: Rest = "hold"
    repeated: Repeated = "ask"
    encoding: str | None = None
    delimiter: str | None = None
    explode: str | None = None
    stream: str | None = None
    slice: Slice | None = None
    carry: Carry | None = None


@dataclass(frozen=True)
class LookupSpec:
    """A file that others look values up in, and the column that is its key."""

    name: str
    match: tuple[str, ...]
    key: tuple[str, ...]
    encoding: str | None = None


@dataclass(frozen=True)
class Mapping:
    """A named, versioned way to read the files of one source.

    Attributes:
        costing: where the cost of issues comes from; None = the workspace's setting.
        base_currency: the currency that values are kept in; None = the workspace's setting.
        reject_bar: the share of rejected rows above which nothing is posted; None = the
            workspace's setting.
        headers: fingerprints of the headers it was confirmed for, see
            :func:`stockturn.intake.suggest.headers_fingerprint`.
        checked_on: what it was tried on, said honestly; None where nobody says.
        content: the YAML text itself, kept with every load so that it can be replayed.
        time_zone: the zone whose days are the source's business days; None = the workspace's.
        day_cutoff_hour: the hour at which a business day begins; None = the workspace's.
    """

    name: str
    version: str
    title: Text
    description: Text
    costing: Costing | None
    reject_bar: Decimal | None
    files: tuple[FileSpec, ...]
    lookups: tuple[LookupSpec, ...]
    content: str
    checked_on: Text | None = None
    headers: tuple[str, ...] = ()
    time_zone: str | None = None
    day_cutoff_hour: int | None = None
    base_currency: str | None = None
