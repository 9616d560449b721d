"""A load report as JSON: in both languages, as its run keeps it, and in one, as it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from stockturn.intake.control import Control, Measured
from stockturn.intake.questions import Question, question_of, question_tree
from stockturn.intake.report import FileReport, LoadReport, Reject
from stockturn.language import Language, Text

_PLAIN: Final = (
    "status",
    "mapping",
    "load_no",
    "rows_in",
    "rows_loaded",
    "rows_rejected",
    "rows_ignored",
    "rejected_by_reason",
    "ignored_by_reason",
    "seconds",
    "trial",
    "reversed",
)


def report_tree(report: LoadReport) -> dict[str, Any]:
    """Return a report as JSON knows it; every sentence as [Chinese, English]."""
    at = report.committed_at
    return {
        **{name: getattr(report, name) for name in _PLAIN},
        "message": list(report.message),
        "committed_at": None if at is None else at.isoformat(),
        "superseded": list(report.superseded),
        "problems": [list(text) for text in report.problems],
        "questions": [question_tree(question) for question in report.questions],
        "warnings": [list(text) for text in report.warnings],
        "controls": [control_tree(control) for control in report.controls],
        "day_rule": None if report.day_rule is None else list(report.day_rule),
        "files": [_row(file) for file in report.files],
        "rejects": [_row(reject) for reject in report.rejects],
    }


def report_of(tree: Mapping[str, Any]) -> LoadReport:
    """Return the report that :func:`report_tree` wrote."""
    at = tree["committed_at"]
    return LoadReport(
        **{name: tree[name] for name in _PLAIN if name in tree},
        superseded=tuple(tree.get("superseded", ())),
        questions=tuple(question_of(each) for each in tree.get("questions", ())),
        message=Text(*tree["message"]),
        committed_at=None if at is None else datetime.fromisoformat(at),
        problems=tuple(Text(*each) for each in tree["problems"]),
        warnings=tuple(Text(*each) for each in tree["warnings"]),
        controls=tuple(_control(each) for each in tree.get("controls", ())),
        day_rule=Text(*tree["day_rule"]) if tree.get("day_rule") else None,
        files=tuple(FileReport(**each) for each in tree["files"]),
        rejects=tuple(Reject(**each) for each in tree["rejects"]),
    )


def told_report(report: LoadReport, language: Language) -> dict[str, Any]:
    """Return a report as it is shown: the API's ``LoadReport``, sentences in one language.

    The command line and the server print and answer with this one shape.
    """
    at = report.committed_at
    return {
        **{name: getattr(report, name) for name in _PLAIN},
        "message": report.message.read(language),
        "committed_at": None if at is None else at.isoformat(),
        "superseded": list(report.superseded),
        "reasons": {code: words.read(language) for code, words in report.reasons.items()},
        "problems": [text.read(language) for text in report.problems],
        "questions": [_told_question(question, language) for question in report.questions],
        "warnings": [text.read(language) for text in report.warnings],
        "controls": [control_tree(control) for control in report.controls],
        "day_rule": None if report.day_rule is None else report.day_rule.read(language),
        "files": [_row(file) for file in report.files],
        "rejects": [
            {**_row(reject), "message": reject.message.read(language)} for reject in report.rejects
        ],
    }


def _told_question(question: Question, language: Language) -> dict[str, Any]:
    tree = question_tree(question)
    if question.rate is not None:
        tree["rate"]["at_new_rate"] = str(question.rate.at_new_rate)
    words = question.words.read(language)
    return {**tree, "words": words, "taken_back": question.taken_back}


def control_tree(control: Control) -> dict[str, Any]:
    """Return control totals as JSON knows them; amounts as text, so that they stay exact."""
    before = control.before
    return {
        "file": control.file,
        "series": control.series,
        "now": _measured_tree(control.now),
        "before": None if before is None else _measured_tree(before),
    }


def _measured_tree(measured: Measured) -> dict[str, Any]:
    return {
        "table": measured.table,
        "rows": measured.rows,
        "quantity": None if measured.quantity is None else str(measured.quantity),
        "value": None if measured.value is None else str(measured.value),
        "days": measured.days,
        "first_day": None if measured.first_day is None else measured.first_day.isoformat(),
        "last_day": None if measured.last_day is None else measured.last_day.isoformat(),
    }


def _control(tree: Mapping[str, Any]) -> Control:
    before = tree["before"]
    return Control(
        tree["file"],
        tree["series"],
        _measured(tree["now"]),
        None if before is None else _measured(before),
    )


def _measured(tree: Mapping[str, Any]) -> Measured:
    quantity, value = (
        None if tree[name] is None else Decimal(tree[name]) for name in ("quantity", "value")
    )
    first, last = (
        None if tree[name] is None else date.fromisoformat(tree[name])
        for name in ("first_day", "last_day")
    )
    return Measured(tree["table"], tree["rows"], quantity, value, tree["days"], first, last)


def _row(value: FileReport | Reject) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value)}
