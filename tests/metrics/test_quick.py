"""Two-minute start: hand-worked sheets, every fault with row and column, one next step."""

from __future__ import annotations

from decimal import Decimal

import pytest

from stockturn.metrics.benchmarks import load_bands
from stockturn.metrics.quick import QuickAnswer, assess, cells
from stockturn.metrics.quick_rows import TypedRow, read_rows, rows_of_table

D = Decimal
BANDS = load_bands()


def sheet(text: str) -> list[TypedRow]:
    """Rows of a small table: month category opening closing cogs revenue; - is empty."""
    rows = []
    for line in text.strip().splitlines():
        cells = [None if cell == "-" else cell for cell in line.split()]
        month, category, opening, closing, cogs, revenue = cells
        rows.append(TypedRow(month, category, opening or "", closing or "", cogs or "", revenue))
    return rows


def ask(text: str, industry: str | None = None, period_days: int | None = None) -> QuickAnswer:
    return assess(sheet(text), BANDS, industry, period_days)


def test_four_numbers_of_a_year() -> None:
    """500 over (100 + 150) / 2 turns 4 times in 91.25 days; at 5 turns 100 is enough."""
    answer = ask("- - 100 150 500 800")
    assert answer.whole.turnover.number == 4
    assert answer.whole.days.number == D("91.25")
    assert answer.whole.average.number == 125
    assert answer.whole.gross_margin_rate.number == D("0.375")
    assert answer.whole.cash_of_one_more_turn.number == 25
    assert "两点平均" in answer.basis.zh
    assert "two-point" in answer.basis.en
    assert "按一年算" in answer.basis.zh
    assert answer.by_category == answer.by_month == ()
    assert answer.n_point_turnover is None


def test_a_quarter_is_annualised_and_its_days_are_not_those_of_a_year() -> None:
    answer = ask("- - 200 250 900 -", period_days=90)
    assert answer.whole.turnover.number is not None
    assert answer.whole.turnover.number.quantize(D("0.0001")) == D("16.2222")
    assert answer.whole.days.number == D("22.5")
    assert answer.whole.gross_margin_rate.reason is not None
    assert "90 天" in answer.basis.zh


THREE_MONTHS = """
2024-01 - 100 120 300 400
2024-02 - 120 80 300 400
2024-03 - 80 60 300 400
"""


def test_months_give_two_point_and_beside_it_all_points() -> None:
    """Two-point (100 + 60) / 2 = 80, points (100 + 120 + 80 + 60) / 4 = 90; 3600 a year."""
    answer = ask(THREE_MONTHS)
    assert answer.whole.turnover.number == 45
    assert answer.n_point_turnover is not None
    assert answer.n_point_turnover.number == 40
    assert answer.n_point_basis is not None
    assert "3 个月末）÷4" in answer.n_point_basis.zh
    assert [line.name.zh for line in answer.by_month] == ["2024-01", "2024-02", "2024-03"]
    assert [line.average.number for line in answer.by_month] == [110, 100, 70]
    assert "2024-01 至 2024-03 共 3 个月" in answer.basis.zh


def test_group_turnover_is_a_ratio_of_sums_and_the_slow_category_is_the_next_step() -> None:
    """A 900/100 and B 100/100: 5 turns together; B at 5 turns would need 20, so 80 less."""
    answer = ask("- A 100 100 900 -\n- B 100 100 100 -")
    assert answer.whole.turnover.number == 5
    assert [(line.name.zh, line.turnover.number) for line in answer.by_category] == [
        ("A", 9),
        ("B", 1),
    ]
    assert answer.next_step.zh == (
        "先看“B”：占库存 50%，一年只转 1 次；转到全部的平均水平，约可少压 80。"
    )
    assert "about 80 less" in answer.next_step.en


def test_a_category_without_sales_is_named_first() -> None:
    answer = ask("- A 100 100 900 -\n- 呆滞 100 100 0 -")
    assert "“呆滞”" in answer.next_step.zh
    assert "先定去留" in answer.next_step.zh


