"""The additive parts of an answer, per group and span, asked from the ledger's sums."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from stockturn.engines import DuckDBEngine
from stockturn.language import Text
from stockturn.ledger.identity import Rolled
from stockturn.metrics import ageing, facts
from stockturn.metrics.age_measures import AGE_UNKNOWN
from stockturn.metrics.calendar import add_months, month_ends
from stockturn.metrics.components import Components, Flow, Stock
from stockturn.metrics.dimensions import Dimension, dimension
from stockturn.metrics.measure import Measure
from stockturn.metrics.query import Compare, Filter, MetricQuery, Period

Group = tuple[str | None, ...]
SLOW_MONTHS, DEAD_MONTHS = 3, 12

FLOW_KINDS = (
    "sale",
    "sale_issue",
    "customer_return",
    "production_issue",
    "production_return",
    "production_receipt",
    "receipt",
    "supplier_return",
)


@dataclass(frozen=True)
class Slot:
    """One span of the answer: the period itself, or one it is compared with."""

    asked: Period
    span: Period | None
    compare: Compare | None
    reason: Text | None = None
    note: Text | None = None

    @property
    def points(self) -> int:
        """Month ends inside the span, its own end counted."""
        return len(month_ends(self.span)) if self.span else 0


@dataclass
class Parts:
    """One query's way from the ledger's sums to additive parts.

    ``where`` holds the question's filters, then those of the caller's scope; ``rolled`` says which
    items count under which; ``after`` is the day
    after the last with data; ``value_only`` says that some items are known in money alone.
    """

    engine: DuckDBEngine
    query: MetricQuery
    measures: Sequence[Measure]
    by: tuple[Dimension, ...]
    where: tuple[tuple[Dimension, Filter], ...]
    rolled: Rolled
    cut: facts.Cut
    slots: Sequence[Slot]
    after: date
    value_only: bool = False
    completed: dict[tuple[Group, int], Decimal] = field(default_factory=dict)

    def misfit(self, *, stock: bool) -> Dimension | None:
        """The first dimension used that stock (or flows) cannot be split by."""
        used = (*self.by, *(one for one, _ in self.where))
        for one in used:
            if not (one.stock if stock else one.flow):
                return one
        return None

    def gather(self) -> dict[tuple[Group, int], Components]:
        """The parts of every group and span."""
        parts: dict[tuple[Group, int], Components] = {}
        live = [(number, slot.span) for number, slot in enumerate(self.slots) if slot.span]
        if not live:
            return parts
        needed = {fact for one in self.measures for fact in one.facts}
        if "stock" in needed and not self.misfit(stock=True):
            self._add_stock(parts, live)
        if "flow" in needed and not self.misfit(stock=False):
            self._add_flows(parts, live)
        if "item" in needed and not self.misfit(stock=True):
            self._add_items(parts, live)
        if "age" in needed and not self.misfit(stock=True):
            self._add_ages(parts, live)
        if "age" in needed and self.value_only:
            _add_unknown_ages(parts)
        if any(part.stages == {"wip"} for part in parts.values()):
            self._find_completed(live)
        return parts

    def _grouping(self, *extra: str) -> facts.Grouping:
        by = self.by + tuple(dimension(key) for key in extra)
        return facts.Grouping(by, self.where, self.rolled, len(self.query.where))

    def _extra(self) -> tuple[str, ...]:
        """Item kind and unit are grouped by as well where a measure must know what it mixes."""
        extra = []
        keys = {one.key for one in self.measures}
        if keys & {"turnover", "turnover_numerator", "days_of_inventory", "one_more_turn"}:
            extra.append("item_kind")
        quantities = {"average_quantity", "opening_quantity", "closing_quantity"}
        if self.value_only or self.query.basis.basis == "quantity" or keys & quantities:
            extra.append("unit")
        return tuple(extra)

    def _at(
        self, parts: dict[tuple[Group, int], Components], row: dict[str, object], number: int
    ) -> Components:
        width = len(self.by)
        group = tuple(_text(row[f"g{place}"]) for place in range(width))
        found = parts.setdefault((group, number), Components())
        for place, name in enumerate(self._extra(), start=width):
            member = row.get(f"g{place}")
            if member is not None:
                (found.stages if name == "item_kind" else found.units).add(str(member))
        return found

    def _add_stock(
        self, parts: dict[tuple[Group, int], Components], live: list[tuple[int, Period]]
    ) -> None:
        pointed = self.query.basis.average == "n-point"
        edges = sorted(
            {edge for _, span in live for edge in (span.begin, span.end)}
            | {edge for _, span in live if pointed for edge in month_ends(span)}
        )
        cut = replace(self.cut, split_months=split_months(edges))
        found = facts.stock_sums(self.engine, self._grouping(*self._extra()), edges, cut)
        starts, ends = _slots_at(live, edges)
        for row in found.to_pylist():
            number = row["edge_no"]
            if not _moves(row):
                continue
            quantity, value = row["quantity"], row["value"]
            for slot in starts.get(number, ()):
                held = self._at(parts, row, slot)
                held.quantity.add(Stock(opening=quantity, integral=-row["quantity_integral"]))
                held.value.add(Stock(opening=value, integral=-row["value_integral"]))
            for slot in ends.get(number, ()):
                held = self._at(parts, row, slot)
                held.quantity.add(Stock(closing=quantity, integral=row["quantity_integral"]))
                held.value.add(Stock(closing=value, integral=row["value_integral"]))
                held.uncosted += row["uncosted"]
            if pointed:
                edge = edges[number]
                for slot, span in live:
                    if edge in month_ends(span):
                        held = self._at(parts, row, slot)
                        held.quantity.add(Stock(points=quantity))
                        held.value.add(Stock(points=value))

    def _add_flows(
        self, parts: dict[tuple[Group, int], Components], live: list[tuple[int, Period]]
    ) -> None:
        spans = [(span.begin, span.end) for _, span in live]
        cut = replace(self.cut, split_months=split_months(edge for span in spans for edge in span))
        found = facts.flow_sums(self.engine, self._grouping(*self._extra()), spans, FLOW_KINDS, cut)
        for row in found.to_pylist():
            held = self._at(parts, row, live[row["span_no"]][0])
            key = (row["kind"], row["intercompany"])
            flow = Flow(row["quantity"], row["value"], row["quantity_uncosted"])
            held.flows.setdefault(key, Flow()).add(flow)

    def _find_completed(self, live: list[tuple[int, Period]]) -> None:
        """Cost of goods that production completed, per group and span.

        They are of other item kinds than the work in process they came from, so item kind is no
        part of the groups and its filters do not hold; all other groups and filters do.
        """
        made = Filter("item_kind", ("wip",), exclude=True)
        mine = len(self.query.where)
        kept = [one for one in self.where[:mine] if one[0].key != "item_kind"]
        grouping = facts.Grouping(
            tuple(one for one in self.by if one.key != "item_kind"),
            (*kept, *self.where[mine:], (dimension("item_kind"), made)),
            self.rolled,
        )
        spans = [(span.begin, span.end) for _, span in live]
        cut = replace(self.cut, split_months=split_months(edge for span in spans for edge in span))
        found = facts.flow_sums(self.engine, grouping, spans, ("production_receipt",), cut)
        for row in found.to_pylist():
            group = tuple(_text(row[f"g{place}"]) for place in range(len(grouping.by)))
            key = (group, live[row["span_no"]][0])
            self.completed[key] = self.completed.get(key, Decimal(0)) + row["value"]

    def staged(self, part: Components, group: Group | None, slot: int) -> Components:
        """Tell a part of work in process alone what came out of it; no group means all."""
        if part.stages != {"wip"}:
            return part
        if group is None:
            found = [value for (_, number), value in self.completed.items() if number == slot]
        else:
            kinds = [one.key for one in self.by]
            rest = tuple(m for m, key in zip(group, kinds, strict=True) if key != "item_kind")
            value = self.completed.get((rest, slot))
            found = [] if value is None else [value]
        mine = len(self.query.where)
        asked = (*self.by, *(one for one, _ in self.where[:mine]))
        split = any(one.place == "item" and one.key != "item_kind" for one in asked)
        split = split or any(one.place == "item" for one, _ in self.where[mine:])
        completed = sum(found, Decimal(0)) if found or not split else None
        return replace(part, completed=completed)

    def _add_items(
        self, parts: dict[tuple[Group, int], Components], live: list[tuple[int, Period]]
    ) -> None:
        marks = [
            facts.Mark(
                span.end,
                add_months(span.end, -SLOW_MONTHS),
                add_months(span.end, -DEAD_MONTHS),
            )
            for _, span in live
        ]
        cut = replace(self.cut, split_months=split_months(mark.edge for mark in marks))
        found = facts.item_sums(self.engine, self._grouping(), marks, cut)
        for row in found.to_pylist():
            held = self._at(parts, row, live[row["mark_no"]][0])
            held.negative += Decimal(row["negative"] or 0)
            held.slow_value += row["slow_value"] or 0
            held.dead_value += row["dead_value"] or 0

    def _add_ages(
        self, parts: dict[tuple[Group, int], Components], live: list[tuple[int, Period]]
    ) -> None:
        for number, span in live:
            found = ageing.age_sums(
                self.engine,
                self._grouping(),
                span.end,
                self.after,
                self.cut,
                clock=self.query.clock,
            )
            for row in found.to_pylist():
                held = self._at(parts, row, number)
                aged = Components(ages={row["bucket"]: row["value"]})
                aged.clocks = {clock: row[clock] or Decimal(0) for clock in ageing.CLOCKS}
                held.add(aged)


def _add_unknown_ages(parts: dict[tuple[Group, int], Components]) -> None:
    """Stock known in money alone has no layers: its age is not known on any clock."""
    for part in parts.values():
        if part.value_only:
            rest = part.value.closing - sum(part.ages.values(), Decimal(0))
            part.ages[AGE_UNKNOWN] = part.ages.get(AGE_UNKNOWN, Decimal(0)) + rest


def split_months(edges: Iterable[date]) -> tuple[date, ...]:
    """First days of the months that an edge cuts."""
    return tuple(sorted({edge.replace(day=1) for edge in edges if edge.day != 1}))


def _slots_at(
    live: list[tuple[int, Period]], edges: list[date]
) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    starts: dict[int, list[int]] = {}
    ends: dict[int, list[int]] = {}
    place = {edge: number for number, edge in enumerate(edges)}
    for slot, span in live:
        starts.setdefault(place[span.begin], []).append(slot)
        ends.setdefault(place[span.end], []).append(slot)
    return starts, ends


def _moves(row: dict[str, object]) -> bool:
    names = ("quantity", "value", "quantity_integral", "value_integral", "uncosted")
    return any(row[name] for name in names)


def _text(member: object) -> str | None:
    return None if member is None else str(member)
