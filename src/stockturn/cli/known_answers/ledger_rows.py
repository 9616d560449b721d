"""Rows of a case as the movement table that the ledger's passes take."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa

from stockturn.cli.known_answers.case import unsupported

FIRST_DAY: Final = date(2000, 1, 1)

SCHEMA: Final = pa.schema(
    {
        "movement_id": pa.int64(),
        "happened_on": pa.date32(),
        "sequence": pa.int64(),
        "kind": pa.string(),
        "item_id": pa.int32(),
        "location_id": pa.int32(),
        "status": pa.string(),
        "lot_id": pa.int32(),
        "quantity": pa.decimal128(18, 4),
        "value": pa.decimal128(18, 4),
        "transfer": pa.string(),
        "standard_cost": pa.decimal128(18, 6),
        "return_of": pa.int64(),
        "transit": pa.bool_(),
    }
)


def exact(number: Decimal, places: int = 4) -> Decimal:
    """Return the number if the ledger can hold it.

    Raises:
        UnsupportedCase: It has more decimals than the ledger keeps.
    """
    fitted = number.quantize(Decimal(1).scaleb(-places))
    if fitted != number:
        raise unsupported(
            "{number} 的小数位超过台账的 {places} 位",
            "{number} has more decimals than the ledger's {places}",
            number=number,
            places=places,
        )
    return fitted


def amount(scaled: int) -> Decimal:
    """Return ten-thousandths as a number."""
    return Decimal(scaled).scaleb(-4)


@dataclass
class Rows:
    """Movements of one item, in the order they are told.

    Attributes:
        rows: Movements as dicts of the table's columns.
        places: Name of a place to its location id, in order of appearance.
        lots: Name of a batch to its lot id, in order of appearance.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    lots: dict[str, int] = field(default_factory=dict)

    def add(
        self,
        kind: str,
        quantity: Decimal,
        *,
        day: date | None = None,
        place: str = "",
        status: str = "available",
        lot: str | None = None,
        value: Decimal | None = None,
        transfer: str | None = None,
        standard: Decimal | None = None,
        return_of: int | None = None,
    ) -> int:
        """Append one movement, a day after the last one unless a day is given; return its id."""
        number = len(self.rows)
        self.rows.append(
            {
                "movement_id": number,
                "happened_on": day or FIRST_DAY + timedelta(number),
                "sequence": number,
                "kind": kind,
                "item_id": 1,
                "location_id": self.places.setdefault(place, len(self.places) + 1),
                "status": status,
                "lot_id": None if lot is None else self.lots.setdefault(lot, len(self.lots) + 1),
                "quantity": exact(quantity),
                "value": None if value is None else exact(value),
                "transfer": transfer,
                "standard_cost": None if standard is None else exact(standard, 6),
                "return_of": return_of,
                "transit": False,
            }
        )
        return number

    def held(self, place: str = "", lot: str | None = None) -> Decimal:
        """Return the quantity at a place so far, of one lot if named."""
        where, which = self.places.get(place), lot and self.lots.get(lot, 0)
        return sum(
            (
                row["quantity"]
                for row in self.rows
                if row["location_id"] == where and (lot is None or row["lot_id"] == which)
            ),
            Decimal(0),
        )

    def table(self, first: int | None = None) -> pa.Table:
        """Return the movements, or the ``first`` of them, as a table."""
        return pa.Table.from_pylist(self.rows[:first], schema=SCHEMA)
