"""Questions and answers as JSON in the shapes of the HTTP API, both ways.

The CLI prints this form, sends it to a running server and reads it back; a test keeps it equal to
what the server's own shapes write.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from stockturn.delivery.decimals import decimal_text
from stockturn.delivery.sheet import Sheet
from stockturn.language import Language, Text
from stockturn.metrics.query import (
    Answer,
    Coverage,
    LateSource,
    MetricQuery,
    Period,
    Row,
    Trust,
    Value,
)


def to_json(answer: Answer, sheet: Sheet, *, currency: str, language: Language) -> str:
    """Return an answer as the API gives it, with the words that a reader of the file needs."""
    payload = answer_payload(answer, language)
    payload["currency"] = currency
    payload["basis_label"] = sheet.basis
    payload["footer"] = list(sheet.footer)
    return json.dumps(payload, ensure_ascii=False, indent=2) + "\n"


def query_payload(query: MetricQuery) -> dict[str, Any]:
    """Return a question in the shape ``QueryShape``."""
    return {
        "measures": list(query.measures),
        "by": list(query.by),
        "period": _period_payload(query.period),
        "grain": query.grain,
        "basis": asdict(query.basis),
        "where": [
            {"dimension": kept.dimension, "members": list(kept.members), "exclude": kept.exclude}
            for kept in query.where
        ],
        "clock": query.clock,
        "compare": list(query.compare),
        "known_at": None if query.known_at is None else _instant(query.known_at),
        "order_by": query.order_by,
        "limit": query.limit,
    }


def answer_payload(answer: Answer, language: Language) -> dict[str, Any]:
    """Return an answer in the shape ``AnswerShape``, its sentences in one language."""
    coverage = answer.coverage
    return {
        "query": query_payload(answer.query),
        "rows": [_row_payload(row, language) for row in answer.rows],
        "totals": [_row_payload(row, language) for row in answer.totals],
        "coverage": {
            "data_as_of": None if coverage.data_as_of is None else coverage.data_as_of.isoformat(),
            "load_no": coverage.load_no,
            "cost_coverage": _number(coverage.cost_coverage),
            "negative_balances": coverage.negative_balances,
            "trust": None if coverage.trust is None else _trust_payload(coverage.trust),
        },
        "row_count": answer.row_count,
        "hints": [hint.read(language) for hint in answer.hints],
    }


def answer_of(payload: Mapping[str, Any], query: MetricQuery) -> Answer:
    """Return the answer to ``query`` that a server sent; its sentences stay in one language."""
    coverage = payload["coverage"]
    as_of = coverage["data_as_of"]
    share = coverage["cost_coverage"]
    return Answer(
        query=query,
        rows=tuple(_row_of(row) for row in payload["rows"]),
        totals=tuple(_row_of(row) for row in payload["totals"]),
        coverage=Coverage(
            data_as_of=None if as_of is None else date.fromisoformat(as_of),
            load_no=coverage["load_no"],
            cost_coverage=None if share is None else Decimal(share),
            negative_balances=coverage["negative_balances"],
            trust=None if coverage["trust"] is None else _trust_of(coverage["trust"]),
        ),
        row_count=payload["row_count"],
        hints=tuple(Text(hint, hint) for hint in payload["hints"]),
    )


def _trust_payload(trust: Trust) -> dict[str, Any]:
    return {
        "rejected_share": _number(trust.rejected_share),
        "waiting": trust.waiting,
        "gaps": trust.gaps,
        "quality_score": _number(trust.quality_score),
        "rules_broken": trust.rules_broken,
        "late": [
            {"mapping": each.mapping, "feed": each.feed, "last_day": each.last_day.isoformat()}
            for each in trust.late
        ],
    }


def _trust_of(payload: Mapping[str, Any]) -> Trust:
    share, score = payload["rejected_share"], payload["quality_score"]
    return Trust(
        rejected_share=None if share is None else Decimal(share),
        waiting=payload["waiting"],
        gaps=payload["gaps"],
        quality_score=None if score is None else Decimal(score),
        rules_broken=payload["rules_broken"],
        late=tuple(
            LateSource(each["mapping"], each["feed"], date.fromisoformat(each["last_day"]))
            for each in payload["late"]
        ),
    )


def _row_payload(row: Row, language: Language) -> dict[str, Any]:
    return {
        "group": list(row.group),
        "period": _period_payload(row.period),
        "values": _values_payload(row.values, language),
        "compared": {
            compare: _values_payload(values, language) for compare, values in row.compared.items()
        },
    }


def _values_payload(values: Mapping[str, Value], language: Language) -> dict[str, Any]:
    return {
        key: {
            "number": _number(value.number),
            "reason": value.reason.read(language) if value.reason else None,
            "note": value.note.read(language) if value.note else None,
        }
        for key, value in values.items()
    }


def _row_of(payload: Mapping[str, Any]) -> Row:
    period = payload["period"]
    return Row(
        group=tuple(payload["group"]),
        period=Period(date.fromisoformat(period["begin"]), date.fromisoformat(period["end"])),
        values=_values_of(payload["values"]),
        compared={compare: _values_of(values) for compare, values in payload["compared"].items()},
    )


def _values_of(payload: Mapping[str, Any]) -> dict[str, Value]:
    return {
        key: Value(
            None if value["number"] is None else Decimal(value["number"]),
            _said(value["reason"]),
            _said(value["note"]),
        )
        for key, value in payload.items()
    }


def _said(sentence: str | None) -> Text | None:
    return None if sentence is None else Text(sentence, sentence)


def _period_payload(period: Period) -> dict[str, str]:
    return {"begin": period.begin.isoformat(), "end": period.end.isoformat()}


def _number(number: Decimal | None) -> str | None:
    return None if number is None else decimal_text(number)


def _instant(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")
