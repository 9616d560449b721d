"""Copying to a database as a job: the connection is one of the workspace's, by its name."""

import sqlite3
from zoneinfo import ZoneInfo

import pytest

from stockturn.intake.load import clean, load_files
from stockturn.intake.publishing.target_job import KIND, publish_to_handler
from stockturn.intake.publishing.targets import mariadb, postgresql
from stockturn.intake.sources.store import Sources
from stockturn.jobs.runner import Runner
from stockturn.ledger.tables import ensure
from stockturn.workspace import Workspace
from tests.intake.publishing.test_targets import FIRST, HEAD, MariaDBPlace, PostgreSQLPlace


@pytest.fixture
def workspace(tmp_path):
    root = Workspace.create(tmp_path / "company")
    with Workspace.open(root, environ={}) as opened:
        ensure(opened.engine)
        clean(opened)
        yield opened


@pytest.fixture
def runner(workspace):
    zone = ZoneInfo("Asia/Shanghai")
    return Runner(workspace.app_db, {KIND: publish_to_handler(workspace)}, zone=zone)


def load(workspace, tmp_path):
    path = tmp_path / "出入库流水.csv"
    path.write_text(HEAD + FIRST, encoding="utf-8")
    assert load_files(workspace, [path], "generic-zh").status == "loaded"


def done(runner, **params):
    runner.submit(KIND, params)
    return runner.step()


def test_a_file_in_published(workspace, runner, tmp_path):
    assert done(runner, file="bi").state == "succeeded"
    load(workspace, tmp_path)
    run = done(runner, file="bi")
    assert (run.state, "bi.sqlite" in run.message.zh) == ("succeeded", True)
    with sqlite3.connect(workspace.published / "bi.sqlite") as connection:
        count = connection.execute("SELECT count(*) FROM stockturn_movement").fetchone()
    assert count == (3,)
    assert done(runner, file="bi").result["rows"] == 0


@pytest.mark.parametrize(
    ("kind", "server", "form"),
    [
        ("postgresql", PostgreSQLPlace, {"port": 5432, "user": "postgres"}),
        ("mariadb", MariaDBPlace, {"port": 3306, "user": "root"}),
    ],
)
def test_a_connection_by_its_name(workspace, runner, tmp_path, kind, server, form):
    place = server(tmp_path)
    try:
        values = {"host": "127.0.0.1", "database": place.name, "tls": "off", **form}
        Sources(workspace).add("数仓", kind, values)
        load(workspace, tmp_path)
        run = done(runner, source="数仓", prefix="st_")
        assert run.state == "succeeded", run.message
        assert place.rows("SELECT count(*) FROM st_movement")[0][0] == 3
    finally:
        place.close()


def test_a_server_that_is_away_is_tried_again(workspace, runner, tmp_path):
    values = {"host": "127.0.0.1", "database": "x", "tls": "off", "port": 1, "user": "u"}
    Sources(workspace).add("数仓", "postgresql", values)
    load(workspace, tmp_path)
    run = done(runner, source="数仓")
    assert (run.state, run.error_code) == ("queued", "source_unreachable")


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({}, "wrong_use"),
        ({"file": "../x"}, "wrong_use"),
        ({"file": "x", "source": "y"}, "wrong_use"),
        ({"source": "nobody"}, "source_unknown"),
        ({"file": "x", "prefix": "A;"}, "target_prefix_invalid"),
    ],
)
def test_what_names_no_target_is_refused(workspace, runner, params, code):
    run = done(runner, **params)
    assert (run.state, run.error_code) == ("failed", code)
    assert not list(workspace.published.glob("*.sqlite"))


@pytest.mark.parametrize(
    ("kind", "server", "form", "words"),
    [
        ("postgresql", PostgreSQLPlace, {"port": 5432, "user": "postgres"}, postgresql),
        ("mariadb", MariaDBPlace, {"port": 3306, "user": "root"}, mariadb),
    ],
)
def test_a_target_that_stays_locked_is_tried_again(
    workspace, runner, tmp_path, monkeypatch, kind, server, form, words
):
    """Whoever read a table and went home kept the run, and its slot, for good."""
    monkeypatch.setattr(words, "LOCK_SECONDS", 1)
    place = server(tmp_path)
    try:
        form = {**form, "host": "127.0.0.1", "database": place.name, "tls": "off"}
        Sources(workspace).add("数仓", kind, form)
        load(workspace, tmp_path)
        assert done(runner, source="数仓").state == "succeeded"
        place.run("UPDATE stockturn_published SET columns = '', sha256 = ''")
        with place.connect(place.name) as reader, reader.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT count(*) FROM stockturn_movement")
            cursor.fetchall()
            run = done(runner, source="数仓")
        assert (run.state, run.error_code) == ("queued", "source_timed_out")
    finally:
        place.close()
