"""What a run does in its worker: look at the structure, read, check the totals, compare.

Everything here happens before the ledger is touched; what it leaves is files and a cursor.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from stockturn.intake.decode_json import MESSAGE_FIELD
from stockturn.intake.feeds.drift import compare
from stockturn.intake.feeds.plan import Plan
from stockturn.intake.feeds.snapshot import difference
from stockturn.intake.sources.failures import ColumnRefused, TotalsDiffer
from stockturn.intake.sources.kind import Form
from stockturn.intake.sources.kinds import kind_of
from stockturn.intake.sources.source import (
    Fetched,
    Ground,
    Overlap,
    Request,
    Since,
    Source,
    SourceColumn,
    Total,
)
from stockturn.jobs.child import report
from stockturn.language import Text

_BLOCK: Final = 1024 * 1024
_MARK: Final = f'{{"{MESSAGE_FIELD}"'.encode()
DIFFERS: Final = Text(
    "“{column}”来源合计 {source}，读到 {read}。",
    "“{column}” sums to {source} at the source and to {read} as read.",
)
ROWS_DIFFER: Final = Text(
    "来源有 {source} 行，读到 {read} 行。", "{source} rows at the source, {read} read."
)
CHANGES: Final = Text(
    "与上次快照相比：新增 {added:,} 行，变更 {changed:,} 行，删除 {deleted:,} 行。",
    "Against the last extract: {added:,} rows added, {changed:,} changed, {deleted:,} deleted.",
)


@dataclass(frozen=True)
class Order:
    """What one run is to gather; crosses to the worker.

    Attributes:
        agreed: the structure that was agreed to; empty = take the one of now.
        cursor: the feed's committed cursor, None before the first load.
        before: files of the last extract, for ``snapshot``.
        load_no: the last load of the feed; 0 before the first.
    """

    kind: str
    form: Form
    ground: Ground
    plan: Plan
    agreed: tuple[SourceColumn, ...]
    cursor: str | None
    before: tuple[Path, ...]
    load_no: int


@dataclass(frozen=True)
class Gathered:
    """What one run has gathered.

    Attributes:
        files: to load; none when nothing is new.
        cursor: what to commit with them.
        extract: files to keep for the next comparison.
        rows: rows in ``files``.
        totals: of the files, when they were read as they are loaded.
        agreed: the structure to remember when the load has committed.
        drift: the changes of structure that did not stop it; they stand in ``remarks`` as well.
    """

    files: tuple[Path, ...]
    cursor: str | None
    extract: tuple[Path, ...]
    rows: int | None
    totals: tuple[Total, ...]
    agreed: tuple[SourceColumn, ...]
    remarks: tuple[Text, ...]
    drift: tuple[Text, ...] = ()


def gather(order: Order, into: Path) -> Gathered:
    """Read what is new of a feed into ``into``. Runs in a limited worker process.

    Raises:
        SourceFailure: see the source.
        SchemaChanged: the structure changed and nobody has agreed.
        TotalsDiffer: what was read is not what the source says it holds.
        FileHeld: extracts that cannot be compared.
    """
    plan = order.plan
    source = kind_of(order.kind).connect(order.form, order.ground)
    now = tuple(source.columns(plan.what))
    reading = compare(source.label, plan, order.agreed or now, now)
    _check_modified(source, plan, now)
    request = Request(
        what=plan.what,
        name=plan.file_name,
        columns=reading.columns,
        where=plan.where,
        since=_since(order),
        mark=f"after load {order.load_no}",
    )
    fetched = source.fetch(request, into, report)
    _check_totals(source.label, plan.what, fetched)
    fetched = replace(fetched, remarks=(*reading.remarks, *fetched.remarks))
    return replace(_new(order, fetched, reading.agreed, into), drift=reading.remarks)


def _new(order: Order, fetched: Fetched, agreed: tuple[SourceColumn, ...], into: Path) -> Gathered:
    """Return what is new of what was fetched."""
    plan = order.plan
    if plan.mode == "snapshot":
        return _compared(order, fetched, agreed, into)
    content = _content(fetched.files)
    last = _parsed(order.cursor)
    if not fetched.files or content == last.get("content"):
        return _nothing(order.cursor, agreed, fetched.remarks)
    cursor = _written(plan, {"value": fetched.cursor, "content": content})
    return Gathered(
        fetched.files, cursor, (), fetched.rows, fetched.totals, agreed, fetched.remarks
    )


def extract_of(cursor: str | None) -> tuple[str, ...]:
    """Return the hashes of the files of the last extract that a cursor names."""
    return tuple(_parsed(cursor).get("extract", ()))


def with_extract(cursor: str | None, hashes: tuple[str, ...]) -> str:
    """Return a cursor that names the files of an extract."""
    return json.dumps({**_parsed(cursor), "extract": list(hashes)}, ensure_ascii=False)


def _compared(
    order: Order, fetched: Fetched, agreed: tuple[SourceColumn, ...], into: Path
) -> Gathered:
    plan = order.plan
    target = into / "changes" / f"{plan.file_name}.parquet"
    target.parent.mkdir()
    mark = f"after load {order.load_no}"
    found = difference(order.before, fetched.files, plan.key, target, mark)
    if found.file is None:
        return _nothing(order.cursor, agreed, fetched.remarks)
    rows = found.added + found.changed + found.deleted
    counts = {"added": found.added, "changed": found.changed, "deleted": found.deleted}
    remarks = (*fetched.remarks, CHANGES.fill(**counts))
    cursor = _written(plan, {})
    return Gathered((found.file,), cursor, fetched.files, rows, (), agreed, remarks)


def _nothing(
    cursor: str | None, agreed: tuple[SourceColumn, ...], remarks: tuple[Text, ...]
) -> Gathered:
    return Gathered((), cursor, (), 0, (), agreed, remarks)


def _since(order: Order) -> Since | None:
    """Return where to read from; a cursor of another plan says nothing about this one."""
    plan = order.plan
    last = _parsed(order.cursor)
    value = last.get("value") if last.get("plan") == _reads(plan) else None
    if plan.mode == "full" and kind_of(order.kind).group == "files":
        # Which files have been taken is a folder's own cursor, whatever the plan says.
        return Since("", value, Overlap(0, "rows"))
    if plan.mode not in {"cursor", "modified"}:
        return None
    assert plan.overlap is not None, "read_plan asks for it"
    return Since(plan.column, value, plan.overlap)


def _written(plan: Plan, values: dict[str, Any]) -> str:
    return json.dumps({"plan": _reads(plan), **values}, ensure_ascii=False, sort_keys=True)


def _reads(plan: Plan) -> str:
    """Name what a cursor is a cursor of: another table, filter or column starts anew."""
    tree = plan.tree()
    parts = [tree[key] for key in ("what", "where", "mode", "column", "columns", "mapping", "key")]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:16]


def _parsed(cursor: str | None) -> dict[str, Any]:
    return json.loads(cursor) if cursor else {}


def _content(files: tuple[Path, ...]) -> str:
    """Return a hash of the rows of files, their marks left out."""
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            left = _footer_start(path)
            while left > 0 and (block := file.read(min(_BLOCK, left))):
                digest.update(block)
                left -= len(block)
    return digest.hexdigest()


def _footer_start(path: Path) -> int:
    size = path.stat().st_size
    if path.suffix == ".jsonl":
        return _mark_start(path, size)
    if path.suffix != ".parquet":
        return size
    with path.open("rb") as file:
        file.seek(size - 8)
        tail = file.read(8)
    return size - 8 - int.from_bytes(tail[:4], "little") if tail[4:] == b"PAR1" else size


def _mark_start(path: Path, size: int) -> int:
    """Return where the line that only marks a file of JSON lines begins."""
    with path.open("rb") as file:
        file.seek(max(0, size - 1024))
        tail = file.read()
    last = tail[tail.rstrip(b"\n").rfind(b"\n") + 1 :]
    return size - len(last) if last.startswith(_MARK) else size


def _check_modified(source: Source, plan: Plan, now: tuple[SourceColumn, ...]) -> None:
    if plan.mode != "modified":
        return
    found = next((column for column in now if column.name == plan.column), None)
    if found is not None and found.family not in {"date", "timestamp", "instant", "text"}:
        detail = Text("最后修改时间应是时间列。", "a time of last change is a column of times.")
        raise ColumnRefused(source.label, what=plan.column, detail=detail)


def _check_totals(source: str, what: str, fetched: Fetched) -> None:
    wrong = [
        DIFFERS.fill(column=total.column, source=total.source, read=total.read)
        for total in fetched.totals
        if not total.agrees
    ]
    stated, rows = fetched.rows_at_source, fetched.rows
    if stated is not None and rows is not None and stated != rows:
        wrong.insert(0, ROWS_DIFFER.fill(source=stated, read=rows))
    if wrong:
        detail = Text("".join(t.zh for t in wrong), " ".join(t.en for t in wrong))
        raise TotalsDiffer(source, what=what, detail=detail)
