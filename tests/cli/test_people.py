"""``user``, ``token`` and ``audit``: the same from the app database and through a server."""

import json

import httpx
import pytest

from stockturn.workspace import Workspace
from tests.cli.running import run
from tests.cli.test_runs import alone, served

BOTH = pytest.mark.parametrize("owned", [alone, served])


@pytest.fixture
def folder(tmp_path):
    return Workspace.create(tmp_path / "shop", {"publish": False})


def asked(folder, *words, code=0):
    done = run(*words, "--workspace", folder)
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


def invited(folder, login="li", *more):
    rows = more or ("--rows", "location=W1,W2", "--rows", "category=")
    return asked(folder, "user", "invite", login, "--name", "李采购", "--role", "purchasing", *rows)


@BOTH
def test_a_person_is_invited_changed_and_disabled(folder, owned):
    with owned(folder):
        assert "/welcome#" in invited(folder)
        listed = asked(folder, "user", "list")
        assert "采购" in listed
        assert "W1, W2" in listed
        assert "未分类" in listed
        assert "已邀请" in listed
        assert "分析师" in asked(folder, "user", "role", "LI", "analyst")
        assert "全部数据" in asked(folder, "user", "scope", "li", "--all-rows")
        assert "W9" in asked(
            folder, "user", "scope", "li", "--rows", "location=W9", "--until", "2030-01-31"
        )
        (person,) = json.loads(asked(folder, "user", "list", "--format", "json"))["people"]
        assert person["rows"] == {"everything": False, "rows": {"location": ["W9"]}}
        assert person["rows_until"].startswith("2030-01-31T00:00")
        assert "已停用" in asked(folder, "user", "disable", "li")
        assert "person_missing" in asked(folder, "user", "reset", "li", code=1)
        assert "已邀请" in asked(folder, "user", "enable", "li")
        assert "/welcome#" in asked(folder, "user", "reset", "li")
        actions = [
            line["action"]
            for line in json.loads(asked(folder, "audit", "--format", "json"))["lines"]
        ]
        assert actions == [
            "make_link",
            "enable",
            "disable",
            "change_rows",
            "change_rows",
            "change_role",
            "invite",
        ]


@BOTH
def test_a_token_is_made_listed_and_revoked(folder, owned):
    with owned(folder):
        invited(folder, "li", "--all-rows")
        key = asked(folder, "token", "create", "看板", "--for", "li", "--days", "7").strip()
        assert key.startswith("stk_")
        (token,) = json.loads(asked(folder, "token", "list", "--format", "json"))["tokens"]
        assert (token["login"], token["verbs"], token["state"]) == ("li", "read", "active")
        assert key not in asked(folder, "token", "list")
        asked(folder, "token", "revoke", token["token_id"])
        assert "已吊销" in asked(folder, "token", "list")
        assert "看板" in asked(folder, "audit", "--action", "revoke_token")
        assert key not in asked(folder, "audit")
        assert "没有符合条件的记录" in asked(folder, "audit", "--until", "2001-01-01")


def test_the_link_opens_at_the_server_that_runs(folder):
    with served(folder):
        link = invited(folder).split("http", 1)[1].split()[0]
        address, _, key = f"http{link}".partition("/welcome#")
        looked = httpx.post(f"{address}/api/links/look", json={"key": key})
        assert looked.json()["login"] == "li"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("user", "invite", "a", "--name", "a", "--role", "cfo"), "--all-rows"),
        (("user", "scope", "li", "--rows", "location"), "维度=成员"),
        (("user", "scope", "li", "--rows", "colour=red"), "colour"),
        (("user", "scope", "li", "--all-rows", "--until", "soon"), "2026-12-31"),
        (("user", "role", "nobody", "cfo"), "nobody"),
        (("user", "role", "li", "king"), "king"),
        (("audit", "--since", "today"), "2026-12-31"),
    ],
)
def test_what_is_wrong_is_said(folder, words, told):
    invited(folder)
    assert told in asked(folder, *words, code=2)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("token", "create", "t", "--for", "nobody"), "person_missing"),
        (("token", "revoke", "none"), "token_missing"),
    ],
)
def test_what_is_not_there_is_said(folder, words, code):
    assert code in asked(folder, *words, code=1)
