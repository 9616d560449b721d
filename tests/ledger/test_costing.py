"""The costing pass against a naive replay, and the identities it must keep."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockturn.language import UsageError
from stockturn.ledger.costing import cost_frame
from tests.ledger.movement_cases import histories, plain, table
from tests.ledger.naive_replay import Naive

Row = dict[str, Any]
REPLAYED = ["moving_average", "standard", "fifo"]


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
@given(rows=histories())
def test_equals_the_naive_replay(method: str, rows: list[Row]) -> None:
    compare(rows, method)
