"""Workbooks that are a web page, XML or text in truth, and lines of the printed page."""

from decimal import Decimal

import pytest

from tests.intake.conftest import HEADER, text

CELLS = "".join(f"<th>{name}</th>" for name in HEADER.split(","))
PAGE = f"""<html><head><meta http-equiv="Content-Type" content="text/html; charset=gb2312"></head>
<table><tr><td colspan=6>出入库流水</td></tr><tr>{CELLS}</tr>
<tr><td>2024-01-05</td><td>采购入库</td><td rowspan=2>0012</td><td>A &amp; B</td>
<td>1,200</td><td>2</td></tr>
<tr><td>2024-01-06<td>销售出库<td>A &amp;<br>B<td>&nbsp;-30<td>2
</table></html>"""
XML = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"
 xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="流水"><Table>
<Row ss:Index="3">{header}</Row>
<Row><Cell><Data ss:Type="DateTime">2024-01-05T00:00:00.000</Data></Cell>{kind}
 <Cell ss:MergeDown="1"><Data ss:Type="String">0012</Data></Cell>{place}
 <Cell><Data ss:Type="Number">1.2E3</Data></Cell>
 <Cell><Data ss:Type="Number">2.5</Data></Cell></Row>
<Row><Cell><Data ss:Type="DateTime">2024-01-06T00:00:00.000</Data></Cell>{kind}
 <Cell ss:Index="4"><Data ss:Type="String">A</Data></Cell>
 <Cell><Data ss:Type="Error">#N/A</Data></Cell></Row>
</Table></Worksheet><Worksheet ss:Name="Sheet2"><Table/></Worksheet></Workbook>"""
ONE = '<Cell><Data ss:Type="String">{}</Data></Cell>'


def xml():
    return XML.format(
        header="".join(map(ONE.format, HEADER.split(","))),
        kind=ONE.format("采购入库"),
        place=ONE.format("A"),
    )


def quantities(result):
    return [(row["item"], row["location"], row["quantity"]) for row in result["movement"]]


def test_a_table_of_a_page(stage):
    result = stage(PAGE.encode("gb18030"), "流水.xls")
    assert quantities(result) == [("0012", "A & B", Decimal(1200)), ("0012", "A & B", Decimal(-30))]
    assert [row["row_no"] for row in result["movement"]] == [3, 4]
    assert any("网页" in remark.zh for remark in result.staged.remarks)


@pytest.mark.parametrize("stated", ["rot13", "base64", "nonsense", "utf-8", "undefined"])
def test_a_page_is_not_believed_about_every_encoding(stage, stated):
    content = PAGE.replace("gb2312", stated).encode("gb18030")
    assert len(stage(content, "流水.xls")["movement"]) == 2


def test_an_xml_spreadsheet(stage):
    result = stage(xml(), "流水.xls")
    assert quantities(result) == [("0012", "A", Decimal(1200))]
    assert result["movement"][0]["unit_cost"] == Decimal("2.5")
    assert result.rejects == [(5, "error_cell", "数量", "#N/A")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (xml().replace("<?mso", '<!DOCTYPE a [<!ENTITY b "c">]><?mso'), "bad_workbook"),
        (xml()[:-60], "bad_workbook"),
        ("<table><tr><td colspan=99999>a</td></tr></table>", "too_many_columns"),
        ("<html>请先登录</html>", "wrong_format"),
    ],
)
def test_pages_and_xml_that_are_none(held, content, reason):
    assert held(content, "流水.xls").reason == reason


@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "utf-16"])
def test_text_that_calls_itself_a_workbook(stage, codec):
    rows = text("2024-01-05,采购入库,0012,A,12,").replace(",", "\t")
    result = stage(rows.encode(codec), "流水.xls")
    assert quantities(result) == [("0012", "A", Decimal(12))]
    assert any("plain text" in remark.en for remark in result.staged.remarks)


PRINTED = (
    "出入库流水,,,,,",
    HEADER,
    "2024-01-05,采购入库,a,A,10,",
    "小计,,,,10,",
    "第 1 页 共 2 页,,,,,",
    "出入库流水,,,,,",
    HEADER,
    "2024-01-06,采购入库,b,A,5,",
    "合计,,,,15,",
    "制表人：张三,,审核：李四,,,",
    "打印日期：2024-02-01",
)


def test_lines_of_the_page_are_counted_and_totals_still_tie(stage):
    result = stage("\n".join(PRINTED) + "\n")
    assert [row["quantity"] for row in result["movement"]] == [Decimal(10), Decimal(5)]
    assert result.staged.ignored == {"page_line": 5, "total_row": 2}
    assert any("与明细相符" in remark.zh for remark in result.staged.remarks)


@pytest.mark.parametrize(
    ("last", "reason"),
    [("备注：仅供参考,,,,,", "page_line"), ("--- end of report ---,,,,,", "page_line"),
     ("单位负责人：,,会计：,,制表：张三,", "page_line"), ("合计金额：30元,,,,,", "page_line"),
     ("合计(2笔),,,,15,", "total_row"), ("以上合计,,,,15,", "total_row"),
     ("共2条,,,,,", "total_row")],
)  # fmt: skip
def test_what_stands_under_a_report(stage, last, reason):
    result = stage(text("2024-01-05,采购入库,a,A,10,", "2024-01-06,采购入库,b,A,5,", last))
    assert (len(result["movement"]), dict(result.staged.ignored)) == (2, {reason: 1})


def test_a_row_with_numbers_is_no_line_of_the_page(stage):
    # An item may be called anything; what carries a quantity is a row.
    result = stage(text("2024-01-05,采购入库,制单：甲,A,10,", "制单：乙,采购入库,a,A,3,"))
    assert [row["item"] for row in result["movement"]] == ["制单:甲"]
    assert result.rejects == [(3, "not_a_date", "日期", "制单：乙")]
