"""The tables of the warehouse, each with its grain, and the entry tables that intake hands over.

Three kinds of table live here:

* **entries** - typed rows as a source states them, with codes instead of keys; intake writes them
  as Parquet files, one per table, and the ledger posts them;
* **records** - what is true: master data, movements, sales, loads, rejects. Append-only;
* **marts** - sums of records (stock moments, monthly flows). Droppable, rebuilt from records.

Types follow one rule: quantity and value ``decimal(18,4)``, unit cost ``decimal(18,6)``, days are
local dates, instants are UTC timestamps.
"""

from __future__ import annotations

from typing import Final

import ibis

from stockturn.ledger.document_tables import DOCUMENTS, RECORD_NAMES

QUANTITY: Final = "decimal(18, 4)"
VALUE: Final = "decimal(18, 4)"
UNIT_COST: Final = "decimal(18, 6)"

# --- vocabulary ------------------------------------------------------------------------------

KINDS: Final = {
    "opening": "期初 stock that was there before the first movement",
    "receipt": "采购入库 from a supplier",
    "supplier_return": "采购退货 back to the supplier (negative)",
    "sale_issue": "销售出库 to a customer (negative)",
    "customer_return": "销售退货 back from the customer (positive)",
    "production_issue": "生产领料 material into production (negative)",
    "production_return": "生产退料 material back from production (positive)",
    "production_receipt": "完工入库 product out of production (positive)",
    "transfer_out": "调拨出 leaves a location (negative); legs share `transfer`",
    "transfer_in": "调拨入 arrives at a location (positive)",
    "status_change": "状态转换 out of one stock status and into another; legs share `transfer`",
    "adjustment": "库存调整 either sign, with a reason",
    "count": "盘点 difference found by counting, either sign",
    "scrap": "报废 written off (negative)",
    "revaluation": "重估 value alone, quantity 0",
    "unexplained": "未说明差异 what a stated balance has beyond the stated flows, either sign",
}
"""Movement kind -> what it is. A correction keeps the kind of the movement it corrects."""

VALUE_ONLY: Final = "value-only"
"""Unit of an item that is known in money alone; figures in quantity refuse it."""

ITEM_KINDS: Final = ("raw", "wip", "finished", "merchandise")
STATUSES: Final = ("available", "inspection", "blocked", "defective", "reserved")
OWNERSHIPS: Final = ("owned", "consigned", "drop_ship")

ORIGINS: Final = {
    "stated": "as the source says",
    "derived": "from stated balances and flows, or the leg of a transfer in transit",
    "reversal": "takes back the movement named in `corrects`",
    "recosting": "changes the value of the movement named in `corrects`; quantity 0",
}

COST_SOURCES: Final = ("stated", "computed", "standard", "missing")

# --- entries (intake -> ledger) ----------------------------------------------------------------
# Every entry row ends with where it came from: `file_no` (index into the load's files, from 0),
# `sheet` (null for CSV and Parquet) and `row_no` (1-based, as the user sees it in the file).

_ORIGIN = {"file_no": "int32", "sheet": "string", "row_no": "int64"}

ENTRIES: Final = {
    "company": ibis.schema({"company": "!string", "name": "string", **_ORIGIN}),
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
            **_ORIGIN,
        }
    ),
    "unit_conversion": ibis.schema(
        {
            "item": "!string",
            "unit": "!string",
            "factor": UNIT_COST,
            "valid_from": "date",
            **_ORIGIN,
        }
    ),
    "standard_cost": ibis.schema(
        {"item": "!string", "valid_from": "date", "unit_cost": UNIT_COST, **_ORIGIN}
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
            **_ORIGIN,
        }
    ),
    "supplier": ibis.schema(
        {"supplier": "!string", "name": "string", "lead_time_days": "int32", **_ORIGIN}
    ),
    "customer": ibis.schema(
        {"customer": "!string", "name": "string", "channel": "string", **_ORIGIN}
    ),
    "lot": ibis.schema(
        {"item": "!string", "lot": "!string", "made_on": "date", "expires_on": "date", **_ORIGIN}
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
            **_ORIGIN,
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
            **_ORIGIN,
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
            **_ORIGIN,
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
            **_ORIGIN,
        }
    ),
    # The declared tables: purchase orders, terms, counts, budgets and so on.
    **{name: ibis.schema({**declared.entry, **_ORIGIN}) for name, declared in DOCUMENTS.items()},
    # Keys of rows that the source has deleted.
    "deleted_line": ibis.schema({"line": "!string", **_ORIGIN}),
    # Rows that could not be typed. `values` is the raw row as {header: text}.
    "reject": ibis.schema(
        {
            "code": "!string",
            "column": "string",
            "value": "string",
            "values": "map<string, string>",
            "line": "string",
            **_ORIGIN,
        }
    ),
}

