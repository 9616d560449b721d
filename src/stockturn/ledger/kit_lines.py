"""Lines of kits: kept as stated, while their components move in stock and are sold in their place.

Whatever a source says of a sold kit stands in ``kit_movement`` and ``kit_sale``, where it is found
again, replaced and taken back like any other row. What it comes to follows from the kit list: one
movement, and one share of the revenue, for each component on the line's day. It is worked out again
whenever a line or the kit list (or a standard cost by which it shares out) changes; components that
come out the same stay. A line on a day without components stands for the kit itself.

Lines that were booked before their code was known to be a kit are taken over when it becomes one,
so that the order of loads makes no difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import ibis
import ibis.expr.types as ir

from stockturn.engines import Transaction, built_once
from stockturn.ledger.documents import current, versions
from stockturn.ledger.entries import SEQUENCE_STEP, Resolved, numbered, numbered_sales
from stockturn.ledger.kits import NAME, SOLD, kit_items, recipes
from stockturn.ledger.replacing import RECORDED, Entries, not_taken_back, standing_of, take_back
from stockturn.ledger.schema import RECORDS, VALUE
from stockturn.ledger.tables import LOAD_NO, amount, shaped, stacked, table
from stockturn.ledger.valuation import value_stated

LINES: Final = 200
SALE_LINES: Final = 400
"""Where the numbers of a load's kit lines start, in thousandths of its range."""
TAKEN_OVER: Final = {"movement": 100, "outside_movement": 300, "sale": 450}
"""How far the number of a line that is taken over lies from its former one, likewise: a kit line's
number is one of its own, whichever table it stands in."""
COMPONENTS: Final = 300
COMPONENTS_BACK: Final = 910
TAKEN_OVER_BACK: Final = 920

KEPT: Final = {"movement": "kit_movement", "outside_movement": "kit_movement", "sale": "kit_sale"}
"""Record table -> where the lines of kits stand in its place."""
Amount = tuple[str, str, str]
COST: Final = ("value", "cost_part", "cost_rank")
REVENUE: Final = ("revenue", "revenue_part", "revenue_rank")
"""Column of an amount, and the columns of the recipe by which it is shared out."""
SAME: Final = ("kit_line", "item_id", "digest")
_CENTS: Final = "decimal(18, 2)"


@dataclass(frozen=True)
class Components:
    """What the kit lines of a load come to.

    Attributes:
        movements: Owned movements to add, without number; None where there are none.
        reversed: How many movements and sales were taken back.
    """

    movements: ir.Table | None
    reversed: int


# --- lines ----------------------------------------------------------------------------------------


def set_apart(transaction: Transaction, resolved: Resolved) -> Resolved:
    """Insert the lines of kits among a load's movements, and return the others."""
    lines = numbered(value_stated(_lines(resolved.movements, resolved.outside)), LINES)
    transaction.insert("kit_movement", shaped(lines, RECORDS["kit_movement"], {}))
    return Resolved(_others(resolved.movements), _others(resolved.outside), resolved.sales)


def set_sales_apart(transaction: Transaction, sales: ir.Table) -> ir.Table:
    """Insert the sale lines of kits, and return the others; sales without a number."""
    lines = numbered_sales(sales.semi_join(kit_items(), "item_id"), SALE_LINES)
    transaction.insert("kit_sale", shaped(lines, RECORDS["kit_sale"], {}))
    return sales.anti_join(kit_items(), "item_id")


@built_once
def _lines(movements: ir.Table, outside: ir.Table) -> ir.Table:
    owned = movements.mutate(ownership=ibis.literal("owned"))
    rows = stacked(owned, outside)
    return rows.filter(_sold(rows)).semi_join(kit_items(), "item_id")


@built_once
def _others(rows: ir.Table) -> ir.Table:
    sold = rows.filter(_sold(rows)).anti_join(kit_items(), "item_id")
    return stacked(rows.filter(~_sold(rows)), sold)


def _sold(rows: ir.Table) -> ir.BooleanValue:
    return (rows.origin == "stated") & rows.kind.isin(SOLD)


def _take_over(transaction: Transaction) -> int:
    """Move what was booked under the codes of kits of which this load says something."""
    count = 0
    for record in KEPT:
        rows = transaction.keep(_booked_before(record))
        transaction.insert(KEPT[record], _taken_over(record, rows))
        count += take_back(transaction, record, rows, TAKEN_OVER_BACK)
    return count


