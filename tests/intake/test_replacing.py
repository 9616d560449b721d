"""Inputs that repeat, change, come late or in pieces: what counts is what was said last."""

from decimal import Decimal

import pytest

from stockturn.intake.load import load_files
from stockturn.intake.origin import Origin
from stockturn.ledger.quarantine import waiting
from stockturn.ledger.tables import table
from tests.intake.conftest import SMALL, text
from tests.intake.keeping import company

KEYED = SMALL.replace("    columns:\n", "    key: [单号, 行号]\n    columns:\n", 1)
KEY_HEAD = "单号,行号,日期,业务类型,物料编码,仓库,数量,单价"

JANUARY = [f"2024-01-{day:02},采购入库,a,A,{day},2" for day in range(1, 21)]
SALES = [f"2024-01-{day:02},销售出库,a,A,-1," for day in range(2, 21)]


@pytest.fixture
def shop(tmp_path):
    with company(tmp_path, SMALL) as made:
        yield made
        made.check()


@pytest.fixture
def keyed(tmp_path):
    with company(tmp_path, KEYED) as made:
        yield made
        made.check()


def lines(*rows):
    return text(*rows, header=KEY_HEAD)


# --- line keys ------------------------------------------------------------------------------


def test_a_line_that_comes_again_is_left_alone_changed_ones_are_taken_back(keyed):
    one = "R1,1,2024-01-05,采购入库,a,A,10,2"
    two = "R1,2,2024-01-05,采购入库,b,A,4,3"
    keyed.load("流水1.csv", lines(one, two))
    report = keyed.load(
        "流水2.csv",
        lines(one, "R1,2,2024-01-06,采购入库,b,B,5,3", "R2,1,2024-01-07,采购入库,c,A,1,1"),
    )
    assert (report.status, report.reversed) == ("loaded", 1)
    assert (report.rows_in, report.rows_loaded, report.rows_ignored) == (3, 2, 1)
    assert report.ignored_by_reason == {"already_loaded": 1}
    assert "冲销以前的 1 笔" in report.message.zh
    assert "1 earlier entries were taken back" in report.message.en
    assert keyed.stock() == {("a", "A"): (10, 20), ("b", "B"): (5, 15), ("c", "A"): (1, 1)}
    assert keyed.stock(known=1) == {("a", "A"): (10, 20), ("b", "A"): (4, 12)}


def test_the_last_version_of_a_line_within_a_load_counts(keyed):
    report = keyed.load(
        "流水1.csv",
        lines(
            "R1,1,2024-01-05,采购入库,a,A,10,2",
            "R1,1,2024-01-05,采购入库,a,A,12,2",
            "R1,1,2024-01-05,采购入库,a,A,13,2",
        ),
    )
    assert (report.rows_loaded, report.ignored_by_reason) == (1, {"older_version": 2})
    assert keyed.stock() == {("a", "A"): (13, 26)}


def test_a_line_stated_again_waits_no_more_in_the_quarantine(keyed):
    """Its newer version is booked, or rejected in its own right; either way the old one is gone."""
    bad, good = "R1,2,2024-01-05,采购入库,b,A,四,3", "R1,2,2024-01-05,采购入库,b,A,4,3"
    keyed.load("流水1.csv", lines("R1,1,2024-01-05,采购入库,a,A,10,2", bad), reject_bar=Decimal(1))
    assert [row.place.load_no for row in waiting(keyed.workspace.engine)] == [1]
    keyed.load("流水2.csv", lines("R2,1,2024-01-06,采购入库,a,A,1,2", bad), reject_bar=Decimal(1))
    assert [row.place.load_no for row in waiting(keyed.workspace.engine)] == [2]
    keyed.load("流水3.csv", lines("R3,2,2024-01-07,采购入库,b,A,1,3"))
    assert len(waiting(keyed.workspace.engine)) == 1
    keyed.load("流水4.csv", lines(good))
    assert waiting(keyed.workspace.engine) == []
    assert keyed.stock() == {("a", "A"): (11, 22), ("b", "A"): (5, 15)}


