"""A load that restates rates: asked about in figures, kept by who closes periods, with a reason."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from stockturn.intake.load import load_files
from stockturn.server.app import create_app
from stockturn.workspace import Workspace
from tests.browser.conftest import served
from tests.browser.test_looks import LOOKS, language_of
from tests.server.test_answering import DOLLARS, MONEY, RATE


@pytest.fixture
def url(chromium, built_page, tmp_path):
    """A server on amounts that were converted at 7, and the run whose file states 7.1."""
    (tmp_path / "rates.csv").write_text(RATE.format(7), encoding="utf-8")
    (tmp_path / "moves.csv").write_text(DOLLARS, encoding="utf-8")
    path = Workspace.create(tmp_path / "w")
    (path / "packs" / "money.yaml").write_text(MONEY, encoding="utf-8")
    with Workspace.open(path, kind="server", environ={}) as workspace:
        app = create_app(workspace, page=built_page)
        for name in ("rates.csv", "moves.csv"):
            report = load_files(workspace, [tmp_path / name], "money")
            assert report.status == "loaded", report.message.en
        (tmp_path / "rates.csv").write_text(RATE.format(7.1), encoding="utf-8")
        with served(app) as address:
            yield address, tmp_path / "rates.csv"


def test_a_restated_rate_is_kept_with_a_reason(url, open_page, axe):
    address, file = url
    page = open_page(f"{address}/data/runs")
    page.locator('input[type="file"]').set_input_files(file)
    page.get_by_role("combobox", name="选择映射").click()
    page.keyboard.type("money")
    page.locator(".ant-select-item-option", has_text="money").first.click()
    page.get_by_role("button", name="导入", exact=True).click()
    expect(page.get_by_test_id("run")).to_have_attribute("aria-busy", "false")
    asked = page.get_by_test_id("answer")
    row = asked.get_by_role("row", name=re.compile("USD 汇率"))
    for shown in ("2024-01-01", "7.1", "2024-03-05 – 2024-03-06", "1,120.00", "1,136.00"):
        expect(row).to_contain_text(shown)
    expect(asked.get_by_role("button", name="已入账的保持原折算")).to_be_disabled()
    for name, look in LOOKS.items():
        other = open_page(f"{page.url}&lang={language_of(name)}", **look)
        expect(other.get_by_test_id("answer")).to_be_visible()
        assert axe(other) == []
    loader = open_page(page.url, role="supply_chain")
    expect(loader.get_by_test_id("answer")).to_contain_text("由有“结账与反结账”权限的人决定")

    cfo = open_page(page.url, role="cfo")
    cfo.get_by_label("原因").fill("银行更正，已结月份不调整")
    cfo.get_by_role("button", name="已入账的保持原折算").click()
    expect(cfo.get_by_test_id("run")).to_contain_text("入账 1")
    expect(cfo.get_by_test_id("answer")).to_have_count(0)
    cfo.goto(f"{address}/data/loads")
    kept = cfo.get_by_test_id("kept-rates")
    expect(kept).to_contain_text("银行更正，已结月份不调整")
    expect(kept.get_by_role("row", name=re.compile("USD 汇率"))).to_contain_text("1,136.00")
    assert axe(cfo) == []

    kept.get_by_role("button", name=re.compile("撤销第")).click()
    cfo.get_by_label("撤销原因").fill("审计要求按更正后的汇率")
    assert axe(cfo) == []
    cfo.get_by_role("button", name="撤销", exact=True).last.click()
    expect(kept).to_contain_text("审计要求按更正后的汇率")
    expect(kept.get_by_text("已撤销")).to_have_count(1)
    expect(kept.get_by_role("button")).to_have_count(0)

    stale = cfo.get_by_test_id("stale-rates")
    expect(stale.get_by_role("row", name=re.compile("USD 汇率"))).to_contain_text("1,136.00")
    for name, look in LOOKS.items():
        other = open_page(f"{address}/data/loads?lang={language_of(name)}", **look)
        expect(other.get_by_test_id("stale-rates")).to_be_visible()
        assert axe(other) == []
    stale.get_by_label("重新折算的原因").fill("按更正后的牌价")
    stale.get_by_role("button", name="按更正后的重新折算").click()
    expect(cfo.get_by_test_id("stale-rates")).to_have_count(0)
    expect(cfo.get_by_text("重新折算", exact=True)).to_be_visible()
    page.goto(f"{address}/settings/audit?action=undo_keep_rates")
    expect(page.get_by_role("main")).to_contain_text("审计要求按更正后的汇率")
    page.goto(f"{address}/settings/audit?action=keep_rates")
    expect(page.get_by_role("main")).to_contain_text("银行更正，已结月份不调整")
