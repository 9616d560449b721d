"""One run of a feed: gather in a worker, load, commit the cursor with the rows.

Whatever moment it is killed at, the cursor in the ledger is the one of the rows in the ledger, so
the next run neither loses rows nor doubles them.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Final

from stockturn.intake import received
from stockturn.intake.feeds.gather import Gathered, Order, extract_of, gather, with_extract
from stockturn.intake.feeds.notices import Notices
from stockturn.intake.feeds.snapshot import DELETED
from stockturn.intake.feeds.store import Feed, Feeds
from stockturn.intake.load import load_files
from stockturn.intake.origin import ControlTotals, Origin
from stockturn.intake.questions import Choice, Question
from stockturn.intake.report import LoadReport
from stockturn.intake.sources.source import Ground
from stockturn.intake.sources.store import Sources
from stockturn.jobs.worker import WorkerError, run_limited
from stockturn.language import Progress, Text
from stockturn.ledger import loads
from stockturn.workspace import Workspace
from stockturn.workspace.space import DiskFull, clear_disk_errors, is_disk_full

NOTHING_NEW: Final = Text(
    "来源“{source}”的“{what}”自上次以来没有新的或变更的行。",
    "“{what}” of source “{source}” has no new or changed rows since the last run.",
)
COMPARED_ANEW: Final = Text(
    "上次的快照不在 received/ 中，本次全部重新比较；在此期间删除的行看不出来。",
    "The last extract is not in received/, so everything was compared anew; rows deleted meanwhile "
    "cannot be seen.",
)
Writing = Callable[[], AbstractContextManager[None]]


def run_feed(
    workspace: Workspace,
    name: str,
    *,
    actor: str = "",
    progress: Progress | None = None,
    writing: Writing = nullcontext,
    trial: bool = False,
    answered: Sequence[tuple[Question, Choice]] = (),
) -> LoadReport:
    """Bring what is new of a feed into the ledger.

    Args:
        workspace: opened by its owner.
        name: of the feed.
        actor: who asked for it; empty for a schedule.
        progress: told (stage, done, total).
        writing: held while the ledger is written, so that reading from sources does not wait.
        trial: read and judge everything, change nothing.
        answered: what was said to the questions of this run when it was held before.

    Raises:
        FeedUnknown: there is no such feed.
        DiskFull: nothing was loaded.
        SourceFailure: the source did not give what was asked; ``can_pass`` says whether to retry.
        StockTurnError: see :func:`stockturn.intake.load.load_files`.
    """
    feeds = Feeds(workspace)
    feed = feeds.get(name)
    with clear_disk_errors(workspace.root), _folder(workspace) as folder:
        order, remarks = _order(workspace, feed)
        gathered = _gathered(workspace, feed, order, folder, progress)
        if not gathered.files:
            words = NOTHING_NEW.fill(source=feed.source, what=feed.plan.what)
            report = LoadReport("nothing_new", words, feed.plan.mapping)
        else:
            with writing():
                report = _load(
                    workspace, feed, gathered, actor, progress, trial=trial, answered=answered
                )
    if not trial and report.status in {"loaded", "nothing_new"}:
        # Before the structure is agreed to: a run killed in between tells of the change once more,
        # and it is noticed once.
        Notices(workspace).note(feed.id, gathered.drift, report.load_no)
        if tuple(feed.agreed) != gathered.agreed:
            feeds.agree(name, gathered.agreed)
        _forget(workspace, order.before, report)
    return replace(report, warnings=(*remarks, *gathered.remarks, *report.warnings))


def _gathered(
    workspace: Workspace, feed: Feed, order: Order, folder: Path, progress: Progress | None
) -> Gathered:
    try:
        return run_limited(
            gather,
            order,
            folder,
            memory_mb=workspace.settings.worker_memory_mb,
            seconds=workspace.settings.worker_seconds,
            on_progress=progress,
            subject=f"{feed.source} / {feed.plan.what}",
        )
    except WorkerError as failure:
        if is_disk_full(failure):
            raise DiskFull(workspace.staging) from failure
        raise


def _order(workspace: Workspace, feed: Feed) -> tuple[Order, tuple[Text, ...]]:
    kind, form = Sources(workspace).opened(feed.source)
    cursor = loads.last_cursor(workspace.engine, feed.name)
    before = tuple(received.kept_path(workspace.received, sha) for sha in extract_of(cursor))
    remarks: tuple[Text, ...] = ()
    if not all(path.exists() for path in before):
        before, remarks = (), (COMPARED_ANEW,)
    order = Order(
        kind=kind.key,
        form=form,
        ground=Ground.of(workspace.settings),
        plan=feed.plan,
        agreed=feed.agreed,
        cursor=cursor,
        before=before if feed.plan.mode == "snapshot" else (),
        load_no=loads.last_load(workspace.engine),
    )
    return order, remarks


def _load(
    workspace: Workspace,
    feed: Feed,
    gathered: Gathered,
    actor: str,
    progress: Progress | None,
    *,
    trial: bool,
    answered: Sequence[tuple[Question, Choice]],
) -> LoadReport:
    plan = feed.plan
    cursor = gathered.cursor
    if plan.mode == "snapshot" and not trial:
        kept = [received.keep(workspace.received, path) for path in gathered.extract]
        cursor = with_extract(cursor, tuple(file.sha256 for file in kept))
    sums = tuple((total.column, total.source) for total in gathered.totals)
    origin = Origin(
        feed=feed.name,
        cursor=cursor,
        totals=ControlTotals(gathered.rows, sums),
        actor=actor,
        key=plan.key,
        deleted=DELETED if plan.mode == "snapshot" else plan.deleted,
    )
    return load_files(
        workspace,
        gathered.files,
        plan.mapping,
        origin=origin,
        progress=progress,
        trial=trial,
        # What is new since the last run has no usual size; the source says how much it sent.
        accept_drop=plan.mode != "full",
        answered=answered,
    )


def _forget(workspace: Workspace, before: Sequence[Path], report: LoadReport) -> None:
    """Remove an extract that only the comparison needed, once a later one is committed."""
    if report.status != "loaded" or not before:
        return
    loaded = loads.named_bytes(workspace.engine)
    for path in before:
        if path.name not in loaded:
            path.unlink(missing_ok=True)


@contextmanager
def _folder(workspace: Workspace) -> Iterator[Path]:
    """Make a folder in staging that goes when the run ends, however it ends."""
    folder = workspace.staging / f"feed-{uuid.uuid4().hex}"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
