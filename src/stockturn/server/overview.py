"""The overview page in one answer: a few questions, composed for one state of its address."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import partial

import structlog
from fastapi import APIRouter

from stockturn.delivery.charts import Chart
from stockturn.delivery.decimals import decimal_text
from stockturn.insight.overview import causes, headline, next_step
from stockturn.insight.traps import CashTrap, CashTraps, cash_traps
from stockturn.language import Language, StockTurnError
from stockturn.metrics.answer import EmptyWorkspace
from stockturn.metrics.dimensions import DIMENSIONS
from stockturn.metrics.members import NAMED, names_of
from stockturn.metrics.query import Filter, MetricQuery
from stockturn.server import contract, pictures
from stockturn.server.contract import FilterShape, Overview
from stockturn.server.desk import PROBLEMS, Desk, DeskHere, Lang
from stockturn.server.figures import ONE_MORE_TURN, figure_keys, figures, headline_query
from stockturn.server.shapes import (
    basis_shape,
    chart_shape,
    coverage_shape,
    filter_shape,
    number,
    period_shape,
)
from stockturn.server.state import Address, AddressHere, State, read_address

log = structlog.get_logger("stockturn.server")

router = APIRouter(tags=["overview"], responses=PROBLEMS)

_FLOW = {"cost": "cogs", "quantity": "issues", "sales": "revenue"}


@router.get("/api/overview")
def get_overview(address: AddressHere, desk: DeskHere, lang: Lang = "zh") -> Overview:
    """Everything the overview page shows for one state of its address."""
    return overview(desk, address, lang)


def overview(desk: Desk, address: Address, language: Language) -> Overview:
    """Return the page of one state of its address, all of it on one state of the data.

    Raises:
        EmptyWorkspace: nothing has been loaded.
        UsageError: the address names what does not exist.
    """
    state = address.state(desk.last_day(), desk.workspace.settings.leading_reading)
    if desk.scope.hides_cost and address.basis is None:
        # Who may not see cost starts with what they may see: pieces.
        state = replace(state, basis=replace(state.basis, basis="quantity"))
    while True:
        version = desk.version()
        found = desk.kept(("overview", state, language), lambda: compose(desk, state, language))
        # A load that was committed meanwhile would leave half the page on the data before it.
        if desk.version() == version:
            return found


def warm_up(desk: Desk) -> None:
    """Make the page that opens first; its statements then serve every page of the same shape."""
    try:
        overview(desk, read_address(), desk.workspace.settings.language)
    except EmptyWorkspace:
        return
    except StockTurnError as failure:
        # Whoever opens the page is told; the server itself can go on.
        log.warning("warm-up failed", code=failure.code, exc_info=failure)


def compose(desk: Desk, state: State, language: Language) -> Overview:
    """Ask what the page needs and put it together."""
    currency = desk.currency
    stock, unit = _stock(state)
    cards = figures(desk.ask, state, language)
    whole = desk.ask(headline_query(state))
    groups = desk.ask(_comparison_query(state, stock))
    moved = (
        causes(groups.rows, groups.totals[0], state.compare, _FLOW[state.basis.basis], stock)
        if state.compare
        else []
    )
    traps = cash_traps(
        desk.ask, desk.engine, state.period, state.basis, state.where, currency, desk.scope
    )
    found = headline(
        whole.totals[0], state.compare, moved, stock=stock, unit=unit, currency=currency
    )
    names = partial(names_of, desk.engine, state.by, scope=desk.scope)
    step = next_step(traps, groups.rows, state.by, currency)
    compared = pictures.comparison(groups, state, stock, names, currency, language)
    return Overview(
        period=period_shape(state.period),
        basis=basis_shape(state.basis),
        coverage=coverage_shape(whole.coverage),
        headline=found.read(language),
        next_step=step.text.read(language),
        next_step_link=state.link(step.where, step.by) if step.where else None,
        figures=[cards[key] for key in figure_keys(state)],
        one_more_turn=cards[ONE_MORE_TURN],
        trend=chart_shape(pictures.trend(desk.ask(_trend_query(state)), state, currency, language)),
        comparison=chart_shape(compared),
        comparison_by=state.by,
        breadcrumb=breadcrumb(state),
        names=_names(desk, state, compared, traps),
        ageing=chart_shape(pictures.ageing(desk.ask(_ageing_query(state)), currency, language)),
        cash_traps=[_trap_shape(trap, language) for trap in traps.shown],
        cash_traps_total=None if traps.hidden else decimal_text(traps.total),
    )


def breadcrumb(state: State) -> list[FilterShape]:
    """Return the filters one came down by to the dimension shown, topmost first.

    A level left out on the way, as from a category straight to its items, breaks no trail.
    """
    levels = {
        condition.dimension: condition
        for condition in state.where
        if not condition.exclude and len(condition.members) == 1
    }
    path: list[Filter] = []
    below: str | None = state.by
    while below is not None:
        below = _nearest_above(below, levels)
        if below is not None:
            path.insert(0, levels.pop(below))
    return [filter_shape(condition) for condition in path]


def _nearest_above(key: str, levels: Collection[str]) -> str | None:
    """The filtered dimension with the fewest steps of drilling down to ``key``."""
    seen, ring = {key}, [key]
    while ring:
        ring = [
            above
            for above, each in DIMENSIONS.items()
            if each.drill_to in ring and above not in seen
        ]
        seen.update(ring)
        found = next((above for above in levels if above in ring), None)
        if found is not None:
            return found
    return None


def _names(
    desk: Desk, state: State, compared: Chart, traps: CashTraps
) -> dict[str, dict[str, str]]:
    """Names for the codes on the page: of its filters, its bars and its cash traps."""
    codes: dict[str, set[str]] = {key: set() for key in NAMED}
    for condition in state.where:
        if condition.dimension in codes:
            codes[condition.dimension].update(condition.members)
    if state.by in codes:
        bars = compared.option["series"][0]["data"]
        codes[state.by].update(bar["member"] for bar in bars if bar["member"])
    codes["item"].update(trap.item for trap in traps.shown)
    found = {
        key: names_of(desk.engine, key, sorted(wanted), desk.scope) for key, wanted in codes.items()
    }
    return {key: names for key, names in found.items() if names}


def _stock(state: State) -> tuple[str, str]:
    """Key and unit of the average stock on the page's basis."""
    if state.basis.basis == "quantity":
        return "average_quantity", "quantity"
    return "average_inventory", "money"


def _comparison_query(state: State, stock: str) -> MetricQuery:
    return MetricQuery(
        measures=("turnover", stock, _FLOW[state.basis.basis]),
        by=(state.by,),
        period=state.period,
        basis=state.basis,
        where=state.where,
        compare=() if state.compare is None else (state.compare,),
    )


def _trend_query(state: State) -> MetricQuery:
    return MetricQuery(
        measures=("turnover",),
        period=state.period,
        grain=state.grain,
        basis=state.basis,
        where=state.where,
        compare=() if state.compare is None else (state.compare,),
    )


def _ageing_query(state: State) -> MetricQuery:
    return MetricQuery(
        measures=tuple(key for key, _ in pictures.AGES),
        period=state.period,
        where=state.where,
        clock=state.clock,
    )


def _trap_shape(trap: CashTrap, language: Language) -> contract.CashTrap:
    return contract.CashTrap(
        item=trap.item,
        name=trap.name,
        category=trap.category,
        location_count=trap.location_count,
        value=decimal_text(trap.value),
        days_of_inventory=number(trap.days_of_inventory),
        days_since_last_issue=trap.days_since_last_issue,
        age_days=trap.age_days,
        reason=trap.reason.read(language),
        trend=[number(value) for value in trap.trend],
    )
