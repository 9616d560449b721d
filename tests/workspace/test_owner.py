"""One process owns a workspace, and a dead one blocks nobody."""

import json
import os
import signal
import stat
import subprocess
import sys
import time

import pytest

from stockturn.workspace import Workspace, WorkspaceBusy, current_owner

HOLD = """
import sys, time
from pathlib import Path
from stockturn.workspace import Workspace
workspace = Workspace.open(Path(sys.argv[1]), kind=sys.argv[2])
if sys.argv[2] == "server":
    workspace.announce(4321, "secret")
print("open", flush=True)
time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path):
    return Workspace.create(tmp_path / "shop", {"company": "示例公司"})


def hold(folder, kind):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder), kind], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "open\n"
    return process


def test_second_owner_is_told_who_holds_the_workspace(folder):
    process = hold(folder, "cli")
    try:
        with pytest.raises(WorkspaceBusy) as busy:
            Workspace.open(folder, wait_seconds=0.1)
    finally:
        process.kill()
        process.wait()
    assert str(process.pid) in busy.value.message.zh
    assert str(process.pid) in busy.value.message.en
    assert busy.value.owner.kind == "cli"


def test_killed_owner_blocks_nobody(folder):
    process = hold(folder, "server")
    assert current_owner(folder).port == 4321
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert (folder / "owner.json").exists()
    assert current_owner(folder) is None
    with Workspace.open(folder, wait_seconds=0) as workspace:
        assert workspace.owner.pid == os.getpid()


def test_short_command_is_waited_for(folder):
    first = Workspace.open(folder)
    started = time.monotonic()
    with pytest.raises(WorkspaceBusy):
        Workspace.open(folder, wait_seconds=0.3)
    assert time.monotonic() - started >= 0.3
    first.close()
    Workspace.open(folder, wait_seconds=0).close()


def test_listening_server_is_not_waited_for(folder):
    with Workspace.open(folder, kind="server") as server:
        server.announce(1234, "secret")
        started = time.monotonic()
        with pytest.raises(WorkspaceBusy) as busy:
            Workspace.open(folder, wait_seconds=30)
        assert time.monotonic() - started < 5
    assert busy.value.owner.token == "secret"


def test_owner_record_is_for_its_user_alone_and_goes_with_its_owner(folder):
    with Workspace.open(folder, kind="server") as server:
        server.announce(1234, "secret")
        record = folder / "owner.json"
        assert stat.S_IMODE(record.stat().st_mode) == 0o600
        assert json.loads(record.read_text())["port"] == 1234
    assert not record.exists()
    assert current_owner(folder) is None


def test_forked_child_does_not_keep_the_workspace(folder):
    workspace = Workspace.open(folder)
    ready_reader, ready_writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(ready_writer, b"x")
        time.sleep(60)
        os._exit(0)
    try:
        os.read(ready_reader, 1)
        workspace.close()
        Workspace.open(folder, wait_seconds=0).close()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
