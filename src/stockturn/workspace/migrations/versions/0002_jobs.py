"""Job runs and schedules."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from stockturn.workspace.app_db import Instant

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "schedule",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("params", sa.JSON, nullable=False),
        sa.Column("trigger", sa.JSON, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("anchor_at", Instant, nullable=False),
        sa.Column("last_planned_at", Instant),
        sa.Column("next_at", Instant, nullable=False),
        sa.Column("created_by", sa.String(200)),
        sa.PrimaryKeyConstraint("id", name="pk_schedule"),
        sa.UniqueConstraint("name", name="uq_schedule_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "job_run",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("params", sa.JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("schedule_id", sa.Integer),
        sa.Column("planned_at", Instant, nullable=False),
        sa.Column("requested_by", sa.String(200)),
        sa.Column("idempotency_key", sa.String(200)),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("next_attempt_at", Instant, nullable=False),
        sa.Column("started_at", Instant),
        sa.Column("finished_at", Instant),
        sa.Column("cancel_requested_by", sa.String(200)),
        sa.Column("stage_zh", sa.Text),
        sa.Column("stage_en", sa.Text),
        sa.Column("done", sa.BigInteger),
        sa.Column("total", sa.BigInteger),
        sa.Column("rate", sa.Float),
        sa.Column("error_code", sa.String(64)),
        sa.Column("message_zh", sa.Text),
        sa.Column("message_en", sa.Text),
        sa.Column("result", sa.JSON),
        sa.Column("attempts", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_job_run"),
        sa.ForeignKeyConstraint(
            ["schedule_id"],
            ["schedule.id"],
            name="fk_job_run_schedule_id",
            ondelete="SET NULL",
        ),
        sa.UniqueConstraint("idempotency_key", name="uq_job_run_idempotency_key"),
        sa.UniqueConstraint("schedule_id", "planned_at", name="uq_job_run_schedule_id_planned_at"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_job_run_state_next_attempt_at", "job_run", ["state", "next_attempt_at"])


def downgrade() -> None:
    """Remove the tables."""
    op.drop_table("job_run")
    op.drop_table("schedule")
