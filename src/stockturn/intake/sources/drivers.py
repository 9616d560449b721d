"""Drivers are optional: each is imported when its kind of source is used, and asked for by name."""

from __future__ import annotations

import importlib
from typing import Any

from stockturn.intake.sources.failures import DriverMissing


def driver(module: str, *, kind: str, extra: str) -> Any:
    """Return a driver's module.

    Args:
        module: what to import.
        kind: the kind of source, for the message.
        extra: the extra of this package that installs it.

    Raises:
        DriverMissing: it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as missing:
        raise DriverMissing(kind, detail=extra) from missing
