"""Balances known in money alone, two points a month: the two-minute sheet as ledger data.

A row states what stood at a month's two ends, what was sold at cost and for how much. It becomes
movements of value with quantity 0: nobody counted pieces, so none are made up; the item's unit is
:data:`~stockturn.ledger.schema.VALUE_ONLY` and figures in quantity refuse it. What came in follows
from the row (closing - opening + cost of goods sold). Nothing is known of the days between the two
ends, so half of a month's change is booked on each of its middle days: the daily average of a month
is then the mean of its two points, exactly.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from stockturn.engines import Transaction
from stockturn.language import StockTurnError, Text
from stockturn.ledger.schema import ENTRIES, QUANTITY, VALUE, VALUE_ONLY
from stockturn.ledger.tables import month_of, shaped, stacked, table


class MonthsBooked(StockTurnError):
    """Months that the ledger holds already for a category."""

    code = "months_booked"
    status = 409
    exit_code = 3

    def __init__(self, item: str, month: str) -> None:
        super().__init__(
            Text(
                f"“{item}”在 {month} 或之后已经入账过一次，再导入会重复计算。"
                "请只导入之后的月份，或新建一个工作区；本次未写入任何数据。",
                f"“{item}” has been booked for {month} or later; a second time would count it "
                "twice. Load later months only, or make a new workspace; nothing was written.",
            )
        )


def movements_of_value_balances(transaction: Transaction, balances: ir.Table) -> ir.Table:
    """Turn rows known in money into movement entries with quantity 0.

    Args:
        transaction: Sees the ledger before this load.
        balances: Rows of schema ``ENTRIES["value_balance"]``, dated on their month's last day.

    Raises:
        MonthsBooked: the ledger has movements of a stand-in item from such a month on.
    """
    # Revenue goes its own way: on a movement it would be read as that of a sale.
    balances = balances.drop("revenue")
    known = _known(balances)
    _refuse_twice(transaction, balances, known)
    window = ibis.window(group_by=[balances.item, balances.location], order_by=balances.happened_on)
    rows = balances.mutate(before=balances.balance.lag().over(window))
    held = known.group_by("item").aggregate(worth=known.value.sum().cast(VALUE))
    rows = rows.left_join(held, "item").drop("item_right")
    begin = month_of(rows.happened_on)
    rows = rows.mutate(
        begin=begin,
        length=rows.happened_on.delta(begin, unit="day") + 1,
        previous=ibis.coalesce(rows.before, rows.worth),
        received=(rows.balance - rows.opening + rows.issued).cast(VALUE),
    )
    rows = transaction.keep(rows)
    fresh = rows.filter(rows.previous.isnull())
    carried = rows.filter(rows.previous.notnull())
    gap = (carried.opening - carried.previous).cast(VALUE)
    parts = [
        _entry(fresh, "opening", fresh.opening, fresh.begin - ibis.interval(days=1)),
        _entry(carried, "unexplained", gap, carried.begin),
    ]
    for kind, value in (("receipt", rows.received), ("sale_issue", -rows.issued)):
        half = (value / 2).round(4).cast(VALUE)
        middle = (rows.length / 2).floor().cast("int32"), (rows.length / 2).ceil().cast("int32")
        for share, days in zip((half, (value - half).cast(VALUE)), middle, strict=True):
            parts.append(_entry(rows, kind, share, rows.begin + days.as_interval("D")))
    return stacked(*parts)


def sales_of_value_balances(balances: ir.Table) -> ir.Table:
    """Revenue of the rows as sale entries, dated on the middle of their month."""
    rows = balances.filter(balances.revenue.notnull())
    middle = month_of(rows.happened_on) + ibis.interval(days=15)
    given = {"happened_on": middle.cast("date"), "quantity": _nothing()}
    return shaped(rows, ENTRIES["sale"], given)


def _known(balances: ir.Table) -> ir.Table:
    """Movements of the stand-in items that the ledger has."""
    items = table("item").filter(lambda t: t.unit == VALUE_ONLY).select("item", "item_id")
    named = items.semi_join(balances, "item")
    movements = table("movement").join(named, "item_id")
    return movements.select("item", "happened_on", "value")


def _refuse_twice(transaction: Transaction, balances: ir.Table, known: ir.Table) -> None:
    first = balances.group_by("item").aggregate(first=month_of(balances.happened_on.min()))
    again = known.join(first, "item")
    again = again.filter(again.happened_on >= again["first"]).order_by("item").limit(1)
    found = transaction.query(again.select("item", "first")).to_pylist()
    if found:
        raise MonthsBooked(found[0]["item"], f"{found[0]['first']:%Y-%m}")


def _entry(rows: ir.Table, kind: str, value: ir.Value, day: ir.Value) -> ir.Table:
    given = {
        "happened_on": day.cast("date"),
        "kind": ibis.literal(kind),
        "quantity": _nothing(),
        "value": value,
    }
    made = shaped(rows, ENTRIES["movement"], given)
    return made.filter(made.value != 0)


def _nothing() -> ir.Value:
    return ibis.literal(0).cast(QUANTITY)
