"""One-time links: each works once, for a while, and is kept as a digest only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

import sqlalchemy as sa

from stockturn.accounts.errors import LinkRefused
from stockturn.accounts.keys import digest, new_id, new_key
from stockturn.accounts.tables import LINKS

Kind = Literal["setup", "invitation", "reset", "sign_in"]

LIFETIMES: Final[dict[Kind, timedelta]] = {
    "setup": timedelta(hours=24),
    "invitation": timedelta(days=7),
    "reset": timedelta(hours=24),
    "sign_in": timedelta(minutes=15),
}


@dataclass(frozen=True)
class Link:
    """One link. ``user_id`` is whom it is for; None for the set-up of the first owner."""

    link_id: str
    kind: Kind
    user_id: str | None
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


def add_link(
    connection: sa.Connection, now: datetime, kind: Kind, user_id: str | None
) -> tuple[str, Link]:
    """Make a link in place of earlier ones of its kind for the same person; return its key."""
    end_links(connection, user_id, kind)
    key = new_key()
    link = Link(new_id(), kind, user_id, now, now + LIFETIMES[kind], None)
    connection.execute(LINKS.insert().values(digest=digest(key), **vars(link)))
    return key, link


def link_of(connection: sa.Connection, now: datetime, key: str) -> Link:
    """Return the link of a key.

    Raises:
        LinkRefused: it was used, has expired, or never was.
    """
    found = connection.execute(sa.select(LINKS).where(LINKS.c.digest == digest(key)))
    row = found.mappings().first()
    if row is None or row["used_at"] is not None or now >= row["expires_at"]:
        raise LinkRefused
    return Link(**{name: row[name] for name in Link.__dataclass_fields__})


def use_link(connection: sa.Connection, now: datetime, link: Link) -> None:
    """Use a link up; of two who try at once, one is refused.

    Raises:
        LinkRefused: somebody else was faster.
    """
    unused = (LINKS.c.link_id == link.link_id, LINKS.c.used_at.is_(None))
    if connection.execute(LINKS.update().where(*unused).values(used_at=now)).rowcount != 1:
        raise LinkRefused


def invitations(connection: sa.Connection) -> dict[str, datetime]:
    """Return until when each unused invitation holds, by the person it is for."""
    unused = (LINKS.c.kind == "invitation", LINKS.c.used_at.is_(None), LINKS.c.user_id.is_not(None))
    rows = connection.execute(sa.select(LINKS.c.user_id, LINKS.c.expires_at).where(*unused))
    return {str(user_id): expires_at for user_id, expires_at in rows}


def end_links(connection: sa.Connection, user_id: str | None, kind: Kind | None = None) -> None:
    """Remove a person's links, of one kind or of all."""
    conditions = [LINKS.c.user_id.is_(None) if user_id is None else LINKS.c.user_id == user_id]
    if kind is not None:
        conditions.append(LINKS.c.kind == kind)
    connection.execute(LINKS.delete().where(*conditions))
