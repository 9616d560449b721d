"""Load files: keep their bytes, type them in limited workers, post them in one transaction.

The order is what makes a kill harmless. Bytes are kept first; typed entries are scratch; a pending
manifest is written before posting and gets its number after it. Whatever is left behind at any
moment, :func:`clean` knows from the ledger whether the load happened.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from stockturn.engines import DuckDBEngine
from stockturn.intake import received
from stockturn.intake.batch import batch_of
from stockturn.intake.commit import blank_report, commit
from stockturn.intake.converting import carry_out
from stockturn.intake.judge import (
    Bars,
    asking_of_rates,
    bars,
    controlled,
    judged,
)
from stockturn.intake.mapping import Mapping
from stockturn.intake.mapping_yaml import find_mapping
from stockturn.intake.origin import BY_HAND, Origin, keyed
from stockturn.intake.problems import FileHeld
from stockturn.intake.quality import rules_in_force
from stockturn.intake.questions import Answers, Choice, OverlapAnswer, Question
from stockturn.intake.received import Kept, Manifest
from stockturn.intake.report import FileReport, LoadReport
from stockturn.intake.resolve import resolve
from stockturn.intake.slices import SHOWN, held, judge
from stockturn.intake.staging import open_archives, scratch, type_all
from stockturn.language import Progress, StockTurnError, Text
from stockturn.ledger import loads, posting
from stockturn.ledger.batch import Batch
from stockturn.ledger.rates import RateRestated
from stockturn.ledger.slices import look
from stockturn.workspace import Workspace
from stockturn.workspace.space import clear_disk_errors

log = structlog.get_logger("stockturn.intake")

SPACE_FACTOR: Final = 3
"""Disk a load needs, in sizes of its files: kept bytes, typed entries, ledger rows."""

KEEPING: Final = Text("保存原始文件", "Keeping the files")

WOULD_LOAD: Final = Text(
    "试导入：将入账 {loaded:,} 行，拒收 {rejected:,} 行，忽略 {ignored:,} 行。没有写入任何数据。",
    "Trial load: {loaded:,} rows would be loaded, {rejected:,} rejected, {ignored:,} ignored. "
    "Nothing was changed.",
)
CONVERTED: Final = Text(
    "按决定重新折算 {rows:,} 行（第 {loads} 次导入）。",
    "{rows:,} rows were converted again, as decided (load {loads}).",
)
NOT_CONVERTED: Final = Text(
    "有金额未能按决定重新折算：{why}",
    "Amounts could not be converted again as decided: {why}",
)
SAME_CONTENT: Final = Text(
    "“{name}”与“{other}”内容相同，只导入一次。",
    "“{name}” has the same content as “{other}” and was loaded once.",
)


@dataclass(frozen=True)
class _Given:
    """What a caller gives along with the files."""

    origin: Origin
    progress: Progress | None
    shares: Bars
    answers: Answers


def load_files(
    workspace: Workspace,
    paths: Sequence[Path | str],
    mapping: Mapping | str,
    *,
    origin: Origin = BY_HAND,
    progress: Progress | None = None,
    reject_bar: Decimal | None = None,
    trial: bool = False,
    accept_drop: bool = False,
    answer: OverlapAnswer | None = None,
    answered: Sequence[tuple[Question, Choice]] = (),
) -> LoadReport:
    """Load files into a workspace's ledger: all of them, or nothing.

    Args:
        workspace: opened by its owner.
        paths: files, folders (searched for the names the mapping knows) and patterns.
        mapping: a mapping, or the name or path of one.
        origin: the feed that brought the files, its new cursor, what its source says it sent.
        progress: told (stage, done, total); a total of None is not known yet.
        reject_bar: share of rejected rows above which nothing is posted; the mapping's own bar
            and then the workspace's setting otherwise.
        trial: go through everything, posting included, and change nothing.
        accept_drop: load though a file brings much less than its stream did before.
        answer: whether files that repeat rows of earlier ones ``replace`` them or ``add`` to them,
            where :mod:`stockturn.intake.slices` leaves that a question.
        answered: what was said to the questions of this load when it was held before.

    Raises:
        UsageError: no such mapping or path.
        DiskFull: nothing was posted.
        StockTurnError: what posting refuses; nothing was posted.
    """
    started = time.monotonic()
    if isinstance(mapping, str):
        mapping = find_mapping(mapping, (workspace.packs,))
    mapping = settled_mapping(mapping, workspace)
    with clear_disk_errors(workspace.root), _place_to_keep(workspace, trial=trial) as place:
        shares = bars(workspace, mapping, reject_bar)
        answers = Answers(answer, accept_drop, tuple(answered))
        given = _Given(origin, progress, shares, answers)
        report = _load(workspace, paths, keyed(mapping, origin), given, place)
    return replace(report, trial=trial, seconds=time.monotonic() - started)


def settled_mapping(mapping: Mapping, workspace: Workspace) -> Mapping:
    """Write what the workspace decides into the kept mapping: a rebuild reads as this load did."""
    settings = workspace.settings
    stated = {
        "costing": settings.costing,
        "time_zone": settings.time_zone,
        "day_cutoff_hour": settings.day_cutoff_hour,
        "base_currency": settings.currency,
    }
    open_ones = {key: value for key, value in stated.items() if getattr(mapping, key) is None}
    if not open_ones:
        return mapping
    lines = "".join(f"{key}: {value}\n" for key, value in open_ones.items())
    content = f"{mapping.content.rstrip()}\n{lines}"
    return replace(mapping, content=content, **open_ones)  # type: ignore[arg-type]


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
    mapping = keyed(mapping, manifest.origin)
    with scratch(workspace) as out:
        typed = type_all(workspace, manifest, mapping, out, progress, engine)
        if typed.problems:
            raise typed.problems[0]
        return posting.post(
            engine,
            batch_of(mapping, manifest, typed.staged),
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
    given: _Given,
    place: Path,
) -> LoadReport:
    with scratch(workspace) as unpacked:
        try:
            resolved = resolve(paths, mapping, open_archives(workspace, unpacked, given.progress))
        except FileHeld as failure:
            words = failure.message
            return LoadReport("held", words, mapping.name, problems=(words,))
        size = sum(path.stat().st_size for path in resolved.files)
        workspace.require_space(SPACE_FACTOR * size)
        kept = _keep_all(place, resolved.files, given.progress)
        lookups = {name: received.keep(place, path) for name, path in resolved.lookups.items()}
    fresh, reports, warnings = _new_files(workspace, kept, mapping)
    blank = replace(
        blank_report(mapping),
        files=tuple(reports),
        warnings=(*resolved.warnings, *warnings),
    )
    if not fresh and not _has_news(workspace, given.origin):
        return blank
    manifest = Manifest(
        {"name": mapping.name, "version": mapping.version, "content": mapping.content},
        tuple(enumerate(fresh)),
        lookups,
        datetime.now(ZoneInfo(workspace.settings.time_zone)).date(),
        given.origin,
        answer=given.answers.on_overlaps,
        rules=rules_in_force(workspace),
    )
    with scratch(workspace) as out:
        typed = type_all(workspace, manifest, mapping, out, given.progress)
        report = judged(blank, typed, manifest, given.shares.rejects)
        feed = given.origin.feed
        report = controlled(workspace, report, typed, given.shares, given.answers, feed=feed)
        if report.status == "loaded":
            verdict = judge(
                look(workspace.engine, batch_of(mapping, manifest, typed.staged)),
                typed.staged,
                given.answers,
            )
            report = replace(report, warnings=(*report.warnings, *verdict.remarks))
            if verdict.questions:
                return replace(
                    report,
                    status="held",
                    message=held(verdict.questions),
                    problems=tuple(question.words for question in verdict.questions[:SHOWN]),
                    questions=verdict.questions,
                )
            manifest = replace(manifest, replaced=verdict.replaced)
            batch = batch_of(mapping, manifest, typed.staged)
            if place == workspace.received:
                report = commit(workspace, batch, manifest, report, given.progress)
                if batch.tables.get("currency_rate") and report.status == "loaded":
                    report = _convert_again(workspace, report, given)
            else:
                report = _rehearse(workspace, batch, report, given.progress)
    return report


# --- keeping ---------------------------------------------------------------------------------


@contextmanager
def _place_to_keep(workspace: Workspace, *, trial: bool) -> Iterator[Path]:
    """Where the bytes go: ``received/``, or a folder that goes with the trial."""
    if not trial:
        yield workspace.received
        return
    with scratch(workspace) as folder:
        yield folder


def _keep_all(place: Path, files: Sequence[Path], progress: Progress | None) -> list[Kept]:
    kept = []
    for done, path in enumerate(files):
        if progress is not None:
            progress(KEEPING, done, len(files))
        kept.append(received.keep(place, path))
    return kept


def _new_files(
    workspace: Workspace, kept: list[Kept], mapping: Mapping
) -> tuple[list[Kept], list[FileReport], list[Text]]:
    """Tell the files to load from those loaded before and from copies within this load."""
    known = loads.known_files(workspace.engine, [file.sha256 for file in kept])
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


def _has_news(workspace: Workspace, origin: Origin) -> bool:
    """Tell whether a feed has read further without finding new bytes: its cursor must commit."""
    if not origin.feed or origin.cursor is None:
        return False
    return origin.cursor != loads.last_cursor(workspace.engine, origin.feed)


def _convert_again(workspace: Workspace, report: LoadReport, given: _Given) -> LoadReport:
    """Convert again what is decided to be, now that the restated rate is in; and say so."""
    actor = given.origin.actor
    try:
        # Without progress: the load is committed, and a run that is cancelled now would not say so.
        loads = carry_out(workspace, actor=actor)
    except StockTurnError as refusal:
        # The rates stand, and what could not be converted is listed and can be decided again.
        return replace(report, warnings=(*report.warnings, _not_converted(refusal.message)))
    done = [one for one in loads if one.status == "loaded"]
    words = [_not_converted(one.message) for one in loads if one.status != "loaded"]
    if done:
        numbers = ", ".join(str(one.load_no) for one in done)
        rows = sum(one.rows_loaded for one in done)
        words.insert(0, CONVERTED.fill(rows=rows, loads=numbers))
    return replace(report, warnings=(*report.warnings, *words))


def _not_converted(why: Text) -> Text:
    return Text(NOT_CONVERTED.zh.format(why=why.zh), NOT_CONVERTED.en.format(why=why.en))


# --- posting ---------------------------------------------------------------------------------


def _rehearse(
    workspace: Workspace, batch: Batch, report: LoadReport, progress: Progress | None
) -> LoadReport:
    """Post and take everything back, for what the ledger itself would say."""
    try:
        warnings = posting.rehearse(workspace.engine, batch, progress=progress)
    except RateRestated as refusal:
        return asking_of_rates(report, refusal)
    words = WOULD_LOAD.fill(
        loaded=report.rows_loaded, rejected=report.rows_rejected, ignored=report.rows_ignored
    )
    return replace(report, message=words, warnings=(*report.warnings, *warnings))


def _settle_pending(workspace: Workspace, pending: Path) -> None:
    manifest = received.read_manifest(pending)
    committed = loads.committed(workspace.engine, manifest.load_id)
    if committed is None:
        pending.unlink()
    else:
        received.finish(pending, manifest, *committed)
