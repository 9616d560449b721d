"""Rows that were read before, read again: a load of its own, of these rows and nothing else."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from stockturn.intake.batch import batch_of
from stockturn.intake.commit import blank_report, commit
from stockturn.intake.judge import judged
from stockturn.intake.mapping import Mapping
from stockturn.intake.origin import keyed
from stockturn.intake.quality import rules_in_force
from stockturn.intake.received import Manifest
from stockturn.intake.report import LoadReport
from stockturn.intake.staging import scratch, type_all
from stockturn.intake.taking import Taking
from stockturn.language import Progress
from stockturn.workspace import Workspace
from stockturn.workspace.space import clear_disk_errors

EVERY: Final = Decimal(1)
"""The bar that any share of rejected rows is below."""


def load_taken(
    workspace: Workspace,
    manifest: Manifest,
    mapping: Mapping,
    *,
    bar: Decimal = EVERY,
    progress: Progress | None = None,
) -> LoadReport:
    """Load rows of earlier loads again that a manifest takes up, as a load of its own.

    Args:
        workspace: opened by its owner.
        manifest: with ``taking``.
        mapping: by which the rows are read.
        bar: share of rejected rows above which nothing is posted; of rejected rows what is still
            wrong waits again, however much.
        progress: as for :func:`stockturn.intake.load.load_files`.

    Raises:
        StockTurnError: what posting refuses; nothing was posted.
    """
    started = time.monotonic()
    with clear_disk_errors(workspace.root), scratch(workspace) as out:
        mapping = keyed(mapping, manifest.origin)
        typed = type_all(workspace, manifest, mapping, out, progress)
        report = judged(blank_report(mapping), typed, manifest, bar)
        if report.status == "loaded":
            batch = batch_of(mapping, manifest, typed.staged)
            report = commit(workspace, batch, manifest, report, progress)
    return replace(report, seconds=time.monotonic() - started)


def again(
    workspace: Workspace,
    before: Manifest,
    mapping: Mapping,
    taking: Taking,
    actor: str,
    *,
    files: Collection[int],
) -> Manifest:
    """Return the manifest of a load that takes up rows of another, of these of its files.

    They belong to the feed that brought them, whose key names them, and move its cursor nowhere.
    """
    origin = replace(before.origin, actor=actor, cursor=None, totals=None)
    return Manifest(
        {"name": mapping.name, "version": mapping.version, "content": mapping.content},
        tuple((number, kept) for number, kept in before.files if number in files),
        before.lookups,
        datetime.now(ZoneInfo(workspace.settings.time_zone)).date(),
        origin,
        taking=taking,
        rules=rules_in_force(workspace),
    )
