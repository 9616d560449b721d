"""A trial load reports everything a load would, and leaves no trace."""

import pytest

from stockturn.intake.load import clean, load_files
from stockturn.intake.mapping_yaml import read_mapping
from stockturn.intake.report_tree import report_of, report_tree
from stockturn.ledger import fingerprint, loads
from stockturn.ledger.tables import ensure
from stockturn.workspace import Workspace
from tests.intake.conftest import ROWS, SMALL, text

MAPPING = read_mapping(SMALL)


@pytest.fixture
def workspace(tmp_path):
    root = Workspace.create(tmp_path / "company")
    with Workspace.open(root, environ={}) as opened:
        ensure(opened.engine)
        clean(opened)
        yield opened


def traces(workspace):
    kept = sorted(path.name for path in workspace.received.rglob("*") if path.is_file())
    scratch = [path.name for path in workspace.staging.iterdir() if path.name != "spill"]
    return kept, scratch, fingerprint.fingerprint(workspace.engine)


def test_a_trial_says_what_a_load_says_and_changes_nothing(workspace, tmp_path):
    file = tmp_path / "流水.csv"
    # More goes out than came in: only posting can tell that stock falls below zero.
    file.write_text(
        text(*ROWS, "2024-03-01,销售出库,0001,A,9999,2", "2024-13-01,采购入库,0001,A,1,2"),
        encoding="utf-8",
    )
    before = traces(workspace)
    trial = load_files(workspace, [file], MAPPING, trial=True, reject_bar=1)
    assert traces(workspace) == before
    assert loads.last_load(workspace.engine) == 0
    real = load_files(workspace, [file], MAPPING, reject_bar=1)
    assert (trial.trial, real.trial) == (True, False)
    assert (trial.status, trial.load_no, trial.committed_at) == ("loaded", None, None)
    assert real.load_no == 1
    assert trial.warnings == real.warnings
    assert any("为负" in warning.zh for warning in trial.warnings)
    for name in ("rows_in", "rows_loaded", "rows_rejected", "rejects", "files"):
        assert getattr(trial, name) == getattr(real, name)
    assert trial.rows_rejected > 0


def test_a_trial_that_would_be_held_says_so(workspace, tmp_path):
    file = tmp_path / "流水.csv"
    file.write_text(text("nonsense,采购入库,0001,A,1,2"), encoding="utf-8")
    before = traces(workspace)
    report = load_files(workspace, [file], MAPPING, trial=True)
    assert (report.status, report.trial) == ("held", True)
    assert traces(workspace) == before


def test_a_trial_of_known_files_has_nothing_new(workspace, tmp_path):
    file = tmp_path / "流水.csv"
    file.write_text(text(*ROWS), encoding="utf-8")
    load_files(workspace, [file], MAPPING)
    assert load_files(workspace, [file], MAPPING, trial=True).status == "nothing_new"


def test_a_report_survives_as_json(workspace, tmp_path):
    file = tmp_path / "流水.csv"
    file.write_text(text(*ROWS, "2024-13-01,采购入库,0001,A,1,2"), encoding="utf-8")
    report = load_files(workspace, [file], MAPPING, reject_bar=1)
    assert report.rejects
    assert report_of(report_tree(report)) == report
