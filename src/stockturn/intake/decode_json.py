"""JSON lines: one object a line, nested objects flattened to dotted names, numbers as written.

Every value travels as the text that stands in the file, so no digit is lost. An array is a cell
with its JSON text, unless the mapping says that it holds lines (``explode``): then each of its
elements makes a row, and what stands around it is repeated.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from stockturn.intake import exact_json
from stockturn.intake.chunk import CHUNK_ROWS, Chunk, Head, Role
from stockturn.intake.detect import text_encoding
from stockturn.intake.exact_json import FieldTwice, Number
from stockturn.intake.problems import FileHeld
from stockturn.language import Text

LONGEST_LINE: Final = 16 * 1024 * 1024
"""Characters of one record; an order with all its lines stands in one."""
MOST_FIELDS: Final = 2_000
MESSAGE_FIELD: Final = "_stockturn_message"
"""Marks lines with a message's number, and by itself a file with when it was read; no field."""
_BATCH: Final = CHUNK_ROWS // 4

Row = dict[str, str | None]

KINDS: Final = {
    str: Text("文字", "text"),
    bool: Text("真假值", "true or false"),
    dict: Text("对象", "an object"),
    list: Text("数组", "an array"),
    type(None): Text("空值", "null"),
}


class JsonLinesFile:
    """A file of JSON records; see :class:`stockturn.intake.chunk.Raw`. Rows count as lines do.

    A ``.json`` file that is one array of objects is read too; its rows count from 1. Where records
    hold lines, these are what is counted: a rejected one is told from the others of its record.
    """

    sheet: str | None = None
    open_ended = False

    def __init__(
        self,
        path: Path,
        name: str,
        *,
        work: Path,
        explode: str | None = None,
        encoding: str | None = None,
    ) -> None:
        """Read all records once, check them and lay them down as text columns.

        Args:
            path: the kept bytes.
            name: the file's name for messages.
            work: folder for the columns.
            explode: dotted name of the array whose elements are the rows.
            encoding: overrides detection.

        Raises:
            FileHeld: a line is no object, has a field twice, or breaks off.
        """
        codec = text_encoding(path, name, encoding)
        self.file = name
        self.remarks: tuple[Text, ...] = ()
        self._columns: dict[str, int] = {}
        self._parts: list[Path] = []
        rows: list[tuple[int, Row]] = []
        counted = itertools.count(1)
        for number, record in _records(path, name, codec):
            if record.pop(MESSAGE_FIELD, None) is not None and not record:
                continue
            found = _rows(record, explode, name, number)
            rows += [(number if explode is None else next(counted), row) for row in found]
            if len(rows) >= _BATCH:
                self._lay_down(rows, work)
                rows = []
        self._lay_down(rows, work)
        if not self._columns:
            raise FileHeld("empty_file", file=name)
        # The header is a row of its own to us, number 0 to the user.
        self.head = Head(((0, tuple(self._columns)),))

    def _lay_down(self, rows: list[tuple[int, Row]], work: Path) -> None:
        if not rows:
            return
        for number, row in rows:
            for field in row:
                self._columns.setdefault(field, len(self._columns))
            if len(self._columns) > MOST_FIELDS:
                raise FileHeld("too_many_fields", file=self.file, row=number, limit=MOST_FIELDS)
        present = dict.fromkeys(field for _, row in rows for field in row)
        arrays = {field: self._array(field, rows) for field in present}
        numbers = pa.array([number for number, _ in rows], pa.int64())
        table = pa.table({"": numbers, **{f"c{f}": arrays[f] for f in arrays}})
        path = work / f"json-{id(self)}-{len(self._parts)}.arrow"
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
        self._parts.append(path)

    def _array(self, field: str, rows: list[tuple[int, Row]]) -> pa.Array:
        try:
            return pa.array([row.get(field) or None for _, row in rows], pa.string())
        except UnicodeEncodeError:
            detail = Text("半个 Unicode 代理字符", "half of a Unicode surrogate pair")
            number = next(n for n, row in rows if not _is_text(row.get(field) or ""))
            raise FileHeld("bad_json", file=self.file, row=number, detail=detail) from None

    def chunks(
        self, header: int, columns: Collection[int] | None, roles: dict[int, Role]
    ) -> Iterator[Chunk]:
        """Yield all rows; ``header`` and ``roles`` mean nothing here."""
        del header, roles
        names = list(self._columns)
        chosen = sorted(columns) if columns is not None else list(range(len(names)))
        for path in self._parts:
            with pa.memory_map(str(path)) as source, pa.ipc.open_file(source) as reader:
                table = reader.read_all().combine_chunks()
                count = table.num_rows
                arrays = {index: _column(table, names[index], count) for index in chosen}
                row_no = np.array(table.column("").to_numpy(), dtype=np.int64)
                yield Chunk(arrays, row_no, np.zeros(count, dtype=bool))


