"""Consumption rate: what stock-outs do to it, and how the conventions differ."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockturn.demand import rate
from stockturn.metrics.query import Period, Value

D = Decimal
QUARTER = Period(date(2024, 1, 1), date(2024, 4, 1))


def test_two_conventions_of_one_half_year() -> None:
    """515 used in 6 months of which 3 had stock: 171.67 a month, not 85.83."""
    ours = rate.monthly_rate(515, 183, D("91.5")).number
    msh = rate.monthly_rate(515, None, D("91.5"), method="months_less_stockout", months=6).number
    assert ours is not None
    assert msh is not None
    assert ours.quantize(D("0.01")) == msh.quantize(D("0.01")) == D("171.67")


@given(st.integers(0, 10**6), st.integers(1, 400), st.integers(0, 400))
def test_conventions_agree_when_months_are_days_over_a_month(
    quantity: int, days: int, out: int
) -> None:
    ours = rate.monthly_rate(quantity, days, out)
    msh = rate.monthly_rate(quantity, days, out, method="months_less_stockout")
    assert ours == msh


def test_out_of_stock_all_along_is_unknown_demand_not_zero() -> None:
    assert rate.monthly_rate(0, 30, 30) == Value(None, rate.NEVER_IN_STOCK)
    assert rate.monthly_rate(0, 30, 0).number == 0
    assert rate.monthly_rate(None, 30) == Value(None, rate.UNKNOWN_DEMAND)
    assert rate.monthly_rate(5, 0) == Value(None, rate.EMPTY_PERIOD)
    assert rate.monthly_rate(5, None) == Value(None, rate.EMPTY_PERIOD)
    msh = rate.monthly_rate(5, None, method="months_less_stockout")
    assert msh == Value(None, rate.EMPTY_PERIOD)


def test_floor_months_against_thirty_days() -> None:
    assert rate.monthly_rate_floor_months(1200, 365).number == 100
    assert rate.monthly_rate_floor_months(1200, 29) == Value(None, rate.TOO_SHORT)
    assert rate.monthly_rate_floor_months(None, 90) == Value(None, rate.UNKNOWN_DEMAND)
    per_day = rate.monthly_rate_thirty_days(1200, 365).number
    assert per_day is not None
    assert per_day.quantize(D("1e-10")) == D("98.6301369863")


def test_months_on_hand_without_demand_is_null_unless_zero_is_asked_for() -> None:
    assert rate.months_on_hand(300, 100).number == 3
    assert rate.months_on_hand(300, 0) == Value(None, rate.NO_DEMAND)
    assert rate.months_on_hand(300, 0, zero_without_demand=True).number == 0
    assert rate.months_on_hand(None, 1) == Value(None, rate.UNKNOWN_STOCK)
    assert rate.months_on_hand(1, None) == Value(None, rate.UNKNOWN_DEMAND)


@pytest.mark.parametrize(
    ("closing", "opening", "opened_empty", "closed_empty"),
    [
        ([5, 0, 0, 7, 0], None, 2, 3),
        ([5, 0, 0, 7, 0], 0, 3, 3),
        ([-2, 4], 3, 1, 1),
        ([], None, 0, 0),
    ],
)
def test_days_out_of_stock(
    closing: list[int], opening: int | None, opened_empty: int, closed_empty: int
) -> None:
    assert rate.days_out_of_stock(closing, opening=opening) == opened_empty
    assert rate.days_out_of_stock(closing, "closed_empty", opening) == closed_empty


def test_days_before_the_first_receipt_are_out_of_stock() -> None:
    """First receipt on 31 January; its own day still opened empty."""
    days = rate.stock_days([(date(2024, 1, 31), 10)], QUARTER)
    assert days == rate.StockDays(with_stock=60, out_of_stock=31, before_first_receipt=30)


def test_movements_before_the_period_make_its_opening_and_later_ones_do_not_count() -> None:
    moves = [(date(2023, 12, 1), 5), (date(2024, 3, 1), -5), (date(2024, 4, 1), 9)]
    days = rate.stock_days(moves, QUARTER)
    assert days == rate.StockDays(with_stock=61, out_of_stock=30, before_first_receipt=0)
    assert rate.stock_days(moves, QUARTER, rule="closed_empty").out_of_stock == 31


@given(
    st.lists(st.integers(-3, 3), min_size=1, max_size=30),
    st.integers(0, 3),
    st.sampled_from(["opened_empty", "closed_empty"]),
)
def test_movements_and_daily_balances_count_alike(
    changes: list[int], opening: int, rule: rate.StockoutRule
) -> None:
    first = date(2024, 1, 1).toordinal()
    moves = [(date.fromordinal(first + day), change) for day, change in enumerate(changes)]
    balances = [opening + sum(changes[: day + 1]) for day in range(len(changes))]
    period = Period(date.fromordinal(first), date.fromordinal(first + len(changes)))
    counted = rate.stock_days(moves, period, opening, rule)
    assert counted.out_of_stock == rate.days_out_of_stock(balances, rule, opening)
    assert counted.with_stock + counted.out_of_stock == len(changes)
