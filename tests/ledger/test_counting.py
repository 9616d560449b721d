"""Physical counts: what they come to in the books, whatever came first, and what they leave be."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import permutations

import pytest

from stockturn.ledger import quality
from stockturn.ledger.fingerprint import content_hash
from stockturn.ledger.quality import rule_of
from stockturn.ledger.tables import table
from tests.books import new_engine, post

START = datetime(2026, 1, 1, tzinfo=UTC)
MOVES = """
    happened_on kind       item location quantity unit_cost document
    2025-01-02  receipt    a    W        10       5         R1
    2025-01-20  sale_issue a    W        -3       5         S1
"""
COUNT = """
    document item location counted_on counted
    C1       a    W        2025-01-25 6
"""


def found(engine):
    """The differences that stand: day, item, lot, status -> quantity; what is taken back is not."""
    rows = engine.query(table("movement")).to_pylist()
    back = {row["corrects"] for row in rows if row["origin"] == "reversal"}
    lots = {row["lot_id"]: row["lot"] for row in engine.query(table("lot")).to_pylist()}
    return [
        (row["happened_on"].day, lots.get(row["lot_id"]), row["quantity"])
        for row in rows
        if row["kind"] == "count" and row["origin"] == "derived" and row["movement_id"] not in back
    ]


def stock(engine, through=date(9999, 1, 1)):
    rows = engine.query(table("movement")).to_pylist()
    return sum(row["quantity"] for row in rows if row["happened_on"] <= through)


def in_turn(engine, *loads):
    for number, entries in enumerate(loads):
        post(engine, at=START + timedelta(hours=number), **entries)


def test_a_difference_becomes_a_movement_and_agreement_does_not(engine):
    in_turn(engine, {"movement": MOVES}, {"stock_count": COUNT})
    assert found(engine) == [(25, None, Decimal(-1))]
    assert stock(engine) == 6
    again = COUNT.replace("2025-01-25", "2025-01-26").replace("C1", "C2")
    post(engine, stock_count=again, at=START + timedelta(days=1))
    assert len(found(engine)) == 1


def test_a_count_stated_anew_takes_its_difference_back(engine):
    in_turn(engine, {"movement": MOVES}, {"stock_count": COUNT})
    corrected = COUNT.replace("25 6", "25 7")
    in_turn(engine, {}, {}, {"stock_count": corrected})
    assert found(engine) == []
    assert stock(engine) == 7
    reversals = [r for r in engine.query(table("movement")).to_pylist() if r["corrects"]]
    assert [(r["kind"], r["quantity"]) for r in reversals] == [("count", Decimal(1))]


LATE = """
    happened_on kind       item location quantity unit_cost document
    2025-01-22  sale_issue a    W        -1       5         S2
"""
BOOKED = """
    happened_on kind  item location quantity unit_cost document
    2025-01-25  count a    W        -1       5         ADJ
"""


@pytest.mark.parametrize("extra", [LATE, BOOKED])
def test_what_the_source_books_itself_is_no_difference_in_any_order(tmp_path, extra):
    """A late sale, or the source's own adjustment, explains what the count had found."""
    hashes = set()
    for number, order in enumerate(
        permutations([{"movement": MOVES}, {"stock_count": COUNT}, {"movement": extra}])
    ):
        made = new_engine(tmp_path / str(number))
        in_turn(made, *order)
        assert found(made) == []
        assert stock(made) == 6
        hashes.add(content_hash(made))
        made.close()
    assert len(hashes) == 1


def test_a_lot_is_counted_alone_and_the_whole_after_it(engine):
    post(engine, movement="""
        happened_on kind    item location lot quantity unit_cost
        2025-01-02  receipt a    W        L1  10       5
        2025-01-02  receipt a    W        L2  20       5
    """)  # fmt: skip
    post(engine, at=START + timedelta(hours=1), stock_count="""
        document line item location lot counted_on counted
        C1       1    a    W        L1  2025-01-10 4
        C1       2    a    W        L1  2025-01-10 5
        C2       -    a    W        -   2025-01-12 28
        C3       -    a    W        L9  2025-01-13 2
    """)  # fmt: skip
    # Two rows of L1 are two corners: 9 of 10. Then 28 of 29 in all, then a lot nobody knew of.
    assert found(engine) == [
        (10, "L1", Decimal(-1)),
        (12, None, Decimal(-1)),
        (13, "L9", Decimal(2)),
    ]
    assert stock(engine, date(2025, 1, 12)) == 28


def test_no_difference_where_the_books_know_nothing_or_balances_say_what_is_there(engine):
    post(engine, movement=MOVES, stock_count="""
        document item location counted_on counted book
        C1       a    N        2025-01-25 4       -
        C1       b    N        2025-01-25 4       0
    """)  # fmt: skip
    assert found(engine) == [(25, None, Decimal(4))]
    post(engine, at=START + timedelta(hours=1), stock_count=COUNT)
    assert len(found(engine)) == 2
    # From now on the source says itself what lies at W.
    post(engine, at=START + timedelta(hours=2), balance="""
        happened_on item location balance unit_cost
        2025-01-31  a    W        6       5
    """)  # fmt: skip
    assert found(engine) == [(25, None, Decimal(4))]
    assert stock(engine) == 10


def test_a_stated_cost_values_the_difference(engine):
    post(engine, costing="moving_average", movement=MOVES, stock_count="""
        document item location counted_on counted unit_cost
        C1       a    W        2025-01-25 5       4
    """)  # fmt: skip
    (row,) = [r for r in engine.query(table("movement")).to_pylist() if r["kind"] == "count"]
    assert (row["quantity"], row["value"], row["document"]) == (-2, Decimal(-8), "C1")


def test_count_accuracy_holds_what_was_found_against_the_ledgers_own_books(tmp_path):
    rule = rule_of({"key": "c", "kind": "count_accuracy", "table": "doc_stock_count",
                    "title": {"zh": "账实相符", "en": "Counts agree"}})  # fmt: skip
    engine = new_engine(tmp_path)
    entries = {
        "movement": MOVES + "    2025-01-03  receipt    b    W        4        5         R2\n"
    }
    counted = COUNT + "    C1       b    W        2025-01-25 4\n"
    counted += "    C1       z    W        2025-01-25 9\n"
    post(engine, **entries)
    post(engine, at=START + timedelta(hours=1), stock_count=counted, rules=(rule,))
    (result,) = quality.results(engine)
    # a is off, b agrees, and of z the books know nothing.
    assert (result.checked, result.passed) == (2, 1)
    assert result.examples[0]["found"] == "-1.0000"
    engine.close()
