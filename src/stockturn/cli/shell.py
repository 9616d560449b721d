"""What every command works with: language, workspace, and where its output goes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import click

from stockturn.language import LANGUAGES, Language, Text, UsageError

F = TypeVar("F", bound=Callable[..., Any])
_ERROR = Text("错误：{message}（代码 {code}）", "Error: {message} (code {code})")


class WorkspaceNotNamed(UsageError):
    """Neither ``--workspace`` nor the variable says which workspace."""

    code = "workspace_not_named"

    def __init__(self) -> None:
        super().__init__(
            Text(
                "没有指定工作区。请加 --workspace 目录，或设置环境变量 STOCKTURN_WORKSPACE；还没有"
                "工作区时先运行 stockturn init 目录。",
                "No workspace was named. Add --workspace DIR or set STOCKTURN_WORKSPACE; if there "
                "is none yet, run stockturn init DIR first.",
            )
        )


@dataclass
class Shell:
    """One run of the command. ``folder`` is the workspace as named, before it is looked at."""

    language: Language = "zh"
    folder: Path | None = None
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    @property
    def workspace(self) -> Path:
        """The workspace to work on.

        Raises:
            WorkspaceNotNamed: none was named.
        """
        named = self.folder or self.environ.get("STOCKTURN_WORKSPACE")
        if not named:
            raise WorkspaceNotNamed
        return Path(named)

    @property
    def flags(self) -> dict[str, object]:
        """Settings given by flag to every command."""
        return {"language": self.language}

    def say(self, words: Text, **values: Any) -> None:
        """Print a sentence on standard output."""
        click.echo(words.read(self.language, **values))

    def tell(self, words: Text, **values: Any) -> None:
        """Print a sentence on standard error, beside results on standard output."""
        click.echo(words.read(self.language, **values), err=True)

    def fail(self, message: Text, code: str) -> None:
        """Print a failure on one line of standard error."""
        sentence = " ".join(message.read(self.language).split())
        click.echo(_ERROR.read(self.language).format(message=sentence, code=code), err=True)


def language_asked(arguments: Sequence[str], environ: Mapping[str, str]) -> Language:
    """Read the language before anything else, so that errors of the command line speak it too."""
    asked = environ.get("STOCKTURN_LANG", "zh")
    for place, argument in enumerate(arguments):
        if argument == "--lang" and place + 1 < len(arguments):
            asked = arguments[place + 1]
        elif argument.startswith("--lang="):
            asked = argument.removeprefix("--lang=")
    return next((known for known in LANGUAGES if known == asked), "zh")


def interactive() -> bool:
    """Say whether a person sits at the terminal and can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()
