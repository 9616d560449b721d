"""What every source over HTTP does alike: list, preview, and fetch into JSON lines.

Records are written as they came, number for number, one a line; fields joined from other records
are put beside theirs. The cursor is the greatest value of the growing field that was seen.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pyarrow as pa

from stockturn.intake import exact_json
from stockturn.intake.decode_json import MESSAGE_FIELD
from stockturn.intake.outbound import Pace
from stockturn.intake.sources.failures import ColumnRefused, SourceForbidden, SourceMissing
from stockturn.intake.sources.http.caller import Caller
from stockturn.intake.sources.http.growing import Key, NotGrowing, key_of, moved_back
from stockturn.intake.sources.http.spec import Api, Join, Resource
from stockturn.intake.sources.source import (
    Fetched,
    Ground,
    Readable,
    Report,
    Request,
    Since,
    SourceColumn,
    Tested,
)
from stockturn.language import Text

READING: Final = Text("读取接口", "Reading the interface")
KEYS_A_CALL: Final = 100

Record = dict[str, Any]


class ApiSource(ABC):
    """A source over HTTP; see :class:`stockturn.intake.sources.source.Source`."""

    def __init__(
        self, api: Api, ground: Ground, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """Take the interface; nothing is connected yet."""
        self.api = api
        self._ground = ground
        self._sleep = sleep

    @property
    def label(self) -> str:
        """The interface's host."""
        return urlsplit(self.api.base).netloc

    # --- what a dialect does its own way --------------------------------------------------------

    @abstractmethod
    def greet(self, caller: Caller) -> str:
        """Sign in and return what answered."""

    @abstractmethod
    def pages(
        self, caller: Caller, resource: Resource, request: Request, bound: str | None
    ) -> Iterator[list[Record]]:
        """Yield the records of one page after another, those from ``bound`` on."""

    @abstractmethod
    def by_key(self, caller: Caller, join: Join, keys: list[str]) -> Iterable[Record]:
        """Return the records of a join whose key is one of ``keys``."""

    # --- what all do alike -----------------------------------------------------------------------

    def test(self) -> Tested:
        """Sign in and say what answered."""
        with self._caller() as caller:
            return Tested(self.greet(caller))

    def tables(self) -> list[Readable]:
        """Return the lists that can be read."""
        return [Readable(resource.what, "resource") for resource in self.api.resources]

    def columns(self, what: str) -> list[SourceColumn]:
        """Return the fields that a preset asks for; none where records say it themselves.

        A record names its own fields, so a field that only some records have is no change of
        structure; the mapping judges fields it does not know.
        """
        resource = self._resource(what)
        names = [*resource.fields, *(join.into for join in resource.joins)]
        called = [name.rpartition(" as ")[2] for name in names]
        return [SourceColumn(name, "json", "text") for name in called]

    def preview(self, what: str, rows: int) -> Any:
        """Return the first records flattened, as decoding will see them."""
        found: list[Record] = []
        with self._caller() as caller:
            for page in self._joined(caller, self._resource(what), Request(what, what), None):
                found += page
                if len(found) >= rows:
                    break
        flat = [dict(_flat(record)) for record in found[:rows]]
        names = dict.fromkeys(name for row in flat for name in row)
        return pa.table(
            {name: pa.array([row.get(name) for row in flat], pa.string()) for name in names}
        )

    def fetch(self, request: Request, into: Path, report: Report) -> Fetched:
        """Read all records that are asked for into one file of JSON lines."""
        resource = self._resource(request.what)
        since = request.since
        bound = self._bound(resource, since)
        path = into / f"{request.name}.jsonl"
        count = 0
        seen = _Seen(since, self.label)
        with self._caller() as caller, path.open("w", encoding="utf-8", newline="\n") as lines:
            for page in self._joined(caller, resource, request, bound):
                for record in page:
                    seen.look(record)
                    lines.write(exact_json.write(_chosen(record, request.columns)) + "\n")
                count += len(page)
                report(READING, count, None)
            if request.mark:
                lines.write(exact_json.write({MESSAGE_FIELD: request.mark}) + "\n")
        if not count:
            path.unlink()
        files = (path,) if count else ()
        # The interface states no count, so there is none to hold the rows to.
        return Fetched(files, None, cursor=seen.cursor)

    # ----------------------------------------------------------------------------------------------

    def _caller(self) -> Caller:
        pace = Pace(self.api.per_second, sleep=self._sleep)
        return Caller(self.api.base, self.api.auth, self._ground, label=self.label, pace=pace)

    def _resource(self, what: str) -> Resource:
        for resource in self.api.resources:
            if resource.what == what:
                return resource
        raise SourceMissing(self.label, what=what)

    def _bound(self, resource: Resource, since: Since | None) -> str | None:
        if since is None:
            return None
        if resource.increment.way == "none" or since.column != resource.increment.column:
            column = resource.increment.column
            detail = Text(
                f"这里只能按“{column}”增量读取。" if column else "这里不能增量读取。",
                f"Here only “{column}” tells what is new."
                if column
                else "Here nothing tells what is new.",
            )
            raise ColumnRefused(self.label, what=since.column, detail=detail)
        if since.value is None:
            return None
        try:
            return moved_back(since.value, since.overlap)
        except NotGrowing:
            detail = Text(
                f"重叠的单位与值“{since.value}”不符（数字用 rows，日期时间用 seconds 或 days）。",
                f"The overlap's unit does not fit the value “{since.value}” (rows for numbers, "
                "seconds or days for times).",
            )
            raise ColumnRefused(self.label, what=since.column, detail=detail) from None

    def _joined(
        self, caller: Caller, resource: Resource, request: Request, bound: str | None
    ) -> Iterator[list[Record]]:
        known: dict[Join, dict[str, Any]] = {join: {} for join in resource.joins}
        for page in self.pages(caller, resource, request, bound):
            for join, found in known.items():
                self._join(caller, join, page, found)
            yield page

    def _join(self, caller: Caller, join: Join, page: list[Record], known: dict[str, Any]) -> None:
        wanted = [(record, _key(record, join)) for record in page]
        missing = sorted({key for _, key in wanted if key is not None and key not in known})
        for begin in range(0, len(missing), KEYS_A_CALL):
            some = missing[begin : begin + KEYS_A_CALL]
            known.update(dict.fromkeys(some))
            try:
                found = self.by_key(caller, join, some)
            except (SourceMissing, SourceForbidden):
                if not join.optional:
                    raise
                break
            for record in found:
                known[str(exact_json.at(record, join.key))] = exact_json.at(record, join.take)
        for record, key in wanted:
            record[join.into] = None if key is None else known.get(key)


