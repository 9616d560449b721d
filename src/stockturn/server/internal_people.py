"""What the command line asks about people that no page may: tokens of others, a local sign-in."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from stockturn.accounts.caller import Caller
from stockturn.accounts.people import People
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
    return everybodys_tokens(desk.people, desk.access.now())


@router.post("/tokens")
def internal_make_token(wish: LocalTokenWish, desk: DeskHere, caller: CallerHere) -> NewToken:
    """Make a token that acts as a person."""
    return persons_token(desk.people, caller, wish, desk.access.now())


@router.delete("/tokens/{token_id}")
def internal_revoke_token(token_id: str, desk: DeskHere, caller: CallerHere) -> TokenList:
    """End anybody's token."""
    desk.people.revoke_token(caller, token_id)
    return internal_tokens(desk)


@router.post("/local-link")
def internal_local_link(desk: DeskHere) -> LocalLink:
    """Make a link that signs the owner in on this machine."""
    return LocalLink(key=desk.access.local_link())


def everybodys_tokens(people: People, now: datetime) -> TokenList:
    """Return everybody's tokens, newest first."""
    logins = {user.user_id: user.login for user in people.everybody()}
    tokens = [token_shape(each, now, logins[each.user_id]) for each in people.tokens(None)]
    return TokenList(tokens=tokens)


def persons_token(people: People, caller: Caller, wish: LocalTokenWish, now: datetime) -> NewToken:
    """Make a token that acts as a person; see ``People.make_token`` for what can be raised."""
    user = people.by_login(wish.login)
    key, token = people.make_token(caller, wish.name, wish.verbs, wish.days, user_id=user.user_id)
    return NewToken(token=token_shape(token, now, user.login), key=key)
