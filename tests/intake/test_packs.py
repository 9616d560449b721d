"""The packs on the files they are for."""

import time

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from stockturn.intake.mapping_yaml import find_mapping
from stockturn.intake.resolve import resolve


def no_archives(path):
    raise AssertionError(f"{path} is no archive")


FACTS = ("DimProduct", "FactProductInventory", "FactInternetSales", "FactResellerSales")


@pytest.mark.shared_data
@pytest.mark.parametrize("name", ["adventureworks-dw", "adventureworks-dw-standard-cost"])
def test_adventureworks_is_typed_whole(shared_data, stage, name):
    folder = shared_data / "adventureworks_dw"
    mapping = find_mapping(name)
    resolved = resolve([folder], mapping, no_archives)
    assert [path.stem for path in resolved.files] == sorted(FACTS)
    lookups = {key: (path, path.name) for key, path in resolved.lookups.items()}
    results = {}
    for path in resolved.files:
        started = time.perf_counter()
        results[path.stem] = stage(path, path.name, mapping, lookups).staged
        rows = results[path.stem].rows_in
        print(f"{name} {path.stem}: {rows:,} rows in {time.perf_counter() - started:.2f} s")
    assert {key: r.rows_loaded for key, r in results.items()} == {
        "DimProduct": 606,
        "FactProductInventory": 776_286,
        "FactInternetSales": 60_398,
        "FactResellerSales": 60_855,
    }
    assert all(not r.rejected and not r.ignored for r in results.values())
    balances = pq.read_table(results["FactProductInventory"].tables["balance"])
    assert pc.sum(balances["issued"]).as_py() == 274_776
    assert pc.sum(pc.less(balances["balance"], pa.scalar(0))).as_py() == 3_319
    assert balances["unit_cost"].null_count == 0
    items = pq.read_table(results["DimProduct"].tables["item"])
    assert "Bikes" in items["category"].to_pylist()
    assert pc.count_distinct(items["item"]).as_py() == 606


ITEMS = "物料编码,物料名称,一级分类,物料类型,保质期天数,功率\n0001,电饭煲,厨房,产成品,,300W\n"
FLOWS = (
    "日期,业务类型,物料编码,仓库编码,数量,单价,金额,批号,库存状态,备注\n"
    "2024-01-01,期初,0001,A,10,2,20,L1,可用,\n"
    "2024-01-02,销售出库,0001,A,-4,,,L1,可用,急单\n"
    "2024-01-03,盘亏,0001,A,-1,,,L1,,\n"
    "合计,,,,5,,,,,\n"
)


def test_generic_chinese_tables(stage):
    mapping = find_mapping("generic-zh")
    item = stage(ITEMS, "物料.csv", mapping)["item"][0]
    assert (item["item"], item["kind"], item["attributes"]) == (
        "0001",
        "finished",
        [("功率", "300W")],
    )
    flows = stage(FLOWS.encode("gb18030"), "库存流水2024.csv", mapping)
    assert [(r["kind"], r["quantity"]) for r in flows["movement"]] == [
        ("opening", 10),
        ("sale_issue", -4),
        ("count", -1),
    ]
    assert flows.staged.ignored == {"total_row": 1}


def test_generic_chinese_file_of_any_name_is_known_by_its_header(stage):
    mapping = find_mapping("generic-zh")
    assert len(stage(FLOWS, "导出(3).csv", mapping)["movement"]) == 3
    sales = "日期,物料编码,数量,销售收入,渠道\n2024-01-02,0001,4,100,电商\n"
    assert len(stage(sales, "data.csv", mapping)["sale"]) == 1
    balances = "月份,物料编码,仓库,期初数量,入库数量,出库数量,结存数量\n2024-01,0001,A,1,5,2,4\n"
    assert str(stage(balances, "表1.csv", mapping)["balance"][0]["happened_on"]) == "2024-01-31"


def test_movements_without_their_quantities_are_no_list_of_items(held):
    lacking = "日期,业务类型,物料编码,仓库编码,单价\n2024-01-02,采购入库,0001,A,4\n"
    failure = held(lacking, "导出.csv", find_mapping("generic-zh"))
    assert (failure.reason, failure.column) == ("missing_column", "数量")


def test_generic_english_tables(stage):
    mapping = find_mapping("generic-en")
    flows = (
        "Date,Type,Item Code,Warehouse,Qty,Unit Cost\n"
        "2024-01-01,Opening Balance,A1,W,10,2\n2024-01-02,Sale,A1,W,4,\n"
        "2024-01-03,Count loss,A1,W,1,\n"
    )
    result = stage(flows, "movements.csv", mapping)
    assert [(r["kind"], r["quantity"]) for r in result["movement"]] == [
        ("opening", 10),
        ("sale_issue", -4),
        ("count", -1),
    ]
    items = "SKU,Name,Category,Kind,Colour,Voltage\nA1,Kettle,Kitchen,Finished goods,red,230\n"
    assert stage(items, "items.csv", mapping)["item"][0]["attributes"] == [("Voltage", "230")]
