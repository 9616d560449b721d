"""Table of the app database: quality rules of the workspace's own."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from stockturn.workspace.app_db import METADATA, Instant

QUALITY_RULE: Final = sa.Table(
    "quality_rule",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("key", sa.String(100), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("saved_by", sa.String(200), nullable=False),
    sa.Column("saved_at", Instant, nullable=False),
    sa.UniqueConstraint("key", "version"),
    sqlite_autoincrement=True,
)
"""Grain: one version of one rule, never changed; the newest of a key is in force, if enabled."""
