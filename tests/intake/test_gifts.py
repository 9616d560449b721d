"""Gifts (赠品): lines without a price. Received ones cost nothing where said so; given ones do."""

from __future__ import annotations

from datetime import date

import pytest

from stockturn.ledger.tables import table
from stockturn.metrics.answer import ask
from stockturn.metrics.query import MetricQuery, Period
from tests.intake.keeping import company

COLUMNS = """
          happened_on: 日期
          kind: {from: 业务类型, map: {采购入库: receipt, 销售出库: sale_issue}}
          item: 物料编码
          location: 仓库
          quantity: 数量
          revenue: 销售额
"""
MAPPING = f"""
name: gifts
version: "1"
title: {{zh: 赠品, en: gifts}}
description: {{zh: 赠品, en: gifts}}
costing: moving_average
files:
  - match: ["流水*"]
    tables:
      - table: movement
        when: [{{column: 是否赠品, in: [是]}}]
        columns:{COLUMNS}          unit_cost: {{from: 单价, zero: real}}
      - table: movement
        when: [{{column: 是否赠品, not_in: [是]}}]
        columns:{COLUMNS}          unit_cost: 单价
"""
HEADER = "日期,业务类型,物料编码,仓库,数量,单价,销售额,是否赠品\n"
MARCH = Period(date(2024, 3, 1), date(2024, 4, 1))


@pytest.fixture
def books(tmp_path):
    with company(tmp_path, MAPPING) as made:
        yield made


def values(books):
    rows = books.workspace.engine.query(table("movement").order_by("movement_id")).to_pylist()
    return [(row["kind"], row["quantity"], row["value"], row["cost_source"]) for row in rows]


def test_a_gift_received_costs_nothing_and_a_price_forgotten_is_not_known(books):
    """Ten paid and two for nothing: twelve at the price of ten."""
    report = books.load(
        "流水.csv",
        HEADER + "2024-03-01,采购入库,a,A,10,6,,否\n2024-03-01,采购入库,a,A,2,0,,是\n"
        "2024-03-01,采购入库,b,A,3,0,,否\n2024-03-02,销售出库,a,A,-6,,90,否\n",
    )
    assert values(books) == [
        ("receipt", 10, 60, "stated"),
        ("receipt", 2, 0, "stated"),
        ("receipt", 3, None, "missing"),
        ("sale_issue", -6, -30, "computed"),
    ]
    assert any("没有成本" in words.zh for words in report.warnings)
    books.check()


def test_a_gift_given_has_a_cost_and_no_revenue(books):
    books.load(
        "流水.csv",
        HEADER + "2024-03-01,采购入库,a,A,10,6,,否\n"
        "2024-03-02,销售出库,a,A,-2,,30,否\n2024-03-02,销售出库,a,A,-1,,0,是\n",
    )
    query = MetricQuery(("cogs", "revenue", "gross_margin"), MARCH)
    (total,) = ask(books.workspace.engine, query).totals
    found = {name: value.number for name, value in total.values.items()}
    assert found == {"cogs": 18, "revenue": 30, "gross_margin": 12}
    books.check()
