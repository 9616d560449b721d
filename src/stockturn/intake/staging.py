"""The owner's side of staging: files go to limited workers, typed entries come back."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from stockturn.engines import DuckDBEngine
from stockturn.intake import received
from stockturn.intake.archive import unpack_archive
from stockturn.intake.batch import batch_of
from stockturn.intake.dates import BusinessDay
from stockturn.intake.entry_shapes import entry_shapes
from stockturn.intake.judge import (
    Typed,
)
from stockturn.intake.mapping import Mapping
from stockturn.intake.problems import FileHeld
from stockturn.intake.received import Manifest
from stockturn.intake.resolve import Opener
from stockturn.intake.stage import Job, stage_files
from stockturn.intake.taking import Taking
from stockturn.jobs.worker import WorkerError, run_limited
from stockturn.language import Progress
from stockturn.ledger.batch import Batch
from stockturn.ledger.kit_gaps import rows_without_components
from stockturn.ledger.late_rows import rows_of_days_that_came_again
from stockturn.workspace import Workspace
from stockturn.workspace.space import DiskFull, is_disk_full

GROUP_BYTES: Final = 32 * 1024 * 1024
"""Small files share a worker: starting one costs more than reading them."""


def open_archives(workspace: Workspace, into: Path, progress: Progress | None) -> Opener:
    """Return what unpacks an archive into a folder of its own, in a limited worker."""

    def open_archive(path: Path) -> list[Path]:
        folder = into / str(len(list(into.iterdir())))
        folder.mkdir()
        try:
            return run_limited(
                unpack_archive,
                path.resolve(),
                path.name,
                folder,
                memory_mb=workspace.settings.worker_memory_mb,
                seconds=workspace.settings.worker_seconds,
                on_progress=progress,
            )
        except WorkerError as failure:
            if is_disk_full(failure):
                raise DiskFull(workspace.staging) from failure
            raise

    return open_archive


@contextmanager
def scratch(workspace: Workspace) -> Iterator[Path]:
    """Make a folder in staging that goes when the load ends, however it ends."""
    folder = workspace.staging / f"load-{uuid.uuid4().hex}"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        # What cannot be removed now goes at the next start; it must not hide how the load ended.
        shutil.rmtree(folder, ignore_errors=True)


def type_all(
    workspace: Workspace,
    manifest: Manifest,
    mapping: Mapping,
    out: Path,
    progress: Progress | None,
    engine: DuckDBEngine | None = None,
) -> Typed:
    """Type the files; rows that the ledger would refuse are rejects of a second reading.

    Args:
        workspace: Whose kept bytes and limits are used.
        manifest: Which files.
        mapping: How they are read.
        out: Where the typed entries go.
        progress: As for :func:`load_files`.
        engine: The warehouse that knows the kits, where it is not the workspace's.
    """
    shapes = entry_shapes(mapping)
    lookups = {name: (kept.path, kept.name) for name, kept in manifest.lookups.items()}
    totals = manifest.origin.totals
    summed = () if totals is None else tuple(column for column, _ in totals.sums)
    day = None
    if mapping.time_zone is not None:
        day = BusinessDay(mapping.time_zone, mapping.day_cutoff_hour or 0)
    jobs = [
        Job(
            number, kept.path, kept.name, mapping, shapes, lookups, out, manifest.today, summed, day
        )
        for number, kept in manifest.files
    ]
    if manifest.taking is not None:
        jobs = [_taking(workspace, job, manifest.taking) for job in jobs]
    typed = Typed([], [])
    _type_jobs(workspace, jobs, typed, progress)
    if typed.problems:
        return typed
    refused = _refused(engine or workspace.engine, batch_of(mapping, manifest, typed.staged))
    again = [replace(job, refused=refused[job.file_no]) for job in jobs if job.file_no in refused]
    typed.staged[:] = [staged for staged in typed.staged if staged.file_no not in refused]
    _type_jobs(workspace, again, typed, progress)
    typed.staged.sort(key=lambda staged: staged.file_no)
    return typed


def _refused(
    engine: DuckDBEngine, batch: Batch
) -> dict[int, tuple[tuple[str, frozenset[tuple[str | None, int]]], ...]]:
    """Return, by file, the rows that cannot be booked, under their reason."""
    looks = {
        "kit_without_components": rows_without_components(engine, batch),
        "day_came_again": rows_of_days_that_came_again(engine, batch),
    }
    files = {file_no for found in looks.values() for file_no in found}
    return {
        file_no: tuple((code, found[file_no]) for code, found in looks.items() if file_no in found)
        for file_no in files
    }


def _type_jobs(
    workspace: Workspace, jobs: list[Job], typed: Typed, progress: Progress | None
) -> None:
    """Add what workers make of the jobs."""
    for group in _groups(jobs):
        try:
            results = run_limited(
                stage_files,
                group,
                memory_mb=workspace.settings.worker_memory_mb,
                seconds=workspace.settings.worker_seconds,
                on_progress=progress,
            )
        except WorkerError as failure:
            if is_disk_full(failure):
                raise DiskFull(workspace.staging) from failure
            typed.problems.append(failure)
            continue
        for result in results:
            if isinstance(result, FileHeld):
                typed.problems.append(result)
            else:
                typed.staged.append(result)


def _taking(workspace: Workspace, job: Job, taking: Taking) -> Job:
    """Return a job that reads the rejected rows of its file and nothing else."""
    sent = tuple(sheet for sheet in taking.sheets if sheet.file_no == job.file_no)
    originals = {s.sha256: received.kept_path(workspace.received, s.sha256) for s in sent}
    only = frozenset((row.sheet, row.row_no) for row in taking.rows if row.file_no == job.file_no)
    return replace(job, only=only, sent=sent, originals=tuple(originals.items()))


def _groups(jobs: list[Job]) -> Iterator[tuple[Job, ...]]:
    group: list[Job] = []
    size = 0
    for job in jobs:
        own = job.path.stat().st_size
        if group and size + own > GROUP_BYTES:
            yield tuple(group)
            group, size = [], 0
        group.append(job)
        size += own
    if group:
        yield tuple(group)
