"""A load report as JSON in both languages, as it is kept with the run that made it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from stockturn.intake.report import FileReport, LoadReport, Reject
from stockturn.language import Text

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
)


def report_tree(report: LoadReport) -> dict[str, Any]:
    """Return a report as JSON knows it; every sentence as [Chinese, English]."""
    at = report.committed_at
    return {
        **{name: getattr(report, name) for name in _PLAIN},
        "message": list(report.message),
        "committed_at": None if at is None else at.isoformat(),
        "problems": [list(text) for text in report.problems],
        "warnings": [list(text) for text in report.warnings],
        "files": [_row(file) for file in report.files],
        "rejects": [_row(reject) for reject in report.rejects],
    }


def report_of(tree: Mapping[str, Any]) -> LoadReport:
    """Return the report that :func:`report_tree` wrote."""
    at = tree["committed_at"]
    return LoadReport(
        **{name: tree[name] for name in _PLAIN},
        message=Text(*tree["message"]),
        committed_at=None if at is None else datetime.fromisoformat(at),
        problems=tuple(Text(*each) for each in tree["problems"]),
        warnings=tuple(Text(*each) for each in tree["warnings"]),
        files=tuple(FileReport(**each) for each in tree["files"]),
        rejects=tuple(Reject(**each) for each in tree["rejects"]),
    )


def _row(value: FileReport | Reject) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value)}
