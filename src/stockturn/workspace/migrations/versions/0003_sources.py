"""Sources and feeds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from stockturn.workspace.app_db import Instant

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "source",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("form", sa.JSON, nullable=False),
        sa.Column("sealed", sa.JSON, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("changed_at", Instant, nullable=False),
        sa.Column("changed_by", sa.String(200)),
        sa.PrimaryKeyConstraint("id", name="pk_source"),
        sa.UniqueConstraint("name", name="uq_source_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "feed",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("source_id", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("columns", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_feed"),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name="fk_feed_source_id"),
        sa.UniqueConstraint("name", name="uq_feed_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "feed_version",
        sa.Column("feed_id", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("plan", sa.JSON, nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("made_by", sa.String(200)),
        sa.PrimaryKeyConstraint("feed_id", "version", name="pk_feed_version"),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["feed.id"], name="fk_feed_version_feed_id", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    """Remove the tables."""
    op.drop_table("feed_version")
    op.drop_table("feed")
    op.drop_table("source")
