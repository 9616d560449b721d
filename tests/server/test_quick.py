"""The two-minute start: four numbers, or one sheet read by a limited worker."""

from __future__ import annotations

import io
import time
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


def sheet_rows(*lines):
    names = ("month", "category", "opening", "closing", "cogs", "revenue")
    return {"rows": [dict(zip(names, line, strict=True)) for line in lines]}


TWO_MONTHS = sheet_rows(
    ("2024-01", "五金", "100", "120", "60", "90"),
    ("2024年2月", "五金", "120", "1,140元", "60", None),
    ("2024-01", "电机", "900", "700", "300", "400"),
    ("2024-02", "电机", "700", "800", "200", "260"),
)


def kept(client, body):
    """Return the run that keeps the sheet, once it has ended."""
    run = client.post("/api/quick/load", json=body).json()
    while run["state"] in {"queued", "running"}:
        time.sleep(0.05)
        run = client.get(f"/api/runs/{run['id']}").json()
    return run


class TestGrowing:
    """The sheet becomes ledger data by a button."""

    def test_the_ledger_gives_the_figures_of_the_quick_answer(self, empty_client):
        quick = empty_client.post("/api/quick", json=TWO_MONTHS).json()
        report = kept(empty_client, TWO_MONTHS)["report"]
        assert (report["status"], report["rows_loaded"]) == ("loaded", 4)
        query = {
            "measures": ["turnover"],
            "by": ["category"],
            "period": {"begin": "2024-01-01", "end": "2024-03-01"},
            "basis": {"average": "two-point", "days": 360},
        }
        answer = empty_client.post("/api/query", json=query).json()
        found = {row["group"][0]: row["values"]["turnover"]["number"] for row in answer["rows"]}
        said = {row["名称"]: row["周转（次/年）"] for row in quick["by_category"]}
        assert {name: f"{Decimal(turns):.2f}" for name, turns in found.items()} == said
        assert answer["totals"][0]["values"]["turnover"]["number"] == quick["turnover"]["number"]

    def test_where_the_user_lands_reads_the_same(self, empty_client):
        kept(empty_client, TWO_MONTHS)
        page = empty_client.get("/api/overview", params={"reading": "financial"}).json()
        cards = {card["measure"]: card for card in page["figures"]}
        assert Decimal(cards["closing_inventory"]["value"]) == 1140 + 800
        assert Decimal(cards["cogs"]["value"]) == 60 + 60 + 300 + 200
        assert "只导入了金额" in cards["dead_stock_value"]["reason"]
        assert "未知" in str(page["ageing"]["table"])

    def test_twice_changes_nothing(self, empty_client):
        kept(empty_client, TWO_MONTHS)
        again = kept(empty_client, TWO_MONTHS)["report"]
        assert again["status"] == "nothing_new"

    def test_other_content_for_a_booked_month_is_refused(self, empty_client):
        kept(empty_client, TWO_MONTHS)
        other = sheet_rows(("2024-02", "五金", "1", "2", "3", "4"))
        refused = kept(empty_client, other)
        assert (refused["state"], refused["code"]) == ("failed", "months_booked")
        assert len(empty_client.get("/api/loads").json()["loads"]) == 1

    @pytest.mark.parametrize(
        ("rows", "says"),
        [
            (sheet_rows((None, None, "1", "2", "3", None)), "月份"),
            (sheet_rows(("2024-01", None, "一", "2", "3", None)), "不是数"),
        ],
    )
    def test_what_is_not_ready_says_what_to_do(self, empty_client, rows, says):
        refused = empty_client.post("/api/quick/load", json=rows)
        assert (refused.status_code, says in refused.json()["message"]) == (422, True)

    def test_an_uploaded_sheet_can_be_sent_on(self, empty_client):
        rows = send(empty_client, "速算.csv", csv(SHEET)).json()["rows"]
        report = kept(empty_client, {"rows": rows})["report"]
        assert (report["status"], report["files"][0]["name"]) == ("loaded", "两分钟速算表.csv")
