"""Movement entries get keys, base units, an order within the day, and their legs in transit."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from stockturn.engines import Transaction, built_once
from stockturn.ledger.schema import RECORDS
from stockturn.ledger.tables import LOAD_NO, amount, shaped, table
from stockturn.ledger.units import in_base_unit

SEQUENCE_STEP = 10**10
"""Keys of one load lie in [load_no * step, (load_no + 1) * step)."""
PHASE = 2**32
"""Minutes that a day's movements may be entered after it, and more: one phase of a day."""
MINUTE = 60


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
        movements: Rows of schema ``ENTRIES["movement"]`` plus ``origin`` and ``digest``.

    Raises:
        MissingFactor: a unit has no dated factor; the whole load is held.
    """
    valued = _valued(movements)
    based = in_base_unit(transaction, valued, day="happened_on", quantities=("quantity",))
    keyed = transaction.keep(_with_keys(based))
    return Resolved(movements=_owned(keyed), outside=_outside(keyed), sales=_sales(keyed))


@built_once
def _owned(keyed: ir.Table) -> ir.Table:
    return in_order(keyed.filter(keyed.ownership == "owned")).drop("ownership", "revenue")


@built_once
def _outside(keyed: ir.Table) -> ir.Table:
    return in_order(keyed.filter(keyed.ownership != "owned")).drop("revenue")


@built_once
def _valued(rows: ir.Table) -> ir.Table:
    # A price per box times boxes is the value; the price per base unit would round.
    return rows.mutate(value=ibis.coalesce(rows.value, amount(rows.quantity, rows.unit_cost)))


@built_once
def _with_keys(rows: ir.Table) -> ir.Table:
    rows = rows.join(table("item").select("item", "item_id"), "item")
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
        line=rows.line,
        digest=rows.digest,
        ownership=rows.ownership.fill_null("owned"),
        revenue=rows.revenue,
        file_no=rows.file_no,
        sheet=rows.sheet,
        row_no=rows.row_no,
    )


@built_once
def in_order(rows: ir.Table) -> ir.Table:
    """Add what orders movements within their day; all of it content, none of it the load.

    A day counts at its closing balance, so the order within it is ours to fix: what comes in, then
    transfers, then what goes out, so that goods that came in on a day may leave on it without a
    negative balance in between. Then by when it was entered, by document and by row, legs out
    before in.
    """
    leg = rows.transfer.notnull()
    phase = ibis.cases((leg, 1), (rows.quantity >= 0, 0), else_=2).cast("int64")
    days = rows.happened_on.cast("timestamp").epoch_seconds().cast("int64")
    late = (rows.entered_at.epoch_seconds().cast("int64") - days).fill_null(0)
    minutes = (late / MINUTE).floor().cast("int64").clip(0, PHASE - 1)
    side = ibis.ifelse(leg & (rows.quantity > 0), 1, 0).cast("int64")
    row = ibis.ifelse(rows.line.notnull(), 0, rows.row_no.fill_null(0)).cast("int64")
    return rows.mutate(sequence=phase * PHASE + minutes, place=row * 2 + side)


@built_once
def numbered(rows: ir.Table, first: int = 0) -> ir.Table:
    """Number a load's movements: a key, the same whenever the load is made again.

    Args:
        rows: Movements of the load being posted, ordered within their days.
        first: Where the numbers start within the load, in thousandths of its range.
    """
    order = [
        "happened_on",
        "sequence",
        "file_no",
        "row_no",
        "place",
        "item_id",
        "location_id",
        "kind",
        "quantity",
        "digest",
        *(["kit_line"] if "kit_line" in rows.columns else []),
    ]
    number = ibis.row_number().over(order_by=[rows[name] for name in order])
    start = LOAD_NO.cast("int64") * SEQUENCE_STEP + SEQUENCE_STEP // 1000 * first
    return rows.mutate(movement_id=(number + start).cast("int64"))


@built_once
def _sales(rows: ir.Table) -> ir.Table:
    """Take the revenue that rides on stock movements as sale rows (returns negative)."""
    sold = rows.filter(rows.revenue.notnull() & (rows.ownership != "consigned"))
    return shaped(sold, RECORDS["sale"], {"quantity": -sold.quantity}, skip=("sale_id",))


@built_once
def sales_of_entries(sales: ir.Table) -> ir.Table:
    """Give sale entries keys; rows without a location stay without one."""
    items = table("item").select("item", "item_id")
    locations = table("location").select("location", "location_id")
    customers = table("customer").select("customer", "customer_id")
    rows = sales.join(items, "item")
    rows = rows.left_join(locations, "location").drop("location_right")
    rows = rows.left_join(customers, "customer").drop("customer_right")
    rows = rows.mutate(intercompany=ibis.literal(False))
    given = {"load_no": LOAD_NO, "origin": ibis.literal("stated")}
    return shaped(rows, RECORDS["sale"], given, skip=("sale_id",))


@built_once
def numbered_sales(rows: ir.Table, first: int = 0) -> ir.Table:
    """Number a load's sale lines, as :func:`numbered` does movements."""
    order = ["file_no", "sheet", "row_no", "item_id", "location_id", "quantity", "digest"]
    order += ["kit_line"] if "kit_line" in rows.columns else []
    number = ibis.row_number().over(order_by=[rows[name] for name in order])
    start = LOAD_NO.cast("int64") * SEQUENCE_STEP + SEQUENCE_STEP // 1000 * first
    return rows.mutate(sale_id=(number + start).cast("int64"))
