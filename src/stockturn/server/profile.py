"""One's own account: password, sessions, tokens."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Request, Response

from stockturn.accounts.api_tokens import Token
from stockturn.accounts.caller import Caller
from stockturn.accounts.errors import NotAllowed
from stockturn.language import Language, Text
from stockturn.server.desk import PROBLEMS, CallerHere, Desk, DeskHere, Lang
from stockturn.server.people_contract import (
    NewToken,
    PasswordChange,
    Profile,
    SessionShape,
    TokenShape,
    TokenWish,
)
from stockturn.server.sign_in import me_shape, set_session_cookie, visit_of

router = APIRouter(prefix="/api/me", tags=["account"], responses=PROBLEMS)

_BY_SESSION = Text("在页面上管理自己的账户", "Manage one's own account on the page")


@router.get("")
def get_me(desk: DeskHere, caller: CallerHere, lang: Lang = "zh") -> Profile:
    """Return the caller's account, sessions and tokens."""
    return _profile(desk, caller, lang)


@router.post("/password")
def post_password(
    change: PasswordChange,
    request: Request,
    response: Response,
    desk: DeskHere,
    caller: CallerHere,
    lang: Lang = "zh",
) -> Profile:
    """Set a new password; every other session ends."""
    _on_the_page(caller)
    entered = desk.access.change_password(
        caller, change.present, change.password, visit_of(request)
    )
    set_session_cookie(request, response, desk, entered.key)
    again = desk.access.by_session(entered.key, visit_of(request))
    return _profile(desk, again or caller, lang)


@router.delete("/sessions/{session_id}")
def delete_own_session(
    session_id: str, desk: DeskHere, caller: CallerHere, lang: Lang = "zh"
) -> Profile:
    """End one of the caller's sessions."""
    _on_the_page(caller)
    desk.people.end_session(caller, session_id)
    return _profile(desk, caller, lang)


@router.post("/tokens")
def post_token(wish: TokenWish, desk: DeskHere, caller: CallerHere) -> NewToken:
    """Make a token that acts as the caller; its key is in this answer and nowhere else."""
    _on_the_page(caller)
    key, token = desk.people.make_token(caller, wish.name, wish.verbs, wish.days)
    return NewToken(token=_shape(token, desk.access.now(), caller), key=key)


@router.delete("/tokens/{token_id}")
def delete_token(token_id: str, desk: DeskHere, caller: CallerHere, lang: Lang = "zh") -> Profile:
    """End one of the caller's tokens."""
    _on_the_page(caller)
    desk.people.revoke_token(caller, token_id)
    return _profile(desk, caller, lang)


def token_shape(token: Token, now: datetime, login: str) -> TokenShape:
    """Return a token as the API shows it."""
    ended = "revoked" if token.revoked_at is not None else "expired"
    return TokenShape.model_validate(
        {
            **{name: getattr(token, name) for name in ("token_id", "name", "verbs")},
            "created_at": token.created_at,
            "expires_at": token.expires_at,
            "used_at": token.used_at,
            "state": "active" if token.lives(now) else ended,
            "login": login,
        }
    )


def _on_the_page(caller: Caller) -> None:
    """Keep tokens and the command line from changing the account they act as.

    Raises:
        NotAllowed: the caller did not sign in on the page.
    """
    if caller.session_id is None:
        raise NotAllowed(_BY_SESSION)


def _profile(desk: Desk, caller: Caller, language: Language) -> Profile:
    user, now = caller.user, desk.access.now()
    sessions = desk.people.own_sessions(caller) if user else []
    tokens = desk.people.tokens(user.user_id) if user else []
    return Profile(
        me=me_shape(caller, language),
        sessions=[
            SessionShape(
                session_id=each.session_id,
                created_at=each.created_at,
                seen_at=each.seen_at,
                address=each.address,
                agent=each.agent,
                present=each.session_id == caller.session_id,
            )
            for each in sessions
        ],
        tokens=[_shape(token, now, caller) for token in tokens],
    )


def _shape(token: Token, now: datetime, caller: Caller) -> TokenShape:
    return token_shape(token, now, caller.user.login if caller.user else "")
