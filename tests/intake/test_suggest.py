"""Suggested mappings: what a column seems to be, confirmed once, used by themselves afterwards."""

from __future__ import annotations

from datetime import date

import openpyxl
import pytest
import yaml

from stockturn.cli.mapping import corrected
from stockturn.intake.mapping_yaml import find_mapping, read_mapping
from stockturn.intake.own_mappings import fitting_mappings, mapping_versions, save_mapping
from stockturn.intake.problems import FileHeld
from stockturn.intake.shape_of_values import fits_kind, shape_of
from stockturn.intake.suggest import headers_fingerprint, suggest_columns, suggest_file
from stockturn.language import UsageError
from stockturn.ledger.schema import ENTRIES

ORDERS = (
    "XX公司采购跟踪表\n"
    "采购单号,供应商名,物料编码,下单日期,要求到货日,订购数量,到货数量,含税价\n"
    "P1,华东五金,A1,2024-03-01,2024-03-20,10,4,2.26\n"
    "P2,华东五金,007,2024-03-02,2024-03-22,5,0,3.39\n"
)


@pytest.fixture
def suggested(tmp_path):
    def run(content, name="跟踪.csv"):
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        return suggest_file(path, name, tmp_path)

    return run


def test_known_names_are_proposed_and_unknown_ones_are_left_open(suggested):
    (found,) = suggested(ORDERS)
    targets = {guess.header: (guess.target, guess.confidence) for guess in found.columns}
    assert (found.table, found.header_row) == ("purchase_order", 2)
    assert targets["物料编码"][0] == "item"
    assert targets["物料编码"][1] >= 0.6
    assert targets["下单日期"][0] == "ordered_on"
    assert targets["订购数量"][0] == "quantity"
    assert targets["到货数量"][0] == "quantity_received"
    assert all(confidence < 0.9 for target, confidence in targets.values() if target is None)


def test_values_speak_against_a_name(suggested):
    (found,) = suggested(
        "日期,物料编码,仓库,数量,业务类型\nx,1,a,many,销售出库\ny,2,b,few,销售出库\n"
    )
    by_header = {guess.header: guess for guess in found.columns}
    assert by_header["日期"].target is None
    assert by_header["数量"].target is None


def test_a_draft_is_a_mapping_and_reads_its_file(suggested, stage):
    (found,) = suggested(ORDERS)
    changes = ["采购单号=document", "供应商名=supplier", "含税价="]
    draft, prints = corrected([found], None, changes)
    mapping = read_mapping(draft)
    rows = stage(ORDERS, "跟踪.csv", mapping)["purchase_order"]
    assert [(r["document"], r["supplier"], r["item"]) for r in rows] == [
        ("P1", "华东五金", "A1"),
        ("P2", "华东五金", "007"),
    ]
    assert prints == [found.fingerprint]


def test_a_correction_must_name_a_column_of_the_file(suggested):
    (found,) = suggested(ORDERS)
    for wrong in ("没有这列=item", "物料编码"):
        with pytest.raises(UsageError):
            corrected([found], None, [wrong])


def test_a_file_of_no_known_kind_becomes_a_free_table(suggested, stage):
    content = "湿度,风速,观测站\n0.5,3,007\n0.6,4,008\n"
    (found,) = suggested(content, "obs.csv")
    assert found.table == "dataset"
    columns = yaml.safe_load(found.draft)["files"][0]["columns"]
    assert [column["type"] for column in columns.values()] == ["number", "number", "code"]
    result = stage(content, "obs.csv", read_mapping(found.draft))
    assert result.staged.rows_loaded == 2


def test_confirmed_once_it_is_used_for_the_same_headers_in_any_order(suggested, tmp_path):
    (found,) = suggested(ORDERS)
    draft, prints = corrected([found], None, ["采购单号=document"])
    packs = tmp_path / "packs"
    packs.mkdir()
    saved = save_mapping(packs, "tracking", draft, prints)
    assert (saved.version, saved.headers) == ("1", (found.fingerprint,))
    lines = [line.split(",") for line in ORDERS.splitlines()[1:]]
    other = "\n".join(",".join(reversed(cells)) for cells in lines)
    path = tmp_path / "四月.csv"
    path.write_text(other, encoding="utf-8")
    assert fitting_mappings(path, path.name, packs, tmp_path) == [("tracking", True)]
    path.write_text(other.replace("含税价", "别的列"), encoding="utf-8")
    assert fitting_mappings(path, path.name, packs, tmp_path) == []


