"""The signs of movements: what documents state, as the ledger has it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from stockturn.intake.mapping import OUTWARD_KINDS

_SALES = ("sale_issue", "customer_return")


def directed(columns: dict[str, Any], *, by_kind: bool, unsigned_values: bool) -> dict[str, Any]:
    """Return quantity, value and revenue of movements with the ledger's signs.

    Revenue of sales and customer returns runs against the quantity: goods out, money in.
    """
    kinds, quantity = columns["kind"], columns["quantity"]
    # The minus before a kind has served its turn once the direction is known.
    signed: dict[str, Any] = {"kind": pc.replace_substring_regex(kinds, "^-", "")}
    value, revenue = columns.get("value"), columns.get("revenue")
    if by_kind:
        outward = is_outward(kinds)
        quantity = pc.if_else(outward, pc.negate(quantity), quantity)
        if value is not None:
            value = pc.if_else(outward, pc.negate(value), value)
    elif unsigned_values and value is not None:
        value = pc.if_else(pc.less(quantity, Decimal(0)), pc.negate(pc.abs(value)), value)
    signed["quantity"] = quantity
    if value is not None:
        signed["value"] = value
    if revenue is not None:
        size = pc.abs(revenue)
        against = pc.if_else(pc.greater(quantity, Decimal(0)), pc.negate(size), size)
        moved = pc.and_(_is_in(signed["kind"], _SALES), pc.not_equal(quantity, Decimal(0)))
        signed["revenue"] = pc.if_else(moved.fill_null(False), against, revenue)
    return signed


def is_outward(kinds: Any) -> Any:
    """Return the rows of kinds that take stock out: by nature, or by a minus in the mapping."""
    return pc.or_(_is_in(kinds, OUTWARD_KINDS), pc.starts_with(kinds, "-").fill_null(False))


def _is_in(array: Any, words: tuple[str, ...]) -> Any:
    return pc.is_in(array, value_set=pa.array(words))
