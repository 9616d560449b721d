"""Sources and feeds of a workspace, wherever it is open: here, or in the server that owns it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote
from zoneinfo import ZoneInfo

from stockturn.cli.house import OwnHouse, open_house
from stockturn.cli.remote import RemoteHouse
from stockturn.cli.shell import Shell
from stockturn.jobs.schedules import Schedules
from stockturn.language import Language, Progress
from stockturn.workspace import Workspace

if TYPE_CHECKING:
    from stockturn.accounts.users import User

Tree = dict[str, Any]


class SourceHouse(Protocol):
    """What the commands ask; answers are in the shapes of the API."""

    def sources(self) -> list[Tree]:
        """Every source."""

    def add_source(self, name: str, kind: str, form: Tree) -> Tree:
        """Keep a source."""

    def remove_source(self, name: str) -> None:
        """Remove a source."""

    def test(self, name: str) -> Tree:
        """Try a source."""

    def tables(self, name: str) -> list[Tree]:
        """What can be read of it."""

    def preview(self, name: str, what: str, rows: int) -> Tree:
        """The first rows."""

    def feeds(self) -> list[Tree]:
        """Every feed."""

    def add_feed(self, name: str, source: str, plan: Tree) -> Tree:
        """Keep a feed."""

    def give(self, name: str, owner: str) -> Tree:
        """Give a feed another owner."""

    def every(self, feed: str, minutes: int) -> None:
        """Run a feed every so many minutes while the server runs."""

    def remove_feed(self, name: str) -> None:
        """Remove a feed and its schedules."""

    def agree(self, name: str) -> None:
        """Agree to the structure that the source has now."""

    def run(self, name: str, progress: Progress, *, trial: bool) -> Tree:
        """Run a feed; return the report of its load."""


@contextmanager
def open_sources(shell: Shell) -> Iterator[SourceHouse]:
    """Open the workspace, or the server that owns it.

    Raises:
        WorkspaceBusy: another command owns it, or a server that does not answer yet.
    """
    with open_house(shell) as house:
        if isinstance(house, RemoteHouse):
            yield Remote(house)
        else:
            assert isinstance(house, OwnHouse)
            yield Own(house.workspace, shell.language)


@dataclass
class Own:
    """A workspace that this command owns."""

    workspace: Workspace
    language: Language

    def sources(self) -> list[Tree]:
        """Every source."""
        from stockturn.intake.sources.store import Sources
        from stockturn.server.source_shapes import source_shape

        return [source_shape(each).model_dump() for each in Sources(self.workspace).all()]

    def add_source(self, name: str, kind: str, form: Tree) -> Tree:
        """Keep a source."""
        from stockturn.intake.sources.store import Sources
        from stockturn.server.source_shapes import source_shape

        return source_shape(Sources(self.workspace).add(name, kind, form)).model_dump()

    def remove_source(self, name: str) -> None:
        """Remove a source."""
        from stockturn.intake.sources.store import Sources

        Sources(self.workspace).remove(name)

    def test(self, name: str) -> Tree:
        """Try a source."""
        from stockturn.server.source_shapes import tested_shape

        return tested_shape(self._asking(name).test(), self.language).model_dump()

    def tables(self, name: str) -> list[Tree]:
        """What can be read of it."""
        from stockturn.server.source_shapes import readable_shape

        return [readable_shape(each).model_dump() for each in self._asking(name).tables()]

    def preview(self, name: str, what: str, rows: int) -> Tree:
        """The first rows."""
        from stockturn.server.source_shapes import preview_shape

        return preview_shape(self._asking(name).preview(what, rows)).model_dump()

    def feeds(self) -> list[Tree]:
        """Every feed."""
        from stockturn.intake.feeds.store import Feeds
        from stockturn.server.source_shapes import feed_shapes

        found = Feeds(self.workspace).all()
        shapes = feed_shapes(self.workspace, found, self._people(), self.language)
        return [shape.model_dump() for shape in shapes]

    def add_feed(self, name: str, source: str, plan: Tree) -> Tree:
        """Keep a feed."""
        from stockturn.accounts.told import chosen_owner
        from stockturn.intake.feeds.store import Feeds
        from stockturn.server.source_shapes import feed_shapes

        people = self._people()
        owned = plan | {"owner": chosen_owner(str(plan.get("owner") or ""), people)}
        added = Feeds(self.workspace).add(name, source, owned)
        return feed_shapes(self.workspace, [added], people, self.language)[0].model_dump()

    def give(self, name: str, owner: str) -> Tree:
        """Give a feed another owner."""
        from stockturn.accounts.told import chosen_owner
        from stockturn.intake.feeds.store import Feeds
        from stockturn.server.source_shapes import feed_shapes

        people, feeds = self._people(), Feeds(self.workspace)
        plan = feeds.get(name).plan.tree() | {"owner": chosen_owner(owner, people)}
        changed = feeds.change(name, plan)
        return feed_shapes(self.workspace, [changed], people, self.language)[0].model_dump()

    def every(self, feed: str, minutes: int) -> None:
        """Plan a feed; it runs while the server runs."""
        params = {"feed": feed, "subject": feed}
        trigger = {"every_minutes": minutes}
        self._schedules().add(feed, "feed", params, trigger, datetime.now(UTC))

    def remove_feed(self, name: str) -> None:
        """Remove a feed and its schedules."""
        from stockturn.intake.feeds.store import Feeds

        Feeds(self.workspace).remove(name)
        schedules = self._schedules()
        for schedule in schedules.all():
            if schedule.kind == "feed" and schedule.params.get("feed") == name:
                schedules.remove(schedule.id)

    def agree(self, name: str) -> None:
        """Agree to the structure that the source has now."""
        from stockturn.intake.feeds.store import Feeds

        feeds = Feeds(self.workspace)
        feed = feeds.get(name)
        feeds.agree(name, self._asking(feed.source).columns(feed.plan.what))

    def run(self, name: str, progress: Progress, *, trial: bool) -> Tree:
        """Run a feed here."""
        from stockturn.intake.feeds.run import run_feed
        from stockturn.intake.report_tree import told_report

        report = run_feed(self.workspace, name, progress=progress, trial=trial)
        return told_report(report, self.language)

    def _people(self) -> list[User]:
        from stockturn.accounts.users import all_users

        with self.workspace.app_db.read() as connection:
            return all_users(connection)

    def _asking(self, name: str) -> Any:
        from stockturn.intake.sources.asking import Asking
        from stockturn.intake.sources.store import Sources

        kind, form = Sources(self.workspace).opened(name)
        return Asking(kind, form, self.workspace.settings)

    def _schedules(self) -> Schedules:
        return Schedules(self.workspace.app_db, ZoneInfo(self.workspace.settings.time_zone))


@dataclass
class Remote:
    """A workspace that a running server owns."""

    house: RemoteHouse

    def sources(self) -> list[Tree]:
        """Every source."""
        return list(self.house.call("GET", "/sources")["sources"])

    def add_source(self, name: str, kind: str, form: Tree) -> Tree:
        """Keep a source."""
        return self.house.call("POST", "/sources", {"name": name, "kind": kind, "form": form})

    def remove_source(self, name: str) -> None:
        """Remove a source."""
        self.house.call("DELETE", f"/sources/{quote(name)}")

    def test(self, name: str) -> Tree:
        """Try a source."""
        return self.house.call("POST", f"/sources/{quote(name)}/test")

    def tables(self, name: str) -> list[Tree]:
        """What can be read of it."""
        return list(self.house.call("GET", f"/sources/{quote(name)}/tables")["tables"])

    def preview(self, name: str, what: str, rows: int) -> Tree:
        """The first rows."""
        path = f"/sources/{quote(name)}/preview"
        return self.house.call("GET", path, what=what, rows=str(rows))

    def feeds(self) -> list[Tree]:
        """Every feed."""
        return list(self.house.call("GET", "/feeds")["feeds"])

    def add_feed(self, name: str, source: str, plan: Tree) -> Tree:
        """Keep a feed."""
        return self.house.call("POST", "/feeds", {"name": name, "source": source, "plan": plan})

    def give(self, name: str, owner: str) -> Tree:
        """Give a feed another owner."""
        path = f"/feeds/{quote(name)}"
        plan = self.house.call("GET", path)["plan"] | {"owner": owner}
        return self.house.call("PUT", path, plan)

    def every(self, feed: str, minutes: int) -> None:
        """Plan a feed."""
        params = {"feed": feed, "subject": feed}
        trigger = {"every_minutes": minutes}
        body = {"name": feed, "kind": "feed", "params": params, "trigger": trigger}
        self.house.call("POST", "/schedules", body)

    def remove_feed(self, name: str) -> None:
        """Remove a feed and its schedules."""
        self.house.call("DELETE", f"/feeds/{quote(name)}")

    def agree(self, name: str) -> None:
        """Agree to the structure that the source has now."""
        self.house.call("POST", f"/feeds/{quote(name)}/agree")

    def run(self, name: str, progress: Progress, *, trial: bool) -> Tree:
        """Have the server run a feed, and follow it."""
        run = self.house.call("POST", f"/feeds/{quote(name)}/run", trial=str(trial).lower())
        return self.house.followed(run, progress)
