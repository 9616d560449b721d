"""The quarantine for the command line: in the warehouse it owns, or at the server that owns it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from stockturn.delivery.quarantine_book import book_of
from stockturn.intake import quarantine as intake
from stockturn.intake.reasons import reject_text
from stockturn.intake.report_tree import told_report
from stockturn.language import Language
from stockturn.ledger import quarantine
from stockturn.ledger.settled import Place
from stockturn.workspace import Workspace


class Server(Protocol):
    """The server that owns a workspace, as far as the quarantine needs it."""

    def call(
        self, method: str, path: str, body: dict[str, Any] | None = None, **parameters: str
    ) -> dict[str, Any]:
        """Call a route."""

    def fetch(self, path: str, **parameters: str) -> bytes:
        """Return a file that the server makes."""

    def send(self, path: str, field: str, file: Path) -> dict[str, Any]:
        """Send a file to a route."""


class OwnQuarantine:
    """The rejected rows of a workspace that this command owns."""

    def __init__(self, workspace: Workspace, language: Language) -> None:
        self._workspace = workspace
        self._language = language

    def groups(self, *, everything: bool) -> dict[str, Any]:
        """Return the rows by load, file and reason."""
        engine = self._workspace.engine
        groups = quarantine.groups(engine, waiting=not everything)
        return {
            "waiting": quarantine.count_waiting(engine),
            "groups": [
                {
                    **asdict(group),
                    "committed_at": group.committed_at.isoformat(),
                    "message": reject_text(group.code).read(self._language),
                }
                for group in groups
            ],
        }

    def download(self, load_no: int | None, code: str | None) -> bytes:
        """Return a workbook of the rows that wait."""
        return book_of(self._workspace.engine, self._language, load_no=load_no, code=code)

    def correct(self, path: Path) -> dict[str, Any]:
        """Take a corrected workbook back."""
        report = intake.correct(self._workspace, path)
        counts = asdict(report)
        loads = [told_report(each, self._language) for each in report.loads]
        return {**counts, "message": report.message.read(self._language), "loads": loads}

    def replay(self, load_no: int, mapping: str) -> dict[str, Any]:
        """Read a load's waiting rows again with another mapping."""
        report = intake.replay_with(self._workspace, load_no, mapping)
        return told_report(report, self._language)

    def discard(self, load_no: int, code: str | None, actor: str, reason: str) -> int:
        """Take the waiting rows of a load out for good; return how many."""
        rows = quarantine.waiting(self._workspace.engine, load_no=load_no, code=code)
        if not rows:
            raise intake.NothingWaits(load_no)
        places = [row.place for row in rows]
        intake.discard(self._workspace, places, actor=actor, reason=reason)
        return len(places)


class RemoteQuarantine:
    """The rejected rows of a workspace that a running server owns."""

    def __init__(self, house: Server) -> None:
        self._house = house

    def groups(self, *, everything: bool) -> dict[str, Any]:
        """Return the rows by load, file and reason."""
        return self._house.call("GET", "/quarantine", everything=str(everything).lower())

    def download(self, load_no: int | None, code: str | None) -> bytes:
        """Return a workbook of the rows that wait."""
        return self._house.fetch("/quarantine/download", **_chosen(load_no, code))

    def correct(self, path: Path) -> dict[str, Any]:
        """Send a corrected workbook back."""
        return self._house.send("/quarantine/corrections", "file", path)

    def replay(self, load_no: int, mapping: str) -> dict[str, Any]:
        """Have the server read a load's waiting rows again."""
        return self._house.call("POST", f"/quarantine/{load_no}/replay", {"mapping": mapping})

    def discard(self, load_no: int, code: str | None, actor: str, reason: str) -> int:
        """Have the server take the waiting rows of a load out for good."""
        chosen = {**_chosen(load_no, code), "limit": "1000"}
        rows = self._house.call("GET", "/quarantine/rows", None, **chosen)["rows"]
        if not rows:
            raise intake.NothingWaits(load_no)
        places = [asdict(Place(**row["place"])) for row in rows]
        body = {"rows": places, "actor": actor, "reason": reason}
        self._house.call("POST", "/quarantine/discards", body)
        return len(places)


def _chosen(load_no: int | None, code: str | None) -> dict[str, str]:
    chosen = {"load_no": None if load_no is None else str(load_no), "code": code}
    return {key: value for key, value in chosen.items() if value is not None}
