"""Declared and free tables from files: every row counted, every row kept or named."""

from __future__ import annotations

from collections import Counter

import pytest

from stockturn.intake.load import clean, load_files
from stockturn.intake.mapping_yaml import BadMapping, find_mapping, read_mapping
from stockturn.intake.replay import replay
from stockturn.ledger import identities
from stockturn.ledger.datasets import current_rows, known_datasets
from stockturn.ledger.documents import current
from stockturn.ledger.fingerprint import fingerprint
from stockturn.ledger.tables import ensure, table
from stockturn.workspace import Workspace

WEATHER = """
name: weather
version: "1"
title: {zh: 天气, en: weather}
description: {zh: 天气, en: weather}
costing: stated
files:
  - match: ["weather*"]
    table: dataset
    dataset: weather
    key: [station, day]
    columns:
      station: {from: Station, type: code}
      day: {from: Date, type: day}
      degrees: {from: Temp, type: number}
      remark: {from: Remark, type: text}
"""
ROWS = "Station,Date,Temp,Remark\n001,2026-01-01,3.5,\n001,2026-01-02,-4,snow\n002,2026-01-01,x,\n"


@pytest.fixture
def workspace(tmp_path):
    root = Workspace.create(tmp_path / "company")
    with Workspace.open(root, environ={}) as opened:
        ensure(opened.engine)
        clean(opened)
        yield opened
        assert not [r.key for r in identities.check(opened.engine) if not r.passed]


def count(workspace, name):
    return len(workspace.engine.query(current(name)))


def test_a_free_table_is_made_filled_and_versioned(workspace, tmp_path):
    mapping = read_mapping(WEATHER)
    path = tmp_path / "weather.csv"
    path.write_text(ROWS, encoding="utf-8")
    report = load_files(workspace, [path], mapping, reject_bar=1)
    assert (report.rows_in, report.rows_loaded, report.rows_rejected) == (3, 2, 1)
    assert report.rejects[0].code == "not_a_number"
    free = known_datasets(workspace.engine)["weather"]
    path.write_text(ROWS.replace("-4,snow", "-5,snow"), encoding="utf-8")
    load_files(workspace, [path], mapping, reject_bar=1)
    rows = workspace.engine.query(current_rows(free).order_by("station", "day")).to_pylist()
    assert [(r["station"], float(r["degrees"]), r["load_no"]) for r in rows] == [
        ("001", 3.5, 1),
        ("001", -5, 2),
    ]
    assert "data_weather" in fingerprint(workspace.engine)


def test_a_free_table_grows_a_column_and_refuses_another_type(workspace, tmp_path):
    path = tmp_path / "weather.csv"
    path.write_text(ROWS, encoding="utf-8")
    load_files(workspace, [path], read_mapping(WEATHER), reject_bar=1)
    wider = WEATHER.replace('"1"', '"2"') + "      wind: {from: Wind, type: number}\n"
    path.write_text("Station,Date,Temp,Remark,Wind\n001,2026-01-03,1,,7\n", encoding="utf-8")
    load_files(workspace, [path], read_mapping(wider))
    rows = workspace.engine.query(current_rows(known_datasets(workspace.engine)["weather"]))
    assert rows.column("wind").null_count == 2
    other = WEATHER.replace('"1"', '"3"').replace("Temp, type: number", "Temp, type: text")
    path.write_text("Station,Date,Temp,Remark\n001,2026-01-04,1,\n", encoding="utf-8")
    with pytest.raises(Exception, match="another type") as caught:
        load_files(workspace, [path], read_mapping(other))
    assert caught.value.exit_code == 3
    assert len(workspace.engine.query(table("load"))) == 2


@pytest.mark.parametrize("wrong", ["dataset: Weather", "dataset: 1w", "key: [city]"])
def test_a_free_table_must_be_named_and_keyed_by_its_own_columns(wrong):
    kind = wrong.split(":", maxsplit=1)[0]
    lines = [f"    {wrong}" if kind in line.split(":")[0].split() and kind in line
             else line for line in WEATHER.splitlines()]  # fmt: skip
    with pytest.raises(BadMapping):
        read_mapping("\n".join(lines))


@pytest.mark.shared_data
def test_adventureworks_purchasing_is_loaded_whole(workspace, shared_data):
    report = load_files(workspace, [shared_data / "adventureworks_oltp"], "adventureworks-oltp")
    counted = {file.name: (file.rows_in, file.rows_loaded) for file in report.files}
    assert report.status == "loaded", report.message
    assert counted == {
        "BillOfMaterials.csv": (2679, 2576),
        "Product.csv": (504, 504),
        "ProductCostHistory.csv": (395, 395),
        "ProductInventory.csv": (1069, 1069),
        "ProductListPriceHistory.csv": (395, 395),
        "ProductVendor.csv": (460, 460),
        "PurchaseOrderDetail.csv": (8845, 8845),
        "Vendor.csv": (104, 104),
    }
    assert report.ignored_by_reason == {"not_stock": 103}
    rows = workspace.engine.query(current("purchase_order")).to_pylist()
    assert len(rows) == 8845
    assert all(row["supplier_id"] and row["ordered_on"] and row["promised_on"] for row in rows)
    late = Counter((row["promised_on"] - row["ordered_on"]).days for row in rows)
    assert late.most_common(1)[0][0] == 14
    assert count(workspace, "bom") == 2576
    assert count(workspace, "supplier_terms") == 460
    assert len(workspace.engine.query(current_rows(_bins(workspace)))) == 1069
    again = load_files(workspace, [shared_data / "adventureworks_oltp"], "adventureworks-oltp")
    assert again.status == "nothing_new"
    assert _rebuilt(workspace) == fingerprint(workspace.engine)


def _bins(workspace):
    return known_datasets(workspace.engine)["bin_stock"]


def _rebuilt(workspace):
    from stockturn.engines import DuckDBEngine

    path = workspace.root / "again.duckdb"
    engine = DuckDBEngine.open(path, staging=workspace.staging)
    ensure(engine)
    for planned in replay(workspace.received):
        planned.run(workspace, engine)
    found = fingerprint(engine)
    engine.close()
    return found


def test_the_sample_company_loads_its_orders_bills_and_promotions(workspace, tmp_path):
    from stockturn.demo import generate

    generate(tmp_path / "files", items=60, months=6)
    report = load_files(workspace, [tmp_path / "files"], find_mapping("demo"))
    assert report.status == "loaded", report.message
    loaded = {file.name: file.rows_loaded for file in report.files}
    assert loaded["采购订单.csv"] == count(workspace, "purchase_order") > 0
    assert loaded["物料清单.csv"] == count(workspace, "bom") > 0
    assert loaded["促销.csv"] == count(workspace, "event") > 0
    assert report.rows_in == report.rows_loaded
    assert not [warning for warning in report.warnings if "采购订单" in warning.zh]
