"""Read a mapping from YAML and check it, with messages that name the key.

The language is small on purpose. A value of ``columns`` is a header (``日期``), a list of accepted
headers, or a table with one of ``from``, ``constant``, ``lookup`` and the options of
:class:`stockturn.intake.mapping.Column`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as MappingOf
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final, cast, get_args
from zoneinfo import available_timezones

import pyarrow as pa
import yaml

from stockturn.intake.mapping import (
    Caption,
    Column,
    Condition,
    Constant,
    Costing,
    FileSpec,
    Header,
    IgnoreRule,
    Joined,
    Lookup,
    LookupSpec,
    Mapping,
    Repeated,
    Rest,
    Sign,
    Slice,
    Source,
    TableSpec,
    Test,
)
from stockturn.intake.reasons import IGNORED
from stockturn.intake.rows import Shapes
from stockturn.language import Text, UsageError
from stockturn.ledger.dataset_tables import ADDED, TYPES, Dataset
from stockturn.ledger.datasets import entry_schema
from stockturn.ledger.document_tables import DOCUMENTS
from stockturn.ledger.schema import ENTRIES, ITEM_KINDS, KINDS, OWNERSHIPS, STATUSES

PACKED: Final = Path(__file__).parent.parent / "packs" / "mappings"
"""Where the mappings that come with the product lie."""

_DATASET: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_SOURCES: Final = ("from", "constant", "lookup", "join", "caption")
_ORIGIN: Final = ("file_no", "sheet", "row_no")

KEYED_TABLES: Final = ("movement", "sale")
"""Entry tables whose rows may carry a key of their source."""

BAD: Final = Text(
    "映射“{mapping}”的 {key} 有误：{what}。请修改映射文件后重试。",
    "The mapping “{mapping}” is wrong at {key}: {what}. Correct the mapping file and try again.",
)
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


class BadMapping(UsageError):
    """A mapping does not say clearly what to do."""

    code = "bad_mapping"


def entry_shapes(mapping: Mapping | None = None) -> Shapes:
    """Return the entry tables as typing needs them: the ledger's, and a mapping's free ones."""
    schemas = {name: schema.to_pyarrow() for name, schema in ENTRIES.items()}
    codes = {
        (name, column)
        for name, declared in DOCUMENTS.items()
        for column in declared.of_kind("code")
    }
    for spec in mapping.files if mapping else ():
        for table in spec.tables:
            if table.dataset is not None:
                schemas[table.table] = entry_schema(table.dataset).to_pyarrow()
                kinds = table.dataset.columns
                codes |= {(table.table, column) for column, kind in kinds if kind == "code"}
    return Shapes(
        schemas=schemas,
        codes=frozenset(codes),
        words={
            ("movement", "kind"): tuple(KINDS),
            ("movement", "status"): STATUSES,
            ("movement", "ownership"): OWNERSHIPS,
            ("item", "kind"): ITEM_KINDS,
            ("stock_count", "status"): STATUSES,
        },
    )


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
    top = _Node(tree, label, "")
    named = _Node(tree, str(top.get("name", str)), "")
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


def _zone(node: _Node) -> str | None:
    name: str | None = node.get("time_zone", str, None)
    if name is not None and name not in available_timezones():
        what = Text("应是时区名称，如 Asia/Shanghai", "it should be a zone like Asia/Shanghai")
        raise node.wrong(what, "time_zone")
    return name


def _hour(node: _Node) -> int | None:
    hour: int | None = node.get("day_cutoff_hour", int, None)
    if hour is not None and not 0 <= hour <= 23:
        raise node.wrong(Text("应是 0 到 23", "it should be from 0 to 23"), "day_cutoff_hour")
    return hour


class _Node:
    """A place in the YAML tree that can say where it is."""

    def __init__(self, value: Any, label: str, path: str) -> None:
        self.value = value
        self.label = label
        self.path = path

    def wrong(self, what: Text, key: str = "") -> BadMapping:
        place = ".".join(part for part in (self.path, key) if part) or "top"
        zh = BAD.zh.format(mapping=self.label, key=place, what=what.zh)
        return BadMapping(Text(zh, BAD.en.format(mapping=self.label, key=place, what=what.en)))

    def table(self) -> dict[str, Any]:
        if not isinstance(self.value, dict):
            raise self.wrong(Text("应是键值表", "it should be a table of keys"))
        return self.value

    def only(self, *known: str) -> None:
        strange = [str(key) for key in self.table() if key not in known]
        if strange:
            names = ", ".join(known)
            raise self.wrong(
                Text(f"不认识的键；可用：{names}", f"unknown key; known ones: {names}"), strange[0]
            )

    def get(self, key: str, kind: Any, default: Any = ...) -> Any:
        value = self.table().get(key, default)
        if value is ...:
            raise self.wrong(Text("缺少这个键", "the key is missing"), key)
        if value is not default and not isinstance(value, kind):
            raise self.wrong(Text("值的类型不对", "the value has the wrong type"), key)
        return value

    def child(self, key: str) -> _Node:
        return _Node(self.get(key, (dict, list, str)), self.label, f"{self.path}.{key}".strip("."))

    def nodes(self, key: str, *, needed: bool = False) -> list[_Node]:
        found = self.get(key, list, ... if needed else [])
        return [
            _Node(item, self.label, f"{self.path}.{key}[{i}]".strip("."))
            for i, item in enumerate(found)
        ]

    def items(self, key: str) -> Iterator[tuple[str, _Node]]:
        for name, value in self.get(key, dict, {}).items():
            yield str(name), _Node(value, self.label, f"{self.path}.{key}.{name}".strip("."))

    def texts(self, key: str, default: Any = ()) -> tuple[str, ...]:
        value = self.get(key, (str, int, bool, list), default)
        values = value if isinstance(value, (list, tuple)) else [value]
        return tuple(_scalar(item) for item in values)

    def choice(self, key: str, known: tuple[str, ...], default: Any = ...) -> str:
        value = self.get(key, str, default)
        if value not in known:
            names = ", ".join(known)
            raise self.wrong(Text(f"只能是：{names}", f"it must be one of: {names}"), key)
        return str(value)

    def number(self, key: str) -> Decimal | None:
        value = self.get(key, (int, float, str), None)
        if value is None:
            return None
        try:
            return Decimal(str(value))
        except InvalidOperation:
            raise self.wrong(Text("应是数字", "it should be a number"), key) from None


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _words(node: _Node) -> Text:
    node.only("zh", "en")
    return Text(node.get("zh", str), node.get("en", str))


def _lookup_spec(name: str, node: _Node) -> LookupSpec:
    node.only("match", "key", "encoding")
    return LookupSpec(
        name, node.texts("match", ...), node.texts("key", ...), node.get("encoding", str, None)
    )


def _file(node: _Node, lookups: tuple[LookupSpec, ...]) -> FileSpec:
    node.only(
        *("match", "sheets", "optional", "tables", "table", "columns", "when", "sign"),
        *("complete", "dataset", "key", "attributes", "where", "ignore", "ignore_columns"),
        *("rest", "repeated", "encoding", "delimiter", "explode", "deleted", "stream", "slice"),
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
        optional=node.get("optional", bool, False),
        tables=tuple(_table(table, lookups) for table in tables),
        where=tuple(_condition(part) for part in node.nodes("where")),
        ignore=tuple(_ignore(part) for part in node.nodes("ignore")),
        ignore_columns=node.texts("ignore_columns"),
        rest=cast("Rest", node.choice("rest", get_args(Rest), "hold")),
        repeated=cast("Repeated", node.choice("repeated", get_args(Repeated), "ask")),
        encoding=node.get("encoding", str, None),
        delimiter=node.get("delimiter", str, None),
        explode=node.get("explode", str, None),
        stream=node.get("stream", str, None),
        slice=cast("Slice", node.choice("slice", get_args(Slice)))
        if "slice" in node.table()
        else None,
    )


def _table(node: _Node, lookups: tuple[LookupSpec, ...]) -> TableSpec:
    entries = (table for table in ENTRIES if table not in {"reject", "deleted_line"})
    name = node.choice("table", (*entries, "dataset"))
    dataset = _dataset(node) if name == "dataset" else None
    if dataset is None:
        schema = entry_shapes().schemas[name]
    else:
        name, schema = dataset.entry_name, entry_schema(dataset).to_pyarrow()
    columns = tuple(
        _column(target, part, name, schema, lookups) for target, part in node.items("columns")
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
        when=tuple(_condition(part) for part in node.nodes("when")),
        sign=cast("Sign", node.choice("sign", get_args(Sign), "stated")),
        attributes=tuple((key, _source(part, lookups)) for key, part in named),
        attributes_rest=rest,
        complete=node.get("complete", bool, False),
        dataset=dataset,
        key=() if dataset is not None else _key(node, name),
        deleted=_deleted(node),
    )


def _dataset(node: _Node) -> Dataset:
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


def _key(node: _Node, table: str) -> tuple[tuple[str, ...], ...]:
    parts = node.get("key", (str, list), [])
    if parts and table not in KEYED_TABLES:
        what = Text(
            f"只有 {'、'.join(KEYED_TABLES)} 有行键", f"only {', '.join(KEYED_TABLES)} have a key"
        )
        raise node.wrong(what, "key")
    listed = parts if isinstance(parts, list) else [parts]
    return tuple(
        tuple(_scalar(name) for name in part) if isinstance(part, list) else (_scalar(part),)
        for part in listed
    )


def _deleted(node: _Node) -> Condition | None:
    if "deleted" not in node.table():
        return None
    if not node.get("key", (str, list), []):
        what = Text("写了 deleted 就必须写 key", "deleted needs a key beside it")
        raise node.wrong(what, "deleted")
    return _condition(node.child("deleted"))


def _column(
    target: str, node: _Node, table: str, schema: pa.Schema, lookups: tuple[LookupSpec, ...]
) -> Column:
    known = [f.name for f in schema if f.name not in (*_ORIGIN, "attributes")]
    if target not in known:
        what = Text(f"表 {table} 没有这一列", f"table {table} has no such column")
        raise node.wrong(what)
    source = _source(node, lookups)
    if not isinstance(node.value, dict):
        return Column(target, source)
    kind = schema.field(target).type
    words = tuple(
        (_scalar(word), _scalar(value)) for word, value in node.get("map", dict, {}).items()
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
        decimal="comma"
        if node.choice("decimal", ("point", "comma"), "point") == "comma"
        else "point",
        negate=node.get("negate", bool, False),
        zero="real" if node.choice("zero", ("unknown", "real"), "unknown") == "real" else "unknown",
        scale=node.number("scale"),
        times=_source(node.child("times"), lookups) if "times" in node.table() else None,
        extract=_pattern(node, "extract"),
        tax=cast("Any", node.choice("tax", ("included", "excluded")))
        if "tax" in node.table()
        else None,
    )


def _pattern(node: _Node, key: str) -> str | None:
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


def _fitting(node: _Node, kind: pa.DataType, *, words: bool) -> None:
    """Refuse options that mean nothing for the column's type."""
    number = pa.types.is_decimal(kind)
    temporal = pa.types.is_temporal(kind)
    wrong = {
        "map": words and (number or temporal),
        "formats": "formats" in node.table() and not temporal,
        "month": "month" in node.table() and not temporal,
        "decimal": "decimal" in node.table() and not number,
        "negate": "negate" in node.table() and not number,
        "scale": "scale" in node.table() and not number,
        "times": "times" in node.table() and not number,
        "tax": "tax" in node.table() and not number,
        "zero": "zero" in node.table() and not number,
        "extract": "extract" in node.table() and (number or temporal),
        "null_as": "null_as" in node.table() and temporal,
    }
    for key, is_wrong in wrong.items():
        if is_wrong:
            raise node.wrong(Text("对这种列没有意义", "it means nothing for this column"), key)