def _column(table: pa.Table, name: str, count: int) -> pa.Array:
    if f"c{name}" not in table.column_names:
        return pa.nulls(count, pa.string())
    column = table.column(f"c{name}")
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _is_text(value: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in value)


# --- records -------------------------------------------------------------------------------------


def _records(path: Path, name: str, codec: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (row, object) of a file of lines, or of one array."""
    with path.open(encoding="utf-8-sig" if codec == "utf-8" else codec, newline="\n") as stream:
        start = stream.read(4096).lstrip()
        stream.seek(0)
        if start.startswith("["):
            yield from _array_records(stream.read(), name)
            return
        number = 0
        while line := stream.readline(LONGEST_LINE + 1):
            number += 1
            if len(line) > LONGEST_LINE:
                raise FileHeld("line_too_long", file=name, row=number, limit=LONGEST_LINE)
            if line.strip():
                last = not line.endswith("\n")
                yield number, _object(partial(exact_json.read, line), name, number, may_be_cut=last)


def _array_records(content: str, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    records = _object(partial(exact_json.read, content), name, 1, may_be_cut=True, kind=list)
    for number, record in enumerate(records, start=1):
        if not isinstance(record, dict):
            raise FileHeld("bad_json", file=name, row=number, detail=_is_kind(record))
        yield number, record


def _object(
    parse: Callable[[], Any], name: str, row: int, *, may_be_cut: bool, kind: type = dict
) -> Any:
    try:
        record = parse()
    except FieldTwice as twice:
        raise FileHeld("json_field_twice", file=name, row=row, column=str(twice)) from None
    except RecursionError:
        detail = Text("嵌套太深", "it is nested too deeply")
        raise FileHeld("bad_json", file=name, row=row, detail=detail) from None
    except json.JSONDecodeError as failure:
        whole = failure.doc.rstrip()
        if may_be_cut and (failure.pos >= len(whole) - 1 or not whole.endswith(("}", "]"))):
            detail = Text("记录只有一半", "the record is only half there")
            raise FileHeld("cut_file", file=name, row=row, detail=detail) from None
        place = failure.colno
        detail = Text(f"第 {place} 个字符处有误", f"wrong at character {place} ({failure.msg})")
        row += failure.lineno - 1
        raise FileHeld("bad_json", file=name, row=row, detail=detail) from None
    except ValueError as failure:
        raise FileHeld("bad_json", file=name, row=row, detail=str(failure)[:100]) from None
    if not isinstance(record, kind):
        raise FileHeld("bad_json", file=name, row=row, detail=_is_kind(record))
    return record


def _is_kind(value: Any) -> Text:
    words = Text("数字", "a number") if isinstance(value, Number) else KINDS[type(value)]
    return Text(f"这里是{words.zh}", f"this is {words.en}")


# --- rows ----------------------------------------------------------------------------------------


def _rows(record: dict[str, Any], explode: str | None, name: str, number: int) -> Iterator[Row]:
    """Yield the rows of one record: one, or one for each element of its lines."""
    around = _flat(record, explode, name, number)
    if explode is None:
        yield around
        return
    lines = exact_json.at(record, explode)
    if isinstance(lines, dict):
        lines = [lines]  # some systems write a single line without its array
    if not lines and not isinstance(lines, (str, bool)):
        yield around
        return
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        several = lines if isinstance(lines, list) else [lines]
        words = _is_kind(next(line for line in several if not isinstance(line, dict)))
        detail = Text(words.zh.removeprefix("这里是"), words.en.removeprefix("this is "))
        raise FileHeld("not_lines", file=name, row=number, column=explode, detail=detail)
    for line in lines:
        inner = _flat({explode: line}, None, name, number)
        both = around.keys() & inner.keys()
        if both:
            raise FileHeld("json_field_twice", file=name, row=number, column=min(both))
        yield around | inner


def _flat(record: dict[str, Any], skip: str | None, name: str, number: int) -> Row:
    row: Row = {}
    stack: list[tuple[str, Any]] = list(reversed(record.items()))
    while stack:
        field, value = stack.pop()
        if field == skip:
            continue
        if isinstance(value, dict) and value:
            stack += [(f"{field}.{key}", inner) for key, inner in reversed(value.items())]
            continue
        if field in row:
            raise FileHeld("json_field_twice", file=name, row=number, column=field)
        row[field] = _text(value)
    return row


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return None
    return exact_json.write(value)
