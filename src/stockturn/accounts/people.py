"""Managing people: inviting, roles, rows, disabling. One can give only what one has oneself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from stockturn.accounts import api_tokens, audit, links, sessions, users
from stockturn.accounts.access import Access
from stockturn.accounts.api_tokens import Token
from stockturn.accounts.audit import AuditFilter, AuditLine, Deed
from stockturn.accounts.caller import Caller
from stockturn.accounts.errors import (
    BeyondOwnRights,
    LastOwner,
    OwnAccount,
    PersonMissing,
    SessionMissing,
)
from stockturn.accounts.permissions import Permission
from stockturn.accounts.roles import OWNER, ROLES, role
from stockturn.accounts.scopes import RowScope
from stockturn.accounts.sessions import Session
from stockturn.accounts.users import User
from stockturn.workspace.app_db import AppDb


@dataclass(frozen=True)
class Change:
    """What is to change of a person; None leaves a part as it is."""

    name: str | None = None
    role: str | None = None
    rows: RowScope | None = None
    rows_until: datetime | None = None
    keep_rows_until: bool = True
    disabled: bool | None = None


@dataclass(frozen=True)
class NewLink:
    """A one-time link that was just made: its key, told this once, and until when it holds."""

    key: str
    expires_at: datetime


class People:
    """The people of one workspace, as an administrator manages them. Safe from any thread."""

    def __init__(self, app_db: AppDb, access: Access) -> None:
        self._db = app_db
        self._access = access

    def everybody(self) -> list[User]:
        """Return all people, by sign-in name."""
        with self._db.read() as connection:
            return users.all_users(connection)

    def invitations(self) -> dict[str, datetime]:
        """Return until when each unused invitation holds, by the person it is for."""
        with self._db.read() as connection:
            return links.invitations(connection)

    def by_login(self, login: str) -> User:
        """Return the person of a sign-in name.

        Raises:
            PersonMissing: there is none.
        """
        with self._db.read() as connection:
            found = users.user_by_login(connection, login)
        if found is None:
            raise PersonMissing
        return found

    def invite(
        self,
        by: Caller,
        *,
        login: str,
        name: str,
        role_key: str,
        rows: RowScope,
        rows_until: datetime | None = None,
    ) -> tuple[User, NewLink]:
        """Add a person who comes in by a link; return them and the link.

        Raises:
            BeyondOwnRights: role or rows exceed those of ``by``.
            LoginTaken, FieldRefused, UsageError: what was typed cannot be taken.
        """
        by.require(Permission.MANAGE_PEOPLE)
        _within(by, role_key, rows)

        def add(connection: sa.Connection) -> tuple[User, NewLink]:
            now = self._access.now()
            user = users.add_user(
                connection,
                now,
                login=login,
                name=name,
                role_key=role_key,
                rows=rows,
                rows_until=rows_until,
            )
            key, link = links.add_link(connection, now, "invitation", user.user_id)
            details = {"role": role_key, "rows": rows.payload()}
            deed = Deed("invite", "user", user.login, details=details)
            audit.record(connection, now, by.actor, deed)
            return user, NewLink(key, link.expires_at)

        return self._db.transact(add)

    def change(self, by: Caller, user_id: str, change: Change) -> User:
        """Change a person; disabling ends their sessions, tokens and links at once.

        Raises:
            PersonMissing: there is none.
            OwnAccount: a person changes more of themselves than their name.
            BeyondOwnRights: what they have, or would get, exceeds what ``by`` has.
            LastOwner: no owner would be left.
        """
        by.require(Permission.MANAGE_PEOPLE)

        def apply(connection: sa.Connection) -> User:
            now, user = self._access.now(), users.user_of(connection, user_id)
            values = self._values(user, change, now)
            only_name = set(values) <= {"name"}
            if by.user is not None and by.user.user_id == user_id and not only_name:
                raise OwnAccount
            _within(by, user.role, user.rows)
            _within(by, change.role or user.role, change.rows or user.rows)
            if not values:
                return user
            changed = users.change_user(connection, user_id, **values)
            if user.role == OWNER and users.count_owners(connection) == 0:
                raise LastOwner
            if changed.disabled_at is not None and user.disabled_at is None:
                sessions.end_sessions(connection, user_id)
                api_tokens.revoke_all(connection, now, user_id)
                links.end_links(connection, user_id)
            details: dict[str, Any] = {
                key: value for key, value in values.items() if isinstance(value, str)
            }
            if change.rows is not None:
                details["rows"] = change.rows.payload()
            deed = Deed(_verb(change), "user", user.login, details=details)
            audit.record(connection, now, by.actor, deed)
            return changed

        return self._db.transact(apply)

    @staticmethod
    def _values(user: User, change: Change, now: datetime) -> dict[str, Any]:
        """The columns that really change."""
        values: dict[str, Any] = {}
        if change.name is not None and change.name != user.name:
            values["name"] = users.one_line("name", change.name)
        if change.role is not None and change.role != user.role:
            values["role"] = role(change.role).key
        if change.rows is not None and change.rows != user.rows:
            values["row_scope"] = change.rows.payload()
        if not change.keep_rows_until and change.rows_until != user.rows_until:
            values["rows_until"] = change.rows_until
        if change.disabled is not None and change.disabled != (user.disabled_at is not None):
            values["disabled_at"] = now if change.disabled else None
        return values

    def new_link(self, by: Caller, user_id: str) -> tuple[User, NewLink]:
        """Make a new link for a person: an invitation, or to set a new password.

        The old password, sessions and tokens end at once: whoever asks may have lost control of
        them.

        Raises:
            PersonMissing: there is none, or they are disabled.
            BeyondOwnRights: they may do more than ``by``.
        """
        by.require(Permission.MANAGE_PEOPLE)

        def make(connection: sa.Connection) -> tuple[User, NewLink]:
            now, user = self._access.now(), users.user_of(connection, user_id)
            _within(by, user.role, user.rows)
            if user.state == "disabled":
                raise PersonMissing
            kind: links.Kind = "invitation" if user.state == "invited" else "reset"
            users.change_user(connection, user_id, password_hash=None)
            sessions.end_sessions(connection, user_id)
            api_tokens.revoke_all(connection, now, user_id)
            key, link = links.add_link(connection, now, kind, user_id)
            deed = Deed("make_link", "user", user.login, details={"kind": kind})
            audit.record(connection, now, by.actor, deed)
            return user, NewLink(key, link.expires_at)

        return self._db.transact(make)

    def audit(
        self, by: Caller, wanted: AuditFilter, offset: int = 0, limit: int = 100
    ) -> tuple[list[AuditLine], int, list[str]]:
        """Return lines of the audit, how many there are, and the actions that occur."""
        by.require(Permission.READ_AUDIT)
        with self._db.read() as connection:
            lines, total = audit.read(connection, wanted, offset, limit)
            return lines, total, audit.actions(connection)

    def note(self, by: Caller, deed: Deed) -> None:
        """Add a line to the audit for what another room did."""
        self._db.transact(lambda c: audit.record(c, self._access.now(), by.actor, deed))

    # --- one's own -----------------------------------------------------------------------------

    def own_sessions(self, by: Caller) -> list[Session]:
        """Return the caller's living sessions."""
        with self._db.read() as connection:
            return sessions.sessions_of(
                connection, self._access.now(), _own_id(by), self._access.lifetime
            )

    def end_session(self, by: Caller, session_id: str) -> None:
        """End a session of the caller's own.

        Raises:
            SessionMissing: they have no such session.
        """

        def end(connection: sa.Connection) -> None:
            if not sessions.end_sessions(connection, _own_id(by), only=session_id):
                raise SessionMissing
            deed = Deed("end_session", "session", session_id)
            audit.record(connection, self._access.now(), by.actor, deed)

        self._db.transact(end)

    def tokens(self, user_id: str | None) -> list[Token]:
        """Return the tokens of a person, or of everybody."""
        with self._db.read() as connection:
            return api_tokens.tokens_of(connection, user_id)

    def make_token(
        self, by: Caller, name: str, verbs: str, days: int, *, user_id: str | None = None
    ) -> tuple[str, Token]:
        """Make a token that acts as the caller, or as a person the command line names.

        Raises:
            FieldRefused: the name, the verbs or the days cannot be taken.
            PersonMissing: there is no such person.
        """
        holder = user_id if user_id is not None and by.user is None else _own_id(by)

        def make(connection: sa.Connection) -> tuple[str, Token]:
            now, user = self._access.now(), users.user_of(connection, holder)
            key, token = api_tokens.add_token(connection, now, user.user_id, name, verbs, days)
            details = {"name": token.name, "verbs": verbs, "days": days, "for": user.login}
            deed = Deed("make_token", "token", token.token_id, details=details)
            audit.record(connection, now, by.actor, deed)
            return key, token

        return self._db.transact(make)

    def revoke_token(self, by: Caller, token_id: str) -> None:
        """End a token: one's own, or anybody's at the command line.

        Raises:
            TokenMissing: there is none the caller may end.
        """
        holder = None if by.user is None else by.user.user_id

        def revoke(connection: sa.Connection) -> None:
            now = self._access.now()
            token = api_tokens.revoke_token(connection, now, token_id, holder)
            deed = Deed("revoke_token", "token", token_id, details={"name": token.name})
            audit.record(connection, now, by.actor, deed)

        self._db.transact(revoke)


def _own_id(by: Caller) -> str:
    if by.user is None:
        raise PersonMissing
    return by.user.user_id


def lies_within(by: Caller, role_key: str, rows: RowScope) -> bool:
    """Say whether a role and rows lie within the caller's own, so that they may manage them."""
    if by.is_owner:
        return True
    given = ROLES[role_key].permissions if role_key in ROLES else frozenset(Permission)
    return role_key != OWNER and given <= by.permissions and rows.lies_within(by.rows)


def _within(by: Caller, role_key: str, rows: RowScope) -> None:
    """Check that a role and rows lie within the caller's own.

    Raises:
        BeyondOwnRights: they do not.
        UsageError: there is no such role.
    """
    role(role_key)
    if not lies_within(by, role_key, rows):
        raise BeyondOwnRights


def _verb(change: Change) -> str:
    if change.disabled is not None:
        return "disable" if change.disabled else "enable"
    if change.role is not None:
        return "change_role"
    return "change_rows" if change.rows is not None else "change_person"
