"""People over HTTP: coming in, going out, one's own account, managing others, the audit."""

from __future__ import annotations

import httpx
import pytest

from stockturn.accounts.scopes import RowScope
from stockturn.server.app import create_app
from stockturn.workspace import Workspace
from tests.server.serving import cookies_of, serve

PASSWORD = "三月的雨 falls on tin roofs"
WRONG = {"login": "wang", "password": "not this one"}


@pytest.fixture(scope="module")
def app(tmp_path_factory, page):
    path = Workspace.create(tmp_path_factory.mktemp("people") / "w", {"company": "三江商贸"})
    with Workspace.open(path, kind="server", environ={}) as workspace:
        yield create_app(workspace, page=page)


@pytest.fixture(scope="module")
def address(app):
    with serve(app) as found:
        yield found


@pytest.fixture
def visitor(address):
    """Return what makes a browser of its own, signed in with a role or not at all."""
    clients = []

    def make(cookies=None):
        client = httpx.Client(base_url=address, timeout=60, cookies=cookies or {})
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def owner(app, visitor):
    return visitor(cookies_of(app, "owner"))


def enter(client, key):
    return client.post("/api/links/use", json={"key": key, "password": PASSWORD})


def invite(owner, login, role="warehouse", rows=None):
    body = {"login": login, "name": login.title(), "role": role}
    answer = owner.post("/api/people", json=body | ({"rows": rows} if rows else {}))
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_first_owner_is_made_by_link_and_only_once(tmp_path, page):
    path = Workspace.create(tmp_path / "w")
    with Workspace.open(path, kind="server", environ={}) as workspace:
        app = create_app(workspace, page=page)
        with serve(app) as address, httpx.Client(base_url=address, timeout=60) as client:
            assert client.get("/api/session").json()["setup_needed"] is True
            key = app.state.desk.access.setup_link()
            assert client.post("/api/links/look", json={"key": key}).json()["kind"] == "setup"
            body = {"key": key, "login": "wang", "name": "王总", "password": PASSWORD}
            state = client.post("/api/links/use", json=body).json()
            assert (state["me"]["name"], state["me"]["role_name"]) == ("王总", "所有者")
            again = client.post("/api/links/use", json=body | {"login": "evil"})
            assert (again.status_code, again.json()["code"]) == (410, "link_refused")
            assert client.get("/api/meta").status_code == 200
            assert client.get("/api/session").json()["setup_needed"] is False


def test_an_invited_person_sets_a_password_signs_in_and_out(owner, visitor):
    key = invite(owner, "li")["key"]
    client = visitor()
    assert client.get("/api/meta").json()["code"] == "sign_in_needed"
    assert client.post("/api/links/look", json={"key": key}).json()["login"] == "li"
    easy = client.post("/api/links/use", json={"key": key, "password": "warehouse1"})
    assert (easy.status_code, easy.json()["field"]) == (422, "password")
    state = enter(client, key).json()
    assert state["me"]["permissions"] == [
        "correct_quarantine",
        "export",
        "load_data",
        "see_data",
        "see_figures",
    ]
    stolen = dict(client.cookies)
    assert client.delete("/api/session").json()["me"] is None
    assert client.get("/api/meta").status_code == 401
    assert visitor(stolen).get("/api/meta").status_code == 401
    signed = client.post("/api/session", json={"login": "LI", "password": PASSWORD})
    assert signed.json()["me"]["login"] == "li"
    assert client.get("/api/meta").status_code == 200


def test_the_cookie_is_for_this_site_and_no_script(owner, visitor):
    answer = enter(visitor(), invite(owner, "cookie")["key"])
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie
    key = owner.post(f"/api/people/{_id_of(owner, 'cookie')}/link").json()["key"]
    behind_https = visitor()
    behind_https.headers["x-forwarded-proto"] = "https"
    assert "secure" in enter(behind_https, key).headers["set-cookie"].lower()


def _id_of(owner, login):
    people = owner.get("/api/people").json()["people"]
    return next(each["user_id"] for each in people if each["login"] == login)


def test_failures_are_alike_and_the_sixth_waits(owner, visitor):
    enter(visitor(), invite(owner, "zhao")["key"])
    client = visitor()
    known = client.post("/api/session", json={"login": "zhao", "password": "wrong"})
    unknown = client.post("/api/session", json={"login": "nobody-here", "password": "wrong"})
    assert known.status_code == unknown.status_code == 401
    assert known.json()["message"] == unknown.json()["message"]
    for _ in range(4):
        client.post("/api/session", json={"login": "zhao", "password": "wrong"})
    waits = client.post("/api/session", json={"login": "zhao", "password": PASSWORD})
    assert (waits.status_code, waits.json()["code"]) == (429, "too_many_attempts")
    assert 0 < int(waits.headers["retry-after"]) <= 60


