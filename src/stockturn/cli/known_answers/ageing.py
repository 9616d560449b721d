"""Known answers of topic ageing_fifo, through ``ledger.layers``.

Understood: a ledger of rows (mappings with date, qty, balance, value, voucher, wh, batch, count_to;
or lists of date, batch, qty, value, voucher), of one item; given layers; receipts of one batch.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa

from stockturn.cli.known_answers.case import unsupported
from stockturn.cli.known_answers.ledger_rows import Rows, amount
from stockturn.cli.known_answers.reading import Inputs, day, number
from stockturn.ledger.layers import AGE_BOUNDS, STOCK_LAYER, Ageing, age_buckets, layer_frame

_AFTER: Final = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6}
_ROW_KEYS: Final = {
    "date": "date",
    "qty": "qty",
    "quantity": "qty",
    "balance": "balance",
    "value": "value",
    "voucher": "voucher",
    "wh": "wh",
    "warehouse": "wh",
    "batch": "batch",
    "count_to": "count_to",
    "from": "from",
    "to": "to",
}
_BATCHWISE, _POOLED = "batch-valued", "pooled"


def solve(inputs: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Compute every wanted layer, bucket or age from the inputs alone."""
    read = Inputs(inputs)
    as_of = read.raw("as_of")
    today = None if as_of is None else _date(as_of)
    bounds = read.raw("bounds", "age_bounds", "bucket_bounds")
    limits = None if bounds is None else tuple(int(b) for b in bounds)
    if read.has("layers"):
        rows, layers = Rows(), _given_layers(read.raw("layers"))
    elif read.has("receipts"):
        rows = _receipts(read)
        layers = layer_frame(rows.table())
    else:
        rows = _ledger(read)
        layers = layer_frame(rows.table())
    read.finish()
    told = _Told(rows, layers, today, limits)
    return {key: told.answer(key, shape) for key, shape in wanted.items()}


# --- reading ------------------------------------------------------------------------------------


def _date(value: Any) -> date:
    return day(value, "date")


def _given_layers(given: Any) -> pa.Table:
    layers = []
    for layer in given:
        if not isinstance(layer, list) or len(layer) not in (2, 3):
            raise unsupported(
                "层应为 [数量, 日期, 金额]", "a layer should read [quantity, date, value]"
            )
        received = _date(layer[1])
        layers.append(
            {
                "item_id": 1,
                "location_id": 1,
                "status": "available",
                "lot_id": None,
                "received_on": received,
                "arrived_on": received,
                "quantity": number(layer[0], "quantity"),
                "value": number(layer[2], "value") if len(layer) == 3 else None,
            }
        )
    return pa.Table.from_pylist(layers, schema=STOCK_LAYER)


def _receipts(read: Inputs) -> Rows:
    rows = Rows()
    batch = read.raw("batch")
    for received in read.raw("receipts"):
        when, quantity = received
        rows.add("receipt", number(quantity, "qty"), day=_date(when), lot=batch)
    return rows


def _ledger(read: Inputs) -> Rows:
    batches = read.raw("batches") or {}
    unit_value = read.number("unit_value")
    told = [_row(row) for row in read.raw("ledger") or []]
    if not told:
        raise unsupported("没有台账行", "there are no ledger rows")
    vouchers = Counter(row["voucher"] for row in told if row.get("voucher") is not None)
    rows = Rows()
    for row in told:
        shared = row.get("voucher") if vouchers[row.get("voucher")] > 1 else None
        _add(rows, row, shared, batches, unit_value)
    return rows


def _row(row: Any) -> dict[str, Any]:
    """Bring a row to one form."""
    if isinstance(row, list) and len(row) in (3, 4, 5):
        told = dict(zip(("date", "batch", "qty"), row[:3], strict=True))
        for extra in row[3:]:
            voucher = re.fullmatch(r"voucher (\S+)", str(extra))
            name = "voucher" if voucher else "value"
            if name in told:
                raise unsupported("行 {row} 读不懂", "cannot read row {row}", row=row)
            told[name] = voucher[1] if voucher else extra
        return told
    if not isinstance(row, Mapping):
        raise unsupported("行 {row} 读不懂", "cannot read row {row}", row=row)
    unknown = [key for key in row if key not in _ROW_KEYS]
    if unknown:
        raise unsupported("不认识的列 {names}", "unknown columns {names}", names=unknown)
    return {_ROW_KEYS[key]: value for key, value in row.items()}


