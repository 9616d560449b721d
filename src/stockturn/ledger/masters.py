"""Master data: who and what the movements are about.

Codes become small integer keys that never change. A later load replaces an item's attributes;
groupings use today's. Whatever movements name without master data gets a row with ``listed`` false,
so nothing is lost in a join and the page can list it.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from stockturn.engines import Transaction, bound
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


def _last_row(rows: ir.Table, name: str) -> ir.Table:
    order = [rows.file_no.desc(), rows.row_no.desc()]
    ranked = rows.mutate(place=ibis.row_number().over(group_by=rows[name], order_by=order))
    return ranked.filter(ranked.place == 0).drop("place")


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
    key, (code,) = KEYED[name][0], KEYED[name][1]
    known = table(name)
    existing = known.select(code_=known[code], key_=known[key])
    joined = rows.left_join(existing, rows[code] == existing.code_)
    fresh = ibis.row_number().over(order_by=[joined.key_.isnull(), joined[code]])
    numbered = joined.mutate(fresh_=fresh)
    held = transaction.keep(numbered)
    found = transaction.query(held.aggregate(n=held.key_.count())).column("n")[0].as_py()
    # Known members come first in the numbering; the first new one takes the next free key.
    keys = ibis.coalesce(held.key_, (held.fresh_ + FIRST_KEY).cast("int32"))
    first = {"first_key": _next_key(transaction, name) - found}
    ready = transaction.keep(held.mutate(**{key: keys}).select(*RECORDS[name].names), first)
    transaction.delete(name, ready.select(key))
    transaction.insert(name, ready)


def _add_missing(transaction: Transaction, name: str, named: ir.Table) -> None:
    code = KEYED[name][1][0]
    known = table(name)
    missing = named.anti_join(known, named[code] == known[code])
    _insert_numbered(transaction, name, _shaped(missing, name, listed=False))


def _insert_numbered(transaction: Transaction, name: str, rows: ir.Table) -> None:
    key, code = KEYED[name]
    number = ibis.row_number().over(order_by=[rows[column] for column in code])
    numbered = rows.mutate(**{key: (number + FIRST_KEY).cast("int32")})
    first = {"first_key": _next_key(transaction, name)}
    transaction.insert(name, numbered.select(*RECORDS[name].names), first)


def _next_key(transaction: Transaction, name: str) -> int:
    rows = table(name)
    highest = transaction.query(rows.aggregate(top=rows[KEYED[name][0]].max())).column("top")[0]
    return (highest.as_py() or 0) + 1


def _post_lots(transaction: Transaction, entries: Entries) -> None:
    sources = []
    if "lot" in entries:
        sources.append(entries["lot"].select("item", "lot", "made_on", "expires_on"))
    if "movement" in entries:
        rows = entries["movement"].filter(lambda t: t.lot.notnull())
        sources.append(
            rows.select("item", "lot", made_on=ibis.null("date"), expires_on=rows.expires_on)
        )
    if not sources:
        return
    rows = stacked(*sources)
    lots = rows.group_by("item", "lot").aggregate(
        made_on=rows.made_on.max(), expires_on=rows.expires_on.max()
    )
    items = table("item").select("item", "item_id")
    keyed = lots.join(items, "item").select("item_id", "lot", "made_on", "expires_on")
    known = table("lot")
    fresh = keyed.anti_join(known, ["item_id", "lot"])
    _insert_numbered(transaction, "lot", fresh)


def _post_dated(transaction: Transaction, entries: Entries, name: str) -> None:
    """Append dated facts about items (unit factors, standard costs)."""
    if name not in entries:
        return
    rows = entries[name]
    items = table("item").select("item", "item_id")
    keyed = rows.join(items, "item")
    transaction.insert(name, keyed.select(*RECORDS[name].names).distinct())
