"""Two extracts of one table compared: rows added, changed and deleted, by a hash per key.

For sources that tell neither when a row was made nor when it changed. Memory is 32 bytes a row of
each extract; what goes on to the ledger is the difference alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stockturn.intake.problems import FileHeld
from stockturn.intake.sources.database.extract import MARK
from stockturn.jobs.child import report
from stockturn.language import Text

DELETED: Final = "stockturn_deleted"
"""The column that is filled in rows the source no longer has."""

COMPARING: Final = Text("与上次快照比较", "Comparing with the last extract")
_BATCH_ROWS: Final = 100_000
_SEPARATOR: Final = "\x1f"
_NOTHING: Final = "\x00"

Numbers = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Difference:
    """What changed between two extracts.

    Attributes:
        file: the rows to load, None when nothing changed; deleted ones carry :data:`DELETED`.
    """

    file: Path | None
    added: int
    changed: int
    deleted: int


def difference(
    before: Sequence[Path], now: Sequence[Path], key: tuple[str, ...], target: Path, mark: str
) -> Difference:
    """Write to ``target`` what changed from one extract to the next.

    Args:
        before: files of the last extract; none = every row is new.
        now: files of this one.
        key: columns that name a row.
        target: the file to write.
        mark: see :class:`stockturn.intake.sources.source.Request`.

    Raises:
        FileHeld: the key is not unique, or a row has none.
    """
    report(COMPARING, 0, None)
    old, new = _hashed(before, key), _hashed(now, key)
    _unique(new, target.name, key)
    seen, same = _met(new, old)
    gone = ~_met(old, new)[0]
    news = ~(seen & same)
    counts = (int((~seen).sum()), int((seen & ~same).sum()), int(gone.sum()))
    if not news.any() and not gone.any():
        return Difference(None, *counts)
    schema = _schema(now or before, deletes=bool(gone.any()))
    with pq.ParquetWriter(target, schema, compression="zstd", compression_level=1) as writer:
        for files, mask, deleted in ((now, news, False), (before, gone, True)):
            for table in _chosen(files, mask):
                writer.write_table(_fitted(table, schema, deleted=deleted))
        writer.add_key_value_metadata({MARK: mark})
    return Difference(target, *counts)


@dataclass(frozen=True)
class _Hashed:
    """Two halves of each key's hash and of each row's, in the order of the extract."""

    key: Numbers
    key_rest: Numbers
    row: Numbers
    row_rest: Numbers


def _hashed(files: Sequence[Path], key: tuple[str, ...]) -> _Hashed:
    digests: list[bytes] = []
    for batch in _batches(files):
        columns = sorted(batch.schema.names)
        lines = _lines([batch.column(name) for name in columns])
        keys = _lines([batch.column(name) for name in key])
        for one, whole in zip(keys, lines, strict=True):
            digests.append(blake2b(one.encode(), digest_size=16).digest())
            digests.append(blake2b(whole.encode(), digest_size=16).digest())
    numbers = np.frombuffer(b"".join(digests), dtype=np.uint64).reshape(-1, 4)
    return _Hashed(*(np.ascontiguousarray(numbers[:, place]) for place in range(4)))


def _lines(arrays: list[Any]) -> list[str]:
    texts = [array.cast(pa.string()) for array in arrays]
    joined = pc.binary_join_element_wise(
        *texts, _SEPARATOR, null_handling="replace", null_replacement=_NOTHING
    )
    return list(joined.to_pylist())


def _unique(hashed: _Hashed, file: str, key: tuple[str, ...]) -> None:
    order = np.argsort(hashed.key, kind="stable")
    ordered = hashed.key[order]
    if len(ordered) > 1 and (ordered[1:] == ordered[:-1]).any():
        place = int(order[1:][ordered[1:] == ordered[:-1]][0])
        raise FileHeld("key_not_unique", file=file, column=key, row=place + 1)


def _met(some: _Hashed, others: _Hashed) -> tuple[Mask, Mask]:
    """Return which keys of ``some`` stand in ``others``, and which of those with the same row."""
    if not len(others.key):
        nothing = np.zeros(len(some.key), dtype=bool)
        return nothing, nothing
    order = np.argsort(others.key, kind="stable")
    place = np.searchsorted(others.key, some.key, sorter=order)
    found = order[np.minimum(place, len(order) - 1)]
    seen = (others.key[found] == some.key) & (others.key_rest[found] == some.key_rest)
    same = (others.row[found] == some.row) & (others.row_rest[found] == some.row_rest)
    return seen, seen & same


def _batches(files: Sequence[Path]) -> Iterator[Any]:
    for path in files:
        with pq.ParquetFile(path) as opened:
            yield from opened.iter_batches(batch_size=_BATCH_ROWS)


def _chosen(files: Sequence[Path], mask: Mask) -> Iterator[pa.Table]:
    row = 0
    for batch in _batches(files):
        part = mask[row : row + batch.num_rows]
        row += batch.num_rows
        if part.any():
            yield pa.Table.from_batches([batch]).filter(pa.array(part))


def _schema(files: Sequence[Path], *, deletes: bool) -> pa.Schema:
    schema = pq.read_schema(files[0]).remove_metadata()
    return schema.append(pa.field(DELETED, pa.string())) if deletes else schema


def _fitted(table: pa.Table, schema: pa.Schema, *, deleted: bool) -> pa.Table:
    """Return rows of either extract in the columns of this one."""
    arrays = []
    for field in schema:
        if field.name == DELETED:
            mark = "deleted" if deleted else None
            arrays.append(pa.array([mark] * table.num_rows, pa.string()))
        elif field.name in table.schema.names:
            arrays.append(pc.cast(table.column(field.name), field.type, safe=False))
        else:
            arrays.append(pa.nulls(table.num_rows, field.type))
    return pa.Table.from_arrays(arrays, schema=schema)
