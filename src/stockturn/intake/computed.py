"""Numbers made of several columns: price times quantity, amount per piece, less a discount."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Context, Decimal
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from stockturn.intake.mapping import Column, Source
from stockturn.intake.numbers import type_decimal
from stockturn.intake.typed import Typed, as_mask

_WIDE: Final = pa.decimal256(38, 6)
_OPERAND: Final = pa.decimal128(18, 6)
_QUOTIENT: Final = pa.decimal256(56, 12)
_EXACT: Final = Context(prec=60)
_PLACES: Final = Decimal(1).scaleb(-12)


def computed(typed: Typed, column: Column, read: Callable[[Source], Any | None]) -> Typed:
    """Multiply, divide and lessen a column of numbers by others, rounded once.

    Empty where a number that is multiplied or divided by is empty or, divided by, zero.

    Args:
        typed: the numbers of ``column.source``.
        column: with ``times``, ``per`` or ``less``.
        read: returns the untyped values of a source, None where the file has no such column.
    """
    kind, failures = typed.array.type, list(typed.failures)

    def operand(source: Source) -> Any:
        raw = read(source)
        if raw is None:
            return pa.nulls(len(typed.array), _OPERAND)
        other = type_decimal(raw, 6, comma=column.decimal == "comma")
        failures.extend(other.failures)
        return other.array

    found = typed.array.cast(_WIDE)
    if column.times is not None:
        found = pc.round(pc.multiply(found, operand(column.times)), 6)
    if column.per is not None:
        found = _quotient(found, operand(column.per))
    if column.less is not None:
        off = pc.fill_null(operand(column.less), pa.scalar(Decimal(0), _OPERAND))
        found = pc.subtract(found, off.cast(_WIDE))
    rounded = pc.round(found, kind.scale, round_mode="half_towards_infinity")
    limit = pa.scalar(Decimal(10) ** (kind.precision - kind.scale), pa.decimal256(40, 0))
    huge = as_mask(pc.greater_equal(pc.abs(rounded), limit))
    kept = pc.if_else(pa.array(huge), pa.scalar(None, rounded.type), rounded)
    return Typed(kept.cast(kind), [*failures, (huge, "number_out_of_range")])


def _quotient(numbers: Any, by: Any) -> Any:
    """Divide to twelve places, far more than is kept."""
    pairs = zip(numbers.to_pylist(), by.to_pylist(), strict=True)
    found = [_EXACT.divide(a, b) if a is not None and b else None for a, b in pairs]
    return pa.array([n if n is None else _EXACT.quantize(n, _PLACES) for n in found], _QUOTIENT)
