"""Commands on a real workspace: alone, beside a server, rebuilt, backed up and restored."""

import csv
import io
import json
import re
import shutil
import signal
import socket
import tarfile

import openpyxl
import pytest

from stockturn.intake.sources.store import Sources
from stockturn.workspace import Workspace
from tests.cli.running import run, start, write_movements

QUESTION = ("show", "closing_quantity,turnover", "--by", "item", "--period", "2025")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """A workspace with one load; tests that change it take a copy."""
    place = tmp_path_factory.mktemp("loaded")
    file = write_movements(place / "出入库流水-1.csv", rows=300, seed=1)
    shop = place / "店"
    assert run("init", shop, "--company", "示例").returncode == 0
    result = run("load", file, "--mapping", "generic-zh", "--workspace", shop)
    assert result.returncode == 0, result.stdout + result.stderr
    return shop


@pytest.fixture
def shop(loaded, tmp_path):
    return shutil.copytree(loaded, tmp_path / "店")


def answer(shop, *more):
    result = run(*QUESTION, "--format", "json", "--workspace", shop, *more)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def served(shop):
    """Start a server and wait for its address."""
    server = start("serve", "--port", "0", "--no-browser", "--workspace", shop)
    lines = [server.stdout.readline() for _ in range(2)]
    assert "http://127.0.0.1:" in lines[0], lines
    return server


def ended(server):
    server.send_signal(signal.SIGINT)
    output, _ = server.communicate(timeout=60)
    assert "Traceback" not in output
    return server.returncode


def test_same_file_again_is_nothing_new(shop):
    file = write_movements(shop.parent / "出入库流水-1.csv", rows=300, seed=1)
    result = run("load", file, "--mapping", "generic-zh", "--workspace", shop, "--format", "json")
    report = json.loads(result.stdout)
    assert result.returncode == 0
    assert report["status"] == "nothing_new"
    assert report["load_no"] is None


def test_every_row_is_accounted_for_in_the_report(shop):
    file = write_movements(shop.parent / "出入库流水-2.csv", rows=200, seed=2)
    file.write_text(file.read_text(encoding="utf-8") + "2025-02-30,采购入库,I001,W1,5,1\n")
    result = run("load", file, "--mapping", "generic-zh", "--workspace", shop, "--format", "json")
    report = json.loads(result.stdout)
    assert result.returncode == 0, result.stderr
    assert report["rows_in"] == 201
    assert report["rows_rejected"] == 1
    parts = report["rows_loaded"] + report["rows_rejected"] + report["rows_ignored"]
    assert parts == report["rows_in"]
    assert sum(report["rejected_by_reason"].values()) == 1
    assert report["rejects"][0]["row_no"] == 202


def test_rejects_above_the_bar_hold_the_load_with_exit_code_3(shop):
    before = answer(shop)
    file = shop.parent / "出入库流水-3.csv"
    file.write_text("日期,业务类型,物料编码,仓库编码,数量\n明天,采购入库,I001,W1,多\n")
    result = run("load", file, "--mapping", "generic-zh", "--workspace", shop)
    assert result.returncode == 3
    assert "没有导入任何数据" in result.stdout
    assert answer(shop) == before


def test_forms_agree_on_total_and_basis(shop, tmp_path):
    exact = answer(shop)
    total = exact["totals"][0]["values"]["closing_quantity"]["number"]
    text = run(*QUESTION, "--workspace", shop, "--format", "csv").stdout
    last = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))[-1]
    assert total in last.values()
    assert exact["basis_label"] in last.values()
    target = tmp_path / "答案.xlsx"
    written = run(*QUESTION, "--workspace", shop, "--format", "xlsx", "--output", target)
    assert written.returncode == 0, written.stderr
    page = openpyxl.load_workbook(target)["数据"]
    assert page.cell(page.max_row, 2).value == float(total)
    table = run(*QUESTION, "--workspace", shop).stdout
    assert exact["basis_label"] in table
    assert f"{float(total):,.0f}" in table


def test_period_and_span_name_the_same_days(shop):
    spelled = run(
        *QUESTION[:-2], "--from", "2025-01-01", "--to", "2025-12-31", "--format", "json",
        "--workspace", shop,
    )  # fmt: skip
    assert json.loads(spelled.stdout) == answer(shop)


def test_check_passes_and_finds_a_changed_file(shop):
    whole = run("check", "--workspace", shop, "--format", "json")
    assert whole.returncode == 0, whole.stdout
    kept = next(path for path in (shop / "received").glob("??/*"))
    kept.write_bytes(kept.read_bytes() + b"\n")
    changed = run("check", "--workspace", shop, "--format", "json")
    assert changed.returncode == 1
    failed = [each["key"] for each in json.loads(changed.stdout) if not each["passed"]]
    assert failed == ["kept_files"]


def test_commands_go_through_the_server_unnoticed(shop):
    before = answer(shop)
    file = write_movements(shop.parent / "出入库流水-4.csv", rows=50, seed=4)
    server = served(shop)
    try:
        assert answer(shop) == before
        loading = run("load", file, "--mapping", "generic-zh", "--workspace", shop)
        assert loading.returncode == 0, loading.stderr
        assert run("check", "--workspace", shop).returncode == 0
        after = answer(shop)
        wrong = run("show", "nonsense", "--period", "2025", "--workspace", shop)
        assert wrong.returncode == 2
        busy = run("rebuild", "--workspace", shop)
        assert busy.returncode == 1
        assert "workspace_busy" in busy.stderr
    finally:
        code = ended(server)
    assert code == 0
    assert after != before
    assert answer(shop) == after
    assert not (shop / "owner.json").exists()


