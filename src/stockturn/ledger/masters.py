"""Master data: who and what the movements are about.

Codes become small integer keys that never change. A later load replaces an item's attributes;
groupings use today's. Whatever movements name without master data gets a row with ``listed`` false,
so nothing is lost in a join and the page can list it.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from stockturn.engines import Transaction, bound, built_once
from stockturn.ledger import documents
from stockturn.ledger.schema import RECORDS
from stockturn.ledger.tables import LOAD_NO, TRANSIT_LOCATION, shaped, stacked, table

FIRST_KEY = bound("first_key", "int64")
Entries = dict[str, ir.Table]

KEYED = {
    "company": ("company_id", ("company",)),
    "item": ("item_id", ("item",)),
    "location": ("location_id", ("location",)),
    "supplier": ("supplier_id", ("supplier",)),
    "customer": ("customer_id", ("customer",)),
    "lot": ("lot_id", ("item_id", "lot")),
}
"""Master table -> (its key, the columns that name a member)."""


def post_masters(transaction: Transaction, entries: Entries) -> None:
    """Add and replace master data from a load's entries.

    Within one load the last row of a code wins. Members that only movements, balances or sales
    name are added with ``listed`` false.
    """
    for name in ("company", "item", "location", "supplier", "customer"):
        stated = entries.get(name)
        named = _named(entries, name)
        if stated is not None:
            stated = _last_row(stated, name)
            _replace(transaction, name, _shaped(stated, name, listed=True))
        if named is not None:
            _add_missing(transaction, name, named)
    _post_lots(transaction, entries)
    _post_dated(transaction, entries, "unit_conversion")
    _post_dated(transaction, entries, "standard_cost")


@built_once
def _named(entries: Entries, name: str) -> ir.Table | None:
    """Return the distinct codes of ``name`` that a load's facts mention."""
    mentions = [
        rows.select(**{name: rows[name]})
        for key in (
            "movement",
            "balance",
            "value_balance",
            "sale",
            "unit_conversion",
            "standard_cost",
            "lot",
        )
        if (rows := entries.get(key)) is not None and name in rows.columns
    ]
    mentions += documents.mentions(entries, name)
    if name == "supplier" and "item" in entries:
        mentions.append(entries["item"].select("supplier"))
    if name == "company":
        if "location" in entries:
            mentions.append(entries["location"].select("company"))
        if "movement" in entries:
            rows = entries["movement"]
            mentions.append(rows.select(company=rows.counterparty_company))
    if name == "location" and "movement" in entries:
        rows = entries["movement"]
        legs = rows.filter(rows.kind.isin(["transfer_out", "transfer_in"]))
        mentions.append(legs.select(location=ibis.literal(TRANSIT_LOCATION)))
    if not mentions:
        return None
    union = stacked(*mentions)
    return union.filter(union[name].notnull()).distinct()


@built_once
def _last_row(rows: ir.Table, name: str) -> ir.Table:
    order = [rows.file_no.desc(), rows.row_no.desc()]
    ranked = rows.mutate(place=ibis.row_number().over(group_by=rows[name], order_by=order))
    return ranked.filter(ranked.place == 0).drop("place")


@built_once
def _shaped(rows: ir.Table, name: str, *, listed: bool) -> ir.Table:
    """Give rows every column of the record but its key; absent columns are null."""
    given: dict[str, ir.Value] = {
        "listed": ibis.literal(listed),
        "load_no": LOAD_NO,
    }
    if name == "item":
        kind = rows.kind if "kind" in rows.columns else ibis.null("string")
        given["kind"] = ibis.coalesce(kind, ibis.literal("merchandise"))
    if name == "location":
        kind = rows.kind if "kind" in rows.columns else ibis.null("string")
        transit = ibis.ifelse(rows.location == TRANSIT_LOCATION, "transit", ibis.null("string"))
        given["kind"] = ibis.coalesce(kind, transit)
    return shaped(rows, RECORDS[name], given, skip=(KEYED[name][0],))


def _replace(transaction: Transaction, name: str, rows: ir.Table) -> None:
    """Put ``rows`` in place of the members they name; known members keep their keys."""
    held = transaction.keep(_beside_known(name, rows))
    found = transaction.query(_known_count(held)).column("n")[0].as_py()
    first = {"first_key": _next_key(transaction, name) - found}
    ready = transaction.keep(_with_keys(name, held), first)
    transaction.delete(name, ready.select(KEYED[name][0]))
    transaction.insert(name, ready)


