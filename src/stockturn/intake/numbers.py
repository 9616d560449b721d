"""Text to exact numbers by a strict grammar.

After NFKC (full-width digits and signs) a number is: a sign in front, or behind, or brackets
for negative; digits, either plain or grouped; a decimal part; ``%``, 万 or 亿 behind. A dash alone
is how spreadsheets show zero. Money may carry the symbol of its currency. Anything else in the cell
rejects it. Nothing is read as a float.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import ROUND_DOWN, Context, Decimal
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stockturn.intake.chunk import Mask
from stockturn.intake.money_marks import bare_amount
from stockturn.intake.typed import Typed, as_mask, by_distinct, failing, is_text, spoilt

WORKING: Final = pa.decimal128(38, 18)
"""Wider than anything that is kept; rounded once, at the end."""
_WIDE: Final = pa.decimal256(76, 18)
_PLACES: Final = 18
_BEYOND: Final = Decimal(10) ** 18
_MOST_DIGITS: Final = 30

_PLAIN: Final = r"^-?\d{1,18}(\.\d{1,18})?$"
_GROUPED: Final = r"^-?\d{1,3}(,\d{3})+(\.\d{1,18})?$"
_GRAMMAR: Final = re.compile(
    r"(?P<open>\()?(?P<sign>[+-])?"
    r"(?P<whole>\d{1,3}(?:(?:,\d{3})+|(?: \d{3})+|(?:'\d{3})+)|\d{1,2}(?:,\d\d)+,\d{3}|\d*)"
    r"(?:\.(?P<part>\d*))?"
    r"(?:e(?P<power>[+-]\d{1,3}))?(?P<unit>[%万亿])?(?P<behind>-)?(?P<close>\))?"
)
_EXACT: Final = Context(prec=100)
"""Python's own default of 28 digits would round where nothing may."""
_UNITS: Final = {"%": Decimal("0.01"), "万": Decimal(10**4), "亿": Decimal(10**8), None: Decimal(1)}
_COMMA_DECIMAL: Final = re.compile(r"\d+,\d{1,2}|\d{1,3}(\.\d{3})+,\d+")
_EITHER: Final = re.compile(r"\d{1,3},\d{3}")
_POINT_DECIMAL: Final = re.compile(r"[\d,]*\.\d+|\d{1,3}(,\d{3}){2,}")
_POINTED: Final = r"^[^,.]*\.(\d{1,2}|\d{4,})\D*$"
"""A decimal part that no group of three can be taken for."""
_OTHER_FORM: Final = re.compile(r"[()%万亿' $A-Z]|-$|[^\x00-\x7f]|^\d{1,2},\d\d,")
_ZEROS: Final = frozenset({"-", "--", "\u2014", "\u2013"})
_MARKS: Final = str.maketrans({"\u2212": "-", "\u2019": "'"})


def parse_number(text: str, *, comma: bool = False) -> Decimal | None:
    """Return the number a text states, or None if it states none.

    Args:
        text: one cell.
        comma: the decimal mark is a comma and points group; the other way round otherwise.

    An exponent is accepted only as a workbook's own floats are written out (``1e-07``); the
    ``1.23E+05`` of a spreadsheet's display has lost digits.

    >>> parse_number("(1,234.50)")
    Decimal('-1234.50')
    >>> parse_number("1．2万")
    Decimal('12000.0')
    >>> parse_number("12 pcs") is None
    True
    """
    plain = unicodedata.normalize("NFKC", text).strip().translate(_MARKS).removeprefix("'")
    if plain in _ZEROS:
        return Decimal(0)
    if comma:
        plain = plain.translate(str.maketrans(",.", ".,"))
    found = _GRAMMAR.fullmatch(plain)
    if found is None:
        return None
    signs = [found["sign"] == "-", found["behind"] is not None, found["open"] is not None]
    whole, part = re.sub("[,' ]", "", found["whole"]), found["part"] or ""
    one_sign = sum(signs) + (found["sign"] == "+") <= 1
    bracketed = (found["open"] is None) == (found["close"] is None)
    if not (whole or part) or not one_sign or not bracketed or len(whole) > _MOST_DIGITS:
        return None
    number = Decimal(f"{whole or 0}.{part[:_PLACES] or 0}") if part else Decimal(whole)
    number = _EXACT.scaleb(number, int(found["power"] or 0))
    return _EXACT.multiply(number.copy_negate() if any(signs) else number, _UNITS[found["unit"]])


