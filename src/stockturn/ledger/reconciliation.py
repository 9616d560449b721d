"""Stated balances and flows become movements, and what does not tie is said.

A source that states, per item, location and day (or month), a closing balance and what came in and
went out is read as movements: an opening, a receipt, an issue, an adjustment. The stated balance is
then compared with the balance that those flows lead to; a difference becomes a movement of kind
``unexplained`` with the row it was found on, never a silent plug. Where the row states a unit cost,
the value on hand is balance x cost, and a change of cost between two rows is a ``revaluation``.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from stockturn.ledger.schema import ENTRIES, QUANTITY, VALUE
from stockturn.ledger.tables import amount, shaped, stacked


def with_previous(balances: ir.Table, before: ir.Table) -> ir.Table:
    """Add what was on hand before each row, in quantity and in value, and what is unexplained.

    Args:
        balances: Entry rows of grain item x location x day (schema ``ENTRIES["balance"]``).
        before: The ledger's stock before each item-location's first row here: item, location,
            ``known_quantity``, ``known_value``, ``known`` (true where the ledger has movements).
    """
    zero = ibis.literal(0).cast(QUANTITY)
    rows = balances.mutate(
        received=balances.received.fill_null(zero),
        issued=balances.issued.fill_null(zero),
        adjusted=balances.adjusted.fill_null(zero),
    )
    window = ibis.window(
        group_by=[rows.item, rows.location], order_by=[rows.happened_on, rows.row_no]
    )
    rows = rows.mutate(
        flow=(rows.received - rows.issued + rows.adjusted).cast(QUANTITY),
        first=ibis.row_number().over(window) == 0,
        last_balance=rows.balance.lag().over(window),
        last_cost=rows.unit_cost.lag().over(window),
    )
    rows = rows.left_join(
        before, [rows.item == before.item, rows.location == before.location]
    ).drop("item_right", "location_right")
    fresh = rows.first & ~rows.known.fill_null(False)
    previous = ibis.cases(
        (fresh, rows.opening.fill_null((rows.balance - rows.flow).cast(QUANTITY))),
        (rows.first, rows.known_quantity),
        else_=rows.last_balance,
    ).cast(QUANTITY)
    rows = rows.mutate(fresh=fresh, previous=previous)
    rows = rows.mutate(unexplained=(rows.balance - rows.previous - rows.flow).cast(QUANTITY))
    cost = rows.unit_cost
    value_before = ibis.cases(
        (rows.fresh, amount(rows.previous, cost)),
        (rows.first, rows.known_value),
        else_=amount(rows.last_balance, rows.last_cost),
    )
    moved = amount(rows.flow, cost) + amount(rows.unexplained, cost)
    rows = rows.mutate(revalued=(amount(rows.balance, cost) - value_before - moved).cast(VALUE))
    # Most rows of a daily card say that nothing happened.
    changes = (rows.received, rows.issued, rows.adjusted, rows.unexplained, rows.revalued)
    quiet = ~rows.fresh
    for change in changes:
        quiet = quiet & (change.fill_null(0) == 0)
    return rows.filter(~quiet)


def movements_of_balances(held: ir.Table) -> ir.Table:
    """Turn stated balances, as :func:`with_previous` returns them, into movement entries.

    Returns:
        Rows of schema ``ENTRIES["movement"]`` with ``value`` stated where the row has a cost. An
        opening is dated on the day before the first row, so that it counts on the first day.
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
        "happened_on": day,
        "kind": ibis.literal(kind),
        "quantity": quantity,
        "value": value,
    }
    return shaped(rows, ENTRIES["movement"], given)
