"""Getting in and out: sign-in, one-time links, sessions and tokens. Each step is audited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

import sqlalchemy as sa
import structlog

from stockturn.accounts import api_tokens, audit, links, sessions, users
from stockturn.accounts.audit import Actor, Deed
from stockturn.accounts.caller import Caller, caller_of
from stockturn.accounts.errors import LinkRefused, SignInFailed, TooManyAttempts
from stockturn.accounts.links import Kind, Link
from stockturn.accounts.passwords import check_password, hash_password, is_dated, password_fits
from stockturn.accounts.roles import OWNER
from stockturn.accounts.scopes import ALL_ROWS
from stockturn.accounts.sessions import SEEN_EVERY, Lifetime
from stockturn.accounts.throttle import Throttle
from stockturn.accounts.users import User
from stockturn.workspace.app_db import AppDb

log = structlog.get_logger("stockturn.accounts")

Clock = Callable[[], datetime]
OWNER_LOGIN: Final = "owner"


@dataclass(frozen=True)
class Visit:
    """Where a request comes from."""

    address: str = ""
    agent: str = ""


@dataclass(frozen=True)
class Entered:
    """A person who has just come in, and the key of their new session."""

    user: User
    key: str


@dataclass(frozen=True)
class LinkView:
    """What a link is for, before it is used."""

    kind: Kind
    login: str | None
    name: str | None
    expires_at: datetime


def utc_now() -> datetime:
    """Return the instant of now."""
    return datetime.now(UTC)


class Access:
    """The doors of one workspace. Safe from any thread.

    Args:
        app_db: Where people are kept.
        company: Its name makes a bad password.
        lifetime: How long sessions live.
        clock: The instant of now.
        throttle: Counts failed sign-ins.
    """

    def __init__(
        self,
        app_db: AppDb,
        *,
        company: str = "",
        lifetime: Lifetime | None = None,
        clock: Clock = utc_now,
        throttle: Throttle | None = None,
    ) -> None:
        self._db = app_db
        self._company = company
        self.lifetime = lifetime or Lifetime()
        self.now = clock
        self._throttle = throttle or Throttle()

    # --- by password ---------------------------------------------------------------------------

    def sign_in(self, login: str, password: str, visit: Visit, old_key: str = "") -> Entered:
        """Let a person in under a new session; the session of ``old_key`` ends.

        Raises:
            TooManyAttempts: the account or the address has failed too often within a minute.
            SignInFailed: name or password is wrong, or the person may not come in.
        """
        user = self._fitting(login, password, visit)

        def enter(connection: sa.Connection) -> str:
            now = self.now()
            if user.password_hash is not None and is_dated(user.password_hash):
                users.change_user(connection, user.user_id, password_hash=hash_password(password))
            sessions.remove_ended(connection, now, self.lifetime)
            self._end_old(connection, old_key)
            return self._enter(connection, user, visit, Deed("sign_in", "user", user.login))

        return Entered(user, self._db.transact(enter))

    def _fitting(self, login: str, password: str, visit: Visit) -> User:
        """The person of a name and password.

        Raises:
            TooManyAttempts, SignInFailed: see :meth:`sign_in`.
        """
        try:
            take_back = self._throttle.enter(users.login_key(login), visit.address)
        except TooManyAttempts:
            log.warning("sign-in throttled", address=visit.address)
            raise
        with self._db.read() as connection:
            user = users.user_by_login(connection, login)
        open_ = user is not None and user.state == "active"
        kept = user.password_hash if user is not None and open_ else None
        if not password_fits(kept, password) or user is None:
            self._note_failure(user, visit)
            raise SignInFailed
        take_back()
        return user

    def _note_failure(self, user: User | None, visit: Visit) -> None:
        """Audit a failed sign-in; an unknown name is left out, it may be a password."""
        name = user.login if user is not None else "?"
        actor = Actor(user.user_id if user else None, name, visit.address)
        deed = Deed("sign_in", "user", name, "failed")
        self._db.transact(lambda c: audit.record(c, self.now(), actor, deed))

    def change_password(self, caller: Caller, present: str, new: str, visit: Visit) -> Entered:
        """Give the caller a new password, a new session, and end all others.

        Raises:
            TooManyAttempts, SignInFailed: the present password is wrong.
            PasswordRefused: the new one is too easy.
        """
        user = caller.user
        assert user is not None
        if user.password_hash is not None:
            user = self._fitting(user.login, present, visit)
        check_password(new, user.login, user.name, self._company)
        kept = hash_password(new)

        def change(connection: sa.Connection) -> str:
            users.change_user(connection, user.user_id, password_hash=kept)
            sessions.end_sessions(connection, user.user_id)
            links.end_links(connection, user.user_id)
            return self._enter(connection, user, visit, Deed("change_password", "user", user.login))

        return Entered(user, self._db.transact(change))

    # --- by link -------------------------------------------------------------------------------

    def needs_setup(self) -> bool:
        """Say whether the workspace has no owner yet."""
        with self._db.read() as connection:
            return users.count_owners(connection, disabled=True) == 0

    def setup_link(self) -> str | None:
        """Return the key of the link that makes the first owner; None once there is one."""

        def make(connection: sa.Connection) -> str | None:
            if users.count_owners(connection, disabled=True):
                return None
            key, _ = links.add_link(connection, self.now(), "setup", None)
            audit.record(connection, self.now(), audit.SYSTEM, Deed("make_link", "link", "setup"))
            return key

        return self._db.transact(make)

    def local_link(self, *, owner_name: str | None = None) -> str | None:
        """Return the key of a link that signs the local person in as the owner.

        Args:
            owner_name: Makes a first owner of this name, without a password, where there is none.

        Returns:
            None where there is no owner and none is to be made.
        """

        def make(connection: sa.Connection) -> str | None:
            now, owner = self.now(), users.owner_of(connection)
            if owner is None and owner_name and not users.count_owners(connection, disabled=True):
                owner = users.add_user(
                    connection,
                    now,
                    login=OWNER_LOGIN,
                    name=owner_name,
                    role_key=OWNER,
                    rows=ALL_ROWS,
                )
                links.end_links(connection, None)
            if owner is None:
                return None
            key, _ = links.add_link(connection, now, "sign_in", owner.user_id)
            audit.record(connection, now, audit.SYSTEM, Deed("make_link", "link", "sign_in"))
            return key

        return self._db.transact(make)

    def look(self, key: str) -> LinkView:
        """Return what a link is for, without using it.

        Raises:
            LinkRefused: it cannot be used.
        """
        with self._db.read() as connection:
            link, user = self._link(connection, key)
        return LinkView(
            link.kind, user.login if user else None, user.name if user else None, link.expires_at
        )

    def use(
        self,
        key: str,
        visit: Visit,
        *,
        login: str = "",
        name: str = "",
        password: str = "",
        old_key: str = "",
    ) -> Entered:
        """Use a link up: make the first owner, set a password, or just come in.

        Args:
            key: The link's.
            visit: Where the request comes from.
            login: Sign-in name of the first owner.
            name: Name of the first owner.
            password: New password; not asked for by a link that only signs in.
            old_key: A session of this browser; it ends.

        Raises:
            LinkRefused: it cannot be used (any more).
            PasswordRefused, FieldRefused, LoginTaken: what was typed cannot be taken.
        """
        with self._db.read() as connection:
            link, known = self._link(connection, key)
        kept = None
        if link.kind != "sign_in":
            called = (known.login, known.name) if known else (login, name)
            check_password(password, *called, self._company)
            kept = hash_password(password)

        def enter(connection: sa.Connection) -> Entered:
            again, user = self._link(connection, key)
            links.use_link(connection, self.now(), again)
            if user is None:
                user = users.add_user(
                    connection,
                    self.now(),
                    login=login,
                    name=name,
                    role_key=OWNER,
                    rows=ALL_ROWS,
                    password_hash=kept,
                )
            elif kept is not None:
                users.change_user(connection, user.user_id, password_hash=kept)
                sessions.end_sessions(connection, user.user_id)
                links.end_links(connection, user.user_id)
            self._end_old(connection, old_key)
            deed = Deed(_DEEDS[again.kind], "user", user.login)
            return Entered(user, self._enter(connection, user, visit, deed))

        return self._db.transact(enter)

    def _link(self, connection: sa.Connection, key: str) -> tuple[Link, User | None]:
        """A link that still counts, and whom it is for.

        Raises:
            LinkRefused: it does not count, or the person may not come in.
        """
        link = links.link_of(connection, self.now(), key)
        if link.user_id is None:
            # Set-up is closed for good once there has been an owner, whatever links are about.
            if link.kind != "setup" or users.count_owners(connection, disabled=True):
                raise LinkRefused
            return link, None
        user = users.user_of(connection, link.user_id)
        if user.state == "disabled":
            raise LinkRefused
        return link, user

    # --- being in ------------------------------------------------------------------------------

    def by_session(self, key: str, visit: Visit) -> Caller | None:
        """Return whose session a key is; None when it has ended."""
        now = self.now()
        with self._db.read() as connection:
            session = sessions.session_of(connection, now, key, self.lifetime)
            user = users.user_of(connection, session.user_id) if session else None
        if session is None or user is None or user.disabled_at is not None:
            return None
        if now - session.seen_at >= SEEN_EVERY:
            self._db.transact(lambda connection: sessions.touch(connection, now, session))
        return caller_of(
            user, now, address=visit.address, channel="page", session_id=session.session_id
        )

    def by_token(self, key: str, visit: Visit) -> Caller | None:
        """Return who a token acts for; None when it does not count (any more)."""
        now = self.now()
        with self._db.read() as connection:
            token = api_tokens.token_of(connection, now, key)
            user = users.user_of(connection, token.user_id) if token else None
        if token is None or user is None or user.disabled_at is not None:
            return None
        if token.used_at is None or now - token.used_at >= SEEN_EVERY:
            self._db.transact(lambda connection: api_tokens.note_use(connection, now, token))
        return caller_of(user, now, address=visit.address, channel="token", allowed=token.allows)

    def sign_out(self, caller: Caller) -> None:
        """End the caller's session; its key is worthless at once."""
        if caller.user is None or caller.session_id is None:
            return
        user, session_id = caller.user, caller.session_id

        def leave(connection: sa.Connection) -> None:
            sessions.end_sessions(connection, user.user_id, only=session_id)
            deed = Deed("sign_out", "user", user.login)
            audit.record(connection, self.now(), caller.actor, deed)

        self._db.transact(leave)

    def _enter(self, connection: sa.Connection, user: User, visit: Visit, deed: Deed) -> str:
        now = self.now()
        users.change_user(connection, user.user_id, last_sign_in_at=now)
        key, _ = sessions.open_session(connection, now, user.user_id, visit.address, visit.agent)
        actor = Actor(user.user_id, user.name, visit.address)
        audit.record(connection, now, actor, deed)
        return key

    def _end_old(self, connection: sa.Connection, old_key: str) -> None:
        old = sessions.session_of(connection, self.now(), old_key, self.lifetime)
        if old is not None:
            sessions.end_sessions(connection, old.user_id, only=old.session_id)


_DEEDS: Final[dict[Literal["setup", "invitation", "reset", "sign_in"], str]] = {
    "setup": "set_up_owner",
    "invitation": "accept_invitation",
    "reset": "set_password",
    "sign_in": "sign_in_by_link",
}
