"""A rate restated after amounts were converted by it: one value, its sentence and its JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

from stockturn.language import Text

RateTable = Literal["currency_rate", "tax_rate"]
CENT: Final = Decimal("0.0001")

CHANGED: Final = Text(
    "{what}自 {day} 起改为 {rate}，但已有 {rows} 笔金额（{first} 至 {last}）按 {former} 折算入账",
    "{what} is restated as {rate} from {day} on, and {rows} amounts ({first} to {last}) were "
    "converted at {former} before",
)
OF_CURRENCY: Final = Text("{name} 的汇率", "The rate of {name}")
OF_TAX: Final = Text("{name} 的税率", "The tax rate of {name}")
OF_ALL: Final = Text("通用税率", "The general tax rate")


@dataclass(frozen=True)
class RateChange:
    """One restated rate with the amounts that were converted otherwise.

    Attributes:
        table: the rate table that states it.
        name: the currency, or the item or category of a tax rate; None of the general one.
        valid_from: the day from which it is stated; None from the beginning.
        rate: as it is stated now.
        former: by which the amounts were converted.
        rows: how many amounts and prices that is, dated ``first`` to ``last``.
        prices: how many of them are unit prices, which are in no sum.
        booked: sum of the amounts as they are booked, in the firm's own currency.
        through: the last load whose amounts are among them.
    """

    table: RateTable
    name: str | None
    valid_from: date | None
    rate: Decimal
    former: Decimal
    rows: int
    first: date
    last: date
    prices: int
    booked: Decimal
    through: int

    @property
    def at_new_rate(self) -> Decimal:
        """What the booked amounts would be at the rate as it is stated now."""
        if self.table == "currency_rate":
            return (self.booked * self.rate / self.former).quantize(CENT)
        return (self.booked * (1 + self.former) / (1 + self.rate)).quantize(CENT)

    @property
    def words(self) -> Text:
        """What is restated, and what was converted otherwise; without a full stop."""
        is_currency = self.table == "currency_rate"
        words = OF_CURRENCY if is_currency else OF_ALL if self.name is None else OF_TAX
        rest = {
            "day": self.valid_from or "—",
            "rate": f"{self.rate.normalize():f}",
            "former": f"{self.former.normalize():f}",
            "rows": self.rows,
            "first": self.first,
            "last": self.last,
        }
        zh, en = (text.format(name=self.name) for text in words)
        return Text(CHANGED.zh.format(what=zh, **rest), CHANGED.en.format(what=en, **rest))

    def settles(self, later: RateChange) -> bool:
        """Tell whether a decision on this change holds for another one, of one load at most."""
        mine, others = (
            (each.table, each.name, each.valid_from, each.rate) for each in (self, later)
        )
        return mine == others and later.through <= self.through


def change_tree(change: RateChange) -> dict[str, Any]:
    """Return a change as JSON knows it."""
    return {
        key: str(value) if isinstance(value, date | Decimal) else value
        for key, value in asdict(change).items()
    }


def change_of(tree: Mapping[str, Any]) -> RateChange:
    """Return the change that :func:`change_tree` wrote."""
    values = dict(tree)
    for name in ("rate", "former", "booked"):
        values[name] = Decimal(values[name])
    for name in ("valid_from", "first", "last"):
        values[name] = values[name] and date.fromisoformat(values[name])
    return RateChange(**values)
