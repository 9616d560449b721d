"""Records: what is true; append-only."""

from __future__ import annotations

from typing import Final

import ibis

from stockturn.ledger.document_tables import DOCUMENTS, RECORD_NAMES
from stockturn.ledger.schema.entries import ENTRIES, ORIGIN_ROW
from stockturn.ledger.schema.terms import QUANTITY, UNIT_COST, VALUE

RECORDS: Final = {
    # grain: one version of one row of a declared table.
    **{
        RECORD_NAMES[name]: ibis.schema({**declared.record, **ORIGIN_ROW})
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
    "red_letter": ibis.schema({"load_no": "!int32", "reverses": "!string", **ORIGIN_ROW}),
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
            **ORIGIN_ROW,
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
    # grain: one day or month (its first and last day) that a file states whole, rejected rows
    # included: it replaces what its stream had of it.
    "stated_slice": ibis.schema(
        {
            "load_no": "!int32",
            "file_no": "!int32",
            "stream": "!string",
            "first": "!date",
            "last": "!date",
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
    # file that had the row first, however often it has been taken up since, and the first day that
    # could be read of it. A load settles what waits of files that it replaces, and of lines, days
    # and months that it states again.
    "reject_settlement": ibis.schema(
        {
            "load_no": "!int32",
            "kind": "!string",
            "origin_load": "!int32",
            "origin_file": "!int32",
            "origin_day": "date",
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
    # grain: one booked row (`of_...`) that load `load_no` has read again: what stands of it now is
    # the row named by file_no, sheet and row_no; `origin_...` as above.
    "read_again": ibis.schema(
        {
            "load_no": "!int32",
            "origin_load": "!int32",
            "origin_file": "!int32",
            "origin_day": "date",
            "of_load": "!int32",
            "of_file": "!int32",
            "of_sheet": "string",
            "of_row": "!int64",
            "file_no": "!int32",
            "sheet": "string",
            "row_no": "!int64",
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
            "happened_on": "date",
        }
    ),
    "company": ibis.schema({"company_id": "!int32", "company": "!string", "name": "string"}),
    # grain: one item, today's master data. `listed` is false for an item that only movements name.
    "item": ibis.schema(
        {
            "item_id": "!int32",
            **{k: v for k, v in ENTRIES["item"].items() if k not in ORIGIN_ROW},
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
            **{k: v for k, v in ENTRIES["location"].items() if k not in ORIGIN_ROW},
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
