"""Messages that other systems sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from stockturn.workspace.app_db import Instant

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "push_message",
        sa.Column("id", sa.Integer, nullable=False),
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
        sa.PrimaryKeyConstraint("id", name="pk_push_message"),
        sa.UniqueConstraint("feed", "key", name="uq_push_message_feed_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_push_message_feed_state", "push_message", ["feed", "state"])


def downgrade() -> None:
    """Remove the table."""
    op.drop_table("push_message")
