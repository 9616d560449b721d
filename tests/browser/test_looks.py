"""Every page in both languages, both themes and on a phone: reachable, readable, not too wide."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
PAGES = (
    "/",
    "/quick",
    "/data/sources",
    "/data/sources?connect=",
    "/data/runs",
    "/data/loads",
    "/data/quality",
    "/data/quality?add=",
    "/data/quarantine",
    "/data/merges",
)
LOOKS = {
    "zh light": {},
    "zh dark": {"color_scheme": "dark"},
    "en light": {},
    "phone": PHONE,
    "phone dark": {**PHONE, "color_scheme": "dark"},
}


def ready(page: Page, path: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    if path == "/":
        expect(page.get_by_test_id("overview")).to_have_attribute("aria-busy", "false")
        expect(page.get_by_test_id("chart").first.locator("svg")).to_be_visible()
    page.wait_for_load_state("networkidle")


def language_of(look: str) -> str:
    return "en" if look.startswith("en") else "zh"


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_serious(open_page, address, axe, path, look):
    page = open_page(
        f"{address}{path}{'&' if '?' in path else '?'}lang={language_of(look)}", **LOOKS[look]
    )
    ready(page, path)
    assert axe(page) == []


@pytest.mark.parametrize("look", ["zh light", "zh dark"])
def test_the_explanation_is_accessible_too(open_page, address, axe, look):
    page = open_page(f"{address}/", **LOOKS[look])
    ready(page, "/")
    page.get_by_test_id("kpi-turnover").click()
    expect(page.get_by_test_id("explain").get_by_test_id("chart").locator("svg")).to_be_visible()
    page.wait_for_timeout(500)
    assert axe(page) == []


@pytest.mark.parametrize("path", PAGES)
def test_a_phone_never_scrolls_sideways(open_page, address, path):
    page = open_page(f"{address}{path}", **PHONE)
    ready(page, path)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390


@pytest.mark.parametrize(("language", "tag"), [("zh", "zh-CN"), ("en", "en")])
def test_words_and_sentences_are_in_one_language(open_page, address, language, tag):
    page = open_page(f"{address}/?lang={language}")
    ready(page, "/")
    assert page.locator("html").get_attribute("lang") == tag
    headline = page.locator('[data-tour="headline"]').inner_text()
    assert ("Turnover is" in headline) == (language == "en")
    trend = page.get_by_test_id("chart").first.get_attribute("aria-label")
    assert any("\u4e00" <= letter <= "\u9fff" for letter in trend) == (language == "zh")


def test_the_language_can_be_switched_on_the_page(open_page, address):
    page = open_page(f"{address}/")
    ready(page, "/")
    page.get_by_role("button", name="English").click()
    expect(page.locator('[data-tour="headline"]')).to_contain_text("Turnover is")
    page.reload()
    expect(page.locator('[data-tour="headline"]')).to_contain_text("Turnover is")


def test_dark_is_dark(open_page, address):
    page = open_page(f"{address}/", color_scheme="dark")
    ready(page, "/")
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    parts = [int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    assert max(parts) < 80


def test_an_address_that_is_no_page_says_so(open_page, address):
    page = open_page(f"{address}/nowhere")
    expect(page.get_by_role("main")).to_contain_text("没有这个页面")
