"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from stockturn.cli.shell import Shell
from stockturn.cli.words import option
from stockturn.language import LANGUAGES, Text

F = TypeVar("F", bound=Callable[..., Any])


def _keep_folder(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    shell = ctx.find_root().obj
    assert isinstance(shell, Shell)
    if value is not None:
        shell.folder = Path(value)


language_option: Callable[[F], F] = option(
    "--lang",
    type=click.Choice(LANGUAGES),
    expose_value=False,
    words=Text(
        "提示语言（变量 STOCKTURN_LANG；默认 zh）。",
        "Language of messages (variable STOCKTURN_LANG; default zh).",
    ),
)
"""``--lang``; its value is read before commands run, see ``shell.language_asked``."""

workspace_option: Callable[[F], F] = option(
    "--workspace",
    metavar="DIR",
    expose_value=False,
    callback=_keep_folder,
    words=Text(
        "工作区目录（变量 STOCKTURN_WORKSPACE）。", "The workspace (variable STOCKTURN_WORKSPACE)."
    ),
)
"""``--workspace``; kept in the shell."""


def in_workspace(function: F) -> F:
    """Give a command ``--workspace`` and ``--lang``."""
    return workspace_option(language_option(function))


def plain_format(function: F) -> F:
    """Give a command ``--format table|json``."""
    return option(
        "--format",
        "form",
        type=click.Choice(["table", "json"]),
        default="table",
        words=Text("输出格式，默认 table。", "Form of the output; table by default."),
    )(function)
