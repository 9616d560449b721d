"""PostgreSQL as a target: COPY through ADBC; tables are made and filled in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

import pyarrow as pa

from stockturn.intake.publishing.targets.base import EMPTY_PART, DatabaseTarget
from stockturn.intake.publishing.targets.statements import Words
from stockturn.intake.publishing.targets.target import Held, Shape

LOCK_SECONDS: Final = 60

_TYPES: Final = {
    "bool": "boolean",
    "int32": "integer",
    "int64": "bigint",
    "double": "double precision",
    "string": "text",
    "date32[day]": "date",
    "timestamp[us]": "timestamp",
}


class PostgreSQLTarget(DatabaseTarget):
    """One PostgreSQL database; tables are made in the first schema of the search path."""

    words: ClassVar[Words] = Words(
        _TYPES,
        lambda precision, scale: f"numeric({precision}, {scale})",
        part="text",
        text="text",
        place="$1",
    )

    def begin(self) -> dict[str, Held]:
        """Lock our own table against other writers; readers go on.

        A table that somebody keeps locked is waited for until :data:`LOCK_SECONDS` are over.
        """
        self.run(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
        self.run(self.words.create_ledger(self.ledger))
        self.run(f"LOCK TABLE {self.words.name(self.ledger)} IN EXCLUSIVE MODE")
        return self.held()

    def tables(self) -> set[str]:
        """Return the names of the schema's tables and views."""
        query = (
            "SELECT relname::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
        )
        return {str(name) for (name,) in self.run(query)}

    def add(self, shape: Shape, batches: Iterator[pa.RecordBatch]) -> None:
        """Copy rows in."""
        reader = pa.RecordBatchReader.from_batches(shape.schema, batches)
        with self.connection.cursor() as cursor:
            cursor.adbc_ingest(shape.name, reader, mode="append")

    def note(self, table: str, held: Held) -> None:
        """Write down what the target holds of a table now."""
        name = self.words.name(self.ledger)
        self.run(f"DELETE FROM {name} WHERE table_name = $1", (table,))  # noqa: S608 - a checked prefix
        for part, sha256 in {EMPTY_PART: "", **held.parts}.items():
            values = (table, part, sha256, held.columns)
            self.run(f"INSERT INTO {name} VALUES ($1, $2, $3, $4)", values)  # noqa: S608 - a checked prefix
