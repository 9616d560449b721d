"""The audit as the page shows it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from stockturn.accounts.audit import ACTIONS, AuditFilter, AuditLine
from stockturn.accounts.caller import Caller
from stockturn.accounts.people import People
from stockturn.language import Language
from stockturn.server.audit_words import said_details
from stockturn.server.desk import PROBLEMS, CallerHere, DeskHere, Lang
from stockturn.server.people_contract import AuditPage, AuditShape, DetailShape, NamedKey

_AS_KEPT = (
    "audit_no",
    "at",
    "who",
    "action",
    "object_kind",
    "object_id",
    "address",
    "channel",
    "result",
)

router = APIRouter(prefix="/api/audit", tags=["people"], responses=PROBLEMS)


@router.get("")
def get_audit(
    desk: DeskHere,
    caller: CallerHere,
    who: Annotated[str, Query(max_length=200)] = "",
    action: Annotated[str, Query(max_length=60)] = "",
    object_id: Annotated[str, Query(max_length=200)] = "",
    result: Annotated[str, Query(max_length=20)] = "",
    since: datetime | None = None,
    until: Annotated[datetime | None, Query(description="exclusive")] = None,
    lang: Lang = "zh",
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> AuditPage:
    """Return who did what, newest first."""
    wanted = AuditFilter(who, action, object_id, result, _utc(since), _utc(until))
    return audit_page(desk.people, caller, wanted, lang, offset, limit)


def audit_page(
    people: People, caller: Caller, wanted: AuditFilter, lang: Language, offset: int, limit: int
) -> AuditPage:
    """Return a page of the audit, for the command line too."""
    lines, total, actions = people.audit(caller, wanted, offset, limit)
    after = offset + len(lines)
    return AuditPage(
        lines=[_shape(line, lang) for line in lines],
        total=total,
        next_offset=after if after < total else None,
        actions=[NamedKey(key=key, name=_name(key, lang)) for key in actions],
    )


def _shape(line: AuditLine, language: Language) -> AuditShape:
    return AuditShape.model_validate(
        {
            **{name: getattr(line, name) for name in _AS_KEPT},
            "action_name": _name(line.action, language),
            "details": dict(line.details),
            "said": [
                DetailShape(name=name, value=value)
                for name, value in said_details(line.details, language)
            ],
        }
    )


def _name(action: str, language: Language) -> str:
    words = ACTIONS.get(action)
    return action if words is None else words.read(language)


def _utc(written: datetime | None) -> datetime | None:
    if written is None or written.tzinfo is not None:
        return written
    return written.replace(tzinfo=UTC)
