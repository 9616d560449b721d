"""Row scopes: the rows a person may see, as kept, and as the value that figures are asked with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from stockturn.accounts.errors import FieldRefused
from stockturn.accounts.permissions import Permission
from stockturn.language import Text
from stockturn.metrics.dimensions import DIMENSIONS
from stockturn.metrics.query import NOTHING, Scope

SCOPED: Final = ("company", "location", "category", "supplier", "channel", "buyer")
"""Dimensions that rows can be given by."""

_NO_DIMENSION = Text(
    "数据范围不能按“{key}”限定。可用：{known}。",
    "Rows cannot be given by '{key}'. Known: {known}.",
)
_NO_MEMBERS = Text(
    "「{name}」没有选任何成员。请至少选一个，或去掉这一条。",
    "“{name}” has no member. Choose at least one, or remove it.",
)


@dataclass(frozen=True)
class RowScope:
    """The rows of one person: all, or those whose dimensions are among the members (all of them).

    ``rows`` empty without ``everything`` is nothing at all. The empty member is "not assigned".
    """

    everything: bool = False
    rows: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def payload(self) -> dict[str, Any]:
        """Return what is kept in the app database."""
        return {
            "everything": self.everything,
            "rows": {key: list(members) for key, members in self.rows},
        }

    def lies_within(self, other: RowScope) -> bool:
        """Say whether every row of this scope is a row of the other one."""
        if other.everything:
            return True
        if self.everything:
            return False
        if not self.rows:
            return True
        mine = dict(self.rows)
        return bool(other.rows) and all(
            key in mine and set(mine[key]) <= set(members) for key, members in other.rows
        )


ALL_ROWS: Final = RowScope(everything=True)
NO_ROWS: Final = RowScope()


def read_scope(payload: Mapping[str, Any] | None) -> RowScope:
    """Return a kept scope; without one there are no rows."""
    if not payload:
        return NO_ROWS
    if payload.get("everything") is True:
        return ALL_ROWS
    return RowScope(
        rows=tuple((key, tuple(members)) for key, members in sorted(payload["rows"].items()))
    )


def chosen_scope(everything: bool, rows: Mapping[str, Sequence[str]]) -> RowScope:
    """Return the scope that an administrator chose.

    Raises:
        FieldRefused: a dimension that rows are not given by, or one without members.
    """
    if everything:
        return ALL_ROWS
    for key, members in rows.items():
        if key not in SCOPED:
            raise FieldRefused("rows", _NO_DIMENSION.fill(key=key, known=", ".join(SCOPED)))
        if not members:
            name = DIMENSIONS[key].name
            raise FieldRefused(
                "rows",
                Text(_NO_MEMBERS.zh.format(name=name.zh), _NO_MEMBERS.en.format(name=name.en)),
            )
    return RowScope(
        rows=tuple((key, tuple(sorted(set(members)))) for key, members in sorted(rows.items()))
    )


def figures_scope(
    rows: RowScope,
    rows_until: datetime | None,
    permissions: frozenset[Permission],
    now: datetime,
) -> Scope:
    """Return the scope that figures are asked with: no rows where it is missing or has expired."""
    hides_cost = Permission.SEE_COST not in permissions
    expired = rows_until is not None and now >= rows_until
    if expired or Permission.SEE_FIGURES not in permissions:
        return NOTHING
    if rows.everything:
        return Scope(hides_cost=hides_cost)
    if not rows.rows:
        return NOTHING
    return Scope(allowed=rows.rows, hides_cost=hides_cost)
