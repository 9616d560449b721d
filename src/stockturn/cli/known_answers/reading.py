"""Reading a case's inputs strictly: a key nobody read makes the case unsupported."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from stockturn.cli.known_answers.case import UnsupportedCase, unsupported

DESCRIPTIVE = frozenset(
    {"company", "currency", "description", "item", "location", "name", "note", "sku", "title"}
)
"""Inputs that name things and change no figure."""

_NUMBER = re.compile(r"[-+]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?([eE][-+]?\d{1,3})?")
"""A quoted number, and 1e-9, which YAML 1.1 takes for a text: people mean the number."""


class Inputs:
    """A case's inputs with a record of which keys were read.

    Args:
        inputs: The case's ``inputs`` block.
        descriptive: Keys that change no figure and need not be read.
    """

    def __init__(self, inputs: Any, descriptive: frozenset[str] = DESCRIPTIVE) -> None:
        if not isinstance(inputs, Mapping):
            raise unsupported("inputs 不是键值结构", "inputs are not a mapping")
        self._inputs: dict[str, Any] = {str(key): value for key, value in inputs.items()}
        self._descriptive = descriptive
        self._read: set[str] = set()

    def has(self, *names: str) -> bool:
        """Whether one of the names is there, even with a null."""
        return any(name in self._inputs for name in names)

    def raw(self, *names: str) -> Any:
        """The value under the one name that is there, or None; two synonyms are refused."""
        present = [name for name in names if name in self._inputs]
        if len(present) > 1:
            raise unsupported(
                "输入 {names} 说的是同一件事",
                "inputs {names} name the same thing twice",
                names=", ".join(present),
            )
        if not present:
            return None
        self._read.add(present[0])
        return self._inputs[present[0]]

    def number(self, *names: str) -> Decimal | None:
        """The exact number under one of the names; None when absent or null."""
        value = self.raw(*names)
        return None if value is None else number(value, names[0])

    def numbers(self, *names: str) -> list[Decimal | None] | None:
        """The list of numbers (nulls allowed) under one of the names."""
        value = self.raw(*names)
        if value is None:
            return None
        if not isinstance(value, list):
            raise unsupported("输入 {name} 不是列表", "input {name} is not a list", name=names[0])
        return [None if entry is None else number(entry, names[0]) for entry in value]

    def numbers_by_name(self, *names: str) -> list[Decimal | None] | None:
        """Like ``numbers``, also from a mapping such as {A: 80, B: 15, C: 5}, in its order."""
        name = next((one for one in names if isinstance(self._inputs.get(one), Mapping)), None)
        if name is None:
            return self.numbers(*names)
        return [number(entry, name) for entry in self.raw(name).values()]

    def need(self, *names: str) -> Decimal:
        """Like ``number``, but its absence makes the case unsupported."""
        value = self.number(*names)
        if value is None:
            raise unsupported("缺少输入 {name}", "input {name} is missing", name=names[0])
        return value

    def word(self, *names: str) -> str | None:
        """The text under one of the names, lower case, with underscores for blanks and hyphens."""
        value = self.raw(*names)
        if value is None:
            return None
        if not isinstance(value, str):
            raise unsupported("输入 {name} 不是词语", "input {name} is not a word", name=names[0])
        return value.strip().lower().replace("-", "_").replace(" ", "_")

    def flag(self, *names: str) -> bool:
        """The true or false under one of the names; absent is false."""
        value = self.raw(*names)
        if value is not None and not isinstance(value, bool):
            raise unsupported(
                "输入 {name} 不是真假值", "input {name} is not true or false", name=names[0]
            )
        return bool(value)

    def finish(self) -> None:
        """Refuse inputs that were not understood: they might change the answer."""
        unread = sorted(set(self._inputs) - self._read - self._descriptive)
        if unread:
            raise unsupported(
                "看不懂的输入：{names}", "inputs not understood: {names}", names=", ".join(unread)
            )

    def take(self, name: str) -> Any:
        """The value under a name, which is then gone: its meaning is used up."""
        return self._inputs.pop(name)

    def peek(self) -> dict[str, Any]:
        """All inputs that are not descriptive, to tell shapes apart; nothing counts as read."""
        return {k: v for k, v in self._inputs.items() if k not in self._descriptive}


def written_number(text: str) -> Decimal | None:
    """The number that a text is, None where it is none."""
    plain = text.strip()
    return Decimal(plain.replace(",", "")) if _NUMBER.fullmatch(plain) else None


def number(value: Any, name: str) -> Decimal:
    """A YAML number as the decimal that was written, quoted or not; a bool or a word is refused."""
    if isinstance(value, str) and (quoted := written_number(value)) is not None:
        return quoted
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise unsupported(
            "输入 {name} 不是数：{value}",
            "input {name} is not a number: {value}",
            name=name,
            value=value,
        )
    exact = Decimal(str(value))
    if not exact.is_finite():
        raise unsupported("输入 {name} 不是有限数", "input {name} is not finite", name=name)
    return exact


def whole(value: Any, name: str) -> int:
    """A YAML number without a fraction."""
    exact = number(value, name)
    if exact != exact.to_integral_value():
        raise unsupported(
            "输入 {name} 不是整数：{value}",
            "input {name} is not a whole number: {value}",
            name=name,
            value=value,
        )
    return int(exact)


def day(value: Any, name: str) -> date:
    """A date written as YYYY-MM-DD, quoted or not."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        try:
            return date.fromisoformat(value.strip())
        except ValueError as error:
            raise _no_date(value, name) from error
    raise _no_date(value, name)


def _no_date(value: Any, name: str) -> UnsupportedCase:
    return unsupported(
        "输入 {name} 不是日期：{value}",
        "input {name} is not a date: {value}",
        name=name,
        value=value,
    )
