"""The sums that every measure is made of, asked from the ledger's marts.

Three questions, each one compiled statement per shape:

* :func:`stock_sums` - per group and edge (a day boundary): stock, its integral up to the edge, and
  the part without cost, in quantity and value;
* :func:`flow_sums` - per group, span and movement kind: quantity and value that moved;
* :func:`item_sums` - per item and location at the end of a span: what is on hand and what was
  issued before, for counting negative balances and finding stock that does not move.

Edges inside a month, on the calendar or on the clock of learning, read that month's movements;
everything else reads months.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from stockturn.engines import DuckDBEngine, bound, bound_rows
from stockturn.ledger.identity import Rolled
from stockturn.ledger.moments import buckets_of_moments, buckets_of_movements, integral
from stockturn.ledger.schema import QUANTITY, VALUE_ONLY
from stockturn.ledger.tables import month_of, shaped, stacked, table
from stockturn.metrics.dimensions import Dimension
from stockturn.metrics.merged import counted, masters_of, rolled_values
from stockturn.metrics.query import Filter

STOCK_COLUMNS = ("quantity_0", "quantity_1", "value_0", "value_1", "uncosted_0")
STOCK_BUCKET = ibis.schema(
    {
        "item_id": "int32",
        "location_id": "int32",
        "status": "string",
        "bucket": "date",
        **dict.fromkeys(STOCK_COLUMNS, QUANTITY),
    }
)
FLOW_COLUMNS = ("quantity", "value", "quantity_uncosted")
FLOW_BUCKET = ibis.schema(
    {
        "item_id": "int32",
        "location_id": "int32",
        "kind": "string",
        "channel": "string",
        "intercompany": "boolean",
        "bucket": "date",
        **dict.fromkeys(FLOW_COLUMNS, QUANTITY),
    }
)
EDGES = {"edge_no": "int32", "edge": "date"}
SPANS = {"span_no": "int32", "begin": "date", "end": "date"}


@dataclass(frozen=True)
class Cut:
    """Where months must be read as movements.

    ``split_months``: first days of months with an edge inside. ``first_load``/``last_load``: loads
    of the month of learning that are known; ``learned_before``: months learned wholly before. All
    None when everything loaded so far is known.
    """

    split_months: tuple[date, ...] = ()
    learned_before: date | None = None
    first_load: int | None = None
    last_load: int | None = None

    @property
    def shape(self) -> tuple[bool, bool]:
        """What the compiled expression depends on."""
        return bool(self.split_months), self.learned_before is not None

    @property
    def values(self) -> dict[str, Any]:
        """What is bound when it runs."""
        return {
            "split_months": list(self.split_months),
            "learned_before": self.learned_before,
            "first_load": self.first_load,
            "last_load": self.last_load,
        }


@dataclass(frozen=True)
class Grouping:
    """Dimensions to group by, filters to keep to; values of filters are bound.

    ``rolled`` tells which items count under which: groups and filters see the surviving item. The
    filters from ``granted`` on are the caller's scope: for them, other rows do not exist.
    """

    by: tuple[Dimension, ...]
    where: tuple[tuple[Dimension, Filter], ...]
    rolled: Rolled
    granted: int = 0

    @property
    def shape(self) -> tuple[object, ...]:
        """What the compiled expression depends on."""
        filters = tuple((dimension.key, kept.exclude) for dimension, kept in self.where)
        return (
            tuple(dimension.key for dimension in self.by),
            filters,
            bool(self.rolled),
            self.granted,
        )

    @property
    def values(self) -> dict[str, Any]:
        """What is bound when it runs."""
        members = {
            f"members_{number}": list(kept.members) for number, (_, kept) in enumerate(self.where)
        }
        return members | rolled_values(self.rolled)

    @property
    def filters(self) -> tuple[Dimension, ...]:
        """The dimensions filtered by."""
        return tuple(dimension for dimension, _ in self.where)


def stock_sums(
    engine: DuckDBEngine, grouping: Grouping, edges: Sequence[date], cut: Cut
) -> pa.Table:
    """Stock per group and edge.

    Returns:
        Columns g0.. (the group), edge_no, quantity, value, uncosted (at the edge, that is at the
        close of the day before), quantity_integral, value_integral (unit-days and money-days).
    """

    def build() -> ir.Table:
        buckets = group_sums(_stock_buckets(cut), grouping, STOCK_COLUMNS)
        limits = bound_rows("edges", EDGES)
        rows = limits.join(buckets, buckets.bucket < limits.edge)
        keys = [*group_keys(grouping), "edge_no"]
        sums = rows.group_by(keys).aggregate(
            quantity=rows.quantity_0.sum(),
            value=rows.value_0.sum(),
            uncosted=rows.uncosted_0.sum(),
            quantity_integral=integral(
                rows.quantity_0, rows.quantity_1, rows.bucket, rows.edge
            ).sum(),
            value_integral=integral(rows.value_0, rows.value_1, rows.bucket, rows.edge).sum(),
        )
        return named(sums, grouping)

    listed = [{"edge_no": number, "edge": edge} for number, edge in enumerate(edges)]
    values = {"edges": listed, "last_edge": max(edges), **grouping.values, **cut.values}
    return engine.query(build, values, shape=("stock", grouping.shape, cut.shape))


def flow_sums(
    engine: DuckDBEngine,
    grouping: Grouping,
    spans: Sequence[tuple[date, date]],
    kinds: Sequence[str],
    cut: Cut,
) -> pa.Table:
    """What moved per group, span and kind.

    Returns:
        Columns g0.., span_no, kind, intercompany, quantity, value, quantity_uncosted (signed as
        in the ledger; kind ``sale`` carries revenue).
    """

    def build() -> ir.Table:
        columns = FLOW_COLUMNS
        buckets = group_sums(_flow_buckets(cut), grouping, columns, extra=("kind", "intercompany"))
        limits = bound_rows("spans", SPANS)
        inside = [buckets.bucket >= limits.begin, buckets.bucket < limits.end]
        rows = limits.join(buckets, inside)
        keys = [*group_keys(grouping), "span_no", "kind", "intercompany"]
        sums = rows.group_by(keys).aggregate(**{c: rows[c].sum() for c in columns})
        return named(sums, grouping)

    listed = [
        {"span_no": number, "begin": begin, "end": end} for number, (begin, end) in enumerate(spans)
    ]
    values = {
        "spans": listed,
        "first_edge": min(begin for begin, _ in spans),
        "last_edge": max(end for _, end in spans),
        "kinds": list(kinds),
        **grouping.values,
        **cut.values,
    }
    return engine.query(build, values, shape=("flow", grouping.shape, cut.shape))


@dataclass(frozen=True)
class Mark:
    """One edge to look at item by item, and since when an issue keeps an item alive."""

    edge: date
    slow_since: date
    dead_since: date


MARKS = {"mark_no": "int32", "edge": "date", "slow_since": "date", "dead_since": "date"}


def item_sums(
    engine: DuckDBEngine, grouping: Grouping, marks: Sequence[Mark], cut: Cut
) -> pa.Table:
    """Counts and values that are decided item by item, at edges.

    An item whose issues of all locations since ``slow_since`` (``dead_since``) are zero is slow
    (dead), as far as the caller's scope goes; its stock counts wherever it lies. A balance is
    negative per item, location and status.

    Returns:
        Columns g0.., mark_no, negative (count of balances below zero), slow_value, dead_value.
    """

    def build() -> ir.Table:
        limits = bound_rows("marks", MARKS)
        buckets = counted(_stock_buckets(cut), rolled=bool(grouping.rolled))
        keys = ["item_id", "location_id", "status"]
        sums = buckets.group_by([*keys, "bucket"]).aggregate(
            quantity=buckets.quantity_0.sum(), value=buckets.value_0.sum()
        )
        before = limits.join(sums, sums.bucket < limits.edge)
        stock = before.group_by([*keys, "mark_no"]).aggregate(
            quantity=before.quantity.sum(), value=before.value.sum()
        )
        stock = stock.filter((stock.quantity != 0) | (stock.value != 0))
        issues = _issues(cut, limits, grouping)
        rows = stock.left_join(issues, ["item_id", "mark_no"])
        held = rows.quantity > 0
        nothing = ibis.literal(0).cast("decimal(38, 4)")
        still = {name: held & (rows[f"issued_{name}"].fill_null(0) == 0) for name in STILL}
        rows = rows.select(
            *keys,
            "mark_no",
            negative=(rows.quantity < 0).cast("int64"),
            slow_value=ibis.ifelse(still["slow"], rows.value, nothing),
            dead_value=ibis.ifelse(still["dead"], rows.value, nothing),
        )
        columns = ("negative", "slow_value", "dead_value")
        sums = group_sums(rows, grouping, columns, extra=("mark_no",), bucketed=False)
        return named(sums, grouping)

    listed = [{"mark_no": number, **vars(mark)} for number, mark in enumerate(marks)]
    last = max(mark.edge for mark in marks)
    values = {"marks": listed, "last_edge": last, **grouping.values, **cut.values}
    return engine.query(build, values, shape=("item", grouping.shape, cut.shape))


STILL = ("slow", "dead")


def negative_count(engine: DuckDBEngine, grouping: Grouping, edge: date, cut: Cut) -> int:
    """Number of item x location x status whose stock at the edge is below zero."""

    def build() -> ir.Table:
        keys = ["item_id", "location_id", "status"]
        buckets = counted(_stock_buckets(cut), rolled=bool(grouping.rolled))
        stock = buckets.group_by(keys).aggregate(quantity=buckets.quantity_0.sum())
        below = stock.filter(stock.quantity < 0).mutate(negative=ibis.literal(1, "int64"))
        return group_sums(below, grouping, ("negative",), bucketed=False)

    values = {"last_edge": edge, **grouping.values, **cut.values}
    found = engine.query(build, values, shape=("negative", grouping.shape, cut.shape))
    return int(found.column("negative")[0].as_py() or 0) if found.num_rows else 0


ISSUE_KINDS = ("sale_issue", "production_issue")


def holds_value_only(engine: DuckDBEngine) -> bool:
    """Whether some items are known in money alone (the two-minute sheet)."""

    def build() -> ir.Table:
        items = table("item")
        return items.filter(items.unit == VALUE_ONLY).count().name("n").as_table()

    return bool(engine.query(build, shape="value_only").column("n")[0].as_py())


def _issues(cut: Cut, limits: ir.Table, grouping: Grouping) -> ir.Table:
    """Quantity issued per item, all locations, since each mark's two days and before its edge.

    Months are counted from the month of the day: a day's precision would read a year of movements
    for a figure that says "for a year".
    """
    flows = counted(_flow_buckets(cut, spanned=False), rolled=bool(grouping.rolled))
    flows = flows.filter(flows.kind.isin(list(ISSUE_KINDS)))
    granted = grouping.filters[grouping.granted :]
    flows = within(with_masters(flows, grouping, granted), grouping, grouping.granted)
    sums = flows.group_by("item_id", "bucket").aggregate(quantity=flows.quantity.sum())
    inside = [sums.bucket < limits.edge, sums.bucket >= month_of(limits.dead_since)]
    rows = limits.join(sums, inside)
    slow = rows.bucket >= month_of(rows.slow_since)
    nothing = ibis.literal(0).cast("decimal(38, 4)")
    return rows.group_by("item_id", "mark_no").aggregate(
        issued_slow=ibis.ifelse(slow, rows.quantity, nothing).sum(),
        issued_dead=rows.quantity.sum(),
    )


def _stock_buckets(cut: Cut) -> ir.Table:
    """Months of stock moments before the last edge, and single movements where a month is cut."""
    last = bound("last_edge", "date")
    months = table("stock_moment")
    months = months.filter(months.month < last)
    months = _whole_months(months, cut)
    rows = shaped(buckets_of_moments(months), STOCK_BUCKET, {})
    if not any(cut.shape):
        return rows
    movements = table("movement").filter(lambda t: t.happened_on < last)
    days = buckets_of_movements(_single_days(movements, cut))
    return stacked(rows, shaped(days, STOCK_BUCKET, {}))


def _flow_buckets(cut: Cut, *, spanned: bool = True) -> ir.Table:
    last = bound("last_edge", "date")
    months = table("flow_month")
    months = months.filter(months.month < last)
    if spanned:
        months = months.filter(months.month >= month_of(bound("first_edge", "date")))
        months = months.filter(bound("kinds", "array<string>").contains(months.kind))
    rows = shaped(_whole_months(months, cut).rename(bucket="month"), FLOW_BUCKET, {})
    if not any(cut.shape):
        return rows
    movements = table("movement").filter(lambda t: t.happened_on < last)
    sales = table("sale").filter(lambda t: t.happened_on < last)
    if spanned:
        kinds = bound("kinds", "array<string>")
        movements = movements.filter(kinds.contains(movements.kind))
        sales = sales.filter(kinds.contains(ibis.literal("sale")))
    movements = _single_days(movements, cut)
    moved = {"bucket": movements.happened_on, "value": movements.value.fill_null(0)}
    sales = _single_days(sales, cut)
    sold = {
        "kind": ibis.literal("sale"),
        "bucket": sales.happened_on,
        "value": sales.revenue.fill_null(0),
        "quantity_uncosted": ibis.literal(0),
    }
    moves = shaped(movements, FLOW_BUCKET, moved)
    return stacked(rows, moves, shaped(sales, FLOW_BUCKET, sold))


def _whole_months(rows: ir.Table, cut: Cut) -> ir.Table:
    if cut.split_months:
        rows = rows.filter(~bound("split_months", "array<date>").contains(rows.month))
    if cut.learned_before is not None:
        rows = rows.filter(rows.learned_month < bound("learned_before", "date"))
    return rows


def _single_days(rows: ir.Table, cut: Cut) -> ir.Table:
    """Rows that the marts of :func:`_whole_months` leave out."""
    split = (
        bound("split_months", "array<date>").contains(month_of(rows.happened_on))
        if cut.split_months
        else ibis.literal(False)
    )
    if cut.learned_before is None:
        return rows.filter(split)
    recent = rows.load_no >= bound("first_load", "int32")
    known = rows.load_no <= bound("last_load", "int32")
    return rows.filter(known & (split | recent))


def group_sums(
    buckets: ir.Table,
    grouping: Grouping,
    columns: Sequence[str],
    *,
    extra: Sequence[str] = (),
    bucketed: bool = True,
) -> ir.Table:
    """Filter and sum per group and bucket; groups are numbers until :func:`named` names them.

    Grouping by a dense number per member costs a quarter of grouping by its text.
    """
    rows = within(with_masters(buckets, grouping, grouping.filters), grouping)
    for place in ("item", "location"):
        if _placed(grouping, place):
            numbers = _members(grouping, place).select(f"{place}_id", f"{place}_no")
            # Sales may have no location; they stay, with none.
            rows = rows.left_join(numbers, f"{place}_id").drop(f"{place}_id_right")
    of_facts = {
        f"g{number}": dimension.of(rows)
        for number, dimension in enumerate(grouping.by)
        if dimension.place == "fact"
    }
    names = [*group_keys(grouping), *extra, *(["bucket"] if bucketed else [])]
    rows = rows.mutate(**of_facts)
    sums = {column: rows[column].sum() for column in columns}
    return rows.group_by(names).aggregate(**sums) if names else rows.aggregate(**sums)


def group_keys(grouping: Grouping) -> list[str]:
    """Columns that tell groups apart before they are named."""
    numbers = [f"{place}_no" for place in ("item", "location") if _placed(grouping, place)]
    own = [f"g{n}" for n, dimension in enumerate(grouping.by) if dimension.place == "fact"]
    return [*numbers, *own]


def named(rows: ir.Table, grouping: Grouping) -> ir.Table:
    """Put the members' texts, columns g0.., in place of the groups' numbers."""
    for place in ("item", "location"):
        placed = _placed(grouping, place)
        if placed:
            labels = _members(grouping, place).select(f"{place}_no", *placed).distinct()
            rows = rows.left_join(labels, f"{place}_no").drop(f"{place}_no", f"{place}_no_right")
    return rows


def _placed(grouping: Grouping, place: str) -> list[str]:
    return [f"g{n}" for n, dimension in enumerate(grouping.by) if dimension.place == place]


def _members(grouping: Grouping, place: str) -> ir.Table:
    """Items (or locations) with their members g0.. and a dense number for each combination."""
    masters = masters_of(place, rolled=bool(grouping.rolled))
    own = {n: d for n, d in enumerate(grouping.by) if d.place == place}
    columns = {f"{place}_{d.column}": masters[d.column] for d in own.values()}
    rows = masters.select(f"{place}_id", **columns)
    rows = rows.select(f"{place}_id", **{f"g{n}": d.of(rows) for n, d in own.items()})
    order = [rows[f"g{n}"] for n in own]
    number = ibis.dense_rank().over(ibis.window(order_by=order)).cast("int32")
    return rows.mutate(**{f"{place}_no": number})


def within(rows: ir.Table, grouping: Grouping, first: int = 0) -> ir.Table:
    """Keep the rows that all filters from ``first`` on let through.

    A missing member is the empty text.
    """
    for number, (dimension, kept) in list(enumerate(grouping.where))[first:]:
        member = dimension.of(rows).fill_null("")
        inside = bound(f"members_{number}", "array<string>").contains(member)
        rows = rows.filter(~inside if kept.exclude else inside)
    return rows


def with_masters(rows: ir.Table, grouping: Grouping, dimensions: Sequence[Dimension]) -> ir.Table:
    """Add the columns of items and locations that dimensions stand in."""
    places = {dimension.place for dimension in dimensions}
    if "item" in places:
        items = masters_of("item", rolled=bool(grouping.rolled))
        wanted = {d.column for d in dimensions if d.place == "item"}
        columns = {f"item_{column}": items[column] for column in sorted(wanted)}
        rows = rows.join(items.select("item_id", **columns), "item_id")
    if "location" in places:
        locations = masters_of("location")
        wanted = {d.column for d in dimensions if d.place == "location"}
        columns = {f"location_{column}": locations[column] for column in sorted(wanted)}
        chosen = locations.select("location_id", **columns)
        # Sales may have no location; they stay, with none.
        rows = rows.left_join(chosen, "location_id").drop("location_id_right")
    return rows
