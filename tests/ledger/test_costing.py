"""The costing pass against a naive replay, and the identities it must keep."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockturn.language import UsageError
from stockturn.ledger.costing import cost_frame
from stockturn.ledger.replay import Replay
from tests.ledger.movement_cases import FIRST_DAY, histories, plain, table
from tests.ledger.naive_replay import Naive

Row = dict[str, Any]
REPLAYED = ["moving_average", "standard", "fifo"]
METHODS = [*REPLAYED, "monthly_average"]


def scaled(number: Decimal | None) -> int | None:
    return None if number is None else int(number.scaleb(4))


def compare(rows: list[Row], method: str) -> None:
    result = cost_frame(table(rows), method=method)
    expected = Naive(method).run(plain(rows))
    values = result["values"].to_pylist()
    assert [v["movement_id"] for v in values] == [r["movement_id"] for r in rows]
    assert [scaled(v["quantity_uncosted"]) for v in values] == expected.unc
    assert [v["cost_source"] for v in values] == expected.source
    assert [scaled(v["value"]) for v in values] == [
        None if source == "missing" else value
        for value, source in zip(expected.value, expected.source, strict=True)
    ]
    assert {
        (v["corrects"] - 100, (v["item_id"], v["location_id"], v["status"])): [
            scaled(v["value"]),
            scaled(v["quantity_uncosted"]),
        ]
        for v in result["variances"].to_pylist()
    } == {key: sums for key, sums in expected.variance.items() if sums != [0, 0]}
    for pool in result["pools"].to_pylist():
        naive = expected.pools[pool["item_id"], pool["location_id"], pool["status"]]
        state = [scaled(pool[c]) for c in ("quantity", "value", "quantity_uncosted")]
        assert state == [naive.q, naive.v, naive.u]


@pytest.mark.parametrize("method", REPLAYED)
@pytest.mark.parametrize("narrow", [0, 2, 99], ids=["arrays", "both", "integers"])
@given(rows=histories())
def test_equals_the_naive_replay(narrow: int, method: str, rows: list[Row]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Replay, "narrow", narrow)
        compare(rows, method)


@pytest.mark.parametrize("method", METHODS)
@given(rows=histories())
def test_every_pool_adds_up_in_integers(method: str, rows: list[Row]) -> None:
    """Opening + values + variances = closing, and no stock means no value."""
    result = cost_frame(table(rows), method=method)
    sums: dict[Any, list[int]] = defaultdict(lambda: [0, 0, 0])
    for row, value in zip(rows, result["values"].to_pylist(), strict=True):
        place = sums[row["item_id"], row["location_id"]]
        place[0] += scaled(row["quantity"]) or 0
        place[1] += scaled(value["value"]) or 0
        place[2] += scaled(value["quantity_uncosted"]) or 0
    for v in result["variances"].to_pylist():
        place = sums[v["item_id"], v["location_id"]]
        place[1] += scaled(v["value"]) or 0
        place[2] += scaled(v["quantity_uncosted"]) or 0
    for pool in result["pools"].to_pylist():
        state = [scaled(pool[c]) for c in ("quantity", "value", "quantity_uncosted")]
        assert sums[pool["item_id"], pool["location_id"]] == state
        if state[0] == 0:
            assert state == [0, 0, 0]


@pytest.mark.parametrize("method", ["moving_average", "standard"])
@given(rows=histories(days=6, most=18), cut=st.integers(0, 6))
def test_continuing_from_balances_equals_the_whole(method: str, rows: list[Row], cut: int) -> None:
    """Balances after both halves are those after the whole; what the first half left negative is
    settled by variances instead of by the issues' own values."""
    border = FIRST_DAY + dt.timedelta(cut)
    rows = [{**r, "return_of": None} for r in rows]
    whole = cost_frame(table(rows), method=method)
    first = cost_frame(table([r for r in rows if r["happened_on"] < border]), method=method)
    second = cost_frame(
        table([r for r in rows if r["happened_on"] >= border]),
        method=method,
        opening=first["pools"],
    )
    got, expected = states(second), states(whole)
    for key, state in expected.items():
        assert got[key]["quantity"] == state["quantity"]
        # A hole over the border keeps one provisional cost for all issues before it.
        if state["quantity"] >= 0:
            assert got[key] == state
    if all(pool["quantity"] >= 0 for pool in first["pools"].to_pylist()):
        parts = [*first["values"].to_pylist(), *second["values"].to_pylist()]
        assert sorted(parts, key=by_id) == sorted(whole["values"].to_pylist(), key=by_id)


