"""Kits (套装, 组合商品): codes that are sold while their components are what lies in stock.

A dated list says what is in a kit. On a day, a component counts with its row that began last and
has not ended; ``valid_to`` is its last day. Revenue of the kit is shared out over its components by
the shares stated for all of them, else by their standard costs of the day, else by quantity; a
stated cost by standard costs, else by shares where none is nil, else by quantity. What a component
sells for on its own (CAS 14, IFRS 15.76) belongs in the share; cost stands in where nobody states
it, as if every component had the same margin (IFRS 15.79(b)).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby, pairwise
from typing import Any, Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from stockturn.engines import DuckDBEngine, Transaction, built_once
from stockturn.language import StockTurnError, Text
from stockturn.ledger.documents import current, versions
from stockturn.ledger.tables import table

NAME: Final = "kit"
SOLD: Final = ("sale_issue", "customer_return")
"""Kinds of movement in which a kit stands for its components; in others it is goods of its own."""

BEGINNING: Final = date(1, 1, 1)
FAR: Final = date(9999, 12, 31)
PART: Final = Decimal("0.000000000001")

RECIPE: Final = pa.schema(
    {
        "kit_id": pa.int32(),
        "begins": pa.date32(),
        "ends": pa.date32(),
        "component_id": pa.int32(),
        "per_kit": pa.decimal128(18, 4),
        "revenue_part": pa.decimal128(18, 12),
        "revenue_rank": pa.int32(),
        "cost_part": pa.decimal128(18, 12),
        "cost_rank": pa.int32(),
    }
)
"""Grain: kit x span of days [begins, ends) x component. Rank 0 has the largest part."""

Row = dict[str, Any]
Costs = dict[int, list[tuple[date, Decimal]]]

NESTED: Final = Text(
    "套装清单里，{kit} 的组件 {component} 本身也是套装。请把它换成实物组件；本次未写入任何数据。",
    "In the kit list, component {component} of {kit} is a kit itself. Name what it is made of in "
    "its place; nothing was written.",
)
IMPOSSIBLE: Final = Text(
    "套装清单里，{kit} 的组件 {component} 数量不大于零、份额为负，或失效日期早于生效日期。"
    "请改正后重新导入；本次未写入任何数据。",
    "In the kit list, component {component} of {kit} has no quantity above zero, a share below "
    "zero, or ends before it begins. Correct it and load again; nothing was written.",
)


class WrongKit(StockTurnError):
    """A kit list that cannot be: a kit within a kit, or a row that says nothing."""

    code = "wrong_kit"
    status = 409
    exit_code = 3


def any_known(reader: DuckDBEngine | Transaction) -> bool:
    """Tell whether a kit list was ever loaded."""
    return bool(reader.query(_some()).num_rows)


@built_once
def _some() -> ir.Table:
    return versions(NAME).select("load_no").limit(1)


@built_once
def kit_items() -> ir.Table:
    """Return the codes that a kit list has ever named as kits: item_id."""
    return versions(NAME).select("item_id").distinct()


def check_kits(transaction: Transaction) -> None:
    """See that the kit list, as it stands with this load, can be followed.

    Raises:
        WrongKit: naming the first row that cannot be; nothing was posted.
    """
    for row in transaction.query(_wrong()).to_pylist():
        words = NESTED if row["nested"] else IMPOSSIBLE
        raise WrongKit(words.fill(kit=row["kit"], component=row["component"]))


@built_once
def _wrong() -> ir.Table:
    rows = current(NAME)
    kits = rows.select(of_kit="item_id").distinct()
    rows = rows.left_join(kits, rows.component_id == kits.of_kit)
    none = (rows.quantity <= 0) | (rows.share < 0) | (rows.valid_to < rows.valid_from)
    wrong = rows.filter(rows.of_kit.notnull() | none.fill_null(False))
    items = table("item")
    wrong = wrong.join(items.select("item_id", kit="item"), "item_id")
    named = wrong.join(items.select(component_id="item_id", component="item"), "component_id")
    said = named.select("kit", "component", nested=named.of_kit.notnull())
    return said.order_by("kit", "component").limit(1)


# --- what is in a kit, from day to day ------------------------------------------------------------


def recipes(transaction: Transaction, kits: ir.Table) -> ir.Table:
    """Return what is in these kits on every day, see :data:`RECIPE`.

    Args:
        transaction: The load's kit list and standard costs are posted.
        kits: ``item_id`` of the kits.
    """
    rows = transaction.query(_contents(kits)).to_pylist()
    costs: Costs = {}
    for cost in transaction.query(_costs(kits)).to_pylist():
        known = costs.setdefault(cost["item_id"], [])
        known.append((cost["valid_from"] or BEGINNING, cost["unit_cost"]))
    found = pa.Table.from_pylist(list(_walk(rows, costs)), schema=RECIPE)
    return transaction.keep(transaction.stage(found, ibis.Schema.from_pyarrow(RECIPE)))


@built_once
def _contents(kits: ir.Table) -> ir.Table:
    rows = current(NAME).semi_join(kits, "item_id")
    codes = table("item").select(component_id="item_id", component="item")
    rows = rows.join(codes, "component_id")
    columns = ("component_id", "component", "valid_from", "valid_to", "quantity", "share")
    return rows.select("item_id", *columns).order_by("item_id", "component", "valid_from")


@built_once
def _costs(kits: ir.Table) -> ir.Table:
    used = current(NAME).semi_join(kits, "item_id").select(item_id="component_id").distinct()
    costs = table("standard_cost").semi_join(used, "item_id")
    return costs.order_by("item_id", "valid_from", "unit_cost")


def _walk(rows: Iterable[Row], costs: Costs) -> Iterator[Row]:
    for kit, group in groupby(rows, key=lambda row: row["item_id"]):
        contents = [
            {**row, "begins": row["valid_from"] or BEGINNING, "last": row["valid_to"] or FAR}
            for row in group
        ]
        for begins, ends in pairwise([*_edges(contents, costs), FAR]):
            parts = _on(contents, begins)
            for part in _shared(parts, costs, begins) if parts else ():
                yield {"kit_id": kit, "begins": begins, "ends": ends, **part}


def _edges(contents: list[Row], costs: Costs) -> list[date]:
    """Return the days on which something about a kit may change."""
    days = {BEGINNING}
    for row in contents:
        days.add(row["begins"])
        if row["last"] < FAR:
            days.add(row["last"] + timedelta(days=1))
        days.update(day for day, _ in costs.get(row["component_id"], ()))
    return sorted(days)


def _on(contents: list[Row], day: date) -> list[Row]:
    """Return the components of a day, one row each; rows that begin together add up."""
    active = [row for row in contents if row["begins"] <= day <= row["last"]]
    found: dict[int, Row] = {}
    for row in sorted(active, key=lambda row: row["begins"]):
        held = found.get(row["component_id"])
        together = held is not None and held["begins"] == row["begins"]
        found[row["component_id"]] = _added(held, row) if held and together else row
    return list(found.values())


def _added(one: Row, other: Row) -> Row:
    shares = (one["share"], other["share"])
    share = None if None in shares else sum(shares)
    return {**one, "quantity": one["quantity"] + other["quantity"], "share": share}


def _shared(parts: list[Row], costs: Costs, day: date) -> list[Row]:
    """Return what each component has of the kit."""
    worth = [_cost_on(costs.get(part["component_id"], []), day) for part in parts]
    by_cost = [
        None if cost is None else cost * part["quantity"]
        for cost, part in zip(worth, parts, strict=True)
    ]
    by_share = [part["share"] for part in parts]
    by_quantity = [part["quantity"] for part in parts]
    # A gift has no share of the revenue, but it has a cost.
    paid = by_share if all(by_share) else by_quantity
    codes = [part["component"] for part in parts]
    revenue = _parts(codes, (by_share, by_cost, by_quantity))
    cost = _parts(codes, (by_cost, paid, by_quantity))
    return [
        {
            "component_id": part["component_id"],
            "per_kit": part["quantity"],
            "revenue_part": revenue[place][0],
            "revenue_rank": revenue[place][1],
            "cost_part": cost[place][0],
            "cost_rank": cost[place][1],
        }
        for place, part in enumerate(parts)
    ]


def _parts(codes: list[str], choices: Iterable[list[Any]]) -> list[tuple[Decimal, int]]:
    """Return part and rank of each component, by the first weights that all of them have."""
    weights = next(each for each in choices if None not in each and sum(each) > 0)
    whole = sum(weights)
    order = sorted(range(len(codes)), key=lambda place: (-weights[place], codes[place]))
    return [
        ((weight / whole).quantize(PART), order.index(place))
        for place, weight in enumerate(weights)
    ]


def _cost_on(known: list[tuple[date, Decimal]], day: date) -> Decimal | None:
    return next((cost for begins, cost in reversed(known) if begins <= day), None)