def type_decimal(
    array: Any,
    scale: int,
    *,
    comma: bool = False,
    factor: Decimal = Decimal(1),
    whole: bool = False,
    seen: list[str] | None = None,
    currency: str | None = None,
) -> Typed:
    """Type a column as ``decimal(18, scale)``, rounding half away from zero once.

    Args:
        array: text, or numbers as a typed file has them.
        scale: decimal places kept.
        comma: see :func:`parse_number`.
        factor: every number is multiplied by it before rounding.
        whole: decimals are a failure.
        seen: gets a text that is read and written otherwise than digits, groups and a sign.
        currency: of money, the currency whose symbol it may carry; ``*`` = any.
    """
    kind = array.type
    if is_text(array):
        return by_distinct(
            array, lambda texts: _texts(texts, scale, comma, factor, whole, seen, currency)
        )
    if pa.types.is_floating(kind):
        # The shortest text of a float is the number the user saw; its binary tail is not.
        texts = array.cast(pa.float64()).cast(pa.string())
        return by_distinct(
            texts, lambda found: _texts(found, scale, comma=False, factor=factor, whole=whole)
        )
    if pa.types.is_integer(kind):
        if factor == 1 and kind.bit_width <= 32:
            return Typed(array.cast(pa.decimal128(18, scale)))
        if kind == pa.uint64():
            array = array.cast(pa.decimal128(20, 0))
            return _decimals(array, scale, factor, whole)
        return _finish(array.cast(WORKING), scale, factor, whole, [])
    if pa.types.is_decimal(kind):
        return _decimals(array, scale, factor, whole)
    nothing = pa.nulls(len(array), pa.decimal128(18, scale))
    return Typed(nothing, [(as_mask(array.is_valid()), "not_a_number")])


def _decimals(array: Any, scale: int, factor: Decimal, whole: bool) -> Typed:
    """Type numbers that are decimals already, of any precision."""
    if array.type.scale > _PLACES:
        array = pc.round(array, ndigits=_PLACES, round_mode="half_towards_infinity")
    if array.type.precision - array.type.scale <= 20:
        return _finish(array.cast(WORKING), scale, factor, whole, [])
    wide = array.cast(_WIDE)
    huge = as_mask(pc.greater_equal(pc.abs(wide), pa.scalar(_BEYOND, _WIDE)))
    kept = pc.if_else(pa.array(huge), pa.scalar(None, _WIDE), wide).cast(WORKING)
    return _finish(kept, scale, factor, whole, [(huge, "number_out_of_range")])


def _texts(
    texts: Any,
    scale: int,
    comma: bool,
    factor: Decimal,
    whole: bool,
    seen: list[str] | None = None,
    currency: str | None = None,
) -> Typed:
    """Type distinct texts: plain and grouped forms by Arrow, the rest one by one."""
    trimmed = pc.utf8_trim_whitespace(texts)
    plain = as_mask(pc.match_substring_regex(trimmed, _PLAIN))
    if comma:
        # `1.234` is one thousand and more here, so only whole numbers are plain.
        plain &= ~as_mask(pc.match_substring(trimmed, "."))
    else:
        grouped = as_mask(pc.match_substring_regex(trimmed, _GROUPED))
        if grouped.any():
            trimmed = pc.if_else(pa.array(grouped), pc.replace_substring(trimmed, ",", ""), trimmed)
            plain |= grouped
    numbers = pc.if_else(pa.array(plain), trimmed, None).cast(WORKING)
    rest = np.flatnonzero(~plain)
    marks = spoilt(texts)
    if not len(rest):
        return _finish(numbers, scale, factor, whole, [])
    parsed = [parse_number(texts[i].as_py(), comma=comma) for i in rest]
    foreign = np.zeros(len(texts), dtype=bool)
    for place, index in enumerate(rest if currency is not None else ()):
        amount = bare_amount(texts[index].as_py()) if parsed[place] is None else None
        if amount is None:
            continue
        foreign[index] = not amount.is_of(currency or "")
        parsed[place] = None if foreign[index] else parse_number(amount.number, comma=comma)
    if seen is not None:
        odd = (texts[i].as_py() for i, n in zip(rest, parsed, strict=True) if n is not None)
        seen += [text.strip() for text in odd if _OTHER_FORM.search(text.strip())][:1]
    beyond = np.zeros(len(texts), dtype=bool)
    beyond[rest] = [number is not None and abs(number) >= _BEYOND for number in parsed]
    blank = as_mask(pc.equal(trimmed, ""))
    unread = ~plain & ~blank
    unread[rest] &= [number is None for number in parsed]
    kept = [None if n is None or abs(n) >= _BEYOND else _cut(n) for n in parsed]
    numbers = pc.replace_with_mask(numbers, pa.array(~plain), pa.array(kept, WORKING))
    failures = [
        *marks,
        (beyond, "number_out_of_range"),
        (foreign, "foreign_symbol"),
        (unread, "not_a_number"),
    ]
    return _finish(numbers, scale, factor, whole, failures)


