"""Turnover by stage: what work in process is divided into is what the textbook's schedule gives."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from stockturn.metrics.answer import ask
from stockturn.metrics.explain import components
from stockturn.metrics.query import Basis, Filter, MetricQuery, Period, Scope
from tests.books import new_engine, post

CASE = yaml.safe_load((Path(__file__).parent / "manufactured.yaml").read_text("utf-8"))["cases"][0]
YEAR = Period(date(2025, 1, 1), date(2026, 1, 1))
TWO_POINT = Basis("two-point")
ONLY_WIP = (Filter("item_kind", ("wip",)),)
KEYS = ("turnover_numerator", "average_inventory", "turnover")


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    made = new_engine(tmp_path_factory.mktemp("manufactured"))
    post(made, item="""
        item  category kind
        steel Material raw
        gear  Parts    wip
        pump  Pumps    finished
        box   Pumps    finished
    """, movement=CASE["movements"])  # fmt: skip
    yield made
    made.close()


def answer(engine, by=(), where=(), scope=None, **more):
    query = MetricQuery(KEYS, YEAR, by=by, where=where, basis=TWO_POINT, **more)
    return ask(engine, query, scope or Scope())


def total(engine, where=(), **more):
    return answer(engine, where=where, **more).totals[0].values


def test_the_case_ties_with_the_schedule_of_the_textbook():
    made = CASE["opening_wip"] + CASE["materials"] + CASE["conversion"] - CASE["closing_wip"]
    assert made == CASE["expected"]["wip"]


def test_the_numerator_follows_item_kind_and_is_named(engine):
    found = {row.group[0]: row.values for row in answer(engine, by=("item_kind",)).rows}
    numbers = {kind: values["turnover_numerator"].number for kind, values in found.items()}
    assert numbers == CASE["expected"]
    # (100 + 160) / 2 = 130 of work in process.
    assert found["wip"]["turnover"].number == pytest.approx(Decimal(850) / 130)
    assert "完工产品成本" in found["wip"]["turnover"].note.zh
    assert "领用" in found["raw"]["turnover"].note.zh
    assert "销售成本" in found["finished"]["turnover"].note.zh


def test_a_filter_to_work_in_process_finds_what_was_completed(engine):
    assert total(engine, ONLY_WIP)["turnover_numerator"].number == 850
    others = (Filter("item_kind", ("raw", "finished"), exclude=True),)
    assert total(engine, others)["turnover"].number == pytest.approx(Decimal(850) / 130)


def test_groups_beside_item_kind_keep_their_own_completions(engine):
    rows = answer(engine, by=("location", "item_kind"), where=ONLY_WIP).rows
    assert [(r.group, r.values["turnover_numerator"].number) for r in rows] == [
        (("plant", "wip"), 850)
    ]


def test_quarters_add_up_to_the_year(engine):
    quarters = answer(engine, where=ONLY_WIP, grain="quarter").totals
    assert [row.values["turnover_numerator"].number for row in quarters] == [0, 810, 40, 0]


def test_one_category_of_parts_cannot_tell_what_became_of_it(engine):
    """Pumps are completed in their own category: the parts' own rows say what left them."""
    found = {row.group[0]: row.values["turnover_numerator"] for row in
             answer(engine, by=("category",)).rows}  # fmt: skip
    assert found["Parts"].number == 600 + 50 - 10
    assert "不能归到" in found["Parts"].note.zh


def test_mixed_groups_say_so(engine):
    assert "混合" in total(engine)["turnover"].note.zh
    assert total(engine)["turnover_numerator"].number == 608 + 50 - 10
    unlike = total(engine, (Filter("item_kind", ("raw", "wip")),))["turnover"]
    assert (unlike.number, "物料类型" in unlike.reason.zh) == (None, True)


def test_pieces_of_parts_and_products_do_not_compare(engine):
    query = MetricQuery(
        ("turnover_numerator",), YEAR, where=ONLY_WIP, basis=Basis(basis="quantity")
    )
    found = ask(engine, query).totals[0].values["turnover_numerator"]
    assert (found.number, "数量" in found.note.zh) == (60 + 5 - 1, True)


def test_a_scope_holds_for_completions_too(engine):
    """Leaving out the question's filter on item kind must not open what the caller may not see."""
    parts = Scope(allowed=(("item_kind", ("wip",)),))
    found = answer(engine, scope=parts).totals[0].values["turnover_numerator"]
    assert (found.number, "不能归到" in found.note.zh) == (640, True)


def test_the_explanation_names_the_numerator(engine):
    query = MetricQuery(("turnover",), YEAR, where=ONLY_WIP, basis=TWO_POINT)
    first = components(engine, query, "turnover")[0]
    assert (first.name.zh.startswith("完工产品成本"), first.value.number) == (True, 850)
    assert components(engine, MetricQuery(("turnover",), YEAR), "turnover")[0].name.zh == "销售成本"
