"""Movement tables as the columns of the replay, and back.

Tables carry decimals and text keys; the replay wants int64 and dense pools. Decimals are read and
written as the 128-bit integers they are, so nothing is rounded and nothing passes through floats.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stockturn.ledger.exact import Ints
from stockturn.ledger.pools import UNKNOWN, Flags, Moves

AMOUNT: Final = pa.decimal128(18, 4)
"""Arrow type of quantities and values."""

UNIT_COST: Final = pa.decimal128(18, 6)
"""Arrow type of unit costs."""

FOUND_KINDS: Final = (
    "sale_issue",
    "customer_return",
    "production_issue",
    "production_return",
    "supplier_return",
    "adjustment",
    "count",
    "scrap",
    "unexplained",
)
"""Kinds whose incoming goods were the firm's own before: they take the pool's cost."""


_KEYS: Final = pa.schema({"item_id": pa.int32(), "location_id": pa.int32(), "status": pa.string()})


@dataclass(frozen=True)
class Pools:
    """What the pool numbers stand for; one element per pool.

    Attributes:
        item_id: Item.
        location_id: Location.
        status: Stock status.
        transfer: The transfer a pool in transit belongs to, else null.
        count: Number of pools of stock; numbers from there on are goods between two legs.
        total: Number of all pools.
    """

    item_id: pa.Array
    location_id: pa.Array
    status: pa.Array
    transfer: pa.Array
    count: int
    total: int


def integers(column: pa.ChunkedArray | pa.Array, type_: pa.DataType = AMOUNT) -> tuple[Ints, Flags]:
    """Return a decimal column as scaled integers (0 where null) and where it is not null."""
    column = column.cast(type_)
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(whole, pa.ChunkedArray):
        whole = pa.concat_arrays(whole.chunks) if whole.num_chunks else pa.array([], type_)
    valid = np.asarray(whole.is_valid())
    words = np.frombuffer(whole.buffers()[1] or b"", dtype=np.int64)
    # 18 digits fit the low word of the 128 bits, sign included.
    low = words[2 * whole.offset : 2 * (whole.offset + len(whole)) : 2]
    return np.where(valid, low, 0), valid


def decimals(numbers: Ints, valid: Flags | None = None, type_: pa.DataType = AMOUNT) -> pa.Array:
    """Return scaled integers as a decimal column; null where not ``valid``."""
    if np.any(np.abs(numbers) >= 10**18):
        raise OverflowError("an amount has more than 18 digits")
    words = np.empty((len(numbers), 2), dtype=np.int64)
    words[:, 0] = numbers
    words[:, 1] = numbers >> 63
    mask = None
    if valid is not None and not valid.all():
        mask = pa.py_buffer(np.packbits(valid, bitorder="little").tobytes())
    return pa.Array.from_buffers(type_, len(numbers), [mask, pa.py_buffer(words)])


def numbers(column: pa.ChunkedArray, missing: int = UNKNOWN) -> Ints:
    """Return an integer or date column as int64, ``missing`` where null."""
    if pa.types.is_date(column.type):
        column = column.cast(pa.date32()).cast(pa.int32())
    return np.asarray(pc.fill_null(column.cast(pa.int64()), missing).to_numpy())


def codes(column: pa.ChunkedArray) -> tuple[Ints, pa.Array]:
    """Return dense codes of a text column (-1 where null) and what they stand for."""
    encoded = column.cast(pa.string()).combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.unify_dictionaries().combine_chunks()
    return numbers(pa.chunked_array([encoded.indices])), encoded.dictionary


def dense(*parts: Ints) -> tuple[Ints, Ints]:
    """Number the combinations of ``parts`` (each -1 or above) from 0.

    Returns:
        The number of each row, and for each number the row where it first stands.
    """
    key = np.zeros(len(parts[0]), dtype=np.int64)
    for part in parts:
        shifted = part + 1
        width = int(shifted.max(initial=0)) + 1
        top = int(key.max(initial=0)) + 1
        if top > 2**62 // width:
            key = _renumber(key)[0]
        key = key * width + shifted
    return _renumber(key)


def _renumber(key: Ints) -> tuple[Ints, Ints]:
    encoded = pa.array(key).dictionary_encode()
    number = np.asarray(encoded.indices).astype(np.int64)
    first = np.empty(len(encoded.dictionary), dtype=np.int64)
    first[number[::-1]] = np.arange(len(number) - 1, -1, -1)
    return number, first


def in_order(movements: pa.Table) -> Ints | None:
    """Return the row order (item, day, sequence), or None when rows stand in it already."""
    item = numbers(movements["item_id"])
    day = numbers(movements["happened_on"])
    sequence = numbers(movements["sequence"])
    same_item = item[1:] == item[:-1]
    same_day = same_item & (day[1:] == day[:-1])
    rising = (item[1:] > item[:-1]) | (same_item & (day[1:] > day[:-1]))
    if (rising | (same_day & (sequence[1:] >= sequence[:-1]))).all():
        return None
    return np.lexsort((sequence, day, item))


def encode(movements: pa.Table, opening: pa.Table) -> tuple[Moves, Pools, Ints]:
    """Return the columns of the replay, what the pools are, and the pool of each opening row.

    Args:
        movements: Sorted by item, day, sequence; columns as of :func:`costing.cost_frame`.
        opening: ``item_id, location_id, status, transfer``; may be empty.
    """
    parts = [rows.select(_KEYS.names).cast(_KEYS) for rows in (opening, movements)]
    both = pa.concat_tables(parts).combine_chunks()
    before = len(opening)
    status, _ = codes(both["status"])
    transfers = pa.chunked_array(
        [
            *opening["transfer"].cast(pa.string()).chunks,
            *movements["transfer"].cast(pa.string()).chunks,
        ],
        pa.string(),
    )
    transfer, names = codes(transfers)
    moving = np.asarray(pc.fill_null(movements["transit"], False)).astype(np.bool_)
    along = np.r_[transfer[:before], np.where(moving, transfer[before:], UNKNOWN)]
    item, location = numbers(both["item_id"]), numbers(both["location_id"])
    pool, first = dense(item, location, status, along)
    day = numbers(movements["happened_on"])
    legs = np.flatnonzero(transfer[before:] >= 0)
    group = np.full(len(movements), UNKNOWN, dtype=np.int64)
    voucher, vouchers = dense(item[before:][legs], transfer[before:][legs], day[legs])
    group[legs] = voucher + len(first)
    pools = Pools(
        item_id=both["item_id"].take(pa.array(first)),
        location_id=both["location_id"].take(pa.array(first)),
        status=both["status"].take(pa.array(first)),
        transfer=names.take(pa.array(along[first], mask=along[first] < 0)),
        count=len(first),
        total=len(first) + len(vouchers),
    )
    return _moves(movements, item[before:], pool[before:], group, day), pools, pool[:before]


def _moves(movements: pa.Table, item: Ints, pool: Ints, group: Ints, day: Ints) -> Moves:
    quantity, _ = integers(movements["quantity"])
    value, stated = integers(movements["value"])
    standard, known = integers(movements["standard_cost"], UNIT_COST)
    found = pc.is_in(movements["kind"].cast(pa.string()), value_set=pa.array(FOUND_KINDS))
    return Moves(
        item=item,
        pool=pool,
        group=group,
        day=day,
        quantity=quantity,
        value=value,
        stated=stated,
        at_average=np.asarray(found).astype(np.bool_),
        standard=np.where(known, standard, UNKNOWN),
        return_of=_origins(movements),
        lot=numbers(movements["lot_id"]),
    )


def _origins(movements: pa.Table) -> Ints:
    """Return the row that each movement returns, or -1."""
    if "return_of" not in movements.column_names:
        return np.full(len(movements), UNKNOWN, dtype=np.int64)
    ids, wanted = numbers(movements["movement_id"]), numbers(movements["return_of"])
    order = np.argsort(ids)
    place = np.searchsorted(ids[order], wanted)
    row = order[np.minimum(place, len(ids) - 1)] if len(ids) else place
    # A movement can only return what happened before it.
    known = (wanted >= 0) & (ids[row] == wanted) & (row < np.arange(len(ids)))
    return np.where(known, row, UNKNOWN)
