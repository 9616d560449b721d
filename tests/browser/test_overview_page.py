"""The overview clicked through in a real browser: drill, filters, address, basis, explanation."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect


@pytest.fixture
def page(open_page, address):
    page = open_page(f"{address}/")
    settled(page)
    return page


def settled(page: Page) -> None:
    """Wait until the figures of the present address are there."""
    # What was clicked is in the address at once; the page asks for its figures right after.
    page.wait_for_timeout(200)
    expect(page.get_by_test_id("overview")).to_have_attribute("aria-busy", "false")


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def value(page: Page, measure: str) -> str:
    return page.get_by_test_id(f"kpi-{measure}").locator(".kpi-value").inner_text()


def comparison(page: Page):
    return page.locator('[data-tour="comparison"]')


def drill_into_first(page: Page) -> str:
    """Step down by the comparison's table, which the keyboard and screen readers use."""
    section = comparison(page)
    as_table = section.get_by_role("button", name="用表格显示")
    if as_table.is_visible():
        as_table.click()
    member = section.locator("tbody button").first
    name = member.inner_text()
    with page.expect_response("**/api/overview?*"):
        member.click()
    settled(page)
    return name


def test_the_page_answers_what_changed_and_what_to_do(page):
    expect(page.locator('[data-tour="headline"]')).to_contain_text("周转")
    expect(page.locator('[data-tour="headline"]')).to_contain_text("下一步：")
    assert re.search(r"\d", value(page, "turnover"))
    # Drawings come after words and figures: trend, ages, comparison.
    expect(page.get_by_test_id("chart")).to_have_count(3)
    assert page.get_by_test_id("trap-row").count() > 0


def test_a_bar_leads_down_and_back_brings_the_view_back(page):
    before = value(page, "closing_inventory")
    bar = comparison(page).locator("svg path[fill]").nth(3)
    expect(bar).to_be_attached()
    drill_into_first(page)
    state = query(page)
    assert state["by"] == ["subcategory"]
    assert state["where"][0].startswith("category=")
    narrowed = value(page, "closing_inventory")
    assert narrowed != before
    page.go_back()
    settled(page)
    assert "where" not in query(page)
    assert value(page, "closing_inventory") == before
    page.go_forward()
    settled(page)
    assert value(page, "closing_inventory") == narrowed


def test_the_drawn_bar_itself_can_be_clicked(page):
    drawing = comparison(page).get_by_test_id("chart")
    expect(drawing.locator("svg")).to_be_visible()
    box = drawing.bounding_box()
    # Bars start right of the labels; the first bar lies a little under the legend.
    for down in range(48, int(box["height"]) - 8, 6):
        drawing.click(position={"x": box["width"] * 0.3, "y": down})
        if "where" in query(page):
            break
    assert query(page)["where"][0].startswith("category=")


def test_the_breadcrumb_leads_back_up(page):
    first = drill_into_first(page)
    second = drill_into_first(page)
    trail = comparison(page).get_by_role("navigation", name="下钻路径")
    expect(trail).to_contain_text(first)
    expect(trail).to_contain_text(second)
    assert query(page)["by"] == ["item"]
    trail.get_by_role("button", name=first).click()
    settled(page)
    assert query(page)["where"] == [f"category={first}"]
    trail.get_by_role("button", name="全部").click()
    settled(page)
    assert "where" not in query(page)


def test_a_filter_is_a_chip_that_can_be_taken_away(page):
    before = value(page, "closing_inventory")
    name = drill_into_first(page)
    chips = page.get_by_role("group", name="筛选条件")
    expect(chips).to_contain_text(name)
    chips.get_by_label(f"去掉 {name}").click()
    expect(chips).to_be_hidden()
    settled(page)
    assert value(page, "closing_inventory") == before


def test_a_link_shows_another_reader_the_same_figures(page, open_page):
    drill_into_first(page)
    shown = [value(page, key) for key in ("turnover", "closing_inventory", "cogs")]
    other = open_page(page.url)
    settled(other)
    assert [value(other, key) for key in ("turnover", "closing_inventory", "cogs")] == shown
    other.reload()
    settled(other)
    assert value(other, "turnover") == shown[0]


