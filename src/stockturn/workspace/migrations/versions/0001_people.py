"""Users, sessions, tokens, row scopes and the record of who did what."""

from __future__ import annotations

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""


def downgrade() -> None:
    """Remove the tables."""
