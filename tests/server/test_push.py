"""Pushing over HTTP: acknowledged at once, on the board within seconds, lost by no kill."""

import gzip
import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from stockturn.accounts.tables import TOKENS
from stockturn.intake.load import clean
from stockturn.ledger.tables import ensure, table
from stockturn.server.app import create_app
from stockturn.workspace import Workspace
from tests.intake.push.conftest import SECRET, prepare
from tests.server.serving import client_of, cookies_of

ONE = {
    "日期": "2024-01-05",
    "业务类型": "采购入库",
    "物料编码": "0001",
    "仓库": "A",
    "数量": 10,
    "单价": 2,
}
SOON = 60

SERVER = """
import sys
from pathlib import Path
import uvicorn
from stockturn.server.app import create_app
from stockturn.workspace import Workspace

with Workspace.open(Path(sys.argv[1]), kind="server", environ={}) as workspace:
    app = create_app(workspace)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None))
    start = server.startup
    async def started(sockets=None):
        await start(sockets=sockets)
        print(server.servers[0].sockets[0].getsockname()[1], flush=True)
    server.startup = started
    server.run()
"""


def body(*rows):
    return json.dumps(list(rows), ensure_ascii=False).encode()


def movements(workspace):
    rows = workspace.engine.query(
        lambda: table("movement").order_by("movement_id"), shape="test_movements"
    )
    return sorted(int(r["quantity"]) for r in rows.to_pylist())


@pytest.fixture
def shop(workspace_of, page):
    with workspace_of() as workspace:
        workspace.packs.mkdir(exist_ok=True)
        prepare(workspace)
        with client_of(create_app(workspace, page=page)) as client:
            yield workspace, client


def push(client, key, content, **headers):
    headers = {"Idempotency-Key": key} | headers
    return client.post("/api/push/shop", content=content, headers=headers)


def test_a_pushed_movement_stands_on_the_board_within_a_minute(shop, record_property):
    _, client = shop
    began = time.monotonic()
    answer = push(client, "1", body(ONE))
    acknowledged = time.monotonic() - began
    assert answer.status_code == 202
    assert answer.json()["rows"] == 1
    while time.monotonic() - began < SOON:
        shown = client.get("/api/overview")
        if shown.status_code == 200:
            break
        time.sleep(0.1)
    seen = time.monotonic() - began
    figures = {
        each["measure"]: each["value"] for each in client.get("/api/overview").json()["figures"]
    }
    assert float(figures["closing_inventory"]) == 20
    assert seen < SOON
    print(f"acknowledged after {acknowledged:.3f} s, on the board after {seen:.2f} s")
    run = client.get(f"/api/runs/{answer.json()['run_id']}").json()
    assert run["state"] == "succeeded"


def test_repeats_and_mistakes(shop):
    _, client = shop
    first = push(client, "1", body(ONE))
    again = push(client, "1", body(ONE))
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    other = push(client, "1", body(ONE, ONE))
    assert (other.status_code, other.json()["code"]) == (409, "push_key_taken")
    missing = client.post("/api/push/shop", content=body(ONE))
    assert (missing.status_code, missing.json()["code"]) == (422, "push_key_missing")
    assert push(client, "2", b"[1]").json()["code"] == "push_body_bad"
    unknown = client.post("/api/push/none", content=b"{}", headers={"Idempotency-Key": "1"})
    assert unknown.status_code == 404
    assert push(client, "3", b" " * 3_000_000).status_code == 413


