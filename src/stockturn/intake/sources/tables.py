"""Tables of the app database: sources, and the feeds that read them."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from stockturn.workspace.app_db import METADATA, Instant

SOURCE: Final = sa.Table(
    "source",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(100), nullable=False, unique=True),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("form", sa.JSON, nullable=False),
    sa.Column("sealed", sa.JSON, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
    sa.Column("changed_by", sa.String(200)),
    sqlite_autoincrement=True,
)
"""Grain: one source. ``form`` holds no secret; ``sealed`` holds each secret field, sealed."""

FEED: Final = sa.Table(
    "feed",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(100), nullable=False, unique=True),
    sa.Column("source_id", sa.Integer, sa.ForeignKey("source.id"), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("columns", sa.JSON, nullable=False),
    sqlite_autoincrement=True,
)
"""Grain: one feed. ``columns`` are the source's that were agreed to; drift is against them."""

FEED_VERSION: Final = sa.Table(
    "feed_version",
    METADATA,
    sa.Column(
        "feed_id", sa.Integer, sa.ForeignKey("feed.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("plan", sa.JSON, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("made_by", sa.String(200)),
)
"""Grain: one version of a feed's plan; old ones stay readable."""

FEED_NOTICE: Final = sa.Table(
    "feed_notice",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("feed_id", sa.Integer, sa.ForeignKey("feed.id", ondelete="CASCADE"), nullable=False),
    sa.Column("words", sa.JSON, nullable=False),
    sa.Column("noticed_at", Instant, nullable=False),
    sa.Column("load_no", sa.Integer),
    sa.Column("stands", sa.Boolean, nullable=False),
    sa.Column("read_at", Instant),
    sa.Column("read_by", sa.String(200)),
    sa.Index(None, "feed_id", "stands"),
    sqlite_autoincrement=True,
)
"""Grain: one change of a source's structure that did not stop its feed. ``words`` are Chinese and
English; it ``stands`` while the newest run has seen it."""
