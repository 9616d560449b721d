"""Decisions about the ledger: kept as small documents, posted as loads of their own.

A period close, a merge of two items: whatever a named person decides and the ledger follows is
kept in ``received/`` like any file and replayed in its place by a rebuild.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from stockturn.engines import DuckDBEngine
from stockturn.intake import received
from stockturn.intake.origin import Origin
from stockturn.intake.received import DECISION, Kept, Manifest
from stockturn.language import StockTurnError
from stockturn.ledger import posting
from stockturn.ledger.batch import Batch, BatchFile
from stockturn.ledger.decision import Decision
from stockturn.workspace import Workspace


def decide(
    workspace: Workspace, kind: str, content: dict[str, Any], *, actor: str, reason: str
) -> posting.PostedLoad:
    """Keep a decision and post it.

    Args:
        workspace: opened by its owner.
        kind: a key of :data:`stockturn.ledger.decisions.EFFECTS`.
        content: what the decision says, as JSON knows it.
        actor: the person who decides.
        reason: why.

    Raises:
        StockTurnError: what the decision's effect refuses; nothing was posted.
    """
    decision = Decision(kind, content, actor.strip(), reason.strip(), datetime.now(UTC))
    kept = _keep(workspace, decision)
    manifest = Manifest(
        dict(DECISION),
        ((0, kept),),
        {},
        datetime.now(ZoneInfo(workspace.settings.time_zone)).date(),
        Origin(actor=decision.actor),
    )
    pending = received.write_pending(workspace.received, manifest)
    try:
        posted = posting.post(workspace.engine, _batch(manifest, kept, decision))
    except StockTurnError:
        pending.unlink()
        raise
    received.finish(pending, manifest, posted.load_no, posted.committed_at)
    return posted


def decide_again(manifest: Manifest, engine: DuckDBEngine) -> posting.PostedLoad:
    """Post a kept decision again, under its own number and time."""
    ((_, kept),) = manifest.files
    return posting.post(
        engine,
        _batch(manifest, kept, read_decision(kept.path)),
        load_no=manifest.load_no,
        committed_at=manifest.committed_at,
    )


def read_decision(path: Path) -> Decision:
    """Return a decision as kept."""
    tree = json.loads(path.read_text(encoding="utf-8"))
    return Decision(
        kind=tree["decision"],
        content=tree["content"],
        actor=tree["actor"],
        reason=tree["reason"],
        decided_at=datetime.fromisoformat(tree["decided_at"]),
    )


def _keep(workspace: Workspace, decision: Decision) -> Kept:
    tree = {
        "decision": decision.kind,
        "content": decision.content,
        "actor": decision.actor,
        "reason": decision.reason,
        "decided_at": decision.decided_at.isoformat(),
    }
    with tempfile.TemporaryDirectory(dir=workspace.staging) as folder:
        path = Path(folder) / "decision.json"
        path.write_text(json.dumps(tree, ensure_ascii=False, indent=1), encoding="utf-8")
        kept = received.keep(workspace.received, path)
    return replace(kept, name=f"{decision.kind}.json")


def _batch(manifest: Manifest, kept: Kept, decision: Decision) -> Batch:
    file = BatchFile(
        file_no=0,
        name=kept.name,
        sha256=kept.sha256,
        bytes=kept.bytes,
        rows_in=1,
        rows_loaded=1,
        rows_rejected=0,
        rows_ignored=0,
    )
    return Batch(
        mapping=manifest.mapping["name"],
        mapping_version=manifest.mapping["version"],
        costing="stated",
        files=(file,),
        ignored_by_reason={},
        tables={},
        load_id=manifest.load_id,
        actor=decision.actor,
        decision=decision,
    )
