"""Sources and feeds over the real API: forms in, rows in the ledger, secrets never out."""

import sqlite3
import time
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx
import pytest

from stockturn.accounts.scopes import ALL_ROWS
from stockturn.accounts.sessions import open_session
from stockturn.accounts.users import add_user, change_user, user_by_login
from stockturn.intake.feeds.store import Feeds
from stockturn.server.app import create_app
from stockturn.workspace import Workspace
from tests.server.serving import client_of

MAPPING = """
name: moves
version: "1"
title: {zh: 流水, en: moves}
description: {zh: 测试, en: for tests}
costing: moving_average
files:
  - match: ["流水*"]
    table: movement
    ignore_columns: [行号, 备注]
    columns:
      happened_on: 日期
      kind: 类型
      item: 物料
      location: 仓库
      quantity: 数量
      unit_cost: 单价
"""
PLAN = {"what": "流水", "mapping": "moves", "mode": "snapshot", "key": ["行号"]}
PASSWORD = "Geheim-7788-秘密"


@pytest.fixture
def scene(tmp_path, page):
    """A server, and a company's database in a folder that sources may read."""
    folder = tmp_path / "erp"
    folder.mkdir()
    with sqlite3.connect(folder / "erp.db") as erp:
        erp.execute(
            "CREATE TABLE 流水 (行号 integer, 日期 date, 类型 text, 物料 text, 仓库 text, "
            "数量 decimal(18,4), 单价 decimal(18,6))"
        )
        erp.executemany(
            "INSERT INTO 流水 VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (1, "2024-01-01", "receipt", "A", "S", 10, 5),
                (2, "2024-01-02", "sale_issue", "A", "S", -4, None),
            ],
        )
    erp.close()
    path = Workspace.create(tmp_path / "w", {"source_folders": str(folder)})
    (path / "packs" / "moves.yaml").write_text(MAPPING, encoding="utf-8")
    with (
        Workspace.open(path, kind="server", environ={}) as workspace,
        client_of(create_app(workspace, page=page)) as client,
    ):
        yield workspace, client, folder / "erp.db"


def ended(client, run):
    deadline = time.monotonic() + 60
    while run["state"] in {"queued", "running"}:
        assert time.monotonic() < deadline
        time.sleep(0.1)
        run = client.get(f"/api/runs/{run['id']}").json()
    return run


def test_a_source_is_connected_read_and_loaded_through_the_api(scene):
    _, client, erp = scene
    kinds = {each["key"]: each for each in client.get("/api/source-kinds").json()["kinds"]}
    assert kinds["sqlite"]["fields"][0]["key"] == "path"
    form = {"path": str(erp)}
    tried = client.post("/api/sources/test", json={"kind": "sqlite", "form": form})
    assert tried.json()["server"].startswith("SQLite")
    made = client.post("/api/sources", json={"name": "账套", "kind": "sqlite", "form": form})
    assert made.status_code == 201
    assert client.get("/api/sources").json()["sources"] == [made.json()]
    assert client.get("/api/sources/账套").json() == made.json()
    assert client.post("/api/sources/账套/test").status_code == 200
    assert [t["what"] for t in client.get("/api/sources/账套/tables").json()["tables"]] == ["流水"]
    columns = client.get("/api/sources/账套/columns", params={"what": "流水"}).json()["columns"]
    assert columns[5] == {
        "name": "数量",
        "type": "decimal(18,4)",
        "family": "decimal",
        "refused": None,
    }
    shown = client.get("/api/sources/账套/preview", params={"what": "流水", "rows": 1}).json()
    assert shown["rows"] == [["1", "2024-01-01", "receipt", "A", "S", "10.0000", "5.000000"]]
    new = {"name": "取流水", "source": "账套", "plan": PLAN}
    assert client.post("/api/feeds", json=new).status_code == 201
    run = ended(client, client.post("/api/feeds/取流水/run", params={"trial": True}).json())
    assert run["state"] == "succeeded", run["message"]
    assert (run["load_no"], run["report"]["rows_loaded"]) == (None, 2)
    run = ended(client, client.post("/api/feeds/取流水/run").json())
    assert (run["state"], run["report"]["rows_loaded"]) == ("succeeded", 2)
    run = ended(client, client.post("/api/feeds/取流水/run").json())
    assert run["report"]["status"] == "nothing_new"
    assert client.get("/api/feeds/取流水").json()["agreed"][0]["name"] == "行号"
    assert client.delete("/api/sources/账套").status_code == 409
    assert client.delete("/api/feeds/取流水").status_code == 204
    assert client.get("/api/feeds").json() == {"feeds": []}
    assert client.delete("/api/sources/账套").status_code == 204


