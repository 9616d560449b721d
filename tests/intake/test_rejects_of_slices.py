"""Rejected rows of a day or month that comes again: booked once, whichever way they come back."""

import io
from decimal import Decimal

import openpyxl
import pytest

from stockturn.delivery.quarantine_book import book_of
from stockturn.intake.mapping_yaml import read_mapping
from stockturn.intake.origin import Origin
from stockturn.intake.quarantine import correct, replay_with
from stockturn.ledger import quarantine
from stockturn.ledger.documents import current
from tests.intake.conftest import SMALL, text
from tests.intake.keeping import company

BAD = "2024-01-05,采购入库,b,A,一,1"
SAME = "2024-01-05,采购入库,a,A,10,1"
GOOD = "2024-01-05,采购入库,b,A,5,1"


def sliced(by: str) -> str:
    return SMALL.replace("    table: movement\n", f"    table: movement\n    slice: {by}\n")


@pytest.fixture
def daily(tmp_path):
    """A company whose files state whole days."""
    with company(tmp_path, sliced("day")) as made:
        yield made


def load(made, name, *rows, **options):
    report = made.load(name, text(*rows), reject_bar=Decimal(1), **options)
    assert report.status == "loaded", report
    return report


def waiting(made):
    """The load, row and reason of each row that waits."""
    rows = quarantine.waiting(made.workspace.engine)
    return [(row.place.load_no, row.place.row_no, row.code) for row in rows]


def quantities(made):
    return {item: quantity for (item, _), (quantity, _) in made.stock().items()}


def send(made, changes):
    """Send what waits back with cells changed: {(row of the workbook, header): value}."""
    return correct(made.workspace, changed(made, changes))


def changed(made, changes):
    book = openpyxl.load_workbook(io.BytesIO(book_of(made.workspace.engine, "zh")))
    sheet = book.worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    for (row, header), value in changes.items():
        sheet.cell(row, heads.index(header) + 1).value = value
    path = made.files / f"改{len(list(made.files.iterdir()))}.xlsx"
    book.save(path)
    return path


def said(report, words):
    return [one for one in report.warnings if words in one.zh]


def test_what_waits_of_a_day_goes_with_it_and_no_other(daily):
    other = "2024-01-06,采购入库,b,A,两,1"
    load(daily, "流水1.csv", SAME, BAD, other)
    report = load(daily, "流水2.csv", SAME, GOOD)
    assert waiting(daily) == [(1, 4, "not_a_number")]
    assert said(report, "不再等待")
    assert not said(report, "读不出日期")
    assert quantities(daily) == {"a": 10, "b": 5}
    daily.check()


def test_a_corrected_row_leaves_the_rest_of_its_day_alone(daily):
    """It comes on top: a workbook with one row is not the whole day."""
    load(daily, "流水1.csv", SAME, BAD)
    assert send(daily, {(2, "数量"): 5}).loaded == 1
    assert quantities(daily) == {"a": 10, "b": 5}


@pytest.mark.parametrize("by", ["day", "month"])
def test_rows_corrected_before_their_day_came_again_are_not_booked_twice(tmp_path, by):
    """One as the source has it now, one otherwise, one moved to another day."""
    third = "2024-01-05,采购入库,c,A,三,1"
    with company(tmp_path, sliced(by)) as made:
        load(made, "流水1.csv", SAME, BAD, "2024-01-05,销售出库,a,A,x,", third)
        send(made, {(2, "数量"): 5, (3, "数量"): -9, (4, "数量"): 3, (4, "日期"): "2024-01-07"})
        assert quantities(made) == {"a": 1, "b": 5, "c": 3}
        good = third.replace("三", "3")
        report = load(made, "流水2.csv", SAME, GOOD, "2024-01-05,销售出库,a,A,-2,", good)
        assert report.ignored_by_reason == {"already_loaded": 2}
        assert quantities(made) == {"a": 8, "b": 5, "c": 3}
        assert waiting(made) == []
        made.check()


def test_a_row_that_is_wrong_twice_goes_with_its_day(daily):
    load(daily, "流水1.csv", SAME, BAD)
    send(daily, {(2, "数量"): "两", (2, "日期"): "2024-01-07"})
    assert waiting(daily) == [(2, 2, "not_a_number")]
    load(daily, "流水2.csv", SAME, GOOD)
    assert waiting(daily) == []
    assert quantities(daily) == {"a": 10, "b": 5}


