"""Sessions of the page, kept on the server: a session that is gone here is gone everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from stockturn.accounts.keys import digest, new_id, new_key
from stockturn.accounts.tables import SESSIONS

SEEN_EVERY: Final = timedelta(minutes=1)
"""How exactly the last use of a session is known; each step is a write."""


@dataclass(frozen=True)
class Lifetime:
    """A session ends when unused for ``idle``, and at the latest ``whole`` after sign-in."""

    idle: timedelta = timedelta(hours=12)
    whole: timedelta = timedelta(days=7)


@dataclass(frozen=True)
class Session:
    """One signed-in browser. Its key is in the browser alone."""

    session_id: str
    user_id: str
    created_at: datetime
    seen_at: datetime
    address: str
    agent: str


def open_session(
    connection: sa.Connection, now: datetime, user_id: str, address: str, agent: str
) -> tuple[str, Session]:
    """Start a session under a new key; return the key, which is kept nowhere here."""
    key = new_key()
    session = Session(new_id(), user_id, now, now, address[:64], agent[:200])
    connection.execute(SESSIONS.insert().values(digest=digest(key), **vars(session)))
    return key, session


def session_of(
    connection: sa.Connection, now: datetime, key: str, lifetime: Lifetime
) -> Session | None:
    """Return the living session of a key."""
    row = (
        connection.execute(sa.select(SESSIONS).where(SESSIONS.c.digest == digest(key)))
        .mappings()
        .first()
    )
    if row is None:
        return None
    session = Session(**{name: row[name] for name in Session.__dataclass_fields__})
    return session if _lives(session, now, lifetime) else None


def touch(connection: sa.Connection, now: datetime, session: Session) -> None:
    """Note that a session is in use."""
    connection.execute(
        SESSIONS.update().where(SESSIONS.c.session_id == session.session_id).values(seen_at=now)
    )


def sessions_of(
    connection: sa.Connection, now: datetime, user_id: str, lifetime: Lifetime
) -> list[Session]:
    """Return a person's living sessions, last used first."""
    rows = connection.execute(
        sa.select(SESSIONS)
        .where(SESSIONS.c.user_id == user_id)
        .order_by(SESSIONS.c.seen_at.desc(), SESSIONS.c.session_id)
    ).mappings()
    found = [Session(**{name: row[name] for name in Session.__dataclass_fields__}) for row in rows]
    return [session for session in found if _lives(session, now, lifetime)]


def end_sessions(
    connection: sa.Connection,
    user_id: str,
    *,
    only: str | None = None,
    but: str | None = None,
) -> int:
    """End a person's sessions: all, one of them, or all but one. Return how many ended."""
    conditions = [SESSIONS.c.user_id == user_id]
    if only is not None:
        conditions.append(SESSIONS.c.session_id == only)
    if but is not None:
        conditions.append(SESSIONS.c.session_id != but)
    return connection.execute(SESSIONS.delete().where(*conditions)).rowcount


def remove_ended(connection: sa.Connection, now: datetime, lifetime: Lifetime) -> None:
    """Remove sessions that have run out."""
    connection.execute(
        SESSIONS.delete().where(
            sa.or_(
                SESSIONS.c.seen_at <= now - lifetime.idle,
                SESSIONS.c.created_at <= now - lifetime.whole,
            )
        )
    )


def _lives(session: Session, now: datetime, lifetime: Lifetime) -> bool:
    return now < session.seen_at + lifetime.idle and now < session.created_at + lifetime.whole
