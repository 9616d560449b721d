"""Making and opening the folder of one company."""

import json

import pytest
import structlog

from stockturn.settings import SettingInvalid
from stockturn.workspace import Workspace, WorkspaceExists, WorkspaceMissing


def test_new_workspace_has_its_settings_and_folders(tmp_path):
    folder = Workspace.create(tmp_path / "a" / "shop", {"company": '甲"公司', "currency": "usd"})
    with Workspace.open(folder, environ={}) as workspace:
        assert workspace.settings.company == '甲"公司'
        assert workspace.settings.currency == "USD"
        assert workspace.received.is_dir()
        assert workspace.packs.is_dir()


def test_folder_in_use_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(WorkspaceExists):
        Workspace.create(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_wrong_setting_leaves_no_folder(tmp_path):
    with pytest.raises(SettingInvalid):
        Workspace.create(tmp_path / "shop", {"currency": "yuan"})
    assert not (tmp_path / "shop").exists()


def test_folder_without_settings_is_no_workspace(tmp_path):
    with pytest.raises(WorkspaceMissing) as missing:
        Workspace.open(tmp_path)
    assert "stockturn init" in missing.value.message.zh
    assert not list(tmp_path.iterdir())


def test_wrong_settings_file_does_not_leave_the_workspace_owned(tmp_path):
    folder = Workspace.create(tmp_path / "shop")
    (folder / "settings.toml").write_text('colour = "red"\n')
    for _ in range(2):
        with pytest.raises(Exception, match="colour"):
            Workspace.open(folder, wait_seconds=0)


def test_opening_empties_staging(tmp_path):
    folder = Workspace.create(tmp_path / "shop")
    (folder / "staging" / "load-1").mkdir()
    (folder / "staging" / "load-1" / "rows.parquet").write_bytes(b"half")
    (folder / "staging" / "link").symlink_to(tmp_path)
    Workspace.open(folder).close()
    assert list((folder / "staging").iterdir()) == []
    assert folder.is_dir()


def test_engine_opens_at_first_use_and_again_after_close(tmp_path):
    folder = Workspace.create(tmp_path / "shop")
    with Workspace.open(folder) as workspace:
        assert not workspace.warehouse.exists()
        assert workspace.engine is workspace.engine
        first = workspace.engine
        workspace.close_engine()
        assert workspace.engine is not first
        assert workspace.warehouse.exists()


def test_log_lines_are_json_with_the_bound_ids(tmp_path):
    folder = Workspace.create(tmp_path / "shop")
    with (
        Workspace.open(folder) as workspace,
        structlog.contextvars.bound_contextvars(load_id="load-7"),
    ):
        structlog.get_logger("stockturn.intake").info("file read", file="销售.csv", rows=3)
    lines = (workspace.logs / "stockturn.log").read_text(encoding="utf-8").splitlines()
    line = json.loads(lines[-1])
    assert line["event"] == "file read"
    assert line["load_id"] == "load-7"
    assert line["file"] == "销售.csv"
    assert line["level"] == "info"
    structlog.get_logger("stockturn.intake").info("after the workspace was closed")
    assert len((workspace.logs / "stockturn.log").read_text().splitlines()) == len(lines)


def test_logs_rotate(tmp_path, monkeypatch):
    monkeypatch.setattr("stockturn.workspace.logs.FILE_BYTES", 2000)
    folder = Workspace.create(tmp_path / "shop")
    with Workspace.open(folder) as workspace:
        for number in range(60):
            structlog.get_logger("stockturn.test").info("a line of some length", number=number)
    assert (workspace.logs / "stockturn.log.1").exists()
    assert (workspace.logs / "stockturn.log").stat().st_size <= 2000
