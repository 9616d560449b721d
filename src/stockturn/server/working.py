"""The runner of a server: which kinds of work it does, and what follows their end."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from stockturn.intake import uploads
from stockturn.intake.feeds.job import KIND as FEED
from stockturn.intake.feeds.job import feed_handler
from stockturn.intake.load_job import KIND as LOAD
from stockturn.intake.load_job import load_handler
from stockturn.intake.publishing.job import KIND as PUBLISH
from stockturn.intake.publishing.job import publish_handler
from stockturn.intake.publishing.publish import published_load
from stockturn.intake.publishing.target_job import KIND as PUBLISH_TO
from stockturn.intake.publishing.target_job import publish_to_handler
from stockturn.intake.push.job import KIND as PUSH
from stockturn.intake.push.job import push_handler
from stockturn.jobs.run import Handler, Run, State
from stockturn.jobs.runner import Runner
from stockturn.ledger import loads
from stockturn.server.observe import Observer
from stockturn.workspace import Workspace

log = structlog.get_logger("stockturn.server")

HELD_FILES: Final = timedelta(days=30)
"""How long the files of a held load wait for an answer; after that they are to be sent again."""


def handlers(workspace: Workspace) -> dict[str, Handler]:
    """Return what does each kind of work in this workspace."""
    return {
        LOAD: load_handler(workspace),
        FEED: feed_handler(workspace),
        PUBLISH: publish_handler(workspace),
        PUBLISH_TO: publish_to_handler(workspace),
        PUSH: push_handler(workspace),
    }


def make_runner(workspace: Workspace, observer: Observer) -> Runner:
    """Return the runner of a workspace; the server starts and stops it."""
    settings = workspace.settings
    after = _After(workspace, observer)
    runner = Runner(
        workspace.app_db,
        handlers(workspace),
        zone=ZoneInfo(settings.time_zone),
        fetchers=settings.fetching_jobs,
        history_days=settings.run_history_days,
        on_end=after,
    )
    after.runner = runner
    return runner


def ask_to_publish(workspace: Workspace, runner: Runner) -> None:
    """Queue a publication where the ledger knows more than the newest published version.

    One that waits already will see it too: loads that follow each other share a publication.
    """
    last = loads.last_load(workspace.engine)
    if not workspace.settings.publish or last <= published_load(workspace):
        return
    if not runner.queue.find(kinds=[PUBLISH], states=["queued"], limit=1):
        runner.submit(PUBLISH, {})


class _After:
    """What follows the end of an attempt."""

    def __init__(self, workspace: Workspace, observer: Observer) -> None:
        self._workspace = workspace
        self._observer = observer
        self.runner: Runner | None = None

    def __call__(self, run: Run, seconds: float) -> None:
        """Count it, remove uploads that nothing needs any more, and publish what is new."""
        self._observer.count_run(run, seconds)
        assert self.runner is not None
        if run.kind == LOAD:
            now = self.runner.look(run.id)
            if now.ended and now.state != "held":
                uploads.remove(self._workspace, str(run.params["upload"]))
        self._sweep(self.runner)
        if run.kind not in {PUBLISH, PUBLISH_TO}:
            ask_to_publish(self._workspace, self.runner)

    def _sweep(self, runner: Runner) -> None:
        states: tuple[State, ...] = ("queued", "running", "held")
        waiting = runner.queue.find(kinds=[LOAD], states=states, limit=10_000)
        since = runner.clock() - HELD_FILES
        wanted = [run for run in waiting if run.finished_at is None or run.finished_at >= since]
        gone = uploads.sweep(self._workspace, {str(run.params["upload"]) for run in wanted})
        if gone:
            log.info("unclaimed uploads removed", count=len(gone))
