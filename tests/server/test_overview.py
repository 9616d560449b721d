"""The overview of the small company, worked out by hand, and what its address can ask."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import parse_qs

import pytest

YEAR = {"begin": "2013-01-01", "end": "2014-01-01"}


@pytest.fixture(scope="module")
def overview(client):
    return client.get("/api/overview", params=YEAR).json()


def card(overview, measure):
    return next(each for each in overview["figures"] if each["measure"] == measure)


def test_the_cards_stand_in_order_with_their_basis(overview):
    assert [each["measure"] for each in overview["figures"]] == [
        "turnover",
        "days_of_inventory",
        "closing_inventory",
        "average_inventory",
        "cogs",
        "gross_margin_rate",
        "gmroi",
        "slow_moving_rate",
        "dead_stock_value",
        "negative_balances",
        "cost_coverage",
    ]
    assert card(overview, "turnover")["basis_label"] == "日加权 · 成本口径 · 365 天 · 年化"
    assert card(overview, "closing_inventory")["basis_label"] == "期末 · 成本口径"
    assert card(overview, "cogs")["basis_label"] == "2013-01 至 2013-12 · 成本口径"
    assert card(overview, "gross_margin_rate")["basis_label"] == "2013-01 至 2013-12 · 不含税"
    assert card(overview, "negative_balances")["basis_label"] == "期末"
    assert overview["one_more_turn"]["basis_label"] == "日加权 · 成本口径 · 365 天 · 年化"


def test_a_card_has_its_change_thirteen_months_and_the_other_reading(overview):
    closing = card(overview, "closing_inventory")
    # A1 grows by 20 pieces of 10 a month: 2,400 in the year on 7,400 before.
    assert Decimal(closing["value"]) == 9800
    assert Decimal(closing["change"]) == 2400
    assert Decimal(closing["change_ratio"]) == pytest.approx(Decimal(2400) / 7400)
    assert [Decimal(value) for value in closing["sparkline"]] == [
        7400 + 200 * month for month in range(13)
    ]
    assert closing["other_reading"] is None
    turnover = card(overview, "turnover")
    assert turnover["other_reading_label"] == "财务口径"
    # Two-point, year to date, not annualised: 14,400 / ((7,400 + 9,800) / 2).
    assert Decimal(turnover["other_reading"]) == pytest.approx(Decimal(14400) / 8600)


def test_the_headline_says_what_changed_and_why(client, overview):
    assert overview["headline"].startswith("周转 1.5")
    assert "较去年同期 −0.2" in overview["headline"]
    assert "主要因「五金」库存上升" in overview["headline"]
    english = client.get("/api/overview", params={**YEAR, "lang": "en"}).json()
    assert "mainly because the stock of 五金 rose by" in english["headline"]


def test_the_next_step_leads_into_the_page(client, overview):
    assert overview["next_step"] == "先处理「旧款电机」：入库以来没有出库，占用 5,000 元。"
    link = parse_qs(overview["next_step_link"].removeprefix("?"))
    assert (link["where"], link["by"]) == (["item=B2"], ["location"])
    assert (link["from"], link["to"]) == (["2013-01-01"], ["2014-01-01"])
    narrowed = client.get(
        "/api/overview", params={**YEAR, "where": link["where"], "by": link["by"][0]}
    ).json()
    assert Decimal(card(narrowed, "closing_inventory")["value"]) == 5000


def test_the_cash_traps_are_the_items_that_do_not_move(overview):
    (trap,) = overview["cash_traps"]
    assert (trap["item"], trap["name"], trap["category"]) == ("B2", "旧款电机", "电机")
    assert (Decimal(trap["value"]), trap["location_count"]) == (5000, 1)
    assert (trap["days_of_inventory"], trap["days_since_last_issue"]) == (None, None)
    assert trap["age_days"] == 727  # from 1 January 2012 to 28 December 2013
    assert [Decimal(value) for value in trap["trend"]] == [5000] * 13
    assert Decimal(overview["cash_traps_total"]) == 5000


def test_the_trend_has_the_year_before_in_grey_and_its_finding_as_title(overview):
    trend = overview["trend"]
    now, prior = trend["option"]["series"]
    assert trend["title"] == "12 个期间中有 12 个低于去年同期"
    assert len(now["data"]) == len(prior["data"]) == len(trend["table"]) == 12
    assert (prior["name"], prior["lineStyle"]["color"]) == ("去年同期", "prior")
    assert trend["option"]["xAxis"]["data"][0] == "2013-01"


def test_the_comparison_is_sorted_and_says_who_is_slowest(overview):
    bars = overview["comparison"]["option"]["series"][0]["data"]
    values = [bar["value"] for bar in bars]
    assert values == sorted(values, reverse=True)
    assert {bar["member"] for bar in bars} == {"五金", "电机", ""}
    assert overview["comparison"]["title"].startswith("「电机」周转最低")
    assert overview["comparison_by"] == "category"


def test_a_click_on_a_bar_narrows_even_to_the_unassigned(client):
    answer = client.get("/api/overview", params={**YEAR, "where": "category=", "by": "item"})
    assert Decimal(card(answer.json(), "cogs")["value"]) == 12 * 20


def test_the_ages_add_up_to_the_stock(overview):
    bars = overview["ageing"]["table"]
    total = sum(Decimal(row["期末库存"]) for row in bars)
    assert total == Decimal(card(overview, "closing_inventory")["value"])
    assert "超过 180 天的库存占" in overview["ageing"]["title"]


def test_the_ageing_card_follows_its_clock(client):
    """No lots here: on the lot's clock every age is unknown, and the title says so."""
    answer = client.get("/api/overview", params={**YEAR, "clock": "lot"}).json()
    *known, unknown = answer["ageing"]["table"]
    assert {Decimal(row["期末库存"]) for row in known} == {0}
    assert Decimal(unknown["期末库存"]) == Decimal(card(answer, "closing_inventory")["value"])
    assert "100.0% 库龄未知" in answer["ageing"]["title"]
    assert "批次时钟" in answer["ageing"]["subtitle"]
    assert "clock=lot" in answer["next_step_link"]


