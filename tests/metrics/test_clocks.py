"""Value by age on three clocks, each row worked by hand."""

from __future__ import annotations

from datetime import date

import pytest

from stockturn.metrics.age_measures import AGE_BUCKETS, AGE_UNKNOWN
from stockturn.metrics.answer import ask
from stockturn.metrics.query import Filter, MetricQuery, Period
from tests.books import new_engine, post

AGES = (*AGE_BUCKETS, AGE_UNKNOWN)
MARCH = Period(date(2025, 3, 1), date(2025, 4, 1))
"""Ages count to 31 March 2025."""


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    made = new_engine(tmp_path_factory.mktemp("clocks"))
    post(made, item="""
        item  shelf_life_days
        milk  100
        salt  -
    """, lot="""
        item lot  made_on    expires_on
        milk L1   2024-12-01 -
        milk L2   -          2025-06-09
        milk L3   2025-08-01 -
        salt L4   -          2026-01-01
    """, movement="""
        happened_on kind         item location lot quantity value transfer
        2025-01-01  receipt      milk plant    L1  10       100   -
        2025-03-21  transfer_out milk plant    L1  -4       -40   T1
        2025-03-21  transfer_in  milk shop     L1  4        40    T1
        2025-03-11  receipt      milk plant    L2  2        20    -
        2025-03-31  receipt      milk plant    L3  1        10    -
        2025-01-31  receipt      salt plant    L4  3        3     -
        2025-03-31  receipt      salt plant    -   5        5     -
        2025-04-30  receipt      salt plant    -   1        1     -
    """)  # fmt: skip
    yield made
    made.close()


def aged(engine, clock, period=MARCH, **more):
    query = MetricQuery((*AGES, "closing_inventory"), period, clock=clock, **more)
    values = ask(engine, query).totals[0].values
    found = {key: values[key].number for key in AGES if values[key].number}
    assert sum(found.values()) == values["closing_inventory"].number
    return found


def test_the_company_clock_survives_transfers(engine):
    # L1 89 days wherever it lies, salt of L4 59; L2 20, L3 and the loose salt 0.
    assert aged(engine, "company") == {"age_61_90": 100, "age_31_60": 3, "age_0_30": 20 + 10 + 5}


def test_the_site_clock_starts_again_with_a_transfer(engine):
    # 40 of L1 stand in the shop for 10 days.
    assert aged(engine, "site") == {"age_61_90": 60, "age_31_60": 3, "age_0_30": 40 + 20 + 10 + 5}
    shop = (Filter("location", ("shop",)),)
    assert aged(engine, "site", where=shop) == {"age_0_30": 40}
    assert aged(engine, "company", where=shop) == {"age_61_90": 40}


def test_the_lot_clock_starts_when_the_lot_was_made(engine):
    # L1: 1 December to 31 March, 120 days. L2: 100 days before 9 June is 1 March, 30 days.
    # L3 would be made in August; L4 has an expiry and no shelf life; loose salt has no lot.
    assert aged(engine, "lot") == {"age_91_180": 100, "age_0_30": 20, "age_unknown": 10 + 3 + 5}


def test_goods_without_a_lot_are_never_new(engine):
    salt = (Filter("item", ("salt",)),)
    assert aged(engine, "lot", where=salt) == {"age_unknown": 8}


def test_the_end_of_the_ledger_reads_kept_layers_and_tells_the_same(engine):
    """April ends the ledger: its layers are kept, those of March are replayed."""
    april = Period(date(2025, 4, 1), date(2025, 5, 1))
    # L1 150 days; L2 60; L3 still to be made; 3 + 5 + 1 of salt unknown.
    assert aged(engine, "lot", april) == {"age_91_180": 100, "age_31_60": 20, "age_unknown": 19}
    assert aged(engine, "site", april) == {
        "age_91_180": 60, "age_31_60": 40 + 20, "age_0_30": 10 + 5 + 1, "age_61_90": 3,
    }  # fmt: skip


def test_the_mean_lot_age_counts_what_the_bucket_of_unknown_leaves(engine):
    found = ask(engine, MetricQuery(("average_lot_age",), MARCH)).totals[0]
    assert found.values["average_lot_age"].number == (100 * 120 + 20 * 30) / 120
