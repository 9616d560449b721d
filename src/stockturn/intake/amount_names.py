"""What the name of an amount says beside what it is: with tax or without, in thousands or more."""

from __future__ import annotations

import re
from typing import Final, Literal

_WITHOUT: Final = re.compile(
    r"不含税|未税|去税|excl(uding|usive|\.)?(of)?(vat|tax)?|(vat|tax)exclu(ded|sive)|beforetax"
)
_WITH: Final = re.compile(
    r"含税|价税|incl(uding|usive|\.)?(of)?(vat|tax)?|(vat|tax)inclu(ded|sive)|aftertax"
)
_UNIT: Final = re.compile(
    r"[(（\[【](?:单位[:：]?)?(?:[a-z]{3}|人民币)?"
    r"(?:(?P<zh>万|千|百万|亿)元?|(?P<en>k|thousand|m|mn|million))[)）\]】]"
)
_SCALES: Final = {"千": 1_000, "k": 1_000, "thousand": 1_000, "万": 10_000, "百万": 10**6,
                  "m": 10**6, "mn": 10**6, "million": 10**6, "亿": 10**8}  # fmt: skip


def tax_of(folded: str) -> Literal["included", "excluded"] | None:
    """Return whether an amount's name says that it includes tax; None = it does not say.

    >>> tax_of("不含税金额"), tax_of("价税合计"), tax_of("金额")
    ('excluded', 'included', None)
    """
    if _WITHOUT.search(folded):
        return "excluded"
    return "included" if _WITH.search(folded) else None


def without_tax_word(folded: str) -> str:
    """Return an amount's name without what it says of tax.

    >>> without_tax_word("不含税单价"), without_tax_word("价税合计")
    ('单价', '金额')
    """
    plain = _WITH.sub("", _WITHOUT.sub("", folded.replace("价税合计", "含税金额")))
    return re.sub(r"[()（）]", "", plain)


def scale_of(folded: str) -> int | None:
    """Return by what an amount is to be multiplied, None where its name states no such unit.

    >>> [scale_of(name) for name in ("金额(万元)", "单价(元)", "value(usdk)", "价(myr)")]
    [10000, None, 1000, None]
    """
    found = _UNIT.search(folded)
    return _SCALES[found["zh"] or found["en"]] if found else None
