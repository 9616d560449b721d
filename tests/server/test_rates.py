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
