"""A target behind a DB-API connection: what is the same for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, ClassVar

import pyarrow as pa

from stockturn.intake.publishing.targets.statements import Words
from stockturn.intake.publishing.targets.target import LEDGER, Held, Shape, rows_of

EMPTY_PART = "-"
"""Noted for a table that is there and has no rows yet."""


class DatabaseTarget:
    """One connection, in one transaction."""

    words: ClassVar[Words]
    makes_apart: bool = False

    def __init__(self, connection: Any, prefix: str) -> None:
        self.connection = connection
        self.prefix = prefix
        self.ledger = prefix + LEDGER

    def run(self, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows, if it has any."""
        cursor = self.connection.cursor()
        try:
            if values:
                cursor.execute(sql, values)
            else:
                cursor.execute(sql)
            return list(cursor.fetchall()) if cursor.description else []
        finally:
            cursor.close()

    def held(self) -> dict[str, Held]:
        """Return what our own table says."""
        found: dict[str, Held] = {}
        query = f"SELECT table_name, part, sha256, columns FROM {self.words.name(self.ledger)}"  # noqa: S608 - a checked prefix
        for table, part, sha256, columns in self.run(query):
            held = found.setdefault(str(table), Held(str(columns), {}))
            if part != EMPTY_PART:
                held.parts[str(part)] = str(sha256)
        return found

    def make(self, shape: Shape) -> None:
        """Make a table, in place of the one of another form where there is one."""
        self.run(f"DROP TABLE IF EXISTS {self.words.name(shape.name)}")
        self.run(self.words.create(shape))
        self.run(self.words.index(shape))

    def drop_part(self, shape: Shape, part: str) -> None:
        """Delete the rows of one part."""
        self.run(self.words.delete(shape), (part,))

    def add(self, shape: Shape, batches: Iterator[pa.RecordBatch]) -> None:
        """Add rows, a batch at a time."""
        cursor = self.connection.cursor()
        try:
            for batch in batches:
                cursor.executemany(self.words.insert(shape), rows_of(batch))
        finally:
            cursor.close()

    def note(self, table: str, held: Held) -> None:
        """Write down what the target holds of a table now."""
        name, place = self.words.name(self.ledger), self.words.place
        self.run(f"DELETE FROM {name} WHERE table_name = {place}", (table,))  # noqa: S608 - a checked prefix
        places = ", ".join([place] * 4)
        for part, sha256 in {EMPTY_PART: "", **held.parts}.items():
            values = (table, part, sha256, held.columns)
            self.run(f"INSERT INTO {name} VALUES ({places})", values)  # noqa: S608 - a checked prefix

    def commit(self) -> None:
        """Let readers see everything at once."""
        self.connection.commit()

    def close(self) -> None:
        """Let go; what was not committed is as if it had never been."""
        with suppress(Exception):
            self.connection.rollback()
        self.connection.close()
