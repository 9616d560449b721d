"""Loading uploaded files as a job: what the runner is given for the kind ``load``."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, Final

import structlog

from stockturn.intake import uploads
from stockturn.intake.layout import names_file
from stockturn.intake.load import load_files
from stockturn.intake.mapping import Mapping
from stockturn.intake.mapping_yaml import find_mapping
from stockturn.intake.origin import Origin
from stockturn.intake.questions import answered_of
from stockturn.intake.report import Status
from stockturn.intake.report_tree import report_tree
from stockturn.jobs.run import Done, Ended, Handler, Task
from stockturn.language import Text
from stockturn.workspace import Workspace

log = structlog.get_logger("stockturn.intake")

KIND: Final = "load"
_STATES: Final[dict[Status, Ended]] = {
    "loaded": "succeeded",
    "nothing_new": "succeeded",
    "held": "held",
    "failed": "failed",
}
NAME: Final = Text("导入文件", "Load files")


def load_handler(workspace: Workspace) -> Handler:
    """Return what loads uploads into this workspace.

    Its params: ``upload`` (a token), ``mapping`` (a name, unless the upload brings a mapping),
    ``trial`` and, once it was held, ``answered`` (:mod:`stockturn.intake.questions`). Its result:
    ``load_no`` and the ``report`` (:mod:`stockturn.intake.report_tree`). Files loaded before are
    known by their hash, so it is safe to run again.
    """
    return Handler(partial(_load, workspace), NAME, lane="write", safe_to_rerun=True)


def mapping_of(workspace: Workspace, token: str, name: str) -> Mapping:
    """Return the mapping of an upload: its own, else the one of this name.

    Raises:
        UsageError: there is none, or it cannot be read.
    """
    own = uploads.place(workspace, token) / uploads.MAPPING
    brought = sorted(own.iterdir()) if own.is_dir() else []
    return find_mapping(str(brought[0]) if brought else name, (workspace.packs,))


def _load(workspace: Workspace, params: dict[str, Any], task: Task) -> Done:
    token = str(params["upload"])
    mapping = mapping_of(workspace, token, str(params.get("mapping") or ""))
    report = load_files(
        workspace,
        _paths(uploads.place(workspace, token) / uploads.FILES, mapping),
        mapping,
        origin=Origin(actor=params.get("answered_by") or task.run.requested_by or ""),
        progress=task,
        trial=bool(params.get("trial")),
        accept_drop=bool(params.get("accept_drop")),
        answer=params.get("answer"),
        answered=answered_of(params.get("answered", ())),
    )
    counts = {
        name: getattr(report, name)
        for name in ("load_no", "rows_in", "rows_loaded", "rows_rejected", "rows_ignored")
    }
    log.info("load ends", status=report.status, seconds=round(report.seconds, 3), **counts)
    return Done(
        {"load_no": report.load_no, "report": report_tree(report)},
        _STATES[report.status],
        report.message,
        None if report.exit_code == 0 else f"load_{report.status}",
    )


def _paths(folder: Path, mapping: Mapping) -> list[Path]:
    """What to load of an upload.

    The names of a whole folder arrive one by one. As with a folder, files the mapping does not
    know are left and named; when it knows none, they were meant outright.
    """
    paths = sorted(folder.iterdir())
    known = any(names_file(path.name, spec.match) for path in paths for spec in mapping.files)
    return [folder] if known else paths
