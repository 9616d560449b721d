"""The entry tables as typing needs them: columns, codes and known words."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from stockturn.intake.mapping import Mapping
from stockturn.ledger.datasets import entry_schema
from stockturn.ledger.document_tables import DOCUMENTS
from stockturn.ledger.schema import ENTRIES, ITEM_KINDS, KINDS, OWNERSHIPS, STATUSES


@dataclass(frozen=True)
class Shapes:
    """What the ledger's entry tables look like, passed in so that a worker need not import it.

    Attributes:
        schemas: entry table -> Arrow schema.
        words: (table, column) -> its fixed vocabulary.
        codes: (table, column) that hold codes, beside :data:`stockturn.intake.layout.CODES`.
    """

    schemas: dict[str, pa.Schema]
    words: dict[tuple[str, str], tuple[str, ...]]
    codes: frozenset[tuple[str, str]] = frozenset()


def entry_shapes(mapping: Mapping | None = None) -> Shapes:
    """Return the entry tables as typing needs them: the ledger's, and a mapping's free ones."""
    schemas = {name: schema.to_pyarrow() for name, schema in ENTRIES.items()}
    codes = {
        (name, column)
        for name, declared in DOCUMENTS.items()
        for column in declared.of_kind("code")
    }
    for spec in mapping.files if mapping else ():
        for table in spec.tables:
            if table.dataset is not None:
                schemas[table.table] = entry_schema(table.dataset).to_pyarrow()
                kinds = table.dataset.columns
                codes |= {(table.table, column) for column, kind in kinds if kind == "code"}
    return Shapes(
        schemas=schemas,
        codes=frozenset(codes),
        words={
            ("movement", "kind"): tuple(KINDS),
            ("movement", "status"): STATUSES,
            ("movement", "ownership"): OWNERSHIPS,
            ("item", "kind"): ITEM_KINDS,
            ("stock_count", "status"): STATUSES,
        },
    )
