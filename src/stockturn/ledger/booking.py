"""Booking: what a load's movements, balances and sales become in the ledger.

First what the load replaces is taken back, then what follows from it (legs in transit, movements
between stated balances) is worked out again, then everything new is valued together. Nothing here
depends on the order in which loads came, but for what replaces what.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import ibis
import ibis.expr.types as ir

from stockturn.engines import Transaction, built_once
from stockturn.ledger import counting, kit_lines, kits, restating, valuation
from stockturn.ledger.batch import Batch
from stockturn.ledger.entries import (
    SEQUENCE_STEP,
    in_order,
    numbered,
    numbered_sales,
    resolve,
    sales_of_entries,
)
from stockturn.ledger.replacing import ROW, Entries, digested, match, take_back
from stockturn.ledger.schema import RECORDS
from stockturn.ledger.tables import LOAD_NO, shaped, stacked, table
from stockturn.ledger.transit import legs_in_transit
from stockturn.ledger.value_balances import movements_of_value_balances, sales_of_value_balances

CORRECTIONS: Final = 500
"""Where the numbers of recostings start within a load, in thousandths of its range."""
STATED_BACK: Final = 900
TRANSIT_BACK: Final = 930
DERIVED_BACK: Final = 960
COUNTED_BACK: Final = 980
"""Where the numbers of reversals start: of stated rows, of legs in transit, of what balances come
to, of what counts come to."""

_LATER: Final = ("movement_id", "quantity_uncosted", "cost_source", "corrects")


@dataclass(frozen=True)
class Booked:
    """What was booked.

    Attributes:
        entries: the load's entries without those that stand as they are.
        unchanged: source rows that state what stands; None where the load replaces nothing.
        older: source rows of which the load itself brings a later version.
        reversed: how many movements and sales were taken back.
        kits: the warehouse knows kits.
    """

    entries: Entries
    unchanged: ir.Table | None
    older: ir.Table | None
    reversed: int
    kits: bool


def book(
    transaction: Transaction,
    entries: Entries,
    batch: Batch,
    tell: Callable[[str], None],
) -> Booked:
    """Book a load's facts; master data has been posted already.

    Raises:
        MissingFactor: a unit has no dated factor; the whole load is held.
    """
    has_kits = kits.any_known(transaction)
    matched = match(transaction, entries, batch, kits=has_kits)
    count = 0
    for record, keys in matched.back.items():
        taken = take_back(transaction, record, keys, STATED_BACK)
        # Of a kit its components count, which are taken back below.
        count += 0 if record.startswith("kit_") else taken
    stated = _stated(transaction, matched.entries, kits=has_kits)
    if has_kits:
        parts = kit_lines.components(transaction, matched.entries)
        stated = _with_components(stated, parts.movements)
        count += parts.reversed
    fresh = [] if stated is None else [stated]
    legs = legs_in_transit(transaction, stated)
    if legs is not None:
        fresh.append(legs[0])
        count += take_back(transaction, "movement", legs[1], TRANSIT_BACK)
    balances = restating.state(transaction, matched.entries.get("balance"), stated, batch)
    unchanged = matched.unchanged
    if balances is not None:
        unchanged = _either(unchanged, balances.unchanged)
    counts = counting.differences(transaction, stated)
    for found, first in ((balances, DERIVED_BACK), (counts, COUNTED_BACK)):
        if found is not None and found.derived is not None and found.gone is not None:
            fresh.append(in_order(found.derived))
            count += take_back(transaction, "movement", found.gone, first)
    rows = transaction.keep(_all_of(fresh))
    transaction.values["first_day"] = _first_day(transaction, rows)
    tell("costs")
    if transaction.count(rows) or count:
        _value(transaction, rows, batch)
    return Booked(matched.entries, unchanged, matched.older, count, has_kits)


def _stated(transaction: Transaction, entries: Entries, *, kits: bool) -> ir.Table | None:
    """Insert sales, what is not owned and lines of kits; return the owned movements, in order."""
    sales = [sales_of_entries(entries["sale"])] if "sale" in entries else []
    stated = None
    rows = []
    if "movement" in entries:
        rows.append(_of_origin(entries["movement"], "stated"))
    if "value_balance" in entries:
        known = transaction.keep(entries["value_balance"])
        derived = digested(movements_of_value_balances(transaction, known), "movement")
        rows.append(_of_origin(derived, "derived"))
        sales.append(sales_of_entries(digested(sales_of_value_balances(known), "sale")))
    if rows:
        resolved = resolve(transaction, stacked(*rows))
        if kits:
            resolved = kit_lines.set_apart(transaction, resolved)
        stated = resolved.movements
        if resolved.sales is not None:
            sales.append(resolved.sales)
        outside = numbered(valuation.value_stated(resolved.outside))
        insert(transaction, outside, "outside_movement")
    if sales:
        sold = stacked(*sales)
        if kits:
            sold = kit_lines.set_sales_apart(transaction, sold)
        transaction.insert("sale", _shaped(numbered_sales(sold), "sale"))
    return stated


@built_once
def _with_components(stated: ir.Table | None, parts: ir.Table | None) -> ir.Table | None:
    """Put the components of kits under the load's own movements."""
    both = [rows for rows in (stated, parts) if rows is not None]
    if not both:
        return None
    return stacked(*(shaped(rows, RECORDS["movement"], {}, skip=_LATER) for rows in both))


