"""What a known-answer case is made of, and the one failure a topic may raise about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from stockturn.language import StockTurnError, Text

Outcome = Literal["pass", "fail", "unsupported"]


class UnsupportedCase(StockTurnError):
    """A topic does not know this shape of input, or cannot compute a wanted key.

    Args:
        reason: One plain sentence, or a Text where both languages matter.
    """

    code = "unsupported_case"
    status = 422
    exit_code = 1

    def __init__(self, reason: str | Text) -> None:
        super().__init__(reason if isinstance(reason, Text) else Text(reason, reason))


@dataclass(frozen=True)
class Mismatch:
    """One key whose figure is wrong.

    Attributes:
        key: The key in the case's expected block; nested keys are joined by dots.
        expected: What the case says.
        got: What the product computed.
    """

    key: str
    expected: Any
    got: Any


@dataclass(frozen=True)
class CaseResult:
    """How one case ended.

    Attributes:
        id: The case's id in its file.
        topic: The topic it belongs to.
        outcome: ``pass``, ``fail``, or ``unsupported``, which is never counted as a pass.
        wrong: The keys that differ; empty unless the outcome is ``fail``.
        reason: Why the case is unsupported; empty otherwise.
        checked_keys: How many expected keys were compared.
    """

    id: str
    topic: str
    outcome: Outcome
    wrong: tuple[Mismatch, ...] = ()
    reason: str = ""
    checked_keys: int = 0

    @property
    def detail(self) -> str:
        """The wrong keys with what was expected and what came, or the reason, in one line."""
        if self.wrong:
            return "; ".join(f"{w.key}: expected {w.expected!r}, got {w.got!r}" for w in self.wrong)
        return self.reason
