"""Decisions on converted amounts whose rate is restated: they keep it, or are converted again.

That they keep it can be withdrawn. All three stay: a decision holds from its load to the one that
withdraws it. What was loaded meanwhile stands; amounts that it had settled are asked about again
when their rate is stated once more, and can be converted again.
"""

from __future__ import annotations

import json
from typing import Any, Final

import ibis.expr.types as ir

from stockturn.engines import DuckDBEngine, Transaction
from stockturn.language import Text, UsageError
from stockturn.ledger.decision import Decision
from stockturn.ledger.rate_changes import change_of
from stockturn.ledger.tables import table

Reader = DuckDBEngine | Transaction
KEEP: Final = "keep_rates"
"""The decision by which converted amounts keep their rate."""
CONVERT: Final = "convert_again"
"""The decision by which they are converted again, at the rate as restated."""
UNDO: Final = "undo_keep_rates"
"""The decision that withdraws it. Content: ``of_load``, the load of the one withdrawn."""


class NotKept(UsageError):
    """A decision that is to be withdrawn does not hold."""

    code = "rates_not_kept"
    status = 409

    def __init__(self, load_no: int) -> None:
        super().__init__(
            Text(
                f"第 {load_no} 次导入不是有效的“保持原汇率”决定，无法撤销。请在列表中选择。",
                f"Load {load_no} is no decision in force that amounts keep their rate. Choose one "
                "from the list.",
            )
        )


def keep(transaction: Transaction, decision: Decision) -> None:
    """Let what is converted keep its rate; effect of the decision ``keep_rates``.

    Its content names the changes that were shown (``rates``), or nothing: then all that is
    converted so far keeps its rate. The decision itself is what a later load of rates reads.
    """


def undo(transaction: Transaction, decision: Decision) -> None:
    """Withdraw a decision that amounts keep their rate; effect of ``undo_keep_rates``.

    Raises:
        NotKept: the load that it names is no such decision, or was withdrawn before.
    """
    of_load = int(decision.content["of_load"])
    if of_load not in {each["load_no"] for each in in_force(transaction)}:
        raise NotKept(of_load)


def convert_again(transaction: Transaction, decision: Decision) -> None:
    """Let converted amounts be converted again; effect of the decision ``convert_again``.

    Its content is that of :func:`keep`. The decision lets the restated rate in; the rows are then
    read again, as loads of their own.
    """


def to_convert(reader: Reader) -> list[dict[str, Any]]:
    """Return the decisions that converted amounts are converted again: load_no and changes."""
    return [
        {"load_no": row["load_no"], "changes": row["changes"]}
        for row in _decided(reader, (CONVERT,))
    ]


def in_force(reader: Reader) -> list[dict[str, Any]]:
    """Return the decisions of :func:`history` that hold now."""
    return [each for each in history(reader) if each["stands"]]


def history(reader: Reader) -> list[dict[str, Any]]:
    """Return every decision that converted amounts keep their rate, and its undoing, newest first.

    Returns:
        load_no, undone (it withdraws another), of_load (which one), stands, changes (which were
        shown; none where all that was converted keeps its rate), actor, reason, decided_at.
    """
    rows = _decided(reader, (KEEP, UNDO))
    for row in rows:
        row["undone"] = row.pop("kind") == UNDO
    withdrawn = {row["of_load"] for row in rows}
    for row in rows:
        row["stands"] = not row["undone"] and row["load_no"] not in withdrawn
    return rows


def _decided(reader: Reader, kinds: tuple[str, ...]) -> list[dict[str, Any]]:
    def build() -> ir.Table:
        rows = table("decision")
        rows = rows.filter(rows.kind.isin(kinds)).order_by(rows.load_no.desc())
        return rows.select("load_no", "kind", "content", "actor", "reason", "decided_at")

    rows: list[dict[str, Any]] = reader.query(build, shape=("rate_decisions", kinds)).to_pylist()
    for row in rows:
        tree = json.loads(row.pop("content"))
        row["of_load"] = int(tree["of_load"]) if "of_load" in tree else None
        row["changes"] = tuple(change_of(each) for each in tree.get("rates", ()))
    return rows
