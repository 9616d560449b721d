"""People as the app database knows them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

import sqlalchemy as sa

from stockturn.accounts.errors import FieldRefused, LoginTaken, PersonMissing
from stockturn.accounts.keys import new_id
from stockturn.accounts.permissions import Permission
from stockturn.accounts.roles import OWNER, ROLES, role
from stockturn.accounts.scopes import RowScope, read_scope
from stockturn.accounts.tables import USERS
from stockturn.language import Text

State = Literal["invited", "active", "disabled"]

LONGEST: Final = 100

_BAD_LINE = Text(
    "「{field}」应为 1 到 {most} 个字符的一行文字，不含空格开头或结尾。",
    "“{field}” takes one line of 1 to {most} characters.",
)
_NAMES: Final = {
    "login": Text("登录名", "Sign-in name"),
    "name": Text("姓名", "Name"),
    "token_name": Text("令牌名称", "Name of the token"),
}


@dataclass(frozen=True)
class User:
    """One person. ``rows_until`` ends their row scope; None never does."""

    user_id: str
    login: str
    name: str
    role: str
    rows: RowScope
    rows_until: datetime | None
    created_at: datetime
    last_sign_in_at: datetime | None
    disabled_at: datetime | None
    password_hash: str | None

    @property
    def permissions(self) -> frozenset[Permission]:
        """What the role allows; a role that this version does not know allows nothing."""
        return ROLES[self.role].permissions if self.role in ROLES else frozenset()

    @property
    def state(self) -> State:
        """Invited until a password is set; disabled by an administrator."""
        if self.disabled_at is not None:
            return "disabled"
        return "invited" if self.password_hash is None else "active"


def one_line(field: str, text: str) -> str:
    """Return a name as typed, trimmed.

    Raises:
        FieldRefused: it is empty, too long, or holds control characters.
    """
    trimmed = unicodedata.normalize("NFC", text).strip()
    if not trimmed or len(trimmed) > LONGEST or not trimmed.isprintable():
        name = _NAMES[field]
        words = Text(
            _BAD_LINE.zh.format(field=name.zh, most=LONGEST),
            _BAD_LINE.en.format(field=name.en, most=LONGEST),
        )
        raise FieldRefused(field, words)
    return trimmed


def login_key(login: str) -> str:
    """Return what two spellings of one sign-in name have in common."""
    return unicodedata.normalize("NFKC", login).strip().casefold()[:200]


def add_user(
    connection: sa.Connection,
    now: datetime,
    *,
    login: str,
    name: str,
    role_key: str,
    rows: RowScope,
    rows_until: datetime | None = None,
    password_hash: str | None = None,
) -> User:
    """Add a person.

    Raises:
        LoginTaken: another one has this sign-in name.
        FieldRefused: a name cannot be taken.
        UsageError: there is no such role.
    """
    login, name = one_line("login", login), one_line("name", name)
    key = login_key(login)
    if connection.execute(sa.select(USERS.c.user_id).where(USERS.c.login_key == key)).first():
        raise LoginTaken(login)
    user_id = new_id()
    connection.execute(
        USERS.insert().values(
            user_id=user_id,
            login=login,
            login_key=key,
            name=name,
            role=role(role_key).key,
            row_scope=rows.payload(),
            rows_until=rows_until,
            password_hash=password_hash,
            created_at=now,
        )
    )
    return user_of(connection, user_id)


def user_of(connection: sa.Connection, user_id: str) -> User:
    """Return a person.

    Raises:
        PersonMissing: there is none of this identifier.
    """
    row = connection.execute(sa.select(USERS).where(USERS.c.user_id == user_id)).mappings().first()
    if row is None:
        raise PersonMissing
    return _user(row)


def user_by_login(connection: sa.Connection, login: str) -> User | None:
    """Return the person of a sign-in name, if any."""
    wanted = USERS.c.login_key == login_key(login)
    row = connection.execute(sa.select(USERS).where(wanted)).mappings().first()
    return None if row is None else _user(row)


def all_users(connection: sa.Connection) -> list[User]:
    """Return everybody, by name."""
    rows = connection.execute(sa.select(USERS).order_by(USERS.c.login_key)).mappings()
    return [_user(row) for row in rows]


def change_user(connection: sa.Connection, user_id: str, **values: Any) -> User:
    """Change columns of a person and return them as they are now."""
    connection.execute(USERS.update().where(USERS.c.user_id == user_id).values(**values))
    return user_of(connection, user_id)


def owner_of(connection: sa.Connection) -> User | None:
    """Return an owner who can sign in, the first one made."""
    rows = connection.execute(
        sa.select(USERS)
        .where(USERS.c.role == OWNER, USERS.c.disabled_at.is_(None))
        .order_by(USERS.c.created_at)
        .limit(1)
    )
    row = rows.mappings().first()
    return None if row is None else _user(row)


def count_owners(connection: sa.Connection, *, disabled: bool = False) -> int:
    """Return how many owners there are; with ``disabled`` the disabled ones count as well."""
    wanted = [USERS.c.role == OWNER]
    if not disabled:
        wanted.append(USERS.c.disabled_at.is_(None))
    return connection.execute(
        sa.select(sa.func.count()).select_from(USERS).where(*wanted)
    ).scalar_one()


def _user(row: sa.RowMapping) -> User:
    return User(
        rows=read_scope(row["row_scope"]),
        **{key: row[key] for key in User.__dataclass_fields__ if key != "rows"},
    )
