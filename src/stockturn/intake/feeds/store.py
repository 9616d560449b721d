"""Feeds of a workspace, kept in the app database with every version of their plans."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from stockturn.intake.feeds.plan import Plan, read_plan
from stockturn.intake.mapping_yaml import find_mapping
from stockturn.intake.sources.source import SourceColumn
from stockturn.intake.sources.store import Sources, checked_name
from stockturn.intake.sources.tables import FEED, FEED_NOTICE, FEED_VERSION, SOURCE
from stockturn.language import Text, UsageError
from stockturn.workspace import Workspace


class FeedUnknown(UsageError):
    """No feed has this name."""

    code = "feed_unknown"
    status = 404

    def __init__(self, name: str) -> None:
        super().__init__(
            Text(
                f"没有名为“{name}”的取数任务。请在任务列表中选择。",
                f"There is no feed “{name}”. Choose one from the list of feeds.",
            )
        )


class FeedNameTaken(UsageError):
    """Another feed has this name."""

    code = "feed_name_taken"
    status = 409

    def __init__(self, name: str) -> None:
        super().__init__(
            Text(
                f"已有名为“{name}”的取数任务，请换一个名称。", f"There is a feed “{name}” already."
            )
        )


@dataclass(frozen=True)
class Feed:
    """One feed as it is now.

    Attributes:
        version: of its plan, from 1.
        agreed: the columns of the source that were agreed to; empty before the first run.
    """

    id: int
    name: str
    source: str
    version: int
    plan: Plan
    agreed: tuple[SourceColumn, ...]
    made_at: datetime
    made_by: str | None


class Feeds:
    """The feeds of one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._app_db = workspace.app_db

    def all(self) -> list[Feed]:
        """Return every feed by name."""
        with self._app_db.read() as connection:
            rows = connection.execute(_query().order_by(FEED.c.name)).all()
        return [_feed(row) for row in rows]

    def get(self, name: str) -> Feed:
        """Return one feed.

        Raises:
            FeedUnknown: there is none.
        """
        with self._app_db.read() as connection:
            row = connection.execute(_query().where(FEED.c.name == name)).first()
        if row is None:
            raise FeedUnknown(name)
        return _feed(row)

    def add(
        self, name: str, source: str, plan: Mapping[str, Any], *, actor: str | None = None
    ) -> Feed:
        """Keep a new feed.

        Raises:
            SourceUnknown: there is no such source.
            PlanInvalid: the plan does not fit together.
            FeedNameTaken: the name is another's.
            UsageError: there is no such mapping, or the name is none.
        """
        name = checked_name(name)
        read = self._checked(plan)
        source_id = Sources(self._workspace).get(source).id
        with self._app_db.write() as connection:
            if connection.execute(sa.select(FEED.c.id).where(FEED.c.name == name)).first():
                raise FeedNameTaken(name)
            row = {"name": name, "source_id": source_id, "version": 1, "columns": []}
            key = connection.execute(sa.insert(FEED).values(row)).inserted_primary_key
            assert key is not None
            connection.execute(sa.insert(FEED_VERSION).values(_version(key[0], 1, read, actor)))
        return self.get(name)

    def change(self, name: str, plan: Mapping[str, Any], *, actor: str | None = None) -> Feed:
        """Give a feed a new version of its plan.

        Raises:
            FeedUnknown, PlanInvalid, UsageError: as for :meth:`add`.
        """
        feed, read = self.get(name), self._checked(plan)
        version = feed.version + 1
        values: dict[str, Any] = {"version": version}
        if read.what != feed.plan.what:
            values["columns"] = []
        with self._app_db.write() as connection:
            connection.execute(sa.update(FEED).where(FEED.c.id == feed.id).values(values))
            connection.execute(
                sa.insert(FEED_VERSION).values(_version(feed.id, version, read, actor))
            )
        return self.get(name)

    def agree(self, name: str, columns: Iterable[SourceColumn]) -> None:
        """Remember the structure of the source as agreed to."""
        feed = self.get(name)
        trees = [_column_tree(column) for column in columns]
        with self._app_db.write() as connection:
            where = FEED.c.id == feed.id
            connection.execute(sa.update(FEED).where(where).values(columns=trees))

    def remove(self, name: str) -> None:
        """Remove a feed; what it has loaded stays.

        Raises:
            FeedUnknown: there is none.
        """
        feed = self.get(name)
        with self._app_db.write() as connection:
            for kept in (FEED_VERSION, FEED_NOTICE):
                connection.execute(sa.delete(kept).where(kept.c.feed_id == feed.id))
            connection.execute(sa.delete(FEED).where(FEED.c.id == feed.id))

    def _checked(self, plan: Mapping[str, Any]) -> Plan:
        read = read_plan(plan)
        find_mapping(read.mapping, (self._workspace.packs,))
        return read


def _query() -> sa.Select[Any]:
    current = (FEED_VERSION.c.feed_id == FEED.c.id) & (FEED_VERSION.c.version == FEED.c.version)
    return (
        sa.select(FEED, SOURCE.c.name.label("source"), FEED_VERSION)
        .join(SOURCE, SOURCE.c.id == FEED.c.source_id)
        .join(FEED_VERSION, current)
        .with_only_columns(
            FEED.c.id,
            FEED.c.name,
            SOURCE.c.name.label("source"),
            FEED.c.version,
            FEED.c.columns.label("agreed"),
            FEED_VERSION.c.plan,
            FEED_VERSION.c.made_at,
            FEED_VERSION.c.made_by,
        )
    )


def _feed(row: Any) -> Feed:
    return Feed(
        id=row.id,
        name=row.name,
        source=row.source,
        version=row.version,
        plan=read_plan(row.plan),
        agreed=tuple(SourceColumn(**tree) for tree in row.agreed),
        made_at=row.made_at,
        made_by=row.made_by,
    )


def _version(feed_id: int, version: int, plan: Plan, actor: str | None) -> dict[str, Any]:
    return {
        "feed_id": feed_id,
        "version": version,
        "plan": plan.tree(),
        "made_at": datetime.now(UTC),
        "made_by": actor,
    }


def _column_tree(column: SourceColumn) -> dict[str, Any]:
    return {
        "name": column.name,
        "type": column.type,
        "family": column.family,
        "precision": column.precision,
        "scale": column.scale,
    }
