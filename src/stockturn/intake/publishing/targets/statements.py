"""SQL that the targets share, with each one's words for types and identifiers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from stockturn.intake.publishing.targets.target import PART, Shape, quoted


@dataclass(frozen=True)
class Words:
    """How one database says things.

    Attributes:
        types: Arrow type -> column type; decimals by ``decimal``.
        decimal: precision and scale -> column type.
        part: type of the column that says which part a row belongs to; it is indexed.
        text: type of the texts in our own table.
        mark: of identifiers.
        place: of a bound value.
        ending: after the columns of a table.
    """

    types: Mapping[str, str]
    decimal: Callable[[int, int], str]
    part: str
    text: str
    mark: str = '"'
    place: str = "?"
    ending: str = ""

    def name(self, identifier: str) -> str:
        """Return an identifier in quotes."""
        return quoted(identifier, self.mark)

    def create(self, shape: Shape, name: str | None = None) -> str:
        """Return what makes a table."""
        columns = ", ".join(f"{self.name(f.name)} {self.type(f)}" for f in shape.schema)
        return f"CREATE TABLE {self.name(name or shape.name)} ({columns}){self.ending}"

    def index(self, shape: Shape, name: str | None = None) -> str:
        """Return what makes the index on parts."""
        table = name or shape.name
        own = self.name(f"{table}_part")
        return f"CREATE INDEX {own} ON {self.name(table)} ({self.name(PART)})"

    def insert(self, shape: Shape, name: str | None = None) -> str:
        """Return what adds one row."""
        columns = ", ".join(self.name(f.name) for f in shape.schema)
        places = ", ".join([self.place] * len(shape.schema))
        return f"INSERT INTO {self.name(name or shape.name)} ({columns}) VALUES ({places})"  # noqa: S608 - names are quoted

    def delete(self, shape: Shape) -> str:
        """Return what deletes one part."""
        return f"DELETE FROM {self.name(shape.name)} WHERE {self.name(PART)} = {self.place}"  # noqa: S608 - names are quoted

    def create_ledger(self, name: str) -> str:
        """Return what makes the table of what the target holds."""
        return (
            f"CREATE TABLE IF NOT EXISTS {self.name(name)} (table_name {self.part} NOT NULL, "
            f"part {self.part} NOT NULL, sha256 {self.part} NOT NULL, columns {self.text} NOT NULL,"
            f" PRIMARY KEY (table_name, part)){self.ending}"
        )

    def type(self, field: pa.Field) -> str:
        """Return the type of a column."""
        if field.name == PART:
            return f"{self.part} NOT NULL"
        if pa.types.is_decimal(field.type):
            return self.decimal(field.type.precision, field.type.scale)
        return self.types[str(field.type)]
