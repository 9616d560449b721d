"""The folder that holds one company's data, and the one process that owns it."""

from stockturn.workspace.folder import Workspace, WorkspaceExists, WorkspaceMissing
from stockturn.workspace.owner import Owner, OwnerKind, WorkspaceBusy, current_owner
from stockturn.workspace.space import DiskFull, clear_disk_errors, require_space

__all__ = [
    "DiskFull",
    "Owner",
    "OwnerKind",
    "Workspace",
    "WorkspaceBusy",
    "WorkspaceExists",
    "WorkspaceMissing",
    "clear_disk_errors",
    "current_owner",
    "require_space",
]
