"""The result of typing a column, and the trick that makes it quick: think once per distinct text.

A column of a million rows holds some thousand different days, codes and quantities. Typing works
on those (:func:`by_distinct`) and lets Arrow spread the results over the rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stockturn.intake.chunk import MARK, MARKS, Mask


@dataclass(frozen=True)
class Typed:
    """A typed column with its failures.

    Attributes:
        array: the values; null where empty or failed.
        failures: (rows, reject code); the first that names a row counts.
    """

    array: Any
    failures: list[tuple[Mask, str]] = field(default_factory=list)

    @property
    def failed(self) -> Mask:
        """Rows with any failure."""
        masks = [mask for mask, _ in self.failures]
        return np.logical_or.reduce(masks) if masks else np.zeros(len(self.array), dtype=bool)


def as_mask(array: Any) -> Mask:
    """Return a boolean Arrow array as a numpy mask, null as false."""
    return np.asarray(array.fill_null(False).to_numpy(zero_copy_only=False), dtype=bool)


def is_text(array: Any) -> bool:
    """Tell whether an array holds text."""
    return bool(pa.types.is_string(array.type))


def by_distinct(array: Any, work: Callable[[Any], Typed]) -> Typed:
    """Type a text column by typing its distinct texts.

    Args:
        array: text.
        work: types an array of distinct texts without nulls.
    """
    coded = array.dictionary_encode()
    distinct = work(coded.dictionary)
    indices = coded.indices
    values = distinct.array.take(indices)
    place = np.asarray(indices.fill_null(-1).to_numpy(zero_copy_only=False))
    failures = []
    for mask, code in distinct.failures:
        if mask.any():
            spread = np.append(mask, False)  # place -1, an empty cell, is no failure
            failures.append((spread[place], code))
    return Typed(values, failures)


def spoilt(texts: Any) -> list[tuple[Mask, str]]:
    """Return the failures of cells that decoding has marked, one entry a kind of mark."""
    if len(texts) == 0 or not as_mask(pc.starts_with(texts, MARK)).any():
        return []
    return [(as_mask(pc.starts_with(texts, mark)), code) for mark, code in MARKS.items()]


def failing(array: Any, failures: list[tuple[Mask, str]]) -> Typed:
    """Return a column with its failed rows set to null."""
    kept = [(mask, code) for mask, code in failures if mask.any()]
    if not kept:
        return Typed(array, [])
    bad = np.logical_or.reduce([mask for mask, _ in kept])
    return Typed(pc.if_else(pa.array(bad), pa.scalar(None, array.type), array), kept)
