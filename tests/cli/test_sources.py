"""Sources and feeds at the command line: alone, and through the server that owns the workspace."""

import io
import json
import signal
import sqlite3
import sys

import pytest

from tests.cli.running import run, start

MAPPING = """
name: moves
version: "1"
title: {zh: 流水, en: moves}
description: {zh: 测试, en: for tests}
costing: moving_average
files:
  - match: ["moves*"]
    table: movement
    ignore_columns: [id]
    columns: {happened_on: day, kind: kind, item: item, location: place, quantity: amount}
"""
PASSWORD = "Geheim-4411"


@pytest.fixture
def shop(tmp_path):
    """A workspace that may read a folder with a company's database."""
    folder = tmp_path / "erp"
    folder.mkdir()
    with sqlite3.connect(folder / "erp.db") as erp:
        erp.execute(
            "CREATE TABLE moves (id integer, day date, kind text, item text, place text, "
            "amount decimal(18,4))"
        )
        erp.execute("INSERT INTO moves VALUES (1, '2024-01-01', 'receipt', 'A', 'S', 10)")
    erp.close()
    shop = tmp_path / "w"
    assert run("init", shop).returncode == 0
    with (shop / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'\nsource_folders = "{folder}"\n')
    (shop / "packs" / "moves.yaml").write_text(MAPPING, encoding="utf-8")
    return shop


def ask(shop, *words):
    result = run(*words, "--workspace", shop, "--lang", "en")
    assert result.returncode == 0, result.stderr
    return result.stdout


def everything(shop):
    """Connect, look, read, remove: the same words wherever the workspace is open."""
    path = f"path={shop.parent / 'erp' / 'erp.db'}"
    ask(shop, "source", "add", "erp", "sqlite", "--set", path)
    assert "SQLite" in ask(shop, "source", "test", "erp")
    assert "moves" in ask(shop, "source", "tables", "erp")
    shown = json.loads(ask(shop, "source", "preview", "erp", "moves", "--format", "json"))
    assert shown["rows"] == [["1", "2024-01-01", "receipt", "A", "S", "10.0000"]]
    feed = ("--source", "erp", "--what", "moves", "--mapping", "moves", "--mode", "snapshot")
    ask(shop, "feed", "add", "moves", *feed, "--key", "id", "--every-minutes", "60")
    report = json.loads(ask(shop, "feed", "run", "moves", "--trial", "--format", "json"))
    assert (report["rows_loaded"], report["load_no"]) == (1, None)
    report = json.loads(ask(shop, "feed", "run", "moves", "--format", "json"))
    assert (report["rows_loaded"], report["load_no"]) == (1, 1)
    assert "no new or changed rows" in ask(shop, "feed", "run", "moves")
    assert json.loads(ask(shop, "feed", "list", "--format", "json"))[0]["version"] == 1
    busy = run("source", "remove", "erp", "--workspace", shop)
    assert busy.returncode == 2
    assert "has no owner" in ask(shop, "feed", "list")
    unknown = run("feed", "owner", "moves", "nobody", "--workspace", shop)
    assert unknown.returncode == 2
    assert "nobody" in unknown.stderr
    ask(shop, "user", "invite", "wang", "--name", "Wang Min", "--role", "purchasing", "--all-rows")
    assert "Wang Min is told" in ask(shop, "feed", "owner", "moves", "WANG")
    assert json.loads(ask(shop, "feed", "list", "--format", "json"))[0]["plan"]["owner"] == "wang"
    ask(shop, "feed", "agree", "moves")
    ask(shop, "feed", "remove", "moves")
    ask(shop, "source", "remove", "erp")
    assert json.loads(ask(shop, "source", "list", "--format", "json")) == []


def test_a_database_is_read_into_the_ledger(shop):
    everything(shop)


def test_the_same_beside_the_server_that_owns_the_workspace(shop):
    server = start("serve", "--port", "0", "--no-browser", "--workspace", shop)
    try:
        lines = [server.stdout.readline() for _ in range(2)]
        assert "http://127.0.0.1:" in lines[0], lines
        everything(shop)
    finally:
        server.send_signal(signal.SIGINT)
        output, _ = server.communicate(timeout=60)
    assert "Traceback" not in output


def test_a_secret_is_read_from_standard_input_and_never_from_the_command_line(shop, monkeypatch):
    form = ["--set", "host=127.0.0.1", "--set", "port=1", "--set", "database=d", "--set", "user=u"]
    words = ("source", "add", "pg", "postgresql", *form, "--workspace", shop)
    refused = run(*words, "--set", f"password={PASSWORD}")
    assert refused.returncode == 2
    assert PASSWORD not in refused.stderr + refused.stdout
    monkeypatch.setattr(sys, "stdin", io.StringIO(PASSWORD + "\n"))
    assert run(*words, "--secret", "password").returncode == 0
    listed = ask(shop, "source", "list", "--format", "json")
    assert json.loads(listed)[0]["secrets"] == ["password"]
    tried = run("source", "test", "pg", "--workspace", shop)
    assert tried.returncode == 1
    assert PASSWORD not in listed + tried.stdout + tried.stderr


def test_kinds_say_what_they_were_tried_on(shop):
    kinds = {
        each["key"]: each for each in json.loads(ask(shop, "source", "kinds", "--format", "json"))
    }
    assert "not run" in kinds["oracle"]["tried"]
    assert "not run" in kinds["sqlserver"]["tried"]
    assert "real server" in kinds["postgresql"]["tried"]
