"""The contract of the rooms lists every room in the order of the house, and it bites."""

from __future__ import annotations

import configparser
import re
import subprocess
import sys
from pathlib import Path

from tests.repository.tree import ROOT

ORDER = [
    "language",
    "settings",
    "engines",
    "workspace",
    "jobs",
    "ledger",
    "intake|metrics",
    "demand",
    "insight",
    "planning",
    "accounts",
    "workflow",
    "delivery",
    "server",
    "demo",
    "cli",
]


def test_the_contract_is_the_house() -> None:
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    rooms = contracts["importlinter:contract:rooms"]
    layers = [re.sub(r"[() ]", "", line) for line in rooms["layers"].split("\n") if line]
    assert layers[::-1] == ORDER
    assert rooms.getboolean("exhaustive")
    assert not any("ignore_imports" in section for section in contracts.values())


def test_an_import_upwards_is_noticed(tmp_path: Path) -> None:
    house = tmp_path / "stockturn"
    for room in "|".join(ORDER).split("|"):
        (house / room).mkdir(parents=True)
        (house / room / "__init__.py").write_text("")
    (house / "__init__.py").write_text("")
    (house / "engines" / "__init__.py").write_text("import duckdb\n")
    (house / "server" / "__init__.py").write_text("import fastapi\n")
    assert lint(tmp_path) == (0, [])
    (house / "ledger" / "__init__.py").write_text("import stockturn.planning\nimport duckdb\n")
    (house / "storeroom").mkdir()
    (house / "storeroom" / "__init__.py").write_text("")
    code, broken = lint(tmp_path)
    assert code == 1
    assert broken == ["Rooms import only what stands before them", "Only engines knows DuckDB"]


def lint(folder: Path) -> tuple[int, list[str]]:
    """Run the contracts over the package in ``folder``; return exit code and broken ones."""
    lint_imports = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [lint_imports, "--no-cache", "--no-logo", "--config", ROOT / ".importlinter"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, re.findall(r"^(.+) BROKEN$", done.stdout, re.MULTILINE)
