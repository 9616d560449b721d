"""Marts: sums of records; droppable, made again from them."""

from __future__ import annotations

from typing import Final

import ibis

from stockturn.ledger.schema.terms import QUANTITY, VALUE

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
