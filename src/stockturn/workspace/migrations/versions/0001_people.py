"""Users, sessions, tokens, row scopes and the record of who did what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from stockturn.workspace.app_db import Instant

revision = "0001"
down_revision = None

ID, DIGEST = sa.String(32), sa.String(64)
VERBS = ("UPDATE", "DELETE")


def upgrade() -> None:
    """Make the tables, and the triggers that keep the audit append-only."""
    _people()
    _keys()
    op.create_table(
        "audit",
        sa.Column(
            "audit_no",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            primary_key=True,
            autoincrement=True,
        ),
        sa.Column("at", Instant, nullable=False),
        sa.Column("user_id", ID),
        sa.Column("who", sa.String(200), nullable=False),
        sa.Column("action", sa.String(60), nullable=False),
        sa.Column("object_kind", sa.String(40), nullable=False),
        sa.Column("object_id", sa.String(200), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("result", sa.String(20), nullable=False),
        sa.Column("details", sa.JSON),
        sa.PrimaryKeyConstraint("audit_no", name="pk_audit"),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    _guard_audit()


def downgrade() -> None:
    """Remove the tables."""
    op.drop_table("audit")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_refuse()")
    for name in ("links", "api_tokens", "sessions", "users"):
        op.drop_table(name)


def _people() -> None:
    op.create_table(
        "users",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("login", sa.String(200), nullable=False),
        sa.Column("login_key", sa.String(200), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("row_scope", sa.JSON),
        sa.Column("rows_until", Instant),
        sa.Column("password_hash", sa.String(200)),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("last_sign_in_at", Instant),
        sa.Column("disabled_at", Instant),
        sa.PrimaryKeyConstraint("user_id", name="pk_users"),
        sa.UniqueConstraint("login_key", name="uq_users_login_key"),
    )
    op.create_table(
        "sessions",
        sa.Column("session_id", ID, nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("seen_at", Instant, nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("agent", sa.String(200), nullable=False),
        *_of_a_user("sessions", "session_id"),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])


def _keys() -> None:
    op.create_table(
        "api_tokens",
        sa.Column("token_id", ID, nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("verbs", sa.String(20), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("used_at", Instant),
        sa.Column("revoked_at", Instant),
        *_of_a_user("api_tokens", "token_id"),
    )
    op.create_index("ix_api_tokens_user_id", "api_tokens", ["user_id"])
    op.create_table(
        "links",
        sa.Column("link_id", ID, nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("user_id", ID),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("used_at", Instant),
        *_of_a_user("links", "link_id"),
    )
    op.create_index("ix_links_user_id", "links", ["user_id"])


def _of_a_user(table: str, key: str) -> tuple[sa.Constraint, ...]:
    return (
        sa.PrimaryKeyConstraint(key, name=f"pk_{table}"),
        sa.UniqueConstraint("digest", name=f"uq_{table}_digest"),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name=f"fk_{table}_user_id"),
    )


def _guard_audit() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
        )
        return
    for verb in VERBS:
        op.execute(
            f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit "
            "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
        )
