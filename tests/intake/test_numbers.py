"""The grammar of numbers, and that the columnar way agrees with it."""

from decimal import ROUND_HALF_UP, Context, Decimal

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stockturn.intake.numbers import (
    DecimalMarks,
    decimal_marks,
    parse_number,
    type_decimal,
    type_integer,
)
from tests.intake.conftest import SMALL


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("1234.5", "1234.5"),
        (" 1,234.50 ", "1234.50"),
        ("１，２３４．５", "1234.5"),
        ("(7)", "-7"),
        ("（7.5）", "-7.5"),
        ("7-", "-7"),
        ("-7", "-7"),
        ("−7", "-7"),
        ("+7", "7"),
        ("12%", "0.12"),
        ("1.2万", "12000"),
        ("3亿", "300000000"),
        (".5", "0.5"),
        ("1e-07", "0.0000001"),
        ("1 234 567.5", "1234567.5"),
        ("1\u202f234", "1234"),
        ("1'234.50", "1234.50"),
        ("1,23,456.5", "123456.5"),
        (" -   ", "0"),
    ],
)
def test_accepted(written, number):
    assert parse_number(written) == Decimal(number)


@pytest.mark.parametrize(
    "written",
    [
        *("12 件", "abc", "1,23", "1,2345", "--7", "-7-", "(7", "7)", "(-7)", ".", "-.", "1.2.3"),
        *(
            "1.23E+05",
            "￥12",
            "1 23",
            "1 2345",
            "12 345,678",
            "1,2,345",
            "0x10",
            "NaN",
            "inf",
            "1_000",
        ),
    ],
)
def test_refused(written):
    assert parse_number(written) is None


@pytest.mark.parametrize(
    ("written", "number"), [("1.234,56", "1234.56"), ("1,5", "1.5"), ("1,234", "1.234")]
)
def test_comma_as_decimal_mark(written, number):
    assert parse_number(written, comma=True) == Decimal(number)


@pytest.mark.parametrize(
    ("written", "number"),
    [("￥1,234.00", "1234"), ("¥-5", "-5"), ("(¥5.5)", "-5.5"), ("12元", "12"), ("CNY 7", "7"),
     ("-¥7", "-7"), ("¥ -", "0")],
)  # fmt: skip
def test_money_may_carry_the_symbol_of_its_currency(written, number):
    typed = type_decimal(pa.array([written]), 4, currency="CNY")
    assert (typed.failures, typed.array[0].as_py()) == ([], Decimal(number))
    # What counts pieces carries none.
    assert [code for _, code in type_decimal(pa.array([written]), 4).failures] == ["not_a_number"]


@pytest.mark.parametrize("written", ["$12.00", "12 €", "US$5", "HK$5", "12 USD"])
def test_the_symbol_of_another_currency_is_no_number(written):
    typed = type_decimal(pa.array([written]), 4, currency="CNY")
    assert typed.failures[0][1] == "foreign_symbol"
    assert type_decimal(pa.array([written]), 4, currency="*").failures == []


def test_a_symbol_does_not_hide_the_decimal_mark():
    assert decimal_marks(pa.array(["2,50 €", "1,234 €"])) == DecimalMarks("2,50", False, "1,234")
    assert type_decimal(pa.array(["1.234,50 €"]), 4, comma=True, currency="EUR").array[
        0
    ].as_py() == Decimal("1234.5")


COMMA_FILE = "日期,业务类型,物料编码,仓库,数量,单价\n"


@pytest.mark.parametrize("second", ["30,000-", "(30,000)", "30,000"])
def test_a_sign_does_not_hide_a_doubtful_number(held, second):
    # 100,00 proves the comma; 30,000- is then thirty, not thirty thousand.
    rows = f'2024-01-05,采购入库,a,A,"{second}","100,00"\n'
    assert held(COMMA_FILE + rows).reason == "number_format"


