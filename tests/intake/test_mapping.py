"""The mapping language: what it can say, and what it refuses with the key named."""

from decimal import Decimal

import pytest

from stockturn.intake.mapping_yaml import (
    BadMapping,
    find_mapping,
    packed_mappings,
    read_mapping,
)
from stockturn.intake.reasons import HELD, IGNORED, REJECTED
from stockturn.language import UsageError
from tests.intake.conftest import SMALL, text


@pytest.mark.parametrize("name", packed_mappings())
def test_every_pack_is_well_formed(name):
    mapping = find_mapping(name)
    assert mapping.name == name
    assert mapping.title.zh
    assert mapping.description.en


def test_the_promised_packs_are_there():
    assert {
        "adventureworks-dw",
        "adventureworks-dw-standard-cost",
        "demo",
        "generic-en",
        "generic-zh",
    } <= set(packed_mappings())


def test_an_unknown_mapping_lists_the_known_ones():
    with pytest.raises(UsageError) as caught:
        find_mapping("kingdee")
    assert caught.value.exit_code == 2
    assert "generic-zh" in caught.value.message.zh
    assert "kingdee" in caught.value.message.en


def test_a_mapping_of_the_workspace_goes_before_a_pack(tmp_path):
    (tmp_path / "demo.yaml").write_text(SMALL, encoding="utf-8")
    assert find_mapping("demo", [tmp_path]).name == "small"


@pytest.mark.parametrize(
    ("before", "after", "key"),
    [
        ("costing: moving_average", "costing: guess", "costing"),
        ('version: "1"', "revision: 1", "revision"),
        ("table: movement", "table: reject", "files[0].table"),
        ("quantity: 数量", "amount: 数量", "files[0].columns.amount"),
        ("      quantity: 数量\n", "", "files[0].columns"),
        ("receipt, 销售", "purchase, 销售", "files[0].columns.kind.map"),
        ("location: 仓库", "location: {lookup: x, by: 仓库, take: y}", "columns.location.lookup"),
        ("location: 仓库", "location: {from: 仓库, constant: A}", "files[0].columns.location"),
        ("location: 仓库", "location: {from: 仓库, scale: 2}", "files[0].columns.location.scale"),
        ("reason: total_row", "reason: because", "files[0].ignore[0].reason"),
        ("in: [合计]}", "in: [合计], empty: true}", "files[0].ignore[0]"),
        ("files:", "files: 7\nother:", "other"),
    ],
)
def test_what_is_wrong_is_named(before, after, key):
    assert before in SMALL
    with pytest.raises(BadMapping) as caught:
        read_mapping(SMALL.replace(before, after))
    assert key in caught.value.message.zh
    assert key in caught.value.message.en


def test_broken_yaml_names_the_line():
    with pytest.raises(BadMapping) as caught:
        read_mapping("name: x\n  version: [", "mine.yaml")
    assert "mine.yaml" in caught.value.message.zh
    assert "row 2" in caught.value.message.en


@pytest.mark.parametrize("words", [REJECTED, IGNORED, HELD])
def test_every_reason_speaks_both_languages(words):
    for code, (zh, en) in words.items():
        assert any("\u4e00" <= letter <= "\u9fff" for letter in zh), code
        assert en.isascii() or "“" in en, code
        assert not set("!！") & set(zh + en), code


# --- what rows become ----------------------------------------------------------------------------


def test_text_in_a_number_and_a_word_nobody_knows(stage):
    result = stage(
        text(
            "2024-01-05,采购入库,a,A,十箱,1",
            "2024-01-05,借出,b,A,1,1",
            "2024-01-05,采购入库,,A,1,1",
            "2024-01-05,采购入库,c,A,1,1",
        )
    )
    assert result.rejects == [
        (2, "not_a_number", "数量", "十箱"),
        (3, "unknown_value", "业务类型", "借出"),
        (4, "missing_value", "物料编码", None),
    ]
    assert dict(result["reject"][0]["values"])["业务类型"] == "采购入库"
    assert [reject.message.zh for reject in result.staged.rejects] == [
        REJECTED[code].zh for _, code, _, _ in result.rejects
    ]


def test_quantities_of_documents_take_their_direction_from_the_kind(stage):
    by_kind = SMALL.replace("table: movement", "table: movement\n    sign: by_kind")
    rows = (
        "2024-01-05,采购入库,a,A,10,2",
        "2024-01-05,销售出库,a,A,4,2",
        "2024-01-05,销售出库,a,A,-1,2",
        "2024-01-05,盘亏,a,A,2,2",
    )
    moved = stage(text(*rows), mapping=by_kind)["movement"]
    assert [(r["kind"], r["quantity"]) for r in moved] == [
        ("receipt", 10),
        ("sale_issue", -4),
        ("sale_issue", 1),
        ("count", -2),
    ]


DETECT = SMALL.replace("table: movement", "table: movement\n    sign: detect").replace(
    "unit_cost: 单价", "value: 单价"
)


def test_unsigned_quantities_are_detected_and_said(stage):
    result = stage(text("2024-01-05,销售出库,a,A,4,8", "2024-01-05,盘亏,a,A,1,2"), mapping=DETECT)
    assert [(r["quantity"], r["value"]) for r in result["movement"]] == [(-4, -8), (-1, -2)]
    assert any("方向按业务类型" in remark.zh for remark in result.staged.remarks)


def test_signed_quantities_with_unsigned_values(stage):
    result = stage(text("2024-01-05,销售出库,a,A,-4,8", "2024-01-05,盘亏,a,A,-1,2"), mapping=DETECT)
    assert [(r["quantity"], r["value"]) for r in result["movement"]] == [(-4, -8), (-1, -2)]
    assert [r["kind"] for r in result["movement"]] == ["sale_issue", "count"]


