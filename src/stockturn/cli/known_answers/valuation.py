"""Known answers of topic valuation, through ``ledger.costing``.

Understood: a method (standard, average, fifo, or one "to" another with a move "switch method") and
moves in the language of :mod:`moves`. A correction in the past is replayed where it belongs, as the
ledger does; booked-when-made (a further move at the end) is offered beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final

import pyarrow as pa

from stockturn.cli.known_answers.case import unsupported
from stockturn.cli.known_answers.ledger_rows import Rows
from stockturn.cli.known_answers.moves import Move, read_move
from stockturn.cli.known_answers.reading import Inputs
from stockturn.ledger.costing import cost_frame

_METHODS: Final = {
    "standard": "standard",
    "average": "moving_average",
    "avco": "moving_average",
    "moving_average": "moving_average",
    "fifo": "fifo",
}
_REPLAYED = re.compile(r"(.+?)_(?:if_|when_)?(?:replay|replayed|recalculated)")
_BOOKED = re.compile(r"(.+?)_(?:if_|odoo_)?(?:booked(?:_when_made)?|when_made|odoo)")
_CENT: Final = Decimal("0.01")


def solve(inputs: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Compute every wanted quantity, value or cost from the inputs alone."""
    read = Inputs(inputs)
    methods = [_method(name) for name in re.split("[ _]to[ _]", read.word("method") or "")]
    price = read.number("standard_price")
    moves = [read_move(text) for text in read.raw("moves") or []]
    read.finish()
    if not moves:
        raise unsupported("没有动作", "there are no moves")
    if (len(methods) > 1) != any(move.verb == "switch" for move in moves):
        raise unsupported("方法与动作不符", "the method and the moves disagree")
    case = _Case(methods, price, moves)
    return {key: _answer(case, key, wanted) for key in wanted}


def _method(name: str) -> str:
    if name.strip().lower() not in _METHODS:
        raise unsupported("不认识的成本方法“{name}”", "unknown costing method '{name}'", name=name)
    return _METHODS[name.strip().lower()]


@dataclass(frozen=True)
class _Case:
    methods: list[str]
    price: Decimal | None
    moves: list[Move]

    def told(self, *, booked: bool = False, actual: bool = False) -> _Story:
        """Tell the moves to the ledger."""
        story = _Story(self.methods, self.price, actual=actual)
        for move in _corrected(self.moves, booked=booked):
            story.tell(move)
        story.close()
        return story


def _corrected(moves: list[Move], *, booked: bool) -> list[Move]:
    """Put corrections where they belong, or as further moves at the end."""
    whole, later = [], []
    for move in moves:
        plain = replace(move, corrected=None, corrected_price=None)
        if move.corrected is None and move.corrected_price is None:
            whole.append(plain)
        elif not booked:
            quantity = move.quantity if move.corrected is None else move.corrected
            cost = move.price if move.corrected_price is None else move.corrected_price
            whole.append(replace(plain, quantity=quantity, price=cost))
        else:
            whole.append(plain)
            later.append(_further(plain, move))
    return whole + later


def _further(plain: Move, move: Move) -> Move:
    """Return the move that a firm books on the day it finds the mistake."""
    if move.corrected is None or plain.quantity is None or move.corrected <= plain.quantity:
        raise unsupported(
            "只会把更正补记为增加的数量", "only an increase can be booked as a further move"
        )
    return replace(plain, quantity=move.corrected - plain.quantity)


def _answer(case: _Case, key: str, wanted: Mapping[str, Any]) -> Any:
    replayed, booked = _REPLAYED.fullmatch(key), _BOOKED.fullmatch(key)
    if replayed or booked:
        found = replayed or booked
        assert found is not None
        return case.told(booked=booked is not None).figure(found[1])
    if key == "value_moved_strict_fifo":
        return case.told().figure("value_moved")
    if key == "value_moved_actual_cost":
        return case.told(actual=True).figure("value_moved")
    # Beside a figure that is named after the replay, the bare one is as booked when made.
    beside = any(_REPLAYED.fullmatch(other) for other in wanted)
    return case.told(booked=beside).figure(key)


