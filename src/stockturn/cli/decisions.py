"""What commands about decisions share: who decides and why, and the list of what was decided."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import click

from stockturn.cli.shell import Shell
from stockturn.cli.terminal import print_table
from stockturn.cli.words import option
from stockturn.language import Text

reason_option = option(
    "--reason", required=True, metavar="TEXT", words=Text("理由，必填。", "Why; needed.")
)
actor_option = option(
    "--by", "actor", required=True, metavar="NAME", words=Text("谁决定的。", "Who decides.")
)


def print_decisions(
    shell: Shell,
    form: str,
    payload: Mapping[str, Any],
    rows: Sequence[Sequence[str]],
    *,
    titles: Sequence[tuple[Text, bool]],
    none: Text,
) -> None:
    """Print decisions as asked.

    Args:
        shell: whose language titles and words are in.
        form: ``json`` prints ``payload`` as it is, ``table`` one row a decision.
        payload: the answer of the house.
        rows: the cells of each decision, under ``titles``.
        titles: title, and whether the column holds numbers.
        none: said where nothing has been decided.
    """
    if form == "json":
        click.echo(json.dumps(payload, ensure_ascii=False, indent=2))
    elif not rows:
        shell.say(none)
    else:
        heads = [(title.read(shell.language), is_number) for title, is_number in titles]
        print_table(heads, [(cells, False) for cells in rows])
