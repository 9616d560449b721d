"""Which header is a name of which column, and how surely."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from stockturn.intake.amount_names import tax_of, without_tax_word
from stockturn.intake.header import fold
from stockturn.intake.stock_documents import own_name
from stockturn.intake.synonyms import Synonyms, synonyms
from stockturn.language import Text

EXACT: Final = 0.95
_CODED, _ELSEWHERE, _PART = 0.85, 0.75, 0.6
VAGUE: Final = frozenset({"name", "名称", "id", "no", "no.", "code", "编码", "编号"})
"""Headers that mean their own table's thing and nothing elsewhere."""
_ENDS: Final = frozenset({"opening", "received", "issued", "adjusted", "balance", "closing"})
_QUALIFIED: Final = re.compile(
    r"期初|期末|结存|余额|入库|出库|收入数|收入金|发出|opening|closing|balance|^in(qty|quantity|value)"
    r"|^out(qty|quantity|value)|(qty|quantity)(in|out)$"
)
"""A header of one side of a card: it is not the movement's own quantity or value."""


_NOTHING: Final = Text("", "")
AMOUNTS: Final = frozenset({"value", "unit_cost", "revenue", "unit_price"})
_CODES: Final = frozenset({"item", "location", "supplier", "customer", "lot", "document", "line"})
_ALIKE: Final = (
    *(("qty", "quantity"), ("value", "amount"), ("数额", "金额"), ("时间", "日期")),
    *(("datetime", "date"), ("timestamp", "date"), ("time", "date")),
)
"""Word -> the word that means the same."""
_CODE: Final = re.compile(r"(key|id|code|no\.?|number|num|nbr|#|编码|代码|编号)$")


def name_match(
    table: str, column: str, header: str, known: Synonyms, *, one_kind: bool
) -> tuple[float, Text]:
    """Return how surely a header is a name of a table's column, 0 to 1, and why.

    Args:
        table: of the ledger.
        column: of the table.
        header: as the file has it.
        known: the names that come with the product.
        one_kind: the file is a list of one kind of document, whose name stands before its columns'.
    """
    folded = fold(header)
    own = known.columns.get((table, column), frozenset())
    for holds, confidence, reason in _called(column, folded, own, one_kind=one_kind):
        if holds:
            return confidence, reason
    if folded in _names_of_others(column):
        return 0.0, _NOTHING  # it is something else, whatever words it has in it
    bare = re.sub(r"[(（].*?[)）]", "", folded)
    if bare != folded and bare in own:
        return EXACT - 0.05, Text("括号外是已知的叫法", "a known name beside its brackets")
    if column not in _ENDS and _QUALIFIED.search(folded):
        return 0.0, _NOTHING
    for name in sorted(own, key=len, reverse=True):
        begins = len(folded) > 3 and name.startswith(folded) and not _QUALIFIED.search(name)
        if len(name) > 2 and (name in folded or begins):
            return _PART, Text(f"列名含有“{name}”", f"the name holds “{name}”")
    return 0.0, _NOTHING


def _called(
    column: str, folded: str, own: frozenset[str], *, one_kind: bool
) -> Iterator[tuple[bool, float, Text]]:
    """Yield the ways in which a header is a name of a column, the surest first."""
    exact = folded in own or folded == fold(column)
    yield exact, EXACT, Text("列名是已知的叫法", "a known name of the column")
    behind = (one_kind or column == "document") and own_name(folded) in own
    words = Text("单据名之后是已知的叫法", "a known name behind the document's")
    yield behind, EXACT - 0.05, words
    code = _CODE.sub("", folded)
    coded = column in _CODES and len(code) > 1 and code != folded and code in _uncoded(own)
    yield coded, _CODED, Text("编码的另一种叫法", "a known name of the code, written otherwise")
    tax = tax_of(folded) if column in AMOUNTS else None
    taxed = tax is not None and without_tax_word(folded) in own
    words = Text("税字之外是已知的叫法", "a known name beside its word of tax")
    yield taxed, _CODED if tax == "included" else EXACT - 0.05, words
    alike = _alike(folded) in {_alike(name) for name in own}
    yield alike, _CODED, Text("已知叫法的另一种写法", "a known name, written otherwise")
    elsewhere = folded in _others(column) and folded not in VAGUE
    yield elsewhere, _ELSEWHERE, Text("其他表中这样叫", "called so in other tables")


@cache
def _others(column: str) -> frozenset[str]:
    found = [names for (_, own), names in synonyms().columns.items() if own == column]
    return frozenset().union(*found) if found else frozenset()


@cache
def _names_of_others(column: str) -> frozenset[str]:
    """Names of other columns that are never this one's."""
    found = [names for (_, own), names in synonyms().columns.items() if own != column]
    return frozenset().union(*found) - _others(column) - VAGUE


@cache
def _alike(name: str) -> str:
    """Return a name with words that mean the same made one."""
    for word, same in _ALIKE:
        name = name.replace(word, same)
    return name


@cache
def _uncoded(names: frozenset[str]) -> frozenset[str]:
    return frozenset(_CODE.sub("", name) for name in names)