@dataclass
class _Story:
    """Moves told so far, and what the ledger makes of them."""

    methods: list[str]
    price: Decimal | None
    actual: bool = False
    rows: Rows = field(default_factory=Rows)
    opening: pa.Table | None = None
    dropped: Decimal = Decimal(0)
    receipts: list[int] = field(default_factory=list)
    deliveries: list[int] = field(default_factory=list)
    returned: list[int] = field(default_factory=list)
    values: dict[int, Decimal | None] = field(default_factory=dict)
    kinds: dict[int, str] = field(default_factory=dict)
    pools: list[dict[str, Any]] = field(default_factory=list)
    costed: int = 0

    def tell(self, move: Move) -> None:
        """Add one move to the ledger."""
        for _ in range(move.times):
            if move.verb == "price":
                self._set_price(move)
            elif move.verb == "switch":
                self._switch()
            elif move.verb == "transfer":
                self._transfer(move)
            else:
                self._goods(move, move.quantity or Decimal(0))

    def _goods(self, move: Move, quantity: Decimal) -> None:
        """Add a move between the firm and the world."""
        if move.verb == "in":
            self.receipts.append(self._in("receipt", quantity, move))
        elif move.verb == "out":
            self.deliveries.append(self._add("sale_issue", -quantity, place=move.place))
        elif move.verb == "scrap":
            self._add("scrap", -quantity, place=move.place)
        elif move.verb == "customer_return":
            self._add("customer_return", quantity, return_of=_pick(self.deliveries, move))
        elif move.verb == "supplier_return":
            origin = _pick(self.receipts, move)
            self.returned.append(self._add("supplier_return", -quantity, return_of=origin))
        elif move.verb == "back":
            self._add("supplier_return", quantity, return_of=_pick(self.returned, move))
        else:
            # Drop-shipped goods never enter stock; the ledger keeps them outside.
            self.dropped += quantity * (move.price or Decimal(0))

    def _transfer(self, move: Move) -> None:
        quantity, name = move.quantity or Decimal(0), f"transfer {len(self.rows.rows)}"
        self._add("transfer_out", -quantity, place=move.place, transfer=name)
        self._add("transfer_in", quantity, place=move.target, transfer=name)

    def _in(self, kind: str, quantity: Decimal, move: Move) -> int:
        value = None if move.price is None else quantity * move.price
        return self._add(kind, quantity, place=move.place, value=value)

    def _add(self, kind: str, quantity: Decimal, **more: Any) -> int:
        """Append a movement; legs of a transfer share their day."""
        same_day = None
        if kind == "transfer_in":
            same_day = self.rows.rows[-1]["happened_on"]
        number = self.rows.add(kind, quantity, day=same_day, standard=self.price, **more)
        self.kinds[number] = kind
        return number

    def _set_price(self, move: Move) -> None:
        """Bring the stock to a new price, in each place that holds some."""
        self.price = move.price
        if self.methods[0] == "standard":
            for place in self.rows.places:
                self._add("revaluation", Decimal(0), place=place)
            return
        self.close()
        for pool in self.pools:
            if pool["quantity"] > 0 and move.price is not None:
                change = pool["quantity"] * move.price - pool["value"]
                place = {v: k for k, v in self.rows.places.items()}[pool["location_id"]]
                self._add("revaluation", Decimal(0), place=place, value=change)

    def _switch(self) -> None:
        """Go on with the next method from the balances of the last one."""
        self.close()
        self.methods = self.methods[1:]
        # The last known cost is that of the old method; the new one starts from the values.
        self.opening = pa.Table.from_pylist(self.pools, self._schema).drop_columns(["unit_cost"])
        self.costed = len(self.rows.rows)
        if self.methods[0] == "standard":
            # Without a standard price the last known cost becomes the standard.
            cost = self.price if self.price is not None else self.pools[0]["unit_cost"]
            if cost is None:
                raise unsupported("没有标准成本", "there is no standard price")
            self._set_price(Move("price", price=cost))

    def close(self) -> None:
        """Let the ledger cost what was told since the last change of method."""
        movements = self.rows.table().slice(self.costed)
        result = cost_frame(
            movements,
            method=self.methods[0],
            opening=self.opening,
            supplier_return="actual" if self.actual else "fifo",
        )
        self._schema = result["pools"].schema
        self.pools = result["pools"].to_pylist()
        for row in result["values"].to_pylist():
            self.values[row["movement_id"]] = row["value"]

    # --- figures ---

    def figure(self, key: str) -> Any:
        """Return one figure of the closing state, or refuse."""
        if any(pool["quantity_uncosted"] for pool in self.pools):
            raise unsupported("有成本未知的数量", "some of the stock has no known cost")
        found = {
            "qty": lambda: self._sum("quantity"),
            "quantity": lambda: self._sum("quantity"),
            "value": lambda: self._sum("value"),
            "unit_cost": self._unit_cost,
            "unit_cost_rounded": lambda: _cents(self._unit_cost()),
            "rounding_adjustment": self._rounding,
            "issue_value": lambda: -self._of("sale_issue"),
            "cogs": lambda: self.dropped - self._of("sale_issue") - self._of("customer_return"),
            "issue_values": lambda: [-self._known(number) for number in self.deliveries],
            "value_moved": lambda: -self._of("supplier_return"),
            "return_value": lambda: self._of("customer_return"),
            "qty_by_location": lambda: self._by_place("quantity"),
            "value_by_location": lambda: self._by_place("value"),
        }
        if key not in found:
            raise unsupported("不认识要求的 {key}", "unknown figure {key}", key=key)
        figure: Callable[[], Any] = found[key]
        return figure()

    def _sum(self, column: str) -> Decimal:
        return sum((pool[column] for pool in self.pools), Decimal(0))

    def _by_place(self, column: str) -> dict[str, Decimal]:
        names = {v: k for k, v in self.rows.places.items()}
        return {names[pool["location_id"]]: pool[column] for pool in self.pools}

    def _known(self, number: int) -> Decimal:
        value = self.values[number]
        if value is None:
            raise unsupported("有成本未知的动作", "the cost of a move is not known")
        return value

    def _of(self, kind: str) -> Decimal:
        numbers = [number for number, one in self.kinds.items() if one == kind]
        return sum((self._known(number) for number in numbers), Decimal(0))

    def _unit_cost(self) -> Decimal:
        quantity = self._sum("quantity")
        if quantity > 0:
            return self._sum("value") / quantity
        cost = self.pools[0]["unit_cost"]
        if len(self.pools) != 1 or cost is None:
            raise unsupported("没有单位成本", "there is no unit cost")
        return Decimal(cost)

    def _rounding(self) -> Decimal:
        """Return what issues at a unit cost in whole cents would have left over or short."""
        issued = -sum((self.rows.rows[n]["quantity"] for n in self.deliveries), Decimal(0))
        value = -self._of("sale_issue")
        return issued * _cents(value / issued) - value


def _cents(number: Decimal) -> Decimal:
    return number.quantize(_CENT, rounding=ROUND_HALF_EVEN)


def _pick(numbers: list[int], move: Move) -> int | None:
    """Return the movement that a return names, the last one for a plain re-return."""
    if move.origin is None and move.verb != "back":
        return None
    place = (move.origin or 0) - 1
    if not numbers or place >= len(numbers):
        raise unsupported("退回的单据不存在", "what is returned was never moved")
    return numbers[place]
