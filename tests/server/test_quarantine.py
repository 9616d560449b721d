"""The quarantine over HTTP: listed, downloaded, sent back and discarded."""

from __future__ import annotations

import io
from decimal import Decimal

import openpyxl
import pytest

from stockturn.intake.load import clean, load_files
from stockturn.intake.mapping_yaml import read_mapping
from stockturn.ledger.tables import ensure
from stockturn.server.app import create_app
from stockturn.workspace import Workspace
from tests.intake.conftest import SMALL, text
from tests.server.serving import client_of

ROWS = ("2024-01-05,采购入库,0001,A,10,1.5", "2024-01-06,采购入库,=2,A,一,1.5")


@pytest.fixture
def client(tmp_path, page):
    root = Workspace.create(tmp_path / "w")
    with Workspace.open(root, kind="server", environ={}) as workspace:
        ensure(workspace.engine)
        clean(workspace)
        path = tmp_path / "流水.csv"
        path.write_text(text(*ROWS), encoding="utf-8")
        load_files(workspace, [path], read_mapping(SMALL), reject_bar=Decimal(1))
        with client_of(create_app(workspace, page=page)) as made:
            yield made


def test_download_correct_send_back(client):
    listed = client.get("/api/quarantine").json()
    assert (listed["waiting"], len(listed["groups"])) == (1, 1)
    assert "应是数字" in listed["groups"][0]["message"]
    rows = client.get("/api/quarantine/rows", params={"load_no": 1, "lang": "en"}).json()["rows"]
    assert rows[0]["values"]["物料编码"] == "=2"
    assert "number" in rows[0]["message"]
    answer = client.get("/api/quarantine/download", params={"load_no": 1})
    assert "quarantine-1.xlsx" in answer.headers["content-disposition"]
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    sheet = book.worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    assert sheet.cell(2, heads.index("物料编码") + 1).data_type == "s"
    sheet.cell(2, heads.index("数量") + 1).value = 4
    stream = io.BytesIO()
    book.save(stream)
    sent = client.post(
        "/api/quarantine/corrections", files={"file": ("改.xlsx", stream.getvalue())}
    ).json()
    assert (sent["rows"], sent["loaded"], sent["still_wrong"]) == (1, 1, 0)
    assert client.get("/api/quarantine").json() == {"waiting": 0, "groups": []}
    every = client.get("/api/quarantine", params={"everything": True}).json()["groups"]
    assert [group["corrected"] for group in every] == [1]


def test_discard_needs_a_reason_and_a_waiting_row(client):
    row = {"load_no": 1, "file_no": 0, "sheet": None, "row_no": 3}
    body = {"rows": [row], "actor": "李", "reason": ""}
    assert client.post("/api/quarantine/discards", json=body).json()["code"] == "unsigned_decision"
    body["reason"] = "试用"
    assert client.post("/api/quarantine/discards", json=body).json()["rows"] == 1
    again = client.post("/api/quarantine/discards", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "not_waiting")
    none = client.post("/api/quarantine/1/replay", json={"mapping": "generic-zh"})
    assert (none.status_code, none.json()["code"]) == (409, "nothing_waits")


def test_what_is_no_workbook_is_refused_in_words(client):
    answer = client.post("/api/quarantine/corrections", files={"file": ("x.xlsx", b"nothing")})
    assert answer.status_code == 422
    assert answer.json()["code"] == "file_held"
