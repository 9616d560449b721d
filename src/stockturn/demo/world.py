"""The state of the generated company during the simulation, and the ways to change it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from stockturn.demo.bom import Bom
from stockturn.demo.catalogue import Catalogue
from stockturn.demo.days import Days, Floats, Ints
from stockturn.demo.journal import Agenda, Journal
from stockturn.demo.lots import LotStock, Taken
from stockturn.demo.market import Market
from stockturn.demo.network import LOCATIONS, Customers, Suppliers
from stockturn.demo.roles import LONG_AGO, Roles
from stockturn.demo.terms import Terms


@dataclass(frozen=True)
class Company:
    """What stays fixed during the simulation."""

    days: Days
    catalogue: Catalogue
    bom: Bom
    costs: Ints
    suppliers: Suppliers
    customers: Customers
    market: Market
    roles: Roles
    terms: Terms

    @property
    def items(self) -> int:
        """Number of items; a cell is location x items + item."""
        return self.catalogue.count


@dataclass
class Observed:
    """What the simulation saw of the planted truths, and the purchase orders it placed.

    ``spans`` holds (cell, begin, end, steps lost); ``orders`` holds (supplier, item, ordered,
    promised, arrived, steps, price) in columns; ``expired`` holds (cell, lot, steps, day blocked);
    ``negatives`` holds [cell, begin, end or -1, lowest balance].
    """

    spans: list[tuple[int, int, int, int]] = field(default_factory=list)
    orders: list[tuple[Ints, ...]] = field(default_factory=list)
    expired: list[tuple[int, int, int, int]] = field(default_factory=list)
    negatives: list[list[int]] = field(default_factory=list)
    lost_lines: int = 0
    lost_revenue: int = 0


class World:
    """Stock and plans of the company; one-dimensional arrays are by cell or by item."""

    def __init__(self, company: Company, rng: np.random.Generator) -> None:
        items = company.items
        cells = items * len(LOCATIONS)
        self.company = company
        self.rng = rng
        self.on_hand: Ints = np.zeros(cells, dtype=np.int64)
        self.transit: Ints = np.zeros(cells, dtype=np.int64)
        self.on_order: Ints = np.zeros(items, dtype=np.int64)
        self.extra_buy: Ints = np.zeros(items, dtype=np.int64)
        self.smoothed: Floats = company.market.rate.ravel().copy()
        self.calendar: Floats = np.ones(cells)
        self.ever: np.ndarray = np.zeros(cells, dtype=bool)
        self.out_since: Ints = np.full(cells, -1)
        self.lost_in_span: Ints = np.zeros(cells, dtype=np.int64)
        self.last_issue: Ints = np.full(items, LONG_AGO)
        self.recent_issues: Ints = np.zeros(items, dtype=np.int64)
        self.lots = LotStock(company.catalogue.with_lots, len(LOCATIONS))
        self.journal = Journal()
        self.agenda = Agenda()
        self.observed = Observed()
        self.transfers = 0
        self.work_orders = 0

    def demand(self) -> Floats:
        """Return the planners' view of demand, steps a day by cell, season taken out."""
        return self.smoothed / self.calendar

    def by_place(self, cells: Floats | Ints) -> np.ndarray:
        """Return a by-cell array as location x item, sharing memory."""
        return cells.reshape(len(LOCATIONS), self.company.items)

    def put(self, cells: Ints, quantity: Ints, lots: Ints) -> None:
        """Add available stock; ``lots`` is -1 where the item has none."""
        np.add.at(self.on_hand, cells, quantity)
        self.ever[cells] = True
        with_lot = lots >= 0
        if with_lot.any():
            self.lots.put(cells[with_lot], lots[with_lot], quantity[with_lot])

    def take(self, cells: Ints, quantity: Ints) -> Taken:
        """Remove available stock, each cell once; lot-kept cells by first expiry.

        Returns the parts in the order of the request.
        """
        self.on_hand[cells] -= quantity
        with_lot = self.lots.row_of[cells] >= 0
        plain = np.flatnonzero(~with_lot)
        parts = [(plain, np.full(len(plain), -1), quantity[plain])]
        kept = np.flatnonzero(with_lot)
        if len(kept):
            position, lot, part = self.lots.take(cells[kept], quantity[kept])
            parts.append((kept[position], lot, part))
        position, lot, part = (np.concatenate(column) for column in zip(*parts, strict=True))
        order = np.argsort(position, kind="stable")
        return Taken(position[order], lot[order], part[order])

    def transfer_numbers(self, count: int) -> Ints:
        """Return the next ``count`` numbers that tie two legs together."""
        numbers = np.arange(self.transfers, self.transfers + count)
        self.transfers += count
        return numbers

    def note_issue(self, day: int, items: Ints, quantity: Ints) -> None:
        """Remember sales and production issues for the planted truths."""
        self.last_issue[items] = day
        if day >= self.company.days.count - 180:
            np.add.at(self.recent_issues, items, quantity)
