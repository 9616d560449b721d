"""Small ledgers written as text tables in the tests themselves."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from stockturn.engines import DuckDBEngine
from stockturn.ledger import posting, tables
from stockturn.ledger.batch import Batch, BatchFile
from stockturn.ledger.quality import QualityRule
from stockturn.ledger.schema import ENTRIES

TYPES = {"date": date.fromisoformat, "decimal": Decimal, "int": int, "string": str}


def new_engine(folder: Path) -> DuckDBEngine:
    engine = DuckDBEngine.open(folder / "warehouse.duckdb", staging=folder / "staging")
    tables.ensure(engine)
    return engine


def rows_of(table: str, text: str) -> list[dict[str, object]]:
    """Read a text table: the first line names entry columns, "-" is null."""
    lines = [line.split() for line in text.strip().splitlines()]
    schema = ENTRIES[table]
    rows = []
    for number, cells in enumerate(lines[1:], start=2):
        row: dict[str, object] = {"file_no": 0, "row_no": number}
        for column, cell in zip(lines[0], cells, strict=True):
            kind = str(schema[column]).lstrip("!")
            read = next(read for name, read in TYPES.items() if kind.startswith(name))
            row[column] = None if cell == "-" else read(cell)
        rows.append(row)
    return rows


def post(
    engine: DuckDBEngine,
    *,
    costing: str = "stated",
    at: datetime | None = None,
    complete: tuple[str, ...] = (),
    rules: tuple[QualityRule, ...] = (),
    **entries: str | list[dict[str, object]],
) -> posting.PostedLoad:
    """Post entry tables given as text (or rows) as one load."""
    staged: dict[str, tuple[Path, ...]] = {}
    count = 0
    for name, given in entries.items():
        rows = rows_of(name, given) if isinstance(given, str) else given
        arrow = ENTRIES[name].to_pyarrow()
        nullable = pa.schema([field.with_nullable(True) for field in arrow])
        path = engine.staging / f"{name}.parquet"
        pq.write_table(pa.Table.from_pylist(rows, schema=nullable), path)
        staged[name] = (path,)
        count += len(rows)
    file = BatchFile(0, "book.txt", "0" * 64, 1, count, count, 0, 0)
    batch = Batch(
        "book", "1", costing, (file,), {}, staged, complete=frozenset(complete), rules=rules
    )
    return posting.post(engine, batch, committed_at=at or datetime(2026, 1, 1, tzinfo=UTC))