@built_once
def _stated_now() -> ir.Table:
    rows = versions(NAME)
    return rows.filter(rows.load_no == LOAD_NO).select("item_id").distinct()


@built_once
def _booked_before(record: str) -> ir.Table:
    rows = standing_of(record).semi_join(_stated_now(), "item_id")
    return rows if record == "sale" else rows.filter(_sold(rows))


@built_once
def _taken_over(record: str, rows: ir.Table) -> ir.Table:
    key = RECORDED[record][1]
    given: dict[str, ir.Value] = {key: rows[key] + SEQUENCE_STEP // 1000 * TAKEN_OVER[record]}
    if record != "sale":
        told = rows.cost_source == "stated"
        given["value"] = ibis.ifelse(told, rows.value, ibis.null(VALUE))
    if record == "movement":
        given["ownership"] = ibis.literal("owned")
    return shaped(rows, RECORDS[KEPT[record]], given)


# --- components -----------------------------------------------------------------------------------


def components(transaction: Transaction, entries: Entries) -> Components:
    """Work out again what kit lines come to, where this load has changed them or their kit.

    Args:
        transaction: Lines, reversals of lines and the kit list of the load stand in it already.
        entries: Its entry tables.
    """
    count = _take_over(transaction) if NAME in entries else 0
    kits = transaction.keep(_kits_again(entries.get("standard_cost")))
    touched = transaction.keep(_touched(kits))
    if not transaction.count(touched):
        return Components(None, count)
    recipe = recipes(transaction, _kits_of(touched))
    moved = transaction.keep(_moved(touched, recipe))
    sold = transaction.keep(_sales(touched, recipe))
    is_owned = moved.ownership == "owned"
    found = {
        "movement": moved.filter(is_owned),
        "outside_movement": moved.filter(~is_owned),
        "sale": sold,
    }
    fresh = {}
    for record, wanted in found.items():
        there = transaction.keep(_there(record, touched))
        fresh[record] = transaction.keep(_fresh(wanted, there))
        gone = transaction.keep(_gone(record, wanted, there))
        count += take_back(transaction, record, gone, COMPONENTS_BACK)
    others = numbered(value_stated(fresh["outside_movement"]), COMPONENTS)
    transaction.insert("outside_movement", shaped(others, RECORDS["outside_movement"], {}))
    sales = numbered_sales(fresh["sale"], COMPONENTS)
    transaction.insert("sale", shaped(sales, RECORDS["sale"], {}))
    rows = fresh["movement"]
    return Components(rows if transaction.count(rows) else None, count)


@built_once
def _kits_again(costs: ir.Table | None) -> ir.Table:
    """Return the kits of which this load may have changed what they come to."""
    if costs is None:
        return _stated_now()
    items = table("item").select("item", component_id="item_id")
    costed = costs.join(items, "item").select("component_id").distinct()
    using = current(NAME).semi_join(costed, "component_id").select("item_id")
    return stacked(_stated_now(), using).distinct()


@built_once
def _touched(kits: ir.Table) -> ir.Table:
    """Return the lines to look at again: kit_line, and the kit they are of."""
    parts = []
    for record in ("kit_movement", "kit_sale"):
        rows, key = table(record), RECORDED[record][1]
        now = rows.filter(rows.load_no == LOAD_NO)
        number = ibis.ifelse(now.origin == "reversal", now.corrects, now[key])
        parts.append(now.select("item_id", kit_line=number))
        parts.append(rows.semi_join(kits, "item_id").select("item_id", kit_line=rows[key]))
    return stacked(*parts).distinct()


@built_once
def _kits_of(touched: ir.Table) -> ir.Table:
    return touched.select("item_id").distinct()


def _made_of(record: str, touched: ir.Table, recipe: ir.Table, amount_: Amount) -> ir.Table:
    """Return the touched lines that stand, once for each component, with its part of an amount."""
    column, part, rank = amount_
    key = RECORDED[record][1]
    lines = standing_of(record)
    lines = lines.mutate(kit_line=lines[key], whole_=lines[column])
    lines = lines.semi_join(touched, "kit_line")
    rows = lines.left_join(
        recipe,
        [
            lines.item_id == recipe.kit_id,
            lines.happened_on >= recipe.begins,
            lines.happened_on < recipe.ends,
        ],
    )
    itself = rows.component_id.isnull()
    mine = rows.whole_.cast("decimal(38, 4)") * rows[part].cast("decimal(38, 12)")
    mine = ibis.ifelse(rows[rank] > 0, mine.cast(_CENTS).cast(VALUE), 0).fill_null(0)
    rows = rows.mutate(
        part_=mine.cast(VALUE),
        quantity=ibis.ifelse(itself, rows.quantity, amount(rows.quantity, rows.per_kit)),
        rank_=rows[rank].fill_null(0),
        item_id=rows.component_id.fill_null(rows.item_id),
        file_no=ibis.ifelse(rows.load_no == LOAD_NO, rows.file_no, None),
        load_no=LOAD_NO,
        itself_=itself,
    )
    rest = rows.whole_ - rows.part_.sum().over(ibis.window(group_by=rows.kit_line)).cast(VALUE)
    mine = ibis.ifelse(rows.rank_ == 0, rest, rows.part_)
    mine = ibis.ifelse(rows.whole_.notnull(), mine, ibis.null(VALUE))
    rows = rows.mutate(**{column: mine.cast(VALUE)})
    said = ibis.struct({"kit": rows.digest, "quantity": rows.quantity, "amount": rows[column]})
    return rows.mutate(digest=(said.hash() >> 1).cast("int64"))


@built_once
def _moved(touched: ir.Table, recipe: ir.Table) -> ir.Table:
    rows = _made_of("kit_movement", touched, recipe, COST)
    # A lot is one of the kit's own.
    lot = ibis.ifelse(rows.itself_, rows.lot_id, None)
    schema = RECORDS["outside_movement"]
    later = ("movement_id", "quantity_uncosted", "cost_source", "corrects")
    return shaped(rows, schema, {"lot_id": lot}, skip=later)


@built_once
def _sales(touched: ir.Table, recipe: ir.Table) -> ir.Table:
    rows = _made_of("kit_sale", touched, recipe, REVENUE)
    return shaped(rows, RECORDS["sale"], {}, skip=("sale_id", "corrects"))


@built_once
def _there(record: str, touched: ir.Table) -> ir.Table:
    """Return the components that stand of the touched lines."""
    rows = not_taken_back(record).semi_join(touched, "kit_line")
    return rows.select(RECORDED[record][1], *SAME)


@built_once
def _fresh(wanted: ir.Table, there: ir.Table) -> ir.Table:
    return wanted.anti_join(there, SAME)


@built_once
def _gone(record: str, wanted: ir.Table, there: ir.Table) -> ir.Table:
    return there.anti_join(wanted, SAME).select(RECORDED[record][1])


# --- what a load made of kits ---------------------------------------------------------------------


@built_once
def of_load() -> ir.Table:
    """Return the kit lines that this load has worked out.

    Columns: kit_id; ``itself``, whether it had no components; the place of its row.
    """
    parts = []
    for record, kept in KEPT.items():
        made = table(record).filter(lambda t: (t.load_no == LOAD_NO) & (t.origin == "stated"))
        made = made.filter(made.kit_line.notnull()).select("kit_line", component_id="item_id")
        lines = table(kept)
        lines = lines.select(
            kit_line=lines[RECORDED[kept][1]],
            kit_id="item_id",
            of_load="load_no",
            of_file="file_no",
            of_sheet="sheet",
            of_row="row_no",
        )
        parts.append(made.join(lines, "kit_line"))
    rows = stacked(*parts)
    rows = rows.mutate(itself=rows.component_id == rows.kit_id)
    return rows.select("kit_id", "itself", "of_load", "of_file", "of_sheet", "of_row").distinct()


def placed(rows: ir.Table) -> ir.Table:
    """Say where movements or sales were stated: a component where its kit was.

    Args:
        rows: With ``kit_line``, ``load_no`` and ``file_no``.

    Returns:
        The rows with ``file_no`` within the load ``of_load``, and ``kit_id`` of components.
    """
    parts = []
    for record in ("kit_movement", "kit_sale"):
        lines = table(record).filter(lambda t: t.origin == "stated")
        key = RECORDED[record][1]
        parts.append(lines.select(key_=key, load_="load_no", file_="file_no", kit_id="item_id"))
    places = stacked(*parts)
    joined = rows.left_join(places, rows.kit_line == places.key_)
    joined = joined.mutate(
        of_load=joined.load_.fill_null(joined.load_no),
        file_no=joined.file_.fill_null(joined.file_no),
    )
    return joined.drop("load_", "file_", "key_")
