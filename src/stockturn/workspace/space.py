"""Disk space: asked for before a load, and put into words when it runs out in the middle."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stockturn.language import StockTurnError, Text

MEGABYTE = 1024 * 1024
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_WORDS = ("no space left", "disk quota exceeded", "file too large", "disk full")
"""How libraries that hide the error number say it."""


class DiskFull(StockTurnError):
    """The disk cannot take what was asked of it."""

    code = "disk_full"
    status = 507

    def __init__(self, folder: Path, needed: int | None = None, free: int | None = None) -> None:
        known = needed is not None and free is not None
        size_zh = f"（约需 {_mb(needed)} MB，剩余 {_mb(free)} MB）" if known else ""
        size_en = f" (about {_mb(needed)} MB needed, {_mb(free)} MB free)" if known else ""
        super().__init__(
            Text(
                f"磁盘空间不足：{folder}{size_zh}。没有写入任何数据，请清理空间后重新执行。",
                f"Not enough disk space at {folder}{size_en}. Nothing was loaded; free some space "
                "and run the command again.",
            )
        )


def require_space(folder: Path, needed: int, floor: int) -> None:
    """Check that ``needed`` bytes fit at ``folder`` and leave ``floor`` bytes free.

    Raises:
        DiskFull: they do not.
    """
    free = shutil.disk_usage(folder).free
    if free < needed + floor:
        raise DiskFull(folder, needed + floor, free)


@contextmanager
def clear_disk_errors(folder: Path) -> Iterator[None]:
    """Turn any sign of a full disk raised inside into :class:`DiskFull`."""
    try:
        yield
    except StockTurnError:
        raise
    except Exception as error:
        if is_disk_full(error):
            raise DiskFull(folder) from error
        raise


def is_disk_full(error: BaseException | None) -> bool:
    """Say whether an error, or what caused it, is a full disk."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _FULL:
            return True
        if any(word in str(error).lower() for word in _WORDS):
            return True
        error = error.__cause__ or error.__context__
    return False


def _mb(size: int | None) -> int:
    return -(-(size or 0) // MEGABYTE)
