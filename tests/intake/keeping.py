"""Workspaces for tests of what a load does to earlier ones: load rows, read the stock, rebuild."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stockturn.cli.rebuild import rebuild_warehouse
from stockturn.intake.load import clean, load_files
from stockturn.intake.mapping_yaml import read_mapping
from stockturn.ledger import identities
from stockturn.ledger.fingerprint import content_hash
from stockturn.ledger.tables import ensure, table
from stockturn.workspace import Workspace


class Company:
    """One workspace and the folder its files come from."""

    def __init__(self, workspace: Workspace, files: Path, mapping: str) -> None:
        self.workspace = workspace
        self.files = files
        self.mapping = read_mapping(mapping)

    def load(self, name: str, text: str, mapping: str | None = None, **options):
        path = self.files / name
        path.write_text(text, encoding="utf-8")
        used = self.mapping if mapping is None else read_mapping(mapping)
        return load_files(self.workspace, [path], used, **options)

    @property
    def hash(self) -> str:
        return content_hash(self.workspace.engine)

    def stock(self, known: int = 10**6) -> dict[tuple[str, str], tuple[float, float]]:
        """(item, location) -> quantity and value on hand, as known after a load."""
        movements = self.workspace.engine.query(table("movement")).to_pylist()
        items = self._codes("item")
        places = self._codes("location")
        found: dict[tuple[str, str], tuple[float, float]] = {}
        for row in movements:
            if row["load_no"] <= known:
                key = (items[row["item_id"]], places[row["location_id"]])
                quantity, value = found.get(key, (0.0, 0.0))
                worth = float(row["value"] or 0)
                found[key] = (quantity + float(row["quantity"]), value + worth)
        return {key: both for key, both in sorted(found.items()) if both != (0.0, 0.0)}

    def count(self, name: str, **wanted) -> int:
        rows = self.workspace.engine.query(table(name)).to_pylist()
        return sum(all(row[key] == value for key, value in wanted.items()) for row in rows)

    def _codes(self, name: str) -> dict[int, str]:
        rows = self.workspace.engine.query(table(name)).to_pylist()
        return {row[f"{name}_id"]: row[name] for row in rows}

    def check(self) -> None:
        """Every identity holds, and a rebuild makes the same warehouse."""
        broken = [r.key for r in identities.check(self.workspace.engine) if not r.passed]
        assert not broken
        before = self.hash
        rebuilt = rebuild_warehouse(self.workspace, lambda *_: None)
        assert rebuilt.differing == ()
        assert self.hash == before


def stage_here(function, *arguments, **_limits):
    """Stage in this process: what a load does to others does not need a worker of its own."""
    return function(*arguments)


@contextmanager
def company(folder: Path, mapping: str) -> Iterator[Company]:
    folder.mkdir(parents=True, exist_ok=True)
    root = Workspace.create(folder / "company")
    files = folder / "files"
    files.mkdir()
    with (
        pytest.MonkeyPatch.context() as patch,
        Workspace.open(root, environ={}) as workspace,
    ):
        patch.setattr("stockturn.intake.staging.run_limited", stage_here)
        ensure(workspace.engine)
        clean(workspace)
        yield Company(workspace, files, mapping)
