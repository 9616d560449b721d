"""Structured logs: one JSON object a line in ``logs/stockturn.log``, rotated by size.

The owner of the workspace writes through :func:`start`; a command that does not own it, or fails
before it does, adds its failure with :func:`record_failure`, one line at a time.
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import structlog

FOLDER_NAME = "logs"
FILE_NAME = "stockturn.log"
FILE_BYTES = 5 * 1024 * 1024
FILES_KEPT = 5


def start(workspace: Path, level: str) -> logging.Handler:
    """Send every log line of this process to the workspace; return the handler for :func:`stop`.

    Values bound with ``structlog.contextvars`` (``load_id``, ``request_id``) appear on each line.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    (workspace / FOLDER_NAME).mkdir(exist_ok=True)
    handler = RotatingFileHandler(
        workspace / FOLDER_NAME / FILE_NAME,
        maxBytes=FILE_BYTES,
        backupCount=FILES_KEPT,
        encoding="utf-8",
        delay=True,
    )
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
            ],
        )
    )
    logging.getLogger("stockturn").setLevel(level.upper())
    logging.getLogger().addHandler(handler)
    return handler


def stop(handler: logging.Handler) -> None:
    """Stop writing to the workspace."""
    logging.getLogger().removeHandler(handler)
    handler.close()


def record_failure(folder: Path, error: BaseException, details: Mapping[str, str]) -> Path:
    """Append a failure with its trace to ``folder``/stockturn.log and return that file.

    Raises:
        OSError: the file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    line = {
        **details,
        "event": "command failed",
        "level": "error",
        "at": datetime.now(UTC).isoformat(),
        "error": type(error).__name__,
        "exception": "".join(traceback.format_exception(error)),
    }
    # Opened for this one line only: the owner may rotate the file at any moment.
    with (folder / FILE_NAME).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return folder / FILE_NAME
