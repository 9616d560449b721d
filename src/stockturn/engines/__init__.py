"""Where tables live and run. An engine has two verbs: ``query`` and ``map_items``."""

from stockturn.engines.bound import bound, bound_rows
from stockturn.engines.built import built_once
from stockturn.engines.duckdb import DuckDBEngine
from stockturn.engines.failures import EngineDamaged, EngineFull, EngineLocked
from stockturn.engines.passes import PassFailed
from stockturn.engines.transaction import Transaction

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
