"""The permission matrix is the oracle: every route, walked by every role, nobody and tokens."""

from __future__ import annotations

import http.client
import json
import re
from datetime import UTC, datetime

import pytest
from fastapi import APIRouter

from stockturn.accounts.api_tokens import VERBS, add_token
from stockturn.accounts.permissions import Permission
from stockturn.accounts.roles import ROLES
from stockturn.accounts.users import user_by_login
from stockturn.server.app import create_app
from stockturn.server.gate import routes_of
from stockturn.server.guard import INTERNAL
from stockturn.server.matrix import ROUTES, Need
from stockturn.workspace import Workspace
from tests.server.serving import cookies_of, serve

REFUSALS = {"not_allowed", "no_entry", "sign_in_needed", "not_the_owner"}
PLACES = {"load_no": "1", "run_id": "1", "schedule_id": "1", "path": "", "name": "none.js"}
"""What stands for the parts of an address; anything else is an identifier nobody has."""


@pytest.fixture(scope="module")
def app(tmp_path_factory, page):
    """A server of its own: the walk signs out, invites and loads."""
    path = Workspace.create(tmp_path_factory.mktemp("matrix") / "w")
    with Workspace.open(path, kind="server", environ={}) as workspace:
        workspace.announce(1, "t" * 40)
        yield create_app(workspace, page=page)


@pytest.fixture(scope="module")
def address(app):
    with serve(app) as found:
        yield found


def every_route(app):
    return sorted(
        (method, path) for path, methods in routes_of(app) for method in methods - {"HEAD"}
    )


def call(address, method, path, *, headers=None, cookies=None):
    """Ask with no body; return status and the code of the problem, if it is one."""
    filled = re.sub(r"{(\w+)[^}]*}", lambda part: PLACES.get(part[1], "0" * 32), path)
    sent = dict(headers or {})
    if cookies:
        sent["cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=60)
    connection.request(method, filled, headers=sent)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    is_json = (answer.getheader("content-type") or "").startswith("application/json")
    return answer.status, json.loads(content).get("code") if is_json else None


NARROWED = ("/api/me/", "/api/periods", "/api/merges", "/api/rates")
"""Routes that look closer: one's account is for the page, whole months for who sees all rows."""


def test_every_route_has_a_line_and_every_line_a_route(app):
    public = {each for each in every_route(app) if not each[1].startswith(f"{INTERNAL}/")}
    assert public == set(ROUTES)


def test_nobody_passes_where_somebody_is_needed(app, address):
    for method, path in every_route(app):
        status, code = call(address, method, path)
        need = ROUTES.get((method, path), Need.OWNER_TOKEN)
        if path.startswith(INTERNAL):
            assert (status, code) == (401, "not_the_owner"), path
        elif need in {Need.OPEN, Need.ANYONE, Need.MONITOR}:
            assert code not in REFUSALS, path
        else:
            assert (status, code) == (401, "sign_in_needed"), path


@pytest.mark.parametrize("role", ROLES)
def test_each_role_reaches_what_it_may_and_nothing_else(app, address, role):
    for method, path in every_route(app):
        status, code = call(address, method, path, cookies=cookies_of(app, role))
        need = ROUTES.get((method, path), Need.OWNER_TOKEN)
        if path.startswith(INTERNAL):
            assert (status, code) == (401, "not_the_owner"), path
        elif isinstance(need, Permission) and need not in ROLES[role].permissions:
            assert (status, code) == (403, "not_allowed"), (path, need)
        else:
            assert code not in REFUSALS - {"not_allowed"}, path
            assert code != "not_allowed" or path.startswith(NARROWED), path
            assert status != 500, path


@pytest.mark.parametrize("verbs", VERBS)
def test_each_token_reaches_what_it_is_for(app, address, verbs):
    cookies_of(app, "owner")
    desk = app.state.desk
    with desk.workspace.app_db.write() as connection:
        owner = next(user for user in desk.people.everybody() if user.role == "owner")
        now = datetime.now(UTC)
        key, token = add_token(connection, now, owner.user_id, "t", verbs, 1)
        assert user_by_login(connection, owner.login) is not None
    headers = {"authorization": f"Bearer {key}"}
    for method, path in every_route(app):
        need = ROUTES.get((method, path), Need.OWNER_TOKEN)
        if not isinstance(need, Permission):
            continue
        status, code = call(address, method, path, headers=headers)
        if need not in token.allows or not path.startswith(NARROWED):
            assert (code == "not_allowed") == (need not in token.allows), (path, status, code)


def test_the_owners_token_of_the_command_line_reaches_everything(app, address):
    headers = {"authorization": f"Bearer {'t' * 40}"}
    for method, path in every_route(app):
        _, code = call(address, method, path, headers=headers)
        assert code not in REFUSALS or path.startswith("/api/me/"), path


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer stk_" + "a" * 43},
        {"authorization": "Bearer " + "t" * 39},
        {"authorization": "Basic dDp0"},
        {"authorization": "x"},
        {"cookie": "stockturn_00000000=abc"},
    ],
)
def test_what_is_no_key_opens_nothing(address, headers):
    assert call(address, "GET", "/api/meta", headers=headers) == (401, "sign_in_needed")


def test_a_wrong_token_is_not_rescued_by_a_cookie(app, address):
    cookies = cookies_of(app, "owner")
    sent = {"cookies": cookies, "headers": {"authorization": "Bearer stk_wrong"}}
    assert call(address, "GET", "/api/meta", cookies=cookies)[0] == 200
    assert call(address, "GET", "/api/meta", **sent) == (401, "sign_in_needed")


def test_a_route_that_somebody_adds_without_a_line_is_closed(tmp_path, page):
    path = Workspace.create(tmp_path / "w")
    router = APIRouter()
    router.add_api_route("/api/new", lambda: "all the secrets", methods=["POST"])
    with Workspace.open(path, kind="server", environ={}) as workspace:
        app = create_app(workspace, page=page)
        app.include_router(router)
        with serve(app) as address:
            for cookies in ({}, cookies_of(app, "owner")):
                found = call(address, "POST", "/api/new", cookies=cookies)
                assert found == (403, "no_entry")


def test_monitoring_from_elsewhere_needs_a_token(app, address):
    through_a_proxy = {"x-forwarded-for": "10.1.2.3"}
    assert call(address, "GET", "/metrics")[0] == 200
    assert call(address, "GET", "/metrics", headers=through_a_proxy)[0] == 401
    cookies = cookies_of(app, "auditor")
    assert call(address, "GET", "/metrics", headers=through_a_proxy, cookies=cookies)[0] == 200
    cookies = cookies_of(app, "sales")
    assert call(address, "GET", "/metrics", headers=through_a_proxy, cookies=cookies)[0] == 403
