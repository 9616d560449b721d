"""Writes the stock movements of one month as Parquet, in the generic Chinese shape."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from stockturn.demo.days import Ints
from stockturn.demo.journal import CONSUME, KINDS, NO_REVENUE, PRODUCE, RECEIPT, STATUSES
from stockturn.demo.network import CHANNELS, LOCATIONS
from stockturn.demo.world import Company

Rows = dict[str, NDArray[np.signedinteger]]

PREFIXES: Final = ("QC", "CG", "CT", "XS", "XT", "SC", "SC", "DC", "DR", "ZT", "TZ", "PD", "BF")
"""Document prefix of each kind of movement."""
EPOCH: Final = date(1970, 1, 1)
LATE_ENTRY: Final = 0.012


def write_movements(
    path: Path, rows: Rows, company: Company, lots: Ints, rng: np.random.Generator
) -> None:
    """Write one month; ``lots`` is the first part of every lot's name (its making day)."""
    cell, day = rows["cell"].astype(np.int64), rows["day"].astype(np.int64)
    item = cell % company.items
    quantity = rows["quantity"] * company.catalogue.scale[item]
    first = (company.days.first - EPOCH).days
    price = rows["price"]
    priced = price >= 0
    amount = (quantity * price + 500_000) // 1_000_000
    columns = {
        "日期": pa.array((first + day).astype(np.int32), pa.date32()),
        "业务类型": _words(rows["kind"], KINDS),
        "物料编码": _words(item, company.catalogue.codes),
        "仓库编码": _words(cell // company.items, [place.code for place in LOCATIONS]),
        "数量": _decimal(quantity, 18, 4),
        "单价": _decimal(price, 18, 4, priced),
        "金额": _decimal(amount, 18, 2, priced),
        "销售收入": _decimal(rows["revenue"], 18, 2, rows["revenue"] != NO_REVENUE),
        "批号": _lot_names(rows["lot"], lots, company),
        "库存状态": _words(rows["status"], STATUSES),
        "单据号": _documents(rows, company),
        "调拨单号": _numbered("DB", rows["transfer"]),
        "供应商编码": _words(rows["supplier"], company.suppliers.codes),
        "客户编码": _words(rows["customer"], company.customers.codes),
        "渠道": _words(rows["channel"], CHANNELS),
        "录入时间": _entered(first + day, rng),
    }
    pq.write_table(
        pa.table(columns), path, compression="zstd", compression_level=1, row_group_size=1 << 20,
        store_decimal_as_integer=True, write_statistics=True, version="2.6", store_schema=False,
        use_dictionary=[name for name in columns if name not in {"数量", "录入时间", "调拨单号"}],
    )  # fmt: skip


def _words(index: NDArray[np.signedinteger], words: tuple[str, ...] | list[str]) -> pa.Array:
    """Return words by index, null where the index is negative."""
    codes = pa.array(index.astype(np.int32), mask=index < 0)
    return pa.DictionaryArray.from_arrays(codes, pa.array(words, pa.string()))


def _numbered(prefix: str, number: NDArray[np.signedinteger]) -> pa.Array:
    present = number >= 0
    texts, codes = np.unique(number, return_inverse=True)
    words = [f"{prefix}{value:08d}" for value in texts.tolist()]
    return _words(np.where(present, codes, -1), words)


def _decimal(
    value: Ints, precision: int, scale: int, present: NDArray[np.bool_] | None = None
) -> pa.Array:
    """Return exact decimals from integers already scaled, null where not ``present``."""
    wide = np.empty((len(value), 2), dtype=np.int64)
    wide[:, 0] = value
    wide[:, 1] = value >> 63
    valid = None
    if present is not None:
        valid = pa.array(np.packbits(present, bitorder="little")).buffers()[1]
    kind = pa.decimal128(precision, scale)
    return pa.Array.from_buffers(kind, len(value), [valid, pa.py_buffer(wide)])


def _lot_names(lot: NDArray[np.signedinteger], made: Ints, company: Company) -> pa.Array:
    numbers, codes = np.unique(lot, return_inverse=True)
    words = [lot_name(company, n, int(made[n])) if n >= 0 else "" for n in numbers.tolist()]
    return _words(np.where(lot >= 0, codes, -1), words)


def lot_name(company: Company, lot: int, made: int) -> str:
    """Return the lot number printed on the box: making day and a running number."""
    return f"{company.days.stamp(made)}-{lot:06d}"


def _documents(rows: Rows, company: Company) -> pa.Array:
    """Return document numbers; a receipt names its purchase order, a work order its own number."""
    kind, document = rows["kind"].astype(np.int64), rows["document"].astype(np.int64)
    receipt = kind == RECEIPT
    day = np.where(receipt, document // 10_000, rows["day"])
    work = (kind == CONSUME) | (kind == PRODUCE)
    part = np.where(receipt, document % 10_000, document)
    day = np.where(work, 0, day)
    kind = np.where(work, CONSUME, kind)
    key = ((day + 1) << 40) + (kind << 34) + part
    keys, codes = np.unique(key, return_inverse=True)
    words = []
    for value in keys.tolist():
        when, what, rest = (value >> 40) - 1, (value >> 34) & 63, value & ((1 << 34) - 1)
        words.append(document_name(company, what, when, rest))
    return _words(codes, words)


def document_name(company: Company, kind: int, day: int, part: int) -> str:
    """Return the number on a document of ``kind``."""
    if kind == CONSUME:
        return f"SC{part:07d}"
    when = company.days.stamp(day)
    if kind == RECEIPT:
        return f"{PREFIXES[kind]}{when}-{part:04d}"
    return f"{PREFIXES[kind]}{when}-{part // 10_000}{part % 10_000:04d}"


def _entered(day: Ints, rng: np.random.Generator) -> pa.Array:
    """Return when clerks typed the rows: office hours, a few rows one to three days late."""
    minute = rng.integers(8 * 60, 18 * 60, len(day))
    late = np.where(rng.random(len(day)) < LATE_ENTRY, rng.integers(1, 4, len(day)), 0)
    stamp = ((day + late) * 86_400 + minute * 60) * 1_000
    return pa.array(stamp, pa.timestamp("ms"))
