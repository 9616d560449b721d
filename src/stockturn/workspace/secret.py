"""The workspace's own secret: made at first start, readable by its user alone, never shown.

What is kept encrypted in the app database (passwords of sources) is encrypted with keys made from
it. A workspace never starts on a secret that others could read, guess or have copied from a manual.
"""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path
from typing import Final

from stockturn.language import StockTurnError, Text

FILE_NAME: Final = "secret.key"
BYTES: Final = 32
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_FEWEST_DIFFERENT: Final = 16
"""32 random bytes hold fewer different values than this once in 10 to the 20."""

_OPEN = Text(
    "其他用户可以读取（权限 {mode}）。请运行 chmod 600 {path}；若可能已被复制，请删除它并重新填写各"
    "来源的密码。",
    "other users can read it (mode {mode}). Run chmod 600 {path}; if it may have been copied, "
    "delete it and enter the passwords of the sources again.",
)
_LENGTH = Text(
    "长度为 {size} 字节，应为 {needed} 字节。请从备份恢复该文件，或删除它让程序重新生成（来源的"
    "密码需要重新填写）。",
    "it holds {size} bytes instead of {needed}. Restore it from a backup, or delete it to have a "
    "new one made (passwords of sources must then be entered again).",
)
_GUESSABLE = Text(
    "内容不是随机生成的。请删除它，程序会重新生成（来源的密码需要重新填写）。",
    "it was not made at random. Delete it to have a new one made (passwords of sources must then "
    "be entered again).",
)
_LINK = Text(
    "不是普通文件。每个工作区要有自己的密钥文件，不能与别处共用。",
    "it is no plain file. Each workspace has a secret of its own, shared with no other.",
)


class SecretRefused(StockTurnError):
    """The workspace's secret cannot be trusted, so nothing starts on it."""

    code = "secret_refused"

    def __init__(self, path: Path, why: Text) -> None:
        super().__init__(
            Text(
                f"工作区的密钥文件 {path} 不能使用：{why.zh}",
                f"The secret of the workspace, {path}, cannot be used: {why.en}",
            )
        )


def workspace_secret(folder: Path) -> bytes:
    """Return the secret of a workspace: 32 bytes; made now where there is none.

    Raises:
        SecretRefused: others can read it, it is too short, or it is not random.
    """
    path = folder / FILE_NAME
    if not os.path.lexists(path):
        _make(path)
    known = path.lstat()
    if not stat.S_ISREG(known.st_mode) or known.st_nlink > 1:
        raise SecretRefused(path, _LINK)
    if known.st_mode & _OTHERS:
        mode = f"{stat.S_IMODE(known.st_mode):o}"
        raise SecretRefused(path, _OPEN.fill(mode=mode, path=path))
    content = path.read_bytes()
    if len(content) != BYTES:
        raise SecretRefused(path, _LENGTH.fill(size=len(content), needed=BYTES))
    if len(set(content)) < _FEWEST_DIFFERENT or content.isascii():
        raise SecretRefused(path, _GUESSABLE)
    return content


def _make(path: Path) -> None:
    """Write a new secret so that it is there whole or not at all."""
    fresh = path.with_name(f"{FILE_NAME}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(BYTES))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
