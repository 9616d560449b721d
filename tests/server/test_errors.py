"""Errors say what is wrong and where, in the user's language, with a code to quote."""

from __future__ import annotations

import pytest

YEAR = {"begin": "2013-01-01", "end": "2014-01-01"}


@pytest.mark.parametrize(
    ("query", "field", "zh", "en"),
    [
        ({"begin": "31.12.2013"}, "begin", "「期间开始」不是日期", "“period begin” is not a date"),
        (
            {"grain": "hour"},
            "grain",
            "「时间粒度」只能是其中之一：day",
            "“grain” must be one of: day",
        ),
        ({"days": "364"}, "days", "「年天数」", "“days of the year”"),
        ({"annualise": "maybe"}, "annualise", "「年化」只能是 true", "“annualise” must be true"),
        (
            {"reading": "tax"},
            "reading",
            "「口径」只能是其中之一：management",
            "“reading” must be one",
        ),
        ({"compare": "x"}, "compare", "「对比期间」只能是", "“compare to” must be one of: none"),
        (
            {"where": "category"},
            "where",
            "「筛选」应写成 维度=成员",
            "“filter” takes dimension=member",
        ),
        (
            {"begin": "2013-05-01", "end": "2013-05-01"},
            "end",
            "「期间结束」应晚于期间开始",
            "“period end” must be after the begin",
        ),
    ],
)
def test_a_bad_parameter_of_the_overview_is_named(client, query, field, zh, en):
    for language, expected in (("zh", zh), ("en", en)):
        answer = client.get("/api/overview", params={**query, "lang": language})
        problem = answer.json()
        assert (answer.status_code, problem["code"], problem["field"]) == (422, "invalid", field)
        assert problem["message"].startswith(expected)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"period": YEAR}, "measures"),
        ({"measures": ["turnover"]}, "period"),
        ({"measures": ["turnover"], "period": {"begin": "x", "end": "2013-01-01"}}, "begin"),
        ({"measures": ["turnover"], "period": YEAR, "limit": 0}, "limit"),
        ({"measures": "turnover", "period": YEAR}, "measures"),
        ({"measures": ["turnover"], "period": YEAR, "basis": {"average": "weekly"}}, "average"),
        ([], "body"),
    ],
)
def test_a_bad_field_of_a_question_is_named(client, body, field):
    problem = client.post("/api/query", json=body).json()
    assert (problem["code"], problem["field"]) == ("invalid", field)


def test_a_body_that_is_not_json_is_told(client):
    headers = {"content-type": "application/json"}
    answer = client.post("/api/query", content=b"{", headers=headers)
    assert answer.status_code == 422
    assert "JSON" in answer.json()["message"]


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("/api/explain", {"measure": "beauty"}),
        ("/api/rows", {"measure": "beauty"}),
        ("/api/rows", {"measure": "cogs", "offset": -1}),
        ("/api/rows", {"measure": "cogs", "limit": 100_000}),
        ("/api/export", {"format": "pdf"}),
    ],
)
def test_what_does_not_exist_is_refused_and_never_a_crash(client, path, parameters):
    body = {"measures": ["cogs"], "period": YEAR}
    answer = client.post(path, json=body, params=parameters)
    assert answer.status_code == 422
    assert answer.json()["message"]


@pytest.mark.parametrize("name", ["beauty", "item; DROP TABLE load", 'x" OR 1=1', ""])
def test_names_come_from_the_registry_and_nowhere_else(client, name):
    for query in (
        {"measures": [name], "period": YEAR},
        {"measures": ["cogs"], "by": [name], "period": YEAR},
        {"measures": ["cogs"], "where": [{"dimension": name, "members": ["x"]}], "period": YEAR},
        {"measures": ["cogs"], "order_by": name or "?", "period": YEAR},
    ):
        answer = client.post("/api/query", json=query)
        assert (answer.status_code, answer.json()["code"]) == (422, "wrong_use")
    assert client.get("/api/members", params={"dimension": name}).status_code == 422
    assert client.get("/api/overview", params={"by": name}).status_code == 422


def test_an_empty_workspace_is_told_and_not_a_crash(empty_client):
    answer = empty_client.get("/api/overview")
    assert (answer.status_code, answer.json()["code"]) == (409, "empty_workspace")
    body = {"measures": ["cogs"], "period": YEAR}
    assert empty_client.post("/api/query", json=body).json()["code"] == "empty_workspace"


def test_a_wrong_method_is_told(client):
    answer = client.delete("/api/meta")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert "DELETE" in answer.json()["message"]


def test_what_nobody_foresaw_is_answered_with_a_code_found_in_the_log(client, monkeypatch, caplog):
    def fail(*_):
        raise ZeroDivisionError("seventeen")

    monkeypatch.setattr("stockturn.ledger.loads.history", fail)
    answer = client.get("/api/loads", params={"lang": "en"})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (500, "unexpected")
    assert "no data was changed" in problem["message"]
    assert "seventeen" not in answer.text
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    logged = [str(record.msg) for record in caplog.records if record.levelname == "ERROR"]
    assert any(problem["request_id"] in line and "seventeen" in line for line in logged)


def test_each_request_has_its_own_id(client):
    ids = {client.get("/health").headers["x-request-id"] for _ in range(5)}
    assert len(ids) == 5
