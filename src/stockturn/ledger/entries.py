"""Movement entries get keys, base units, an order within the day, and their legs in transit."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from stockturn.engines import Transaction
from stockturn.ledger.schema import RECORDS
from stockturn.ledger.tables import LOAD_NO, TRANSIT_LOCATION, amount, shaped, stacked, table
from stockturn.ledger.units import in_base_unit

SEQUENCE_STEP = 10**10
"""Sequences of one load lie in [load_no * step, (load_no + 1) * step): later loads come later."""


@dataclass(frozen=True)
class Resolved:
    """A load's facts with keys: owned movements without cost, movements kept outside, sales."""

    movements: ir.Table
    outside: ir.Table
    sales: ir.Table | None


def resolve(transaction: Transaction, movements: ir.Table) -> Resolved:
    """Give movement entries keys and order.

    Args:
        transaction: Where master data has been posted already.
        movements: Rows of schema ``ENTRIES["movement"]`` plus ``origin``.

    Raises:
        MissingFactor: a unit has no dated factor; the whole load is held.
    """
    based = _in_base_unit(transaction, movements)
    keyed = _with_keys(based)
    owned = keyed.filter(keyed.ownership == "owned")
    outside = keyed.filter(keyed.ownership != "owned")
    legs = _transit_legs(owned)
    ordered = _ordered(stacked(owned, legs))
    return Resolved(
        movements=transaction.keep(ordered.drop("ownership", "revenue")),
        outside=transaction.keep(_ordered(outside).drop("revenue")),
        sales=_sales(keyed),
    )


def _in_base_unit(transaction: Transaction, rows: ir.Table) -> ir.Table:
    """Convert quantities stated in another unit by the factor valid on the day."""
    # A price per box times boxes is the value; the price per base unit would round.
    valued = rows.mutate(value=ibis.coalesce(rows.value, amount(rows.quantity, rows.unit_cost)))
    based = in_base_unit(transaction, valued, day="happened_on", quantities=("quantity",))
    return based.join(table("item").select("item", "item_id"), "item")


def _with_keys(rows: ir.Table) -> ir.Table:
    locations = table("location").select("location", "location_id", here="company")
    suppliers = table("supplier").select("supplier", "supplier_id")
    customers = table("customer").select("customer", "customer_id")
    lots = table("lot").select("item_id", "lot", "lot_id")
    rows = rows.join(locations, "location")
    rows = rows.left_join(suppliers, "supplier").drop("supplier_right")
    rows = rows.left_join(customers, "customer").drop("customer_right")
    rows = rows.left_join(lots, ["item_id", "lot"]).drop("item_id_right", "lot_right")
    stated = ibis.coalesce(rows.value, amount(rows.quantity, rows.unit_cost))
    between = rows.counterparty_company.notnull() & (rows.counterparty_company != rows.here)
    return rows.select(
        load_no=LOAD_NO,
        origin=rows.origin,
        happened_on=rows.happened_on,
        kind=rows.kind,
        item_id=rows.item_id,
        location_id=rows.location_id,
        status=rows.status.fill_null("available"),
        lot_id=rows.lot_id,
        quantity=rows.quantity,
        value=stated,
        document=rows.document,
        transfer=rows.transfer,
        supplier_id=rows.supplier_id,
        customer_id=rows.customer_id,
        channel=rows.channel,
        intercompany=between.fill_null(False),
        entered_at=rows.entered_at,
        ownership=rows.ownership.fill_null("owned"),
        revenue=rows.revenue,
        file_no=rows.file_no,
        sheet=rows.sheet,
        row_no=rows.row_no,
    )


def _transit_legs(rows: ir.Table) -> ir.Table:
    """Add the legs at the in-transit location: what a transfer's day leaves open is on its way.

    Each leg loaded so far adds up to zero per transfer, item and day once its transit leg is
    there, whenever the other leg arrives. Legs without a transfer number stand alone.
    """
    legs = rows.filter(rows.kind.isin(["transfer_out", "transfer_in"]) & rows.transfer.notnull())
    keys = ["transfer", "item_id", "happened_on", "status", "lot_id"]
    open_ = legs.group_by(keys).aggregate(
        moved=legs.quantity.sum(),
        file_no=legs.file_no.min(),
        sheet=legs.sheet.min(),
        first_row=legs.row_no.min(),
        last_row=legs.row_no.max(),
        document=legs.document.min(),
        origin=legs.origin.min(),
        load_no=legs.load_no.min(),
    )
    # Into transit after the last leg out, out of transit before the first leg in.
    open_ = open_.filter(open_.moved != 0).mutate(
        row_no=ibis.ifelse(open_.moved < 0, open_.last_row, open_.first_row)
    )
    transit = table("location").filter(lambda t: t.location == TRANSIT_LOCATION)
    open_ = open_.cross_join(transit.select("location_id"))
    columns = {
        "kind": ibis.ifelse(open_.moved < 0, "transfer_in", "transfer_out"),
        "quantity": -open_.moved,
        "intercompany": ibis.literal(False),
        "ownership": ibis.literal("owned"),
    }
    return shaped(open_, rows.schema(), columns)


def _ordered(rows: ir.Table) -> ir.Table:
    """Number the rows: by day, then what comes in, then transfers, then what goes out.

    A day counts at its closing balance, so the order within it is ours to fix: goods that came in
    on a day may leave on it without a negative balance in between. Legs keep their row order, out
    before in.
    """
    leg = rows.transfer.notnull()
    phase = ibis.cases((leg, 1), (rows.quantity >= 0, 0), else_=2)
    side = ibis.ifelse(leg & (rows.quantity > 0), 1, 0)
    number = ibis.row_number().over(
        order_by=[
            rows.happened_on,
            phase,
            rows.file_no,
            rows.row_no,
            side,
            rows.item_id,
            rows.location_id,
            rows.kind,
            rows.quantity,
        ]
    )
    start = LOAD_NO.cast("int64") * SEQUENCE_STEP
    return rows.mutate(sequence=number.cast("int64") + start)


def _sales(rows: ir.Table) -> ir.Table:
    """Take the revenue that rides on stock movements as sale rows (returns negative)."""
    sold = rows.filter(rows.revenue.notnull() & (rows.ownership != "consigned"))
    return shaped(sold, RECORDS["sale"], {"quantity": -sold.quantity})


def sales_of_entries(sales: ir.Table) -> ir.Table:
    """Give sale entries keys; rows without a location stay without one."""
    items = table("item").select("item", "item_id")
    locations = table("location").select("location", "location_id")
    customers = table("customer").select("customer", "customer_id")
    rows = sales.join(items, "item")
    rows = rows.left_join(locations, "location").drop("location_right")
    rows = rows.left_join(customers, "customer").drop("customer_right")
    rows = rows.mutate(load_no=LOAD_NO, intercompany=ibis.literal(False))
    return rows.select(*RECORDS["sale"].names)
