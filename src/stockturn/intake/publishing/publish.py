"""Publishing: write what changed since the last version, and put the new version up."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import ibis
import ibis.expr.types as ir

from stockturn import __version__
from stockturn.engines import Transaction, bound
from stockturn.intake.publishing.shelf import Manifest, PublishedFile, Shelf, sha256_of
from stockturn.intake.publishing.tables import CODED, PART, Published, published_tables
from stockturn.language import Progress, Text
from stockturn.ledger.datasets import known_datasets
from stockturn.ledger.tables import month_of, table
from stockturn.workspace import Workspace, clear_disk_errors

WRITING: Final = Text("发布数据表", "Publishing tables")


@dataclass(frozen=True)
class Publication:
    """What became of a publication.

    Attributes:
        number: the version that ``current`` names now.
        load_no: the last load it knows.
        written: files that were written; all others are shared with the version before.
        files: files of the version.
    """

    number: int
    load_no: int
    written: tuple[str, ...]
    files: int


def publish(workspace: Workspace, *, progress: Progress | None = None) -> Publication | None:
    """Publish the ledger as it stands; return None where nothing was ever loaded.

    Reads one consistent state beside whatever is loaded meanwhile. Where the newest version knows
    the last load already, nothing is done.

    Raises:
        DiskFull, EngineFull: the version before stays.
    """
    shelf = Shelf(workspace.published)
    with clear_disk_errors(workspace.root), shelf.taken():
        shelf.clear()
        with workspace.engine.snapshot() as snapshot, _scratch(workspace) as scratch:
            return _Publisher(shelf, snapshot, scratch, progress).run()


def published_load(workspace: Workspace) -> int:
    """Return the last load that the newest version knows; 0 where there is none."""
    found = Shelf(workspace.published).newest()
    return 0 if found is None or found[1].product != __version__ else found[1].load_no


class _Publisher:
    """One publication."""

    def __init__(
        self, shelf: Shelf, snapshot: Transaction, scratch: Path, progress: Progress | None
    ) -> None:
        self._shelf = shelf
        self._snapshot = snapshot
        self._scratch = scratch
        self._progress = progress
        self._fresh: dict[str, Path] = {}
        self._written: list[str] = []

    def run(self) -> Publication | None:
        load_no = self._number(table("load").load_no)
        if not load_no:
            return None
        found = self._shelf.newest()
        folder, before = found if found is not None else (None, None)
        if before is not None and before.product == __version__ and before.load_no == load_no:
            return Publication(before.number, load_no, (), len(before.files))
        if before is not None and before.product != __version__:
            folder, before = None, None
        touched = before is not None and self._codes_stand(before)
        files: list[PublishedFile] = []
        specs = published_tables(known_datasets(self._snapshot))
        for done, spec in enumerate(specs):
            if self._progress is not None:
                self._progress(WRITING, done, len(specs))
            files += self._table(spec, before, since=before.load_no if before and touched else 0)
        manifest = Manifest(
            self._shelf.next_number(),
            load_no,
            datetime.now(UTC),
            __version__,
            {master: self._code_hash(key, None) for key, master in CODED.items()},
            tuple(files),
        )
        self._shelf.put_up(manifest, self._fresh, folder)
        self._shelf.clear()
        return Publication(manifest.number, load_no, tuple(self._written), len(files))

    # --- one table -----------------------------------------------------------------------------

    def _table(self, spec: Published, before: Manifest | None, since: int) -> list[PublishedFile]:
        earlier = {} if before is None else before.parts(spec.name)
        if not spec.cut:
            return self._whole(spec, earlier.get(""), since)
        parts = self._parts(spec, 0)
        touched = self._parts(spec, since) if since else parts
        if spec.onward and touched:
            touched = {part for part in parts if part >= min(touched)}
        files = []
        for part in sorted(parts):
            name = f"{spec.cut}={part}"
            if part in touched or name not in earlier:
                files.append(self._file(spec, name, {PART: part}, earlier.get(name)))
            else:
                files.append(earlier[name])
        return files

    def _whole(
        self, spec: Published, earlier: PublishedFile | None, since: int
    ) -> list[PublishedFile]:
        """The one file of a table that is not cut; none before a statement's first row."""
        if spec.record:
            last = self._last_load(spec)
            if not last:
                return []
            if earlier is not None and last <= since:
                return [earlier]
        return [self._file(spec, "", {}, earlier)]

    def _parts(self, spec: Published, since: int) -> set[Any]:
        """Return the parts that loads after ``since`` have rows in."""
        rows = table(spec.record)
        rows = rows.filter(rows.load_no > bound("since", "int32"))
        key = month_of(rows.happened_on) if spec.cut == "month" else rows.load_no
        parts = rows.select(part=key).distinct()
        column = self._snapshot.query(parts, {"since": since}).column("part").to_pylist()
        # The engine gives the beginning of a month as an instant.
        found = {part.date() if isinstance(part, datetime) else part for part in column}
        if spec.onward and found:
            # Stock that nothing moves stands in every month up to the last.
            return _months(min(found), max(found))
        return found

    def _file(
        self, spec: Published, part: str, values: dict[str, Any], earlier: PublishedFile | None
    ) -> PublishedFile:
        """Write one file; where it came out as before, the file of before is kept."""
        path = self._scratch / f"{len(self._fresh)}-{uuid.uuid4().hex}.parquet"
        rows = self._snapshot.export(spec.build, path, values, shape=("published", spec.name))
        file = PublishedFile(spec.name, part, sha256_of(path), rows, path.stat().st_size)
        if earlier is not None and earlier.sha256 == file.sha256:
            path.unlink()
            return earlier
        self._fresh[file.path] = path
        self._written.append(file.path)
        return file

    def _last_load(self, spec: Published) -> int:
        rows = ibis.table({"load_no": "int32"}, name=spec.record)
        return self._number(rows.load_no)

    # --- names that stand in every row ---------------------------------------------------------

    def _codes_stand(self, before: Manifest) -> bool:
        """Say whether every key still has the code that was written into earlier parts."""
        return all(
            before.codes.get(master) == self._code_hash(key, before.codes[master][0])
            for key, master in CODED.items()
            if master in before.codes
        )

    def _code_hash(self, key: str, up_to: int | None) -> tuple[int, str]:
        rows = table(CODED[key])
        last = self._number(rows[key]) if up_to is None else up_to
        known = rows.filter(rows[key] <= bound("last", "int32"))
        pair = ibis.struct({"key": known[key], "code": known[CODED[key]]})
        hashed = known.select(digest=pair.hash().cast("decimal(38, 0)"))
        total = hashed.aggregate(digest=hashed.digest.sum())
        found = self._snapshot.query(total, {"last": last}).column("digest")[0].as_py()
        return last, str(found or 0)

    def _number(self, column: ir.Value) -> int:
        found = self._snapshot.query(column.max().name("n").as_table())
        return int(found.column("n")[0].as_py() or 0)


def _months(first: date, last: date) -> set[date]:
    months = set()
    while first <= last:
        months.add(first)
        first = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return months


@contextmanager
def _scratch(workspace: Workspace) -> Iterator[Path]:
    folder = workspace.staging / f"publish-{uuid.uuid4().hex}"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        # What cannot be removed now goes at the next start.
        shutil.rmtree(folder, ignore_errors=True)
