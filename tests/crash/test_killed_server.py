"""A server killed at named points between a pushed message and its row: none lost, none twice.

A real server, a real SIGKILL of it, and a sender that repeats what it heard no answer to. One of
the messages is bad, so that the load of all of them is held and halved. Three cells run with the
ordinary tests, all of them with the soak.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import httpx
import pytest

from stockturn.cli.rebuild import rebuild_warehouse
from stockturn.intake.load import clean
from stockturn.intake.push.messages import Messages
from stockturn.ledger.tables import ensure
from stockturn.server.app import create_app
from stockturn.workspace import Workspace
from tests.crash.company import ROOT
from tests.intake.push.conftest import prepare
from tests.server.serving import cookies_of
from tests.server.test_push import ONE, SERVER, body, movements, port, push

POINTS = {
    "accept: bytes kept": ("intake.received:keep", "after"),
    "accept: row committed": ("intake.push.messages:Messages.accept", "after"),
    "accept: run queued": ("intake.push.messages:Messages.plan", "before"),
    "accept: planned": ("intake.push.job:plan_load", "after"),
    "load: begun": ("intake.push.job:_load", "before"),
    "load: staged": ("intake.stage:stage_files", "after"),
    "load: manifest pending": ("intake.received:write_pending", "after"),
    "load: master data": ("ledger.masters:post_masters", "after"),
    "load: committed": ("ledger.moments:compact", "before"),
    "load: before the manifest": ("intake.received:finish", "before"),
    "load: manifest": ("intake.received:finish", "after"),
    "load: before the note": ("intake.push.messages:Messages.settle", "before"),
    "load: noted": ("intake.push.messages:Messages.settle", "after"),
}
"""Where the server is killed -> the function and whether it has run."""

SAMPLE = ("load: committed",)
"""Cells of the ordinary run; all others belong to the soak."""

BAD = 4
SENT = {number: ONE | {"数量": "many" if number == BAD else number} for number in range(1, 8)}
GOOD = sorted(set(SENT) - {BAD})
SOON = 180
OWNS = "import os; os.environ['FAULT_OWNER'] = str(os.getpid())"


def cells():
    for point in POINTS:
        yield pytest.param(point, marks=() if point in SAMPLE else pytest.mark.soak)


@pytest.mark.parametrize("point", list(cells()))
def test_what_was_acknowledged_is_loaded_once(tmp_path, note, point):
    root = Workspace.create(tmp_path / "w")
    with Workspace.open(root, kind="server", environ={}) as workspace:
        workspace.packs.mkdir(exist_ok=True)
        prepare(workspace)
        cookies = cookies_of(create_app(workspace), "owner")
    target, when = POINTS[point]
    mark = tmp_path / "struck"
    fault = {"kind": "kill", "target": f"stockturn.{target}", "when": when, "mark": str(mark)}
    with started(root, FAULT=json.dumps(fault)) as struck:
        acknowledged = sent(struck, cookies, SENT)
        assert struck.wait(SOON) == -signal.SIGKILL
    assert mark.exists()
    with started(root) as again:
        heard = sent(again, cookies, sorted(set(SENT) - acknowledged))
        assert acknowledged | heard == set(SENT)
        states = settled(again, cookies)
        repeated = sent(again, cookies, SENT)
        assert repeated == set(SENT)
        assert settled(again, cookies) == states, "a repeat of what is known plans nothing"
        again.terminate()
        again.wait(SOON)
    with Workspace.open(root, kind="server", environ={}, wait_seconds=60) as workspace:
        ensure(workspace.engine)
        clean(workspace)
        assert movements(workspace) == GOOD
        messages = Messages(workspace)
        assert messages.waiting("shop") == []
        assert [held.key for held in messages.waiting("shop", states=["held"])] == [f"m{BAD}"]
        assert list(workspace.staging.glob("push-*")) == []
        assert rebuild_warehouse(workspace, lambda *_: None).differing == ()
    note(point, "kill server", f"{len(acknowledged)} acknowledged", [])


def sent(child, cookies, numbers) -> set[int]:
    """Send messages one after the other; return which the server has acknowledged."""
    heard: set[int] = set()
    address = f"http://127.0.0.1:{child.port}"
    with httpx.Client(base_url=address, timeout=60, cookies=cookies) as client:
        for number in numbers:
            try:
                answer = push(client, f"m{number}", body(SENT[number]))
            except httpx.TransportError:
                break
            assert answer.status_code == 202, answer.text
            heard.add(number)
    return heard


def settled(child, cookies) -> list[tuple[int, str]]:
    """Wait until nothing is queued or at work; return how each load of messages ended."""
    deadline = time.monotonic() + SOON
    address = f"http://127.0.0.1:{child.port}"
    with httpx.Client(base_url=address, timeout=60, cookies=cookies) as client:
        while True:
            runs = client.get("/api/runs").json()["runs"]
            if all(run["state"] not in {"queued", "running"} for run in runs):
                return [(run["id"], run["state"]) for run in runs if run["kind"] == "push"]
            assert time.monotonic() < deadline
            time.sleep(0.3)


class Started(subprocess.Popen[str]):
    """A server, and the port that it has told. It ends with the test, however that ends."""

    port = 0

    def __exit__(self, *raised: object) -> None:
        self.kill()
        super().__exit__(*raised)


def started(root, **changes: str) -> Started:
    """Start a server of a workspace and wait until it listens."""
    paths = [str(ROOT / "tests" / "crash" / "strike"), *filter(None, sys.path)]
    child = Started(
        [sys.executable, "-c", f"{OWNS}\n{SERVER}", str(root)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), **changes},
        cwd=ROOT,
    )
    child.port = port(child)
    return child
