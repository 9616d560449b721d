"""Out of the quarantine: rows sent back corrected, read again with a newer mapping, discarded.

Each way is a load of its own with a manifest, so that a rebuild repeats it. What is corrected is
read through the mapping that rejected it; what is still wrong waits again with its new reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from stockturn.intake import received
from stockturn.intake.decisions import decide
from stockturn.intake.load import settled_mapping
from stockturn.intake.mapping import Mapping
from stockturn.intake.mapping_yaml import find_mapping, read_mapping
from stockturn.intake.received import Kept, Manifest
from stockturn.intake.report import LoadReport
from stockturn.intake.sent_back import SentRow, differs, read_sent_back
from stockturn.intake.taken import again, load_taken
from stockturn.intake.taking import SentSheet, TakenRow, Taking, place_of
from stockturn.jobs.worker import run_limited
from stockturn.language import Progress, StockTurnError, Text
from stockturn.ledger import quarantine
from stockturn.ledger.posting import PostedLoad
from stockturn.ledger.settled import Place
from stockturn.workspace import Workspace

SENT: Final = Text(
    "送回 {rows} 行：改过并入账 {loaded} 行，仍不合格 {wrong} 行，没有改动 {same} 行，"
    "早已处理 {settled} 行。",
    "{rows} rows sent back: {loaded} corrected and booked, {wrong} still wrong, {same} not "
    "changed, {settled} settled before.",
)


class NothingWaits(StockTurnError):
    """A load has no row in the quarantine."""

    code = "nothing_waits"
    status = 409
    exit_code = 2

    def __init__(self, load_no: int) -> None:
        super().__init__(
            Text(
                f"第 {load_no} 次导入没有待处理的拒收行。请在隔离区列表中选择。",
                f"Load {load_no} has no rejected rows that wait. Choose one from the quarantine.",
            )
        )


@dataclass(frozen=True)
class SentReport:
    """What became of a corrected workbook.

    ``rows = loaded + still_wrong + unchanged + settled_before``.

    Attributes:
        loads: one report for each load whose rows it corrected; a held one took up nothing.
    """

    rows: int
    loaded: int
    still_wrong: int
    unchanged: int
    settled_before: int
    loads: tuple[LoadReport, ...]

    @property
    def message(self) -> Text:
        """The outcome in a sentence."""
        return SENT.fill(
            rows=self.rows,
            loaded=self.loaded,
            wrong=self.still_wrong,
            same=self.unchanged,
            settled=self.settled_before,
        )


def correct(
    workspace: Workspace, path: Path, *, actor: str = "", progress: Progress | None = None
) -> SentReport:
    """Take up the rows of a quarantine workbook that were corrected in it.

    The same workbook again finds its rows settled and changes nothing.

    Args:
        workspace: opened by its owner.
        path: the workbook.
        actor: who sends it.
        progress: as for :func:`stockturn.intake.load.load_files`.

    Raises:
        FileHeld: it is no workbook of the quarantine.
        StockTurnError: what posting refuses; loads before it stand.
    """
    kept = received.keep(workspace.received, path)
    sent = run_limited(
        read_sent_back,
        kept.path,
        kept.name,
        memory_mb=workspace.settings.worker_memory_mb,
        seconds=workspace.settings.worker_seconds,
        on_progress=progress,
    )
    by_load: dict[int, list[tuple[Place, SentRow]]] = {}
    for row in sent:
        place = place_of(row.key)
        if place is not None:
            by_load.setdefault(place.load_no, []).append((place, row))
    counts: Counter[str] = Counter(rows=len(sent))
    reports = []
    for load_no, rows in sorted(by_load.items()):
        report = _correct_load(workspace, kept, load_no, rows, counts, actor)
        if report is not None:
            reports.append(report)
    return SentReport(
        counts["rows"],
        sum(one.rows_in - one.rows_rejected for one in reports if one.load_no is not None),
        sum(one.rows_rejected for one in reports if one.load_no is not None),
        counts["unchanged"],
        counts["settled"],
        tuple(reports),
    )


def replay_with(
    workspace: Workspace,
    load_no: int,
    mapping: Mapping | str,
    *,
    actor: str = "",
    progress: Progress | None = None,
) -> LoadReport:
    """Read the waiting rows of a load again with another, or a newer, mapping.

    Raises:
        NothingWaits: no row of the load waits.
        UsageError: no such mapping.
        StockTurnError: what posting refuses; nothing was posted.
    """
    if isinstance(mapping, str):
        mapping = find_mapping(mapping, (workspace.packs,))
    mapping = settled_mapping(mapping, workspace)
    waiting = quarantine.waiting(workspace.engine, load_no=load_no)
    if not waiting:
        raise NothingWaits(load_no)
    before = _manifest(workspace, load_no)
    rows = tuple(
        TakenRow(row.place.file_no, row.place.sheet, row.place.row_no, row.place) for row in waiting
    )
    files = {row.file_no for row in rows}
    taking = Taking("replayed", rows, before.taking.sheets if before.taking else ())
    manifest = again(workspace, before, mapping, taking, actor, files=files)
    return load_taken(workspace, manifest, mapping, progress=progress)


def discard(
    workspace: Workspace, places: Iterable[Place], *, actor: str, reason: str
) -> PostedLoad:
    """Take rows out of the quarantine for good, by a named person with a reason.

    Raises:
        NotWaiting: one of them does not wait.
        Unsigned: no name or no reason.
    """
    rows = [[one.load_no, one.file_no, one.sheet, one.row_no] for one in places]
    return decide(workspace, "discard_rejects", {"rows": rows}, actor=actor, reason=reason)


def _correct_load(
    workspace: Workspace,
    workbook: Kept,
    load_no: int,
    sent: Sequence[tuple[Place, SentRow]],
    counts: Counter[str],
    actor: str,
) -> LoadReport | None:
    """Take up the corrected rows of one load; None where nothing was corrected."""
    waiting = {row.place: row for row in quarantine.waiting(workspace.engine, load_no=load_no)}
    chosen: dict[Place, SentRow] = {}
    for place, row in sent:
        if place not in waiting or place in chosen:
            counts["settled"] += 1
        elif differs(row, waiting[place].values):
            chosen[place] = row
        else:
            counts["unchanged"] += 1
    if not chosen:
        return None
    before = _manifest(workspace, load_no)
    sheets = _sheets(workspace, before, chosen)
    taken = [
        TakenRow(0, row.title, row.row_no, place)
        for place, row in chosen.items()
        if _stands_for(sheets[row.title], before, place)
    ]
    counts["settled"] += len(chosen) - len(taken)
    mapping = read_mapping(before.mapping["content"], before.mapping["name"])
    taking = Taking("corrected", tuple(taken), tuple(sheets.values()))
    manifest = again(workspace, before, mapping, taking, actor, files=())
    manifest = replace(manifest, files=((0, workbook),))
    return load_taken(workspace, manifest, mapping)


def _sheets(
    workspace: Workspace, before: Manifest, chosen: dict[Place, SentRow]
) -> dict[str, SentSheet]:
    """Return what each sheet of the workbook stands for, as the first of its rows says."""
    assert before.load_no is not None
    headers = quarantine.headers(workspace.engine, before.load_no)
    found: dict[str, SentSheet] = {}
    for place, row in chosen.items():
        if row.title not in found:
            names = tuple(headers[place.file_no, place.sheet])
            name, sheet, sha256 = _root(before, place)
            found[row.title] = SentSheet(0, row.title, name, sheet, sha256, names)
    return found


def _root(before: Manifest, place: Place) -> tuple[str, str | None, str]:
    """Return (name, sheet, hash) of the file that a rejected row first came in."""
    if before.taking is not None:
        for sheet in before.taking.sheets:
            if (sheet.file_no, sheet.title) == (place.file_no, place.sheet):
                return sheet.file, sheet.sheet, sheet.sha256
    kept = dict(before.files)[place.file_no]
    return kept.name, place.sheet, kept.sha256


def _stands_for(sheet: SentSheet, before: Manifest, place: Place) -> bool:
    return _root(before, place) == (sheet.file, sheet.sheet, sheet.sha256)


def _manifest(workspace: Workspace, load_no: int) -> Manifest:
    path = workspace.received / f"load-{load_no}.json"
    if not path.exists():
        raise NothingWaits(load_no)
    return received.read_manifest(path)
