"""The backup file: a tar whose first member lists every other with its size and hash."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tarfile
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import IO, Any

from stockturn.language import Progress, StockTurnError, Text, UsageError
from stockturn.ledger.fingerprint import fingerprint
from stockturn.workspace import Workspace, WorkspaceExists

FORMAT = 1
MANIFEST = "manifest.json"
PARTS = ("settings.toml", "app.db", "packs", "received")
"""What a backup holds; everything else follows from it."""

_BLOCK = 1024 * 1024
_SAVING = Text("备份文件", "Saving files")
_RESTORING = Text("恢复文件", "Restoring files")


class BackupExists(UsageError):
    """The file to write is already there."""

    code = "backup_exists"

    def __init__(self, path: Path) -> None:
        super().__init__(
            Text(
                f"{path} 已存在，不会覆盖。请换一个文件名。",
                f"{path} exists and is not overwritten. Choose another name.",
            )
        )


class BackupDamaged(StockTurnError):
    """The file is no backup, or not whole."""

    code = "backup_damaged"
    status = 422

    def __init__(self, path: Path, detail: Text) -> None:
        super().__init__(
            Text(
                f"备份 {path} 不完整或不是备份（{detail.zh}）。没有恢复任何内容，请换一份备份。",
                f"{path} is not a whole backup ({detail.en}). Nothing was restored; use another "
                "backup.",
            )
        )


@dataclass(frozen=True)
class _Member:
    name: str
    bytes: int
    sha256: str


def write_archive(workspace: Workspace, target: Path, progress: Progress) -> int:
    """Write a backup of a workspace that the caller owns; return how many files it holds.

    Raises:
        BackupExists: ``target`` is there already.
    """
    if target.exists():
        raise BackupExists(target)
    members = [
        _Member(path.relative_to(workspace.root).as_posix(), path.stat().st_size, _sha256(path))
        for path in _parts(workspace.root)
    ]
    manifest = {
        "format": FORMAT,
        "versions": _versions(),
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "fingerprint": fingerprint(workspace.engine),
        "files": [vars(member) for member in members],
    }
    # Complete before it carries its name.
    partial = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    try:
        with tarfile.open(partial, "w") as tar:
            content = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
            head = tarfile.TarInfo(MANIFEST)
            head.size = len(content)
            tar.addfile(head, io.BytesIO(content))
            for done, member in enumerate(members):
                progress(_SAVING, done, len(members))
                tar.add(workspace.root / member.name, member.name, recursive=False)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return len(members)


def read_archive(source: Path, folder: Path, progress: Progress) -> Mapping[str, str] | None:
    """Unpack a backup into a new folder, every file checked against its hash.

    Returns:
        The warehouse's fingerprint at the time of the backup, or None where versions differ and
        it cannot be compared.

    Raises:
        BackupDamaged: it is not a backup, or a file is missing or changed; nothing was restored.
        WorkspaceExists: the folder is there and not empty.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise WorkspaceExists(folder)
    folder.absolute().parent.mkdir(parents=True, exist_ok=True)
    scratch = folder.absolute().parent / f".{folder.name}.{uuid.uuid4().hex}"
    scratch.mkdir(mode=0o700)
    try:
        manifest = _unpack(source, scratch, progress)
        if folder.exists():
            folder.rmdir()
        scratch.replace(folder.absolute())
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    same = manifest["versions"] == _versions()
    return dict(manifest["fingerprint"]) if same else None


def _unpack(source: Path, scratch: Path, progress: Progress) -> dict[str, Any]:
    try:
        with tarfile.open(source, "r:") as tar:
            head = tar.next()
            if head is None or head.name != MANIFEST:
                raise BackupDamaged(source, Text("没有清单", "it has no manifest"))
            manifest: dict[str, Any] = json.loads(_content(tar, head).read())
            expected = {file["name"]: _Member(**file) for file in manifest["files"]}
            for done, (member, content) in enumerate(_members(tar)):
                progress(_RESTORING, done, len(expected))
                listed = expected.pop(member.name, None)
                if listed is None or not _safe(listed.name):
                    words = Text(f"多余的成员 {member.name}", f"stray member {member.name}")
                    raise BackupDamaged(source, words)
                if _write(content, scratch / listed.name) != listed.sha256:
                    words = Text(f"{listed.name} 已改变", f"{listed.name} was changed")
                    raise BackupDamaged(source, words)
    except (tarfile.TarError, EOFError, KeyError, TypeError, ValueError) as error:
        raise BackupDamaged(source, Text(str(error), str(error))) from error
    except FileNotFoundError as error:
        raise BackupDamaged(source, Text("文件不存在", "no such file")) from error
    if expected:
        first = min(expected)
        raise BackupDamaged(source, Text(f"缺少 {first}", f"{first} is missing"))
    return manifest


def _members(tar: tarfile.TarFile) -> Iterator[tuple[tarfile.TarInfo, IO[bytes]]]:
    while (member := tar.next()) is not None:
        yield member, _content(tar, member)


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    content = tar.extractfile(member) if member.isreg() else None
    if content is None:
        raise tarfile.TarError(f"{member.name} is not a file")
    return content


def _safe(name: str) -> bool:
    """Say whether a member's name stays inside the workspace and is one that backups hold."""
    parts = PurePosixPath(name).parts
    return bool(parts) and parts[0] in PARTS and ".." not in parts and "\\" not in name


def _write(content: IO[bytes], target: Path) -> str:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest = hashlib.sha256()
    with target.open("xb") as file:
        while block := content.read(_BLOCK):
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


def _parts(root: Path) -> Iterator[Path]:
    for part in PARTS:
        path = root / part
        if path.is_file():
            yield path
        elif path.is_dir():
            yield from sorted(each for each in path.rglob("*") if each.is_file())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _versions() -> dict[str, str]:
    return {name: version(name) for name in ("stockturn", "duckdb")}
