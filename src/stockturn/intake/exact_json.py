"""JSON whose numbers stay as they are written: read as text of their own kind, written back."""

from __future__ import annotations

import json
from typing import Any


class Number(str):
    """A number as its own digits, told from a text."""

    __slots__ = ()


class FieldTwice(ValueError):
    """A field stands twice in one object; its argument is the field's name."""


def read(text: str) -> Any:
    """Return what a JSON text holds.

    Raises:
        FieldTwice: a field stands twice in one object.
        ValueError: no JSON; ``json.JSONDecodeError`` where the place is known.
        RecursionError: it is nested too deeply.
    """
    return json.loads(
        text,
        parse_int=Number,
        parse_float=Number,
        parse_constant=_refuse_constant,
        object_pairs_hook=_once,
    )


def write(value: Any) -> str:
    """Return a value as JSON on one line, its numbers as they were written."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, list):
        return "[" + ", ".join(write(part) for part in value) + "]"
    if isinstance(value, dict):
        inner = (f"{json.dumps(k, ensure_ascii=False)}: {write(v)}" for k, v in value.items())
        return "{" + ", ".join(inner) + "}"
    return json.dumps(value, ensure_ascii=False)


def at(value: Any, path: str) -> Any:
    """Return what stands at a dotted path; the whole for an empty one, None where nothing is."""
    for step in path.split(".") if path else ():
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value


def _refuse_constant(word: str) -> Any:
    raise ValueError(word)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise FieldTwice(name)
            seen.add(name)
    return found
