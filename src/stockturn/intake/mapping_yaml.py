"""Read a mapping from YAML and check it, with messages that name the key.

The language is small on purpose. A value of ``columns`` is a header (``日期``), a list of accepted
headers, or a table with one of ``from``, ``constant``, ``lookup`` and the options of
:class:`stockturn.intake.mapping.Column`.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Final, cast, get_args
from zoneinfo import available_timezones

import yaml

from stockturn.intake.entry_shapes import entry_shapes
from stockturn.intake.mapping import (
    Carry,
    Condition,
    Costing,
    FileSpec,
    LookupSpec,
    Mapping,
    Repeated,
    Rest,
    Sign,
    Slice,
    TableSpec,
)
from stockturn.intake.mapping_columns import read_column, read_condition, read_ignore, read_source
from stockturn.intake.yaml_node import BadMapping, Node, scalar
from stockturn.language import Text, UsageError
from stockturn.ledger.dataset_tables import ADDED, TYPES, Dataset
from stockturn.ledger.datasets import entry_schema
from stockturn.ledger.schema import ENTRIES

PACKED: Final = Path(__file__).parent.parent / "packs" / "mappings"
"""Where the mappings that come with the product lie."""

_DATASET: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")

_NO_ENCODINGS: Final = frozenset(
    {"idna", "punycode", "unicode_escape", "unicode-escape", "raw_unicode_escape", "undefined"}
)
"""Codecs of Python's that no file is written in."""

KEYED_TABLES: Final = ("movement", "sale")
"""Entry tables whose rows may carry a key of their source."""

NO_YAML: Final = Text(
    "映射“{mapping}”不是有效的 YAML，读到第 {row} 行时出错。"
    "请检查该行及其上一行的缩进、括号和引号。",
    "The mapping “{mapping}” is not valid YAML; reading failed in row {row}. Check the indents, "
    "brackets and quotes of that row and the one above.",
)
UNKNOWN: Final = Text(
    "没有名为“{name}”的映射，也没有这个文件。可用的映射：{known}。",
    "There is no mapping called “{name}” and no such file. Mappings at hand: {known}.",
)


MOST_KEPT: Final = 64
"""So many mappings are remembered as read: a feed reads its own every few minutes."""


def packed_mappings() -> list[str]:
    """Return the names of the mappings that come with the product."""
    return sorted(path.stem for path in PACKED.glob("*.yaml"))


def find_mapping(name: str, folders: Iterable[Path] = ()) -> Mapping:
    """Return a mapping by the name of a pack or the path of a file.

    Args:
        name: a path, or a name looked for in ``folders`` and then among the product's packs.
        folders: the workspace's own packs.

    Raises:
        UsageError: there is no such mapping.
        BadMapping: it is not well formed.
    """
    paths = [Path(name), *(folder / f"{name}.yaml" for folder in (*folders, PACKED))]
    for path in paths:
        if path.suffix in {".yaml", ".yml"} and path.is_file():
            return read_mapping(path.read_text(encoding="utf-8"), path.name)
    raise UsageError(UNKNOWN.fill(name=name, known=", ".join(packed_mappings())))


@lru_cache(maxsize=MOST_KEPT)
def read_mapping(content: str, label: str = "mapping") -> Mapping:
    """Return the mapping that a YAML text states.

    Args:
        content: the YAML.
        label: what to call it in messages until its name is read.

    Raises:
        BadMapping: with the key that is wrong.
    """
    try:
        tree = yaml.safe_load(content)
    except yaml.YAMLError as failure:
        where = getattr(failure, "problem_mark", None)
        row = where.line + 1 if where else 1
        raise BadMapping(NO_YAML.fill(mapping=label, row=row)) from None
    top = Node(tree, label, "")
    named = Node(tree, str(top.get("name", str)), "")
    named.only(
        *("name", "version", "title", "description", "checked_on", "costing", "reject_bar"),
        *("files", "lookups", "time_zone", "day_cutoff_hour", "base_currency", "headers"),
    )
    lookups = tuple(_lookup_spec(name, node) for name, node in named.items("lookups"))
    return Mapping(
        name=named.label,
        version=str(named.get("version", (str, int))),
        title=_words(named.child("title")),
        description=_words(named.child("description")),
        costing=cast("Costing", named.choice("costing", get_args(Costing)))
        if "costing" in top.value
        else None,
        reject_bar=named.number("reject_bar"),
        files=tuple(_file(node, lookups) for node in named.nodes("files", needed=True)),
        lookups=lookups,
        content=content,
        base_currency=named.get("base_currency", str, None),
        headers=named.texts("headers"),
        checked_on=_words(named.child("checked_on")) if "checked_on" in top.value else None,
        time_zone=_zone(named),
        day_cutoff_hour=_hour(named),
    )


