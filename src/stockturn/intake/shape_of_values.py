"""What a column's values look like: days, numbers, codes, words; by shares of its filled cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import pyarrow as pa

from stockturn.intake.dates import CANDIDATES, EPOCH, MONTHS, SERIAL, epoch_instant, parse_date
from stockturn.intake.day_texts import bare_day
from stockturn.intake.money_marks import bare_amount
from stockturn.intake.numbers import parse_number

_DAY_LENGTH: Final = 6


@dataclass(frozen=True)
class ValueShape:
    """Shares of the filled cells, each 0 to 1.

    Attributes:
        filled: cells with anything in them, as a share of all.
        days: readable as a day or month.
        epochs: readable as an instant counted from 1970: codes may look the same.
        numbers: readable as a number.
        whole: readable as a whole number.
        distinct: different values, as a share of the filled cells.
        samples: a few different values.
    """

    filled: float
    days: float
    epochs: float
    numbers: float
    whole: float
    distinct: float
    samples: tuple[str, ...]


def shape_of(values: Sequence[str | None]) -> ValueShape:
    """Return the shape of a column's first values."""
    filled = [text.strip() for text in values if text is not None and text.strip()]
    if not filled:
        return ValueShape(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, ())
    unique = tuple(dict.fromkeys(filled))
    days = {text for text in unique if _is_day(text)}
    numbers = {text: _number(text) for text in unique}
    read = {text for text, number in numbers.items() if number is not None}
    whole = {text for text in read if numbers[text] == numbers[text].to_integral_value()}  # type: ignore[union-attr]
    size = len(filled)
    return ValueShape(
        filled=size / len(values),
        days=sum(text in days for text in filled) / size,
        epochs=sum(epoch_instant(text) is not None for text in filled) / size,
        numbers=sum(text in read for text in filled) / size,
        whole=sum(text in whole for text in filled) / size,
        distinct=len(unique) / size,
        samples=unique[:5],
    )


def fits_kind(shape: ValueShape, kind: pa.DataType) -> float:
    """Return how far a column's values fit the type of a target: 1 fit, 0 cannot be it."""
    if shape.filled == 0:
        return 0.6
    if pa.types.is_temporal(kind):
        return max(shape.days, shape.epochs)
    if pa.types.is_decimal(kind):
        # Days without separators are numbers too.
        return shape.numbers if shape.days < 1 or shape.whole < 1 else 0.5
    if pa.types.is_integer(kind):
        return shape.whole
    return 0.3 if shape.days > 0.9 and shape.numbers < 1 else 1.0


def _number(text: str) -> Decimal | None:
    amount = bare_amount(text)
    return parse_number(text if amount is None else amount.number)


def _is_day(text: str) -> bool:
    plain = text.split("T", maxsplit=1)[0].split(" ", maxsplit=1)[0] if ":" in text else text
    if len(plain) < _DAY_LENGTH:
        return False
    plain = bare_day(plain)
    forms = (form for form in (*CANDIDATES, *MONTHS) if form not in {SERIAL, EPOCH})
    return any(parse_date(plain, form) is not None for form in forms)
