"""From a figure to the movements behind it, down to file, sheet and row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import ibis
import ibis.expr.types as ir

from stockturn.engines import DuckDBEngine, bound
from stockturn.ledger import loads
from stockturn.ledger.identity import rolled_up
from stockturn.ledger.kit_lines import placed
from stockturn.ledger.tables import stacked, table
from stockturn.metrics.answer import data_bounds
from stockturn.metrics.facts import Grouping, with_masters, within
from stockturn.metrics.formulas import effective_period
from stockturn.metrics.measures import measure
from stockturn.metrics.parts import FLOW_KINDS
from stockturn.metrics.query import EVERYTHING, MetricQuery, Scope
from stockturn.metrics.scoped import where_of


@dataclass(frozen=True)
class SourceRow:
    """One movement (or sale line, kind ``sale``) and where it came from.

    Attributes:
        kit: The kit that it is a component of; file, sheet and row are those of the kit's line.
    """

    movement_id: int
    happened_on: date
    kind: str
    item: str
    item_name: str | None
    location: str | None
    location_name: str | None
    quantity: Decimal
    value: Decimal | None
    document: str | None
    load_no: int
    origin: str
    kit: str | None
    file: str | None
    sheet: str | None
    row_no: int | None


KINDS_OF = {
    "cogs": ("sale_issue", "customer_return"),
    "revenue": ("sale",),
    "gross_margin": ("sale", "sale_issue", "customer_return"),
    "gross_margin_rate": ("sale", "sale_issue", "customer_return"),
    "receipts": ("receipt", "supplier_return", "production_receipt"),
    "issues": ("sale_issue", "customer_return", "production_issue", "production_return"),
}
"""Measure -> the kinds it counts within its period; others rest on all movements up to its end."""


def source_rows(
    engine: DuckDBEngine,
    query: MetricQuery,
    key: str,
    scope: Scope = EVERYTHING,
    offset: int = 0,
    limit: int = 50,
) -> tuple[list[SourceRow], int]:
    """Return the movements a figure rests on, newest first, and how many there are in all.

    A flow rests on the movements of its kinds within the period; a balance or an average rests on
    everything up to the period's end. Without the right to see cost only revenue has a value.
    """
    chosen = measure(key)
    span = effective_period(query.period, query.basis)
    kinds = KINDS_OF.get(chosen.key)
    known = loads.NEWEST
    if query.known_at is not None:
        known = loads.load_known_at(engine, query.known_at) or 0
    grouping = Grouping((), where_of(query.where, scope), rolled_up(engine, known))
    values = {
        "begin": span.begin if kinds else date(1, 1, 1),
        "end": min(span.end, data_bounds(engine)[1]),
        "kinds": list(kinds or ALL_KINDS),
        "known": known,
        **grouping.values,
    }

    def build() -> ir.Table:
        rows = _lines()
        rows = rows.filter(
            (rows.happened_on >= bound("begin", "date"))
            & (rows.happened_on < bound("end", "date"))
            & bound("kinds", "array<string>").contains(rows.kind)
            & (rows.load_no <= bound("known", "int32"))
        )
        kept = within(with_masters(rows, grouping, grouping.filters), grouping)
        # What filters read of a merged item is the surviving one's; a row names its own code.
        return kept.select(*rows.columns)

    def page() -> ir.Table:
        rows = _named(build())
        order = [ibis.desc("happened_on"), ibis.desc("movement_id"), "row_no"]
        return rows.order_by(order).limit(limit, offset=offset)

    shape = (grouping.shape, limit, offset)
    found = engine.query(page, values, shape=("rows", shape)).to_pylist()
    count = engine.query(
        lambda: build().count().name("n").as_table(), values, shape=("row_count", grouping.shape)
    )
    lines = [SourceRow(**row) for row in found]
    if scope.hides_cost:
        lines = [line if line.kind == "sale" else replace(line, value=None) for line in lines]
    return lines, int(count.column("n")[0].as_py())


ALL_KINDS = (
    *(kind for kind in FLOW_KINDS if kind != "sale"),
    "opening",
    "transfer_out",
    "transfer_in",
    "status_change",
    "adjustment",
    "count",
    "scrap",
    "revaluation",
    "unexplained",
)
COLUMNS = (
    "happened_on",
    "kind",
    "item_id",
    "location_id",
    "status",
    "channel",
    "quantity",
    "value",
    "document",
    "load_no",
    "origin",
    "kit_line",
    "file_no",
    "sheet",
    "row_no",
)


def _lines() -> ir.Table:
    """Movements and sale lines in one shape."""
    movements = table("movement").select("movement_id", *COLUMNS)
    sales = table("sale").mutate(
        movement_id=ibis.literal(0, "int64"),
        kind=ibis.literal("sale"),
        status=ibis.null("string"),
        origin=ibis.literal("stated"),
        value=table("sale").revenue,
    )
    return stacked(movements, sales)


def _named(rows: ir.Table) -> ir.Table:
    items = table("item").select("item_id", item_code="item", item_label="name")
    locations = table("location").select(
        "location_id", location_code="location", location_label="name"
    )
    files = table("load_file").select("load_no", "file_no", file="name")
    rows = rows.join(items, "item_id")
    rows = rows.left_join(locations, "location_id").drop("location_id_right")
    rows = placed(rows)
    files = files.rename(file_load="load_no", file_number="file_no")
    rows = rows.left_join(
        files, [rows.of_load == files.file_load, rows.file_no == files.file_number]
    )
    kits = table("item").select(kit_key="item_id", kit="item")
    rows = rows.left_join(kits, rows.kit_id == kits.kit_key)
    return rows.select(
        "movement_id",
        "happened_on",
        "kind",
        "quantity",
        "value",
        "document",
        "load_no",
        "origin",
        "kit",
        "file",
        "sheet",
        "row_no",
        item=rows.item_code,
        item_name=rows.item_label,
        location=rows.location_code,
        location_name=rows.location_label,
    )
