"""A place in a YAML tree that can say where it is and what is wrong there."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from stockturn.language import Text, UsageError

BAD: Final = Text(
    "映射“{mapping}”的 {key} 有误：{what}。请修改映射文件后重试。",
    "The mapping “{mapping}” is wrong at {key}: {what}. Correct the mapping file and try again.",
)


class BadMapping(UsageError):
    """A mapping does not say clearly what to do."""

    code = "bad_mapping"


class Node:
    """A value of the tree, the mapping it is of and the path of keys to it."""

    def __init__(self, value: Any, label: str, path: str) -> None:
        self.value = value
        self.label = label
        self.path = path

    def wrong(self, what: Text, key: str = "") -> BadMapping:
        """Return what to raise: what is wrong here, or at one of the keys."""
        place = ".".join(part for part in (self.path, key) if part) or "top"
        zh = BAD.zh.format(mapping=self.label, key=place, what=what.zh)
        return BadMapping(Text(zh, BAD.en.format(mapping=self.label, key=place, what=what.en)))

    def table(self) -> dict[str, Any]:
        """Return the value, which must be a table."""
        if not isinstance(self.value, dict):
            raise self.wrong(Text("应是键值表", "it should be a table of keys"))
        return self.value

    def only(self, *known: str) -> None:
        """Refuse keys that are not known."""
        strange = [str(key) for key in self.table() if key not in known]
        if strange:
            names = ", ".join(known)
            raise self.wrong(
                Text(f"不认识的键；可用：{names}", f"unknown key; known ones: {names}"), strange[0]
            )

    def get(self, key: str, kind: Any, default: Any = ...) -> Any:
        """Return the value of a key, of this kind; without a default it must be there."""
        value = self.table().get(key, default)
        if value is ...:
            raise self.wrong(Text("缺少这个键", "the key is missing"), key)
        if value is not default and not isinstance(value, kind):
            raise self.wrong(Text("值的类型不对", "the value has the wrong type"), key)
        return value

    def child(self, key: str) -> Node:
        """Return the place under a key."""
        return Node(self.get(key, (dict, list, str)), self.label, f"{self.path}.{key}".strip("."))

    def nodes(self, key: str, *, needed: bool = False) -> list[Node]:
        """Return the places of a list."""
        found = self.get(key, list, ... if needed else [])
        return [
            Node(item, self.label, f"{self.path}.{key}[{i}]".strip("."))
            for i, item in enumerate(found)
        ]

    def items(self, key: str) -> Iterator[tuple[str, Node]]:
        """Yield the keys of a table with their places."""
        for name, value in self.get(key, dict, {}).items():
            yield str(name), Node(value, self.label, f"{self.path}.{key}.{name}".strip("."))

    def texts(self, key: str, default: Any = ()) -> tuple[str, ...]:
        """Return one value or a list of them as texts."""
        value = self.get(key, (str, int, bool, list), default)
        values = value if isinstance(value, (list, tuple)) else [value]
        return tuple(scalar(item) for item in values)

    def choice(self, key: str, known: tuple[str, ...], default: Any = ...) -> str:
        """Return one of the known words."""
        value = self.get(key, str, default)
        if value not in known:
            names = ", ".join(known)
            raise self.wrong(Text(f"只能是：{names}", f"it must be one of: {names}"), key)
        return str(value)

    def number(self, key: str) -> Decimal | None:
        """Return an exact number, or None where the key is missing."""
        value = self.get(key, (int, float, str), None)
        if value is None:
            return None
        try:
            return Decimal(str(value))
        except InvalidOperation:
            raise self.wrong(Text("应是数字", "it should be a number"), key) from None


def scalar(value: Any) -> str:
    """Return a value of YAML as the text it was written as."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
