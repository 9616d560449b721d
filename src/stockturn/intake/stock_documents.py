"""Lists of one kind of stock document: their name says what each row is, no column has to.

``采购入库明细`` has days, items and quantities, and every row of it is a receipt; its quantity is
called 入库数量.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import PurePath
from typing import Final

import yaml

from stockturn.intake.header import fold
from stockturn.intake.synonyms import HEADERS

RETURNS: Final = frozenset({"supplier_return", "customer_return"})
_IN: Final = re.compile("入库|收货|收入|进货|^in(qty|quantity)|(qty|quantity)in|received|receipts")
_OUT: Final = re.compile("出库|发货|发出|领料|out(qty|quantity)|(qty|quantity)out|issue|shipped")
_BOTH: Final = re.compile("出入库|收发|进销存|进出仓|台账|流水")


@dataclass(frozen=True)
class StockDocument:
    """What every row of a list is.

    Attributes:
        kind: of movement.
        word: by which it is known.
        by_name: the word stands in the file's or the sheet's name: the headers alone do not say it.
    """

    kind: str
    word: str
    by_name: bool


@dataclass(frozen=True)
class _Words:
    kinds: dict[str, str]
    before: tuple[str, ...]
    sides: dict[str, frozenset[str]]


@cache
def _words() -> _Words:
    stated = yaml.safe_load(HEADERS.read_text(encoding="utf-8"))
    kinds = {fold(word): kind for kind, words in stated["documents"].items() for word in words}
    before = sorted(map(fold, stated["document_words"]), key=len, reverse=True)
    sides = {side: frozenset(map(fold, words)) for side, words in stated["transfer"].items()}
    return _Words(kinds, tuple(before), sides)


def document_of(name: str, sheet: str | None, headers: Sequence[str]) -> StockDocument | None:
    """Return what every row of a list is: by its name, else by the names of its columns.

    None where nothing says so, or where goods come in and go out in one list.
    """
    stem, own, folded = fold(PurePath(name).stem), fold(sheet or ""), list(map(fold, headers))
    if _BOTH.search(own or stem) or two_sided(headers):
        return None
    for texts in ([own], [stem], folded):
        found = [word for word in _words().kinds if any(word in text for text in texts)]
        if found:
            word = max(found, key=len)
            kind = _settled(_words().kinds[word], folded)
            return StockDocument(kind, word, by_name=texts is not folded)
    return None


def _settled(kind: str, headers: Sequence[str]) -> str:
    """Goods that go back to somebody go to whom the list names."""
    supplier = any("供应商" in each or "supplier" in each or "vendor" in each for each in headers)
    return "supplier_return" if kind == "customer_return" and supplier else kind


def two_sided(headers: Sequence[str]) -> bool:
    """Tell whether what came in and what went out stand side by side."""
    folded = [fold(header) for header in headers]
    return any(map(_IN.search, folded)) and any(map(_OUT.search, folded))


def own_name(header: str) -> str:
    """Return what a column of such a list is called without the document before it.

    >>> own_name("销售出库数量"), own_name("ReturnDate"), own_name("数量")
    ('数量', 'date', '数量')
    """
    bare = fold(header)
    while word := next((w for w in _words().before if bare.startswith(w) and bare != w), None):
        bare = bare.removeprefix(word)
    return bare


def side_of_transfer(header: str) -> str | None:
    """Return ``from`` or ``to`` for the column of a place that goods leave or arrive at."""
    folded = fold(header)
    bare = re.sub(r"(编码|代码|编号|名称|code|id|no|name)$", "", folded)
    sides = _words().sides.items()
    return next((side for side, names in sides if folded in names or bare in names), None)
