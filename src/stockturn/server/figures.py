"""The KPI cards of the overview: value, change, thirteen months, and the other reading."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from stockturn.insight.overview import COMPARED
from stockturn.language import Language, Text
from stockturn.metrics.calendar import add_months
from stockturn.metrics.explain import stands_on
from stockturn.metrics.measures import MEASURES
from stockturn.metrics.query import Answer, MetricQuery, Period, Row, Value
from stockturn.server.contract import Figure
from stockturn.server.shapes import number, query_shape, said
from stockturn.server.state import State

Ask = Callable[[MetricQuery], Answer]

SPARKLINE_MONTHS = 13

_IN_MONEY = ("closing_inventory", "average_inventory")
_IN_QUANTITY = ("closing_quantity", "average_quantity")
_OTHERS = (
    "cogs",
    "gross_margin_rate",
    "gmroi",
    "slow_moving_rate",
    "dead_stock_value",
    "negative_balances",
    "cost_coverage",
)
ONE_MORE_TURN = "one_more_turn"

# A figure at a point in time, or one that no definition of the average enters, reads the same on
# every basis; beside those another reading would only repeat them.
_ON_BOTH_READINGS = frozenset(
    {"turnover", "days_of_inventory", "average_inventory", "average_quantity", "cogs", "gmroi"}
)

_NO_COMPARISON = Text("没有选择对比期间", "No period to compare with is chosen")
_NOTHING_THEN = Text("{then}没有可比数据", "There is nothing to compare with {then}")
_OTHER_LABEL = {
    True: Text("财务口径", "Financial reading"),
    False: Text("管理口径", "Management reading"),
}


def figure_keys(state: State) -> tuple[str, ...]:
    """Return the measures of the cards in order; stock is in pieces where the basis is."""
    stock = _IN_QUANTITY if state.basis.basis == "quantity" else _IN_MONEY
    return ("turnover", "days_of_inventory", *stock, *_OTHERS)


def headline_query(state: State) -> MetricQuery:
    """Return the question behind the cards and the headline: the whole period in one row."""
    return MetricQuery(
        measures=(*figure_keys(state), ONE_MORE_TURN),
        period=state.period,
        basis=state.basis,
        where=state.where,
        compare=() if state.compare is None else (state.compare,),
    )


def figures(ask: Ask, state: State, language: Language) -> dict[str, Figure]:
    """Return the cards by measure, ``one_more_turn`` among them."""
    query = headline_query(state)
    total = ask(query).totals[0]
    other = ask(replace(query, basis=state.other_basis, compare=())).totals[0]
    months = ask(_monthly(query)).totals
    other_label = _OTHER_LABEL[state.other_basis.year_to_date].read(language)
    cards = {}
    for key in query.measures:
        beside = other.values[key] if key in _ON_BOTH_READINGS else None
        cards[key] = _figure(
            key,
            total,
            query,
            state,
            language,
            label=stands_on(key, state.basis, state.period).read(language),
            sparkline=[number(row.values[key].number) for row in months],
            other=number(beside.number) if beside else None,
            other_label=other_label if beside else None,
        )
    return cards


def months_up_to(period: Period, months: int = SPARKLINE_MONTHS) -> Period:
    """Return the calendar months up to the period's end, the last cut short where the period is."""
    last = (period.end - timedelta(days=1)).replace(day=1)
    return Period(add_months(last, 1 - months), period.end)


def _monthly(query: MetricQuery) -> MetricQuery:
    return replace(query, period=months_up_to(query.period), grain="month", compare=())


def _figure(
    key: str,
    total: Row,
    query: MetricQuery,
    state: State,
    language: Language,
    *,
    label: str,
    sparkline: list[str | None],
    other: str | None,
    other_label: str | None,
) -> Figure:
    measure, value = MEASURES[key], total.values[key]
    then = total.compared[state.compare][key] if state.compare else None
    change = ratio = None
    if value.number is not None and then is not None and then.number is not None:
        change = value.number - then.number
        ratio = change / abs(then.number) if then.number else None
    return Figure(
        measure=key,
        name=measure.name.read(language),
        unit=measure.unit,
        value=number(value.number),
        reason=said(value.reason, language),
        note=said(value.note, language),
        change=number(change),
        change_ratio=number(ratio),
        change_reason=None if change is not None else _no_change(value, then, state, language),
        good=measure.good,
        sparkline=sparkline,
        basis_label=label,
        other_reading=other,
        other_reading_label=other_label,
        query=query_shape(replace(query, measures=(key,))),
    )


def _no_change(value: Value, then: Value | None, state: State, language: Language) -> str:
    if state.compare is None:
        return _NO_COMPARISON.read(language)
    if value.number is None:
        return said(value.reason, language) or ""
    sentence = _NOTHING_THEN.read(language, then=COMPARED[state.compare].read(language))
    why = said(then.reason, language) if then else None
    return (
        f"{sentence}：{why}"
        if why and language == "zh"
        else ": ".join(filter(None, (sentence, why)))
    )
