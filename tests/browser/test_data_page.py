"""The Data page against real servers: connect, look, read, correct."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from stockturn.server.app import create_app
from stockturn.workspace import Workspace
from tests.intake.sources.servers import MariaDB, PostgreSQL, Server

MAPPING = """
name: moves
version: "1"
title: {zh: 库存流水, en: movements}
description: {zh: 测试, en: for tests}
costing: moving_average
files:
  - match: ["moves*", "流水*"]
    table: movement
    ignore_columns: [line]
    columns:
      happened_on: day
      kind: kind
      item: item
      location: site
      quantity: quantity
      unit_cost: cost
"""
COLUMNS = {
    "line": "integer",
    "day": "date",
    "kind": "text",
    "item": "text",
    "site": "text",
    "quantity": "decimal",
    "cost": "decimal",
}
ROWS = [
    [1, "'2024-01-01'", "'receipt'", "'A'", "'S'", 10, 5],
    [2, "'2024-01-02'", "'sale_issue'", "'A'", "'S'", -4, "NULL"],
    [3, "'2024-01-03'", "'receipt'", "'B'", "'S'", 7, 2],
]
HEAD = "line,day,kind,item,site,quantity,cost"


@pytest.fixture
def scene(at_work, chromium, built_page, tmp_path):
    """A server that may read one folder, on a workspace with one mapping and no data."""
    folder = tmp_path / "shared"
    folder.mkdir()
    path = Workspace.create(tmp_path / "w", {"source_folders": str(folder)})
    (path / "packs" / "moves.yaml").write_text(MAPPING, encoding="utf-8")
    with (
        Workspace.open(path, kind="server", environ={}) as workspace,
        at_work(create_app(workspace, page=built_page)) as url,
    ):
        yield url, folder


@pytest.fixture(params=[PostgreSQL, MariaDB], ids=["postgresql", "mariadb"])
def database(request, tmp_path):
    made: Server = request.param(tmp_path)
    made.make("moves", COLUMNS, ROWS)
    yield made
    made.drop()


def choose(page: Page, label: str, option: str | re.Pattern[str]) -> None:
    page.get_by_role("combobox", name=label).click()
    shown = page.locator(".ant-select-dropdown:not(.ant-select-dropdown-hidden)")
    shown.locator(".ant-select-item-option", has_text=option).first.click()


def drawer(page: Page, title: str | re.Pattern[str]):
    return page.get_by_role("dialog").filter(has_text=title)


def connect(page: Page, kind: str, name: str, fields: dict[str, str]) -> None:
    page.get_by_role("button", name="连接来源").click()
    page.get_by_role("button", name=re.compile(kind)).click()
    page.get_by_label("来源名称").fill(name)
    for label, value in fields.items():
        page.get_by_label(label, exact=True).fill(value)


def make_feed(page: Page, table: str, name: str) -> None:
    page.get_by_role("button", name=table, exact=True).click()
    expect(page.get_by_test_id("preview")).to_contain_text("sale_issue")
    page.get_by_role("button", name="定时读取").click()
    form = drawer(page, f"读取 {table}")
    form.get_by_label("取数任务名称").fill(name)
    choose(page, "选择映射", "库存流水")
    form.get_by_label("负责人").fill("李雷")
    form.get_by_role("button", name="保存任务").click()
    expect(form).to_be_hidden()


def run(page: Page, name: str, button: str):
    page.get_by_test_id(f"feed-{name}").get_by_role("button", name=button).click()
    shown = page.get_by_test_id("run")
    expect(shown).to_have_attribute("aria-busy", "false")
    return shown


def test_a_database_is_connected_tried_and_loaded(open_page, scene, database):
    url, _ = scene
    page = open_page(f"{url}/data")
    form = database.form()
    connect(
        page,
        "PostgreSQL" if database.key == "postgresql" else "MariaDB",
        "ERP 生产库",
        {"主机": form["host"], "数据库": form["database"], "用户名": form["user"]},
    )
    choose(page, "加密连接", "不加密")
    page.get_by_role("button", name="测试连接").click()
    expect(page.get_by_role("dialog")).to_contain_text("连接成功")
    page.get_by_role("button", name="保存", exact=True).click()

    make_feed(page, database.what("moves"), "流水")
    tried = run(page, "流水", "试算")
    expect(tried).to_contain_text("读入 3 = 可入账 3 + 拒收 0 + 忽略 0")
    expect(tried).to_contain_text("试算不改变任何数据")
    page.goto(f"{url}/data/loads")
    expect(page.get_by_role("main")).to_contain_text("还没有数据")

    page.goto(f"{url}/data/sources")
    expect(run(page, "流水", "立即运行")).to_contain_text("读入 3 = 入账 3 + 拒收 0 + 忽略 0")
    page.goto(f"{url}/data/loads?load=1")
    expect(page.get_by_role("dialog")).to_contain_text("读入 3 = 入账 3")


def test_a_wrong_password_is_told_in_the_form(open_page, scene, tmp_path):
    url, _ = scene
    database = MariaDB(tmp_path)
    try:
        page = open_page(f"{url}/data/sources?connect=mariadb", refusals=True)
        page.get_by_label("来源名称").fill("ERP")
        for label, value in {
            "主机": "127.0.0.1",
            "数据库": database.name,
            "用户名": "root",
        }.items():
            page.get_by_label(label, exact=True).fill(value)
        page.get_by_label("密码", exact=True).fill("falsch-4711")
        choose(page, "加密连接", "不加密")
        complained = refused(page, lambda: page.get_by_role("button", name="测试连接").click())
        expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("密码")
        assert "falsch-4711" not in complained
    finally:
        database.drop()


def refused(page: Page, act) -> str:
    """Do what the server refuses; return the body of its answer."""
    with page.expect_response(lambda answer: answer.status >= 400) as waited:
        act()
    return waited.value.text()


def test_a_folder_is_connected_and_read(open_page, scene):
    url, folder = scene
    moves = folder / "moves-2024.csv"
    moves.write_text(
        f"{HEAD}\n1,2024-01-01,receipt,A,S,10,5\n2,2024-01-02,sale_issue,A,S,-4,\n", "utf-8"
    )
    page = open_page(f"{url}/data/sources")
    connect(page, "监视文件夹", "共享文件夹", {"文件夹": str(folder), "静置秒数": "0"})
    page.get_by_role("button", name="保存", exact=True).click()
    make_feed(page, "*.csv", "文件")
    expect(run(page, "文件", "立即运行")).to_contain_text("读入 2 = 入账 2 + 拒收 0 + 忽略 0")


def test_a_changed_structure_waits_and_is_agreed_to(open_page, scene, tmp_path):
    url, _ = scene
    database = PostgreSQL(tmp_path)
    try:
        database.make("moves", COLUMNS, ROWS)
        page = open_page(f"{url}/data/sources")
        form = database.form()
        connect(
            page,
            "PostgreSQL",
            "ERP",
            {"主机": form["host"], "数据库": form["database"], "用户名": form["user"]},
        )
        choose(page, "加密连接", "不加密")
        page.get_by_role("button", name="保存", exact=True).click()
        make_feed(page, database.what("moves"), "流水")
        run(page, "流水", "立即运行")
        database.execute("ALTER TABLE moves ALTER COLUMN line TYPE numeric(20, 0)")
        page.goto(f"{url}/data/sources")
        expect(run(page, "流水", "立即运行")).to_contain_text("待处理")
        page.goto(f"{url}/data/sources")
        feed = page.get_by_test_id("feed-流水")
        expect(feed.get_by_role("row", name=re.compile("line.*bigint.*numeric"))).to_be_visible()
        feed.get_by_role("button", name="同意新结构并运行").click()
        shown = page.get_by_test_id("run")
        expect(shown).to_have_attribute("aria-busy", "false")
        expect(shown).not_to_contain_text("待处理")
    finally:
        database.drop()


def test_refused_rows_are_downloaded_corrected_and_sent_back(open_page, scene, tmp_path):
    url, _ = scene
    bad = tmp_path / "流水.csv"
    days = [f"2024-{month:02d}-{day:02d}" for month in range(1, 11) for day in range(1, 29)]
    lines = [f"{no},{day},receipt,A,S,10,5" for no, day in enumerate(days)]
    bad.write_text("\n".join([HEAD, *lines, "29,2024-12-29,receipt,A,S,一,5", ""]), "utf-8")
    page = open_page(f"{url}/data/runs")
    page.locator('input[type="file"]').set_input_files(bad)
    choose(page, "选择映射", "库存流水")
    page.get_by_role("button", name="导入", exact=True).click()
    expect(page.get_by_test_id("run")).to_contain_text("读入 281 = 入账 280 + 拒收 1 + 忽略 0")

    page.goto(f"{url}/data/quarantine")
    expect(page.get_by_test_id("quarantine")).to_contain_text("有 1 行等待处理")
    page.get_by_role("button", name=re.compile("应是数字")).click()
    expect(page.get_by_test_id("waiting-rows").locator(".wrong-cell")).to_contain_text("一")
    with page.expect_download() as started:
        page.get_by_role("link", name="下载这些行").click()
    book = Path(tmp_path / "back.xlsx")
    started.value.save_as(book)
    correct(book, "quantity", 10)
    page.keyboard.press("Escape")
    page.get_by_test_id("quarantine").locator('input[type="file"]').set_input_files(book)
    expect(page.get_by_test_id("sent")).to_contain_text("入账 1")
    expect(page.get_by_test_id("quarantine")).to_contain_text("没有等待处理的行")


def test_unknown_headers_are_recognised_corrected_and_confirmed_once(open_page, scene, tmp_path):
    url, _ = scene
    sheet = tmp_path / "出入库.csv"
    sheet.write_text(
        "日期,单据类型,物料编码,仓库,数量,进价X\n2024-01-01,采购入库,A1,S,10,5\n", "utf-8"
    )
    page = open_page(f"{url}/data/runs")
    page.locator('input[type="file"]').set_input_files(sheet)
    page.get_by_role("button", name="识别这些列").click()
    suggested = page.get_by_test_id("suggest")
    expect(suggested.get_by_role("row", name=re.compile("物料编码"))).to_contain_text("%")
    choose(page, "列“进价X”的含义", "unit_cost")
    suggested.get_by_label("映射名称").fill("own-moves")
    suggested.get_by_role("button", name="确认映射").click()
    expect(page.get_by_role("main")).to_contain_text("own-moves")
    page.get_by_role("button", name="导入", exact=True).click()
    expect(page.get_by_test_id("run")).to_contain_text("读入 1 = 入账 1")


def test_a_list_of_receipts_without_a_warehouse_is_asked_about_once(open_page, scene, tmp_path):
    url, _ = scene
    sheet = tmp_path / "入库单.csv"
    sheet.write_text("单据日期,单号,料品,数量,单价\n2024-01-01,RK1,Z9,10,5\n", "utf-8")
    page = open_page(f"{url}/data/runs")
    page.locator('input[type="file"]').set_input_files(sheet)
    page.get_by_role("button", name="识别这些列").click()
    suggested = page.get_by_test_id("suggest")
    choose(page, "列“料品”的含义", "item")
    expect(suggested).to_contain_text("采购入库")
    expect(suggested.get_by_role("button", name="确认映射")).to_be_disabled()
    suggested.get_by_label("文件里没有“仓库”列").fill("主仓")
    suggested.get_by_label("映射名称").fill("own-receipts")
    suggested.get_by_role("button", name="确认映射").click()
    expect(page.get_by_role("main")).to_contain_text("own-receipts")
    page.get_by_role("button", name="导入", exact=True).click()
    expect(page.get_by_test_id("run")).to_contain_text("读入 1 = 入账 1")


def correct(book: Path, column: str, value: object) -> None:
    """Give the first waiting row another value in a column."""
    read = openpyxl.load_workbook(book)
    sheet = read.worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    sheet.cell(2, heads.index(column) + 1).value = value
    read.save(book)
