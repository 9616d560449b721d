"""Where a command's questions go: into the warehouse it owns, or to the server that owns it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Protocol

import structlog

from stockturn.cli.paths import files_below
from stockturn.cli.remote import RemoteHouse
from stockturn.cli.shell import Shell
from stockturn.intake.questions import OverlapAnswer
from stockturn.intake.report import LoadReport
from stockturn.language import Language, Progress
from stockturn.ledger.identities import IdentityResult
from stockturn.metrics.query import Answer, MetricQuery
from stockturn.settings import Settings, resolve
from stockturn.workspace import OwnerKind, Workspace, WorkspaceBusy, clear_disk_errors

log = structlog.get_logger("stockturn.cli")

SPACE_FACTOR = 4
"""A load needs room for the kept bytes, typed entries, and the warehouse's own growth."""


class Quarantine(Protocol):
    """Rejected rows, wherever the warehouse is open; answers in the API's shapes."""

    def groups(self, *, everything: bool) -> dict[str, Any]:
        """Return the rows by load, file and reason."""

    def download(self, load_no: int | None, code: str | None) -> bytes:
        """Return a workbook of the rows that wait."""

    def correct(self, path: Path) -> dict[str, Any]:
        """Send a corrected workbook back."""

    def replay(self, load_no: int, mapping: str) -> dict[str, Any]:
        """Read a load's waiting rows again with another mapping."""

    def discard(self, load_no: int, code: str | None, actor: str, reason: str) -> int:
        """Take the waiting rows of a load out for good; return how many."""


class Quality(Protocol):
    """Quality rules and results, wherever the workspace is open; answers in the API's shapes."""

    def results(self) -> dict[str, Any]:
        """Return the score and each rule's newest result."""

    def rules(self) -> list[dict[str, Any]]:
        """Return the rules in force."""

    def save(self, tree: dict[str, Any]) -> dict[str, Any]:
        """Save a rule; return it with its version."""

    def switch_off(self, key: str) -> None:
        """Take a rule out of force."""


class House(Protocol):
    """A workspace that can be asked and fed, wherever its warehouse is open."""

    settings: Settings

    def ask(self, query: MetricQuery) -> Answer:
        """Answer a question."""

    def data_as_of(self) -> date:
        """Return the last day with data."""

    def load(
        self,
        paths: Sequence[Path],
        mapping: str,
        progress: Progress,
        *,
        trial: bool = False,
        accept_drop: bool = False,
        answer: OverlapAnswer | None = None,
    ) -> dict[str, Any]:
        """Load files, or try to; return the report in the shape ``LoadReport``."""

    def publish(self, progress: Progress) -> None:
        """Publish the clean tables where the settings say so."""

    def identities(self) -> list[IdentityResult]:
        """Run the ledger's identities."""

    def content_hash(self) -> str:
        """Return one hash over what the ledger says."""

    def periods(self) -> dict[str, Any]:
        """Return every close and reopening of a month."""

    def decide_period(self, verb: str, month: str, actor: str, reason: str) -> dict[str, Any]:
        """Close or reopen a month (``close`` or ``reopen``)."""

    def merges(self) -> dict[str, Any]:
        """Return every merge of items and its undoing."""

    def decide_merge(self, verb: str, wanted: dict[str, Any]) -> dict[str, Any]:
        """Merge an item into another or split it off again (``merge`` or ``split``)."""

    def kept_rates(self) -> dict[str, Any]:
        """Return every decision that converted amounts keep their rate and its undoing."""

    def keep_rates(self, actor: str, reason: str) -> dict[str, Any]:
        """Let all that is converted so far keep its rate."""

    def stale_rates(self) -> dict[str, Any]:
        """Return the amounts that stand at another rate than is stated now."""

    def convert_again(self, actor: str, reason: str) -> dict[str, Any]:
        """Let them be converted again, or else what a restated rate would have moved."""

    def undo_kept_rates(self, of_load: int, actor: str, reason: str) -> dict[str, Any]:
        """Withdraw the decision of a load that amounts keep their rate."""

    def quarantine(self) -> Quarantine:
        """Return the rejected rows and what can be done with them."""

    def quality(self) -> Quality:
        """Return the quality rules and what they found."""


