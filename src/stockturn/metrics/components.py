"""The additive parts that measures are computed from.

Every part is a plain sum over groups, so adding the parts of all rows and applying a measure to the
sum gives the total that its definition demands: ratios of sums, never sums of ratios.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from stockturn.ledger.schema import VALUE_ONLY

ZERO: Final = Decimal(0)


@dataclass
class Stock:
    """Stock of one group over one span, in one unit (quantity or value at cost).

    ``integral`` is the sum of all days' closing balances; ``points`` the sum of the closings of the
    span's month ends (the last is ``closing``).
    """

    opening: Decimal = ZERO
    closing: Decimal = ZERO
    integral: Decimal = ZERO
    points: Decimal = ZERO

    def add(self, other: Stock) -> None:
        """Add another group's stock to this one."""
        self.opening += other.opening
        self.closing += other.closing
        self.integral += other.integral
        self.points += other.points


@dataclass
class Flow:
    """What moved of one kind, signed as in the ledger."""

    quantity: Decimal = ZERO
    value: Decimal = ZERO
    uncosted: Decimal = ZERO

    def add(self, other: Flow) -> None:
        """Add another group's flow to this one."""
        self.quantity += other.quantity
        self.value += other.value
        self.uncosted += other.uncosted


@dataclass
class Components:
    """All parts of one group in one span.

    Attributes:
        flows: (movement kind, between companies of the group) -> what moved.
        completed: Cost at which production received goods other than work in process, found for
            groups of work in process alone; None where it cannot be told for the group.
        uncosted: Part of the closing quantity whose cost is not known.
        ages: Age bucket -> value on hand at the span's end; empty where ages are not asked.
        clocks: Money-days of that value on the three clocks (columns of ``ageing.age_sums``).
        negative, slow_value, dead_value: See ``facts.item_sums``.
        stages: Item kinds found among stock and flows.
        units: Units of measure found; a quantity over several has no meaning.
    """

    quantity: Stock = field(default_factory=Stock)
    value: Stock = field(default_factory=Stock)
    uncosted: Decimal = ZERO
    flows: dict[tuple[str, bool], Flow] = field(default_factory=dict)
    completed: Decimal | None = None
    ages: dict[str, Decimal] = field(default_factory=dict)
    clocks: dict[str, Decimal] = field(default_factory=dict)
    negative: Decimal = ZERO
    slow_value: Decimal = ZERO
    dead_value: Decimal = ZERO
    stages: set[str] = field(default_factory=set)
    units: set[str] = field(default_factory=set)

    @property
    def value_only(self) -> bool:
        """Whether some of it is known in money alone."""
        return VALUE_ONLY in self.units

    def add(self, other: Components) -> None:
        """Add another group's parts to this one."""
        self.quantity.add(other.quantity)
        self.value.add(other.value)
        self.uncosted += other.uncosted
        for key, flow in other.flows.items():
            self.flows.setdefault(key, Flow()).add(flow)
        for mine, theirs in ((self.ages, other.ages), (self.clocks, other.clocks)):
            for name, value in theirs.items():
                mine[name] = mine.get(name, ZERO) + value
        self.negative += other.negative
        self.slow_value += other.slow_value
        self.dead_value += other.dead_value
        self.stages |= other.stages
        self.units |= other.units

    def moved(self, kinds: Iterable[str], *, eliminate: bool, unit: str = "value") -> Decimal:
        """Sum of ``value`` or ``quantity`` over kinds.

        ``eliminate`` leaves out moves between companies: a consolidated figure counts only what
        left or entered the group of companies.
        """
        return sum(
            (
                getattr(flow, unit)
                for (kind, between), flow in self.flows.items()
                if kind in kinds and not (eliminate and between)
            ),
            ZERO,
        )


def total(parts: Iterable[Components]) -> Components:
    """Add up the parts of all groups."""
    result = Components()
    for part in parts:
        result.add(part)
    return result
