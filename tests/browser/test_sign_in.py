"""Set-up by link, signing in and out, wrong passwords, and what a narrowed person sees."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from stockturn.accounts.scopes import RowScope
from stockturn.server.app import create_app
from stockturn.workspace import Workspace
from tests.browser.conftest import APPS, served
from tests.browser.test_looks import PHONE
from tests.server.serving import cookies_of

PASSWORD = "三月的雨 falls on tin roofs"


@pytest.fixture
def new_address(chromium, built_page, tmp_path):
    """A server on a workspace that nobody owns yet."""
    path = Workspace.create(tmp_path / "w", {"company": "三江商贸"})
    with (
        Workspace.open(path, kind="server", environ={}) as workspace,
        served(create_app(workspace, page=built_page)) as url,
    ):
        yield url


def set_up(open_page, address, **settings):
    key = APPS[address].state.desk.access.setup_link()
    page = open_page(f"{address}/welcome#{key}", role=None, **settings)
    page.get_by_label("姓名").fill("王总")
    page.get_by_label("登录名").fill("wang")
    page.get_by_label("新密码").fill(PASSWORD)
    page.get_by_role("button", name="开始使用").click()
    expect(page.get_by_role("button", name="账户：王总")).to_be_visible()
    return page


def sign_in(page, password):
    page.get_by_label("登录名").fill("wang")
    page.get_by_label("密码").fill(password)
    # The answer is awaited: a button that still waits for the last one takes no click.
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.get_by_role("button", name="登录").click()


def test_the_link_sets_up_the_owner_who_signs_out_and_in_again(open_page, new_address, axe):
    before = open_page(new_address, role=None)
    expect(before.get_by_role("main")).to_contain_text("还没有所有者")
    page = set_up(open_page, new_address)
    stolen = page.context.cookies()
    page.get_by_role("button", name="账户：王总").click()
    page.get_by_role("menuitem", name="退出登录").click()
    expect(page.get_by_role("heading", name="登录")).to_be_visible()
    assert axe(page) == []
    page.context.add_cookies(stolen)
    page.reload()
    expect(page.get_by_role("heading", name="登录")).to_be_visible()
    sign_in(page, PASSWORD)
    expect(page.get_by_role("button", name="账户：王总")).to_be_visible()


def test_wrong_passwords_are_told_and_then_wait(open_page, new_address):
    set_up(open_page, new_address)
    page = open_page(new_address, role=None, refusals=True)
    for _ in range(5):
        sign_in(page, "wrong password")
        expect(page.get_by_role("alert")).to_contain_text("登录名或密码不对")
    sign_in(page, PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text("失败次数过多")


def test_a_link_that_signs_in_needs_no_typing(open_page, new_address):
    key = APPS[new_address].state.desk.access.local_link(owner_name="本机用户")
    page = open_page(f"{new_address}/welcome?lang=zh#{key}", role=None)
    expect(page.get_by_role("button", name="账户：本机用户")).to_be_visible()
    page.goto(new_address)
    expect(page.get_by_role("button", name="账户：本机用户")).to_be_visible()


@pytest.mark.parametrize("look", [{}, {"color_scheme": "dark"}, PHONE])
def test_the_sign_in_is_accessible_and_fits(open_page, address, axe, look):
    cookies_of(APPS[address], "owner")
    page = open_page(address, role=None, **look)
    expect(page.get_by_label("登录名")).to_be_visible()
    assert axe(page) == []
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"]


def test_a_warehouse_without_the_right_to_cost_sees_none(open_page, address):
    rows = RowScope(everything=True)
    page = open_page(f"{address}/?basis=cost", role="warehouse", rows=rows)
    card = page.get_by_test_id("kpi-turnover")
    expect(card).to_contain_text("您没有查看成本与金额的权限")
    body = page.inner_text("main")
    assert "¥" not in body