def _optional_text(node: _Node, key: str) -> str | None:
    value = node.get(key, (str, int, float, bool), None)
    return None if value is None else _scalar(value)


def _source(node: _Node, lookups: tuple[LookupSpec, ...]) -> Source:
    value = node.value
    if isinstance(value, str):
        return Header((value,))
    if isinstance(value, list) and value:
        return Header(tuple(_scalar(name) for name in value))
    table = node.table()
    node.only(
        *("from", "constant", "lookup", "by", "take", "required", "default", "null_as", "map"),
        *("formats", "month", "decimal", "negate", "scale", "type", "join", "between", "caption"),
        *("times", "extract", "tax", "zero"),
    )
    stated = [key for key in _SOURCES if key in table]
    if len(stated) != 1:
        names = ", ".join(_SOURCES)
        raise node.wrong(Text(f"{names} 要写其一", f"one of {names} must stand here"))
    if stated == ["join"]:
        parts = tuple(_source(part, lookups) for part in node.nodes("join", needed=True))
        return Joined(parts, node.get("between", str, ""))
    if stated == ["caption"]:
        return Caption(cast("str", _pattern(node, "caption")))
    if stated == ["from"]:
        return Header(node.texts("from"))
    if stated == ["constant"]:
        return Constant(_scalar(node.get("constant", (str, int, float, bool))))
    name = node.choice("lookup", tuple(spec.name for spec in lookups))
    return Lookup(name, _source(node.child("by"), lookups), node.texts("take", ...))


def _condition(node: _Node) -> Condition:
    node.only("column", "equals", *get_args(Test))
    names = node.texts("column", ...)
    tests = [key for key in node.table() if key != "column"]
    if len(tests) != 1:
        raise node.wrong(Text("只能写一个条件", "exactly one test must stand here"))
    test = tests[0]
    if test in {"empty", "filled", "negative", "positive"}:
        return Condition(names, cast("Test", test))
    return Condition(names, cast("Test", "in" if test == "equals" else test), node.texts(test, ...))


def _ignore(node: _Node) -> IgnoreRule:
    node.only("reason", "column", "equals", *get_args(Test))
    reason = node.choice("reason", tuple(IGNORED))
    rest: MappingOf[str, Any] = {k: v for k, v in node.table().items() if k != "reason"}
    return IgnoreRule(reason, _condition(_Node(dict(rest), node.label, node.path)))
