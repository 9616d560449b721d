"""What waits is seen by the person who owns it, and pushed messages are answered like loads."""

from __future__ import annotations

import time

import httpx
import pytest
from playwright.sync_api import expect

from stockturn.intake.feeds.notices import Notices
from stockturn.intake.feeds.store import Feeds
from stockturn.language import Text
from stockturn.server.app import create_app
from stockturn.workspace import Workspace
from tests.browser.conftest import APPS, SEEN_TOUR, served
from tests.browser.test_looks import LOOKS, language_of
from tests.intake.push.conftest import prepare
from tests.server import company
from tests.server.test_push import ONE, SOON, body, push


@pytest.fixture
def url(chromium, built_page, tmp_path):
    """A server on a company and a shop that pushes."""
    path = Workspace.create(tmp_path / "w")
    with Workspace.open(path, kind="server", environ={}) as workspace:
        company.fill(workspace)
        workspace.packs.mkdir(exist_ok=True)
        prepare(workspace)
        with served(create_app(workspace, page=built_page)) as address:
            yield address


def own(client) -> None:
    """Make whoever asks the owner of the feed."""
    login = client.get("/api/session").json()["me"]["login"]
    feed = client.get("/api/feeds/shop").json()
    plan = {**feed["plan"], "owner": login.upper()}
    client.put("/api/feeds/shop", json=plan).raise_for_status()


def test_a_change_that_stops_nothing_reaches_the_owner_and_is_read(url, open_page, axe):
    workspace = APPS[url].state.desk.workspace
    change = Text(
        "新增列“备注”（text），已按新结构读取。", "new column “备注” (text); read as it is now."
    )
    Notices(workspace).note(Feeds(workspace).get("shop").id, [change], None)
    page = open_page(f"{url}/data/sources")
    line = page.get_by_test_id("feed-shop")
    expect(line).to_contain_text("没有负责人")
    expect(line).to_contain_text(change.zh)
    expect(page.get_by_test_id("notices")).to_have_count(0)
    assert axe(page) == []
    page.get_by_role("button", name="修改").nth(1).click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_label("负责人").click()
    me = httpx.get(
        f"{url}/api/session", cookies={c["name"]: c["value"] for c in page.context.cookies()}
    ).json()["me"]
    page.get_by_title(me["name"], exact=True).click()
    drawer.get_by_role("button", name="保存").click()
    notices = page.get_by_test_id("notices")
    expect(notices).to_contain_text("你负责的来源有 1 处结构变化")
    expect(line).not_to_contain_text("没有负责人")
    page.goto(url)
    expect(notices).to_contain_text(change.zh)
    assert axe(page) == []
    notices.get_by_role("button", name="知道了：shop").click()
    expect(notices).to_have_count(0)
    page.goto(f"{url}/data/sources")
    expect(line).to_contain_text(me["name"])
    expect(line).not_to_contain_text(change.zh)


def test_a_held_message_reaches_its_owner_and_is_answered(url, open_page, axe):
    page = open_page(f"{url}/data/runs")
    cookies = {each["name"]: each["value"] for each in page.context.cookies()}
    with httpx.Client(base_url=url, cookies=cookies, timeout=30) as client:
        own(client)
        run = push(client, "A-17" + "0" * 190, body(ONE | {"数量": "十"})).json()["run_id"]
        deadline = time.monotonic() + SOON
        while client.get(f"/api/runs/{run}").json()["state"] != "held":
            assert time.monotonic() < deadline
            time.sleep(0.2)
    page.goto(url)
    waits = page.get_by_test_id("waiting")
    expect(waits).to_contain_text("你负责的数据有 1 次运行在等你处理")
    other = open_page(url)
    expect(other.get_by_test_id("overview")).to_be_visible()
    other.goto(f"{url}/data")
    expect(other.get_by_title("有 1 次导入在等待回答")).to_be_visible()
    expect(other.get_by_test_id("waiting")).to_have_count(0)
    for name, look in LOOKS.items():
        seen = page.context.browser.new_context(**{"locale": "zh-CN", **look})
        seen.add_cookies(page.context.cookies())
        seen.add_init_script(SEEN_TOUR)
        view = seen.new_page()
        for path in ("", "data/sources", f"data/runs?run={run}"):
            lang = language_of(name)
            view.goto(f"{url}/{path}{'&' if '?' in path else '?'}lang={lang}")
            expect(view.get_by_test_id("waiting")).to_be_visible()
            view.wait_for_load_state("networkidle")
            assert axe(view) == []
        seen.close()
    waits.get_by_role("link", name="shop").click()
    held = page.get_by_test_id("messages")
    # A number of 200 characters leaves the content its place.
    assert held.locator("code.message").first.bounding_box()["width"] >= 240
    expect(held).to_contain_text("A-17")
    expect(held).to_contain_text("十")
    answer = page.get_by_test_id("answer")
    expect(answer).to_contain_text("请发送方用新编号重发")
    answer.get_by_role("button", name="放弃").click()
    page.get_by_role("tooltip").get_by_role("button", name="放弃").click()
    expect(page.get_by_test_id("run")).to_contain_text("已放弃扣留的消息")
    expect(held).to_have_count(0)
    page.goto(f"{url}/data")
    expect(page.get_by_test_id("sources")).to_be_visible()
    expect(page.get_by_test_id("waiting")).to_have_count(0)
