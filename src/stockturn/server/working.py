"""The runner of a server: which kinds of work it does, and what follows their end."""

from __future__ import annotations

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
from stockturn.jobs.run import Handler, Run
from stockturn.jobs.runner import Runner
from stockturn.ledger import loads
from stockturn.server.observe import Observer
from stockturn.workspace import Workspace

log = structlog.get_logger("stockturn.server")


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
        if run.kind == LOAD and self.runner.look(run.id).ended:
            uploads.remove(self._workspace, str(run.params["upload"]))
        self._sweep(self.runner)
        if run.kind not in {PUBLISH, PUBLISH_TO}:
            ask_to_publish(self._workspace, self.runner)

    def _sweep(self, runner: Runner) -> None:
        waiting = runner.queue.find(kinds=[LOAD], states=["queued", "running"], limit=10_000)
        gone = uploads.sweep(self._workspace, {str(run.params["upload"]) for run in waiting})
        if gone:
            log.info("unclaimed uploads removed", count=len(gone))
