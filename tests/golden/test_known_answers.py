"""The published figures, our own variants of them, and that nothing unknown ever passes."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from stockturn.cli.known_answers import TOPICS, report, run
from stockturn.cli.known_answers.case import CaseResult, Timeline
from stockturn.cli.known_answers.compare import shape
from stockturn.language import UsageError

HERE = Path(__file__).parent
PUBLISHED = HERE / "known_answers.yaml"
SHARED = HERE.parents[2] / "shared" / "cases" / "known_answers.yaml"
OURS = ("turnover", "demand_rate", "cover", "class_abc", "ageing_fifo", "valuation")
MODULES = "stockturn.cli.known_answers."
ABSENT = {topic for topic, name in TOPICS.items() if find_spec(MODULES + name) is None}


def cases(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load(path.read_text(encoding="utf-8"))["cases"])


def run_one(tmp_path: Path, **case: Any) -> CaseResult:
    file = tmp_path / "case.yaml"
    case = {"id": "X-01", "topic": "turnover", "tolerance": 1e-6, **case}
    file.write_text(yaml.safe_dump({"cases": [case]}), encoding="utf-8")
    return run(file)[0]


@pytest.fixture(scope="module")
def published() -> dict[str, CaseResult]:
    return {result.id: result for result in run(PUBLISHED)}


@pytest.fixture(scope="module")
def variants() -> dict[str, CaseResult]:
    return {result.id: result for result in run(HERE / "variants.yaml")}


@pytest.mark.parametrize("identity", [c["id"] for c in cases(PUBLISHED) if c["topic"] in OURS])
def test_published_figure(published: dict[str, CaseResult], identity: str) -> None:
    result = published[identity]
    if result.topic in ABSENT:
        pytest.skip(f"this build has no topic {result.topic}")
    assert (result.outcome, result.detail("en")) == ("pass", "")
    assert result.checked_keys > 0


def test_topics_not_built_are_unsupported_and_not_passed(published: dict[str, CaseResult]) -> None:
    others = [r for r in published.values() if r.topic not in OURS or r.topic in ABSENT]
    assert others
    assert {result.outcome for result in others} == {"unsupported"}


@pytest.mark.parametrize("identity", [c["id"] for c in cases(HERE / "variants.yaml")])
def test_variant(variants: dict[str, CaseResult], identity: str) -> None:
    result = variants[identity]
    assert (result.outcome, result.detail("en")) == ("pass", "")


def test_every_figure_of_every_case_is_really_compared() -> None:
    """With any expected number raised by 1,000, no case may still pass."""
    for path in (PUBLISHED, HERE / "variants.yaml"):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        for case in document["cases"]:
            if case["topic"] not in OURS or case["topic"] in ABSENT:
                continue
            for key, value in case["expected"].items():
                if key.startswith("must_not") or key == "source_states_final":
                    continue
                spoiled = _spoil(value)
                if spoiled != value:
                    changed = {**case, "expected": {**case["expected"], key: spoiled}}
                    assert _outcome(changed) == "fail", (case["id"], key)


def _outcome(case: dict[str, Any]) -> str:
    from stockturn.cli.known_answers import _run_case

    return _run_case(1, case).outcome


def _spoil(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1000
    if value is None:
        return 17
    if isinstance(value, dict):
        return {name: _spoil(part) for name, part in value.items()}
    if isinstance(value, list) and value:
        return [_spoil(value[0]), *value[1:]]
    return value


INPUTS = {"cogs": 10, "avg_inv": 5}


@pytest.mark.parametrize(
    ("inputs", "expected", "says"),
    [
        ({**INPUTS, "mystery": 3}, {"turnover": 2}, "inputs not understood: mystery"),
        (INPUTS, {"turnover_squared": 4}, "unknown key turnover_squared"),
        (INPUTS, {"rule": "cost over stock"}, "nothing to compare"),
        (INPUTS, {}, "nothing to compare"),
        (INPUTS, {"turnover_daily": 2}, "no average inventory for turnover_daily"),
        (INPUTS, {"turnover_sales_basis": 2}, "missing in the inputs"),
        (INPUTS, {"turnover_net_gross": 2}, "unknown key"),
        ({"cogs": "ten", "avg_inv": 5}, {"turnover": 2}, "not a number"),
        ({"cogs": True, "avg_inv": 5}, {"turnover": 2}, "not a number"),
        ({"cogs": 10, "cost_of_sales": 9, "avg_inv": 5}, {"turnover": 2}, "same thing twice"),
        ([1, 2], {"turnover": 2}, "not a mapping"),
        ({**INPUTS, "period": "fortnight"}, {"turnover": 2}, "unknown period"),
        ({"items": [{"cogs": 1}, 7]}, {"turnover": 2}, "not a list of rows"),
        ({"days": 31, "usage": 1, "intervals": [[10, 1]]}, {"turnover": 1}, "do not add"),
        (
            {"opening": 1, "month_ends": [2, 3], "closing": 4, "cogs": 1},
            {"turnover": 1},
            "disagree",
        ),
    ],
)
def test_unknown_shapes_are_unsupported(
    tmp_path: Path, inputs: Any, expected: dict[str, Any], says: str
) -> None:
    result = run_one(tmp_path, inputs=inputs, expected=expected)
    assert result.outcome == "unsupported"
    assert says in result.detail("en")
    assert result.detail("zh")


@pytest.mark.parametrize("topic", ["turnover", "demand_rate", "cover", "class_abc"])
def test_an_input_nobody_knows_makes_any_topic_unsupported(tmp_path: Path, topic: str) -> None:
    result = run_one(tmp_path, topic=topic, inputs={"mystery": 1}, expected={"mystery": 1})
    assert result.outcome == "unsupported"


def test_a_wrong_figure_fails_and_says_which(tmp_path: Path) -> None:
    result = run_one(tmp_path, inputs=INPUTS, expected={"turnover": 3, "average": 5})
    assert result.outcome == "fail"
    assert result.detail("en") == "turnover: expected 3, got 2"
    assert result.detail("zh") == "turnover：应为 3，得 2"


@pytest.mark.parametrize(
    ("expected", "outcome"),
    [
        ({"must_not_equal_turnover": 2}, "fail"),
        ({"must_not_equal_turnover": 3}, "pass"),
        ({"turnover": 2, "must_not_equal": 2}, "fail"),
        ({"turnover": 2, "must_not_equal": 7}, "pass"),
        ({"must_not_equal_turnover": [7, 2]}, "fail"),
    ],
)
def test_forbidden_figures(tmp_path: Path, expected: dict[str, Any], outcome: str) -> None:
    assert run_one(tmp_path, inputs=INPUTS, expected=expected).outcome == outcome


def test_numbers_in_quotes_are_numbers(tmp_path: Path) -> None:
    quoted = {"cogs": "5,000", "average_inventory": "1000.0"}
    assert run_one(tmp_path, inputs=quoted, expected={"turnover": "5"}).outcome == "pass"
    assert run_one(tmp_path, inputs=quoted, expected={"turnover": "5.1"}).outcome == "fail"
    words = {"cogs": "5.000,5", "average_inventory": "1000"}
    assert run_one(tmp_path, inputs=words, expected={"turnover": 5}).outcome == "unsupported"


def test_tolerance_is_absolute_and_zero_is_exact(tmp_path: Path) -> None:
    third = {"cogs": 10, "avg_inv": 3}
    near = {"turnover": 3.3333333}
    assert run_one(tmp_path, inputs=third, expected=near, tolerance=0).outcome == "fail"
    assert run_one(tmp_path, inputs=third, expected=near, tolerance=1e-6).outcome == "pass"


def test_a_timeline_may_leave_points_out_but_keeps_their_order(tmp_path: Path) -> None:
    inputs = {"on_hand": 5, "receipts": [[1, 5]], "demands": [[3, 4], [6, 9]]}
    first, last = {"at": 1, "on_hand": 10, "days": 5}, {"at": 6, "on_hand": -3, "days": 999}
    for rows, outcome in (([first, last], "pass"), ([last, first], "fail"), ([first] * 2, "fail")):
        expected = {"cover_days_after": rows}
        result = run_one(tmp_path, topic="cover", inputs=inputs, expected=expected)
        assert result.outcome == outcome


def test_a_solver_never_sees_an_expected_figure() -> None:
    expected = {"a": 1.5, "b": None, "c": [True, "A"], "d": {"x": Timeline([2])}}
    assert shape(expected) == {
        "a": "number",
        "b": "number",
        "c": ["flag", "text"],
        "d": {"x": ["number"]},
    }


@pytest.mark.parametrize("text", ["", "cases: []", "cases: 3", "a: [", "- 1"])
def test_a_file_without_cases_is_wrong_use(tmp_path: Path, text: str) -> None:
    file = tmp_path / "cases.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError):
        run(file)


def test_a_missing_file_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Cannot read the known-answer file"):
        run(tmp_path / "nothing.yaml")


def test_cases_that_are_no_cases_are_listed_as_unsupported(tmp_path: Path) -> None:
    file = tmp_path / "cases.yaml"
    file.write_text("cases: [3, {topic: tarot, expected: {a: 1}}]", encoding="utf-8")
    results = run(file)
    assert [(r.id, r.outcome) for r in results] == [("#1", "unsupported"), ("#2", "unsupported")]
    assert report(results, "en")[-1] == "2 cases: 0 pass, 0 fail, 2 unsupported."
    assert report(results, "zh")[-1] == "共 2 例：通过 0，不符 0，不支持 2。"


@pytest.mark.shared_data
def test_the_copy_kept_here_has_the_figures_of_the_shared_file() -> None:
    if not SHARED.is_file():
        pytest.skip("the shared case file is not on this machine")
    kept = {case["id"]: case for case in cases(PUBLISHED)}
    for case in cases(SHARED):
        mine = kept[case["id"]]
        assert mine["inputs"] == case["inputs"]
        assert mine["tolerance"] == case["tolerance"]
        figures = {k: v for k, v in case["expected"].items() if k != "rule"}
        assert {k: v for k, v in mine["expected"].items() if k != "rule"} == figures
