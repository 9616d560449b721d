"""Held runs are answered: they go on with their own files, once, by somebody who may."""

import shutil

import httpx
import pytest

from stockturn.ledger import loads
from stockturn.ledger.tables import table
from stockturn.server.app import create_app
from tests.server.serving import client_of, cookies_of
from tests.server.test_runs import ended, upload

HEAD = "日期,业务类型,物料编码,仓库编码,数量,单价"
JANUARY = [f"2024-01-{day:02},采购入库,A,S,{day},2" for day in range(1, 29)]
OVERLAP = [*JANUARY[14:], "2024-02-01,采购入库,A,S,1,2"]
"""Half of the month again and a day more: it may replace the month, or come on top."""


def rows(*lines):
    return "\n".join([HEAD, *lines, ""])


@pytest.fixture
def app(workspace_of, page):
    with workspace_of() as workspace:
        yield create_app(workspace, page=page)


@pytest.fixture
def scene(app):
    workspace = app.state.desk.workspace
    with client_of(app) as client:
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


RATE = "币种,生效日期,汇率\nUSD,2024-01-01,{}\n"
DOLLARS = """日期,业务类型,物料编码,仓库编码,数量,金额,币种
2024-03-05,receipt,D,S,10,100,USD
2024-03-06,receipt,D,S,5,60,USD
"""
MONEY = """
name: money
version: "1"
title: {zh: 汇率与流水, en: rates and movements}
description: {zh: 测试, en: for tests}
costing: moving_average
files:
  - match: ["rates*"]
    optional: true
    table: currency_rate
    columns: {currency: 币种, valid_from: 生效日期, rate: 汇率}
  - match: ["moves*"]
    optional: true
    table: movement
    columns: {happened_on: 日期, kind: 业务类型, item: 物料编码, location: 仓库编码,
              quantity: 数量, value: 金额, currency: 币种}
"""


@pytest.fixture
def dollars(scene):
    """Two receipts of 160 dollars, booked at 7."""
    workspace, client = scene
    (workspace.packs / "money.yaml").write_text(MONEY, encoding="utf-8")
    for text, name in ((RATE.format(7), "rates.csv"), (DOLLARS, "moves.csv")):
        run = ended(client, upload(client, text, name, mapping="money").json())
        assert run["state"] == "succeeded", run["message"]
    return scene


def beside(app, client, role):
    """Return somebody else at the same server."""
    return httpx.Client(base_url=client.base_url, cookies=cookies_of(app, role), timeout=30)


def keep(client, run, reason="银行更正"):
    return client.post("/api/rates/keep", json={"reason": reason, "run_id": run["id"]})


def restated(client, rate, **fields):
    return held(client, RATE.format(rate), "rates.csv", mapping="money", **fields)


def test_a_restated_rate_is_asked_about_in_figures_and_kept_by_a_reason(app, dollars):
    _, client = dollars
    run = restated(client, "7.1")
    assert run["answers"] == ["keep_rates", "convert_again", "discard"]
    (asked,) = run["report"]["questions"]
    change = asked["rate"]
    assert (asked["kind"], change["table"], change["name"]) == ("rate", "currency_rate", "USD")
    assert (change["valid_from"], change["rows"], change["prices"]) == ("2024-01-01", 2, 0)
    assert [float(change[name]) for name in ("rate", "former")] == [7.1, 7]
    assert [float(change[name]) for name in ("booked", "at_new_rate")] == [1120, 1136]
    assert (change["first"], change["last"]) == ("2024-03-05", "2024-03-06")
    assert keep(client, run, " ").json()["code"] == "unsigned_decision"
    with beside(app, client, "cfo") as cfo:
        assert keep(cfo, run).json() == {"load_no": 4}
    done = ended(client, client.get(f"/api/runs/{run['id']}").json())
    assert (done["state"], done["load_no"]) == ("succeeded", 5)
    (kept,) = client.get("/api/rates/kept").json()["kept"]
    assert (kept["load_no"], kept["reason"]) == (4, "银行更正")
    assert kept["actor"] == done["answered_by"]
    assert [one["name"] for one in kept["changes"]] == ["USD"]
    (line,) = client.get("/api/audit", params={"action": "keep_rates", "result": "done"}).json()[
        "lines"
    ]
    assert (line["who"], line["details"]["run"]) == (kept["actor"], run["id"])
    # The answer was about this rate: another one is asked about.
    assert restated(client, "7.2")["report"]["questions"][0]["rate"]["rows"] == 2


