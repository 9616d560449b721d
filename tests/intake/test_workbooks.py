"""Workbooks: what cells mean, and every way a workbook can be bad."""

import datetime as dt
import io
import re
import zipfile
from decimal import Decimal

import openpyxl
import pytest
import xlsxwriter
import xlwt

from stockturn.intake import zip_check
from tests.intake.conftest import HEADER, SMALL

HEADERS = HEADER.split(",")
DAY = dt.datetime(2024, 1, 5)  # noqa: DTZ001 - a day without a zone


def book(*sheets, **options):
    """Return a workbook; a sheet is (name, function that fills it)."""
    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream, {"in_memory": True, **options})
    formats = {"day": workbook.add_format({"num_format": "yyyy-mm-dd"})}
    for name, fill in sheets:
        fill(workbook.add_worksheet(name), formats)
    workbook.close()
    return stream.getvalue()


def table(*rows, top=0, headers=HEADERS):
    """Return a function that writes a header and rows; days get a date format."""

    def fill(sheet, formats):
        sheet.write_row(top, 0, headers)
        for number, row in enumerate(rows, start=top + 1):
            for column, cell in enumerate(row):
                if isinstance(cell, dt.datetime):
                    sheet.write_datetime(number, column, cell, formats["day"])
                elif cell is not None:
                    sheet.write(number, column, cell)

    return fill


def row(day=DAY, kind="采购入库", item="0001", place="A", quantity=10, cost=1.5):
    return (day, kind, item, place, quantity, cost)


def one(*rows, **options):
    return book(("流水", table(*rows, **options)))


def test_typed_cells(stage):
    result = stage(one(row(), row(item=10023, quantity=0.1, cost=None)), "流水.xlsx")
    first, second = result["movement"]
    assert first["happened_on"] == dt.date(2024, 1, 5)
    assert (first["item"], second["item"]) == ("0001", "10023")
    assert (second["quantity"], second["unit_cost"]) == (Decimal("0.1"), None)
    assert [(r["sheet"], r["row_no"]) for r in (first, second)] == [("流水", 2), ("流水", 3)]


def test_codes_that_a_spreadsheet_spoilt(stage):
    rows = [row(item=item) for item in ("1.23E+12", 1.5, 1.23456789012345e17, DAY, "ok")]
    result = stage(one(*rows), "流水.xlsx")
    assert [reject[1] for reject in result.rejects] == [
        "code_is_scientific",
        "code_is_number",
        "code_is_number",
        "code_is_date",
    ]
    assert [r["item"] for r in result["movement"]] == ["ok"]
    assert result.rejects[1][3] == "1.5"


def test_errors_and_formulas(stage):
    def fill(sheet, formats):
        table(row(), row(), row(), row())(sheet, formats)
        sheet.write_formula(1, 4, "=1+1", None, 2)
        sheet.write_formula(2, 4, "=NA()", None, "#N/A")
        sheet.write_formula(3, 5, "=1/0", None, "#DIV/0!")

    result = stage(book(("流水", fill)), "流水.xlsx")
    assert [r["quantity"] for r in result["movement"]] == [Decimal(2), Decimal(10)]
    assert result.rejects == [
        (3, "error_cell", "数量", "#N/A"),
        (4, "error_cell", "单价", "#DIV/0!"),
    ]


def test_formulas_never_calculated(stage):
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = "流水"
    sheet.append(HEADERS)
    sheet.append(list(row()))
    sheet.append(list(row(quantity="=5*2")))
    stream = io.BytesIO()
    workbook.save(stream)
    result = stage(stream.getvalue(), "流水.xlsx")
    assert [reject[:3] for reject in result.rejects] == [(3, "formula_not_calculated", "数量")]


def test_header_below_titles_is_found_and_said(stage):
    def fill(sheet, formats):
        sheet.merge_range(0, 0, 0, 5, "2024 年 1 月库存流水", formats["day"])
        table(row(), top=3)(sheet, formats)

    result = stage(book(("流水", fill)), "流水.xlsx")
    assert [r["row_no"] for r in result["movement"]] == [5]
    assert any("第 4 行" in remark.zh for remark in result.staged.remarks)


