"""Averages by day: from spans, daily balances, a ledger, or an item new in the period."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from stockturn.cli.known_answers.case import unsupported
from stockturn.cli.known_answers.reading import Inputs, day
from stockturn.cli.known_answers.turnover_facts import Facts
from stockturn.metrics import formulas
from stockturn.metrics.query import Value

OPENING = ("opening", "opening_inventory", "opening_stock", "opening_balance", "begin_inventory")
_SPANS = ("stock_by_interval", "stock_by_intervals", "intervals")
_DAILY = ("daily_balances", "daily_balance", "daily_closing_stock", "daily_closing", "balances")
_LEDGER = ("ledger", "movements")


def read_spans(inputs: Inputs, facts: Facts) -> None:
    """The day-weighted average from (days, balance) spans or one balance a day."""
    rows = inputs.raw(*_SPANS)
    daily = inputs.numbers(*_DAILY)
    if rows is not None and daily is not None:
        raise unsupported("日结存给了两次", "daily balances are given twice")
    if rows is not None:
        spans = [_pair(row) for row in rows]
    elif daily is not None and not any(balance is None for balance in daily):
        spans = [(Decimal(1), balance) for balance in daily if balance is not None]
    elif daily is not None:
        facts.averages["daily"] = Value(None, formulas.UNKNOWN_AVERAGE)
        return
    else:
        return
    _use_spans(facts, spans)
    # Without a stated opening, the first span's balance stands for it.
    if rows is not None and spans:
        two_point = formulas.two_point_average(spans[0][1], spans[-1][1])
        facts.averages.setdefault("two_point", two_point)


def _use_spans(facts: Facts, spans: list[tuple[Decimal, Decimal]]) -> None:
    length = sum((days for days, _ in spans), Decimal(0))
    if facts.period_days is None and facts.span is None:
        facts.period_days = length
    if length != facts.days(Decimal(365)):
        raise unsupported("区间天数之和不等于期间天数", "the spans do not add to the period")
    integral = formulas.integral_of_spans(spans)
    facts.averages["daily"] = formulas.daily_average(integral, length)


def _pair(row: Any) -> tuple[Decimal, Decimal]:
    if isinstance(row, Mapping):
        one = Inputs(row, frozenset())
        pair = (one.need("days"), one.need("balance", "stock", "qty", "value"))
        one.finish()
        return pair
    days, balance = row
    return Decimal(str(days)), Decimal(str(balance))


def read_ledger(inputs: Inputs, facts: Facts) -> None:
    """Flows, points and the daily average from dated movements and a dated period.

    A negative quantity or value is consumption, unless ``kind`` says transfer, count or adjustment;
    a customer return takes consumption back.
    """
    rows = inputs.raw(*_LEDGER)
    if rows is None:
        return
    if facts.span is None:
        raise unsupported("流水缺少期间", "the ledger has no dated period")
    stock = inputs.number(*OPENING) or Decimal(0)
    by_day: dict[date, Decimal] = {}
    used = Decimal(0)
    basis = "quantity"
    for row in rows:
        on, amount, kind, basis = _movement(row)
        if on < facts.span.begin:
            stock += amount
        elif on < facts.span.end:
            by_day[on] = by_day.get(on, Decimal(0)) + amount
            used -= amount if _is_use(kind, amount) else 0
    opening, spans = stock, []
    for offset in range(facts.span.days):
        stock += by_day.get(facts.span.begin + timedelta(days=offset), Decimal(0))
        spans.append((Decimal(1), stock))
    _use_spans(facts, spans)
    facts.averages["two_point"] = formulas.two_point_average(opening, stock)
    facts.flows.setdefault(basis, used)


def _movement(row: Any) -> tuple[date, Decimal, str | None, str]:
    one = Inputs(row, frozenset({"balance", "note", "voucher"}))
    on, kind = day(one.raw("date", "on"), "date"), one.word("kind", "type")
    if one.has("value", "cost"):
        basis, amount = "cost", one.need("value", "cost")
        one.raw("qty", "quantity")
    else:
        basis, amount = "quantity", one.need("qty", "quantity")
    one.finish()
    return on, amount, kind, basis


def _is_use(kind: str | None, amount: Decimal) -> bool:
    if kind is None:
        return amount < 0
    kinds = {"issue", "sale", "sale_issue", "consumption", "usage", "production_issue"}
    others = {"receipt", "purchase", "transfer", "transfer_in", "transfer_out", "adjustment"}
    others |= {"count", "opening", "scrap", "supplier_return"}
    if kind in kinds or kind in {"customer_return", "sale_return"}:
        return True
    if kind in others:
        return False
    raise unsupported("不认识的流水类型 {kind}", "unknown kind {kind}", kind=kind)


def read_new_item(inputs: Inputs, facts: Facts) -> None:
    """An item first received inside the period: its average over the period and over days held."""
    first = inputs.number("first_receipt_day")
    if first is None:
        return
    stock = inputs.need("stock_from_first_receipt")
    length = facts.days(Decimal(365))
    facts.held_days = length - first + 1
    spans = [(first - 1, Decimal(0)), (facts.held_days, stock)]
    _use_spans(facts, spans)
    facts.averages["held"] = formulas.daily_average(
        formulas.integral_of_spans(spans), facts.held_days
    )
