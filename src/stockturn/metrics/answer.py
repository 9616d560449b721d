"""Answering a :class:`MetricQuery`: the one path of every figure in the product."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, timedelta
from decimal import Context, Decimal, localcontext

from stockturn.engines import DuckDBEngine
from stockturn.language import StockTurnError, Text, UsageError
from stockturn.ledger import loads
from stockturn.ledger.identity import rolled_up
from stockturn.metrics import facts
from stockturn.metrics.calendar import buckets, compared
from stockturn.metrics.components import Components, total
from stockturn.metrics.formulas import costed_share, effective_period
from stockturn.metrics.measure import VALUE_ONLY_DAILY, Frame, Measure, refuse_value_only
from stockturn.metrics.measures import measure
from stockturn.metrics.members import hints
from stockturn.metrics.parts import Group, Parts, Slot, split_months
from stockturn.metrics.query import (
    EVERYTHING,
    Answer,
    Compare,
    Coverage,
    MetricQuery,
    Period,
    Row,
    Scope,
    Value,
)
from stockturn.metrics.scoped import COST_HIDDEN, shows_cost, visible, where_of
from stockturn.metrics.trust import withheld

ANY_COST = Decimal(0)
"""The bar under which nothing is withheld."""
EXACT = Context(prec=60)
OF_A_COMPANY = ("company", "location")
"""Dimensions whose members each belong to one company."""

NOT_KNOWN_YET = Text(
    "当时系统还没有任何数据，无法按当时所知回答", "Nothing had been loaded at that time"
)
BEFORE_DATA = Text("该期间早于已导入的数据", "The period lies before the loaded data")
AFTER_DATA = Text("该期间晚于已导入的数据", "The period lies after the loaded data")
NO_STOCK_SPLIT = Text("库存不能按{name}拆分", "Stock cannot be split by {name}")
NO_FLOW_SPLIT = Text("出入库不能按{name}拆分", "Flows cannot be split by {name}")
HIDDEN = Text("您没有查看该指标的权限", "You may not see this measure")
PARTIAL = Text(
    "数据只到 {day}，按已有天数计算", "Data ends on {day}; computed on the days there are"
)


class EmptyWorkspace(StockTurnError):
    """Nothing has been loaded, so nothing can be asked."""

    code = "empty_workspace"
    status = 409
    exit_code = 2

    def __init__(self) -> None:
        super().__init__(
            Text(
                "工作区还没有数据。先运行 stockturn load 导入文件，或用两分钟快算。",
                "The workspace holds no data yet. Run stockturn load on your files first, or use "
                "the two-minute start.",
            )
        )


def ask(
    engine: DuckDBEngine,
    query: MetricQuery,
    scope: Scope = EVERYTHING,
    *,
    cost_bar: Decimal = ANY_COST,
) -> Answer:
    """Answer a query.

    Args:
        engine: The warehouse.
        query: What is asked.
        scope: Rows and measures the caller may see; applied inside the compiled expressions.
        cost_bar: Share of the quantity that must have a cost; figures at cost below it are
            withheld with a reason.

    Raises:
        UsageError: an unknown measure or dimension, or names that do not fit together.
        EmptyWorkspace: nothing has been loaded.
    """
    with localcontext(EXACT):
        return _Asking(engine, query, scope, cost_bar).answer()


class _Asking:
    """One query under way."""

    def __init__(
        self, engine: DuckDBEngine, query: MetricQuery, scope: Scope, cost_bar: Decimal
    ) -> None:
        self.cost_bar = cost_bar
        self.engine = engine
        self.query = query
        self.measures = [measure(key) for key in query.measures]
        self.by = tuple(visible(key, scope) for key in query.by)
        self.where = where_of(query.where, scope)
        self.hidden = dict.fromkeys(scope.hidden_measures, HIDDEN)
        if scope.hides_cost:
            costly = (one.key for one in self.measures if shows_cost(one, query.basis))
            self.hidden |= dict.fromkeys(costly, COST_HIDDEN)
        if len(self.by) > 4:
            raise UsageError(Text("最多按四个维度分组", "Group by four dimensions at most"))
        if query.period.days <= 0:
            raise UsageError(Text("期间的结束必须晚于开始", "The period must end after it begins"))
        self.bounds = data_bounds(engine)
        self.cut, self.reason = _cut(engine, query)
        known = self.cut.last_load
        self.rolled = rolled_up(engine, loads.NEWEST if known is None else known)
        self.hints = hints(engine, query.where, self.rolled, scope)
        self.slots = self._slots()
        self.parts = Parts(
            engine,
            query,
            self.measures,
            self.by,
            self.where,
            self.rolled,
            self.cut,
            self.slots,
            self.bounds[1],
            facts.holds_value_only(engine),
        )

    def answer(self) -> Answer:
        parts = self.parts.gather()
        groups = sorted({group for group, _ in parts}, key=_text_order)
        rows = [self._row(group, period, parts) for group in groups for period in self._periods()]
        rows = self._sorted(rows)
        totals = tuple(self._total(period, parts) for period in self._periods())
        kept = rows[: self.query.limit] if self.query.limit else rows
        return Answer(self.query, tuple(kept), totals, self._coverage(parts), len(rows), self.hints)

    # --- spans ---------------------------------------------------------------------------------

    def _periods(self) -> list[Period]:
        if self.query.grain is None:
            return [self.query.period]
        return buckets(self.query.period, self.query.grain)

    def _slots(self) -> list[Slot]:
        slots = []
        for period in self._periods():
            own = self._slot(period, period, None)
            slots.append(own)
            for compare in dict.fromkeys(self.query.compare):
                # Like for like: a period cut short by the data is compared with as short a one.
                like = own.span or period
                slots.append(self._slot(period, compared(like, compare), compare))
        return slots

    def _slot(self, asked: Period, period: Period, compare: Compare | None) -> Slot:
        if self.reason:
            return Slot(asked, None, compare, self.reason)
        span = period if compare else effective_period(period, self.query.basis)
        if compare and self.query.basis.year_to_date:
            span = effective_period(period, self.query.basis)
        first, after = self.bounds
        if span.end <= first:
            return Slot(asked, None, compare, BEFORE_DATA)
        if span.begin >= after:
            return Slot(asked, None, compare, AFTER_DATA)
        clipped = Period(max(span.begin, first), min(span.end, after))
        note = None
        if clipped.end < span.end:
            note = PARTIAL.fill(day=(after - timedelta(days=1)).isoformat())
        elif clipped.begin > span.begin:
            note = Text(
                f"数据从 {first.isoformat()} 开始，按已有天数计算",
                f"Data begins on {first.isoformat()}; computed on the days there are",
            )
        return Slot(asked, clipped, compare, note=note)

    # --- rows ----------------------------------------------------------------------------------

    def _row(self, group: Group, period: Period, parts: dict[tuple[Group, int], Components]) -> Row:
        def found(number: int) -> Components | None:
            own = parts.get((group, number))
            return None if own is None else self.parts.staged(own, group, number)

        return self._valued(group, period, found)

    def _total(self, period: Period, parts: dict[tuple[Group, int], Components]) -> Row:
        def summed(number: int) -> Components | None:
            own = [part for (_, slot), part in parts.items() if slot == number]
            return self.parts.staged(total(own), None, number) if own else None

        return self._valued(tuple(None for _ in self.by), period, summed, whole=True)

    def _valued(
        self,
        group: Group,
        period: Period,
        find: Callable[[int], Components | None],
        *,
        whole: bool = False,
    ) -> Row:
        values: dict[str, Value] = {}
        others: dict[Compare, dict[str, Value]] = {}
        for number, slot in enumerate(self.slots):
            if slot.asked != period:
                continue
            found = find(number) or Components()
            answers = {one.key: self._value(one, found, slot, whole=whole) for one in self.measures}
            if slot.compare is None:
                values = answers
            else:
                others[slot.compare] = answers
        return Row(group, period, values, others)

    def _value(self, one: Measure, parts: Components, slot: Slot, *, whole: bool) -> Value:
        if one.key in self.hidden:
            return Value(None, self.hidden[one.key])
        if slot.span is None:
            return Value(None, slot.reason)
        for fact, words in (("stock", NO_STOCK_SPLIT), ("flow", NO_FLOW_SPLIT)):
            misfit = self.parts.misfit(stock=fact == "stock")
            if misfit and fact in one.facts:
                name = misfit.name
                return Value(
                    None, Text(words.zh.format(name=name.zh), words.en.format(name=name.en))
                )
        refusal = refuse_value_only(one.key, parts)
        if refusal:
            return Value(None, refusal)
        lacking = withheld(one, parts, self.query.basis, self.cost_bar)
        if lacking:
            return Value(None, lacking)
        consolidated = not self._one_company() and (whole or not self._by_company())
        frame = Frame(slot.span, self.query.basis, slot.points, consolidated)
        value = one.compute(parts, frame)
        if value.number is not None and value.number == 0:
            value = replace(value, number=Decimal(0))
        daily = one.follows_basis and self.query.basis.average == "daily"
        coarse = VALUE_ONLY_DAILY if daily and parts.value_only else None
        return replace(value, note=_joined(_joined(value.note, coarse), slot.note))

    def _one_company(self) -> bool:
        """A company on its own counts what it sells to its sisters; the group does not."""
        return any(
            one.key in OF_A_COMPANY and not kept.exclude and len(kept.members) == 1
            for one, kept in self.where
        )

    def _by_company(self) -> bool:
        return any(one.key in OF_A_COMPANY for one in self.by)

    def _sorted(self, rows: list[Row]) -> list[Row]:
        key = self.query.order_by
        if not key:
            return rows
        down, name = key.startswith("-"), key.lstrip("-")
        if name in self.query.by:
            place = self.query.by.index(name)
            return sorted(rows, key=lambda row: row.group[place] or "", reverse=down)
        if name not in self.query.measures:
            raise UsageError(
                Text(f"不能按“{name}”排序", f"Cannot sort by “{name}”: it is not in the query")
            )
        known = [row for row in rows if row.values[name].number is not None]
        unknown = [row for row in rows if row.values[name].number is None]
        return sorted(known, key=lambda row: row.values[name].number or 0, reverse=down) + unknown

    def _coverage(self, parts: dict[tuple[Group, int], Components]) -> Coverage:
        last = loads.last_load(self.engine)
        if self.cut.last_load is not None:
            last = self.cut.last_load
        own = next((n for n, slot in enumerate(self.slots) if slot.compare is None), None)
        final = max((n for n, slot in enumerate(self.slots) if slot.compare is None), default=own)
        held = total(part for (_, slot), part in parts.items() if slot == final)
        known = costed_share(held.quantity.closing, held.uncosted)
        as_of = self.bounds[1] - timedelta(days=1)
        negative = int(held.negative) if any("item" in m.facts for m in self.measures) else None
        if negative is None:
            negative = self._negative(final)
        return Coverage(as_of, last or None, known, negative)

    def _negative(self, final: int | None) -> int:
        slot = self.slots[final] if final is not None else None
        if slot is None or slot.span is None or self.parts.misfit(stock=True):
            return 0
        grouping = facts.Grouping((), self.where, self.rolled)
        edge = slot.span.end
        cut = replace(self.cut, split_months=split_months([edge]))
        found = facts.negative_count(self.engine, grouping, edge, cut)
        return int(found or 0)


def counted_period(engine: DuckDBEngine, query: MetricQuery) -> Period:
    """Return the days that a query's figures really count: its effective period, cut to the data.

    Raises:
        EmptyWorkspace: nothing has been loaded.
    """
    first, after = data_bounds(engine)
    span = effective_period(query.period, query.basis)
    return Period(max(span.begin, first), min(span.end, after))


def data_bounds(engine: DuckDBEngine) -> tuple[date, date]:
    """Return the first day with data and the day after the last.

    Raises:
        EmptyWorkspace: nothing has been loaded.
    """
    history = loads.days(engine)
    if history is None:
        raise EmptyWorkspace
    return history[0], history[1] + timedelta(days=1)


def _cut(engine: DuckDBEngine, query: MetricQuery) -> tuple[facts.Cut, Text | None]:
    if query.known_at is None:
        return facts.Cut(), None
    last = loads.load_known_at(engine, query.known_at)
    if last is None:
        return facts.Cut(), NOT_KNOWN_YET
    month = query.known_at.astimezone(UTC).date().replace(day=1)
    first = loads.first_load_since(engine, month)
    return facts.Cut((), month, first if first is not None else last + 1, last), None


def _joined(first: Text | None, second: Text | None) -> Text | None:
    if first is None or second is None:
        return first or second
    return Text(f"{first.zh}；{second.zh}", f"{first.en}; {second.en}")


def _text_order(group: Group) -> tuple[tuple[bool, str], ...]:
    return tuple((member is None, member or "") for member in group)