def _add(
    rows: Rows,
    row: dict[str, Any],
    voucher: str | None,
    batches: Mapping[str, str],
    unit_value: Decimal | None,
) -> None:
    when, place, batch = _date(row["date"]), str(row.get("wh", "")), row.get("batch")
    if "from" in row or "to" in row:
        _transfer(rows, row, when)
        return
    lot, status = _batch(batch, batches)
    before = rows.held(place)
    counted = "count_to" in row or "qty" not in row
    if "count_to" in row:
        held = rows.held(place, lot) if lot else before
        quantity = number(row["count_to"], "count_to") - held
    elif "qty" in row:
        quantity = number(row["qty"], "qty")
    elif "balance" in row:
        quantity = number(row["balance"], "balance") - before
    else:
        raise unsupported("行中没有数量", "a row without a quantity")
    if row.get("balance") is not None and number(row["balance"], "balance") != before + quantity:
        raise unsupported(
            "{when} 的结存与发生数不符", "the balance of {when} does not follow", when=when
        )
    value = None if row.get("value") is None else number(row["value"], "value")
    if value is None and unit_value is not None and quantity > 0:
        value = quantity * unit_value
    kind = "count" if counted else "receipt" if quantity > 0 else "sale_issue"
    # A pooled batch is used first in, first out with the other pooled ones, whatever the label.
    named = None if status == _POOLED and quantity < 0 else lot
    rows.add(
        kind, quantity, day=when, place=place, status=status, lot=named, value=value,
        transfer=voucher,
    )  # fmt: skip


def _batch(batch: Any, batches: Mapping[str, str]) -> tuple[str | None, str]:
    """Return the lot and the pool of stock that a batch belongs to."""
    if batch is None:
        return None, "available"
    valued = batches.get(batch, _BATCHWISE)
    if valued not in (_BATCHWISE, _POOLED):
        raise unsupported("不认识的批次计价“{v}”", "unknown batch valuation '{v}'", v=valued)
    return str(batch), _POOLED if valued == _POOLED else f"batch {batch}"


def _transfer(rows: Rows, row: dict[str, Any], when: date) -> None:
    """Book both legs of one row."""
    if not {"from", "to", "qty"} <= set(row) or set(row) - {"from", "to", "qty", "date", "voucher"}:
        raise unsupported("调拨行 {row} 读不懂", "cannot read transfer {row}", row=row)
    quantity, name = number(row["qty"], "qty"), f"transfer {len(rows.rows)}"
    if quantity <= 0:
        raise unsupported("调拨数量须为正", "a transfer moves a positive quantity")
    out, in_ = str(row["from"]), str(row["to"])
    rows.add("transfer_out", -quantity, day=when, place=out, transfer=name)
    rows.add("transfer_in", quantity, day=when, place=in_, transfer=name)


# --- answering ----------------------------------------------------------------------------------


