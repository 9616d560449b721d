"""What only the first row of a document says holds for all of its rows, where a mapping says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stockturn.intake.chunk import Chunk
from stockturn.intake.layout import Layout
from stockturn.intake.texts import as_text


def carried(layout: Layout, chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """Yield chunks with the empty cells of a document's rows filled from its first row.

    Rows belong together that stand one below the other with the same name of the document.
    """
    carry = layout.spec.carry
    within = None if carry is None else layout.find(carry.within)
    if carry is None or within is None:
        yield from chunks
        return
    found = (layout.find((name,)) for name in carry.columns)
    columns = [index for index in found if index is not None]
    before: tuple[str | None, dict[int, Any]] = (None, {})
    for chunk in chunks:
        if not len(chunk):
            yield chunk
            continue
        filled, before = _filled(chunk, within, columns, before)
        yield filled


def _filled(
    chunk: Chunk, within: int, columns: list[int], before: tuple[str | None, dict[int, Any]]
) -> tuple[Chunk, tuple[str | None, dict[int, Any]]]:
    keys = pc.utf8_trim_whitespace(as_text(chunk.columns[within])).to_pylist()
    name, firsts = before
    # Place 0 stands for the first row of the document that the chunk before ended in.
    starts = np.arange(1, len(keys) + 1)
    start = 0
    for place, key in enumerate(keys):
        if key is None or key != name:
            start, name = place + 1, key
        starts[place] = start
    taken = pa.array(starts)
    texts = dict(chunk.columns)
    kept: dict[int, Any] = {}
    for index in columns:
        own = as_text(chunk.columns[index])
        own = pc.if_else(pc.equal(pc.utf8_trim_whitespace(own), ""), None, own)
        first = pa.concat_arrays([pa.array([firsts.get(index)], pa.string()), own])
        texts[index] = pc.coalesce(own, first.take(taken))
        kept[index] = first[int(starts[-1])].as_py()
    return Chunk(texts, chunk.row_no, chunk.ragged), (name, kept)
