"""Quality rules: ready and own, checked on what a load brought, repeated by a rebuild."""

from decimal import Decimal

import pytest

from stockturn.intake.load import clean, load_files
from stockturn.intake.mapping_yaml import read_mapping
from stockturn.intake.quality import NoSuchRule, ready_rules, rules_in_force, save_rule, switch_off
from stockturn.intake.replay import replay
from stockturn.ledger import quality
from stockturn.ledger.quality import KINDS, BadRule, rule_of
from stockturn.ledger.tables import ensure
from stockturn.workspace import Workspace
from tests.intake.conftest import SMALL, text

MAPPING = read_mapping(SMALL)
ROWS = (
    "2024-01-05,采购入库,0001,A,10,1.5",
    "2024-01-06,采购入库,0002,A,5000,",
    "2024-01-07,销售出库,0001,A,-3,",
)
OWN = {
    "key": "no_huge_receipts",
    "title": {"zh": "入库数量不超过 1000", "en": "Receipts of at most 1000"},
    "kind": "range",
    "columns": ["quantity"],
    "where": {"kind": ["receipt"]},
    "high": "1000",
    "severity": "error",
    "owner": "采购部",
}


@pytest.fixture
def workspace(tmp_path):
    root = Workspace.create(tmp_path / "company")
    with Workspace.open(root, environ={}) as opened:
        ensure(opened.engine)
        clean(opened)
        yield opened


def load(workspace, tmp_path, *rows, name="流水.csv"):
    (tmp_path / name).write_text(text(*rows), encoding="utf-8")
    report = load_files(workspace, [tmp_path / name], MAPPING)
    assert report.status == "loaded"
    return report.load_no


def shares(engine, **which):
    return {one.rule: one.share for one in quality.results(engine, **which)}


def test_ready_rules_cover_every_kind_but_those_a_firm_must_set():
    kinds = {rule.kind for rule in ready_rules()}
    assert set(KINDS) - kinds == {"uniqueness", "range", "freshness"}
    for rule in ready_rules():
        assert rule.title.zh
        assert rule.title.en


def test_a_load_is_checked_and_failing_rows_are_named(workspace, tmp_path):
    save_rule(workspace, OWN, by="李")
    load(workspace, tmp_path, *ROWS)
    found = {one.rule: one for one in quality.results(workspace.engine)}
    own = found["no_huge_receipts"]
    assert (own.checked, own.passed, own.holds, own.owner) == (2, 1, False, "采购部")
    (example,) = own.examples
    assert (example["file"], example["row"]) == ("流水.csv", 3)
    assert Decimal(example["found"]) == 5000
    assert (found["item_listed"].checked, found["item_listed"].passed) == (3, 0)
    assert (found["cost_known"].checked, found["cost_known"].passed) == (3, 2)
    assert "count_accuracy" not in found


def test_only_what_the_load_brought_is_checked(workspace, tmp_path):
    load(workspace, tmp_path, *ROWS)
    second = load(workspace, tmp_path, "2024-02-01,采购入库,0003,A,7,2", name="流水2.csv")
    assert shares(workspace.engine, load_no=second)["cost_known"] == 1
    trend = quality.trend(workspace.engine, "cost_known")
    assert [(one.load_no, one.checked) for one in trend] == [(1, 3), (2, 1)]
    assert quality.results(workspace.engine, load_no=second)[0].load_no == second


def test_the_score_weighs_by_severity(workspace, tmp_path):
    load(workspace, tmp_path, *ROWS)
    found = quality.results(workspace.engine)
    weighed = sum(one.share * quality.WEIGHTS[one.severity] for one in found)
    assert quality.score(found) == weighed / sum(quality.WEIGHTS[o.severity] for o in found)
    assert quality.score([]) is None


def test_rules_are_versions_and_can_be_switched_off(workspace):
    assert save_rule(workspace, OWN).version == 1
    assert save_rule(workspace, {**OWN, "high": "900"}).version == 2
    assert save_rule(workspace, {**OWN, "key": "item_listed"}).version == 2
    keys = {rule.key: rule.version for rule in rules_in_force(workspace)}
    assert (keys["no_huge_receipts"], keys["item_listed"]) == (2, 2)
    switch_off(workspace, "no_huge_receipts")
    assert "no_huge_receipts" not in {rule.key for rule in rules_in_force(workspace)}
    with pytest.raises(NoSuchRule):
        switch_off(workspace, "no_huge_receipts")


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "magic"},
        {"table": "secrets"},
        {"columns": ["password"]},
        {"columns": []},
        {"high": None},
        {"columns": ["kind"]},
        {"target": "2"},
        {"where": {"nothing": ["x"]}},
        {"sql": "drop table movement"},
    ],
)
def test_a_rule_that_names_what_is_not_there_is_refused(change):
    with pytest.raises(BadRule) as caught:
        rule_of({**OWN, **change})
    assert "no_huge_receipts" in caught.value.message.zh


def test_every_kind_of_rule_can_be_checked(workspace, tmp_path):
    base = {"title": {"zh": "规则", "en": "rule"}}
    for tree in (
        {"key": "u", "kind": "uniqueness", "columns": ["item_id", "happened_on"]},
        {"key": "f", "kind": "freshness", "high": 2},
        {"key": "v", "kind": "volume"},
        {"key": "b", "kind": "balance_identity"},
        {"key": "c", "kind": "count_accuracy", "table": "doc_stock_count"},
    ):
        save_rule(workspace, {**base, **tree})
    load(workspace, tmp_path, *ROWS)
    load(workspace, tmp_path, ROWS[0], ROWS[0].replace("10", "11"), name="流水2.csv")
    found = {one.rule: (one.checked, one.passed) for one in quality.results(workspace.engine)}
    assert found["u"] == (2, 1)
    assert found["f"] == (1, 0)
    assert found["v"] == (1, 1)


def test_a_rebuild_repeats_the_results_of_the_rules_of_then(workspace, tmp_path):
    save_rule(workspace, OWN)
    load(workspace, tmp_path, *ROWS)
    switch_off(workspace, "no_huge_receipts")
    before = quality.results(workspace.engine)
    engine = workspace.open_engine(workspace.root / "again.duckdb")
    try:
        ensure(engine)
        for planned in replay(workspace.received):
            planned.run(workspace, engine)
        assert quality.results(engine) == before
    finally:
        engine.close()


def test_legs_in_transit_are_the_ledgers_own_and_not_judged(workspace, tmp_path):
    (tmp_path / "调拨.csv").write_text(
        "日期,业务类型,物料编码,仓库编码,数量,单价,调拨单号\n"
        "2024-01-01,期初,0001,A,10,2,\n"
        "2024-01-05,调拨出库,0001,A,4,,D1\n"
        "2024-01-08,调拨入库,0001,B,4,,D1\n",
        encoding="utf-8",
    )
    report = load_files(workspace, [tmp_path / "调拨.csv"], "generic-zh")
    assert report.status == "loaded", report.message
    found = {one.rule: one for one in quality.results(workspace.engine)}
    assert found["location_listed"].checked == 3
    assert "balances_tie" not in found
