"""Amounts at a rate that was restated are converted again: the books equal a clean load."""

import io
from decimal import Decimal

import openpyxl
import pytest

from stockturn.delivery.quarantine_book import book_of
from stockturn.intake.converting import convert_again, stale
from stockturn.intake.decisions import decide
from stockturn.intake.quarantine import correct
from stockturn.ledger.decisions import Unsigned
from stockturn.ledger.fingerprint import content_hash
from stockturn.ledger.periods import PeriodClosed
from tests.intake.keeping import company

MONEY = """
name: money
version: "1"
title: {zh: 外币, en: money}
description: {zh: 测试, en: for tests}
costing: moving_average
files:
  - match: 汇率*
    table: currency_rate
    columns: {currency: 币种, valid_from: 日期, rate: 汇率}
  - match: 流水*
    repeated: keep
    SLICE
    table: movement
    columns:
      happened_on: 日期
      kind: {from: 业务, map: {入库: receipt, 出库: sale_issue}}
      item: 物料
      location: {constant: A}
      quantity: 数量
      value: 金额
      revenue: 收入
      currency: 币种
  - match: 结存*
    table: balance
    columns:
      happened_on: 日期
      item: 物料
      location: {constant: B}
      balance: 数量
      unit_cost: 单价
      currency: 币种
  - match: 采购*
    table: purchase_order
    columns:
      document: 单号
      line: 行号
      item: 物料
      ordered_on: 日期
      quantity: 数量
      unit_price: 单价
      currency: 币种
"""
RATES = "币种,日期,汇率\nUSD,2024-01-01,7\nUSD,2024-02-01,8\n"
RIGHT = RATES.replace("01-01,7", "01-01,7.5")
FLOWS = """日期,业务,物料,数量,金额,收入,币种
2024-01-05,入库,a,10,100,,USD
2024-01-06,入库,a,10,500,,CNY
2024-01-08,出库,a,-4,,200,USD
2024-02-05,入库,a,2,20,,USD
2024-02-08,出库,a,-6,,,
"""
FILES = {
    "流水1.csv": FLOWS,
    "结存1.csv": "日期,物料,数量,单价,币种\n2024-01-31,b,5,10,USD\n2024-02-29,b,5,10,CNY\n",
    "采购1.csv": "单号,行号,物料,日期,数量,单价,币种\nP1,1,a,2024-01-03,10,10,USD\n",
}


@pytest.fixture
def shop(tmp_path):
    """A company whose files were booked at 7 dollars in January."""
    with company(tmp_path / "shop", MONEY.replace("SLICE", "")) as made:
        fill(made, RATES)
        yield made


def fill(made, rates, files=FILES):
    for name, content in {"汇率1.csv": rates, **files}.items():
        report = made.load(name, content)
        assert report.status == "loaded", report


def clean(tmp_path, rates=RIGHT, files=FILES):
    """The content of a company that has known the right rate from the start."""
    with company(tmp_path / "clean", MONEY.replace("SLICE", "")) as made:
        fill(made, rates, files)
        return content_hash(made.workspace.engine)


def decided(made, **more):
    return convert_again(made.workspace, actor="王", reason="银行更正", **more)


def undone(made, load_no):
    content = {"of_load": load_no}
    decide(made.workspace, "undo_keep_rates", content, actor="王", reason="审计")


def test_a_rate_that_is_let_in_converts_again_and_equals_a_clean_load(shop, tmp_path):
    before = shop.stock()
    assert shop.load("汇率2.csv", RIGHT).status == "held"
    assert decided(shop).loads == ()
    report = shop.load("汇率2.csv", RIGHT)
    assert report.status == "loaded"
    assert any("重新折算 4 行（第 7, 8, 9 次导入）" in one.zh for one in report.warnings)
    assert shop.hash == clean(tmp_path)
    assert shop.stock() != before
    assert shop.stock(known=6) == before
    assert stale(shop.workspace) == []
    shop.check()


def test_what_was_kept_is_converted_once_that_is_taken_back(shop, tmp_path):
    decide(shop.workspace, "keep_rates", {}, actor="王", reason="不变")
    before = shop.stock()
    shop.load("汇率2.csv", RIGHT)
    assert (stale(shop.workspace), shop.stock()) == ([], before)
    undone(shop, 5)
    (change,) = stale(shop.workspace)
    assert (change.name, change.rows, float(change.booked)) == ("USD", 4, 700 + 1400)
    loads = decided(shop).loads
    assert [(one.status, one.rows_loaded) for one in loads] == [
        ("loaded", 2),
        ("loaded", 1),
        ("loaded", 1),
    ]
    assert shop.hash == clean(tmp_path)
    shop.check()


