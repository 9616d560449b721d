"""Codes, names and words of a fixed vocabulary."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stockturn.intake.chunk import Mask
from stockturn.intake.typed import Typed, as_mask, by_distinct, failing, is_text, spoilt

_SCIENTIFIC: Final = r"^\s*\d(\.\d+)?E\+\d+\s*$"
_CODE: Final = re.compile(r"[a-z]{3}")
_EXACT_INTEGERS: Final = 10.0**15


def plain(text: str) -> str:
    """Return a word in the form in which words are compared: width, case and edges aside."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def as_text(array: Any) -> Any:
    """Return any column as text, the way a user would read it."""
    kind = array.type
    if is_text(array):
        return array
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pa.array([None if v is None else str(v) for v in array.to_pylist()], pa.string())
    if pa.types.is_floating(kind):
        return _whole_floats(array)
    if pa.types.is_timestamp(kind):
        return pc.replace_substring_regex(array.cast(pa.string()), r" 00:00:00(\.0+)?$", "")
    return array.cast(pa.string())


def _whole_floats(array: Any) -> Any:
    wide = array.cast(pa.float64())
    whole = pc.and_(pc.equal(pc.floor(wide), wide), pc.less(pc.abs(wide), _EXACT_INTEGERS))
    integers = pc.if_else(whole, wide, None).cast(pa.int64()).cast(pa.string())
    return pc.if_else(whole, integers, wide.cast(pa.string()))


def type_code(array: Any) -> Typed:
    """Type a column of codes: text, edges stripped, NFKC, leading zeros kept.

    Whole numbers of typed files become their digits; a code that is scientific notation, a
    number with decimals or a date is lost and fails.
    """
    kind = array.type
    if is_text(array):
        return by_distinct(array, _codes)
    if pa.types.is_floating(kind):
        texts = _whole_floats(array)
        broken = as_mask(pc.match_substring_regex(texts, r"[.e]|inf|nan"))
        return failing(texts, [(broken, "code_is_number")])
    if pa.types.is_temporal(kind):
        texts = as_text(array)
        return failing(texts, [(as_mask(array.is_valid()), "code_is_date")])
    if pa.types.is_decimal(kind) and kind.scale > 0:
        whole = pc.equal(pc.floor(array), array)
        texts = pc.replace_substring_regex(array.cast(pa.string()), r"\.0+$", "")
        return failing(texts, [(~as_mask(whole) & as_mask(array.is_valid()), "code_is_number")])
    return Typed(as_text(array))


def _codes(texts: Any) -> Typed:
    failures = [
        *spoilt(texts),
        (as_mask(pc.match_substring_regex(texts, _SCIENTIFIC)), "code_is_scientific"),
    ]
    shaped = pc.utf8_trim_whitespace(pc.utf8_normalize(texts, form="NFKC"))
    # Shops put an apostrophe in front, so that a spreadsheet keeps the code as text.
    shaped = pc.replace_substring_regex(shaped, r"^'", "")
    return failing(pc.if_else(pc.equal(shaped, ""), None, shaped), failures)


def type_name(array: Any) -> Typed:
    """Type a column of free text: edges stripped, nothing else changed."""
    return by_distinct(as_text(array), _names)


def _names(texts: Any) -> Typed:
    shaped = pc.utf8_trim_whitespace(texts)
    return failing(pc.if_else(pc.equal(shaped, ""), None, shaped), spoilt(texts))


CURRENCIES: Final = {
    "人民币": "CNY",
    "rmb": "CNY",
    "¥": "CNY",
    "cny": "CNY",
    "美元": "USD",
    "us$": "USD",
    "$": "USD",
    "欧元": "EUR",
    "€": "EUR",
    "港币": "HKD",
    "港元": "HKD",
    "hk$": "HKD",
    "日元": "JPY",
    "英镑": "GBP",
    "£": "GBP",
    "新台币": "TWD",
}
"""Ways in which systems write a currency -> its code."""


def type_currency(array: Any) -> Typed:
    """Type a column of currencies: three-letter codes, or the words that systems use for them."""

    def work(texts: Any) -> Typed:
        words = [plain(text) for text in texts.to_pylist()]
        found = [
            CURRENCIES.get(word) or (word.upper() if _CODE.fullmatch(word) else None)
            for word in words
        ]
        lost = [bool(word) and code is None for word, code in zip(words, found, strict=True)]
        unknown: Mask = np.array(lost, dtype=bool)
        return failing(pa.array(found, pa.string()), [*spoilt(texts), (unknown, "unknown_value")])

    return by_distinct(as_text(array), work)


def type_word(array: Any, words: Mapping[str, str], vocabulary: Iterable[str]) -> Typed:
    """Type a column of words by a mapping's list of them.

    Args:
        array: any column.
        words: word in the source -> value.
        vocabulary: the values themselves, accepted as they are; empty = only ``words``.
    """
    known = {plain(value): value for value in vocabulary}
    known |= {plain(word): value for word, value in words.items()}

    def work(texts: Any) -> Typed:
        found = [known.get(plain(text)) for text in texts.to_pylist()]
        blank = as_mask(pc.equal(pc.utf8_trim_whitespace(texts), ""))
        unknown: Mask = np.array([value is None for value in found], dtype=bool) & ~blank
        return failing(pa.array(found, pa.string()), [*spoilt(texts), (unknown, "unknown_value")])

    return by_distinct(as_text(array), work)


def text_map(columns: dict[str, Any], rows: int) -> Any:
    """Return one map per row of the columns that are not empty there; null for no entry."""
    kind = pa.map_(pa.string(), pa.string())
    if not columns:
        return pa.nulls(rows, kind)
    names = np.array(list(columns), dtype=object)
    order = np.arange(len(names) * rows).reshape(len(names), rows).T.ravel()
    items = pa.concat_arrays([array.cast(pa.string()) for array in columns.values()])
    items = items.take(pa.array(order))
    filled = as_mask(items.is_valid())
    per_row = filled.reshape(rows, len(names)).sum(axis=1)
    ends = np.concatenate(([0], np.cumsum(per_row))).astype(np.int32)
    keys = pa.array(np.tile(names, rows)[filled], pa.string())
    maps = pa.MapArray.from_arrays(pa.array(ends), keys, items.filter(pa.array(filled)))
    return pc.if_else(pa.array(per_row > 0), maps, pa.scalar(None, maps.type))
