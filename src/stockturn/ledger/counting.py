"""Physical counts: what was found differs from the books by a movement of kind ``count``.

A count says how much of an item was at a location (in a lot, in a status, where it names them) when
its day closed. Held against the books of that day, the difference becomes a movement; a count that
agrees makes none. It is worked out again whenever a load states a count of the place anew or
changes what the books say of it, and what no longer follows is taken back: a difference that the
source itself books as an adjustment, before or after, is not counted twice.

No difference is made where the books know nothing of the place (unless the source states what its
own books said), and none where the source states balances: there the balances say what is on hand.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any, Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from stockturn.engines import Transaction, built_once
from stockturn.ledger.documents import current, versions
from stockturn.ledger.restating import PAIR, Statements
from stockturn.ledger.schema import RECORDS
from stockturn.ledger.tables import LOAD_NO, stacked, table

NAME: Final = "stock_count"
AVAILABLE: Final = "available"
PLACES: Final = Decimal("0.0001")

_LEFT_OUT: Final = ("movement_id", "sequence", "place", "quantity_uncosted", "cost_source")
_SCHEMA: Final = ibis.schema(
    {
        name: dtype.copy(nullable=True)
        for name, dtype in RECORDS["movement"].items()
        if name not in (*_LEFT_OUT, "corrects")
    }
)

Place = tuple[int, int]
Part = tuple[int | None, str]
"""Lot and status: what a count may be narrowed to."""
Row = dict[str, Any]


@dataclass
class _Books:
    """What lies at one place, part by part, while its days go by."""

    parts: dict[Part, Decimal] = field(default_factory=dict)

    def add(self, part: Part, quantity: Decimal) -> None:
        self.parts[part] = self.parts.get(part, Decimal(0)) + quantity

    def of(self, lot: int | None, status: str | None) -> Decimal:
        """Quantity of a lot and a status; None is whatever it may be."""
        return sum(
            (
                quantity
                for (its_lot, its_status), quantity in self.parts.items()
                if lot in (None, its_lot) and status in (None, its_status)
            ),
            Decimal(0),
        )


def differences(transaction: Transaction, movements: ir.Table | None) -> Statements | None:
    """Return the movements that counts come to, and those to take back; None where none change.

    Args:
        transaction: The load's counts and reversals stand in it already.
        movements: The load's stated movements with keys, not yet in the ledger.
    """
    if not _holds(transaction, versions(NAME)):
        return None
    places = transaction.keep(_touched(movements))
    if not _holds(transaction, places):
        return None
    counts = transaction.query(_counts(places)).to_pylist()
    booked = transaction.query(_booked(places, movements)).to_pylist()
    there = transaction.keep(_there(places))
    standing = {
        (row["line"], row["digest"]): row["movement_id"]
        for row in transaction.query(there).to_pylist()
    }
    found = list(_walk(counts, booked, int(transaction.values["load_no"])))
    wanted = {(row["line"], row["digest"]) for row in found}
    fresh = [row for row in found if (row["line"], row["digest"]) not in standing]
    gone = [{"movement_id": number} for key, number in standing.items() if key not in wanted]
    if not fresh and not gone:
        return None
    back = ibis.schema({"movement_id": "int64"})
    return Statements(_staged(transaction, fresh, _SCHEMA), _staged(transaction, gone, back), None)


@built_once
def _touched(movements: ir.Table | None) -> ir.Table:
    """Return the counted places of which this load says something: a count, a move, a balance."""
    counted, stated = versions(NAME), table("stated_balance")
    back = table("movement").filter(lambda t: (t.load_no == LOAD_NO) & (t.origin == "reversal"))
    said = [
        counted.filter(counted.load_no == LOAD_NO).select(*PAIR),
        stated.filter(stated.load_no == LOAD_NO).select(*PAIR),
        back.select(*PAIR),
    ]
    if movements is not None:
        said.append(movements.select(*PAIR))
    places = stacked(*said).distinct()
    return places.semi_join(counted, PAIR)


@built_once
def _counts(places: ir.Table) -> ir.Table:
    """Return the counts of places whose source states no balances, each lot by its number."""
    rows = current(NAME).semi_join(places, PAIR).anti_join(table("stated_balance"), PAIR)
    lots = table("lot").select("item_id", "lot", "lot_id")
    rows = rows.left_join(lots, ["item_id", "lot"]).drop("item_id_right", "lot_right")
    order = (*PAIR, "counted_on", "document", "lot", "status", "load_no", "file_no", "row_no")
    return rows.order_by([rows[name] for name in order])


@built_once
def _booked(places: ir.Table, movements: ir.Table | None) -> ir.Table:
    """Return what the books move at the places by day and part, counts' own movements left out."""
    columns = (*PAIR, "lot_id", "status", "happened_on", "quantity")
    rows = table("movement").semi_join(places, PAIR)
    own = _of_counts(table("movement")).select(corrects="movement_id")
    others = rows.filter(~_is_of_count(rows))
    reversed_ = others.semi_join(own, "corrects").select("movement_id")
    parts = [others.anti_join(reversed_, "movement_id").select(*columns)]
    if movements is not None:
        parts.append(movements.semi_join(places, PAIR).select(*columns))
    moves = stacked(*parts)
    keys = columns[:-1]
    sums = moves.group_by(*keys).aggregate(quantity=moves.quantity.sum())
    return sums.order_by([sums[name] for name in keys])


