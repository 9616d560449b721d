"""Statements about documents: appended as versions, read as they stand now or stood then.

Nothing is overwritten. A statement that repeats the standing one adds nothing; one that differs
is a new version. Where a file states the whole of a source's rows, a key that is no longer among
them is closed by a row with ``gone`` set. The date for which the source states a row
(``stated_on``) orders versions before the order of loading does, so that late files do no harm.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import ibis
import ibis.expr.types as ir

from stockturn.engines import Transaction, bound, built_once
from stockturn.ledger.document_tables import DOCUMENTS, MEMBERS, RECORD_NAMES
from stockturn.ledger.tables import LOAD_NO, shaped, table

SOURCE = bound("source", "string")
"""The mapping of the load being posted."""

Entries = dict[str, ir.Table]
_ORIGIN = ("file_no", "sheet", "row_no")


def current(name: str, *, known: ir.Value | None = None) -> ir.Table:
    """Return the standing version of every row of a declared table.

    Grain: one row a key; columns of the record ``doc_<name>``.

    Args:
        name: a key of :data:`stockturn.ledger.document_tables.DOCUMENTS`.
        known: read as it was known after this load; None = now.
    """
    rows = table(RECORD_NAMES[name])
    if known is not None:
        rows = rows.filter(rows.load_no <= known)
    latest = standing(rows, DOCUMENTS[name].record_key)
    return latest.filter(~latest.gone)


def versions(name: str) -> ir.Table:
    """Return every version of a declared table's rows, closed ones included."""
    return table(RECORD_NAMES[name])


def post_documents(
    transaction: Transaction, entries: Entries, names: Iterable[str], *, complete: frozenset[str]
) -> None:
    """Append the new versions that a load brings; master data has been posted before.

    Args:
        transaction: the load's.
        entries: its entry tables; ``source`` is bound.
        names: the declared tables to post.
        complete: entry tables whose files state every row the source has.
    """
    for name in names:
        if name in entries:
            declared = DOCUMENTS[name]
            rows = transaction.keep(_recorded(entries[name], name))
            record = table(RECORD_NAMES[name])
            key = declared.record_key
            append_versions(transaction, record, rows, key, complete=name in complete)


def append_versions(
    transaction: Transaction,
    record: ir.Table,
    rows: ir.Table,
    key: Sequence[str],
    *,
    complete: bool,
) -> None:
    """Append what differs from the standing versions.

    Args:
        transaction: the load's.
        record: the table of versions.
        rows: kept rows in the shape of the record.
        key: the columns that name what a row speaks of.
        complete: close the keys of this source that ``rows`` lack.
    """
    latest = transaction.keep(standing(_of_source(record) if complete else record, key))
    news = _differing(rows, latest, key)
    closed = _closed(rows, latest, key) if complete else None
    # Both read the record: they are worked out before anything is added to it.
    found = [transaction.keep(news), *([transaction.keep(closed)] if closed is not None else [])]
    for part in found:
        transaction.insert(record.get_name(), part)


@built_once
def _of_source(record: ir.Table) -> ir.Table:
    return record.filter(record.source == SOURCE)


@built_once
def standing(rows: ir.Table, key: Sequence[str]) -> ir.Table:
    """Return the latest version of each key, closed ones included."""
    order = [
        rows.stated_on.desc(nulls_first=False),
        rows.load_no.desc(),
        rows.file_no.desc(),
        rows.row_no.desc(),
    ]
    place = ibis.row_number().over(group_by=[rows[column] for column in key], order_by=order)
    ranked = rows.mutate(place_=place)
    return ranked.filter(ranked.place_ == 0).drop("place_")


@built_once
def _recorded(entries: ir.Table, name: str) -> ir.Table:
    """Give entries the shape of their record: keys for codes, and a number among equals."""
    rows, declared = entries, DOCUMENTS[name]
    for column, (master, key) in MEMBERS.items():
        if column in declared.columns:
            members = table(master)
            named = members.select(
                **{f"{column}_code": members[master], key: members[f"{master}_id"]}
            )
            rows = rows.left_join(named, rows[column] == named[f"{column}_code"])
    own = [column for column in declared.record_key if column not in {"source", "occurrence"}]
    number = ibis.row_number().over(
        group_by=[rows.file_no, *(rows[column] for column in own)],
        order_by=[rows.sheet, rows.row_no],
    )
    given = {
        "load_no": LOAD_NO,
        "source": SOURCE,
        "gone": ibis.literal(False),
        "occurrence": number,
    }
    return shaped(rows, table(RECORD_NAMES[name]).schema(), given)


@built_once
def _differing(rows: ir.Table, before: ir.Table, key: Sequence[str]) -> ir.Table:
    """Rows without a standing version, or that say something else, or for a later date."""
    said = [
        column
        for column in rows.columns
        if column not in {*key, *_ORIGIN, "load_no", "source", "attributes"}
    ]
    other = before.rename({f"{column}_before": column for column in before.columns})
    joined = rows.left_join(
        other, [rows[column].identical_to(other[f"{column}_before"]) for column in key]
    )
    differs = joined.load_no_before.isnull()
    for column in said:
        differs = differs | ~joined[column].identical_to(joined[f"{column}_before"])
    if "attributes" in rows.columns:
        now = joined.attributes.cast("string")
        differs = differs | ~now.identical_to(joined.attributes_before.cast("string"))
    return joined.filter(differs).select(*rows.columns)


@built_once
def _closed(rows: ir.Table, before: ir.Table, key: Sequence[str]) -> ir.Table:
    """Rows that close the standing keys which ``rows`` lack."""
    named = rows.select(**{f"{column}_now": rows[column] for column in key})
    lost = before.filter(~before.gone).anti_join(
        named, [before[column].identical_to(named[f"{column}_now"]) for column in key]
    )
    stated = rows.aggregate(latest=rows.stated_on.max())
    lost = lost.cross_join(stated)
    nothing = {column: ibis.null(rows.schema()[column]) for column in _ORIGIN}
    given = {"load_no": LOAD_NO, "gone": ibis.literal(True), "stated_on": lost.latest, **nothing}
    return shaped(lost, rows.schema(), given)


def mentions(entries: Entries, master: str) -> list[ir.Table]:
    """Return the codes of a master table that declared tables mention, one column each."""
    found = []
    for name, declared in DOCUMENTS.items():
        if name not in entries:
            continue
        for column, (of, _) in MEMBERS.items():
            if of == master and column in declared.columns:
                found.append(entries[name].select(**{master: entries[name][column]}))
    return found
