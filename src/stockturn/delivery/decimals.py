"""How an exact figure is written where it leaves Python."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext

MOST_DECIMALS = 12


def decimal_text(number: Decimal, decimals: int = MOST_DECIMALS) -> str:
    """Return the digits of a figure: no exponent, at most so many decimals, rounded half up.

    What is exact stays exact: money has four decimals, quantities fewer than ten. Only quotients
    are rounded, far below anything that is shown.

    >>> decimal_text(Decimal("1234567890123456.7890"))
    '1234567890123456.7890'
    >>> decimal_text(Decimal(1) / Decimal(3))
    '0.333333333333'
    """
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -decimals:
        # The caller's precision may be narrower than the figure.
        with localcontext(prec=max(number.adjusted(), 0) + decimals + 2):
            number = number.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return format(number, "f")
