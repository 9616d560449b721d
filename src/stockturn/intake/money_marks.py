"""The symbol of a currency beside an amount: ``￥1,234.00``, ``1.234,00 €``, ``12元``."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

_DOLLARS: Final = frozenset({"USD", "HKD", "TWD", "SGD", "AUD", "CAD", "NZD", "MXN"})
_CURRENCIES: Final = {
    "¥": frozenset({"CNY", "JPY"}),
    "元": frozenset({"CNY", "HKD", "TWD"}),
    "円": frozenset({"JPY"}),
    "$": _DOLLARS,
    "US$": frozenset({"USD"}),
    "HK$": frozenset({"HKD"}),
    "NT$": frozenset({"TWD"}),
    "€": frozenset({"EUR"}),
    "£": frozenset({"GBP"}),
    "₹": frozenset({"INR"}),
    "₩": frozenset({"KRW"}),
    "RMB": frozenset({"CNY"}),
}
"""Symbol -> the currencies it is used for; a code of three letters stands for itself."""
_MARK: Final = r"US\$|HK\$|NT\$|[¥元円$€£₹₩]|[A-Z]{3}"
_AMOUNT: Final = re.compile(
    rf"(?P<sign>[(+-]?)(?:(?P<before>{_MARK}) ?)?(?P<number>[+-]?(?:[\d.].*?|-))"
    rf"(?: ?(?P<behind>{_MARK}))?(?P<close>\)?)"
)


@dataclass(frozen=True)
class Amount:
    """A number without the symbol beside it, and the currencies that the symbol can mean."""

    number: str
    currencies: frozenset[str]

    def is_of(self, currency: str) -> bool:
        """Tell whether the symbol may be that of a currency; ``*`` = any."""
        return currency == "*" or currency in self.currencies


def bare_amount(text: str) -> Amount | None:
    """Take the symbol of a currency off an amount, None where there is none or more than one.

    >>> bare_amount("(￥1,234.00)").number, bare_amount("12 元").currencies == {"CNY"}
    ('(1,234.00)', False)
    >>> bare_amount("12") is None
    True
    """
    found = _AMOUNT.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None or (found["before"] is None) == (found["behind"] is None):
        return None
    mark = found["before"] or found["behind"]
    number = f"{found['sign']}{found['number'].strip()}{found['close']}"
    return Amount(number, _CURRENCIES.get(mark, frozenset({mark})))