@dataclass
class OwnHouse:
    """A workspace that this command owns."""

    workspace: Workspace
    language: Language

    def __post_init__(self) -> None:
        self.settings = self.workspace.settings

    def ask(self, query: MetricQuery) -> Answer:
        """Answer a question from the warehouse file."""
        from stockturn.metrics.answer import ask
        from stockturn.metrics.trust import trust

        engine, bar = self.workspace.engine, self.workspace.settings.cost_coverage_bar
        answer = ask(engine, query, cost_bar=bar)
        return replace(answer, coverage=replace(answer.coverage, trust=trust(engine)))

    def data_as_of(self) -> date:
        """Return the last day with data."""
        from stockturn.metrics.answer import data_bounds

        return data_bounds(self.workspace.engine)[1] - timedelta(days=1)

    def load(
        self,
        paths: Sequence[Path],
        mapping: str,
        progress: Progress,
        *,
        trial: bool = False,
        accept_drop: bool = False,
        answer: OverlapAnswer | None = None,
    ) -> dict[str, Any]:
        """Load files into the warehouse file, or try to."""
        from stockturn.cli.report import moved_tree
        from stockturn.intake.report_tree import told_report
        from stockturn.metrics.moved import moved_figures

        report = load_here(
            self.workspace,
            paths,
            mapping,
            progress,
            trial=trial,
            accept_drop=accept_drop,
            answer=answer,
        )
        payload = told_report(report, self.language)
        if report.load_no is not None:
            moved = moved_figures(self.workspace.engine, report.load_no)
            payload["moved"] = [moved_tree(each) for each in moved]
        return payload

    def publish(self, progress: Progress) -> None:
        """Publish the clean tables where the settings say so."""
        from stockturn.intake.publishing.publish import publish

        if self.settings.publish:
            publish(self.workspace, progress=progress)

    def identities(self) -> list[IdentityResult]:
        """Run the ledger's identities on the warehouse file."""
        from stockturn.ledger.identities import check

        return check(self.workspace.engine)

    def content_hash(self) -> str:
        """Hash what the ledger in the warehouse file says."""
        from stockturn.ledger.fingerprint import content_hash

        return content_hash(self.workspace.engine)

    def periods(self) -> dict[str, Any]:
        """Return every close and reopening of the warehouse file."""
        from stockturn.server.periods import period_list

        return period_list(self.workspace.engine).model_dump(mode="json")

    def decide_period(self, verb: str, month: str, actor: str, reason: str) -> dict[str, Any]:
        """Close or reopen a month of the warehouse file."""
        from stockturn.intake.decisions import decide

        kind = f"{verb}_period"
        posted = decide(self.workspace, kind, {"month": month}, actor=actor, reason=reason)
        return {"load_no": posted.load_no}

    def merges(self) -> dict[str, Any]:
        """Return every merge of items in the warehouse file."""
        from stockturn.server.items import merge_list

        return merge_list(self.workspace.engine).model_dump(mode="json")

    def decide_merge(self, verb: str, wanted: dict[str, Any]) -> dict[str, Any]:
        """Merge or split an item of the warehouse file."""
        from stockturn.server.items import NamedMerge, decided

        named = NamedMerge.model_validate(wanted)
        return decided(self.workspace, verb, named, named.actor).model_dump(mode="json")

    def kept_rates(self) -> dict[str, Any]:
        """Return every decision in the warehouse file that amounts keep their rate."""
        from stockturn.server.rates import kept_list

        return kept_list(self.workspace.engine).model_dump(mode="json")

    def stale_rates(self) -> dict[str, Any]:
        """Return the amounts in the warehouse file at another rate than is stated now."""
        from stockturn.server.rates import stale_list

        return stale_list(self.workspace).model_dump(mode="json")

    def convert_again(self, actor: str, reason: str) -> dict[str, Any]:
        """Convert amounts of the warehouse file again."""
        from stockturn.server.rates import converted

        return converted(self.workspace, actor, reason, self.language).model_dump(mode="json")

    def undo_kept_rates(self, of_load: int, actor: str, reason: str) -> dict[str, Any]:
        """Withdraw a decision in the warehouse file."""
        from stockturn.server.rates import undone

        return undone(self.workspace, of_load, actor, reason).model_dump(mode="json")

    def keep_rates(self, actor: str, reason: str) -> dict[str, Any]:
        """Let all that the warehouse file has converted so far keep its rate."""
        from stockturn.server.rates import kept

        return kept(self.workspace, actor, reason).model_dump(mode="json")

    def quarantine(self) -> Quarantine:
        """Return the rejected rows of the warehouse file."""
        from stockturn.cli.quarantine_here import OwnQuarantine

        return OwnQuarantine(self.workspace, self.language)

    def quality(self) -> Quality:
        """Return the quality rules of the workspace."""
        from stockturn.cli.quality_here import OwnQuality

        return OwnQuality(self.workspace, self.language)