@built_once
def _of_origin(rows: ir.Table, origin: str) -> ir.Table:
    return rows.mutate(origin=ibis.literal(origin))


def _either(one: ir.Table | None, other: ir.Table | None) -> ir.Table | None:
    if one is None or other is None:
        return one if other is None else other
    return stacked(one.select(*ROW), other.select(*ROW))


@built_once
def _all_of(fresh: list[ir.Table]) -> ir.Table:
    parts = [shaped(rows, RECORDS["movement"], {}, skip=_LATER) for rows in fresh]
    if not parts:
        return table("movement").filter(ibis.literal(False)).drop(*_LATER[1:])
    return numbered(stacked(*parts))


def _first_day(transaction: Transaction, fresh: ir.Table) -> date | None:
    """Return the eve of the first day that the load changes."""
    first = transaction.query(_first_changed(fresh)).column("day")[0].as_py()
    return None if first is None else first - timedelta(days=1)


@built_once
def _first_changed(fresh: ir.Table) -> ir.Table:
    back = table("movement").filter(lambda t: (t.load_no == LOAD_NO) & (t.origin == "reversal"))
    days = stacked(fresh.select("happened_on"), back.select("happened_on"))
    return days.aggregate(day=days.happened_on.min())


def _value(transaction: Transaction, fresh: ir.Table, batch: Batch) -> None:
    if batch.costing == "stated":
        insert(transaction, valuation.value_stated(fresh), "movement")
        return
    valued, found = valuation.value_computed(transaction, fresh, method=batch.costing)
    kept = transaction.keep(found)
    if transaction.count(fresh):
        transaction.insert("movement", _shaped(valued, "movement"), certain=True)
    if transaction.count(kept):
        insert(transaction, _numbered_corrections(kept), "movement")


def insert(transaction: Transaction, rows: ir.Table, record: str) -> None:
    """Append valued movements that correct nothing, or say what they correct."""
    transaction.insert(record, _shaped(rows, record))


@built_once
def _shaped(rows: ir.Table, record: str) -> ir.Table:
    names = RECORDS[record].names
    absent = [name for name in ("corrects", "kit_line") if name not in rows.columns]
    rows = rows.mutate(**{name: ibis.null("int64") for name in absent})
    return rows.select(*names)


@built_once
def _numbered_corrections(rows: ir.Table) -> ir.Table:
    """Number corrections after the load's own movements."""
    start = LOAD_NO.cast("int64") * SEQUENCE_STEP + SEQUENCE_STEP // 1000 * CORRECTIONS
    order = [rows.corrects, rows.item_id, rows.location_id, rows.kind, rows.happened_on]
    number = ibis.row_number().over(order_by=order).cast("int64") + start
    zero = ibis.literal(0, "int64")
    return rows.mutate(movement_id=number, sequence=zero, place=zero, digest=zero, load_no=LOAD_NO)
