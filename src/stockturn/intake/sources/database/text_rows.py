"""Rows of drivers that give Python tuples, as Arrow record batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import pyarrow as pa

BATCH_ROWS: Final = 20_000


def text_batch(rows: Sequence[Sequence[Any]]) -> pa.RecordBatch:
    """Return rows of texts and nulls as a batch of text columns."""
    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    return pa.RecordBatch.from_arrays(columns, names=[str(n) for n in range(len(columns))])


def text_batches(chunks: Iterable[Sequence[Sequence[Any]]]) -> Iterator[pa.RecordBatch]:
    """Yield one batch a chunk until a chunk is empty."""
    for chunk in chunks:
        if not chunk:
            return
        yield text_batch(chunk)
