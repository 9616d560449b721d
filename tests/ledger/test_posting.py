"""Posting: what a load becomes, in one transaction, with costs, transit, ages and corrections."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import ibis
import pytest

from stockturn.ledger import identities, loads
from stockturn.ledger.tables import WarehouseOutdated, table
from stockturn.ledger.units import MissingFactor
from stockturn.ledger.whole_company import CountedTwice
from stockturn.metrics.answer import ask
from stockturn.metrics.query import Filter, MetricQuery, Period
from tests.books import new_engine, post

YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))


def stock(engine, by="location", day=date(2027, 1, 1)):
    """Closing quantity and value per member of a dimension."""
    query = MetricQuery(
        ("closing_quantity", "closing_inventory"), Period(date(2025, 1, 1), day), by=(by,)
    )
    return {
        row.group[0]: tuple(float(value.number) for value in row.values.values())
        for row in ask(engine, query).rows
    }


def figure(engine, measure, *where, period=YEAR, **more):
    query = MetricQuery((measure,), period, where=tuple(where), **more)
    return ask(engine, query).totals[0].values[measure]


def test_moving_average_follows_a_transfer_through_transit(engine):
    post(engine, costing="moving_average", movement="""
        happened_on kind         item location quantity unit_cost transfer
        2026-01-01  receipt      a    plant    10       5         -
        2026-01-02  receipt      a    plant    10       7         -
        2026-01-05  transfer_out a    plant    -8       -         T1
        2026-01-09  transfer_in  a    shop     8        -         T1
        2026-01-12  sale_issue   a    shop     -3       -         -
    """)  # fmt: skip
    assert stock(engine, day=date(2026, 1, 7)) == {"plant": (12, 72), "在途": (8, 48)}
    assert stock(engine)["shop"] == (5, 30)
    assert figure(engine, "cogs").number == 18
    layers = engine.query(table("stock_layer")).to_pylist()
    shop = [row for row in layers if row["quantity"] == 5]
    assert [row["received_on"] for row in shop] == [date(2026, 1, 1)]
    assert [row["arrived_on"] for row in shop] == [date(2026, 1, 9)]


def test_a_back_dated_receipt_recosts_later_issues_by_appending(engine):
    post(engine, costing="moving_average", at=datetime(2026, 3, 1, tzinfo=UTC), movement="""
        happened_on kind       item location quantity unit_cost
        2026-01-01  receipt    a    plant    10       10
        2026-01-10  sale_issue a    plant    -5       -
    """)  # fmt: skip
    assert figure(engine, "cogs").number == 50
    post(engine, costing="moving_average", at=datetime(2026, 3, 9, tzinfo=UTC), movement="""
        happened_on kind       item location quantity unit_cost
        2026-01-05  receipt    a    plant    10       20
    """)  # fmt: skip
    assert figure(engine, "cogs").number == 75
    assert figure(engine, "cogs", known_at=datetime(2026, 3, 5, tzinfo=UTC)).number == 50
    before = figure(engine, "cogs", known_at=datetime(2026, 2, 1, tzinfo=UTC))
    assert (before.number, before.reason is not None) == (None, True)
    rows = engine.query(table("movement").filter(lambda t: t.origin == "recosting")).to_pylist()
    assert [
        (row["quantity"], row["value"], row["happened_on"], row["load_no"]) for row in rows
    ] == [(0, Decimal(-25), date(2026, 1, 10), 2)]


def test_a_later_day_continues_from_balances(engine):
    post(engine, costing="moving_average", movement="""
        happened_on kind       item location quantity unit_cost
        2026-01-01  receipt    a    plant    3        1
        2026-01-02  sale_issue a    plant    -1       -
    """)  # fmt: skip
    post(engine, costing="moving_average", movement="""
        happened_on kind       item location quantity unit_cost
        2026-01-03  receipt    a    plant    2        4
        2026-01-04  sale_issue a    plant    -4       -
    """)  # fmt: skip
    assert stock(engine) == {"plant": (0, 0)}
    assert figure(engine, "cogs").number == 11


def test_what_a_stated_balance_has_beyond_its_flows_is_listed(engine):
    posted = post(engine, balance="""
        happened_on item location received issued balance unit_cost
        2026-01-01  a    plant    0        0      100     2
        2026-01-02  a    plant    10       20     90      2
        2026-01-03  a    plant    0        0      85      3
    """)  # fmt: skip
    rows = engine.query(table("movement").order_by("sequence")).to_pylist()
    found = [(row["kind"], float(row["quantity"]), float(row["value"])) for row in rows]
    assert sorted(found) == [
        ("opening", 100, 200),
        ("receipt", 10, 20),
        ("revaluation", 0, 90),
        ("sale_issue", -20, -40),
        ("unexplained", -5, -15),
    ]
    assert stock(engine)["plant"] == (85, 255)
    assert any("不符" in warning.zh for warning in posted.warnings)


SUMMARY = """
        happened_on item location opening received issued balance unit_cost
        2026-01-31  a    {place}    100     50       30     {balance}     2
    """
LIST = """
        happened_on kind       item location quantity unit_cost
        2026-01-05  receipt    a    plant    50       2
        2026-01-06  sale_issue a    plant    -30      2
    """
OPENING = """
        happened_on item location balance unit_cost
        2025-12-31  a    plant    100     2
    """


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_a_summary_beside_its_list_is_compared_and_not_booked_again(engine, order):
    loads = [
        {"balance": OPENING},
        {"movement": LIST},
        {"balance": SUMMARY.format(place="plant", balance=120)},
    ]
    for number in order:
        post(engine, **loads[number])
    assert stock(engine)["plant"] == (120, 240)
    assert figure(engine, "cogs").number == 60
    assert figure(engine, "receipts").number == 100
    rows = engine.query(table("movement")).to_pylist()
    # What a load of before could not explain is taken back when its explanation comes.
    assert sum(row["quantity"] for row in rows if row["kind"] == "unexplained") == 0


def test_what_the_list_lacks_of_its_summary_is_unexplained(engine):
    post(engine, balance=OPENING)
    post(engine, movement=LIST.replace("-30 ", "-25 "))
    post(engine, balance=SUMMARY.format(place="plant", balance=120))
    assert stock(engine)["plant"] == (120, 240)
    rows = engine.query(table("movement")).to_pylist()
    assert [float(r["quantity"]) for r in rows if r["kind"] == "unexplained"] == [-5]


def test_the_whole_company_beside_its_locations_would_count_twice(engine):
    post(engine, balance=SUMMARY.format(place="全部仓库", balance=120))
    with pytest.raises(CountedTwice) as caught:
        post(engine, movement=LIST)
    assert "算两次" in caught.value.message.zh
    assert "plant" in caught.value.message.en
    assert stock(engine) == {"全部仓库": (120, 240)}


def test_balances_of_a_second_load_continue_the_first(engine):
    for day, balance in ((1, 100), (2, 90)):
        post(engine, balance=f"""
            happened_on item location received issued balance unit_cost
            2026-01-0{day}  a    plant    0        {10 * (day - 1)}      {balance}     2
        """)  # fmt: skip
    kinds = [row["kind"] for row in engine.query(table("movement")).to_pylist()]
    assert sorted(kinds) == ["opening", "sale_issue"]


def test_missing_cost_is_unknown_not_zero(engine):
    posted = post(engine, costing="moving_average", movement="""
        happened_on kind    item location quantity unit_cost
        2026-01-01  receipt a    plant    4        -
        2026-01-01  receipt b    plant    6        10
    """)  # fmt: skip
    assert figure(engine, "cost_coverage").number == Decimal("0.6")
    assert figure(engine, "closing_inventory").number == 60
    assert any("没有成本" in warning.zh for warning in posted.warnings)


def test_negative_stock_is_kept_and_counted(engine):
    post(engine, movement="""
        happened_on kind       item location quantity value
        2026-01-01  sale_issue a    plant    -4       -40
    """)  # fmt: skip
    assert figure(engine, "negative_balances").number == 1
    assert stock(engine)["plant"] == (-4, -40)
    assert figure(engine, "turnover").number is None


def test_consigned_and_drop_shipped_goods_stay_outside(engine):
    post(engine, movement="""
        happened_on kind       item location quantity value ownership
        2026-01-01  receipt    a    plant    4        40    owned
        2026-01-02  receipt    a    plant    9        90    consigned
        2026-01-03  sale_issue a    plant    -1       -10   drop_ship
    """)  # fmt: skip
    assert stock(engine)["plant"] == (4, 40)
    assert figure(engine, "cogs").number == 0
    assert engine.query(table("outside_movement")).num_rows == 2


def test_units_are_converted_by_the_factor_of_the_day_or_the_load_is_held(engine):
    item = """
        item unit
        a    piece
    """
    post(engine, item=item, unit_conversion="""
        item unit factor valid_from
        a    box  12     -
        a    box  10     2026-02-01
    """)  # fmt: skip
    post(engine, movement="""
        happened_on kind    item location quantity unit unit_cost
        2026-01-01  receipt a    plant    2        box  24
        2026-02-01  receipt a    plant    1        box  30
    """)  # fmt: skip
    assert stock(engine)["plant"] == (34, 78)
    with pytest.raises(MissingFactor):
        post(engine, movement="""
            happened_on kind    item location quantity unit
            2026-01-01  receipt a    plant    2        barrel
        """)  # fmt: skip
    assert loads.last_load(engine) == 2


def test_unknown_items_and_locations_are_listed_never_dropped(engine):
    posted = post(engine, item="""
        item category
        a    Toys
    """, movement="""
        happened_on kind    item  location quantity value
        2026-01-01  receipt a     plant    1        10
        2026-01-01  receipt ghost -        1        5
    """)  # fmt: skip
    assert stock(engine, "item") == {"a": (1, 10), "ghost": (1, 5)}
    assert stock(engine) == {"plant": (1, 10), "未知": (1, 5)}
    assert any("主数据" in warning.zh for warning in posted.warnings)


def test_sales_between_own_companies_are_eliminated_in_the_group(engine):
    post(engine, location="""
        location company
        maker    M
        dealer   D
    """, movement="""
        happened_on kind       item location quantity value counterparty_company
        2026-01-01  receipt    a    maker    10       100   -
        2026-01-02  sale_issue a    maker    -6       -60   D
        2026-01-02  receipt    a    dealer   6        60    M
        2026-01-03  sale_issue a    dealer   -5       -50   -
    """)  # fmt: skip
    assert figure(engine, "cogs").number == 50
    assert figure(engine, "receipts").number == 100
    assert figure(engine, "cogs", Filter("company", ("M",))).number == 60
    query = MetricQuery(("cogs",), YEAR, by=("company",))
    answer = ask(engine, query)
    assert {row.group[0]: row.values["cogs"].number for row in answer.rows} == {"M": 60, "D": 50}
    assert answer.totals[0].values["cogs"].number == 50


def test_a_load_that_fails_leaves_nothing(engine, monkeypatch):
    from stockturn.ledger import moments

    def fail(*_):
        raise OSError("the disk went away")

    monkeypatch.setattr(moments, "grow", fail)
    with pytest.raises(OSError, match="disk"):
        post(engine, movement="""
            happened_on kind    item location quantity value
            2026-01-01  receipt a    plant    1        10
        """)  # fmt: skip
    assert all(engine.query(table(name)).num_rows == 0 for name in ("load", "item", "movement"))


@pytest.mark.parametrize("costing", ["moving_average", "monthly_average", "fifo"])
def test_values_do_not_depend_on_how_the_history_is_cut_into_loads(tmp_path, costing):
    """Negative stock, returns, transit and missing costs, in one load and in three."""
    lines = """
        2026-01-01 receipt         a plant 10 5 -
        2026-01-03 sale_issue      a plant -4 - -
        2026-01-04 transfer_out    a plant -5 - T1
        2026-01-20 sale_issue      a plant -3 - -
        2026-01-25 receipt         a plant 9  8 -
        2026-02-02 transfer_in     a shop  5  - T1
        2026-02-03 customer_return a plant 1  - -
        2026-02-05 sale_issue      a shop  -5 - -
        2026-02-06 receipt         b shop  3  - -
        2026-02-07 sale_issue      b shop  -1 - -
        2026-02-20 receipt         b shop  3  6 -
        2026-03-01 sale_issue      b shop  -4 - -
    """.strip().splitlines()
    head = "happened_on kind item location quantity unit_cost transfer"

    def figures(folder, cuts):
        folder.mkdir()
        made = new_engine(folder)
        for rows in cuts:
            post(made, costing=costing, movement="\n".join([head, *rows]))
        query = MetricQuery(
            ("cogs", "closing_inventory", "closing_quantity", "cost_coverage", "age_0_30"),
            Period(date(2026, 1, 1), date(2026, 4, 1)), by=("item", "location"), grain="month",
        )  # fmt: skip
        found = [(row.group, row.period, row.values) for row in ask(made, query).rows]
        assert all(result.passed for result in identities.check(made))
        made.close()
        return found

    whole = figures(tmp_path / "whole", [lines])
    assert figures(tmp_path / "cut", [lines[:3], lines[3:7], lines[7:]]) == whole


def test_a_warehouse_of_another_version_asks_to_be_rebuilt(tmp_path):
    from stockturn.engines import DuckDBEngine

    path, staging = tmp_path / "warehouse.duckdb", tmp_path / "staging"
    old = DuckDBEngine.open(path, staging=staging)
    old.ensure({"load": ibis.schema({"load_no": "int32"})})
    old.close()
    with pytest.raises(WarehouseOutdated, match="rebuild"):
        new_engine(tmp_path)


def test_a_change_of_value_alone_reaches_the_layers(engine):
    for day, cost in ((1, 2), (2, 3)):
        post(engine, balance=f"""
            happened_on item location received issued balance unit_cost
            2026-01-0{day}  a    plant    0        0      10      {cost}
        """)  # fmt: skip
    assert [row["value"] for row in engine.query(table("stock_layer")).to_pylist()] == [30]
