"""Every kind of source, by its key."""

from __future__ import annotations

from typing import Final

from stockturn.intake.sources.database import mariadb, oracle, postgresql, sqlite, sqlserver
from stockturn.intake.sources.files import folder, s3, sftp
from stockturn.intake.sources.http import forms
from stockturn.intake.sources.kind import SourceKind
from stockturn.language import Text, UsageError

_OFFERED: Final[tuple[SourceKind, ...]] = (
    postgresql.KIND,
    mariadb.KIND,
    sqlserver.KIND,
    oracle.KIND,
    sqlite.KIND,
    folder.KIND,
    s3.KIND,
    sftp.KIND,
    *forms.KINDS,
)

KINDS: Final[dict[str, SourceKind]] = {kind.key: kind for kind in _OFFERED}
"""Key -> kind, in the order in which they are offered."""


def kind_of(key: str) -> SourceKind:
    """Return a kind by its key.

    Raises:
        UsageError: there is none.
    """
    if key not in KINDS:
        names = ", ".join(KINDS)
        raise UsageError(
            Text(
                f"没有“{key}”这种来源。可用：{names}。",
                f"There is no kind “{key}”. Known: {names}.",
            )
        )
    return KINDS[key]
