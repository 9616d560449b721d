"""Cash traps: items whose stock holds money without turning.

An item is a trap when its stock has value and it was not issued for as long as the slow-moving and
dead-stock measures say, or when at its present pace the stock lasts a year or longer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import ibis
import ibis.expr.types as ir

from stockturn.engines import DuckDBEngine, bound
from stockturn.insight.wording import say, say_days
from stockturn.language import Text
from stockturn.ledger.identity import rolled_up
from stockturn.ledger.tables import table
from stockturn.metrics.calendar import add_months
from stockturn.metrics.facts import Grouping, with_masters, within
from stockturn.metrics.merged import masters_of
from stockturn.metrics.query import (
    EVERYTHING,
    Answer,
    Basis,
    Filter,
    MetricQuery,
    Period,
    Row,
    Scope,
)
from stockturn.metrics.scoped import where_of

Ask = Callable[[MetricQuery], Answer]

SHOWN = 20
TREND_MONTHS = 13

SLOW_DAYS = Decimal(365)
"""Stock that lasts this long turns less than once a year."""

ISSUES = ("sale_issue", "production_issue")

_NEVER = Text("入库以来没有出库，占用 {value}。", "Never issued; holds {value}.")
_STILL = Text("已 {days}没有出库，占用 {value}。", "Not issued for {days}; holds {value}.")
_SLOW = Text(
    "按现在的速度还要 {days}才能用完，占用 {value}。",
    "At its present pace it lasts {days}; holds {value}.",
)


@dataclass(frozen=True)
class CashTrap:
    """One item's stock. ``age_days`` is the mean age by value, known at the ledger's end only."""

    item: str
    name: str | None
    category: str | None
    location_count: int
    value: Decimal
    days_of_inventory: Decimal | None
    days_since_last_issue: int | None
    age_days: int | None
    reason: Text
    trend: tuple[Decimal | None, ...]


@dataclass(frozen=True)
class CashTraps:
    """The largest traps, and the sums over all of them.

    ``by_category`` maps a category to (value, number of items). ``hidden``: the caller may not see
    value, so none are told.
    """

    shown: tuple[CashTrap, ...]
    total: Decimal
    count: int
    by_category: dict[str | None, tuple[Decimal, int]]
    hidden: bool = False


def cash_traps(
    ask: Ask,
    engine: DuckDBEngine,
    period: Period,
    basis: Basis,
    where: tuple[Filter, ...],
    currency: str,
    scope: Scope = EVERYTHING,
) -> CashTraps:
    """Find the items that hold cash without turning, largest first.

    Args:
        ask: The one way to ask for figures.
        engine: The warehouse, for names, ages and last issues of the items found.
        period: Turnover is looked at over it, stock at its end.
        basis: Definition of the days of inventory.
        where: The page's filters.
        currency: ISO code of the money.
        scope: What the caller may see; ``ask`` applies it, and so do ages and last issues.
    """
    if scope.hides_cost:
        return CashTraps((), Decimal(0), 0, {}, hidden=True)
    query = MetricQuery(
        measures=(
            "closing_inventory",
            "days_of_inventory",
            "slow_moving_value",
            "dead_stock_value",
        ),
        by=("item", "category"),
        period=period,
        basis=basis,
        where=where,
    )
    answer = ask(query)
    found = sorted(filter(_is_trap, answer.rows), key=_value, reverse=True)
    by_category: dict[str | None, tuple[Decimal, int]] = {}
    for row in found:
        value, count = by_category.get(row.group[1], (Decimal(0), 0))
        by_category[row.group[1]] = (value + _value(row), count + 1)
    known = partial(_facts, engine, scope)
    shown = _details(ask, known, query, found[:SHOWN], answer.coverage.data_as_of, currency)
    total = sum((_value(row) for row in found), Decimal(0))
    return CashTraps(shown, total, len(found), by_category)


@dataclass(frozen=True)
class _Facts:
    """What the ledger says of one item. ``age_days`` is the mean by value, at the ledger's end."""

    item: str
    name: str | None
    last_issue: date | None
    age_days: float | None


def _is_trap(row: Row) -> bool:
    if row.group[0] is None or _value(row) <= 0:
        return False
    idle = (row.values[key].number for key in ("slow_moving_value", "dead_stock_value"))
    days = row.values["days_of_inventory"].number
    return any(value is not None and value > 0 for value in idle) or (
        days is not None and days >= SLOW_DAYS
    )


def _value(row: Row) -> Decimal:
    return row.values["closing_inventory"].number or Decimal(0)


