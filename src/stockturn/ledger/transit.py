"""Goods in transit: what a transfer's day leaves open is on its way.

The legs of one transfer add up to zero per item and day once its leg at the in-transit location is
there, whichever load brought them. When a load adds or takes back a leg, the legs in transit of
that transfer, item and day are worked out again. Legs without a transfer number stand alone.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from stockturn.engines import Transaction, built_once
from stockturn.ledger.entries import in_order
from stockturn.ledger.replacing import standing_of
from stockturn.ledger.schema import RECORDS
from stockturn.ledger.tables import LOAD_NO, TRANSIT_LOCATION, shaped, stacked, table

KEYS = ("transfer", "item_id", "happened_on")
LEGS = ("transfer_out", "transfer_in")


def legs_in_transit(
    transaction: Transaction, movements: ir.Table | None
) -> tuple[ir.Table, ir.Table] | None:
    """Return the legs to add and the keys of those to take back; None where no leg has moved.

    Args:
        transaction: The load's reversals of stated movements stand in it already.
        movements: The load's stated movements with keys and order, not yet in the ledger; None
            where it has none.
    """
    touched = transaction.keep(_touched(movements))
    if not transaction.count(touched):
        return None
    wanted = transaction.keep(_wanted(_legs(movements, touched)))
    there = transaction.keep(_there(touched))
    gone = _gone(wanted, there)
    return transaction.keep(_new(wanted, there)), transaction.keep(gone)


@built_once
def _stated_legs(movements: ir.Table | None) -> ir.Table:
    rows = table("movement") if movements is None else movements
    legs = rows.filter(rows.kind.isin(LEGS) & rows.transfer.notnull())
    return legs.filter(ibis.literal(False)) if movements is None else legs


@built_once
def _touched(movements: ir.Table | None) -> ir.Table:
    """Transfer, item and day of each leg that the load adds or takes back."""
    legs = _stated_legs(movements)
    reversals = table("movement").filter(
        lambda t: (t.load_no == LOAD_NO) & (t.origin == "reversal") & t.transfer.notnull()
    )
    return stacked(legs.select(*KEYS), reversals.select(*KEYS)).distinct()


@built_once
def _legs(movements: ir.Table | None, touched: ir.Table) -> ir.Table:
    """All standing legs of what is touched, those of the load included."""
    legs = _stated_legs(movements)
    earlier = standing_of("movement").semi_join(touched, KEYS)
    earlier = earlier.filter(earlier.kind.isin(LEGS))
    return stacked(legs, earlier.select(*legs.columns))


@built_once
def _wanted(legs: ir.Table) -> ir.Table:
    keys = [*KEYS, "status", "lot_id"]
    open_ = legs.group_by(keys).aggregate(
        moved=legs.quantity.sum(),
        entered_first=legs.entered_at.min(),
        entered_last=legs.entered_at.max(),
        document_first=legs.document.min(),
        document_last=legs.document.max(),
        line_first=legs.line.min(),
        line_last=legs.line.max(),
        row_first=legs.row_no.min(),
        row_last=legs.row_no.max(),
        file_no=legs.file_no.min(),
        sheet=legs.sheet.min(),
    )
    open_ = open_.filter(open_.moved != 0)
    out = open_.moved < 0
    # Into transit after the last leg out, out of transit before the first leg in.
    ends = {
        name: ibis.ifelse(out, open_[f"{column}_last"], open_[f"{column}_first"])
        for name, column in (
            ("entered_at", "entered"),
            ("document", "document"),
            ("line", "line"),
            ("row_no", "row"),
        )
    }
    transit = table("location").filter(lambda t: t.location == TRANSIT_LOCATION)
    open_ = open_.cross_join(transit.select("location_id"))
    given = {
        "load_no": LOAD_NO,
        "origin": ibis.literal("derived"),
        "kind": ibis.ifelse(out, "transfer_in", "transfer_out"),
        "quantity": -open_.moved,
        "intercompany": ibis.literal(False),
        **ends,
    }
    skip = ("movement_id", "sequence", "place", "digest", "quantity_uncosted", "cost_source")
    rows = in_order(shaped(open_, RECORDS["movement"], given, skip=skip))
    return _digested(rows)


def _digested(rows: ir.Table) -> ir.Table:
    """Hash what a leg in transit says, so that one that stays as it was is recognised."""
    said = ("transfer", "happened_on", "status", "kind", "quantity", "document", "line", "sequence")
    whole = ibis.struct({name: rows[name] for name in (*said, "place")})
    return rows.mutate(digest=(whole.hash() >> 1).cast("int64"), lot_=rows.lot_id.fill_null(0))


@built_once
def _there(touched: ir.Table) -> ir.Table:
    rows = table("movement")
    reversals = rows.filter(rows.origin == "reversal").select(movement_id="corrects")
    legs = rows.filter((rows.origin == "derived") & rows.transfer.notnull())
    legs = legs.semi_join(touched, KEYS).anti_join(reversals, "movement_id")
    return legs.mutate(lot_=legs.lot_id.fill_null(0))


@built_once
def _new(wanted: ir.Table, there: ir.Table) -> ir.Table:
    return wanted.anti_join(there, ["item_id", "lot_", "digest"]).drop("lot_")


@built_once
def _gone(wanted: ir.Table, there: ir.Table) -> ir.Table:
    return there.anti_join(wanted, ["item_id", "lot_", "digest"]).select("movement_id")
