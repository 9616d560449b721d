"""The API document and what must stay in step with it."""

from __future__ import annotations

from pathlib import Path

from stockturn.server.app import openapi
from stockturn.server.fields import FIELDS

HERE = Path(__file__).parent


def operations():
    for path, methods in openapi()["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def test_the_routes_are_these_and_no_others():
    found = {operation["operationId"]: f"{m.upper()} {p}" for m, p, operation in operations()}
    assert found == {
        "get_meta": "GET /api/meta",
        "get_overview": "GET /api/overview",
        "post_query": "POST /api/query",
        "post_explain": "POST /api/explain",
        "post_rows": "POST /api/rows",
        "get_loads": "GET /api/loads",
        "get_load": "GET /api/loads/{load_no}",
        "post_quick": "POST /api/quick",
        "post_quick_sheet": "POST /api/quick/sheet",
        "post_export": "POST /api/export",
        "get_members": "GET /api/members",
    }


def test_every_route_is_asked_in_a_test():
    tests = "".join(path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py"))
    for method, path, _ in operations():
        assert f'{method}("{path.replace("{load_no}", "")}' in tests, path


def test_every_parameter_and_body_field_has_a_name_for_people():
    schemas = openapi()["components"]["schemas"]
    asked = {p["name"] for *_, operation in operations() for p in operation.get("parameters", [])}
    for shape in ("QueryShape", "PeriodShape", "BasisShape", "FilterShape", "QuickRequest"):
        asked |= schemas[shape]["properties"].keys()
    asked |= schemas["QuickRow"]["properties"].keys()
    asked |= schemas["Body_post_quick_sheet"]["properties"].keys()
    assert asked <= FIELDS.keys()


def test_every_error_answer_is_a_problem():
    for *_, operation in operations():
        for status in ("4XX", "5XX"):
            (content,) = operation["responses"][status]["content"].values()
            assert content["schema"]["$ref"].endswith("/Problem")


def test_the_document_is_the_same_each_time():
    assert openapi() == openapi()
