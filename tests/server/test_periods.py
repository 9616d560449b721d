"""Months are closed and reopened by a signed-in person with a reason, and what moved is told."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from stockturn.intake.load import load_files
from stockturn.ledger import tables
from stockturn.server.app import create_app
from stockturn.workspace import Workspace
from tests.server.serving import client_of

HEADER = "日期,业务类型,物料编码,仓库编码,数量,单价\n"


@pytest.fixture
def books(tmp_path: Path, page: Path):
    """A workspace with January and February, the server on it, and a way to load more."""
    path = Workspace.create(tmp_path / "w")
    with Workspace.open(path, kind="server", environ={}) as workspace:
        tables.ensure(workspace.engine)

        def load(name: str, rows: str):
            (tmp_path / name).write_text(HEADER + rows, encoding="utf-8")
            return load_files(workspace, [tmp_path / name], "generic-zh")

        first = load(
            "库存流水-1.csv", "2025-01-05,采购入库,A1,W1,10,5\n2025-02-10,销售出库,A1,W1,4,\n"
        )
        assert first.status == "loaded", first.message
        with client_of(create_app(workspace, page=page)) as client:
            yield client, load


def asked(client: httpx.Client, method: str, path: str, **more: object) -> dict:
    answer = client.request(method, path, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_closed_month_is_changed_by_nobody_until_it_is_reopened_with_a_reason(books):
    client, load = books
    assert client.get("/api/periods").json() == {"closed_through": None, "periods": []}
    wanted = {"month": "2025-01", "reason": "月结"}
    client.post("/api/periods/close", json=wanted).raise_for_status()
    (closed,) = asked(client, "GET", "/api/periods")["periods"]
    assert (closed["version"], closed["state"], closed["reason"]) == (1, "closed", "月结")
    assert closed["actor"].startswith("owner-")
    assert load("库存流水-2.csv", "2025-01-20,采购入库,A1,W1,5,5\n").status == "held"
    again = {"month": "2025-01", "reason": "补录入库单"}
    client.post("/api/periods/reopen", json=again).raise_for_status()
    assert load("库存流水-2.csv", "2025-01-20,采购入库,A1,W1,5,5\n").status == "loaded"
    client.post("/api/periods/close", json=wanted).raise_for_status()
    newest = asked(client, "GET", "/api/periods")["periods"][0]
    assert (newest["version"], newest["state"]) == (2, "closed")
    assert newest["content_hash"] != closed["content_hash"]


def test_a_late_row_tells_which_figures_it_moved(books):
    client, load = books
    report = load("库存流水-2.csv", "2025-01-20,采购入库,A1,W1,5,5\n")
    assert report.status == "loaded", report.message
    moved = client.get(f"/api/loads/{report.load_no}/moved").json()["moved"]
    assert moved
    assert all(each["before"] != each["after"] for each in moved)
