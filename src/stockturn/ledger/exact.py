"""Exact arithmetic on scaled integers: the product of two int64 divided by a third.

Quantities and values are int64 in ten-thousandths, unit costs int64 in millionths. A product of
two of them does not fit 64 bits, yet the quotient does. :func:`mul_div` estimates it in floating
point and then repairs the estimate with the residual, which is small and therefore survives the
wrap-around of 64-bit multiplication.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

COST_SCALE: Final = 1_000_000
"""Unit costs are int64 in millionths; quantity x unit cost / COST_SCALE is a value."""

_LIMIT: Final = float(2**62)


def divide(numerator: int, denominator: int) -> int:
    """Return ``numerator / denominator`` rounded half to even, for ``denominator > 0``.

    >>> divide(5, 2), divide(7, 2), divide(-5, 2)
    (2, 4, -2)
    """
    quotient, rest = divmod(numerator, denominator)
    twice = 2 * rest
    if twice > denominator or (twice == denominator and quotient & 1):
        return quotient + 1
    return quotient


def mul_div(a: Ints, b: Ints, c: Ints | int) -> Ints:
    """Return ``a * b / c`` elementwise, rounded half to even, exactly.

    Args:
        a: Any int64.
        b: Any int64 of the same shape.
        c: Positive, below 2**60.

    Raises:
        OverflowError: A quotient is beyond 2**62; no ledger holds such a value.
    """
    divisor = np.asarray(c, dtype=np.int64)
    guess = np.rint(a.astype(np.float64) * b / divisor)
    if not guess.size:
        return guess.astype(np.int64)
    if max(guess.max(), -guess.min()) >= _LIMIT:
        raise OverflowError("a quotient does not fit 64 bits")
    quotient = guess.astype(np.int64)
    # Both products wrap; their difference is the true residual because that one is small.
    rest = a * b - quotient * divisor
    beyond = (np.abs(rest + rest) - divisor).max()
    if beyond > 0:
        quotient, rest = _repair(quotient, rest, divisor)
    if beyond >= 0:
        tie = np.flatnonzero(np.abs(rest + rest) == divisor)
        odd = tie[(quotient[tie] & 1) == 1]
        quotient[odd] += np.sign(rest[odd])
    return quotient


def _repair(quotient: Ints, rest: Ints, divisor: Ints) -> tuple[Ints, Ints]:
    """Move quotients whose residual is beyond half the divisor to the nearest ones."""
    wide = np.broadcast_to(divisor, rest.shape)
    far = np.flatnonzero(np.abs(rest + rest) > wide)
    step = np.floor_divide(rest[far], wide[far])
    left = rest[far] - step * wide[far]
    up = left + left > wide[far]
    quotient[far] += step + up
    rest[far] = left - np.where(up, wide[far], 0)
    return quotient, rest
