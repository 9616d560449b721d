"""A plan takes only parts that fit together."""

import pytest

from stockturn.intake.feeds.plan import PlanInvalid, read_plan

FULL = {"what": "public.moves", "mapping": "moves"}
GROWS = {
    **FULL,
    "mode": "cursor",
    "column": "id",
    "overlap": {"amount": 0, "unit": "rows"},
    "key": ["id"],
}


def test_a_plan_survives_its_round_trip():
    plan = read_plan({**GROWS, "where": [{"column": "kind", "test": "in", "values": ["a", "b"]}]})
    assert read_plan(plan.tree()) == plan
    assert plan.file_name == "moves"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"overlap": None}, "overlap"),
        ({"overlap": {"amount": 5}}, "overlap"),
        ({"overlap": {"amount": 5, "unit": "minutes"}}, "overlap"),
        ({"overlap": {"amount": -1, "unit": "rows"}}, "overlap"),
        ({"column": ""}, "column"),
        ({"key": []}, "key"),
        ({"key": ["id", "id"]}, "key"),
        ({"mode": "full"}, "column"),
        ({"mode": "guess"}, "mode"),
        ({"drift": "ignore"}, "drift"),
        ({"drift_columns": {"id": "ignore"}}, "id"),
        ({"where": [{"column": "a", "test": "like", "values": ["%"]}]}, "where"),
        ({"where": ["1 = 1"]}, "where"),
        ({"sql": "SELECT 1"}, "sql"),
        ({"what": ""}, "what"),
    ],
)
def test_a_part_that_does_not_fit_is_named(change, field):
    with pytest.raises(PlanInvalid) as failure:
        read_plan({**GROWS, **change})
    assert failure.value.field == field
