"""The facts of the real data beside the repository, to the cent, through the product's own path."""

from __future__ import annotations

from decimal import Decimal

import pytest

from stockturn.intake.load import load_files
from stockturn.ledger import identities, tables
from stockturn.ledger.tables import table
from stockturn.metrics.answer import ask
from stockturn.metrics.calendar import period_of
from stockturn.metrics.query import MetricQuery
from stockturn.workspace import Workspace

pytestmark = pytest.mark.shared_data


@pytest.fixture(scope="module")
def workspace(shared_data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("adventureworks") / "company"
    Workspace.create(folder)
    with Workspace.open(folder) as opened:
        tables.ensure(opened.engine)
        report = load_files(opened, [shared_data / "adventureworks_dw"], "adventureworks-dw")
        assert report.status == "loaded"
        assert (report.rows_in, report.rows_rejected) == (898_145, 0)
        yield opened


def figures(workspace, *measures):
    values = ask(workspace.engine, MetricQuery(measures, period_of("2013"))).totals[0].values
    return {key: value.number for key, value in values.items()}


def test_facts_of_2013_hold_to_the_cent(workspace):
    found = figures(
        workspace, "cogs", "average_inventory", "turnover", "closing_inventory", "revenue"
    )
    assert found["cogs"] == Decimal("23711230.16")
    assert round(found["average_inventory"], 2) == Decimal("23066702.79")
    assert round(found["turnover"], 4) == Decimal("1.0279")
    assert found["closing_inventory"] == Decimal("23320461.76")


def test_every_balance_ties_with_its_flows(workspace):
    rows = table("movement")
    assert workspace.engine.query(rows.filter(rows.kind == "unexplained")).num_rows == 0
    sold = rows.filter(rows.kind == "sale_issue")
    total = workspace.engine.query(sold.aggregate(q=sold.quantity.sum())).column("q")[0].as_py()
    assert total == -274_776
    assert all(result.passed for result in identities.check(workspace.engine))


def test_items_that_never_moved_are_known(workspace):
    rows = table("movement")
    for kind, count in (("sale_issue", 350), ("receipt", 328)):
        moved = rows.filter(rows.kind == kind).select("item_id").distinct()
        assert workspace.engine.query(moved).num_rows == count