def _cut(number: Decimal) -> Decimal:
    # Half-up rounding to fewer places later sees the same digits, so cutting here is exact.
    return number.quantize(Decimal(1).scaleb(-_PLACES), ROUND_DOWN, _EXACT)


def _finish(
    numbers: Any, scale: int, factor: Decimal, whole: bool, failures: list[tuple[Mask, str]]
) -> Typed:
    wide, grown = (numbers, []) if factor == 1 else _times(numbers, factor)
    failures = [*failures, *grown]
    places = 0 if whole else scale
    rounded = pc.round(wide, ndigits=places, round_mode="half_towards_infinity")
    if whole:
        failures = [*failures, (as_mask(pc.not_equal(rounded, wide)), "not_an_integer")]
    limit = pa.scalar(Decimal(10) ** (18 - scale), WORKING)
    huge = as_mask(pc.greater_equal(pc.abs(rounded), limit))
    if huge.any():
        failures = [*failures, (huge, "number_out_of_range")]
        rounded = pc.if_else(pa.array(huge), pa.scalar(None, WORKING), rounded)
    return failing(rounded.cast(pa.decimal128(18, scale)), failures)


def _times(numbers: Any, factor: Decimal) -> tuple[Any, list[tuple[Mask, str]]]:
    """Multiply within 76 digits: 42 of the number with 18 places, 32 of the factor with 12."""
    if factor == -1:
        return pc.negate(numbers), []
    product = pc.multiply(
        numbers.cast(pa.decimal256(42, 18)), pa.scalar(factor, pa.decimal256(32, 12))
    )
    wide = pc.round(product, ndigits=_PLACES, round_mode="half_towards_infinity").cast(_WIDE)
    huge = as_mask(pc.greater_equal(pc.abs(wide), pa.scalar(_BEYOND, _WIDE)))
    kept = pc.if_else(pa.array(huge), pa.scalar(None, _WIDE), wide).cast(WORKING)
    return kept, [(huge, "number_out_of_range")]


def type_integer(array: Any) -> Typed:
    """Type a column as int32; decimals and values beyond it fail."""
    typed = type_decimal(array, 4, whole=True)
    limit = pa.scalar(Decimal(2**31 - 1), pa.decimal128(18, 4))
    huge = as_mask(pc.greater(pc.abs(typed.array), limit))
    kept = failing(typed.array, [*typed.failures, (huge, "number_out_of_range")])
    return Typed(kept.array.cast(pa.int64()).cast(pa.int32()), kept.failures)


@dataclass(frozen=True)
class DecimalMarks:
    """What the texts of a number column say about its decimal mark.

    Attributes:
        comma: one that can only be read with a comma as decimal mark.
        point: some can only be read with a point.
        either: one that reads either way, with different values.
    """

    comma: str | None = None
    point: bool = False
    either: str | None = None


def decimal_marks(array: Any) -> DecimalMarks:
    """Return what a column says about its decimal mark; nothing where it holds no text."""
    if not is_text(array):
        return DecimalMarks()
    odd = array.filter(pc.match_substring(array, ",")).unique().to_pylist()
    amounts = [(bare_amount(text), text) for text in odd if text]
    plain = (text if amount is None else amount.number for amount, text in amounts)
    texts = [re.sub("[' ()+%-]", "", unicodedata.normalize("NFKC", text)) for text in plain]
    return DecimalMarks(
        next((text for text in texts if _COMMA_DECIMAL.fullmatch(text)), None),
        any(_POINT_DECIMAL.fullmatch(text) for text in texts),
        next((text for text in texts if _EITHER.fullmatch(text)), None),
    )


def has_point_decimals(array: Any) -> bool:
    """Tell whether a text column holds a number whose decimal mark can only be the point."""
    if not is_text(array):
        return False
    return bool(pc.any(pc.match_substring_regex(array, _POINTED)).as_py())
