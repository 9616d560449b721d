"""JSON lines: digits kept, nested names, lines exploded by word only, and every bad shape."""

import datetime as dt
import gzip
import json
from decimal import Decimal

import pytest

from stockturn.intake import decode_json
from stockturn.intake.mapping_yaml import BadMapping, read_mapping
from tests.intake.conftest import SMALL, text

GOOD = {
    "日期": "2024-01-05",
    "业务类型": "采购入库",
    "物料编码": "0001",
    "仓库": "A",
    "数量": 10,
    "单价": 1.5,
}

ORDERS = """
name: orders
version: "1"
title: {zh: 单, en: orders}
description: {zh: 测试, en: for tests}
costing: moving_average
files:
  - match: "orders*"
    explode: order.lines
    rest: ignore
    table: movement
    columns:
      happened_on: order.day
      kind: {constant: sale_issue}
      document: order.no
      item: order.lines.sku
      location: {constant: A}
      quantity: {from: order.lines.qty, negate: true}
"""


def lines(*records, end="\n"):
    """Return records as JSON lines."""
    return "\n".join(json.dumps(record, ensure_ascii=False) for record in records) + end


def changed(**fields):
    return GOOD | fields


def order(no, rows, **more):
    return {"order": {"no": no, "day": "2024-01-05", "lines": rows, **more}}