# --- records -----------------------------------------------------------------------------------

RECORDS: Final = {
    # grain: one version of one row of a declared table.
    **{
        RECORD_NAMES[name]: ibis.schema({**declared.record, **_ORIGIN})
        for name, declared in DOCUMENTS.items()
    },
    # grain: one committed load. `load_no` grows by one; `committed_at` is when we learned of it.
    # `load_id` names it in its manifest; `feed` is empty for files loaded by hand, and `cursor` is
    # how far the feed has read with this load.
    "load": ibis.schema(
        {
            "load_no": "!int32",
            "committed_at": "!timestamp",
            "load_id": "!string",
            "feed": "!string",
            "cursor": "string",
            "actor": "!string",
            "mapping": "!string",
            "mapping_version": "!string",
            "rows_in": "!int64",
            "rows_loaded": "!int64",
            "rows_rejected": "!int64",
            "rows_ignored": "!int64",
            "ignored_by_reason": "map<string, int64>",
            "first_day": "date",
            "last_day": "date",
        }
    ),
    # grain: one decision about an item's identity: `item` went into `into_item`, or no more.
    "item_link": ibis.schema(
        {
            "load_no": "!int32",
            "item": "!string",
            "into_item": "!string",
            "valid_from": "date",
            "undone": "!boolean",
        }
    ),
    # grain: one red-letter row: the movement at its place takes back document `reverses`.
    "red_letter": ibis.schema({"load_no": "!int32", "reverses": "!string", **_ORIGIN}),
    # grain: one amount that was stated with tax or in another currency; `stated` is the source's
    # figure, `amount` what the ledger keeps. `entry` and `column` name it, the origin its row.
    "conversion": ibis.schema(
        {
            "load_no": "!int32",
            "entry": "!string",
            "column": "!string",
            "currency": "string",
            "stated": UNIT_COST,
            "rate": UNIT_COST,
            "tax_rate": UNIT_COST,
            "amount": UNIT_COST,
            **_ORIGIN,
        }
    ),
    # grain: one form of one free table, from a load on; `columns` and `key` are JSON. Its rows
    # stand in a table of their own, `data_<dataset>`.
    "dataset": ibis.schema(
        {"load_no": "!int32", "dataset": "!string", "columns": "!string", "key": "!string"}
    ),
    # grain: one file of one load; `sha256` names the kept bytes in received/. `stream` says which
    # rows of its source it belongs to; `entries` counts the movements, balances and sales it states
    # without a line key, dated `first_day` to `last_day`, those that stood already included.
    "load_file": ibis.schema(
        {
            "load_no": "!int32",
            "file_no": "!int32",
            "name": "!string",
            "sha256": "!string",
            "bytes": "!int64",
            "stream": "!string",
            "entries": "!int64",
            "first_day": "date",
            "last_day": "date",
            "rows_in": "!int64",
            "rows_loaded": "!int64",
            "rows_rejected": "!int64",
            "rows_ignored": "!int64",
        }
    ),
    # grain: one earlier file that a later file of its stream replaced, the ones that the replaced
    # file had replaced itself included.
    "superseded": ibis.schema(
        {
            "load_no": "!int32",
            "file_no": "!int32",
            "by_load": "!int32",
            "by_file": "!int32",
        }
    ),
    # grain: one version of what a source states of an item x location x day; the latest load's
    # counts, and none does where it is `removed`.
    "stated_balance": ibis.schema(
        {
            "load_no": "!int32",
            "removed": "!boolean",
            "item_id": "!int32",
            "location_id": "!int32",
            "happened_on": "!date",
            "opening": QUANTITY,
            "received": QUANTITY,
            "issued": QUANTITY,
            "adjusted": QUANTITY,
            "balance": QUANTITY,
            "unit_cost": UNIT_COST,
            "file_no": "int32",
            "sheet": "string",
            "row_no": "int64",
        }
    ),
    # grain: one lot in a stated balance, as its source states it: the rows of an item, location and
    # day that name lots add up to their `stated_balance`.
    "stated_lot": ibis.schema(
        {
            "load_no": "!int32",
            "item_id": "!int32",
            "location_id": "!int32",
            "lot_id": "!int32",
            "happened_on": "!date",
            "balance": QUANTITY,
            "file_no": "int32",
            "sheet": "string",
            "row_no": "int64",
        }
    ),
    # grain: one decision of a person, a load of its own. `content` is JSON.
    "decision": ibis.schema(
        {
            "load_no": "!int32",
            "kind": "!string",
            "content": "!string",
            "actor": "!string",
            "reason": "!string",
            "decided_at": "!timestamp",
        }
    ),
    # grain: one close or reopening of a month. `month` is its first day; `quantity` and `value` are
    # the stock at its end; `content_hash` is over all facts dated before the end.
    "period": ibis.schema(
        {
            "month": "!date",
            "version": "!int32",
            "state": "!string",
            "load_no": "!int32",
            "actor": "!string",
            "reason": "!string",
            "decided_at": "!timestamp",
            "quantity": "!" + QUANTITY,
            "value": "!" + VALUE,
            "content_hash": "!string",
        }
    ),
    # grain: one file of one load x entry table: control totals. `series` is what the names of a
    # stream's files have in common; `value` is revenue where the table is `sale`.
    "load_total": ibis.schema(
        {
            "load_no": "!int32",
            "file_no": "!int32",
            "series": "!string",
            "table": "!string",
            "rows": "!int64",
            "quantity": "decimal(38, 4)",
            "value": "decimal(38, 4)",
            "days": "!int64",
            "first_day": "date",
            "last_day": "date",
        }
    ),
    # grain: one file or sheet of one load: the headers of its columns, in their order.
    "load_sheet": ibis.schema(
        {
            "load_no": "!int32",
            "file_no": "!int32",
            "sheet": "string",
            "header_row": "int64",
            "headers": "array<string>",
        }
    ),
    # grain: one quality rule checked on one load. `examples` is JSON: file, sheet, row and what was
    # found, of the first rows that fail.
    "quality_result": ibis.schema(
        {
            "load_no": "!int32",
            "rule": "!string",
            "version": "!int32",
            "title_zh": "!string",
            "title_en": "!string",
            "kind": "!string",
            "severity": "!string",
            "owner": "!string",
            "checked": "!int64",
            "passed": "!int64",
            "target": "!decimal(18, 6)",
            "examples": "!string",
        }
    ),
    # grain: one rejected row (`of_...`) that waits no more, because load `load_no` discarded it or
    # took it up: there it stands in the row named by file_no, sheet and row_no. `origin_...` is the
    # file that had the row first, however often it has been taken up since. A load settles what
    # waits of files that it replaces and of lines that it states again.
    "reject_settlement": ibis.schema(
        {
            "load_no": "!int32",
            "kind": "!string",
            "origin_load": "!int32",
            "origin_file": "!int32",
            "of_load": "!int32",
            "of_file": "!int32",
            "of_sheet": "string",
            "of_row": "!int64",
            "file_no": "int32",
            "sheet": "string",
            "row_no": "int64",
            "still_wrong": "!boolean",
        }
    ),
    # grain: one rejected row of one file.
    "reject": ibis.schema(
        {
            "load_no": "!int32",
            "file_no": "!int32",
            "sheet": "string",
            "row_no": "int64",
            "code": "!string",
            "column": "string",
            "value": "string",
            "values": "map<string, string>",
            "line": "string",
        }
    ),
    "company": ibis.schema({"company_id": "!int32", "company": "!string", "name": "string"}),
    # grain: one item, today's master data. `listed` is false for an item that only movements name.
    "item": ibis.schema(
        {
            "item_id": "!int32",
            **{k: v for k, v in ENTRIES["item"].items() if k not in _ORIGIN},
            "listed": "!boolean",
            "load_no": "!int32",
        }
    ),
    "unit_conversion": ibis.schema(
        {"item_id": "!int32", "unit": "!string", "factor": UNIT_COST, "valid_from": "date"}
    ),
    "standard_cost": ibis.schema(
        {"item_id": "!int32", "valid_from": "date", "unit_cost": UNIT_COST}
    ),
    "location": ibis.schema(
        {
            "location_id": "!int32",
            **{k: v for k, v in ENTRIES["location"].items() if k not in _ORIGIN},
            "listed": "!boolean",
            "load_no": "!int32",
        }
    ),
    "supplier": ibis.schema(
        {
            "supplier_id": "!int32",
            "supplier": "!string",
            "name": "string",
            "lead_time_days": "int32",
        }
    ),
    "customer": ibis.schema(
        {"customer_id": "!int32", "customer": "!string", "name": "string", "channel": "string"}
    ),
    "lot": ibis.schema(
        {
            "lot_id": "!int32",
            "item_id": "!int32",
            "lot": "!string",
            "made_on": "date",
            "expires_on": "date",
        }
    ),
    # grain: one change of owned stock, never updated, never deleted. `quantity_uncosted` is the
    # part of `quantity` whose cost is not known; `value` is null when all of it is not known.
    # `sequence`, `document`, `line`, `place` and `digest` order the movements of one day, whatever
    # load brought them. `corrects` names the movement that a reversal or a recosting corrects.
    # `line` names the row in its source, or the day of the balance a movement derives from;
    # `digest` is a hash of what the source states. `kit_line` names the line in `kit_movement` of
    # which a movement is a component; its sheet and row are that line's.
    "movement": ibis.schema(
        {
            "movement_id": "!int64",
            "load_no": "!int32",
            "origin": "!string",
            "corrects": "int64",
            "kit_line": "int64",
            "happened_on": "!date",
            "sequence": "!int64",
            "place": "!int64",
            "digest": "!int64",
            "line": "string",
            "kind": "!string",
            "item_id": "!int32",
            "location_id": "!int32",
            "status": "!string",
            "lot_id": "int32",
            "quantity": "!" + QUANTITY,
            "quantity_uncosted": "!" + QUANTITY,
            "value": VALUE,
            "cost_source": "!string",
            "document": "string",
            "transfer": "string",
            "supplier_id": "int32",
            "customer_id": "int32",
            "channel": "string",
            "intercompany": "!boolean",
            "entered_at": "timestamp",
            "file_no": "int32",
            "sheet": "string",
            "row_no": "int64",
        }
    ),
    # grain: one sale line, revenue without tax; returns negative. Outlives the stock side.
    # `kit_line` names the line in `kit_sale` of which it is a component's share.
    "sale": ibis.schema(
        {
            "sale_id": "!int64",
            "load_no": "!int32",
            "origin": "!string",
            "corrects": "int64",
            "kit_line": "int64",
            "digest": "!int64",
            "line": "string",
            "happened_on": "!date",
            "item_id": "!int32",
            "location_id": "int32",
            "quantity": "!" + QUANTITY,
            "revenue": VALUE,
            "customer_id": "int32",
            "channel": "string",
            "intercompany": "!boolean",
            "document": "string",
            "file_no": "int32",
            "sheet": "string",
            "row_no": "int64",
        }
    ),
}
RECORDS["outside_movement"] = ibis.schema(
    {**dict(RECORDS["movement"].items()), "ownership": "!string"}
)
"""Consigned and drop-shipped goods: kept to be read, never part of stock or turnover."""

