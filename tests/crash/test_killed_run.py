"""kill -9 of a real server while a scheduled job runs: nothing is lost, nothing is done twice."""

import signal
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from stockturn.intake.load import clean, load_files
from stockturn.jobs.queue import Queue
from stockturn.jobs.schedules import Schedules
from stockturn.ledger import fingerprint, loads, tables
from stockturn.workspace import Workspace, current_owner
from tests.cli.running import PROGRAM, run_apart, start, write_movements

# A kind of work that loads a folder; told to, the load stops at a named point for good.
SERVER = """
import importlib, pathlib, time
from stockturn.intake.load import load_files
from stockturn.jobs.run import Done, Handler
from stockturn.language import Text
from stockturn.server import working
if "{target}":
    module, _, name = "{target}".rpartition(".")
    module = importlib.import_module(module)
    real_point = getattr(module, name)
    def stalling(*arguments, **named):
        pathlib.Path("{mark}").touch()
        time.sleep(600)
    setattr(module, name, stalling)
real = working.handlers
def handlers(workspace):
    def drop(params, task):
        report = load_files(workspace, [pathlib.Path(params["file"])], "generic-zh", progress=task)
        return Done({{"load_no": report.load_no, "status": report.status}})
    return {{**real(workspace), "drop": Handler(drop, Text("取文件", "drop"))}}
working.handlers = handlers
"""


def until(condition, seconds=120):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.1)
    return found


def serving(folder, target, mark):
    program = SERVER.format(target=target, mark=mark) + PROGRAM
    return start("serve", "--port", 0, "--no-browser", "--workspace", folder, program=program)


def runs_of(folder):
    """The runs as another process sees them in the app database."""
    with sqlite3.connect(folder / "app.db") as connection:
        query = "SELECT state, attempt FROM job_run WHERE kind = 'drop' ORDER BY id"
        return connection.execute(query).fetchall()


def content(folder):
    with Workspace.open(folder, environ={}, wait_seconds=20) as workspace:
        tables.ensure(workspace.engine)
        clean(workspace)
        history = [load.rows_loaded for load in loads.history(workspace.engine)]
        return history, fingerprint.content_hash(workspace.engine)


@pytest.mark.parametrize(
    "target",
    [
        pytest.param("stockturn.intake.staging.run_limited", marks=pytest.mark.soak),
        "stockturn.ledger.moments.grow",
        pytest.param("stockturn.intake.received.finish", marks=pytest.mark.soak),
    ],
)
def test_a_killed_server_finishes_its_scheduled_run_after_restart(tmp_path, target):
    file = write_movements(tmp_path / "出入库流水.csv", rows=200, seed=3)
    folder = Workspace.create(tmp_path / "shop", {"publish": False})
    plain = Workspace.create(tmp_path / "plain", {"publish": False})
    with Workspace.open(plain, environ={}) as workspace:
        tables.ensure(workspace.engine)
        assert load_files(workspace, [file], "generic-zh").status == "loaded"
    with Workspace.open(folder, environ={}) as workspace:
        yesterday = datetime.now(UTC) - timedelta(days=2)
        plan = Schedules(workspace.app_db, ZoneInfo("Asia/Shanghai"))
        trigger = {"every_minutes": 1440}
        plan.add("每日", "drop", {"file": str(file)}, trigger, yesterday)
    mark = tmp_path / "stalled"
    first = serving(folder, target, mark)
    try:
        until(mark.exists)
        assert current_owner(folder).pid == first.pid
        second = run_apart("serve", "--port", 0, "--no-browser", "--workspace", folder)
        assert second.returncode != 0
        assert "workspace_busy" in second.stderr
        assert runs_of(folder) == [("running", 1)]
    finally:
        first.kill()
        first.communicate()
    again = serving(folder, "", "")
    try:
        until(lambda: runs_of(folder)[0][0] not in {"queued", "running"})
    finally:
        again.send_signal(signal.SIGTERM)
        said = again.communicate(timeout=60)[0]
    assert runs_of(folder) == [("succeeded", 2)], said
    with Workspace.open(folder, environ={}, wait_seconds=20) as workspace:
        (run,) = Queue(workspace.app_db).find(kinds=["drop"])
        assert [each["code"] for each in run.attempts] == ["killed", None]
    assert content(folder) == content(plain)
