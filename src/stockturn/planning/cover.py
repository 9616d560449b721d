"""How long stock lasts against planned demand and receipts, day by day.

Days are whole numbers on one scale: days from today, or ``date.toordinal()``. On one day receipts
come before demands, and a balance is the one at the day's end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from stockturn.metrics.formulas import Amount

NEVER_DAYS = 999
"""What reports print for stock that no planned demand uses up."""

EmptyRule = Literal["next_receipt", "next_demand"]


@dataclass(frozen=True)
class Planned:
    """A quantity planned for a day; ``due`` is the day a demand was wanted, if it is late."""

    day: int
    quantity: Decimal
    due: int | None = None


@dataclass(frozen=True)
class Transfer:
    """Stock that leaves one location and arrives at another on the same day."""

    day: int
    quantity: Decimal
    source: str
    target: str


@dataclass(frozen=True)
class StockOut:
    """When stock does not meet demand.

    Attributes:
        first_day: First day whose demand is not met in full; None if there is none in sight.
        gap_days: Days with unmet demand that a later receipt ends.
        final_day: First unmet day after which no receipt comes; None if there is none in sight.
        lost_quantity: Unmet demand up to ``final_day``, not carried over.
    """

    first_day: int | None
    gap_days: int
    final_day: int | None
    lost_quantity: Decimal


@dataclass(frozen=True)
class CoverPoint:
    """Cover right after one event. ``days`` is None when no planned demand uses the stock up."""

    day: int
    on_hand: Decimal
    days: int | None

    @property
    def printed_days(self) -> int:
        """The days, or 999 for never."""
        return NEVER_DAYS if self.days is None else self.days


def project(
    opening: Amount, changes: Iterable[tuple[int, Amount]], days: Sequence[int]
) -> list[Decimal]:
    """Stock at the end of each asked day: opening plus every change up to it.

    Demand that cannot be met is carried over, so a balance may be negative: the shortage stays
    visible. ``opening`` is the stock before the first change.
    """
    dated = [(day, Decimal(quantity)) for day, quantity in changes]
    return [
        sum((quantity for day, quantity in dated if day <= asked), Decimal(opening))
        for asked in days
    ]


def project_locations(
    opening: Mapping[str, Amount],
    changes: Mapping[str, Iterable[tuple[int, Amount]]],
    transfers: Iterable[Transfer],
    days: Sequence[int],
) -> dict[str, list[Decimal]]:
    """Stock of each location at the end of each asked day.

    A transfer changes two locations by the same quantity on one day, so the company total
    (``total_of``) is that of a company without transfers.
    """
    moves: dict[str, list[tuple[int, Amount]]] = {
        name: list(changes.get(name, ())) for name in [*opening, *changes]
    }
    for transfer in transfers:
        moves.setdefault(transfer.source, []).append((transfer.day, -transfer.quantity))
        moves.setdefault(transfer.target, []).append((transfer.day, transfer.quantity))
    return {name: project(opening.get(name, 0), moved, days) for name, moved in moves.items()}


def total_of(projected: Mapping[str, Sequence[Decimal]]) -> list[Decimal]:
    """Company stock a day: the sum over the locations of ``project_locations``."""
    return [sum(balances, Decimal(0)) for balances in zip(*projected.values(), strict=True)]


def stock_out(
    on_hand: Amount,
    daily_demand: Amount | Sequence[Amount],
    receipts: Iterable[Planned] = (),
    horizon_days: int = 3650,
) -> StockOut:
    """Walk the days from today (day 0) and say where demand is not met.

    Unmet demand is lost, as it mostly is in trade; ``project`` carries it over instead. A constant
    demand is one number; a list gives day 0, 1, ... and demand ends with it.
    """
    arriving: dict[int, Decimal] = {}
    for receipt in receipts:
        day = max(receipt.day, 0)  # overdue receipts are expected today
        arriving[day] = arriving.get(day, Decimal(0)) + receipt.quantity
    last_receipt = max(arriving, default=-1)
    demands = daily_demand if isinstance(daily_demand, Sequence) else None
    length = horizon_days if demands is None else len(demands)
    stock, lost, first, gap = Decimal(on_hand), Decimal(0), None, 0
    for day in range(length):
        stock += arriving.get(day, Decimal(0))
        wanted = Decimal(demands[day] if demands is not None else _single(daily_demand))
        short = wanted - max(stock, Decimal(0))
        stock -= wanted
        if wanted <= 0 or short <= 0:
            continue
        first = day if first is None else first
        stock, lost = min(stock + short, Decimal(0)), lost + short
        if day >= last_receipt:
            return StockOut(first, gap, day, lost)
        gap += 1
    return StockOut(first, gap, None, lost)


def period_of_cover(
    on_hand: Amount,
    receipts: Iterable[Planned],
    demands: Iterable[Planned],
    when_empty: EmptyRule = "next_receipt",
) -> list[CoverPoint]:
    """Cover after every planned event, in order of day, receipts first.

    The rules, in this order:

    * backlog: while demand whose ``due`` has passed waits and would take all the stock, cover is 0;
    * stock: days to the demand that uses the last unit, future receipts left out;
    * no stock: days to the next receipt (``next_demand``: to the next demand);
    * nothing planned that would end it: never (None).
    """
    supply = [(p.day, 0, p.quantity, p.day) for p in receipts]
    usage = [(p.day, 1, -p.quantity, p.day if p.due is None else p.due) for p in demands]
    events = sorted([*supply, *usage], key=lambda event: event[:2])
    points, stock = [], Decimal(on_hand)
    for position, (day, _, quantity, _) in enumerate(events):
        stock += quantity
        rest = events[position + 1 :]
        points.append(CoverPoint(day, stock, _cover(day, stock, rest, when_empty)))
    return points


def cover_days(
    on_hand: Amount, today: int, demands: Iterable[Planned], committed: Amount = 0
) -> int | None:
    """Days until planned demand uses the last unit of stock not yet committed; None is never.

    ``committed`` is stock already promised (open sales orders), taken off first.
    """
    left = Decimal(on_hand) - committed
    if left <= 0:
        return 0
    events = [(p.day, 1, -p.quantity, p.day) for p in sorted(demands, key=lambda p: p.day)]
    return _cover(today, left, [e for e in events if e[0] >= today], "next_receipt")


def _cover(
    day: int,
    stock: Decimal,
    rest: Sequence[tuple[int, int, Decimal, int]],
    when_empty: EmptyRule,
) -> int | None:
    overdue = -sum((quantity for _, kind, quantity, due in rest if kind and due < day), Decimal(0))
    if overdue > 0 and stock <= overdue:
        return 0
    if stock <= 0:
        wanted = 0 if when_empty == "next_receipt" else 1
        return next((at - day for at, kind, _, _ in rest if kind == wanted), None)
    left = stock
    for at, kind, quantity, _ in rest:
        if not kind:
            continue
        left += quantity
        if left <= 0:
            return at - day
    return None


def _single(demand: Amount | Sequence[Amount]) -> Amount:
    assert not isinstance(demand, Sequence)
    return demand
