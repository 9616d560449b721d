"""Copying a published version to a target: what differs, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from stockturn.intake.publishing.shelf import Manifest, PublishedFile
from stockturn.intake.publishing.targets.target import (
    PART,
    Held,
    Shape,
    TableTaken,
    Target,
)
from stockturn.language import Progress, Text

COPYING: Final = Text("写入目标库", "Writing to the target")
BATCH_ROWS: Final = 20_000
MONTH: Final = "month"


@dataclass(frozen=True)
class Copied:
    """What was copied: parts that were written or taken away, and rows that were written."""

    parts: int
    rows: int


def copy(
    target: Target, prefix: str, folder: Path, manifest: Manifest, progress: Progress | None = None
) -> Copied:
    """Make a target hold what a published version holds; readers see all of it or nothing.

    The target itself remembers the hash of each part it holds, so what it missed is made up for,
    however long ago that was.

    Args:
        target: Connected; the caller closes it.
        prefix: Before every table's name.
        folder: Of the version.
        manifest: Of the version.
        progress: Told how many files are done.

    Raises:
        TableTaken: a table of this name is not ours.
    """
    plans = _plans(target, prefix, folder, manifest)
    parts = rows = done = 0
    for plan in plans:
        for part in plan.stale:
            target.drop_part(plan.shape, part)
        for file in plan.fresh:
            if progress is not None:
                progress(COPYING, done, len(manifest.files))
            target.add(plan.shape, _batches(folder / file.path, file, plan.shape.schema))
            rows += file.rows
        done += len(plan.wanted)
        if plan.changed:
            hashes = {part: file.sha256 for part, file in plan.wanted.items()}
            target.note(plan.shape.name, Held(plan.shape.columns, hashes))
            parts += len(plan.changed)
    target.commit()
    return Copied(parts, rows)


@dataclass(frozen=True)
class _Plan:
    """What is to be done to one table."""

    shape: Shape
    wanted: dict[str, PublishedFile]
    stale: tuple[str, ...]
    fresh: tuple[PublishedFile, ...]

    @property
    def changed(self) -> set[str]:
        return {*self.stale, *(file.part for file in self.fresh)}


def _plans(target: Target, prefix: str, folder: Path, manifest: Manifest) -> list[_Plan]:
    """Compare, and make the tables that are missing; rows are changed only after that."""
    held, present = target.begin(), target.tables()
    shapes: dict[str, tuple[Shape, dict[str, PublishedFile]]] = {}
    for table in dict.fromkeys(file.table for file in manifest.files):
        wanted = manifest.parts(table)
        shape = _shape(prefix + table, folder / next(iter(wanted.values())).path, wanted)
        if shape.name not in held and shape.name in present:
            raise TableTaken(shape.name)
        shapes[shape.name] = (shape, wanted)
    to_make = {
        name
        for name, (shape, _) in shapes.items()
        if name not in present or held[name].columns != shape.columns
    }
    if to_make and target.makes_apart:
        to_make = set(shapes)
    plans = []
    for name, (shape, wanted) in shapes.items():
        own = {} if name in to_make else held[name].parts
        if name in to_make:
            target.make(shape)
        stale = tuple(p for p, sha in own.items() if p not in wanted or wanted[p].sha256 != sha)
        fresh = tuple(file for part, file in wanted.items() if own.get(part) != file.sha256)
        plans.append(_Plan(shape, wanted, stale, fresh))
    return plans


def _shape(name: str, path: Path, wanted: dict[str, PublishedFile]) -> Shape:
    """Return a table's shape: the file's columns, the part, and the month where it is cut by it."""
    fields = [pa.field(PART, pa.string())]
    if next(iter(wanted)).startswith(f"{MONTH}="):
        fields.append(pa.field(MONTH, pa.date32()))
    own = [pa.field(each.name, _type(each.type)) for each in pq.read_schema(path)]
    return Shape(name, pa.schema([*fields, *own]))


def _type(given: pa.DataType) -> pa.DataType:
    """Return the type a target is given: times in microseconds without a zone."""
    return pa.timestamp("us") if pa.types.is_timestamp(given) else given


def _batches(path: Path, file: PublishedFile, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(path) as parquet:
        for batch in parquet.iter_batches(BATCH_ROWS):
            columns = {PART: pa.array([file.part] * batch.num_rows, pa.string())}
            if MONTH in schema.names:
                month = date.fromisoformat(file.part.partition("=")[2])
                columns[MONTH] = pa.array([month] * batch.num_rows, pa.date32())
            given = {name: batch.column(name) for name in batch.schema.names}
            arrays = [{**columns, **given}[each.name].cast(each.type) for each in schema]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)
