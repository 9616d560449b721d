"""Kits from files: rejected without components, explained to the row, replaced, made again."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from stockturn.intake.load import load_files
from stockturn.intake.quarantine import replay_with
from stockturn.ledger import quarantine
from stockturn.ledger.documents import current
from stockturn.metrics.query import MetricQuery, Period
from stockturn.metrics.rows import source_rows
from tests.intake.conftest import SMALL, text
from tests.intake.keeping import company

MAPPING = SMALL.replace("      unit_cost: 单价", "      revenue: 单价").replace(
    "match: [", "slice: month\n    match: [", 1
) + """
  - match: ["套装*"]
    table: kit
    columns:
      item: 套装编码
      component: 组件编码
      quantity: 数量
      valid_from: 生效日期
      valid_to: 失效日期
      share: 份额
"""  # fmt: skip
KITS = (
    "套装编码,组件编码,数量,份额,生效日期,失效日期\n"
    "礼盒,甲,2,0.6,2024-02-01,\n礼盒,乙,1,0.4,2024-02-01,\n"
)
JANUARY = "2024-01-06,销售出库,礼盒,A,-1,10"
FEBRUARY = "2024-02-06,销售出库,礼盒,A,-3,100.01"
YEAR = Period(date(2024, 1, 1), date(2025, 1, 1))


@pytest.fixture
def books(tmp_path):
    with company(tmp_path, MAPPING) as made:
        yield made


def stock(books):
    return {item: quantity for (item, _), (quantity, _) in books.stock().items()}


def behind(books, measure):
    rows, _ = source_rows(books.workspace.engine, MetricQuery((measure,), YEAR), measure)
    return sorted(
        (row.item, row.kit, row.file, row.row_no, row.quantity) for row in rows if row.kit
    )


def test_a_kit_without_components_on_its_day_waits_with_its_row_as_it_came(books):
    books.load("套装清单.csv", KITS)
    report = books.load("流水.csv", text(JANUARY, FEBRUARY), reject_bar=Decimal(1))
    assert (report.rows_in, report.rows_loaded, report.rows_rejected) == (2, 1, 1)
    assert report.rejected_by_reason == {"kit_without_components": 1}
    (reject,) = report.rejects
    assert (reject.row_no, reject.column, reject.value) == (2, "物料编码", "礼盒")
    (waiting,) = quarantine.waiting(books.workspace.engine)
    assert waiting.values == {
        "日期": "2024-01-06", "业务类型": "销售出库", "物料编码": "礼盒",
        "仓库": "A", "数量": "-1", "单价": "10",
    }  # fmt: skip
    assert stock(books) == {"甲": -6, "乙": -3}
    # Once the list says what was in it then, the row is read again.
    books.load("套装清单更正.csv", KITS.replace("2024-02-01", "2024-01-01"))
    again = replay_with(books.workspace, report.load_no, books.mapping)
    assert (again.rows_loaded, again.rows_rejected) == (1, 0)
    assert stock(books) == {"甲": -8, "乙": -4}
    assert quarantine.count_waiting(books.workspace.engine) == 0
    books.check()


def test_the_kit_list_of_the_same_load_counts(books, tmp_path):
    for name, content in (("套装清单.csv", KITS), ("流水.csv", text(JANUARY, FEBRUARY))):
        (books.files / name).write_text(content, encoding="utf-8")
    report = load_files(books.workspace, [books.files], books.mapping, reject_bar=Decimal(1))
    assert report.rejected_by_reason == {"kit_without_components": 1}
    assert stock(books) == {"甲": -6, "乙": -3}
    books.check()


def test_an_item_with_stock_of_its_own_is_booked_as_it_stands(books):
    books.load("套装清单.csv", KITS)
    received = "2024-01-05,采购入库,礼盒,A,4,"
    report = books.load("流水.csv", text(received, JANUARY, FEBRUARY))
    assert (report.rows_loaded, report.rows_rejected) == (3, 0)
    assert stock(books) == {"礼盒": 3, "甲": -6, "乙": -3}
    assert any("有库存" in words.zh for words in report.warnings)
    books.check()


def test_a_trial_says_what_would_be_rejected_and_changes_nothing(books):
    books.load("套装清单.csv", KITS)
    before = books.hash
    report = books.load("流水.csv", text(JANUARY, FEBRUARY), trial=True, reject_bar=Decimal(1))
    assert report.rejected_by_reason == {"kit_without_components": 1}
    assert books.hash == before


@pytest.mark.parametrize("first", ["list", "sales"])
def test_a_component_leads_to_the_row_of_its_kit_whichever_came_first(books, first):
    loads = [("套装清单.csv", KITS), ("流水.csv", text(FEBRUARY))]
    for name, content in loads if first == "list" else reversed(loads):
        books.load(name, content)
    wanted = [("乙", "礼盒", "流水.csv", 2, -3), ("甲", "礼盒", "流水.csv", 2, -6)]
    assert behind(books, "cogs") == wanted
    shares = [("乙", "礼盒", "流水.csv", 2, 3), ("甲", "礼盒", "流水.csv", 2, 6)]
    assert behind(books, "revenue") == shares
    rows, _ = source_rows(books.workspace.engine, MetricQuery(("revenue",), YEAR), "revenue")
    worth = {row.item: row.value for row in rows if row.kit}
    assert worth == {"甲": Decimal("60.01"), "乙": Decimal("40.00")}
    books.check()


def test_the_same_file_is_nothing_new_and_a_changed_month_replaces_its_components(books):
    books.load("套装清单.csv", KITS)
    books.load("流水.csv", text(FEBRUARY))
    assert books.load("流水.csv", text(FEBRUARY)).status == "nothing_new"
    more = text(FEBRUARY, "2024-02-07,销售出库,礼盒,A,-1,30")
    report = books.load("流水.csv", more)
    assert report.reversed == 0
    assert report.ignored_by_reason == {"already_loaded": 1}
    assert stock(books) == {"甲": -8, "乙": -4}
    report = books.load("流水.csv", text(FEBRUARY.replace("-3", "-1")))
    # The movement and the sale of two components on each of two lines.
    assert report.reversed == 8
    assert stock(books) == {"甲": -2, "乙": -1}
    books.check()


def test_a_corrected_list_is_rebuilt_as_it_was_worked_out(books):
    books.load("流水.csv", text(FEBRUARY))
    books.load("套装清单.csv", KITS)
    books.load("套装清单2.csv", KITS.replace("礼盒,乙,1", "礼盒,乙,5"))
    assert stock(books) == {"甲": -6, "乙": -15}
    assert len(books.workspace.engine.query(current("kit"))) == 2
    books.check()


@pytest.mark.parametrize(
    ("mapping", "name", "header"),
    [
        (
            "documents-zh",
            "套装清单.csv",
            "组合商品编码,单品编码,数量,生效日期,失效日期,收入占比,备注",
        ),
        (
            "documents-en",
            "kits.csv",
            "bundle sku,component sku,qty,valid from,valid to,share,notes",
        ),
    ],
)
def test_the_templates_read_a_kit_list(books, mapping, name, header):
    path = books.files / name
    path.write_text(f"{header}\nBOX,A,2,2024-01-01,2024-12-31,3,x\nBOX,B,1,2024-01-01,,1,\n")
    report = load_files(books.workspace, [path], mapping)
    assert (report.rows_in, report.rows_loaded) == (2, 2)
    rows = books.workspace.engine.query(current("kit").order_by("component_id")).to_pylist()
    assert [(r["quantity"], r["share"], r["valid_to"]) for r in rows] == [
        (2, 3, date(2024, 12, 31)),
        (1, 1, None),
    ]