def test_one_more_turn_is_worth_cash(overview):
    turnover = Decimal(card(overview, "turnover")["value"])
    average = Decimal(card(overview, "average_inventory")["value"])
    freed = average - average * turnover / (turnover + 1)
    assert Decimal(overview["one_more_turn"]["value"]) == pytest.approx(freed, rel=Decimal("1e-9"))


def test_drilling_down_leaves_a_trail(client):
    where = ["category=五金", "subcategory=紧固件"]
    deep = client.get("/api/overview", params={**YEAR, "by": "item", "where": where}).json()
    assert [each["dimension"] for each in deep["breadcrumb"]] == ["category", "subcategory"]
    names = {bar["name"] for bar in deep["comparison"]["option"]["series"][0]["data"]}
    assert names == {"A1 螺栓", "A2 螺母"}


def test_a_level_left_out_keeps_the_trail(client):
    address = {**YEAR, "by": "item", "where": ["category=五金", "item_kind=merchandise"]}
    straight = client.get("/api/overview", params=address).json()
    assert [each["dimension"] for each in straight["breadcrumb"]] == ["item_kind", "category"]


def test_codes_on_the_page_have_their_names(client, overview):
    assert overview["names"] == {"item": {"B2": "旧款电机"}}
    where = ["location=S", "item!=B2"]
    filtered = client.get("/api/overview", params={**YEAR, "where": where}).json()
    assert filtered["names"] == {"location": {"S": "上海一仓"}, "item": {"B2": "旧款电机"}}
    bars = {**YEAR, "by": "item", "where": "category=五金"}
    assert client.get("/api/overview", params=bars).json()["names"]["item"] == {
        "A1": "螺栓",
        "A2": "螺母",
    }


def test_by_region_then_location(client):
    region = client.get("/api/overview", params={**YEAR, "by": "region"}).json()
    assert {bar["member"] for bar in region["comparison"]["option"]["series"][0]["data"]} == {
        "华东",
        "华北",
    }
    inside = client.get(
        "/api/overview", params={**YEAR, "by": "location", "where": "region=华东"}
    ).json()
    assert [each["dimension"] for each in inside["breadcrumb"]] == ["region"]
    (bar,) = inside["comparison"]["option"]["series"][0]["data"]
    assert bar["name"] == "S 上海一仓"


