"""Two warehouses compared at a glance: by their rows, and by what the rows say.

:func:`fingerprint` is over every column of every record, whatever the order of rows: a rebuilt
warehouse has the same one. :func:`content_hash` is over codes, days, kinds, quantities and values
alone: it does not know the order in which files arrived, the numbers of loads or the steps that
corrections took. Both are comparable within one version of the engine only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final, Protocol

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from stockturn.engines import DuckDBEngine, bound
from stockturn.ledger.datasets import dataset_table, known_datasets
from stockturn.ledger.schema import QUANTITY, RECORDS
from stockturn.ledger.tables import table


class Reader(Protocol):
    """The warehouse, or a transaction on it."""

    def query(self, expression: Any, values: Any = None, *, shape: Any = None) -> pa.Table:
        """Run an expression and return its rows."""


FAR: Final = date(9999, 12, 31)
"""Later than anything happens."""


def fingerprint(engine: DuckDBEngine) -> dict[str, str]:
    """Return table -> row count and sum of row hashes, over every column of every row.

    Covers the records; marts follow from them and are compared by the identities. A sum, not an
    exclusive or, so that a doubled row shows. Comparable within one version of the engine only.
    """
    result = {}
    tables = {name: table(name) for name in RECORDS}
    for free in known_datasets(engine).values():
        tables[free.record_name] = dataset_table(free)
    for name, rows in tables.items():
        row = engine.query(_hashed(rows, rows.columns)).to_pylist()[0]
        result[name] = f"{row['rows']}:{row['digest'] or 0}"
    return result


def _hashed(rows: ir.Table, columns: Sequence[str]) -> ir.Table:
    whole = ibis.struct({column: rows[column] for column in columns})
    hashed = rows.select(digest=whole.hash().cast("decimal(38, 0)"))
    return hashed.aggregate(rows=hashed.count(), digest=hashed.digest.sum())


# --- what the ledger says ------------------------------------------------------------------------


def content_hash(reader: Reader) -> str:
    """Return one hash over all that the ledger says, master data included.

    Movements count with what corrections have made of them; what is taken back counts nowhere.
    """
    return _together(reader, {**FACTS, **MASTERS}, FAR)


def facts_hash(reader: Reader, before: date) -> str:
    """Return one hash over the movements and sales dated before a day."""
    return _together(reader, FACTS, before)


def _together(reader: Reader, parts: dict[str, Callable[[], ir.Table]], before: date) -> str:
    digest = hashlib.sha256()
    for name, build in parts.items():
        found = reader.query(build, {"before": before}, shape=("content", name)).to_pylist()[0]
        digest.update(f"{name}:{found['rows']}:{found['digest'] or 0}\n".encode())
    return digest.hexdigest()[:32]


_NAMES: Final = {
    "item_id": "item",
    "location_id": "location",
    "supplier_id": "supplier",
    "customer_id": "customer",
    "lot_id": "lot",
}


def _coded(rows: ir.Table, keys: Sequence[str]) -> ir.Table:
    """Put codes beside keys: numbers of members depend on who came first."""
    for key in keys:
        name = _NAMES[key]
        members = table(name).select(**{f"{key}_": key, f"{name}_code": name})
        rows = rows.left_join(members, rows[key] == members[f"{key}_"]).drop(f"{key}_")
    return rows


def _summed(
    rows: ir.Table, keys: Sequence[str], texts: Sequence[str], amounts: Sequence[str]
) -> ir.Table:
    """Sum what is said of the same thing, drop what adds up to nothing, hash the rest."""
    rows = _coded(rows.filter(rows.happened_on < bound("before", "date")), keys)
    columns = [*(f"{_NAMES[key]}_code" for key in keys), *texts]
    sums = rows.group_by(columns).aggregate(
        **{name: rows[name].fill_null(0).sum().cast(QUANTITY) for name in amounts}
    )
    some = ibis.literal(False)
    for name in amounts:
        some = some | (sums[name] != 0)
    return _hashed(sums.filter(some), [*columns, *amounts])


_KEYS: Final = ("item_id", "location_id", "lot_id", "supplier_id", "customer_id")
_WORDS: Final = ("kind", "status", "document", "transfer", "channel", "intercompany")


def _movements(name: str, *more: str) -> Callable[[], ir.Table]:
    def build() -> ir.Table:
        amounts = ("quantity", "quantity_uncosted", "value")
        return _summed(table(name), _KEYS, ("happened_on", *_WORDS, *more), amounts)

    return build


def _sales() -> ir.Table:
    keys = ("item_id", "location_id", "customer_id")
    words = ("happened_on", "channel", "intercompany", "document")
    return _summed(table("sale"), keys, words, ("quantity", "revenue"))


def _members(name: str, keys: Sequence[str] = ()) -> Callable[[], ir.Table]:
    def build() -> ir.Table:
        rows = _coded(table(name), keys)
        own = [c for c in RECORDS[name].names if c not in (*keys, f"{name}_id", "load_no")]
        return _hashed(rows, [*own, *(f"{_NAMES[key]}_code" for key in keys)])

    return build


FACTS: Final = {
    "movement": _movements("movement"),
    "outside_movement": _movements("outside_movement", "ownership"),
    "sale": _sales,
}

MASTERS: Final = {
    **{name: _members(name) for name in ("company", "item", "location", "supplier", "customer")},
    **{name: _members(name, ("item_id",)) for name in ("lot", "unit_conversion", "standard_cost")},
}