def test_a_changed_structure_waits_until_somebody_agrees(scene):
    _, client, erp = scene
    made = {"name": "erp", "kind": "sqlite", "form": {"path": str(erp)}}
    assert client.post("/api/sources", json=made).status_code == 201
    plan = {**PLAN, "columns": []}
    client.post("/api/feeds", json={"name": "f", "source": "erp", "plan": plan})
    assert ended(client, client.post("/api/feeds/f/run").json())["state"] == "succeeded"
    with sqlite3.connect(erp) as connection:
        connection.execute("ALTER TABLE 流水 ADD COLUMN 备注 text")
        connection.execute("UPDATE 流水 SET 数量 = 12 WHERE 行号 = 1")
    connection.close()
    run = ended(client, client.post("/api/feeds/f/run").json())
    assert run["state"] == "held"
    assert "新增列“备注”" in run["message"]
    assert client.post("/api/feeds/f/agree").status_code == 200
    changed = client.put("/api/feeds/f", json={**plan, "columns": COLUMNS})
    assert changed.json()["version"] == 2
    run = ended(client, client.post("/api/feeds/f/run").json())
    assert run["state"] == "succeeded", run["message"]


COLUMNS = ["行号", "日期", "类型", "物料", "仓库", "数量", "单价"]


def test_a_secret_goes_in_and_never_comes_out(scene):
    workspace, client, _ = scene
    form = {"host": "127.0.0.1", "port": 1, "database": "d", "user": "u", "password": PASSWORD}
    answers = [
        client.post("/api/sources", json={"name": "pg", "kind": "postgresql", "form": form}),
        client.get("/api/sources/pg"),
        client.get("/api/sources"),
        client.post("/api/sources/pg/test"),
        client.post("/api/sources/test", json={"kind": "postgresql", "form": form}),
        client.get("/api/sources/pg/tables", params={"lang": "en"}),
        client.put("/api/sources/pg", json={"form": {**form, "port": "x"}}),
    ]
    assert answers[0].status_code == 201
    assert answers[1].json()["secrets"] == ["password"]
    assert answers[3].json()["code"] == "source_unreachable"
    said = "".join(answer.text for answer in answers)
    logs = "".join(path.read_text(encoding="utf-8") for path in workspace.logs.rglob("*.*"))
    assert logs
    stored = (workspace.root / "app.db").read_bytes()
    stored += b"".join(path.read_bytes() for path in workspace.root.glob("app.db-*"))
    for text in (PASSWORD, "Geheim-7788"):
        assert text not in said
        assert text not in logs
        assert text.encode() not in stored
        assert text.encode("unicode_escape") not in stored


def test_a_kept_secret_does_not_follow_to_another_address(scene):
    _, client, _ = scene
    form = {"host": "127.0.0.1", "port": 1, "database": "d", "user": "u", "password": PASSWORD}
    client.post("/api/sources", json={"name": "pg", "kind": "postgresql", "form": form})
    del form["password"]
    same = client.put("/api/sources/pg", json={"form": form})
    assert same.json()["secrets"] == ["password"]
    moved = client.put("/api/sources/pg", json={"form": {**form, "host": "evil.example"}})
    assert moved.json()["secrets"] == []


def test_a_file_outside_the_allowed_folders_is_refused(scene, tmp_path):
    workspace, client, erp = scene
    outside = tmp_path / "other.db"
    outside.write_bytes(erp.read_bytes())
    link = erp.parent / "link.db"
    link.symlink_to(outside)
    for path in (outside, link, erp.parent / ".." / "other.db", workspace.root / "app.db"):
        tried = {"kind": "sqlite", "form": {"path": str(path)}}
        answer = client.post("/api/sources/test", json=tried)
        assert answer.json()["code"] == "source_folder_not_allowed"


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"host": "h/../x", "database": "d", "user": "u"}, "host"),
        ({"host": "h?sslmode=disable", "database": "d", "user": "u"}, "host"),
        ({"host": "169.254.169.254", "database": "d", "user": "u"}, "host"),
        ({"host": "h", "port": 70000, "database": "d", "user": "u"}, "port"),
        ({"host": "h", "database": "d", "user": "u", "tls": "maybe"}, "tls"),
        ({"host": "h", "database": "d", "user": "u", "options": "-c x"}, "options"),
        ({"host": "h", "database": "d"}, "user"),
        ({"host": "h", "database": "d", "user": "u", "time_zone": "Mars"}, "time_zone"),
    ],
)
def test_a_form_takes_only_what_its_fields_say(scene, form, field):
    _, client, _ = scene
    answer = client.post("/api/sources", json={"name": "x", "kind": "postgresql", "form": form})
    assert answer.status_code == 422
    assert answer.json()["field"] == field


def invite(workspace, login, name, role):
    with workspace.app_db.write() as connection:
        now = datetime.now(UTC)
        return add_user(connection, now, login=login, name=name, role_key=role, rows=ALL_ROWS)


def made(client, erp, **plan):
    """A source and a feed that reads it, with the answer that keeping the feed got."""
    form = {"path": str(erp)}
    client.post("/api/sources", json={"name": "erp", "kind": "sqlite", "form": form})
    new = {"name": "f", "source": "erp", "plan": {**PLAN, **plan}}
    return client.post("/api/feeds", json=new)


