"""A feed as a job: what the runner is given for the kind ``feed``."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import structlog

from stockturn.intake.feeds.run import run_feed
from stockturn.intake.feeds.store import Feeds
from stockturn.intake.questions import answered_of
from stockturn.intake.report import Status
from stockturn.intake.report_tree import report_tree
from stockturn.jobs.run import Done, Ended, Handler, Task
from stockturn.language import StockTurnError, Text
from stockturn.workspace import Workspace

log = structlog.get_logger("stockturn.intake")

KIND: Final = "feed"
HELD: Final = 3
"""The exit code of what waits for a person."""
NAME: Final = Text("取数", "Read from a source")
_STATES: Final[dict[Status, Ended]] = {
    "loaded": "succeeded",
    "nothing_new": "succeeded",
    "held": "held",
    "failed": "failed",
}


def feed_handler(workspace: Workspace) -> Handler:
    """Return what runs a feed of this workspace.

    Its params: ``feed`` (a name), ``trial`` and, once it was held, ``answered``. Reading goes on
    beside other work; the turn to write is taken for the load alone. The cursor commits with the
    rows, so it is safe to run again.
    """
    return Handler(partial(_run, workspace), NAME, lane="fetch", safe_to_rerun=True)


def _run(workspace: Workspace, params: dict[str, Any], task: Task) -> Done:
    name = str(params["feed"])
    feed = Feeds(workspace).get(name)
    try:
        report = run_feed(
            workspace,
            name,
            actor=params.get("answered_by") or task.run.requested_by or "",
            progress=task,
            writing=task.writing,
            trial=bool(params.get("trial")),
            answered=answered_of(params.get("answered", ())),
        )
    except StockTurnError as failure:
        if failure.can_pass or failure.exit_code != HELD:
            raise
        # Waits for the feed's owner: a structure to agree to, a key that is not one.
        log.warning("feed is held", feed=name, owner=feed.plan.owner, code=failure.code)
        told = {"feed": name, "owner": feed.plan.owner}
        return Done(told, "held", failure.message, failure.code)
    counts = {
        each: getattr(report, each)
        for each in ("load_no", "rows_in", "rows_loaded", "rows_rejected", "rows_ignored")
    }
    log.info("feed ends", feed=name, status=report.status, **counts)
    return Done(
        {"feed": name, "owner": feed.plan.owner, **counts, "report": report_tree(report)},
        _STATES[report.status],
        report.message,
        None if report.exit_code == 0 else f"feed_{report.status}",
    )
