"""Record batches into Parquet files: exact types, local times, sums, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Context, Decimal
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stockturn.intake.sources.database.dialect import target
from stockturn.intake.sources.source import Report, SourceColumn
from stockturn.language import Text

GROUP_ROWS: Final = 200_000
FILE_ROWS: Final = 1_000_000
"""Rows a file: one is typed by one worker, so its size bounds memory and time."""

MARK: Final = "stockturn_mark"
READING: Final = Text("从来源读取", "Reading from the source")
_LAST_DAY: Final = pa.scalar(2_932_896, pa.int32())  # 9999-12-31
_FIRST_DAY: Final = pa.scalar(-719_162, pa.int32())  # 0001-01-01
_EXACT: Final = Context(prec=100)
"""Python's own default of 28 digits would round where nothing may."""
_DAY_MICROSECONDS: Final = 86_400_000_000


class NotOfType(Exception):
    """A value that a column's type cannot hold here, such as an infinite day or NaN."""

    def __init__(self, column: str) -> None:
        super().__init__(column)
        self.column = column


@dataclass(frozen=True)
class Zones:
    """Times: ``stored`` is the zone of times without one, ``business`` that of our days."""

    stored: str
    business: str


@dataclass
class Extract:
    """What has been written so far."""

    files: list[Path] = field(default_factory=list)
    rows: int = 0
    sums: dict[str, Decimal] = field(default_factory=dict)


def write(
    batches: Iterable[Any],
    columns: tuple[SourceColumn, ...],
    as_text: frozenset[str],
    zones: Zones,
    into: Path,
    name: str,
    report: Report,
    expected: int | None,
    mark: str = "",
) -> Extract:
    """Write batches to ``into`` as ``name.parquet``, ``name-2.parquet`` and so on.

    Args:
        batches: one field a column, in order; text where the type has no form of its own.
        columns: what they are.
        as_text: columns that stay text.
        zones: for times.
        into: the folder.
        name: of the files.
        report: told the rows read, of ``expected``.
        expected: rows the source has counted.
        mark: written behind the rows of each file.

    Raises:
        NotOfType: the column must be read as text.
    """
    types = [pa.string() if column.name in as_text else target(column) for column in columns]
    schema = pa.schema(
        [pa.field(column.name, kind) for column, kind in zip(columns, types, strict=True)]
    )
    done = Extract(sums={c.name: Decimal(0) for c in summed_columns(columns, as_text)})
    writer: Any = None
    in_file = 0
    try:
        for group in _groups(_shaped(batch, columns, schema, zones) for batch in batches):
            if writer is None or in_file + group.num_rows > FILE_ROWS:
                if writer is not None:
                    _close(writer, mark)
                writer, in_file = _next_file(done, into, name, schema), 0
            writer.write_table(group)
            in_file += group.num_rows
            done.rows += group.num_rows
            for column in done.sums:
                more = exact_sum(group.column(column))
                done.sums[column] = _EXACT.add(done.sums[column], more)
            report(READING, done.rows, expected)
        if writer is not None:
            _close(writer, mark)
            writer = None
    finally:
        if writer is not None:
            writer.close()
    return done


def summed_columns(
    columns: Iterable[SourceColumn], as_text: frozenset[str] = frozenset()
) -> list[SourceColumn]:
    """Return the columns whose sums are compared: exact numbers only."""
    return [
        column
        for column in columns
        if column.name not in as_text
        and (pa.types.is_integer(kind := target(column)) or pa.types.is_decimal(kind))
    ]


def exact_sum(array: Any) -> Decimal:
    """Return the sum of integers or decimals; no width overflows."""
    if pa.types.is_integer(array.type):
        numbers = array.fill_null(0).to_numpy()
        high, low = numbers >> np.int64(32), numbers & np.int64(0xFFFFFFFF)
        return Decimal((int(high.sum()) << 32) + int(low.sum()))
    wide = array.cast(pa.decimal256(76, array.type.scale)) if array.type.precision > 28 else array
    found = pc.sum(wide).as_py()
    return Decimal(0) if found is None else found


def _close(writer: Any, mark: str) -> None:
    if mark:
        writer.add_key_value_metadata({MARK: mark})
    writer.close()


def _next_file(done: Extract, into: Path, name: str, schema: pa.Schema) -> Any:
    number = len(done.files) + 1
    path = into / (f"{name}.parquet" if number == 1 else f"{name}-{number}.parquet")
    done.files.append(path)
    return pq.ParquetWriter(path, schema, compression="zstd", compression_level=1)


def _groups(tables: Iterator[Any]) -> Iterator[Any]:
    """Gather batches into groups of the size in which files are read again."""
    waiting: list[Any] = []
    rows = 0
    for table in tables:
        waiting.append(table)
        rows += table.num_rows
        while rows >= GROUP_ROWS:
            together = pa.concat_tables(waiting)
            yield together.slice(0, GROUP_ROWS)
            waiting, rows = [together.slice(GROUP_ROWS)], rows - GROUP_ROWS
    if rows:
        yield pa.concat_tables(waiting)


def _shaped(
    batch: Any, columns: tuple[SourceColumn, ...], schema: pa.Schema, zones: Zones
) -> pa.Table:
    arrays = [
        shaped(batch.column(place), column, schema.field(place).type, zones)
        for place, column in enumerate(columns)
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def shaped(array: Any, column: SourceColumn, kind: pa.DataType, zones: Zones) -> Any:
    """Return an array as the type of our files.

    Raises:
        NotOfType: a value does not fit.
    """
    given = array.type
    try:
        if pa.types.is_timestamp(kind):
            return _local(array, column, zones)
        found = array if given == kind else pc.cast(array, kind, safe=True)
    except pa.ArrowInvalid as wrong:
        raise NotOfType(column.name) from wrong
    if pa.types.is_date(kind) and len(found) > found.null_count:
        span = pc.min_max(found.cast(pa.int32()))
        _within(column, span, _FIRST_DAY.as_py(), _LAST_DAY.as_py())
    return found


def _local(array: Any, column: SourceColumn, zones: Zones) -> Any:
    """Return times of the business zone, without a zone."""
    moments = array
    if not pa.types.is_timestamp(array.type):
        moments = pc.cast(array, pa.timestamp("us"))
    elif array.type.unit != "us":
        # Finer than a microsecond is cut: only the day counts, and cursors have their own text.
        moments = pc.cast(array, pa.timestamp("us", array.type.tz), safe=False)
    if len(moments) > moments.null_count:
        span = pc.min_max(moments.cast(pa.int64()))
        low, high = _FIRST_DAY.as_py() + 1, _LAST_DAY.as_py()
        _within(column, span, low * _DAY_MICROSECONDS, high * _DAY_MICROSECONDS)
    if moments.type.tz is None:
        stored = "UTC" if column.family == "instant" else zones.stored
        if stored == zones.business:
            return moments
        moments = pc.assume_timezone(moments, stored, ambiguous="earliest", nonexistent="earliest")
    return pc.local_timestamp(moments.cast(pa.timestamp("us", zones.business)))


def _within(column: SourceColumn, span: Any, low: int, high: int) -> None:
    if span["min"].as_py() < low or span["max"].as_py() > high:
        raise NotOfType(column.name)
