"""Every public route against a real server and a company small enough to check by hand."""

from __future__ import annotations

import io
from decimal import Decimal

import openpyxl
import pytest

from stockturn.delivery.wire import answer_payload
from stockturn.ledger.schema import KINDS
from stockturn.metrics.answer import ask
from stockturn.metrics.calendar import period_of
from stockturn.metrics.dimensions import DIMENSIONS
from stockturn.metrics.measures import MEASURES
from stockturn.metrics.query import MetricQuery
from stockturn.server.kinds import KIND_NAMES

YEAR = {"begin": "2013-01-01", "end": "2014-01-01"}


def asked(*measures, **more):
    return {"measures": list(measures), "period": YEAR, **more}


def number(answer, measure):
    return Decimal(answer.json()["totals"][0]["values"][measure]["number"])


class TestMeta:
    def test_it_says_whose_data_this_is_and_how_far_it_goes(self, client):
        meta = client.get("/api/meta").json()
        assert (meta["company"], meta["currency"]) == ("小样贸易", "CNY")
        assert (meta["first_day"], meta["data_as_of"]) == ("2012-01-01", "2013-12-28")
        assert meta["leading_reading"] == "management"
        assert meta["last_load_at"] is not None

    def test_it_lists_every_measure_and_dimension_in_the_language_asked_for(self, client):
        for language in ("zh", "en"):
            meta = client.get("/api/meta", params={"lang": language}).json()
            cards = {card["key"]: card for card in meta["measures"]}
            assert cards.keys() == MEASURES.keys()
            assert cards["turnover"]["name"] == MEASURES["turnover"].name.read(language)
            names = {each["key"]: each["name"] for each in meta["dimensions"]}
            assert names == {key: each.name.read(language) for key, each in DIMENSIONS.items()}

    def test_an_empty_workspace_has_no_last_day(self, empty_client):
        meta = empty_client.get("/api/meta").json()
        assert (meta["data_as_of"], meta["first_day"], meta["last_load_at"]) == (None, None, None)


class TestQuery:
    def test_it_answers_by_hand_worked_figures(self, client):
        # 12 months x (50 x 10 + 40 x 5 + 6 x 80 + 10 x 2), see company.py
        answer = client.post("/api/query", json=asked("cogs", "closing_inventory"))
        assert number(answer, "cogs") == 12 * 1200
        # 2,400 of opening stock, 5,000 that lies still, 12 x 20 pieces of A1 at 10
        assert number(answer, "closing_inventory") == 2400 + 5000 + 2400

    def test_it_is_what_the_product_answers_everywhere(self, client, workspace):
        query = MetricQuery(
            ("turnover", "gmroi"), period_of("2013"), ("category",), compare=("prior_year",)
        )
        body = asked("turnover", "gmroi", by=["category"], compare=["prior_year"])
        answer = client.post("/api/query", json=body, params={"lang": "en"})
        found, expected = answer.json(), answer_payload(ask(workspace.engine, query), "en")
        assert found["coverage"].pop("trust") is not None
        assert expected["coverage"].pop("trust") is None
        assert found == expected

    def test_the_same_question_is_asked_of_the_warehouse_once(self, client, monkeypatch):
        body = asked("gross_margin", by=["region"])
        first = client.post("/api/query", json=body).json()
        monkeypatch.setattr("stockturn.metrics.answer.ask", None)
        assert client.post("/api/query", json=body).json() == first


class TestExplain:
    def test_a_figure_opens_up_into_its_parts_and_its_other_bases(self, client):
        body = asked("turnover") | {"period": {"begin": "2012-01-01", "end": "2013-01-01"}}
        card = client.post("/api/explain", json=body, params={"measure": "turnover"}).json()
        parts = {part["name"]: part["value"] for part in card["components"]}
        turnover = Decimal(card["value"]["number"])
        flow = Decimal(parts[MEASURES["cogs"].name.zh])
        stock = Decimal(parts[MEASURES["average_inventory"].name.zh])
        assert card["card"]["key"] == "turnover"
        days = Decimal(parts["年天数"]) / Decimal(parts["期间天数"])
        assert turnover == pytest.approx(flow / stock * days, rel=Decimal("1e-12"))
        labels = [other["label"] for other in card["other_bases"]]
        assert len(set(labels)) == len(labels) >= 5
        assert card["basis_label"] not in labels
        assert len(card["trend"]["option"]["series"][0]["data"]) == 13

    def test_filters_narrow_the_figure(self, client):
        body = asked("cogs", where=[{"dimension": "item", "members": ["A1"]}])
        answer = client.post("/api/explain", json=body, params={"measure": "cogs"})
        assert Decimal(answer.json()["value"]["number"]) == 12 * 500

    def test_a_figure_that_no_basis_changes_has_no_other_bases(self, client):
        answer = client.post("/api/explain", json=asked("cogs"), params={"measure": "cogs"})
        assert answer.json()["other_bases"] == []


