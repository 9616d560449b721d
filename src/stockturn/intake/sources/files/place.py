"""A place with files, and the source that takes what is new from it.

What has been taken is the cursor: a short hash of name, size and change of each file that lies
there. It commits with the rows, so a file counts as taken once it is in the ledger and never
before; files that are moved away are moved by the next run, when that is certain.
"""

from __future__ import annotations

import base64
import fnmatch
import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final, Protocol

import pyarrow as pa

from stockturn.intake.archive import unpack_archive
from stockturn.intake.decode import open_raw
from stockturn.intake.detect import ARCHIVE_SUFFIX, is_readable
from stockturn.intake.sources.failures import SourceFailure, SourceMissing
from stockturn.intake.sources.source import (
    Fetched,
    Readable,
    Report,
    Request,
    SourceColumn,
    Tested,
)
from stockturn.jobs.worker import run_limited
from stockturn.language import Text

MOST_FILES: Final = 50_000
MOST_BYTES: Final = 2 * 1024**3
"""Of one file; larger ones are refused with a sentence."""
ANY: Final = "*"
COPYING: Final = Text("取文件", "Taking files")
PREVIEW_MEMORY_MB: Final = 1024
PREVIEW_SECONDS: Final = 60

_UNFINISHED: Final = (".part", ".tmp", ".partial", ".filepart", ".crdownload", ".swp", ".lock")


@dataclass(frozen=True)
class Entry:
    """One file of a place.

    Attributes:
        path: how the place calls it, below its root.
        change: time or tag of its last change, as the place tells it.
        settled: nobody is still writing it.
    """

    path: str
    size: int
    change: str
    settled: bool = True

    @property
    def name(self) -> str:
        """The last part of its path."""
        return PurePosixPath(self.path).name

    @property
    def mark(self) -> bytes:
        """Eight bytes that tell this state of this file from every other."""
        return hashlib.sha256(f"{self.path}\0{self.size}\0{self.change}".encode()).digest()[:8]


class Opened(Protocol):
    """A place while it is connected."""

    def greeting(self) -> str:
        """What answered."""
        ...

    def entries(self) -> Iterator[Entry]:
        """Yield the files below the root."""
        ...

    def copy(self, entry: Entry, target: Path) -> None:
        """Copy one file, no more of it than was listed.

        Raises:
            SourceFailure: it is gone, changed meanwhile, or cannot be read.
        """
        ...

    def set_aside(self, entry: Entry) -> None:
        """Move a file that has been loaded out of the way."""
        ...


class Place(Protocol):
    """Where files lie."""

    @property
    def label(self) -> str:
        """Where it is, for messages."""
        ...

    def open(self) -> AbstractContextManager[Opened]:
        """Connect to it."""
        ...


