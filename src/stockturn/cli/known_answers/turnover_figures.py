"""One figure of a turnover case: picks flow, average and day count, and lets formulas compute."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from stockturn.cli.known_answers.case import unsupported
from stockturn.cli.known_answers.turnover_facts import Facts
from stockturn.cli.known_answers.turnover_keys import Ask, Measure
from stockturn.metrics import formulas
from stockturn.metrics.query import Value


def figure(ask: Ask, facts: Facts) -> Value | bool:
    """Compute what a key asks for.

    Raises:
        UnsupportedCase: The inputs do not give what the figure needs.
    """
    if ask.measure in {"has_reason", "row_kept"}:
        value: Value | None = _turnover(ask, facts)
        return value is not None and (ask.measure == "row_kept" or value.reason is not None)
    answer = _FIGURES[ask.measure](ask, facts)
    return answer.number is None if ask.choice("is_null") else answer


def _turnover(ask: Ask, facts: Facts) -> Value:
    """The period's turnover; annualised when the key or the case says so."""
    if facts.inventories is not None and not facts.averages:
        return _from_month_end(ask, facts)
    annualise = ask.choice("annualised", "period") == "annualised" or (
        facts.annualise and not ask.choice("period")
    )
    average, days = _average_and_days(ask, facts)
    value = formulas.turnover(_flow(ask, facts), average.number, days, _year(ask, facts), annualise)
    return value if average.number is not None else Value(None, average.reason)


def _from_month_end(ask: Ask, facts: Facts) -> Value:
    """Turns a year of a monthly inventories-to-sales ratio: 12 / ratio, on sales."""
    if ask.choice("annualised") is None:
        raise unsupported("月末库存只能算年化周转", "month-end stock gives turns per year only")
    sales = facts.flows.get("sales")
    return formulas.turnover(sales, facts.inventories, period_days=1, year_days=12)


def _days(ask: Ask, facts: Facts) -> Value:
    average, days = _average_and_days(ask, facts)
    return formulas.days_of_inventory(_flow(ask, facts), average.number, days)


def _average(ask: Ask, facts: Facts) -> Value:
    return _average_and_days(ask, facts)[0]


def _per_day(ask: Ask, facts: Facts) -> Value:
    average, days = _average_and_days(ask, facts)
    return formulas.turnover_per_day(_flow(ask, facts), average.number, days)


def _coverage(ask: Ask, facts: Facts) -> Value:
    average, days = _average_and_days(ask, facts)
    return formulas.coverage_days(average.number, _flow(ask, facts), days)


def _flow_per_day(ask: Ask, facts: Facts) -> Value:
    return formulas.annual(_flow(ask, facts), facts.days(_year(ask, facts)), 1)


def _flow_alone(ask: Ask, facts: Facts) -> Value:
    return Value(_flow(ask, facts))


def _inventories_to_sales(_ask: Ask, facts: Facts) -> Value:
    if facts.inventories is None:
        raise unsupported("缺少月末库存", "month-end inventories are missing")
    return formulas.inventories_to_sales(facts.inventories, facts.flows.get("sales"))


def _margin(_ask: Ask, facts: Facts) -> Value:
    if facts.margin is not None:
        return facts.margin
    _require(facts, "sales")
    _require(facts, "cost")
    return formulas.gross_margin(facts.flows["sales"], facts.flows["cost"])


def _margin_rate(_ask: Ask, facts: Facts) -> Value:
    _require(facts, "sales")
    if "cost" not in facts.flows and facts.margin is not None:
        sales, margin = facts.flows["sales"], facts.margin.number
        cost = None if sales is None or margin is None else sales - margin
        return formulas.gross_margin_rate(sales, cost)
    _require(facts, "cost")
    return formulas.gross_margin_rate(facts.flows["sales"], facts.flows["cost"])


def _margin_percent(ask: Ask, facts: Facts) -> Value:
    rate = _margin_rate(ask, facts)
    return Value(None if rate.number is None else rate.number * 100, rate.reason)


def _gmroi(ask: Ask, facts: Facts) -> Value:
    average, days = _average_and_days(ask, facts)
    annualise = facts.annualise or ask.choice("annualised") is not None
    year = _year(ask, facts)
    if facts.margin is not None:
        margin = facts.margin.number
        return formulas.turnover(margin, average.number, days, year, annualise)
    _require(facts, "sales")
    _require(facts, "cost")
    sales, cost = facts.flows["sales"], facts.flows["cost"]
    return formulas.gmroi(sales, cost, average.number, days, year, annualise)


def _one_more_turn(ask: Ask, facts: Facts) -> Value:
    average, days = _average_and_days(ask, facts)
    annual = formulas.annual(_flow(ask, facts), days, _year(ask, facts))
    return formulas.cash_of_one_more_turn(annual.number, average.number)


def _average_and_days(ask: Ask, facts: Facts) -> tuple[Value, Decimal]:
    """The average a key asks for, and the days it is taken over."""
    days = facts.days(_year(ask, facts))
    if ask.choice("held", "mixed") is not None:
        if facts.held_days is None:
            raise unsupported("没有首次收货日", "there is no first receipt")
        held = facts.averages["held"]
        return held, facts.held_days if ask.choice("held") else days
    name = ask.choice("daily", "two_point", "n_point", "chain") or facts.method
    if name is None or name not in facts.averages:
        raise unsupported(
            "输入给不出 {key} 所需的平均库存",
            "the inputs give no average inventory for {key}",
            key=ask.key,
        )
    return facts.averages[name], days


def _flow(ask: Ask, facts: Facts) -> Decimal | None:
    """The numerator on the key's basis, the case's, or the only one there is."""
    basis = ask.choice("cost", "quantity", "sales") or facts.basis
    if basis is None:
        basis = next((name for name in ("cost", "quantity", "sales") if name in facts.flows), "")
    if ask.choice("gross") is not None and basis == "cost":
        basis = "cost_gross"
    _require(facts, basis)
    amount = facts.flows[basis]
    # Goods that never were in stock do not turn it; the figure with them is told apart by name.
    if facts.dropship is not None and basis.startswith("cost") and amount is not None:
        return amount if ask.choice("with_dropship") else amount - facts.dropship
    return amount


def _require(facts: Facts, name: str) -> None:
    if name not in facts.flows:
        raise unsupported(
            "输入缺少发出、成本或收入", "issues, cost or revenue are missing in the inputs"
        )


def _year(ask: Ask, facts: Facts) -> Decimal:
    chosen = ask.choice("365", "360")
    return facts.year_days if chosen is None else Decimal(chosen)


_FIGURES: dict[Measure, Callable[[Ask, Facts], Value]] = {
    "turnover": _turnover,
    "days": _days,
    "average": _average,
    "per_day": _per_day,
    "coverage": _coverage,
    "flow_per_day": _flow_per_day,
    "flow": _flow_alone,
    "inventories_to_sales": _inventories_to_sales,
    "margin": _margin,
    "margin_rate": _margin_rate,
    "margin_percent": _margin_percent,
    "gmroi": _gmroi,
    "one_more_turn": _one_more_turn,
}
