"""Where a load comes from: which feed, how far it has read, what the source says it sent, and who.

The cursor of a feed commits with its rows: it stands in the manifest and in the ledger's load
record, so a killed run neither loses rows nor loads them twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from stockturn.intake.mapping import Condition, FileSpec, Mapping, TableSpec


@dataclass(frozen=True)
class ControlTotals:
    """What the source says the files of a load hold.

    Attributes:
        rows: number of rows, None when not stated.
        sums: (header of a column, sum of its numbers over all rows), exact.
    """

    rows: int | None = None
    sums: tuple[tuple[str, Decimal], ...] = ()


@dataclass(frozen=True)
class Origin:
    """Where the files of a load come from.

    Attributes:
        feed: name of the feed that brought them; empty for files loaded by hand.
        cursor: how far the feed has read once these files are in, in the feed's own words.
        totals: what the source says it sent; a load that differs is held.
        actor: who started the load; empty when nobody signed in did.
        key: columns that together name a row in the feed for good, where the mapping has no key.
        deleted: column that is filled where the feed says that the row of this key is deleted.
    """

    feed: str = ""
    cursor: str | None = None
    totals: ControlTotals | None = None
    actor: str = ""
    key: tuple[str, ...] = ()
    deleted: str = ""


BY_HAND: Final = Origin()
"""Files that somebody loads without a feed."""


def as_tree(origin: Origin) -> dict[str, Any]:
    """Return an origin as JSON knows it; sums as text, so that they stay exact."""
    totals = origin.totals
    stated = None
    if totals is not None:
        sums = [[column, str(total)] for column, total in totals.sums]
        stated = {"rows": totals.rows, "sums": sums}
    return {
        "feed": origin.feed,
        "cursor": origin.cursor,
        "totals": stated,
        "actor": origin.actor,
        "key": list(origin.key),
        "deleted": origin.deleted,
    }


def from_tree(tree: dict[str, Any] | None) -> Origin:
    """Return what :func:`as_tree` wrote; a manifest of before origins was loaded by hand."""
    if tree is None:
        return BY_HAND
    stated = tree["totals"]
    totals = None
    if stated is not None:
        sums = tuple((column, Decimal(total)) for column, total in stated["sums"])
        totals = ControlTotals(stated["rows"], sums)
    return Origin(
        feed=tree["feed"],
        cursor=tree["cursor"],
        totals=totals,
        actor=tree["actor"],
        key=tuple(tree.get("key", ())),
        deleted=tree.get("deleted", ""),
    )


def keyed(mapping: Mapping, origin: Origin) -> Mapping:
    """Return the mapping with the feed's key on every table of facts that has none of its own."""
    if not origin.key:
        return mapping
    return replace(mapping, files=tuple(_keyed_file(spec, origin) for spec in mapping.files))


def _keyed_file(spec: FileSpec, origin: Origin) -> FileSpec:
    tables = tuple(_keyed_table(table, origin) for table in spec.tables)
    return replace(spec, tables=tables)


def _keyed_table(table: TableSpec, origin: Origin) -> TableSpec:
    stated = table.key or any(column.target == "line" for column in table.columns)
    if stated or table.table not in {"movement", "sale"}:
        return table
    deleted = table.deleted
    if origin.deleted:
        deleted = Condition((origin.deleted,), "filled")
    return replace(table, key=tuple((name,) for name in origin.key), deleted=deleted)
