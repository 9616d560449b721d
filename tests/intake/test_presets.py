"""Every preset on a file in the shape of its system's export, with what such files hold."""

from __future__ import annotations

import io
from collections import Counter

import pytest
import xlsxwriter

from stockturn.intake.mapping_yaml import find_mapping, packed_mappings

CHECKED_ELSEWHERE = {
    *("adventureworks-dw", "adventureworks-dw-standard-cost", "adventureworks-oltp", "demo"),
    *("generic-zh", "generic-en", "documents-zh", "documents-en", "two-minute-sheet"),
    *("odoo", "erpnext", "online-retail", "usaid-contraceptive", "openlmis"),
}


def book(sheet, rows, merges=()):
    """Return a workbook with one sheet; merges are (top, left, bottom, right, text)."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as made:
        page = made.add_worksheet(sheet)
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
        for *place, text in merges:
            page.merge_range(*place, text)
    return stream.getvalue()


K3_SUMMARY = book(
    "物料收发汇总表",
    [
        ["物料收发汇总表"],
        ["会计期间：2024年第3期 至 2024年第3期"],
        [],
        ["", "", "", "", "", "", "", "", "", "", ""],
        ["", "", "", "数量", "金额", "数量", "金额", "数量", "金额", "数量", "金额"],
        ["01.001", "螺栓", "原料仓", 100, 200, 50, 110, 30, 62, 120, 248],
        ["01.002", "螺母", "原料仓", "１０", 5, "", "", 4, 2, "6", 3],
        ["合计", "", "", 110, 205, 50, 110, 34, 64, 126, 251],
    ],
    [
        (3, 0, 4, 0, "物料代码"), (3, 1, 4, 1, "物料名称"), (3, 2, 4, 2, "仓库"),
        (3, 3, 3, 4, "期初结存"), (3, 5, 3, 6, "本期收入"), (3, 7, 3, 8, "本期发出"),
        (3, 9, 3, 10, "期末结存"),
    ],
)  # fmt: skip
K3_DETAIL = (
    "物料收发明细表,,,,,,,,\n"
    "日期,单据编号,事务类型,物料代码,物料名称,仓库,收入数量,收入金额,发出数量,发出金额,结存数量\n"
    '2024-03-01,WIN001,外购入库,01.001,螺栓,原料仓,"1,000",2000,,,1100\n'
    "2024-03-02,XOUT01,销售出库,01.001,螺栓,原料仓,0,0,30,60,1070\n"
    "2024-03-03,WIN002,外购入库,01.001,螺栓,原料仓,-10,-20,0,0,1060\n"
    "2024-03-04,SOUT01,生产领料,01.001,螺栓,原料仓,,,5.5,11,1054.5\n"
    "合计,,,,,,990,1980,35.5,71,\n"
).encode("gb18030")
CLOUD_ORDERS = (
    "单据编号,采购日期,供应商,物料编码,物料名称,采购数量,交货日期,累计入库数量,含税单价,价税合计,"
    "税率%,结算币别,行备注\n"
    "CGDD001,2024-03-01,S01,A1,泵,10,2024-03-20,4,11.3,113,13,人民币,急\n"
    "CGDD001,2024-03-01,S01,A2,阀,2,2024-03-20,0,20,40,13,美元,\n"
)
CLOUD_DETAIL = (
    K3_DETAIL.decode("gb18030")
    .replace("物料代码", "物料编码")
    .replace("外购入库", "采购入库单")
    .replace("事务类型", "单据类型")
    .replace("生产领料", "生产领料单")
    .replace("销售出库", "销售出库单")
)
U8_DETAIL = (
    "出入库流水账\n\n"
    "日期,单据号,仓库,收发类别,存货编码,存货名称,计量单位,入库数量,入库金额,出库数量,出库金额\n"
    "2024/3/1,0001,成品库,采购入库,C01,杯,个,12,24.00,,\n"
    "2024/3/2,0002,成品库,销售出库,C01,杯,个,,,5,10.00\n"
    "2024/3/2,0003,成品库,神秘类别,C01,杯,个,,,1,2.00\n"
    "合计,,,,,,,12,24.00,6,12.00\n"
)
U8_ORDERS = (
    "订单编号,日期,供应商,存货编码,数量,原币含税单价,原币价税合计,税率,计划到货日期,币种\n"
    "0000000123,2024-03-01,V1,C01,100,2.26,226,13,2024-04-01,人民币\n"
)
U9_DETAIL = U8_DETAIL.replace("存货编码", "料号").replace("存货名称", "品名").replace(
    "仓库", "存储地点").replace("收发类别", "单据类型").replace("单据号", "单号")  # fmt: skip
NC_DETAIL = U8_DETAIL.replace("存货编码", "物料编码").replace("存货名称", "物料名称").replace(
    "入库数量", "入库主数量").replace("出库数量", "出库主数量").replace(
    "收发类别", "收发类型").replace("日期,", "单据日期,", 1)  # fmt: skip
MB51 = (
    "Plant\tStorage Location\tMaterial\tMaterial Description\tMovement Type\tPosting Date\t"
    "Qty in Un. of Entry\tUnit of Entry\tAmount in LC\tMaterial Document\tBatch\n"
    "1000\t0001\t000000000000012345\tPump\t101\t15.03.2024\t10\tEA\t1,250.00\t5000000001\t\n"
    "1000\t0001\t000000000000012345\tPump\t102\t16.03.2024\t2-\tEA\t250.00-\t5000000002\t\n"
    "1000\t0001\t000000000000012345\tPump\t601\t17.03.2024\t3-\tEA\t375.00-\t4900000003\tB1\n"
    "1000\t0002\t000000000000012345\tPump\t103\t18.03.2024\t3\tEA\t0.00\t4900000004\t\n"
    "1000\t\t000000000000012345\tPump\t999\t18.03.2024\t3\tEA\t0.00\t4900000005\t\n"
)
MB51_ZH = (
    "工厂,库存地点,物料,物料描述,移动类型,过账日期,数量,基本计量单位,本币金额,物料凭证,特殊库存\n"
    '1000,0001,A1,泵,561,2024-03-01,"1,000",EA,"5,000.00",49001,\n'
    "1000,0001,A1,泵,261,2024-03-02,40-,EA,200.00-,49002,\n"
    "1000,0001,A1,泵,262,2024-03-03,5,EA,25.00,49003,\n"
    "1000,0001,A1,泵,701,2024-03-04,1,EA,5.00,49004,\n"
    "1000,0001,A2,阀,101,2024-03-04,9,EA,,49005,K\n"
    ',,,,,,,,"4,830.00",,\n'
)
ME2N = (
    "Purchasing Document,Item,Vendor/supplying plant,Material,Document Date,Delivery Date,"
    "Order Quantity,Still to be delivered (qty),Net Price,Net Order Value,Currency,Plant\n"
    '4500000001,10,100123  Acme GmbH,A1,2024-03-01,2024-04-01,"1,000",250,12.5,'
    '"12,500.00",CNY,1000\n'
    ',,,,,,,,,"12,500.00",,\n'
)
MB52 = (
    "Material,Plant,Storage Location,Unrestricted,Base Unit of Measure,Special Stock\n"
    "A1,1000,0001,12,EA,\nA2,1000,0001,3,EA,K\n"
)
MB52_BATCHES = (
    "Material,Plant,Storage Location,Batch,Unrestricted,Base Unit of Measure,Special Stock\n"
    "A1,1000,0001,0000000007,12,EA,\nA1,1000,0001,0000000008,5,EA,\n,,,,17,EA,\n"
)
VBRK = (
    "Billing Document,Billing Date,Material,Billed Quantity,Net Value,Currency,Sold-to party,"
    "Cancelled\n"
    "90000001,2024-03-05,A1,2,400.00,CNY,C1,\n90000002,2024-03-05,A1,2,400.00,CNY,C1,X\n"
    "90000003,2024-03-06,A1,-1,200.00-,CNY,C1,\n"
)
WDT = (
    "出入库时间,出入库单号,出入库类型,仓库,商家编码,货品名称,数量,成本价\n"
    "2024-03-01 10:00:00,CK1,采购入库,杭州仓,SKU1,毛巾,100,5\n"
    "2024-03-02 10:00:00,CK2,销售出库,杭州仓,SKU1,毛巾,2,5\n"
    "2024-03-03 10:00:00,CK3,盘亏出库,杭州仓,SKU1,毛巾,1,5\n"
).encode("gb18030")
JST = (
    "单据日期,进出仓单号,类型,仓库,商品编码,商品名称,数量\n"
    "2024-03-01,1,采购进仓,主仓,SKU1,杯,60\n2024-03-02,2,销售出仓,主仓,SKU1,杯,-3\n"
    "2024-03-03,3,销售退仓,主仓,SKU1,杯,1\n合计,,,,,,58\n"
)
JST_STOCK = "商品编码,商品名称,仓库,库存数,成本价\nSKU1,杯,主仓,58,2.5\nSKU2,碗,主仓,-1,0\n"
TMALL = (
    (
        "主订单编号,买家会员名,商家编码,购买数量,买家实际支付金额,订单状态,退款状态,订单付款时间\n"
        '="1",a,SKU1,2,113.00,交易成功,没有申请退款,2024-03-01 10:00:00\n'
        "2,b,SKU1,1,56.50,等待买家付款,没有申请退款,\n"
        "3,c,SKU1,1,56.50,交易关闭,退款成功,2024-03-01 12:00:00\n"
        "4,测试账号,SKU1,1,1.00,交易成功,,2024-03-01 12:00:00\n"
        "5,d,,1,20.00,交易成功,,2024-03-01 13:00:00\n"
    )
    .replace('="1"', "1")
    .encode("gb18030")
)
PDD = (
    "商品,订单号,订单状态,商品总价(元),商家实收金额(元),商品数量(件),支付时间,商家编码-规格维度,售后状态\n"
    "毛巾,240301-1,已收货,20,18.08,2,2024-03-01 08:00:00,SKU1,无售后或售后取消\n"
    '毛巾,240301-2,"已发货，退款成功",20,0,2,2024-03-01 08:00:00,SKU1,退款成功\n'
)
DOUYIN = (
    "主订单编号,选购商品,商家编码,商品数量,商品金额,订单应付金额,支付完成时间,订单状态,售后状态\n"
    "6901,杯,SKU9,1,22.6,22.6,2024-03-02 09:00:00,已完成,-\n"
    "6902,杯,SKU9,1,22.6,22.6,,已关闭,-\n"
)
JD = (
    "订单号,商家SKU,商品名称,订购数量,应付金额,订单状态,付款确认时间,下单时间\n"
    '2901,SKU1,杯,3,"1,130.00",完成,2024-03-03 09:00:00,2024-03-03 08:00:00\n'
    "2902,SKU1,杯,3,30,(删除)等待付款,,2024-03-03 08:00:00\n"
)
SHOPIFY = (
    "Name,Email,Financial Status,Paid at,Currency,Lineitem quantity,Lineitem name,Lineitem price,"
    "Lineitem sku,Cancelled at,Tags\n"
    "#1001,a@b.c,paid,2024-03-01 10:00:00 +0000,CNY,2,Cup,9.99,CUP,,\n"
    "#1002,a@b.c,refunded,2024-03-01 10:00:00 +0000,CNY,1,Cup,9.99,CUP,,\n"
    "#1003,a@b.c,paid,2024-03-02 10:00:00 +0000,CNY,1,Cup,9.99,CUP,2024-03-03 10:00:00 +0000,\n"
)
SHOPIFY_LINES = (
    "Name,Financial Status,Paid at,Currency,Lineitem quantity,Lineitem price,Lineitem sku,"
    "Cancelled at,Lineitem discount\n"
    "#1001,paid,2024-03-01 10:00:00 -0500,USD,2,10.00,CUP,,1.50\n"
    "#1001,,,,1,7.00,MUG,,0.00\n"
    "#1002,refunded,2024-03-01 10:00:00 -0500,USD,1,10.00,CUP,,\n"
    "#1002,,,,3,7.00,MUG,,\n"
    "#1003,paid,2024-03-02 10:00:00 -0500,USD,1,10.00,CUP,2024-03-03 10:00:00 -0500,\n"
    "#1003,,,,1,7.00,MUG,,\n"
)
U8_SUMMARY = book(
    "收发存汇总表",
    [
        ["收发存汇总表"],
        ["仓库：成品库", "", "日期：2024-01-01 至 2024-01-31"],
        ["", "", "", "", "", "", "", "", "", ""],
        ["", "", "数量", "金额", "数量", "金额", "数量", "金额", "数量", "金额"],
        ["01001", "螺栓", 100, 200, 50, 110, 30, 62, 120, 248],
        ["合计", "", 100, 200, 50, 110, 30, 62, 120, 248],
    ],
    [
        (2, 0, 3, 0, "存货编码"), (2, 1, 3, 1, "存货名称"), (2, 2, 2, 3, "期初"),
        (2, 4, 2, 5, "入库"), (2, 6, 2, 7, "出库"), (2, 8, 2, 9, "结存"),
    ],
)  # fmt: skip
K3_OPENING = (
    "日期,单据编号,事务类型,物料代码,仓库,收入数量,收入金额,发出数量,发出金额,结存数量,结存金额\n"
    "2024-03-01,,期初结存,01.001,原料仓,,,,,1000,2000\n"
    "2024-03-02,XOUT01,销售出库,01.001,原料仓,,,30,60,970,1940\n"
).encode("gb18030")
MB51_UNITS = (
    "Plant,Storage Location,Material,Movement Type,Posting Date,Quantity,Base Unit of Measure,"
    "Qty in unit of entry,Unit of Entry,Amount in LC,Material Document\n"
    "1000,0001,M1,101,2024-01-05,24,PC,2,BOX,60,5000000001\n"
    "1000,0001,M1,601,2024-01-06,-3,PC,-3,PC,-7.5,4900000001\n"
)
TWO_SIDES = (
    "日期,单据号,业务类型,物料编码,仓库,入库数量,入库金额,出库数量,出库金额,结存数量,结存金额\n"
    "2024-01-01,,期初结存,A1,主仓,,,,,100,1000\n"
    "2024-01-05,R1,采购入库,A1,主仓,50,500,,,150,1500\n"
    "2024-01-06,C1,销售出库,A1,主仓,0,0,30,300,120,1200\n"
    "2024-01-07,P1,盘亏,A1,主仓,,,1,10,119,1190\n"
    "合计,,,,,50,500,31,310,,\n"
)
ODOO_SCREEN = (
    '"Date","Reference","Product/Internal Reference","From","To","Quantity","Status"\n'
    '"2024-01-05 03:00:00","IN1","A1","Partners/Vendors","WH/Stock","100.00","Done"\n'
    '"2024-01-06 03:00:00","OUT1","A1","WH/Stock","Partners/Customers","3.00","Done"\n'
    '"2024-01-07 03:00:00","OUT2","A1","WH/Stock","Partners/Customers","5.00","Cancelled"\n'
    '"2024-01-08 03:00:00","INT1","A1","WH/Stock","SH/Stock","7.00","Done"\n'
    '"2024-01-09 03:00:00","DS1","A1","Partners/Vendors","Partners/Customers","2.00","Done"\n'
)
ERPNEXT_REPORT = (
    '"Date","Item Code","Warehouse","Stock UOM","In Qty","Out Qty","Balance Qty","Value Change",'
    '"Voucher Type","Voucher #"\n'
    '"05-01-2024 10:00:00","A1","Stores","Nos","100.0","0.0","100.0","1000.0",'
    '"Purchase Receipt","P"\n'
    '"13-01-2024 10:00:00","A1","Stores","Nos","0.0","-3.0","97.0","-30.0","Delivery Note","D"\n'
    '"Total","","","","100.0","-3.0","","","",""\n'
)
CRM = (
    "商机编号,商机名称,客户,预计金额,赢率(%),销售阶段,预计成交日期,负责人\n"
    'OP1,新厂项目,C1,"1,200,000",60,报价,2026-09-30,王\n'
    "OP2,测试商机,C2,1,50,初步,2026-09-30,王\n合计,,,1200001,,,,\n"
)

# preset, file name, content, table -> rows, sum of its quantities (or values), ignored, rejected
CASES = [
    ("kingdee-k3", "收发存3月.xlsx", K3_SUMMARY, {"balance": 2}, 126, {"total_row": 1}, {}),
    ("kingdee-k3", "物料收发明细表.csv", K3_DETAIL, {"movement": 4}, 954.5, {"total_row": 1}, {}),
    ("kingdee-cloud", "物料收发明细.csv", CLOUD_DETAIL, {"movement": 4}, 954.5,
     {"total_row": 1}, {}),
    ("kingdee-cloud", "采购订单列表.csv", CLOUD_ORDERS, {"purchase_order": 2}, 12, {}, {}),
    ("yonyou-u8", "出入库流水账.csv", U8_DETAIL, {"movement": 2}, 7, {"total_row": 1},
     {"unknown_value": 1}),
    ("yonyou-u8", "采购订单列表.csv", U8_ORDERS, {"purchase_order": 1}, 100, {}, {}),
    ("yonyou-u9", "料品收发明细.csv", U9_DETAIL, {"movement": 2}, 7, {"total_row": 1},
     {"unknown_value": 1}),
    ("yonyou-nc", "出入库流水.csv", NC_DETAIL, {"movement": 2}, 7, {"total_row": 1},
     {"unknown_value": 1}),
    ("sap-lists", "MB51_2024.txt", MB51, {"movement": 3}, 5, {"not_stock": 1},
     {"unknown_value": 1}),
    ("sap-lists", "mb51 中文.csv", MB51_ZH, {"movement": 5}, 975, {"total_row": 1}, {}),
    ("sap-lists", "ME2N.csv", ME2N, {"purchase_order": 1}, 1000, {"total_row": 1}, {}),
    ("sap-lists", "MB52 2024-03-31.csv", MB52, {"balance": 1}, 12, {"not_stock": 1}, {}),
    ("sap-lists", "MB52 2024-04-30.csv", MB52_BATCHES, {"balance": 2}, 17, {"total_row": 1}, {}),
    ("sap-lists", "vbrk.csv", VBRK, {"sale": 2}, 1, {"filtered": 1}, {}),
    ("wangdiantong", "出入库明细.csv", WDT, {"movement": 3}, 97, {}, {}),
    ("jushuitan", "进出仓流水.csv", JST, {"movement": 3}, 58, {"total_row": 1}, {}),
    ("jushuitan", "商品库存 2024-03-31.csv", JST_STOCK, {"balance": 2}, 57, {}, {}),
    ("tmall-orders", "ExportOrderDetailList2024.csv", TMALL, {"sale": 1}, 2,
     {"filtered": 2, "test_record": 1}, {"missing_value": 1}),
    ("pdd-orders", "orders_export2024.csv", PDD, {"sale": 1}, 2, {"filtered": 1}, {}),
    ("douyin-orders", "抖店订单.csv", DOUYIN, {"sale": 1}, 1, {"filtered": 1}, {}),
    ("jd-orders", "京东订单.csv", JD, {"sale": 1}, 3, {"filtered": 1}, {}),
    ("shopify-orders", "orders_export_1.csv", SHOPIFY, {"sale": 1}, 2, {"filtered": 2}, {}),
    ("shopify-orders", "orders_export_2.csv", SHOPIFY_LINES, {"sale": 2}, 3, {"filtered": 4}, {}),
    ("yonyou-u8", "收发存汇总表.xlsx", U8_SUMMARY, {"balance": 1}, 120, {"total_row": 1}, {}),
    ("sap-lists", "mb51.csv", MB51_UNITS, {"movement": 2}, 21, {}, {}),
    ("crm-opportunities", "商机列表.csv", CRM, {"opportunity": 1}, 1_200_000,
     {"total_row": 1, "test_record": 1}, {}),
]  # fmt: skip
SUMMED = {"balance": "balance", "opportunity": "value"}


@pytest.mark.parametrize("case", CASES, ids=[f"{case[0]} {case[1]}" for case in CASES])
def test_a_preset_reads_its_systems_file(stage, case):
    preset, name, content, tables, total, ignored, rejected = case
    result = stage(content, name, find_mapping(preset))
    staged = result.staged
    assert {table: len(result[table]) for table in tables} == tables
    found = sum(row[SUMMED.get(table, "quantity")] for table in tables for row in result[table])
    assert float(found) == total
    assert dict(staged.ignored) == ignored
    assert dict(staged.rejected) == rejected
    assert staged.rows_loaded == sum(tables.values())


def test_what_the_first_line_of_an_order_says_holds_for_the_others(stage):
    sold = stage(SHOPIFY_LINES, "orders_export_2.csv", find_mapping("shopify-orders"))["sale"]
    assert [(r["item"], r["currency"], float(r["revenue"])) for r in sold] == [
        ("CUP", "USD", 18.5),
        ("MUG", "USD", 7.0),
    ]


def test_a_summary_takes_day_and_place_from_its_title_and_cost_from_its_amount(stage):
    result = stage(U8_SUMMARY, "收发存汇总表.xlsx", find_mapping("yonyou-u8"))
    row = result["balance"][0]
    assert (str(row["happened_on"]), row["location"]) == ("2024-01-31", "成品库")
    assert str(row["unit_cost"]) == "2.066667"
    remarks = [remark.zh for remark in result.staged.remarks]
    assert any("每行都按“成品库”计" in remark for remark in remarks)
    assert any("每行都按“2024-01-31”计" in remark for remark in remarks)


def test_the_opening_of_a_list_is_the_balance_of_the_eve(stage):
    result = stage(K3_OPENING, "物料收发明细表.csv", find_mapping("kingdee-k3"))
    row = result["balance"][0]
    assert (str(row["happened_on"]), float(row["balance"])) == ("2024-02-29", 1000)
    assert (float(row["unit_cost"]), len(result["movement"])) == (2.0, 1)
    assert result.staged.ignored == {}


def test_a_quantity_of_sap_goes_with_its_own_unit(stage):
    sap = find_mapping("sap-lists")
    rows = stage(MB51_UNITS, "mb51.csv", sap)["movement"]
    assert [(float(r["quantity"]), r["unit"]) for r in rows] == [(24, "PC"), (-3, "PC")]
    entry = MB51_UNITS.replace("Quantity,Base Unit of Measure", "Text,Purchase order")
    rows = stage(entry, "mb51.csv", sap)["movement"]
    assert [(float(r["quantity"]), r["unit"]) for r in rows] == [(2, "BOX"), (-3, "PC")]


def test_a_stock_list_without_a_day_says_what_to_do(held):
    content = "Material,Plant,Storage Location,Unrestricted\nM1,1000,0001,5\n"
    failure = held(content, "mb52.csv", find_mapping("sap-lists"))
    assert failure.reason == "no_caption"
    assert "2024-01-31" in failure.message.zh


def test_months_side_by_side_are_held(held):
    content = "商品编码,商品名称,1月,2月\nA,甲,10,20\n"
    failure = held(content, "2024年销售.csv", find_mapping("generic-zh"))
    assert (failure.reason, failure.column) == ("periods_across", "1月, 2月")


@pytest.mark.parametrize(
    ("preset", "name", "content", "stated", "ignored"),
    [
        ("generic-zh", "出入库台账.csv", TWO_SIDES,
         [("receipt", 50, 500), ("sale_issue", -30, -300), ("count", -1, -10)], {"total_row": 1}),
        ("erpnext", "Stock Ledger.csv", ERPNEXT_REPORT,
         [("receipt", 100, 1000), ("sale_issue", -3, -30)], {"total_row": 1}),
        ("odoo", "stock.move.line.csv", ODOO_SCREEN,
         [("receipt", 100, None), ("sale_issue", -3, None), ("transfer_out", -7, None),
          ("transfer_in", 7, None)], {"filtered": 1, "no_entry": 1}),
    ],
)  # fmt: skip
def test_both_sides_of_a_list(stage, preset, name, content, stated, ignored):
    result = stage(content, name, find_mapping(preset))
    assert [(r["kind"], r["quantity"], r["value"]) for r in result["movement"]] == stated
    assert result.staged.ignored == ignored
    assert result.rejects == []


def test_a_list_without_the_columns_its_conditions_need_is_held(held):
    # Nothing of it could become an entry: that is no file of nothing, but another file.
    content = "date,reference,product_code,quantity\n2024-01-05,A,A1,5\n"
    failure = held(content, "stock.move.line.csv", find_mapping("odoo"))
    assert failure.reason == "missing_column"


def test_every_preset_says_what_it_was_checked_on_and_has_a_file():
    tried = {case[0] for case in CASES} | CHECKED_ELSEWHERE
    assert set(packed_mappings()) == tried
    for name in {case[0] for case in CASES}:
        checked = find_mapping(name).checked_on
        assert checked is not None
        assert checked.zh
        assert checked.en


def test_details_that_presets_read_right(stage):
    summary = stage(K3_SUMMARY, "收发存3月.xlsx", find_mapping("kingdee-k3"))["balance"]
    assert [(str(r["happened_on"]), r["item"], r["opening"], r["issued"]) for r in summary] == [
        ("2024-03-31", "01.001", 100, 30),
        ("2024-03-31", "01.002", 10, 4),
    ]
    order = stage(CLOUD_ORDERS, "采购订单.csv", find_mapping("kingdee-cloud"))["purchase_order"]
    assert [(r["taxed"], float(r["tax_rate"]), r["currency"]) for r in order] == [
        ("unit_price,value", 0.13, "CNY"),
        ("unit_price,value", 0.13, "USD"),
    ]
    sap = stage(MB51_ZH, "mb51.csv", find_mapping("sap-lists"))["movement"]
    assert Counter(row["ownership"] for row in sap) == {None: 4, "consigned": 1}
    assert {row["location"] for row in sap} == {"1000/0001"}
    lots = stage(MB52_BATCHES, "MB52 2024-04-30.csv", find_mapping("sap-lists"))["balance"]
    assert [row["lot"] for row in lots] == ["0000000007", "0000000008"]
    buyer = stage(ME2N, "ME2N.csv", find_mapping("sap-lists"))["purchase_order"]
    assert buyer[0]["supplier"] == "100123"
    sold = stage(SHOPIFY, "orders_export_1.csv", find_mapping("shopify-orders"))["sale"]
    assert float(sold[0]["revenue"]) == 19.98
    chance = stage(CRM, "商机列表.csv", find_mapping("crm-opportunities"))["opportunity"]
    assert float(chance[0]["probability"]) == 0.6


@pytest.mark.shared_data
def test_real_stock_cards_and_counts_are_read_whole(shared_data, stage):
    cards = find_mapping("usaid-contraceptive")
    folder = shared_data / "usaid_contraceptive"
    staged = stage(folder / "Train.csv", "Train.csv", cards).staged
    assert (staged.rows_in, staged.rows_loaded) == (35_753, 35_753)
    lmis, folder = find_mapping("openlmis"), shared_data / "openlmis"
    names = {
        "referencedata.lots.csv": (17, "lot"),
        "stockmanagement.physical_inventory_line_items.csv": (109, "stock_count"),
    }
    headers = folder / "stockmanagement.physical_inventories.csv"
    lookups = {"inventory": (headers, headers.name)}
    for name, (rows, table) in names.items():
        result = stage(folder / name, name, lmis, lookups)
        assert (result.staged.rows_in, len(result[table])) == (rows, rows)


@pytest.mark.shared_data
def test_real_daily_sales_are_counted_row_by_row(shared_data, stage):
    path = shared_data / "online_retail" / "2010-12-01.csv"
    result = stage(path, path.name, find_mapping("online-retail"))
    staged = result.staged
    assert staged.rows_in == staged.rows_loaded + staged.ignored.total()
    back = [row for row in result["sale"] if row["document"].startswith("C")]
    assert back
    assert all(row["quantity"] < 0 and row["revenue"] <= 0 for row in back)
    assert any(row["customer"] is None for row in result["sale"])
