"""The charts of the overview, each with its finding as the title."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from stockturn.delivery.charts import Chart, Measured, Point, ageing_chart, bar_chart, trend_chart
from stockturn.insight.overview import COMPARED, UNNAMED
from stockturn.insight.wording import say, say_basis
from stockturn.language import Language, Text
from stockturn.metrics.age_measures import AGE_UNKNOWN, CLOCKS
from stockturn.metrics.dimensions import dimension
from stockturn.metrics.explain import stands_on
from stockturn.metrics.measures import MEASURES
from stockturn.metrics.query import Answer, Compare, Grain, Period, Row
from stockturn.server.state import State

Names = Callable[[list[str]], Mapping[str, str]]

BARS = 12
"""Members shown in the comparison; more are unreadable, and the table of the page has them all."""

AGES = (
    ("age_0_30", "0–30"),
    ("age_31_60", "31–60"),
    ("age_61_90", "61–90"),
    ("age_91_180", "91–180"),
    ("age_181_365", "181–365"),
    ("age_over_365", "> 365"),
    (AGE_UNKNOWN, None),
)
_UNKNOWN_SHARE = Text("，{share} 库龄未知", ", the age of {share} is unknown")
_UNKNOWN_AGE = Text("未知", "unknown")
_OLD = ("age_181_365", "age_over_365")
_AT_CLOSE = Text("期末 · 成本口径", "at the close · at cost")

_BELOW = Text(
    "{total} 个期间中有 {count} 个低于{then}", "{count} of {total} periods are below {then}"
)
_SPAN = Text(
    "最低 {low}（{low_at}），最高 {high}（{high_at}）",
    "Lowest {low} ({low_at}), highest {high} ({high_at})",
)
_ONE = Text("{at}：{value}", "{value} in {at}")
_NO_DATA = Text("这段期间没有可画的数据", "There is nothing to draw in this period")
_SLOWEST = Text("「{member}」周转最低，{value}", "{member} turns slowest, {value}")
_SLOWEST_HOLDS = Text(
    "「{member}」周转最低，{value}，占库存 {share}",
    "{member} turns slowest, {value}, with {share} of the stock",
)
_SHOWN = Text("库存最多的 {shown} 个，共 {count} 个", "the {shown} with most stock of {count}")
_AGED = Text(
    "超过 180 天的库存占 {share}（{value}）",
    "{share} of the stock ({value}) is older than 180 days",
)


def trend(answer: Answer, state: State, currency: str, language: Language) -> Chart:
    """Draw turnover over time. ``answer`` is split by the page's grain, with its comparison."""
    points = [
        Point(
            bucket_label(row.period, state.grain),
            row.values["turnover"].number,
            _then(row, state.compare, "turnover"),
        )
        for row in answer.totals
    ]
    return trend_chart(
        points,
        _measured("turnover", state, currency, language),
        title=_trend_title(points, state, language),
        prior_name=_legend(state, language),
    )


def measure_trend(
    answer: Answer, key: str, currency: str, language: Language, grain: Grain = "month"
) -> Chart:
    """Draw one measure over time, for the card behind a figure."""
    measure = MEASURES[key]
    points = [Point(bucket_label(r.period, grain), r.values[key].number) for r in answer.totals]
    basis = stands_on(key, answer.query.basis, answer.query.period).read(language)
    measured = Measured(measure.name.read(language), measure.unit, basis, currency, language)
    return trend_chart(points, measured, title=_span(points, measure.unit, currency, language))


def comparison(
    answer: Answer,
    state: State,
    stock: str,
    names: Names,
    currency: str,
    language: Language,
) -> Chart:
    """Draw turnover by member: those with most stock, sorted by turnover, lowest last.

    Args:
        answer: One row per member with ``turnover`` and ``stock``, and the total.
        state: What the page shows.
        stock: Key of the average stock on the page's basis.
        names: Gives code -> name for the members that have one.
        currency: ISO code of the money.
        language: Language of the words.
    """
    by_stock = sorted(answer.rows, key=lambda row: -(row.values[stock].number or Decimal(0)))
    rows = sorted(by_stock[:BARS], key=_turnover_downwards)
    called = names([row.group[0] for row in rows if row.group[0]])
    points = [
        Point(
            _label(row.group[0], called),
            row.values["turnover"].number,
            _then(row, state.compare, "turnover"),
            member=row.group[0] or "",
        )
        for row in rows
    ]
    remark = _SHOWN.read(language, shown=BARS, count=len(answer.rows))
    return bar_chart(
        points,
        _measured("turnover", state, currency, language),
        title=_comparison_title(rows, answer.totals[0], stock, called, language),
        dimension=dimension(state.by).name.read(language),
        prior_name=_legend(state, language),
        total=answer.totals[0].values["turnover"].number,
        remark=remark if len(answer.rows) > BARS else "",
    )