def _zone(node: Node) -> str | None:
    name: str | None = node.get("time_zone", str, None)
    if name is not None and name not in available_timezones():
        what = Text("应是时区名称，如 Asia/Shanghai", "it should be a zone like Asia/Shanghai")
        raise node.wrong(what, "time_zone")
    return name


def _hour(node: Node) -> int | None:
    hour: int | None = node.get("day_cutoff_hour", int, None)
    if hour is not None and not 0 <= hour <= 23:
        raise node.wrong(Text("应是 0 到 23", "it should be from 0 to 23"), "day_cutoff_hour")
    return hour


def _words(node: Node) -> Text:
    node.only("zh", "en")
    return Text(node.get("zh", str), node.get("en", str))


def _lookup_spec(name: str, node: Node) -> LookupSpec:
    node.only("match", "key", "encoding")
    return LookupSpec(name, node.texts("match", ...), node.texts("key", ...), _encoding(node))


def _file(node: Node, lookups: tuple[LookupSpec, ...]) -> FileSpec:
    node.only(
        *(
            "match",
            "sheets",
            "named_only",
            "optional",
            "tables",
            "table",
            "columns",
            "when",
            "sign",
        ),
        *("complete", "dataset", "key", "attributes", "where", "ignore", "ignore_columns"),
        *("rest", "repeated", "encoding", "delimiter", "explode", "deleted", "stream", "slice"),
        "carry",
    )
    short = "table" in node.table()
    if short == ("tables" in node.table()):
        what = Text("要写 table 或 tables 之一", "either table or tables must stand here")
        raise node.wrong(what)
    tables = [node] if short else node.nodes("tables", needed=True)
    if not short:
        for table in tables:
            table.only(
                *("table", "columns", "when", "sign", "attributes", "complete", "dataset"),
                *("key", "deleted"),
            )
    return FileSpec(
        match=node.texts("match", ...),
        sheets=node.texts("sheets"),
        named_only=node.get("named_only", bool, False),
        optional=node.get("optional", bool, False),
        tables=tuple(_table(table, lookups) for table in tables),
        where=tuple(read_condition(part) for part in node.nodes("where")),
        ignore=tuple(read_ignore(part) for part in node.nodes("ignore")),
        ignore_columns=node.texts("ignore_columns"),
        rest=cast("Rest", node.choice("rest", get_args(Rest), "hold")),
        repeated=cast("Repeated", node.choice("repeated", get_args(Repeated), "ask")),
        encoding=_encoding(node),
        delimiter=_delimiter(node),
        explode=node.get("explode", str, None),
        stream=node.get("stream", str, None),
        slice=cast("Slice", node.choice("slice", get_args(Slice)))
        if "slice" in node.table()
        else None,
        carry=_carry(node.child("carry")) if "carry" in node.table() else None,
    )


def _encoding(node: Node) -> str | None:
    name: str | None = node.get("encoding", str, None)
    try:
        text = name is None or codecs.lookup(name)._is_text_encoding
    except LookupError:
        text = False
    if not text or (name or "").lower() in _NO_ENCODINGS:
        what = Text("应是文字编码，如 gb18030、big5", "it should be an encoding like gb18030, big5")
        raise node.wrong(what, "encoding")
    return name