def test_a_later_change_is_the_next_version_and_the_old_one_stays(suggested, tmp_path):
    (found,) = suggested(ORDERS)
    draft, prints = corrected([found], None, ["采购单号=document"])
    save_mapping(tmp_path, "tracking", draft, prints)
    save_mapping(tmp_path, "tracking", draft.replace("跟踪", "新跟踪"))
    versions = mapping_versions(tmp_path, "tracking")
    assert [mapping.version for mapping in versions] == ["2", "1"]
    assert versions[0].headers == versions[1].headers == (found.fingerprint,)
    assert find_mapping("tracking", (tmp_path,)).version == "2"
    for name in ("generic-zh", "../x", "Ä", ""):
        with pytest.raises(UsageError):
            save_mapping(tmp_path, name, draft)


def test_shapes_of_values():
    types = ENTRIES["movement"].to_pyarrow()
    day, number = types.field("happened_on").type, types.field("quantity").type
    assert fits_kind(shape_of(["2024-01-01", "2024/2/3", None]), day) == 1
    assert fits_kind(shape_of(["1,000", "３.5", "?"]), number) == pytest.approx(2 / 3)
    assert fits_kind(shape_of(["A1", "B2"]), day) == 0
    assert shape_of(["", None]).filled == 0


def test_a_fingerprint_minds_names_alone():
    assert headers_fingerprint(["A b", "c"]) == headers_fingerprint(["C*", "ab", ""])
    assert headers_fingerprint(["a"]) != headers_fingerprint(["a", "b"])


def test_columns_of_a_source_are_suggested_without_a_file():
    found = suggest_columns("stock_moves", ["date", "item", "qty"], [["2024-01-01"], ["a"], ["1"]])
    assert {guess.target for guess in found.columns} >= {"item", "quantity"}


def test_one_side_of_a_card_is_not_the_quantity():
    # Read alone, what came in would stand for everything that moved.
    headers = ("日期", "业务类型", "物料编码", "仓库", "入库数量", "出库数量", "结存金额")
    values = [["2024-01-05"], ["采购入库"], ["A"], ["主仓"], ["1"], ["2"], ["3"]]
    found = suggest_columns("台账.csv", headers, values)
    targets = {guess.header: guess.target for guess in found.columns}
    assert targets["结存金额"] is None
    assert "quantity" not in targets.values()


def test_a_name_is_no_place():
    # Odoo's screen says "From" and "To" of a move; neither teaches what a location is called.
    headers = ("Date", "Type", "Name", "Item", "Qty", "To")
    values = [["2024-01-05"], ["Sale"], ["Vendor"], ["A"], ["1"], ["WH"]]
    found = suggest_columns("list.csv", headers, values)
    assert "location" not in {guess.target for guess in found.columns}


RECEIPTS = (
    "单据日期,入库单号,供应商,物料编码,仓库,数量,单价\n2024-01-05,RK1,甲公司,A1,主仓,100,1.5\n"
)
ISSUES = "出库日期,出库单号,客户,商品编码,仓库,出库数量\n2024-01-05,CK1,丙店,A1,主仓,10\n"
TRANSFERS = "调拨日期,调拨单号,调出仓,调入仓,物料编码,数量\n2024-01-06,DB1,主仓,分仓,A1,10\n"
ENGLISH = "Receipt Date,Vendor,Part No,Received Qty,Warehouse\n2024-01-05,Acme,A1,7,WH\n"
RETURNS = "日期,退货单号,客户,商品编码,数量,金额\n2024-01-05,TH1,丙店,A1,10,15\n"


@pytest.mark.parametrize(
    ("name", "content", "kind", "quantity"),
    [
        ("采购入库明细.csv", RECEIPTS, "receipt", 100),
        ("销售出库单.csv", ISSUES, "sale_issue", -10),
        ("2024年1月.csv", ISSUES, "sale_issue", -10),
        ("采购退货.csv", RECEIPTS, "supplier_return", -100),
        ("goods_receipts.csv", ENGLISH, "receipt", 7),
    ],
)  # fmt: skip
def test_a_list_of_one_document_says_the_kind_of_its_rows(
    suggested, stage, name, content, kind, quantity
):
    (found,) = suggested(content, name)
    assert (found.table, found.missing, found.constants) == ("movement", (), {"kind": kind})
    (row,) = stage(content, name, read_mapping(found.draft))["movement"]
    assert (row["kind"], row["item"], row["quantity"]) == (kind, "A1", quantity)


