"""Words for people: every message exists in Chinese and in English.

A :class:`Text` is a value, not a lookup: code that raises or returns a message carries both
languages, and whoever shows it (CLI, page, mail) picks one with :meth:`Text.read`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple, TypeAlias

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")


class Text(NamedTuple):
    """One sentence in both languages, with ``{name}`` places to fill."""

    zh: str
    en: str

    def read(self, language: Language, **values: Any) -> str:
        """Return the sentence in ``language`` with its places filled."""
        sentence = self.zh if language == "zh" else self.en
        return sentence.format(**values) if values else sentence

    def fill(self, **values: Any) -> Text:
        """Return the same message with its places filled in both languages."""
        return Text(self.zh.format(**values), self.en.format(**values))


Progress: TypeAlias = Callable[[Text, int, int | None], None]
"""Told of a long step: what is being done, how much of it, of how much (None: not known yet)."""


class StockTurnError(Exception):
    """A failure with words for the user.

    Subclasses set ``code`` (stable, quoted to support), ``status`` (HTTP), ``exit_code`` (CLI:
    1 failure, 2 wrong use, 3 held) and ``can_pass`` (the same may succeed later without anybody
    doing anything, as after a lost connection: jobs try again).
    """

    code = "error"
    status = 500
    exit_code = 1
    can_pass = False

    def __init__(self, message: Text) -> None:
        super().__init__(message.en)
        self.message = message


class UsageError(StockTurnError):
    """The caller asked for something that does not exist or does not fit together."""

    code = "wrong_use"
    status = 422
    exit_code = 2