def test_the_owner_of_a_feed_is_a_person_whom_notices_reach(scene):
    workspace, client, erp = scene
    invite(workspace, "wang", "王敏", "purchasing")
    invite(workspace, "zhao", "赵六", "sales")
    invite(workspace, "qian", "钱七", "it")
    change(workspace, "qian", disabled_at=datetime.now(UTC))
    refused = {
        "nobody": "没有登录名为“nobody”的用户",
        "王敏": "没有登录名为",
        "zhao": "赵六 不能",
        "qian": "钱七 不能",
    }
    for owner, why in refused.items():
        answer = made(client, erp, owner=owner)
        assert (answer.status_code, answer.json()["code"]) == (422, "owner_refused")
        assert why in answer.json()["message"]
    listed = {each["login"] for each in client.get("/api/feed-owners").json()["owners"]}
    assert "wang" in listed
    assert not {"zhao", "qian"} & listed
    kept = made(client, erp, owner=" WANG ")
    assert kept.status_code == 201
    assert kept.json()["plan"]["owner"] == "wang"
    assert kept.json()["owner"] == {"login": "wang", "name": "王敏", "why_not": None}
    change(workspace, "wang", role="marketing")
    owner = client.get("/api/feeds", params={"lang": "en"}).json()["feeds"][0]["owner"]
    assert owner["why_not"].startswith("The role of its owner 王敏 does not see")
    change(workspace, "wang", disabled_at=datetime.now(UTC))
    assert client.get("/api/feeds/f").json()["owner"]["why_not"].startswith("负责人 王敏 已停用")


def test_free_text_of_old_feeds_counts_where_it_is_one_person_alone(scene):
    workspace, client, erp = scene
    made(client, erp)
    assert client.get("/api/feeds/f").json()["owner"]["why_not"].startswith("没有负责人")
    invite(workspace, "wang", "王敏", "purchasing")
    Feeds(workspace).change("f", {**PLAN, "owner": "仓库的老李"})
    owner = client.get("/api/feeds/f").json()["owner"]
    assert (owner["login"], owner["name"]) == (None, "仓库的老李")
    assert "没有人收到提醒" in owner["why_not"]
    Feeds(workspace).change("f", {**PLAN, "owner": "王敏"})
    assert client.get("/api/feeds/f").json()["owner"]["login"] == "wang"
    invite(workspace, "wang2", "王敏", "purchasing")
    assert client.get("/api/feeds/f").json()["owner"]["login"] is None


def test_a_held_run_waits_for_the_owner_that_the_feed_has_now(scene):
    workspace, client, erp = scene
    me = client.get("/api/session").json()["me"]
    invite(workspace, "wang", "王敏", "purchasing")
    made(client, erp, owner="wang")
    ended(client, client.post("/api/feeds/f/run").json())
    with sqlite3.connect(erp) as connection:
        connection.execute("ALTER TABLE 流水 ADD COLUMN 备注 text")
    connection.close()
    assert ended(client, client.post("/api/feeds/f/run").json())["state"] == "held"

    def told():
        run = client.get("/api/runs", params={"state": "held"}).json()["runs"][0]
        return run["owner"], run["yours"]

    assert told() == ("wang", False)
    client.put("/api/feeds/f", json={**PLAN, "owner": me["login"]})
    assert told() == (me["login"], True)
    client.put("/api/feeds/f", json={**PLAN, "owner": "wang"})
    change(workspace, "wang", disabled_at=datetime.now(UTC))
    assert told() == (me["name"], True), "who asked for it is told where the owner cannot be"


def change(workspace, login, **values):
    with workspace.app_db.write() as connection:
        user = user_by_login(connection, login)
        change_user(connection, user.user_id, **values)


def test_a_notice_is_read_by_the_owner_or_by_who_manages_sources(scene):
    workspace, client, erp = scene
    wang = invite(workspace, "wang", "王敏", "purchasing")
    other = invite(workspace, "zhao", "赵六", "purchasing")
    made(client, erp, owner="wang", drift="evolve")
    ended(client, client.post("/api/feeds/f/run").json())
    with sqlite3.connect(erp) as connection:
        connection.execute("ALTER TABLE 流水 ADD COLUMN 备注 text")
    connection.close()
    ended(client, client.post("/api/feeds/f/run").json())
    (notice,) = client.get("/api/feeds/f").json()["notices"]
    assert notice["text"] == "新增列“备注”（TEXT），已按新结构读取。"
    read = ("/api/feeds/f/notices/read", {"upto": notice["id"]})
    with as_user(workspace, client, other) as stranger:
        assert stranger.post(read[0], params=read[1]).status_code == 403
        assert len(stranger.get("/api/feeds/f").json()["notices"]) == 1
    with as_user(workspace, client, wang) as owner:
        assert owner.post(read[0], params=read[1]).json()["notices"] == []
    assert client.post(read[0], params=read[1]).status_code == 200
    assert client.post("/api/feeds/none/notices/read", params=read[1]).status_code == 404


@contextmanager
def as_user(workspace, client, user):
    with workspace.app_db.write() as connection:
        key, _ = open_session(connection, datetime.now(UTC), user.user_id, "127.0.0.1", "test")
    (name,) = dict(client.cookies)
    with httpx.Client(base_url=client.base_url, timeout=30, cookies={name: key}) as other:
        yield other