def test_what_came_in_and_went_out_side_by_side_is_of_no_one_kind(suggested):
    content = "日期,物料编码,仓库,入库数量,出库数量\n2024-01-05,A1,主仓,1,2\n"
    (found,) = suggested(content, "入库明细.csv")
    assert found.constants == {}


def test_a_list_of_transfers_makes_two_legs_of_each_row(suggested, stage):
    (found,) = suggested(TRANSFERS, "调拨单.csv")
    assert found.missing == ()
    rows = stage(TRANSFERS, "调拨单.csv", read_mapping(found.draft))["movement"]
    legs = [(r["kind"], r["location"], r["quantity"], r["transfer"]) for r in rows]
    assert legs == [("transfer_out", "主仓", -10, "DB1"), ("transfer_in", "分仓", 10, "DB1")]


def test_returns_of_sales_take_revenue_back(suggested, stage):
    (found,) = suggested(RETURNS, "销售退货.csv")
    (row,) = stage(RETURNS, "销售退货.csv", read_mapping(found.draft))["sale"]
    assert (row["quantity"], row["revenue"], row["document"]) == (-10, -15, "TH1")
    signed = RETURNS.replace(",10,15", ",-10,-15")
    (found,) = suggested(signed, "销售退货.csv")
    (row,) = stage(signed, "销售退货.csv", read_mapping(found.draft))["sale"]
    assert (row["quantity"], row["revenue"]) == (-10, -15)


def test_a_key_written_otherwise_is_the_code_it_names(suggested):
    content = "OrderDate,ProductKey,CustomerKey,OrderLineItem,OrderQuantity\n1/31/2016,385,1,1,2\n"
    (found,) = suggested(content, "Sales.csv")
    targets = {guess.header: guess.target for guess in found.columns}
    assert targets["ProductKey"] == "item"
    assert targets["CustomerKey"] == "customer"
    assert targets["OrderLineItem"] != "item"


def test_what_every_row_shares_is_said_once(suggested, stage):
    content = "日期,物料编码,数量\n2024-01-05,A1,3\n"
    (found,) = suggested(content, "入库单.csv")
    assert found.missing == ("location",)
    with pytest.raises(UsageError):
        corrected([found], None, [])
    for wrong in (["location="], ["location=主仓", "kind=nonsense"], ["location"]):
        with pytest.raises(UsageError):
            corrected([found], None, [], wrong)
    draft, _ = corrected([found], None, [], ["location=主仓", "kind=production_receipt"])
    (row,) = stage(content, "入库单.csv", read_mapping(draft))["movement"]
    assert (row["location"], row["kind"]) == ("主仓", "production_receipt")


def test_an_instant_counted_from_1970_is_a_day(suggested, stage):
    content = "product_id,qty,created_time\nA1,1,1704040200\nA1,2,1704040200000\n"
    (found,) = suggested(content, "orders.csv")
    assert found.missing == ()
    rows = stage(content, "orders.csv", read_mapping(found.draft))["sale"]
    assert {row["happened_on"] for row in rows} == {date(2023, 12, 31)}


def test_a_list_of_receipts_is_not_one_of_sales_for_want_of_a_place(suggested):
    (found,) = suggested("日期,物料编码,数量\n2024-01-05,A1,3\n", "入库单.csv")
    assert found.table == "movement"
    (found,) = suggested("日期,料品,数量,单价\n2024-01-05,A1,3,5\n", "入库单.csv")
    assert (found.table, found.missing) == ("movement", ("item", "location"))


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("含税单价", {"from": "含税单价", "tax": "included"}),
        ("不含税单价", {"from": "不含税单价", "tax": "excluded"}),
        ("单价(万元)", {"from": "单价(万元)", "scale": 10_000}),
        ("单价(MYR)", "单价(MYR)"),
        ("单价", "单价"),
    ],
)
def test_what_the_name_of_an_amount_says_of_tax_and_unit_is_minded(suggested, header, column):
    content = f"入库日期,单号,物料编码,仓库,数量,{header}\n2024-01-05,RK1,A1,主仓,10,11.3\n"
    (found,) = suggested(content, "采购入库.csv")
    assert yaml.safe_load(found.draft)["files"][0]["columns"]["unit_cost"] == column


