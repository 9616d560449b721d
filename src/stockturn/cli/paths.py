"""Files named on the command line, under the names that the other side will see."""

from __future__ import annotations

from collections.abc import Sequence
from glob import glob
from pathlib import Path

from stockturn.language import Text, UsageError


class FileMissing(UsageError):
    """A path that is not there."""

    code = "file_missing"

    def __init__(self, path: Path) -> None:
        super().__init__(
            Text(
                f"找不到文件或目录 {path}。请检查路径是否写对。",
                f"There is no file or folder {path}. Check that the path is right.",
            )
        )


def existing(paths: Sequence[Path]) -> list[Path]:
    """Return the paths, all of which exist.

    Raises:
        FileMissing: one does not.
    """
    for path in paths:
        if not path.exists():
            raise FileMissing(path)
    return list(paths)


def files_below(paths: Sequence[Path]) -> list[Path]:
    """Return the files named, those of folders named and those that fit patterns, in name order.

    Hidden files of folders are left out.

    Raises:
        FileMissing: a path is not there.
    """
    spread: list[Path] = []
    for path in paths:
        # Patterns reach this place where no shell has spread them; they may be absolute.
        fitting = [] if path.exists() else sorted(map(Path, glob(str(path))))  # noqa: PTH207
        spread += fitting or [path]
    found: list[Path] = []
    for path in existing(spread):
        if path.is_dir():
            inside = (each for each in sorted(path.rglob("*")) if each.is_file())
            found += [each for each in inside if not each.name.startswith(".")]
        else:
            found.append(path)
    return found
