import json
from decimal import Decimal

from stockturn.delivery.charts import (
    AGE_COLOURS,
    Measured,
    Point,
    ageing_chart,
    bar_chart,
    sparkline,
    trend_chart,
)

TIMES = Measured("周转次数", "times", "日均 · 成本 · 年化", "CNY", "zh")
MONEY = Measured("Closing inventory", "money", "at cost", "CNY", "en")

BUCKETS = [
    Point("2013-01", Decimal("3.123"), Decimal("2.9")),
    Point("2013-02", None, Decimal("3.1")),
]


def test_a_trend_shows_the_finding_the_unit_and_the_prior_period_in_grey():
    chart = trend_chart(BUCKETS, TIMES, title="周转 3.12 次", prior_name="去年同期")
    now, prior = chart.option["series"]
    assert (chart.title, chart.subtitle) == ("周转 3.12 次", "周转次数（次） · 日均 · 成本 · 年化")
    assert now["data"] == [3.12, None]
    assert prior["data"] == [2.9, 3.1]
    assert prior["lineStyle"]["color"] == "prior"
    assert chart.option["xAxis"]["data"] == ["2013-01", "2013-02"]


def test_a_gap_in_the_data_stays_a_gap():
    chart = trend_chart(BUCKETS, TIMES, title="")
    assert chart.option["series"][0]["connectNulls"] is False
    assert chart.table[1] == {"期间": "2013-02", "周转次数": None}


def test_a_target_is_a_thin_line_with_its_value():
    chart = trend_chart(BUCKETS, TIMES, title="", target=Decimal("4.5"))
    mark = chart.option["series"][0]["markLine"]
    assert mark["data"] == [{"yAxis": 4.5}]
    assert mark["label"]["formatter"] == "目标 4.50"
    assert mark["lineStyle"]["color"] == "target"


def test_money_is_scaled_in_python_and_the_table_keeps_the_exact_figure():
    chart = trend_chart([Point("Q1", Decimal("1234567.8901"))], MONEY, title="")
    assert chart.option["series"][0]["data"] == [1.23]
    assert chart.subtitle == "Closing inventory (¥ M) · at cost"
    assert chart.table == [{"Period": "Q1", "Closing inventory": "1234567.8901"}]


def test_bars_start_from_zero_and_carry_the_member_to_drill_into():
    points = [
        Point("五金", Decimal(3), Decimal(4), member="五金"),
        Point(None, Decimal(1), None),
    ]
    chart = bar_chart(
        points, TIMES, title="", dimension="品类", prior_name="上期", total=Decimal(2)
    )
    bars = chart.option["series"][0]
    assert chart.option["xAxis"]["min"] == 0
    first, second = bars["data"]
    assert (first["value"], first["name"], first["member"]) == (3.0, "五金", "五金")
    assert first["label"]["formatter"] == "3.00"
    assert (second["value"], second["name"], second["member"]) == (1.0, "未分类", None)
    assert bars["markLine"]["label"] == {"formatter": "合计 2.00", "position": "start"}
    assert chart.table[1] == {"品类": "未分类", "周转次数": "1", "上期": None}


def test_a_negative_bar_frees_the_axis():
    chart = bar_chart([Point("a", Decimal(-1))], TIMES, title="", dimension="品类")
    assert "min" not in chart.option["xAxis"]


def test_ages_go_from_fresh_to_old_on_the_warm_scale_with_their_shares():
    points = [Point(str(n), Decimal(n)) for n in (1, 2, 3, 4, 5, 5)]
    chart = ageing_chart(points, MONEY, title="")
    bars = chart.option["series"][0]["data"]
    assert tuple(bar["itemStyle"]["color"] for bar in bars) == AGE_COLOURS
    assert bars[0]["label"]["formatter"] == "5.0%"
    assert chart.table[4] == {"Age (days)": "5", "Closing inventory": "5", "Share": "25.0%"}
    assert chart.subtitle == "Closing inventory (¥) · at cost · Age (days)"
    assert chart.option["xAxis"]["axisLabel"]["interval"] == 0


def test_no_stock_gives_bars_without_shares():
    chart = ageing_chart([Point("0-30", Decimal(0)), Point("31-60", None)], MONEY, title="")
    assert [bar["label"]["formatter"] for bar in chart.option["series"][0]["data"]] == ["", ""]


def test_every_chart_is_plain_json():
    charts = [
        trend_chart(BUCKETS, TIMES, title="t", prior_name="p", target=Decimal(1)).option,
        bar_chart(BUCKETS, TIMES, title="t", dimension="d", total=Decimal(1)).option,
        ageing_chart(BUCKETS, MONEY, title="t").option,
        sparkline([Decimal(1), None, Decimal(3)]),
    ]
    for option in charts:
        written = json.dumps(option, allow_nan=False)
        assert json.loads(written) == option
        assert "animation" not in option


def test_a_sparkline_keeps_its_gaps():
    assert sparkline([Decimal("1.5"), None])["series"][0]["data"] == [1.5, None]
