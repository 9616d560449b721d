"""What a known-answer case is made of, and the one failure a topic may raise about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from stockturn.language import Language, StockTurnError, Text

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


def unsupported(zh: str, en: str, **values: Any) -> UnsupportedCase:
    """The failure worded in both languages, with its places filled."""
    return UnsupportedCase(Text(zh, en).fill(**values))


class Timeline(list[Any]):
    """A solver's list of points of time of which a case may ask for any, in order.

    An ordinary list must be matched whole; of a timeline the expected rows must appear one after
    the other, and may leave points out.
    """


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
        reason: Why the case is unsupported; None otherwise.
        checked_keys: How many expected keys were compared.
    """

    id: str
    topic: str
    outcome: Outcome
    wrong: tuple[Mismatch, ...] = ()
    reason: Text | None = None
    checked_keys: int = 0

    def detail(self, language: Language = "zh") -> str:
        """The wrong keys with what was expected and what came, or the reason, in one line."""
        if self.wrong:
            sentence = Text(
                "{key}：应为 {expected}，得 {got}", "{key}: expected {expected}, got {got}"
            )
            return "; ".join(
                sentence.read(language, key=w.key, expected=_plain(w.expected), got=_plain(w.got))
                for w in self.wrong
            )
        return self.reason.read(language) if self.reason else ""


def _plain(figure: Any) -> str:
    """A figure as a person would write it: no Decimal('...'), at most 15 decimals."""
    if isinstance(figure, dict):
        return "{" + ", ".join(f"{k}: {_plain(v)}" for k, v in figure.items()) + "}"
    if isinstance(figure, list | tuple):
        return "[" + ", ".join(_plain(v) for v in figure) + "]"
    text = str(figure)
    head, dot, tail = text.partition(".")
    return f"{head}{dot}{tail[:15]}" if tail[:15].isdigit() else text
