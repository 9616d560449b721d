"""The arithmetic of turnover, exact and null-safe: numbers in, a ``Value`` out.

Every function takes sums (a group's turnover is the ratio of its sums, never the mean of its
members' ratios) and answers a number or None with a reason. Everything is computed at 50 digits
and never rounded here; whoever shows a figure rounds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Context, Decimal

from stockturn.language import Text
from stockturn.metrics.query import Basis, Period, Value

Amount = Decimal | int

_EXACT = Context(prec=50)

UNKNOWN_AVERAGE = Text("没有平均库存：期间内缺少库存数据", "No average inventory: stock is unknown")
ZERO_AVERAGE = Text("平均库存为零，无法相除", "Average inventory is zero, nothing to divide by")
NEGATIVE_AVERAGE = Text(
    "平均库存为负，先查负库存再看此数",
    "Average inventory is negative; clear the negative stock first",
)
UNKNOWN_FLOW = Text("没有出库或销售数据", "Issues or sales are unknown")
NO_FLOW = Text(
    "期间内没有消耗，按此速度不会用完", "Nothing was consumed; at this pace it never ends"
)
NEGATIVE_FLOW = Text(
    "退回多于发出，净消耗为负", "Returns exceed issues; net consumption is negative"
)
EMPTY_PERIOD = Text("期间没有天数", "The period holds no day")
UNKNOWN_MARGIN = Text("缺少收入或成本，无法算毛利", "Revenue or cost is missing, so no margin")
NO_REVENUE = Text("期间内没有收入", "There is no revenue in the period")
NEGATIVE_REVENUE = Text("收入净额为负", "Net revenue is negative")
UNKNOWN_STOCK = Text("库存未知", "Stock is unknown")
NEGATIVE_STOCK = Text("库存为负，先查负库存", "Stock is negative; clear the negative stock first")


def two_point_average(opening: Amount | None, closing: Amount | None) -> Value:
    """(opening + closing) / 2: what financial statements use; blind to the days between."""
    if opening is None or closing is None:
        return Value(None, UNKNOWN_AVERAGE)
    return Value(_divide(_sum([opening, closing]), 2))


def costed_share(quantity: Amount, uncosted: Amount) -> Decimal | None:
    """Share of a closing quantity that has a cost, from 0 to 1; None without stock.

    Costed and uncosted quantities count by their size, so that negative stock of one kind cannot
    push the share above 1 or below 0.
    """
    costed, lacking = abs(Decimal(quantity) - Decimal(uncosted)), abs(Decimal(uncosted))
    return _divide(costed, costed + lacking) if costed + lacking else None


def n_point_average(opening: Amount | None, month_ends: Sequence[Amount | None]) -> Value:
    """(opening + n month ends) / (n + 1), the simple mean of the n + 1 points.

    The other convention of the trade, the chain mean that halves the first and last point, is
    ``chain_average``.
    """
    points = [opening, *month_ends]
    known = [Decimal(p) for p in points if p is not None]
    if not month_ends or len(known) < len(points):
        return Value(None, UNKNOWN_AVERAGE)
    return Value(_divide(_sum(known), len(known)))


def chain_average(opening: Amount | None, month_ends: Sequence[Amount | None]) -> Value:
    """Mean of the n two-point averages: end points count half (序时平均, Chinese statistics)."""
    points = [opening, *month_ends]
    known = [Decimal(p) for p in points if p is not None]
    if not month_ends or len(known) < len(points):
        return Value(None, UNKNOWN_AVERAGE)
    doubled = _sum([*known, *known[1:-1]])
    return Value(_divide(doubled, 2 * (len(known) - 1)))


def daily_average(integral: Amount | None, days: Amount) -> Value:
    """Stock integral (sum of the closing balances of all days) / days."""
    if days <= 0:
        return Value(None, EMPTY_PERIOD)
    if integral is None:
        return Value(None, UNKNOWN_AVERAGE)
    return Value(_divide(integral, days))


def integral_of_spans(spans: Iterable[tuple[Amount, Amount]]) -> Decimal:
    """Stock integral of (days, balance) spans, in unit-days."""
    return _sum(_times(days, balance) for days, balance in spans)


def turnover(
    numerator: Amount | None,
    average: Amount | None,
    period_days: Amount,
    year_days: Amount = 365,
    annualise: bool = True,
) -> Value:
    """Numerator / average, times year_days / period_days when annualised.

    ``period_days`` must be the days that ``average`` is taken over: mixing a part-period average
    with the whole period's days understates the turns of new items. No consumption over a
    positive average is a true 0; a negative numerator keeps its number and says why.
    """
    if numerator is None:
        return Value(None, UNKNOWN_FLOW)
    refusal = refuse_average(average)
    if refusal is not None or average is None:
        return Value(None, refusal)
    note = NEGATIVE_FLOW if numerator < 0 else None
    if not annualise:
        return Value(_divide(numerator, average), note=note)
    if period_days <= 0:
        return Value(None, EMPTY_PERIOD)
    scaled = _times(numerator, year_days)
    return Value(_divide(scaled, _times(average, period_days)), note=note)


def days_of_inventory(
    numerator: Amount | None, average: Amount | None, period_days: Amount
) -> Value:
    """Days a unit of stock stays: average x period days / numerator.

    Equals period days / period turnover and year days / annualised turnover, whichever is shown.
    Dividing a year by a quarter's turnover is the classic mistake, wrong by four. Null whenever
    turnover is null, and when nothing was consumed.
    """
    if period_days <= 0:
        return Value(None, EMPTY_PERIOD)
    refusal = refuse_average(average) or refuse_flow(numerator)
    if refusal is not None or average is None or numerator is None:
        return Value(None, refusal)
    return Value(_divide(_times(average, period_days), numerator))


def turnover_per_day(
    numerator: Amount | None, average: Amount | None, period_days: Amount
) -> Value:
    """Consumption per day / average stock: SAP's "average inventory turnover". Not annual."""
    return turnover(numerator, average, period_days, year_days=1)


