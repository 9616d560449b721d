"""Rejected rows wait, come back corrected or are read again, and a rebuild repeats all of it."""

import datetime as dt
import io
import json
from decimal import Decimal

import openpyxl
import pytest

from stockturn.delivery.quarantine_book import book_of
from stockturn.intake.load import clean, load_files
from stockturn.intake.mapping_yaml import read_mapping
from stockturn.intake.problems import FileHeld
from stockturn.intake.quarantine import NothingWaits, correct, discard, replay_with
from stockturn.intake.replay import replay
from stockturn.ledger import quarantine
from stockturn.ledger.decisions import Unsigned
from stockturn.ledger.fingerprint import fingerprint
from stockturn.ledger.identities import check
from stockturn.ledger.quarantine import NotWaiting
from stockturn.ledger.settled import Place
from stockturn.ledger.tables import ensure, table
from stockturn.workspace import Workspace
from tests.intake.conftest import SMALL, text

MAPPING = read_mapping(SMALL)
ROWS = (
    "05/01/2024,采购入库,0001,A,10,1.5",
    "25/01/2024,采购入库,0002,A,一,1.5",
    "03/04/2024,以旧换新,=1+1,A,3,",
    "04/05/2024,销售出库,0001,A,x,",
)


@pytest.fixture
def workspace(tmp_path):
    root = Workspace.create(tmp_path / "company")
    with Workspace.open(root, environ={}) as opened:
        ensure(opened.engine)
        clean(opened)
        yield opened


@pytest.fixture
def loaded(workspace, tmp_path):
    """A load of four rows, three of which wait."""
    path = tmp_path / "流水.csv"
    path.write_text(text(*ROWS), encoding="utf-8")
    report = load_files(workspace, [path], MAPPING, reject_bar=Decimal(1))
    assert (report.rows_loaded, report.rows_rejected) == (1, 3)
    return workspace


def download(workspace, **chosen):
    return book_of(workspace.engine, "zh", **chosen)


