"""Rows that sell a kit on a day on which nothing is in it: found before a load is posted.

Such a row cannot be booked: what left the warehouse is not known. Where the code has stock of its
own (it came in, was moved or counted, or a balance of it is stated, before or in this load), it is
an item like any other and the row is booked as it stands.
"""

from __future__ import annotations

from typing import Final

import ibis.expr.types as ir

from stockturn.engines import DuckDBEngine, Transaction, built_once
from stockturn.ledger import masters
from stockturn.ledger.batch import Batch
from stockturn.ledger.documents import current, post_documents
from stockturn.ledger.kits import NAME, SOLD, any_known, kit_items
from stockturn.ledger.replacing import ROW, Entries, Places
from stockturn.ledger.schema import ENTRIES
from stockturn.ledger.tables import stacked, table

READ: Final = ("movement", "sale", "balance", "stock_count", "item", NAME)


class _Looked(Exception):
    """Ends a look, so that nothing of it stays."""


def rows_without_components(engine: DuckDBEngine, batch: Batch) -> dict[int, Places]:
    """Return, by file, the sheet and row of sales and returns of kits that nothing is in.

    Looks at the kit list as it stands with the load; nothing of the look stays.
    """
    sells = any(batch.tables.get(name) for name in ("movement", "sale"))
    if not sells or not (batch.tables.get(NAME) or any_known(engine)):
        return {}
    found: dict[int, set[tuple[str | None, int]]] = {}
    try:
        with engine.transaction() as transaction:
            for row in transaction.query(_empty(_entries(transaction, batch))).to_pylist():
                found.setdefault(row["file_no"], set()).add((row["sheet"], row["row_no"]))
            raise _Looked
    except _Looked:
        return {file_no: frozenset(places) for file_no, places in found.items()}


def _entries(transaction: Transaction, batch: Batch) -> Entries:
    """Stage what the look reads, and post the load's kit list for it."""
    entries = {
        name: transaction.stage(batch.tables[name], ENTRIES[name])
        for name in READ
        if batch.tables.get(name)
    }
    if NAME in entries:
        transaction.values.update(load_no=2**31 - 1, source=batch.mapping)
        lists = {name: rows for name, rows in entries.items() if name in (NAME, "item")}
        masters.post_masters(transaction, lists)
        post_documents(transaction, lists, [NAME], complete=batch.complete)
    return entries


@built_once
def _empty(entries: Entries) -> ir.Table:
    kits = table("item").semi_join(kit_items(), "item_id").select("item", "item_id")
    parts = []
    if "movement" in entries:
        rows = entries["movement"]
        parts.append(rows.filter(rows.kind.isin(SOLD)).select(*ROW, "happened_on", "item"))
    if "sale" in entries:
        parts.append(entries["sale"].select(*ROW, "happened_on", "item"))
    lines = stacked(*parts).join(kits, "item")
    lines = lines.anti_join(_stocked(entries), "item_id")
    valid = current(NAME).select("valid_from", "valid_to", of_kit="item_id")
    return lines.anti_join(
        valid,
        [
            lines.item_id == valid.of_kit,
            (lines.happened_on >= valid.valid_from) | valid.valid_from.isnull(),
            (lines.happened_on <= valid.valid_to) | valid.valid_to.isnull(),
        ],
    ).select(*ROW)


def _stocked(entries: Entries) -> ir.Table:
    """Return the items that have stock of their own, before this load or in it."""
    movements = table("movement")
    parts = [
        movements.filter(~movements.kind.isin(SOLD)).select("item_id"),
        table("stated_balance").select("item_id"),
    ]
    items = table("item").select("item", "item_id")
    for name in ("movement", "balance", "stock_count"):
        if name in entries:
            rows = entries[name]
            if name == "movement":
                rows = rows.filter(~rows.kind.isin(SOLD))
            parts.append(rows.join(items, "item").select("item_id"))
    found = stacked(*parts).distinct()
    return found.semi_join(kit_items(), "item_id")
