"""Mappings are listed, and one with a mistake says what is wrong instead of hiding the rest."""

from __future__ import annotations

from stockturn.intake.mapping_yaml import read_mapping


def test_own_mappings_come_first_and_a_broken_one_says_why(client, workspace):
    broken = workspace.packs / "ours.yaml"
    broken.write_text("name: ours\nversion: '1'\n", encoding="utf-8")
    try:
        listed = client.get("/api/mappings?lang=en").json()["mappings"]
    finally:
        broken.unlink()
    assert listed[0]["name"] == "ours"
    assert listed[0]["own"] is True
    assert listed[0]["usable"] is False
    assert "title" in listed[0]["title"]
    generic = next(each for each in listed if each["name"] == "generic-zh")
    assert generic["usable"] is True
    assert generic["title"] == "Generic Chinese tables"


ODD = (
    "订单号,下单日期,物料编码,供应商,数目,单价\n"
    "P1,2024-03-01,A1,S1,5,2.5\nP2,2024-03-02,A2,S1,7,3\n"
)


def test_a_mapping_is_suggested_confirmed_and_versioned(client, workspace):
    files = {"file": ("采购订单.csv", ODD.encode("gb18030"))}
    answer = client.post("/api/mappings/suggest", files=files)
    assert answer.status_code == 200, answer.text
    (found,) = answer.json()["suggestions"]
    assert found["table"] == "purchase_order"
    by_header = {column["header"]: column for column in found["columns"]}
    assert by_header["单价"]["target"] == "unit_price"
    assert by_header["数目"]["target"] is None
    body = {"content": found["draft"], "headers": [found["fingerprint"]]}
    try:
        saved = client.put("/api/mappings/our-orders", json=body)
        assert saved.status_code == 200, saved.text
        again = client.put("/api/mappings/our-orders", json=body).json()
        assert (saved.json()["version"], again["version"]) == ("1", "2")
        assert again["versions"] == ["2", "1"]
        shown = client.get("/api/mappings/our-orders").json()
        assert found["fingerprint"] in shown["content"]
    finally:
        for path in workspace.packs.rglob("our-orders*.yaml"):
            path.unlink()


def test_a_preview_of_a_source_is_suggested_for(client):
    body = {
        "name": "stock_moves",
        "headers": ["Date", "Type", "Item Code", "Warehouse", "Qty"],
        "rows": [["2024-01-01", "Sale", "A1", "W", "3"], ["2024-01-02", "Receipt", "A1", "W", "9"]],
    }
    answer = client.post("/api/mappings/suggest/preview?lang=en", json=body).json()
    (found,) = answer["suggestions"]
    assert found["table"] == "movement"
    assert all(column["confidence"] >= 0.9 for column in found["columns"])


def test_a_name_of_the_product_and_one_that_is_not_there(client):
    refused = client.put("/api/mappings/generic-zh", json={"content": "name: x"})
    assert refused.status_code == 422
    assert client.get("/api/mappings/nowhere").status_code == 404


def test_choices_become_a_draft_that_says_what_it_lacks(client):
    tables = client.get("/api/mappings/targets?lang=zh").json()["tables"]
    movement = next(each for each in tables if each["table"] == "movement")
    quantity = next(each for each in movement["columns"] if each["name"] == "quantity")
    told = {"name": "quantity", "label": "数量", "needed": True, "shared": False}
    assert quantity == {**told, "implied_by": None, "words": []}
    columns = [
        {"header": "Tag", "target": "happened_on", "samples": ["2024-01-01"]},
        {"header": "Art", "target": "kind", "samples": ["receipt"]},
        {"header": "Teil", "target": "item", "samples": ["A1"]},
        {"header": "Ort", "target": "location", "samples": ["W"]},
        {"header": "Notiz", "target": None, "samples": ["x"]},
    ]
    body = {"name": "bewegung.csv", "table": "movement", "columns": columns}
    assert client.post("/api/mappings/draft", json=body).json()["missing"] == ["quantity"]
    columns.append({"header": "Menge", "target": "quantity", "samples": ["3"]})
    drawn = client.post("/api/mappings/draft", json=body).json()
    assert drawn["missing"] == []
    mapping = read_mapping(drawn["draft"])
    assert mapping.files[0].tables[0].table == "movement"
    assert "Menge" in drawn["draft"]
