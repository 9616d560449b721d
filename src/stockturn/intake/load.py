"""Load files: keep their bytes, type them in limited workers, post them in one transaction.

The order is what makes a kill harmless. Bytes are kept first; typed entries are scratch; a pending
manifest is written before posting and gets its number after it. Whatever is left behind at any
moment, :func:`clean` knows from the ledger whether the load happened.
"""

from __future__ import annotations

import shutil
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from stockturn.engines import DuckDBEngine
from stockturn.intake import received
from stockturn.intake.mapping import Mapping
from stockturn.intake.mapping_yaml import entry_shapes, find_mapping
from stockturn.intake.problems import FileHeld
from stockturn.intake.received import Kept, Manifest
from stockturn.intake.report import SHOWN_REJECTS, FileReport, LoadReport, Reject, Staged, Status
from stockturn.intake.resolve import resolve
from stockturn.intake.stage import Job, stage_files
from stockturn.jobs.worker import WorkerError, run_limited
from stockturn.language import StockTurnError, Text
from stockturn.ledger import loads, posting
from stockturn.ledger.batch import Batch, BatchFile
from stockturn.workspace import Workspace
from stockturn.workspace.space import DiskFull, clear_disk_errors, is_disk_full

Progress = Callable[[Text, int, int | None], None]

GROUP_BYTES: Final = 32 * 1024 * 1024
"""Small files share a worker: starting one costs more than reading them."""

SPACE_FACTOR: Final = 3
"""Disk a load needs, in sizes of its files: kept bytes, typed entries, ledger rows."""

KEEPING: Final = Text("保存原始文件", "Keeping the files")

LOADED: Final = Text(
    "已入账 {loaded:,} 行，拒收 {rejected:,} 行，忽略 {ignored:,} 行。",
    "{loaded:,} rows loaded, {rejected:,} rejected, {ignored:,} ignored.",
)
NOTHING_NEW: Final = Text(
    "这些文件已用同一映射导入过，没有变化，未重复导入。",
    "These files were loaded before with the same mapping; nothing was new.",
)
OVER_BAR: Final = Text(
    "{rows:,} 行中有 {rejected:,} 行（{share}%）不合格，超过上限 {bar}%，没有导入任何数据。"
    "最多的原因：{reason} 请改正文件或映射后重新导入。",
    "{rejected:,} of {rows:,} rows ({share} %) were rejected, above the bar of {bar} %; nothing "
    "was loaded. Most often: {reason} Correct the files or the mapping and load again.",
)
HELD: Final = Text(
    "有 {count} 个文件不能可靠读取，没有导入任何数据。{first}",
    "{count} file(s) cannot be read safely; nothing was loaded. {first}",
)
SAME_CONTENT: Final = Text(
    "“{name}”与“{other}”内容相同，只导入一次。",
    "“{name}” has the same content as “{other}” and was loaded once.",
)


@dataclass(frozen=True)
class _Typed:
    """What the workers made of the files of one load."""

    staged: list[Staged]
    problems: list[StockTurnError]


def load_files(
    workspace: Workspace,
    paths: Sequence[Path | str],
    mapping: Mapping | str,
    *,
    progress: Progress | None = None,
    reject_bar: Decimal | None = None,
) -> LoadReport:
    """Load files into a workspace's ledger: all of them, or nothing.

    Args:
        workspace: opened by its owner.
        paths: files, folders (searched for the names the mapping knows) and patterns.
        mapping: a mapping, or the name or path of one.
        progress: told (stage, done, total); a total of None is not known yet.
        reject_bar: share of rejected rows above which nothing is posted; the mapping's own bar
            and then the workspace's setting otherwise.

    Raises:
        UsageError: no such mapping or path.
        DiskFull: nothing was posted.
        StockTurnError: what posting refuses; nothing was posted.
    """
    started = time.monotonic()
    if isinstance(mapping, str):
        mapping = find_mapping(mapping, (workspace.packs,))
    if mapping.costing is None:
        # Written into the kept mapping, so that a rebuild costs as this load did.
        costing = workspace.settings.costing
        content = f"{mapping.content.rstrip()}\ncosting: {costing}\n"
        mapping = replace(mapping, costing=costing, content=content)
    with clear_disk_errors(workspace.root):
        report = _load(workspace, paths, mapping, progress, reject_bar)
    return replace(report, seconds=time.monotonic() - started)


def load_kept(
    workspace: Workspace,
    manifest: Manifest,
    mapping: Mapping,
    engine: DuckDBEngine,
    *,
    progress: Progress | None = None,
) -> posting.PostedLoad:
    """Make a committed load again from its kept bytes, with its own number and time.

    Args:
        workspace: whose kept bytes and staging folder are used.
        manifest: a finished one, see :func:`stockturn.intake.replay.replay`.
        mapping: the mapping its content states.
        engine: the warehouse that is rebuilt.
        progress: as for :func:`load_files`.

    Raises:
        StockTurnError: a file that was loaded cannot be read any more.
    """
    with _scratch(workspace) as out:
        typed = _type_all(workspace, manifest, mapping, out, progress)
        if typed.problems:
            raise typed.problems[0]
        return posting.post(
            engine,
            _batch(mapping, manifest, typed.staged),
            progress=progress,
            load_no=manifest.load_no,
            committed_at=manifest.committed_at,
        )


