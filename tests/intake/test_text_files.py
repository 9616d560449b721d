"""CSV: encodings, delimiters, cut files, and row numbers that are the user's."""

import datetime as dt
from decimal import Decimal

import pytest

from stockturn.intake import decode_text
from stockturn.intake.mapping_yaml import read_mapping
from stockturn.intake.yaml_node import BadMapping
from tests.intake.conftest import HEADER, ROWS, SMALL, text

GOOD = text(*ROWS)


def test_typed_rows_carry_file_and_row(stage):
    result = stage(GOOD)
    first, second = result["movement"]
    assert first["happened_on"] == dt.date(2024, 1, 5)
    assert (first["kind"], first["item"], first["quantity"]) == ("receipt", "0001", Decimal(10))
    assert (first["unit_cost"], second["unit_cost"]) == (Decimal("1.5"), None)
    assert [(r["file_no"], r["sheet"], r["row_no"]) for r in (first, second)] == [
        (0, None, 2),
        (0, None, 3),
    ]


@pytest.mark.parametrize(
    ("codec", "told"),
    [("utf-8", None), ("utf-8-sig", None), ("utf-16", "UTF-16"), ("gb18030", "GB18030")],
)
def test_encodings(stage, codec, told):
    result = stage(GOOD.encode(codec))
    assert [row["item"] for row in result["movement"]] == ["0001", "0002"]
    remarks = [remark.zh for remark in result.staged.remarks]
    assert (told is None) == (remarks == [])
    assert told is None or told in remarks[0]


def test_utf8_is_never_read_as_gb18030(stage):
    # 数量 in UTF-8 decodes as GB18030 without an error, into 鏁伴噺.
    assert stage(GOOD)["movement"][0]["kind"] == "receipt"


def test_latin1_is_read_only_when_the_mapping_says_so(stage, held):
    rows = "date,kind,item,place,qty\n2024-01-05,receipt,caf\xe9tier \xe0 la cr\xe8me,A,1\n"
    mapping = (
        SMALL.replace("日期, in", "date, in")
        .replace("happened_on: 日期", "happened_on: date")
        .replace("from: 业务类型", "from: kind")
        .replace("采购入库: receipt", "receipt: receipt")
        .replace("[物料编码, 存货编码]", "item")
        .replace("location: 仓库", "location: place")
        .replace("quantity: 数量", "quantity: qty")
    )
    failure = held(rows.encode("latin-1"), "flow.csv", mapping)
    assert failure.reason == "encoding"
    assert failure.row == 2
    assert "latin-1" in failure.message.en
    stated = mapping.replace('"flow*"]', '"flow*"]\n    encoding: latin-1')
    assert stage(rows.encode("latin-1"), "flow.csv", stated)["movement"][0]["item"] == (
        "caf\xe9tier \xe0 la cr\xe8me"
    )


def test_damaged_utf8_is_not_taken_for_gb18030(held):
    whole = GOOD.encode() + b"2024-01-07," + b"\xff\xff" + b",0003,A,1,\n"
    failure = held(whole)
    assert failure.reason == "encoding"
    assert failure.row == 4


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(stage, delimiter):
    assert len(stage(GOOD.replace(",", delimiter))["movement"]) == 2


def test_quoted_line_ends_keep_row_numbers(stage):
    rows = ('2024-01-05,采购入库,"a\nb",A,10,', "2024-01-06,采购入库,c,A,x,")
    result = stage(text(*rows))
    assert [row["item"] for row in result["movement"]] == ["a\nb"]
    assert result.rejects == [(4, "not_a_number", "数量", "x")]


def test_blank_lines_keep_row_numbers(stage):
    result = stage(text(ROWS[0], "", "", "2024-01-06,采购入库,c,A,x,", ",,,,,"))
    assert result.rejects == [(5, "not_a_number", "数量", "x")]
    assert result.staged.ignored == {"blank_row": 1}


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_other_line_ends(stage, end):
    assert [row["row_no"] for row in stage(GOOD.replace("\n", end))["movement"]] == [2, 3]


