"""Balances stated lot by lot: the place's balance is their sum, and each lot is kept as stated."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from stockturn.ledger.tables import table
from tests.books import post

LATER = datetime(2026, 1, 2, tzinfo=UTC)
HEAD = "happened_on item location lot balance unit_cost"


def stock(engine):
    rows = engine.query(table("movement")).to_pylist()
    names = {r["item_id"]: r["item"] for r in engine.query(table("item")).to_pylist()}
    sums = {}
    for row in rows:
        quantity, value = sums.get(names[row["item_id"]], (0, 0))
        sums[names[row["item_id"]]] = (quantity + row["quantity"], value + (row["value"] or 0))
    return sums


def lots(engine):
    named = {r["lot_id"]: r["lot"] for r in engine.query(table("lot")).to_pylist()}
    rows = engine.query(table("stated_lot").order_by("load_no", "row_no")).to_pylist()
    return [(row["load_no"], named[row["lot_id"]], row["balance"]) for row in rows]


def test_lots_add_up_and_their_cost_weighs(engine):
    post(engine, balance=f"""
        {HEAD}
        2025-01-31 a W L1 10 5
        2025-01-31 a W L2 30 9
        2025-01-31 b W -  4  2
        2025-01-31 b W L3 6  2
    """)  # fmt: skip
    assert stock(engine) == {"a": (40, Decimal(320)), "b": (10, Decimal(20))}
    assert lots(engine) == [(1, "L1", 10), (1, "L2", 30), (1, "L3", 6)]


def test_a_lot_that_is_no_longer_listed_is_gone_from_the_balance(engine):
    post(engine, balance=f"{HEAD}\n2025-01-31 a W L1 10 5\n2025-01-31 a W L2 30 5")
    post(engine, at=LATER, balance=f"{HEAD}\n2025-02-28 a W L2 25 5")
    assert stock(engine) == {"a": (25, Decimal(125))}


def test_the_same_list_again_says_nothing_new(engine):
    rows = f"{HEAD}\n2025-01-31 a W L1 10 5\n2025-01-31 a W L2 30 9"
    post(engine, balance=rows)
    again = post(engine, at=LATER, balance=rows)
    assert again.batch.ignored_by_reason == {"already_loaded": 2}
    assert stock(engine) == {"a": (40, Decimal(320))}


def test_a_lot_stated_twice_in_one_file_counts_as_it_was_stated_last(engine):
    post(engine, balance=f"{HEAD}\n2025-01-31 a W L1 10 5\n2025-01-31 a W L1 12 5")
    assert stock(engine) == {"a": (12, Decimal(60))}
