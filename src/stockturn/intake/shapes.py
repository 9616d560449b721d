"""The entry tables as typing needs them: columns, codes and known words."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True)
class Shapes:
    """What the ledger's entry tables look like, passed in so that a worker need not import it.

    Attributes:
        schemas: entry table -> Arrow schema.
        words: (table, column) -> its fixed vocabulary.
        codes: (table, column) that hold codes, beside :data:`stockturn.intake.layout.CODES`.
        money: (table, column) that hold amounts or prices, which may carry a currency's symbol.
    """

    schemas: dict[str, pa.Schema]
    words: dict[tuple[str, str], tuple[str, ...]]
    codes: frozenset[tuple[str, str]] = frozenset()
    money: frozenset[tuple[str, str]] = frozenset()
