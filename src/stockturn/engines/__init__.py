"""Where tables live and run. An engine has two verbs: ``query`` and ``map_items``."""

from stockturn.engines.bound import bound, bound_rows
from stockturn.engines.built import built_once
from stockturn.engines.duckdb import (
    DuckDBEngine,
    EngineDamaged,
    EngineFull,
    EngineLocked,
    Transaction,
)
from stockturn.engines.passes import PassFailed

__all__ = [
    "DuckDBEngine",
    "EngineDamaged",
    "EngineFull",
    "EngineLocked",
    "PassFailed",
    "Transaction",
    "bound",
    "bound_rows",
    "built_once",
]
