"""The quarantine: rejected rows that wait, and what became of those that do not any more.

A rejected row waits until a load takes it up (corrected by a person, or read again with a newer
mapping), a person discards it, or a load replaces it: its file, its line in its source, or its day
or month. A row that was taken up and is still wrong waits again, under the reject of the load that
took it up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from stockturn.engines import DuckDBEngine, Transaction, bound
from stockturn.language import Text, UsageError
from stockturn.ledger.decision import Decision
from stockturn.ledger.schema import RECORDS
from stockturn.ledger.settled import Place, Settled
from stockturn.ledger.stated_slices import (
    ORIGIN,
    of_part_replaced_files,
    of_replaced_files,
    of_stated_days,
)
from stockturn.ledger.tables import LOAD_NO, shaped, stacked, table

PLACE = ("load_no", "file_no", "sheet", "row_no")
OF = ("of_load", "of_file", "of_sheet_", "of_row")
PLACES = pa.schema(
    {
        "of_load": pa.int32(),
        "of_file": pa.int32(),
        "of_sheet": pa.string(),
        "of_sheet_": pa.string(),
        "of_row": pa.int64(),
        "file_no": pa.int32(),
        "sheet": pa.string(),
        "row_no": pa.int64(),
    }
)
"""Where a row of an earlier load stands (of_sheet_ is "" for none), and where it comes again."""
SETTLING = pa.schema(
    [
        pa.field("load_no", pa.int32()),
        pa.field("kind", pa.string()),
        *PLACES,
        pa.field("still_wrong", pa.bool_()),
    ]
)
_SETTLING = ibis.Schema.from_pyarrow(SETTLING)


@dataclass(frozen=True)
class Waiting:
    """One rejected row that waits."""

    place: Place
    file: str
    code: str
    column: str | None
    value: str | None
    values: dict[str, str]
    committed_at: datetime


@dataclass(frozen=True)
class Group:
    """Rejected rows of one file of one load for one reason, by what became of them.

    ``rejected = waiting + corrected + discarded + replaced + still_wrong``.
    """

    load_no: int
    committed_at: datetime
    mapping: str
    file_no: int
    file: str
    code: str
    rejected: int
    waiting: int
    corrected: int
    discarded: int
    replaced: int
    still_wrong: int


NOT_WAITING = Text(
    "所选的行有的不在隔离区里，或已处理过。请刷新列表后重选。",
    "Some of these rows do not wait in the quarantine, or are settled already. Reload the list and "
    "choose again.",
)


class NotWaiting(UsageError):
    """Rows that are to be taken up or discarded do not wait in the quarantine."""

    code = "not_waiting"
    status = 409


def groups(engine: DuckDBEngine, *, waiting: bool = True) -> list[Group]:
    """Return the rejected rows by load, file and reason, the newest load first.

    Args:
        engine: the warehouse.
        waiting: only groups of which some row waits.
    """

    def build() -> ir.Table:
        rows = _with_end()
        counts = rows.group_by("load_no", "file_no", "code").aggregate(
            rejected=rows.count(),
            waiting=(rows.end.isnull()).sum(),
            corrected=(rows.end == "taken").fill_null(False).sum(),
            discarded=(rows.end == "discarded").fill_null(False).sum(),
            replaced=(rows.end == "replaced").fill_null(False).sum(),
            still_wrong=(rows.end == "still_wrong").fill_null(False).sum(),
        )
        files = table("load_file").select("load_no", "file_no", file=table("load_file").name)
        loads = table("load").select("load_no", "committed_at", "mapping")
        named = counts.join(files, ["load_no", "file_no"]).join(loads, "load_no")
        return named.order_by(named.load_no.desc(), "file_no", named.rejected.desc(), "code")

    rows = engine.query(build, shape="quarantine_groups").to_pylist()
    return [Group(**row) for row in rows if row["waiting"] or not waiting]


def waiting(
    engine: DuckDBEngine,
    *,
    load_no: int | None = None,
    file_no: int | None = None,
    code: str | None = None,
    limit: int | None = None,
) -> list[Waiting]:
    """Return the rows that wait, in the order of their files.

    Args:
        engine: the warehouse.
        load_no: only of this load.
        file_no: only of this file of the load.
        code: only for this reason.
        limit: at most so many.
    """
    chosen = {"load_no": load_no, "file_no": file_no, "code": code}
    values = {key: value for key, value in chosen.items() if value is not None}
    kinds = {"load_no": "int32", "file_no": "int32", "code": "string"}

    def build() -> ir.Table:
        rows = _with_end()
        rows = rows.filter(rows.end.isnull())
        for key in values:
            rows = rows.filter(rows[key] == bound(key, kinds[key]))
        files = table("load_file").select("load_no", "file_no", file=table("load_file").name)
        loads = table("load").select("load_no", "committed_at")
        named = rows.join(files, ["load_no", "file_no"]).join(loads, "load_no")
        return named.order_by("load_no", "file_no", "sheet", "row_no")

    found = engine.query(build, values, shape=("quarantine_waiting", tuple(values))).to_pylist()
    return [
        Waiting(
            Place(row["load_no"], row["file_no"], row["sheet"], row["row_no"]),
            row["file"],
            row["code"],
            row["column"],
            row["value"],
            dict(row["values"] or ()),
            row["committed_at"],
        )
        for row in found[:limit]
    ]


def count_waiting(engine: DuckDBEngine) -> int:
    """Return how many rows wait."""
    found = engine.query(_waiting_count, shape="quarantine_count")
    return int(found.column("n")[0].as_py())


def headers(engine: DuckDBEngine, load_no: int) -> dict[tuple[int, str | None], list[str]]:
    """Return the headers of a load's files and sheets, in their order."""

    def build() -> ir.Table:
        rows = table("load_sheet")
        return rows.filter(rows.load_no == bound("load_no", "int32"))

    found = engine.query(build, {"load_no": load_no}, shape="load_headers").to_pylist()
    return {(row["file_no"], row["sheet"]): row["headers"] for row in found}


