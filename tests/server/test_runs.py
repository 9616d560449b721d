"""Uploads become runs; runs are followed, cancelled and reported over the real API."""

import io
import json
import time
from datetime import UTC, datetime

import openpyxl
import pytest

from stockturn.jobs.run import Done, Handler
from stockturn.language import Text
from stockturn.ledger import loads
from stockturn.server import guard, working
from stockturn.server.app import create_app
from tests.server.serving import client_of

MOVEMENTS = """日期,业务类型,物料编码,仓库编码,数量,单价
2024-01-01,期初,A,S,10,5
2024-01-02,采购入库,A,S,4,5
2024-01-03,销售出库,A,S,6,5
=1+1,销售出库,A,S,6,5
合计,,,,26,
"""
OWN = {"mapping": (None, "generic-zh")}


@pytest.fixture
def scene(workspace_of, page):
    with workspace_of() as workspace, client_of(create_app(workspace, page=page)) as client:
        yield workspace, client


@pytest.fixture
def slow(monkeypatch):
    """A kind of work that goes on until it is cancelled."""

    def work(_params, task):
        while True:
            task(Text("读取", "Reading"), 5, 10)
            time.sleep(0.01)

    real = working.handlers

    def more(workspace):
        return {**real(workspace), "slow": Handler(work, Text("慢", "slow"))}

    monkeypatch.setattr(working, "handlers", more)


def upload(client, text=MOVEMENTS, name="流水.csv", **fields):
    parts = {"mapping": "generic-zh", **fields}
    files = {"files": (name, text.encode())}
    headers = {}
    if key := parts.pop("key", None):
        headers["idempotency-key"] = key
    return client.post("/api/uploads", files=files, data=parts, headers=headers)


def ended(client, run):
    deadline = time.monotonic() + 180
    while run["state"] in {"queued", "running"}:
        assert time.monotonic() < deadline
        time.sleep(0.05)
        run = client.get(f"/api/runs/{run['id']}").json()
    return run


def test_an_upload_is_loaded_by_a_run_with_its_report(scene):
    workspace, client = scene
    answer = upload(client, MOVEMENTS.replace("=1+1", "2024-01-03"))
    assert answer.status_code == 202
    run = ended(client, answer.json())
    assert (run["state"], run["load_no"], run["trial"]) == ("succeeded", 1, False)
    assert run["subject"] == "流水.csv (generic-zh)"
    assert run["report"]["rows_loaded"] == 4
    assert run["message"] == run["report"]["message"]
    assert loads.last_load(workspace.engine) == 1
    listed = client.get("/api/runs", params={"kind": "load", "state": "succeeded"}).json()
    assert [each["id"] for each in listed["runs"]] == [run["id"]]
    assert client.get("/api/runs", params={"state": "failed"}).json() == {"runs": []}
    metrics = client.get("/metrics").text
    assert 'stockturn_runs_total{kind="load",state="succeeded"} 1.0' in metrics


def test_a_held_upload_waits_with_its_reasons_and_its_bytes(scene):
    workspace, client = scene
    run = ended(client, upload(client).json())
    assert (run["state"], run["code"]) == ("held", "load_held")
    assert run["report"]["rejects"][0]["value"] == "=1+1"
    assert len(list((workspace.root / "uploads").iterdir())) == 1


def test_a_trial_changes_nothing(scene):
    workspace, client = scene
    text = MOVEMENTS.replace("=1+1", "2024-01-04")
    run = ended(client, upload(client, text, trial="true").json())
    assert (run["state"], run["trial"], run["load_no"]) == ("succeeded", True, None)
    assert run["report"]["trial"] is True
    assert "试导入" in run["message"]
    assert loads.last_load(workspace.engine) == 0


def test_a_name_never_leads_out_of_its_folder(scene):
    workspace, client = scene
    text = MOVEMENTS.replace("=1+1", "2024-01-03")
    run = ended(client, upload(client, text, name="../../../etc/流水.csv").json())
    assert run["report"]["files"][0]["name"] == "流水.csv"
    assert not (workspace.root.parent / "etc").exists()


def test_one_key_is_one_run(scene):
    _, client = scene
    first = upload(client, key="k1").json()
    again = upload(client, key="k1").json()
    assert again["id"] == first["id"]
    ended(client, first)


def test_an_unknown_mapping_is_refused_at_once(scene):
    workspace, client = scene
    answer = upload(client, mapping="nothing")
    assert answer.status_code == 422
    assert not list((workspace.root / "uploads").iterdir())


