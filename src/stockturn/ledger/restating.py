"""Stated balances: what a source says of an item, location and day stands until it says otherwise.

What a stated balance means depends on the one before it and on the movements in between. So when a
load states, restates or removes one, or adds or takes back a movement under one, the movements
that follow from it and from the next one are worked out again; those that come out the same stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import ibis
import ibis.expr.types as ir

from stockturn.engines import Transaction, bound, built_once
from stockturn.ledger.batch import Batch
from stockturn.ledger.quarantine import taken_up
from stockturn.ledger.reconciliation import movements_of_balances, with_previous
from stockturn.ledger.replacing import not_taken_back
from stockturn.ledger.schema import QUANTITY, RECORDS, UNIT_COST, VALUE
from stockturn.ledger.tables import LOAD_NO, amount, quotient, shaped, stacked, table

PAIR = ("item_id", "location_id")
SAID = ("opening", "received", "issued", "adjusted", "balance", "unit_cost")
DIVISOR_LIMIT: Final = 4_000_000
"""What the engine can divide by exactly; a balance above it, of lots of several costs, has none."""
BEGINNING = ibis.date("0001-01-01")


@dataclass(frozen=True)
class Statements:
    """What a load's balances come to.

    Attributes:
        derived: Movement entries (codes) to add, with the day of their balance as ``line``; None
            where nothing follows anew.
        gone: Keys of derived movements to take back, likewise.
        unchanged: Source rows that state what stands already; None where none were looked at.
    """

    derived: ir.Table | None
    gone: ir.Table | None
    unchanged: ir.Table | None


def state(
    transaction: Transaction, balances: ir.Table | None, movements: ir.Table | None, batch: Batch
) -> Statements | None:
    """Write down what a load states and return what follows; None where nothing does.

    Args:
        transaction: The load's reversals of stated movements stand in it already.
        balances: Entries of schema ``ENTRIES["balance"]``.
        movements: The load's stated movements with keys, not yet in the ledger.
        batch: The load; files that replace others remove what those stated and they do not.
    """
    unchanged = None
    if balances is not None:
        unchanged = _write(transaction, balances)
    _remove(transaction, balances, batch)
    changed = _changed(transaction, movements)
    if changed is None:
        return None if unchanged is None else Statements(None, None, unchanged)
    affected = transaction.keep(_affected(changed, movements))
    previous = transaction.keep(with_previous(affected))
    derived = transaction.keep(_digested(movements_of_balances(previous)))
    there = transaction.keep(_there(affected))
    fresh = transaction.keep(_fresh(derived, there))
    gone = transaction.keep(_gone(derived, there))
    return Statements(fresh, gone, unchanged)


@built_once
def _fresh(derived: ir.Table, there: ir.Table) -> ir.Table:
    return derived.anti_join(there, [*PAIR, "line", "digest"])


@built_once
def _gone(derived: ir.Table, there: ir.Table) -> ir.Table:
    return there.anti_join(derived, [*PAIR, "line", "digest"]).select("movement_id")


# --- what is stated -------------------------------------------------------------------------------


@built_once
def current() -> ir.Table:
    """Return the balance that counts of every item, location and day."""
    rows = table("stated_balance")
    latest = ibis.row_number().over(
        group_by=[rows.item_id, rows.location_id, rows.happened_on], order_by=rows.load_no.desc()
    )
    ranked = rows.mutate(age=latest)
    return ranked.filter((ranked.age == 0) & ~ranked.removed).drop("age")


def _write(transaction: Transaction, balances: ir.Table) -> ir.Table:
    """Append the versions that differ from what stands; return the source rows that do not."""
    stated = _with_keys(balances)
    rows = transaction.keep(_last_stated(stated))
    by_lot = bool(transaction.query(_lot_count(stated)).column("n")[0].as_py())
    if by_lot:
        lots = transaction.keep(_last_of_lots(stated))
        transaction.insert("stated_lot", _stated_lots(lots))
        rows = transaction.keep(_of_lots(lots, rows))
    days = transaction.query(_span(rows)).to_pylist()[0]
    transaction.values.update(first_stated=days["first"], last_stated=days["last"])
    same = transaction.keep(_same(rows))
    transaction.insert("stated_balance", _new_versions(rows, same))
    if by_lot:
        same = stated.semi_join(same, [*PAIR, "happened_on"])
    return same.select("file_no", "sheet", "row_no")


@built_once
def _with_keys(balances: ir.Table) -> ir.Table:
    items = table("item").select("item", "item_id")
    locations = table("location").select("location", "location_id")
    return balances.join(items, "item").join(locations, "location")


@built_once
def _last_stated(rows: ir.Table) -> ir.Table:
    # Within a load the last row of an item, location and day counts.
    last = ibis.row_number().over(
        group_by=[rows.item_id, rows.location_id, rows.happened_on],
        order_by=[rows.file_no.desc(), rows.sheet.desc(), rows.row_no.desc()],
    )
    rows = rows.mutate(age=last)
    return rows.filter(rows.age == 0).drop("age")


@built_once
def _lot_count(stated: ir.Table) -> ir.Table:
    return stated.aggregate(n=stated.lot.count())


@built_once
def _last_of_lots(stated: ir.Table) -> ir.Table:
    """Return the last row of each lot, of the last file that states its item, location and day."""
    place = [*PAIR, "happened_on"]
    newest = stated.group_by(place).aggregate(newest=stated.file_no.max())
    rows = stated.join(newest, place)
    rows = rows.filter(rows.file_no == rows.newest).drop("newest")
    last = ibis.row_number().over(
        group_by=[*(rows[name] for name in place), rows.lot],
        order_by=[rows.sheet.desc(), rows.row_no.desc()],
    )
    ranked = rows.mutate(age=last)
    return ranked.filter(ranked.age == 0).drop("age")


@built_once
def _stated_lots(lots: ir.Table) -> ir.Table:
    known = table("lot").select("item_id", "lot", "lot_id")
    rows = lots.filter(lots.lot.notnull()).join(known, ["item_id", "lot"])
    key = [*PAIR, "lot_id", "happened_on"]
    held = table("stated_lot").semi_join(rows, key)
    held = held.group_by(key).aggregate(balance=held.balance.argmax(held.load_no))
    fresh = rows.anti_join(held, [*key, "balance"])
    return shaped(fresh, RECORDS["stated_lot"], {"load_no": LOAD_NO})


@built_once
def _of_lots(lots: ir.Table, rows: ir.Table) -> ir.Table:
    """Put the sums of the lots, and their cost by weight, in place of what each lot says."""
    place = [*PAIR, "happened_on"]
    flows = ("opening", "received", "issued", "adjusted", "balance")
    known = lots.balance.fill_null(0)
    sums = lots.group_by(place).aggregate(
        **{f"{name}_": lots[name].sum().cast(QUANTITY) for name in flows},
        lowest=lots.unit_cost.min(),
        highest=lots.unit_cost.max(),
        costed=lots.unit_cost.count(),
        lots=lots.count(),
        worth=amount(known, lots.unit_cost).sum().cast(UNIT_COST),
    )
    divisible = (sums.balance_ > 0) & (sums.balance_ < DIVISOR_LIMIT) & (sums.costed == sums.lots)
    weighed = ibis.ifelse(divisible, quotient(sums.worth, sums.balance_, 6).cast(UNIT_COST), None)
    cost = ibis.ifelse(sums.lowest == sums.highest, sums.lowest, weighed)
    sums = sums.mutate(unit_cost_=cost)
    both = rows.join(sums.select(*place, *(f"{n}_" for n in (*flows, "unit_cost"))), place)
    return both.mutate(**{name: both[f"{name}_"] for name in (*flows, "unit_cost")}).select(
        *rows.columns
    )


@built_once
def _span(rows: ir.Table) -> ir.Table:
    return rows.aggregate(first=rows.happened_on.min(), last=rows.happened_on.max())


@built_once
def _new_versions(rows: ir.Table, same: ir.Table) -> ir.Table:
    fresh = rows.anti_join(same, [*PAIR, "happened_on"])
    given = {"load_no": LOAD_NO, "removed": ibis.literal(False)}
    return shaped(fresh, RECORDS["stated_balance"], given)


@built_once
def _same(rows: ir.Table) -> ir.Table:
    """Return the rows that say what stands already."""
    held = table("stated_balance").filter(
        lambda t: (
            (t.happened_on >= bound("first_stated", "date"))
            & (t.happened_on <= bound("last_stated", "date"))
        )
    )
    held = held.semi_join(rows, [*PAIR, "happened_on"])
    newest = held.group_by(*PAIR, "happened_on").aggregate(newest=held.load_no.max())
    held = held.join(newest, [*PAIR, "happened_on"])
    held = held.filter((held.load_no == held.newest) & ~held.removed)
    old = held.select(*PAIR, "happened_on", **{f"old_{name}": held[name] for name in SAID})
    both = rows.join(old, [*PAIR, "happened_on"])
    alike = ibis.literal(True)
    for name in SAID:
        alike = alike & both[name].identical_to(both[f"old_{name}"])
    return both.filter(alike).select(*PAIR, "happened_on", "file_no", "sheet", "row_no")


def _remove(transaction: Transaction, balances: ir.Table | None, batch: Batch) -> None:
    """Take away what replaced files state and the files in their place do not."""
    if any(file.replaces for file in batch.files):
        transaction.insert("stated_balance", _removed(balances))


@built_once
def _removed(balances: ir.Table | None) -> ir.Table:
    replaced = table("superseded").filter(lambda t: t.by_load == LOAD_NO)
    replaced = replaced.select(origin_load="load_no", origin_file="file_no").distinct()
    rows = current()
    # What was rejected at first, or has been read again, counts for the file that had it first.
    rows = rows.mutate(sheet_=rows.sheet.fill_null(""))
    came = rows.left_join(taken_up(), ["load_no", "file_no", "sheet_", "row_no"])
    came = came.mutate(
        origin_load=came.origin_load.fill_null(came.load_no),
        origin_file=came.origin_file.fill_null(came.file_no),
    )
    old = came.semi_join(replaced, ["origin_load", "origin_file"]).select(*rows.columns)
    if balances is not None:
        old = old.anti_join(_with_keys(balances), [*PAIR, "happened_on"])
    given = {
        "load_no": LOAD_NO,
        "removed": ibis.literal(True),
        "file_no": ibis.null("int32"),
        "sheet": ibis.null("string"),
        "row_no": ibis.null("int64"),
    }
    return shaped(old, RECORDS["stated_balance"], given)


# --- what follows ---------------------------------------------------------------------------------


def _changed(transaction: Transaction, movements: ir.Table | None) -> ir.Table | None:
    """Return the places and days on which something is stated anew, by balance or by movement."""
    changed = transaction.keep(_stated_anew(movements))
    return changed if transaction.count(changed) else None


@built_once
def _stated_anew(movements: ir.Table | None) -> ir.Table:
    stated = table("stated_balance")
    own = stated.filter(stated.load_no == LOAD_NO)
    reversals = table("movement").filter(
        lambda t: (t.load_no == LOAD_NO) & (t.origin == "reversal")
    )
    moved = [reversals.select(*PAIR, "happened_on")]
    if movements is not None:
        moved.append(movements.select(*PAIR, "happened_on"))
    under = stacked(*moved).semi_join(stated, PAIR)
    both = stacked(
        own.select(*PAIR, "happened_on", stated=ibis.literal(True)),
        under.mutate(stated=ibis.literal(False)),
    )
    return both.distinct()


@built_once
def _affected(changed: ir.Table, movements: ir.Table | None) -> ir.Table:
    """Return the balances to be worked out again, each with what stood before it.

    Columns: those of ``stated_balance``; ``last_balance``, ``last_cost`` of the one before (null
    where there is none) and ``moved``, ``moved_value``, ``moved_unvalued``, ``moves`` of the stated
    movements in between.
    """
    first = changed.group_by(*PAIR).aggregate(first_day=changed.happened_on.min())
    rows = current().join(first, PAIR)
    before = rows.filter(rows.happened_on < rows.first_day)
    start = before.group_by(*PAIR).aggregate(start=before.happened_on.max())
    rows = rows.left_join(start, PAIR).drop("item_id_right", "location_id_right")
    rows = rows.mutate(start=rows.start.fill_null(BEGINNING))
    rows = rows.filter(rows.happened_on >= rows.start)
    window = ibis.window(group_by=[rows[key] for key in PAIR], order_by=rows.happened_on)
    rows = rows.mutate(
        last_day=rows.happened_on.lag().over(window),
        last_balance=rows.balance.lag().over(window),
        last_cost=rows.unit_cost.lag().over(window),
    )
    rows = rows.mutate(since=rows.last_day.fill_null(BEGINNING))
    touched = _counted(rows, changed)
    again = changed.filter(changed.stated).select(*PAIR, since="happened_on")
    after = rows.semi_join(again, [*PAIR, "since"]).select(*PAIR, "happened_on")
    wanted = stacked(touched, after).distinct()
    moved = _moved(rows, movements)
    rows = rows.semi_join(wanted, [*PAIR, "happened_on"])
    return rows.left_join(moved, [*PAIR, "happened_on"]).drop(
        "item_id_right", "location_id_right", "happened_on_right"
    )


def _counted(rows: ir.Table, changed: ir.Table) -> ir.Table:
    """Return the balances with a change after the balance before and up to their own day."""
    marks = changed.select(*PAIR, day="happened_on", changes=ibis.literal(1))
    sums = _between(rows, marks, ("changes",))
    return sums.filter(sums.changes > 0).select(*PAIR, "happened_on")


def _between(rows: ir.Table, marks: ir.Table, names: tuple[str, ...]) -> ir.Table:
    """Sum marks by day over the time between each balance and the one before it.

    Running sums over balances and marks together: as long as both, not their product.
    """
    whole = dict.fromkeys(names, "decimal(38, 4)")
    marks = marks.select(
        *PAIR, "day", row=ibis.literal(0), **{n: marks[n].cast(t) for n, t in whole.items()}
    )
    ends = rows.select(
        *PAIR,
        day="happened_on",
        row=ibis.literal(1),
        **{name: ibis.literal(0).cast(kind) for name, kind in whole.items()},
    )
    both = stacked(ends, marks)
    running = ibis.window(
        group_by=[both[key] for key in PAIR], order_by=[both.day, both.row], following=0
    )
    both = both.mutate(**{name: both[name].sum().over(running) for name in names})
    both = both.filter(both.row == 1)
    places = ibis.window(group_by=[both[key] for key in PAIR], order_by=both.day)
    return both.select(
        *PAIR,
        happened_on="day",
        **{name: both[name] - both[name].lag().over(places).fill_null(0) for name in names},
    )


def _moved(rows: ir.Table, movements: ir.Table | None) -> ir.Table:
    """Sum the stated movements after the balance before and up to the balance's day."""
    columns = (*PAIR, "day", "quantity", "stated_value")
    starts = rows.select(*PAIR, "start").distinct()
    old = not_taken_back("movement").join(starts, PAIR)
    old = old.filter((old.happened_on > old.start) & (old.load_no < LOAD_NO))
    told = old.cost_source == "stated"
    stated_value = ibis.ifelse(told, old.value, ibis.null(VALUE))
    parts = [old.mutate(day=old.happened_on, stated_value=stated_value).select(*columns)]
    if movements is not None:
        new = movements.join(starts, PAIR)
        new = new.filter(new.happened_on > new.start)
        parts.append(new.mutate(day=new.happened_on, stated_value=new.value).select(*columns))
    moves = stacked(*parts)
    marks = moves.select(
        *PAIR,
        "day",
        moved=moves.quantity,
        moved_value=moves.stated_value.fill_null(0),
        moved_unvalued=ibis.ifelse(moves.stated_value.isnull(), moves.quantity, 0),
        moves=ibis.literal(1),
    )
    names = ("moved", "moved_value", "moved_unvalued", "moves")
    sums = _between(rows, marks, names)
    return sums.mutate(
        moved=sums.moved.cast(QUANTITY),
        moved_value=sums.moved_value.cast(VALUE),
        moved_unvalued=sums.moved_unvalued.cast(QUANTITY),
    )


@built_once
def _digested(rows: ir.Table) -> ir.Table:
    said = ("happened_on", "kind", "quantity", "value", "line")
    whole = ibis.struct({name: rows[name] for name in said})
    return rows.mutate(digest=(whole.hash() >> 1).cast("int64"))


@built_once
def _there(affected: ir.Table) -> ir.Table:
    """Return the derived movements of the balances, and of balances that are no more."""
    own = table("stated_balance").filter(lambda t: t.load_no == LOAD_NO)
    days = stacked(affected.select(*PAIR, "happened_on"), own.select(*PAIR, "happened_on"))
    days = days.select(*PAIR, line=days.happened_on.cast("string")).distinct()
    rows = table("movement")
    reversals = rows.filter(rows.origin == "reversal").select(movement_id="corrects")
    derived = rows.filter((rows.origin == "derived") & rows.transfer.isnull())
    derived = derived.semi_join(days, [*PAIR, "line"]).anti_join(reversals, "movement_id")
    return derived.select("movement_id", *PAIR, "line", "digest")
