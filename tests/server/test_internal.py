"""What the command line asks of a running server: only with the owner's token."""

import http.client

import pytest

from stockturn.delivery.wire import query_payload
from stockturn.intake.reasons import ignore_text
from stockturn.metrics.calendar import period_of
from stockturn.metrics.query import MetricQuery
from stockturn.server.app import create_app
from tests.server.serving import client_of

TOKEN = "t" * 40
YEAR = query_payload(MetricQuery(("turnover",), period_of("2013")))


@pytest.fixture
def owned(workspace, client):
    workspace.announce(1, TOKEN)
    client.headers["authorization"] = f"Bearer {TOKEN}"
    yield client
    del client.headers["authorization"]


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer None", f"Bearer {TOKEN}x", TOKEN])
def test_without_the_token_nothing_is_answered(workspace, client, token):
    workspace.announce(1, TOKEN)
    headers = {"authorization": token}
    for answer in (
        client.post("/internal/query", json=YEAR, headers=headers),
        client.get("/internal/check", headers=headers),
        client.get("/internal/slow", headers=headers),
    ):
        assert (answer.status_code, answer.json()["code"]) == (401, "not_the_owner")


def test_before_the_server_has_a_token_nobody_passes(empty_client):
    answer = empty_client.get("/internal/check", headers={"authorization": "Bearer None"})
    assert answer.status_code == 401


def test_a_question_is_answered_as_the_public_api_does(owned):
    theirs = owned.post("/internal/query", json=YEAR, params={"lang": "en"})
    public = owned.post("/api/query", json=YEAR, params={"lang": "en"})
    assert theirs.json() == public.json()
    assert theirs.json()["totals"][0]["values"]["turnover"]["number"] is not None


def test_the_ledger_is_checked(owned):
    results = owned.get("/internal/check", params={"lang": "en"}).json()["results"]
    assert results
    assert all(result["passed"] for result in results)


def test_slow_questions_are_listed_latest_first(owned, monkeypatch):
    monkeypatch.setattr("stockturn.server.observe.SLOW_SECONDS", -1.0)
    question = YEAR | {"measures": ["gmroi"]}
    answer = owned.post("/internal/query", json=question)
    first = owned.get("/internal/slow").json()["questions"][0]
    assert first["what"] == "gmroi by -"
    assert first["request_id"] == answer.headers["x-request-id"]
    assert "stockturn_slow_questions_total" in owned.get("/metrics").text


def test_a_body_is_not_even_read_without_the_token(client):
    connection = http.client.HTTPConnection(client.base_url.host, client.base_url.port, timeout=10)
    connection.putrequest("POST", "/internal/loads")
    connection.putheader("Content-Length", str(10**12))
    connection.endheaders()
    assert connection.getresponse().status == 401
    connection.close()


MOVEMENTS = """日期,业务类型,物料编码,仓库编码,数量,单价
2024-01-01,期初,A,S,10,5
2024-01-02,采购入库,A,S,4,5
2024-01-03,销售出库,A,S,6,5
合计,,,,20,
"""


def test_files_of_the_command_line_are_loaded_and_seen_at_once(workspace_of, page):
    with workspace_of() as workspace, client_of(create_app(workspace, page=page)) as client:
        workspace.announce(1, TOKEN)
        headers = {"authorization": f"Bearer {TOKEN}"}
        files = {"files": ("流水.csv", MOVEMENTS.encode())}
        sent = {"params": {"mapping": "generic-zh"}, "headers": headers}
        assert client.get("/api/overview").status_code == 409

        def load():
            run = client.post("/internal/loads", files=files, **sent).json()
            waited = f"/internal/runs/{run['id']}/wait"
            seconds = {"seconds": 20}
            return client.get(waited, params=seconds, headers=headers).json()["report"]

        report = load()
        assert (report["status"], report["load_no"], report["rows_loaded"]) == ("loaded", 1, 3)
        assert report["files"][0]["name"] == "流水.csv"
        assert report["ignored_by_reason"] == {"total_row": 1}
        assert report["reasons"] == {"total_row": ignore_text("total_row").zh}
        kept = client.get("/api/loads/1", params={"lang": "en"}).json()
        assert kept["reasons"] == {"total_row": ignore_text("total_row").en}
        figures = client.get("/api/overview").json()["figures"]
        closing = next(each for each in figures if each["measure"] == "closing_inventory")
        assert float(closing["value"]) == 40
        again = load()
        assert (again["status"], again["load_no"]) == ("nothing_new", None)
        unknown = client.post(
            "/internal/loads", files=files, params={"mapping": "none"}, headers=headers
        )
        assert unknown.status_code == 422
        assert not list((workspace.root / "uploads").iterdir())
