"""Units, currencies and taxes: settled by dated rates, never guessed, the original kept."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal, localcontext

import ibis
import pyarrow as pa
import pytest

from stockturn.ledger.conversion import MissingRate, MissingTaxRate
from stockturn.ledger.documents import current
from stockturn.ledger.tables import quotient, table
from stockturn.ledger.units import MissingFactor, MixedUnits
from tests.books import post

RATES = """
    currency valid_from rate
    USD      2026-01-01 7.1
    USD      2026-02-01 7.25
"""
LATER = datetime(2026, 3, 1, tzinfo=UTC)


def values(engine):
    rows = engine.query(table("movement").order_by("happened_on", "sequence")).to_pylist()
    return [row["value"] for row in rows]


def test_amounts_are_converted_at_the_rate_of_their_day_and_the_original_is_kept(engine):
    post(engine, currency_rate=RATES, movement="""
        happened_on kind    item location quantity value unit_cost currency
        2026-01-15  receipt a    x        10       100   -         USD
        2026-02-01  receipt a    x        1        -     3.5       USD
        2026-02-02  receipt a    x        1        5     -         CNY
        2026-02-03  receipt a    x        1        6     -         -
    """)  # fmt: skip
    assert values(engine) == [710, Decimal("25.375"), 5, 6]
    kept = engine.query(table("conversion").order_by("row_no")).to_pylist()
    assert [(r["entry"], r["column"], r["currency"], r["stated"], r["rate"]) for r in kept] == [
        ("movement", "value", "USD", 100, Decimal("7.1")),
        ("movement", "unit_cost", "USD", Decimal("3.5"), Decimal("7.25")),
    ]


@pytest.mark.parametrize("day", ["2025-12-31", "2020-01-01"])
def test_a_day_before_the_first_rate_holds_the_load(engine, day):
    post(engine, currency_rate=RATES)
    with pytest.raises(MissingRate, match=f"USD in CNY on {day}") as held:
        post(engine, at=LATER, movement=f"""
            happened_on kind    item location quantity value currency
            {day}       receipt a    x        10       100   USD
        """)  # fmt: skip
    assert held.value.exit_code == 3
    assert values(engine) == []


def test_tax_is_taken_out_at_the_rows_own_rate_or_the_dated_one(engine):
    post(engine, tax_rate="""
        item category valid_from rate
        -    -        2018-05-01 0.16
        -    -        2019-04-01 0.13
        book -        2019-04-01 0.09
    """, sale="""
        happened_on item quantity revenue taxed   tax_rate
        2019-03-31  a    1        116     revenue -
        2019-04-01  a    1        113     revenue -
        2026-01-01  book 1        109     revenue -
        2026-01-02  a    1        106     revenue 0.06
        2026-01-03  a    -1       -100    revenue -
        2026-01-04  a    1        100     -       -
    """)  # fmt: skip
    rows = engine.query(table("sale").order_by("happened_on")).to_pylist()
    assert [row["revenue"] for row in rows] == [
        100, 100, 100, 100, Decimal("-88.4956"), 100,
    ]  # fmt: skip
    assert len(engine.query(table("conversion"))) == 5


def test_tax_inclusive_without_any_rate_holds(engine):
    with pytest.raises(MissingTaxRate):
        post(engine, sale="""
            happened_on item quantity revenue taxed
            2026-01-01  a    1        113     revenue
        """)  # fmt: skip


def test_orders_are_kept_in_base_units_and_own_currency(engine):
    post(
        engine,
        item=[{"item": "a", "unit": "pcs", "file_no": 0, "row_no": 1}],
        unit_conversion="""
        item unit factor valid_from
        a    box  12     2026-01-01
        """,
        currency_rate=RATES,
        purchase_order="""
        document item quantity unit unit_price value currency ordered_on
        P1       a    2        box  24         48    USD      2026-01-10
        P2       a    5        pcs  2          10    CNY      2026-01-10
        """,
    )
    rows = engine.query(current("purchase_order").order_by("document")).to_pylist()
    assert [(r["quantity"], r["unit_price"], r["value"]) for r in rows] == [
        (24, Decimal("14.2"), Decimal("340.8")),
        (5, 2, 10),
    ]


def test_a_unit_without_a_factor_names_item_and_unit(engine):
    post(engine, item=[{"item": "a", "unit": "pcs", "file_no": 0, "row_no": 1}])
    with pytest.raises(MissingFactor, match="Item a has no conversion factor for unit box"):
        post(engine, at=LATER, sale="""
            happened_on item quantity unit
            2026-01-01  a    1        box
        """)  # fmt: skip


def test_two_units_of_an_item_without_a_base_unit_are_not_added_up(engine):
    with pytest.raises(MixedUnits, match=r"Item a .*\(box, pcs\)"):
        post(engine, movement="""
            happened_on kind    item location quantity value unit
            2026-01-01  receipt a    x        1        5     box
            2026-01-01  receipt a    x        1        5     pcs
        """)  # fmt: skip


DIVISIONS = {
    4: [
        ("113", "1.13"),
        ("-100", "1.13"),
        ("99999999999999.9999", "1.13"),
        ("0.0001", "2"),
        ("-0.0001", "2"),
        ("1", "0.000001"),
    ],
    6: [("24", "12"), ("999999999999.999999", "3"), ("-7.000001", "1.06")],
}


def test_division_is_exact_and_rounds_once(engine):
    for scale, pairs in DIVISIONS.items():
        columns = {
            "place": pa.array(range(len(pairs)), pa.int64()),
            "value": pa.array([Decimal(v) for v, _ in pairs], pa.decimal128(18, scale)),
            "divisor": pa.array([Decimal(d) for _, d in pairs], pa.decimal128(18, 6)),
        }
        rows = pa.table(columns)
        here = ibis.table(ibis.Schema.from_pyarrow(rows.schema), name="rows")
        asked = here.select("place", n=quotient(here.value, here.divisor, scale)).order_by("place")
        found = engine.query(asked, tables={"rows": rows}).column("n").to_pylist()
        with localcontext(prec=60):
            smallest = Decimal(1).scaleb(-scale)
            wanted = [
                (Decimal(v) / Decimal(d)).quantize(smallest, rounding=ROUND_HALF_UP)
                for v, d in pairs
            ]
        assert found == wanted
