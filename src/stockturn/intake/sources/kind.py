"""A kind of source: its name, the form that connects it, and the check of a filled form.

There is no URL and no free option: a form has named fields, and each field takes what it says.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from stockturn.intake.sources.source import Ground, Source
from stockturn.language import Text, UsageError

Group = Literal["database", "files", "http"]
FieldKind = Literal["text", "number", "choice", "secret", "flag"]
Value = str | int | bool
Form = Mapping[str, Value]
"""A checked form: every field of its kind has a value, absent ones their default."""

MOST_CHARACTERS: Final = 4096
_HOST: Final = re.compile(
    r"(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_-]{1,63})*\.?"
)


class FormInvalid(UsageError):
    """A field of a connection form does not hold what it should; ``field`` names it."""

    code = "source_form_invalid"

    def __init__(self, field: str, label: Text, what: Text) -> None:
        super().__init__(Text(f"“{label.zh}”{what.zh}", f"“{label.en}” {what.en}"))
        self.field = field


@dataclass(frozen=True)
class Choice:
    """One value of a choice and what it is called."""

    value: str
    label: Text


@dataclass(frozen=True)
class Field:
    """One field of a form.

    Attributes:
        default: the value where none is given; an optional text is empty.
        check: returns what is wrong with a text, None when nothing is.
        lowest: of a number.
        highest: of a number.
        multiline: a text or secret of several lines, such as a key.
    """

    key: str
    kind: FieldKind
    label: Text
    required: bool = True
    default: Value | None = None
    choices: tuple[Choice, ...] = ()
    check: Callable[[str], Text | None] | None = None
    lowest: int = 0
    highest: int = 2**31 - 1
    multiline: bool = False
    hint: Text | None = None


@dataclass(frozen=True)
class SourceKind:
    """One kind of source.

    Attributes:
        key: stable; stands in stored sources.
        connect: makes a source of a checked form; connects to nothing yet.
        tried: what it was run against here, for the docs and the page.
    """

    key: str
    name: Text
    group: Group
    fields: tuple[Field, ...]
    connect: Callable[[Form, Ground], Source]
    tried: Text

    @property
    def secrets(self) -> frozenset[str]:
        """The fields that are never shown again."""
        return frozenset(field.key for field in self.fields if field.kind == "secret")

    def read(self, values: Mapping[str, Any]) -> dict[str, Value]:
        """Check a filled form and return it with its defaults.

        Raises:
            FormInvalid: a field is unknown, missing or does not hold what it should.
        """
        known = {field.key: field for field in self.fields}
        for key in values:
            if key not in known:
                names = "、".join(known)
                what = Text(
                    f"不是这种来源的字段（可用：{names}）。", f"is not a field; use: {names}."
                )
                raise FormInvalid(key, Text(key, key), what)
        return {key: _value(field, values.get(key)) for key, field in known.items()}


def host_field(default: str | None = None) -> Field:
    """Return the field for a host name or address."""
    label = Text("主机", "host")
    return Field("host", "text", label, default=default, check=check_host)


def port_field(default: int) -> Field:
    """Return the field for a port."""
    label = Text("端口", "port")
    return Field("port", "number", label, default=default, lowest=1, highest=65_535)


def check_host(text: str) -> Text | None:
    """Say what is wrong with a host: only a name or an address, and no link-local one."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        if _HOST.fullmatch(text):
            return None
        return Text(
            "应为主机名或 IP 地址，不含端口和路径。", "takes a host name or an IP address alone."
        )
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        return Text(
            "不能是链路本地、组播或空地址。", "cannot be a link-local or multicast address."
        )
    return None


def _value(field: Field, given: Any) -> Value:
    if given is None or given == "":
        if field.default is not None:
            return field.default
        if field.required:
            raise FormInvalid(field.key, field.label, Text("没有填写。", "is missing."))
        return {"number": 0, "flag": False}.get(field.kind, "")
    match field.kind:
        case "number":
            return _number(field, given)
        case "flag":
            if not isinstance(given, bool):
                raise FormInvalid(field.key, field.label, Text("只能是或否。", "is yes or no."))
            return given
        case _:
            return _text(field, given)


def _number(field: Field, given: Any) -> int:
    span = Text(
        f"应为 {field.lowest} 到 {field.highest} 的整数。",
        f"takes a whole number from {field.lowest} to {field.highest}.",
    )
    if isinstance(given, str) and given.isascii() and given.isdigit():
        given = int(given)
    if not isinstance(given, int) or isinstance(given, bool):
        raise FormInvalid(field.key, field.label, span)
    if not field.lowest <= given <= field.highest:
        raise FormInvalid(field.key, field.label, span)
    return given


def _text(field: Field, given: Any) -> str:
    if not isinstance(given, str) or "\0" in given or len(given) > MOST_CHARACTERS:
        most = MOST_CHARACTERS
        what = Text(f"应为不超过 {most} 字的文字。", f"takes text of at most {most} characters.")
        raise FormInvalid(field.key, field.label, what)
    if not field.multiline and any(character in given for character in "\r\n"):
        raise FormInvalid(field.key, field.label, Text("应为一行文字。", "takes one line."))
    if field.kind == "choice" and given not in {choice.value for choice in field.choices}:
        names = "、".join(choice.value for choice in field.choices)
        raise FormInvalid(
            field.key, field.label, Text(f"只能是：{names}。", f"must be one of: {names}.")
        )
    wrong = field.check(given) if field.check and field.kind != "secret" else None
    if wrong is not None:
        raise FormInvalid(field.key, field.label, wrong)
    return given