@built_once
def _beside_known(name: str, rows: ir.Table) -> ir.Table:
    key, (code,) = KEYED[name][0], KEYED[name][1]
    known = table(name)
    existing = known.select(code_=known[code], key_=known[key])
    joined = rows.left_join(existing, rows[code] == existing.code_)
    # Known members come first in the numbering; the first new one takes the next free key.
    fresh = ibis.row_number().over(order_by=[joined.key_.isnull(), joined[code]])
    return joined.mutate(fresh_=fresh)


@built_once
def _known_count(held: ir.Table) -> ir.Table:
    return held.aggregate(n=held.key_.count())


@built_once
def _with_keys(name: str, held: ir.Table) -> ir.Table:
    keys = ibis.coalesce(held.key_, (held.fresh_ + FIRST_KEY).cast("int32"))
    return held.mutate(**{KEYED[name][0]: keys}).select(*RECORDS[name].names)


def _add_missing(transaction: Transaction, name: str, named: ir.Table) -> None:
    _insert_numbered(transaction, name, _shaped(_missing(name, named), name, listed=False))


@built_once
def _missing(name: str, named: ir.Table) -> ir.Table:
    code = KEYED[name][1][0]
    known = table(name)
    return named.anti_join(known, named[code] == known[code])


def _insert_numbered(transaction: Transaction, name: str, rows: ir.Table) -> None:
    first = {"first_key": _next_key(transaction, name)}
    transaction.insert(name, _numbered(name, rows), first)


@built_once
def _numbered(name: str, rows: ir.Table) -> ir.Table:
    key, code = KEYED[name]
    number = ibis.row_number().over(order_by=[rows[column] for column in code])
    numbered = rows.mutate(**{key: (number + FIRST_KEY).cast("int32")})
    return numbered.select(*RECORDS[name].names)


def _next_key(transaction: Transaction, name: str) -> int:
    return (transaction.query(_highest_key(name)).column("top")[0].as_py() or 0) + 1


@built_once
def _highest_key(name: str) -> ir.Table:
    rows = table(name)
    return rows.aggregate(top=rows[KEYED[name][0]].max())


def _post_lots(transaction: Transaction, entries: Entries) -> None:
    naming = tuple(entries.get(name) for name in ("stock_count", "balance"))
    fresh = _fresh_lots(entries.get("lot"), entries.get("movement"), naming)
    if fresh is not None:
        _insert_numbered(transaction, "lot", fresh)


@built_once
def _fresh_lots(
    lots: ir.Table | None, movements: ir.Table | None, naming: tuple[ir.Table | None, ...]
) -> ir.Table | None:
    """Return the lots nobody knew; the entries ``naming`` lots say no more of them."""
    sources = []
    if lots is not None:
        sources.append(lots.select("item", "lot", "made_on", "expires_on"))
    if movements is not None:
        rows = movements.filter(movements.lot.notnull())
        sources.append(
            rows.select("item", "lot", made_on=ibis.null("date"), expires_on=rows.expires_on)
        )
    nothing = ibis.null("date")
    sources += [
        each.filter(each.lot.notnull()).select("item", "lot", made_on=nothing, expires_on=nothing)
        for each in naming
        if each is not None
    ]
    if not sources:
        return None
    rows = stacked(*sources)
    named = rows.group_by("item", "lot").aggregate(
        made_on=rows.made_on.max(), expires_on=rows.expires_on.max()
    )
    items = table("item").select("item", "item_id")
    keyed = named.join(items, "item").select("item_id", "lot", "made_on", "expires_on")
    return keyed.anti_join(table("lot"), ["item_id", "lot"])


def _post_dated(transaction: Transaction, entries: Entries, name: str) -> None:
    """Append dated facts about items (unit factors, standard costs)."""
    if name in entries:
        transaction.insert(name, _dated(name, entries[name]))


@built_once
def _dated(name: str, rows: ir.Table) -> ir.Table:
    keyed = rows.join(table("item").select("item", "item_id"), "item")
    return keyed.select(*RECORDS[name].names).distinct()
