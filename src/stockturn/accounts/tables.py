"""Tables of the app database that hold people and what they did."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from stockturn.workspace.app_db import METADATA, Instant

ID: Final = sa.String(32)
DIGEST: Final = sa.String(64)

USERS: Final = sa.Table(
    "users",
    METADATA,
    sa.Column("user_id", ID, primary_key=True),
    sa.Column("login", sa.String(200), nullable=False),
    sa.Column("login_key", sa.String(200), nullable=False, unique=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("role", sa.String(40), nullable=False),
    sa.Column("row_scope", sa.JSON(none_as_null=True)),
    sa.Column("rows_until", Instant),
    sa.Column("password_hash", sa.String(200)),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("last_sign_in_at", Instant),
    sa.Column("disabled_at", Instant),
)

SESSIONS: Final = sa.Table(
    "sessions",
    METADATA,
    sa.Column("session_id", ID, primary_key=True),
    sa.Column("digest", DIGEST, nullable=False, unique=True),
    sa.Column("user_id", ID, sa.ForeignKey("users.user_id"), nullable=False, index=True),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("seen_at", Instant, nullable=False),
    sa.Column("address", sa.String(64), nullable=False),
    sa.Column("agent", sa.String(200), nullable=False),
)

TOKENS: Final = sa.Table(
    "api_tokens",
    METADATA,
    sa.Column("token_id", ID, primary_key=True),
    sa.Column("digest", DIGEST, nullable=False, unique=True),
    sa.Column("user_id", ID, sa.ForeignKey("users.user_id"), nullable=False, index=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("verbs", sa.String(20), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("used_at", Instant),
    sa.Column("revoked_at", Instant),
)

LINKS: Final = sa.Table(
    "links",
    METADATA,
    sa.Column("link_id", ID, primary_key=True),
    sa.Column("digest", DIGEST, nullable=False, unique=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("user_id", ID, sa.ForeignKey("users.user_id"), index=True),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("used_at", Instant),
)
"""One-time links: set-up of the owner, invitation, new password, sign-in of the local person."""

AUDIT: Final = sa.Table(
    "audit",
    METADATA,
    sa.Column(
        "audit_no",
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
    ),
    sa.Column("at", Instant, nullable=False, index=True),
    sa.Column("user_id", ID),
    sa.Column("who", sa.String(200), nullable=False),
    sa.Column("action", sa.String(60), nullable=False),
    sa.Column("object_kind", sa.String(40), nullable=False),
    sa.Column("object_id", sa.String(200), nullable=False),
    sa.Column("address", sa.String(64), nullable=False),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("result", sa.String(20), nullable=False),
    sa.Column("details", sa.JSON(none_as_null=True)),
)
"""Append-only: triggers of the migration refuse any update or delete."""
