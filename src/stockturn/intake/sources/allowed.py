"""Which paths a file-like source may read: those inside a folder the administrator has listed."""

from __future__ import annotations

from pathlib import Path

from stockturn.intake.sources.failures import FolderNotAllowed
from stockturn.intake.sources.source import Ground


def allowed_path(text: str, ground: Ground) -> Path:
    """Return the real path behind ``text`` if it lies in an allowed folder.

    Links are followed first, so a link cannot lead out. Nothing is opened.

    Raises:
        FolderNotAllowed: it lies elsewhere, or no folder is allowed.
    """
    path = Path(text)
    if path.is_absolute():
        real = path.resolve()
        if any(real.is_relative_to(folder.resolve()) for folder in ground.source_folders):
            return real
    raise FolderNotAllowed(text)