def clean(workspace: Workspace) -> None:
    """Remove what killed loads left, and finish the manifests of those that were committed.

    Called by the owner when it opens the workspace, before anything else is loaded.
    """
    for leftover in (*workspace.received.glob("incoming-*"), *workspace.received.glob("*.new")):
        leftover.unlink(missing_ok=True)
    for folder in workspace.staging.glob("load-*"):
        shutil.rmtree(folder)
    for pending in sorted(workspace.received.glob("pending-*.json")):
        _settle_pending(workspace, pending)


def _load(
    workspace: Workspace,
    paths: Sequence[Path | str],
    mapping: Mapping,
    progress: Progress | None,
    reject_bar: Decimal | None,
) -> LoadReport:
    resolved = resolve(paths, mapping)
    size = sum(path.stat().st_size for path in resolved.files)
    workspace.require_space(SPACE_FACTOR * size)
    kept = _keep_all(workspace, resolved.files, progress)
    lookups = {
        name: received.keep(workspace.received, path) for name, path in resolved.lookups.items()
    }
    fresh, reports, warnings = _new_files(workspace, kept, mapping)
    blank = LoadReport(
        "nothing_new",
        NOTHING_NEW,
        mapping.name,
        files=tuple(reports),
        warnings=(*resolved.warnings, *warnings),
    )
    if not fresh:
        return blank
    manifest = Manifest(
        {"name": mapping.name, "version": mapping.version, "content": mapping.content},
        tuple(enumerate(fresh)),
        lookups,
        datetime.now(ZoneInfo(workspace.settings.time_zone)).date(),
    )
    with _scratch(workspace) as out:
        typed = _type_all(workspace, manifest, mapping, out, progress)
        report = _judged(blank, typed, manifest, _bar(workspace, mapping, reject_bar))
        if report.status == "loaded":
            batch = _batch(mapping, manifest, typed.staged)
            report = _post(workspace, batch, manifest, report, progress)
    return report


# --- keeping ---------------------------------------------------------------------------------


def _keep_all(workspace: Workspace, files: Sequence[Path], progress: Progress | None) -> list[Kept]:
    kept = []
    for done, path in enumerate(files):
        if progress is not None:
            progress(KEEPING, done, len(files))
        kept.append(received.keep(workspace.received, path))
    return kept


def _new_files(
    workspace: Workspace, kept: list[Kept], mapping: Mapping
) -> tuple[list[Kept], list[FileReport], list[Text]]:
    """Tell the files to load from those loaded before and from copies within this load."""
    known = loads.known_files(workspace.engine)
    fresh: dict[str, Kept] = {}
    reports: list[FileReport] = []
    warnings: list[Text] = []
    for file in kept:
        if (file.sha256, mapping.name, mapping.version) in known:
            reports.append(FileReport(file.name, file.sha256, already_loaded=True))
        elif file.sha256 in fresh:
            other = fresh[file.sha256].name
            warnings.append(SAME_CONTENT.fill(name=file.name, other=other))
        else:
            fresh[file.sha256] = file
    return list(fresh.values()), reports, warnings


# --- typing ----------------------------------------------------------------------------------


@contextmanager
def _scratch(workspace: Workspace) -> Iterator[Path]:
    """Make a folder in staging that goes when the load ends, however it ends."""
    folder = workspace.staging / f"load-{uuid.uuid4().hex}"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        # What cannot be removed now goes at the next start; it must not hide how the load ended.
        shutil.rmtree(folder, ignore_errors=True)


def _type_all(
    workspace: Workspace,
    manifest: Manifest,
    mapping: Mapping,
    out: Path,
    progress: Progress | None,
) -> _Typed:
    shapes = entry_shapes()
    lookups = {name: (kept.path, kept.name) for name, kept in manifest.lookups.items()}
    jobs = [
        Job(number, kept.path, kept.name, mapping, shapes, lookups, out, manifest.today)
        for number, kept in manifest.files
    ]
    typed = _Typed([], [])
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
    return typed


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


# --- judging ---------------------------------------------------------------------------------


def _bar(workspace: Workspace, mapping: Mapping, stated: Decimal | None) -> Decimal:
    if stated is not None:
        return stated
    return workspace.settings.reject_bar if mapping.reject_bar is None else mapping.reject_bar


