"""Known answers of topic demand_rate, through ``demand.rate``.

Understood: a consumed quantity (or a list by month) over a period in days or months, with stock-out
days given, or counted from daily closing balances or a ledger; monthly demand and stock on hand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from stockturn.cli.known_answers.case import unsupported
from stockturn.cli.known_answers.periods import span_of
from stockturn.cli.known_answers.reading import Inputs, day, number
from stockturn.demand import rate
from stockturn.metrics.query import Period, Value

_METHODS: dict[str, rate.RateMethod | str] = {
    "default": "days_with_stock",
    "days_with_stock": "days_with_stock",
    "msh": "months_less_stockout",
    "months_less_stockout": "months_less_stockout",
    "openboxes": "openboxes",
}


@dataclass
class _Facts:
    """What the inputs say; None is not given."""

    quantity: Decimal | None = None
    period_days: Decimal | None = None
    months: Decimal | None = None
    stockout_days: Decimal | None = None
    days_per_month: Decimal = rate.DAYS_PER_MONTH
    method: str = "days_with_stock"
    stock: Decimal | None = None
    monthly_demand: Decimal | None = None
    closing: list[Decimal] | None = None
    opening: Decimal | None = None
    rule: rate.StockoutRule = "opened_empty"
    before_first: Decimal | None = None
    moves: list[tuple[date, Decimal]] | None = None
    span: Period | None = None


def solve(inputs: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Compute every wanted rate or day count from the inputs alone."""
    facts = _read(Inputs(inputs))
    solved = {}
    for key in wanted:
        if key not in _ANSWERS:
            raise unsupported("不认识的键 {key}", "unknown key {key}", key=key)
        answer = _ANSWERS[key](facts)
        solved[key] = answer.number if isinstance(answer, Value) else answer
    return solved


def _read(read: Inputs) -> _Facts:
    facts = _Facts(
        quantity=_quantity(read),
        months=read.number("months", "period_months"),
        period_days=read.number("period_days", "demand_period_days", "days", "total_days"),
        stockout_days=read.number("stockout_days", "stock_out_days", "days_out_of_stock"),
        stock=read.number("quantity_on_hand", "on_hand", "qoh", "stock", "stock_on_hand"),
        monthly_demand=read.number("monthly_demand", "amc", "average_monthly_demand"),
        opening=read.number("opening", "opening_stock", "opening_balance"),
        before_first=_before_first(read),
    )
    per_month = read.number("days_per_month")
    facts.days_per_month = rate.DAYS_PER_MONTH if per_month is None else per_month
    facts.method = _method(read.word("method", "algorithm"))
    facts.rule = _rule(read.word("definition", "stockout_rule"))
    closing = read.numbers("daily_closing_stock", "daily_closing", "closing_stock")
    if closing is not None:
        facts.closing = [_known(balance) for balance in closing]
    with_stock = read.number("days_with_stock", "days_in_stock")
    if with_stock is not None:
        _settle(facts, "stockout_days", _days(facts) - with_stock)
    facts.span = span_of(read, facts.period_days)
    facts.moves = _moves(read)
    read.finish()
    _count(facts)
    return facts


def _quantity(read: Inputs) -> Decimal | None:
    names = ("quantity", "total_demand", "consumption", "total_consumption", "demand", "issued")
    monthly = ("monthly_consumption", "consumption_by_month", "monthly_quantities")
    if read.has(*monthly):
        if read.has(*names):
            raise unsupported("消耗给了两次", "consumption is given twice")
        parts = read.numbers(*monthly) or []
        if any(part is None for part in parts):
            return None
        return sum((part for part in parts if part is not None), Decimal(0))
    return read.number(*names)


def _before_first(read: Inputs) -> Decimal | None:
    """Days before the first receipt, given as such or by the day (1 is the first)."""
    first = read.number("first_receipt_day")
    given = read.number("days_before_first_receipt")
    if first is not None and given is not None:
        raise unsupported("首次收货给了两次", "the first receipt is given twice")
    return given if first is None else first - 1


def _method(word: str | None) -> str:
    if word is None:
        return "days_with_stock"
    if word not in _METHODS:
        raise unsupported("不认识的方法 {method}", "unknown method {method}", method=word)
    return _METHODS[word]


def _rule(words: str | None) -> rate.StockoutRule:
    if words is None or words == "opened_empty" or "previous_day" in words:
        return "opened_empty"
    if words in {"closed_empty", "a_day_is_out_of_stock_when_it_closed_at_0"}:
        return "closed_empty"
    raise unsupported("不认识的缺货定义：{words}", "unknown definition: {words}", words=words)


def _moves(read: Inputs) -> list[tuple[date, Decimal]] | None:
    rows = read.raw("ledger", "movements")
    if rows is None:
        return None
    moves = []
    for row in rows:
        if isinstance(row, Mapping):
            one = Inputs(row, frozenset({"voucher", "kind", "note"}))
            moves.append((day(one.raw("date", "on"), "date"), one.need("qty", "quantity")))
            one.finish()
        else:
            when, quantity = row
            moves.append((day(when, "date"), number(quantity, "qty")))
    return moves


