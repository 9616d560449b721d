"""Rates stated otherwise than amounts were converted by: held, or kept by decision."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from stockturn.ledger import posting
from stockturn.ledger.batch import Batch
from stockturn.ledger.decision import Decision
from stockturn.ledger.kept_rates import NotKept, history
from stockturn.ledger.rates import RateRestated
from stockturn.ledger.tables import table
from tests.books import new_engine, post

START = datetime(2026, 1, 1, tzinfo=UTC)
RATES = "currency valid_from rate\nUSD 2025-01-01 7\nUSD 2025-02-01 8"
MOVES = """
    happened_on kind    item location quantity value currency
    2025-01-10  receipt a    W        10       100   USD
    2025-02-10  receipt a    W        10       100   USD
"""


@pytest.fixture
def engine(tmp_path):
    made = new_engine(tmp_path)
    yield made
    made.close()


def in_turn(engine, *loads, start=0):
    for number, entries in enumerate(loads, start=start):
        post(engine, at=START + timedelta(hours=number), **entries)


def decide(engine, kind, content, *, hour):
    decision = Decision(kind, content, "王经理", "银行更正", START)
    batch = Batch("decision", "1", "stated", (), {}, {}, decision=decision)
    posting.post(engine, batch, committed_at=START + timedelta(hours=hour))


def loaded(engine):
    return len(engine.query(table("load")))


def value(engine):
    rows = engine.query(table("movement")).to_pylist()
    return sum(row["value"] for row in rows)


@pytest.mark.parametrize(
    ("rate", "first"),
    [("2025-01-01 7.5", "2025-01-10"), ("2025-02-05 8.5", "2025-02-10")],
    ids=["another value", "another day in between"],
)
def test_a_restated_rate_is_held_and_says_what_it_would_have_moved(engine, rate, first):
    in_turn(engine, {"currency_rate": RATES}, {"movement": MOVES})
    with pytest.raises(RateRestated) as caught:
        in_turn(engine, {"currency_rate": f"currency valid_from rate\nUSD {rate}"}, start=2)
    assert "USD" in caught.value.message.zh
    assert first in caught.value.message.en
    assert "{" not in caught.value.message.zh
    assert loaded(engine) == 2


def test_rates_that_move_nothing_are_loaded(engine):
    in_turn(engine, {"currency_rate": RATES}, {"movement": MOVES})
    # After all amounts, of a currency nobody used, the same again, and between two of one value.
    more = "currency valid_from rate\nUSD 2025-03-01 9\nEUR 2025-01-01 8\nUSD 2025-01-01 7"
    in_turn(engine, {"currency_rate": more + "\nUSD 2025-02-20 8"}, start=2)
    assert loaded(engine) == 3


def test_what_is_kept_by_decision_keeps_its_rate_and_later_rows_have_the_new_one(engine):
    in_turn(engine, {"currency_rate": RATES}, {"movement": MOVES})
    decide(engine, "keep_rates", {}, hour=2)
    restated = "currency valid_from rate\nUSD 2025-01-01 7.5"
    late = MOVES.replace("10       100", "1        10").replace("2025-02-10", "2025-02-11")
    in_turn(engine, {"currency_rate": restated}, {"movement": late}, start=3)
    assert value(engine) == Decimal(700 + 800) + Decimal(75) + Decimal(80)
    with pytest.raises(RateRestated):
        in_turn(engine, {"currency_rate": restated.replace("7.5", "7.6")}, start=5)


def test_a_decision_that_is_withdrawn_settles_nothing_and_stays_in_the_list(engine):
    in_turn(engine, {"currency_rate": RATES}, {"movement": MOVES})
    decide(engine, "keep_rates", {}, hour=2)
    decide(engine, "undo_keep_rates", {"of_load": 3}, hour=3)
    with pytest.raises(RateRestated):
        in_turn(engine, {"currency_rate": "currency valid_from rate\nUSD 2025-01-01 7.5"}, start=4)
    shown = [(each["load_no"], each["of_load"], each["stands"]) for each in history(engine)]
    assert shown == [(4, 3, False), (3, None, False)]
    for load in (2, 3, 4, 9):
        with pytest.raises(NotKept, match=f"Load {load} is no decision in force"):
            decide(engine, "undo_keep_rates", {"of_load": load}, hour=4)
    decide(engine, "keep_rates", {}, hour=4)
    in_turn(engine, {"currency_rate": "currency valid_from rate\nUSD 2025-01-01 7.5"}, start=5)
    assert value(engine) == Decimal(700 + 800)


def test_a_restated_tax_rate_is_held_where_amounts_were_freed_of_the_former(engine):
    taxed = """
        happened_on kind    item location quantity value taxed
        2025-01-10  receipt a    W        10       113   value
    """
    in_turn(engine, {"tax_rate": "valid_from rate\n2025-01-01 0.13"}, {"movement": taxed})
    with pytest.raises(RateRestated, match="tax rate"):
        in_turn(engine, {"tax_rate": "valid_from rate\n2025-01-01 0.09"}, start=2)
    in_turn(engine, {"tax_rate": "valid_from rate\n2025-02-01 0.09"}, start=2)
    in_turn(engine, {"tax_rate": "item valid_from rate\nb 2025-01-01 0.06"}, start=3)
    assert loaded(engine) == 4
    # A rate of the item itself comes before the general one that its amounts were freed of.
    with pytest.raises(RateRestated, match="tax rate of a"):
        in_turn(engine, {"tax_rate": "item valid_from rate\na 2025-01-01 0.06"}, start=4)