def test_a_row_sent_back_after_its_day_came_again_is_too_late(daily):
    load(daily, "流水1.csv", SAME, BAD)
    late = changed(daily, {(2, "数量"): 5})
    load(daily, "流水2.csv", SAME, GOOD)
    report = correct(daily.workspace, late)
    assert (report.loaded, report.settled_before, report.loads) == (0, 1, ())
    assert quantities(daily) == {"a": 10, "b": 5}


def test_a_row_without_a_day_waits_until_all_days_of_its_file_came_again(daily):
    first = [SAME, "2024-01-06,采购入库,a,A,2,1", "01月,采购入库,b,A,5,1"]
    load(daily, "流水1.csv", *first)
    report = load(daily, "流水2.csv", first[0], GOOD)
    assert said(report, "1 行读不出日期")
    assert waiting(daily) == [(1, 4, "not_a_date")]
    report = load(daily, "流水3.csv", first[1])
    assert waiting(daily) == []
    assert said(report, "不再等待")
    assert not said(report, "读不出日期")
    assert quantities(daily) == {"a": 12, "b": 5}
    daily.check()


def test_a_row_that_gets_a_day_which_came_again_is_refused_another_is_booked(daily):
    rows = [SAME, "2024-01-06,采购入库,a,A,2,1"]
    undated = ["01月,采购入库,b,A,5,1", "01月,采购入库,c,A,3,1"]
    load(daily, "流水1.csv", *rows, *undated)
    load(daily, "流水2.csv", rows[0], GOOD)
    report = send(daily, {(2, "日期"): "2024-01-05", (3, "日期"): "2024-01-06"})
    assert (report.loaded, report.still_wrong) == (1, 1)
    assert waiting(daily) == [(3, 2, "day_came_again")]
    assert quantities(daily) == {"a": 12, "b": 5, "c": 3}
    daily.check()


def test_a_day_of_which_all_rows_are_rejected_has_come_again(daily):
    """Else its row, corrected later, would stand beside the former one."""
    load(daily, "流水1.csv", GOOD, "2024-01-06,采购入库,a,A,2,1")
    load(daily, "流水2.csv", BAD, "2024-01-06,采购入库,a,A,2,1")
    assert (quantities(daily), waiting(daily)) == ({"a": 2}, [(2, 2, "not_a_number")])
    send(daily, {(2, "数量"): 6})
    assert quantities(daily) == {"a": 2, "b": 6}
    daily.check()


def test_a_row_read_again_by_another_mapping_goes_with_its_day(daily):
    load(daily, "流水1.csv", SAME, "2024-01-05,以旧换新,b,A,5,1")
    newer = sliced("day").replace("name: small", "name: newer")
    replay_with(
        daily.workspace, 1, read_mapping(newer.replace("盘亏: -count", "以旧换新: receipt"))
    )
    assert quantities(daily) == {"a": 10, "b": 5}
    load(daily, "流水2.csv", SAME, GOOD)
    assert quantities(daily) == {"a": 10, "b": 5}
    daily.check()


def test_a_corrected_row_keeps_the_key_of_its_feed(tmp_path):
    head = "主键,日期,业务类型,物料编码,仓库,数量,单价"

    def pull(made, cursor, *rows):
        given = Origin("erp", cursor, key=("主键",))
        name = f"流水{cursor}.csv"
        return made.load(name, text(*rows, header=head), origin=given, reject_bar=Decimal(1))

    with company(tmp_path, SMALL) as made:
        pull(made, "1", "1,2024-01-05,采购入库,a,A,10,1", "2,2024-01-05,采购入库,b,A,一,1")
        assert send(made, {(2, "数量"): 5}).loaded == 1
        pull(made, "2", "2,2024-01-05,采购入库,b,A,6,1")
        assert quantities(made) == {"a": 10, "b": 6}
        made.check()


def test_a_corrected_row_is_not_the_whole_of_a_complete_list(tmp_path):
    lists = """
  - match: 物料*
    table: item_parameters
    complete: true
    columns: {item: 物料编码, reorder_point: 再订货点}
"""
    with company(tmp_path, SMALL + lists) as made:
        made.load("物料.csv", "物料编码,再订货点\na,5\nb,五\n", reject_bar=Decimal(1))
        assert send(made, {(2, "再订货点"): 5}).loaded == 1
        rows = made.workspace.engine.query(current("item_parameters")).to_pylist()
        assert [row["reorder_point"] for row in rows] == [5, 5]
