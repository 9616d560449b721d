"""How the files of a load lie beside earlier ones: equal rows, equal names, days in common.

Only looks; what follows from it is for intake to judge. Rows with a line key are left out, because
they replace one by one; so are balances, which replace by their day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from stockturn.engines import DuckDBEngine, Transaction, bound
from stockturn.ledger.batch import Batch
from stockturn.ledger.quarantine import taken_up
from stockturn.ledger.replacing import FACTS, RECORDED, digested, standing_of
from stockturn.ledger.schema import ENTRIES
from stockturn.ledger.tables import stacked, table


@dataclass(frozen=True)
class Span:
    """What a file states: how many rows without a line key, from which day to which.

    Attributes:
        file: its name.
        facts: rows that are movements or sales; the others are balances.
    """

    file: str
    rows: int
    first: date
    last: date
    facts: int = 0

    def covers(self, other: Span) -> bool:
        """Tell whether this span of days holds the other one."""
        return self.first <= other.first and other.last <= self.last

    def meets(self, other: Span) -> bool:
        """Tell whether the spans have a day in common."""
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True)
class Earlier:
    """An earlier file that counts still, beside one file of the load.

    Attributes:
        file_no: the file of the load.
        load_no: load of the earlier file.
        of_file: its number there.
        span: what it states.
        equal: rows that both state, as often as both do.
        same_name: whether they have one name.
    """

    file_no: int
    load_no: int
    of_file: int
    span: Span
    equal: int
    same_name: bool


@dataclass(frozen=True)
class Twin:
    """Two files of one load that state the same rows."""

    file_no: int
    other: int
    equal: int


@dataclass(frozen=True)
class Beside:
    """What a look finds: the load's own files by number, earlier ones, and files that repeat."""

    spans: dict[int, Span]
    earlier: tuple[Earlier, ...]
    twins: tuple[Twin, ...]


def look(engine: DuckDBEngine, batch: Batch) -> Beside:
    """Compare a load's files with each other and with what stands of its feed or mapping.

    Reads earlier rows on the days of the load's own rows only, so that a new day costs little.
    """
    with engine.transaction() as transaction:
        rows = _stated(transaction, batch)
        if rows is None:
            return Beside({}, (), ())
        names = {file.file_no: file.name for file in batch.files}
        spans = _spans(transaction, rows, names)
        if not spans:
            return Beside({}, (), ())
        transaction.values.update(
            begin=min(span.first for span in spans.values()),
            end=max(span.last for span in spans.values()),
            feed=batch.feed,
            mapping=batch.mapping,
        )
        heads = _heads(transaction)
        if not heads and len(spans) == 1:
            return Beside(spans, (), ())
        facts = rows.filter(rows.fact)
        counts = transaction.keep(
            facts.group_by("name", "file_no", "digest").aggregate(n=facts.count())
        )
        equal = _equal(transaction, counts, heads)
        earlier = _earlier(spans, heads, equal)
        twins = _twins(transaction, counts) if len(spans) > 1 else ()
    return Beside(spans, earlier, twins)


def _stated(transaction: Transaction, batch: Batch) -> ir.Table | None:
    """Return what the load states without a line key, one row an entry."""
    parts = []
    for name in (*FACTS, "balance"):
        if not batch.tables.get(name):
            continue
        rows = transaction.stage(batch.tables[name], ENTRIES[name])
        fact = name != "balance"
        if fact:
            rows = rows.filter(rows.line.isnull())
        rows = digested(rows, name)
        parts.append(
            rows.select(
                "file_no",
                "happened_on",
                "digest",
                name=ibis.literal(name),
                fact=ibis.literal(fact),
            )
        )
    return stacked(*parts) if parts else None


def _spans(transaction: Transaction, rows: ir.Table, names: dict[int, str]) -> dict[int, Span]:
    files = rows.group_by("file_no").aggregate(
        rows=rows.count(),
        facts=rows.fact.sum(),
        first=rows.happened_on.min(),
        last=rows.happened_on.max(),
    )
    return {
        row["file_no"]: Span(
            names[row["file_no"]], row["rows"], row["first"], row["last"], int(row["facts"])
        )
        for row in transaction.query(files).to_pylist()
    }


