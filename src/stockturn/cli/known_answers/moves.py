"""The small language in which valuation cases tell their moves, read strictly.

Places begin with a capital letter. Every sentence must be known word by word; an
unknown one makes the case unsupported.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from stockturn.cli.known_answers.case import unsupported

_N: Final = r"(\d+(?:\.\d+)?)"
_WHICH: Final = r"(first|second|third|fourth|fifth|last)"
_ORDINALS: Final = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": 0}


@dataclass(frozen=True)
class Move:
    """One sentence.

    Attributes:
        verb: in, out, scrap, customer_return, supplier_return, back, dropship, price, switch,
            transfer.
        quantity: Above zero, or None.
        price: Per unit, or None.
        times: How often it happens.
        origin: Which delivery or receipt it returns, counted from 1; 0 = the last; None = unsaid.
        place: Where, or where from.
        target: Where to.
        corrected: The quantity it is later corrected to, or None.
        corrected_price: The price it is later corrected to, or None.
    """

    verb: str
    quantity: Decimal | None = None
    price: Decimal | None = None
    times: int = 1
    origin: int | None = None
    place: str = ""
    target: str = ""
    corrected: Decimal | None = None
    corrected_price: Decimal | None = None


_SENTENCES: Final = (
    (
        "in",
        rf"in {_N}(?: @ ?(?P<price>\d+(?:\.\d+)?))?(?: (?:to|at|into) (?P<place>(?-i:[A-Z])\w*))?",
    ),
    ("out", rf"out {_N}(?: ?[x×] ?(?P<times>\d+))?(?: (?:from|at) (?P<place>(?-i:[A-Z])\w*))?"),
    ("scrap", rf"scrap {_N}(?: (?:from|at) (?P<place>(?-i:[A-Z])\w*))?"),
    (
        "customer_return",
        (
            rf"customer returns {_N}(?: (?:of|from) (?:the (?P<which>{_WHICH}) "
            r"(?:delivery|issue|out)|(?:delivery|issue|out) (?P<number>\d+)))?"
        ),
    ),
    (
        "supplier_return",
        (
            rf"return {_N} of (?:the (?P<which>{_WHICH}) (?:receipt|in)|(?:receipt|in) "
            r"(?P<number>\d+))(?: to (?:the )?supplier)?"
        ),
    ),
    ("supplier_return", rf"return {_N} to (?:the )?supplier"),
    ("back", rf"re-?return {_N}"),
    ("dropship", rf"drop-?ship {_N}(?: @ ?(?P<price>\d+(?:\.\d+)?))?"),
    ("price", r"set standard price (?:to )?(?P<price>\d+(?:\.\d+)?)"),
    ("switch", r"switch method"),
    ("transfer", rf"transfer {_N} from (?P<place>(?-i:[A-Z])\w*) to (?P<target>(?-i:[A-Z])\w*)"),
)
_CORRECTION: Final = re.compile(
    rf"(.*?) \(?(?:quantity |price )?later corrected to (@ ?)?{_N}\)?", re.IGNORECASE
)
_NO_STOCK: Final = re.compile(r"(.*?) \(no stock(?:, cost 0)?\)", re.IGNORECASE)


def read_move(text: Any) -> Move:
    """Read one sentence.

    Raises:
        UnsupportedCase: Some word of it is not known.
    """
    sentence = " ".join(str(text).split())
    remark = _NO_STOCK.fullmatch(sentence)
    sentence = remark[1] if remark else sentence
    correction = _CORRECTION.fullmatch(sentence)
    if correction is None:
        return _sentence(sentence)
    move, figure = _sentence(correction[1]), Decimal(correction[3])
    if move.verb not in ("in", "out"):
        raise unsupported("不会更正“{text}”", "cannot correct '{text}'", text=text)
    if correction[2]:
        return replace(move, corrected_price=figure)
    return replace(move, corrected=figure)


def _sentence(sentence: str) -> Move:
    for verb, pattern in _SENTENCES:
        found = re.fullmatch(pattern, sentence, re.IGNORECASE)
        if found:
            return _move(verb, found)
    raise unsupported("读不懂的动作“{text}”", "unknown move '{text}'", text=sentence)


def _move(verb: str, found: re.Match[str]) -> Move:
    named = {k: v for k, v in found.groupdict().items() if v is not None}
    origin = int(named["number"]) if "number" in named else None
    if "which" in named:
        origin = _ORDINALS[named["which"].lower()]
    quantity = None if verb in ("price", "switch") else Decimal(found[1])
    return Move(
        verb=verb,
        quantity=quantity,
        price=Decimal(named["price"]) if "price" in named else None,
        times=int(named.get("times", 1)),
        origin=origin,
        place=named.get("place", ""),
        target=named.get("target", ""),
    )
