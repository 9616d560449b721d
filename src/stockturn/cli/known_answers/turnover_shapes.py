"""Two shapes of turnover case with rules of their own: two periods to compare, and a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from stockturn.cli.known_answers.case import unsupported
from stockturn.cli.known_answers.reading import Inputs, day, number
from stockturn.cli.known_answers.turnover_facts import Facts
from stockturn.cli.known_answers.turnover_inputs import DESCRIPTIVE, facts_of
from stockturn.insight.bridge import bridge_mix, bridge_ratio
from stockturn.language import Text
from stockturn.metrics import formulas
from stockturn.metrics.query import FINANCIAL, Period

Member = tuple[Decimal, Decimal]


def solve_change(
    before: list[tuple[str, Any]],
    after: list[tuple[str, Any]],
    outer: Facts,
    wanted: Mapping[str, Any],
) -> dict[str, Any]:
    """Turnover of two periods, its change, and the effects that add up to it."""
    first = {name: _member(row, outer) for name, row in before}
    second = {name: _member(row, outer) for name, row in after}
    ratio = bridge_ratio(*_sums(first), *_sums(second))
    mix = bridge_mix(first, second)
    if isinstance(ratio, Text) or isinstance(mix, Text):
        raise unsupported("两期中有一期没有库存", "one of the periods has no inventory")
    answers: dict[str, Any] = {
        "turnover0": ratio.before,
        "turnover1": ratio.after,
        **dict.fromkeys(("delta", "change", "turnover_change", "total_effect"), ratio.change),
        **_effects("cogs", ratio.numerator_effect),
        **_effects("inventory", ratio.denominator_effect),
        "item_turnover0": _ratios(first),
        "item_turnover1": _ratios(second),
        **dict.fromkeys(("within_item_effect", "within_effect", "rate_effect"), mix.within),
        **dict.fromkeys(("mix_effect", "item_mix_effect", "structure_effect"), mix.mix),
        "unstocked_effect": mix.unstocked,
        "item_within_effect": {name: parts[0] for name, parts in mix.members.items()},
        "item_mix_effects": {name: parts[1] for name, parts in mix.members.items()},
        "sum_of_effects": ratio.numerator_effect + ratio.denominator_effect,
    }
    unknown = sorted(set(wanted) - set(answers))
    if unknown:
        raise unsupported("算不出 {keys}", "cannot compute {keys}", keys=", ".join(unknown))
    return {key: answers[key] for key in wanted}


def _effects(name: str, effect: Decimal) -> dict[str, Decimal]:
    return dict.fromkeys(
        (f"effect_of_{name}_shapley", f"effect_of_{name}", f"{name}_effect"), effect
    )


def _member(row: Any, outer: Facts) -> Member:
    """COGS and average inventory of one member."""
    read = Inputs(row, DESCRIPTIVE)
    facts = facts_of(read, outer)
    read.finish()
    flow = facts.flows.get("cost", facts.flows.get("quantity"))
    average = facts.averages[facts.method].number if facts.method else None
    if flow is None or average is None:
        raise unsupported("成员缺少成本或平均库存", "a member lacks cost or average inventory")
    return flow, average


def _sums(members: Mapping[str, Member]) -> Member:
    flows, averages = zip(*members.values(), strict=True)
    return sum(flows, Decimal(0)), sum(averages, Decimal(0))


def _ratios(members: Mapping[str, Member]) -> dict[str, Decimal | None]:
    return {
        name: formulas.turnover(flow, average, 1, annualise=False).number
        for name, (flow, average) in members.items()
    }


def solve_table(read: Inputs, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Year-to-date reports, one row each: turnover and days on 30-day months, not annualised."""
    columns = [str(name).lower() for name in read.raw("columns")]
    rows = [_row(columns, raw) for raw in read.raw("rows")]
    opening = read.number("opening", "opening_inventory")
    read.finish()
    return {key: [_TABLE_FIGURES[_table_key(key)](row, opening) for row in rows] for key in wanted}


def _row(columns: list[str], raw: Any) -> dict[str, Any]:
    row = dict(zip(columns, raw, strict=True))
    unknown = sorted(set(columns) - _COLUMNS)
    if unknown:
        raise unsupported("不认识的列 {names}", "unknown columns {names}", names=", ".join(unknown))
    return row


def _table_key(key: str) -> str:
    name = key.removeprefix("published_").removesuffix("_year_to_date").removesuffix("_ytd")
    if name not in _TABLE_FIGURES:
        raise unsupported("不认识的键 {key}", "unknown key {key}", key=key)
    return name


def _cell(row: Mapping[str, Any], *names: str) -> Decimal | None:
    name = next((one for one in names if row.get(one) is not None), None)
    return None if name is None else number(row[name], name)


def _row_days(row: Mapping[str, Any]) -> Decimal:
    """Days of the report's period: as given, else 30 a month from 1 January to its date."""
    given = _cell(row, "days", "period_days")
    if given is not None:
        return given
    last = day(row.get("report", row.get("date")), "report")
    span = Period(date(last.year, 1, 1), last + timedelta(days=1))
    return Decimal(formulas.period_days(span, FINANCIAL))


def _row_average(row: Mapping[str, Any], opening: Decimal | None) -> Decimal | None:
    given = _cell(row, "avg_inv", "average_inventory")
    if given is not None:
        return given
    start = _cell(row, "opening", "opening_inventory")
    closing = _cell(row, "closing", "closing_inventory", "inventory")
    return formulas.two_point_average(opening if start is None else start, closing).number


def _row_turnover(row: Mapping[str, Any], opening: Decimal | None) -> Decimal | None:
    given = _cell(row, "turnover", "turnover_year_to_date", "turnover_ytd")
    if given is not None:
        return given
    cost = _cell(row, "cogs", "cogs_year_to_date", "cogs_ytd")
    average = _row_average(row, opening)
    return formulas.turnover(cost, average, 1, annualise=False).number


def _row_days_of_inventory(row: Mapping[str, Any], opening: Decimal | None) -> Decimal | None:
    # Days in the period / turnover: a flow of `turnover` over an average of 1.
    return formulas.days_of_inventory(_row_turnover(row, opening), 1, _row_days(row)).number


_COLUMNS = frozenset(
    {"report", "date", "days", "period_days", "avg_inv", "average_inventory", "opening"}
    | {"opening_inventory", "closing", "closing_inventory", "inventory", "turnover"}
    | {"turnover_year_to_date", "turnover_ytd", "cogs", "cogs_year_to_date", "cogs_ytd"}
)
_TABLE_FIGURES: dict[str, Callable[[Mapping[str, Any], Decimal | None], Decimal | None]] = {
    "turnover": _row_turnover,
    "days": _row_days_of_inventory,
    "days_of_inventory": _row_days_of_inventory,
    "average_inventory": _row_average,
    "period_days": lambda row, _: _row_days(row),
}
