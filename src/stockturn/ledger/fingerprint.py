"""One hash per table over its rows, whatever their order: two warehouses compared at a glance."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from stockturn.engines import DuckDBEngine
from stockturn.ledger.schema import RECORDS
from stockturn.ledger.tables import table


def fingerprint(engine: DuckDBEngine) -> dict[str, str]:
    """Return table -> row count and sum of row hashes, over every column of every row.

    Covers the records; marts follow from them and are compared by the identities. A sum, not an
    exclusive or, so that a doubled row shows. Comparable within one version of the engine only.
    """
    result = {}
    for name in RECORDS:
        found = engine.query(_digest(name), shape=("fingerprint", name))
        row = found.to_pylist()[0]
        result[name] = f"{row['rows']}:{row['digest'] or 0}"
    return result


def _digest(name: str) -> ir.Table:
    rows = table(name)
    whole = ibis.struct({column: rows[column] for column in RECORDS[name].names})
    hashed = rows.select(digest=whole.hash().cast("decimal(38, 0)"))
    return hashed.aggregate(rows=hashed.count(), digest=hashed.digest.sum())
