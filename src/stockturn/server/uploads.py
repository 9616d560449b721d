"""Loading files that the command line hands to the server that owns the workspace."""

from __future__ import annotations

import shutil
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePath

from fastapi import UploadFile

from stockturn.intake.layout import names_file
from stockturn.intake.load import load_files
from stockturn.intake.mapping_yaml import find_mapping
from stockturn.intake.report import LoadReport
from stockturn.workspace import Workspace, clear_disk_errors


class Loader:
    """Runs one load at a time: each must see what the one before it has made known."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._turn = threading.Lock()

    def load(
        self, files: Sequence[UploadFile], mapping: str, mapping_file: UploadFile | None
    ) -> LoadReport:
        """Load uploaded files; the bytes are kept as any load keeps them.

        Args:
            files: What to load, under the names the user knows.
            mapping: Name of a mapping, unless ``mapping_file`` is given.
            mapping_file: A mapping of the user's own.

        Raises:
            UsageError: no such mapping.
            StockTurnError: what the load refuses; nothing was posted.
        """
        workspace = self._workspace
        with clear_disk_errors(workspace.root), _folder(workspace) as folder:
            workspace.require_space(sum(file.size or 0 for file in files))
            if mapping_file is not None:
                mapping = str(_save(mapping_file, folder / "mapping"))
            found = find_mapping(mapping, (workspace.packs,))
            paths = [_save(file, folder / "files") for file in files]
            # The names of a whole folder arrive one by one. As with a folder, files the mapping
            # does not know are left and named; when it knows none, they were meant outright.
            known = any(names_file(path.name, spec.match) for path in paths for spec in found.files)
            with self._turn:
                return load_files(workspace, [folder / "files"] if known else paths, found)


@contextmanager
def _folder(workspace: Workspace) -> Iterator[Path]:
    folder = workspace.staging / f"upload-{uuid.uuid4().hex}"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        # What cannot be removed now goes at the next start; it must not hide how the load ended.
        shutil.rmtree(folder, ignore_errors=True)


def _save(file: UploadFile, folder: Path) -> Path:
    """Write an upload under its own last name, which tells what kind of file it is."""
    name = PurePath((file.filename or "").replace("\\", "/")).name
    folder.mkdir(exist_ok=True)
    path = folder / (name if name not in {"", ".", ".."} else "file")
    while path.exists():
        # Two folders may hold files of one name: both are loaded.
        path = path.with_name(f"{path.stem}_{path.suffix}")
    with path.open("wb") as copy:
        shutil.copyfileobj(file.file, copy)
    return path
