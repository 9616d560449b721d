"""Random histories: small numbers, so that stock runs out, meets itself and rounds badly."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

SCHEMA = pa.schema(
    {
        "movement_id": pa.int64(),
        "happened_on": pa.date32(),
        "sequence": pa.int64(),
        "kind": pa.string(),
        "item_id": pa.int32(),
        "location_id": pa.int32(),
        "status": pa.string(),
        "lot_id": pa.int32(),
        "quantity": pa.decimal128(18, 4),
        "value": pa.decimal128(18, 4),
        "transfer": pa.string(),
        "standard_cost": pa.decimal128(18, 6),
        "return_of": pa.int64(),
        "transit": pa.bool_(),
    }
)
FIRST_DAY = dt.date(2024, 1, 1)

QUANTITIES = st.one_of(st.integers(1, 30), st.integers(1, 9_999_999))
VALUES = st.one_of(st.none(), st.integers(0, 1_000), st.integers(0, 10**9))


@st.composite
def histories(draw: Any, *, days: int = 4, most: int = 14) -> list[dict[str, Any]]:
    """Movements of up to three items at two places, in order, as dicts of the table's columns."""
    rows: list[dict[str, Any]] = []
    for item in range(1, draw(st.integers(1, 3)) + 1):
        standard = draw(
            st.lists(st.one_of(st.none(), st.integers(0, 10**7)), min_size=days, max_size=days)
        )
        for day in range(days):
            for _ in range(draw(st.integers(0, most // days))):
                rows += draw(_movement(item, day, standard[day], rows))
    for number, row in enumerate(rows):
        row["movement_id"] = number + 100
        row["sequence"] = number
        if row["return_of"] is not None:
            row["return_of"] += 100
    return rows


@st.composite
def _movement(
    draw: Any, item: int, day: int, standard: int | None, before: list[dict[str, Any]]
) -> Any:
    def row(kind: str, q: int, **more: Any) -> dict[str, Any]:
        place = draw(st.integers(1, 2))
        return {
            "happened_on": FIRST_DAY + dt.timedelta(day), "kind": kind, "item_id": item,
            "location_id": place, "status": "available", "quantity": Decimal(q).scaleb(-4),
            "lot_id": draw(st.sampled_from([None, None, None, item * 10, item * 10 + 1])),
            "standard_cost": None if standard is None else Decimal(standard).scaleb(-6),
            "value": None, "transfer": None, "return_of": None, "transit": False, **more,
        }  # fmt: skip

    def value(q: int) -> Decimal | None:
        v = draw(VALUES)
        return None if v is None else Decimal(v if q > 0 else -v).scaleb(-4)

    shape = draw(
        st.sampled_from(
            [
                "receipt",
                "receipt",
                "issue",
                "issue",
                "leg",
                "leg",
                "count",
                "return",
                "reval",
                "back",
            ]
        )
    )
    q = draw(QUANTITIES)
    if shape == "receipt":
        return [row("receipt", q, value=value(q))]
    if shape == "issue":
        stated = value(-q) if draw(st.integers(0, 5)) == 0 else None
        return [row("sale_issue", -q, value=stated)]
    if shape == "leg":
        sign = draw(st.sampled_from([1, -1, -1]))
        kind = "transfer_in" if sign > 0 else "transfer_out"
        stated = value(sign * q) if draw(st.integers(0, 5)) == 0 else None
        name = draw(st.sampled_from(["T", "U"]))
        return [row(kind, sign * q, transfer=name, value=stated)]
    if shape == "count":
        return [row("count", draw(st.sampled_from([1, -1])) * q)]
    if shape == "reval":
        return [row("revaluation", 0, value=Decimal(draw(st.integers(-50, 50))).scaleb(-4))]
    sign = 1 if shape == "return" else -1
    origins = [i for i, r in enumerate(before) if r["item_id"] == item and r["quantity"] * sign < 0]
    origin = draw(st.sampled_from(origins)) if origins else None
    return [row("customer_return" if sign > 0 else "supplier_return", sign * q, return_of=origin)]


def table(rows: list[dict[str, Any]]) -> pa.Table:
    """Return the rows as the table that the passes take."""
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows as the naive replay takes them: scaled ints and pool keys."""
    number = {row["movement_id"]: i for i, row in enumerate(rows)}

    def whole(x: Decimal | None, places: int) -> int | None:
        return None if x is None else int(x.scaleb(places))

    return [
        {
            "item": r["item_id"],
            "pool": (r["item_id"], r["location_id"], r["status"]),
            "group": r["transfer"] and ("group", r["item_id"], r["transfer"], r["happened_on"]),
            "day": (r["happened_on"] - dt.date(1970, 1, 1)).days,
            "kind": r["kind"],
            "q": whole(r["quantity"], 4),
            "v": whole(r["value"], 4),
            "std": whole(r["standard_cost"], 6),
            "return_of": number.get(r["return_of"]),
            "lot": r["lot_id"],
        }
        for r in rows
    ]
