"""Kits: what their lines come to, whatever came first, and that no cent and no figure is lost."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import permutations

import pytest

from stockturn.ledger import identities, posting
from stockturn.ledger.batch import Batch
from stockturn.ledger.decision import Decision
from stockturn.ledger.fingerprint import content_hash
from stockturn.ledger.kits import WrongKit
from stockturn.ledger.periods import PeriodClosed
from stockturn.ledger.tables import table
from tests.books import new_engine, post

START = datetime(2026, 1, 1, tzinfo=UTC)
KITS = """
    item component quantity
    gift A         2
    gift B         1
"""
STOCK = """
    happened_on kind    item location quantity unit_cost
    2025-01-02  receipt A    W        100      3
    2025-01-02  receipt B    W        100      10
"""
SOLD = """
    happened_on kind            item location quantity revenue document channel
    2025-01-10  sale_issue      gift W        -3       100.00  S1       shop
    2025-01-12  customer_return gift W        1        -33.33  S2       shop
    2025-01-12  sale_issue      A    W        -1       5       S3       shop
"""


def in_turn(engine, *loads, costing="stated"):
    for number, entries in enumerate(loads):
        post(engine, at=START + timedelta(hours=number), costing=costing, **entries)


def standing(engine, name="movement", key="movement_id"):
    rows = engine.query(table(name)).to_pylist()
    back = {row["corrects"] for row in rows if row["origin"] == "reversal"}
    return [r for r in rows if r["origin"] in {"stated", "derived"} and r[key] not in back]


def codes(engine):
    return {row["item_id"]: row["item"] for row in engine.query(table("item")).to_pylist()}


def moved(engine):
    names = codes(engine)
    return sorted(
        (r["happened_on"].day, r["kind"], names[r["item_id"]], r["quantity"])
        for r in standing(engine)
        if r["kind"] != "receipt"
    )


def sold(engine):
    names = codes(engine)
    return sorted(
        (r["happened_on"].day, names[r["item_id"]], r["quantity"], r["revenue"])
        for r in standing(engine, "sale", "sale_id")
    )


COMPONENTS = [
    (10, "sale_issue", "A", -6),
    (10, "sale_issue", "B", -3),
    (12, "customer_return", "A", 2),
    (12, "customer_return", "B", 1),
    (12, "sale_issue", "A", -1),
]


def test_a_kit_sold_moves_its_components_on_the_day_with_its_row(engine):
    in_turn(engine, {"movement": STOCK}, {"kit": KITS}, {"movement": SOLD})
    assert moved(engine) == COMPONENTS
    lines = [r for r in standing(engine) if r["kit_line"] is not None]
    assert {(r["load_no"], r["file_no"], r["row_no"]) for r in lines} == {(3, 0, 2), (3, 0, 3)}
    assert {r["document"] for r in lines} == {"S1", "S2"}
    # Without shares or costs by quantity, two of A to one of B; the largest takes the last cent.
    assert sold(engine) == [
        (10, "A", 6, Decimal("66.67")),
        (10, "B", 3, Decimal("33.33")),
        (12, "A", -2, Decimal("-22.22")),
        (12, "A", 1, 5),
        (12, "B", -1, Decimal("-11.11")),
    ]


@pytest.mark.parametrize(
    ("shares", "costs", "expected"),
    [
        # Stated shares are weights: 1 to 3.
        ("1 3", {}, {"A": "25.00", "B": "75.00"}),
        # A share of zero is a gift; the other has all.
        ("0 1", {}, {"A": "0", "B": "100.00"}),
        # 2 x 3 to 1 x 10 at standard cost.
        ("- -", {"A": "3", "B": "10"}, {"A": "37.50", "B": "62.50"}),
        # A share or a cost that one of them lacks counts for none.
        ("- 9", {"A": "3"}, {"A": "66.67", "B": "33.33"}),
        ("0 0", {}, {"A": "66.67", "B": "33.33"}),
    ],
)
def test_revenue_is_shared_by_stated_share_then_cost_then_quantity(engine, shares, costs, expected):
    a, b = shares.split()
    entries = {"kit": f"item component quantity share\ngift A 2 {a}\ngift B 1 {b}"}
    if costs:
        rows = "".join(f"{item} - {cost}\n" for item, cost in costs.items())
        entries["standard_cost"] = "item valid_from unit_cost\n" + rows
    post(engine, **entries, movement="""
        happened_on kind       item location quantity revenue
        2025-01-10  sale_issue gift W        -1       100.00
    """)  # fmt: skip
    assert {item: revenue for _, item, _, revenue in sold(engine)} == {
        item: Decimal(amount) for item, amount in expected.items()
    }


@pytest.mark.parametrize(
    ("shares", "costs", "expected"),
    [
        ("1 3", {"A": "3", "B": "10"}, {"A": "-37.50", "B": "-62.50"}),
        ("1 3", {}, {"A": "-25.00", "B": "-75.00"}),
        # A gift brings no revenue, but it has cost something.
        ("0 1", {}, {"A": "-66.67", "B": "-33.33"}),
    ],
)
def test_a_stated_cost_is_shared_by_cost_then_share_then_quantity(engine, shares, costs, expected):
    a, b = shares.split()
    entries = {"kit": f"item component quantity share\ngift A 2 {a}\ngift B 1 {b}"}
    if costs:
        rows = "".join(f"{item} - {cost}\n" for item, cost in costs.items())
        entries["standard_cost"] = "item valid_from unit_cost\n" + rows
    post(engine, **entries, movement="""
        happened_on kind       item location quantity value
        2025-01-10  sale_issue gift W        -1       -100.00
    """)  # fmt: skip
    names = codes(engine)
    assert {names[r["item_id"]]: r["value"] for r in standing(engine)} == {
        item: Decimal(amount) for item, amount in expected.items()
    }


def test_a_closed_month_is_not_worked_out_again(engine):
    in_turn(engine, {"kit": KITS}, {"movement": SOLD})
    later = START + timedelta(hours=2)
    closing = Decision("close_period", {"month": "2025-01"}, "Li", "month end", later)
    batch = Batch("decision", "1", "stated", (), {}, {}, decision=closing)
    posting.post(engine, batch, committed_at=later)
    before = content_hash(engine)
    with pytest.raises(PeriodClosed):
        post(engine, at=START + timedelta(hours=3), kit=KITS.replace("B         1", "B         4"))
    assert content_hash(engine) == before


def test_no_cent_is_lost_among_many_components(engine):
    kit = "item component quantity\n" + "".join(f"k c{n} 1\n" for n in range(7))
    rows = "".join(f"2025-01-{n + 1:02} k -1 {n}.{n * 7 % 100:02}\n" for n in range(28))
    post(engine, kit=kit, sale="happened_on item quantity revenue\n" + rows)
    by_day: dict[int, Decimal] = {}
    for day, _, _, revenue in sold(engine):
        assert revenue == round(revenue, 2)
        by_day[day] = by_day.get(day, Decimal(0)) + revenue
    assert by_day == {n + 1: Decimal(f"{n}.{n * 7 % 100:02}") for n in range(28)}


def test_sales_without_stock_side_and_goods_not_owned_are_taken_apart_too(engine):
    post(engine, kit=KITS, sale="""
        happened_on item location quantity revenue
        2025-01-10  gift W        2        9
    """, movement="""
        happened_on kind       item location quantity ownership
        2025-01-10  sale_issue gift W        -1       drop_ship
    """)  # fmt: skip
    assert sold(engine) == [(10, "A", 4, 6), (10, "B", 2, 3)]
    assert moved(engine) == []
    names = codes(engine)
    outside = standing(engine, "outside_movement")
    assert sorted((names[r["item_id"]], r["quantity"]) for r in outside) == [("A", -2), ("B", -1)]


def test_a_component_counts_from_its_first_day_to_its_last(engine):
    post(engine, kit="""
        item component quantity valid_from valid_to
        gift A         1        -          2025-01-11
        gift B         1        -          -
        gift B         2        2025-01-13 -
        gift C         1        2025-01-12 -
    """, sale="""
        happened_on item quantity
        2025-01-11  gift 1
        2025-01-12  gift 1
        2025-01-13  gift 1
    """)  # fmt: skip
    assert [row[:3] for row in sold(engine)] == [
        (11, "A", 1),
        (11, "B", 1),
        (12, "B", 1),
        (12, "C", 1),
        (13, "B", 2),
        (13, "C", 1),
    ]


def test_before_a_list_begins_a_line_stands_for_the_kit_itself(engine):
    post(engine, kit="item component quantity valid_from\ngift A 2 2025-01-11", sale="""
        happened_on item quantity revenue
        2025-01-10  gift 1        7
        2025-01-11  gift 1        9
    """)  # fmt: skip
    assert sold(engine) == [(10, "gift", 1, 7), (11, "A", 2, 9)]


def test_units_of_the_kit_and_of_its_components_are_converted(engine):
    post(engine, item="""
        item unit
        gift set
        A    piece
    """, unit_conversion="""
        item unit   factor
        gift carton 10
        A    dozen  12
    """, kit="""
        item component quantity unit
        gift A         0.5      dozen
    """, movement="""
        happened_on kind       item location quantity unit
        2025-01-10  sale_issue gift W        -2       carton
    """)  # fmt: skip
    assert moved(engine) == [(10, "sale_issue", "A", -120)]


def test_other_movements_of_a_kit_are_goods_of_its_own(engine):
    post(engine, kit=KITS, movement="""
        happened_on kind    item location quantity
        2025-01-10  receipt gift W        5
        2025-01-11  scrap   gift W        -1
    """)  # fmt: skip
    assert moved(engine) == [(11, "scrap", "gift", -1)]


@pytest.mark.parametrize("costing", ["stated", "moving_average", "fifo"])
def test_whatever_comes_first_the_books_say_the_same(tmp_path, costing):
    """A kit list that comes after its sales takes them over; none are left under the kit's code."""
    costs = "item valid_from unit_cost\nA 2025-01-01 3\nB 2025-01-01 10"
    loads = [{"movement": STOCK, "standard_cost": costs}, {"kit": KITS}, {"movement": SOLD}]
    hashes = set()
    for number, order in enumerate(permutations(loads)):
        made = new_engine(tmp_path / str(number))
        in_turn(made, *order, costing=costing)
        assert moved(made) == COMPONENTS
        assert sum(row[3] for row in sold(made)) == Decimal("71.67")
        assert all(result.passed for result in identities.check(made))
        hashes.add(content_hash(made))
        made.close()
    assert len(hashes) == 1


