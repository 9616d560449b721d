"""Amounts at a rate that was restated, converted again: their rows are read again as loads.

The rows come from the kept bytes of the loads that brought them, by the mapping of then, and take
the place of what stands: taken back and added in one load each, so that the old version stays
readable. Everything is settled as a load of today would: at the rates, tax and units of now.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Final

from stockturn.intake import received
from stockturn.intake.decisions import decide
from stockturn.intake.mapping_yaml import read_mapping
from stockturn.intake.report import LoadReport
from stockturn.intake.taken import again, load_taken
from stockturn.intake.taking import TakenRow, Taking
from stockturn.language import Progress
from stockturn.ledger import kept_rates, rates
from stockturn.ledger.loads import last_load
from stockturn.ledger.periods import refuse_closed_days
from stockturn.ledger.rate_changes import RateChange, change_tree
from stockturn.ledger.settled import Place
from stockturn.workspace import Workspace

NONE: Final = Decimal(0)
"""The bar above which any rejected row is: what was booked must not be lost."""


@dataclass(frozen=True)
class Converted:
    """What became of a decision that amounts are converted again.

    Attributes:
        load_no: the decision.
        loads: one report for each load of which rows were read again; none where nothing stands
            at another rate yet: the decision lets the restated rate in.
    """

    load_no: int
    loads: tuple[LoadReport, ...]


def stale(workspace: Workspace) -> list[RateChange]:
    """Return the amounts that stand at another rate than is stated now and are not kept so."""
    found = rates.stale(workspace.engine, workspace.settings.currency)
    return rates.together(found, last_load(workspace.engine))


def convert_again(
    workspace: Workspace,
    *,
    actor: str,
    reason: str,
    changes: Iterable[RateChange] = (),
    progress: Progress | None = None,
) -> Converted:
    """Decide that amounts are converted again, and do so with those whose rate is in.

    Args:
        workspace: opened by its owner.
        actor: who decides.
        reason: why.
        changes: what was shown; without any, what stands at another rate now, or, where nothing
            does, all that was converted so far.
        progress: as for :func:`stockturn.intake.load.load_files`.

    Raises:
        PeriodClosed: some of it lies in a closed month; nothing was decided.
        Unsigned: no name or no reason.
        StockTurnError: what posting refuses; loads before it stand, and the rest can be converted
            by deciding once more.
    """
    shown = tuple(change for change in changes if change.table == "currency_rate")
    rows = rates.stale_rows(workspace.engine, workspace.settings.currency)
    days = [*(day for _, day in rows), *(change.first for change in shown)]
    refuse_closed_days(workspace.engine, days)
    trees = [change_tree(change) for change in shown or stale(workspace)]
    content = {"rates": trees} if trees else {}
    posted = decide(workspace, kept_rates.CONVERT, content, actor=actor, reason=reason)
    return Converted(posted.load_no, carry_out(workspace, actor=actor, progress=progress))


def carry_out(
    workspace: Workspace, *, actor: str, progress: Progress | None = None
) -> tuple[LoadReport, ...]:
    """Convert again what is decided to be and stands at another rate: one load an earlier load."""
    base = workspace.settings.currency
    rows = rates.stale_rows(workspace.engine, base, decided=True)
    return tuple(
        _read_again(workspace, load_no, [place for place, _ in found], actor, progress)
        for load_no, found in groupby(rows, lambda one: one[0].load_no)
    )


def _read_again(
    workspace: Workspace, load_no: int, places: list[Place], actor: str, progress: Progress | None
) -> LoadReport:
    before = received.read_manifest(workspace.received / f"load-{load_no}.json")
    mapping = read_mapping(before.mapping["content"], before.mapping["name"])
    rows = tuple(TakenRow(one.file_no, one.sheet, one.row_no, one) for one in places)
    taking = Taking("converted", rows, before.taking.sheets if before.taking else ())
    files = {one.file_no for one in places}
    manifest = again(workspace, before, mapping, taking, actor, files=files)
    return load_taken(workspace, manifest, mapping, bar=NONE, progress=progress)
