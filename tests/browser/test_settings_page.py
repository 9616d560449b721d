"""Settings: a buyer invited for one warehouse, tokens, the audit, and what each role is offered."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import Page, expect

from stockturn.accounts.scopes import RowScope
from tests.browser.test_looks import LOOKS, PHONE, language_of

PASSWORD = "三月的雨 falls on tin roofs"
PARTS = ("me", "people", "audit")


def ready(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator(".ant-skeleton")).to_have_count(0)
    page.wait_for_load_state("networkidle")


def locations(address: str, page: Page) -> list[str]:
    """Return the codes of locations as the page's own session may see them."""
    answer = page.request.get(f"{address}/api/members?dimension=location")
    assert answer.ok
    return [each["member"] for each in answer.json()["members"]]


def invite(page: Page, warehouse: str) -> str:
    """Invite a buyer who sees one warehouse; return the link."""
    page.get_by_role("button", name="邀请用户").click()
    form = page.get_by_role("dialog")
    form.get_by_label("姓名").fill("李采购")
    form.get_by_label("登录名").fill("li")
    form.get_by_label("角色").click()
    page.locator(".ant-select-item-option").get_by_text("采购", exact=True).click()
    form.get_by_text("只看所选").click()
    form.get_by_role("button", name="库位").click()
    form.get_by_role("combobox", name="库位").fill(warehouse)
    page.locator(f'.ant-select-item-option[title*="{warehouse}"]').first.click()
    page.keyboard.press("Escape")
    form.get_by_role("button", name="生成邀请链接").click()
    once = page.get_by_test_id("once")
    expect(once).to_contain_text("/welcome#")
    return once.locator("code").inner_text()


def test_an_invited_buyer_sees_one_warehouse_and_the_audit_says_who_invited(
    open_page, address
) -> None:
    page = open_page(f"{address}/settings/people", locale="zh-CN")
    ready(page)
    everything = locations(address, page)
    warehouse = everything[0]
    assert len(everything) > 1
    link = invite(page, warehouse)

    buyer = open_page(link, role=None)
    buyer.get_by_label("新密码").fill(PASSWORD)
    buyer.get_by_role("button", name="开始使用").click()
    expect(buyer.get_by_role("button", name="账户：李采购")).to_be_visible()
    expect(buyer.get_by_test_id("overview")).to_have_attribute("aria-busy", "false")
    assert locations(address, buyer) == [warehouse]
    foreign = [code for code in everything if code != warehouse]
    buyer.goto(f"{address}/?by=location")
    expect(buyer.get_by_test_id("overview")).to_have_attribute("aria-busy", "false")
    seen = buyer.inner_text("main")
    assert [code for code in foreign if code in seen] == []
    page.goto(f"{address}/")
    figures = [each.get_by_test_id("kpi-closing_inventory") for each in (page, buyer)]
    for figure in figures:
        expect(figure).to_contain_text("元")
    assert figures[0].inner_text() != figures[1].inner_text()

    buyer.goto(f"{address}/settings")
    expect(buyer.get_by_role("tab", name="我的账户")).to_be_visible()
    assert buyer.get_by_role("tab").all_inner_texts() == ["我的账户"]

    page.goto(f"{address}/settings/audit?object_id=li")
    expect(page.get_by_role("main")).to_contain_text("邀请用户")
    expect(page.get_by_role("main")).to_contain_text("接受邀请")


def test_a_revoked_token_opens_nothing_any_more(open_page, address) -> None:
    page = open_page(f"{address}/settings/me")
    ready(page)
    card = page.get_by_role("region", name="访问令牌")
    card.get_by_label("名称").fill("看板程序")
    card.get_by_role("button", name="生成令牌").click()
    key = page.get_by_test_id("once").locator("code").inner_text()
    asking = {"Authorization": f"Bearer {key}"}
    assert httpx.get(f"{address}/api/meta", headers=asking).status_code == 200
    assert httpx.post(f"{address}/api/runs/1/cancel", headers=asking).status_code == 403
    page.reload()
    ready(page)
    assert key not in page.content()
    page.get_by_role("button", name="吊销令牌 看板程序").click()
    page.get_by_role("button", name="确定").click()
    expect(card).to_contain_text("已吊销")
    assert httpx.get(f"{address}/api/meta", headers=asking).status_code == 401
    page.goto(f"{address}/settings/audit?action=revoke_token")
    expect(page.get_by_role("main")).to_contain_text("看板程序")
    assert "创建访问令牌" not in page.locator("tbody").inner_text()


def test_a_disabled_person_is_signed_out_and_told_at_the_door(open_page, address) -> None:
    person = open_page(f"{address}/settings/me", role="analyst", refusals=True)
    ready(person)
    name = person.get_by_role("region", name="我的账户").locator("strong").inner_text()
    page = open_page(f"{address}/settings/people")
    ready(page)
    page.get_by_role("button", name=name).click()
    page.get_by_role("button", name="停用").click()
    page.get_by_role("button", name="确定").click()
    expect(page.get_by_role("button", name="启用")).to_be_visible()
    person.reload()
    expect(person.get_by_role("heading", name="登录")).to_be_visible()


@pytest.mark.parametrize(
    ("role", "offered"),
    [
        ("owner", ["总览", "两分钟算周转", "数据", "设置"]),
        ("sales", ["总览", "两分钟算周转", "设置"]),
    ],
)
def test_the_rail_offers_what_the_role_allows(open_page, address, role, offered) -> None:
    page = open_page(f"{address}/settings/me", role=role)
    ready(page)
    rail = page.get_by_role("navigation", name="页面").get_by_role("link")
    assert [text.strip() for text in rail.all_inner_texts()] == offered


def test_whoever_may_not_give_all_rows_is_not_offered_them(open_page, address) -> None:
    first = locations(address, open_page(f"{address}/settings/me"))[0]
    page = open_page(
        f"{address}/settings/people", role="it", rows=RowScope(rows=(("location", (first,)),))
    )
    ready(page)
    page.get_by_role("button", name="邀请用户").click()
    expect(page.get_by_role("radio", name="全部数据")).to_be_disabled()


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("part", PARTS)
def test_settings_are_accessible_and_fit(open_page, address, axe, part, look) -> None:
    page = open_page(f"{address}/settings/{part}?lang={language_of(look)}", **LOOKS[look])
    ready(page)
    assert axe(page) == []
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"]


def found(page, name: str):
    """The button of a person whose name begins so, on whichever page of the list it stands."""
    wanted = page.get_by_role("main").get_by_role("button", name=name).first
    onward = page.locator("li.ant-pagination-next:not(.ant-pagination-disabled)")
    while not wanted.count() and onward.count():
        onward.click()
    return wanted


@pytest.mark.parametrize("look", [{}, PHONE])
def test_a_person_and_an_invitation_are_accessible(open_page, address, axe, look) -> None:
    open_page(f"{address}/settings/me", role="sales")
    page = open_page(f"{address}/settings/people", **look)
    ready(page)
    found(page, "sales-").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.wait_for_timeout(500)
    assert axe(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="邀请用户").click()
    page.get_by_text("只看所选").last.click()
    page.get_by_role("dialog").last.get_by_role("button", name="库位").click()
    page.wait_for_timeout(500)
    assert axe(page) == []
