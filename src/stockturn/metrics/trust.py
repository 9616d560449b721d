"""How far a figure can be trusted: what is missing, what waits, and which sources are behind."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import median
from typing import Any, Final

import ibis.expr.types as ir

from stockturn.engines import DuckDBEngine
from stockturn.language import Text
from stockturn.ledger import quality, quarantine
from stockturn.ledger.tables import table
from stockturn.metrics.components import Components
from stockturn.metrics.formulas import costed_share
from stockturn.metrics.measure import Measure
from stockturn.metrics.query import Basis, LateSource, Trust

NOT_AT_COST: Final = frozenset(
    {
        *("revenue", "average_quantity", "opening_quantity", "closing_quantity"),
        *("negative_balances", "cost_coverage"),
    }
)
"""Measures that say what they say without any cost."""
LATE_RUNS: Final = 3
"""Loads from which on a source has a rhythm that it can fall out of."""
WITHHELD: Final = Text(
    "只有 {share}% 的数量有成本，低于下限 {bar}%，金额不可信，故不显示。请先补录成本；"
    "下限为设置 cost_coverage_bar",
    "Only {share} % of the quantity has a cost, below the bar of {bar} %; the figure would mislead "
    "and is withheld. Load the missing costs; the bar is the setting cost_coverage_bar",
)


def trust(engine: DuckDBEngine) -> Trust:
    """Return how far the data can be trusted, on the ledger as it stands."""
    found = quality.results(engine)
    loads = engine.query(_loads, shape="trust_loads").to_pylist()
    rows = sum(load["rows_in"] for load in loads)
    groups = quarantine.groups(engine, waiting=False)
    open_rows = sum(group.waiting for group in groups)
    lost = open_rows + sum(group.discarded for group in groups)
    return Trust(
        rejected_share=Decimal(lost) / rows if rows else None,
        waiting=open_rows,
        gaps=int(engine.query(_gaps, shape="trust_gaps").column("gaps")[0].as_py() or 0),
        quality_score=quality.score(found),
        rules_broken=sum(one.holds is False for one in found),
        late=_late(loads),
    )


def _loads() -> ir.Table:
    rows = table("load")
    return rows.select("load_no", "mapping", "feed", "rows_in", "last_day").order_by("load_no")


def _gaps() -> ir.Table:
    rows = table("flow_month").filter(lambda t: t.location_id.notnull())
    months = rows.select("location_id", number=rows.month.year() * 12 + rows.month.month())
    spans = months.distinct().group_by("location_id")
    counts = spans.aggregate(
        missing=lambda t: t.number.max() - t.number.min() + 1 - t.number.nunique()
    )
    return counts.aggregate(gaps=counts.missing.sum().cast("int64"))


def _late(loads: list[dict[str, Any]]) -> tuple[LateSource, ...]:
    """Return the sources whose last day lies further back than their steps so far explain."""
    days = [load["last_day"] for load in loads if load["last_day"] is not None]
    if not days:
        return ()
    newest = max(days)
    sources: dict[tuple[str, str], list[date]] = {}
    for load in loads:
        if load["last_day"] is not None:
            sources.setdefault((load["mapping"], load["feed"] or ""), []).append(load["last_day"])
    late = []
    for (mapping, feed), own in sources.items():
        ends = sorted(set(own))
        if len(ends) < LATE_RUNS:
            continue
        steps = [(after - before).days for before, after in pairwise(ends)]
        if newest - ends[-1] > timedelta(days=2 * median(steps)):
            late.append(LateSource(mapping, feed, ends[-1]))
    return tuple(late)


def withheld(one: Measure, parts: Components, basis: Basis, bar: Decimal) -> Text | None:
    """Say why a figure at cost is withheld; None where enough of its quantity has a cost."""
    if one.key in NOT_AT_COST or (one.follows_basis and basis.basis == "quantity"):
        return None
    share = _costed(one, parts)
    if share is None or share >= bar:
        return None
    shown = {"share": f"{share * 100:.1f}", "bar": f"{(bar * 100).normalize():f}"}
    return WITHHELD.fill(**shown)


def _costed(one: Measure, parts: Components) -> Decimal | None:
    """Return the share of the quantity with a cost: of the stock on hand, else of what moved."""
    if parts.value_only:
        return None
    if "stock" in one.facts:
        return costed_share(parts.quantity.closing, parts.uncosted)
    # Revenue rows have no cost to lack.
    flows = [flow for (kind, _), flow in parts.flows.items() if kind != "sale"]
    lacking = sum((abs(flow.uncosted) for flow in flows), Decimal(0))
    whole = sum((abs(flow.quantity) for flow in flows), Decimal(0))
    return 1 - lacking / whole if whole else None
