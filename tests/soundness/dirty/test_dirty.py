"""Every case of dirty data through the real load and ledger: its outcome, its reason, the stock."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from stockturn.intake import slices
from stockturn.intake.commit import NOTHING_NEW
from stockturn.intake.decisions import decide
from stockturn.intake.judge import LOADED, OVER_BAR
from stockturn.intake.load import clean, load_files
from stockturn.intake.mapping_yaml import read_mapping
from stockturn.intake.notes import NOTED
from stockturn.intake.reasons import HELD, IGNORED, REJECTED
from stockturn.language import StockTurnError, Text
from stockturn.ledger import periods
from stockturn.ledger.conversion import MissingRate, MissingTaxRate
from stockturn.ledger.identities import check
from stockturn.ledger.kits import WrongKit
from stockturn.ledger.posting import FINDINGS
from stockturn.ledger.rates import RESTATED
from stockturn.ledger.red_letter import UnpairedRedLetter
from stockturn.ledger.tables import ensure, table
from stockturn.ledger.units import MissingFactor
from stockturn.ledger.whole_company import CountedTwice
from stockturn.metrics.answer import ask
from stockturn.metrics.calendar import period_of
from stockturn.metrics.query import MetricQuery
from stockturn.workspace import Workspace
from tests.soundness.dirty import builders

HERE = Path(__file__).parent
CASES = yaml.safe_load((HERE / "cases.yaml").read_text(encoding="utf-8"))
MAPPING = yaml.safe_load((HERE / "mapping.yaml").read_text(encoding="utf-8"))
STOPS = {
    *("encoding", "nul_bytes", "cut_file", "empty_file", "wrong_format", "bad_workbook"),
    *("bad_quote", "password", "zip_bomb", "unsupported_format", "bad_parquet", "line_too_long"),
}
"""Holds that say that a file cannot be read at all."""
REFUSALS = {
    each.code
    for each in (
        MissingFactor,
        MissingRate,
        MissingTaxRate,
        UnpairedRedLetter,
        WrongKit,
        CountedTwice,
    )
}
"""What the ledger itself holds a load for."""
SENTENCES = {
    **HELD,
    **NOTED,
    **FINDINGS,
    "nothing_new": NOTHING_NEW,
    "reject_bar": OVER_BAR,
    "slice_replaced": slices.REPLACES,
    "slice_unclear": slices.SAME_NAME,
    "period_closed": periods.CLOSED,
    "rate_restated": RESTATED,
}


@pytest.fixture
def workspace(tmp_path):
    root = Workspace.create(tmp_path / "company")
    with Workspace.open(root, environ={}) as opened:
        ensure(opened.engine)
        clean(opened)
        yield opened


def mapping_of(case):
    tree = yaml.safe_load(yaml.safe_dump(MAPPING, allow_unicode=True)) | case.get("mapping", {})
    tree["files"][0] |= case.get("file", {})
    tree["files"][0]["columns"] |= case.get("columns", {})
    return read_mapping(yaml.safe_dump(tree, allow_unicode=True, sort_keys=False))


def content(given):
    if isinstance(given, str):
        return given.encode()
    if "made" in given:
        return getattr(builders, given["made"])()
    if "book" in given:
        return builders.book(given["book"], date_1904=given.get("date_1904", False))
    return given["text"].encode(given["encoding"])


def says(template: Text, sentence: str, language: int) -> bool:
    pattern = re.sub(r"\\\{.+?\\\}", ".*?", re.escape(template[language]))
    return re.search(pattern, sentence, re.DOTALL) is not None


def told(report, code) -> bool:
    """Whether a report tells a code, by its count or by its sentence in both languages."""
    if code in REJECTED:
        return report.rejected_by_reason.get(code, 0) > 0
    if code in IGNORED:
        return report.ignored_by_reason.get(code, 0) > 0
    if code == "loaded":
        return says(LOADED, report.message.zh, 0) and says(LOADED, report.message.en, 1)
    texts = (report.message, *report.problems, *report.warnings)
    return any(
        says(SENTENCES[code], text.zh, 0) and says(SENTENCES[code], text.en, 1) for text in texts
    )


def outcome_of(report, code) -> str:
    if report.status in {"held", "failed"}:
        return "stop" if code in STOPS else "hold"
    if report.rows_rejected and code in REJECTED:
        return "hold"
    quiet = code in {"loaded", "nothing_new", "blank_row", "total_row"}
    return "ok" if quiet else "fix"


def run(workspace, case, folder):
    report = None
    for number, files in enumerate(case["loads"]):
        if "decide" in files:
            ((kind, details),) = files["decide"].items()
            said = {key: str(value) for key, value in details.items()}
            decide(workspace, kind, said, actor="王经理", reason="测试")
            continue
        place = folder / str(number)
        place.mkdir()
        for name, given in files.items():
            (place / name).write_bytes(content(given))
        paths = sorted(place.iterdir())
        accept = case.get("accept_drop", False) and number == len(case["loads"]) - 1
        report = load_files(workspace, paths, mapping_of(case), accept_drop=accept)
    return report


def sums(workspace, key):
    rows = table("movement")
    members = table(key).select(f"{key}_id", name=table(key)[key])
    joined = rows.join(members, f"{key}_id")
    found = workspace.engine.query(
        lambda: joined.group_by("name").aggregate(q=joined.quantity.sum()), shape=f"dirty_{key}"
    )
    return {row["name"]: row["q"] for row in found.to_pylist()}


def by_kind(workspace):
    rows = table("movement")
    found = workspace.engine.query(
        lambda: rows.group_by("kind").aggregate(q=rows.quantity.sum()), shape="dirty_kind"
    )
    return {row["kind"]: row["q"] for row in found.to_pylist()}


def amounts(given):
    return {str(key): Decimal(str(number)) for key, number in given.items()}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["key"])
def test_case(workspace, case, tmp_path, tell):
    code = case["code"]
    if code in REFUSALS:
        with pytest.raises(StockTurnError) as caught:
            run(workspace, case, tmp_path)
        assert (caught.value.code, caught.value.exit_code) == (code, 3)
        tell(case, "hold", code)
        assert sums(workspace, "item") == amounts(case["stock"])
        return
    report = run(workspace, case, tmp_path)
    found = outcome_of(report, code)
    tell(case, found, code)
    assert told(report, code), (report.message, report.warnings, report.rejected_by_reason)
    assert found == case["outcome"]
    assert report.rows_in == report.rows_loaded + report.rows_rejected + report.rows_ignored
    if "rows" in case:
        counted = (report.rows_in, report.rows_loaded, report.rows_rejected, report.rows_ignored)
        assert counted == tuple(case["rows"])
    words = (report.message, *report.problems, *report.warnings, report.day_rule)
    words += tuple(reject.message for reject in report.rejects)
    for wanted in case.get("says", ()):
        assert any(wanted in text.zh or wanted in text.en for text in words), words
    for silent in case.get("silent", ()):
        assert not told(report, silent)
    check_ledger(workspace, case, report)


def check_ledger(workspace, case, report):
    if "stock" in case:
        assert sums(workspace, "item") == amounts(case["stock"])
    if "places" in case:
        held = {place: number for place, number in sums(workspace, "location").items() if number}
        assert held == amounts(case["places"])
    if "kinds" in case:
        kinds = by_kind(workspace)
        assert {kind: kinds.get(kind) for kind in case["kinds"]} == amounts(case["kinds"])
    if "days" in case:
        load = table("load")
        last = workspace.engine.query(
            lambda: load.filter(load.load_no == load.load_no.max()), shape="dirty_load"
        ).to_pylist()[0]
        assert [last["first_day"], last["last_day"]] == case["days"]
    check_decisions(workspace, case)
    if "uncosted" in case:
        rows = table("movement")
        found = workspace.engine.query(
            lambda: rows.aggregate(q=rows.quantity_uncosted.sum(), v=rows["value"].sum()),
            shape="dirty_cost",
        ).to_pylist()[0]
        assert (found["q"], found["v"]) == (case["uncosted"], None)
    if "value" in case:
        rows = table("movement")
        found = workspace.engine.query(
            lambda: rows.aggregate(v=rows["value"].sum()), shape="dirty_value"
        ).to_pylist()[0]
        assert found["v"] == case["value"]
    if report.status == "held":
        assert report.load_no is None
    if workspace.engine.query(lambda: table("load"), shape="dirty_loads").num_rows:
        assert [one.key for one in check(workspace.engine) if not one.passed] == []


def check_decisions(workspace, case):
    if "counts_as" in case:
        query = MetricQuery(("closing_quantity",), period_of("2024"), by=("item",))
        rows = ask(workspace.engine, query).rows
        found = {row.group[0]: row.values["closing_quantity"].number for row in rows}
        assert found == amounts(case["counts_as"])
    if "closes" in case:
        closes = [[one.version, int(one.quantity)] for one in periods.history(workspace.engine)]
        assert closes == case["closes"]


def test_every_case_has_words_in_both_languages():
    keys = [case["key"] for case in CASES]
    assert len(keys) == len(set(keys))
    known = {*SENTENCES, *REJECTED, *IGNORED, "loaded", *REFUSALS}
    for case in CASES:
        assert case["case"]["zh"]
        assert case["case"]["en"]
        assert case["outcome"] in {"ok", "fix", "hold", "stop"}
        assert case["code"] in known
