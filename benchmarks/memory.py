"""Memory of this process and of all that it starts, while something runs."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from types import TracebackType
from typing import Final, Self

EVERY: Final = 0.2
PROC: Final = Path("/proc")


class Watch:
    """Looks at the processes below one, itself included, until it is left.

    Attributes:
        largest: Most memory that one of them has held, in GB.
        together: Most memory that all of them held at once, shared pages counted once, in GB.
    """

    def __init__(self, pid: int | None = None) -> None:
        self._pid = pid or os.getpid()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.largest = self.together = 0.0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(EVERY):
            family = _family(self._pid)
            peaks = [_kilobytes(pid, "status", "VmHWM:") for pid in family]
            shares = [_kilobytes(pid, "smaps_rollup", "Pss:") for pid in family]
            self.largest = max([self.largest, *(peak / 1024**2 for peak in peaks)])
            self.together = max(self.together, sum(shares) / 1024**2)


def _family(pid: int) -> list[int]:
    parents: dict[int, int] = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            try:
                stat = (folder / "stat").read_text()
            except OSError:  # it has just ended
                continue
            parents[int(folder.name)] = int(stat.rpartition(")")[2].split()[1])
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def _kilobytes(pid: int, file: str, line: str) -> int:
    try:
        words = (PROC / str(pid) / file).read_text().split()
    except OSError:  # it has just ended
        return 0
    return int(words[words.index(line) + 1]) if line in words else 0
