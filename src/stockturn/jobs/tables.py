"""Tables of the app database: runs of jobs, and the schedules that plan them."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from stockturn.workspace.app_db import METADATA, Instant

SCHEDULE: Final = sa.Table(
    "schedule",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(200), nullable=False, unique=True),
    sa.Column("kind", sa.String(64), nullable=False),
    sa.Column("params", sa.JSON, nullable=False),
    sa.Column("trigger", sa.JSON, nullable=False),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("anchor_at", Instant, nullable=False),
    sa.Column("last_planned_at", Instant),
    sa.Column("next_at", Instant, nullable=False),
    sa.Column("created_by", sa.String(200)),
    sqlite_autoincrement=True,
)
"""Grain: one schedule. ``next_at`` is when it next fires; the planner alone moves it on."""

JOB_RUN: Final = sa.Table(
    "job_run",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String(64), nullable=False),
    sa.Column("params", sa.JSON, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("schedule_id", sa.Integer, sa.ForeignKey("schedule.id", ondelete="SET NULL")),
    sa.Column("planned_at", Instant, nullable=False),
    sa.Column("requested_by", sa.String(200)),
    sa.Column("idempotency_key", sa.String(200), unique=True),
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
    sa.UniqueConstraint("schedule_id", "planned_at"),
    sa.Index(None, "state", "next_attempt_at"),
    sqlite_autoincrement=True,
)
"""Grain: one planned piece of work, whatever number of attempts it takes."""