class _Seen:
    """The greatest value of the growing field so far."""

    def __init__(self, since: Since | None, label: str) -> None:
        self.cursor = since.value if since is not None else None
        self._column = since.column if since is not None else None
        self._label = label
        self._key: Key | None = None
        if self.cursor is not None:
            with suppress(NotGrowing):
                self._key = key_of(self.cursor)

    def look(self, record: Record) -> None:
        """Take a record's value into account; one without a value tells nothing."""
        value = exact_json.at(record, self._column) if self._column is not None else None
        if value is None or value is False or value == "":
            return
        try:
            key = key_of(str(value))
        except NotGrowing:
            detail = Text(
                f"值“{value}”不是整数、日期或时间。", f"“{value}” is no whole number, day or time."
            )
            raise ColumnRefused(self._label, what=self._column or "", detail=detail) from None
        if self._key is None or key > self._key:
            self._key, self.cursor = key, str(value)


def _key(record: Record, join: Join) -> str | None:
    if join.only is not None and str(exact_json.at(record, join.only[0])) != join.only[1]:
        return None
    value = exact_json.at(record, join.column)
    return None if value in {None, "", False} else str(value)


def _chosen(record: Record, columns: tuple[str, ...]) -> Record:
    return {name: exact_json.at(record, name) for name in columns} if columns else record


def _flat(record: Record, before: str = "") -> Iterator[tuple[str, str | None]]:
    for name, value in record.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{before}{name}.")
        elif isinstance(value, str) or value is None:
            yield f"{before}{name}", value
        else:
            yield f"{before}{name}", exact_json.write(value)