def test_numbers_with_a_comma_as_decimal_mark_are_told_as_that(held):
    failure = held(COMMA_FILE + '2024-01-05,采购入库,a,A,10,"2,5"\n')
    assert (failure.reason, failure.column) == ("number_format", "单价")
    assert "decimal: comma" in failure.message.en


def test_dotted_days_make_thousands_doubtful(stage, held):
    rows = '31.01.2024,采购入库,a,A,"30,000",{}\n'
    assert held(COMMA_FILE + rows.format("")).reason == "number_format"
    # A point as decimal mark elsewhere, or the mapping's word, settles it.
    assert stage(COMMA_FILE + rows.format("1.5"))["movement"][0]["quantity"] == 30000
    stated = SMALL.replace("quantity: 数量", "quantity: {from: 数量, decimal: point}")
    assert stage(COMMA_FILE + rows.format(""), mapping=stated)["movement"][0]["quantity"] == 30000
    stated = stated.replace("decimal: point", "decimal: comma")
    assert stage(COMMA_FILE + rows.format(""), mapping=stated)["movement"][0]["quantity"] == 30


NUMBERS = st.decimals(
    min_value=-(10**13), max_value=10**13, places=6, allow_nan=False, allow_infinity=False
)
JUNK = st.text(alphabet="0123456789,.()-+%万亿eE １２abc", max_size=12)


def kept(number, scale):
    return number.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP, Context(prec=100))


@given(NUMBERS)
def test_every_way_of_writing_a_number_gives_it_back(number):
    size = abs(number)
    ways = [f"{number}", f"{number:,}", f"{number:,}".translate(WIDE)]
    ways += [f"({size:,})", f"{size}-"] if number < 0 else [f"+{size}"]
    for way in ways:
        assert parse_number(way) == number
    typed = type_decimal(pa.array(ways), 4)
    assert typed.failures == []
    assert typed.array.to_pylist() == [kept(number, 4)] * len(ways)


WIDE = str.maketrans("0123456789,.-", "０１２３４５６７８９，．－")


@given(st.lists(st.one_of(JUNK, NUMBERS.map(str), NUMBERS.map("{:,}".format)), max_size=8))
@example(["1,234", "(5)", "", " ", "99999999999999999999"])
@example(["1e-7", "1,23"])
def test_columns_agree_with_the_grammar(texts):
    typed = type_decimal(pa.array(texts, pa.string()), 4)
    for place, (text, value) in enumerate(zip(texts, typed.array.to_pylist(), strict=True)):
        number = parse_number(text)
        failed = typed.failed[place]
        if number is None:
            assert failed == bool(text.strip())
            assert value is None
        elif abs(kept(number, 4)) >= 10**14:
            assert failed
        else:
            assert (value, failed) == (kept(number, 4), False)


@given(NUMBERS, st.sampled_from([Decimal(-1), Decimal(1000), Decimal("0.01"), Decimal("1.5")]))
def test_factor_multiplies_before_rounding(number, factor):
    value = type_decimal(pa.array([str(number)]), 4, factor=factor).array[0].as_py()
    exact = kept(number * factor, 4)
    assert value == exact if abs(exact) < 10**14 else value is None


@given(st.floats(min_value=-1e12, max_value=1e12, allow_subnormal=False))
def test_a_float_is_the_number_it_shows(number):
    value = type_decimal(pa.array([number]), 4).array[0].as_py()
    assert value == kept(Decimal(repr(number)), 4)


def test_typed_decimals_of_any_precision():
    wide = pa.array([Decimal("1.2345678"), Decimal(10) ** 20, None], pa.decimal128(38, 7))
    typed = type_decimal(wide, 4)
    assert typed.array.to_pylist() == [Decimal("1.2346"), None, None]
    assert [code for _, code in typed.failures] == ["number_out_of_range"]


def test_integers():
    typed = type_integer(pa.array(["7", "7.0", "7.5", "3000000000", None]))
    assert typed.array.to_pylist() == [7, 7, None, None, None]
    assert [code for _, code in typed.failures] == ["not_an_integer", "number_out_of_range"]