def test_a_corrected_kit_list_works_its_lines_out_again(engine):
    in_turn(engine, {"movement": STOCK}, {"kit": KITS}, {"movement": SOLD})
    corrected = KITS.replace("gift B         1", "gift B         4")
    post(engine, at=START + timedelta(days=1), kit=corrected)
    assert (10, "sale_issue", "B", -12) in moved(engine)
    assert (10, "sale_issue", "A", -6) in moved(engine)
    assert sum(row[3] for row in sold(engine)) == Decimal("71.67")
    # What came out the same was left alone: A is moved once, under the load that stated it.
    (first,) = [r for r in standing(engine) if r["quantity"] == -6]
    assert first["load_no"] == 3
    (again,) = [r for r in standing(engine) if r["quantity"] == -12]
    assert (again["load_no"], again["file_no"], again["row_no"]) == (4, None, 2)


def test_a_standard_cost_stated_later_shares_revenue_anew(engine):
    in_turn(engine, {"kit": KITS}, {"movement": SOLD})
    post(engine, at=START + timedelta(days=1),
         standard_cost="item valid_from unit_cost\nA 2025-01-01 3\nB 2025-01-01 10")  # fmt: skip
    assert (10, "B", 3, Decimal("62.50")) in sold(engine)
    assert sum(row[3] for row in sold(engine)) == Decimal("71.67")


