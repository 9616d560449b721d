"""The user guide speaks of every command in both languages, and its examples are real."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from stockturn.cli.app import cli
from stockturn.intake.mapping_yaml import read_mapping
from stockturn.metrics.dimensions import DIMENSIONS
from stockturn.metrics.measures import MEASURES
from tests.repository.tree import ROOT

GUIDES = [ROOT / "docs" / "user-guide" / name for name in ("zh.md", "en.md")]
PAGES = [ROOT / "README.md", ROOT / "README.en.md", *GUIDES]
ANY_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
ANY_GUIDE = pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def examples(page: Path) -> list[list[str]]:
    """Return the arguments of every ``stockturn`` command in the page's code blocks."""
    lines = [line for block in blocks(page, "bash") for line in block.splitlines()]
    calls = [line.split("stockturn ", 1)[1] for line in lines if "stockturn " in line]
    return [shlex.split(call) for call in calls]


def command_of(words: list[str]) -> tuple[str, list[str]]:
    """Return the command and what follows it; ``--workspace DIR`` may stand before."""
    rest = words[2:] if words[0] == "--workspace" else words
    return rest[0], rest[1:]


@ANY_GUIDE
def test_every_command_is_described(guide: Path) -> None:
    headings = " ".join(re.findall(r"^## (.+)$", guide.read_text(encoding="utf-8"), re.MULTILINE))
    known = cli.list_commands(click.Context(cli))
    assert known
    assert [name for name in known if not re.search(rf"\b{name}\b", headings)] == []


@ANY_PAGE
def test_examples_use_commands_and_options_that_exist(page: Path) -> None:
    context = click.Context(cli)
    assert examples(page)
    for words in examples(page):
        name, rest = command_of(words)
        command = cli.get_command(context, name)
        while isinstance(command, click.Group):
            command, rest = command.get_command(context, rest[0]), rest[1:]
        assert command is not None, words
        options = {option for parameter in command.params for option in parameter.opts}
        options |= {option for parameter in command.params for option in parameter.secondary_opts}
        used = {word.partition("=")[0] for word in rest if word.startswith("--")}
        assert used <= options, words


@ANY_PAGE
def test_examples_ask_for_measures_and_dimensions_that_exist(page: Path) -> None:
    shown = [rest for name, rest in map(command_of, examples(page)) if name == "show"]
    assert shown
    for rest in shown:
        assert set(rest[0].split(",")) <= set(MEASURES)
        by = rest[rest.index("--by") + 1].split(",") if "--by" in rest else []
        assert set(by) <= set(DIMENSIONS)


@ANY_GUIDE
def test_the_option_table_of_show_is_complete(guide: Path) -> None:
    command = cli.get_command(click.Context(cli), "show")
    assert command is not None
    text = guide.read_text(encoding="utf-8")
    options = [name for parameter in command.params for name in parameter.opts if "--" in name]
    assert [option for option in options if f"`{option}`" not in text] == []


@ANY_GUIDE
def test_the_example_of_a_mapping_is_a_mapping(guide: Path) -> None:
    (example,) = blocks(guide, "yaml")
    assert read_mapping(example).name == "my-movements"
