"""Load records: what came in, when we learned of it, and from which bytes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

import ibis
import ibis.expr.types as ir

from stockturn.engines import DuckDBEngine, bound, bound_rows
from stockturn.ledger.tables import stacked, table

NEWEST: Final = 2**31 - 1
"""A load number that no load reaches: everything is known."""


@dataclass(frozen=True)
class LoadedFile:
    """One file of a load; ``sha256`` names its kept bytes."""

    file_no: int
    name: str
    sha256: str
    bytes: int
    stream: str
    entries: int
    first_day: date | None
    last_day: date | None
    rows_in: int
    rows_loaded: int
    rows_rejected: int
    rows_ignored: int


@dataclass(frozen=True)
class LoadRecord:
    """One committed load. rows_in = rows_loaded + rows_rejected + rows_ignored.

    Attributes:
        reversed: movements and sales of earlier loads that it took back.
        superseded: the loads of which it replaced files.
    """

    load_no: int
    committed_at: datetime
    load_id: str
    feed: str
    cursor: str | None
    actor: str
    mapping: str
    mapping_version: str
    rows_in: int
    rows_loaded: int
    rows_rejected: int
    rows_ignored: int
    ignored_by_reason: dict[str, int]
    rejected_by_reason: dict[str, int]
    first_day: date | None
    last_day: date | None
    files: tuple[LoadedFile, ...]
    reversed: int = 0
    superseded: tuple[int, ...] = ()


@dataclass(frozen=True)
class RejectedRow:
    """One row that was not loaded, with its place and the reason's code."""

    file_no: int
    file: str
    sheet: str | None
    row_no: int | None
    code: str
    column: str | None
    value: str | None


def history(engine: DuckDBEngine) -> list[LoadRecord]:
    """Return every load, newest first."""
    loads = engine.query(lambda: table("load").order_by("load_no"), shape="loads").to_pylist()
    files = engine.query(
        lambda: table("load_file").order_by("load_no", "file_no"), shape="load_files"
    ).to_pylist()

    def reasons() -> ir.Table:
        rows = table("reject")
        return rows.group_by("load_no", "code").aggregate(n=rows.count())

    counts = engine.query(reasons, shape="reject_counts").to_pylist()
    reversals = {
        row["load_no"]: row["n"]
        for row in engine.query(_reversals, shape="reversal_counts").to_pylist()
    }
    superseded: dict[int, set[int]] = {}
    for row in engine.query(_superseded, shape="superseded").to_pylist():
        superseded.setdefault(row["by_load"], set()).add(row["load_no"])
    records = []
    for load in reversed(loads):
        number = load["load_no"]
        own = [dict(file) for file in files if file["load_no"] == number]
        for file in own:
            del file["load_no"]
        records.append(
            LoadRecord(
                **{
                    **load,
                    "committed_at": load["committed_at"].replace(tzinfo=UTC),
                    "ignored_by_reason": dict(load["ignored_by_reason"] or []),
                },
                rejected_by_reason={
                    row["code"]: row["n"] for row in counts if row["load_no"] == number
                },
                files=tuple(LoadedFile(**file) for file in own),
                reversed=reversals.get(number, 0),
                superseded=tuple(sorted(superseded.get(number, ()))),
            )
        )
    return records


def _superseded() -> ir.Table:
    """Return each replaced file with the load that replaced it first: no other took its place."""
    rows = table("superseded")
    return rows.group_by("load_no", "file_no").aggregate(by_load=rows.by_load.min())


def _reversals() -> ir.Table:
    """Return how many records each load took back."""
    records = ("movement", "outside_movement", "sale")
    stacks = stacked(*(table(name).select("load_no", "origin") for name in records))
    rows = stacks.filter(stacks.origin == "reversal")
    return rows.group_by("load_no").aggregate(n=rows.count())


def rejects(engine: DuckDBEngine, load_no: int, limit: int = 100) -> list[RejectedRow]:
    """Return the first rejected rows of a load in file order."""

    def build() -> ir.Table:
        rows = table("reject").filter(lambda t: t.load_no == bound("load_no", "int32"))
        files = table("load_file").select("load_no", "file_no", file="name")
        joined = rows.join(files, ["load_no", "file_no"])
        columns = ("file_no", "file", "sheet", "row_no", "code", "column", "value")
        return joined.select(*columns).order_by("file_no", "row_no").limit(limit)

    found = engine.query(build, {"load_no": load_no}, shape=("rejects", limit))
    return [RejectedRow(**row) for row in found.to_pylist()]


def known_files(engine: DuckDBEngine, hashes: Collection[str]) -> set[tuple[str, str, str]]:
    """Return (sha256, mapping, mapping version) of the files of these hashes that count.

    A file that a later one has replaced does not: sent again, it comes back. A shop that pushes
    makes millions of files, so they are never all read.
    """

    def build() -> ir.Table:
        files = table("load_file").select("load_no", "file_no", "sha256")
        files = files.semi_join(bound_rows("asked", {"sha256": "string"}), "sha256")
        gone = table("superseded").select("load_no", "file_no")
        files = files.anti_join(gone, ["load_no", "file_no"])
        loads = table("load").select("load_no", "mapping", "mapping_version")
        return files.join(loads, "load_no").select("sha256", "mapping", "mapping_version")

    asked = [{"sha256": sha} for sha in sorted(set(hashes))]
    if not asked:
        return set()
    rows = engine.query(build, {"asked": asked}, shape="known_files").to_pylist()
    return {(row["sha256"], row["mapping"], row["mapping_version"]) for row in rows}


