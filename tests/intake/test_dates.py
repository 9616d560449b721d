"""One date form per column and file, never guessed."""

import datetime as dt
from collections import Counter

import pyarrow as pa
import pytest

from stockturn.intake.dates import BusinessDay, date_texts, find_form, type_date, type_instant
from tests.intake.conftest import SMALL, text


def rows(*days):
    return text(*(f"{day},采购入库,a,A,1," for day in days))


def loaded(result):
    return [row["happened_on"] for row in result["movement"]]


@pytest.mark.parametrize(
    "written",
    ["2024-01-25", "2024/1/25", "2024.1.25", "20240125", "2024年1月25日", "25/01/2024",
     "01/25/2024", "25-Jan-2024", "２０２４－０１－２５", "2024-01-25 13:05:00",
     "2024-01-25T00:00:00", "2024-01-25 10:00:00 +0800", "2024-01-25T10:00:00+08:00",
     "1/25/2024 3:45:00 PM", "2024/1/25 下午 3:45:00", "2024-01-25 星期四", "2024年1月25号",
     "'2024-01-25", "25-Jan-24", "1/25/24", "20240125103000", "45316", "45316.75",
     "2024-01-25 10:00:00\t"],
)  # fmt: skip
def test_forms(stage, written):
    assert loaded(stage(rows(written))) == [dt.date(2024, 1, 25)]


def test_day_and_month_are_told_by_other_rows_and_said(stage):
    result = stage(rows("03/04/2024", "25/04/2024"))
    assert loaded(result) == [dt.date(2024, 4, 3), dt.date(2024, 4, 25)]
    assert any("%d/%m/%Y" in remark.en for remark in result.staged.remarks)


def test_day_or_month_is_held(held):
    failure = held(rows("03/04/2024", "05/06/2024"))
    assert (failure.reason, failure.column) == ("ambiguous_date", "日期")
    assert "分不清是日/月还是月/日（如 03/04/2024）" in failure.message.zh
    assert "['%d/%m/%Y'] / ['%m/%d/%Y']" in failure.message.zh
    assert "day/month or month/day" in failure.message.en


def test_years_of_two_digits(stage, held):
    # 28/01/24 would be in 2028 if the year came first, 05/01/24 alone might be in 2005.
    result = stage(rows("05/01/24", "28/01/24"))
    assert loaded(result) == [dt.date(2024, 1, 5), dt.date(2024, 1, 28)]
    assert loaded(stage(rows("24/01/05", "24/12/31"))) == [
        dt.date(2024, 1, 5),
        dt.date(2024, 12, 31),
    ]
    failure = held(rows("05-01-24", "13-01-24"))
    assert failure.reason == "ambiguous_date"
    assert "%y-%m-%d" in failure.message.en


def test_serial_numbers_of_a_csv_are_said(stage):
    result = stage(rows("45316", "45317"))
    assert loaded(result) == [dt.date(2024, 1, 25), dt.date(2024, 1, 26)]
    assert any("1900" in remark.zh for remark in result.staged.remarks)
    assert stage(rows("19999")).rejects == [(2, "not_a_date", "日期", "19999")]


@pytest.mark.parametrize(
    ("written", "day"),
    [("2024-01-25 23:30:00 -0500", 26), ("2024-01-25 01:30:00 +0900", 25),
     ("2024-01-25 00:30:00 +0900", 24), ("2024-01-25 16:00:00+00", 26),
     ("2024-01-25T17:00:00Z", 26),
     ("1/25/2024 12:30:00 AM", 25), ("2024-01-25 上午 1:30", 25)],
)  # fmt: skip
def test_an_instant_belongs_to_the_business_day(written, day):
    form = find_form(date_texts(pa.array([written])), (), months=False, workbook=False)
    typed = type_date(pa.array([written]), form, latest=None, day=BusinessDay("Asia/Shanghai"))
    assert typed.array.to_pylist() == [dt.date(2024, 1, day)]