def test_an_amount_without_tax_is_preferred_and_a_receipt_has_no_revenue(suggested):
    content = "日期,物料编码,仓库,数量,含税金额,不含税金额\n2024-01-05,A1,主仓,10,113,100\n"
    (found,) = suggested(content, "进货明细.csv")
    columns = yaml.safe_load(found.draft)["files"][0]["columns"]
    assert columns["value"] == {"from": "不含税金额", "tax": "excluded"}
    assert "revenue" not in columns


def test_what_a_pack_knows_to_include_tax_includes_it(suggested):
    content = "下单时间,商家编码,数量,买家实付金额\n2024-01-05,A1,1,11.3\n"
    (found,) = suggested(content, "店铺导出.csv")
    columns = yaml.safe_load(found.draft)["files"][0]["columns"]
    assert columns["revenue"] == {"from": "买家实付金额", "tax": "included"}


@pytest.fixture
def workbook(tmp_path):
    def make(sheets):
        path = tmp_path / "单据.xlsx"
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, rows in sheets.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)
        book.save(path)
        return path

    return make


HEAD = ["日期", "单号", "物料编码", "仓库", "数量"]


def test_sheets_of_one_shape_and_two_kinds_are_told_apart(workbook, stage, tmp_path):
    path = workbook(
        {
            "采购入库": [HEAD, ["2024-01-05", "R1", "A1", "主仓", 10]],
            "销售出库": [HEAD, ["2024-01-06", "S1", "A1", "主仓", 4]],
        }
    )
    found = suggest_file(path, path.name, tmp_path)
    assert [each.sheets for each in found] == [("采购入库",), ("销售出库",)]
    draft, prints = corrected(found, None, [])
    packs = tmp_path / "packs"
    packs.mkdir()
    one = save_mapping(packs, "own-book", draft, prints)
    rows = stage(path, path.name, one)["movement"]
    assert [(row["kind"], row["quantity"]) for row in rows] == [("receipt", 10), ("sale_issue", -4)]
    # Confirmed sheet by sheet, as on the page, it comes to the same.
    for each in found:
        two = save_mapping(packs, "own-sheets", each.draft, [each.fingerprint])
    assert stage(path, path.name, two)["movement"] == rows


def test_sheets_that_are_alike_need_no_names(workbook, tmp_path):
    months = {f"{month}月": [[*HEAD, "业务类型"], ["2024-01-05", "R1", "A1", "主仓", 1, "采购入库"]]
              for month in (1, 2)}  # fmt: skip
    path = workbook(months)
    found = suggest_file(path, path.name, tmp_path)
    assert [each.sheets for each in found] == [(), ()]


def test_a_list_whose_name_says_the_kind_is_not_remembered_for_another(suggested, stage, tmp_path):
    content = "日期,单号,物料编码,仓库,数量\n2024-01-05,R1,A1,主仓,10\n"
    (found,) = suggested(content, "2024-01采购入库.csv")
    packs = tmp_path / "packs"
    packs.mkdir()
    own = save_mapping(packs, "own-receipts", found.draft, [found.fingerprint])
    for name, fitting in (("2024-02采购入库.csv", ["own-receipts"]), ("2024-02销售出库.csv", [])):
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        assert [each for each, _ in fitting_mappings(path, name, packs, tmp_path)] == fitting
    with pytest.raises(FileHeld) as caught:
        stage(content, "2024-02销售出库.csv", own)
    assert caught.value.reason == "not_named"


def test_a_sheet_that_was_not_confirmed_is_left_out(workbook, stage, tmp_path):
    path = workbook(
        {
            "采购入库": [HEAD, ["2024-01-05", "R1", "A1", "主仓", 10]],
            "销售出库": [HEAD, ["2024-01-06", "S1", "A1", "主仓", 4]],
        }
    )
    first, _ = suggest_file(path, path.name, tmp_path)
    found = stage(path, path.name, read_mapping(first.draft))
    assert [row["kind"] for row in found["movement"]] == ["receipt"]
    assert any("销售出库" in remark.zh for remark in found.staged.remarks)


def test_headers_that_say_the_kind_are_remembered_under_any_name(suggested, tmp_path):
    (found,) = suggested(ISSUES, "一月.csv")
    packs = tmp_path / "packs"
    packs.mkdir()
    save_mapping(packs, "own-issues", found.draft, [found.fingerprint])
    path = tmp_path / "二月.csv"
    path.write_text(ISSUES, encoding="utf-8")
    assert fitting_mappings(path, path.name, packs, tmp_path) == [("own-issues", True)]