def test_an_upload_beyond_the_limit_is_refused(scene, monkeypatch):
    _, client = scene
    monkeypatch.setitem(guard.UPLOAD_LIMITS, "/api/uploads", 1000)
    answer = upload(client, "x" * 2000)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_a_report_is_handed_on_as_a_workbook_whose_cells_are_text(scene):
    _, client = scene
    run = ended(client, upload(client).json())
    answer = client.get(f"/api/runs/{run['id']}/report")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["摘要", "文件", "原因", "拒收行", "提示"]
    cell = next(c for row in book["拒收行"] for c in row if c.value == "=1+1")
    assert cell.data_type == "s"
    counts = {row[0].value: row[1].value for row in book["摘要"]}
    assert counts["读入行数"] == counts["入账"] + counts["拒收"] + counts["忽略"]


def test_a_report_page_escapes_what_files_hold(scene):
    _, client = scene
    text = MOVEMENTS.replace("=1+1", "<script>alert(1)</script>")
    run = ended(client, upload(client, text).json())
    path = f"/api/runs/{run['id']}/report"
    page = client.get(path, params={"format": "html", "lang": "en"}).text
    assert "Load report" in page
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_what_is_not_there_is_said(scene, slow):
    _, client = scene
    missing = client.get("/api/runs/99")
    assert (missing.status_code, missing.json()["code"]) == (404, "run_missing")
    assert client.get("/api/runs/99/events").status_code == 404


def test_a_run_is_followed_and_cancelled(workspace_of, page, slow):
    with workspace_of() as workspace:
        app = create_app(workspace, page=page)
        with client_of(app) as client:
            run = app.state.desk.runner.submit("slow", {})
            events = []
            with client.stream("GET", f"/api/runs/{run.id}/events") as stream:
                assert stream.headers["content-type"].startswith("text/event-stream")
                for line in stream.iter_lines():
                    if line.startswith("event: "):
                        events.append(line.removeprefix("event: "))
                    if line.startswith("data: "):
                        shape = json.loads(line.removeprefix("data: "))
                        if shape["progress"] and shape["state"] == "running":
                            client.post(f"/api/runs/{run.id}/cancel")
            assert events[-1] == "end"
            assert (shape["state"], shape["cancel_requested"]) == ("cancelled", True)
            no_report = client.get(f"/api/runs/{run.id}/report")
            assert (no_report.status_code, no_report.json()["code"]) == (404, "report_missing")
            again = client.get(f"/api/runs/{run.id}/events")
            assert again.text.startswith("event: end\n")


def test_a_server_that_stops_leaves_running_work_for_the_next(workspace_of, page, slow):
    with workspace_of() as workspace:
        app = create_app(workspace, page=page)
        with client_of(app):
            run = app.state.desk.runner.submit("slow", {})
            deadline = time.monotonic() + 10
            while app.state.desk.runner.look(run.id).progress is None:
                assert time.monotonic() < deadline
                time.sleep(0.02)
        left = app.state.desk.runner.look(run.id)
        assert (left.state, left.error_code) == ("queued", "stopped")


def test_schedules_over_the_api(workspace_of, page, monkeypatch):
    ran = []

    def work(params, task):
        ran.append((params, task.run.schedule_id))
        return Done()

    real = working.handlers
    monkeypatch.setattr(
        working, "handlers", lambda w: {**real(w), "note": Handler(work, Text("记", "note"))}
    )
    with workspace_of() as workspace, client_of(create_app(workspace, page=page)) as client:
        new = {"name": "每晚", "kind": "note", "params": {"n": 1}, "trigger": {"daily": "02:30"}}
        added = client.post("/api/schedules", json=new).json()
        assert added["trigger"] == {"daily": "02:30"}
        assert datetime.fromisoformat(added["next_at"]) > datetime.now(UTC)
        assert client.get("/api/schedules").json()["schedules"] == [added]
        path = f"/api/schedules/{added['id']}"
        run = client.post(f"/api/schedules/{added['id']}/run").json()
        assert ended(client, run)["state"] == "succeeded"
        assert ran == [({"n": 1}, None)]
        paused = client.patch(f"/api/schedules/{added['id']}", json={"enabled": False}).json()
        assert (paused["enabled"], paused["next_at"]) == (False, None)
        minutes = {"trigger": {"every_minutes": 5}}
        assert client.patch(path, json=minutes).json()["trigger"] == {"every_minutes": 5}
        refused = client.post("/api/schedules", json={**new, "name": "x", "kind": "none"})
        assert (refused.status_code, refused.json()["code"]) == (422, "job_kind_unknown")
        broken = client.post("/api/schedules", json={**new, "trigger": {"cron": "x"}})
        assert (broken.status_code, broken.json()["code"]) == (422, "trigger_invalid")
        assert client.delete(f"/api/schedules/{added['id']}").status_code == 204
        assert client.get("/api/schedules").json() == {"schedules": []}
