"""Stock by lot at each cell, issued first expired, first out (FEFO)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from stockturn.demo.days import Ints

NEVER = np.int64(1 << 40)


class Taken(NamedTuple):
    """Parts of an issue: ``position`` in the request, the lot (-1 none) and the quantity."""

    position: Ints
    lot: Ints
    quantity: Ints


class LotStock:
    """Quantities by cell and lot for the cells of lot-kept items.

    ``row_of`` maps a cell to its row here, -1 for cells without lots.
    """

    def __init__(self, with_lots: np.ndarray, locations: int) -> None:
        cells = np.flatnonzero(np.tile(with_lots, locations))
        self.row_of = np.full(len(with_lots) * locations, -1)
        self.row_of[cells] = np.arange(len(cells))
        self.cells = cells
        self.quantity = np.zeros((len(cells), 8), dtype=np.int64)
        self.lot = np.full((len(cells), 8), -1, dtype=np.int64)
        self.expires = np.full((len(cells), 8), NEVER)
        self.lot_item: list[int] = []
        self.lot_made: list[int] = []
        self.lot_expires: list[int] = []

    def create(self, items: Ints, made: Ints, expires: Ints) -> Ints:
        """Register new lots and return their numbers."""
        start = len(self.lot_item)
        self.lot_item.extend(items.tolist())
        self.lot_made.extend(made.tolist())
        self.lot_expires.extend(expires.tolist())
        return np.arange(start, start + len(items))

    def put(self, cells: Ints, lots: Ints, quantity: Ints) -> None:
        """Add quantities; a cell may occur several times."""
        expires = np.array([self.lot_expires[lot] for lot in lots.tolist()], dtype=np.int64)
        left = np.arange(len(cells))
        while len(left):
            rows, first = np.unique(self.row_of[cells[left]], return_index=True)
            now = left[first]
            same = self.lot[rows] == lots[now][:, None]
            free = np.where(same, 2, self.lot[rows] < 0)
            if not free.any(axis=1).all():
                self._widen()
                continue
            slot = free.argmax(axis=1)
            self.quantity[rows, slot] += quantity[now]
            self.lot[rows, slot] = lots[now]
            self.expires[rows, slot] = expires[now]
            left = np.delete(left, first)

    def take(self, cells: Ints, quantity: Ints) -> Taken:
        """Remove quantities by earliest expiry; each cell once, and it must hold enough."""
        rows = self.row_of[cells]
        order = np.argsort(self.expires[rows], axis=1, kind="stable")
        held = np.take_along_axis(self.quantity[rows], order, axis=1)
        before = np.cumsum(held, axis=1) - held
        part = np.clip(quantity[:, None] - before, 0, held)
        position, column = np.nonzero(part)
        slot = order[position, column]
        taken = Taken(position, self.lot[rows[position], slot], part[position, column])
        self._remove(rows[position], slot, taken.quantity)
        return taken

    def expired(self, day: int) -> tuple[Ints, Ints, Ints]:
        """Remove every lot whose expiry day has come; return cells, lots and quantities."""
        rows, slot = np.nonzero(self.expires <= day)
        cells, lots, quantity = self.cells[rows], self.lot[rows, slot], self.quantity[rows, slot]
        self._remove(rows, slot, quantity)
        return cells, lots, quantity

    def _remove(self, rows: Ints, slot: Ints, quantity: Ints) -> None:
        self.quantity[rows, slot] -= quantity
        empty = self.quantity[rows, slot] == 0
        self.lot[rows[empty], slot[empty]] = -1
        self.expires[rows[empty], slot[empty]] = NEVER

    def _widen(self) -> None:
        """Double the number of lots a cell can hold."""
        self.quantity = np.hstack([self.quantity, np.zeros_like(self.quantity)])
        self.lot = np.hstack([self.lot, np.full_like(self.lot, -1)])
        self.expires = np.hstack([self.expires, np.full_like(self.expires, NEVER)])
