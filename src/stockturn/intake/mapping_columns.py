"""Where the values of a mapping's columns come from, and which rows its conditions mean."""

from __future__ import annotations

import re
from typing import Any, Final, cast, get_args

import pyarrow as pa

from stockturn.intake.entry_shapes import entry_shapes
from stockturn.intake.mapping import (
    Caption,
    Column,
    Condition,
    Constant,
    Header,
    IgnoreRule,
    Joined,
    Lookup,
    LookupSpec,
    Source,
    Test,
)
from stockturn.intake.reasons import IGNORED
from stockturn.intake.yaml_node import Node, scalar
from stockturn.language import Text

_SOURCES: Final = ("from", "constant", "lookup", "join", "caption")
_ORIGIN: Final = ("file_no", "sheet", "row_no")


def read_column(
    target: str, node: Node, table: str, schema: pa.Schema, lookups: tuple[LookupSpec, ...]
) -> Column:
    """Return how column ``target`` of ``table`` is filled.

    Raises:
        BadMapping: the table has no such column, or an option does not fit its type.
    """
    known = [f.name for f in schema if f.name not in (*_ORIGIN, "attributes")]
    if target not in known:
        what = Text(f"表 {table} 没有这一列", f"table {table} has no such column")
        raise node.wrong(what)
    source = read_source(node, lookups)
    if not isinstance(node.value, dict):
        return Column(target, source)
    kind = schema.field(target).type
    words = tuple(
        (scalar(word), scalar(value)) for word, value in node.get("map", dict, {}).items()
    )
    _fitting(node, kind, words=bool(words))
    known_words = entry_shapes().words.get((table, target), ())
    for _, value in words:
        bare = value.removeprefix("-") if (table, target) == ("movement", "kind") else value
        if known_words and bare not in known_words:
            names = ", ".join(known_words)
            what = Text(f"“{value}”不是其中之一：{names}", f"“{value}” is not one of {names}")
            raise node.wrong(what, "map")
    return Column(
        target=target,
        source=source,
        required=node.get("required", bool, False),
        default=_optional_text(node, "default"),
        null_as=_optional_text(node, "null_as"),
        values=words,
        formats=node.texts("formats"),
        month_end=node.choice("month", ("end",), "end") == "end" and "month" in node.table(),
        eve=node.get("eve", bool, False),
        decimal=cast("Any", node.choice("decimal", ("point", "comma")))
        if "decimal" in node.table()
        else None,
        negate=node.get("negate", bool, False),
        zero="real" if node.choice("zero", ("unknown", "real"), "unknown") == "real" else "unknown",
        scale=node.number("scale"),
        times=_operand(node, "times", lookups),
        per=_operand(node, "per", lookups),
        less=_operand(node, "less", lookups),
        extract=_pattern(node, "extract"),
        tax=cast("Any", node.choice("tax", ("included", "excluded")))
        if "tax" in node.table()
        else None,
        otherwise=read_column(target, node.child("else"), table, schema, lookups)
        if "else" in node.table()
        else None,
    )


def _operand(node: Node, key: str, lookups: tuple[LookupSpec, ...]) -> Source | None:
    return read_source(node.child(key), lookups) if key in node.table() else None


def _pattern(node: Node, key: str) -> str | None:
    pattern = node.get(key, str, None)
    if pattern is None:
        return None
    try:
        groups = re.compile(pattern).groups
    except re.error:
        groups = 0
    if groups != 1:
        what = Text("应是恰好一个括号组的正则", "it should be a pattern with exactly one group")
        raise node.wrong(what, key)
    return str(pattern)


def _fitting(node: Node, kind: pa.DataType, *, words: bool) -> None:
    """Refuse options that mean nothing for the column's type."""
    number = pa.types.is_decimal(kind)
    temporal = pa.types.is_temporal(kind)
    wrong = {
        "map": words and (number or temporal),
        "formats": "formats" in node.table() and not temporal,
        "month": "month" in node.table() and not temporal,
        "eve": "eve" in node.table() and not pa.types.is_date(kind),
        "decimal": "decimal" in node.table() and not number,
        "negate": "negate" in node.table() and not number,
        "scale": "scale" in node.table() and not number,
        "times": "times" in node.table() and not number,
        "per": "per" in node.table() and not number,
        "less": "less" in node.table() and not number,
        "tax": "tax" in node.table() and not number,
        "zero": "zero" in node.table() and not number,
        "extract": "extract" in node.table() and (number or temporal),
        "null_as": "null_as" in node.table() and temporal,
    }
    for key, is_wrong in wrong.items():
        if is_wrong:
            raise node.wrong(Text("对这种列没有意义", "it means nothing for this column"), key)


def _optional_text(node: Node, key: str) -> str | None:
    value = node.get(key, (str, int, float, bool), None)
    return None if value is None else scalar(value)


def read_source(node: Node, lookups: tuple[LookupSpec, ...]) -> Source:
    """Return where a value comes from.

    Raises:
        BadMapping: none or several places are named, or a lookup is not declared.
    """
    value = node.value
    if isinstance(value, str):
        return Header((value,))
    if isinstance(value, list) and value:
        return Header(tuple(scalar(name) for name in value))
    table = node.table()
    node.only(
        *("from", "constant", "lookup", "by", "take", "required", "default", "null_as", "map"),
        *("formats", "month", "decimal", "negate", "scale", "type", "join", "between", "caption"),
        *("eve", "times", "per", "less", "extract", "tax", "zero", "else"),
    )
    stated = [key for key in _SOURCES if key in table]
    if len(stated) != 1:
        names = ", ".join(_SOURCES)
        raise node.wrong(Text(f"{names} 要写其一", f"one of {names} must stand here"))
    if stated == ["join"]:
        parts = tuple(read_source(part, lookups) for part in node.nodes("join", needed=True))
        return Joined(parts, node.get("between", str, ""))
    if stated == ["caption"]:
        return Caption(cast("str", _pattern(node, "caption")))
    if stated == ["from"]:
        return Header(node.texts("from"))
    if stated == ["constant"]:
        return Constant(scalar(node.get("constant", (str, int, float, bool))))
    name = node.choice("lookup", tuple(spec.name for spec in lookups))
    return Lookup(name, read_source(node.child("by"), lookups), node.texts("take", ...))


def read_condition(node: Node) -> Condition:
    """Return which rows are meant.

    Raises:
        BadMapping: it does not test exactly one thing.
    """
    node.only("column", "equals", *get_args(Test))
    names = node.texts("column", ...)
    tests = [key for key in node.table() if key != "column"]
    if len(tests) != 1:
        raise node.wrong(Text("只能写一个条件", "exactly one test must stand here"))
    test = tests[0]
    if test in {"empty", "filled", "negative", "positive"}:
        return Condition(names, cast("Test", test))
    return Condition(names, cast("Test", "in" if test == "equals" else test), node.texts(test, ...))


def read_ignore(node: Node) -> IgnoreRule:
    """Return which rows are left out, and the reason to count them under."""
    node.only("reason", "column", "equals", *get_args(Test))
    reason = node.choice("reason", tuple(IGNORED))
    rest: dict[str, Any] = {k: v for k, v in node.table().items() if k != "reason"}
    return IgnoreRule(reason, read_condition(Node(dict(rest), node.label, node.path)))
