"""SQLite as a target: a file of its own in ``published/``, in write-ahead mode."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Final

import pyarrow as pa

from stockturn.intake.publishing.targets.base import DatabaseTarget
from stockturn.intake.publishing.targets.statements import Words
from stockturn.intake.publishing.targets.target import Held, Shape, rows_of

BUSY_SECONDS: Final = 30
_TYPES: Final = {
    "bool": "BOOLEAN",
    "int32": "INTEGER",
    "int64": "INTEGER",
    "double": "REAL",
    "string": "TEXT",
    "date32[day]": "DATE",
    "timestamp[us]": "DATETIME",
}


class SQLiteTarget(DatabaseTarget):
    """One SQLite file. Exact numbers keep 15 digits there, as SQLite has no decimals."""

    words: ClassVar[Words] = Words(
        _TYPES,
        lambda precision, scale: f"DECIMAL({precision}, {scale})",
        part="TEXT",
        text="TEXT",
    )

    @classmethod
    def open(cls, path: Path, prefix: str) -> SQLiteTarget:
        """Open or make a file."""
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        return cls(connection, prefix)

    def begin(self) -> dict[str, Held]:
        """Take the file's one writing lock; readers go on."""
        self.run("BEGIN IMMEDIATE")
        self.run(self.words.create_ledger(self.ledger))
        return self.held()

    def tables(self) -> set[str]:
        """Return the names of the file's tables and views."""
        return {
            str(name)
            for (name,) in self.run(
                "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
            )
        }

    def add(self, shape: Shape, batches: Iterator[pa.RecordBatch]) -> None:
        """Add rows, a batch at a time."""
        for batch in batches:
            rows = [tuple(map(_plain, row)) for row in rows_of(batch)]
            self.connection.executemany(self.words.insert(shape), rows)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date) else value