@pytest.mark.soak
def test_what_is_converted_again_twice_counts_once(shop, tmp_path):
    for name, rate in (("汇率2.csv", "7.2"), ("汇率3.csv", "7.5")):
        decided(shop)
        assert shop.load(name, RATES.replace("01-01,7", f"01-01,{rate}")).status == "loaded"
    assert shop.hash == clean(tmp_path)
    shop.check()


def test_a_closed_month_refuses_and_nothing_is_decided(shop):
    decide(shop.workspace, "keep_rates", {}, actor="王", reason="不变")
    shop.load("汇率2.csv", RIGHT)
    undone(shop, 5)
    decide(shop.workspace, "close_period", {"month": "2024-01"}, actor="王", reason="月结")
    before, decisions = shop.hash, shop.count("decision")
    with pytest.raises(PeriodClosed, match="2024-01"):
        decided(shop)
    assert (shop.hash, shop.count("decision")) == (before, decisions)
    decide(shop.workspace, "reopen_period", {"month": "2024-01"}, actor="王", reason="更正")
    decided(shop)
    assert stale(shop.workspace) == []


def test_a_decision_beside_a_closed_month_leaves_its_amounts_listed(shop):
    decided(shop)
    decide(shop.workspace, "close_period", {"month": "2024-01"}, actor="王", reason="月结")
    report = shop.load("汇率2.csv", RIGHT)
    assert report.status == "loaded"
    assert any("未能按决定重新折算" in one.zh for one in report.warnings)
    (change,) = stale(shop.workspace)
    assert change.rows == 3


@pytest.mark.soak
def test_a_file_that_comes_again_replaces_what_was_converted_again(shop, tmp_path):
    decided(shop)
    shop.load("汇率2.csv", RIGHT)
    less = {**FILES, "流水1.csv": FLOWS.replace("100,,USD", "110,,USD")}
    less["结存1.csv"] = "日期,物料,数量,单价,币种\n2024-02-29,b,5,10,CNY\n2024-01-30,b,5,10,CNY\n"
    for name in ("流水1.csv", "结存1.csv"):
        report = shop.load(name, less[name], answer="replace")
        assert report.status == "loaded", report
    assert shop.hash == clean(tmp_path, files=less)
    shop.check()


@pytest.mark.soak
def test_a_day_that_comes_again_replaces_what_was_converted_again(tmp_path):
    with company(tmp_path / "shop", MONEY.replace("SLICE", "slice: day")) as made:
        fill(made, RATES)
        decided(made)
        made.load("汇率2.csv", RIGHT)
        day = FLOWS.splitlines(keepends=True)
        made.load("流水2.csv", day[0] + day[1].replace("100", "110"))
        expected = {**FILES, "流水1.csv": FLOWS.replace("100,,USD", "110,,USD")}
        assert made.hash == clean(tmp_path, files=expected)


@pytest.mark.soak
def test_rows_with_a_key_and_rows_sent_back_are_converted_again(tmp_path):
    """The line keeps its key, the row of a workbook is read from there; both once."""
    keyed = MONEY.replace("SLICE", "key: [单号]")
    head = "单号,日期,业务,物料,数量,金额,收入,币种\n"
    lines = ["1,2024-01-05,入库,a,10,100,,USD\n", "2,2024-01-06,入库,b,10,一,,USD\n"]
    right = [lines[0], lines[1].replace("一", "50")]
    with company(tmp_path / "shop", keyed) as made:
        made.load("汇率1.csv", RATES)
        made.load("流水1.csv", head + "".join(lines), reject_bar=Decimal(1))
        assert correct(made.workspace, sent_back(made, tmp_path, {"金额": 50})).loaded == 1
        decided(made)
        made.load("汇率2.csv", RIGHT)
        made.load("流水2.csv", head + right[1].replace("50", "60") + right[0])
        books = (made.hash, made.stock())
        made.check()
    with company(tmp_path / "clean", keyed) as made:
        made.load("汇率1.csv", RIGHT)
        made.load("流水1.csv", head + right[0] + right[1].replace("50", "60"))
        assert (made.hash, made.stock()) == books


def sent_back(made, folder, cells):
    book = openpyxl.load_workbook(io.BytesIO(book_of(made.workspace.engine, "zh")))
    heads = [cell.value for cell in book.worksheets[0][1]]
    for header, value in cells.items():
        book.worksheets[0].cell(2, heads.index(header) + 1).value = value
    path = folder / "改.xlsx"
    book.save(path)
    return path


def test_it_takes_a_name_and_a_reason(shop):
    with pytest.raises(Unsigned):
        convert_again(shop.workspace, actor="王", reason=" ")