def test_title_rows_above_the_header(stage):
    result = stage("库存流水表,,,,,\n2024年1月,,,,,\n" + GOOD)
    assert [row["row_no"] for row in result["movement"]] == [4, 5]
    assert any("第 3 行" in remark.zh for remark in result.staged.remarks)


def test_totals_are_ignored_with_a_reason(stage):
    result = stage(text(*ROWS, "合计,,,,7,"))
    assert result.staged.ignored == {"total_row": 1}
    assert result.staged.rows_in == 3


def test_a_row_with_a_surplus_field_is_rejected(stage):
    result = stage(text(ROWS[0], "2024-01-06,采购入库,b,A,1,000,2", ROWS[1]))
    assert result.rejects == [(3, "ragged_row", None, None)]
    assert result["reject"][0]["values"]  # the row itself is kept for the user
    assert len(result["movement"]) == 2


def test_fast_and_exact_ways_agree(stage):
    rows = [f"2024-01-{d:02d},采购入库,i{d},A,{d},1.25" for d in range(1, 29)]
    fast = stage(text(*rows))["movement"]
    exact = stage(text(*rows, ""))["movement"]  # a blank line sends it the exact way
    assert fast == exact


# --- bad input: each with its message in both languages ------------------------------------------


def test_empty_file(held):
    failure = held(b"")
    assert "空的" in failure.message.zh
    assert "is empty" in failure.message.en


def test_file_of_blank_lines(held):
    assert held(b"\n\n \n").reason == "empty_file"


def test_header_only(held):
    failure = held(HEADER + "\n")
    assert failure.reason == "header_only"
    assert "只有表头" in failure.message.zh
    assert "no rows" in failure.message.en


def test_missing_column(held):
    failure = held(GOOD.replace("数量", "件数"))
    assert (failure.reason, failure.row, failure.column) == ("missing_column", 1, "数量")
    assert "缺少必需的列：数量" in failure.message.zh
    assert "lacks the column 数量" in failure.message.en


def test_unknown_header(held):
    failure = held(text(*(f"{row},x" for row in ROWS), header=f"{HEADER},库位码"))
    assert (failure.reason, failure.column) == ("unknown_header", "库位码")
    assert "ignore_columns" in failure.message.zh
    assert "库位码" in failure.message.en


def test_needed_header_twice(held):
    failure = held(text(*(f"{row},5" for row in ROWS), header=f"{HEADER},数量"))
    assert (failure.reason, failure.column) == ("duplicate_header", "数量")


def test_no_header_at_all(held):
    failure = held("a,b\n1,2\n")
    assert failure.reason == "no_header"
    assert "日期" in failure.message.zh
    assert "a、b" in failure.message.zh
    assert "a, b" in failure.message.en


@pytest.mark.parametrize(
    ("content", "row"),
    [
        (text(*ROWS, "2024-01-07,采购入库,00", end=""), 4),
        (text(*ROWS, "2024-01-07,采购入库,3,A,5x", end=""), 4),
        (text(*ROWS, '2024-01-07,采购入库,"00', end=""), 4),
        (text(*ROWS, "2024-01-07,采购入库,3,A,1-,", end=""), None),
        (text(*ROWS, "2024-01-07,采购入库,3,A,x,2", end=""), 4),
    ],
)
def test_a_file_cut_in_the_middle(stage, held, content, row):
    if row is None:
        assert len(stage(content)["movement"]) == 3  # whole, only without a last line end
        return
    failure = held(content)
    assert (failure.reason, failure.row) == ("cut_file", row)
    assert "没有传完整" in failure.message.zh
    assert "not transferred whole" in failure.message.en


def test_a_file_cut_inside_a_character(held):
    failure = held(GOOD.encode() + "2024-01-07,采".encode()[:-1])
    assert (failure.reason, failure.row) == ("cut_file", 4)


