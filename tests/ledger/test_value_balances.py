"""The two-minute sheet as ledger data: money alone, and the figures of the quick answer."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from stockturn.ledger import identities
from stockturn.ledger.value_balances import MonthsBooked
from stockturn.metrics.age_measures import AGE_BUCKETS
from stockturn.metrics.answer import ask, data_bounds
from stockturn.metrics.query import Basis, Filter, MetricQuery, Period
from stockturn.metrics.quick import assess
from stockturn.metrics.quick_rows import TypedRow
from tests.books import new_engine, post

TWO_POINT = Basis("two-point", days=360)
"""Months of 30 days on a year of 360: what the quick answer counts as twelfths of a year."""
ITEMS = """
    item category unit
    五金 五金     value-only
    电机 电机     value-only
"""
ROWS = """
    happened_on item opening balance issued revenue
    2024-01-31  五金 100     120     60     90
    2024-02-29  五金 120     140.01  61     95
    2024-03-31  五金 140.01  90      70     99
    2024-01-31  电机 900     700     300    400
    2024-02-29  电机 700     800     200    260
    2024-03-31  电机 800     650     250    330
"""
QUARTER = Period(date(2024, 1, 1), date(2024, 4, 1))


def sheet(rows):
    head, *lines = (line.split() for line in rows.strip().splitlines())
    return "\n".join([" ".join([*head, "location"]), *(" ".join([*line, "all"]) for line in lines)])


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    made = new_engine(tmp_path_factory.mktemp("sheet"))
    post(made, item=ITEMS, value_balance=sheet(ROWS))
    yield made
    made.close()


def values(engine, *measures, period=QUARTER, **more):
    return ask(engine, MetricQuery(measures, period, **more)).totals[0].values


def test_the_days_of_the_sheet_are_whole_months(engine):
    assert data_bounds(engine) == (QUARTER.begin, QUARTER.end)


def test_turnover_by_category_is_that_of_the_quick_answer(engine):
    lines = [line.split() for line in ROWS.strip().splitlines()[1:]]
    typed = [TypedRow(day[:7], item, o, c, cogs, rev) for day, item, o, c, cogs, rev in lines]
    quick = assess(typed, {})
    query = MetricQuery(("turnover", "cogs", "revenue"), QUARTER, by=("category",), basis=TWO_POINT)
    answer = ask(engine, query)
    ledger = {row.group[0]: row.values["turnover"].number for row in answer.rows}
    for line in quick.by_category:
        assert round(ledger[line.name.zh], 20) == round(line.turnover.number, 20)
    assert round(answer.totals[0].values["turnover"].number, 20) == round(
        quick.whole.turnover.number, 20
    )
    assert answer.totals[0].values["cogs"].number == quick.whole.cogs
    assert answer.totals[0].values["revenue"].number == 90 + 95 + 99 + 400 + 260 + 330


def test_each_month_stands_at_its_two_points(engine):
    query = MetricQuery(("opening_inventory", "closing_inventory"), QUARTER, grain="month",
                        where=(Filter("category", ("五金",)),))  # fmt: skip
    points = [[v.number for v in row.values.values()] for row in ask(engine, query).totals]
    assert points == [[100, 120], [120, Decimal("140.01")], [Decimal("140.01"), 90]]


def test_the_daily_average_of_a_month_is_the_mean_of_its_points_and_says_so(engine):
    for begin, end, points in (
        (date(2024, 1, 1), date(2024, 2, 1), (1000, 820)),
        (date(2024, 2, 1), date(2024, 3, 1), (820, Decimal("940.01"))),
    ):
        found = values(engine, "average_inventory", period=Period(begin, end))
        assert round(found["average_inventory"].number, 4) == sum(points) / Decimal(2)
        assert "两点" in found["average_inventory"].note.zh
    assert values(engine, "average_inventory", basis=TWO_POINT)["average_inventory"].note is None


def test_no_quantity_is_made_up(engine):
    measures = ("closing_quantity", "slow_moving_value", "average_age", "cost_coverage")
    for value in values(engine, *measures).values():
        assert (value.number, "只导入了金额" in value.reason.zh) == (None, True)
    turns = values(engine, "turnover", basis=Basis(basis="quantity"))["turnover"]
    assert (turns.number, "只导入了金额" in turns.reason.zh) == (None, True)


def test_ages_are_unknown_and_add_up(engine):
    found = values(engine, *AGE_BUCKETS, "age_unknown")
    assert found["age_unknown"].number == 90 + 650
    assert all(found[key].number == 0 for key in AGE_BUCKETS)


def test_the_identities_hold(engine):
    assert [one.key for one in identities.check(engine) if not one.passed] == []


def test_a_month_is_booked_once(engine):
    with pytest.raises(MonthsBooked, match="2024-03"):
        post(engine, item=ITEMS, value_balance=sheet("""
            happened_on item opening balance issued revenue
            2024-03-31  五金 1       2       3      4
        """))  # fmt: skip


def test_later_months_go_on_and_a_gap_is_unexplained(tmp_path):
    made = new_engine(tmp_path)
    post(made, item=ITEMS, value_balance=sheet(ROWS))
    post(made, item=ITEMS, value_balance=sheet("""
        happened_on item opening balance issued revenue
        2024-04-30  五金 85      95      40     -
    """))  # fmt: skip
    april = Period(date(2024, 4, 1), date(2024, 5, 1))
    metal = (Filter("category", ("五金",)),)
    found = values(made, "closing_inventory", "cogs", "revenue", period=april, where=metal)
    assert [value.number for value in found.values()] == [95, 40, 0]
    made.close()


def test_real_items_beside_it_keep_their_quantities(tmp_path):
    made = new_engine(tmp_path)
    post(made, item=ITEMS, value_balance=sheet(ROWS))
    post(made, item="""
        item category unit
        bolt 紧固件   件
    """, movement="""
        happened_on kind    item location quantity value
        2024-03-01  receipt bolt plant    10       50
    """)  # fmt: skip
    answer = ask(made, MetricQuery(("closing_quantity", "age_0_30"), QUARTER, by=("category",)))
    found = {row.group[0]: row.values for row in answer.rows}
    assert found["紧固件"]["closing_quantity"].number == 10
    assert found["紧固件"]["age_0_30"].number == 50
    assert found["五金"]["closing_quantity"].number is None
    assert answer.totals[0].values["closing_quantity"].number is None
    made.close()
