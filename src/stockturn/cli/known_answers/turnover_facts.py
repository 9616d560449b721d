"""What a turnover case says: flows, averages and the length of its period.

Nothing is guessed: an average or flow that the inputs do not give makes the key that needs it
unsupported, while one that is given as null answers null.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from stockturn.cli.known_answers.case import unsupported
from stockturn.cli.known_answers.periods import PERIODS_PER_YEAR, span_of
from stockturn.cli.known_answers.reading import Inputs, day
from stockturn.metrics import formulas
from stockturn.metrics.query import Basis, Period, Value

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
_OPENING = ("opening", "opening_inventory", "opening_stock", "opening_balance", "begin_inventory")
_CLOSING = ("closing", "closing_inventory", "closing_stock", "closing_balance", "end_inventory")
_MONTH_ENDS = ("month_end", "month_ends", "month_end_stock", "month_end_inventory", "points")
_MONTH_ENDS_TOO = ("month_end_stocks", "month_end_balances", "month_end_values", "monthly_closing")
_SPANS = ("stock_by_interval", "stock_by_intervals", "intervals")
_DAILY = ("daily_balances", "daily_balance", "daily_closing_stock", "daily_closing", "balances")
_REPORT = ("report_date", "report_end", "report")
_REPORT_DAYS = {"Q1": 90, "H1": 180, "Q2": 180, "Q3": 270, "FY": 360, "Q4": 360}
"""Days of a year-to-date report by its name."""
_LEDGER = ("ledger", "movements")
_YEAR = ("year_days", "days_in_year", "days_per_year", "day_count")
_DAYS = ("period_days", "days", "days_in_period")


@dataclass
class Facts:
    """Flows and averages by name, and the period.

    Attributes:
        flows: ``cost`` (net), ``cost_gross``, ``quantity``, ``sales``; absent means not given.
        averages: ``given``, ``two_point``, ``n_point``, ``chain``, ``daily``, ``held``.
        method: The average that keys without one of their own use.
        period_days: Length of the period, or None when only a share of a year is known.
        periods_per_year: Periods in a year, or None when days are given.
        year_days: Days of a year, 365 unless the case says 360.
        held_days: Days from the first receipt on, for items new in the period.
    """

    flows: dict[str, Decimal | None] = field(default_factory=dict)
    averages: dict[str, Value] = field(default_factory=dict)
    method: str | None = None
    basis: str | None = None
    annualise: bool = False
    dropship: Decimal | None = None
    period_days: Decimal | None = None
    periods_per_year: Decimal | None = None
    year_days: Decimal = Decimal(365)
    held_days: Decimal | None = None
    span: Period | None = None
    unit: str | None = None
    margin: Value | None = None
    inventories: Decimal | None = None

    def days(self, year: Decimal) -> Decimal:
        """Days of the period on a year of ``year`` days.

        Without any length the case speaks of a year. A calendar year of 365 or 366 days is one
        year on 360 too.
        """
        if self.span is not None:
            basis = Basis(days=360) if year == 360 else Basis()
            return Decimal(formulas.period_days(self.span, basis))
        if self.periods_per_year is not None:
            return year / self.periods_per_year
        if self.period_days is None or (year == 360 and self.period_days in {365, 366}):
            return year
        return self.period_days


def facts_of(inputs: Inputs, outer: Facts | None = None) -> Facts:
    """Read one member's or one company's inputs; ``outer`` lends its period to members."""
    facts = Facts(unit=_unit(inputs))
    _read_period(inputs, facts, outer)
    _read_flows(inputs, facts)
    _read_points(inputs, facts)
    _read_spans(inputs, facts)
    _read_ledger(inputs, facts)
    _read_new_item(inputs, facts)
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
        facts.flows["cost_gross"] = gross.number
        known = gross.number is not None and returned is not None
        facts.flows["cost"] = gross.number - returned if known else None  # type: ignore[operator]
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
        return Value(inputs.need(*_OPENING) + bought - inputs.need(*_CLOSING))
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
    opening, closing = inputs.number(*_OPENING), inputs.number(*_CLOSING)
    month_ends = inputs.numbers(*_MONTH_ENDS, *_MONTH_ENDS_TOO)
    if inputs.has(*_OPENING) and month_ends is not None:
        ends = _with_closing(month_ends, closing, inputs.has(*_CLOSING), facts)
        facts.averages["n_point"] = formulas.n_point_average(opening, ends)
        facts.averages["chain"] = formulas.chain_average(opening, ends)
        facts.averages["two_point"] = formulas.two_point_average(opening, ends[-1])
    elif inputs.has(*_OPENING) and inputs.has(*_CLOSING):
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


def _read_spans(inputs: Inputs, facts: Facts) -> None:
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


def _read_ledger(inputs: Inputs, facts: Facts) -> None:
    """Flows, points and the daily average from dated movements and a dated period.

    A negative quantity or value is consumption, unless ``kind`` says transfer, count or adjustment;
    a customer return takes consumption back.
    """
    rows = inputs.raw(*_LEDGER)
    if rows is None:
        return
    if facts.span is None:
        raise unsupported("流水缺少期间", "the ledger has no dated period")
    stock = inputs.number(*_OPENING) or Decimal(0)
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


def _read_new_item(inputs: Inputs, facts: Facts) -> None:
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