def test_a_category_that_starts_later_held_nothing_before() -> None:
    answer = ask("2024-01 A 10 10 10 -\n2024-02 A 10 10 10 -\n2024-02 B 0 20 5 -")
    assert answer.whole.opening == 10
    assert answer.whole.closing == 30
    later = next(line for line in answer.by_category if line.name.zh == "B")
    assert later.average.number == 10
    assert answer.contradictions == ()


def test_the_band_is_shown_with_its_status_and_cash_to_reach_it() -> None:
    """125 at 4 turns; 6 turns need 83.33, so 41.67 is free."""
    answer = ask("- - 125 125 500 -", "fmcg")
    assert "低于快消品常见的 6 到 8 次（该区间无出处）" in answer.verdict.zh
    assert "a band without a source" in answer.verdict.en
    assert "约可释放 41.67" in answer.next_step.zh


def test_above_the_band_shortages_come_first() -> None:
    answer = ask("- - 100 100 900 -", "cn_diagnostics")
    assert "高于" in answer.verdict.zh
    assert "无出处" not in answer.verdict.zh
    assert "先查缺货" in answer.next_step.zh


def test_within_the_band_growth_is_looked_at() -> None:
    assert "多 50%" in ask("- - 100 150 375 -", "cn_manufacturing").next_step.zh


def test_otherwise_one_more_turn_is_the_step() -> None:
    assert "约可释放 25" in ask("- - 125 125 500 -").next_step.zh


def test_an_unlike_basis_is_refused_in_words() -> None:
    answer = ask("- - 100 100 500 -", "us_business")
    assert answer.band is None
    assert "口径不同，不作比较" in answer.verdict.zh
    assert "没有行业“nowhere”的基准" in ask("- - 1 1 1 -", "nowhere").verdict.zh


def test_no_stock_and_no_sales_say_so_instead_of_zero() -> None:
    empty = ask("- - 0 0 500 -")
    assert empty.whole.turnover.number is None
    assert "平均库存为零" in empty.verdict.zh
    assert "先补上期初和期末" in empty.next_step.zh
    quiet = ask("- - 100 100 0 -")
    assert quiet.whole.turnover.number == 0
    assert quiet.whole.days.number is None
    assert "没有发货" in quiet.next_step.zh


@pytest.mark.parametrize(
    ("text", "zh"),
    [
        ("- - - 1 1 -", "第 1 行“期初库存”是空的"),
        ("- - 1 x 1 -", "第 1 行“期末库存”的“x”不是数"),
        ("- - 1 1 NaN -", "第 1 行“销售成本”的“NaN”不是数"),
        ("- - 1 1 1e999999 -", "第 1 行“销售成本”的“1e999999”不是数"),
        ("- - 1 1 1 abc", "第 1 行“销售收入”的“abc”不是数"),
        ("- - -5 1 1 -", "第 1 行“期初库存”是负数 -5"),
        ("2024-13 - 1 1 1 -", "第 1 行“月份”的“2024-13”看不出是哪个月"),
        ("2024-01 - 1 1 1 -\n- - 1 1 1 -", "第 2 行没有“月份”"),
        ("2024-01 - 1 1 1 -\n2024-01 - 1 1 1 -", "第 2 行与第 1 行是同一“月份”"),
        ("- A 1 1 1 -\n- A 1 1 1 -", "第 2 行与第 1 行是同一“类别”"),
        ("2024-01 - 1 1 1 -\n2024-03 - 1 1 1 -", "第 2 行“月份”：前面缺 2024-02"),
    ],
)
def test_faults_name_row_column_and_cure_and_stop_the_figures(text: str, zh: str) -> None:
    answer = ask(text)
    assert answer.faults[0].zh.startswith(zh)
    assert answer.next_step == answer.faults[0]
    assert answer.whole.turnover.number is None
    assert answer.whole.turnover.reason is not None


def test_all_faults_are_listed_at_once() -> None:
    answer = ask("- - x y 1 -\n- B -1 1 z -")
    assert len(answer.faults) == 4
    assert "有 4 处要改" in answer.verdict.zh