def discard(transaction: Transaction, decision: Decision) -> None:
    """Take rows out of the quarantine for good; effect of the decision ``discard_rejects``.

    Raises:
        NotWaiting: one of them does not wait.
    """
    places = [Place(*row) for row in decision.content["rows"]]
    settle(transaction, [Settled("discarded", place) for place in places])


def settle(transaction: Transaction, settled: list[Settled]) -> None:
    """Write down what became of rejected rows in the load being posted.

    Raises:
        NotWaiting: one of them does not wait (any more).
    """
    before = transaction.query(_waiting_count()).column(0)[0].as_py()
    rows: list[dict[str, Any]] = [
        {
            "load_no": transaction.values["load_no"],
            "kind": one.kind,
            "of_load": one.of.load_no,
            "of_file": one.of.file_no,
            "of_sheet": one.of.sheet,
            "of_sheet_": one.of.sheet or "",
            "of_row": one.of.row_no,
            "file_no": one.file_no,
            "sheet": one.sheet,
            "row_no": one.row_no,
            "still_wrong": one.still_wrong,
        }
        for one in settled
    ]
    staged = transaction.stage(pa.Table.from_pylist(rows, schema=SETTLING), _SETTLING)
    named = RECORDS["reject_settlement"]
    transaction.insert("reject_settlement", shaped(first_seen(staged), named, {}))
    after = transaction.query(_waiting_count()).column(0)[0].as_py()
    # A row named twice, unknown or settled before leaves the two counts nearer together.
    if not settled or before - after != len(settled):
        raise NotWaiting(NOT_WAITING)


def first_seen(rows: ir.Table) -> ir.Table:
    """Add where rejected rows came first: origin_load and origin_file, and origin_day.

    Args:
        rows: with the rejects' places: of_load, of_file, of_sheet_ ("" for none) and of_row.
    """
    before = taken_up().rename(
        of_load="load_no", of_file="file_no", of_sheet_="sheet_", of_row="row_no", day_="origin_day"
    )
    days = _rejects()
    days = days.select(
        of_load="load_no",
        of_file="file_no",
        of_sheet_=days.sheet.fill_null(""),
        of_row="row_no",
        reject_day="happened_on",
    )
    rows = rows.left_join(days, OF).drop("of_load_right", "of_file_right")
    rows = rows.drop("of_sheet__right", "of_row_right")
    rows = rows.left_join(before, OF)
    return rows.mutate(
        origin_load=rows.origin_load.fill_null(rows.of_load),
        origin_file=rows.origin_file.fill_null(rows.of_file),
        origin_day=ibis.coalesce(rows.day_, rows.reject_day),
    )


