"""Pushed messages are found by their content: replays of webhooks."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the index."""
    op.create_index("ix_push_message_feed_body_sha256", "push_message", ["feed", "body_sha256"])


def downgrade() -> None:
    """Remove the index."""
    op.drop_index("ix_push_message_feed_body_sha256", "push_message")
