"""Copying the published tables to a database, as a job of the kind ``publish_to``.

Its params: ``source`` (the name of a PostgreSQL or MariaDB connection) or ``file`` (a SQLite file
of this name in ``published/``), and ``prefix`` (before every table's name, ``stockturn_``).
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import Any, Final

from stockturn.intake.publishing.copying import copy
from stockturn.intake.publishing.publish import publish
from stockturn.intake.publishing.shelf import Shelf
from stockturn.intake.publishing.targets.mariadb import MariaDBTarget
from stockturn.intake.publishing.targets.postgresql import PostgreSQLTarget
from stockturn.intake.publishing.targets.sqlite import SQLiteTarget
from stockturn.intake.publishing.targets.target import Target, checked_prefix
from stockturn.intake.sources.database.mariadb import MariaDBSource
from stockturn.intake.sources.database.postgresql import PostgreSQLSource
from stockturn.intake.sources.failures import SourceFailure
from stockturn.intake.sources.source import Ground
from stockturn.intake.sources.store import Sources
from stockturn.jobs.run import Done, Handler, Task
from stockturn.language import Text, UsageError
from stockturn.workspace import Workspace

KIND: Final = "publish_to"
NAME: Final = Text("写入目标数据库", "Publish to a database")
PREFIX: Final = "stockturn_"
TIMEOUT_SECONDS: Final = 3600
"""How long one statement of a target may take: a part is deleted and written in one."""

_FILE: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_DONE: Final = Text(
    "已写入“{target}”：第 {number} 版（至第 {load} 次导入），更新 {parts} 个分区、{rows:,} 行。",
    "“{target}” holds version {number} (up to load {load}): {parts} parts, {rows:,} rows written.",
)
_NOTHING: Final = Text(
    "还没有导入任何数据，没有可写的。", "Nothing was loaded yet; nothing to write."
)
_NO_TARGET: Final = Text(
    "请说明写到哪里：source（PostgreSQL 或 MariaDB 连接的名称）或 file（文件名，小写字母、数字、"
    "- 和 _）。",
    "Say where to write: source (the name of a PostgreSQL or MariaDB connection) or file (a name "
    "of small letters, digits, - and _).",
)


def publish_to_handler(workspace: Workspace) -> Handler:
    """Return what copies the published tables of this workspace to a database.

    Readers of the target see the version before until the new one is whole; what a target holds it
    knows itself, so doing it again does no harm.
    """
    return Handler(partial(_publish_to, workspace), NAME, lane="fetch", safe_to_rerun=True)


def _publish_to(workspace: Workspace, params: dict[str, Any], task: Task) -> Done:
    prefix = checked_prefix(str(params.get("prefix") or PREFIX))
    # Before anything is written here: a target that cannot be named is the caller's mistake.
    source, label = _named(workspace, params)
    if publish(workspace, progress=task) is None:
        return Done(message=_NOTHING)
    found = Shelf(workspace.published).newest()
    assert found is not None, "it has just been published"
    folder, manifest = found
    try:
        target = _connected(workspace, source, label, prefix)
        try:
            copied = copy(target, prefix, folder, manifest, task)
        finally:
            target.close()
    except Exception as error:
        failure = None if source is None else source.failure(error, label, connected=True)
        if failure is None:
            raise
        raise failure from error
    words = _DONE.fill(
        target=label,
        number=manifest.number,
        load=manifest.load_no,
        parts=copied.parts,
        rows=copied.rows,
    )
    return Done({"version": manifest.number, "rows": copied.rows}, message=words)


def _named(
    workspace: Workspace, params: dict[str, Any]
) -> tuple[PostgreSQLSource | MariaDBSource | None, str]:
    """Return the connection that the params name and what to call it.

    Raises:
        UsageError: they name none, or one of a kind that is not written to.
        SourceUnknown: there is no connection of this name.
    """
    name, file = params.get("source"), params.get("file")
    if isinstance(name, str) and name and not file:
        kind, form = Sources(workspace).opened(name)
        ground = replace(Ground.of(workspace.settings), timeout_seconds=TIMEOUT_SECONDS)
        source = kind.connect(form, ground)
        if isinstance(source, PostgreSQLSource | MariaDBSource):
            return source, name
    elif isinstance(file, str) and _FILE.fullmatch(file) and not name:
        return None, f"{file}.sqlite"
    raise UsageError(_NO_TARGET)


def _connected(
    workspace: Workspace,
    source: PostgreSQLSource | MariaDBSource | None,
    label: str,
    prefix: str,
) -> Target:
    if source is None:
        return SQLiteTarget.open(workspace.published / label, prefix)
    try:
        connection = source.connection()
    except SourceFailure:
        raise
    except Exception as error:
        failure = source.failure(error, label, connected=False)
        if failure is None:
            raise
        raise failure from error
    if isinstance(source, PostgreSQLSource):
        return PostgreSQLTarget(connection, prefix)
    return MariaDBTarget(connection, prefix)
