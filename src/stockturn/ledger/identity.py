"""Items renamed and merged: a dated link, decided by a person, undone by another decision.

History stays under its old code; the link rolls it up. Links are chains: a code that went into
another which went into a third ends at the third.
"""

from __future__ import annotations

from datetime import date

import ibis.expr.types as ir
import pyarrow as pa

from stockturn.engines import DuckDBEngine, Transaction
from stockturn.language import Text, UsageError
from stockturn.ledger.decision import Decision
from stockturn.ledger.schema import RECORDS
from stockturn.ledger.tables import table

Reader = DuckDBEngine | Transaction


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
    links = current_links(transaction)
    known = _known(transaction, (old, into))
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
    _write(transaction, decision, old, into, undone=False)


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
    links: dict[str, str] = {}
    for row in rows:
        if row["undone"]:
            links.pop(row["item"], None)
        else:
            links[row["item"]] = row["into_item"]
    return links


def rolled_up(reader: Reader) -> dict[str, str]:
    """Return old code -> the code that its history counts under, chains followed to their end."""
    links = current_links(reader)
    return {old: _end(links, old) for old in links}


def link_rows() -> ir.Table:
    """Return every link and undoing, with the load that decided it."""
    return table("item_link")


def _end(links: dict[str, str], code: str) -> str:
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
