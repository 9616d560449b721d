"""The movements that a pass over items reads, in the shape and order it reads them in."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from stockturn.engines import built_once
from stockturn.ledger.schema import VALUE
from stockturn.ledger.tables import TRANSIT_LOCATION, table

DAY_ORDER: Final = ("sequence", "document", "line", "place", "digest")
"""What orders the movements of one day: all of it content, so that loads may come in any order."""

PASS_ORDER: Final = ("item_id", "happened_on", *DAY_ORDER)
"""What the rows of a pass are sorted by."""


@built_once
def standing(movements: ir.Table) -> ir.Table:
    """Movements as sources state them, without those taken back: no reversals, no corrections."""
    reversals = movements.filter(movements.origin == "reversal").select(movement_id="corrects")
    source = movements.filter(movements.origin.isin(["stated", "derived"]))
    return source.anti_join(reversals, "movement_id")


@built_once
def pass_rows(movements: ir.Table, value: ir.Value) -> ir.Table:
    """Select what passes read (``costing.cost_frame``, but for ``standard_cost``).

    Args:
        movements: Rows of schema ``RECORDS["movement"]``.
        value: The value the pass takes as stated; null where there is none.
    """
    transit = table("location").filter(lambda t: t.location == TRANSIT_LOCATION)
    transit = transit.select(transit_id="location_id")
    rows = movements.mutate(value=value.cast(VALUE))
    rows = rows.left_join(transit, rows.location_id == transit.transit_id)
    return rows.select(
        "movement_id",
        "happened_on",
        *DAY_ORDER,
        "kind",
        "item_id",
        "location_id",
        "status",
        "lot_id",
        "quantity",
        "transfer",
        "value",
        transit=rows.transit_id.notnull(),
    )


@built_once
def corrections() -> ir.Table:
    """Sum what passes have booked on each movement: of_movement, more_value, more_uncosted."""
    movements = table("movement")
    recosted = movements.filter(
        (movements.origin == "recosting") & (movements.kind != "revaluation")
    )
    return recosted.group_by(of_movement=recosted.corrects).aggregate(
        more_value=recosted.value.sum(), more_uncosted=recosted.quantity_uncosted.sum()
    )


def corrected(movements: ir.Table) -> tuple[ir.Table, ir.Value, ir.Value]:
    """Return movements with their corrections beside them, their value and uncosted quantity."""
    rows = movements.left_join(corrections(), movements.movement_id == corrections().of_movement)
    known = rows.value.notnull() | rows.more_value.notnull()
    value = rows.value.fill_null(0) + rows.more_value.fill_null(0)
    uncosted = rows.quantity_uncosted + rows.more_uncosted.fill_null(0)
    return rows, ibis.ifelse(known, value, ibis.null(VALUE)), uncosted
