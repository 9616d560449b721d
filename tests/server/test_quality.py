"""Quality over HTTP: results, trend, and rules made without code."""

from __future__ import annotations

RULE = {
    "key": "no_huge_receipts",
    "title": {"zh": "入库不超过 1000", "en": "Receipts of at most 1000"},
    "kind": "range",
    "columns": ["quantity"],
    "where": {"kind": ["receipt"]},
    "high": "1000",
}


def test_without_data_nothing_was_checked(empty_client):
    assert empty_client.get("/api/quality").json() == {"score": None, "results": []}
    found = empty_client.get("/api/quality/trend", params={"rule": "cost_known"}).json()
    assert found == {"results": []}


def test_a_rule_is_saved_versioned_and_switched_off(empty_client):
    saved = empty_client.post("/api/quality/rules", json=RULE).json()
    assert (saved["version"], saved["high"]) == (1, "1000")
    assert empty_client.post("/api/quality/rules", json=RULE).json()["version"] == 2
    rules = empty_client.get("/api/quality/rules").json()["rules"]
    assert {"no_huge_receipts", "cost_known"} <= {rule["key"] for rule in rules}
    assert empty_client.delete("/api/quality/rules/no_huge_receipts").status_code == 204
    rules = empty_client.get("/api/quality/rules").json()["rules"]
    assert "no_huge_receipts" not in {rule["key"] for rule in rules}


def test_a_rule_that_names_a_column_that_is_not_there_is_refused(empty_client):
    answer = empty_client.post("/api/quality/rules", json={**RULE, "columns": ["password"]})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_rule")


def test_a_rule_may_name_the_tables_that_are_listed(empty_client):
    tables = empty_client.get("/api/quality/tables").json()["tables"]
    movement = next(table for table in tables if table["name"] == "movement")
    assert {"happened_on", "quantity"} <= set(movement["columns"])
    assert "quantity" in movement["numbers"]
    assert not {"load_no", "row_no", "item_id"} & set(movement["numbers"])
    rule = {**RULE, "columns": [movement["numbers"][0]]}
    assert empty_client.post("/api/quality/rules", json=rule).status_code == 200
