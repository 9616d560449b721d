"""Parquet: typed columns as the file has them; strange types are the mapping's to refuse."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stockturn.intake.chunk import CHUNK_ROWS, Chunk, Head, Role
from stockturn.intake.problems import FileHeld
from stockturn.language import Text


class ParquetFile:
    """A Parquet file; see :class:`stockturn.intake.chunk.Raw`. Rows count from 1."""

    sheet: str | None = None
    open_ended = False
    remarks: tuple[Text, ...] = ()

    def __init__(self, path: Path, name: str) -> None:
        """Open a file.

        Raises:
            FileHeld: the file is damaged or has no columns.
        """
        self.file = name
        self._path = path
        try:
            self._schema = pq.read_schema(path)
        except (pa.ArrowException, OSError) as failure:
            raise FileHeld("bad_parquet", file=name, detail=_first_line(failure)) from None
        if not self._schema.names:
            raise FileHeld("empty_file", file=name)
        # The header is a row of its own to us, number 0 to the user.
        self.head = Head(((0, tuple(self._schema.names)),))

    def chunks(
        self, header: int, columns: Collection[int] | None, roles: dict[int, Role]
    ) -> Iterator[Chunk]:
        """Yield all rows; ``header`` and ``roles`` mean nothing here."""
        del header, roles
        names = self._schema.names
        chosen = sorted(columns) if columns is not None else list(range(len(names)))
        wanted = [names[index] for index in chosen]
        row = 1
        try:
            with pq.ParquetFile(self._path) as opened:
                for batch in opened.iter_batches(batch_size=CHUNK_ROWS, columns=wanted):
                    count = batch.num_rows
                    arrays = {index: _plain(batch.column(names[index])) for index in chosen}
                    yield Chunk(arrays, np.arange(row, row + count), np.zeros(count, dtype=bool))
                    row += count
        except (pa.ArrowException, OSError) as failure:
            raise FileHeld("bad_parquet", file=self.file, detail=_first_line(failure)) from None


def _plain(array: pa.Array) -> pa.Array:
    """Return text without detours; typing judges every other type where it is asked for."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        return _plain(array.dictionary_decode())
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return array.cast(pa.string())
    if pa.types.is_null(kind):
        return pa.nulls(len(array), pa.string())
    if pa.types.is_string(kind):
        return pc.if_else(pc.equal(array, ""), None, array)
    return array


def _first_line(failure: Exception) -> str:
    return (str(failure).splitlines() or [type(failure).__name__])[0][:200]