@pytest.mark.parametrize("name", ["流水.jsonl", "流水.ndjson", "流水.json"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_records_carry_their_line(stage, name, codec):
    content = lines(GOOD) + "\n" + lines(changed(物料编码="0002", 单价=None))
    first, second = stage(content.encode(codec), name)["movement"]
    assert (first["happened_on"], first["kind"]) == (dt.date(2024, 1, 5), "receipt")
    assert (first["item"], first["quantity"]) == ("0001", Decimal(10))
    assert (first["unit_cost"], second["unit_cost"]) == (Decimal("1.5"), None)
    assert [row["row_no"] for row in (first, second)] == [1, 3]


def test_digits_stay_as_written(stage):
    content = lines(GOOD).replace("1.5", "0.100000").replace('"0001"', "123456789012345678")
    row = stage(content, "流水.jsonl")["movement"][0]
    assert (row["item"], row["unit_cost"]) == ("123456789012345678", Decimal("0.1"))


def test_a_code_in_scientific_notation_is_lost_in_json_too(stage):
    content = lines(GOOD).replace('"0001"', "1.23E+12")
    assert stage(content, "流水.jsonl").rejects == [
        (1, "code_is_scientific", "物料编码", "1.23E+12")
    ]


def test_bad_cells_name_their_line_and_field(stage):
    content = lines(GOOD, changed(数量="十"), changed(日期=""), changed(数量=[1, 2.50]))
    assert stage(content, "流水.jsonl").rejects == [
        (2, "not_a_number", "数量", "十"),
        (3, "missing_value", "日期", None),
        (4, "not_a_number", "数量", "[1, 2.5]"),
    ]


def test_a_field_that_only_a_late_record_has_is_not_overlooked(stage, held):
    plenty = [GOOD] * 3
    failure = held(lines(*plenty, changed(备注="x")), "流水.jsonl")
    assert (failure.reason, failure.column) == ("unknown_header", "备注")


def test_fields_that_come_and_go_between_parts(stage, monkeypatch):
    monkeypatch.setattr(decode_json, "_BATCH", 2)
    bare = {key: value for key, value in GOOD.items() if key != "单价"}
    result = stage(lines(bare, bare, GOOD, bare, GOOD), "流水.jsonl")
    costs = [row["unit_cost"] for row in result["movement"]]
    assert costs == [None, None, Decimal("1.5"), None, Decimal("1.5")]
    assert [row["row_no"] for row in result["movement"]] == [1, 2, 3, 4, 5]


def test_lines_are_rows_where_the_mapping_says_so(stage):
    content = lines(
        order("A-1", [{"sku": "001", "qty": 2}, {"sku": "002", "qty": 1.5}]),
        order("A-2", {"sku": "003", "qty": 4}),
    )
    found = stage(content, "orders.jsonl", ORDERS)
    assert [(r["document"], r["item"], r["quantity"], r["row_no"]) for r in found["movement"]] == [
        ("A-1", "001", Decimal(-2), 1),
        ("A-1", "002", Decimal("-1.5"), 2),
        ("A-2", "003", Decimal(-4), 3),
    ]


def test_an_order_without_lines_is_told_not_lost(stage):
    content = lines(order("A-1", [{"sku": "001", "qty": 2}]), order("A-2", []))
    found = stage(content, "orders.jsonl", ORDERS)
    assert (found.staged.rows_in, found.staged.rows_loaded) == (2, 1)
    assert found.rejects == [(2, "missing_value", "order.lines.sku", None)]


def test_lines_are_not_exploded_without_a_word(held):
    plain = ORDERS.replace("    explode: order.lines\n", "")
    failure = held(lines(order("A-1", [{"sku": "001", "qty": 2}])), "orders.jsonl", plain)
    assert failure.reason == "missing_column"
    assert "order.lines.sku" in failure.message.zh


@pytest.mark.parametrize("rows", ["x", True, [1], ["x", {}]])
def test_lines_of_another_shape(held, rows):
    failure = held(lines(order("A-1", rows)), "orders.jsonl", ORDERS)
    assert (failure.reason, failure.row, failure.column) == ("not_lines", 1, "order.lines")


def test_an_array_of_records(stage):
    content = json.dumps([GOOD, changed(物料编码="0002")], ensure_ascii=False, indent=1)
    assert [r["row_no"] for r in stage(content, "流水.json")["movement"]] == [1, 2]


@pytest.mark.parametrize(
    ("content", "reason", "row"),
    [
        (lines(GOOD) + "{'a': 1}\n", "bad_json", 2),
        (lines(GOOD) + "[1]\n", "bad_json", 2),
        (lines(GOOD) + "3\n", "bad_json", 2),
        (lines(GOOD) + '{"数量": NaN}\n', "bad_json", 2),
        (lines(GOOD) + '{"数量": "\\ud800"}\n', "bad_json", 2),
        (lines(GOOD) + '{"a": 1, "a": 2}\n', "json_field_twice", 2),
        (lines(GOOD) + '{"a": {"b": 1}, "a.b": 2}\n', "json_field_twice", 2),
        ('{"a":' * 100_000 + "\n", "bad_json", 1),
        (lines(GOOD) + lines(GOOD)[:40], "cut_file", 2),
        ("[" + lines(GOOD), "cut_file", 1),
        ("[1]", "bad_json", 1),
        ("\n \n", "empty_file", None),
        ("[]", "empty_file", None),
        ("", "empty_file", None),
        (text("x"), "bad_json", 1),
    ],
    ids=range(15),
)
def test_not_records(held, content, reason, row):
    failure = held(content, "流水.jsonl")
    assert (failure.reason, failure.row) == (reason, row)


def test_codes_used_as_field_names(held, monkeypatch):
    monkeypatch.setattr(decode_json, "MOST_FIELDS", 10)
    failure = held(lines({str(n): n for n in range(11)}), "流水.jsonl")
    assert failure.reason == "too_many_fields"


def test_a_line_beyond_the_limit(held, monkeypatch):
    monkeypatch.setattr(decode_json, "LONGEST_LINE", 50)
    assert held(lines(GOOD), "流水.jsonl").reason == "line_too_long"


def test_two_ways_to_explode_need_a_name(held):
    second = ORDERS.split("files:\n")[1].replace("orders*", "b*").replace("order.lines", "rows")
    failure = held(lines({"rows": []}), "c.jsonl", ORDERS + second)
    assert failure.reason == "unclear_lines"


def test_explode_is_a_word():
    with pytest.raises(BadMapping) as caught:
        read_mapping(ORDERS.replace("explode: order.lines", "explode: [a, b]"))
    assert "files[0].explode" in caught.value.message.en


# --- gz ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["流水.csv.gz", "流水.CSV.GZ"])
def test_a_packed_text(stage, name):
    rows = text("2024-01-05,采购入库,0001,A,10,1.5").encode()
    found = stage(gzip.compress(rows), name)
    assert found["movement"][0]["item"] == "0001"
    half = len(rows) // 2
    parts = gzip.compress(rows[:half]) + gzip.compress(rows[half:]) + b"\0" * 512
    assert len(stage(parts, name)["movement"]) == 1


def test_packed_records(stage):
    assert len(stage(gzip.compress(lines(GOOD).encode()), "流水.jsonl.gz")["movement"]) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty_file"),
        (b"not gz", "bad_archive"),
        (gzip.compress(b"a" * 99)[:-9], "bad_archive"),
        (gzip.compress(b"a,b\n")[:-6] + b"\0\0\0\0\0\0", "bad_archive"),
        (gzip.compress(b"\0" * 30_000_000), "archive_bomb"),
        (gzip.compress(b""), "empty_file"),
    ],
)
def test_not_a_whole_gz(held, content, reason):
    assert held(content, "流水.csv.gz").reason == reason


def test_a_name_pattern_means_the_packed_file_too(stage):
    exact = read_mapping(SMALL.replace('["流水*", "flow*"]', "流水.csv"))
    rows = text("2024-01-05,采购入库,0001,A,10,1.5").encode()
    assert len(stage(gzip.compress(rows), "流水.csv.gz", exact)["movement"]) == 1
