"""Consumption rate: how much would have been used a month, had there been stock to use.

A day without stock says nothing about demand, so it leaves the denominator. Days before the first
receipt are such days: leaving them in halves the rate of an item that arrived mid-period.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from stockturn.language import Text
from stockturn.metrics.formulas import Amount
from stockturn.metrics.query import Period, Value

DAYS_PER_MONTH = Decimal("30.5")

RateMethod = Literal["days_with_stock", "months_less_stockout"]
StockoutRule = Literal["opened_empty", "closed_empty"]

UNKNOWN_DEMAND = Text("没有消耗数据", "Consumption is unknown")
NEVER_IN_STOCK = Text("整个期间都缺货，看不出需求", "Out of stock all along; demand cannot be seen")
EMPTY_PERIOD = Text("期间没有天数", "The period holds no day")
TOO_SHORT = Text("期间不足一个整月（30 天）", "The period is shorter than one month of 30 days")
NO_DEMAND = Text("没有需求，谈不上够用几个月", "No demand, so no months on hand")
UNKNOWN_STOCK = Text("库存未知", "Stock is unknown")


@dataclass(frozen=True)
class StockDays:
    """Days of a span by state. ``with_stock`` + ``out_of_stock`` = days of the span."""

    with_stock: int
    out_of_stock: int
    before_first_receipt: int
    """Part of ``out_of_stock``: days before the item ever had stock."""


def monthly_rate(
    quantity: Amount | None,
    period_days: Amount | None,
    stockout_days: Amount = 0,
    days_per_month: Amount = DAYS_PER_MONTH,
    method: RateMethod = "days_with_stock",
    months: Amount | None = None,
) -> Value:
    """Average monthly consumption (AMC) with days out of stock taken out of the denominator.

    The two conventions agree when the period's months are its days / ``days_per_month``:

    * ``days_with_stock`` (ours): quantity / (days - stock-out days) x days per month;
    * ``months_less_stockout`` (MSH): quantity / (months - stock-out days / days per month).

    Args:
        quantity: Net consumption of the period, in base units.
        period_days: Calendar days; may be None for MSH when ``months`` is given.
        stockout_days: Days out of stock, those before the first receipt included.
        days_per_month: Length of a month, 30.5 unless told.
        method: The convention.
        months: Months of the period for MSH; None takes period days / days per month.

    Source: Management Sciences for Health, *MDS-3*, and BHIMA's two algorithms.
    """
    if quantity is None:
        return Value(None, UNKNOWN_DEMAND)
    month = _exact(days_per_month)
    if method == "days_with_stock":
        if period_days is None:
            return Value(None, EMPTY_PERIOD)
        base = (_exact(period_days) - _exact(stockout_days)) / month
    else:
        if months is None and period_days is None:
            return Value(None, EMPTY_PERIOD)
        length = _exact(months) if months is not None else _exact(period_days or 0) / month
        base = length - _exact(stockout_days) / month
    if base <= 0:
        return Value(None, NEVER_IN_STOCK if stockout_days > 0 else EMPTY_PERIOD)
    return Value(_decimal(_exact(quantity) / base))


def monthly_rate_floor_months(quantity: Amount | None, period_days: int) -> Value:
    """Quantity / floor(days / 30), OpenBoxes' convention: 365 days count as 12 months."""
    if quantity is None:
        return Value(None, UNKNOWN_DEMAND)
    months = period_days // 30
    if months < 1:
        return Value(None, TOO_SHORT)
    return Value(_decimal(_exact(quantity) / months))


def monthly_rate_thirty_days(quantity: Amount | None, period_days: Amount) -> Value:
    """Quantity / days x 30, no stock-out correction."""
    return monthly_rate(quantity, period_days, days_per_month=30)


def months_on_hand(
    stock: Amount | None, monthly_demand: Amount | None, zero_without_demand: bool = False
) -> Value:
    """Stock / monthly demand; null with a reason when there is no demand.

    ``zero_without_demand`` answers 0 instead, as OpenBoxes does: it reads like an empty shelf
    where there may be a full one, so it is only offered for comparison.
    """
    if stock is None:
        return Value(None, UNKNOWN_STOCK)
    if monthly_demand is None:
        return Value(None, UNKNOWN_DEMAND)
    if monthly_demand <= 0:
        return Value(Decimal(0), note=NO_DEMAND) if zero_without_demand else Value(None, NO_DEMAND)
    return Value(_decimal(_exact(stock) / _exact(monthly_demand)))


def days_out_of_stock(
    closing: Sequence[Amount],
    rule: StockoutRule = "opened_empty",
    opening: Amount | None = None,
) -> int:
    """Days out of stock from the closing stock of consecutive days.

    Args:
        closing: Stock at the end of each day; zero or less is empty.
        rule: ``opened_empty`` (ours): the day before closed empty, so nothing could be sold from
            its start. ``closed_empty``: the day itself closed empty.
        opening: Stock before the first day; unknown leaves the first day uncounted under
            ``opened_empty``.
    """
    if rule == "closed_empty":
        return sum(1 for balance in closing if balance <= 0)
    starts = [opening, *closing[:-1]] if closing else []
    return sum(1 for balance in starts if balance is not None and balance <= 0)


def stock_days(
    movements: Iterable[tuple[date, Amount]],
    period: Period,
    opening: Amount = 0,
    rule: StockoutRule = "opened_empty",
) -> StockDays:
    """Days of ``period`` with and without stock, from dated signed quantities.

    Movements before the period count into its opening, later ones are left out. The days before
    the first receipt are out of stock like any other, and told apart in the answer.
    """
    by_day: dict[date, Decimal] = {}
    stock = Decimal(opening)
    ever = stock > 0
    for day, quantity in movements:
        if day < period.begin:
            stock += quantity
            ever = ever or stock > 0
        elif day < period.end:
            by_day[day] = by_day.get(day, Decimal(0)) + quantity
    out = before = 0
    for offset in range(max(period.days, 0)):
        opened_empty = stock <= 0
        change = by_day.get(date.fromordinal(period.begin.toordinal() + offset), Decimal(0))
        stock += change
        ever = ever or stock > 0
        if opened_empty if rule == "opened_empty" else stock <= 0:
            out += 1
            before += 0 if ever else 1
    return StockDays(max(period.days, 0) - out, out, before)


def _exact(amount: Amount) -> Fraction:
    return Fraction(amount)


def _decimal(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / Decimal(number.denominator)
