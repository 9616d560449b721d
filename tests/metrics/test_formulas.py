"""Turnover arithmetic against hand-worked figures, and what it refuses to compute."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockturn.language import Text
from stockturn.metrics import formulas as f
from stockturn.metrics.query import FINANCIAL, MANAGEMENT, Basis, Period, Value

D = Decimal
amounts = st.decimals(min_value=D("0.01"), max_value=D("1e12"), places=2)


def test_averages_of_one_ledger_differ_and_each_is_named() -> None:
    """10 days at 100, then 20 days at nothing: 33.3 by day, 50 by two points."""
    integral = f.integral_of_spans([(10, 100), (20, 0)])
    assert integral == 1000
    by_day = f.daily_average(integral, 30).number
    assert by_day is not None
    assert abs(by_day - D("33.3333333333333")) < D("1e-12")
    assert f.two_point_average(100, 0).number == 50


def test_n_point_average_counts_the_opening_once() -> None:
    assert f.n_point_average(100, [120, 80, 60]).number == 90


def test_chain_average_halves_the_end_points() -> None:
    """(100/2 + 120 + 80 + 60/2) / 3 = 280 / 3."""
    number = f.chain_average(100, [120, 80, 60]).number
    assert number is not None
    assert number.quantize(D("0.0001")) == D("93.3333")


@pytest.mark.parametrize("points", [(None, [1]), (1, [None]), (1, [])])
def test_averages_with_a_missing_point_are_null(
    points: tuple[int | None, list[int | None]],
) -> None:
    assert f.n_point_average(*points).reason == f.UNKNOWN_AVERAGE
    assert f.chain_average(*points).reason == f.UNKNOWN_AVERAGE


def test_quarter_turns_and_days_agree() -> None:
    """A quarter of 900 over 225: 4 turns, 16 a year, 22.8125 days; never 365 / 4."""
    quarter = D(365) / 4
    assert f.turnover(900, 225, quarter, annualise=False).number == 4
    assert f.turnover(900, 225, quarter).number == 16
    assert f.days_of_inventory(900, 225, quarter).number == D("22.8125")


@given(amounts, amounts, st.integers(1, 400), st.sampled_from([365, 360]))
def test_days_equal_year_over_annualised_turnover(
    flow: Decimal, average: Decimal, days: int, year: int
) -> None:
    turns = f.turnover(flow, average, days, year).number
    held = f.days_of_inventory(flow, average, days).number
    assert turns is not None
    assert held is not None
    assert abs(held * turns / year - 1) < D("1e-24")


@pytest.mark.parametrize(
    ("quantity", "uncosted", "share"),
    [(10, 0, 1), (10, 4, D("0.6")), (10, 10, 0), (0, -4, D("0.5")), (-4, -4, 0), (0, 0, None)],
)
def test_the_costed_share_stays_a_share(
    quantity: int, uncosted: int, share: D | int | None
) -> None:
    assert f.costed_share(quantity, uncosted) == share


def test_negative_stock_without_cost_does_not_lift_the_costed_share_above_one() -> None:
    share = f.costed_share(16, -4)
    assert share is not None
    assert share.quantize(D("0.0001")) == D("0.8333")


def test_annualising_on_the_days_of_the_average_gives_one_answer() -> None:
    """An item first received on day 61 of 90: both consistent bases say 12.17, mixing says 4.06."""
    whole = f.turnover(60, 20, 90).number
    held = f.turnover(60, 60, 30).number
    mixed = f.turnover(60, 60, 90).number
    assert whole == held
    assert whole is not None
    assert whole.quantize(D("0.01")) == D("12.17")
    assert mixed is not None
    assert mixed.quantize(D("0.01")) == D("4.06")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (f.turnover(1, None, 30), f.UNKNOWN_AVERAGE),
        (f.turnover(1, 0, 30), f.ZERO_AVERAGE),
        (f.turnover(1, -1, 30), f.NEGATIVE_AVERAGE),
        (f.turnover(None, 1, 30), f.UNKNOWN_FLOW),
        (f.turnover(1, 1, 0), f.EMPTY_PERIOD),
        (f.days_of_inventory(0, 1, 30), f.NO_FLOW),
        (f.days_of_inventory(-1, 1, 30), f.NEGATIVE_FLOW),
        (f.days_of_inventory(1, 0, 30), f.ZERO_AVERAGE),
        (f.days_of_inventory(1, 1, 0), f.EMPTY_PERIOD),
        (f.coverage_days(None, 1, 30), f.UNKNOWN_STOCK),
        (f.coverage_days(-1, 1, 30), f.NEGATIVE_STOCK),
        (f.coverage_days(5, 0, 30), f.NO_FLOW),
        (f.daily_average(1, 0), f.EMPTY_PERIOD),
        (f.daily_average(None, 1), f.UNKNOWN_AVERAGE),
        (f.gross_margin(None, 1), f.UNKNOWN_MARGIN),
        (f.gross_margin_rate(0, 1), f.NO_REVENUE),
        (f.gross_margin_rate(-1, 1), f.NEGATIVE_REVENUE),
        (f.gmroi(None, 1, 1, 30), f.UNKNOWN_MARGIN),
        (f.gmroi(2, 1, 0, 30), f.ZERO_AVERAGE),
        (f.cash_of_one_more_turn(0, 1), f.NO_FLOW),
        (f.cash_of_one_more_turn(1, 0), f.ZERO_AVERAGE),
        (f.inventories_to_sales(1, 0), f.NO_REVENUE),
        (f.inventories_to_sales(None, 1), f.UNKNOWN_STOCK),
        (f.annual(1, 0), f.EMPTY_PERIOD),
        (f.annual(None, 1), f.UNKNOWN_FLOW),
    ],
)
def test_undefined_is_null_with_a_reason(value: Value, reason: Text) -> None:
    assert value == Value(None, reason)


def test_no_consumption_over_stock_is_a_true_zero() -> None:
    assert f.turnover(0, 10, 30).number == 0


def test_net_returns_keep_their_number_and_say_so() -> None:
    assert f.turnover(-5, 10, 30, annualise=False) == Value(D("-0.5"), note=f.NEGATIVE_FLOW)


def test_gross_margin_family() -> None:
    assert f.gross_margin(1000, 600).number == 400
    assert f.gross_margin_rate(1000, 600).number == D("0.4")
    assert f.gmroi(1000, 600, 100, 365).number == 4
    assert f.gmroi(500, 600, 100, 365).number == -1


def test_sap_per_day_turnover_and_range_of_coverage() -> None:
    per_day = f.turnover_per_day(900, 90, 90).number
    assert per_day is not None
    assert abs(per_day - D("0.1111111111")) < D("1e-9")
    assert f.coverage_days(90, 900, 90).number == 9
    assert f.coverage_days(0, 900, 90).number == 0


def test_cash_of_one_more_turn() -> None:
    """500 a year over 125 turns 4 times; at 5 turns 100 is enough."""
    assert f.cash_of_one_more_turn(500, 125).number == 25


def test_inventories_to_sales() -> None:
    number = f.inventories_to_sales(D("2574.9"), D("1880.7")).number
    assert number is not None
    assert number.quantize(D("0.01")) == D("1.37")


@pytest.mark.parametrize(
    ("begin", "end", "days"),
    [
        ("2024-01-01", "2024-04-01", 90),
        ("2024-01-01", "2024-07-01", 180),
        ("2024-01-01", "2024-10-01", 270),
        ("2024-01-01", "2025-01-01", 360),
        ("2024-02-01", "2024-03-01", 30),
        ("2024-01-01", "2024-01-16", 15),
        ("2024-01-30", "2024-01-31", 1),
        ("2024-01-31", "2024-02-01", 1),
        ("2024-01-01", "2024-01-01", 0),
        ("2024-02-01", "2024-01-01", 0),
    ],
)
def test_thirty_days_a_month(begin: str, end: str, days: int) -> None:
    assert f.days_360(date.fromisoformat(begin), date.fromisoformat(end)) == days


@given(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.integers(1, 800))
def test_a_span_that_holds_a_day_counts_at_least_one(begin: date, length: int) -> None:
    assert f.days_360(begin, begin + timedelta(days=length)) >= 1


def test_period_days_follow_the_basis() -> None:
    third_quarter = Period(date(2024, 7, 1), date(2024, 10, 1))
    assert f.period_days(third_quarter, MANAGEMENT) == 92
    assert f.period_days(third_quarter, Basis(days=360)) == 90
    assert f.period_days(third_quarter, FINANCIAL) == 270
    assert f.effective_period(third_quarter, FINANCIAL).begin == date(2024, 1, 1)


def test_year_to_date_of_a_whole_year_does_not_slip_into_the_next() -> None:
    """The end is exclusive: 1 January 2025 as end still means the year 2024."""
    year = Period(date(2024, 1, 1), date(2025, 1, 1))
    assert f.effective_period(year, FINANCIAL) == year
    assert f.period_days(year, FINANCIAL) == 360
