"""Commands and options whose help is read in the language asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, TypeVar, cast

import click

from stockturn.cli.shell import Shell
from stockturn.language import Language, Text

F = TypeVar("F", bound=Callable[..., Any])

_HEADINGS = {"Usage: ": "用法：", "Options": "选项", "Commands": "命令"}
_HELP = Text("显示帮助。", "Show this help.")


class _Formatter(click.HelpFormatter):
    """Click's help layout with Chinese headings."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:  # noqa: ARG002 - click's signature
        super().write_usage(prog, args, _HEADINGS["Usage: "])

    def write_heading(self, heading: str) -> None:
        super().write_heading(_HEADINGS.get(heading, heading))


class _Context(click.Context):
    def make_formatter(self) -> click.HelpFormatter:
        width = {"width": self.terminal_width, "max_width": self.max_content_width or 100}
        if language_of(self) == "zh":
            return _Formatter(**cast("Any", width))
        return click.HelpFormatter(**cast("Any", width))


class WordOption(click.Option):
    """An option explained by a :class:`Text`."""

    def __init__(self, names: Sequence[str], words: Text, **settings: Any) -> None:
        super().__init__(names, **settings)
        self.words = words

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the option's line of help in the language asked for."""
        self.help = self.words.read(language_of(ctx))
        return super().get_help_record(ctx)


class WordCommand(click.Command):
    """A command explained by a :class:`Text`."""

    context_class = _Context

    def __init__(self, name: str | None, words: Text, **settings: Any) -> None:
        super().__init__(name, **settings)
        self.words = words

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return ``--help`` explained in the language asked for."""
        return _explain_help(super().get_help_option(ctx), ctx)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the command's words in the language asked for."""
        self.help = self.words.read(language_of(ctx))
        super().format_help_text(ctx, formatter)


class LazyGroup(click.Group):
    """A group of commands; a command's module is imported when it is called.

    A command stands under its own name in its module, or under the one behind a colon.
    """

    context_class = _Context

    def __init__(self, name: str, words: Text, commands: Mapping[str, tuple[str, Text]]) -> None:
        super().__init__(name)
        self.words = words
        self._known = commands

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the commands in the order a user meets them."""
        return list(self._known)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        cmd_name: str,
    ) -> click.Command | None:
        """Import and return a command."""
        if cmd_name not in self._known:
            return None
        module, _, attribute = self._known[cmd_name][0].partition(":")
        found = getattr(import_module(module), attribute or cmd_name.replace("-", "_"))
        return cast("click.Command", found)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return ``--help`` explained in the language asked for."""
        return _explain_help(super().get_help_option(ctx), ctx)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the product does in the language asked for."""
        self.help = self.words.read(language_of(ctx))
        super().format_help_text(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one line a command, without importing any."""
        language = language_of(ctx)
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, words.read(language)) for name, (_, words) in self._known.items()]
            )


def command(words: Text, name: str | None = None) -> Callable[[Callable[..., Any]], WordCommand]:
    """Make a function a command."""

    def decorate(function: Callable[..., Any]) -> WordCommand:
        return click.command(name, cls=WordCommand, words=words)(function)

    return decorate


def option(*names: str, words: Text, **settings: Any) -> Callable[[F], F]:
    """Add an option explained by ``words``."""
    return click.option(*names, cls=WordOption, words=words, **settings)


def language_of(ctx: click.Context) -> Language:
    """Return the language that the user asked for."""
    shell = ctx.find_root().obj
    return shell.language if isinstance(shell, Shell) else "zh"


def _explain_help(found: click.Option | None, ctx: click.Context) -> click.Option | None:
    if found is not None:
        found.help = _HELP.read(language_of(ctx))
    return found
