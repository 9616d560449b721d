"""Whole loads into a real workspace: kept bytes, one transaction, nothing half-loaded."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from stockturn.intake import load as loading
from stockturn.intake.load import clean, load_files
from stockturn.intake.mapping_yaml import read_mapping
from stockturn.intake.origin import ControlTotals, Origin
from stockturn.intake.received import kept_path, read_manifest
from stockturn.intake.replay import KeptMissing, replay
from stockturn.language import UsageError
from stockturn.ledger import loads, posting
from stockturn.ledger.tables import ensure, table
from stockturn.workspace import DiskFull
from tests.intake.conftest import HEADER, ROWS, SMALL, text

MAPPING = read_mapping(SMALL)


@pytest.fixture
def folder(tmp_path):
    """Return a folder with two good files and one that the mapping does not know."""
    source = tmp_path / "files"
    source.mkdir()
    (source / "流水1.csv").write_text(text(*ROWS), encoding="utf-8")
    (source / "流水2.csv").write_text(
        text("2024-02-01,采购入库,0003,B,7,2", "合计,,,,7,"), encoding="utf-8"
    )
    (source / "报价.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    return source


def movements(workspace, engine=None):
    rows = (engine or workspace.engine).query(
        lambda: table("movement").order_by("movement_id"), shape="test_movements"
    )
    return [
        (str(r["happened_on"]), r["kind"], r["quantity"], r["load_no"], r["file_no"], r["row_no"])
        for r in rows.to_pylist()
    ]


def leftovers(workspace):
    names = [path.name for path in workspace.received.iterdir() if path.is_file()]
    return sorted(names), list(workspace.staging.glob("load-*"))


def test_a_load_from_files_to_ledger(workspace, folder):
    told = []
    report = load_files(
        workspace, [folder], MAPPING, progress=lambda stage, *_: told.append(stage.zh)
    )
    assert (report.status, report.exit_code, report.load_no) == ("loaded", 0, 1)
    assert (report.rows_in, report.rows_loaded) == (4, 3)
    assert (report.rows_rejected, report.rows_ignored) == (0, 1)
    assert report.ignored_by_reason == {"total_row": 1}
    assert "合计" in report.reasons["total_row"].zh
    assert report.message.zh == "已入账 3 行，拒收 0 行，忽略 1 行。"
    assert any("报价.csv" in warning.zh for warning in report.warnings)
    assert told[0] == "保存原始文件"
    assert "读取 流水1.csv" in told
    assert movements(workspace) == [
        ("2024-01-05", "receipt", Decimal(10), 1, 0, 2),
        ("2024-01-06", "sale_issue", Decimal(-3), 1, 0, 3),
        ("2024-02-01", "receipt", Decimal(7), 1, 1, 2),
    ]
    names, scratch = leftovers(workspace)
    assert (names, scratch) == (["load-1.json"], [])


def test_bytes_are_kept_under_their_hash(workspace, folder):
    report = load_files(workspace, [folder / "流水1.csv"], MAPPING)
    sha256 = report.files[0].sha256
    kept = kept_path(workspace.received, sha256)
    assert kept.read_bytes() == (folder / "流水1.csv").read_bytes()
    manifest = json.loads((workspace.received / "load-1.json").read_text(encoding="utf-8"))
    assert manifest["files"][0]["name"] == "流水1.csv"
    assert manifest["mapping"]["content"].startswith(SMALL.rstrip())
    assert "time_zone: Asia/Shanghai\nday_cutoff_hour: 0\n" in manifest["mapping"]["content"]
    assert "base_currency: CNY\n" in manifest["mapping"]["content"]


def test_the_same_file_again_changes_nothing(workspace, folder):
    load_files(workspace, [folder], MAPPING)
    before = movements(workspace)
    again = load_files(workspace, [folder], MAPPING)
    assert (again.status, again.exit_code, again.load_no) == ("nothing_new", 0, None)
    assert [file.already_loaded for file in again.files] == [True, True]
    assert movements(workspace) == before
    assert leftovers(workspace)[0] == ["load-1.json"]


def test_only_the_new_file_of_a_folder_is_loaded(workspace, folder):
    load_files(workspace, [folder / "流水1.csv"], MAPPING)
    report = load_files(workspace, [folder], MAPPING)
    assert (report.load_no, report.rows_loaded) == (2, 1)
    assert [(file.name, file.already_loaded) for file in report.files] == [
        ("流水2.csv", False),
        ("流水1.csv", True),
    ]


def test_a_copy_in_the_same_load_is_loaded_once(workspace, folder):
    (folder / "流水3.csv").write_bytes((folder / "流水1.csv").read_bytes())
    report = load_files(workspace, [folder], MAPPING)
    assert report.rows_loaded == 3
    assert any("流水3.csv" in warning.zh for warning in report.warnings)


def test_rejected_rows_are_reported_and_kept(workspace, folder):
    rows = [f"2024-01-05,采购入库,i{n},A,{n},1" for n in range(1, 200)]
    (folder / "流水1.csv").write_text(text(*rows, "2024-01-05,采购入库,x,A,一,1"), encoding="utf-8")
    report = load_files(workspace, [folder / "流水1.csv"], MAPPING)
    assert (report.status, report.rows_rejected) == ("loaded", 1)
    reject = report.rejects[0]
    assert (reject.file, reject.row_no, reject.column, reject.value) == (
        "流水1.csv",
        201,
        "数量",
        "一",
    )
    assert "应是数字" in reject.message.zh
    assert "number was expected" in reject.message.en
    assert [row.code for row in loads.rejects(workspace.engine, 1)] == ["not_a_number"]


def test_too_many_rejects_hold_the_load(workspace, folder):
    rows = (ROWS[0], "2024-01-05,采购入库,x,A,一,1")
    (folder / "流水1.csv").write_text(text(*rows), encoding="utf-8")
    report = load_files(workspace, [folder], MAPPING)
    assert (report.status, report.exit_code, report.load_no) == ("held", 3, None)
    assert "超过上限 1%" in report.message.zh
    assert "nothing was loaded" in report.message.en
    assert (report.rows_in, report.rows_rejected) == (4, 1)
    assert movements(workspace) == []
    assert leftovers(workspace) == ([], [])
    assert load_files(workspace, [folder], MAPPING, reject_bar=Decimal("0.5")).load_no == 1


def test_one_bad_file_holds_all_and_every_problem_is_told(workspace, folder):
    (folder / "流水3.csv").write_text("", encoding="utf-8")
    (folder / "流水4.csv").write_text(HEADER + "\n", encoding="utf-8")
    report = load_files(workspace, [folder], MAPPING)
    assert (report.status, report.exit_code) == ("held", 3)
    assert len(report.problems) == 2
    assert "流水3.csv" in report.problems[0].zh
    assert "流水4.csv" in report.problems[1].en
    assert movements(workspace) == []


def test_paths_that_are_not_there(workspace, tmp_path):
    with pytest.raises(UsageError) as caught:
        load_files(workspace, [tmp_path / "没有.csv"], MAPPING)
    assert "没有.csv" in caught.value.message.zh
    (tmp_path / "other").mkdir()
    with pytest.raises(UsageError) as caught:
        load_files(workspace, [tmp_path / "other"], MAPPING)
    assert "流水*" in caught.value.message.en
    assert caught.value.exit_code == 2


def test_patterns(workspace, folder):
    assert load_files(workspace, [f"{folder}/流水*.csv"], MAPPING).rows_loaded == 3


def test_a_worker_out_of_memory_loads_nothing(workspace, folder, monkeypatch):
    monkeypatch.setattr(
        type(workspace.settings), "worker_memory_mb", property(lambda _: 60), raising=False
    )
    rows = [f"2024-01-05,采购入库,item {n},A,{n},1" for n in range(1, 300_000)]
    (folder / "流水1.csv").write_text(text(*rows), encoding="utf-8")
    report = load_files(workspace, [folder / "流水1.csv"], MAPPING)
    assert (report.status, report.exit_code) == ("failed", 1)
    assert movements(workspace) == []


def test_a_full_disk_is_told_as_such(workspace, folder, monkeypatch):
    def full(*_args, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("stockturn.intake.received.os.fsync", full)
    with pytest.raises(DiskFull) as caught:
        load_files(workspace, [folder], MAPPING)
    assert "磁盘空间不足" in caught.value.message.zh
    assert leftovers(workspace) == ([], [])
    assert movements(workspace) == []


# --- kills ---------------------------------------------------------------------------------------


class Killed(BaseException):
    """Stands for the process ending here: nothing catches it."""


def test_killed_before_posting(workspace, folder, monkeypatch):
    def die(*_args, **_options):
        raise Killed

    monkeypatch.setattr(posting, "post", die)
    with pytest.raises(Killed):
        load_files(workspace, [folder], MAPPING)
    monkeypatch.undo()
    assert leftovers(workspace)[0][0].startswith("pending-")
    clean(workspace)
    assert leftovers(workspace) == ([], [])
    assert replay(workspace.received) == []
    assert load_files(workspace, [folder], MAPPING).load_no == 1


def test_killed_after_the_commit(workspace, folder, monkeypatch):
    def die(*_args, **_options):
        raise Killed

    monkeypatch.setattr(loading.received, "finish", die)
    with pytest.raises(Killed):
        load_files(workspace, [folder], MAPPING)
    monkeypatch.undo()
    clean(workspace)
    assert leftovers(workspace)[0] == ["load-1.json"]
    manifest = read_manifest(workspace.received / "load-1.json")
    assert manifest.committed_at == loads.history(workspace.engine)[0].committed_at
    assert load_files(workspace, [folder], MAPPING).status == "nothing_new"


def test_what_a_killed_copy_leaves_is_removed(workspace):
    (workspace.received / "incoming-1").write_bytes(b"half")
    (workspace.staging / "load-1").mkdir()
    clean(workspace)
    assert leftovers(workspace) == ([], [])


# --- rebuild -------------------------------------------------------------------------------------


def test_loads_can_be_made_again(workspace, folder):
    load_files(workspace, [folder / "流水1.csv"], MAPPING)
    load_files(workspace, [folder], MAPPING)
    before = movements(workspace)
    planned = replay(workspace.received)
    assert [load.load_no for load in planned] == [1, 2]
    engine = workspace.open_engine(workspace.root / "again.duckdb")
    try:
        ensure(engine)
        posted = [load.run(workspace, engine) for load in planned]
        assert movements(workspace, engine) == before
        assert [load.committed_at for load in posted] == [
            load.committed_at for load in reversed(loads.history(workspace.engine))
        ]
    finally:
        engine.close()


def test_a_rebuild_without_its_bytes_says_which(workspace, folder):
    report = load_files(workspace, [folder / "流水1.csv"], MAPPING)
    Path(kept_path(workspace.received, report.files[0].sha256)).unlink()
    with pytest.raises(KeptMissing) as caught:
        replay(workspace.received)
    assert "流水1.csv" in caught.value.message.zh
    assert "backup" in caught.value.message.en


def test_the_cursor_of_a_feed_commits_with_its_rows(workspace, folder):
    origin = Origin("旺店通.出入库", "2024-02-01T08:00", actor="李经理")
    report = load_files(workspace, [folder / "流水1.csv"], MAPPING, origin=origin)
    assert loads.last_cursor(workspace.engine, "旺店通.出入库") == "2024-02-01T08:00"
    record = loads.history(workspace.engine)[0]
    assert (record.feed, record.cursor, record.actor) == (origin.feed, origin.cursor, "李经理")
    kept = read_manifest(workspace.received / f"load-{report.load_no}.json")
    assert (kept.origin, kept.load_id) == (origin, record.load_id)
    assert loads.last_cursor(workspace.engine, "another") is None


def test_a_cursor_moves_on_even_when_nothing_new_came(workspace, folder):
    for cursor, status in (("1", "loaded"), ("1", "nothing_new"), ("2", "loaded")):
        report = load_files(
            workspace, [folder / "流水1.csv"], MAPPING, origin=Origin("feed", cursor)
        )
        assert report.status == status
    assert loads.last_cursor(workspace.engine, "feed") == "2"
    assert len(movements(workspace)) == 2
    again = replay(workspace.received)
    assert [load.manifest.origin.cursor for load in again] == ["1", "2"]


@pytest.mark.parametrize(
    ("rows", "total", "held"),
    [(2, "7", False), (3, "7", True), (2, "8", True), (None, "7.0", False)],
)
def test_a_load_that_misses_the_sources_totals_is_held(workspace, folder, rows, total, held):
    totals = ControlTotals(rows, (("数量", Decimal(total)),))
    report = load_files(
        workspace, [folder / "流水1.csv"], MAPPING, origin=Origin("feed", "1", totals)
    )
    assert report.status == ("held" if held else "loaded")
    if held:
        assert "来源声明的合计" in report.message.zh
        assert "totals the source states" in report.message.en
        assert loads.last_cursor(workspace.engine, "feed") is None
