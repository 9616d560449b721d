"""Table of the app database: the messages that were acknowledged."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from stockturn.workspace.app_db import METADATA, Instant

PUSH_MESSAGE: Final = sa.Table(
    "push_message",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("feed", sa.String(100), nullable=False),
    sa.Column("key", sa.String(200), nullable=False),
    sa.Column("body_sha256", sa.String(64), nullable=False),
    sa.Column("kept_sha256", sa.String(64), nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("received_at", Instant, nullable=False),
    sa.Column("received_from", sa.String(200)),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("run_id", sa.Integer),
    sa.Column("load_no", sa.Integer),
    sa.UniqueConstraint("feed", "key"),
    sa.Index(None, "feed", "state"),
    sa.Index(None, "feed", "body_sha256"),
    sqlite_autoincrement=True,
)
"""Grain: one acknowledged message. ``kept_sha256`` names its bytes in ``received/``."""
