"""The last step of every load: its manifest, posting, and what the report says of it.

A pending manifest is written before posting and gets its number after it: whatever a kill leaves
behind, the ledger says whether the load happened.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import structlog

from stockturn.intake import received
from stockturn.intake.judge import asking_of_rates, posted_report
from stockturn.intake.mapping import Mapping
from stockturn.intake.received import Manifest
from stockturn.intake.report import LoadReport
from stockturn.language import Progress, StockTurnError, Text
from stockturn.ledger import posting
from stockturn.ledger.batch import Batch
from stockturn.ledger.periods import PeriodClosed
from stockturn.ledger.rates import RateRestated
from stockturn.workspace import Workspace

log = structlog.get_logger("stockturn.intake")

NOTHING_NEW: Final = Text(
    "这些文件已用同一映射导入过，没有变化，未重复导入。",
    "These files were loaded before with the same mapping; nothing was new.",
)
DAY_RULE: Final = Text(
    "营业日按时区 {zone} 计，每天 {hour} 点开始。",
    "Business days are those of {zone} and begin at hour {hour}.",
)


def blank_report(mapping: Mapping) -> LoadReport:
    """Return the report of a load that has not been read yet."""
    day_rule = DAY_RULE.fill(zone=mapping.time_zone, hour=mapping.day_cutoff_hour)
    return LoadReport("nothing_new", NOTHING_NEW, mapping.name, day_rule=day_rule)


def commit(
    workspace: Workspace,
    batch: Batch,
    manifest: Manifest,
    report: LoadReport,
    progress: Progress | None,
) -> LoadReport:
    """Post a load and give its manifest the number; return what became of it.

    Raises:
        StockTurnError: what posting refuses otherwise than by holding; nothing was posted.
    """
    pending = received.write_pending(workspace.received, manifest)
    try:
        posted = posting.post(workspace.engine, batch, progress=progress)
    except PeriodClosed as refusal:
        pending.unlink()
        return replace(report, status="held", message=refusal.message, problems=(refusal.message,))
    except RateRestated as refusal:
        pending.unlink()
        return asking_of_rates(report, refusal)
    except StockTurnError:
        # Posting says that nothing was posted; any other end leaves the question to `clean`.
        pending.unlink()
        raise
    try:
        received.finish(pending, manifest, posted.load_no, posted.committed_at)
    except OSError as error:
        # The load is committed and told as such; `clean` gives the manifest its number.
        log.warning("a manifest stays pending", load_no=posted.load_no, error=str(error))
    return posted_report(report, posted)
