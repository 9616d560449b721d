"""The headline says what moved turnover, and its causes add up to the change."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockturn.insight.overview import causes, headline, next_step
from stockturn.insight.traps import CashTrap, CashTraps
from stockturn.language import Text
from stockturn.metrics.query import Filter, Period, Row, Value

YEAR = Period(date(2013, 1, 1), date(2014, 1, 1))
FLOW, STOCK = "cogs", "average_inventory"


def row(group, flow, stock, turnover=None, then=None):
    """One group; ``then`` is (flow, stock, turnover) a year earlier."""
    values = _values(flow, stock, turnover)
    compared = {"prior_year": _values(*then)} if then else {}
    return Row((group,), YEAR, values, compared)


def _values(flow, stock, turnover=None):
    numbers = {FLOW: flow, STOCK: stock, "turnover": turnover}
    return {
        key: Value(None if number is None else Decimal(str(number)))
        for key, number in numbers.items()
    }


def say_headline(total, rows, compare="prior_year"):
    found = causes(rows, total, compare, FLOW, STOCK) if compare else []
    return headline(total, compare, found, stock=STOCK, unit="money", currency="CNY")


TOTAL = row(None, 31000000, 10000000, "3.1", then=(35000000, 10000000, "3.5"))


def test_the_headline_names_the_change_and_what_moved_it_most():
    total = row(None, 310_0000, 100_0000, "3.10", then=(308_0000, 88_0000, "3.50"))
    rows = [
        row("五金", 200_0000, 70_0000, then=(200_0000, 60_0000)),
        row("电机", 110_0000, 30_0000, then=(108_0000, 28_0000)),
    ]
    assert say_headline(total, rows) == Text(
        "周转 3.10 次，较去年同期 −0.40 次，主要因「五金」库存上升 10.0 万元。",
        "Turnover is 3.10 turns, −0.40 turns on a year earlier, mainly because the stock of 五金 "
        "rose by ¥ 100 K.",
    )


def test_sales_that_fell_are_the_cause_when_they_weigh_more():
    total = row(None, 60, 10, "6", then=(100, 10, "10"))
    rows = [row("a", 10, 5, then=(50, 5)), row("b", 50, 5, then=(50, 5))]
    assert say_headline(total, rows).zh.endswith("主要因「a」销售下降 40.0 元。")


def test_a_cause_that_pulls_the_other_way_is_not_named():
    total = row(None, 100, 10, "10", then=(100, 10, "9"))
    assert "因" not in say_headline(total, []).zh


def test_a_change_below_one_percent_is_called_steady():
    total = row(None, 100, 10, "10", then=(100, 10, "10.05"))
    assert say_headline(total, []).zh == "周转 10.00 次，与去年同期基本持平（−0.05 次）。"


def test_without_a_comparison_the_headline_gives_the_stock():
    total = row(None, 100, 250000, "10")
    assert say_headline(total, [], compare=None).en == (
        "Turnover is 10.00 turns on ¥ 250 K of stock."
    )


def test_without_data_a_year_earlier_the_headline_says_so():
    total = row(None, 100, 250000, "10", then=(None, None, None))
    assert say_headline(total, []).zh == "周转 10.00 次，平均库存 25.0 万元；去年同期没有可比数据。"


def test_an_undefined_turnover_gives_its_reason():
    nothing = Row((None,), YEAR, {"turnover": Value(None, Text("平均库存为零", "No stock"))})
    assert say_headline(nothing, [], None).zh == "暂时算不出周转：平均库存为零"


amounts = st.integers(min_value=1, max_value=10**9)
groups = st.lists(st.tuples(amounts, amounts, amounts, amounts), min_size=1, max_size=6)


@given(groups)
def test_causes_add_up_to_the_change(parts):
    rows = [
        row(str(number), flow, stock, then=(flow_then, stock_then))
        for number, (flow, stock, flow_then, stock_then) in enumerate(parts)
    ]
    flow, stock, flow_then, stock_then = (sum(column) for column in zip(*parts, strict=True))
    total = row(None, flow, stock, then=(flow_then, stock_then))
    found = causes(rows, total, "prior_year", FLOW, STOCK)
    change = Decimal(flow) / stock - Decimal(flow_then) / stock_then
    assert sum(cause.effect for cause in found) == pytest.approx(change, abs=Decimal("1e-15"))
    assert len(found) == 2 * len(parts)


def test_a_group_that_was_not_there_then_counts_as_zero():
    total = row(None, 30, 10, then=(20, 5))
    rows = [row("old", 20, 5, then=(20, 5)), row("new", 10, 5)]
    found = causes(rows, total, "prior_year", FLOW, STOCK)
    assert {cause.member for cause in found if cause.change} == {"new"}


def test_no_causes_without_positive_stock_in_both_periods():
    total = row(None, 30, 10, then=(20, 0))
    assert causes([], total, "prior_year", FLOW, STOCK) == []


def trap(item, value, category="五金"):
    return CashTrap(
        item=item,
        name=None,
        category=category,
        location_count=1,
        value=Decimal(value),
        days_of_inventory=None,
        days_since_last_issue=400,
        age_days=None,
        reason=Text("已 400 天没有出库。", "Not issued for 400 days."),
        trend=(),
    )


def test_the_next_step_is_one_large_trap():
    by_category = {"五金": (Decimal(100), 4)}
    traps = CashTraps((trap("B2", 50), trap("B3", 30)), Decimal(100), 4, by_category)
    step = next_step(traps, [], "category", "CNY")
    assert step.text.zh == "先处理「B2」：已 400 天没有出库。"
    assert (step.where, step.by) == ((Filter("item", ("B2",)),), "location")


def test_the_next_step_is_a_category_when_traps_are_many_and_small():
    by_category = {"五金": (Decimal(60), 6), None: (Decimal(40), 4)}
    traps = CashTraps((trap("B2", 10),), Decimal(100), 10, by_category)
    step = next_step(traps, [], "category", "CNY")
    assert step.text.zh == "先看「五金」：积压的 100 元中有 60.0 元（60.0%）在这里，共 6 个物料。"
    assert (step.where, step.by) == ((Filter("category", ("五金",)),), "item")


def test_without_traps_the_next_step_is_the_slowest_group():
    none = CashTraps((), Decimal(0), 0, {})
    rows = [row("a", 1, 1, "5"), row("b", 1, 1, "2"), row("c", 1, 0, None)]
    step = next_step(none, rows, "region", "CNY")
    assert step.text.en == (
        "No stock stands still. Look next at b, which turns slowest (2.00 turns)."
    )
    assert step.where == (Filter("region", ("b",)),)


def test_with_nothing_to_compare_the_next_step_is_to_widen():
    assert next_step(CashTraps((), Decimal(0), 0, {}), [], "item", "CNY").where == ()
