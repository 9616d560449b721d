"""A watched folder: only below folders that the administrator has listed, never through a link."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from stockturn.intake.sources.allowed import allowed_path
from stockturn.intake.sources.failures import SourceForbidden, SourceGone, SourceMissing
from stockturn.intake.sources.files.forms import MOVES, SETTLES
from stockturn.intake.sources.files.place import Entry, FilesSource
from stockturn.intake.sources.kind import Field, Form, SourceKind
from stockturn.intake.sources.source import Ground, Source
from stockturn.language import Text

ASIDE: Final = "loaded"
_BLOCK: Final = 1024 * 1024


class Folder:
    """A folder on this machine. A file that nobody has touched for some seconds is settled."""

    def __init__(
        self, path: Path, *, settle_seconds: int, now: Callable[[], float] = time.time
    ) -> None:
        """Take an allowed folder."""
        self._path = path
        self._settle_seconds = settle_seconds
        self._now = now

    @property
    def label(self) -> str:
        """The folder's path."""
        return str(self._path)

    @contextmanager
    def open(self) -> Iterator[Folder]:
        """Look that it is there."""
        if not self._path.is_dir():
            raise SourceMissing(self.label, what=self._path.name)
        yield self

    def greeting(self) -> str:
        """Return the folder's path."""
        return self.label

    def entries(self) -> Iterator[Entry]:
        """Yield the plain files of the folder; links, pipes and folders are none."""
        try:
            with os.scandir(self._path) as found:
                for each in found:
                    known = each.stat(follow_symlinks=False)
                    if not stat.S_ISREG(known.st_mode):
                        continue
                    # Copies keep an old time of change; when the name appeared they cannot forge.
                    touched = max(known.st_mtime, known.st_ctime)
                    settled = self._now() - touched >= self._settle_seconds
                    yield Entry(each.name, known.st_size, str(known.st_mtime_ns), settled)
        except PermissionError as refused:
            raise SourceForbidden(self.label, what=".", detail=str(refused)) from refused

    def copy(self, entry: Entry, target: Path) -> None:
        """Copy one file, and hold it to what was listed."""
        try:
            handle = os.open(self._path / entry.path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        except FileNotFoundError as gone:
            raise SourceGone(self.label, what=entry.name, detail=str(gone)) from gone
        except OSError as refused:
            raise SourceForbidden(self.label, what=entry.name, detail=str(refused)) from refused
        with os.fdopen(handle, "rb") as reading, target.open("xb") as writing:
            while block := reading.read(_BLOCK):
                writing.write(block)
            known = os.fstat(reading.fileno())
        if (known.st_size, str(known.st_mtime_ns)) != (entry.size, entry.change):
            detail = Text("文件在读取期间变了", "the file changed while it was read")
            raise SourceGone(self.label, what=entry.name, detail=detail)

    def set_aside(self, entry: Entry) -> None:
        """Move a loaded file into the folder ``loaded``; one of that name keeps its place."""
        aside = self._path / ASIDE
        aside.mkdir(exist_ok=True)
        target = aside / entry.name
        if target.exists():
            target = aside / f"{entry.mark.hex()}-{entry.name}"
        os.rename(self._path / entry.path, target)  # noqa: PTH104 - both ends are known


def _connect(form: Form, ground: Ground) -> Source:
    path = allowed_path(str(form["folder"]), ground)
    return FilesSource(Folder(path, settle_seconds=int(form["settles"])), moves=bool(form["moves"]))


KIND: Final = SourceKind(
    key="folder",
    name=Text("监视文件夹", "Watched folder"),
    group="files",
    fields=(
        Field(
            "folder",
            "text",
            Text("文件夹", "folder"),
            hint=Text(
                "本机的绝对路径，须在设置 source_folders 之内。",
                "An absolute path on this machine, inside the setting source_folders.",
            ),
        ),
        SETTLES,
        MOVES,
    ),
    connect=_connect,
    tried=Text("在 Linux 的本地文件夹上试过。", "Run on local folders of Linux."),
)
