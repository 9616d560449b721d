"""What the command line asks of the server that owns its workspace.

Not part of the public API: callers show the token of the workspace's owner record, which only the
user who started the server can read.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from pydantic import BaseModel

from stockturn.language import StockTurnError, Text
from stockturn.ledger import identities
from stockturn.server.contract import AnswerShape, QueryShape
from stockturn.server.desk import DeskHere, Lang
from stockturn.server.shapes import answer_shape, query_of


class NotTheOwner(StockTurnError):
    """The caller does not hold the token of the workspace's owner."""

    code = "not_the_owner"
    status = 401

    def __init__(self) -> None:
        super().__init__(
            Text(
                "这个地址只供同一用户的 stockturn 命令使用。",
                "This address serves the stockturn command of the same user only.",
            )
        )


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


def require_owner(desk: DeskHere, authorization: Annotated[str, Header()] = "") -> None:
    """Let only the owner of the workspace pass.

    Raises:
        NotTheOwner: the token is missing or wrong.
    """
    token = desk.workspace.owner.token
    expected = f"Bearer {token}".encode()
    if not token or not secrets.compare_digest(authorization.encode(), expected):
        raise NotTheOwner


router = APIRouter(
    prefix="/internal", include_in_schema=False, dependencies=[Depends(require_owner)]
)


@router.post("/query")
def internal_query(query: QueryShape, desk: DeskHere, lang: Lang = "zh") -> AnswerShape:
    """Answer one question."""
    return answer_shape(desk.ask(query_of(query)), lang)


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
