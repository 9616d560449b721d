"""A small disk of its own for a test, and filling it up."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

FILLER = "filler"


@contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[Path]:
    """Mount a disk of this size at ``place``; skip where that is not allowed."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk for this test")
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place)]
    if subprocess.run(command, check=False, capture_output=True).returncode != 0:
        pytest.skip("this machine does not allow a small disk to be mounted")
    try:
        yield place
    finally:
        make_room(place)
        subprocess.run(["umount", "-l", str(place)], check=True)


def fill(disk: Path, leave: int = 0) -> None:
    """Write until nothing fits any more but ``leave`` bytes."""
    status = os.statvfs(disk)
    room = max(0, status.f_bavail * status.f_frsize - leave)
    with (disk / FILLER).open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while not leave or file.tell() + size <= room:
                    file.write(b"\0" * size)


def make_room(disk: Path) -> None:
    """Remove what :func:`fill` wrote."""
    (disk / FILLER).unlink(missing_ok=True)
