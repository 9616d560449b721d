"""Red-letter rows: both documents stay, the net is zero, and nothing is taken back twice."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from stockturn.ledger.red_letter import UnpairedRedLetter
from stockturn.ledger.tables import table
from tests.books import post

LATER = datetime(2026, 3, 1, tzinfo=UTC)
ORIGINAL = """
    happened_on kind    item location quantity value document reverses
    2026-01-05  receipt a    x        10       50    D1       -
    2026-01-05  receipt b    x        5        20    D1       -
"""


def red(quantity, value, document="R1", reverses="D1", item="a"):
    return f"""
        happened_on kind    item location quantity value document reverses
        2026-01-20  receipt {item} x        {quantity} {value} {document} {reverses}
    """


def stock(engine):
    rows = engine.query(table("movement")).to_pylist()
    return len(rows), sum(row["quantity"] for row in rows), sum(row["value"] for row in rows)


def test_a_red_letter_receipt_leaves_both_and_nets_to_zero(engine):
    post(engine, movement=ORIGINAL)
    post(engine, at=LATER, movement=red(-10, -50))
    assert stock(engine) == (3, 5, 20)


def test_a_pair_within_one_load_is_a_pair(engine):
    both = (
        ORIGINAL.rstrip() + "\n    2026-01-06  receipt a    x        -10      -50   R1       D1\n"
    )
    post(engine, movement=both)
    assert stock(engine) == (3, 5, 20)


@pytest.mark.parametrize(
    "wrong",
    [
        red(-10, -50, reverses="D9"),
        red(-10, -50, item="c"),
        red(-11, -55),
        red(10, 50),
    ],
    ids=["no such document", "another item", "more than there was", "same direction"],
)
def test_an_unpaired_red_letter_holds_the_load(engine, wrong):
    post(engine, movement=ORIGINAL)
    with pytest.raises(UnpairedRedLetter) as held:
        post(engine, at=LATER, movement=wrong)
    assert held.value.exit_code == 3
    assert stock(engine) == (2, 15, 70)


def test_parts_add_up_over_loads_and_end_at_the_original(engine):
    post(engine, movement=ORIGINAL)
    post(engine, at=LATER, movement=red(-6, -30))
    post(engine, at=LATER, movement=red(-4, -20, document="R2"))
    with pytest.raises(UnpairedRedLetter):
        post(engine, at=LATER, movement=red(-1, -5, document="R3"))
    assert stock(engine) == (4, 5, 20)