@pytest.mark.parametrize("days", [0, -30])
def test_a_period_without_days_is_a_fault(days: int) -> None:
    answer = ask("- - 1 1 1 -", period_days=days)
    assert f"期间天数是 {days}" in answer.faults[0].zh
    assert answer.whole.turnover.number is None


def test_an_empty_sheet_is_a_fault() -> None:
    assert assess([], BANDS).faults[0].zh.startswith("表里没有数据行")


def test_stock_that_is_not_carried_over_is_named_and_the_figures_stand() -> None:
    answer = ask("2024-01 - 100 120 300 -\n2024-02 - 110 100 300 -")
    assert answer.contradictions[0].zh == (
        "第 2 行“期初库存”是 110，而第 1 行的期末是 120，两数应相等，请核对。"
    )
    assert answer.whole.turnover.number is not None
    assert answer.next_step.zh.startswith("先核对数据再看结论")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2024-01 A 1 1 1 -\n2024-02 A 1 1 1 -\n2024-02 B 5 5 1 -", "前面没有月份"),
        ("2024-01 A 1 1 1 -\n2024-02 A 1 1 1 -\n2024-01 B 5 5 1 -", "后面没有月份"),
    ],
)
def test_stock_from_nowhere_and_left_behind(text: str, says: str) -> None:
    assert says in ask(text).contradictions[0].zh


@pytest.mark.parametrize(
    "month", ["2024-03", "2024/3", "2024.03", "202403", "2024年3月", "2024-03-31", "２０２４年3月"]
)
def test_months_as_people_write_them(month: str) -> None:
    reading = read_rows([TypedRow(month, None, "1", "1", "1")])
    assert reading.rows[0].month == 2024 * 12 + 2


@pytest.mark.parametrize("amount", ["1,234.50", "￥1234.5", "１２３４．５", " 1 234.5 元"])
def test_amounts_as_people_write_them(amount: str) -> None:
    assert read_rows([TypedRow(None, None, amount, "1", "1")]).rows[0].opening == D("1234.5")


def test_a_sheet_is_read_by_its_chinese_heading() -> None:
    header = ["月份", "备注", "品类", "期初库存（万元）", "期末余额", "营业成本", "收入"]
    lines = [["2024-01", "x", "A", "1", "2", "3", "4"], [None] * 7, ["2024-02", "", "A", "2"]]
    rows, faults = rows_of_table(header, lines)
    assert faults == []
    assert rows[0] == TypedRow("2024-01", "A", "1万", "2", "3", "4")
    assert rows[1] == TypedRow("2024-02", "A", "2万", "", "", None)


@pytest.mark.parametrize(
    "heading", ["期初（万元）", "期初 (万)", "期初/万元", "期初万元", "期初库存（万元）"]
)
def test_the_unit_of_a_heading_counts(heading: str) -> None:
    header = ["月份", heading, "期末（元）", "销售成本（亿元）"]
    typed, faults = rows_of_table(header, [["2024-01", "12.5", "130,000", "0.01亿"]])
    assert not faults
    row = read_rows(typed).rows[0]
    assert (row.opening, row.closing, row.cogs) == (125_000, 130_000, 1_000_000)


def test_a_heading_without_a_needed_column_says_which() -> None:
    rows, faults = rows_of_table(["month", "opening", "COGS"], [["2024-01", "1", "2"]])
    assert rows == []
    assert [fault.en for fault in faults] == ['The heading lacks the column "closing"; add it.']


def test_cells_of_a_table_are_named_in_both_languages() -> None:
    line = ask("- - 100 150 500 800").whole
    assert cells(line, "zh") == {
        "名称": "全部",
        "平均库存": "125.00",
        "周转（次/年）": "4.00",
        "库存周转天数": "91.25",
        "毛利率（%）": "37.50",
        "多周转一次可释放资金": "25.00",
    }
    assert cells(line, "en")["Gross margin (%)"] == "37.50"
