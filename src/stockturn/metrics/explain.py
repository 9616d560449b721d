"""What a figure is made of: the parts its formula uses, each with its own number."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from stockturn.engines import DuckDBEngine
from stockturn.language import Text
from stockturn.metrics.age_measures import CLOCKS, on_a_clock
from stockturn.metrics.answer import ask, counted_period
from stockturn.metrics.formulas import effective_period, period_days
from stockturn.metrics.measure import Measure, Unit
from stockturn.metrics.measures import measure
from stockturn.metrics.numerator import NUMERATOR_ALL, NUMERATOR_SALES
from stockturn.metrics.query import EVERYTHING, Basis, Clock, MetricQuery, Period, Scope, Value

PARTS: dict[str, tuple[str, ...]] = {
    "turnover": (
        "turnover_numerator",
        "average_inventory",
        "opening_inventory",
        "closing_inventory",
    ),
    "days_of_inventory": ("turnover_numerator", "average_inventory", "turnover"),
    "one_more_turn": ("turnover_numerator", "average_inventory", "turnover"),
    "average_inventory": ("opening_inventory", "closing_inventory"),
    "gross_margin": ("revenue", "cogs"),
    "gross_margin_rate": ("gross_margin", "revenue"),
    "gmroi": ("gross_margin", "average_inventory"),
    "slow_moving_rate": ("slow_moving_value", "closing_inventory"),
    "dead_stock_rate": ("dead_stock_value", "closing_inventory"),
    "closing_inventory": ("opening_inventory", "receipts", "issues"),
}
"""Measure -> the measures that its formula names."""

DAYS = Text("期间天数", "Days of the period")
YEAR = Text("年天数", "Days of the year")

OTHER_BASES: tuple[Basis, ...] = (
    Basis("daily"),
    Basis("two-point"),
    Basis("n-point"),
    Basis("two-point", days=360, annualise=False, year_to_date=True),
    Basis("daily", basis="sales"),
    Basis("daily", basis="quantity"),
)


@dataclass(frozen=True)
class Component:
    """One part of a formula."""

    name: Text
    unit: Unit
    value: Value


def components(
    engine: DuckDBEngine, query: MetricQuery, key: str, scope: Scope = EVERYTHING
) -> list[Component]:
    """Return the parts of a measure for the query's period and filters (no grouping)."""
    names = PARTS.get(measure(key).key, ())
    parts = []
    if names:
        whole = replace(query, measures=names, by=(), grain=None, compare=(), order_by=None)
        values = ask(engine, whole, scope).totals[0].values
        parts = [Component(_called(n, values[n]), measure(n).unit, values[n]) for n in names]
    if measure(key).follows_basis:
        days = period_days(counted_period(engine, query), query.basis)
        parts.append(Component(DAYS, "days", Value(Decimal(days))))
        if query.basis.annualise:
            parts.append(Component(YEAR, "days", Value(Decimal(query.basis.days))))
    return parts


def _called(key: str, value: Value) -> Text:
    """The name of a part; the numerator is called by what it is for these items."""
    note = value.note
    if key != "turnover_numerator" or note is None:
        return measure(key).name
    for named in (NUMERATOR_ALL, NUMERATOR_SALES):
        if note.zh.startswith(named.zh):
            return measure("cogs").name
    zh, en = (said.split(mark)[0] for said, mark in ((note.zh, "；"), (note.en, ";")))
    return Text(zh.removeprefix("分子："), en.removeprefix("Numerator: ").capitalize())


def on_other_bases(
    engine: DuckDBEngine, query: MetricQuery, key: str, scope: Scope = EVERYTHING
) -> list[tuple[Basis, Value]]:
    """Return the same figure on the other usual bases."""
    if not measure(key).follows_basis:
        return []
    found = []
    for basis in OTHER_BASES:
        if basis == query.basis:
            continue
        other = replace(
            query, measures=(key,), by=(), grain=None, compare=(), order_by=None, basis=basis
        )
        found.append((basis, ask(engine, other, scope).totals[0].values[key]))
    return found


def basis_label(basis: Basis) -> Text:
    """Say a basis in words, as printed beside every figure."""
    average = {
        "daily": Text("日加权", "daily average"),
        "two-point": Text("两点平均", "two-point average"),
        "n-point": Text("N+1 点平均", "N+1 point average"),
    }[basis.average]
    money = {
        "cost": Text("成本口径", "at cost"),
        "quantity": Text("数量口径", "in quantity"),
        "sales": Text("销售口径", "on sales"),
    }[basis.basis]
    scale = Text("年化", "annualised") if basis.annualise else Text("期间值", "for the period")
    parts = [average, money, Text(f"{basis.days} 天", f"{basis.days} days"), scale]
    if basis.year_to_date:
        parts.append(Text("年初至今", "year to date"))
    return Text(" · ".join(p.zh for p in parts), " · ".join(p.en for p in parts))


def stands_on(key: str, basis: Basis, period: Period, clock: Clock = "company") -> Text:
    """Say what one figure stands on: the basis where its measure follows it.

    Any other measure names its moment (the close or the opening), or its period where it is a
    flow, and how it is counted; value by age names its clock.
    """
    asked = measure(key)
    if asked.follows_basis:
        return basis_label(basis)
    parts = [_when(asked, effective_period(period, basis)), *_counted(asked)]
    if on_a_clock(key):
        parts.append(CLOCKS[clock])
    return Text(" · ".join(p.zh for p in parts), " · ".join(p.en for p in parts))


def _when(asked: Measure, span: Period) -> Text:
    if asked.key.startswith("opening_"):
        return Text("期初", "at the opening")
    if "flow" not in asked.facts:
        return Text("期末", "at the close")
    first, last = span.begin, span.end - timedelta(days=1)
    whole_months = first.day == 1 and span.end.day == 1
    form = "%Y-%m" if whole_months else "%Y-%m-%d"
    begin, end = first.strftime(form), last.strftime(form)
    if begin == end:
        return Text(begin, begin)
    return Text(f"{begin} 至 {end}", f"{begin} to {end}")


def _counted(asked: Measure) -> list[Text]:
    match asked.key, asked.unit:
        case "revenue" | "gross_margin" | "gross_margin_rate", _:
            return [Text("不含税", "without tax")]
        case "cost_coverage", _:
            return [Text("数量口径", "in quantity")]
        case _, "money" | "percent":
            return [Text("成本口径", "at cost")]
        case _:
            return []
