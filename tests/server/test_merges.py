"""Items are merged and split by a signed-in person with a reason, and the audit tells it."""

from __future__ import annotations

import pytest

from stockturn.server.app import create_app
from stockturn.workspace import Workspace
from tests.server import company
from tests.server.serving import client_of

QUESTION = {
    "measures": ["closing_quantity"],
    "by": ["item"],
    "period": {"begin": "2013-01-01", "end": "2014-01-01"},
}


@pytest.fixture
def client(tmp_path, page):
    path = Workspace.create(tmp_path / "w")
    with Workspace.open(path, kind="server", environ={}) as workspace:
        company.fill(workspace)
        with client_of(create_app(workspace, page=page)) as opened:
            yield opened


def asked(client):
    answer = client.post("/api/query", json=QUESTION)
    assert answer.status_code == 200, answer.text
    tree = answer.json()
    rows = {row["group"][0]: row["values"]["closing_quantity"]["number"] for row in tree["rows"]}
    return rows, tree["totals"][0]["values"]["closing_quantity"]["number"]


def test_a_merge_shows_in_the_next_answer_and_its_undoing_too(client):
    before, total = asked(client)
    wanted = {"item": "B2", "into": "B1", "valid_from": "2013-06-01", "reason": "改码"}
    client.post("/api/merges/merge", json=wanted).raise_for_status()
    merged, total_after = asked(client)
    assert total_after == total
    assert "B2" not in merged
    assert float(merged["B1"]) == float(before["B1"]) + float(before["B2"])
    (line,) = client.get("/api/merges").json()["merges"]
    assert (line["item"], line["into_item"], line["into_name"]) == ("B2", "B1", "电机")
    assert line["stands"] is True
    assert line["actor"].startswith("owner-")
    client.post("/api/merges/split", json={"item": "B2", "reason": "改错了"}).raise_for_status()
    assert asked(client) == (before, total)
    newest, first = client.get("/api/merges").json()["merges"]
    assert (newest["undone"], first["stands"]) == (True, False)
    done = client.get("/api/audit", params={"object_id": "B2"}).json()["lines"]
    assert [each["action"] for each in done] == ["split_items", "merge_items"]


def test_a_merge_is_looked_at_first(client):
    shown = client.get("/api/merges/preview", params={"item": "B2", "into": "B1"}).json()
    rows, _ = asked(client)
    for side, code in (("item", "B2"), ("into", "B1")):
        held = shown[side]
        assert (held["item"], float(held["quantity"])) == (code, float(rows[code]))
        assert held["movements"] > 0
        assert float(held["value"]) > 0
    together = shown["together"]
    assert float(together["quantity"]) == float(rows["B1"]) + float(rows["B2"])
    assert together["item"] == "B1"
    wrong = client.get("/api/merges/preview", params={"item": "B2", "into": "B2"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "wrong_merge")
    assert client.get("/api/merges").json()["merges"] == []


def test_a_merge_that_cannot_be_or_has_no_reason_is_refused_in_words(client):
    for body in ({"item": "B2", "into": "X", "reason": "改码"}, {"item": "B2", "reason": "改码"}):
        refused = client.post("/api/merges/merge", json=body)
        assert (refused.status_code, refused.json()["code"]) == (422, "wrong_merge")
    unsigned = client.post("/api/merges/merge", json={"item": "B2", "into": "B1", "reason": " "})
    assert unsigned.json()["code"] == "unsigned_decision"
    assert client.get("/api/merges").json()["merges"] == []
