"""Items renamed and merged: a dated link, decided by a person, undone by another decision.

History stays under its old code; the link rolls it up. Links are chains: a code that went into
another which went into a third ends at the third. A link counts once the ledger's days reach the
day it is valid from, and then for all of the old code's history.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, TypeVar

import ibis.expr.types as ir
import pyarrow as pa

from stockturn.engines import DuckDBEngine, Transaction, bound
from stockturn.language import Text, UsageError
from stockturn.ledger.decision import Decision
from stockturn.ledger.loads import NEWEST
from stockturn.ledger.schema import RECORDS
from stockturn.ledger.tables import table

Key = TypeVar("Key")
Reader = DuckDBEngine | Transaction
Rolled = tuple[tuple[int, int], ...]
"""Pairs of an item's number and the number of the item that its history counts under."""


class WrongMerge(UsageError):
    """A merge or its undoing that cannot be."""

    code = "wrong_merge"


def merge(transaction: Transaction, decision: Decision) -> None:
    """Link an item to the one it went into; effect of the decision ``merge_items``.

    The content names ``item`` (the old code), ``into`` (the one that stays) and ``valid_from``.

    Raises:
        WrongMerge: a code is not known, is linked already, or the links would run in a ring.
    """
    old, into = str(decision.content["item"]), str(decision.content["into"])
    check_merge(transaction, old, into)
    _write(transaction, decision, old, into, undone=False)


def check_merge(reader: Reader, old: str, into: str) -> None:
    """Check that an item can be merged into another.

    Raises:
        WrongMerge: a code is not known, is linked already, or the links would run in a ring.
    """
    links = current_links(reader)
    known = _known(reader, (old, into))
    for code in (old, into):
        if code not in known:
            raise WrongMerge(
                Text(
                    f"没有物料 {code}，无法合并。请检查编码。",
                    f"There is no item {code} to merge. Check the code.",
                )
            )
    if old in links:
        raise WrongMerge(
            Text(
                f"物料 {old} 已并入 {links[old]}。请先撤销原来的合并。",
                f"Item {old} is merged into {links[old]} already. Undo that first.",
            )
        )
    if old == into or _end(links, into) == old:
        raise WrongMerge(
            Text(
                f"物料 {old} 并入 {into} 会首尾相接。请检查方向。",
                f"Merging {old} into {into} would run in a ring. Check the direction.",
            )
        )


def of_items(engine: DuckDBEngine, codes: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return what the books hold of items under their own codes, in the order given.

    Returns:
        item, name, unit, category, quantity and value on hand, movements, first_day, last_day.
    """

    def build() -> ir.Table:
        items = table("item")
        items = items.filter(items["item"].isin(codes))
        items = items.select("item_id", "item", "name", "unit", "category")
        rows = table("movement")
        sums = rows.group_by("item_id").aggregate(
            quantity=rows.quantity.sum(),
            value=rows.value.sum(),
            movements=rows.count(),
            first_day=rows.happened_on.min(),
            last_day=rows.happened_on.max(),
        )
        return items.left_join(sums, "item_id").drop("item_id", "item_id_right")

    found = {row["item"]: row for row in engine.query(build).to_pylist()}
    return [found[code] for code in codes if code in found]


def undo(transaction: Transaction, decision: Decision) -> None:
    """Take a link back; effect of the decision ``undo_merge_items``. Content: ``item``.

    Raises:
        WrongMerge: the item is not linked.
    """
    old = str(decision.content["item"])
    links = current_links(transaction)
    if old not in links:
        raise WrongMerge(
            Text(
                f"物料 {old} 没有并入其他物料，无需撤销。",
                f"Item {old} is not merged; there is nothing to undo.",
            )
        )
    _write(transaction, decision, old, links[old], undone=True)


def current_links(reader: Reader) -> dict[str, str]:
    """Return old code -> the code it went into, undone links left out."""
    rows = reader.query(table("item_link").order_by("load_no")).to_pylist()
    return {row["item"]: row["into_item"] for row in _standing(rows)}


def rolled_up(engine: DuckDBEngine, known: int = NEWEST) -> Rolled:
    """Return which items count under which, chains followed to their end.

    Args:
        engine: The warehouse.
        known: The last load that is known.
    """

    def build() -> ir.Table:
        rows = table("item_link")
        rows = rows.filter(rows.load_no <= bound("last_load", "int32"))
        items = table("item")
        rows = rows.join(items.select(old_id="item_id", item="item"), "item")
        rows = rows.join(items.select(into_id="item_id", into_item="item"), "into_item")
        days = table("load").filter(lambda t: t.load_no <= bound("last_load", "int32"))
        rows = rows.cross_join(days.aggregate(reached=days.last_day.max()))
        columns = ("load_no", "item", "old_id", "into_id", "valid_from", "reached", "undone")
        return rows.select(*columns).order_by("load_no")

    rows = engine.query(build, {"last_load": known}, shape="rolled_up").to_pylist()
    links = {row["old_id"]: row["into_id"] for row in _standing(rows) if _counts(row)}
    return tuple(sorted((old, _end(links, old)) for old in links))


def history(engine: DuckDBEngine) -> list[dict[str, Any]]:
    """Return every merge and undoing, newest first, with who decided it and why.

    Returns:
        load_no, item, item_name, into_item, into_name, valid_from, undone, stands (whether the
        link is in force), actor, reason, decided_at.
    """

    def build() -> ir.Table:
        decided = table("decision").select("load_no", "actor", "reason", "decided_at")
        items = table("item")
        rows = table("item_link").join(decided, "load_no")
        rows = rows.left_join(items.select(item="item", item_name="name"), "item")
        rows = rows.drop("item_right")
        rows = rows.left_join(items.select(into_item="item", into_name="name"), "into_item")
        return rows.drop("into_item_right").order_by("load_no")

    rows = engine.query(build, shape="item_links").to_pylist()
    standing = {row["load_no"] for row in _standing(rows)}
    return [{**row, "stands": row["load_no"] in standing} for row in reversed(rows)]


def _standing(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The newest word on each item, where it is a link and no undoing; rows in order of loads."""
    newest = {row["item"]: row for row in rows}
    return [row for row in newest.values() if not row["undone"]]


def _counts(row: dict[str, Any]) -> bool:
    begins, reached = row["valid_from"], row["reached"]
    return begins is None or (reached is not None and begins <= reached)


def _end(links: Mapping[Key, Key], code: Key) -> Key:
    while code in links:
        code = links[code]
    return code


def _known(reader: Reader, codes: tuple[str, ...]) -> set[str]:
    rows = table("item")
    found = reader.query(rows.filter(rows["item"].isin(codes)).select("item"))
    return set(found.column("item").to_pylist())


def _write(
    transaction: Transaction, decision: Decision, old: str, into: str, *, undone: bool
) -> None:
    stated = decision.content.get("valid_from")
    row = {
        "load_no": transaction.values["load_no"],
        "item": old,
        "into_item": into,
        "valid_from": date.fromisoformat(str(stated)) if stated else None,
        "undone": undone,
    }
    schema = RECORDS["item_link"].to_pyarrow()
    transaction.insert("item_link", pa.Table.from_pylist([row], schema=schema))