def ageing(answer: Answer, currency: str, language: Language) -> Chart:
    """Draw the value of stock by age on the question's clock; unknown ages where there are any."""
    total, clock = answer.totals[0], answer.query.clock
    points = [
        Point(days or _UNKNOWN_AGE.read(language), total.values[key].number)
        for key, days in AGES
        if days or clock == "lot" or total.values[key].number
    ]
    measured = Measured(
        MEASURES["closing_inventory"].name.read(language),
        "money",
        " · ".join((_AT_CLOSE.read(language), CLOCKS[clock].read(language))),
        currency,
        language,
    )
    known = [p.value for p in points if p.value is not None]
    whole = sum(known, Decimal(0))
    if not known or whole <= 0:
        reason = total.values[AGES[0][0]].reason or _NO_DATA
        return ageing_chart(points, measured, title=reason.read(language))
    old = sum((total.values[key].number or Decimal(0) for key in _OLD), Decimal(0))
    title = _AGED.read(
        language,
        share=say(old / whole, "percent").read(language),
        value=say(old, "money", currency).read(language),
    )
    unknown = total.values[AGE_UNKNOWN].number
    if unknown:
        title += _UNKNOWN_SHARE.read(language, share=say(unknown / whole, "percent").read(language))
    return ageing_chart(points, measured, title=title)


def bucket_label(period: Period, grain: Grain) -> str:
    """Return what a bucket is called on an axis."""
    begin = period.begin
    match grain:
        case "year":
            return f"{begin:%Y}"
        case "quarter":
            return f"{begin:%Y}-Q{(begin.month + 2) // 3}"
        case "month":
            return f"{begin:%Y-%m}"
        case _:
            return begin.isoformat()


def _legend(state: State, language: Language) -> str | None:
    """What the grey series is called; None without a comparison."""
    if state.compare is None:
        return None
    name = COMPARED[state.compare].read(language)
    return name[0].upper() + name[1:]


def _measured(key: str, state: State, currency: str, language: Language) -> Measured:
    measure = MEASURES[key]
    basis = say_basis(state.basis).read(language)
    return Measured(measure.name.read(language), measure.unit, basis, currency, language)


def _trend_title(points: Sequence[Point], state: State, language: Language) -> str:
    pairs = [(p.value, p.prior) for p in points if p.value is not None and p.prior is not None]
    if state.compare is None or not pairs:
        return _span(points, "times", "", language)
    below = sum(value < prior for value, prior in pairs)
    then = COMPARED[state.compare].read(language)
    return _BELOW.read(language, total=len(pairs), count=below, then=then)


def _span(points: Sequence[Point], unit: str, currency: str, language: Language) -> str:
    known = [(p.value, p.label) for p in points if p.value is not None]
    if not known:
        return _NO_DATA.read(language)
    (low, low_at), (high, high_at) = min(known), max(known)
    if len(known) == 1:
        return _ONE.read(language, at=low_at, value=say(low, unit, currency).read(language))
    return _SPAN.read(
        language,
        low=say(low, unit, currency).read(language),
        high=say(high, unit, currency).read(language),
        low_at=low_at,
        high_at=high_at,
    )


def _comparison_title(
    rows: Sequence[Row], total: Row, stock: str, called: Mapping[str, str], language: Language
) -> str:
    known = [row for row in rows if row.values["turnover"].number is not None]
    if not known:
        return _NO_DATA.read(language)
    slowest = known[-1]
    words = {
        "member": _label(slowest.group[0], called) or UNNAMED.read(language),
        "value": say(slowest.values["turnover"].number or Decimal(0), "times").read(language),
    }
    held, whole = slowest.values[stock].number, total.values[stock].number
    if held is None or not whole or whole < 0:
        return _SLOWEST.read(language, **words)
    return _SLOWEST_HOLDS.read(language, share=say(held / whole, "percent").read(language), **words)


def _label(member: str | None, called: Mapping[str, str]) -> str | None:
    """Code and name: the code to find it by, the name to know it by."""
    if member is None or member not in called or called[member] == member:
        return member
    return f"{member} {called[member]}"


def _turnover_downwards(row: Row) -> tuple[bool, Decimal]:
    value = row.values["turnover"].number
    return value is None, -(value or Decimal(0))


def _then(row: Row, compare: Compare | None, key: str) -> Decimal | None:
    return None if compare is None else row.compared[compare][key].number
