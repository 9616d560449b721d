from decimal import Decimal

import pytest

from stockturn.insight.wording import say, scale


@pytest.mark.parametrize(
    ("value", "unit", "currency", "zh", "en"),
    [
        ("3.1", "times", "CNY", "3.10 次", "3.10 turns"),
        ("-0.404", "times", "CNY", "−0.40 次", "−0.40 turns"),
        ("117.74", "days", "CNY", "117.7 天", "117.7 days"),
        ("0.3149", "percent", "CNY", "31.5%", "31.5%"),
        ("950", "money", "CNY", "950 元", "¥ 950"),
        ("12000000", "money", "CNY", "1,200 万元", "¥ 12.0 M"),
        ("1234567890", "money", "CNY", "12.3 亿元", "¥ 1.23 B"),
        ("12345", "money", "USD", "1.23 万美元", "$ 12.3 K"),
        ("12345", "money", "SEK", "1.23 万 SEK", "SEK 12.3 K"),
        ("25000", "quantity", "CNY", "2.50 万件", "25.0 K pcs"),
        ("0", "money", "CNY", "0.00 元", "¥ 0.00"),
    ],
)
def test_a_figure_is_said_with_its_unit(value, unit, currency, zh, en):
    assert say(Decimal(value), unit, currency) == (zh, en)


def test_a_change_shows_its_sign():
    assert say(Decimal("0.4"), "times", signed=True).zh == "+0.40 次"
    assert say(Decimal(0), "times", signed=True).zh == "0.00 次"


def test_a_rounded_zero_has_no_minus():
    assert say(Decimal("-0.001"), "times").zh == "0.00 次"


def test_one_scale_for_a_column_is_chosen_by_its_largest_figure():
    chosen = scale([Decimal(5), None, Decimal(-3_0000_0000)], "money", "CNY", "zh")
    assert chosen.unit == "亿元"
    assert chosen.apply(Decimal(5), 2) == Decimal("0.00")
    assert chosen.apply(None) is None
