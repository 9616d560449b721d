"""What the command line asks of the server that owns its workspace.

Not part of the public API: callers show the token of the workspace's owner record, which only the
user who started the server can read.
"""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, UploadFile
from pydantic import BaseModel

from stockturn.ledger import identities
from stockturn.server.contract import AnswerShape, LoadReport, QueryShape
from stockturn.server.desk import DeskHere, Lang
from stockturn.server.loading import report_shape
from stockturn.server.shapes import answer_shape, query_of


class IdentityShape(BaseModel):
    """One identity of the ledger: whether it holds."""

    key: str
    name: str
    passed: bool
    detail: str


class CheckShape(BaseModel):
    """All identities of the ledger."""

    results: list[IdentityShape]


class SlowShape(BaseModel):
    """A question that took long."""

    at: datetime
    request_id: str
    what: str
    seconds: float


class SlowList(BaseModel):
    """The slow questions since the server started, latest first."""

    questions: list[SlowShape]


# The guard has checked the token before a byte of the body was read.
router = APIRouter(prefix="/internal", include_in_schema=False)


@router.post("/query")
def internal_query(query: QueryShape, desk: DeskHere, lang: Lang = "zh") -> AnswerShape:
    """Answer one question."""
    return answer_shape(desk.ask(query_of(query)), lang)


@router.post("/loads")
def internal_loads(
    files: list[UploadFile],
    desk: DeskHere,
    mapping: str = "",
    mapping_file: UploadFile | None = None,
    lang: Lang = "zh",
) -> LoadReport:
    """Load files into the ledger: all of them, or nothing."""
    return report_shape(desk.loader.load(files, mapping, mapping_file), lang)


@router.get("/check")
def internal_check(desk: DeskHere, lang: Lang = "zh") -> CheckShape:
    """Check the ledger's identities."""
    return CheckShape(
        results=[
            IdentityShape(
                key=result.key,
                name=result.name.read(lang),
                passed=result.passed,
                detail=result.detail.read(lang),
            )
            for result in identities.check(desk.engine)
        ]
    )


@router.get("/slow")
def internal_slow(desk: DeskHere) -> SlowList:
    """The questions that took longest to answer of late."""
    return SlowList(
        questions=[
            SlowShape(at=each.at, request_id=each.request_id, what=each.what, seconds=each.seconds)
            for each in desk.observer.slow()
        ]
    )