class TestRows:
    def test_each_row_names_the_file_and_line_it_came_from(self, client):
        body = asked("cogs", where=[{"dimension": "item", "members": ["A1"]}])
        answer = client.post("/api/rows", json=body, params={"measure": "cogs", "limit": 5})
        page = answer.json()
        assert (page["total"], page["next_offset"], len(page["rows"])) == (12, 5, 5)
        row = page["rows"][0]
        assert (row["item"], row["item_name"]) == ("A1", "螺栓")
        assert (row["location"], row["location_name"]) == ("S", "上海一仓")
        assert (row["kind"], row["kind_name"]) == ("sale_issue", "销售出库")
        assert (row["happened_on"], row["document"]) == ("2013-12-28", "sale_issue-20131228-A1")
        assert (row["file"], row["load_no"]) == ("movements.csv", 1)
        assert row["row_no"] > 1

    def test_the_pages_add_up_to_the_figure(self, client):
        body, offset, values = asked("cogs"), 0, []
        while offset is not None:
            parameters = {"measure": "cogs", "offset": offset, "limit": 7}
            page = client.post("/api/rows", json=body, params=parameters).json()
            values += [Decimal(row["value"]) for row in page["rows"]]
            offset = page["next_offset"]
        assert -sum(values) == number(client.post("/api/query", json=body), "cogs")

    def test_every_kind_of_movement_has_a_name(self):
        assert KIND_NAMES.keys() == {*KINDS, "sale"}


class TestLoads:
    def test_loads_are_listed_with_the_account_of_their_rows(self, client):
        (load,) = client.get("/api/loads").json()["loads"]
        assert (load["load_no"], load["status"], load["mapping"]) == (1, "loaded", "tiny")
        parts = load["rows_loaded"] + load["rows_rejected"] + load["rows_ignored"]
        assert load["rows_in"] == parts > 0
        assert load["message"].startswith("已入账")
        assert load["files"][0]["name"] == "movements.csv"

    def test_one_load_can_be_opened(self, client):
        load = client.get("/api/loads/1", params={"lang": "en"}).json()
        assert load["load_no"] == 1
        assert "rows loaded" in load["message"]

    def test_a_load_that_never_was_is_a_problem(self, client):
        answer = client.get("/api/loads/99")
        assert (answer.status_code, answer.json()["code"]) == (404, "load_missing")

    def test_an_empty_workspace_has_no_loads(self, empty_client):
        assert empty_client.get("/api/loads").json() == {"loads": []}


class TestExport:
    def test_a_workbook_carries_figures_as_numbers(self, client):
        answer = client.post("/api/export", json=asked("cogs", by=["category"]))
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
        rows = list(sheet.iter_rows(values_only=True))
        assert ("电机", 12 * 480) in [row[:2] for row in rows]
        assert answer.headers["content-disposition"] == (
            'attachment; filename="stockturn-cogs-2013-01-01-2014-01-01.xlsx"'
        )

    def test_csv_opens_in_a_spreadsheet_in_chinese(self, client):
        answer = client.post(
            "/api/export", json=asked("cogs", by=["category"]), params={"format": "csv"}
        )
        assert answer.content.startswith(b"\xef\xbb\xbf")
        assert "五金" in answer.text


class TestMembers:
    def test_members_are_found_by_code_or_name(self, client):
        find = {"dimension": "item", "search": "电机"}
        found = client.get("/api/members", params=find).json()["members"]
        assert found == [
            {"member": "B1", "name": "电机"},
            {"member": "B2", "name": "旧款电机"},
        ]

    def test_all_members_without_a_search(self, client):
        found = client.get("/api/members", params={"dimension": "category"}).json()["members"]
        assert {each["member"] for each in found} == {"五金", "电机"}


class TestHealth:
    def test_health_names_the_state_of_the_data(self, client, empty_client):
        assert client.get("/health").json()["load_no"] == 1
        assert empty_client.get("/health").json() == {
            "status": "ok",
            "version": client.get("/api/meta").json()["version"],
            "load_no": 0,
        }

    def test_metrics_count_requests_by_route_and_not_by_address(self, client):
        client.get("/api/loads/98")
        text = client.get("/metrics").text
        assert 'route="/api/loads/{load_no}",status="404"' in text
        assert "/api/loads/98" not in text
