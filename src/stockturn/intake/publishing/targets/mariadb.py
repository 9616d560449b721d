"""MariaDB and MySQL as a target.

Rows change in one transaction. Making a table commits by itself there, so where one has to be made
all tables are filled beside the old ones, and take their names in one step.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

import pyarrow as pa

from stockturn.intake.publishing.targets.base import DatabaseTarget
from stockturn.intake.publishing.targets.statements import Words
from stockturn.intake.publishing.targets.target import Held, Shape, rows_of

LOCK_SECONDS: Final = 30
NEXT: Final = "__next"
GONE: Final = "__gone"
_TYPES: Final = {
    "bool": "BOOLEAN",
    "int32": "INT",
    "int64": "BIGINT",
    "double": "DOUBLE",
    "string": "LONGTEXT",
    "date32[day]": "DATE",
    "timestamp[us]": "DATETIME(6)",
}


class MariaDBTarget(DatabaseTarget):
    """One MariaDB or MySQL database."""

    words: ClassVar[Words] = Words(
        _TYPES,
        lambda precision, scale: f"DECIMAL({precision}, {scale})",
        part="VARCHAR(120)",
        text="LONGTEXT",
        mark="`",
        place="%s",
        ending=" ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
    )

    makes_apart = True

    def __init__(self, connection: Any, prefix: str) -> None:
        super().__init__(connection, prefix)
        self._renamed: dict[str, Held | None] = {}

    def begin(self) -> dict[str, Held]:
        """Keep other writers out, make our own table, and begin."""
        for setting in ("lock_wait_timeout", "innodb_lock_wait_timeout"):
            self.run(f"SET SESSION {setting} = {LOCK_SECONDS}")
        lock = f"stockturn {self.prefix}"
        got = self.run("SELECT GET_LOCK(%s, %s)", (lock, LOCK_SECONDS))
        if int(got[0][0] or 0) != 1:
            raise TimeoutError(lock)
        self.run(self.words.create_ledger(self.ledger))
        self.run("START TRANSACTION")
        return self.held()

    def tables(self) -> set[str]:
        """Return the names of the database's tables and views."""
        query = "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()"
        return {str(name) for (name,) in self.run(query)}

    def make(self, shape: Shape) -> None:
        """Make a table beside the one in use; :meth:`commit` gives it the name."""
        name = shape.name + NEXT
        self.run(f"DROP TABLE IF EXISTS {self.words.name(name)}")
        self.run(self.words.create(shape, name))
        self.run(self.words.index(shape, name))
        self.run("START TRANSACTION")
        # Until it has its name and its note, it counts as a table that must be made.
        super().note(shape.name, Held("", {}))
        self._renamed[shape.name] = None

    def add(self, shape: Shape, batches: Iterator[pa.RecordBatch]) -> None:
        """Add rows, a batch at a time, to the table in use or the one that takes its place."""
        name = shape.name + NEXT if shape.name in self._renamed else shape.name
        with self.connection.cursor() as cursor:
            for batch in batches:
                cursor.executemany(self.words.insert(shape, name), rows_of(batch))

    def note(self, table: str, held: Held) -> None:
        """Write down what is held; of a table that is still to take its name, after that."""
        if table in self._renamed:
            self._renamed[table] = held
        else:
            super().note(table, held)

    def commit(self) -> None:
        """Commit the rows, then give all new tables their names in one step."""
        self.connection.commit()
        if not self._renamed:
            return
        present = self.tables()
        steps, old = [], []
        for table in self._renamed:
            if table in present:
                old.append(table + GONE)
                self.run(f"DROP TABLE IF EXISTS {self.words.name(table + GONE)}")
                steps.append(f"{self.words.name(table)} TO {self.words.name(table + GONE)}")
            steps.append(f"{self.words.name(table + NEXT)} TO {self.words.name(table)}")
        self.run(f"RENAME TABLE {', '.join(steps)}")
        for table, held in self._renamed.items():
            assert held is not None, "what was made was noted"
            super().note(table, held)
        self.connection.commit()
        for table in old:
            self.run(f"DROP TABLE {self.words.name(table)}")