def by_id(row: Row) -> int:
    return int(row["movement_id"])


def states(result: dict[str, pa.Table]) -> dict[Any, Row]:
    return {
        (pool["item_id"], pool["location_id"], pool["status"], pool["transfer"]): pool
        for pool in result["pools"].to_pylist()
    }


@pytest.mark.parametrize("method", REPLAYED)
@given(rows=histories(), q=st.integers(1, 10**6))
def test_a_whole_transfer_keeps_the_value_of_the_company(
    method: str, rows: list[Row], q: int
) -> None:
    end = FIRST_DAY + dt.timedelta(40)
    leg = {**dict.fromkeys(table([]).column_names), "item_id": 1, "transit": False}
    leg |= {"happened_on": end, "status": "available", "transfer": "X"}
    moved = Decimal(q).scaleb(-4)
    legs = [
        {**leg, "kind": "transfer_out", "quantity": -moved, "location_id": 1},
        {**leg, "kind": "transfer_in", "quantity": moved, "location_id": 3},
    ]
    for number, row in enumerate(legs):
        row |= {"movement_id": 1000 + number, "sequence": 1000 + number}
    whole = [*rows, *legs]
    whole.sort(key=lambda r: (r["item_id"], r["happened_on"], r["sequence"]))
    result = cost_frame(table(whole), method=method)
    values = {v["movement_id"]: v for v in result["values"].to_pylist()}
    out, arrived = values[1000], values[1001]
    assert (scaled(out["value"]) or 0) + (scaled(arrived["value"]) or 0) == 0
    assert out["quantity_uncosted"] + arrived["quantity_uncosted"] == 0


def test_rows_may_come_in_any_order() -> None:
    rows = table(movements("receipt 10 100", "sale_issue -4", "receipt 10 300", "sale_issue -8"))
    straight = cost_frame(rows, method="moving_average")
    mixed = cost_frame(rows.take([3, 1, 0, 2]), method="moving_average")
    for name, result in straight.items():
        assert mixed[name].equals(result)


def movements(*told: str) -> list[Row]:
    """One item at one place, a day each: kind, quantity and, where stated, value."""
    rows = []
    for number, (kind, quantity, *value) in enumerate(line.split() for line in told):
        rows.append(
            {
                "movement_id": number, "sequence": number, "kind": kind, "item_id": 1,
                "happened_on": FIRST_DAY + dt.timedelta(number), "location_id": 1,
                "status": "available", "quantity": Decimal(quantity),
                "value": Decimal(value[0]) if value else None, "transit": False,
            }
        )  # fmt: skip
    return rows


def values(method: str, *told: str) -> list[Any]:
    found = cost_frame(table(movements(*told)), method=method)["values"].to_pylist()
    return [None if v["value"] is None else float(v["value"]) for v in found]


def test_an_issue_before_its_receipt_takes_the_cost_of_that_receipt() -> None:
    told = ("receipt 10 100", "sale_issue -15", "receipt 2 40", "receipt 10 300")
    assert values("moving_average", *told) == [100, -230, 40, 300]


def test_a_receipt_without_cost_is_uncosted_and_dilutes_nothing() -> None:
    told = ("receipt 10 100", "receipt 10", "sale_issue -10")
    assert values("moving_average", *told) == [100, None, -50]


def test_an_unknown_method_is_named() -> None:
    with pytest.raises(UsageError, match="lifo"):
        cost_frame(table([]), method="lifo")