def test_merged_cells_are_filled_inside_their_range_only(stage):
    def fill(sheet, formats):
        table(row(), row(place=None), row(place=None))(sheet, formats)
        sheet.merge_range(1, 3, 2, 3, "甲仓")

    result = stage(book(("流水", fill)), "流水.xlsx")
    assert [r["location"] for r in result["movement"]] == ["甲仓", "甲仓"]
    assert result.rejects == [(4, "missing_value", "仓库", None)]


def test_serial_numbers_are_days_from_the_books_own_epoch(stage):
    serial = row(day=45296)
    assert stage(one(serial), "流水.xlsx")["movement"][0]["happened_on"] == dt.date(2024, 1, 5)
    from_1904 = book(("流水", table(row(day=43834))), date_1904=True)
    assert stage(from_1904, "流水.xlsx")["movement"][0]["happened_on"] == dt.date(2024, 1, 5)


def test_serials_in_the_broken_part_of_the_calendar(stage):
    result = stage(one(row(), row(day=59)), "流水.xlsx")
    assert result.rejects == [(3, "serial_date", HEADERS[0], "59")]
    assert len(result["movement"]) == 1


def test_a_number_of_six_digits_is_a_month(stage):
    mapping = SMALL.replace("happened_on: 日期", "happened_on: {from: 日期, month: end}")
    result = stage(one(row(day=202402)), "流水.xlsx", mapping)
    assert result["movement"][0]["happened_on"] == dt.date(2024, 2, 29)


def test_typed_and_written_days_together(stage):
    result = stage(one(row(), row(day="2024-01-06"), row(day="")), "流水.xlsx")
    assert [r["happened_on"].day for r in result["movement"]] == [5, 6]
    assert [reject[1] for reject in result.rejects] == ["missing_value"]


def test_sheets_without_a_known_header_are_named(stage):
    notes = ("说明", lambda sheet, _: sheet.write(0, 0, "本表由仓库导出"))
    result = stage(book(notes, ("一月", table(row())), ("二月", table(row()))), "流水.xlsx")
    assert [r["sheet"] for r in result["movement"]] == ["一月", "二月"]
    assert any("说明" in remark.zh for remark in result.staged.remarks)


def test_a_workbook_of_another_name_is_known_by_its_header(stage):
    assert len(stage(one(row()), "导出.xlsx")["movement"]) == 1


def test_header_only(held):
    assert held(one(), "流水.xlsx").reason == "header_only"


def test_zero_bytes(held):
    failure = held(b"", "流水.xlsx")
    assert failure.reason == "empty_file"
    assert "空的" in failure.message.zh


def test_a_workbook_without_content(held):
    assert held(book(("空", lambda *_: None)), "流水.xlsx").reason == "empty_file"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<!DOCTYPE html><html><body>sign in</body></html>", "wrong_format"),
        (b"PAR1 not a workbook", "wrong_format"),
        (b"\x00\x01\x02 nothing", "bad_workbook"),
        (b"PK\x03\x04 torn", "bad_workbook"),
        (bytes.fromhex("D0CF11E0A1B11AE1") + b"\x00" * 600, "bad_workbook"),
        (
            bytes.fromhex("D0CF11E0A1B11AE1")
            + b"\x00" * 600
            + "EncryptedPackage".encode("utf-16-le"),
            "password",
        ),
    ],
)
@pytest.mark.parametrize("name", ["流水.xlsx", "流水.xls"])
def test_not_a_workbook(held, content, reason, name):
    assert held(content, name).reason == reason