def test_a_form_of_another_site_cannot_sign_anybody_in(visitor):
    headers = {"origin": "https://evil.example"}
    answer = visitor().post("/api/session", json=WRONG, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")


def test_ones_own_sessions_tokens_and_password(owner, visitor, app):
    client, other = visitor(), visitor()
    enter(client, invite(owner, "qian", "analyst")["key"])
    other.post("/api/session", json={"login": "qian", "password": PASSWORD})
    profile = client.get("/api/me").json()
    assert [each["present"] for each in profile["sessions"]].count(True) == 1
    theirs = next(each for each in profile["sessions"] if not each["present"])
    assert client.delete(f"/api/me/sessions/{theirs['session_id']}").status_code == 200
    assert other.get("/api/meta").status_code == 401
    foreign = owner.get("/api/me").json()["sessions"][0]["session_id"]
    assert client.delete(f"/api/me/sessions/{foreign}").status_code == 404

    made = client.post("/api/me/tokens", json={"name": "日报", "verbs": "read", "days": 30}).json()
    assert made["key"] not in client.get("/api/me").text
    bearer = visitor()
    bearer.headers["authorization"] = f"Bearer {made['key']}"
    assert bearer.get("/api/meta").status_code == 200
    assert bearer.post("/api/uploads").json()["code"] == "not_allowed"
    more = bearer.post("/api/me/tokens", json={"name": "more"})
    assert (more.status_code, more.json()["code"]) == (403, "not_allowed")
    token_id = made["token"]["token_id"]
    assert owner.delete(f"/api/me/tokens/{token_id}").status_code == 404
    assert client.delete(f"/api/me/tokens/{token_id}").status_code == 200
    assert bearer.get("/api/meta").status_code == 401

    before = dict(client.cookies)
    change = {"present": PASSWORD, "password": "another sentence about tea"}
    assert client.post("/api/me/password", json=change).status_code == 200
    assert client.get("/api/meta").status_code == 200
    assert visitor(before).get("/api/meta").status_code == 401


def test_managing_people(owner, visitor):
    person = invite(owner, "sun", "sales", {"everything": False, "rows": {"channel": ["线上"]}})
    assert person["path"] == f"welcome#{person['key']}"
    user_id = person["person"]["user_id"]
    client = visitor()
    enter(client, person["key"])
    changed = owner.patch(f"/api/people/{user_id}", json={"role": "analyst"}).json()
    assert (changed["role"], changed["rows"]["rows"]) == ("analyst", {"channel": ["线上"]})
    assert "see_cost" in client.get("/api/session").json()["me"]["permissions"]
    timed = {"rows_until": "2026-01-01T00:00:00", "rows": {"everything": True}}
    changed = owner.patch(f"/api/people/{user_id}", json=timed).json()
    assert changed["rows_until"].startswith("2026-01-01T00:00:00")
    assert (
        owner.patch(f"/api/people/{user_id}", json={"rows_until": None}).json()["rows_until"]
        is None
    )
    owner.patch(f"/api/people/{user_id}", json={"disabled": True})
    assert client.get("/api/meta").status_code == 401
    assert owner.post(f"/api/people/{user_id}/link").status_code == 404
    assert owner.patch("/api/people/nobody", json={"role": "it"}).status_code == 404
    bad = owner.post("/api/people", json={"login": "x", "name": "x", "role": "king"})
    assert bad.status_code == 422


def test_who_manages_people_with_less_cannot_raise_anybody(app, visitor, owner):
    it = visitor(cookies_of(app, "it"))
    listed = it.get("/api/people").json()
    grantable = {role["key"] for role in listed["roles"] if role["grantable"]}
    assert grantable == {"it", "warehouse", "sales", "marketing", "production"}
    owners = [each for each in listed["people"] if each["role"] == "owner"]
    assert owners
    assert not any(each["manageable"] for each in owners)
    refused = it.post(f"/api/people/{owners[0]['user_id']}/link")
    assert (refused.status_code, refused.json()["code"]) == (403, "beyond_own_rights")
    up = it.post("/api/people", json={"login": "friend", "name": "f", "role": "cfo"})
    assert up.json()["code"] == "beyond_own_rights"
    mine = it.get("/api/session").json()["me"]["login"]
    own = it.patch(f"/api/people/{_id_of(owner, mine)}", json={"role": "sales"})
    assert own.json()["code"] == "own_account"


def test_the_audit_is_filtered_and_paged(owner):
    invite(owner, "zhou")
    found = owner.get("/api/audit", params={"action": "invite", "object_id": "zhou"}).json()
    assert (found["total"], found["lines"][0]["action_name"]) == (1, "邀请用户")
    assert found["lines"][0]["details"]["role"] == "warehouse"
    paged = owner.get("/api/audit", params={"limit": 1, "lang": "en"}).json()
    assert paged["next_offset"] == 1
    assert {"key": "invite", "name": "Invite a person"} in paged["actions"]
    none = owner.get("/api/audit", params={"since": "2100-01-01T00:00:00Z"}).json()
    assert none["total"] == 0


def test_rows_of_a_person_narrow_what_the_page_knows_of_them(app, visitor):
    rows = RowScope(rows=(("location", ("S",)),))
    client = visitor(cookies_of(app, "analyst", rows))
    assert client.get("/api/session").json()["me"]["rows"] == {
        "everything": False,
        "rows": {"location": ["S"]},
    }
