"""What every target database does: hold copies of published tables, changed in one transaction."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import pyarrow as pa

from stockturn.language import Text, UsageError

LEDGER: Final = "published"
"""The table that says which parts a target holds, after the prefix."""

PART: Final = "part"
"""Column of every copied table: the part of the published table that a row came from."""

_PREFIX: Final = re.compile(r"[a-z][a-z0-9_]{0,19}")


class PrefixInvalid(UsageError):
    """A prefix that cannot begin a table's name everywhere."""

    code = "target_prefix_invalid"

    def __init__(self) -> None:
        super().__init__(
            Text(
                "表名前缀应以小写字母开头，只含小写字母、数字和下划线，最多 20 个字符。",
                "A prefix begins with a small letter and holds small letters, digits and "
                "underscores, at most 20.",
            )
        )


class TableTaken(UsageError):
    """The target has a table of this name that we did not make."""

    code = "target_table_taken"
    status = 409

    def __init__(self, name: str) -> None:
        super().__init__(
            Text(
                f"目标库中已有不是由本产品建立的表“{name}”，没有写入任何数据。请换一个前缀。",
                f"The target has a table “{name}” that this product did not make; nothing was "
                "written. Choose another prefix.",
            )
        )


@dataclass(frozen=True)
class Shape:
    """A table as it is copied: its name with the prefix, and its columns."""

    name: str
    schema: pa.Schema

    @property
    def columns(self) -> str:
        """Names and types as one text; another text means another form of the table."""
        return ", ".join(f"{field.name} {field.type}" for field in self.schema)


@dataclass(frozen=True)
class Held:
    """What a target holds of one table: the form of its columns, and part -> hash of its file."""

    columns: str
    parts: dict[str, str]


class Target(Protocol):
    """One connection to a target, in one transaction from :meth:`begin` on.

    Attributes:
        makes_apart: tables that are made take their names together, after all other changes; so
            that readers see no mix, all tables are made anew where one has to be.
    """

    makes_apart: bool

    def begin(self) -> dict[str, Held]:
        """Keep others from writing, and return table name -> what the target holds of it."""
        ...

    def tables(self) -> set[str]:
        """Return the names of the tables that exist where we write."""
        ...

    def make(self, shape: Shape) -> None:
        """Make a table, in place of the one of another form where there is one."""
        ...

    def drop_part(self, shape: Shape, part: str) -> None:
        """Delete the rows of one part."""
        ...

    def add(self, shape: Shape, batches: Iterator[pa.RecordBatch]) -> None:
        """Add rows."""
        ...

    def note(self, table: str, held: Held) -> None:
        """Write down what the target holds of a table now."""
        ...

    def commit(self) -> None:
        """Let readers see everything at once."""
        ...

    def close(self) -> None:
        """Let go; what was not committed is as if it had never been."""
        ...


def checked_prefix(prefix: str) -> str:
    """Return a prefix that can begin a table's name in every database.

    Raises:
        PrefixInvalid: it cannot.
    """
    if not _PREFIX.fullmatch(prefix):
        raise PrefixInvalid
    return prefix


def quoted(name: str, mark: str = '"') -> str:
    """Return an identifier in quotes."""
    return mark + name.replace(mark, mark * 2) + mark


def rows_of(batch: pa.RecordBatch) -> Sequence[tuple[Any, ...]]:
    """Return a batch as rows of Python values."""
    return list(zip(*(column.to_pylist() for column in batch.columns), strict=True))
