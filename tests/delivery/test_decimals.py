from decimal import Decimal, localcontext

import pytest

from stockturn.delivery.decimals import decimal_text


@pytest.mark.parametrize(
    ("digits", "text"),
    [
        ("3.3751709378853841386136244313685742942077737813360", "3.375170937885"),
        ("-0.0000000000005", "-0.000000000001"),
        (
            "123456789012345678901234567890.12345678901250",
            "123456789012345678901234567890.123456789013",
        ),
        ("9.9999999999999", "10.000000000000"),
    ],
)
def test_a_quotient_travels_with_twelve_decimals(digits, text):
    assert decimal_text(Decimal(digits)) == text


@pytest.mark.parametrize(
    "digits", ["0", "14400", "1234567890123456.7890", "-0.0001", "0.123456789012"]
)
def test_what_is_exact_stays_exact(digits):
    assert decimal_text(Decimal(digits)) == digits


def test_no_exponent_travels():
    assert decimal_text(Decimal("1E+3")) == "1000"
    assert decimal_text(Decimal("1E-20")) == "0.000000000000"


def test_the_surrounding_precision_does_not_matter():
    with localcontext(prec=6):
        assert decimal_text(Decimal("1234567.12345678901249")) == "1234567.123456789012"