def edited(content, path, changes):
    """Write a workbook with cells changed: {(row, header): value}; None deletes the row."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    for (row, header), value in changes.items():
        sheet.cell(row, heads.index(header) + 1).value = value
    book.save(path)
    return path


def waiting(workspace):
    return [(row.place.row_no, row.code, row.value) for row in quarantine.waiting(workspace.engine)]


def stock(workspace, engine=None):
    rows = table("movement")
    items = table("item").select("item_id", "item")
    joined = rows.join(items, "item_id")
    found = (engine or workspace.engine).query(
        lambda: joined.group_by("item").aggregate(
            q=joined.quantity.sum(), last=joined.happened_on.max()
        ),
    )
    return {row["item"]: (row["q"], str(row["last"])) for row in found.to_pylist()}


def test_the_workbook_holds_all_columns_and_no_formula(loaded):
    book = openpyxl.load_workbook(io.BytesIO(download(loaded)))
    sheet = book.worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    columns = ["日期", "业务类型", "物料编码", "仓库", "数量", "单价"]
    assert heads == ["StockTurn", *columns, "原因 Reason"]
    assert sheet.column_dimensions["A"].hidden
    assert [cell.value for cell in sheet[2]][:3] == ["1/0/3/", "25/01/2024", "采购入库"]
    assert sheet.cell(2, 6).comment.text == sheet.cell(2, 8).value.removeprefix("数量：")
    assert sheet.cell(2, 6).fill.bgColor.rgb != sheet.cell(2, 5).fill.bgColor.rgb
    formula = sheet.cell(3, 4)
    assert (formula.value, formula.data_type) == ("=1+1", "s")
    assert sheet.cell(2, 4).value == "0002"


def test_sent_back_rows_are_booked_and_leave(loaded, tmp_path):
    path = edited(download(loaded), tmp_path / "改.xlsx", {(2, "数量"): 7, (4, "数量"): -2})
    report = correct(loaded, path, actor="李")
    assert (report.rows, report.loaded, report.still_wrong, report.unchanged) == (3, 2, 0, 1)
    assert report.loads[0].load_no == 2
    assert waiting(loaded) == [(4, "unknown_value", "以旧换新")]
    # 04/05 is the fourth of May, for the whole file says day first.
    assert stock(loaded) == {
        "0001": (Decimal(8), "2024-05-04"),
        "0002": (Decimal(7), "2024-01-25"),
    }
    (group,) = [g for g in quarantine.groups(loaded.engine, waiting=False) if g.corrected == 2]
    assert (group.code, group.rejected, group.waiting) == ("not_a_number", 2, 0)
    assert [one.key for one in check(loaded.engine) if not one.passed] == []


def test_the_same_correction_twice_does_nothing(loaded, tmp_path):
    path = edited(download(loaded), tmp_path / "改.xlsx", {(2, "数量"): 7})
    correct(loaded, path)
    before = stock(loaded)
    again = correct(loaded, path)
    assert (again.loaded, again.loads) == (0, ())
    assert (again.settled_before, again.unchanged) == (1, 2)
    assert stock(loaded) == before


def test_still_wrong_rows_wait_with_the_new_reason(loaded, tmp_path):
    first = edited(download(loaded), tmp_path / "1.xlsx", {(2, "数量"): "很多", (2, "日期"): "x"})
    report = correct(loaded, first)
    assert (report.loaded, report.still_wrong) == (0, 1)
    assert (2, "not_a_date", "x") in waiting(loaded)
    assert len(waiting(loaded)) == 3
    changes = {(2, "数量"): "5", (2, "日期"): "06/07/2024"}
    second = edited(download(loaded, load_no=2), tmp_path / "2.xlsx", changes)
    assert correct(loaded, second).loaded == 1
    assert stock(loaded)["0002"] == (Decimal(5), "2024-07-06")
    assert len(waiting(loaded)) == 2


def test_a_date_cell_of_a_spreadsheet_is_read(loaded, tmp_path):
    changes = {(2, "数量"): 7, (2, "日期"): dt.datetime(2024, 2, 3)}  # noqa: DTZ001
    assert correct(loaded, edited(download(loaded), tmp_path / "1.xlsx", changes)).loaded == 1
    assert stock(loaded)["0002"] == (Decimal(7), "2024-02-03")


def test_a_newer_mapping_replays_what_it_now_understands(loaded):
    newer = SMALL.replace('version: "1"', 'version: "2"').replace(
        "盘亏: -count", "盘亏: -count, 以旧换新: receipt"
    )
    report = replay_with(loaded, 1, read_mapping(newer), actor="李")
    assert (report.rows_in, report.rows_loaded, report.rows_rejected) == (3, 1, 2)
    assert stock(loaded)["=1+1"] == (Decimal(3), "2024-04-03")
    assert [row[1] for row in waiting(loaded)] == ["not_a_number", "not_a_number"]
    assert {row.place.load_no for row in quarantine.waiting(loaded.engine)} == {2}
    with pytest.raises(NothingWaits):
        replay_with(loaded, 1, read_mapping(newer))


LINES = """
name: orders
version: "1"
title: {zh: 单, en: orders}
description: {zh: 测试, en: for tests}
files:
  - match: "orders*"
    explode: lines
    table: sale
    columns: {happened_on: day, item: lines.sku, quantity: lines.qty, revenue: lines.sum}