def test_port_in_use_is_told(shop):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = run("serve", "--port", port, "--no-browser", "--workspace", shop)
    assert result.returncode == 1
    assert "port_taken" in result.stderr


def test_rebuild_makes_the_same_warehouse(shop):
    before = answer(shop)
    result = run("rebuild", "--workspace", shop)
    assert result.returncode == 0, result.stdout + result.stderr
    assert answer(shop) == before
    assert not list(shop.glob("warehouse.duckdb.*"))


def test_damaged_warehouse_says_rebuild_and_rebuild_helps(shop):
    before = answer(shop)
    (shop / "warehouse.duckdb").write_bytes(b"no longer a warehouse" * 500)
    broken = run(*QUESTION, "--workspace", shop)
    assert broken.returncode == 1
    assert "stockturn rebuild" in broken.stderr
    assert run("rebuild", "--workspace", shop).returncode == 0
    assert answer(shop) == before


def test_backup_restores_to_an_equal_workspace(shop, tmp_path):
    file, copy = tmp_path / "备份.tar", tmp_path / "新店"
    saved = run("backup", file, "--workspace", shop)
    assert saved.returncode == 0, saved.stderr
    assert run("backup", file, "--workspace", shop).returncode == 2
    restored = run("restore", file, copy)
    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert answer(copy) == answer(shop)
    again = run("restore", file, copy)
    assert again.returncode == 2


def test_a_backup_holds_no_key_and_restore_names_the_sources_that_need_it(shop, tmp_path):
    form = {"host": "127.0.0.1", "port": 1, "database": "d", "user": "u", "password": "p-7788"}
    with Workspace.open(shop, environ={}) as workspace:
        Sources(workspace).add("金蝶", "postgresql", form)
        secret = workspace.secret
    file, copy = tmp_path / "备份.tar", tmp_path / "新店"
    saved = run("backup", file, "--workspace", shop)
    assert saved.returncode == 0, saved.stderr
    assert "secret.key" in saved.stderr
    assert secret not in file.read_bytes()
    restored = run("restore", file, copy)
    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert "金蝶" in restored.stderr
    (copy / "secret.key").unlink(missing_ok=True)
    shutil.copy(shop / "secret.key", copy / "secret.key")
    with Workspace.open(copy, environ={}) as workspace:
        assert Sources(workspace).opened("金蝶")[1]["password"] == "p-7788"


@pytest.mark.parametrize("harm", ["cut", "changed", "stray"])
def test_harmed_backup_restores_nothing(shop, tmp_path, harm):
    file, copy = tmp_path / "备份.tar", tmp_path / "新店"
    assert run("backup", file, "--workspace", shop).returncode == 0
    content = file.read_bytes()
    if harm == "cut":
        file.write_bytes(content[: len(content) // 2])
    elif harm == "changed":
        assert "采购入库".encode() in content
        file.write_bytes(content.replace("采购入库".encode(), "采购退货".encode()))
    else:
        with tarfile.open(file, "a") as tar:
            info = tarfile.TarInfo("received/../../escaped.txt")
            tar.addfile(info, io.BytesIO())
    result = run("restore", file, copy)
    assert result.returncode == 1
    assert "backup_damaged" in result.stderr
    assert not copy.exists()
    assert not (tmp_path / "escaped.txt").exists()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_demo_starts_again_where_it_was(tmp_path):
    place = tmp_path / "demo"
    size = ("--items", "40", "--months", "3")
    first = start("demo", "--dir", place, "--port", "0", "--no-browser", *size)
    lines = [first.stdout.readline()]
    while lines[-1] and "http://" not in lines[-1]:
        lines.append(first.stdout.readline())
    assert re.search(r"http://127\.0\.0\.1:\d+", lines[-1]), "".join(lines)
    beside = run("demo", "--dir", place, "--no-browser")
    assert beside.returncode == 0, beside.stderr
    assert "http://127.0.0.1:" in beside.stdout
    shown = run("show", "turnover", "--by", "category", "--workspace", place)
    assert shown.returncode == 0, shown.stderr
    assert ended(first) == 0
    other = run("demo", "--dir", place, "--no-browser", "--items", "50")
    assert other.returncode == 2
    marks = (place / "demo" / "generated.json").stat().st_mtime_ns
    second = start("demo", "--dir", place, "--port", "0", "--no-browser")
    assert "http://" in second.stdout.readline()
    assert ended(second) == 0
    assert (place / "demo" / "generated.json").stat().st_mtime_ns == marks


def test_the_two_minute_sheet_loads_and_is_made_again(tmp_path):
    folder, sheet = tmp_path / "公司", tmp_path / "速算.csv"
    sheet.write_text(
        "月份,品类,期初库存,期末库存,销售成本,销售收入\n2024-01,五金,100,120,60,90\n"
        "2024-02,五金,120,140,60,\n合计,,,,120,90\n",
        encoding="utf-8",
    )
    assert run("init", folder, "--company", "甲", "--reading", "financial").returncode == 0
    loaded = run("load", sheet, "--mapping", "two-minute-sheet", "--workspace", folder)
    assert loaded.returncode == 0, loaded.stdout + loaded.stderr
    question = ("show", "turnover,closing_quantity", "--by", "category", "--workspace", folder)
    before = run(*question, "--format", "json").stdout
    values = json.loads(before)["rows"][0]["values"]
    # 120 sold on (100 + 140) / 2, for the period.
    assert (values["turnover"]["number"], values["closing_quantity"]["number"]) == ("1", None)
    assert run("rebuild", "--workspace", folder).returncode == 0
    assert run(*question, "--format", "json").stdout == before
    assert run("check", "--workspace", folder).returncode == 0
