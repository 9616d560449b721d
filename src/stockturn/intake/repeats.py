"""Rows that repeat an earlier row of the same file exactly.

Two equal sales are real more often than not, so a repeat is counted and asked about, never dropped
unless the mapping says so. Where the source numbers its lines nothing repeats.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stockturn.intake.chunk import Chunk, Mask
from stockturn.intake.texts import as_text

_MIX = np.uint64(0x9E3779B97F4A7C15)
Hashes = npt.NDArray[np.uint64]


class Repeats:
    """Remembers eight bytes of every row seen; a chunk at a time.

    Attributes:
        count: repeats so far.
        first: row number of the first of them, None where there is none.
    """

    def __init__(self) -> None:
        self.count = 0
        self.first: int | None = None
        self._seen: list[Hashes] = []

    def again(self, chunk: Chunk) -> Mask:
        """Return the rows that repeat an earlier one, of this chunk or before it."""
        if len(chunk) == 0:
            return np.zeros(0, dtype=bool)
        hashes = _row_hashes(chunk)
        distinct, first_place = np.unique(hashes, return_index=True)
        repeated = np.ones(len(chunk), dtype=bool)
        repeated[first_place] = False
        for earlier in self._seen:
            known = np.isin(distinct, earlier, assume_unique=True)
            repeated[first_place[known]] = True
        self._seen.append(distinct)
        if repeated.any():
            self.count += int(repeated.sum())
            if self.first is None:
                self.first = int(chunk.row_no[repeated][0])
        return repeated


def _row_hashes(chunk: Chunk) -> Hashes:
    """Return one number a row that equal rows share; it means something in this process only."""
    mixed: Hashes = np.zeros(len(chunk), dtype=np.uint64)
    for column in chunk.columns.values():
        mixed = (mixed * _MIX) ^ _column_hashes(column)
        mixed ^= mixed >> np.uint64(29)
    return mixed


def _column_hashes(column: Any) -> Hashes:
    width = column.type.bit_width if _is_fixed(column.type) else 0
    if width in {32, 64, 128}:
        return _fixed_hashes(column, width)
    coded = as_text(column).dictionary_encode()
    distinct = [hash(text) & 0xFFFFFFFFFFFFFFFF for text in coded.dictionary.to_pylist()]
    numbers = np.array([*distinct, 0], dtype=np.uint64)
    return np.asarray(
        numbers[np.asarray(coded.indices.fill_null(-1).to_numpy(zero_copy_only=False))]
    )


def _is_fixed(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(kind) or pa.types.is_temporal(kind) or pa.types.is_decimal(kind)
    )


def _fixed_hashes(column: Any, width: int) -> Hashes:
    """Mix the bytes of numbers and times as they lie: no text has to be made of them."""
    words = np.dtype(np.uint32 if width == 32 else np.uint64)
    each = max(1, width // 64)
    data = column.buffers()[1]
    if data is None:
        return np.zeros(len(column), dtype=np.uint64)
    lying = np.frombuffer(data, dtype=words).reshape(-1, each)
    lying = lying[column.offset : column.offset + len(column)].astype(np.uint64)
    mixed = lying[:, 0] * _MIX
    for place in range(1, each):
        mixed = (mixed ^ lying[:, place]) * _MIX
    # What lies under an empty cell is anything.
    return np.where(np.asarray(column.is_valid()), mixed + np.uint64(1), np.uint64(0))
