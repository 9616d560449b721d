"""The folder ``published/``: whole versions side by side, and one name for the newest.

=============================  =================================================================
``current``                    a link to the newest version; replaced in one step
``v<number>/manifest.json``    what the version holds and the load it stands for
``v<number>/<table>.parquet``  a table in one file
``v<number>/<table>/<column>=<value>/data.parquet``  a table cut by month or by load
=============================  =================================================================

A version never changes once it carries its name. Files that a version shares with the one before
are the same file under two names (a hard link), so a version costs what it changes. Who reads
resolves ``current`` once and then reads from that version, and never meets a mix.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

FORMAT: Final = 1
CURRENT: Final = "current"
LOCK: Final = ".lock"
MANIFEST: Final = "manifest.json"
FILE: Final = "data.parquet"
KEPT_VERSIONS: Final = 3
KEPT_SECONDS: Final = 3600
"""Whoever began to read a version can go on while two more come out, and for an hour at least."""

_BLOCK: Final = 1024 * 1024


@dataclass(frozen=True)
class PublishedFile:
    """One file of a version. ``part`` is empty for a table in one file, else ``column=value``."""

    table: str
    part: str
    sha256: str
    rows: int
    bytes: int

    @property
    def path(self) -> str:
        """Where it lies below the version's folder."""
        return f"{self.table}/{self.part}/{FILE}" if self.part else f"{self.table}.parquet"


@dataclass(frozen=True)
class Manifest:
    """What a version holds.

    Attributes:
        load_no: the last load it knows.
        product: version of the product that wrote it; another one writes everything afresh.
        codes: master table -> the last key and the hash of key and code up to it; where the hash
            differs, names that are written into every row have changed.
        files: in the order of table and part.
    """

    number: int
    load_no: int
    published_at: datetime
    product: str
    codes: dict[str, tuple[int, str]] = field(default_factory=dict)
    files: tuple[PublishedFile, ...] = ()

    def parts(self, table: str) -> dict[str, PublishedFile]:
        """Return part -> file of one table."""
        return {file.part: file for file in self.files if file.table == table}


class Shelf:
    """The versions of one ``published/`` folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Keep everybody else from putting up a version meanwhile."""
        self.root.mkdir(exist_ok=True, mode=0o700)
        handle = os.open(self.root / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def newest(self) -> tuple[Path, Manifest] | None:
        """Return the folder and manifest of the version that ``current`` names, if there is one."""
        link = self.root / CURRENT
        if not link.is_symlink():
            return None
        folder = self.root / link.readlink()
        try:
            return folder, _read((folder / MANIFEST).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            # Somebody has cleared it away or written into it: the next version is written afresh.
            return None

    def next_number(self) -> int:
        """Return the number of the version to come; numbers are never used twice."""
        return max((number for number, _ in self._versions()), default=0) + 1

    def put_up(self, manifest: Manifest, fresh: Mapping[str, Path], before: Path | None) -> Path:
        """Make a version and let ``current`` name it.

        Args:
            manifest: What it holds.
            fresh: path below the version -> the file in staging that becomes it.
            before: Folder of the version that holds all other files.
        """
        making = self.root / f".making-{uuid.uuid4().hex}"
        try:
            making.mkdir(parents=True)
            for file in manifest.files:
                target = making / file.path
                target.parent.mkdir(parents=True, exist_ok=True)
                if file.path in fresh:
                    _move(fresh[file.path], target)
                else:
                    assert before is not None, "a file that is not fresh comes from before"
                    _share(before / file.path, target)
            _write(making / MANIFEST, json.dumps(_tree(manifest), ensure_ascii=False, indent=1))
            folder = self.root / f"v{manifest.number:06d}"
            making.rename(folder)
        except BaseException:
            shutil.rmtree(making, ignore_errors=True)
            raise
        _settle(self.root)
        self._clear_copy()
        link = self.root / f".link-{uuid.uuid4().hex}"
        link.symlink_to(folder.name)
        link.replace(self.root / CURRENT)
        _settle(self.root)
        return folder

    def clear(self) -> None:
        """Remove old versions and what a killed publication left."""
        found = self.newest()
        named = None if found is None else found[0].name
        kept = sorted((number for number, _ in self._versions()), reverse=True)[:KEPT_VERSIONS]
        for number, folder in self._versions():
            old = folder.stat().st_mtime < time.time() - KEPT_SECONDS
            if old and number not in kept and folder.name != named:
                shutil.rmtree(folder)
        for leftover in (*self.root.glob(".making-*"), *self.root.glob(".link-*")):
            if leftover.is_symlink():
                leftover.unlink()
            else:
                shutil.rmtree(leftover)

    def forget(self) -> None:
        """Have the next publication write everything afresh, as after a rebuild."""
        self._clear_copy()
        (self.root / CURRENT).unlink(missing_ok=True)

    def _clear_copy(self) -> None:
        """Remove a folder in the link's place: a copied workspace has one where links are lost."""
        link = self.root / CURRENT
        if link.is_dir() and not link.is_symlink():
            shutil.rmtree(link)

    def _versions(self) -> Iterator[tuple[int, Path]]:
        for folder in self.root.glob("v[0-9]*") if self.root.is_dir() else ():
            if folder.name[1:].isdigit():
                yield int(folder.name[1:]), folder


def sha256_of(path: Path) -> str:
    """Return the hash of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _move(source: Path, target: Path) -> None:
    """Move a file whose bytes are on disk before its version carries its name."""
    with source.open("rb") as file:
        os.fsync(file.fileno())
    source.rename(target)


def _share(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        # A file system without hard links: the version costs its size.
        shutil.copy2(source, target)


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _settle(folder: Path) -> None:
    """Make renames in a folder last through a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _tree(manifest: Manifest) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": manifest.number,
        "load_no": manifest.load_no,
        "published_at": manifest.published_at.isoformat(),
        "product": manifest.product,
        "codes": manifest.codes,
        "files": [{**asdict(file), "path": file.path} for file in manifest.files],
    }


def _read(text: str) -> Manifest:
    tree = json.loads(text)
    if tree["format"] != FORMAT:
        raise ValueError(tree["format"])
    files = [{k: v for k, v in file.items() if k != "path"} for file in tree["files"]]
    return Manifest(
        tree["version"],
        tree["load_no"],
        datetime.fromisoformat(tree["published_at"]),
        tree["product"],
        {name: (last, digest) for name, (last, digest) in tree["codes"].items()},
        tuple(PublishedFile(**file) for file in files),
    )