def coverage_days(stock: Amount | None, numerator: Amount | None, period_days: Amount) -> Value:
    """Range of coverage: stock (average or current) / consumption per calendar day.

    Differs from ``days_of_inventory`` in that no stock is a true 0 days.
    """
    if period_days <= 0:
        return Value(None, EMPTY_PERIOD)
    if stock is None:
        return Value(None, UNKNOWN_STOCK)
    if stock < 0:
        return Value(None, NEGATIVE_STOCK)
    refusal = refuse_flow(numerator)
    if refusal is not None or numerator is None:
        return Value(None, refusal)
    return Value(_divide(_times(stock, period_days), numerator))


def inventories_to_sales(inventory: Amount | None, sales: Amount | None) -> Value:
    """Closing inventory / sales of the month (US Census). Sales basis: never beside cost turns."""
    if inventory is None:
        return Value(None, UNKNOWN_STOCK)
    refusal = refuse_revenue(sales)
    if refusal is not None or sales is None:
        return Value(None, refusal)
    return Value(_divide(inventory, sales))


def gross_margin(revenue: Amount | None, cogs: Amount | None) -> Value:
    """Revenue - cost of goods sold, in money."""
    if revenue is None or cogs is None:
        return Value(None, UNKNOWN_MARGIN)
    return Value(_EXACT.subtract(Decimal(revenue), Decimal(cogs)))


def gross_margin_rate(revenue: Amount | None, cogs: Amount | None) -> Value:
    """Gross margin / revenue, as a share (0.25 is 25 %)."""
    margin = gross_margin(revenue, cogs)
    refusal = margin.reason or refuse_revenue(revenue)
    if refusal is not None or margin.number is None or revenue is None:
        return Value(None, refusal)
    return Value(_divide(margin.number, revenue))