def test_signs_that_contradict_each_other_are_held(held):
    rows = (f"2024-01-05,销售出库,a,A,{q},8" for q in (4, -4, 3, -3))
    assert held(text(*rows), mapping=DETECT).reason == "unclear_sign"


LEGS = """
name: legs
version: 1
title: {zh: 调拨, en: transfers}
description: {zh: 调拨, en: transfers}
costing: moving_average
files:
  - match: "*.csv"
    tables:
      - table: movement
        sign: by_kind
        when: [{column: 类型, equals: 调拨}]
        columns: &leg
          happened_on: 日期
          kind: {constant: transfer_out}
          item: 物料
          location: 从
          quantity: 数量
          transfer: 单号
      - table: movement
        when: [{column: 类型, equals: 调拨}]
        columns:
          <<: *leg
          kind: {constant: transfer_in}
          location: {from: 到, required: true}
      - table: movement
        sign: by_kind
        when: [{column: 类型, equals: 销售}]
        columns:
          <<: *leg
          kind: {constant: sale_issue}
          revenue: {from: 收入, scale: 10000}
      - table: sale
        when: [{column: 类型, equals: 销售}]
        columns:
          happened_on: 日期
          item: 物料
          quantity: 数量
          revenue: {from: 收入, scale: 10000}
"""
LEG_HEADER = "日期,类型,物料,从,到,数量,单号,收入"


def test_one_row_becomes_two_legs_or_none(stage):
    result = stage(
        text(
            "2024-01-05,调拨,a,A,B,5,D1,",
            "2024-01-05,调拨,a,A,,5,D2,",
            "2024-01-06,销售,a,A,,2,X1,0.15",
            "2024-01-06,询价,a,A,,2,X1,",
            header=LEG_HEADER,
        ),
        mapping=LEGS,
    )
    legs = [r for r in result["movement"] if r["transfer"] == "D1"]
    assert [(r["kind"], r["location"], r["quantity"]) for r in legs] == [
        ("transfer_out", "A", -5),
        ("transfer_in", "B", 5),
    ]
    assert result.rejects == [(3, "missing_value", "到", None)]
    assert [(r["quantity"], r["revenue"]) for r in result["sale"]] == [(2, Decimal(1500))]
    assert result.staged.ignored == {"no_entry": 1}
    assert result.staged.rows_loaded == 2


LOOKUP = """
name: looked
version: 1
title: {zh: 查找, en: lookup}
description: {zh: 查找, en: lookup}
costing: stated
lookups:
  product: {match: products.csv, key: id}
files:
  - match: stock.csv
    rest: ignore
    where: [{column: state, not_in: [test]}]
    table: balance
    columns:
      happened_on: day
      item: {lookup: product, by: product, take: code}
      location: {constant: main}
      balance: units
      unit_cost: {lookup: product, by: product, take: [cost, price], null_as: 0}
  - match: items.csv
    table: item
    columns: {item: code, name: name}
    attributes: rest
"""


def test_lookup_filter_and_null_as(stage, tmp_path):
    products = tmp_path / "p"
    products.write_text("id,code,cost\n1,A-1,2.5\n2,A-2,\n", encoding="utf-8")
    result = stage(
        "day,product,units,state,extra\n2024-01-05,1,5,,x\n2024-01-05,2,6,,x\n"
        "2024-01-05,3,7,,x\n2024-01-05,1,7,test,x\n",
        "stock.csv",
        LOOKUP,
        {"product": (products, "products.csv")},
    )
    assert [(r["item"], r["balance"], r["unit_cost"]) for r in result["balance"]] == [
        ("A-1", 5, Decimal("2.5")),
        ("A-2", 6, Decimal(0)),
    ]
    assert result.rejects == [(4, "missing_value", "product", "3")]
    assert result.staged.ignored == {"filtered": 1}


def test_lookup_file_that_is_missing_or_not_unique(held, tmp_path):
    rows = "day,product,units,state\n2024-01-05,1,5,\n"
    assert held(rows, "stock.csv", LOOKUP).reason == "lookup_missing"
    twice = tmp_path / "p"
    twice.write_text("id,code,cost\n1,A,2\n1,B,3\n", encoding="utf-8")
    failure = held(rows, "stock.csv", LOOKUP, {"product": (twice, "products.csv")})
    assert (failure.reason, failure.column) == ("lookup_not_unique", "id")


def test_the_rest_of_an_item_becomes_attributes(stage):
    result = stage(
        "code,name,grade,colour\nA,Nut,8.8,\nB,Bolt,,red\nC,Pin,,\n", "items.csv", LOOKUP
    )
    assert [r["attributes"] for r in result["item"]] == [
        [("grade", "8.8")],
        [("colour", "red")],
        None,
    ]


def test_decimal_comma_must_be_said(stage, held):
    rows = text("2024-01-05;采购入库;a;A;1,5;1,234", header=HEADER.replace(",", ";"))
    plain = rows.replace("1,5;", "1;").replace("1,234", "1,5\n2024-01-05;采购入库;b;A;1;1,234")
    failure = held(plain)
    assert (failure.reason, failure.column) == ("number_format", "单价")
    comma = SMALL.replace("quantity: 数量", "quantity: {from: 数量, decimal: comma}").replace(
        "unit_cost: 单价", "unit_cost: {from: 单价, decimal: comma}"
    )
    moved = stage(rows, mapping=comma)["movement"][0]
    assert (moved["quantity"], moved["unit_cost"]) == (Decimal("1.5"), Decimal("1.234"))


HEADER = "日期,业务类型,物料编码,仓库,数量,单价"
