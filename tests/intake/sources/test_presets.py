"""Odoo and ERPNext: presets and mappings, against servers that answer as documented."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from stockturn.intake.addresses import Reach
from stockturn.intake.feeds.run import run_feed
from stockturn.intake.feeds.store import Feeds
from stockturn.intake.load import load_files
from stockturn.intake.mapping_yaml import find_mapping, packed_mappings
from stockturn.intake.sources.failures import SourceMissing, SourceRefused
from stockturn.intake.sources.http.presets import packed_presets
from stockturn.intake.sources.kinds import KINDS
from stockturn.intake.sources.source import Condition, Ground, Overlap, Request, Since
from stockturn.intake.sources.store import Sources
from stockturn.ledger.tables import table
from tests.intake.http_server import Reply, serving
from tests.intake.sources.played import Frappe, Odoo

GROUND = Ground("Asia/Shanghai", timeout_seconds=1, reach=Reach(private=("127.0.0.1",)))


def quiet(*_):
    return


def connect(key, server, **fields):
    kind = KINDS[key]
    form = {"host": "127.0.0.1", "port": server.port, "tls": False, "per_minute": 60_000}
    source = kind.connect(kind.read(form | fields), GROUND)
    source._sleep = lambda _: None
    return source


def read(source, folder, what, **asked):
    folder.mkdir(exist_ok=True)
    fetched = source.fetch(Request(what, what, **asked), folder, quiet)
    rows = [json.loads(line) for file in fetched.files for line in file.open(encoding="utf-8")]
    return fetched, rows


def loaded(workspace, folder, name):
    report = load_files(workspace, [folder], find_mapping(name))
    assert report.status == "loaded", report.message.en
    assert report.rows_rejected == 0, report.rejects
    rows = workspace.engine.query(
        lambda: table("movement").order_by("movement_id"), shape="test_movements"
    ).to_pylist()
    return report, [(str(r["happened_on"]), r["kind"], r["quantity"], r["value"]) for r in rows]


def test_every_preset_says_what_it_was_checked_on_and_has_its_mapping():
    for preset in packed_presets():
        assert preset.tried.zh
        assert preset.tried.en
        assert preset.mapping in packed_mappings()
        mapping = find_mapping(preset.mapping)
        patterns = [pattern for spec in mapping.files for pattern in spec.match]
        assert patterns


# --- ERPNext -------------------------------------------------------------------------------------


def entry(n, kind, quantity, value, day="2024-01-05", voucher=None, **more):
    return {
        "name": f"SLE-{n}",
        "modified": f"2024-01-{n:02} 10:00:00.000000",
        "creation": f"{day} 10:00:00.000000",
        "posting_date": day,
        "posting_time": "10:00:00",
        "item_code": "0001",
        "warehouse": "Stores - X",
        "actual_qty": quantity,
        "stock_uom": "Nos",
        "valuation_rate": 2.5,
        "stock_value_difference": value,
        "voucher_type": kind,
        "voucher_no": voucher or f"V-{n}",
        "voucher_detail_no": f"D-{n}",
        "is_cancelled": 0,
        "company": "X",
    } | more


ENTRIES = [
    entry(1, "Purchase Receipt", 10.0, 25.0),
    entry(2, "Stock Entry", -4.0, -10.0, voucher="SE-1"),
    entry(3, "Stock Entry", 4.0, 10.0, voucher="SE-1", warehouse="Shop - X"),
    entry(4, "Stock Entry", -1.0, -2.5, voucher="SE-2"),
    entry(5, "Delivery Note", -2.0, -5.0, "2024-01-09"),
    entry(6, "Delivery Note", 1.0, 2.5, "2024-01-10"),
    entry(7, "Stock Reconciliation", -1.0, -2.5, "2024-01-11"),
]
STOCK_ENTRIES = [
    {"name": "SE-1", "purpose": "Material Transfer"},
    {"name": "SE-2", "purpose": "Manufacture"},
]
WAREHOUSES = [
    {
        "name": name,
        "warehouse_name": name[:-4],
        "is_group": group,
        "modified": "2024-01-01 00:00:00",
    }
    for name, group in (("All - X", 1), ("Stores - X", 0), ("Shop - X", 0))
]


@pytest.fixture
def erpnext():
    played = Frappe(
        Stock_Ledger_Entry=ENTRIES,
        Stock_Entry=STOCK_ENTRIES,
        Warehouse=WAREHOUSES,
        Item=[
            {
                "name": "0001",
                "item_code": "0001",
                "item_name": "Screw",
                "stock_uom": "Nos",
                "shelf_life_in_days": 0,
                "modified": "2024-01-01 00:00:00",
            }
        ],
    )
    with serving(played) as server:
        yield played, server


def erpnext_source(server, **fields):
    return connect("erpnext", server, **({"user": "key", "secret": "secret"} | fields))


def test_erpnext_from_connecting_to_the_ledger(erpnext, tmp_path, workspace):
    _played, server = erpnext
    source = erpnext_source(server)
    assert "reader@example.com" in source.test().server
    for what in ("Stock Ledger Entry", "Item", "Warehouse"):
        read(source, tmp_path / "out", what)
    report, movements = loaded(workspace, tmp_path / "out", "erpnext")
    assert report.ignored_by_reason == {"filtered": 1}
    expected = [
        ("2024-01-05", "receipt", "10", "25"),
        ("2024-01-05", "transfer_out", "-4", "-10"),
        ("2024-01-05", "transfer_in", "4", "10"),
        ("2024-01-05", "production_issue", "-1", "-2.5"),
        ("2024-01-09", "sale_issue", "-2", "-5"),
        ("2024-01-10", "sale_issue", "1", "2.5"),
        ("2024-01-11", "count", "-1", "-2.5"),
    ]
    assert sorted(movements) == sorted(
        (day, kind, Decimal(quantity), Decimal(value)) for day, kind, quantity, value in expected
    )


def test_erpnext_pages_and_joins(erpnext, tmp_path, monkeypatch):
    _played, server = erpnext
    source = erpnext_source(server)
    resource = source.api.resources[0]
    object.__setattr__(
        resource, "paging", type(resource.paging)("offset", "limit_start", "limit_page_length", 3)
    )
    _fetched, rows = read(source, tmp_path / "out", "Stock Ledger Entry")
    assert [row["name"] for row in rows] == [row["name"] for row in ENTRIES]
    assert [row["purpose"] for row in rows][:5] == [
        None,
        "Material Transfer",
        "Material Transfer",
        "Manufacture",
        None,
    ]


def test_erpnext_only_what_changed(erpnext, tmp_path):
    _played, server = erpnext
    source = erpnext_source(server)
    since = Since("modified", None, Overlap(0, "seconds"))
    first, rows = read(source, tmp_path / "a", "Stock Ledger Entry", since=since)
    assert (len(rows), first.cursor) == (7, "2024-01-07 10:00:00.000000")
    since = Since("modified", first.cursor, Overlap(86_400, "seconds"))
    _, rows = read(source, tmp_path / "b", "Stock Ledger Entry", since=since)
    assert [row["name"] for row in rows] == ["SLE-6", "SLE-7"]
    where = (Condition("warehouse", "eq", ("Shop - X",)),)
    _, rows = read(source, tmp_path / "c", "Stock Ledger Entry", where=where)
    assert [row["name"] for row in rows] == ["SLE-3"]


def test_erpnext_limits_breaks_and_expired_keys(erpnext, tmp_path):
    played, server = erpnext
    source = erpnext_source(server)
    played.before = [
        Reply(status=429, headers={"Retry-After": "1"}),
        Reply(b"x" * 99, cut=9),
        Reply(b"", delay=2),
    ]
    _, rows = read(source, tmp_path / "a", "Stock Ledger Entry")
    assert len(rows) == 7
    played.token = "token key:another"
    with pytest.raises(SourceRefused) as caught:
        read(source, tmp_path / "b", "Stock Ledger Entry")
    assert "secret" not in caught.value.message.zh
    with pytest.raises(SourceMissing):
        source.columns("Sales Order")


# --- Odoo ----------------------------------------------------------------------------------------

LINE = {
    "id": "integer",
    "write_date": "datetime",
    "date": "datetime",
    "state": "selection",
    "reference": "char",
    "move_id": "many2one",
    "product_id": "many2one",
    "product_uom_id": "many2one",
    "quantity": "float",
    "lot_id": "many2one",
    "location_id": "many2one",
    "location_dest_id": "many2one",
    "location_usage": "selection",
    "location_dest_usage": "selection",
}
PLACES = {
    "supplier": [4, "Partners/Vendors"],
    "customer": [5, "Partners/Customers"],
    "inventory": [14, "Virtual/Adjustment"],
    "production": [15, "Virtual/Production"],
    "internal": [8, "WH/Stock"],
    "transit": [9, "Transit"],
}


def line(n, here, there, quantity, when="2024-01-05 18:30:00", state="done"):
    return {
        "id": n,
        "write_date": f"2024-01-{n:02} 20:00:00",
        "date": when,
        "state": state,
        "reference": f"WH/{n}",
        "move_id": [100 + n, f"WH/{n}"],
        "product_id": [3, "[0001] Screw"],
        "product_uom_id": [1, "Units"],
        "quantity": quantity,
        "lot_id": False,
        "location_id": PLACES[here],
        "location_dest_id": PLACES[there],
        "location_usage": here,
        "location_dest_usage": there,
    }


LINES = [
    line(1, "supplier", "internal", 10.0),
    line(2, "internal", "customer", 2.0, "2024-01-06 03:00:00"),
    line(3, "customer", "internal", 1.0),
    line(4, "internal", "transit", 3.0),
    line(5, "inventory", "internal", 4.0),
    line(6, "internal", "inventory", 5.0),
    line(7, "internal", "production", 6.0),
    line(8, "production", "internal", 7.0),
    line(9, "internal", "supplier", 8.0),
    line(10, "internal", "customer", 9.0, state="draft"),
]
PRODUCT = {
    "id": "integer",
    "write_date": "datetime",
    "default_code": "char",
    "name": "char",
    "categ_id": "many2one",
    "uom_id": "many2one",
    "list_price": "float",
    "active": "boolean",
}
PRODUCTS = [
    {
        "id": n,
        "write_date": "2024-01-01 00:00:00",
        "default_code": code,
        "name": "Screw",
        "categ_id": [1, "All / Saleable"],
        "uom_id": [1, "Units"],
        "list_price": 5.5,
        "active": False,
    }
    for n, code in ((3, "0001"), (4, False))
]
LAYER = {"id": "integer", "stock_move_id": "many2one", "unit_cost": "float"}
LAYERS = [{"id": 1, "stock_move_id": [101, "WH/1"], "unit_cost": 2.5}]


@pytest.fixture
def odoo():
    played = Odoo(
        stock__move__line=(LINE, LINES),
        product__product=(PRODUCT, PRODUCTS),
        stock__valuation__layer=(LAYER, LAYERS),
    )
    with serving(played) as server:
        yield played, server


def odoo_source(server, **fields):
    signed = {"database": "shop", "user": "reader", "secret": "secret"}
    return connect("odoo", server, **(signed | fields))


def test_odoo_from_connecting_to_the_ledger(odoo, tmp_path, workspace):
    _, server = odoo
    source = odoo_source(server)
    assert source.test().server == "Odoo 17.0"
    for what in ("stock.move.line", "product.product"):
        read(source, tmp_path / "out", what)
    report, movements = loaded(workspace, tmp_path / "out", "odoo")
    assert report.ignored_by_reason == {"filtered": 1}
    kinds = sorted((kind, int(quantity), day) for day, kind, quantity, _ in movements)
    assert kinds == sorted(
        [
            ("receipt", 10, "2024-01-06"),  # 18:30 in UTC is the next morning in Shanghai
            ("sale_issue", -2, "2024-01-06"),
            ("customer_return", 1, "2024-01-06"),
            ("transfer_out", -3, "2024-01-06"),
            ("transfer_in", 3, "2024-01-06"),
            ("adjustment", 4, "2024-01-06"),
            ("adjustment", -5, "2024-01-06"),
            ("production_issue", -6, "2024-01-06"),
            ("production_receipt", 7, "2024-01-06"),
            ("supplier_return", -8, "2024-01-06"),
        ]
    )
    receipt = next(value for _, kind, _, value in movements if kind == "receipt")
    assert receipt == Decimal(25)


def test_odoo_pages_links_and_false(odoo, tmp_path):
    _, server = odoo
    source = odoo_source(server)
    for resource in source.api.resources:
        object.__setattr__(resource, "paging", type(resource.paging)(size=4))
    _, rows = read(source, tmp_path / "a", "stock.move.line")
    assert [row["id"] for row in rows] == list(range(1, 10))
    first = rows[0]
    assert first["product_id"] == {"id": 3, "name": "[0001] Screw"}
    assert (first["lot_id"], first["product_code"], first["unit_cost"]) == (None, "0001", 2.5)
    assert (first["date"], first["write_date"]) == ("2024-01-06 02:30:00", "2024-01-01 20:00:00")
    assert rows[1]["unit_cost"] is None
    _, rows = read(source, tmp_path / "b", "product.product")
    assert [(row["default_code"], row["active"]) for row in rows] == [
        ("0001", False),
        (None, False),
    ]


def test_odoo_only_what_changed(odoo, tmp_path):
    _, server = odoo
    source = odoo_source(server)
    since = Since("write_date", None, Overlap(0, "seconds"))
    first, _ = read(source, tmp_path / "a", "stock.move.line", since=since)
    assert first.cursor == "2024-01-09 20:00:00"
    since = Since("write_date", first.cursor, Overlap(1, "days"))
    _, rows = read(source, tmp_path / "b", "stock.move.line", since=since)
    assert [row["id"] for row in rows] == [8, 9]


def test_odoo_without_a_valuation(odoo, tmp_path):
    played, server = odoo
    del played.models["stock.valuation.layer"]
    _, rows = read(odoo_source(server), tmp_path / "a", "stock.move.line")
    assert {row["unit_cost"] for row in rows} == {None}


def test_odoo_refuses(odoo, tmp_path):
    played, server = odoo
    with pytest.raises(SourceRefused, match="shop"):
        odoo_source(server, secret="wrong").test()
    with pytest.raises(SourceMissing):
        read(odoo_source(server), tmp_path / "a", "purchase.order")
    played.before = [Reply(status=503), Reply(b"x" * 99, cut=9)]
    assert odoo_source(server).test().server == "Odoo 17.0"


# --- as a feed -----------------------------------------------------------------------------------


def test_a_feed_brings_what_is_new_and_corrects_what_changed(erpnext, workspace, monkeypatch):
    played, server = erpnext
    settings = replace(workspace.settings, outbound_private_hosts="127.0.0.1")
    monkeypatch.setattr(workspace, "settings", settings)
    form = {"host": "127.0.0.1", "port": server.port, "tls": False, "user": "key"}
    Sources(workspace).add("ERP", "erpnext", form | {"secret": "secret", "per_minute": 60_000})
    plan = {
        "what": "Stock Ledger Entry",
        "mapping": "erpnext",
        "mode": "cursor",
        "column": "modified",
        "overlap": {"amount": 1, "unit": "days"},
        "key": ["name"],
    }
    Feeds(workspace).add("ledger", "ERP", plan)
    first = run_feed(workspace, "ledger")
    assert (first.status, first.rows_loaded) == ("loaded", 7), first.message.en
    assert stock(workspace) == 7  # 10 - 4 + 4 - 1 - 2 + 1 - 1
    again = run_feed(workspace, "ledger")  # the overlap brings two rows again
    assert again.rows_in == 2
    assert stock(workspace) == 7
    assert run_feed(workspace, "ledger").status == "nothing_new"
    corrected = entry(7, "Stock Reconciliation", -3.0, -7.5, "2024-01-11")
    corrected["modified"] = "2024-01-08 11:00:00.000000"
    late = entry(8, "Purchase Receipt", 5.0, 12.5, "2024-01-12")
    played.lists["Stock Ledger Entry"] = [*ENTRIES[:-1], corrected, late]
    assert run_feed(workspace, "ledger").status == "loaded"
    assert stock(workspace) == 10  # 2 less and 5 more


def stock(workspace):
    rows = workspace.engine.query(
        lambda: table("movement").order_by("movement_id"), shape="test_movements"
    )
    return sum(row["quantity"] for row in rows.to_pylist())