def gmroi(
    revenue: Amount | None,
    cogs: Amount | None,
    average: Amount | None,
    period_days: Amount,
    year_days: Amount = 365,
    annualise: bool = True,
) -> Value:
    """Gross margin / average inventory at cost, annualised exactly as turnover is."""
    margin = gross_margin(revenue, cogs)
    if margin.number is None:
        return margin
    ratio = turnover(margin.number, average, period_days, year_days, annualise)
    return Value(ratio.number, ratio.reason)


def cash_of_one_more_turn(annual_cogs: Amount | None, average: Amount | None) -> Value:
    """Cash that one more turn a year would free, at the same annual cost of goods sold.

    average - annual_cogs / (turnover + 1), with turnover = annual_cogs / average.
    """
    refusal = refuse_average(average) or refuse_flow(annual_cogs)
    if refusal is not None or average is None or annual_cogs is None:
        return Value(None, refusal)
    # The same number with one rounding: average^2 / (annual_cogs + average).
    return Value(_divide(_times(average, average), _sum([annual_cogs, average])))


def annual(amount: Amount | None, period_days: Amount, year_days: Amount = 365) -> Value:
    """A period's flow scaled to a year: amount x year days / period days."""
    if amount is None:
        return Value(None, UNKNOWN_FLOW)
    if period_days <= 0:
        return Value(None, EMPTY_PERIOD)
    return Value(_divide(_times(amount, year_days), period_days))


def effective_period(period: Period, basis: Basis) -> Period:
    """The span a basis really covers: from 1 January of the last day's year when year to date."""
    if not basis.year_to_date or period.days <= 0:
        return period
    last_day = date.fromordinal(period.end.toordinal() - 1)
    return Period(date(last_day.year, 1, 1), period.end)


def period_days(period: Period, basis: Basis) -> int:
    """Days of the effective period: 30/360 on a 360-day year, calendar days on 365.

    So a quarter to date counts 90, 180, 270 or 360 in a Chinese interim report, and a full year's
    turnover is the same before and after annualising.
    """
    span = effective_period(period, basis)
    return days_360(span.begin, span.end) if basis.days == 360 else max(span.days, 0)


def days_360(begin: date, end: date) -> int:
    """Days of [begin, end) when every month has 30.

    Day 31 counts as day 30 at both ends (30E/360). A span that holds a day is never 0, so the 30th
    of a long month alone still counts 1.
    """
    if end <= begin:
        return 0
    months = (end.year - begin.year) * 12 + end.month - begin.month
    return max(1, months * 30 + min(end.day, 30) - min(begin.day, 30))


def refuse_average(average: Amount | None) -> Text | None:
    """Why nothing may be divided by ``average``, or None when it is positive."""
    if average is None:
        return UNKNOWN_AVERAGE
    if average == 0:
        return ZERO_AVERAGE
    return NEGATIVE_AVERAGE if average < 0 else None


def refuse_flow(numerator: Amount | None) -> Text | None:
    """Why nothing may be divided by a consumption, or None when it is positive."""
    if numerator is None:
        return UNKNOWN_FLOW
    if numerator == 0:
        return NO_FLOW
    return NEGATIVE_FLOW if numerator < 0 else None


def refuse_revenue(revenue: Amount | None) -> Text | None:
    """Why nothing may be divided by a revenue, or None when it is positive."""
    if revenue is None:
        return UNKNOWN_MARGIN
    if revenue == 0:
        return NO_REVENUE
    return NEGATIVE_REVENUE if revenue < 0 else None


def _divide(numerator: Amount, denominator: Amount) -> Decimal:
    # 50 digits hold every sum of DECIMAL(38, 4); Python's default of 28 does not.
    return _EXACT.divide(Decimal(numerator), Decimal(denominator))


def _times(left: Amount, right: Amount) -> Decimal:
    return _EXACT.multiply(Decimal(left), Decimal(right))


def _sum(amounts: Iterable[Amount]) -> Decimal:
    total = Decimal(0)
    for amount in amounts:
        total = _EXACT.add(total, Decimal(amount))
    return total
