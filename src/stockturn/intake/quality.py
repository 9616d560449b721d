"""Which quality rules are in force: the ready ones, and the workspace's own over them.

The workspace's own are kept in the app database, version by version, and made without code. A load
takes the rules of its moment into its manifest; nothing in the ledger depends on the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
import yaml

from stockturn.intake.quality_tables import QUALITY_RULE
from stockturn.language import Text, UsageError
from stockturn.ledger.quality import QualityRule, rule_of, rule_tree
from stockturn.workspace import Workspace

READY: Final = Path(__file__).parent.parent / "packs" / "quality"
"""Where the rules that come with the product lie."""


class NoSuchRule(UsageError):
    """No quality rule has this key."""

    code = "no_such_rule"
    status = 404

    def __init__(self, key: str) -> None:
        super().__init__(
            Text(
                f"没有名为“{key}”的质量规则。用 stockturn quality rules 查看全部规则。",
                f"There is no quality rule “{key}”. See them all with stockturn quality rules.",
            )
        )


@cache
def ready_rules() -> tuple[QualityRule, ...]:
    """Return the rules that come with the product."""
    return tuple(
        rule_of(tree)
        for path in sorted(READY.glob("*.yaml"))
        for tree in yaml.safe_load(path.read_text(encoding="utf-8"))
    )


def rules_in_force(workspace: Workspace) -> tuple[QualityRule, ...]:
    """Return the rules that the next load is checked by, by key."""
    known = {rule.key: rule for rule in ready_rules()}
    for key, (content, enabled) in _own(workspace).items():
        if enabled:
            known[key] = rule_of(content)
        else:
            known.pop(key, None)
    return tuple(known[key] for key in sorted(known))


def save_rule(workspace: Workspace, tree: Mapping[str, Any], *, by: str = "") -> QualityRule:
    """Keep a rule of the workspace's own as the next version of its key.

    Raises:
        BadRule: it does not say clearly what to check.
    """
    rule = rule_of({key: value for key, value in tree.items() if key != "version"})
    with workspace.app_db.write() as connection:
        version = _next_version(connection, rule.key)
        rule = replace(rule, version=version)
        connection.execute(
            sa.insert(QUALITY_RULE).values(
                key=rule.key,
                version=version,
                content=rule_tree(rule),
                enabled=True,
                saved_by=by,
                saved_at=datetime.now(UTC),
            )
        )
    return rule


def switch_off(workspace: Workspace, key: str, *, by: str = "") -> None:
    """Take a rule out of force from the next load on; what it found stays.

    Raises:
        NoSuchRule: none in force has this key.
    """
    found = next((rule for rule in rules_in_force(workspace) if rule.key == key), None)
    if found is None:
        raise NoSuchRule(key)
    with workspace.app_db.write() as connection:
        connection.execute(
            sa.insert(QUALITY_RULE).values(
                key=key,
                version=_next_version(connection, key),
                content=rule_tree(found),
                enabled=False,
                saved_by=by,
                saved_at=datetime.now(UTC),
            )
        )


def _next_version(connection: sa.Connection, key: str) -> int:
    last = connection.execute(
        sa.select(sa.func.max(QUALITY_RULE.c.version)).where(QUALITY_RULE.c.key == key)
    ).scalar()
    # The ready rule of this key, if there is one, is version 1.
    ready = any(rule.key == key for rule in ready_rules())
    return int(last or (1 if ready else 0)) + 1


def _own(workspace: Workspace) -> dict[str, tuple[dict[str, Any], bool]]:
    """Return the newest version of each rule of the workspace's own: key -> content, in force."""
    with workspace.app_db.read() as connection:
        rows = connection.execute(
            sa.select(QUALITY_RULE.c.key, QUALITY_RULE.c.content, QUALITY_RULE.c.enabled).order_by(
                QUALITY_RULE.c.version
            )
        ).all()
    return {row.key: (dict(row.content), bool(row.enabled)) for row in rows}
