"""Entries: typed rows as a source states them; intake writes them, the ledger posts them."""

from __future__ import annotations

from typing import Final

import ibis

from stockturn.ledger.document_tables import DOCUMENTS
from stockturn.ledger.schema.terms import QUANTITY, UNIT_COST, VALUE

# Every entry row ends with where it came from: `file_no` (index into the load's files, from 0),
# `sheet` (null for CSV and Parquet) and `row_no` (1-based, as the user sees it in the file).

ORIGIN_ROW = {"file_no": "int32", "sheet": "string", "row_no": "int64"}

ENTRIES: Final = {
    "company": ibis.schema({"company": "!string", "name": "string", **ORIGIN_ROW}),
    "item": ibis.schema(
        {
            "item": "!string",
            "name": "string",
            "category": "string",
            "subcategory": "string",
            "category_3": "string",
            "brand": "string",
            "kind": "string",
            "style": "string",
            "colour": "string",
            "size": "string",
            "season": "string",
            "buyer": "string",
            "planner": "string",
            "supplier": "string",
            "unit": "string",
            "shelf_life_days": "int32",
            "pack_size": QUANTITY,
            "minimum_order_quantity": QUANTITY,
            "lead_time_days": "int32",
            "list_price": UNIT_COST,
            "attributes": "map<string, string>",
            **ORIGIN_ROW,
        }
    ),
    "unit_conversion": ibis.schema(
        {
            "item": "!string",
            "unit": "!string",
            "factor": UNIT_COST,
            "valid_from": "date",
            **ORIGIN_ROW,
        }
    ),
    "standard_cost": ibis.schema(
        {"item": "!string", "valid_from": "date", "unit_cost": UNIT_COST, **ORIGIN_ROW}
    ),
    "location": ibis.schema(
        {
            "location": "!string",
            "name": "string",
            "kind": "string",
            "region": "string",
            "parent": "string",
            "keeper": "string",
            "company": "string",
            **ORIGIN_ROW,
        }
    ),
    "supplier": ibis.schema(
        {"supplier": "!string", "name": "string", "lead_time_days": "int32", **ORIGIN_ROW}
    ),
    "customer": ibis.schema(
        {"customer": "!string", "name": "string", "channel": "string", **ORIGIN_ROW}
    ),
    "lot": ibis.schema(
        {"item": "!string", "lot": "!string", "made_on": "date", "expires_on": "date", **ORIGIN_ROW}
    ),
    "movement": ibis.schema(
        {
            "happened_on": "!date",
            "kind": "!string",
            "item": "!string",
            "location": "!string",
            "quantity": "!" + QUANTITY,
            "unit": "string",
            "unit_cost": UNIT_COST,
            "value": VALUE,
            "revenue": VALUE,
            "lot": "string",
            "expires_on": "date",
            "status": "string",
            "ownership": "string",
            "document": "string",
            "transfer": "string",
            "supplier": "string",
            "customer": "string",
            "channel": "string",
            "counterparty_company": "string",
            "entered_at": "timestamp",
            # The document that this row takes back (红冲), and what its amounts are stated in.
            "reverses": "string",
            "currency": "string",
            "tax_rate": UNIT_COST,
            "taxed": "string",
            "line": "string",
            **ORIGIN_ROW,
        }
    ),
    # One row per item x location x day (or month, dated on its last day): the stated closing
    # balance and the stated flows, all quantities positive except `adjusted` and `balance`. Rows
    # that name lots add up to the balance of their item x location x day.
    "balance": ibis.schema(
        {
            "happened_on": "!date",
            "item": "!string",
            "location": "!string",
            "opening": QUANTITY,
            "received": QUANTITY,
            "issued": QUANTITY,
            "adjusted": QUANTITY,
            "balance": QUANTITY,
            "lot": "string",
            "unit": "string",
            "unit_cost": UNIT_COST,
            "currency": "string",
            **ORIGIN_ROW,
        }
    ),
    # One row per item x month, in money alone and dated on the month's last day: what stood at its
    # two ends, what was sold at cost (`issued`) and for how much. See ledger/value_balances.py.
    "value_balance": ibis.schema(
        {
            "happened_on": "!date",
            "item": "!string",
            "location": "!string",
            "opening": "!" + VALUE,
            "issued": "!" + VALUE,
            "balance": "!" + VALUE,
            "revenue": VALUE,
            **ORIGIN_ROW,
        }
    ),
    # Sales that do not move stock themselves (the stock side comes from another source).
    "sale": ibis.schema(
        {
            "happened_on": "!date",
            "item": "!string",
            "location": "string",
            "quantity": "!" + QUANTITY,
            "unit": "string",
            "revenue": VALUE,
            "currency": "string",
            "tax_rate": UNIT_COST,
            "taxed": "string",
            "customer": "string",
            "channel": "string",
            "document": "string",
            "line": "string",
            **ORIGIN_ROW,
        }
    ),
    # The declared tables: purchase orders, terms, counts, budgets and so on.
    **{name: ibis.schema({**declared.entry, **ORIGIN_ROW}) for name, declared in DOCUMENTS.items()},
    # Keys of rows that the source has deleted.
    "deleted_line": ibis.schema({"line": "!string", **ORIGIN_ROW}),
    # Rows that could not be typed. `values` is the raw row as {header: text}; `happened_on` is the
    # day of the movement or sale that it states, where that can be read.
    "reject": ibis.schema(
        {
            "code": "!string",
            "column": "string",
            "value": "string",
            "values": "map<string, string>",
            "line": "string",
            "happened_on": "date",
            **ORIGIN_ROW,
        }
    ),
}