for _name, _of in (("kit_movement", "outside_movement"), ("kit_sale", "sale")):
    RECORDS[_name] = ibis.schema({c: t for c, t in RECORDS[_of].items() if c != "kit_line"})
"""Sales and returns of kits, as stated: their components stand in stock and sales in their place.
Grain, keys and reversals as of movements and sales. `load_no` is the load that stated the line."""

# --- marts -------------------------------------------------------------------------------------

MARTS: Final = {
    # grain: item x location x status x month x month learned, possibly several rows each (every
    # load appends its own); only sums of it mean anything. With k = days since the month's first
    # day: quantity_0 = sum of quantity, quantity_1 = sum of quantity * k; value likewise.
    "stock_moment": ibis.schema(
        {
            "item_id": "!int32",
            "location_id": "!int32",
            "status": "!string",
            "month": "!date",
            "learned_month": "!date",
            "quantity_0": "!" + QUANTITY,
            "quantity_1": "!" + QUANTITY,
            "value_0": "!" + VALUE,
            "value_1": "!" + VALUE,
            "uncosted_0": "!" + QUANTITY,
        }
    ),
    # grain: item x location x kind x channel x intercompany x month x month learned, several rows
    # each. `kind` is a movement kind, or 'sale' for revenue (value = revenue without tax).
    "flow_month": ibis.schema(
        {
            "item_id": "!int32",
            "location_id": "int32",
            "kind": "!string",
            "channel": "string",
            "intercompany": "!boolean",
            "month": "!date",
            "learned_month": "!date",
            "quantity": "!" + QUANTITY,
            "value": "!" + VALUE,
            "quantity_uncosted": "!" + QUANTITY,
        }
    ),
    # grain: one layer of stock on hand at the end of the ledger: what is left of one receipt at
    # one location. `received_on` is the company's clock (a transfer keeps it), `arrived_on` the
    # site's; the lot's clock is in `lot`. `place` is the order of use within a location and status
    # (and `transfer`, which goods in transit belong to).
    "stock_layer": ibis.schema(
        {
            "item_id": "!int32",
            "location_id": "!int32",
            "status": "!string",
            "transfer": "string",
            "place": "!int32",
            "lot_id": "int32",
            "received_on": "!date",
            "arrived_on": "!date",
            "quantity": "!" + QUANTITY,
            "value": VALUE,
        }
    ),
}

TABLES: Final = {**RECORDS, **MARTS}
