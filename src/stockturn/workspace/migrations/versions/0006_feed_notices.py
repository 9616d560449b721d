"""Notices to the owners of feeds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from stockturn.workspace.app_db import Instant

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "feed_notice",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("feed_id", sa.Integer, nullable=False),
        sa.Column("words", sa.JSON, nullable=False),
        sa.Column("noticed_at", Instant, nullable=False),
        sa.Column("load_no", sa.Integer),
        sa.Column("stands", sa.Boolean, nullable=False),
        sa.Column("read_at", Instant),
        sa.Column("read_by", sa.String(200)),
        sa.PrimaryKeyConstraint("id", name="pk_feed_notice"),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["feed.id"], name="fk_feed_notice_feed_id", ondelete="CASCADE"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_feed_notice_feed_id_stands", "feed_notice", ["feed_id", "stands"])


def downgrade() -> None:
    """Remove the table."""
    op.drop_table("feed_notice")
