"""ABC classes at the boundary, where the two rules part."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockturn.insight.classes import Boundary, classify, classify_array
from stockturn.language import UsageError

SIX = {"a": 500, "b": 300, "c": 100, "d": 60, "e": 30, "f": 10}


def labels(values: dict[str, int], shares: tuple[int, ...], boundary: Boundary) -> str:
    return "".join(ranked.label for ranked in classify(values, shares, boundary))


@pytest.mark.parametrize(
    ("shares", "boundary", "expected"),
    [
        ((80, 16, 4), "inclusive", "AABBCC"),
        ((80, 15, 5), "inclusive", "AABCCC"),
        ((80, 15, 5), "crossing", "AABBCC"),
        ((70, 20, 10), "inclusive", "ABBCCC"),
        ((70, 20, 10), "crossing", "AABCCC"),
        ((50, 30, 19, 1), "inclusive", "ABCCCD"),
    ],
)
def test_boundary_rules(shares: tuple[int, ...], boundary: Boundary, expected: str) -> None:
    """Cumulative shares 50, 80, 90, 96, 99, 100."""
    assert labels(SIX, shares, boundary) == expected


def test_cumulative_percent_is_exact() -> None:
    assert [r.cumulative_percent for r in classify(SIX)] == [50, 80, 90, 96, 99, 100]


def test_one_item_of_ninety_percent() -> None:
    """Under the inclusive rule it passes the bound of A and lands in B; crossing keeps it in A."""
    values = {"big": 90, "small": 10}
    assert labels(values, (80, 15, 5), "inclusive") == "BC"
    assert labels(values, (80, 15, 5), "crossing") == "AB"


def test_no_value_and_net_returns_are_the_last_class_without_a_share() -> None:
    ranked = classify({"sold": 100, "quiet": 0, "returned": -5})
    assert [(r.key, r.label) for r in ranked] == [("sold", "C"), ("quiet", "C"), ("returned", "C")]
    nothing = classify({"x": 0})
    assert (nothing[0].label, nothing[0].cumulative_percent) == ("C", None)


def test_equal_values_stand_in_order_of_their_key() -> None:
    assert [r.key for r in classify({"z": 1, "m": 1, "a": 1})] == ["a", "m", "z"]


@pytest.mark.parametrize("shares", [(80, 15, 4), (80, 25, -5), ()])
def test_shares_that_are_no_division_are_refused(shares: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match="must be positive and add to 100"):
        classify(SIX, shares)


def test_a_sum_beyond_64_bits_is_refused_not_wrapped() -> None:
    with pytest.raises(OverflowError):
        classify_array(np.array([2**62, 2**62], dtype=np.int64))


@given(
    st.lists(st.integers(-5, 40), max_size=12),
    st.sampled_from([(80, 15, 5), (80, 16, 4), (50, 50), (Decimal("33.3"), Decimal("66.7"))]),
    st.sampled_from(["inclusive", "crossing"]),
)
def test_the_column_form_agrees_with_the_exact_one(
    values: list[int], shares: tuple[int, ...], boundary: Boundary
) -> None:
    named = {f"{position:03}": value for position, value in enumerate(values)}
    expected = {ranked.key: ranked.label for ranked in classify(named, shares, boundary)}
    column = classify_array(np.array(values, dtype=np.int64), shares, boundary)
    assert dict(zip(named, column.tolist(), strict=True)) == expected
