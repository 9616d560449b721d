"""A decision as a value: what a named person decided about the ledger, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Decision:
    """One decision, posted as a load of its own.

    Attributes:
        kind: what is decided, a key of :data:`stockturn.ledger.decisions.EFFECTS`.
        content: what it says, as JSON knows it.
        actor: who decided.
        reason: why, in the person's own words.
        decided_at: when, UTC.
    """

    kind: str
    content: dict[str, Any]
    actor: str
    reason: str
    decided_at: datetime