def committed(engine: DuckDBEngine, load_id: str) -> tuple[int, datetime] | None:
    """Return number and commit time of the load with this id; None when it never committed."""

    def build() -> ir.Table:
        rows = table("load").filter(lambda t: t.load_id == bound("load_id", "string"))
        return rows.select("load_no", "committed_at")

    found = engine.query(build, {"load_id": load_id}, shape="committed").to_pylist()
    return (found[0]["load_no"], found[0]["committed_at"].replace(tzinfo=UTC)) if found else None


def last_cursor(engine: DuckDBEngine, feed: str) -> str | None:
    """Return how far a feed has read: the cursor of its last committed load that carries one."""

    def build() -> ir.Table:
        rows = table("load").filter(
            lambda t: (t.feed == bound("feed", "string")) & t.cursor.notnull()
        )
        return rows.aggregate(cursor=rows.cursor.argmax(rows.load_no))

    found = engine.query(build, {"feed": feed}, shape="last_cursor").column("cursor")[0].as_py()
    return None if found is None else str(found)


def earlier_totals(
    engine: DuckDBEngine, feed: str, mapping: str, series: str, runs: int
) -> list[dict[str, Any]]:
    """Return the control totals of a stream's last files, newest first.

    Args:
        engine: the warehouse.
        feed: the feed that brings the files, empty for files given by hand: two systems may send
            files of one name, and say nothing about each other's size.
        mapping: name of the mapping, whatever its version.
        series: see :class:`stockturn.ledger.batch.FileTotal`.
        runs: how many files of each table at most.

    Returns:
        table, rows, quantity, value, days, first_day and last_day of each.
    """

    def build() -> ir.Table:
        records = table("load").filter(
            lambda t: (
                (t.mapping == bound("mapping", "string")) & (t.feed == bound("feed", "string"))
            )
        )
        totals = table("load_total").filter(lambda t: t.series == bound("series", "string"))
        rows = totals.semi_join(records, "load_no")
        newest = ibis.row_number().over(
            group_by=rows.table, order_by=[rows.load_no.desc(), rows.file_no.desc()]
        )
        ranked = rows.mutate(place=newest)
        return ranked.filter(ranked.place < bound("runs", "int64")).order_by("place")

    values = {"feed": feed, "mapping": mapping, "series": series, "runs": runs}
    found = engine.query(build, values, shape="earlier_totals").to_pylist()
    names = ("table", "rows", "quantity", "value", "days", "first_day", "last_day")
    return [{name: row[name] for name in names} for row in found]


def named_bytes(engine: DuckDBEngine) -> set[str]:
    """Return the hashes of all files that any load is made of, replaced ones included."""

    def build() -> ir.Table:
        return table("load_file").select("sha256").distinct()

    return {row["sha256"] for row in engine.query(build, shape="named_bytes").to_pylist()}


def load_known_at(engine: DuckDBEngine, instant: datetime) -> int | None:
    """Return the last load committed at or before a UTC instant; None before the first."""

    def build() -> ir.Table:
        rows = table("load").filter(lambda t: t.committed_at <= bound("instant", "timestamp"))
        return rows.aggregate(load_no=rows.load_no.max())

    naive = instant.astimezone(UTC).replace(tzinfo=None)
    found = engine.query(build, {"instant": naive}, shape="load_known_at")
    number = found.column("load_no")[0].as_py()
    return None if number is None else int(number)


def days(engine: DuckDBEngine) -> tuple[date, date] | None:
    """Return the first and last day that the sources speak of; None when nothing was loaded."""

    def build() -> ir.Table:
        rows = table("load")
        return rows.aggregate(first=rows.first_day.min(), last=rows.last_day.max())

    found = engine.query(build, shape="days").to_pylist()[0]
    return (found["first"], found["last"]) if found["first"] else None


def first_load_since(engine: DuckDBEngine, day: date) -> int | None:
    """Return the first load committed on or after a UTC day; None where there is none."""

    def build() -> ir.Table:
        rows = table("load").filter(lambda t: t.committed_at.date() >= bound("day", "date"))
        return rows.aggregate(load_no=rows.load_no.min())

    found = engine.query(build, {"day": day}, shape="first_load_since")
    number = found.column("load_no")[0].as_py()
    return None if number is None else int(number)


def last_load(engine: DuckDBEngine) -> int:
    """Return the number of the newest load, 0 where there is none: the version of the data."""

    def build() -> ir.Table:
        rows = table("load")
        return rows.aggregate(load_no=rows.load_no.max())

    number = engine.query(build, shape="last_load").column("load_no")[0].as_py()
    return int(number or 0)
