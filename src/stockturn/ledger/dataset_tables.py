"""A free table: what a firm wants beside the declared ones, with columns of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

TYPES: Final = {
    "text": "string",
    "code": "string",
    "number": "decimal(18, 4)",
    "integer": "int64",
    "day": "date",
    "instant": "timestamp",
}
"""Kind of a column -> its Ibis type."""

PREFIX: Final = "dataset."
"""Entry tables of free tables are called this and the table's name."""

ADDED: Final = (
    "load_no",
    "source",
    "occurrence",
    "gone",
    "stated_on",
    "file_no",
    "sheet",
    "row_no",
)
"""Columns that every free table has; its own cannot be called so."""


@dataclass(frozen=True)
class Dataset:
    """A free table as a mapping declares it.

    Attributes:
        name: lower-case letters, digits and underscores.
        columns: (name, kind); the kinds are those of :data:`TYPES`.
        key: columns that name a row; empty = a row is its content, and the same row again is new.
    """

    name: str
    columns: tuple[tuple[str, str], ...]
    key: tuple[str, ...] = ()

    @property
    def entry_name(self) -> str:
        """The name of its entry table."""
        return f"{PREFIX}{self.name}"

    @property
    def record_name(self) -> str:
        """The name of its table in the warehouse."""
        return f"data_{self.name}"

    @property
    def record_key(self) -> tuple[str, ...]:
        """What names a row there."""
        return ("source", *(self.key or tuple(name for name, _ in self.columns)), "occurrence")
