"""A process that owns a workspace and works off what it is told, as the server does.

Arguments: the workspace, and a JSON list of ``[kind, params]``. With a fault in the variable FAULT
it ends after the attempt that the fault befell, as if it had been stopped there.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from stockturn.intake.feeds.job import feed_handler
from stockturn.intake.load import clean, load_files
from stockturn.intake.publishing.job import publish_handler
from stockturn.intake.publishing.target_job import publish_to_handler
from stockturn.jobs.run import Done, Handler, Task
from stockturn.jobs.runner import Runner
from stockturn.language import Text
from stockturn.ledger import tables
from stockturn.workspace import Workspace
from tests.disks import make_room


class Owner(Runner):
    """A runner that does not wait out the pauses between attempts, and makes room when it must."""

    disk: Path | None = None

    def all_due(self, over: Callable[[], bool]) -> None:
        """Work off everything that waits, or stop when ``over`` says so."""
        while not over():
            if self.step() is not None:
                continue
            due = self.queue.next_due(self.handlers)
            if due is None:
                return
            self.clock = lambda due=due: max(due, datetime.now(UTC))

    def _insist(self, write: Callable[[], object]) -> None:
        try:
            write()
        except sa.exc.SQLAlchemyError:
            # Not even the end of the run can be written down: somebody makes room.
            assert self.disk is not None
            make_room(self.disk)
            super()._insist(write)


def drop_handler(workspace: Workspace) -> Handler:
    """Return what loads files where they lie."""

    def work(params: dict[str, object], task: Task) -> Done:
        report = load_files(
            workspace, [str(params["file"])], "generic-zh", progress=task, accept_drop=True
        )
        assert report.status in {"loaded", "nothing_new"}, report
        return Done({"load_no": report.load_no, "status": report.status})

    return Handler(work, Text("取文件", "Load a file"))


def main(folder: Path, work: Iterable[tuple[str, dict[str, object]]]) -> None:
    """Pick up what was left, then work off each of ``work`` in turn."""
    fault = json.loads(os.environ.get("FAULT", "{}"))
    mark = Path(fault["mark"]) if fault else None
    with Workspace.open(folder, kind="server", environ={}, wait_seconds=60) as workspace:
        tables.ensure(workspace.engine)
        clean(workspace)
        runner = Owner(
            workspace.app_db,
            {
                "drop": drop_handler(workspace),
                "feed": feed_handler(workspace),
                "publish": publish_handler(workspace),
                "publish_to": publish_to_handler(workspace),
            },
            zone=ZoneInfo("Asia/Shanghai"),
        )
        runner.recover()
        if mark is not None:
            runner.disk = Path(fault["disk"])
            if fault["kind"] == "slow":
                threading.Thread(target=cancel, args=(runner, mark), daemon=True).start()

        def over() -> bool:
            return mark is not None and mark.exists()

        for kind, params in work:
            if not over():
                runner.submit(kind, params)
                runner.all_due(over)


def cancel(runner: Owner, mark: Path) -> None:
    """Cancel the run in which the fault came about."""
    while not mark.exists():
        time.sleep(0.05)
    (run,) = runner.queue.find(states=["running"])
    runner.cancel(run.id, by="王")


if __name__ == "__main__":
    os.environ["FAULT_OWNER"] = str(os.getpid())
    main(Path(sys.argv[1]), json.loads(sys.argv[2]))