def _judged(blank: LoadReport, typed: _Typed, manifest: Manifest, bar: Decimal) -> LoadReport:
    """Return the report up to posting: to be loaded, held or failed."""
    report = _counted(blank, typed.staged, manifest)
    if typed.problems:
        failed = any(problem.exit_code != FileHeld.exit_code for problem in typed.problems)
        texts = tuple(problem.message for problem in typed.problems)
        words = Text(
            HELD.zh.format(count=len(texts), first=texts[0].zh),
            HELD.en.format(count=len(texts), first=texts[0].en),
        )
        status: Status = "failed" if failed else "held"
        return replace(report, status=status, message=words, problems=texts)
    share = Decimal(report.rows_rejected) / max(1, report.rows_in)
    if share > bar:
        reason = max(report.rejected_by_reason, key=lambda code: report.rejected_by_reason[code])
        words = report.reasons[reason]
        counts = {
            "rows": report.rows_in,
            "rejected": report.rows_rejected,
            "share": f"{share * 100:.1f}",
            "bar": f"{(bar * 100).normalize():f}",
        }
        message_zh = OVER_BAR.zh.format(reason=words.zh, **counts)
        message_en = OVER_BAR.en.format(reason=words.en, **counts)
        return replace(report, status="held", message=Text(message_zh, message_en))
    words = LOADED.fill(
        loaded=report.rows_loaded, rejected=report.rows_rejected, ignored=report.rows_ignored
    )
    return replace(report, status="loaded", message=words)


def _counted(blank: LoadReport, staged: list[Staged], manifest: Manifest) -> LoadReport:
    rejected: Counter[str] = Counter()
    ignored: Counter[str] = Counter()
    rejects: list[Reject] = []
    remarks: list[Text] = []
    hashes = {number: kept.sha256 for number, kept in manifest.files}
    for file in staged:
        rejected.update(file.rejected)
        ignored.update(file.ignored)
        rejects += file.rejects
        remarks += file.remarks
    files = [
        FileReport(
            file.name,
            hashes[file.file_no],
            file.rows_in,
            file.rows_loaded,
            file.rejected.total(),
            file.ignored.total(),
        )
        for file in staged
    ]
    return replace(
        blank,
        rows_in=sum(file.rows_in for file in staged),
        rows_loaded=sum(file.rows_loaded for file in staged),
        rows_rejected=rejected.total(),
        rows_ignored=ignored.total(),
        rejected_by_reason=dict(rejected.most_common()),
        ignored_by_reason=dict(ignored.most_common()),
        files=(*files, *blank.files),
        rejects=tuple(rejects[:SHOWN_REJECTS]),
        warnings=(*blank.warnings, *remarks),
    )


# --- posting ---------------------------------------------------------------------------------


def _batch(mapping: Mapping, manifest: Manifest, staged: list[Staged]) -> Batch:
    assert mapping.costing is not None, "load_files fills it in before anything is kept"
    kept = dict(manifest.files)
    ignored: Counter[str] = Counter()
    tables: dict[str, list[Path]] = {}
    for file in staged:
        ignored.update(file.ignored)
        for table, path in file.tables.items():
            tables.setdefault(table, []).append(path)
    files = tuple(
        BatchFile(
            file_no=file.file_no,
            name=file.name,
            sha256=kept[file.file_no].sha256,
            bytes=kept[file.file_no].bytes,
            rows_in=file.rows_in,
            rows_loaded=file.rows_loaded,
            rows_rejected=file.rejected.total(),
            rows_ignored=file.ignored.total(),
        )
        for file in staged
    )
    return Batch(
        mapping=mapping.name,
        mapping_version=mapping.version,
        costing=mapping.costing,
        files=files,
        ignored_by_reason=dict(ignored),
        tables={table: tuple(paths) for table, paths in tables.items()},
    )


def _post(
    workspace: Workspace,
    batch: Batch,
    manifest: Manifest,
    report: LoadReport,
    progress: Progress | None,
) -> LoadReport:
    pending = received.write_pending(workspace.received, manifest)
    try:
        posted = posting.post(workspace.engine, batch, progress=progress)
    except StockTurnError:
        # Posting says that nothing was posted; any other end leaves the question to `clean`.
        pending.unlink()
        raise
    received.finish(pending, manifest, posted.load_no, posted.committed_at)
    return replace(
        report,
        load_no=posted.load_no,
        committed_at=posted.committed_at,
        warnings=(*report.warnings, *posted.warnings),
    )


def _settle_pending(workspace: Workspace, pending: Path) -> None:
    manifest = received.read_manifest(pending)
    hashes = {kept.sha256 for _, kept in manifest.files}
    mapping = (manifest.mapping["name"], manifest.mapping["version"])
    for record in loads.history(workspace.engine):
        same = (record.mapping, record.mapping_version) == mapping
        if same and {file.sha256 for file in record.files} == hashes:
            received.finish(pending, manifest, record.load_no, record.committed_at.astimezone(UTC))
            return
    pending.unlink()