def test_an_excluding_filter_is_no_step_of_the_trail(client):
    answer = client.get("/api/overview", params={**YEAR, "where": "category!=五金"}).json()
    assert answer["breadcrumb"] == []
    assert Decimal(card(answer, "cogs")["value"]) == 12 * (480 + 20)


def test_without_a_comparison_nothing_pretends_to_be_one(client):
    answer = client.get("/api/overview", params={**YEAR, "compare": "none"}).json()
    turnover = card(answer, "turnover")
    assert (turnover["change"], turnover["change_reason"]) == (None, "没有选择对比期间")
    assert len(answer["trend"]["option"]["series"]) == 1
    assert "较" not in answer["headline"]


def test_where_the_year_before_has_no_data_the_reason_is_given(client):
    first = {"begin": "2012-01-01", "end": "2013-01-01"}
    answer = client.get("/api/overview", params=first).json()
    turnover = card(answer, "turnover")
    assert turnover["change"] is None
    assert turnover["change_reason"].startswith("去年同期没有可比数据：")
    assert answer["headline"].endswith("去年同期没有可比数据。")
    assert answer["trend"]["option"]["series"][1]["data"] == [None] * 12


@pytest.mark.parametrize("compare", ["prior_period", "prior_year", "none"])
@pytest.mark.parametrize("grain", ["day", "week", "month", "quarter", "year"])
def test_every_grain_and_comparison_answers(client, grain, compare):
    quarter = {"begin": "2013-04-01", "end": "2013-07-01", "grain": grain, "compare": compare}
    answer = client.get("/api/overview", params=quarter)
    assert answer.status_code == 200
    counts = {"day": 91, "week": 13, "month": 3, "quarter": 1, "year": 1}
    assert len(answer.json()["trend"]["table"]) == counts[grain]


@pytest.mark.parametrize("period", [("2001-01-01", "2002-01-01"), ("2030-01-01", "2031-01-01")])
def test_a_period_without_data_gives_reasons_and_no_crash(client, period):
    answer = client.get("/api/overview", params={"begin": period[0], "end": period[1]}).json()
    turnover = card(answer, "turnover")
    assert turnover["value"] is None
    assert turnover["reason"]
    assert answer["cash_traps"] == []


def test_the_basis_follows_the_reading_and_its_parts(client):
    financial = client.get("/api/overview", params={**YEAR, "reading": "financial"}).json()
    assert financial["basis"] == {
        "average": "two-point",
        "basis": "cost",
        "days": 360,
        "annualise": False,
        "year_to_date": True,
    }
    assert card(financial, "turnover")["other_reading_label"] == "管理口径"
    changed = client.get(
        "/api/overview", params={**YEAR, "average": "n-point", "days": 360, "annualise": "false"}
    ).json()
    assert changed["basis"]["average"] == "n-point"
    assert (changed["basis"]["days"], changed["basis"]["annualise"]) == (360, False)


def test_in_quantity_the_stock_is_counted_in_pieces(client):
    answer = client.get("/api/overview", params={**YEAR, "basis": "quantity"}).json()
    assert card(answer, "closing_quantity")["unit"] == "quantity"
    assert Decimal(card(answer, "closing_quantity")["value"]) == 212 + 100 + 240
    assert answer["one_more_turn"]["value"] is None
    assert answer["one_more_turn"]["reason"] == "数量口径下算不出资金，请看成本口径"


def test_without_a_period_the_last_year_of_data_is_shown(client):
    answer = client.get("/api/overview").json()
    assert answer["period"] == {"begin": "2012-12-29", "end": "2013-12-29"}


def test_numbers_keep_all_their_digits(overview):
    assert Decimal(card(overview, "cogs")["value"]) == Decimal(14400)
    assert "E" not in "".join(str(each["value"]) for each in overview["figures"])