def test_a_feed_that_overlaps_and_deletes(shop):
    head = "主键,删除,日期,业务类型,物料编码,仓库,数量,单价"

    def pull(cursor, *rows):
        return shop.load(
            f"流水{cursor}.csv",
            text(*rows, header=head),
            origin=Origin("erp", cursor, key=("主键",), deleted="删除"),
        )

    first = [f"{n},,2024-01-{n:02},采购入库,a,A,{n},1" for n in range(1, 6)]
    pull("1", *first)
    report = pull("2", *first[2:], "2,是,,,,,,", "6,,2024-01-06,销售出库,a,A,-3,")
    assert report.ignored_by_reason == {"already_loaded": 3}
    assert (report.rows_loaded, report.reversed) == (2, 1)
    assert shop.stock() == {("a", "A"): (10, 10)}
    again = pull("3", "2,是,,,,,,")
    assert (again.rows_loaded, again.reversed) == (1, 0)
    assert shop.stock() == {("a", "A"): (10, 10)}


def test_a_key_of_one_feed_says_nothing_of_another(shop):
    head = "主键,日期,业务类型,物料编码,仓库,数量,单价"
    for feed, item in (("north", "a"), ("south", "b")):
        shop.load(
            f"流水{feed}.csv",
            text(f"1,2024-01-05,采购入库,{item},A,10,2", header=head),
            origin=Origin(feed, "1", key=("主键",)),
        )
    assert sorted(shop.stock()) == [("a", "A"), ("b", "A")]


# --- slices -----------------------------------------------------------------------------------


def test_the_same_name_with_other_content_replaces(shop):
    shop.load("流水1.csv", text(*JANUARY))
    corrected = [*JANUARY[:-2], "2024-01-20,采购入库,a,A,50,2"]
    report = shop.load("流水1.csv", text(*corrected))
    assert (report.status, report.reversed, report.superseded) == ("loaded", 2, (1,))
    assert (report.rows_loaded, report.ignored_by_reason) == (1, {"already_loaded": 18})
    assert any("替换第 1 次导入" in words.zh for words in report.warnings)
    assert shop.stock() == {("a", "A"): (171 + 50, 2 * (171 + 50))}
    assert shop.stock(known=1) == {("a", "A"): (210, 420)}
    assert shop.load("流水1.csv", text(*corrected)).status == "nothing_new"
    # The first version sent again is a change again.
    assert shop.load("流水1.csv", text(*JANUARY)).superseded == (2,)
    assert shop.stock() == {("a", "A"): (210, 420)}


def test_a_month_replaces_the_days_it_repeats(shop):
    for day in range(5):
        shop.load(f"流水{day}.csv", text(*JANUARY[4 * day : 4 * day + 4]))
    report = shop.load("流水-一月.csv", text(*JANUARY, *SALES))
    assert (report.reversed, report.rows_loaded) == (0, 19)
    assert report.ignored_by_reason == {"already_loaded": 20}
    assert report.superseded == (1, 2, 3, 4, 5)
    assert shop.stock() == {("a", "A"): (191, 382)}
    third = shop.load("流水-一月-更正.csv", text(*JANUARY[:5], *JANUARY[6:], *SALES))
    assert (third.reversed, third.superseded) == (1, (6,))


def test_an_overlap_that_is_not_clear_is_a_question_with_an_answer(shop):
    shop.load("流水1.csv", text(*JANUARY))
    later = text(*JANUARY[10:], "2024-02-01,采购入库,a,A,1,2")
    held = shop.load("流水2.csv", later)
    assert (held.status, held.exit_code, held.load_no) == ("held", 3, None)
    for words, option in ((held.message.zh, "--replace"), (held.message.en, "--add")):
        assert option in words
        assert "流水1.csv" in words
        assert "2024-01-11 – 2024-02-01" in words
    assert shop.stock() == {("a", "A"): (210, 420)}
    added = shop.load("流水2.csv", later, answer="add")
    assert (added.rows_loaded, added.reversed) == (11, 0)
    assert shop.stock()["a", "A"][0] == 210 + 155 + 1


