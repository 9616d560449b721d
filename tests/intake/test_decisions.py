"""Decisions: posted like loads, refused without name or reason, replayed by a rebuild."""

import json
from datetime import date

import pytest

from stockturn.cli.rebuild import rebuild_warehouse
from stockturn.intake.decisions import decide
from stockturn.intake.load import clean, load_files
from stockturn.intake.mapping_yaml import read_mapping
from stockturn.intake.replay import replay
from stockturn.language import UsageError
from stockturn.ledger import loads, periods
from stockturn.ledger.fingerprint import content_hash
from stockturn.ledger.tables import ensure, table
from stockturn.workspace import Workspace
from tests.intake.conftest import SMALL, text

MAPPING = read_mapping(SMALL)
JANUARY, LATE, FEBRUARY = (
    "2024-01-05,采购入库,a,A,10,1.5",
    "2024-01-20,采购入库,a,A,4,1",
    "2024-02-01,销售出库,a,A,-3,",
)


@pytest.fixture
def workspace(tmp_path):
    root = Workspace.create(tmp_path / "company")
    with Workspace.open(root, environ={}) as opened:
        ensure(opened.engine)
        clean(opened)
        yield opened


def load(workspace, tmp_path, name, *rows):
    (tmp_path / name).write_text(text(*rows), encoding="utf-8")
    return load_files(workspace, [tmp_path / name], MAPPING)


def close(workspace, month="2024-01", *, kind="close_period", actor="李会计", reason="月结"):
    return decide(workspace, kind, {"month": month}, actor=actor, reason=reason)


def test_a_closed_month_changes_only_by_a_named_person_with_a_reason(workspace, tmp_path):
    load(workspace, tmp_path, "流水1.csv", JANUARY)
    close(workspace)
    assert load(workspace, tmp_path, "流水2.csv", FEBRUARY).status == "loaded"
    before = content_hash(workspace.engine)
    late = load(workspace, tmp_path, "流水3.csv", LATE)
    assert (late.status, late.exit_code, late.load_no) == ("held", 3, None)
    assert "2024-01" in late.message.zh
    assert "stockturn reopen 2024-01" in late.message.en
    assert content_hash(workspace.engine) == before
    for actor, reason in (("", "补单"), ("李会计", " ")):
        with pytest.raises(UsageError, match="named person"):
            close(workspace, kind="reopen_period", actor=actor, reason=reason)
    close(workspace, kind="reopen_period", reason="漏录一张入库单")
    assert load(workspace, tmp_path, "流水3.csv", LATE).status == "loaded"
    close(workspace, reason="更正后月结")
    states = periods.periods(workspace.engine)
    assert [(s.state, s.version, s.actor) for s in states] == [
        ("closed", 2, "李会计"),
        ("reopened", 1, "李会计"),
        ("closed", 1, "李会计"),
    ]
    assert states[1].content_hash == states[2].content_hash != states[0].content_hash
    assert [int(s.quantity) for s in states] == [14, 10, 10]
    assert loads.history(workspace.engine)[0].actor == "李会计"


def test_closing_closes_everything_before_and_reopening_everything_after(workspace, tmp_path):
    load(workspace, tmp_path, "流水1.csv", JANUARY)
    close(workspace, "2024-03")
    assert load(workspace, tmp_path, "流水2.csv", FEBRUARY).status == "held"
    with pytest.raises(UsageError, match="closed"):
        close(workspace, "2024-02")
    with pytest.raises(UsageError, match="not closed"):
        close(workspace, "2024-04", kind="reopen_period")
    close(workspace, "2024-02", kind="reopen_period")
    assert periods.closed_through(workspace.engine) is None
    assert load(workspace, tmp_path, "流水2.csv", FEBRUARY).status == "loaded"


@pytest.mark.parametrize("month", ["2999-01", "6月", "2024-13"])
def test_a_month_that_cannot_be_closed_is_refused_and_leaves_nothing(workspace, tmp_path, month):
    load(workspace, tmp_path, "流水1.csv", JANUARY)
    with pytest.raises(UsageError):
        close(workspace, month)
    assert periods.periods(workspace.engine) == []
    assert [path.name for path in workspace.received.glob("*.json")] == ["load-1.json"]


def test_a_kind_that_nobody_knows_is_refused(workspace):
    with pytest.raises(UsageError, match="close_period"):
        close(workspace, kind="burn_books")
    assert workspace.engine.query(table("load")).num_rows == 0


def test_a_rebuild_replays_decisions_in_their_place(workspace, tmp_path):
    load(workspace, tmp_path, "流水1.csv", JANUARY)
    close(workspace)
    close(workspace, kind="reopen_period", reason="漏单")
    load(workspace, tmp_path, "流水3.csv", LATE)
    close(workspace, reason="更正")
    planned = replay(workspace.received)
    assert [each.mapping is None for each in planned] == [False, True, True, False, True]
    document = json.loads(planned[1].manifest.files[0][1].path.read_text(encoding="utf-8"))
    assert document["content"] == {"month": "2024-01"}
    rebuilt = rebuild_warehouse(workspace, lambda *_: None)
    assert (rebuilt.loads, rebuilt.differing) == (5, ())
    assert periods.closed_through(workspace.engine) == date(2024, 2, 1)
