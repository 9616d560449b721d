"""Layers and their ages against a naive replay, and the rules they must keep."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockturn.ledger.layers import STOCK_LAYER, age_buckets, layer_frame, spread
from stockturn.ledger.replay import Replay
from stockturn.ledger.schema import MARTS
from tests.ledger.movement_cases import FIRST_DAY, histories, plain, table
from tests.ledger.naive_replay import Naive

Row = dict[str, Any]


def day(number: int) -> dt.date:
    return dt.date(1970, 1, 1) + dt.timedelta(number)


def naive_layers(rows: list[Row], *, actual: bool = False) -> list[tuple[Any, ...]]:
    replay = Naive("fifo", actual=actual).run(plain(rows))
    found = []
    for key, pool in replay.pools.items():
        if key[0] == "group":
            continue
        for x in pool.layers:
            lot = None if x.lot == -1 else x.lot
            dates = day(x.received), day(x.arrived)
            if x.q > x.u:
                found.append((*key, lot, *dates, x.q - x.u, x.v))
            if x.u:
                found.append((*key, lot, *dates, x.u, None))
        if pool.holes:
            since = rows[pool.holes[0]["row"]]["happened_on"]
            value = None if pool.u == pool.q else pool.v
            found.append((*key, None, since, since, pool.q, value))
    return found


def read(layers: pa.Table) -> list[tuple[Any, ...]]:
    def whole(x: Decimal | None) -> int | None:
        return None if x is None else int(x.scaleb(4))

    told = ("item_id", "location_id", "status", "lot_id", "received_on", "arrived_on")
    return [
        (*(r[name] for name in told), whole(r["quantity"]), whole(r["value"]))
        for r in layers.to_pylist()
    ]


def by_pool(found: list[tuple[Any, ...]]) -> dict[Any, list[tuple[Any, ...]]]:
    pools: dict[Any, list[tuple[Any, ...]]] = {}
    for row in found:
        pools.setdefault(row[:3], []).append(row)
    return pools


@pytest.mark.parametrize("returns", ["fifo", "actual"])
@pytest.mark.parametrize("narrow", [0, 2, 99], ids=["arrays", "both", "integers"])
@given(rows=histories())
def test_equals_the_naive_replay(narrow: int, returns: str, rows: list[Row]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Replay, "narrow", narrow)
        got = read(layer_frame(table(rows), supplier_return=returns))
    assert by_pool(got) == by_pool(naive_layers(rows, actual=returns == "actual"))


def test_the_schema_is_that_of_the_mart() -> None:
    assert MARTS["stock_layer"].to_pyarrow().equals(STOCK_LAYER)


@given(rows=histories(days=6, most=18), cut=st.integers(0, 6))
def test_continuing_from_layers_equals_the_whole(rows: list[Row], cut: int) -> None:
    """A day boundary splits no voucher, and a leg never finds another day's goods."""
    border = FIRST_DAY + dt.timedelta(cut)
    rows = [{**r, "return_of": None} for r in rows]
    first = [r for r in rows if r["happened_on"] < border]
    second = [r for r in rows if r["happened_on"] >= border]
    whole = read(layer_frame(table(rows)))
    parts = read(layer_frame(table(second), opening=layer_frame(table(first))))
    assert quantities(parts) == quantities(whole)


def quantities(found: list[tuple[Any, ...]]) -> dict[Any, list[Any]]:
    """Leave cost out: it may become known later, and then split a layer or not; and the day of a
    hole, which moves on as receipts fill it."""
    pools: dict[Any, list[Any]] = {}
    for row in found:
        dates, quantity = row[3:6], row[6]
        place = pools.setdefault(row[:3], [])
        if quantity < 0:
            place.append(quantity)
        elif place and place[-1][0] == dates:
            place[-1] = (dates, place[-1][1] + quantity)
        else:
            place.append((dates, quantity))
    return pools


@given(rows=histories(), bounds=st.lists(st.integers(0, 6), min_size=1, max_size=4, unique=True))
def test_buckets_add_up_to_the_balance(rows: list[Row], bounds: list[int]) -> None:
    as_of = FIRST_DAY + dt.timedelta(5)
    layers = layer_frame(table(rows))
    ageing = age_buckets(layers, as_of, sorted(bounds))
    assert sum(ageing.quantity) == sum(int(r["quantity"].scaleb(4)) for r in rows)
    assert sum(ageing.value) == sum(r[7] or 0 for r in read(layers))


@given(
    value=st.integers(-(10**12), 10**12),
    quantities=st.lists(st.integers(1, 10**9), min_size=1, max_size=8),
)
def test_a_spread_value_adds_up_and_follows_quantity(value: int, quantities: list[int]) -> None:
    rows = [
        {"item_id": 1, "location_id": 1, "status": "available", "lot_id": None, "value": None,
         "received_on": FIRST_DAY, "arrived_on": FIRST_DAY, "quantity": Decimal(q).scaleb(-4)}
        for q in quantities
    ]  # fmt: skip
    parts = [r[7] for r in read(spread(value, pa.Table.from_pylist(rows, schema=STOCK_LAYER)))]
    assert sum(parts) == value
    for part, q in zip(parts, quantities, strict=True):
        assert abs(Fraction(value * q, sum(quantities)) - part) <= 1


def legs(*rows: tuple[int, str, int, int, str | None]) -> pa.Table:
    """Day, kind, place, quantity, transfer."""
    return table(
        [
            {
                "movement_id": i, "sequence": i, "happened_on": FIRST_DAY + dt.timedelta(d),
                "kind": kind, "item_id": 1, "location_id": place, "status": "available",
                "quantity": Decimal(q), "transfer": transfer, "transit": place == 9,
            }
            for i, (d, kind, place, q, transfer) in enumerate(rows)
        ]
    )  # fmt: skip


def test_a_transfer_through_transit_keeps_the_company_clock() -> None:
    moved = legs(
        (0, "receipt", 1, 10, None),
        (5, "receipt", 1, 10, None),
        (20, "transfer_out", 1, -15, "T1"),
        (20, "transfer_in", 9, 15, "T1"),
        (30, "transfer_out", 9, -12, "T1"),
        (30, "transfer_in", 2, 12, "T1"),
    )
    got = [
        (r[1], (r[4] - FIRST_DAY).days, (r[5] - FIRST_DAY).days, r[6] // 10**4)
        for r in read(layer_frame(moved))
    ]
    assert sorted(got) == [(1, 5, 5, 5), (2, 0, 30, 10), (2, 5, 30, 2), (9, 5, 20, 3)]


def test_an_age_on_the_bound_is_in_the_lower_bucket() -> None:
    layers = layer_frame(legs((0, "receipt", 1, 4, None), (1, "receipt", 1, 6, None)))
    ageing = age_buckets(layers, FIRST_DAY + dt.timedelta(31), (30, 60))
    assert [q // 10**4 for q in ageing.quantity] == [6, 4, 0]
    assert ageing.average_days == Fraction(4 * 31 + 6 * 30, 10)
