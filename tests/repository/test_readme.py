"""README: two set-up commands, the same in both languages and in CI; links and pictures exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.repository.tree import ROOT, committed_files

START = "pip install uv && uv run stockturn demo"
TEST = "pip install uv && uv run --group dev just test"
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
READMES = [ROOT / "README.md", ROOT / "README.en.md"]


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_exactly_two_set_up_commands(readme: Path) -> None:
    commands = [
        line
        for block in re.findall(r"```(?:bash|sh|console)\n(.*?)```", readme.read_text(), re.DOTALL)
        for line in block.splitlines()
        if "pip install" in line
    ]
    assert commands == [START, TEST]


def test_ci_runs_the_same_test_command() -> None:
    assert TEST in (ROOT / ".ci" / "run").read_text()


def test_ci_is_executable() -> None:
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111


@pytest.mark.parametrize(
    "page", committed_files(".md"), ids=lambda path: str(path.relative_to(ROOT))
)
def test_links_lead_somewhere(page: Path) -> None:
    targets = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]
    missing = [
        link
        for link in targets
        if link.partition("#")[0] and not (page.parent / link.partition("#")[0]).exists()
    ]
    assert missing == []


@pytest.mark.parametrize(
    "page", committed_files(".md"), ids=lambda path: str(path.relative_to(ROOT))
)
def test_pages_shout_at_no_one(page: Path) -> None:
    # Code, pictures and the error values of spreadsheets are no prose.
    spared = r"```.*?```|`[^`]*`|!\[|#[A-Z/0]+[!?]"
    prose = re.sub(spared, "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not re.search("[!！\U0001f300-\U0001faff]", prose)
