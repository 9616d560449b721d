"""Quality rules of the workspace's own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from stockturn.workspace.app_db import Instant

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "quality_rule",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("key", sa.String(100), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("saved_by", sa.String(200), nullable=False),
        sa.Column("saved_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_quality_rule"),
        sa.UniqueConstraint("key", "version", name="uq_quality_rule_key_version"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Remove the tables."""
    op.drop_table("quality_rule")