def test_a_kit_that_is_none_any_more_stands_for_itself(engine):
    in_turn(engine, {"kit": KITS}, {"movement": SOLD})
    other = "item component quantity\nbox C 1"
    posted = post(engine, at=START + timedelta(days=1), complete=("kit",), kit=other)
    assert (10, "sale_issue", "gift", -3) in moved(engine)
    assert (10, "gift", 3, Decimal("100.00")) in sold(engine)
    assert any("没有有效组件" in words.zh for words in posted.warnings)


@pytest.mark.parametrize("revenue", ["100.00", "-"])
def test_a_line_stated_anew_replaces_its_components(engine, revenue):
    text = """
        happened_on kind       item location quantity revenue line
        2025-01-10  sale_issue gift W        {quantity} {revenue} L1
    """
    before = text.format(quantity=-1, revenue=revenue)
    in_turn(engine, {"kit": KITS}, {"movement": before})
    again = post(engine, at=START + timedelta(hours=2), movement=before)
    assert (again.reversed, again.batch.ignored_by_reason) == (0, {"already_loaded": 1})
    after = text.format(quantity=-2, revenue=revenue)
    post(engine, at=START + timedelta(hours=3), movement=after)
    assert moved(engine) == [(10, "sale_issue", "A", -4), (10, "sale_issue", "B", -2)]
    post(engine, at=START + timedelta(hours=4), deleted_line="line\nL1")
    assert moved(engine) == []
    assert sold(engine) == []