def test_replace_as_the_answer(shop):
    shop.load("流水1.csv", text(*JANUARY))
    later = text(*JANUARY[10:], "2024-02-01,采购入库,a,A,1,2")
    report = shop.load("流水2.csv", later, answer="replace")
    assert (report.reversed, report.superseded) == (10, (1,))
    assert shop.stock()["a", "A"][0] == 155 + 1


def test_an_answer_holds_for_the_question_that_was_asked_and_no_other(shop):
    shop.load("流水1.csv", text(*JANUARY))
    later = text(*JANUARY[10:], "2024-02-01,采购入库,a,A,1,2")
    (asked,) = shop.load("流水2.csv", later).questions
    assert (asked.kind, asked.file, asked.rows) == ("overlap", "流水2.csv", 11)
    assert (asked.other_load, asked.other, asked.other_rows) == (1, "流水1.csv", 20)
    assert (asked.equal, asked.taken_back) == (10, 10)
    # Meanwhile somebody else loads rows that the held file repeats, too.
    shop.load("流水3.csv", text(*JANUARY[8:14], "2024-01-25,采购入库,a,A,9,2"), answer="add")
    before = shop.stock()
    answered = [(asked, "replace")]
    (other,) = shop.load("流水2.csv", later, answered=answered).questions
    assert (other.other_load, other.other) == (2, "流水3.csv")
    assert shop.stock() == before
    report = shop.load("流水2.csv", later, answered=[*answered, (other, "add")])
    assert (report.status, report.reversed, report.superseded) == ("loaded", 10, (1,))


def test_daily_files_late_rows_and_a_second_warehouse_are_additions(shop):
    shop.load("流水1.csv", text(*JANUARY))
    for name, rows in (
        ("流水2.csv", ["2024-01-21,采购入库,a,A,5,2"]),
        ("流水3.csv", ["2024-01-03,采购入库,a,A,5,2"]),
        ("流水4.csv", [row.replace(",A,", ",B,") for row in JANUARY]),
        ("流水1.csv", ["2024-02-03,采购入库,a,A,5,2"]),
    ):
        report = shop.load(name, text(*rows))
        assert (report.status, report.reversed) == ("loaded", 0)
    assert shop.stock()["a", "A"][0] == 210 + 15


@pytest.mark.parametrize(("rule", "left"), [("day", 16), ("month", 2), ("none", 18), ("file", 18)])
def test_a_mapping_may_fix_the_rule(tmp_path, rule, left):
    fixed = SMALL.replace("    table: movement\n", f"    table: movement\n    slice: {rule}\n")
    with company(tmp_path, fixed) as made:
        rows = ["2024-01-05,采购入库,a,A,2,2", "2024-01-06,采购入库,a,A,14,2"]
        made.load("流水1.csv", text(*rows))
        made.load("流水2.csv", text("2024-01-05,采购入库,a,A,2,2"))
        assert made.stock()["a", "A"][0] == left
        made.check()


def test_two_files_of_one_load_that_repeat_each_other_are_a_question(shop):
    (shop.files / "流水1.csv").write_text(text(*JANUARY), encoding="utf-8")
    (shop.files / "流水2.csv").write_text(text(*JANUARY, SALES[0]), encoding="utf-8")
    held = load_files(shop.workspace, [shop.files], shop.mapping)
    assert held.status == "held"
    assert "20 行相同" in held.message.zh
    assert load_files(shop.workspace, [shop.files], shop.mapping, answer="add").rows_loaded == 41


# --- transfers, sales, balances -----------------------------------------------------------------

