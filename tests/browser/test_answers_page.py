"""What a person settles on the Data page: held loads, waiting rows, own rules, closed months."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from stockturn.intake.load import load_files
from stockturn.server.app import create_app
from stockturn.workspace import Workspace
from tests.browser.conftest import served

HEAD = "日期,业务类型,物料编码,仓库编码,数量,单价"
JANUARY = [f"2024-01-{day:02},采购入库,A,S,{day},2" for day in range(1, 29)]
OVERLAP = [*JANUARY[14:], "2024-02-01,采购入库,A,S,1,2"]
"""Half of the month again and a day more: it may replace the month, or come on top."""
MARCH = ["2024-03-01,采购入库,B,S,1,5", "2024-03-30,采购入库,B,S,一,5"]
"""A row and one that waits, in a file of its own that nothing replaces."""


@pytest.fixture(scope="module")
def url(chromium, built_page, tmp_path_factory):
    """A server on a workspace with one month and a row that waits; each test settles its own."""
    folder = tmp_path_factory.mktemp("answers")
    files = {"一月.csv": JANUARY, "三月.csv": MARCH, "补.csv": OVERLAP}
    for name, lines in files.items():
        (folder / name).write_text("\n".join([HEAD, *lines, ""]), encoding="utf-8")
    path = Workspace.create(folder / "w", {"reject_bar": "0.5"})
    with Workspace.open(path, kind="server", environ={}) as workspace:
        app = create_app(workspace, page=built_page)
        for name in ("一月.csv", "三月.csv"):
            report = load_files(workspace, [folder / name], "generic-zh")
            assert report.status == "loaded", report.message.en
        with served(app) as address:
            yield address, folder


def upload(page: Page, file) -> None:
    page.locator('input[type="file"]').set_input_files(file)
    choose_mapping(page, page)
    page.get_by_role("button", name="导入", exact=True).click()


def choose_mapping(place, page: Page) -> None:
    place.get_by_role("combobox", name="选择映射").click()
    page.keyboard.type("generic-zh")
    shown = page.locator(".ant-select-dropdown:not(.ant-select-dropdown-hidden)")
    shown.locator(".ant-select-item-option", has_text="generic-zh").first.click()


def test_a_held_load_is_answered_in_figures(open_page, url, axe):
    address, folder = url
    page = open_page(f"{address}/data/runs")
    upload(page, folder / "补.csv")
    run = page.get_by_test_id("run")
    asked = page.get_by_test_id("answer")
    expect(asked).to_contain_text("一月.csv（第 1 次导入）")
    expect(asked).to_contain_text("冲销以前的 14 笔，新入账 1 行")
    expect(asked).to_contain_text("其中 14 行会算两次")
    assert axe(page) == []
    page.goto(f"{address}/data/loads")
    page.get_by_role("link", name="去回答").click()
    page.get_by_role("button", name=re.compile(r"^\d+$")).first.click()
    asked.get_by_role("button", name="替换以前的").click()
    expect(run).to_contain_text("冲销以前的 14 笔")
    expect(run).to_have_attribute("aria-busy", "false")
    expect(asked).to_have_count(0)
    page.goto(f"{address}/settings/audit?action=answer_run")
    expect(page.get_by_role("main")).to_contain_text("回答 替换以前的")


def test_who_may_not_load_sees_the_question_and_no_button(open_page, url):
    address, folder = url
    page = open_page(f"{address}/data/runs")
    again = folder / "再补.csv"
    lines = [HEAD, *JANUARY[20:], "2024-02-02,采购入库,A,S,9,2", ""]
    again.write_text("\n".join(lines), encoding="utf-8")
    upload(page, again)
    expect(page.get_by_test_id("answer")).to_be_visible()
    other = open_page(page.url, role="auditor")
    asked = other.get_by_test_id("answer")
    expect(asked).to_contain_text("由有“导入数据”权限的人回答")
    expect(asked.get_by_role("button")).to_have_count(0)
    page.get_by_test_id("answer").get_by_role("button", name="放弃").click()
    page.get_by_role("tooltip").get_by_role("button", name="放弃").click()
    expect(page.get_by_test_id("run")).to_contain_text("已放弃这次导入")


def test_waiting_rows_are_read_again_and_given_up(open_page, url):
    address, _ = url
    page = open_page(f"{address}/data/quarantine")
    page.get_by_role("button", name=re.compile("应是数字")).click()
    rows = page.get_by_test_id("waiting-rows")
    choose_mapping(rows, page)
    rows.get_by_role("button", name="重读").click()
    # The same mapping finds the same fault: the row waits again, under the load that read it.
    expect(rows).to_contain_text("这些行都已处理")
    page.goto(f"{address}/data/quarantine")
    page.get_by_role("button", name=re.compile("应是数字")).click()
    rows.get_by_role("checkbox", name="全选").check()
    rows.get_by_label("放弃的原因").fill("来源已取消")
    rows.get_by_role("button", name="放弃 1 行").click()
    expect(rows).to_contain_text("这些行都已处理")
    page.goto(f"{address}/settings/audit?action=discard_rows")
    expect(page.get_by_role("main")).to_contain_text("原因 来源已取消")


def test_a_rule_of_ones_own_is_kept_and_switched_off(open_page, url):
    address, _ = url
    page = open_page(f"{address}/data/quality")
    page.get_by_role("button", name="新建规则").click()
    form = page.get_by_role("dialog")
    form.get_by_label("规则名称").fill("单据号都有")
    form.get_by_label("列", exact=True).click()
    page.keyboard.type("document")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    form.get_by_role("button", name="保存规则").click()
    own = page.get_by_role("button", name="单据号都有")
    own.click()
    rule = page.get_by_test_id("rule")
    expect(rule).to_contain_text("完整 · movement · document")
    rule.get_by_role("button", name="停用").click()
    page.get_by_role("tooltip").get_by_role("button", name="停用").click()
    expect(own).to_have_count(0)


def test_a_month_is_closed_and_reopened_with_a_reason(open_page, url):
    address, _ = url
    page = open_page(f"{address}/data/loads")
    settled = page.get_by_role("region", name="结账", exact=True)
    for verb, reason in (("结账", "一月结账"), ("反结账", "漏了一张入库单")):
        page.get_by_label("月份").fill("2024-01")
        page.get_by_label("原因").fill(reason)
        page.get_by_role("button", name=verb, exact=True).click()
        expect(settled.get_by_text(reason)).to_be_visible()
    expect(settled.get_by_text("已反结账")).to_be_visible()