def test_a_workbook_cut_in_the_middle(held):
    whole = one(*(row() for _ in range(500)))
    failure = held(whole[: len(whole) // 2], "流水.xlsx")
    assert failure.reason == "bad_workbook"
    assert "不完整" in failure.message.zh


def rezipped(content, change):
    """Return a workbook with one part changed: change(name, bytes) -> bytes."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.infolist():
            new.writestr(entry.filename, change(entry.filename, old.read(entry)))
    return stream.getvalue()


def test_a_zip_bomb_is_counted_not_believed(held):
    blown = rezipped(
        one(row()),
        lambda name, data: data + b" " * 60_000_000 if "sheet1" in name else data,
    )
    failure = held(blown, "流水.xlsx")
    assert failure.reason == "zip_bomb"
    assert "解压后过大" in failure.message.zh
    assert "beyond the limits" in failure.message.en


def test_a_forged_size_does_not_help(held):
    blown = bytearray(
        rezipped(
            one(row()), lambda name, data: data + b" " * 60_000_000 if "sheet1" in name else data
        )
    )
    with zipfile.ZipFile(io.BytesIO(bytes(blown))) as archive:
        sizes = {entry.file_size for entry in archive.infolist() if entry.file_size > 60_000_000}
    for size in sizes:
        while (place := blown.find(size.to_bytes(4, "little"))) >= 0:
            blown[place : place + 4] = (100).to_bytes(4, "little")
    assert held(bytes(blown), "流水.xlsx").reason == "zip_bomb"


def test_two_cells_far_apart_are_not_a_table(held):
    def fill(sheet, formats):
        table(row())(sheet, formats)
        sheet.write(1_048_575, 16_383, "x")

    assert held(book(("流水", fill)), "流水.xlsx").reason == "zip_bomb"


def test_too_many_parts(held, monkeypatch):
    monkeypatch.setattr(zip_check, "MOST_ENTRIES", 3)
    assert held(one(row()), "流水.xlsx").reason == "zip_bomb"


def test_xml_with_entities(held):
    bad = rezipped(
        one(row()),
        lambda name, data: (
            data.replace(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet')
            if "sheet1" in name
            else data
        ),
    )
    assert held(bad, "流水.xlsx").reason == "bad_workbook"


def test_mapping_of_sheets(stage):
    two = (
        SMALL
        + """
  - match: "物料*"
    sheets: [物料]
    table: item
    columns: {item: 物料编码, name: 名称}
"""
    )
    items = ("物料", table(("0001", "螺丝"), headers=["物料编码", "名称"]))
    result = stage(book(("流水", table(row())), items), "全部.xlsx", two)
    assert [r["name"] for r in result["item"]] == ["螺丝"]
    assert len(result["movement"]) == 1


# --- old and open formats -------------------------------------------------------------------------


def old_book(*rows):
    """Return an .xls workbook of one sheet below the usual header."""
    workbook = xlwt.Workbook()
    sheet = workbook.add_sheet("流水")
    day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for number, cells in enumerate((HEADERS, *rows)):
        for column, cell in enumerate(cells):
            if isinstance(cell, dt.datetime):
                sheet.write(number, column, cell, day)
            elif cell is not None:
                sheet.write(number, column, cell)
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def test_an_old_workbook(stage):
    result = stage(old_book(row(), row(day=45297, item=10023, quantity=0.1, cost=None)), "流水.xls")
    first, second = result["movement"]
    assert [r["happened_on"] for r in (first, second)] == [
        dt.date(2024, 1, 5),
        dt.date(2024, 1, 6),
    ]
    assert (first["item"], second["item"]) == ("0001", "10023")
    assert (second["quantity"], second["unit_cost"]) == (Decimal("0.1"), None)
    assert (second["sheet"], second["row_no"]) == ("流水", 3)


def test_an_old_workbook_rejects_with_its_place(stage):
    result = stage(old_book(row(), row(quantity="十"), row(day=None)), "流水.xls")
    assert result.rejects == [
        (3, "not_a_number", "数量", "十"),
        (4, "missing_value", "日期", None),
    ]
    assert result["reject"][0]["sheet"] == "流水"


def test_an_old_workbook_cut_in_the_middle(held):
    whole = old_book(*(row() for _ in range(500)))
    assert held(whole[: len(whole) // 2], "流水.xls").reason == "bad_workbook"


OFFICE = "urn:oasis:names:tc:opendocument:xmlns"
CELLS = {
    str: '<table:table-cell office:value-type="string"><text:p>{0}</text:p></table:table-cell>',
    int: '<table:table-cell office:value-type="float" office:value="{0}"/>',
    float: '<table:table-cell office:value-type="float" office:value="{0}"/>',
    dt.datetime: '<table:table-cell office:value-type="date" office:date-value="{0:%Y-%m-%d}"/>',
    type(None): "<table:table-cell/>",
}


def open_book(*rows, extra=""):
    """Return an .ods workbook of one sheet below the usual header."""
    body = "".join(
        "<table:table-row>"
        + "".join(CELLS[type(cell)].format(cell) for cell in cells)
        + "</table:table-row>"
        for cells in (HEADERS, *rows)
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content'
        f' xmlns:office="{OFFICE}:office:1.0" xmlns:table="{OFFICE}:table:1.0"'
        f' xmlns:text="{OFFICE}:text:1.0" xmlns:calcext="urn:x" office:version="1.2">'
        f'<office:body><office:spreadsheet><table:table table:name="流水">{body}{extra}'
        f"</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        "</manifest:manifest>"
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as writing:
        writing.writestr("mimetype", kind, zipfile.ZIP_STORED)
        writing.writestr("META-INF/manifest.xml", manifest)
        writing.writestr("content.xml", content)
    return stream.getvalue()


def test_an_open_document(stage):
    filler = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/>'
    book = open_book(row(), row(item=10023, cost=None), extra=filler + "</table:table-row>")
    first, second = stage(book, "流水.ods")["movement"]
    assert (first["happened_on"], first["item"]) == (dt.date(2024, 1, 5), "0001")
    assert (second["item"], second["unit_cost"], second["row_no"]) == ("10023", None, 3)


def test_an_open_document_with_errors_is_not_read_as_if_they_were_empty(held):
    error = (
        '<table:table-row><table:table-cell table:formula="of:=1/0" calcext:value-type="error">'
        "<text:p>#DIV/0!</text:p></table:table-cell></table:table-row>"
    )
    assert held(open_book(row(), extra=error), "流水.ods").reason == "calculated_errors"


def test_an_open_document_with_entities(held):
    bad = rezipped(
        open_book(row()),
        lambda name, data: (
            data.replace(b"<office:document", b'<!DOCTYPE x [<!ENTITY a "b">]><office:document', 1)
            if name == "content.xml"
            else data
        ),
    )
    assert held(bad, "流水.ods").reason == "bad_workbook"


def forged(part, pattern, value):
    """Return a good workbook with one piece of one part's XML replaced."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(one(row()))) as source,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            text_of = source.read(name)
            if part in name:
                assert re.search(pattern, text_of)
                text_of = re.sub(pattern, value, text_of, count=1)
            target.writestr(name, text_of)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("part", "pattern", "value", "reason"),
    [
        # The reader made room for two thousand million texts and died of it.
        ("sharedStrings", rb'uniqueCount="\d+"', b'uniqueCount="2147483648"', "bad_workbook"),
        # Four letters are no column, and the reader filled everything up to it.
        ("sheet1", rb'<c r="F2"', b'<c r="ZZZZ99"', "zip_bomb"),
        ("sheet1", rb'<c r="F2"', b"<c s='1' r='XFD1048576'", "zip_bomb"),
        ("sheet1", rb'<c r="F2"', b'<c  r="F' + b"9" * 9000 + b'"', "zip_bomb"),
    ],
)
def test_a_workbook_that_promises_too_much_is_refused_before_it_is_read(
    held, part, pattern, value, reason
):
    assert held(forged(part, pattern, value), "流水.xlsx").reason == reason


def test_a_zip_of_a_version_that_does_not_exist_is_damaged(held):
    data = bytearray(one(row()))
    place = data.rindex(b"PK\x01\x02")
    data[place + 6 : place + 8] = (175).to_bytes(2, "little")
    assert held(bytes(data), "流水.xlsx").reason == "bad_workbook"
