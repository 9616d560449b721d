"""``stockturn rebuild``: the warehouse made again from what was received, compared by hash."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stockturn.cli.options import in_workspace
from stockturn.cli.shell import Shell
from stockturn.cli.words import command
from stockturn.language import Progress, Text

if TYPE_CHECKING:
    from stockturn.workspace import Workspace

Fingerprint = Mapping[str, str]

_EQUAL = Text(
    "重建完成：{loads} 次导入，与原仓库逐表一致。",
    "Rebuilt from {loads} loads; every table equals the warehouse of before.",
)
_FIRST = Text(
    "重建完成：{loads} 次导入；原仓库不可读，无从比较。",
    "Rebuilt from {loads} loads; the warehouse of before could not be read and compared.",
)
_DIFFERS = Text(
    "重建完成：{loads} 次导入，但这些表与原仓库不同：{tables}。原仓库保留为 {kept}。",
    "Rebuilt from {loads} loads, but these tables differ from before: {tables}. The warehouse of "
    "before is kept as {kept}.",
)


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild made. ``differing`` is None where there was nothing to compare with."""

    loads: int
    differing: tuple[str, ...] | None
    fingerprint: Fingerprint
    kept: Path | None = None


@command(
    Text(
        "由 received/ 中的原始文件重建仓库，逐表比较哈希后替换。一致时退出码为 0，不同时为 1。",
        "Make the warehouse again from received/, compare it table by table and put it in place. "
        "Exit code 0 when equal, 1 when tables differ.",
    )
)
@in_workspace
@click.pass_obj
def rebuild(shell: Shell) -> int:
    """Rebuild and report; 1 when tables differ."""
    from stockturn.cli.progress import shown_progress
    from stockturn.workspace import Workspace, clear_disk_errors

    with (
        Workspace.open(shell.workspace, flags=shell.flags, environ=shell.environ) as workspace,
        shown_progress(shell) as progress,
        clear_disk_errors(workspace.root),
    ):
        result = rebuild_warehouse(workspace, progress)
    if result.differing is None:
        shell.say(_FIRST, loads=result.loads)
    elif not result.differing:
        shell.say(_EQUAL, loads=result.loads)
    else:
        tables = ", ".join(result.differing)
        shell.say(_DIFFERS, loads=result.loads, tables=tables, kept=result.kept)
    return 1 if result.differing else 0


def rebuild_warehouse(workspace: Workspace, progress: Progress) -> Rebuilt:
    """Make a workspace's warehouse again and put it in place; the owner calls this.

    The old file stays in place until the new one is complete; where they differ it is kept aside.

    Raises:
        KeptMissing: bytes of a load are gone; nothing was changed.
    """
    from stockturn.intake.publishing.shelf import Shelf
    from stockturn.intake.replay import replay
    from stockturn.ledger.fingerprint import fingerprint
    from stockturn.ledger.tables import ensure

    before = _fingerprint_before(workspace)
    fresh = workspace.root / "warehouse.duckdb.new"
    _remove(fresh)
    planned = replay(workspace.received)
    engine = workspace.open_engine(fresh)
    try:
        ensure(engine)
        for load in planned:
            load.run(workspace, engine, progress=progress)
        after = fingerprint(engine)
        engine.checkpoint()
    except BaseException:
        engine.close()
        _remove(fresh)
        raise
    engine.close()
    differing = None if before is None else differing_tables(before, after)
    kept = _swap(workspace, fresh, keep=bool(differing))
    # What was published before may have been made by other rules than the new warehouse.
    Shelf(workspace.published).forget()
    return Rebuilt(len(planned), differing, after, kept)


def differing_tables(before: Fingerprint, after: Fingerprint) -> tuple[str, ...]:
    """Return the tables whose rows differ, sorted."""
    return tuple(sorted(t for t in before.keys() | after.keys() if before.get(t) != after.get(t)))


def _fingerprint_before(workspace: Workspace) -> Fingerprint | None:
    """Settle what killed loads left and take the hashes of now; None without a readable file."""
    from stockturn.engines import EngineDamaged
    from stockturn.intake.load import clean
    from stockturn.ledger.fingerprint import fingerprint
    from stockturn.ledger.tables import ensure

    if not workspace.warehouse.exists():
        return None
    try:
        ensure(workspace.engine)
    except EngineDamaged:
        return None
    clean(workspace)
    return fingerprint(workspace.engine)


def _swap(workspace: Workspace, fresh: Path, *, keep: bool) -> Path | None:
    """Put the new file in the old one's place. A log of the old file must not meet the new one."""
    workspace.close_engine()
    old = workspace.warehouse
    aside = old.with_name("warehouse.duckdb.before")
    if keep:
        _remove(aside)
        aside.hardlink_to(old)
    with suppress(FileNotFoundError):
        _log_of(old).replace(_log_of(aside))
    fresh.replace(old)
    if not keep:
        _remove(aside)
    return aside if keep else None


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    _log_of(path).unlink(missing_ok=True)


def _log_of(path: Path) -> Path:
    return path.with_name(path.name + ".wal")
