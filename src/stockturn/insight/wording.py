"""How figures are said: one place that scales, rounds and names units, in both languages.

Money is said in 元, 万, 亿 (or K, M, B) by size, turnover with two decimals, days with one, rates
as percent with one decimal. Values arrive exact and are rounded here once, for the reader.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from stockturn.language import Language, Text
from stockturn.metrics.explain import basis_label

MINUS = "−"

_CURRENCIES = {
    "CNY": Text("元", "¥"),
    "USD": Text("美元", "$"),
    "EUR": Text("欧元", "€"),
    "GBP": Text("英镑", "£"),
    "JPY": Text("日元", "JP¥"),
    "HKD": Text("港元", "HK$"),
}

_STEPS: dict[Language, tuple[tuple[Decimal, str], ...]] = {
    "zh": ((Decimal(10) ** 8, "亿"), (Decimal(10) ** 4, "万")),
    "en": ((Decimal(10) ** 9, "B"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "K")),
}

_UNITS = {
    "times": Text("次", "turns"),
    "days": Text("天", "days"),
    "quantity": Text("件", "pcs"),
    "count": Text("个", ""),
}

_DECIMALS = {"times": 2, "days": 1, "percent": 1, "ratio": 2, "count": 0}


@dataclass(frozen=True)
class Scale:
    """What a column or an axis is divided by, and the unit its figures then carry."""

    factor: Decimal
    unit: str

    def apply(self, value: Decimal | None, decimals: int = 4) -> Decimal | None:
        """Return the value on this scale, rounded for drawing; None stays None."""
        return None if value is None else rounded(value / self.factor, decimals)


say_basis = basis_label
"""Say the definition a figure stands on; told by metrics, so that every room says it alike."""


def rounded(value: Decimal, decimals: int) -> Decimal:
    """Round half up, as people do on paper."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def scale(values: Iterable[Decimal | None], unit: str, currency: str, language: Language) -> Scale:
    """Choose one scale for figures shown together, by the largest of them.

    Args:
        values: The figures; None is skipped.
        unit: Unit of the measure, see ``MeasureCard.unit``.
        currency: ISO code of the money.
        language: Chinese scales by 万 and 亿, English by K, M and B.
    """
    largest = max((abs(value) for value in values if value is not None), default=Decimal(0))
    if unit == "percent":
        return Scale(Decimal("0.01"), "%")
    if unit not in {"money", "quantity"}:
        return Scale(Decimal(1), _UNITS[unit].read(language) if unit in _UNITS else "")
    steps = _STEPS[language]
    factor, letter = next(((f, s) for f, s in steps if largest >= f), (Decimal(1), ""))
    return Scale(factor, _with_unit(letter, unit, currency, language))


def say(value: Decimal, unit: str, currency: str = "CNY", *, signed: bool = False) -> Text:
    """Return a figure as a reader expects it, e.g. ``1,234 万元`` and ``¥ 12.3 M``.

    Args:
        value: The exact figure; rates are fractions (0.31 is 31 percent).
        unit: Unit of the measure.
        currency: ISO code of the money.
        signed: Also show a plus, for changes.
    """
    return Text(
        _say(value, unit, currency, "zh", signed), _say(value, unit, currency, "en", signed)
    )


def say_days(days: int) -> Text:
    """Return a whole number of days."""
    return Text(f"{days:,} 天", f"{days:,} days" if days != 1 else "1 day")


def _say(value: Decimal, unit: str, currency: str, language: Language, signed: bool) -> str:
    chosen = scale([value], unit, currency, language)
    scaled = value / chosen.factor
    fixed = _DECIMALS.get(unit)
    decimals = _fitting_decimals(scaled) if fixed is None else fixed
    number = rounded(scaled, decimals)
    sign = MINUS if number < 0 else "+" if signed and number > 0 else ""
    digits = f"{abs(number):,.{decimals}f}"
    if unit == "percent":
        return f"{sign}{digits}%"
    if language == "en" and unit == "money":
        symbol, _, letter = chosen.unit.partition(" ")
        return f"{sign}{symbol} {digits} {letter}".rstrip()
    return f"{sign}{digits} {chosen.unit}".rstrip()


def _fitting_decimals(scaled: Decimal) -> int:
    """Three or four significant figures: what a reader takes in, and no more."""
    if abs(scaled) >= 100:
        return 0
    return 1 if abs(scaled) >= 10 else 2


def _with_unit(letter: str, unit: str, currency: str, language: Language) -> str:
    if unit == "quantity":
        name = _UNITS["quantity"].read(language)
    else:
        name = _CURRENCIES.get(currency, Text(currency, currency)).read(language)
    if language == "zh":
        return f"{letter}{name}" if name.isascii() is False else f"{letter} {name}".strip()
    return f"{name} {letter}".strip() if unit == "money" else f"{letter} {name}".strip()
