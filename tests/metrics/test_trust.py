"""Trust: what is missing is counted, and a figure at cost without costs is withheld, not shown."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from stockturn.metrics.answer import ask
from stockturn.metrics.query import Basis, MetricQuery, Period
from stockturn.metrics.trust import trust
from tests.books import new_engine, post

QUARTER = Period(date(2025, 1, 1), date(2025, 7, 1))
BAR = Decimal("0.8")


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    made = new_engine(tmp_path_factory.mktemp("trust"))
    post(made, item="""
        item  category unit
        known A        件
        bare  B        件
    """, movement="""
        happened_on kind       item  location quantity value revenue
        2025-01-05  receipt    known north    10       100   -
        2025-01-06  sale_issue known north    -2       -20   50
        2025-01-07  receipt    bare  north    90       -     -
        2025-04-05  sale_issue known north    -1       -10   25
        2025-02-05  receipt    known south    10       100   -
    """)  # fmt: skip
    yield made
    made.close()


def value(engine, measure, *, bar=BAR, **more):
    answer = ask(engine, MetricQuery((measure,), QUARTER, **more), cost_bar=bar)
    return answer.totals[0].values[measure]


def test_a_figure_at_cost_is_withheld_below_the_bar_and_says_why(engine):
    held = value(engine, "closing_inventory")
    assert held.number is None
    assert "15.9%" in held.reason.zh
    assert "80 %" in held.reason.en
    assert "cost_coverage_bar" in held.reason.en
    assert value(engine, "turnover").number is None
    assert value(engine, "closing_inventory", bar=Decimal("0.1")).number == 170


def test_what_needs_no_cost_is_shown(engine):
    assert value(engine, "revenue").number == 75
    assert value(engine, "closing_quantity").number == 107
    assert value(engine, "cost_coverage").number is not None
    assert value(engine, "turnover", basis=Basis(basis="quantity")).number is not None


def test_a_flow_at_cost_goes_by_what_moved(engine):
    assert value(engine, "cogs").reason is not None
    rows = ask(engine, MetricQuery(("cogs",), QUARTER, by=("category",)), cost_bar=BAR).rows
    found = {row.group[0]: row.values["cogs"].number for row in rows}
    assert found["A"] == 30
    assert found["B"] is None


def test_months_without_data_between_months_with_some_are_gaps(engine):
    assert trust(engine).gaps == 2


def test_a_source_behind_the_others_by_more_than_its_rhythm_is_late(tmp_path):
    made = new_engine(tmp_path)
    try:
        for day in ("2025-01-01", "2025-01-02", "2025-01-03"):
            rows = f"""
                happened_on kind    item location quantity value
                {day}       receipt a    north    1        1
            """
            post(made, movement=rows, at=datetime(2025, 2, 1, tzinfo=UTC))
        assert trust(made).late == ()
        assert (trust(made).waiting, trust(made).rejected_share) == (0, 0)
        assert trust(made).quality_score is None
    finally:
        made.close()
