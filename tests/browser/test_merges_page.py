"""Items are merged after a look at what moves, and taken apart again with a reason."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from stockturn.server.app import create_app
from stockturn.workspace import Workspace
from tests.browser.conftest import served
from tests.browser.test_looks import LOOKS, language_of
from tests.server import company


@pytest.fixture
def url(chromium, built_page, tmp_path):
    path = Workspace.create(tmp_path / "w")
    with Workspace.open(path, kind="server", environ={}) as workspace:
        company.fill(workspace)
        with served(create_app(workspace, page=built_page)) as address:
            yield address


def find(page: Page, label: str, search: str, code: str) -> None:
    page.get_by_role("combobox", name=label).click()
    page.keyboard.type(search)
    shown = page.locator(".ant-select-dropdown:not(.ant-select-dropdown-hidden)")
    shown.locator(".ant-select-item-option", has_text=code).first.click()


def test_two_codes_are_merged_and_split_again(url, open_page, axe):
    page = open_page(f"{url}/data/merges")
    merges = page.get_by_test_id("merges")
    expect(merges).to_contain_text("还没有合并的物料")
    find(page, "旧码", "b2", "B2")
    find(page, "并入", "电机", "B1")
    preview = merges.get_by_role("region", name="合并前后的库存与流水")
    expect(preview.get_by_role("row", name=re.compile("合并后 B1"))).to_be_visible()
    assert axe(page) == []
    merge = merges.get_by_role("button", name="合并", exact=True)
    expect(merge).to_be_disabled()
    merges.get_by_label("原因").fill("改码")
    merge.click()
    row = merges.get_by_role("row", name=re.compile("B2.*电机 B1"))
    expect(row).to_contain_text("已合并")
    for name, look in LOOKS.items():
        other = open_page(f"{url}/data/merges?lang={language_of(name)}", **look)
        expect(other.get_by_test_id("merges").locator(".ant-tag")).to_be_visible()
        other.wait_for_load_state("networkidle")
        assert axe(other) == []
        assert other.evaluate("document.documentElement.scrollWidth") <= 1280
    reader = open_page(f"{url}/data/merges", role="auditor")
    expect(reader.get_by_test_id("merges")).to_contain_text("改码")
    expect(reader.get_by_test_id("merges").get_by_role("button")).to_have_count(0)

    row.get_by_role("button", name="撤销").click()
    ask = page.get_by_role("tooltip")
    expect(ask.get_by_role("button", name="撤销")).to_be_disabled()
    ask.get_by_label("原因").fill("并错了")
    ask.get_by_role("button", name="撤销").click()
    expect(merges.get_by_text("已撤销")).to_be_visible()
    expect(merges.get_by_text("并错了")).to_be_visible()
    page.goto(f"{url}/settings/audit?action=split_items")
    expect(page.get_by_role("main")).to_contain_text("并错了")