WIDE = """
name: wide
version: "1"
title: {zh: 宽, en: wide}
description: {zh: 测试, en: for tests}
costing: moving_average
files:
  - match: ["单据*"]
    table: movement
    key: [单号]
    columns:
      happened_on: 日期
      kind: 类型
      item: 物料
      location: 仓库
      quantity: 数量
      unit_cost: 单价
      transfer: 调拨单
      revenue: 收入
  - match: ["结存*"]
    table: balance
    columns:
      happened_on: 日期
      item: 物料
      location: 仓库
      received: 入
      issued: 出
      balance: 结存
      unit_cost: 单价
"""
HEAD = "单号,日期,类型,物料,仓库,数量,单价,调拨单,收入"
CARD = "日期,物料,仓库,入,出,结存,单价"


@pytest.fixture
def wide(tmp_path):
    with company(tmp_path, WIDE) as made:
        yield made
        made.check()


def test_legs_and_revenue_follow_their_row(wide):
    wide.load("单据1.csv", text(
        "1,2024-01-01,receipt,a,A,10,3,,",
        "2,2024-01-05,transfer_out,a,A,-6,,T1,",
        "3,2024-01-09,transfer_in,a,B,6,,T1,",
        "4,2024-01-10,sale_issue,a,B,-2,,,40",
        header=HEAD,
    ))  # fmt: skip
    wide.load("单据2.csv", text(
        "2,2024-01-05,transfer_out,a,A,-5,,T1,",
        "3,2024-01-05,transfer_in,a,B,5,,T1,",
        "4,2024-01-10,sale_issue,a,B,-3,,,60",
        header=HEAD,
    ))  # fmt: skip
    assert wide.stock() == {("a", "A"): (5, 15), ("a", "B"): (2, 6)}
    sales = wide.workspace.engine.query(table("sale")).to_pylist()
    said = sorted((float(row["quantity"]), float(row["revenue"])) for row in sales)
    assert said == [(-2.0, -40.0), (2.0, 40.0), (3.0, 60.0)]


def test_balances_stated_again_replace_and_come_in_any_order(wide, tmp_path):
    cards = [
        "2024-01-01,a,A,0,0,100,2",
        "2024-01-02,a,A,10,20,90,2",
        "2024-01-03,a,A,0,5,80,3",
        "2024-01-04,a,A,7,0,87,3",
    ]
    for number in (2, 0, 3, 1):
        wide.load(f"结存{number}.csv", text(cards[number], header=CARD))
    wide.load("结存9.csv", text("2024-01-03,a,A,0,5,85,3", header=CARD))
    with company(tmp_path / "whole", WIDE) as whole:
        cards[2] = "2024-01-03,a,A,0,5,85,3"
        whole.load("结存.csv", text(*cards, header=CARD))
        assert whole.hash == wide.hash
        assert whole.stock() == wide.stock() == {("a", "A"): (87, 261)}


def test_a_balance_meets_movements_that_come_later(wide, tmp_path):
    card = text("2024-01-05,a,A,,,12,2", "2024-01-10,a,A,,,9,2", header=CARD)
    moves = text(
        "1,2024-01-03,receipt,a,A,12,2,,", "2,2024-01-07,sale_issue,a,A,-3,,,", header=HEAD
    )
    wide.load("结存.csv", card)
    assert wide.count("movement", kind="opening") == 1
    wide.load("单据.csv", moves)
    assert wide.stock() == {("a", "A"): (9, 18)}
    with company(tmp_path / "other", WIDE) as other:
        other.load("单据.csv", moves)
        other.load("结存.csv", card)
        assert other.hash == wide.hash


def test_a_balance_file_of_the_same_name_takes_away_what_it_no_longer_states(wide):
    rows = ["2024-01-01,a,A,0,0,100,2", "2024-01-02,a,A,10,20,90,2", "2024-01-02,b,A,0,0,5,1"]
    wide.load("结存.csv", text(*rows, header=CARD))
    report = wide.load("结存.csv", text(*rows[:2], header=CARD))
    assert report.ignored_by_reason == {"already_loaded": 2}
    assert wide.stock() == {("a", "A"): (90, 180)}
