"""mul_div against Python's unbounded integers over the whole plausible range."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stockturn.ledger.exact import divide, mul_div

BIG = 10**17


@given(
    st.lists(
        st.tuples(st.integers(-BIG, BIG), st.integers(-BIG, BIG), st.integers(1, BIG)).filter(
            lambda t: abs(t[0] * t[1]) < t[2] * 2**61
        ),
        min_size=1,
        max_size=20,
    )
)
@example([(10**17, 10**17 - 1, 10**17)])
@example([(3, 1, 2), (5, 1, 2), (-3, 1, 2), (-5, 1, 2)])
@example([(2**59, 3, 2), (-(2**59) - 1, 3, 2)])
def test_mul_div_equals_the_fraction_rounded_half_even(rows: list[tuple[int, int, int]]) -> None:
    a, b, c = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    assert mul_div(a, b, c).tolist() == [round(Fraction(x * y, z)) for x, y, z in rows]


@given(st.integers(-(10**30), 10**30), st.integers(1, 10**18))
def test_divide_equals_the_fraction_rounded_half_even(numerator: int, denominator: int) -> None:
    assert divide(numerator, denominator) == round(Fraction(numerator, denominator))


@given(
    st.integers(1, 10**15),
    st.integers(0, 10**17),
    st.lists(st.integers(1, 10**13), min_size=1, max_size=8),
)
def test_taking_part_by_part_leaves_nothing(quantity: int, value: int, parts: list[int]) -> None:
    left_q, left_v = quantity, value
    for part in [*parts, quantity]:
        taken = min(part, left_q)
        if taken:
            cost = int(mul_div(np.array([taken]), np.array([left_v]), np.array([left_q]))[0])
            assert 0 <= cost <= left_v
            left_q, left_v = left_q - taken, left_v - cost
    assert (left_q, left_v) == (0, 0)


def test_a_quotient_that_does_not_fit_is_refused() -> None:
    with pytest.raises(OverflowError):
        mul_div(np.array([10**18]), np.array([10**3]), np.array([1]))
