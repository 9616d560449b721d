"""The verdict and the one next step of the two-minute start."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from stockturn.language import Text
from stockturn.metrics.benchmarks import Band, standing
from stockturn.metrics.query import Value

UNDEFINED = Text("周转算不出来：{reason}。", "Turnover cannot be told: {reason}.")
PLAIN = Text(
    "库存一年周转 {turns} 次，平均 {days} 天卖完一轮。",
    "Stock turns {turns} times a year, {days} days a round.",
)
AGAINST = {
    "below": Text(
        "低于{name}常见的 {low} 到 {high} 次{status}。",
        " Below the {low} to {high} usual in {name}{status}.",
    ),
    "within": Text(
        "在{name}常见的 {low} 到 {high} 次之内{status}。",
        " Within the {low} to {high} usual in {name}{status}.",
    ),
    "above": Text(
        "高于{name}常见的 {low} 到 {high} 次{status}。",
        " Above the {low} to {high} usual in {name}{status}.",
    ),
}
UNSOURCED = Text("（该区间无出处）", " (a band without a source)")
REFUSED = Text("{reason}。", " {reason}.")

FIX_CONTRADICTION = Text(
    "先核对数据再看结论：{first}", "Check the data before the conclusion: {first}"
)
ASK_SALES = Text(
    "先确认这段时间是否真的没有发货：有库存而没有销售成本，钱就一直压着。",
    "Check whether nothing was shipped at all: stock without cost of sales is idle cash.",
)
ASK_STOCK = Text(
    "先补上期初和期末库存金额，再算周转。",
    "Fill in the opening and closing stock first, then turnover follows.",
)
SLOW_CATEGORY = Text(
    "先看“{name}”：占库存 {share}%，一年只转 {turns} 次；转到全部的平均水平，约可少压 {cash}。",
    'Look at "{name}" first: {share}% of the stock at {turns} turns a year; at the average of all, '
    "about {cash} less would be tied up.",
)
DEAD_CATEGORY = Text(
    "先看“{name}”：占库存 {share}%，期间没有销售成本，约压着 {cash}；先定去留。",
    'Look at "{name}" first: {share}% of the stock and no cost of sales; about {cash} sits still. '
    "Decide whether to keep it.",
)
REACH_BAND = Text(
    "把库存从 {average} 降到 {goal}，就到{name}的下限 {low} 次，约可释放 {cash}；"
    "先查九十天没动过的货。",
    "Bring stock from {average} down to {goal} to reach the {low} turns at the low end of {name}, "
    "freeing about {cash}; start with goods that have not moved for ninety days.",
)
CHECK_SHORTAGE = Text(
    "周转高于行业上限，先查缺货：看近三个月因缺货没发出的订单。",
    "Turnover is above the usual; check shortages first: orders of the last three months "
    "not shipped for want of stock.",
)
STOP_GROWTH = Text(
    "期末库存比期初多 {share}%：先看最近两个月的采购订单，能推迟的推迟。",
    "Stock grew by {share}% over the period: look at the purchase orders of the last two months "
    "and push out what can wait.",
)
ONE_MORE = Text(
    "多周转一次约可释放 {cash}：按金额列出前二十个物料，逐个定目标库存。",
    "One more turn would free about {cash}: list the twenty items with most stock value and "
    "set a target for each.",
)


@dataclass(frozen=True)
class Findings:
    """What the words are made from. ``categories``: name, average inventory, annual turns."""

    average: Decimal | None
    turnover: Value
    days: Decimal | None
    opening: Decimal
    closing: Decimal
    annual_cogs: Decimal | None
    freed: Decimal | None
    band: Band | None
    refusal: Text | None
    contradictions: tuple[Text, ...]
    categories: tuple[tuple[Text, Decimal | None, Decimal | None], ...]


def verdict(findings: Findings) -> Text:
    """Where the firm stands, in one or two sentences."""
    turns = findings.turnover.number
    if turns is None or findings.days is None:
        reason = findings.turnover.reason or Text(
            "期间内没有销售成本", "there was no cost of sales"
        )
        said = Text(UNDEFINED.read("zh", reason=reason.zh), UNDEFINED.read("en", reason=reason.en))
    else:
        said = PLAIN.fill(turns=_show(turns), days=_show(findings.days, 0))
        if findings.band is not None:
            said = _join(said, _against(turns, findings.band))
    if findings.refusal is not None:
        refused = findings.refusal
        said = _join(
            said, Text(REFUSED.read("zh", reason=refused.zh), REFUSED.read("en", reason=refused.en))
        )
    return said


def next_step(findings: Findings) -> Text:
    """The one thing to do next: data first, then the largest sum of cash."""
    if findings.contradictions:
        first = findings.contradictions[0]
        return Text(
            FIX_CONTRADICTION.read("zh", first=first.zh),
            FIX_CONTRADICTION.read("en", first=first.en),
        )
    turns, average, cogs = findings.turnover.number, findings.average, findings.annual_cogs
    if turns is None or average is None or cogs is None:
        return ASK_STOCK
    if cogs <= 0:
        return ASK_SALES
    slow = _slowest(findings, turns, average)
    if slow is not None:
        return slow
    if findings.band is not None:
        place = standing(turns, findings.band)
        if place == "below":
            return _reach(average, cogs, findings.band)
        if place == "above":
            return CHECK_SHORTAGE
    if findings.opening > 0 and findings.closing > findings.opening * Decimal("1.1"):
        grown = (findings.closing / findings.opening - 1) * 100
        return STOP_GROWTH.fill(share=_show(grown, 0))
    return ONE_MORE.fill(cash=_show(findings.freed or Decimal(0)))


def _slowest(findings: Findings, turns: Decimal, average: Decimal) -> Text | None:
    """The category that ties up most beyond what it would at the turnover of all, if it matters.

    It matters from a tenth of all inventory on: below that, the whole is the better subject.
    """
    excess = []
    for name, own, speed in findings.categories:
        if own is not None and own > 0 and speed is not None:
            needed = own * max(speed, Decimal(0)) / turns if turns > 0 else own
            excess.append((own - needed, name, own, speed))
    worst = max(excess, key=lambda one: one[0], default=None)
    if worst is None or worst[0] < average / 10:
        return None
    cash, name, own, speed = worst
    sentence = DEAD_CATEGORY if speed <= 0 else SLOW_CATEGORY
    shown = {"share": _show(own / average * 100, 0), "turns": _show(speed), "cash": _show(cash)}
    return Text(
        sentence.read("zh", name=name.zh, **shown), sentence.read("en", name=name.en, **shown)
    )


def _reach(average: Decimal, annual_cogs: Decimal, band: Band) -> Text:
    goal = annual_cogs / band.low
    shown = {
        "average": _show(average),
        "goal": _show(goal),
        "low": _show(band.low),
        "cash": _show(average - goal),
    }
    return Text(
        REACH_BAND.read("zh", name=band.name.zh, **shown),
        REACH_BAND.read("en", name=band.name.en, **shown),
    )


def _against(turns: Decimal, band: Band) -> Text:
    sentence = AGAINST[standing(turns, band)]
    status = Text("", "") if band.verified else UNSOURCED
    low, high = _show(band.low), _show(band.high)
    return Text(
        sentence.read("zh", name=band.name.zh, low=low, high=high, status=status.zh),
        sentence.read("en", name=band.name.en, low=low, high=high, status=status.en),
    )


def _join(first: Text, second: Text) -> Text:
    return Text(first.zh + second.zh, first.en + second.en)


def _show(number: Decimal, places: int = 2) -> str:
    """A figure with thousands separators and no needless zeros."""
    text = f"{number:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