"""


def test_a_replayed_line_leaves_the_others_of_its_record_alone(workspace, tmp_path):
    # One record holds a line that waits between two that are booked.
    path = tmp_path / "orders.jsonl"
    lines = [{"sku": "A", "qty": 1, "sum": 10}, {"sku": "B", "qty": "two", "sum": 20},
             {"sku": "C", "qty": 3, "sum": 30}]  # fmt: skip
    path.write_text(json.dumps({"day": "2024-01-05", "lines": lines}) + "\n", encoding="utf-8")
    report = load_files(workspace, [path], read_mapping(LINES), reject_bar=Decimal(1))
    assert (report.rows_in, report.rows_loaded, report.rows_rejected) == (3, 2, 1)
    newer = LINES.replace('version: "1"', 'version: "2"').replace(
        "quantity: lines.qty", "quantity: {constant: 2}"
    ).replace("    table: sale", "    ignore_columns: [lines.qty]\n    table: sale")  # fmt: skip
    again = replay_with(workspace, 1, read_mapping(newer))
    assert (again.rows_in, again.rows_loaded) == (1, 1)
    sales = table("sale")
    sums = workspace.engine.query(sales.aggregate(revenue=sales.revenue.sum())).to_pylist()
    assert sums == [{"revenue": Decimal(60)}]


def test_discarding_takes_a_person_and_a_reason(loaded):
    place = Place(1, 0, None, 4)
    with pytest.raises(Unsigned):
        discard(loaded, [place], actor="李", reason=" ")
    with pytest.raises(NotWaiting):
        discard(loaded, [place, Place(1, 0, None, 99)], actor="李", reason="试用单据")
    assert len(waiting(loaded)) == 3
    discard(loaded, [place], actor="李", reason="试用单据")
    assert len(waiting(loaded)) == 2
    assert sum(g.discarded for g in quarantine.groups(loaded.engine, waiting=False)) == 1
    with pytest.raises(NotWaiting):
        discard(loaded, [place], actor="李", reason="试用单据")


def test_a_row_that_was_taken_up_meanwhile_is_not_booked_twice(loaded, tmp_path, monkeypatch):
    path = edited(download(loaded), tmp_path / "1.xlsx", {(2, "数量"): 7})
    before = quarantine.waiting(loaded.engine)
    correct(loaded, path)
    stale = edited(path.read_bytes(), tmp_path / "2.xlsx", {(2, "数量"): 8})
    monkeypatch.setattr(quarantine, "waiting", lambda *_args, **_chosen: before)
    with pytest.raises(NotWaiting):
        correct(loaded, stale)
    assert stock(loaded)["0002"] == (Decimal(7), "2024-01-25")


def test_what_is_no_correction_is_refused(loaded, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["日期", "数量"])
    book.save(tmp_path / "x.xlsx")
    with pytest.raises(FileHeld) as caught:
        correct(loaded, tmp_path / "x.xlsx")
    assert caught.value.reason == "not_a_correction"


def test_a_rebuild_repeats_corrections_replays_and_discards(loaded, tmp_path):
    correct(loaded, edited(download(loaded), tmp_path / "1.xlsx", {(2, "数量"): 7}))
    newer = SMALL.replace('version: "1"', 'version: "2"').replace(
        "盘亏: -count", "盘亏: -count, 以旧换新: receipt"
    )
    replay_with(loaded, 1, read_mapping(newer))
    discard(loaded, [quarantine.waiting(loaded.engine)[0].place], actor="李", reason="重复")
    assert waiting(loaded) == []
    engine = loaded.open_engine(loaded.root / "again.duckdb")
    try:
        ensure(engine)
        for planned in replay(loaded.received):
            planned.run(loaded, engine)
        assert stock(loaded, engine) == stock(loaded)
        assert fingerprint(engine) == fingerprint(loaded.engine)
    finally:
        engine.close()


# --- the file comes again, corrected at its source -----------------------------------------------


WHOLE = text(
    "05/01/2024,采购入库,0001,A,10,1.5",
    "25/01/2024,采购入库,0002,A,1,1.5",
    "03/04/2024,采购入库,0003,A,3,1",
    "04/05/2024,销售出库,0001,A,-2,",
)
BOOKED = {"0001": Decimal(8), "0002": Decimal(1), "0003": Decimal(3)}


def again(workspace, tmp_path):
    path = tmp_path / "again" / "流水.csv"
    path.parent.mkdir(exist_ok=True)
    path.write_text(WHOLE, encoding="utf-8")
    return load_files(workspace, [path], MAPPING, answer="replace")


def quantities(workspace):
    return {item: row[0] for item, row in stock(workspace).items()}


def test_rows_that_wait_are_settled_by_the_file_that_replaces_theirs(loaded, tmp_path):
    assert len(waiting(loaded)) == 3
    report = again(loaded, tmp_path)
    assert (report.status, report.rows_loaded, report.rows_ignored) == ("loaded", 3, 1)
    assert quantities(loaded) == BOOKED
    assert waiting(loaded) == []
    groups = quarantine.groups(loaded.engine, waiting=False)
    assert sum(group.replaced for group in groups) == 3


def test_corrected_rows_are_not_booked_twice_when_their_file_comes_again(loaded, tmp_path):
    """One corrected as the source does, one otherwise, one at the second attempt."""
    first = edited(download(loaded), tmp_path / "1.xlsx", {(2, "数量"): 1, (4, "数量"): "两"})
    assert correct(loaded, first).loaded == 1
    second = edited(download(loaded, load_no=2), tmp_path / "2.xlsx", {(2, "数量"): -5})
    assert correct(loaded, second).loaded == 1
    assert quantities(loaded) == {"0001": Decimal(5), "0002": Decimal(1)}
    report = again(loaded, tmp_path)
    assert (report.status, report.rows_loaded, report.rows_ignored) == ("loaded", 2, 2)
    assert quantities(loaded) == BOOKED
    assert waiting(loaded) == []
    assert [one.key for one in check(loaded.engine) if not one.passed] == []


def test_a_correction_of_replaced_rows_comes_too_late(loaded, tmp_path):
    path = edited(download(loaded), tmp_path / "late.xlsx", {(2, "数量"): 1})
    again(loaded, tmp_path)
    report = correct(loaded, path)
    assert (report.loaded, report.loads, report.settled_before) == (0, (), 3)
    assert quantities(loaded) == BOOKED