def _delimiter(node: Node) -> str | None:
    mark: str | None = node.get("delimiter", str, None)
    if mark and (len(mark) != 1 or mark in '"\r\n'):
        what = Text("应是一个字符，不能是引号", "it should be one character and no quote")
        raise node.wrong(what, "delimiter")
    return mark


def _carry(node: Node) -> Carry:
    node.only("within", "columns")
    return Carry(node.texts("within", ...), node.texts("columns", ...))


def _table(node: Node, lookups: tuple[LookupSpec, ...]) -> TableSpec:
    entries = (table for table in ENTRIES if table not in {"reject", "deleted_line"})
    name = node.choice("table", (*entries, "dataset"))
    dataset = _dataset(node) if name == "dataset" else None
    if dataset is None:
        schema = entry_shapes().schemas[name]
    else:
        name, schema = dataset.entry_name, entry_schema(dataset).to_pyarrow()
    columns = tuple(
        read_column(target, part, name, schema, lookups) for target, part in node.items("columns")
    )
    present = {column.target for column in columns}
    lacking = [f.name for f in schema if not f.nullable and f.name not in present]
    if lacking:
        what = Text(
            f"表 {name} 必须有列 {lacking[0]}", f"table {name} needs the column {lacking[0]}"
        )
        raise node.wrong(what, "columns")
    rest = node.table().get("attributes") == "rest"
    named = [] if rest else list(node.items("attributes"))
    if (rest or named) and "attributes" not in schema.names:
        what = Text(f"表 {name} 没有 attributes", f"table {name} has no attributes")
        raise node.wrong(what, "attributes")
    return TableSpec(
        table=name,
        columns=columns,
        when=tuple(read_condition(part) for part in node.nodes("when")),
        sign=cast("Sign", node.choice("sign", get_args(Sign), "stated")),
        attributes=tuple((key, read_source(part, lookups)) for key, part in named),
        attributes_rest=rest,
        complete=node.get("complete", bool, False),
        dataset=dataset,
        key=() if dataset is not None else _key(node, name),
        deleted=_deleted(node),
    )


def _dataset(node: Node) -> Dataset:
    """Return the free table that a spec declares; the kind of a column is its ``type``."""
    name = node.get("dataset", str)
    if not _DATASET.fullmatch(name):
        what = Text(
            "只能用小写字母、数字和下划线，字母开头",
            "it may hold lower-case letters, digits and underscores, a letter first",
        )
        raise node.wrong(what, "dataset")
    columns = []
    for target, part in node.items("columns"):
        if target in ADDED or not target.strip() or not target.isprintable():
            raise node.wrong(Text("列名不能用", "a column cannot be called so"), target)
        kind = "text"
        if isinstance(part.value, dict):
            kind = part.choice("type", tuple(TYPES), "text")
        columns.append((target, kind))
    key = node.texts("key")
    for target in key:
        if target not in dict(columns):
            raise node.wrong(Text("不是本表的列", "it is no column of the table"), "key")
    return Dataset(name, tuple(columns), key)


def _key(node: Node, table: str) -> tuple[tuple[str, ...], ...]:
    parts = node.get("key", (str, list), [])
    if parts and table not in KEYED_TABLES:
        what = Text(
            f"只有 {'、'.join(KEYED_TABLES)} 有行键", f"only {', '.join(KEYED_TABLES)} have a key"
        )
        raise node.wrong(what, "key")
    listed = parts if isinstance(parts, list) else [parts]
    return tuple(
        tuple(scalar(name) for name in part) if isinstance(part, list) else (scalar(part),)
        for part in listed
    )


def _deleted(node: Node) -> Condition | None:
    if "deleted" not in node.table():
        return None
    if not node.get("key", (str, list), []):
        what = Text("写了 deleted 就必须写 key", "deleted needs a key beside it")
        raise node.wrong(what, "deleted")
    return read_condition(node.child("deleted"))
