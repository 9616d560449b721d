"""What typing must know of the ledger's entry tables, read off their declarations.

Apart from :mod:`stockturn.intake.shapes`, which workers import: the ledger would take them longer
to import than a small file takes to read.
"""

from __future__ import annotations

from functools import cache

import pyarrow as pa

from stockturn.intake.mapping import Mapping
from stockturn.intake.shapes import Shapes
from stockturn.ledger.datasets import entry_schema
from stockturn.ledger.document_tables import DOCUMENTS
from stockturn.ledger.schema import ENTRIES, ITEM_KINDS, KINDS, OWNERSHIPS, STATUSES

_MONEY = ("value", "unit_cost", "revenue", "list_price")


def entry_shapes(mapping: Mapping | None = None) -> Shapes:
    """Return the entry tables as typing needs them: the ledger's, and a mapping's free ones."""
    schemas = dict(_of_ledger())
    codes = {
        (name, column)
        for name, declared in DOCUMENTS.items()
        for column in declared.of_kind("code")
    }
    money = {(table, column) for table in schemas for column in _MONEY}
    money |= {("value_balance", column) for column in schemas["value_balance"].names}
    money |= {
        (name, column)
        for name, declared in DOCUMENTS.items()
        for column in declared.of_kind("money", "price")
    }
    for spec in mapping.files if mapping else ():
        for table in spec.tables:
            if table.dataset is not None:
                schemas[table.table] = entry_schema(table.dataset).to_pyarrow()
                kinds = table.dataset.columns
                money |= {(table.table, column) for column, kind in kinds if kind == "number"}
                codes |= {(table.table, column) for column, kind in kinds if kind == "code"}
    return Shapes(
        schemas=schemas,
        codes=frozenset(codes),
        money=frozenset(money),
        words={
            ("movement", "kind"): tuple(KINDS),
            ("movement", "status"): STATUSES,
            ("movement", "ownership"): OWNERSHIPS,
            ("item", "kind"): ITEM_KINDS,
            ("stock_count", "status"): STATUSES,
        },
    )


@cache
def _of_ledger() -> dict[str, pa.Schema]:
    return {name: schema.to_pyarrow() for name, schema in ENTRIES.items()}