def _count(facts: _Facts) -> None:
    """Fill in the days and quantities that balances or a ledger tell."""
    if facts.before_first is not None and facts.closing is not None and facts.opening is None:
        facts.opening = Decimal(0)
    if facts.closing is not None:
        _settle(facts, "period_days", Decimal(len(facts.closing)))
        out = rate.days_out_of_stock(facts.closing, facts.rule, facts.opening)
        _settle(facts, "stockout_days", Decimal(out))
    if facts.moves is not None and facts.span is not None:
        days = rate.stock_days(facts.moves, facts.span, facts.opening or 0, facts.rule)
        _settle(facts, "stockout_days", Decimal(days.out_of_stock))
        span = facts.span
        used = (-q for on, q in facts.moves if q < 0 and span.begin <= on < span.end)
        _settle(facts, "quantity", sum(used, Decimal(0)))
    if facts.span is not None:
        _settle(facts, "period_days", Decimal(facts.span.days))
    if facts.before_first is not None and facts.closing is None and facts.moves is None:
        facts.stockout_days = (facts.stockout_days or Decimal(0)) + facts.before_first


def _settle(facts: _Facts, name: str, counted: Decimal) -> None:
    given = getattr(facts, name)
    if given is not None and given != counted:
        raise unsupported(
            "{name} 给的是 {given}，数出来是 {counted}",
            "{name} is given as {given} but counts {counted}",
            name=name,
            given=given,
            counted=counted,
        )
    setattr(facts, name, counted)


def _rate(method: str, *, corrected: bool = True) -> Callable[[_Facts], Value]:
    def answer(facts: _Facts) -> Value:
        chosen = facts.method if method == "given" else method
        if chosen == "openboxes":
            return _openboxes(facts)
        out = facts.stockout_days or Decimal(0) if corrected else Decimal(0)
        if chosen == "months_less_stockout":
            return rate.monthly_rate(
                facts.quantity,
                facts.period_days,
                out,
                facts.days_per_month,
                "months_less_stockout",
                facts.months,
            )
        return rate.monthly_rate(facts.quantity, _days(facts), out, facts.days_per_month)

    return answer


def _days(facts: _Facts) -> Decimal:
    if facts.period_days is not None:
        return facts.period_days
    if facts.months is not None:
        return facts.months * facts.days_per_month
    raise unsupported("缺少期间天数", "the period's days are missing")


def _openboxes(facts: _Facts) -> Value:
    return rate.monthly_rate_floor_months(facts.quantity, int(_days(facts)))


def _per_day(*, corrected: bool) -> Callable[[_Facts], Value]:
    def answer(facts: _Facts) -> Value:
        out = facts.stockout_days or Decimal(0) if corrected else Decimal(0)
        return rate.monthly_rate(facts.quantity, _days(facts), out, days_per_month=1)

    return answer


def _on_hand(*, zero: bool) -> Callable[[_Facts], Value]:
    def answer(facts: _Facts) -> Value:
        if facts.stock is None:
            raise unsupported("缺少现有库存", "stock on hand is missing")
        demand = facts.monthly_demand
        openboxes = zero or facts.method == "openboxes"
        if demand is None and facts.quantity is not None:
            chosen = _openboxes(facts) if openboxes else _rate("given")(facts)
            demand = chosen.number
        elif demand is None:
            raise unsupported("缺少月需求", "monthly demand is missing")
        return rate.months_on_hand(facts.stock, demand, zero_without_demand=openboxes)

    return answer


def _out(rule: rate.StockoutRule | None) -> Callable[[_Facts], Decimal | int]:
    def answer(facts: _Facts) -> Decimal | int:
        if rule is not None and facts.closing is not None:
            return rate.days_out_of_stock(facts.closing, rule, facts.opening)
        if facts.stockout_days is None or rule is not None:
            raise unsupported("数不出缺货天数", "days out of stock cannot be counted")
        return facts.stockout_days

    return answer


def _with_stock(facts: _Facts) -> Decimal:
    return _days(facts) - (facts.stockout_days or Decimal(0))


def _thirty(facts: _Facts) -> Value:
    return rate.monthly_rate_thirty_days(facts.quantity, _days(facts))


def _known(balance: Decimal | None) -> Decimal:
    if balance is None:
        raise unsupported("有一天没有结存", "a daily balance is missing")
    return balance


_ANSWERS: dict[str, Callable[[_Facts], Any]] = {
    **dict.fromkeys(
        ("amc", "average_monthly_consumption", "monthly_rate", "amc_corrected"), _rate("given")
    ),
    **dict.fromkeys(("amc_default", "amc_days_with_stock"), _rate("days_with_stock")),
    **dict.fromkeys(("amc_msh", "amc_months_less_stockout"), _rate("months_less_stockout")),
    **dict.fromkeys(
        ("amc_uncorrected", "amc_without_correction", "amc_naive", "uncorrected_amc"),
        _rate("given", corrected=False),
    ),
    **dict.fromkeys(("openboxes_monthly", "openboxes_monthly_demand"), _openboxes),
    **dict.fromkeys(("per_day_times_30", "per_day_x_30"), _thirty),
    **dict.fromkeys(
        ("per_day", "daily_demand", "daily_rate", "demand_per_day"), _per_day(corrected=False)
    ),
    **dict.fromkeys(("per_day_with_stock", "per_day_corrected"), _per_day(corrected=True)),
    **dict.fromkeys(("months_on_hand", "months_of_stock"), _on_hand(zero=False)),
    **dict.fromkeys(("openboxes_months_on_hand", "months_on_hand_openboxes"), _on_hand(zero=True)),
    **dict.fromkeys(("days_out_of_stock", "stockout_days", "stock_out_days"), _out(None)),
    "days_out_of_stock_opened_empty": _out("opened_empty"),
    "days_out_of_stock_closed_empty": _out("closed_empty"),
    **dict.fromkeys(("days_with_stock", "days_in_stock"), _with_stock),
}
WRONG_METHODS = {
    "amc_without_stockout_days": "amc",
    "uncorrected": "amc",
}