def taken_up() -> ir.Table:
    """Return the rows of loads that stand for rows of earlier files, rejected or read again.

    Returns:
        load_no, file_no, sheet_ ("" for none) and row_no; origin_load and origin_file, the file
        that had the row first; origin_day, the first day that could be read of it.
    """
    columns = ("load_no", "file_no", "row_no", "origin_load", "origin_file", "origin_day")
    parts = []
    for name in ("reject_settlement", "read_again"):
        rows = table(name)
        rows = rows.filter(rows.row_no.notnull())
        parts.append(rows.select(*columns, sheet_=rows.sheet.fill_null("")))
    return stacked(*parts)


def settle_replaced(transaction: Transaction, entries: dict[str, ir.Table]) -> None:
    """Settle what waits of what the load being posted replaces: files, lines, days and months.

    Args:
        transaction: With the load's record posted.
        entries: What the load states, rejected rows included.
    """
    if not transaction.query(_waiting_count()).column("n")[0].as_py():
        return
    rows = transaction.keep(_waiting_before())
    gone = table("superseded").filter(lambda t: t.by_load == LOAD_NO)
    gone = gone.select(origin_load="load_no", origin_file="file_no").distinct()
    parts = [rows.semi_join(gone, ["origin_load", "origin_file"])]
    if said := [one.select("file_no", "line") for one in entries.values() if "line" in one.columns]:
        streams = table("load_file").select("load_no", "file_no", "stream")
        lines = stacked(*said).filter(lambda t: t.line.notnull())
        own = streams.filter(streams.load_no == LOAD_NO).drop("load_no")
        lines = lines.join(own, "file_no").select("stream", "line").distinct()
        known = rows.join(streams, ["load_no", "file_no"])
        parts.append(known.semi_join(lines, ["stream", "line"]).select(*rows.columns))
    if transaction.inserted["stated_slice"]:
        parts += [of_stated_days(rows), of_replaced_files(rows)]
    rows = stacked(*(part.select(*ORIGIN, "origin_day", *PLACE) for part in parts)).distinct()
    settled = rows.select(
        *ORIGIN,
        "origin_day",
        load_no=LOAD_NO,
        kind=ibis.literal("replaced"),
        of_load=rows.load_no,
        of_file=rows.file_no,
        of_sheet=rows.sheet,
        of_row=rows.row_no,
        file_no=ibis.null("int32"),
        sheet=ibis.null("string"),
        row_no=ibis.null("int64"),
        still_wrong=ibis.literal(False),
    )
    transaction.insert("reject_settlement", settled)


def left_undated() -> ir.Table:
    """Return what waits without a day of files of which the load being posted replaces a part."""
    return of_part_replaced_files(_waiting_before())


def _waiting_before() -> ir.Table:
    """Return what waits of earlier loads, with where and on which day it came first."""
    rows = _with_end()
    rows = rows.filter(rows.end.isnull() & (rows.load_no < LOAD_NO))
    rows = rows.mutate(sheet_=rows.sheet.fill_null(""))
    rows = rows.left_join(taken_up(), ["load_no", "file_no", "sheet_", "row_no"])
    return rows.mutate(
        origin_load=rows.origin_load.fill_null(rows.load_no),
        origin_file=rows.origin_file.fill_null(rows.file_no),
    )


def _rejects() -> ir.Table:
    """One row a rejected row: some have more than one failure."""
    rows = table("reject").filter(lambda t: t.row_no.notnull())
    first = ibis.row_number().over(
        group_by=[rows[key] for key in PLACE], order_by=[rows.code, rows.column]
    )
    ranked = rows.mutate(place=first)
    return ranked.filter(ranked.place == 0).drop("place")


def _waiting_count() -> ir.Table:
    rows = _with_end()
    return rows.filter(rows.end.isnull()).count().name("n").as_table()


def _with_end() -> ir.Table:
    """Rejected rows with ``end``: null while waiting, else what became of them (:class:`Group`)."""
    rejects = _rejects()
    ends = table("reject_settlement")
    ends = ends.select(
        "of_load",
        "of_file",
        "of_row",
        of_place=ends.of_sheet.fill_null(""),
        end=ibis.cases(
            (ends.kind.isin(("discarded", "replaced")), ends.kind),
            (ends.still_wrong, "still_wrong"),
            else_="taken",
        ),
    )
    return rejects.left_join(
        ends,
        [
            rejects.load_no == ends.of_load,
            rejects.file_no == ends.of_file,
            rejects.sheet.fill_null("") == ends.of_place,
            rejects.row_no == ends.of_row,
        ],
    ).drop("of_load", "of_file", "of_row", "of_place")
