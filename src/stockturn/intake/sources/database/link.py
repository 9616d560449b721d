"""What one open connection to a database does; each driver has its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol


class Link(Protocol):
    """A read-only connection that sees one state of the database until it is closed.

    Statements come from :mod:`stockturn.intake.sources.database.statement`; values are bound.
    """

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return a small result."""
        ...

    def stream(self, sql: str, values: Sequence[Any] = ()) -> Iterator[Any]:
        """Yield a result as Arrow record batches, without holding it all."""
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...
