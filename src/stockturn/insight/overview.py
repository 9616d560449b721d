"""What the overview finds: the sentence on top, and the one next step.

A change of turnover is split exactly. With turnover C / A (flow over average stock) and 0 and 1
for the compared and the present period, the change is

    (C1 - C0) * (1/A1 + 1/A0) / 2  -  (A1 - A0) * (C1 + C0) / (2 * A0 * A1)

and both terms are sums over groups, so each group's flow and each group's stock has its share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from stockturn.insight.traps import CashTraps
from stockturn.insight.wording import say
from stockturn.language import Text
from stockturn.metrics.query import Compare, Filter, Row, Value

Part = Literal["flow", "stock"]

COMPARED: Mapping[str, Text] = {
    "prior_period": Text("上期", "the period before"),
    "prior_year": Text("去年同期", "a year earlier"),
}
"""What a comparison is called in a sentence and in a legend."""

FLAT = Decimal("0.01")
"""A change of turnover below one percent is called unchanged."""

LEADING_SHARE = Decimal("0.2")
"""One item holding this share of all trapped cash is worth naming before its category."""

UNNAMED = Text("未分类", "unassigned")

_UNKNOWN = Text("暂时算不出周转：{reason}", "Turnover cannot be computed: {reason}")
_ALONE = Text("周转 {turnover}，平均库存 {stock}。", "Turnover is {turnover} on {stock} of stock.")
_UNCOMPARED = Text(
    "周转 {turnover}，平均库存 {stock}；{then}没有可比数据。",
    "Turnover is {turnover} on {stock} of stock; there is nothing to compare with {then}.",
)
_STEADY = Text(
    "周转 {turnover}，与{then}基本持平（{change}）。",
    "Turnover is {turnover}, much as {then} ({change}).",
)
_CHANGED = Text(
    "周转 {turnover}，较{then} {change}{because}。",
    "Turnover is {turnover}, {change} on {then}{because}.",
)
_BECAUSE = Text(
    "，主要因「{member}」{part}{direction} {amount}",
    ", mainly because {part} of {member} {direction} {amount}",
)
_STOCK = Text("库存", "the stock")
_FLOW = Text("销售", "the sales at cost")
_ROSE = Text("上升", "rose by")
_FELL = Text("下降", "fell by")

_STEP_ITEM = Text(
    "先处理「{item}」：{reason}",
    "Start with {item}: {reason}",
)
_STEP_CATEGORY = Text(
    "先看「{category}」：积压的 {total}中有 {value}（{share}）在这里，共 {count} 个物料。",
    "Start with {category}: {value} ({share}) of the {total} that does not turn lies there, in "
    "{count} items.",
)
_STEP_SLOWEST = Text(
    "没有发现积压物料。下一步看周转最低的「{member}」（{turnover}）。",
    "No stock stands still. Look next at {member}, which turns slowest ({turnover}).",
)
_STEP_SLOWEST_ONLY = Text(
    "下一步看周转最低的「{member}」（{turnover}）。",
    "Look next at {member}, which turns slowest ({turnover}).",
)
_STEP_HIDDEN = Text(
    "您没有查看成本与金额的权限；按数量的周转在这些条件下算不出来。请选单一计量单位的品类或物料。",
    "You may not see cost and value, and turnover in quantity cannot be computed here. Choose a "
    "category or item with one unit.",
)
_STEP_NONE = Text(
    "没有发现积压物料，也没有可比的分组。请放宽筛选条件。",
    "No stock stands still and there is no group to compare. Widen the filters.",
)


@dataclass(frozen=True)
class Cause:
    """One group's share in a change of turnover.

    ``effect`` is in turns; ``change`` is what moved, in the unit of the flow or of the stock.
    """

    member: str | None
    part: Part
    effect: Decimal
    change: Decimal


@dataclass(frozen=True)
class Step:
    """What to do next, and the filters that lead there; ``by`` is the grouping to look at."""

    text: Text
    where: tuple[Filter, ...] = ()
    by: str | None = None


def causes(rows: Sequence[Row], total: Row, compare: Compare, flow: str, stock: str) -> list[Cause]:
    """Split the change of flow / stock among groups, largest effect first.

    The effects of all causes add up to the change of the unannualised ratio, exactly but for the
    last digit of a division.

    Args:
        rows: One row per group with measures ``flow`` and ``stock``, now and compared.
        total: The same over all groups.
        compare: Which comparison to split.
        flow: Numerator of the turnover, e.g. ``cogs``.
        stock: Denominator, e.g. ``average_inventory``.
    """
    now, then = _pair(total, compare, flow), _pair(total, compare, stock)
    if now is None or then is None:
        return []
    (flow_now, flow_then), (stock_now, stock_then) = now, then
    if stock_now <= 0 or stock_then <= 0:
        return []
    per_flow = (1 / stock_now + 1 / stock_then) / 2
    per_stock = -(flow_now + flow_then) / (2 * stock_now * stock_then)
    found: list[Cause] = []
    sides: tuple[tuple[Part, str, Decimal], ...] = (
        ("flow", flow, per_flow),
        ("stock", stock, per_stock),
    )
    for row in rows:
        for part, key, weight in sides:
            pair = _pair(row, compare, key)
            if pair is not None:
                change = pair[0] - pair[1]
                found.append(Cause(row.group[0], part, change * weight, change))
    return sorted(found, key=lambda cause: -abs(cause.effect))


def headline(
    total: Row,
    compare: Compare | None,
    found: Sequence[Cause],
    *,
    stock: str,
    unit: str,
    currency: str,
) -> Text:
    """Return the page's finding: turnover, how it changed, and what moved it most.

    Args:
        total: Row with ``turnover`` and ``stock``, now and compared.
        compare: The comparison on the page, if any.
        found: See :func:`causes`.
        stock: Key of the average stock on the page's basis.
        unit: Unit of the stock: money or quantity.
        currency: ISO code of the money.
    """
    turnover = total.values["turnover"]
    if turnover.number is None:
        return _put(_UNKNOWN, reason=_reason(turnover))
    words = {"turnover": say(turnover.number, "times")}
    then = _then(total, compare)
    if then is None or compare is None:
        average = total.values[stock].number
        words["stock"] = Text("—", "—") if average is None else say(average, unit, currency)
        if compare is None:
            return _put(_ALONE, **words)
        return _put(_UNCOMPARED, then=COMPARED[compare], **words)
    change = turnover.number - then
    words |= {"then": COMPARED[compare], "change": say(change, "times", signed=True)}
    if abs(change) < FLAT * abs(then):
        return _put(_STEADY, **words)
    return _put(_CHANGED, because=_because(change, found, unit, currency), **words)


def next_step(traps: CashTraps, rows: Sequence[Row], by: str, currency: str) -> Step:
    """Return what to do next: the largest trap, its category, or else the slowest group.

    Args:
        traps: What holds cash without turning.
        rows: The page's comparison: one row per member of ``by``, with ``turnover``.
        by: The dimension compared.
        currency: ISO code of the money.
    """
    if traps.shown and traps.total > 0:
        first = traps.shown[0]
        if first.value >= LEADING_SHARE * traps.total:
            text = _put(_STEP_ITEM, item=_plain(first.name or first.item), reason=first.reason)
            return Step(text, (Filter("item", (first.item,)),), "location")
        return _category_step(traps, currency)
    slow = [row for row in rows if row.values["turnover"].number is not None]
    if not slow:
        return Step(_STEP_HIDDEN if traps.hidden else _STEP_NONE)
    slowest = min(slow, key=lambda row: row.values["turnover"].number or Decimal(0))
    number = slowest.values["turnover"].number or Decimal(0)
    sentence = _STEP_SLOWEST_ONLY if traps.hidden else _STEP_SLOWEST
    text = _put(sentence, member=_member(slowest.group[0]), turnover=say(number, "times"))
    return Step(text, _only(by, slowest.group[0]), by)


def _category_step(traps: CashTraps, currency: str) -> Step:
    category, (value, count) = max(traps.by_category.items(), key=lambda pair: pair[1][0])
    text = _put(
        _STEP_CATEGORY,
        category=_member(category),
        total=say(traps.total, "money", currency),
        value=say(value, "money", currency),
        share=say(value / traps.total, "percent"),
        count=_plain(f"{count:,}"),
    )
    return Step(text, _only("category", category), "item")


def _because(change: Decimal, found: Sequence[Cause], unit: str, currency: str) -> Text:
    """Name the largest cause that pulled the same way as the change."""
    pulled = next((cause for cause in found if cause.effect * change > 0), None)
    if pulled is None:
        return Text("", "")
    return _put(
        _BECAUSE,
        member=_member(pulled.member),
        part=_STOCK if pulled.part == "stock" else _FLOW,
        direction=_ROSE if pulled.change > 0 else _FELL,
        amount=say(abs(pulled.change), unit, currency),
    )


def _pair(row: Row, compare: Compare, key: str) -> tuple[Decimal, Decimal] | None:
    """A figure now and then. A group that was not there then counts as 0, as the total did."""
    then = row.compared.get(compare)
    now_number = row.values[key].number
    then_number = then[key].number if then and key in then else Decimal(0)
    if now_number is None or then_number is None:
        return None
    return now_number, then_number


def _then(total: Row, compare: Compare | None) -> Decimal | None:
    then = total.compared.get(compare) if compare else None
    return then["turnover"].number if then else None


def _reason(value: Value) -> Text:
    return value.reason or Text("没有数据。", "there is no data.")


def _only(dimension: str, member: str | None) -> tuple[Filter, ...]:
    return () if member is None else (Filter(dimension, (member,)),)


def _member(member: str | None) -> Text:
    return UNNAMED if member is None else _plain(member)


def _plain(text: str) -> Text:
    return Text(text, text)


def _put(sentence: Text, **words: Text) -> Text:
    """Fill a sentence with words that exist in both languages."""
    return Text(
        sentence.zh.format(**{name: word.zh for name, word in words.items()}),
        sentence.en.format(**{name: word.en for name, word in words.items()}),
    )
