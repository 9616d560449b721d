"""Uploaded files on their way into a load: kept until their run has ended and waits for no answer.

``uploads/<token>/files/`` holds the bytes under their labels, ``uploads/<token>/mapping/`` a
mapping of the user's own. Unlike staging the folder outlives a killed owner: a run that is begun
again finds its files.
"""

from __future__ import annotations

import re
import secrets
import shutil
import time
import unicodedata
from collections.abc import Collection
from pathlib import Path, PurePath
from typing import IO, Final

from stockturn.language import Text, UsageError
from stockturn.workspace import Workspace

FOLDER_NAME: Final = "uploads"
FILES: Final = "files"
MAPPING: Final = "mapping"
UNCLAIMED_SECONDS: Final = 24 * 3600
"""An upload that no run names is removed after this long."""

LONGEST_NAME: Final = 180
"""Bytes of a name before its suffix; file systems take 255."""

_TOKEN: Final = re.compile(r"[0-9a-f]{32}")
_GONE: Final = Text(
    "上传的文件已不在。请重新上传。", "The uploaded files are gone. Upload them again."
)


def begin(workspace: Workspace) -> str:
    """Make a place for the files of one upload and return its token."""
    token = secrets.token_hex(16)
    (workspace.root / FOLDER_NAME / token).mkdir(parents=True, mode=0o700)
    return token


def write(workspace: Workspace, token: str, part: str, name: str, source: IO[bytes]) -> Path:
    """Write one uploaded file; its name is a label and never leads out of its folder."""
    folder = place(workspace, token) / part
    folder.mkdir(exist_ok=True, mode=0o700)
    path = folder / label(name)
    while path.exists():
        # Two folders may hold files of one name: both are loaded.
        path = path.with_name(f"{path.stem}_{path.suffix}")
    with path.open("xb") as copy:
        shutil.copyfileobj(source, copy, 1024 * 1024)
    return path


def place(workspace: Workspace, token: str) -> Path:
    """Return the folder of an upload.

    Raises:
        UsageError: there is none.
    """
    folder = workspace.root / FOLDER_NAME / token
    if not _TOKEN.fullmatch(token) or not folder.is_dir():
        raise UsageError(_GONE)
    return folder


def kept(workspace: Workspace, token: str) -> bool:
    """Say whether the files of an upload are still there."""
    return bool(_TOKEN.fullmatch(token)) and (workspace.root / FOLDER_NAME / token).is_dir()


def remove(workspace: Workspace, token: str) -> None:
    """Remove an upload; what cannot be removed now goes with the next sweep."""
    if _TOKEN.fullmatch(token):
        shutil.rmtree(workspace.root / FOLDER_NAME / token, ignore_errors=True)


def sweep(workspace: Workspace, wanted: Collection[str], now: float | None = None) -> list[str]:
    """Remove uploads that no run wants any more; return their tokens.

    Args:
        workspace: Whose uploads.
        wanted: Tokens that waiting, running or held runs name.
        now: Seconds since the epoch; the clock's otherwise.
    """
    root = workspace.root / FOLDER_NAME
    before = (time.time() if now is None else now) - UNCLAIMED_SECONDS
    gone = [
        folder.name
        for folder in (root.iterdir() if root.is_dir() else ())
        if folder.name not in wanted and folder.stat().st_mtime < before
    ]
    for token in gone:
        shutil.rmtree(root / token, ignore_errors=True)
    return gone


def label(name: str) -> str:
    """Return the last part of an uploaded name, as a file can be called anywhere."""
    last = PurePath(name.replace("\\", "/")).name
    shown = "".join(
        "_" if unicodedata.category(sign).startswith("C") or sign in '<>:"|?*' else sign
        for sign in unicodedata.normalize("NFC", last)
    )
    path = PurePath(shown if shown.strip(". ") else "file")
    stem, suffix = path.stem, path.suffix[:20]
    return stem.encode()[:LONGEST_NAME].decode("utf-8", "ignore") + suffix
