"""The tables of the warehouse, each with its grain, and the entry tables that intake hands over.

Three kinds of table live here:

* **entries** - typed rows as a source states them, with codes instead of keys; intake writes them
  as Parquet files, one per table, and the ledger posts them;
* **records** - what is true: master data, movements, sales, loads, rejects. Append-only;
* **marts** - sums of records (stock moments, monthly flows). Droppable, rebuilt from records.

Types follow one rule: quantity and value ``decimal(18,4)``, unit cost ``decimal(18,6)``, days are
local dates, instants are UTC timestamps.
"""

from __future__ import annotations

from typing import Final

from stockturn.ledger.schema.entries import ENTRIES
from stockturn.ledger.schema.marts import MARTS
from stockturn.ledger.schema.records import RECORDS
from stockturn.ledger.schema.terms import (
    COST_SOURCES,
    ITEM_KINDS,
    KINDS,
    ORIGINS,
    OWNERSHIPS,
    QUANTITY,
    STATUSES,
    UNIT_COST,
    VALUE,
    VALUE_ONLY,
)

TABLES: Final = {**RECORDS, **MARTS}

__all__ = [
    "COST_SOURCES",
    "ENTRIES",
    "ITEM_KINDS",
    "KINDS",
    "MARTS",
    "ORIGINS",
    "OWNERSHIPS",
    "QUANTITY",
    "RECORDS",
    "STATUSES",
    "TABLES",
    "UNIT_COST",
    "VALUE",
    "VALUE_ONLY",
]