class _Told:
    """Layers at the end of the story, and the figures that a case may ask of them."""

    def __init__(
        self, rows: Rows, layers: pa.Table, today: date | None, bounds: tuple[int, ...] | None
    ) -> None:
        self._rows, self._today, self._bounds = rows, today, bounds
        self._table = layers
        self._layers = _in_order(layers)

    def answer(self, key: str, shape: Any) -> Any:
        """Return one figure, or refuse."""
        simple = self._simple(key)
        if simple is not None:
            return simple
        after = re.fullmatch(r"layers_qty_after_(\w+)", key)
        if after and after[1] in _AFTER:
            return _quantities(_in_order(layer_frame(self._rows.table(_AFTER[after[1]]))))
        if key in ("layers", "item_layers"):
            return [self._shaped(layer, one) for layer, one in self._with_shape(shape)]
        if key in ("warehouse_layers", "layers_by_warehouse", "warehouse_layers_qty"):
            return {name: self._at(name, shape.get(name), key) for name in self._rows.places}
        if key in ("bucket_qty", "bucket_values", "bucket_value"):
            ageing = self._ageing(len(shape) - 1)
            return self._amounts(ageing.quantity if key == "bucket_qty" else ageing.value)
        one = re.fullmatch(r"bucket_(\d+_\d+|over_\d+)_(qty|value)", key)
        if one:
            return self._bucket(one[1], one[2])
        if key == "per_receipt":
            return {name: self._bucket(name, "qty") for name in shape}
        if key == "pinned_to_first_receipt":
            return {name: self._pinned(name) for name in shape}
        raise unsupported("不认识要求的 {key}", "unknown figure {key}", key=key)

    def _simple(self, key: str) -> Any:
        layers, total = self._layers, _quantities(self._layers)
        found = {
            "layers_qty": lambda: total,
            "item_layers_qty": lambda: total,
            "first_layer_qty": lambda: total[0],
            "last_layer_qty": lambda: total[-1],
            "layers_dates": lambda: [layer["received_on"] for layer in layers],
            "first_layer_date": lambda: layers[0]["received_on"],
            "layer_count": lambda: len(layers),
            "total_qty": lambda: sum(total),
            "item_total": lambda: sum(total),
            "total_value": lambda: sum(layer["value"] or 0 for layer in layers),
            "layers_value": lambda: [layer["value"] for layer in layers],
            "warehouse_totals": lambda: {
                name: sum(x["quantity"] for x in layers if x["location_id"] == place)
                for name, place in self._rows.places.items()
            },
            "average_age_days": lambda: self._ageing(3).average_days,
            "oldest_age_days": lambda: (self._day() - layers[0]["received_on"]).days,
        }
        figure: Callable[[], Any] | None = found.get(key)
        return None if figure is None else figure()

    def _with_shape(self, shape: Any) -> list[tuple[dict[str, Any], Any]]:
        if not isinstance(shape, list) or not shape:
            raise unsupported("layers 的形状读不懂", "cannot read the shape of layers")
        one = shape[0]
        return [(layer, one) for layer in self._layers]

    def _shaped(self, layer: dict[str, Any], shape: Any) -> Any:
        """Return a layer as the case writes it: text first is a batch (or a place), and so on."""
        names = {v: k for k, v in self._rows.lots.items()}
        places = {v: k for k, v in self._rows.places.items()}
        where = names.get(layer["lot_id"]) or places.get(layer["location_id"])
        quantity, received, value = layer["quantity"], layer["received_on"], layer["value"]
        forms = {
            ("number", "text"): [quantity, received],
            ("number", "text", "number"): [quantity, received, value],
            ("text", "number"): [where, quantity],
            ("text", "number", "text"): [where, quantity, received],
            ("text", "number", "text", "number"): [where, quantity, received, value],
        }
        if shape == "number":
            return quantity
        form = tuple(shape) if isinstance(shape, list) else ()
        if form not in forms:
            raise unsupported("层的形状读不懂", "cannot read the shape of a layer")
        return forms[form]

    def _at(self, name: str, shape: Any, key: str) -> list[Any]:
        place = self._rows.places[name]
        layers = [x for x in self._layers if x["location_id"] == place]
        if key.endswith("_qty"):
            return _quantities(layers)
        one = shape[0] if isinstance(shape, list) and shape else "number"
        return [self._shaped(layer, one) for layer in layers]

    def _day(self) -> date:
        if self._today is None:
            raise unsupported("没有 as_of 日期", "there is no as_of date")
        return self._today

    def _ageing(self, bounds: int) -> Ageing:
        limits = self._bounds or AGE_BOUNDS[:bounds]
        return age_buckets(self._table, self._day(), limits)

    @staticmethod
    def _amounts(scaled: tuple[int, ...]) -> list[Decimal]:
        return [amount(x) for x in scaled]

    def _bucket(self, name: str, what: str, layers: pa.Table | None = None) -> Decimal:
        """Return one bucket by its name: 0_30, 31_60, over_90."""
        over = re.fullmatch(r"over_(\d+)", name)
        span = re.fullmatch(r"b?(\d+)_(\d+)", name)
        bounds: tuple[int, ...]
        if over:
            bounds, place = (int(over[1]),), 1
        elif span:
            low, high = int(span[1]), int(span[2])
            bounds, place = ((high,), 0) if low == 0 else ((low - 1, high), 1)
        else:
            raise unsupported("不认识的账龄段 {name}", "unknown age bucket {name}", name=name)
        ageing = age_buckets(self._table if layers is None else layers, self._day(), bounds)
        return amount((ageing.quantity if what == "qty" else ageing.value)[place])

    def _pinned(self, name: str) -> Decimal:
        """Age all goods of a batch by its first receipt, as systems do that date the batch."""
        first = min(layer["received_on"] for layer in self._layers)
        dates = pa.array([first] * len(self._table), pa.date32())
        place = self._table.schema.get_field_index("received_on")
        return self._bucket(name, "qty", self._table.set_column(place, "received_on", dates))


def _in_order(layers: pa.Table) -> list[dict[str, Any]]:
    """Return layers oldest first; those of one pool stay in the order in which they are used."""
    rows: list[dict[str, Any]] = layers.to_pylist()
    pools = {(row["location_id"], row["status"]) for row in rows}
    return rows if len(pools) < 2 else sorted(rows, key=lambda row: row["received_on"])


def _quantities(layers: list[dict[str, Any]]) -> list[Decimal]:
    return [layer["quantity"] for layer in layers]
