"""Traps of stock analytics, each by name: the wrong answers that other tools give."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from stockturn.language import UsageError
from stockturn.metrics.answer import EmptyWorkspace, ask
from stockturn.metrics.query import FINANCIAL, Basis, Filter, MetricQuery, Period, Scope
from tests.books import new_engine, post

YEAR = Period(date(2025, 1, 1), date(2026, 1, 1))


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    made = new_engine(tmp_path_factory.mktemp("traps"))
    post(made, item="""
        item category kind     unit brand
        fast Toys     finished 件   X
        slow Toys     finished 件   Y
        wood Material raw      kg   X
    """, location="""
        location region company
        north    N      M
        south    S      M
    """, movement="""
        happened_on kind             item location quantity value revenue channel
        2024-12-31  opening          fast north    50       500   -       -
        2024-12-31  opening          slow south    50       500   -       -
        2024-12-31  opening          wood north    100      200   -       -
        2025-03-31  sale_issue       fast north    -30      -300  600     shop
        2025-06-30  receipt          fast north    30       300   -       -
        2025-09-30  sale_issue       slow south    -10      -100  150     web
        2025-10-15  customer_return  slow south    2        20    -30     web
        2025-12-31  production_issue wood north    -50      -100  -       -
    """)  # fmt: skip
    yield made
    made.close()


def value(engine, measure, period=YEAR, **more):
    return ask(engine, MetricQuery((measure,), period, **more)).totals[0].values[measure]


def rows(engine, measure, by, period=YEAR, **more):
    found = ask(engine, MetricQuery((measure,), period, by=(by,), **more)).rows
    return {row.group[0]: row.values[measure].number for row in found}


def test_ratio_totals_are_ratios_of_sums(engine):
    turns = rows(engine, "turnover", "item", where=(Filter("category", ("Toys",)),))
    total = value(engine, "turnover", where=(Filter("category", ("Toys",)),)).number
    cogs = value(engine, "cogs", where=(Filter("category", ("Toys",)),)).number
    average = value(engine, "average_inventory", where=(Filter("category", ("Toys",)),)).number
    assert total == pytest.approx(cogs / average)
    assert total != pytest.approx(sum(turns.values()) / len(turns))


def test_stock_is_never_summed_over_time(engine):
    query = MetricQuery(("closing_inventory", "average_inventory"), YEAR, grain="quarter")
    answer = ask(engine, query)
    closings = [row.values["closing_inventory"].number for row in answer.totals]
    assert closings == [900, 1200, 1100, 1020]
    assert value(engine, "closing_inventory").number == closings[-1]
    averages = [row.values["average_inventory"].number for row in answer.totals]
    days = [90, 91, 92, 92]
    weighted = sum(a * d for a, d in zip(averages, days, strict=True)) / 365
    assert value(engine, "average_inventory").number == pytest.approx(weighted)


def test_quiet_months_count_with_their_stock(engine):
    """No row in a snapshot is no reason to leave the day out of the average."""
    february = Period(date(2025, 2, 1), date(2025, 3, 1))
    assert value(engine, "average_inventory", february).number == 1200


def test_flows_add_up_over_time_and_groups(engine):
    months = ask(engine, MetricQuery(("cogs",), YEAR, by=("item",), grain="month"))
    added = sum(row.values["cogs"].number for row in months.rows)
    assert added == value(engine, "cogs").number == 380


def test_a_join_does_not_fan_out(engine):
    """Revenue and cost come from two facts; grouping by an item column doubles neither."""
    assert rows(engine, "revenue", "brand") == {"X": 600, "Y": 120}
    assert rows(engine, "cogs", "brand") == {"X": 300, "Y": 80}


def test_returns_reduce_cost_and_revenue_in_their_period(engine):
    quarter = Period(date(2025, 10, 1), date(2026, 1, 1))
    assert value(engine, "cogs", quarter).number == -20
    assert value(engine, "revenue", quarter).number == -30


def test_mixed_units_have_no_quantity(engine):
    refused = value(engine, "turnover", basis=Basis(basis="quantity"))
    assert refused.number is None
    assert "kg" in refused.reason.zh
    assert value(engine, "closing_quantity").number is None
    toys = (Filter("category", ("Toys",)),)
    assert value(engine, "closing_quantity", where=toys).number == 92


def test_numerator_follows_the_stage_and_is_named(engine):
    answer = ask(engine, MetricQuery(("turnover",), YEAR, by=("item_kind",)))
    found = {row.group[0]: row.values["turnover"] for row in answer.rows}
    # 200 for 364 days, 100 on the last.
    assert found["raw"].number == pytest.approx(100 / (Decimal(200 * 364 + 100) / 365))
    assert "领用" in found["raw"].note.zh
    assert "销售成本" in found["finished"].note.zh
    assert "混合" in answer.totals[0].values["turnover"].note.zh


def test_a_quarter_to_date_counts_from_january_on_360(engine):
    half = Period(date(2025, 4, 1), date(2025, 7, 1))
    days = value(engine, "days_of_inventory", half, basis=FINANCIAL)
    # Opening 1,200 on 1 January, closing 1,200 on 30 June; 300 sold in 180 days.
    assert days.number == pytest.approx(1200 * 180 / 300)
    assert value(engine, "turnover", half, basis=FINANCIAL).number == Decimal("0.25")


def test_n_points_are_the_opening_and_every_month_end(engine):
    half = Period(date(2025, 1, 1), date(2025, 7, 1))
    points = [1200, 1200, 1200, 900, 900, 900, 1200]
    average = value(engine, "average_inventory", half, basis=Basis("n-point"))
    assert average.number == pytest.approx(Decimal(sum(points)) / 7)


def test_annualising_uses_the_days_of_the_average(engine):
    quarter = Period(date(2025, 1, 1), date(2025, 4, 1))
    plain = value(engine, "turnover", quarter, basis=Basis(annualise=False)).number
    assert value(engine, "turnover", quarter).number == pytest.approx(plain * 365 / 90)


def test_undefined_is_null_with_a_reason_never_zero(engine):
    nothing = value(engine, "turnover", where=(Filter("item", ("ghost",)),))
    assert (nothing.number, bool(nothing.reason)) == (None, True)
    before = value(engine, "turnover", Period(date(2020, 1, 1), date(2021, 1, 1)))
    assert (before.number, "早于" in before.reason.zh) == (None, True)


def test_a_period_beyond_the_data_is_cut_and_says_so(engine):
    longer = Period(date(2025, 1, 1), date(2030, 1, 1))
    cut = value(engine, "turnover", longer)
    assert cut.number == value(engine, "turnover").number
    assert "2025-12-31" in cut.note.zh


def test_prior_year_compares_the_same_span(engine):
    query = MetricQuery(
        ("cogs",), Period(date(2025, 7, 1), date(2026, 1, 1)), compare=("prior_period",)
    )
    total = ask(engine, query).totals[0]
    assert (total.values["cogs"].number, total.compared["prior_period"]["cogs"].number) == (80, 300)


def test_dead_stock_is_decided_by_issues_not_by_cover(engine):
    assert value(engine, "slow_moving_value").number == 920
    half = Period(date(2025, 1, 1), date(2025, 7, 1))
    assert value(engine, "dead_stock_value", half).number == 700


def test_ages_add_up_to_the_stock_value(engine):
    ages = ("age_0_30", "age_31_60", "age_61_90", "age_91_180", "age_181_365", "age_over_365")
    for period in (YEAR, Period(date(2025, 1, 1), date(2025, 8, 14))):
        query = MetricQuery((*ages, "closing_inventory"), period, by=("location",))
        answer = ask(engine, query)
        for row in (*answer.rows, *answer.totals):
            found = sum(row.values[age].number for age in ages)
            assert found == row.values["closing_inventory"].number


def test_three_clocks_tell_three_ages(tmp_path):
    made = new_engine(tmp_path)
    post(made, lot="""
        item lot made_on
        a    L1  2024-12-22
    """, movement="""
        happened_on kind         item location lot quantity value transfer
        2025-01-01  receipt      a    plant    L1  10       100   -
        2025-01-11  transfer_out a    plant    L1  -10      -100  T1
        2025-01-11  transfer_in  a    shop     L1  10       100   T1
        2025-01-31  receipt      b    shop     -   1        1     -
        2025-01-31  scrap        b    shop     -   -1       -1    -
    """)  # fmt: skip
    january = Period(date(2025, 1, 1), date(2025, 2, 1))
    for measure, days in (("average_age", 30), ("average_site_age", 20), ("average_lot_age", 40)):
        assert value(made, measure, january).number == days
    made.close()


def test_edges_inside_a_month_read_movements(engine):
    span = Period(date(2025, 3, 15), date(2025, 4, 10))
    # 1,200 for 16 days to 30 March, then 900 for 10.
    assert value(engine, "average_inventory", span).number == pytest.approx(
        Decimal(1200 * 16 + 900 * 10) / 26
    )
    assert value(engine, "cogs", span).number == 300
    assert value(engine, "revenue", span).number == 600


def test_scope_is_applied_inside_and_answers_null_where_it_cannot(engine):
    north = Scope(allowed=(("location", ("north",)),))
    answer = ask(engine, MetricQuery(("cogs", "closing_inventory"), YEAR, by=("location",)), north)
    assert [row.group[0] for row in answer.rows] == ["north"]
    assert answer.totals[0].values["cogs"].number == 300
    shop = Scope(allowed=(("channel", ("shop",)),))
    answer = ask(engine, MetricQuery(("cogs", "closing_inventory"), YEAR), shop)
    assert answer.totals[0].values["cogs"].number == 300
    assert answer.totals[0].values["closing_inventory"].number is None


def test_hidden_measures_answer_null(engine):
    blind = Scope(hidden_measures=frozenset({"cogs"}))
    found = ask(engine, MetricQuery(("cogs",), YEAR), blind).totals[0].values["cogs"]
    assert (found.number, bool(found.reason)) == (None, True)


def test_empty_scope_sees_nothing(engine):
    nobody = Scope(allowed=(("location", ()),))
    answer = ask(engine, MetricQuery(("closing_inventory",), YEAR, by=("item",)), nobody)
    assert answer.rows == ()


def test_a_filter_value_is_never_sql(engine):
    sly = (Filter("item", ("fast') OR ('1'='1",)),)
    assert value(engine, "closing_inventory", where=sly).number == 0


def test_excluding_keeps_members_without_a_value(engine):
    kept = rows(engine, "cogs", "channel", where=(Filter("channel", ("web",), exclude=True),))
    assert kept["shop"] == 300
    assert None in kept or len(kept) == 1


def test_unknown_names_are_refused_with_the_known_ones(engine):
    with pytest.raises(UsageError, match="turnover"):
        value(engine, "turnoverr")
    with pytest.raises(UsageError, match="category"):
        rows(engine, "cogs", "item; DROP TABLE movement")
    with pytest.raises(UsageError):
        value(engine, "cogs", order_by="revenue")


def test_sorting_and_limit_keep_the_total(engine):
    query = MetricQuery(("cogs",), YEAR, by=("item",), order_by="-cogs", limit=1)
    answer = ask(engine, query)
    assert [row.group[0] for row in answer.rows] == ["fast"]
    assert (answer.row_count, answer.totals[0].values["cogs"].number) == (3, 380)


def test_an_empty_workspace_says_what_to_do(tmp_path):
    made = new_engine(tmp_path)
    with pytest.raises(EmptyWorkspace, match="load"):
        value(made, "turnover")
    made.close()


def test_a_member_that_does_not_exist_is_named_with_the_nearest_and_never_beyond_the_scope(engine):
    asked = MetricQuery(("cogs",), YEAR, where=(Filter("category", ("Toyz",)),))
    (hint,) = ask(engine, asked).hints
    assert hint.en == "There is no category “Toyz”. Did you mean: Toys?"
    assert hint.zh == "品类中没有“Toyz”。是不是：Toys？"
    elsewhere = Scope(allowed=(("category", ("Books",)),))
    (hint,) = ask(engine, asked, elsewhere).hints
    assert "Toys" not in hint.en
    meant = MetricQuery(("cogs",), YEAR, where=(Filter("category", ("Toys",)),))
    assert ask(engine, meant).hints == ()
