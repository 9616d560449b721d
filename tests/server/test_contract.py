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


def test_every_operation_has_a_name_of_its_own():
    names = [operation["operationId"] for *_, operation in operations()]
    assert len(names) == len(set(names))


def test_every_route_is_asked_in_a_test():
    tests = "".join(path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py"))
    for method, path, _ in operations():
        # A part in braces may be filled in by an expression.
        asked = re.sub(r"\\{\w+\\}", ".+", re.escape(path))
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