def _heads(transaction: Transaction) -> list[dict[str, Any]]:
    """Return the files of this feed (or mapping, by hand) that count still, with days."""
    loads = table("load").filter(
        lambda t: (
            (t.feed == bound("feed", "string"))
            & ((t.feed != "") | (t.mapping == bound("mapping", "string")))
        )
    )
    files = table("load_file").join(loads.select("load_no"), "load_no")
    files = files.filter(files.entries > 0)
    gone = table("superseded").select("load_no", "file_no")
    files = files.anti_join(gone, ["load_no", "file_no"])
    # Rows that were taken up later count for the file that had them first.
    files = files.anti_join(taken_up(), ["load_no", "file_no"])
    near = files.filter(
        (files.first_day <= bound("end", "date")) & (files.last_day >= bound("begin", "date"))
    )
    columns = ("load_no", "file_no", "name", "entries", "first_day", "last_day")
    return list(transaction.query(near.select(*columns)).to_pylist())


def _equal(
    transaction: Transaction, counts: ir.Table, heads: list[dict[str, Any]]
) -> dict[tuple[int, int, int], int]:
    """Return (file, earlier load, earlier file) -> rows that both state, as often as both do.

    Rows that a replaced file left unchanged count for the file that replaced it, and rows that were
    taken up from the quarantine for the file that had them first.
    """
    if not heads:
        return {}
    parts = []
    for name, (entry, _) in RECORDED.items():
        rows = standing_of(name)
        rows = rows.filter(
            (rows.happened_on >= bound("begin", "date"))
            & (rows.happened_on <= bound("end", "date"))
            & rows.line.isnull()
        )
        rows = rows.mutate(name=ibis.literal(entry), sheet_=rows.sheet.fill_null(""))
        rows = rows.semi_join(counts, ["name", "digest"])
        rows = rows.left_join(taken_up(), ["load_no", "file_no", "sheet_", "row_no"])
        parts.append(
            rows.select(
                "name",
                "digest",
                load_no=rows.origin_load.fill_null(rows.load_no),
                file_no=rows.origin_file.fill_null(rows.file_no),
            )
        )
    rows = stacked(*parts)
    after = table("superseded")
    latest = after.group_by("load_no", "file_no").aggregate(
        by_load=after.by_load.max(), by_file=after.by_file.argmax(after.by_load)
    )
    rows = rows.left_join(latest, ["load_no", "file_no"])
    rows = rows.select(
        "name",
        "digest",
        of_load=rows.by_load.fill_null(rows.load_no),
        of_file=rows.by_file.fill_null(rows.file_no),
    )
    old = rows.group_by("name", "digest", "of_load", "of_file").aggregate(m=rows.count())
    both = counts.join(old, ["name", "digest"])
    pairs = both.group_by("file_no", "of_load", "of_file").aggregate(
        equal=ibis.least(both.n, both.m).sum()
    )
    found = transaction.query(pairs).to_pylist()
    return {(row["file_no"], row["of_load"], row["of_file"]): int(row["equal"]) for row in found}


def _earlier(
    spans: dict[int, Span],
    heads: Iterable[dict[str, Any]],
    equal: dict[tuple[int, int, int], int],
) -> tuple[Earlier, ...]:
    found = []
    for head in heads:
        old = Span(head["name"], head["entries"], head["first_day"], head["last_day"])
        for file_no, span in spans.items():
            same_name = span.file == old.file
            count = equal.get((file_no, head["load_no"], head["file_no"]), 0)
            if span.meets(old) and (same_name or count):
                found.append(
                    Earlier(file_no, head["load_no"], head["file_no"], old, count, same_name)
                )
    return tuple(sorted(found, key=lambda each: (each.file_no, each.load_no, each.of_file)))


def _twins(transaction: Transaction, counts: ir.Table) -> tuple[Twin, ...]:
    other = counts.rename(other="file_no", m="n", name_="name", digest_="digest")
    both = counts.join(other, [counts.name == other.name_, counts.digest == other.digest_])
    both = both.filter(both.file_no > both.other)
    pairs = both.group_by("file_no", "other").aggregate(equal=ibis.least(both.n, both.m).sum())
    found = transaction.query(pairs).to_pylist()
    return tuple(
        sorted(
            (Twin(r["file_no"], r["other"], int(r["equal"])) for r in found),
            key=lambda each: (each.file_no, each.other),
        )
    )
