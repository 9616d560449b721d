"""What intake hands to the ledger: typed entry files and the account of every source row.

A batch is a value. Its tables are Parquet files in the workspace's staging folder whose columns
are those of :data:`stockturn.ledger.schema.ENTRIES`; posting reads them and commits rows and load
record in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from stockturn.ledger.dataset_tables import Dataset
from stockturn.ledger.decision import Decision
from stockturn.ledger.quality import QualityRule
from stockturn.ledger.settled import ReadAgain, Settled


@dataclass(frozen=True)
class BatchFile:
    """One source file of a load; ``rows_in = rows_loaded + rows_rejected + rows_ignored``.

    Attributes:
        file_no: index in the load, from 0; entry rows name it.
        name: the file's name as the user knows it, a label only.
        sha256: names the kept bytes in ``received/``.
        bytes: size of the kept bytes.
        stream: which rows of its source the file belongs to; line keys are unique within it.
        replaces: (load, file) of earlier files whose rows this one replaces.
        replaces_span: ``day`` or ``month``: it replaces its stream's rows of every one it has.
        rows_in: source rows under the header, blank lines not counted.
        rows_loaded: source rows that became entries; one row may become several entries.
        rows_rejected: source rows in the ``reject`` table.
        rows_ignored: source rows left out by a rule of the mapping.
    """

    file_no: int
    name: str
    sha256: str
    bytes: int
    rows_in: int
    rows_loaded: int
    rows_rejected: int
    rows_ignored: int
    stream: str = ""
    replaces: tuple[tuple[int, int], ...] = ()
    replaces_span: str | None = None


@dataclass(frozen=True)
class FileTotal:
    """What one file brought into one entry table: the control totals of a load.

    Attributes:
        series: what the names of the files of one stream have in common.
        quantity: sum of quantities (of balances: the closing ones), None without any.
        value: sum of values, of sales the revenue; None without any.
        days: different days.
    """

    file_no: int
    series: str
    table: str
    rows: int
    quantity: Decimal | None
    value: Decimal | None
    days: int
    first_day: date | None
    last_day: date | None


@dataclass(frozen=True)
class FileSheet:
    """The headers of one file, or of one sheet of a workbook."""

    file_no: int
    sheet: str | None
    header_row: int
    headers: tuple[str, ...]


@dataclass(frozen=True)
class Batch:
    """One load, ready to post.

    Attributes:
        mapping: name of the mapping that read the files.
        mapping_version: its version.
        costing: ``stated``, ``moving_average``, ``monthly_average``, ``fifo`` or ``standard``:
            where the cost of issues comes from.
        files: the source files in the order of their ``file_no``.
        ignored_by_reason: reason code -> source rows left out.
        sheets: the headers of the files.
        rules: quality rules to check on what the load brings.
        settled: rejected rows of earlier loads that this one takes up.
        read_again: booked rows of earlier loads that this one reads again and puts in their place.
        totals: control totals, kept with the load so that the next one can be compared.
        tables: entry table -> its staged Parquet files; a table without rows is absent.
        load_id: names the load whether or not it was committed; empty = has none.
        feed: the feed that brought the files; empty = loaded by hand.
        cursor: how far the feed has read with this load.
        actor: who started the load; empty = nobody signed in.
        decision: what a person decided, where the load is a decision and not files.
        complete: declared tables and datasets whose files state every row that the source has.
        datasets: entry table -> the free table it is kept as.
        base_currency: the currency that values are kept in.
    """

    mapping: str
    mapping_version: str
    costing: str
    files: tuple[BatchFile, ...]
    ignored_by_reason: dict[str, int]
    tables: dict[str, tuple[Path, ...]]
    load_id: str = ""
    feed: str = ""
    cursor: str | None = None
    actor: str = ""
    decision: Decision | None = None
    complete: frozenset[str] = frozenset()
    datasets: dict[str, Dataset] = field(default_factory=dict)
    totals: tuple[FileTotal, ...] = ()
    sheets: tuple[FileSheet, ...] = ()
    settled: tuple[Settled, ...] = ()
    read_again: tuple[ReadAgain, ...] = ()
    rules: tuple[QualityRule, ...] = ()
    base_currency: str = "CNY"
