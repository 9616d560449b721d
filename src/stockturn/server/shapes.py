"""Between the shapes of the HTTP API and the values of the product; no rule lives here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal

from stockturn.delivery.charts import Chart
from stockturn.delivery.decimals import decimal_text
from stockturn.language import Language, Text
from stockturn.metrics.query import (
    Answer,
    Basis,
    Coverage,
    Filter,
    MetricQuery,
    Period,
    Row,
    Trust,
    Value,
)
from stockturn.server.contract import (
    AnswerShape,
    BasisShape,
    ChartShape,
    CoverageShape,
    FilterShape,
    LateSourceShape,
    PeriodShape,
    QueryShape,
    RowShape,
    TrustShape,
    ValueShape,
)
from stockturn.server.errors import InvalidField

_CONDITION = re.compile(r"(?P<dimension>[^=!]+)(?P<sign>!?=)(?P<member>.*)", re.DOTALL)
_ORDER = Text("应晚于期间开始。", "must be after the begin of the period.")
_CONDITION_FORM = Text(
    "应写成 维度=成员（排除写成 维度!=成员）。",
    "takes dimension=member (dimension!=member excludes).",
)


def number(value: Decimal | None) -> str | None:
    """Return a figure as the API carries it: no exponent, at most twelve decimals."""
    return None if value is None else decimal_text(value)


def period_of(shape: PeriodShape) -> Period:
    """Return the period.

    Raises:
        InvalidField: it is empty or ends before it begins.
    """
    if shape.end <= shape.begin:
        raise InvalidField("end", _ORDER)
    return Period(shape.begin, shape.end)


def query_of(shape: QueryShape) -> MetricQuery:
    """Return the question a caller sent.

    Raises:
        InvalidField: the period is empty.
    """
    return MetricQuery(
        measures=tuple(shape.measures),
        period=period_of(shape.period),
        by=tuple(shape.by),
        grain=shape.grain,
        basis=Basis(**shape.basis.model_dump()),
        where=tuple(Filter(f.dimension, tuple(f.members), f.exclude) for f in shape.where),
        clock=shape.clock,
        compare=tuple(shape.compare),
        known_at=_instant(shape.known_at),
        order_by=shape.order_by,
        limit=shape.limit,
    )


def query_shape(query: MetricQuery) -> QueryShape:
    """Return a question as a caller can send it again."""
    return QueryShape(
        measures=list(query.measures),
        by=list(query.by),
        period=period_shape(query.period),
        grain=query.grain,
        basis=basis_shape(query.basis),
        where=[filter_shape(condition) for condition in query.where],
        clock=query.clock,
        compare=list(query.compare),
        known_at=query.known_at,
        order_by=query.order_by,
        limit=query.limit,
    )


def conditions_of(written: Sequence[str]) -> tuple[Filter, ...]:
    """Return the filters written as ``dimension=member`` or ``dimension!=member``.

    Conditions on one dimension with the same sign are alternatives and become one filter.

    Raises:
        InvalidField: a condition is not of that form.
    """
    members: dict[tuple[str, bool], list[str]] = {}
    for condition in written:
        found = _CONDITION.fullmatch(condition)
        if found is None:
            raise InvalidField("where", _CONDITION_FORM)
        key = (found["dimension"].strip(), found["sign"] == "!=")
        members.setdefault(key, []).append(found["member"])
    return tuple(Filter(key[0], tuple(names), key[1]) for key, names in members.items())


def written(conditions: Sequence[Filter]) -> list[str]:
    """Return filters as the address carries them; the inverse of :func:`conditions_of`."""
    return [
        f"{condition.dimension}{'!=' if condition.exclude else '='}{member}"
        for condition in conditions
        for member in condition.members
    ]


def answer_shape(answer: Answer, language: Language) -> AnswerShape:
    """Return an answer with its sentences in one language."""
    return AnswerShape(
        query=query_shape(answer.query),
        rows=[_row_shape(row, language) for row in answer.rows],
        totals=[_row_shape(row, language) for row in answer.totals],
        coverage=coverage_shape(answer.coverage),
        row_count=answer.row_count,
        hints=[hint.read(language) for hint in answer.hints],
    )


def value_shape(value: Value, language: Language) -> ValueShape:
    """Return a figure with its reason and note in one language."""
    return ValueShape(
        number=number(value.number),
        reason=said(value.reason, language),
        note=said(value.note, language),
    )


def said(text: Text | None, language: Language) -> str | None:
    """Return a sentence in one language, or None where there is none."""
    return None if text is None else text.read(language)


def chart_shape(chart: Chart) -> ChartShape:
    """Return a chart as the page draws it."""
    return ChartShape(**asdict(chart))


def coverage_shape(coverage: Coverage) -> CoverageShape:
    """Return what stands behind an answer."""
    return CoverageShape(
        data_as_of=coverage.data_as_of,
        load_no=coverage.load_no,
        cost_coverage=number(coverage.cost_coverage),
        negative_balances=coverage.negative_balances,
        trust=None if coverage.trust is None else trust_shape(coverage.trust),
    )


def trust_shape(trust: Trust) -> TrustShape:
    """Return how far the data can be trusted."""
    return TrustShape(
        rejected_share=number(trust.rejected_share),
        waiting=trust.waiting,
        gaps=trust.gaps,
        quality_score=number(trust.quality_score),
        rules_broken=trust.rules_broken,
        late=[LateSourceShape(**asdict(source)) for source in trust.late],
    )


def period_shape(period: Period) -> PeriodShape:
    """Return a period as the API carries it."""
    return PeriodShape(begin=period.begin, end=period.end)


def basis_shape(basis: Basis) -> BasisShape:
    """Return a basis as the API carries it."""
    return BasisShape(**asdict(basis))


def filter_shape(condition: Filter) -> FilterShape:
    """Return a filter as the API carries it."""
    return FilterShape(
        dimension=condition.dimension,
        members=list(condition.members),
        exclude=condition.exclude,
    )


def _row_shape(row: Row, language: Language) -> RowShape:
    return RowShape(
        group=list(row.group),
        period=period_shape(row.period),
        values=_values(row.values, language),
        compared={str(name): _values(then, language) for name, then in row.compared.items()},
    )


def _values(values: Mapping[str, Value], language: Language) -> dict[str, ValueShape]:
    return {key: value_shape(value, language) for key, value in values.items()}


def _instant(written_at: datetime | None) -> datetime | None:
    """Instants are UTC; one written without a zone is taken as UTC."""
    if written_at is None or written_at.tzinfo is not None:
        return written_at
    return written_at.replace(tzinfo=UTC)