def test_a_line_taken_over_is_still_known_by_its_key(engine):
    text = """
        happened_on kind       item location quantity revenue line
        2025-01-10  sale_issue gift W        -1       90      L1
    """
    in_turn(engine, {"movement": text}, {"kit": KITS})
    assert moved(engine) == [(10, "sale_issue", "A", -2), (10, "sale_issue", "B", -1)]
    again = post(engine, at=START + timedelta(days=1), movement=text)
    assert again.batch.ignored_by_reason == {"already_loaded": 1}
    post(engine, at=START + timedelta(days=2), movement=text.replace("-1 ", "-5 "))
    assert moved(engine) == [(10, "sale_issue", "A", -10), (10, "sale_issue", "B", -5)]


def test_what_components_move_is_what_balances_and_counts_are_held_against(engine):
    """A balance of a component counts the kit's sales as flows; nothing is left unexplained."""
    in_turn(
        engine,
        {"balance": """
        happened_on item location balance unit_cost
        2025-01-01  A    W        100     3
        2025-01-31  A    W        93      3
        """},
        {"movement": SOLD.replace("2025-01-12  customer_return", "2025-02-12  customer_return")},
        {"kit": KITS},
        {"stock_count": """
        document item location counted_on counted
        C1       B    W        2025-01-20 2
        """},
        {"movement": """
        happened_on kind    item location quantity
        2025-01-02  receipt B    W        6
        """},
    )  # fmt: skip
    rows = [r for r in moved(engine) if r[1] in {"unexplained", "count"}]
    # 6 came, 3 went with the kits, 2 were counted.
    assert rows == [(20, "count", "B", -1)]


@pytest.mark.parametrize(
    ("list_", "words"),
    [
        ("gift A 0 - -", "A"),
        ("gift A -1 - -", "A"),
        ("gift A 1 -0.5 -", "A"),
        ("gift A 1 - 2024-12-31", "A"),
        ("gift A 1 - -\nbox gift 1 - -", "box"),
        ("gift gift 1 - -", "gift"),
    ],
)
def test_a_kit_list_that_cannot_be_followed_is_refused_whole(engine, list_, words):
    rows = "item component quantity share valid_to valid_from\n"
    rows += "\n".join(f"{row} 2025-01-01" for row in list_.splitlines())
    with pytest.raises(WrongKit) as refused:
        post(engine, kit=rows)
    assert words in refused.value.message.zh
    assert words in refused.value.message.en
    assert len(engine.query(table("load"))) == 0


def test_a_red_letter_row_of_a_kit_takes_its_document_back(engine):
    in_turn(engine, {"kit": KITS}, {"movement": SOLD}, {"movement": """
        happened_on kind       item location quantity document reverses
        2025-01-15  sale_issue gift W        3        S9       S1
    """})  # fmt: skip
    stock = {}
    for row in engine.query(table("movement")).to_pylist():
        stock[row["item_id"]] = stock.get(row["item_id"], 0) + row["quantity"]
    names = codes(engine)
    assert {names[key]: quantity for key, quantity in stock.items()} == {"A": 1, "B": 1}


def test_kits_with_stock_of_their_own_are_pointed_out(engine):
    posted = post(engine, kit=KITS, movement="""
        happened_on kind       item location quantity
        2025-01-02  receipt    gift W        5
        2025-01-10  sale_issue gift W        -1
    """)  # fmt: skip
    english = " ".join(words.en for words in posted.warnings)
    assert "1 rows of sold or returned kits" in english
    assert "1 kits have stock of their own" in english


def test_days_of_components_are_those_of_their_kit(engine):
    in_turn(engine, {"movement": SOLD}, {"kit": KITS})
    assert {r["happened_on"] for r in standing(engine)} == {date(2025, 1, 10), date(2025, 1, 12)}
