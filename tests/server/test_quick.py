"""The two-minute start: four numbers, or one sheet read by a limited worker."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest

SHEET = [
    ("月份", "类别", "期初库存", "期末库存", "销售成本", "销售收入"),
    ("2024-01", "五金", "100", "120", "60", "90"),
    ("2024-02", "五金", "120", "140", "60", "90"),
]


def csv(rows, encoding="utf-8"):
    return "".join(",".join(row) + "\r\n" for row in rows).encode(encoding)


def workbook(rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def send(client, name, content, **parameters):
    return client.post("/api/quick/sheet", files={"file": (name, content)}, params=parameters)


def number(result, key="turnover"):
    return Decimal(result[key]["number"])


def test_four_numbers_give_turnover(client):
    row = {"opening": "100", "closing": "300", "cogs": "800", "revenue": "1000"}
    result = client.post("/api/quick", json={"rows": [row]}).json()
    assert number(result) == 4
    assert number(result, "days") == Decimal("91.25")
    assert number(result, "average_inventory") == 200
    assert number(result, "gross_margin_rate") == Decimal("0.2")
    assert number(result, "cash_of_one_more_turn") == 200 - 160
    assert "两点平均" in result["basis_label"]
    assert result["verdict"]
    assert result["next_step"]


def test_an_industry_gives_its_band_with_the_source(client):
    industries = client.get("/api/members", params={"dimension": "industry"}).json()["members"]
    row = {"opening": "100", "closing": "300", "cogs": "800"}
    bands = []
    for industry in industries:
        body = {"rows": [row], "industry": industry["member"]}
        result = client.post("/api/quick", json=body).json()
        assert result["band"] is None or result["industry"] == industry["name"]
        assert result["band_source"]
        bands.append(result["band"])
    assert any(bands)


def test_a_row_that_cannot_be_read_is_named(client):
    row = {"opening": "a lot", "closing": "300", "cogs": "800"}
    result = client.post("/api/quick", json={"rows": [row]}, params={"lang": "en"}).json()
    assert result["turnover"]["number"] is None
    assert "a lot" in result["errors"][0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_is_read_in_the_encodings_spreadsheets_write(client, encoding):
    result = send(client, "速算.csv", csv(SHEET, encoding)).json()
    # 120 of cost in two months on (100 + 140) / 2, a month being a twelfth of a year.
    assert number(result) == pytest.approx(6)
    assert len(result["by_month"]) == 2


def test_a_workbook_with_typed_cells_and_a_title_row_is_read(client):
    rows = [
        ("公司速算表",),
        SHEET[0],
        (date(2024, 1, 1), "五金", 100, 120.0, 60, 90),
        (date(2024, 2, 1), "五金", 120, 140.5, 60, 90),
    ]
    result = send(client, "速算.xlsx", workbook(rows)).json()
    assert result["errors"] == []
    assert number(result, "average_inventory") == Decimal("120.25")


def test_a_sheet_without_a_needed_column_says_which(client):
    rows = [("月份", "期初库存", "期末库存"), ("2024-01", "1", "2")]
    result = send(client, "a.csv", csv(rows)).json()
    assert result["turnover"]["number"] is None
    assert "销售成本" in result["errors"][0]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b""),
        ("a.xlsx", b""),
        ("a.xlsx", b"PK\x03\x04 not a workbook"),
        ("a.xlsx", workbook(SHEET)[:-300]),
        ("a.pdf", b"%PDF-1.7"),
        ("../../etc/passwd", b"root:x:0:0"),
        ("a.csv", b"\xff\xfe\x00\xd8"),
    ],
)
def test_a_file_that_is_no_sheet_is_refused_with_words(client, name, content):
    answer = send(client, name, content)
    assert answer.status_code in {200, 413, 422}
    if answer.status_code == 200:
        assert answer.json()["errors"]
    else:
        assert answer.json()["message"]


def test_an_endless_sheet_is_refused(client):
    rows = [SHEET[0], *([SHEET[1]] * 2001)]
    answer = send(client, "a.csv", csv(rows), lang="en")
    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_use")
    assert "2000 rows" in answer.json()["message"]


def test_an_upload_over_the_limit_is_refused(client):
    answer = send(client, "a.csv", b"x" * (21 * 1024 * 1024))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_nothing_of_an_upload_stays(client, workspace):
    send(client, "a.csv", csv(SHEET))
    assert not list(workspace.staging.glob("quick-*"))


def test_without_a_file_the_field_is_named(client):
    problem = client.post("/api/quick/sheet").json()
    assert problem["message"] == "「文件」没有填写，请补上。"
