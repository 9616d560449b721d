"""Stated balances and flows become movements, and what does not tie is said.

A source that states, per item, location and day (or month), a closing balance and what came in and
went out is read as movements: an opening, a receipt, an issue, an adjustment. The stated balance is
then compared with the balance that those flows lead to; a difference becomes a movement of kind
``unexplained`` with the row it was found on, never a silent plug. Where the movements of the same
time are stated one by one as well (a list beside its summary), the flows of the summary are those
movements again: they are compared, not booked a second time. Where the row states a unit cost,
the value on hand is balance x cost, and a change of cost between two rows is a ``revaluation``.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from stockturn.engines import built_once
from stockturn.ledger.schema import QUANTITY, RECORDS, VALUE
from stockturn.ledger.tables import LOAD_NO, amount, shaped, stacked


@built_once
def with_previous(balances: ir.Table) -> ir.Table:
    """Add what was on hand before each row, in quantity and in value, and what is unexplained.

    Args:
        balances: What a source states of an item x location x day (schema
            ``RECORDS["stated_balance"]``), with ``last_balance`` and ``last_cost`` of the row
            before it and, of the stated movements between the two, ``moved`` (quantity),
            ``moved_value``, ``moved_unvalued`` (quantity without a value) and ``moves`` (number).

    Returns:
        The rows on which something happened. Where there is no row before, the movements stated so
        far are what was on hand; without any of these, the row opens the item there.
    """
    zero = ibis.literal(0).cast(QUANTITY)
    rows = balances.mutate(
        received=balances.received.fill_null(zero),
        issued=balances.issued.fill_null(zero),
        adjusted=balances.adjusted.fill_null(zero),
        moved=balances.moved.fill_null(zero),
        moved_value=balances.moved_value.fill_null(0),
        moved_unvalued=balances.moved_unvalued.fill_null(zero),
        first=balances.last_day.isnull(),
    )
    rows = rows.mutate(
        flow=(rows.received - rows.issued + rows.adjusted).cast(QUANTITY),
        fresh=rows.first & (rows.moves.fill_null(0) == 0),
    )
    previous = ibis.cases(
        (rows.fresh, rows.opening.fill_null((rows.balance - rows.flow).cast(QUANTITY))),
        (rows.first, rows.moved),
        else_=(rows.last_balance + rows.moved).cast(QUANTITY),
    ).cast(QUANTITY)
    rows = rows.mutate(previous=previous)
    again = _stated_again(rows)
    rows = rows.mutate(
        received=again.ifelse(zero, rows.received),
        issued=again.ifelse(zero, rows.issued),
        adjusted=again.ifelse(zero, rows.adjusted),
        flow=again.ifelse(zero, rows.flow),
    )
    rows = rows.mutate(unexplained=(rows.balance - rows.previous - rows.flow).cast(QUANTITY))
    cost = rows.unit_cost
    between = rows.moved_value + amount(rows.moved_unvalued, cost)
    value_before = ibis.cases(
        (rows.fresh, amount(rows.previous, cost)),
        (rows.first, between.cast(VALUE)),
        else_=(amount(rows.last_balance, rows.last_cost) + between).cast(VALUE),
    )
    moved = amount(rows.flow, cost) + amount(rows.unexplained, cost)
    rows = rows.mutate(revalued=(amount(rows.balance, cost) - value_before - moved).cast(VALUE))
    # Most rows of a daily card say that nothing happened.
    changes = (rows.received, rows.issued, rows.adjusted, rows.unexplained, rows.revalued)
    quiet = ~rows.fresh
    for change in changes:
        quiet = quiet & (change.fill_null(0) == 0)
    return rows.filter(~quiet)


def _stated_again(rows: ir.Table) -> ir.BooleanValue:
    """Tell whether a row's flows are movements that were stated one by one already.

    They are where those movements alone lead to the balance, and also where neither they alone nor
    both together do: then a movement is missing, and what is missing is unexplained.
    """
    flows = (rows.received != 0) | (rows.issued != 0) | (rows.adjusted != 0)
    alone = rows.balance == rows.previous
    both = rows.balance == rows.previous + rows.flow
    return flows & (rows.moves.fill_null(0) > 0) & (alone | ~both)


@built_once
def movements_of_balances(held: ir.Table) -> ir.Table:
    """Turn stated balances, as :func:`with_previous` returns them, into movement entries.

    Returns:
        Rows of schema ``RECORDS["movement"]`` as far as they can be known before costing, with
        ``value`` stated where the row has a cost, and the day of the row as ``line``. An opening is
        dated on the day before the first row, so that it counts on the first day.
    """
    flows = [
        _movement(held, "receipt", held.received),
        _movement(held, "issue", -held.issued),
        _movement(held, "adjustment", held.adjusted),
        _movement(held, "unexplained", held.unexplained),
        _opening(held),
        _revaluation(held),
    ]
    return stacked(*flows)


def _movement(held: ir.Table, kind: str, quantity: ir.Value) -> ir.Table:
    rows = held.mutate(moved=quantity.cast(QUANTITY))
    rows = rows.filter(rows.moved != 0)
    if kind == "issue":
        kind = "sale_issue"
    return _shaped(rows, kind, rows.moved, amount(rows.moved, rows.unit_cost), rows.happened_on)


def _opening(held: ir.Table) -> ir.Table:
    rows = held.filter(held.fresh & (held.previous != 0))
    eve = rows.happened_on - ibis.interval(days=1)
    return _shaped(rows, "opening", rows.previous, amount(rows.previous, rows.unit_cost), eve)


def _revaluation(held: ir.Table) -> ir.Table:
    rows = held.filter(held.revalued.fill_null(0) != 0)
    nothing = ibis.literal(0).cast(QUANTITY)
    return _shaped(rows, "revaluation", nothing, rows.revalued, rows.happened_on)


def _shaped(
    rows: ir.Table, kind: str, quantity: ir.Value, value: ir.Value, day: ir.Value
) -> ir.Table:
    given = {
        "load_no": LOAD_NO,
        "origin": ibis.literal("derived"),
        "kind": ibis.literal(kind),
        "status": ibis.literal("available"),
        "quantity": quantity,
        "value": value,
        "intercompany": ibis.literal(False),
        "line": rows.happened_on.cast("string"),
    }
    skip = ("movement_id", "sequence", "place", "digest", "quantity_uncosted", "cost_source")
    return shaped(rows, RECORDS["movement"], {**given, "happened_on": day}, skip=skip)
