"""Whoever is asking: what they may do, which rows they see, and how the audit names them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from stockturn.accounts.audit import Actor, Channel
from stockturn.accounts.errors import NotAllowed
from stockturn.accounts.permissions import PERMISSIONS, Permission
from stockturn.accounts.roles import OWNER
from stockturn.accounts.scopes import ALL_ROWS, RowScope, figures_scope
from stockturn.accounts.users import User
from stockturn.metrics.query import Scope


@dataclass(frozen=True)
class Caller:
    """One authenticated caller. ``user`` is None for the command of the workspace's own user."""

    actor: Actor
    user: User | None
    permissions: frozenset[Permission]
    rows: RowScope
    scope: Scope
    session_id: str | None = None

    def may(self, permission: Permission) -> bool:
        """Say whether the caller may do or see this."""
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Check that the caller may do or see this.

        Raises:
            NotAllowed: they may not.
        """
        if not self.may(permission):
            raise NotAllowed(PERMISSIONS[permission])

    def other_than(self, name: str) -> str | None:
        """Return a name where it is not the caller's own: the command line acts for others."""
        return None if name == self.actor.name else name

    @property
    def sees_raw_rows(self) -> bool:
        """Say whether the caller may see rejected rows as the files held them.

        A file's rows belong to no scope yet, and may hold cost: they are for those who see all
        rows, and cost, or who are there to correct them.
        """
        corrects = self.may(Permission.CORRECT_QUARANTINE)
        return not self.scope.allowed and (corrects or not self.scope.hides_cost)

    @property
    def is_owner(self) -> bool:
        """Say whether the caller rules the workspace: an owner, or its user at the command line."""
        return self.user is None or self.user.role == OWNER


def caller_of(
    user: User,
    now: datetime,
    *,
    address: str,
    channel: Channel,
    allowed: frozenset[Permission] | None = None,
    session_id: str | None = None,
) -> Caller:
    """Return a person as a caller, with the permissions that ``allowed`` leaves (None: all)."""
    permissions = user.permissions if allowed is None else user.permissions & allowed
    return Caller(
        Actor(user.user_id, user.name, address, channel),
        user,
        permissions,
        user.rows,
        figures_scope(user.rows, user.rows_until, permissions, now),
        session_id,
    )


def local_caller(name: str) -> Caller:
    """Return the user whose workspace this is, at the command line: they hold its files."""
    actor = Actor(None, name, "", "cli")
    return Caller(actor, None, frozenset(Permission), ALL_ROWS, LOCAL_SCOPE)


LOCAL_SCOPE: Final = Scope()
