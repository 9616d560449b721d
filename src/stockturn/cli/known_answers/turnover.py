"""Known answers of topic turnover, through ``metrics.formulas`` and ``insight.bridge``.

Four shapes are understood: one company or item; a list of members, of which the group's figure is
the ratio of sums; two periods to compare; a table with named columns, a row per report.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from stockturn.cli.known_answers.case import unsupported
from stockturn.cli.known_answers.reading import Inputs
from stockturn.cli.known_answers.turnover_facts import Facts
from stockturn.cli.known_answers.turnover_figures import figure
from stockturn.cli.known_answers.turnover_inputs import DESCRIPTIVE, facts_of
from stockturn.cli.known_answers.turnover_keys import Ask, parse
from stockturn.cli.known_answers.turnover_shapes import solve_change, solve_table
from stockturn.metrics.query import Value

_MEMBERS = (
    "items",
    "groups",
    "members",
    "products",
    "categories",
    "sites",
    "warehouses",
    "locations",
    "rows",
    "cases",
)
_BEFORE = ("period0", "before", "prior", "p0")
_AFTER = ("period1", "after", "current", "p1")

_MEANS = (
    "mean",
    "mean_of_ratios",
    "mean_of_item_ratios",
    "mean_of_item_turnovers",
    "mean_of_turnovers",
    "average_of_ratios",
    "average_of_item_turnovers",
    "simple_mean",
    "unweighted_mean",
    "turnover_mean_of_ratios",
    "group_turnover_mean_of_ratios",
)
_MIXED = ("mixed", "mixed_basis", "turnover_mixed", "turnover_annualised_mixed")
WRONG_METHODS = {
    **dict.fromkeys(_MEANS, "turnover"),
    **dict.fromkeys(_MIXED, "turnover_annualised"),
}
"""Names of wrong ways to the key of the right figure they must differ from."""


def solve(inputs: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Compute every wanted figure from the inputs alone."""
    read = Inputs(inputs, DESCRIPTIVE)
    if read.has(*_BEFORE):
        before, after = read.raw(*_BEFORE), read.raw(*_AFTER)
        outer = facts_of(read)
        read.finish()
        return solve_change(_members(before), _members(after), outer, wanted)
    if read.has("columns"):
        return solve_table(read, wanted)
    members = _inner(read)
    if members is None:
        facts = facts_of(read)
        read.finish()
        return {key: _number(figure(parse(key), facts)) for key in wanted}
    outer = facts_of(read)
    read.finish()
    parts = {name: _member(row, outer) for name, row in members}
    named = _named(members)
    return {
        key: _group_answer(parse(key), parts, outer, shape, named) for key, shape in wanted.items()
    }


def _group_answer(
    ask: Ask, parts: Mapping[str, Facts], outer: Facts, shape: Any, named: bool
) -> Any:
    """A figure of each member where a list or mapping is wanted, of the group otherwise."""
    if ask.measure == "mean_of_ratios":
        return _mean_of_ratios(parts)
    if isinstance(shape, Mapping | list) or ask.choice("each"):
        each = {name: _number(figure(ask, facts)) for name, facts in parts.items()}
        return list(each.values()) if isinstance(shape, list) or not named else each
    return _number(figure(ask, together(list(parts.values()), outer)))


def together(parts: list[Facts], outer: Facts) -> Facts:
    """The group as one: its flows and averages are the sums of its members'.

    A flow or average that one member lacks is lacking for the group. Quantities of different
    units do not add up to anything.
    """
    group = Facts(
        period_days=parts[0].period_days,
        periods_per_year=parts[0].periods_per_year,
        year_days=parts[0].year_days,
        span=parts[0].span,
        annualise=outer.annualise,
        basis=outer.basis,
        method=parts[0].method,
    )
    if len({(p.days(p.year_days), p.year_days) for p in parts}) > 1:
        raise unsupported("成员的期间不一", "members have different periods")
    if len({p.method for p in parts}) > 1:
        raise unsupported("成员的平均方法不一", "members have different averages")
    mixed_units = len({p.unit for p in parts}) > 1
    for name in parts[0].flows:
        if all(name in p.flows for p in parts):
            amounts = [p.flows[name] for p in parts]
            group.flows[name] = None if mixed_units and name == "quantity" else _total(amounts)
    for name in parts[0].averages:
        if all(name in p.averages for p in parts):
            values = [p.averages[name] for p in parts]
            reason = next((v.reason for v in values if v.number is None), None)
            group.averages[name] = Value(_total([v.number for v in values]), reason)
    if any(p.dropship is not None for p in parts):
        group.dropship = sum((p.dropship or Decimal(0) for p in parts), Decimal(0))
    return group


def _mean_of_ratios(parts: Mapping[str, Facts]) -> Decimal | None:
    """The wrong way, computed to show that it differs: the plain mean of the members' turnovers."""
    ask = parse("turnover")
    ratios = [
        value for facts in parts.values() if (value := _number(figure(ask, facts))) is not None
    ]
    return sum(ratios, Decimal(0)) / len(ratios) if ratios else None


def _inner(read: Inputs) -> list[tuple[str, Any]] | None:
    """The members of the inputs, or None when they speak of one company or item."""
    present = [name for name in _MEMBERS if read.has(name)]
    if len(present) > 1:
        raise unsupported("成员给了两次", "members are given twice")
    if present:
        return _members(read.take(present[0]))
    inputs = read.peek()
    if inputs and all(isinstance(v, Mapping) for v in inputs.values()) and "period" not in inputs:
        return [(name, read.take(name)) for name in inputs]
    return _parallel(read)


def _parallel(read: Inputs) -> list[tuple[str, Any]] | None:
    """Lists side by side: cogs [300, 100] and avg_inv [50, 50] are two members."""
    lists = {key: value for key, value in read.peek().items() if isinstance(value, list)}
    averages = ("avg_inv", "average_inventory", "average_stock", "avg_inventory")
    if not any(name in lists for name in averages):
        return None
    if len({len(value) for value in lists.values()}) > 1:
        raise unsupported("列表长短不一", "lists differ in length")
    columns = {key: read.take(key) for key in lists}
    length = len(next(iter(columns.values())))
    return [(str(at), {key: v[at] for key, v in columns.items()}) for at in range(length)]


def _members(raw: Any) -> list[tuple[str, Any]]:
    """Members by name: a list of rows, a mapping of rows, or one row alone."""
    if isinstance(raw, Mapping):
        if raw and all(isinstance(row, Mapping) for row in raw.values()):
            return [(str(name), row) for name, row in raw.items()]
        return [("", raw)]
    if not isinstance(raw, list) or not raw or not all(isinstance(row, Mapping) for row in raw):
        raise unsupported("成员不是键值行的列表", "members are not a list of rows")
    labels = (
        "item",
        "name",
        "sku",
        "product",
        "category",
        "group",
        "site",
        "warehouse",
        "location",
    )
    named = [(next((str(r[k]) for k in labels if k in r), str(at)), r) for at, r in enumerate(raw)]
    if len({name for name, _ in named}) < len(named):
        raise unsupported("成员名称重复", "a member appears twice")
    return named


def _named(members: list[tuple[str, Any]]) -> bool:
    return any(name != str(at) for at, (name, _) in enumerate(members))


def _member(row: Any, outer: Facts) -> Facts:
    read = Inputs(row, DESCRIPTIVE)
    facts = facts_of(read, outer)
    read.finish()
    return facts


def _total(amounts: list[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if len(known) == len(amounts) else None


def _number(value: Value | bool) -> Any:
    return value.number if isinstance(value, Value) else value
