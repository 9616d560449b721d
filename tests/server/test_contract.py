"""The API document and what must stay in step with it."""

from __future__ import annotations

import re
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
        "post_quick_load": "POST /api/quick/load",
        "post_export": "POST /api/export",
        "get_members": "GET /api/members",
        "get_mappings": "GET /api/mappings",
        "get_mapping": "GET /api/mappings/{name}",
        "put_mapping": "PUT /api/mappings/{name}",
        "post_suggest": "POST /api/mappings/suggest",
        "post_suggest_preview": "POST /api/mappings/suggest/preview",
        "post_upload": "POST /api/uploads",
        "get_runs": "GET /api/runs",
        "get_run": "GET /api/runs/{run_id}",
        "post_cancel": "POST /api/runs/{run_id}/cancel",
        "get_run_events": "GET /api/runs/{run_id}/events",
        "get_run_report": "GET /api/runs/{run_id}/report",
        "get_source_kinds": "GET /api/source-kinds",
        "get_sources": "GET /api/sources",
        "post_source": "POST /api/sources",
        "post_source_test": "POST /api/sources/test",
        "get_source": "GET /api/sources/{name}",
        "put_source": "PUT /api/sources/{name}",
        "delete_source": "DELETE /api/sources/{name}",
        "post_kept_source_test": "POST /api/sources/{name}/test",
        "get_source_tables": "GET /api/sources/{name}/tables",
        "get_source_columns": "GET /api/sources/{name}/columns",
        "get_source_preview": "GET /api/sources/{name}/preview",
        "get_feeds": "GET /api/feeds",
        "post_feed": "POST /api/feeds",
        "get_feed": "GET /api/feeds/{name}",
        "put_feed": "PUT /api/feeds/{name}",
        "delete_feed": "DELETE /api/feeds/{name}",
        "post_feed_run": "POST /api/feeds/{name}/run",
        "post_feed_agree": "POST /api/feeds/{name}/agree",
        "get_schedules": "GET /api/schedules",
        "post_schedule": "POST /api/schedules",
        "patch_schedule": "PATCH /api/schedules/{schedule_id}",
        "delete_schedule": "DELETE /api/schedules/{schedule_id}",
        "post_schedule_run": "POST /api/schedules/{schedule_id}/run",
    }


def test_every_route_is_asked_in_a_test():
    tests = "".join(path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py"))
    for method, path, _ in operations():
        asked = re.escape(path)
        for name in ("load_no", "run_id", "schedule_id", "name"):
            asked = asked.replace(re.escape(f"{{{name}}}"), r"[^/\"]+")
        assert re.search(rf'{method}\(\s*f?"{asked}', tests), path


def test_every_parameter_and_body_field_has_a_name_for_people():
    schemas = openapi()["components"]["schemas"]
    asked = {p["name"] for *_, operation in operations() for p in operation.get("parameters", [])}
    for shape in ("QueryShape", "PeriodShape", "BasisShape", "FilterShape", "QuickRequest"):
        asked |= schemas[shape]["properties"].keys()
    asked |= schemas["QuickRow"]["properties"].keys()
    asked |= schemas["Body_post_quick_sheet"]["properties"].keys()
    asked |= schemas["Body_post_upload"]["properties"].keys()
    for shape in ("NewSchedule", "ScheduleChange", "EveryMinutes", "Daily", "CronShape"):
        asked |= schemas[shape]["properties"].keys()
    assert asked <= FIELDS.keys()


def test_every_error_answer_is_a_problem():
    for *_, operation in operations():
        for status in ("4XX", "5XX"):
            (content,) = operation["responses"][status]["content"].values()
            assert content["schema"]["$ref"].endswith("/Problem")


def test_the_document_is_the_same_each_time():
    assert openapi() == openapi()
