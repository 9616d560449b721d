"""Converted amounts keep their rate by a signed-in person with a reason."""

from __future__ import annotations

import pytest

from stockturn.server.app import create_app
from stockturn.workspace import Workspace
from tests.server import company
from tests.server.serving import client_of


@pytest.fixture
def client(tmp_path, page):
    path = Workspace.create(tmp_path / "w")
    with Workspace.open(path, kind="server", environ={}) as workspace:
        company.fill(workspace)
        with client_of(create_app(workspace, page=page)) as opened:
            yield opened


def test_keeping_rates_is_a_load_with_a_name_and_a_reason(client):
    unsigned = client.post("/api/rates/keep", json={"reason": " "})
    assert unsigned.json()["code"] == "unsigned_decision"
    kept = client.post("/api/rates/keep", json={"reason": "银行更正"})
    assert kept.json() == {"load_no": 2}
    (line,) = client.get("/api/audit", params={"action": "keep_rates", "result": "done"}).json()[
        "lines"
    ]
    assert (line["object_id"], line["details"]["reason"]) == ("2", "银行更正")


def test_keeping_rates_is_taken_back_once_with_a_name_and_a_reason(client):
    client.post("/api/rates/keep", json={"reason": "银行更正"})
    unsigned = client.post("/api/rates/kept/2/undo", json={"reason": " "})
    assert unsigned.json()["code"] == "unsigned_decision"
    assert client.post("/api/rates/kept/2/undo", json={"reason": "审计要求"}).json() == {
        "load_no": 3
    }
    again = client.post("/api/rates/kept/2/undo", json={"reason": "审计要求"})
    assert (again.status_code, again.json()["code"]) == (409, "rates_not_kept")
    listed = client.get("/api/rates/kept").json()["kept"]
    shown = [(each["load_no"], each["of_load"], each["stands"]) for each in listed]
    assert shown == [(3, 2, False), (2, None, False)]
    (line,) = client.get(
        "/api/audit", params={"action": "undo_keep_rates", "result": "done"}
    ).json()["lines"]
    assert (line["object_id"], line["details"]["reason"]) == ("2", "审计要求")
