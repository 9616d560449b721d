"""Items merged by a named person: the link rolls history up, can be undone, and is rebuilt."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from stockturn.engines import DuckDBEngine
from stockturn.intake.decisions import decide
from stockturn.intake.load import clean, load_files
from stockturn.intake.mapping_yaml import read_mapping
from stockturn.intake.replay import replay
from stockturn.ledger import loads
from stockturn.ledger.fingerprint import fingerprint
from stockturn.ledger.identity import WrongMerge, current_links, history, rolled_up
from stockturn.ledger.tables import ensure, table
from stockturn.metrics.answer import ask
from stockturn.metrics.members import members
from stockturn.metrics.query import Filter, MetricQuery, Period, Scope
from stockturn.metrics.rows import source_rows
from stockturn.workspace import Workspace
from tests.intake.conftest import SMALL, text

JANUARY = Period(date(2024, 1, 1), date(2024, 2, 1))
ITEMS = """
  - match: ["物料*"]
    table: item
    columns: {item: 编码, category: 品类}
"""
FIGURES = ("closing_quantity", "closing_inventory", "average_inventory", "receipts", "cogs")


@pytest.fixture
def workspace(tmp_path):
    root = Workspace.create(tmp_path / "company")
    with Workspace.open(root, environ={}) as opened:
        ensure(opened.engine)
        clean(opened)
        path = tmp_path / "流水.csv"
        rows = [
            *(
                f"2024-01-0{day},采购入库,{code},A,{day}0,{day}"
                for day, code in enumerate("abc", 1)
            ),
            "2024-01-10,销售出库,c,A,-35,",
            "2024-01-31,销售出库,b,A,-1,",
        ]
        path.write_text(text(*rows), encoding="utf-8")
        load_files(opened, [path], read_mapping(SMALL))
        yield opened


def link(workspace, item, into=None, valid_from=None):
    kind = "merge_items" if into else "undo_merge_items"
    content = {"item": item} | ({"into": into} if into else {})
    content |= {"valid_from": valid_from} if valid_from else {}
    return decide(workspace, kind, content, actor="王经理", reason="换码")


def asked(workspace, *, by=("item",), measures=FIGURES, scope=None, **more):
    query = MetricQuery(measures, JANUARY, by=by, **more)
    return ask(workspace.engine, query, *([] if scope is None else [scope]))


def figures(answer):
    rows = {row.group[0]: {k: v.number for k, v in row.values.items()} for row in answer.rows}
    return rows, {key: value.number for key, value in answer.totals[0].values.items()}


def codes(workspace):
    engine = workspace.engine
    rows = engine.query(table("item").select("item_id", "item")).to_pylist()
    named = {row["item_id"]: row["item"] for row in rows}
    return {named[old]: named[into] for old, into in rolled_up(engine)}


def test_links_roll_up_are_undone_and_come_again_by_a_rebuild(workspace):
    link(workspace, "a", "b")
    link(workspace, "b", "c")
    assert codes(workspace) == {"a": "c", "b": "c"}
    # The history itself stays where it was booked.
    items = workspace.engine.query(table("movement").select("item_id").distinct())
    assert len(items) == 3
    link(workspace, "b")
    assert current_links(workspace.engine) == {"a": "b"}
    assert [each["stands"] for each in history(workspace.engine)] == [False, False, True]
    link(workspace, "b", "c")
    again = DuckDBEngine.open(workspace.root / "again.duckdb", staging=workspace.staging)
    ensure(again)
    for planned in replay(workspace.received):
        planned.run(workspace, again)
    assert fingerprint(again) == fingerprint(workspace.engine)
    again.close()


def test_links_that_cannot_be_are_refused_and_nothing_is_written(workspace):
    link(workspace, "a", "b")
    for item, into in (("a", "c"), ("b", "a"), ("c", "c"), ("x", "a"), ("c", "x"), ("c", None)):
        with pytest.raises(WrongMerge):
            link(workspace, item, into)
    assert current_links(workspace.engine) == {"a": "b"}


def test_figures_count_under_the_surviving_item_and_undoing_gives_the_old_ones_back(workspace):
    before, total = figures(asked(workspace))
    assert set(before) == {"a", "b", "c"}
    link(workspace, "a", "c")
    merged, total_after = figures(asked(workspace))
    assert total_after == total
    assert set(merged) == {"b", "c"}
    assert merged["b"] == before["b"]
    for key in FIGURES:
        # An average is divided out to 50 places, each on its own.
        assert abs(merged["c"][key] - before["a"][key] - before["c"][key]) < Decimal("1e-20")
    link(workspace, "a")
    assert figures(asked(workspace)) == (before, total)


def test_attributes_are_the_surviving_items_and_so_is_what_a_scope_shows(workspace):
    path = workspace.root / "物料.csv"
    path.write_text("编码,品类\na,五金\nb,五金\nc,电机\n", encoding="utf-8")
    load_files(workspace, [path], read_mapping(SMALL + ITEMS))
    assert set(figures(asked(workspace, by=("category",)))[0]) == {"五金", "电机"}
    motors = Scope(allowed=(("category", ("电机",)),))
    assert figures(asked(workspace, scope=motors))[1]["receipts"] == 90
    link(workspace, "a", "c")
    merged, _ = figures(asked(workspace, by=("category", "location")))
    assert merged["电机"]["receipts"] == 10 * 1 + 30 * 3
    assert figures(asked(workspace, scope=motors))[1]["receipts"] == 100


def test_filters_and_member_lists_know_the_surviving_item_alone(workspace):
    link(workspace, "a", "c")
    rows, total = figures(asked(workspace, where=(Filter("item", ("c",)),)))
    assert rows["c"]["closing_quantity"] == total["closing_quantity"] == Decimal(10 + 30 - 35)
    gone = asked(workspace, where=(Filter("item", ("a",)),))
    assert not gone.rows
    assert "c" in gone.hints[0].zh
    assert [each.member for each in members(workspace.engine, "item")] == ["b", "c"]
    seen = members(workspace.engine, "item", scope=Scope(allowed=(("location", ("A",)),)))
    assert [each.member for each in seen] == ["b", "c"]


def test_rows_behind_a_figure_name_the_code_they_were_booked_under(workspace):
    link(workspace, "a", "c")
    query = MetricQuery(("closing_quantity",), JANUARY, where=(Filter("item", ("c",)),))
    lines, count = source_rows(workspace.engine, query, "closing_quantity")
    assert count == len(lines) == 3
    assert {line.item for line in lines} == {"a", "c"}
    assert sum(line.quantity for line in lines) == 5


def test_stock_is_negative_or_slow_as_one_item(workspace):
    counted = ("negative_balances", "slow_moving_value")
    before, _ = figures(asked(workspace, measures=counted))
    assert before["c"]["negative_balances"] == 1
    assert before["a"]["slow_moving_value"] == 10
    link(workspace, "a", "c")
    merged, _ = figures(asked(workspace, measures=counted))
    # c sold what had come in as a: together they are above zero, and they sell.
    assert merged["c"] == {"negative_balances": 0, "slow_moving_value": 0}
    assert asked(workspace).coverage.negative_balances == 0


def test_a_link_counts_when_the_data_reaches_its_day_and_only_where_it_was_known(workspace):
    link(workspace, "a", "c", "2024-02-05")
    assert set(figures(asked(workspace))[0]) == {"a", "b", "c"}
    (known,) = [load.committed_at for load in loads.history(workspace.engine) if load.load_no == 1]
    path = workspace.root / "二月.csv"
    path.write_text(text("2024-02-05,采购入库,b,A,1,1"), encoding="utf-8")
    load_files(workspace, [path], read_mapping(SMALL))
    assert set(figures(asked(workspace))[0]) == {"b", "c"}
    then = asked(workspace, known_at=known + timedelta(microseconds=1))
    assert set(figures(then)[0]) == {"a", "b", "c"}
    # The rows behind a figure are those known then, too.
    spring = Period(date(2024, 1, 1), date(2024, 3, 1))
    query = MetricQuery(("closing_quantity",), spring)
    now = source_rows(workspace.engine, query, "closing_quantity")
    known_then = replace(query, known_at=known + timedelta(microseconds=1))
    earlier = source_rows(workspace.engine, known_then, "closing_quantity")
    assert (now[1], earlier[1]) == (6, 5)
    assert {line.load_no for line in earlier[0]} == {1}
