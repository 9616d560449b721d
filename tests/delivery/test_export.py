"""One sheet, many forms: the same totals and the same basis in each."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest

from stockturn.delivery.export import to_csv, to_xlsx
from stockturn.delivery.sheet import figure_text, sheet_of
from stockturn.delivery.wire import answer_of, answer_payload, query_payload, to_json
from stockturn.language import Text
from stockturn.metrics.query import (
    Answer,
    Basis,
    Coverage,
    Filter,
    MetricQuery,
    Period,
    Row,
    Value,
)

YEAR = Period(date(2013, 1, 1), date(2014, 1, 1))
WHY = Text("期间没有库存", "There was no stock")
NOTE = Text("分子：销售成本", "Numerator: cost of goods sold")
RAW_RATIO = Decimal("1.02791934561234567890123456789")


def value(number, **words):
    return Value(None if number is None else Decimal(number), **words)


@pytest.fixture
def answer():
    query = MetricQuery(
        measures=("turnover", "closing_inventory"),
        by=("category",),
        period=YEAR,
        where=(Filter("region", ("East, West",), exclude=True),),
        compare=("prior_year",),
        known_at=datetime(2014, 2, 1, 8, tzinfo=UTC),
        limit=3,
    )
    before = {"turnover": value("0.5"), "closing_inventory": value(None, reason=WHY)}

    def row(group, turnover, closing, **words):
        return Row(
            group,
            YEAR,
            {
                "turnover": value(turnover, note=NOTE, **words),
                "closing_inventory": value(closing),
            },
            {"prior_year": before},
        )

    return Answer(
        query=query,
        rows=(
            row(("Bikes",), RAW_RATIO, "1234567.8901"),
            row(("=HYPERLINK(1)",), None, "0.0000", reason=WHY),
            row((None,), "-2.5", "-10.0000"),
        ),
        totals=(row((None,), "1.5", "1234557.8901"),),
        coverage=Coverage(date(2013, 12, 31), 4, Decimal("0.9987"), 2),
        row_count=7,
    )


def sheet(answer, language="zh"):
    return sheet_of(answer, currency="CNY", language=language)


def read_csv(content):
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_sheet_keeps_absent_apart_from_zero(answer):
    rows = sheet(answer).rows
    assert rows[1].cells[1] is None
    assert rows[1].cells[4] == Decimal(0)
    assert any(WHY.zh in remark for remark in rows[1].remarks)
    assert not rows[0].remarks


def test_member_that_is_missing_is_not_the_total(answer):
    rows = sheet(answer).rows
    assert [row.is_total for row in rows] == [False, False, False, True]
    assert rows[2].cells[0] == "（未分类）"
    assert rows[3].cells[0] == "合计"


def test_change_needs_both_figures(answer):
    cells = sheet(answer).rows[0].cells
    assert cells[3] == RAW_RATIO - Decimal("0.5")
    assert cells[6] is None


def test_footer_says_what_the_figures_stand_on(answer):
    footer = "\n".join(sheet(answer).footer)
    for part in ("日", "2013-01-01", "2013-12-31", "第 4 次", "99.9%", "region!=", "共 7 行"):
        assert part in footer
    assert sheet(answer).notes == (NOTE.zh,)


def test_footer_names_the_days_that_year_to_date_counts(answer):
    june = Period(date(2013, 6, 1), date(2013, 7, 1))
    query = replace(answer.query, period=june, basis=Basis(year_to_date=True))
    footer = "\n".join(sheet(replace(answer, query=query)).footer)
    assert "2013-01-01 至 2013-06-30" in footer


def test_ungrouped_answer_shows_its_figure_once(answer):
    whole = replace(
        answer,
        query=replace(answer.query, by=()),
        rows=(replace(answer.totals[0], group=()),),
        row_count=1,
    )
    assert len(sheet(whole).rows) == 1


def test_an_ungrouped_answer_about_nothing_still_says_why(answer):
    none = replace(
        answer,
        query=replace(answer.query, by=()),
        rows=(),
        totals=(replace(answer.rows[1], group=()),),
        row_count=0,
    )
    (row,) = sheet(none).rows
    assert row.cells[0] is None
    assert any(WHY.zh in remark for remark in row.remarks)


def test_csv_opens_in_excel_and_runs_no_formula(answer):
    rows = read_csv(to_csv(sheet(answer), "zh"))
    assert [row["品类"] for row in rows] == ["Bikes", "'=HYPERLINK(1)", "（未分类）", "合计"]
    assert rows[0]["说明"] == ""
    assert rows[0]["口径"] == sheet(answer).basis
    assert {row["数据截至"] for row in rows} == {"2013-12-31"}
    money = next(title for title in rows[0] if "CNY" in title)
    assert rows[0][money] == "1234567.8901"
    assert rows[2][money] == "-10.0000"
    assert WHY.zh in rows[1]["说明"]


def test_workbook_has_typed_cells_and_the_same_total_as_csv(answer):
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(sheet(answer), "zh")))
    page = book["数据"]
    assert page["A3"].value == "=HYPERLINK(1)"
    assert page["A3"].data_type == "s"
    assert page["B2"].value == pytest.approx(float(RAW_RATIO))
    assert page["B3"].value is None
    total = read_csv(to_csv(sheet(answer), "zh"))[-1]
    money = next(title for title in total if "CNY" in title)
    column = [cell.value for cell in page[1]].index(money)
    assert page[5][column].value == pytest.approx(float(total[money]))
    about = [row[0].value for row in book["口径"].iter_rows()]
    assert list(sheet(answer).footer) == about[: len(sheet(answer).footer)]


def test_json_says_total_and_basis_exactly(answer):
    payload = json.loads(to_json(answer, sheet(answer), currency="CNY", language="zh"))
    assert payload["totals"][0]["values"]["closing_inventory"]["number"] == "1234557.8901"
    assert payload["rows"][0]["values"]["turnover"]["number"] == "1.027919345612"
    assert payload["basis_label"] == sheet(answer).basis


def test_answer_survives_the_wire(answer):
    payload = json.loads(json.dumps(answer_payload(answer, "zh")))
    there = answer_of(payload, answer.query)
    assert answer_payload(there, "zh") == payload
    assert to_csv(sheet(there), "zh") == to_csv(sheet(answer), "zh")


def test_wire_equals_the_servers_own_shapes(answer):
    from stockturn.server.contract import QueryShape
    from stockturn.server.shapes import answer_shape, query_of

    shape = answer_shape(answer, "en")
    assert answer_payload(answer, "en") == shape.model_dump(mode="json")
    sent = QueryShape.model_validate(query_payload(answer.query))
    assert query_of(sent) == answer.query


def test_basis_of_the_question_is_the_one_that_is_named(answer):
    other = replace(answer, query=replace(answer.query, basis=Basis(average="two-point", days=360)))
    assert sheet(other).basis != sheet(answer).basis
    assert "360" in sheet(other).basis


@pytest.mark.parametrize(
    ("number", "unit", "text"),
    [
        (None, "money", "—"),
        ("1234567.885", "money", "1,234,567.89"),
        ("1.02795", "times", "1.0280"),
        ("0.31449", "percent", "31.4%"),
        ("12.3000", "quantity", "12.3"),
        ("1200.0000", "quantity", "1,200"),
        ("0.0000", "quantity", "0"),
        ("355.05", "days", "355.1"),
        ("3", "count", "3"),
    ],
)
def test_figures_for_a_reader(number, unit, text):
    assert figure_text(None if number is None else Decimal(number), unit) == text
