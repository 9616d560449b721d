"""What lies where in a workspace, and opening one as its owner.

=====================  ==========================================================
``settings.toml``      settings of this company; its presence makes it a workspace
``secret.key``         32 random bytes that secrets of sources are encrypted with
``app.db``             users, jobs, sources and decisions (SQLite), unless on a server
``warehouse.duckdb``   the warehouse, a cache of what follows from ``received/``
``received/``          every input as it came, under its hash
``packs/``             mappings of this company
``published/``         clean tables for other tools
``staging/``           scratch of the owner; emptied whenever it is opened
``logs/``              JSON lines
``owner.lock, .json``  who owns the workspace
=====================  ==========================================================
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

from stockturn import settings as settings_of
from stockturn.engines import DuckDBEngine
from stockturn.language import Text, UsageError
from stockturn.settings import Settings
from stockturn.workspace import logs
from stockturn.workspace.owner import Owner, OwnerKind, Ownership
from stockturn.workspace.secret import workspace_secret
from stockturn.workspace.space import MEGABYTE, require_space

if TYPE_CHECKING:
    from stockturn.workspace.app_db import AppDb

_REMOVALS = 3
_FOLDERS = ("received", "published", "packs", "staging", logs.FOLDER_NAME)


class WorkspaceMissing(UsageError):
    """The folder is not a workspace."""

    code = "workspace_missing"
    status = 404

    def __init__(self, path: Path) -> None:
        super().__init__(
            Text(
                f"{path} 不是工作区。请用 stockturn init {path} 建立，或用 --workspace 指定已有的"
                "工作区。",
                f"{path} is not a workspace. Make one with stockturn init {path}, or name an "
                "existing one with --workspace.",
            )
        )


class WorkspaceExists(UsageError):
    """The folder already holds something."""

    code = "workspace_exists"
    status = 409

    def __init__(self, path: Path) -> None:
        super().__init__(
            Text(
                f"{path} 已存在且不是空目录。请换一个目录。",
                f"{path} exists and is not empty. Choose another folder.",
            )
        )


class Workspace:
    """An opened workspace: this process owns it until :meth:`close`.

    Used as a context manager. The warehouse itself opens at the first use of :attr:`engine`.
    """

    def __init__(self, root: Path, settings: Settings, ownership: Ownership) -> None:
        self.root = root
        self.settings = settings
        self._ownership = ownership
        self._engine: DuckDBEngine | None = None
        self._app_db: AppDb | None = None
        self._log: logging.Handler | None = logs.start(root, settings.log_level)

    # --- making and opening --------------------------------------------------------------------

    @staticmethod
    def create(path: Path, values: Mapping[str, object] | None = None) -> Path:
        """Make a new workspace with these settings; return its absolute path.

        Raises:
            WorkspaceExists: the folder is there and not empty.
            SettingUnknown, SettingInvalid: a value that no setting takes.
        """
        path = path.expanduser().absolute()
        text = settings_of.render(values or {})
        if path.exists() and not _is_blank(path):
            raise WorkspaceExists(path)
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in _FOLDERS:
            (path / name).mkdir(exist_ok=True, mode=0o700)
        # Written last and at once: without it the folder is not a workspace.
        fresh = path / f"{settings_of.FILE_NAME}.new"
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path / settings_of.FILE_NAME)
        return path

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        kind: OwnerKind = "cli",
        flags: Mapping[str, object] | None = None,
        environ: Mapping[str, str] = os.environ,
        wait_seconds: float = 1.0,
    ) -> Self:
        """Open a workspace as its owner.

        Args:
            path: The folder.
            kind: Whether a command or the server owns it from now on.
            flags: Settings given by flag; they win over variables and the file.
            environ: Environment variables to read settings from.
            wait_seconds: How long to wait for another command to end.

        Raises:
            WorkspaceMissing: the folder is not a workspace.
            WorkspaceBusy: another process owns it.
            SettingUnknown, SettingInvalid: see :func:`stockturn.settings.resolve`.
        """
        root = Workspace.locate(path)
        settings = settings_of.resolve(root, flags or {}, environ)
        ownership = Ownership.acquire(root, kind, wait_seconds=wait_seconds)
        try:
            workspace = cls(root, settings, ownership)
            workspace._empty_staging()
        except BaseException:
            ownership.release()
            raise
        return workspace

    @staticmethod
    def locate(path: Path) -> Path:
        """Return the absolute path of an existing workspace.

        Raises:
            WorkspaceMissing: the folder is not one.
        """
        root = path.expanduser().absolute()
        if not (root / settings_of.FILE_NAME).is_file():
            raise WorkspaceMissing(root)
        return root

    def close(self) -> None:
        """Close the warehouse and let go of the workspace; calling it twice does nothing."""
        try:
            self.close_engine()
            if self._app_db is not None:
                self._app_db.close()
                self._app_db = None
        finally:
            if self._log is not None:
                logs.stop(self._log)
                self._log = None
            self._ownership.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    # --- what lies where -----------------------------------------------------------------------

    @property
    def warehouse(self) -> Path:
        """The file of the ledger and its marts."""
        return self.root / "warehouse.duckdb"

    @property
    def received(self) -> Path:
        """Every input as it came, under its hash."""
        return self.root / "received"

    @property
    def published(self) -> Path:
        """Clean tables for other tools."""
        return self.root / "published"

    @property
    def packs(self) -> Path:
        """Mappings of this company."""
        return self.root / "packs"

    @property
    def staging(self) -> Path:
        """Scratch of the owner, emptied whenever the workspace is opened."""
        return self.root / "staging"

    @property
    def logs(self) -> Path:
        """JSON lines."""
        return self.root / logs.FOLDER_NAME

    # --- the warehouse -------------------------------------------------------------------------

    @property
    def engine(self) -> DuckDBEngine:
        """The warehouse, opened at first use.

        Raises:
            EngineLocked, EngineDamaged: see :meth:`DuckDBEngine.open`.
        """
        if self._engine is None:
            self._engine = self.open_engine(self.warehouse)
        return self._engine

    def open_engine(self, path: Path) -> DuckDBEngine:
        """Open a warehouse file of this workspace, such as one that is being rebuilt."""
        memory = f"{self.settings.engine_memory_mb}MB"
        return DuckDBEngine.open(path, staging=self.staging, memory_limit=memory)

    def close_engine(self) -> None:
        """Close the warehouse file; :attr:`engine` opens it again."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    # --- the app database ----------------------------------------------------------------------

    @property
    def app_db(self) -> AppDb:
        """Users, jobs, sources and decisions; opened, and brought up to date, at first use.

        Raises:
            AppDbUnreachable, AppDbNewer: see :meth:`AppDb.open`.
        """
        if self._app_db is None:
            from stockturn.workspace.app_db import AppDb

            self._app_db = AppDb.open(self.root, self.settings.app_db)
        return self._app_db

    @property
    def secret(self) -> bytes:
        """The workspace's own secret, 32 bytes; made at first use.

        Raises:
            SecretRefused: see :func:`stockturn.workspace.secret.workspace_secret`.
        """
        return workspace_secret(self.root)

    # --- owning --------------------------------------------------------------------------------

    @property
    def owner(self) -> Owner:
        """This process, as other processes see it."""
        return self._ownership.owner

    def announce(self, port: int, token: str) -> Owner:
        """Tell other processes where this server listens and by which token they may ask it."""
        return self._ownership.announce(port, token)

    def require_space(self, needed: int) -> None:
        """Check that ``needed`` bytes fit and leave the floor of the settings free.

        Raises:
            DiskFull: they do not.
        """
        require_space(self.root, needed, self.settings.free_space_floor_mb * MEGABYTE)

    def _empty_staging(self) -> None:
        """Remove what a killed owner left; nothing in staging outlives its owner."""
        for name in _FOLDERS:
            (self.root / name).mkdir(exist_ok=True, mode=0o700)
        for leftover in self.staging.iterdir():
            if leftover.is_dir() and not leftover.is_symlink():
                _remove_tree(leftover)
            else:
                leftover.unlink()


def _remove_tree(folder: Path) -> None:
    """Remove a folder into which a worker of a killed owner may still write its last file."""
    for _ in range(_REMOVALS - 1):
        with suppress(OSError):
            shutil.rmtree(folder)
            return
    shutil.rmtree(folder)


def _is_blank(path: Path) -> bool:
    """Say whether a folder is empty, or holds only what an interrupted :meth:`create` made."""
    if not path.is_dir():
        return False
    return all(
        each.name in _FOLDERS and each.is_dir() and not any(each.iterdir())
        for each in path.iterdir()
        if each.name != f"{settings_of.FILE_NAME}.new"
    )