@pytest.mark.parametrize("block", range(40, 60))
def test_quotes_at_the_edge_of_a_block_stay_on_the_fast_way(stage, monkeypatch, block):
    monkeypatch.setattr(decode_text, "BLOCK", block)
    monkeypatch.setattr(decode_text.TextFile, "_exact", None)
    rows = ('"2024-01-05","采购入库","a","A","1",""',) * 4
    assert len(stage(text(*rows))["movement"]) == 4


def test_inches_are_no_quotes(stage):
    result = stage(text('2024-01-05,采购入库,5" x 6" 板,A,1,', '2024-01-05,采购入库,5"管,A,1,'))
    assert [row["item"] for row in result["movement"]] == ['5" x 6" 板', '5"管']


def test_quotes_that_do_not_pair(held):
    failure = held(text('2024-01-05,采购入库,"a"b,A,1,', *ROWS))
    assert (failure.reason, failure.row) == ("bad_quote", 2)
    assert "引号" in failure.message.zh
    assert "quotes" in failure.message.en


def test_nul_bytes(held):
    failure = held(GOOD.encode() + b"2024-01-07,\x00\x00,,,,\n")
    assert (failure.reason, failure.row) == ("nul_bytes", 4)
    assert "NUL" in failure.message.zh


def test_utf16_without_its_mark(held):
    assert held(GOOD.encode("utf-16-le")).reason in {"encoding", "nul_bytes"}


def test_a_line_without_end(held):
    assert held(text(*ROWS) + "x" * 2_000_000).reason == "line_too_long"


def test_more_columns_than_any_table(held):
    """Found by mutation: a quarter of a million columns took seven seconds to be refused."""
    wide = HEADER + ",x" * 250_000
    failure = held(text(*ROWS, header=wide[:300_000]))
    assert (failure.reason, failure.row) == ("too_many_columns", 1)


def test_thousands_of_unknown_columns_are_told_in_a_sentence(held):
    wide = ",".join((HEADER, *(f"附加列{n}" for n in range(10_000))))
    rows = (row + "," * 10_000 for row in ROWS)
    failure = held(text(*rows, header=wide))
    assert failure.reason == "unknown_header"
    assert "附加列0、附加列1、" in failure.message.zh
    assert "等 10000 个" in failure.message.zh
    assert len(failure.message.zh) < 400


def test_a_workbook_named_csv(held):
    assert held(b"PK\x03\x04" + b"\x00" * 50).reason == "wrong_format"


def test_a_format_nobody_knows(held):
    failure = held(b"%PDF-1.7", "流水.pdf")
    assert failure.reason == "unsupported_format"
    assert ".xlsx" in failure.message.en


@pytest.mark.parametrize("codec", ["big5", "utf-16"])
def test_a_stated_encoding_that_is_not_the_files(held, codec):
    stated = SMALL.replace('"flow*"]', f'"flow*"]\n    encoding: {codec}')
    failure = held(GOOD, mapping=stated)
    assert failure.reason == "encoding_stated"
    assert codec in failure.message.zh


def test_big5_is_read_where_the_mapping_says_so(stage):
    stated = SMALL.replace('"flow*"]', '"flow*"]\n    encoding: big5')
    content = (
        GOOD.replace("业务类型", "類型").replace("采购入库", "入庫").replace("销售出库", "出庫")
    )
    mapping = stated.replace("业务类型", "類型").replace("采购入库", "入庫")
    mapping = (
        mapping.replace("销售出库", "出庫").replace("物料编码", "料號").replace("仓库", "倉庫")
    )
    mapping = mapping.replace("数量", "數量").replace("单价", "單價").replace("存货编码", "存貨")
    content = content.replace("物料编码", "料號").replace("仓库", "倉庫")
    content = content.replace("数量", "數量").replace("单价", "單價")
    assert len(stage(content.encode("big5"), mapping=mapping)["movement"]) == 2


@pytest.mark.parametrize(
    "wrong", ["encoding: rot13", "encoding: foo", "encoding: idna", "delimiter: ab"]
)
def test_what_is_no_encoding_or_delimiter_is_refused(wrong):
    with pytest.raises(BadMapping):
        read_mapping(SMALL.replace('"flow*"]', f'"flow*"]\n    {wrong}'))
