"""What import-linter cannot see: what a running command imports, and which package that is from."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.repository.tree import ROOT, committed_files

SOURCES = ROOT / "src" / "stockturn"
HEAVY = {"duckdb", "fastapi", "ibis", "numpy", "pandas", "pyarrow"}
# Import name -> name in pyproject.toml, where they differ.
DISTRIBUTIONS = {
    "argon2": "argon2-cffi",
    "ibis": "ibis-framework",
    "multipart": "python-multipart",
    "prometheus_client": "prometheus-client",
    "python_calamine": "python-calamine",
    "yaml": "pyyaml",
}
# A part of the package it comes with: FastAPI is Starlette's, and re-exports most of it.
COMES_WITH = {"starlette": "fastapi"}


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from stockturn.cli import main\n"
        "sys.argv = ['stockturn', '--help']\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        "print('imported:', *sorted({name.partition('.')[0] for name in sys.modules}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    *help_text, imported = done.stdout.splitlines()
    assert any("load" in line for line in help_text)
    assert HEAVY & set(imported.split()) == set()


@pytest.mark.parametrize("module", ["stockturn.intake.stage", "stockturn.ledger.costing"])
def test_workers_import_neither_engine_nor_expressions(module: str) -> None:
    # They take a process three times as long to start as a small file takes to read.
    program = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert {"stockturn", "pyarrow"} <= set(done.stdout.split())
    assert not {"duckdb", "ibis", "sqlglot"} & set(done.stdout.split())


def imported_names(path: Path) -> set[str]:
    """Return the top-level names of absolute imports in a file, deferred ones included."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names.add(node.module.partition(".")[0])
    return names


def test_the_product_imports_what_it_declares() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {re.split(r"[\[<>=~! ]", line)[0] for line in project["dependencies"]}
    undeclared = {}
    for path in SOURCES.rglob("*.py"):
        foreign = imported_names(path) - set(sys.stdlib_module_names) - {"stockturn"}
        names = {DISTRIBUTIONS.get(name, COMES_WITH.get(name, name)) for name in foreign}
        if missing := names - declared:
            undeclared[str(path.relative_to(ROOT))] = missing
    assert undeclared == {}


def test_packs_hold_no_code() -> None:
    packs = SOURCES / "packs"
    assert [
        path for path in committed_files() if packs in path.parents and path.suffix == ".py"
    ] == []
