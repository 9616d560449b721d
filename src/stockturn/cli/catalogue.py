"""``measures``, ``mappings``, ``openapi``: what the product knows, printed."""

from __future__ import annotations

import json

import click

from stockturn.cli.options import in_workspace, language_option, plain_format
from stockturn.cli.shell import Shell
from stockturn.cli.words import command
from stockturn.language import Text

CARD = {
    "name": Text("名称", "Name"),
    "key": Text("代号", "Key"),
    "unit": Text("单位", "Unit"),
    "formula": Text("公式", "Formula"),
    "grain": Text("粒度", "Grain"),
    "additivity": Text("可加性", "Additivity"),
    "null_rule": Text("何时没有数值", "When undefined"),
    "basis": Text("口径", "Basis"),
    "source": Text("出处", "Source"),
    "golden_case": Text("标准算例", "Golden case"),
}
"""Field of a measure's card -> its title, in the order in which a card is read."""

_FORMULA = CARD["formula"]
_MAPPING = (Text("名称", "Name"), Text("来源", "From"), Text("说明", "About"))
_OWN = Text("工作区", "workspace")
_SHIPPED = Text("自带", "product")


@command(Text("列出指标；给出代号则打印它的指标卡。", "List the measures, or print one card."))
@click.argument("key", required=False)
@plain_format
@language_option
@click.pass_obj
def measures(shell: Shell, key: str | None, form: str) -> None:
    """Print the cards."""
    from stockturn.cli.terminal import print_table
    from stockturn.metrics.measures import MEASURES, measure

    if key is not None:
        card = measure(key).card(shell.language)
        if form == "json":
            click.echo(json.dumps(card, ensure_ascii=False, indent=2))
            return
        for field, words in CARD.items():
            click.echo(f"{words.read(shell.language)}: {card[field]}")
        return
    cards = [each.card(shell.language) for each in MEASURES.values()]
    if form == "json":
        click.echo(json.dumps(cards, ensure_ascii=False, indent=2))
        return
    titles = [(CARD[field].read(shell.language), False) for field in ("key", "name", "unit")]
    rows = [([card["key"], card["name"], card["unit"], card["formula"]], False) for card in cards]
    print_table([*titles, (_FORMULA.read(shell.language), False)], rows)


@command(Text("列出可用的映射。", "List the mappings that can be used."))
@plain_format
@in_workspace
@click.pass_obj
def mappings(shell: Shell, form: str) -> None:
    """Print shipped mappings and, with a workspace, its own."""
    from stockturn.cli.terminal import print_table
    from stockturn.intake.known_mappings import known_mappings

    named = shell.folder is not None or "STOCKTURN_WORKSPACE" in shell.environ
    found = known_mappings(shell.workspace / "packs" if named else None)
    if form == "json":
        listed = [
            {"name": each.name, "own": each.own, "about": each.about.read(shell.language)}
            for each in found
        ]
        click.echo(json.dumps(listed, ensure_ascii=False, indent=2))
        return
    rows = [
        (
            [
                each.name,
                (_OWN if each.own else _SHIPPED).read(shell.language),
                each.about.read(shell.language),
            ],
            False,
        )
        for each in found
    ]
    print_table([(title.read(shell.language), False) for title in _MAPPING], rows)


@command(Text("打印 HTTP 接口契约（OpenAPI，键已排序）。", "Print the HTTP contract (OpenAPI)."))
@language_option
def openapi() -> None:
    """Print the contract; the page's client is generated from it."""
    from stockturn.server.app import openapi as contract

    click.echo(json.dumps(contract(), ensure_ascii=False, indent=2, sort_keys=True))
