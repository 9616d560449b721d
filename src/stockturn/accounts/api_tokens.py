"""API tokens: a program acts as the person who made it, narrowed to what the token is for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

import sqlalchemy as sa

from stockturn.accounts.errors import FieldRefused, TokenMissing
from stockturn.accounts.keys import digest, new_id, new_key
from stockturn.accounts.permissions import Permission
from stockturn.accounts.tables import TOKENS
from stockturn.accounts.users import one_line
from stockturn.language import Text

Verbs = Literal["read", "load", "manage"]

PREFIX: Final = "stk_"
LONGEST_DAYS: Final = 366

_READ: Final = frozenset(
    {
        Permission.SEE_FIGURES,
        Permission.SEE_COST,
        Permission.EXPORT,
        Permission.SEE_DATA,
        Permission.READ_AUDIT,
    }
)
VERBS: Final[dict[str, frozenset[Permission]]] = {
    "read": _READ,
    "load": frozenset({Permission.LOAD_DATA, Permission.SEE_DATA}),
    "manage": frozenset(Permission) - {Permission.MANAGE_PEOPLE},
}
"""What a token may do at most; it never does more than the person, and never manages people."""

VERB_NAMES: Final = {
    "read": Text("只读", "Read"),
    "load": Text("导入", "Load"),
    "manage": Text("读写", "Read and change"),
}

_BAD_DAYS = Text("有效期应为 1 到 {most} 天。", "A token is valid for 1 to {most} days.")
_BAD_VERBS = Text("用途只能是：{known}。", "A token is for one of: {known}.")


@dataclass(frozen=True)
class Token:
    """One token, without its key."""

    token_id: str
    user_id: str
    name: str
    verbs: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None

    @property
    def allows(self) -> frozenset[Permission]:
        """The most it may do."""
        return VERBS.get(self.verbs, frozenset())

    def lives(self, now: datetime) -> bool:
        """Say whether it still counts."""
        return self.revoked_at is None and now < self.expires_at


def add_token(
    connection: sa.Connection, now: datetime, user_id: str, name: str, verbs: str, days: int
) -> tuple[str, Token]:
    """Make a token; return its key, which is shown this once and kept nowhere.

    Raises:
        FieldRefused: the name, the verbs or the days cannot be taken.
    """
    name = one_line("token_name", name)
    if not 1 <= days <= LONGEST_DAYS:
        raise FieldRefused("days", _BAD_DAYS.fill(most=LONGEST_DAYS))
    if verbs not in VERBS:
        raise FieldRefused("verbs", _BAD_VERBS.fill(known=", ".join(VERBS)))
    key = new_key(PREFIX)
    token = Token(new_id(), user_id, name, verbs, now, now + timedelta(days=days), None, None)
    connection.execute(TOKENS.insert().values(digest=digest(key), **vars(token)))
    return key, token


def token_of(connection: sa.Connection, now: datetime, key: str) -> Token | None:
    """Return the living token of a key."""
    found = connection.execute(sa.select(TOKENS).where(TOKENS.c.digest == digest(key)))
    row = found.mappings().first()
    token = None if row is None else _token(row)
    return token if token is not None and token.lives(now) else None


def tokens_of(connection: sa.Connection, user_id: str | None = None) -> list[Token]:
    """Return a person's tokens, or everybody's, newest first; ended ones among them."""
    query = sa.select(TOKENS).order_by(TOKENS.c.created_at.desc(), TOKENS.c.token_id)
    if user_id is not None:
        query = query.where(TOKENS.c.user_id == user_id)
    return [_token(row) for row in connection.execute(query).mappings()]


def note_use(connection: sa.Connection, now: datetime, token: Token) -> None:
    """Note when a token was last used."""
    wanted = TOKENS.c.token_id == token.token_id
    connection.execute(TOKENS.update().where(wanted).values(used_at=now))


def revoke_token(
    connection: sa.Connection, now: datetime, token_id: str, user_id: str | None = None
) -> Token:
    """End a token of a person, or of anybody.

    Raises:
        TokenMissing: there is none, or it has ended.
    """
    conditions = [TOKENS.c.token_id == token_id, TOKENS.c.revoked_at.is_(None)]
    if user_id is not None:
        conditions.append(TOKENS.c.user_id == user_id)
    found = connection.execute(sa.select(TOKENS).where(*conditions)).mappings().first()
    if found is None:
        raise TokenMissing
    connection.execute(TOKENS.update().where(*conditions).values(revoked_at=now))
    return _token(found)


def revoke_all(connection: sa.Connection, now: datetime, user_id: str) -> int:
    """End all tokens of a person; return how many."""
    conditions = (TOKENS.c.user_id == user_id, TOKENS.c.revoked_at.is_(None))
    return connection.execute(TOKENS.update().where(*conditions).values(revoked_at=now)).rowcount


def _token(row: sa.RowMapping) -> Token:
    return Token(**{name: row[name] for name in Token.__dataclass_fields__})
