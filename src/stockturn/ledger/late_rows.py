"""Rejected rows that come back for a day that has been stated whole since: found before posting.

The day as it came again holds the row if it is true. Taken up as well it would count twice.
"""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from stockturn.engines import DuckDBEngine, built_once
from stockturn.ledger.batch import Batch
from stockturn.ledger.quarantine import first_seen
from stockturn.ledger.replacing import FACTS, ROW, Places
from stockturn.ledger.schema import ENTRIES
from stockturn.ledger.stated_slices import stated_since
from stockturn.ledger.tables import stacked

TAKEN = pa.schema(
    {
        "file_no": pa.int32(),
        "sheet_": pa.string(),
        "row_no": pa.int64(),
        "of_load": pa.int32(),
        "of_file": pa.int32(),
        "of_sheet_": pa.string(),
        "of_row": pa.int64(),
    }
)


def rows_of_days_that_came_again(engine: DuckDBEngine, batch: Batch) -> dict[int, Places]:
    """Return, by file, the sheet and row of what a load takes up and a later load has stated."""
    names = [name for name in FACTS if batch.tables.get(name)]
    if not batch.settled or not names:
        return {}
    taken: list[dict[str, Any]] = [
        {
            "file_no": one.file_no,
            "sheet_": one.sheet or "",
            "row_no": one.row_no,
            "of_load": one.of.load_no,
            "of_file": one.of.file_no,
            "of_sheet_": one.of.sheet or "",
            "of_row": one.of.row_no,
        }
        for one in batch.settled
    ]
    found: dict[int, set[tuple[str | None, int]]] = {}
    with engine.transaction() as transaction:
        facts = [transaction.stage(batch.tables[name], ENTRIES[name]) for name in names]
        staged = pa.Table.from_pylist(taken, schema=TAKEN)
        rows = transaction.stage(staged, ibis.Schema.from_pyarrow(TAKEN))
        for row in transaction.query(_late(facts, rows)).to_pylist():
            found.setdefault(row["file_no"], set()).add((row["sheet"], row["row_no"]))
    return {file_no: frozenset(places) for file_no, places in found.items()}


@built_once
def _late(facts: list[ir.Table], taken: ir.Table) -> ir.Table:
    rows = stacked(*(each.select(*ROW, "happened_on") for each in facts))
    rows = rows.mutate(sheet_=rows.sheet.fill_null(""))
    rows = rows.join(taken, ["file_no", "sheet_", "row_no"])
    return stated_since(first_seen(rows)).select(*ROW).distinct()
