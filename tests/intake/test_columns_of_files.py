"""How a column is filled: otherwise where a file lacks it, from several, from the row above."""

from __future__ import annotations

from decimal import Decimal

import pytest

from stockturn.intake import decode_text
from stockturn.intake.mapping_yaml import read_mapping
from stockturn.intake.yaml_node import BadMapping

BALANCES = """
name: balances
version: 1
title: {zh: 结存, en: balances}
description: {zh: 结存, en: balances}
costing: stated
files:
  - match: "*.csv"
    table: balance
    columns:
      happened_on: {from: 日期, else: {caption: '(20[0-9-]{8})'}}
      item: 物料
      location: {from: 仓库, default: 全部仓库}
      balance: 结存
      unit_cost: {from: 金额, per: 结存, else: 单价}
"""
ORDERS = """
name: orders
version: 1
title: {zh: 订单, en: orders}
description: {zh: 订单, en: orders}
costing: stated
files:
  - match: "*.csv"
    carry: {within: 单号, columns: [日期, 币种]}
    table: sale
    columns:
      happened_on: 日期
      item: 物料
      quantity: 数量
      revenue: {from: 单价, times: 数量, less: 折扣}
      currency: 币种
      document: 单号
"""


def costs(result):
    return [row["unit_cost"] for row in result["balance"]]


def test_an_amount_per_piece_is_a_cost(stage):
    result = stage("日期,物料,结存,金额,单价\n2024-01-31,a,3,10,3.33\n2024-01-31,b,0,0,\n",
                   "结存.csv", BALANCES)  # fmt: skip
    assert costs(result) == [Decimal("3.333333"), None]


def test_a_file_without_the_amount_is_read_the_other_way(stage):
    result = stage("物料,结存,单价\na,3,3.33\n", "结存2024-01-31.csv", BALANCES)
    assert costs(result) == [Decimal("3.33")]
    row = result["balance"][0]
    assert (str(row["happened_on"]), row["location"]) == ("2024-01-31", "全部仓库")
    said = [remark.zh for remark in result.staged.remarks]
    assert said == [
        "“结存2024-01-31.csv”没有“日期”一列，每行都按“2024-01-31”计。",
        "“结存2024-01-31.csv”没有“仓库”一列，每行都按“全部仓库”计。",
    ]


def test_the_other_ways_columns_are_known_and_not_held(stage):
    # 单价 is not needed where the amount stands; it is no unknown header either.
    assert len(
        stage("日期,物料,结存,金额,单价\n2024-01-31,a,3,10,3.33\n", "结存.csv", BALANCES)["balance"]
    )


ROWS = (
    "单号,日期,币种,物料,数量,单价,折扣\n"
    "1,2024-01-05,USD,a,2,10,1.5\n1,,,b,1,7,\n2,,,c,1,7,\n3,2024-01-06,,d,1,7,\n3,,,e,1,5,\n"
)


@pytest.mark.parametrize("size", [1, 2, 200_000])
def test_the_first_row_of_a_document_speaks_for_the_others(stage, monkeypatch, size):
    monkeypatch.setattr(decode_text, "CHUNK_ROWS", size)
    result = stage(ROWS + "\n", "订单.csv", ORDERS)
    found = [(r["item"], str(r["happened_on"]), r["currency"], float(r["revenue"]))
             for r in result["sale"]]  # fmt: skip
    assert found == [
        ("a", "2024-01-05", "USD", 18.5),
        ("b", "2024-01-05", "USD", 7),
        ("d", "2024-01-06", None, 7),
        ("e", "2024-01-06", None, 5),
    ]
    # Another document's day is not borrowed.
    assert result.rejects == [(4, "missing_value", "日期", None)]


def test_a_product_beyond_what_is_kept_is_rejected(stage):
    rows = "单号,日期,币种,物料,数量,单价,折扣\n1,2024-01-05,CNY,a,90000000,90000000000,\n"
    assert stage(rows, "订单.csv", ORDERS).rejects == [
        (2, "number_out_of_range", "单价", "90000000000")
    ]


@pytest.mark.parametrize(
    "wrong", ["per: 结存}", "less: 结存}", "eve: true}"], ids=["per", "less", "eve"]
)
def test_options_that_mean_nothing_are_refused(wrong):
    with pytest.raises(BadMapping):
        read_mapping(BALANCES.replace("item: 物料", f"item: {{from: 物料, {wrong}"))
