"""Every route that changes something leaves a line in the audit, or says why it leaves none."""

import pytest

from stockturn.accounts.audit import ACTIONS
from stockturn.server.app import create_app
from stockturn.server.deeds import DEEDS, Act, Exempt, Written
from stockturn.server.guard import SAFE_METHODS
from tests.server.serving import client_of, cookies_of
from tests.server.test_matrix import every_route

VERBS = {
    "{verb}_period": ("close_period", "reopen_period"),
    "{verb}_items": ("merge_items", "split_items"),
}


@pytest.fixture(scope="module")
def app(workspace, page):
    return create_app(workspace, page=page)


def changing(app):
    return {
        (method, path.removeprefix("/internal").removeprefix("/api"))
        for method, path in every_route(app)
        if method not in SAFE_METHODS
    }


def test_every_changing_route_has_a_line_and_every_line_a_route(app):
    assert changing(app) == set(DEEDS)


def test_every_action_is_named_and_every_exemption_has_a_reason():
    for route, line in DEEDS.items():
        if isinstance(line, Exempt):
            assert len(line.why.split()) > 3, route
        else:
            for action in VERBS.get(line.action, (line.action,)):
                assert action in ACTIONS, route
    assert any(isinstance(line, Written) for line in DEEDS.values())


def test_which_one_is_in_the_address(app):
    for (_, path), line in DEEDS.items():
        if isinstance(line, Act) and line.by:
            assert f"{{{line.by}}}" in path


@pytest.fixture
def scene(workspace_of, page):
    with workspace_of() as workspace:
        app = create_app(workspace, page=page)
        with client_of(app) as client:
            yield app, client


def lines(client, *names):
    found = client.get("/api/audit", params={"limit": 100}).json()["lines"]
    kinds = {"source", "schedule", "rule", "mapping", "period"}
    return [[line[name] for name in names] for line in found if line["object_kind"] in kinds]


def test_what_is_done_is_written_with_its_object_and_who(scene):
    _, client = scene
    push = {"name": "商城", "kind": "push", "form": {}}
    schedule = {"name": "每天", "kind": "publish", "trigger": {"daily": "02:00"}}
    assert client.post("/api/sources", json=push).status_code == 201
    assert client.put("/api/sources/商城", json={"form": {}}).status_code == 200
    assert client.post("/api/schedules", json=schedule).json()["created_by"].startswith("owner-")
    assert client.patch("/api/schedules/1", json={"enabled": False}).status_code == 200
    assert client.delete("/api/schedules/1").status_code == 204
    assert client.delete("/api/sources/商城").status_code == 204
    assert lines(client, "action", "object_id", "result") == [
        ["remove_source", "商城", "done"],
        ["remove_schedule", "每天", "done"],
        ["change_schedule", "每天", "done"],
        ["add_schedule", "每天", "done"],
        ["change_source", "商城", "done"],
        ["add_source", "商城", "done"],
    ]
    assert all(who.startswith("owner-") for (who,) in lines(client, "who"))
    assert lines(client, "details")[-1] == [{"kind": "push"}]


def test_what_is_refused_or_fails_leaves_no_line_of_a_deed(scene):
    app, client = scene
    assert client.delete("/api/sources/keine").status_code == 404
    assert client.post("/api/sources", json={"name": "x", "kind": "none"}).status_code == 422
    owner = dict(client.cookies)
    client.cookies = cookies_of(app, "auditor")
    assert client.delete("/api/sources/keine").status_code == 403
    client.cookies = owner
    assert lines(client, "action") == []
