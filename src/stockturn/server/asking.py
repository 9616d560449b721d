"""Asking for figures: what can be asked, the answer, and what stands behind a figure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from stockturn import __version__
from stockturn.delivery.decimals import decimal_text
from stockturn.language import Language
from stockturn.ledger import loads
from stockturn.metrics import explain, members, rows
from stockturn.metrics.answer import EmptyWorkspace, data_bounds
from stockturn.metrics.benchmarks import load_bands
from stockturn.metrics.dimensions import DIMENSIONS
from stockturn.metrics.measures import MEASURES
from stockturn.metrics.measures import measure as measure_of
from stockturn.metrics.query import MetricQuery
from stockturn.server.contract import (
    AnswerShape,
    DimensionShape,
    Explanation,
    MeasureCard,
    Member,
    Members,
    Meta,
    OtherBasis,
    QueryShape,
    SourceRow,
    SourceRows,
)
from stockturn.server.desk import PROBLEMS, Desk, DeskHere, Lang
from stockturn.server.figures import months_up_to
from stockturn.server.kinds import KIND_NAMES
from stockturn.server.pictures import measure_trend
from stockturn.server.shapes import (
    answer_shape,
    basis_shape,
    chart_shape,
    coverage_shape,
    number,
    query_of,
    value_shape,
)

router = APIRouter(tags=["metrics"], responses=PROBLEMS)

MEMBERS_SHOWN = 100
INDUSTRY = "industry"

MeasureKey = Annotated[str, Query(description="the measure of the figure")]


@router.get("/api/meta")
def get_meta(desk: DeskHere, lang: Lang = "zh") -> Meta:
    """What the page needs once: names, languages, what can be asked."""
    settings = desk.workspace.settings
    try:
        bounds: tuple[date, date] | None = data_bounds(desk.engine)
    except EmptyWorkspace:
        bounds = None
    history = loads.history(desk.engine)
    return Meta(
        version=__version__,
        company=settings.company,
        currency=settings.currency,
        leading_reading=settings.leading_reading,
        first_day=bounds[0] if bounds else None,
        data_as_of=bounds[1] - timedelta(days=1) if bounds else None,
        last_load_at=history[0].committed_at if history else None,
        measures=[_card(key, lang) for key in MEASURES],
        dimensions=[
            DimensionShape(key=key, name=each.name.read(lang), drill_to=each.drill_to)
            for key, each in DIMENSIONS.items()
        ],
    )


@router.post("/api/query")
def post_query(query: QueryShape, desk: DeskHere, lang: Lang = "zh") -> AnswerShape:
    """Answer one question."""
    return answer_shape(desk.ask(query_of(query)), lang)


@router.post("/api/explain")
def post_explain(
    query: QueryShape, measure: MeasureKey, desk: DeskHere, lang: Lang = "zh"
) -> Explanation:
    """The card behind one figure: definition, parts, the same figure on other bases, its trend."""
    measure_of(measure)
    asked = replace(query_of(query), measures=(measure,), by=(), grain=None, compare=())
    answer = desk.ask(asked)
    months = replace(asked, period=months_up_to(asked.period), grain="month")
    parts = explain.components(desk.engine, asked, measure, desk.scope)
    return Explanation(
        card=_card(measure, lang),
        value=value_shape(answer.totals[0].values[measure], lang),
        basis_label=explain.stands_on(measure, asked.basis, asked.period, asked.clock).read(lang),
        components=[
            {"name": part.name.read(lang), "unit": part.unit, "value": number(part.value.number)}
            for part in parts
        ],
        other_bases=_on_other_bases(desk, asked, measure, lang),
        trend=chart_shape(measure_trend(desk.ask(months), measure, desk.currency, lang)),
        coverage=coverage_shape(answer.coverage),
    )


@router.post("/api/rows")
def post_rows(
    query: QueryShape,
    measure: MeasureKey,
    desk: DeskHere,
    lang: Lang = "zh",
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> SourceRows:
    """The movements behind one figure, each with the file and row it came from."""
    asked = replace(query_of(query), measures=(measure,), by=(), grain=None, compare=())
    found, total = rows.source_rows(desk.engine, asked, measure, desk.scope, offset, limit)
    after = offset + len(found)
    return SourceRows(
        rows=[_row_shape(row, lang) for row in found],
        total=total,
        next_offset=after if after < total else None,
    )


@router.get("/api/members")
def get_members(
    dimension: Annotated[str, Query(description="the dimension to filter by")],
    desk: DeskHere,
    search: str = "",
    lang: Lang = "zh",
) -> Members:
    """The members of a dimension whose code or name holds the search text.

    ``industry`` gives the industries that the two-minute start can compare with.
    """
    if dimension == INDUSTRY:
        bands = load_bands().values()
        return Members(
            members=[
                Member(member=band.key, name=band.name.read(lang))
                for band in bands
                if search.casefold() in band.name.read(lang).casefold()
            ]
        )
    found = members.members(desk.engine, dimension, search, desk.scope, MEMBERS_SHOWN)
    return Members(members=[Member(member=each.member, name=each.name) for each in found])


def _card(key: str, language: Language) -> MeasureCard:
    return MeasureCard.model_validate(MEASURES[key].card(language))


def _on_other_bases(
    desk: Desk, query: MetricQuery, measure: str, language: Language
) -> list[OtherBasis]:
    """The same figure on the other usual bases, kept like any other answer."""
    if not MEASURES[measure].follows_basis:
        return []
    found = []
    for basis in explain.OTHER_BASES:
        if basis == query.basis:
            continue
        value = desk.ask(replace(query, basis=basis)).totals[0].values[measure]
        found.append(
            OtherBasis(
                label=explain.basis_label(basis).read(language),
                basis=basis_shape(basis),
                value=value_shape(value, language),
            )
        )
    return found


def _row_shape(row: rows.SourceRow, language: Language) -> SourceRow:
    return SourceRow(
        movement_id=row.movement_id,
        happened_on=row.happened_on,
        kind=row.kind,
        kind_name=KIND_NAMES[row.kind].read(language),
        item=row.item,
        item_name=row.item_name,
        location=row.location,
        location_name=row.location_name,
        quantity=decimal_text(row.quantity),
        value=number(row.value),
        document=row.document,
        load_no=row.load_no,
        origin=row.origin,
        kit=row.kit,
        file=row.file,
        sheet=row.sheet,
        row_no=row.row_no,
    )
