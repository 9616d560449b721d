"""``runs`` and ``schedule``: the same from the app database and through a running server."""

import io
import json
from contextlib import contextmanager

import pytest

from stockturn.intake import uploads
from stockturn.ledger import tables
from stockturn.server.app import create_app
from stockturn.server.observe import Observer
from stockturn.server.working import make_runner
from stockturn.workspace import Workspace
from tests.cli.running import run, write_movements
from tests.server.serving import serve

TOKEN = "t" * 40
HEAD = "日期,业务类型,物料编码,仓库编码,数量,单价"


@pytest.fixture
def folder(tmp_path):
    return Workspace.create(tmp_path / "shop", {"publish": False})


@contextmanager
def alone(_folder):
    yield


@contextmanager
def served(folder):
    with (
        Workspace.open(folder, kind="server", environ={}) as workspace,
        serve(create_app(workspace)) as address,
    ):
        workspace.announce(int(address.rpartition(":")[2]), TOKEN)
        yield


def held_run(folder):
    """Plan and work off a load whose one row is wrong; nobody serves the workspace."""
    with Workspace.open(folder, kind="server", environ={}) as workspace:
        tables.ensure(workspace.engine)
        token = uploads.begin(workspace)
        content = io.BytesIO(f"{HEAD}\n2024-01-01,采购入库,A,S,一,2\n".encode())
        uploads.write(workspace, token, uploads.FILES, "流水.csv", content)
        runner = make_runner(workspace, Observer())
        params = {"upload": token, "mapping": "generic-zh", "subject": "流水.csv"}
        run = runner.queue.add("load", params, runner.clock())
        runner.step()
        assert runner.look(run.id).state == "held"
        return run.id


@pytest.mark.parametrize("owned", [alone, served])
def test_a_held_run_is_answered(folder, owned):
    number = held_run(folder)
    where = ("--workspace", folder)
    with owned(folder):
        wrong = run("runs", "answer", number, "replace", *where, "--lang", "en")
        assert (wrong.returncode, "again, discard" in wrong.stderr) == (2, True)
        kept = run("runs", "answer", number, "keep_rates", "--by", "王", "--reason", "x", *where)
        assert kept.returncode == 2
        given = run("runs", "answer", number, "discard", *where, "--lang", "en")
        assert (given.returncode, given.stdout) == (0, f"Run {number}: cancelled.\n")
        late = run("runs", "answer", number, "again", *where, "--lang", "en")
        assert (late.returncode, "somebody may have given it" in late.stderr) == (1, True)


@pytest.mark.parametrize("owned", [alone, served])
def test_schedules_are_added_listed_paused_and_removed(folder, owned):
    with owned(folder):
        where = ("--workspace", folder)
        added = run(
            "schedule",
            "add",
            "夜间发布",
            "--job",
            "publish",
            "--daily",
            "02:30",
            *where,
            "--format",
            "json",
        )
        assert added.returncode == 0, added.stderr
        number = json.loads(added.stdout)["id"]
        listed = run("schedule", "list", *where)
        assert "夜间发布" in listed.stdout
        assert "daily 02:30" in listed.stdout
        assert "已暂停" in run("schedule", "pause", number, *where).stdout
        assert "已暂停" not in run("schedule", "resume", number, *where).stdout
        assert run("schedule", "remove", number, *where).returncode == 0
        assert json.loads(run("schedule", "list", "--format", "json", *where).stdout) == {
            "schedules": []
        }
        again = run("schedule", "remove", number, *where)
        assert (again.returncode, "schedule_missing" in again.stderr) == (2, True)


def test_what_is_wrong_with_a_schedule_is_said(folder):
    where = ("--workspace", folder)
    neither = run("schedule", "add", "n", "--job", "publish", *where)
    assert (neither.returncode, "--daily" in neither.stderr) == (2, True)
    broken = run("schedule", "add", "n", "--job", "publish", "--cron", "x", *where)
    assert "trigger_invalid" in broken.stderr
    unknown = run("schedule", "add", "n", "--job", "none", "--every", 5, *where)
    assert "job_kind_unknown" in unknown.stderr
    params = run("schedule", "add", "n", "--job", "publish", "--every", 5, "--params", "3", *where)
    assert params.returncode == 2


def test_runs_through_a_server_are_listed_and_shown(folder, tmp_path):
    file = write_movements(tmp_path / "出入库流水.csv", rows=30, seed=1)
    where = ("--workspace", folder)
    assert "没有运行记录" in run("runs", "list", *where).stdout
    with served(folder):
        trial = run("load", file, "--mapping", "generic-zh", "--trial", *where)
        assert (trial.returncode, "试导入" in trial.stdout) == (0, True)
        loaded = run("load", file, "--mapping", "generic-zh", *where, "--format", "json")
        assert json.loads(loaded.stdout)["load_no"] == 1
        listed = run("runs", "list", "--state", "succeeded", *where).stdout
        assert listed.count("出入库流水.csv (generic-zh)") == 2
        assert run("runs", "cancel", 99, *where).returncode == 2
    shown = run("runs", "show", 2, *where)
    assert "已完成" in shown.stdout
    assert "第 1 次导入" in shown.stdout
    tree = json.loads(run("runs", "show", 1, "--format", "json", *where).stdout)
    assert (tree["trial"], tree["report"]["trial"]) == (True, True)
