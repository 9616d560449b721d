"""Which rows of a file a condition of its mapping means."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow.compute as pc

from stockturn.intake.chunk import Chunk, Mask
from stockturn.intake.layout import Layout
from stockturn.intake.mapping import Condition
from stockturn.intake.texts import as_text, plain
from stockturn.intake.typed import as_mask

_MINUS: Final = r"^\s*[-−－(（]|[-−－]\s*$"
"""Numbers below zero, in every writing that numbers are read in."""


def rows_where(layout: Layout, chunk: Chunk, condition: Condition) -> Mask:
    """Return the rows that pass a condition; a column that is not there counts as empty."""
    index = layout.find(condition.names)
    if index is None:
        return np.full(len(chunk), condition.holds_for_empty, dtype=bool)
    return meets(chunk.columns[index], condition)


def rows_where_all(layout: Layout, chunk: Chunk, conditions: tuple[Condition, ...]) -> Mask:
    """Return the rows that pass every condition."""
    passed = np.ones(len(chunk), dtype=bool)
    for condition in conditions:
        passed &= rows_where(layout, chunk, condition)
    return passed


def meets(array: Any, condition: Condition) -> Mask:
    """Return the rows of a column that pass a condition's test."""
    texts = as_text(array)
    if condition.test in {"empty", "filled"}:
        empty = as_mask(pc.equal(pc.utf8_trim_whitespace(texts), "").fill_null(True))
        return empty if condition.test == "empty" else ~empty
    if condition.test in {"negative", "positive"}:
        filled = as_mask(pc.not_equal(pc.utf8_trim_whitespace(texts), "").fill_null(False))
        minus = as_mask(pc.match_substring_regex(texts, _MINUS).fill_null(False))
        return minus if condition.test == "negative" else filled & ~minus
    wanted = {plain(value) for value in condition.values}
    coded = texts.dictionary_encode()
    words = [plain(text) for text in coded.dictionary.to_pylist()]
    if condition.test == "contains":
        hits = [any(value in word for value in wanted) for word in words]
    elif condition.test == "starts":
        hits = [word.startswith(tuple(wanted)) for word in words]
    elif condition.test == "not_starts":  # an empty cell is not known to start otherwise
        hits = [not word.startswith(tuple(wanted)) for word in words]
    else:
        hits = [word in wanted for word in words]
    place = np.asarray(coded.indices.fill_null(-1).to_numpy(zero_copy_only=False))
    found = np.array([*hits, "" in wanted], dtype=bool)[place]
    return np.asarray(~found if condition.test == "not_in" else found)
