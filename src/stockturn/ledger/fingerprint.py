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
from functools import partial
from typing import Any, Final, Protocol

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from stockturn.engines import DuckDBEngine, Transaction, bound
from stockturn.ledger.dataset_tables import Dataset
from stockturn.ledger.datasets import current_rows, dataset_table, known_datasets
from stockturn.ledger.document_tables import DOCUMENTS, MEMBERS, RECORD_NAMES
from stockturn.ledger.documents import current
from stockturn.ledger.schema import QUANTITY, RECORDS, TABLES
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


def content_hash(reader: DuckDBEngine | Transaction) -> str:
    """Return one hash over all that the ledger says, master data and documents included.

    Movements count with what corrections have made of them, documents and free tables with the
    versions that stand; what is taken back or no longer stated counts nowhere.
    """
    free = {
        each.record_name: partial(_standing, partial(current_rows, each), sorted(_said_by(each)))
        for each in known_datasets(reader).values()
    }
    return _together(reader, {**FACTS, **MASTERS, **STATEMENTS, **free}, FAR)


def facts_hash(reader: Reader, before: date) -> str:
    """Return one hash over the movements and sales dated before a day."""
    return _together(reader, FACTS, before)


def _together(reader: Reader, parts: dict[str, Callable[[], ir.Table]], before: date) -> str:
    digest = hashlib.sha256()
    for name, build in parts.items():
        # A free table has other columns whenever a mapping gives it some.
        shape = ("content", name) if name in TABLES else None
        found = reader.query(build, {"before": before}, shape=shape).to_pylist()[0]
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


def _said_by(free: Dataset) -> tuple[str, ...]:
    return ("source", *(name for name, _ in free.columns))


def _standing(rows_of: Callable[[], ir.Table], columns: Sequence[str]) -> ir.Table:
    rows = rows_of()
    return _hashed(rows, columns)


def _documents(name: str) -> Callable[[], ir.Table]:
    """Hash the standing versions of a declared table, codes in place of members' numbers."""
    declared = DOCUMENTS[name]

    def build() -> ir.Table:
        rows = current(name)
        rows = rows.mutate(attributes=rows.attributes.cast("string"))
        # Of a shared table the source is whoever said it first.
        said = ["stated_on", "attributes", *([] if declared.shared else ["source"])]
        for column in declared.columns:
            if column not in MEMBERS:
                said.append(column)
                continue
            master, key = MEMBERS[column]
            codes = table(master).select(**{f"{key}_": f"{master}_id", f"{column}_code": master})
            rows = rows.left_join(codes, rows[key] == codes[f"{key}_"]).drop(f"{key}_")
            said.append(f"{column}_code")
        return _hashed(rows, said)

    return build


def _links() -> ir.Table:
    rows = table("item_link")
    newest = ibis.row_number().over(group_by=rows.item, order_by=rows.load_no.desc())
    ranked = rows.mutate(age=newest)
    standing = ranked.filter((ranked.age == 0) & ~ranked.undone)
    return _hashed(standing, ["item", "into_item", "valid_from"])


FACTS: Final = {
    "movement": _movements("movement"),
    "outside_movement": _movements("outside_movement", "ownership"),
    "sale": _sales,
}

MASTERS: Final = {
    **{name: _members(name) for name in ("company", "item", "location", "supplier", "customer")},
    **{name: _members(name, ("item_id",)) for name in ("lot", "unit_conversion", "standard_cost")},
}

STATEMENTS: Final = {
    **{RECORD_NAMES[name]: _documents(name) for name in DOCUMENTS},
    "item_link": _links,
}