def _is_of_count(rows: ir.Table) -> ir.BooleanValue:
    return (rows.origin == "derived") & (rows.kind == "count")


def _of_counts(rows: ir.Table) -> ir.Table:
    return rows.filter(_is_of_count(rows))


@built_once
def _there(places: ir.Table) -> ir.Table:
    """Return the standing movements that counts of the places came to."""
    rows = table("movement")
    reversals = rows.filter(rows.origin == "reversal").select(movement_id="corrects")
    derived = _of_counts(rows).semi_join(places, PAIR).anti_join(reversals, "movement_id")
    return derived.select("movement_id", "line", "digest")


# --- one place after the other -------------------------------------------------------------------


def _walk(counts: Sequence[Row], booked: Iterable[Row], load_no: int) -> Iterable[Row]:
    moves: dict[Place, list[Row]] = {}
    for row in booked:
        moves.setdefault(_place(row), []).append(row)
    for place, rows in groupby(counts, key=_place):
        days = sorted(moves.get(place, ()), key=lambda row: row["happened_on"])
        yield from _of_place(list(rows), days, load_no)


def _of_place(counts: list[Row], moves: list[Row], load_no: int) -> Iterable[Row]:
    books, number = _Books(), 0
    for key, same in groupby(sorted(counts, key=_order), key=_order):
        rows = list(same)
        day = rows[0]["counted_on"]
        while number < len(moves) and moves[number]["happened_on"] <= day:
            move = moves[number]
            books.add((move["lot_id"], move["status"]), move["quantity"])
            number += 1
        if not number and all(row["book"] is None for row in rows):
            continue
        lot, status = rows[0]["lot_id"], rows[0]["status"]
        # Two rows of one document that name the same goods are two corners of the same place.
        found = sum((row["counted"] for row in rows), Decimal(0)) - books.of(lot, status)
        if found:
            books.add((lot, status or AVAILABLE), found)
            yield _movement(rows[0], key, found, load_no)


def _place(row: Row) -> Place:
    return row["item_id"], row["location_id"]


def _order(row: Row) -> tuple[date, str, bool, str, bool, str]:
    """Order counts by day and document, the narrower before the wider."""
    lot, status = row["lot"], row["status"]
    named = (lot is None, lot or "", status is None, status or "")
    return row["counted_on"], row["document"] or "", *named


def _movement(row: Row, key: tuple[Any, ...], quantity: Decimal, load_no: int) -> Row:
    cost = row["unit_cost"]
    value = None if cost is None else (quantity * cost).quantize(PLACES)
    line = "count:" + "|".join(str(part) for part in (*_place(row), *key))
    said = f"{line}|{quantity:f}|{'' if value is None else format(value, 'f')}"
    digest = int.from_bytes(hashlib.sha256(said.encode()).digest()[:8], "big") >> 2
    own = row["load_no"] == load_no
    return {
        "load_no": load_no,
        "origin": "derived",
        "happened_on": row["counted_on"],
        "digest": digest,
        "line": line,
        "kind": "count",
        "item_id": row["item_id"],
        "location_id": row["location_id"],
        "status": row["status"] or AVAILABLE,
        "lot_id": row["lot_id"],
        "quantity": quantity,
        "value": value,
        "document": row["document"],
        "intercompany": False,
        # A row of an earlier load is no row of this one's files.
        **{name: row[name] if own else None for name in ("file_no", "sheet", "row_no")},
    }


def _staged(transaction: Transaction, rows: list[Row], schema: ibis.Schema) -> ir.Table:
    staged = pa.Table.from_pylist(rows, schema=schema.to_pyarrow())
    return transaction.keep(transaction.stage(staged, schema))


def _holds(transaction: Transaction, rows: ir.Table) -> bool:
    return bool(transaction.query(_some(rows)).column("n")[0].as_py())


@built_once
def _some(rows: ir.Table) -> ir.Table:
    return rows.limit(1).count().name("n").as_table()