def _details(
    ask: Ask,
    known: Callable[[tuple[str, ...], date, date], dict[str, _Facts]],
    query: MetricQuery,
    rows: Sequence[Row],
    data_as_of: date | None,
    currency: str,
) -> tuple[CashTrap, ...]:
    items = tuple(str(row.group[0]) for row in rows)
    if not items:
        return ()
    last_day = query.period.end - timedelta(days=1)
    at_end = data_as_of is None or last_day >= data_as_of
    as_of = last_day if data_as_of is None else min(last_day, data_as_of)
    facts = known(items, query.period.end, as_of)
    trends, places = _trends(ask, query, items), _places(ask, query, items)
    details = []
    for row in rows:
        item = str(row.group[0])
        fact = facts.get(item, _Facts(item, None, None, None))
        since = None if fact.last_issue is None else (as_of - fact.last_issue).days
        age = fact.age_days if at_end else None
        details.append(
            CashTrap(
                item=item,
                name=fact.name,
                category=row.group[1],
                location_count=places.get(item, 0),
                value=_value(row),
                days_of_inventory=row.values["days_of_inventory"].number,
                days_since_last_issue=since,
                age_days=None if age is None else round(age),
                reason=_reason(row, since, currency),
                trend=trends.get(item, ()),
            )
        )
    return tuple(details)


def _reason(row: Row, since: int | None, currency: str) -> Text:
    value = say(_value(row), "money", currency)
    days = row.values["days_of_inventory"].number
    if since is None:
        return Text(_NEVER.zh.format(value=value.zh), _NEVER.en.format(value=value.en))
    slow = days is not None and days >= SLOW_DAYS and since < days
    sentence, span = (_SLOW, say_days(int(days or 0))) if slow else (_STILL, say_days(since))
    return Text(
        sentence.zh.format(days=f"{span.zh}", value=value.zh),
        sentence.en.format(days=span.en, value=value.en),
    )


def _trends(
    ask: Ask, query: MetricQuery, items: tuple[str, ...]
) -> dict[str, tuple[Decimal | None, ...]]:
    """Closing value of each item over the months up to the period's end."""
    last_month = (query.period.end - timedelta(days=1)).replace(day=1)
    months = Period(add_months(last_month, 1 - TREND_MONTHS), query.period.end)
    answer = ask(
        MetricQuery(
            measures=("closing_inventory",),
            by=("item",),
            period=months,
            grain="month",
            where=(*query.where, Filter("item", items)),
        )
    )
    order = sorted({row.period.begin for row in answer.rows})
    values = {
        (row.group[0], row.period.begin): row.values["closing_inventory"].number
        for row in answer.rows
    }
    return {item: tuple(values.get((item, begin)) for begin in order) for item in items}


def _places(ask: Ask, query: MetricQuery, items: tuple[str, ...]) -> dict[str, int]:
    """Number of locations that hold each item at the period's end."""
    answer = ask(
        MetricQuery(
            measures=("closing_quantity",),
            by=("item", "location"),
            period=query.period,
            where=(*query.where, Filter("item", items)),
        )
    )
    places: dict[str, int] = {}
    for row in answer.rows:
        if (row.values["closing_quantity"].number or 0) > 0:
            places[str(row.group[0])] = places.get(str(row.group[0]), 0) + 1
    return places


def _facts(
    engine: DuckDBEngine, scope: Scope, items: tuple[str, ...], end: date, as_of: date
) -> dict[str, _Facts]:
    """Name, day of the last issue before ``end``, and mean age by value of each item."""
    grouping = Grouping((), where_of((), scope), rolled_up(engine))
    values = {"items": list(items), "edge": end, "as_of": as_of, **grouping.values}
    shape = ("cash_trap_facts", grouping.shape)
    rows = engine.query(partial(_facts_expression, grouping), values, shape=shape).to_pylist()
    return {row["item"]: _Facts(**row) for row in rows}


def _facts_expression(grouping: Grouping) -> ir.Table:
    items = masters_of("item", rolled=bool(grouping.rolled))
    items = items.filter(bound("items", "array<string>").contains(items.code))
    items = items.select("item_id", "code", "name")
    moved = table("movement").join(items.select("item_id", "code"), "item_id")
    moved = moved.filter(moved.kind.isin(ISSUES) & (moved.happened_on < bound("edge", "date")))
    moved = within(with_masters(moved, grouping, grouping.filters), grouping)
    # A day whose issues were all taken back is a day without issue.
    days = moved.group_by("code", "happened_on").aggregate(quantity=moved.quantity.sum())
    days = days.filter(days.quantity < 0)
    issued = days.group_by("code").aggregate(last_issue=days.happened_on.max())
    layers = table("stock_layer").join(items.select("item_id", "code"), "item_id")
    layers = layers.filter((layers.quantity > 0) & (layers.value > 0))
    layers = layers.mutate(channel=ibis.null("string"))
    layers = within(with_masters(layers, grouping, grouping.filters), grouping)
    age = bound("as_of", "date").delta(layers.received_on, unit="day").cast("float64")
    weight = layers.value.cast("float64")
    ages = layers.group_by("code").aggregate(age_days=(age * weight).sum() / weight.sum())
    found = items.select("code", "name").distinct().left_join(issued, "code").drop("code_right")
    found = found.left_join(ages, "code").drop("code_right")
    return found.rename(item="code")
