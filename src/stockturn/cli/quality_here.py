"""Quality rules for the command line: in the workspace it owns, or at the server that owns it."""

from __future__ import annotations

from typing import Any, Protocol

from stockturn.intake import quality as intake
from stockturn.language import Language
from stockturn.ledger import quality
from stockturn.ledger.quality import rule_tree
from stockturn.workspace import Workspace


class Server(Protocol):
    """The server that owns a workspace, as far as quality needs it."""

    def call(
        self, method: str, path: str, body: dict[str, Any] | None = None, **parameters: str
    ) -> dict[str, Any]:
        """Call a route."""


class OwnQuality:
    """The rules and results of a workspace that this command owns."""

    def __init__(self, workspace: Workspace, language: Language) -> None:
        self._workspace = workspace
        self._language = language

    def results(self) -> dict[str, Any]:
        """Return the score and each rule's newest result."""
        found = quality.results(self._workspace.engine)
        score = quality.score(found)
        return {
            "score": None if score is None else str(score),
            "results": [
                {
                    "load_no": one.load_no,
                    "rule": one.rule,
                    "version": one.version,
                    "title": one.title.read(self._language),
                    "severity": one.severity,
                    "owner": one.owner,
                    "checked": one.checked,
                    "passed": one.passed,
                    "share": None if one.share is None else str(one.share),
                    "target": str(one.target),
                    "holds": one.holds,
                    "examples": list(one.examples),
                }
                for one in found
            ],
        }

    def rules(self) -> list[dict[str, Any]]:
        """Return the rules in force."""
        return [rule_tree(rule) for rule in intake.rules_in_force(self._workspace)]

    def save(self, tree: dict[str, Any]) -> dict[str, Any]:
        """Save a rule; return it with its version."""
        return rule_tree(intake.save_rule(self._workspace, tree))

    def switch_off(self, key: str) -> None:
        """Take a rule out of force."""
        intake.switch_off(self._workspace, key)


class RemoteQuality:
    """The rules and results of a workspace that a running server owns."""

    def __init__(self, house: Server) -> None:
        self._house = house

    def results(self) -> dict[str, Any]:
        """Return the score and each rule's newest result."""
        return self._house.call("GET", "/quality")

    def rules(self) -> list[dict[str, Any]]:
        """Return the rules in force."""
        return list(self._house.call("GET", "/quality/rules")["rules"])

    def save(self, tree: dict[str, Any]) -> dict[str, Any]:
        """Have the server save a rule."""
        return self._house.call("POST", "/quality/rules", tree)

    def switch_off(self, key: str) -> None:
        """Have the server take a rule out of force."""
        self._house.call("DELETE", f"/quality/rules/{key}")