def test_an_answer_on_rates_leaves_what_was_converted_since_open(dollars):
    _, client = dollars
    run = restated(client, "7.1")
    more = DOLLARS.replace("D,S", "E,S")
    assert ended(client, upload(client, more, "moves2.csv", mapping="money").json())["load_no"] == 4
    for state, asked in (("held", 1), ("succeeded", 0)):
        keep(client, run).raise_for_status()
        run = ended(client, client.get(f"/api/runs/{run['id']}").json())
        assert (run["state"], len(run["report"]["questions"])) == (state, asked)


def convert(client, run=None, reason="银行更正"):
    body = {"reason": reason, **({} if run is None else {"run_id": run["id"]})}
    return client.post("/api/rates/convert", json=body)


def test_a_restated_rate_is_answered_by_converting_again(app, dollars):
    workspace, client = dollars
    run = restated(client, "7.1")
    assert convert(client, run, " ").json()["code"] == "unsigned_decision"
    with beside(app, client, "production") as other:
        assert convert(other, run).status_code == 403
    decided = convert(client, run).json()
    assert (decided["load_no"], decided["loads"]) == (4, [])
    done = ended(client, client.get(f"/api/runs/{run['id']}").json())
    assert (done["state"], done["load_no"]) == ("succeeded", 5)
    assert any("重新折算 2 行（第 6 次导入）" in one for one in done["report"]["warnings"])
    values = workspace.engine.query(table("movement")).to_pylist()
    assert sum(row["value"] for row in values if row["item_id"] == values[-1]["item_id"]) == 1136
    assert client.get("/api/rates/stale").json()["changes"] == []
    (line,) = client.get("/api/audit", params={"action": "convert_again", "result": "done"}).json()[
        "lines"
    ]
    assert (line["object_id"], line["details"]["run"]) == ("4", run["id"])


def test_what_was_kept_and_is_no_longer_is_listed_and_converted(dollars):
    _, client = dollars
    run = restated(client, "7.1")
    keep(client, run)
    ended(client, client.get(f"/api/runs/{run['id']}").json())
    assert client.get("/api/rates/stale").json()["changes"] == []
    client.post("/api/rates/kept/4/undo", json={"reason": "审计"}).raise_for_status()
    (change,) = client.get("/api/rates/stale").json()["changes"]
    assert (change["name"], change["rows"], float(change["at_new_rate"])) == ("USD", 2, 1136)
    client.post(
        "/api/periods/close", json={"month": "2024-03", "reason": "月结"}
    ).raise_for_status()
    assert convert(client).json()["code"] == "period_closed"
    client.post(
        "/api/periods/reopen", json={"month": "2024-03", "reason": "更正"}
    ).raise_for_status()
    (load,) = convert(client).json()["loads"]
    assert (load["status"], load["rows_loaded"]) == ("loaded", 2)
    assert client.get("/api/rates/stale").json()["changes"] == []


def test_a_trial_decides_nothing_about_rates(dollars):
    _, client = dollars
    run = restated(client, "7.1", trial="true")
    assert (run["trial"], run["answers"]) == (True, ["again", "discard"])
    assert client.get("/api/rates/kept").json()["kept"] == []


def test_who_may_not_settle_figures_does_not_keep_rates(app, dollars):
    workspace, client = dollars
    run = restated(client, "7.1")
    with beside(app, client, "production") as other:
        seen = other.get(f"/api/runs/{run['id']}").json()["report"]["questions"][0]["rate"]
        assert (seen["booked"], seen["at_new_rate"]) == (None, None)
        assert keep(other, run).status_code == 403
        assert other.get("/api/rates/kept").status_code == 403
    assert loads.last_load(workspace.engine) == 3


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
