"""Merged items in expressions: what was booked under an old code counts under the surviving one.

Which items count under which is bound when a question runs, so it can be as known at any time;
where nothing is merged, expressions are as if merging did not exist.
"""

from __future__ import annotations

from typing import Any, Final

import ibis.expr.types as ir

from stockturn.engines import bound_rows
from stockturn.ledger.identity import Rolled
from stockturn.ledger.tables import stacked, table

ROLLED: Final = {"old_id": "int32", "into_id": "int32"}


def rolled_values(rolled: Rolled) -> dict[str, Any]:
    """Return what is bound when an expression with merged items runs."""
    listed = [{"old_id": old, "into_id": into} for old, into in rolled]
    return {"rolled": listed} if listed else {}


def counted(rows: ir.Table, *, rolled: bool) -> ir.Table:
    """Put the surviving item's number in place of each merged item's."""
    if not rolled:
        return rows
    links = bound_rows("rolled", ROLLED)
    both = rows.left_join(links, rows.item_id == links.old_id)
    return both.mutate(item_id=both.into_id.fill_null(both.item_id)).select(*rows.columns)


def masters_of(place: str, *, rolled: bool = False) -> ir.Table:
    """Return items or locations, their code as ``code``.

    A merged item keeps its number and has everything else of the item that it counts under.
    """
    rows = table(place).rename(code=place)
    if not rolled or place != "item":
        return rows
    links = bound_rows("rolled", ROLLED)
    kept = rows.anti_join(links, rows.item_id == links.old_id)
    merged = links.join(rows, links.into_id == rows.item_id)
    rest = [column for column in rows.columns if column != "item_id"]
    return stacked(kept, merged.select(*rest, item_id="old_id"))
