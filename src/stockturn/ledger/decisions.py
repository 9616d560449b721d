"""What decisions do to the ledger.

A decision comes as a small kept document and is posted as a load of its own, so that a rebuild
replays it in its place among the loads. Its effect runs inside the posting transaction, with
``load_no`` bound. To add a kind, add its effect to :data:`EFFECTS`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final

import pyarrow as pa

from stockturn.engines import Transaction
from stockturn.language import Text, UsageError
from stockturn.ledger import identity, kept_rates, periods, quarantine
from stockturn.ledger.decision import Decision
from stockturn.ledger.schema import RECORDS

Effect = Callable[[Transaction, Decision], None]

EFFECTS: Final[dict[str, Effect]] = {
    "close_period": periods.close,
    "reopen_period": periods.reopen,
    "discard_rejects": quarantine.discard,
    "merge_items": identity.merge,
    "undo_merge_items": identity.undo,
    "keep_rates": kept_rates.keep,
    "undo_keep_rates": kept_rates.undo,
    "convert_again": kept_rates.convert_again,
}
"""Kind of decision -> what it does. Effects check the decision and raise before they write."""


class UnknownDecision(UsageError):
    """A decision of a kind that this version does not know."""

    code = "unknown_decision"


class Unsigned(UsageError):
    """A decision without a name or a reason."""

    code = "unsigned_decision"


def post_decision(transaction: Transaction, decision: Decision) -> None:
    """Write a decision down and let it take effect.

    Raises:
        UnknownDecision: no effect has this name.
        Unsigned: it names no person or gives no reason.
        StockTurnError: what the effect refuses.
    """
    if decision.kind not in EFFECTS:
        known = ", ".join(EFFECTS)
        raise UnknownDecision(
            Text(
                f"没有“{decision.kind}”这种决定，可用：{known}。",
                f"There is no decision “{decision.kind}”; there are: {known}.",
            )
        )
    if not decision.actor.strip() or not decision.reason.strip():
        raise Unsigned(
            Text(
                "决定需要具名的人和理由。请补上姓名和理由后重试。",
                "A decision needs a named person and a reason. Give both and try again.",
            )
        )
    EFFECTS[decision.kind](transaction, decision)
    row = {
        "load_no": transaction.values["load_no"],
        "kind": decision.kind,
        "content": json.dumps(decision.content, ensure_ascii=False, sort_keys=True),
        "actor": decision.actor,
        "reason": decision.reason,
        "decided_at": decision.decided_at.replace(tzinfo=None),
    }
    transaction.insert(
        "decision", pa.Table.from_pylist([row], schema=RECORDS["decision"].to_pyarrow())
    )