def test_a_webhook_is_taken_by_its_signature(shop):
    _, client = shop
    content = body(ONE)
    signature = hmac.new(SECRET.encode(), content, hashlib.sha256).hexdigest()
    headers = {"X-Signature-256": f"sha256={signature}", "Idempotency-Key": "9"}
    assert client.post("/api/webhooks/shop", content=content, headers=headers).status_code == 202
    headers["X-Signature-256"] = "0" * 64
    refused = client.post("/api/webhooks/shop", content=content, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (401, "push_signature_bad")


def test_a_replayed_webhook_and_a_compressed_one_are_refused(shop):
    _, client = shop
    content = body(ONE)
    signature = hmac.new(SECRET.encode(), content, hashlib.sha256).hexdigest()
    headers = {"X-Signature-256": signature, "Idempotency-Key": "9"}
    assert client.post("/api/webhooks/shop", content=content, headers=headers).status_code == 202
    headers["Idempotency-Key"] = "10"
    again = client.post("/api/webhooks/shop", content=content, headers=headers)
    assert (again.status_code, again.json()["code"]) == (409, "push_replayed")
    bomb = gzip.compress(b" " * 50_000_000)
    for address in ("push", "webhooks"):
        answer = client.post(
            f"/api/{address}/shop",
            content=bomb,
            headers={"Content-Encoding": "gzip", "Idempotency-Key": "11"},
        )
        assert (answer.status_code, answer.json()["code"]) == (415, "push_body_encoded")


@pytest.mark.parametrize(
    "record", ['{"a": "\\ud800"}', '{"a": ' + "[" * 900 + "]" * 900 + "}", "{}"]
)
def test_what_is_no_record_is_no_fault_of_ours(shop, record):
    _, client = shop
    answer = push(client, "1", record.encode())
    assert (answer.status_code, answer.json()["code"]) == (422, "push_body_bad")


def test_only_a_living_token_that_may_load_pushes(shop):
    workspace, client = shop
    tokens = {
        verbs: client.post("/api/me/tokens", json={"name": verbs, "verbs": verbs, "days": 1}).json()
        for verbs in ("read", "load")
    }

    def pushed(verbs, key):
        headers = {"Authorization": f"Bearer {tokens[verbs]['key']}", "Idempotency-Key": key}
        with httpx.Client(base_url=client.base_url, timeout=30) as machine:
            return machine.post("/api/push/shop", content=body(ONE), headers=headers)

    assert pushed("load", "1").status_code == 202
    assert pushed("read", "2").status_code == 403
    with workspace.app_db.write() as connection:
        past = datetime.now(UTC) - timedelta(seconds=1)
        connection.execute(sa.update(TOKENS).values(expires_at=past))
    assert pushed("load", "3").status_code == 401
    with workspace.app_db.write() as connection:
        later = datetime.now(UTC) + timedelta(days=1)
        connection.execute(sa.update(TOKENS).values(expires_at=later))
    assert pushed("load", "4").status_code == 202
    client.delete(f"/api/me/tokens/{tokens['load']['token']['token_id']}")
    assert pushed("load", "5").status_code == 401


def settled(client, run_id):
    deadline = time.monotonic() + SOON
    while (run := client.get(f"/api/runs/{run_id}").json())["state"] in {"queued", "running"}:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return run


def test_a_held_message_is_seen_tried_again_and_given_up(shop):
    workspace, client = shop
    held = push(client, "bad", body(ONE | {"数量": "十"}))
    assert push(client, "good", body(ONE)).json()["run_id"] == held.json()["run_id"]
    run = settled(client, held.json()["run_id"])
    assert (run["state"], run["subject"]) == ("held", "shop")
    assert run["answers"] == ["again", "discard"]
    (message,) = client.get(f"/api/runs/{run['id']}/messages").json()["messages"]
    assert (message["key"], message["rows"]) == ("bad", 1)
    assert json.loads(message["content"])["数量"] == "十"
    assert movements(workspace) == [10]

    def say(what):
        return client.post(f"/api/runs/{run['id']}/answer", json={"answer": what})

    # Nothing has changed, so the same message is held by the same run; the good one stays.
    assert say("again").status_code == 200
    assert settled(client, run["id"])["state"] == "held"
    small = workspace.packs / "small.yaml"
    was = small.read_text(encoding="utf-8")
    small.write_text(was + "reject_bar: 1\n", encoding="utf-8")
    assert say("again").status_code == 200
    done = settled(client, run["id"])
    assert (done["state"], done["report"]["rows_rejected"]) == ("succeeded", 1)
    assert client.get(f"/api/runs/{run['id']}/messages").json()["messages"] == []
    small.write_text(was, encoding="utf-8")

    run = settled(client, push(client, "worse", body(ONE | {"数量": "廿"})).json()["run_id"])
    assert say("discard").json()["state"] == "cancelled"
    again = push(client, "worse", body(ONE | {"数量": "廿"}))
    assert again.json()["run_id"] == run["id"], "a repeat of what was given up changes nothing"
    assert movements(workspace) == [10]


def client_at(child, cookies):
    return httpx.Client(base_url=f"http://127.0.0.1:{port(child)}", timeout=30, cookies=cookies)


def test_a_kill_after_the_acknowledgement_loses_nothing(tmp_path):
    root = Workspace.create(tmp_path / "w")
    with Workspace.open(root, kind="server", environ={}) as workspace:
        workspace.packs.mkdir(exist_ok=True)
        prepare(workspace)
        cookies = cookies_of(create_app(workspace), "owner")
    acknowledged = set()
    # Killed at once, while the window is open, and while the load goes on.
    for turn, pause in enumerate((0.0, 1.0, 2.2)):
        child = started(root)
        with child, client_at(child, cookies) as client:
            for number in range(turn * 3 + 1, turn * 3 + 4):
                if push(client, f"m{number}", body(ONE | {"数量": number})).status_code == 202:
                    acknowledged.add(number)
            time.sleep(pause)
            os.kill(child.pid, signal.SIGKILL)
    assert len(acknowledged) == 9
    child = started(root)
    with child, client_at(child, cookies) as client:
        for number in acknowledged:  # who heard nothing sends again
            again = push(client, f"m{number}", body(ONE | {"数量": number}))
            assert again.status_code == 202
        deadline = time.monotonic() + SOON
        while time.monotonic() < deadline:
            runs = client.get("/api/runs").json()["runs"]
            if runs and all(run["state"] not in {"queued", "running"} for run in runs):
                break
            time.sleep(0.2)
        child.terminate()
        child.wait(30)
    with Workspace.open(root, kind="server", environ={}) as workspace:
        ensure(workspace.engine)
        clean(workspace)
        assert movements(workspace) == sorted(acknowledged)


def started(root):
    return subprocess.Popen(
        [sys.executable, "-c", SERVER, str(root)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        cwd=Path(__file__).parents[2],
    )


def port(child):
    line = child.stdout.readline()
    assert line.strip(), "the server did not start"
    return int(line)
