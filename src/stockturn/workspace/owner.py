"""Who owns a workspace: one process at a time, told by a lock that dies with its holder.

The lock is an advisory lock of the operating system on ``owner.lock``; ``owner.json`` beside it
only says who holds it. A process that is killed loses the lock at once, so whatever it left in
``owner.json`` blocks nobody.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from stockturn.language import StockTurnError, Text

OwnerKind = Literal["cli", "server"]

LOCK_NAME = "owner.lock"
RECORD_NAME = "owner.json"
_RETRY_SECONDS = 0.05


@dataclass(frozen=True)
class Owner:
    """The process that owns a workspace. ``port`` and ``token`` are set once a server listens."""

    pid: int
    kind: OwnerKind
    started_at: str
    port: int | None = None
    token: str | None = None


class WorkspaceBusy(StockTurnError):
    """Another process owns the workspace; ``owner`` says which, where it is known."""

    code = "workspace_busy"
    status = 409

    def __init__(self, folder: Path, owner: Owner | None) -> None:
        who_zh, who_en = "另一个进程", "another process"
        todo_zh, todo_en = "请稍后重试。", "Try again shortly."
        if owner is not None and owner.kind == "server":
            who_zh, who_en = f"页面服务（进程 {owner.pid}）", f"the server (process {owner.pid})"
            todo_zh = "请先停止该服务，再执行此命令。"
            todo_en = "Stop the server first, then run this command again."
        elif owner is not None:
            who_zh = f"另一条 stockturn 命令（进程 {owner.pid}）"
            who_en = f"another stockturn command (process {owner.pid})"
            todo_zh = "请等它结束后重试。"
            todo_en = "Wait until it ends, then try again."
        super().__init__(
            Text(
                f"工作区 {folder} 正被{who_zh}使用。{todo_zh}",
                f"The workspace {folder} is in use by {who_en}. {todo_en}",
            )
        )
        self.owner = owner


class Ownership:
    """The lock on a workspace, held until :meth:`release` or the end of the process."""

    def __init__(self, folder: Path, descriptor: int, owner: Owner) -> None:
        self._folder = folder
        self._descriptor: int | None = descriptor
        self.owner = owner
        # A forked child would share the lock and could outlive this process: it must let go.
        os.register_at_fork(after_in_child=self._forget)

    @classmethod
    def acquire(cls, folder: Path, kind: OwnerKind, *, wait_seconds: float = 1.0) -> Ownership:
        """Become the owner of ``folder``.

        A short command that holds the workspace is waited for up to ``wait_seconds``; a server
        that listens is not, because its callers go through it instead.

        Raises:
            WorkspaceBusy: another process owns it.
        """
        descriptor = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
        give_up = time.monotonic() + wait_seconds
        try:
            while not _try_lock(descriptor):
                holder = _read(folder)
                listening = holder is not None and holder.port is not None
                if listening or time.monotonic() >= give_up:
                    raise WorkspaceBusy(folder, holder)
                time.sleep(_RETRY_SECONDS)
            owner = Owner(os.getpid(), kind, datetime.now(UTC).isoformat(timespec="seconds"))
            _write(folder, owner)
        except BaseException:
            os.close(descriptor)
            raise
        return cls(folder, descriptor, owner)

    def announce(self, port: int, token: str) -> Owner:
        """Say where the server listens, for commands that go through it."""
        self.owner = Owner(self.owner.pid, self.owner.kind, self.owner.started_at, port, token)
        _write(self._folder, self.owner)
        return self.owner

    def release(self) -> None:
        """Let go of the workspace; calling it twice does nothing."""
        if self._descriptor is None:
            return
        with contextlib.suppress(FileNotFoundError):
            (self._folder / RECORD_NAME).unlink()
        os.close(self._descriptor)
        self._descriptor = None

    def _forget(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def current_owner(folder: Path) -> Owner | None:
    """Return who owns ``folder`` now, or None when nobody does."""
    try:
        descriptor = os.open(folder / LOCK_NAME, os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        return None if _try_lock(descriptor) else _read(folder)
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(folder: Path) -> Owner | None:
    try:
        return Owner(**json.loads((folder / RECORD_NAME).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        # Between lock and record, or a record from another version: the holder stays unnamed.
        return None


def _write(folder: Path, owner: Owner) -> None:
    """Write the record so that a reader sees the old or the new one, and only its user can."""
    fresh = folder / f"{RECORD_NAME}.new"
    with contextlib.suppress(FileNotFoundError):
        fresh.unlink()
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(owner), file)
    fresh.replace(folder / RECORD_NAME)
