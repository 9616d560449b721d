"""What the command line asks about people that no page may: tokens of others, a local sign-in."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from stockturn.server.desk import CallerHere, DeskHere
from stockturn.server.people_contract import LocalTokenWish, NewToken, TokenList
from stockturn.server.profile import token_shape

router = APIRouter(prefix="/internal", include_in_schema=False)


class LocalLink(BaseModel):
    """A link that signs the local person in; none where there is no owner."""

    key: str | None


@router.get("/tokens")
def internal_tokens(desk: DeskHere) -> TokenList:
    """Everybody's tokens."""
    logins = {user.user_id: user.login for user in desk.people.everybody()}
    now = desk.access.now()
    return TokenList(
        tokens=[token_shape(each, now, logins[each.user_id]) for each in desk.people.tokens(None)]
    )


@router.post("/tokens")
def internal_make_token(wish: LocalTokenWish, desk: DeskHere, caller: CallerHere) -> NewToken:
    """Make a token that acts as a person."""
    user = desk.people.by_login(wish.login)
    key, token = desk.people.make_token(
        caller, wish.name, wish.verbs, wish.days, user_id=user.user_id
    )
    return NewToken(token=token_shape(token, desk.access.now(), user.login), key=key)


@router.delete("/tokens/{token_id}")
def internal_revoke_token(token_id: str, desk: DeskHere, caller: CallerHere) -> TokenList:
    """End anybody's token."""
    desk.people.revoke_token(caller, token_id)
    return internal_tokens(desk)


@router.post("/local-link")
def internal_local_link(desk: DeskHere) -> LocalLink:
    """Make a link that signs the owner in on this machine."""
    return LocalLink(key=desk.access.local_link())
