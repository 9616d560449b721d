"""Moments against a day-by-day replay in Decimal: the integral must be exactly equal."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stockturn.ledger import identities, moments
from stockturn.metrics.answer import ask
from stockturn.metrics.query import Basis, MetricQuery, Period
from tests.books import new_engine, post

FIRST = date(2025, 11, 20)
amounts = st.decimals(min_value=-500, max_value=500, places=4).filter(bool)
movement = st.fixed_dictionaries(
    {
        "day": st.integers(0, 130),
        "item": st.sampled_from(["a", "b"]),
        "location": st.sampled_from(["north", "south"]),
        "status": st.sampled_from(["available", "blocked"]),
        "quantity": amounts,
        "value": amounts,
        "load": st.integers(0, 2),
    }
)


def entries(rows):
    return [
        {
            "happened_on": FIRST + timedelta(days=row["day"]),
            "kind": "adjustment",
            "item": row["item"],
            "location": row["location"],
            "status": row["status"],
            "quantity": row["quantity"],
            "value": row["value"],
            "file_no": 0,
            "row_no": number,
        }
        for number, row in enumerate(rows)
    ]


def replayed_integral(rows, begin, end, column):
    """Add up the closing balance of every day, the slow way."""
    total = Decimal(0)
    day = begin
    while day < end:
        total += sum(
            (row[column] for row in rows if FIRST + timedelta(days=row["day"]) <= day), Decimal(0)
        )
        day += timedelta(days=1)
    return total


@settings(max_examples=max(10, settings().max_examples // 4))
@given(
    rows=st.lists(movement, min_size=1, max_size=25),
    begin=st.integers(0, 125),
    length=st.integers(1, 60),
)
def test_integral_equals_the_daily_replay_on_both_clocks(tmp_path_factory, rows, begin, length):
    engine = new_engine(tmp_path_factory.mktemp("moments"))
    days = [row["day"] for row in rows]
    # Loads a month apart, two of them in one month: both kinds of edge on the clock of learning.
    committed = [datetime(2026, 5, 2, tzinfo=UTC), datetime(2026, 6, 3, tzinfo=UTC),
                 datetime(2026, 6, 20, tzinfo=UTC)]  # fmt: skip
    for number, at in enumerate(committed):
        own = [row for row in rows if row["load"] == number]
        if own:
            post(engine, at=at, movement=entries(own))
    period = Period(FIRST + timedelta(days=begin), FIRST + timedelta(days=begin + length))
    first, after = min(days), max(days) + 1
    span = Period(max(period.begin, FIRST + timedelta(days=first)),
                  min(period.end, FIRST + timedelta(days=after)))  # fmt: skip
    for known_at, loads in ((None, 3), (committed[1], 2), (committed[0], 1)):
        known = [row for row in rows if row["load"] < loads]
        query = MetricQuery(
            ("average_inventory", "average_quantity", "opening_inventory", "closing_inventory"),
            period,
            known_at=known_at,
        )
        values = ask(engine, query).totals[0].values
        if span.days <= 0 or (known_at and not any(row["load"] < loads for row in rows)):
            assert values["average_inventory"].number is None
            assert values["average_inventory"].reason is not None
            continue
        for measure, column in (("average_inventory", "value"), ("average_quantity", "quantity")):
            expected = replayed_integral(known, span.begin, span.end, column)
            assert values[measure].number * span.days - expected == pytest.approx(0, abs=1e-30)
        closing = sum(
            (r["value"] for r in known if FIRST + timedelta(days=r["day"]) < span.end), Decimal(0)
        )
        assert values["closing_inventory"].number == closing
    assert all(result.passed for result in identities.check(engine) if "layers" not in result.key
               and "value_without" not in result.key)  # fmt: skip
    engine.close()


def test_compacting_changes_no_figure(tmp_path):
    engine = new_engine(tmp_path)
    for _ in range(4):
        post(engine, movement="""
            happened_on kind       item location quantity value
            2026-01-05  adjustment a    north    1        10
            2026-02-05  adjustment a    north    2        20
        """)  # fmt: skip
    query = MetricQuery(("average_inventory",), Period(date(2026, 1, 1), date(2026, 3, 1)))
    before = ask(engine, query).totals
    assert moments.compact(engine)
    assert ask(engine, query).totals == before
    assert all(result.passed for result in identities.check(engine))
    engine.close()


def test_two_point_and_daily_disagree_where_stock_is_uneven(tmp_path):
    """The trap: 100 units for 10 days, none for 20. The mean over existing rows would say 100."""
    engine = new_engine(tmp_path)
    post(engine, movement="""
        happened_on kind       item location quantity value
        2026-04-01  opening    a    north    100      100
        2026-04-11  sale_issue a    north    -100     -100
        2026-04-30  receipt    b    north    1        0.0001
        2026-04-30  scrap      b    north    -1       -0.0001
    """)  # fmt: skip
    period = Period(date(2026, 4, 1), date(2026, 5, 1))

    def turns(average):
        basis = Basis(average=average, annualise=False)
        values = ask(engine, MetricQuery(("turnover",), period, basis=basis)).totals[0].values
        return values["turnover"]

    assert turns("daily").number == pytest.approx(Decimal(3))
    # Stock on the morning of 1 April was zero: opening 0, closing 0.
    assert turns("two-point").number is None
    assert turns("two-point").reason is not None
    engine.close()
