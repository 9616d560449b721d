"""A repeat is found whatever the columns' types, across chunks, and an empty cell is a value."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from stockturn.intake.chunk import Chunk
from stockturn.intake.repeats import Repeats

KINDS = {
    "text": (pa.string(), "甲", "乙"),
    "int32": (pa.int32(), 1, -1),
    "int64": (pa.int64(), 2**53 + 1, 2**53),
    "day": (pa.date32(), dt.date(2024, 1, 31), dt.date(1969, 12, 31)),
    "time": (pa.timestamp("us"), dt.datetime(2024, 1, 31, 1), dt.datetime(2024, 1, 31)),  # noqa: DTZ001
    "decimal": (pa.decimal128(38, 4), Decimal("-0.0001"), Decimal("99999999999999999999.0001")),
    "wide": (pa.decimal256(60, 2), Decimal("1.25"), Decimal("1.26")),
    "float": (pa.float64(), 0.1, 0.3),
    "truth": (pa.bool_(), True, False),
}


def chunk(column, start=1):
    rows = len(column)
    numbers = np.arange(start, start + rows)
    return Chunk({0: column}, numbers, np.zeros(rows, dtype=bool))


@pytest.mark.parametrize("kind", KINDS)
def test_a_repeat_is_found_within_and_across_chunks(kind):
    type_, one, other = KINDS[kind]
    repeats = Repeats()
    whole = pa.array([other, one, other, None, None, one], type_)
    # A slice has an offset: its bytes do not lie at the start of its buffer.
    assert repeats.again(chunk(whole.slice(1, 3))).tolist() == [False, False, False]
    assert repeats.again(chunk(whole.slice(4), 4)).tolist() == [True, True]
    assert (repeats.count, repeats.first) == (2, 4)


def test_zero_is_not_empty():
    for type_ in (pa.int64(), pa.decimal128(18, 4), pa.date32()):
        zero = 0 if not pa.types.is_date(type_) else dt.date(1970, 1, 1)
        repeats = Repeats()
        assert not repeats.again(chunk(pa.array([zero, None], type_))).any()
