"""Held runs are answered: they go on with their own files, once, by somebody who may."""

import shutil

import pytest

from stockturn.ledger import loads
from stockturn.server.app import create_app
from tests.server.serving import client_of
from tests.server.test_runs import ended, upload

HEAD = "日期,业务类型,物料编码,仓库编码,数量,单价"
JANUARY = [f"2024-01-{day:02},采购入库,A,S,{day},2" for day in range(1, 29)]
OVERLAP = [*JANUARY[14:], "2024-02-01,采购入库,A,S,1,2"]
"""Half of the month again and a day more: it may replace the month, or come on top."""


def rows(*lines):
    return "\n".join([HEAD, *lines, ""])


@pytest.fixture
def scene(workspace_of, page):
    with workspace_of() as workspace, client_of(create_app(workspace, page=page)) as client:
        assert ended(client, upload(client, rows(*JANUARY), "一月.csv").json())["load_no"] == 1
        yield workspace, client


def held(client, text=None, name="补.csv", **fields):
    run = ended(client, upload(client, text or rows(*OVERLAP), name, **fields).json())
    assert run["state"] == "held"
    return run


def answer(client, run, what):
    return client.post(f"/api/runs/{run['id']}/answer", json={"answer": what})


def stock(workspace):
    found = workspace.engine
    return sum(load.rows_loaded for load in loads.history(found)), loads.last_load(found)


@pytest.mark.parametrize(("said", "back", "replaced"), [("replace", 14, [1]), ("add", 0, [])])
def test_an_overlap_is_answered_and_the_same_run_goes_on(scene, said, back, replaced):
    _, client = scene
    run = held(client)
    assert run["answers"] == ["replace", "add", "discard"]
    (asked,) = run["report"]["questions"]
    assert (asked["kind"], asked["rows"], asked["other_rows"]) == ("overlap", 15, 28)
    assert (asked["other_load"], asked["equal"], asked["taken_back"]) == (1, 14, 14)
    assert asked["words"] in run["report"]["problems"]
    taken = answer(client, run, said)
    assert (taken.status_code, taken.json()["id"]) == (200, run["id"])
    done = ended(client, taken.json())
    assert (done["state"], done["load_no"], done["answers"]) == ("succeeded", 2, [])
    assert [each["state"] for each in done["attempts"]] == ["held", "succeeded"]
    assert done["answered_by"].startswith("owner-")
    assert (done["report"]["reversed"], done["report"]["superseded"]) == (back, replaced)
    (load,) = [each for each in client.get("/api/loads").json()["loads"] if each["load_no"] == 2]
    assert (load["reversed"], load["superseded"]) == (back, replaced)
    (line,) = client.get("/api/audit", params={"action": "answer_run"}).json()["lines"]
    assert (line["object_id"], line["details"]["answer"]) == (str(run["id"]), said)
    assert line["who"] == done["answered_by"]


def test_a_drop_is_accepted_and_what_it_then_asks_is_asked(scene):
    workspace, client = scene
    few = rows("2024-01-01,采购入库,A,S,1,2", "2024-01-02,采购入库,A,S,7,2")
    run = held(client, few, "一月.csv")
    assert run["answers"] == ["accept_drop", "discard"]
    (asked,) = run["report"]["questions"]
    assert (asked["kind"], asked["rows"], asked["other_rows"]) == ("drop", 2, 28)
    run = ended(client, answer(client, run, "accept_drop").json())
    (asked,) = run["report"]["questions"]
    assert (run["state"], asked["kind"], asked["other_load"]) == ("held", "overlap", 1)
    run = ended(client, answer(client, run, "add").json())
    assert (run["state"], run["report"]["rows_loaded"]) == ("succeeded", 2)
    assert stock(workspace) == (30, 2)


def test_a_discarded_run_has_ended_and_its_files_go(scene):
    workspace, client = scene
    run = held(client)
    gone = answer(client, run, "discard").json()
    assert (gone["state"], gone["code"]) == ("cancelled", "discarded")
    assert "已放弃" in gone["message"]
    assert not list((workspace.root / "uploads").iterdir())
    again = answer(client, run, "replace")
    assert (again.status_code, again.json()["code"]) == (409, "run_not_held")
    assert stock(workspace) == (28, 1)


def test_what_asks_nothing_is_tried_again_and_without_its_files_can_be_given_up_alone(scene):
    workspace, client = scene
    run = held(client, rows("=1+1,采购入库,A,S,1,2"))
    assert run["answers"] == ["again", "discard"]
    run = ended(client, answer(client, run, "again").json())
    assert (run["state"], run["answers"]) == ("held", ["again", "discard"])
    for kept in (workspace.root / "uploads").iterdir():
        shutil.rmtree(kept)
    assert client.get(f"/api/runs/{run['id']}").json()["answers"] == ["discard"]
    refused = answer(client, run, "again")
    assert (refused.status_code, refused.json()["code"]) == (422, "wrong_use")