def load_here(
    workspace: Workspace,
    paths: Sequence[Path],
    mapping: str,
    progress: Progress,
    *,
    trial: bool = False,
    accept_drop: bool = False,
    answer: OverlapAnswer | None = None,
) -> LoadReport:
    """Load files into a workspace that this process owns, with room on disk made sure of.

    Raises:
        DiskFull: there is not enough room; nothing was loaded.
    """
    from stockturn.intake.load import load_files

    load_id = uuid.uuid4().hex[:12]
    with (
        structlog.contextvars.bound_contextvars(load_id=load_id),
        clear_disk_errors(workspace.root),
    ):
        workspace.require_space(SPACE_FACTOR * sum(map(_size, files_below(paths))))
        log.info("load begins", mapping=mapping, paths=[str(path) for path in paths])
        report = load_files(
            workspace,
            paths,
            mapping,
            progress=progress,
            trial=trial,
            accept_drop=accept_drop,
            answer=answer,
        )
        counts = {
            name: getattr(report, name)
            for name in ("load_no", "rows_in", "rows_loaded", "rows_rejected", "rows_ignored")
        }
        log.info("load ends", status=report.status, seconds=round(report.seconds, 3), **counts)
    return report


def _size(path: Path) -> int:
    return path.stat().st_size


@contextmanager
def own_workspace(
    shell: Shell, *, kind: OwnerKind = "cli", settings: Mapping[str, object] | None = None
) -> Iterator[Workspace]:
    """Open the workspace as its owner, with its tables made and a killed load's remains removed.

    Args:
        shell: Names the workspace.
        kind: What owns it from now on.
        settings: Settings given by flags of the command.

    Raises:
        WorkspaceBusy: another process owns it.
    """
    from stockturn.intake.load import clean
    from stockturn.ledger.tables import ensure

    flags = {**shell.flags, **(settings or {})}
    with Workspace.open(
        shell.workspace, kind=kind, flags=flags, environ=shell.environ
    ) as workspace:
        with clear_disk_errors(workspace.root):
            ensure(workspace.engine)
            clean(workspace)
        yield workspace


@contextmanager
def open_house(shell: Shell) -> Iterator[House]:
    """Open the workspace, or the server that owns it.

    Raises:
        WorkspaceBusy: another command owns it, or a server that does not answer yet.
    """
    try:
        with own_workspace(shell) as workspace:
            yield OwnHouse(workspace, shell.language)
    except WorkspaceBusy as busy:
        owner = busy.owner
        if owner is None or owner.port is None or owner.token is None:
            raise
        root = Workspace.locate(shell.workspace)
        settings = resolve(root, shell.flags, shell.environ)
        yield RemoteHouse(owner.port, owner.token, settings, shell.language)
