"""The days and months that files state whole, by which what their stream had of them is replaced.

A rejected row is part of the day that can be read of it. One whose day cannot be read is part of
no day: it is replaced once every day and month of its file is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import ibis
import ibis.expr.types as ir

from stockturn.engines import Transaction, built_once
from stockturn.ledger.schema import RECORDS
from stockturn.ledger.tables import LOAD_NO, shaped, stacked, table

ORIGIN: Final = ("origin_load", "origin_file")
"""The file that had a rejected row first."""


def state_slices(
    transaction: Transaction, facts: Sequence[ir.Table], files: ir.Table
) -> ir.Table | None:
    """Note down the days and months that files of this load state whole.

    Args:
        transaction: The load's.
        facts: Rows of the load with file_no, stream and happened_on.
        files: Its files: file_no, span (``day``, ``month`` or null).

    Returns:
        target (the file that takes the place of what stands), stream, first, last; None for none.
    """
    spans = transaction.keep(_spans(files))
    if not transaction.count(spans) or not facts:
        return None
    days = transaction.keep(_stated(list(facts), spans))
    transaction.insert("stated_slice", _noted(days))
    return transaction.keep(_claimed(days))


def within(day: ir.Value, slices: ir.Table) -> ir.BooleanValue:
    """Tell whether a day lies in a slice (``first``, ``last``); one that is not known does not."""
    inside: ir.BooleanValue = (day >= slices.first) & (day <= slices.last)
    return inside.fill_null(False)


def of_stated_days(rejects: ir.Table) -> ir.Table:
    """Return the rejected rows that belong to a day or month which the load states.

    Args:
        rejects: with happened_on, origin_day, origin_load and origin_file.
    """
    own = table("stated_slice").filter(lambda t: t.load_no == LOAD_NO)
    own = own.select("stream", "first", "last").distinct()
    rows = rejects.join(_streams(), ORIGIN)
    found = rows.join(
        own,
        [
            rows.old_stream == own.stream,
            within(rows.happened_on, own) | within(rows.origin_day, own),
        ],
    )
    return found.select(*rejects.columns).distinct()


def of_replaced_files(rejects: ir.Table) -> ir.Table:
    """Return the rejected rows without a day of whose file every day and month is stated again."""
    rows, old = undated(rejects), table("stated_slice")
    sliced = old.select(origin_load="load_no", origin_file="file_no").distinct()
    return rows.semi_join(sliced, ORIGIN).anti_join(_counting(), ORIGIN)


def of_part_replaced_files(rejects: ir.Table) -> ir.Table:
    """Return the rejected rows without a day of whose file the load states some days again."""
    own = table("stated_slice").filter(lambda t: t.load_no == LOAD_NO)
    own = own.select("stream", "first", "last").distinct()
    old = table("stated_slice").filter(lambda t: t.load_no < LOAD_NO)
    old = old.select(origin_load="load_no", origin_file="file_no", stream="stream", day="first")
    touched = old.join(own, [old.stream == own.stream, within(old.day, own)])
    rows = undated(rejects).semi_join(touched.select(*ORIGIN).distinct(), ORIGIN)
    return rows.semi_join(_counting(), ORIGIN)


def undated(rejects: ir.Table) -> ir.Table:
    """Return the rejected rows of which no day can be read."""
    return rejects.filter(rejects.happened_on.isnull() & rejects.origin_day.isnull())


def stated_since(rows: ir.Table) -> ir.Table:
    """Return the rows whose day or month a load has stated whole since the file they came in.

    Args:
        rows: with happened_on, origin_load and origin_file.
    """
    slices = table("stated_slice").select("stream", "first", "last", later="load_no")
    rows = rows.join(_streams(), ORIGIN)
    return rows.join(
        slices,
        [
            rows.old_stream == slices.stream,
            rows.origin_load < slices.later,
            within(rows.happened_on, slices),
        ],
    )


def _counting() -> ir.Table:
    """Return the files of which a day or month counts still: no later load has stated it."""
    old = table("stated_slice")
    later = old.select("stream", by_load="load_no", since="first", until="last")
    gone = old.join(
        later,
        [
            old.stream == later.stream,
            old.load_no < later.by_load,
            old.first >= later.since,
            old.last <= later.until,
        ],
    )
    left = old.anti_join(gone, ["load_no", "file_no", "first", "last"])
    return left.select(origin_load="load_no", origin_file="file_no").distinct()


def _streams() -> ir.Table:
    files = table("load_file")
    return files.select(origin_load="load_no", origin_file="file_no", old_stream="stream")


@built_once
def _spans(files: ir.Table) -> ir.Table:
    return files.filter(files.span.notnull()).select("file_no", "span")


@built_once
def _stated(facts: list[ir.Table], spans: ir.Table) -> ir.Table:
    parts = [rows.select("file_no", "stream", "happened_on") for rows in facts]
    rows = stacked(*parts).join(spans, "file_no")
    month = rows.happened_on.truncate("M")
    by_month = rows.span == "month"
    after = month + ibis.interval(months=1) - ibis.interval(days=1)
    return rows.select(
        "stream",
        "file_no",
        first=ibis.ifelse(by_month, month, rows.happened_on).cast("date"),
        last=ibis.ifelse(by_month, after.cast("date"), rows.happened_on).cast("date"),
    ).distinct()


@built_once
def _noted(days: ir.Table) -> ir.Table:
    return shaped(days, RECORDS["stated_slice"], {"load_no": LOAD_NO})


@built_once
def _claimed(days: ir.Table) -> ir.Table:
    # A day that two files of the load have is claimed once, by the first of them.
    return days.group_by("stream", "first", "last").aggregate(target=days.file_no.min())
