"""Reading a turnover case's inputs into facts.

Nothing is guessed: an average or flow that the inputs do not give makes the key that needs it
unsupported, while one that is given as null answers null.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from stockturn.cli.known_answers.case import unsupported
from stockturn.cli.known_answers.periods import PERIODS_PER_YEAR, span_of
from stockturn.cli.known_answers.reading import Inputs, day
from stockturn.cli.known_answers.turnover_balances import (
    OPENING,
    read_ledger,
    read_new_item,
    read_spans,
)
from stockturn.cli.known_answers.turnover_facts import Facts
from stockturn.metrics import formulas
from stockturn.metrics.query import Period, Value

DESCRIPTIVE = frozenset(
    {"category", "company", "currency", "description", "group", "item", "location", "name", "note"}
    | {"product", "site", "sku", "title", "unit", "warehouse"}
)

_COST = ("cogs", "cogs_gross", "cost_of_goods_sold", "cost_of_sales", "cogs_after_receipt")
_COST_TOO = ("monthly_cogs", "cogs_by_month", "cogs_ytd", "cogs_year_to_date", "ytd_cogs")
_COST_LISTED = ("quarterly_cogs", "cogs_by_quarter", "annual_cogs", "forecast_usage_value")
_RETURNED = ("cogs_returned", "returned_cogs", "returns_at_cost", "cogs_of_returns")
_DROPSHIP = ("cogs_dropship", "dropship_cogs", "dropship", "drop_ship_cogs", "cogs_drop_ship")
_QUANTITY = ("usage_qty", "consumption", "usage", "consumption_qty", "issues", "issue_qty")
_SALES = ("revenue", "revenue_net", "sales", "net_sales", "monthly_sales", "sales_revenue")
_GIVEN = ("average_inventory", "avg_inv", "average_stock", "average_stock_qty", "avg_inv_cost")
_GIVEN_MORE = ("stock_holding_value", "inventory_value", "stock_value")
_GIVEN_TOO = ("avg_inventory", "avg_stock", "average_inventory_cost", "average_inventory_value")
_CLOSING = ("closing", "closing_inventory", "closing_stock", "closing_balance", "end_inventory")
_MONTH_ENDS = ("month_end", "month_ends", "month_end_stock", "month_end_inventory", "points")
_MONTH_ENDS_TOO = ("month_end_stocks", "month_end_balances", "month_end_values", "monthly_closing")
_REPORT = ("report_date", "report_end", "report")
_REPORT_DAYS = {"Q1": 90, "H1": 180, "Q2": 180, "Q3": 270, "FY": 360, "Q4": 360}
"""Days of a year-to-date report by its name."""
_YEAR = ("year_days", "days_in_year", "days_per_year", "day_count")
_DAYS = ("period_days", "days", "days_in_period")


def facts_of(inputs: Inputs, outer: Facts | None = None) -> Facts:
    """Read one member's or one company's inputs; ``outer`` lends its period to members."""
    facts = Facts(unit=_unit(inputs))
    _read_period(inputs, facts, outer)
    _read_flows(inputs, facts)
    _read_points(inputs, facts)
    read_spans(inputs, facts)
    read_ledger(inputs, facts)
    read_new_item(inputs, facts)
    facts.method = _method(inputs, facts, outer)
    return facts


def _unit(inputs: Inputs) -> str | None:
    unit = inputs.raw("unit", "uom")
    return None if unit is None else str(unit)


def _read_period(inputs: Inputs, facts: Facts, outer: Facts | None) -> None:
    year = inputs.number(*_YEAR)
    facts.period_days = inputs.number(*_DAYS)
    facts.periods_per_year = inputs.number("periods_per_year")
    months = inputs.number("months", "months_in_period")
    facts.annualise = inputs.flag("annualise", "annualize")
    report = inputs.raw(*_REPORT)
    if report is not None or inputs.flag("year_to_date", "ytd"):
        year = Decimal(360) if year is None else year
    if report is None:
        _name_period(inputs, facts)
    else:
        _name_report(report, facts)
    if months is not None:
        facts.periods_per_year = Decimal(12) / months
    if year is None and facts.period_days == 360:
        year = Decimal(360)
    if year is not None:
        facts.year_days = year
    if outer is not None and not _has_length(facts):
        facts.period_days, facts.span = outer.period_days, outer.span
        facts.periods_per_year, facts.year_days = outer.periods_per_year, outer.year_days


def _name_report(report: Any, facts: Facts) -> None:
    """A Chinese interim report: from 1 January to its date, or 90, 180, 270 or 360 days."""
    name = str(report).strip().upper()
    if name not in _REPORT_DAYS:
        last = day(report, "report")
        facts.span = Period(date(last.year, 1, 1), last + timedelta(days=1))
        return
    counted = Decimal(_REPORT_DAYS[name])
    if facts.period_days not in {None, counted}:
        raise unsupported("报告期与天数不符", "the report and its days disagree")
    facts.period_days = counted


def _has_length(facts: Facts) -> bool:
    return any(one is not None for one in (facts.period_days, facts.periods_per_year, facts.span))


def _name_period(inputs: Inputs, facts: Facts) -> None:
    """A period by name (quarter), or by dates."""
    name = inputs.raw("period_type") if inputs.has("period_type") else None
    if name is None and inputs.has("period"):
        given = inputs.raw("period")
        name = given if isinstance(given, str) and given.lower() in PERIODS_PER_YEAR else None
    if name is None:
        facts.span = span_of(inputs, facts.period_days)
        return
    word = str(name).lower().replace("-", "_")
    if word not in PERIODS_PER_YEAR:
        raise unsupported("不认识的期间 {text}", "unknown period {text}", text=name)
    count = Decimal(PERIODS_PER_YEAR[word])
    if facts.periods_per_year not in {None, count}:
        raise unsupported("期间与 periods_per_year 不符", "period and periods_per_year disagree")
    facts.periods_per_year = None if facts.period_days is not None else count


def _read_flows(inputs: Inputs, facts: Facts) -> None:
    gross = _gross_cost(inputs)
    if gross is not None:
        returned = inputs.number(*_RETURNED) if inputs.has(*_RETURNED) else Decimal(0)
        facts.flows["cost_gross"] = facts.flows["cost"] = gross.number
        if gross.number is not None:
            facts.flows["cost"] = None if returned is None else gross.number - returned
    facts.dropship = inputs.number(*_DROPSHIP)
    if inputs.has(*_QUANTITY):
        facts.flows["quantity"] = _flow(inputs, _QUANTITY)
    elif inputs.has("daily_demand"):
        # A rate: the flow of one day, meaningful as turns a year only.
        facts.flows["quantity"] = inputs.number("daily_demand")
        facts.period_days, facts.annualise = Decimal(1), True
    if inputs.has(*_SALES):
        facts.flows["sales"] = _flow(inputs, _SALES)
    elif inputs.has("revenue_gross"):
        facts.flows["sales"] = inputs.need("revenue_gross") - inputs.need("revenue_returned")
    if inputs.has("gross_margin", "gross_profit"):
        facts.margin = Value(inputs.number("gross_margin", "gross_profit"))
    facts.inventories = inputs.number("inventories", "inventory")
    facts.basis = _basis(inputs.word("basis", "cost_basis"))


def _gross_cost(inputs: Inputs) -> Value | None:
    """Cost of goods sold, or opening + purchases - closing; None when neither is given."""
    names = (*_COST, *_COST_TOO, *_COST_LISTED)
    if inputs.has(*names):
        return Value(_flow(inputs, names))
    if inputs.has("purchases", "net_purchases"):
        bought = inputs.need("purchases", "net_purchases")
        return Value(inputs.need(*OPENING) + bought - inputs.need(*_CLOSING))
    return None


def _flow(inputs: Inputs, names: Iterable[str]) -> Decimal | None:
    """One amount, or the sum of a list by month; a missing month leaves the sum unknown."""
    names = tuple(names)
    name = next(one for one in names if inputs.has(one))
    if not isinstance(inputs.raw(*names), list):
        return inputs.number(name)
    parts = inputs.numbers(name) or []
    if any(part is None for part in parts):
        return None
    return sum((part for part in parts if part is not None), Decimal(0))


def _basis(word: str | None) -> str | None:
    if word is None:
        return None
    first = word.split(",")[0].split("_")[0]
    names = {"cost": "cost", "cogs": "cost", "quantity": "quantity", "sales": "sales"}
    names["revenue"] = "sales"
    if first not in names:
        raise unsupported("不认识的口径 {word}", "unknown basis {word}", word=word)
    return names[first]


def _read_points(inputs: Inputs, facts: Facts) -> None:
    """Averages that need points only: given, two-point, N + 1 and chain."""
    if inputs.has(*_GIVEN, *_GIVEN_TOO, *_GIVEN_MORE):
        facts.averages["given"] = _given(inputs.number(*_GIVEN, *_GIVEN_TOO, *_GIVEN_MORE))
    average = inputs.raw("average")
    if average is not None and not isinstance(average, str):
        facts.averages["given"] = _given(inputs.number("average"))
    opening, closing = inputs.number(*OPENING), inputs.number(*_CLOSING)
    month_ends = inputs.numbers(*_MONTH_ENDS, *_MONTH_ENDS_TOO)
    if inputs.has(*OPENING) and month_ends is not None:
        ends = _with_closing(month_ends, closing, inputs.has(*_CLOSING), facts)
        facts.averages["n_point"] = formulas.n_point_average(opening, ends)
        facts.averages["chain"] = formulas.chain_average(opening, ends)
        facts.averages["two_point"] = formulas.two_point_average(opening, ends[-1])
    elif inputs.has(*OPENING) and inputs.has(*_CLOSING):
        facts.averages["two_point"] = formulas.two_point_average(opening, closing)
    elif month_ends is not None:
        raise unsupported("有月末数但没有期初数", "there are month ends but no opening")


def _given(average: Decimal | None) -> Value:
    return Value(average, formulas.UNKNOWN_AVERAGE if average is None else None)


def _with_closing(
    month_ends: list[Decimal | None],
    closing: Decimal | None,
    has_closing: bool,
    facts: Facts,
) -> list[Decimal | None]:
    """Month ends that include the last one; the closing is either repeated or the missing last."""
    if not month_ends:
        raise unsupported("月末列表是空的", "the list of month ends is empty")
    if not has_closing or month_ends[-1] == closing:
        return month_ends
    months = None if facts.periods_per_year is None else 12 / facts.periods_per_year
    if months is not None and len(month_ends) + 1 == months:
        return [*month_ends, closing]
    raise unsupported("期末数与最后一个月末不符", "closing and the last month end disagree")


_NAMES = {
    "two_point": "two_point",
    "2_point": "two_point",
    "n_point": "n_point",
    "n_plus_1": "n_point",
    "n+1": "n_point",
    "month_end": "n_point",
    "chain": "chain",
    "daily": "daily",
    "day_weighted": "daily",
}


def _method(inputs: Inputs, facts: Facts, outer: Facts | None) -> str | None:
    """The average asked for, else the closest one that the inputs give."""
    average = inputs.raw("average")
    word = average if isinstance(average, str) else inputs.raw("average_method")
    if word is not None:
        name = _NAMES.get(str(word).strip().lower().replace("-", "_").replace(" ", "_"))
        if name is None or name not in facts.averages:
            raise unsupported("无法按 {word} 求平均", "cannot average by {word}", word=word)
        return name
    if outer is not None and outer.method in facts.averages:
        return outer.method
    order = ("given", "daily", "n_point", "two_point")
    return next((name for name in order if name in facts.averages), None)
