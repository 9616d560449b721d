"""Notices to the owner of a feed: what changed at its source and did not stop it.

A change is told once, however many runs see it: new is what the last run did not see. One that
goes away and comes back is a new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa

from stockturn.intake.sources.tables import FEED, FEED_NOTICE
from stockturn.language import Text
from stockturn.workspace import Workspace

SHOWN: Final = 50
"""Unread notices of a feed that are given at once, the oldest first."""


@dataclass(frozen=True)
class Notice:
    """One change that nobody has read of yet.

    Attributes:
        load_no: the load that met it; None where there was nothing new to load.
    """

    id: int
    words: Text
    noticed_at: datetime
    load_no: int | None


class Notices:
    """The notices of one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._app_db = workspace.app_db

    def note(self, feed_id: int, changes: Sequence[Text], load_no: int | None) -> None:
        """Keep what a run has seen of changes, each told once while it stands."""
        stands = (FEED_NOTICE.c.feed_id == feed_id) & FEED_NOTICE.c.stands
        now = datetime.now(UTC)

        def keep(connection: sa.Connection) -> None:
            rows = connection.execute(sa.select(FEED_NOTICE).where(stands)).all()
            seen = {change.zh for change in changes}
            over = [row.id for row in rows if row.words[0] not in seen]
            if over:
                gone = sa.update(FEED_NOTICE).where(FEED_NOTICE.c.id.in_(over))
                connection.execute(gone.values(stands=False))
            known = {row.words[0] for row in rows}
            new = [
                {
                    "feed_id": feed_id,
                    "words": list(change),
                    "noticed_at": now,
                    "load_no": load_no,
                    "stands": True,
                }
                for change in changes
                if change.zh not in known
            ]
            if new:
                connection.execute(sa.insert(FEED_NOTICE), new)

        self._app_db.transact(keep)

    def unread(self) -> dict[str, list[Notice]]:
        """Return what nobody has read yet, by feed, the oldest first."""
        query = (
            sa.select(FEED.c.name, FEED_NOTICE)
            .join(FEED, FEED.c.id == FEED_NOTICE.c.feed_id)
            .where(FEED_NOTICE.c.read_at.is_(None))
            .order_by(FEED_NOTICE.c.id)
        )
        found: dict[str, list[Notice]] = {}
        with self._app_db.read() as connection:
            for row in connection.execute(query):
                notices = found.setdefault(row.name, [])
                if len(notices) < SHOWN:
                    notices.append(_notice(row))
        return found

    def read(self, feed_id: int, upto: int, by: str) -> None:
        """Take the notices of a feed as read, up to one: a later one has not been seen."""
        where = (
            (FEED_NOTICE.c.feed_id == feed_id)
            & (FEED_NOTICE.c.id <= upto)
            & FEED_NOTICE.c.read_at.is_(None)
        )
        values = {"read_at": datetime.now(UTC), "read_by": by}
        with self._app_db.write() as connection:
            connection.execute(sa.update(FEED_NOTICE).where(where).values(values))


def _notice(row: Any) -> Notice:
    return Notice(row.id, Text(*row.words), row.noticed_at, row.load_no)