def test_the_reading_switches_and_shows_its_basis(page):
    daily = value(page, "turnover")
    expect(page.get_by_test_id("kpi-turnover")).to_contain_text("日加权")
    expect(page.get_by_test_id("kpi-turnover")).to_contain_text("财务口径")
    page.locator('[data-tour="reading"]').get_by_text("财务口径").click()
    settled(page)
    expect(page.get_by_test_id("kpi-turnover")).to_contain_text("两点平均")
    expect(page.get_by_test_id("kpi-turnover")).to_contain_text("360 天")
    assert query(page)["reading"] == ["financial"]
    assert value(page, "turnover") != daily


def test_one_part_of_the_basis_can_be_changed(page):
    page.locator('[data-tour="basis"]').click()
    page.get_by_text("N+1 点", exact=True).click()
    expect(page.get_by_test_id("kpi-turnover")).to_contain_text("N+1 点平均")
    assert query(page)["average"] == ["n-point"]


def test_a_figure_opens_down_to_the_file_and_row(page):
    page.get_by_test_id("kpi-cogs").click()
    drawer = page.get_by_test_id("explain")
    expect(drawer).to_contain_text("公式")
    expect(drawer).to_contain_text(re.compile(r"\d{4}-\d{2} 至 \d{4}-\d{2} · 成本口径"))
    drawer.get_by_text("背后的明细行").click()
    first = drawer.locator("tbody tr").filter(has_text="库存流水").first
    expect(first).to_contain_text(re.compile(r"库存流水-\d{4}-\d{2}\.parquet · #\d+"))
    first.get_by_role("link").first.click()
    page.wait_for_url("**/data/loads*")
    expect(page.get_by_role("main")).to_contain_text("读入")


def test_the_explanation_shows_the_figure_on_other_bases(page):
    page.get_by_test_id("kpi-turnover").click()
    drawer = page.get_by_test_id("explain")
    expect(drawer.get_by_text("换个口径")).to_be_visible()
    drawer.get_by_role("button", name=re.compile("N\\+1 点平均")).first.click()
    settled(page)
    assert query(page)["average"] == ["n-point"]


def test_a_cash_trap_opens_its_own_story(page):
    row = page.get_by_test_id("trap-row").first
    row.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("explain")).to_be_visible()


def test_the_next_step_leads_somewhere(page):
    page.get_by_role("link", name="去处理").click()
    settled(page)
    assert "where" in query(page)


def test_the_period_and_the_comparison_change_the_whole_page(page):
    before = page.locator('[data-tour="headline"]').inner_text()
    page.locator('[data-tour="period"]').click()
    page.get_by_role("button", name="上月").click()
    settled(page)
    assert query(page)["period"] == ["last_month"]
    assert page.locator('[data-tour="headline"]').inner_text() != before


def test_the_tour_is_offered_once(open_page, address):
    first = open_page(f"{address}/", tour=True)
    first.get_by_role("button", name="以后再说").click()
    expect(first.get_by_role("button", name="以后再说")).to_be_hidden()
    first.reload()
    settled(first)
    expect(first.get_by_role("button", name="以后再说")).to_be_hidden()


def test_export_hands_over_a_workbook(page):
    page.get_by_role("button", name="导出").click()
    with page.expect_download() as waiting:
        page.get_by_role("menuitem", name="Excel 文件").click()
    assert waiting.value.suggested_filename.endswith(".xlsx")


def test_an_empty_workspace_teaches_the_next_step(open_page, empty_address):
    page = open_page(f"{empty_address}/")
    expect(page.get_by_role("main")).to_contain_text("还没有数据")
    expect(page.get_by_role("main")).to_contain_text("stockturn load")
    page.get_by_role("link", name="两分钟算周转").last.click()
    page.wait_for_url("**/quick*")