class FilesSource:
    """The files of a place; see :class:`stockturn.intake.sources.source.Source`."""

    def __init__(self, place: Place, *, moves: bool) -> None:
        """Take a place.

        Args:
            place: where files lie.
            moves: files that have been loaded are moved aside.
        """
        self._place = place
        self._moves = moves

    @property
    def label(self) -> str:
        """Where the files lie."""
        return self._place.label

    def test(self) -> Tested:
        """Connect and count the files."""
        with self._place.open() as opened:
            found = _listed(opened, ANY, self.label)
            words = Text(f"{len(found)} 个可读的文件", f"{len(found)} files that can be read")
            return Tested(opened.greeting(), (words,))

    def tables(self) -> list[Readable]:
        """Return the patterns of names that stand for files here: all, and each kind."""
        with self._place.open() as opened:
            found = _listed(opened, ANY, self.label)
        kinds = sorted({PurePosixPath(entry.name).suffix.lower() for entry in found})
        return [Readable(what, "file") for what in (ANY, *(f"*{kind}" for kind in kinds))]

    def columns(self, what: str) -> list[SourceColumn]:
        """Return none: each file names its own, and the mapping judges them."""
        del what
        return []

    def preview(self, what: str, rows: int) -> Any:
        """Return the first rows of the newest file, read in a limited worker."""
        with tempfile.TemporaryDirectory() as folder, self._place.open() as opened:
            found = [entry for entry in _listed(opened, what, self.label) if entry.settled]
            if not found:
                raise SourceMissing(self.label, what=what)
            newest = max(found, key=lambda entry: (entry.change, entry.path))
            target = Path(folder) / newest.name
            opened.copy(newest, target)
            return run_limited(
                preview_file,
                target,
                newest.name,
                rows,
                memory_mb=PREVIEW_MEMORY_MB,
                seconds=PREVIEW_SECONDS,
                subject=newest.name,
            )

    def fetch(self, request: Request, into: Path, report: Report) -> Fetched:
        """Copy the files that have not been taken yet."""
        since = request.since.value if request.since is not None else None
        taken = _marks(since)
        files: list[Path] = []
        waiting = 0
        with self._place.open() as opened:
            found = _listed(opened, request.what, self.label)
            here = {entry.mark for entry in found}
            fresh = [entry for entry in found if entry.mark not in taken]
            for number, entry in enumerate(fresh):
                report(COPYING, number, len(fresh))
                if not entry.settled:
                    here.discard(entry.mark)
                    waiting += 1
                    continue
                files.append(_target(into, entry.name))
                opened.copy(entry, files[-1])
            if self._moves:
                for entry in found:
                    if entry.mark in taken:
                        opened.set_aside(entry)
                        here.discard(entry.mark)
        words = Text(
            f"{waiting} 个文件还在写入，下次再取。",
            f"{waiting} files are still being written and are left for the next run.",
        )
        remarks = (words,) if waiting else ()
        return Fetched(tuple(files), None, cursor=_cursor(here), remarks=remarks)


def preview_file(path: Path, name: str, rows: int) -> Any:
    """Return the first rows of a file as text, as an Arrow table. Runs in a limited worker."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        if name.lower().endswith(ARCHIVE_SUFFIX):
            path = unpack_archive(path, name, work)[0]
            name = path.name
        raw = open_raw(path, name, work=work, known=frozenset())[0]
        _, header = raw.head.rows[0]
        for chunk in raw.chunks(0, None, {}):
            arrays = {
                header[index] or f"#{index + 1}": column.slice(0, rows).cast(pa.string())
                for index, column in chunk.columns.items()
            }
            return pa.table(arrays)
        return pa.table({name: pa.array([], pa.string()) for name in header})


def _listed(opened: Opened, what: str, label: str) -> list[Entry]:
    """Return the files whose names fit a pattern and that can be read, by path."""
    found: list[Entry] = []
    for entry in opened.entries():
        if _is_wanted(entry.name) and fnmatch.fnmatchcase(entry.name.lower(), what.lower()):
            found.append(entry)
        if len(found) > MOST_FILES:
            detail = Text(f"超过 {MOST_FILES} 个文件", f"it holds over {MOST_FILES} files")
            raise SourceFailure(label, what=what, detail=detail)
    for entry in found:
        if entry.size > MOST_BYTES:
            detail = Text(
                f"“{entry.name}”超过 {MOST_BYTES // 1024**2} MB。",
                f"“{entry.name}” is over {MOST_BYTES // 1024**2} MB.",
            )
            raise SourceFailure(label, what=what, detail=detail)
    return sorted(found, key=lambda entry: entry.path)


def _is_wanted(name: str) -> bool:
    hidden = name.startswith((".", "~$")) or name.lower().endswith(_UNFINISHED)
    return not hidden and is_readable(name)


def _target(into: Path, name: str) -> Path:
    """Return a free place for a file under its own name; equal names go to folders of their own."""
    for number in range(MOST_FILES + 1):
        folder = into / f"files-{number}"
        folder.mkdir(exist_ok=True)
        if not (folder / name).exists():
            return folder / name
    raise AssertionError("there are no more files than folders")


def _cursor(marks: set[bytes]) -> str:
    return base64.b64encode(b"".join(sorted(marks))).decode()


def _marks(cursor: str | None) -> set[bytes]:
    raw = base64.b64decode(cursor) if cursor else b""
    return {raw[begin : begin + 8] for begin in range(0, len(raw), 8)}