def test_a_clock_of_twelve_hours_keeps_its_half(stage):
    array = pa.array(["1/25/2024 3:45:10 PM", "1/25/2024 12:05 AM", "1/25/2024"])
    form = find_form(date_texts(array), (), months=False, workbook=False)
    instants = [str(moment) for moment in type_instant(array, form).array.to_pylist()]
    assert instants == ["2024-01-25 15:45:10", "2024-01-25 00:05:00", "2024-01-25 00:00:00"]


def test_the_mapping_may_say_which(stage):
    stated = SMALL.replace("happened_on: 日期", "happened_on: {from: 日期, formats: '%m/%d/%Y'}")
    result = stage(rows("03/04/2024", "05/06/2024"), mapping=stated)
    assert loaded(result) == [dt.date(2024, 3, 4), dt.date(2024, 5, 6)]


@pytest.mark.parametrize(
    "days", [("25/04/2024", "04/25/2024"), ("2024-01-05", "2024/01/06"), ("20240105", "5/13/2024")]
)
def test_mixed_forms_are_held(held, days):
    failure = held(rows(*days))
    assert failure.reason == "mixed_dates"
    assert days[0] in failure.message.zh
    assert days[1] in failure.message.en


def test_a_stray_form_is_rejected_row_by_row(stage):
    days = [f"2024-01-{day:02d}" for day in range(1, 31)]
    result = stage(rows(*days, "31.01.2024"))
    assert len(loaded(result)) == 30
    assert result.rejects == [(32, "mixed_date_format", "日期", "31.01.2024")]


def test_days_that_are_none(stage):
    result = stage(rows("2024-02-30", "soon", "2024-02-29", ""))
    assert loaded(result) == [dt.date(2024, 2, 29)]
    assert [reject[1] for reject in result.rejects] == ["not_a_date", "not_a_date", "missing_value"]


def test_days_that_cannot_have_happened(stage):
    result = stage(rows("2026-06-30", "2026-07-01", "1969-12-31"))
    assert loaded(result) == [dt.date(2026, 6, 30)]
    assert {reject[1] for reject in result.rejects} == {"date_out_of_range"}


MONTHLY = """
name: monthly
version: 1
title: {zh: 月, en: month}
description: {zh: 月, en: month}
costing: stated
files:
  - match: "*.csv"
    table: balance
    columns:
      happened_on: {from: 月份, month: end}
      item: 物料
      location: {constant: 主仓}
      balance: 结存
"""


@pytest.mark.parametrize("written", ["2024-02", "2024/2", "202402", "2024年2月"])
def test_a_month_is_its_last_day(stage, written):
    result = stage(f"月份,物料,结存\n{written},a,5\n", mapping=MONTHLY)
    assert [row["happened_on"] for row in result["balance"]] == [dt.date(2024, 2, 29)]


def test_an_instant_counted_from_1970_falls_on_its_business_day():
    # 00:30 of New Year's Day in Shanghai is the evening before in UTC.
    texts = pa.array(["1704040200", "1704040200000", "1704040200.0", None])
    form = find_form(Counter(["1704040200"]), (), months=False, workbook=False)
    zoned = type_date(texts, form, latest=None, day=BusinessDay("Asia/Shanghai"))
    assert zoned.array.to_pylist() == [dt.date(2024, 1, 1)] * 3 + [None]
    cut = type_date(texts, form, latest=None, day=BusinessDay("Asia/Shanghai", 2))
    assert cut.array.to_pylist()[0] == dt.date(2023, 12, 31)
    instants = type_instant(texts, form, zone="Asia/Shanghai")
    assert str(instants.array.to_pylist()[0]) == "2024-01-01 00:30:00"
    numbers = pa.array([1704040200.0, None])
    assert type_date(numbers, form, latest=None, day=None).array.to_pylist()[1] is None


def test_numbers_of_eight_digits_are_days_in_a_typed_column():
    form = find_form(Counter(["20240105"]), (), months=False, workbook=False)
    typed = type_date(pa.array([20240105, None]), form, latest=None)
    assert typed.array.to_pylist() == [dt.date(2024, 1, 5), None]
