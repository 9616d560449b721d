"""requirements.lock and pyproject.toml say the same, and the check notices when they do not."""

from __future__ import annotations

import pytest

from tests.repository.tree import ROOT
from tools.lock import problems, requirements

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_lock_and_project_are_in_step() -> None:
    assert problems(LOCK, PROJECT) == []


def test_every_dependency_has_an_upper_bound() -> None:
    from tomllib import loads

    project = loads(PROJECT)
    lines = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    assert [line for line in lines if "<" not in line or ">=" not in line] == []


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda lock: lock.replace("click==8", "click==7", 1), "differ"),
        (lambda lock: "--index-url https://example.org/simple\n" + lock, "address"),
        (lambda lock: lock + "extra==1.0\n", "no hash: extra==1.0"),
        (lambda lock: lock.replace("duckdb==", "duckdb>=", 1), "not one exact version"),
        (lambda lock: lock.replace("\nruff==", "\nruffian==", 1), "not locked: ruff"),
    ],
    ids=["other version", "index named", "no hash", "range", "package missing"],
)
def test_a_damaged_lock_is_noticed(damage: object, complaint: str) -> None:
    assert callable(damage)
    assert any(complaint in problem for problem in problems(damage(LOCK), PROJECT))


def test_requirements_reads_names_and_markers() -> None:
    lock = (
        "a==1 ; sys_platform == 'win32' \\\n    --hash=sha256:00\nb==2 \\\n    --hash=sha256:11\n"
    )
    assert requirements(lock) == ["a==1 ; sys_platform == 'win32'", "b==2"]
