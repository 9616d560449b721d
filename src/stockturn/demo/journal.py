"""The movements of one month, in the order they happen, and the agenda of what comes later."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from stockturn.demo.days import Ints

KINDS: Final = (
    "期初", "采购入库", "采购退货", "销售出库", "销售退货", "生产领料", "完工入库",
    "调拨出库", "调拨入库", "状态转换", "库存调整", "盘点盈亏", "报废",
)  # fmt: skip
(OPENING, RECEIPT, SUPPLIER_RETURN, SALE, CUSTOMER_RETURN, CONSUME, PRODUCE,
 TRANSFER_OUT, TRANSFER_IN, STATUS, ADJUST, COUNT, SCRAP) = range(13)  # fmt: skip
STATUSES: Final = ("可用", "待检", "冻结", "不良")
AVAILABLE, INSPECTION, BLOCKED, DEFECTIVE = range(4)
ABSENT: Final = -1

COLUMNS: Final = {
    "day": np.int32,
    "kind": np.int8,
    "cell": np.int32,
    "quantity": np.int64,
    "price": np.int64,
    "revenue": np.int64,
    "lot": np.int32,
    "status": np.int8,
    "document": np.int64,
    "transfer": np.int32,
    "supplier": np.int32,
    "customer": np.int32,
    "channel": np.int8,
}
NO_REVENUE: Final = np.iinfo(np.int64).min
DEFAULTS: Final = dict.fromkeys(COLUMNS, ABSENT) | {"revenue": NO_REVENUE, "status": AVAILABLE}


class Journal:
    """Column buffers for movements.

    Columns: day; kind and status by index; cell (location x items + item); quantity in signed
    steps; price per base unit in 0.0001 yuan; revenue in 0.01 yuan; lot, document, transfer,
    supplier, customer, channel by number. -1 is absent.
    """

    def __init__(self) -> None:
        self.size = 0
        self.total = 0
        self.buffers: dict[str, NDArray[np.signedinteger]] = {
            name: np.empty(65_536, dtype=kind) for name, kind in COLUMNS.items()
        }

    def add(self, day: int, kind: int, cell: Ints, quantity: Ints, **given: Ints | int) -> None:
        """Append one movement per entry of ``cell``."""
        end = self.size + len(cell)
        while end > len(self.buffers["day"]):
            self.buffers = {n: np.concatenate([b, b]) for n, b in self.buffers.items()}
        row = {"day": day, "kind": kind, "cell": cell, "quantity": quantity, **given}
        for name, buffer in self.buffers.items():
            buffer[self.size : end] = row.get(name, DEFAULTS[name])
        self.size = end

    def drain(self) -> dict[str, NDArray[np.signedinteger]]:
        """Return the movements collected so far and start anew."""
        rows = {name: buffer[: self.size].copy() for name, buffer in self.buffers.items()}
        self.total += self.size
        self.size = 0
        return rows


class Agenda:
    """Columns of integers filed under the day they are due."""

    def __init__(self) -> None:
        self._due: dict[tuple[str, int], list[tuple[Ints, ...]]] = {}

    def put(self, what: str, due: Ints, *columns: Ints) -> None:
        """File one entry per element of ``due``; columns have the same length."""
        if not len(due):
            return
        order = np.argsort(due, kind="stable")
        days, starts = np.unique(due[order], return_index=True)
        bounds = [*starts.tolist(), len(due)]
        for k, day in enumerate(days.tolist()):
            chosen = order[bounds[k] : bounds[k + 1]]
            self._due.setdefault((what, day), []).append(tuple(c[chosen] for c in columns))

    def take(self, what: str, day: int) -> tuple[Ints, ...] | None:
        """Return the columns due on ``day``, or None when nothing is."""
        parts = self._due.pop((what, day), None)
        if parts is None:
            return None
        return tuple(np.concatenate(columns) for columns in zip(*parts, strict=True))
