"""``stockturn source``: connect systems, see what they hold."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from stockturn.cli.options import in_workspace, plain_format
from stockturn.cli.shell import Shell, interactive
from stockturn.cli.words import LazyGroup, command, option
from stockturn.language import Text, UsageError

_HERE = "stockturn.cli.sources"
source = LazyGroup(
    "source",
    Text("数据来源：连接业务系统，查看其中的表。", "Sources: connect systems, see what they hold."),
    {
        "add": (_HERE, Text("添加来源", "add a source")),
        "list": (f"{_HERE}:list_", Text("列出来源", "list sources")),
        "kinds": (_HERE, Text("列出种类与字段", "list kinds and their fields")),
        "test": (_HERE, Text("测试连接", "try the connection")),
        "tables": (_HERE, Text("列出可读取的表", "list what can be read")),
        "preview": (_HERE, Text("预览前几行", "show the first rows")),
        "remove": (_HERE, Text("删除来源", "remove a source")),
    },
)
in_workspace(source)
_ADDED = Text(
    "已添加来源“{name}”。用 stockturn source test {name} 测试连接。",
    "Source “{name}” added. Try it with stockturn source test {name}.",
)
_REMOVED = Text("已删除来源“{name}”。", "Source “{name}” removed.")
_WORKS = Text("连接正常：{server}", "The connection works: {server}")
_SECRET = Text("{label}（不显示）", "{label} (hidden)")
_BAD_SET = Text(
    "--set 应写成 字段=值，不能是“{given}”。", "--set takes FIELD=VALUE, not “{given}”."
)


@command(
    Text(
        "添加来源。密码不写在命令行里：在终端会提示输入，否则从标准输入读一行。",
        "Add a source. Secrets are never part of the command line: they are asked for at a "
        "terminal and read as a line of standard input otherwise.",
    )
)
@click.argument("name")
@click.argument("kind")
@option(
    "--set",
    "pairs",
    multiple=True,
    metavar="FIELD=VALUE",
    words=Text("表单的一个字段。", "One field of the form."),
)
@option(
    "--secret",
    "secrets",
    multiple=True,
    metavar="FIELD",
    words=Text("要填写的保密字段。", "A secret field to fill."),
)
@in_workspace
@click.pass_obj
def add(
    shell: Shell, name: str, kind: str, pairs: tuple[str, ...], secrets: tuple[str, ...]
) -> None:
    """Keep a source."""
    from stockturn.cli.source_house import open_sources
    from stockturn.intake.sources.kinds import kind_of

    found = kind_of(kind)
    form: dict[str, Any] = {}
    flags = {field.key for field in found.fields if field.kind == "flag"}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or key in found.secrets:
            raise UsageError(_BAD_SET.fill(given=key))
        form[key] = value.lower() in {"true", "yes", "1"} if key in flags else value
    labels = {field.key: field.label for field in found.fields}
    for key in secrets:
        label = labels.get(key, Text(key, key)).read(shell.language)
        form[key] = _secret(_SECRET.read(shell.language, label=label))
    found.read(form)
    with open_sources(shell) as house:
        house.add_source(name, kind, form)
    shell.say(_ADDED, name=name)


@command(Text("列出来源。", "List sources."), name="list")
@plain_format
@in_workspace
@click.pass_obj
def list_(shell: Shell, form: str) -> None:
    """Print every source."""
    from stockturn.cli.source_house import open_sources

    with open_sources(shell) as house:
        found = house.sources()
    titles = [Text("名称", "name"), Text("种类", "kind"), Text("设置", "form")]
    rows = [[each["name"], each["kind"], _form(each["form"])] for each in found]
    _print(shell, form, found, titles, rows)


@command(Text("列出来源的种类与字段。", "List kinds of sources and their fields."))
@plain_format
@in_workspace
@click.pass_obj
def kinds(shell: Shell, form: str) -> None:
    """Print every kind."""
    from stockturn.intake.sources.kinds import KINDS
    from stockturn.server.source_shapes import kind_shape

    found = [kind_shape(kind, shell.language).model_dump() for kind in KINDS.values()]
    titles = [
        Text("种类", "kind"),
        Text("名称", "name"),
        Text("字段", "fields"),
        Text("测试情况", "tried"),
    ]
    rows = [
        [
            each["key"],
            each["name"],
            ", ".join(field["key"] for field in each["fields"]),
            each["tried"],
        ]
        for each in found
    ]
    _print(shell, form, found, titles, rows)


@command(Text("测试连接。", "Try the connection."))
@click.argument("name")
@in_workspace
@click.pass_obj
def test(shell: Shell, name: str) -> None:
    """Connect and say what answered."""
    from stockturn.cli.source_house import open_sources

    with open_sources(shell) as house:
        found = house.test(name)
    shell.say(_WORKS, server=found["server"])


@command(Text("列出可读取的表、视图或文件。", "List tables, views or files that can be read."))
@click.argument("name")
@plain_format
@in_workspace
@click.pass_obj
def tables(shell: Shell, name: str, form: str) -> None:
    """Print what can be read."""
    from stockturn.cli.source_house import open_sources

    with open_sources(shell) as house:
        found = house.tables(name)
    titles = [Text("名称", "name"), Text("类型", "type"), Text("估计行数", "rows, about")]
    rows = [
        [each["what"], each["kind"], "" if each["rows"] is None else f"{each['rows']:,}"]
        for each in found
    ]
    _print(shell, form, found, titles, rows)


@command(Text("预览前几行。", "Show the first rows."))
@click.argument("name")
@click.argument("what")
@option(
    "--rows",
    type=click.IntRange(1, 200),
    default=10,
    words=Text("行数，默认 10。", "Rows; 10 by default."),
)
@plain_format
@in_workspace
@click.pass_obj
def preview(shell: Shell, name: str, what: str, rows: int, form: str) -> None:
    """Print the first rows of a table."""
    from stockturn.cli.source_house import open_sources

    with open_sources(shell) as house:
        found = house.preview(name, what, rows)
    titles = [Text(column, column) for column in found["columns"]]
    _print(shell, form, found, titles, [[cell or "" for cell in row] for row in found["rows"]])


@command(Text("删除没有取数任务使用的来源。", "Remove a source that no feed reads."))
@click.argument("name")
@in_workspace
@click.pass_obj
def remove(shell: Shell, name: str) -> None:
    """Remove a source."""
    from stockturn.cli.source_house import open_sources

    with open_sources(shell) as house:
        house.remove_source(name)
    shell.say(_REMOVED, name=name)


def _secret(prompt: str) -> str:
    if interactive():
        return str(click.prompt(prompt, hide_input=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")


def _form(form: dict[str, Any]) -> str:
    return ", ".join(f"{key}={value}" for key, value in form.items() if value != "")


def _print(
    shell: Shell, form: str, payload: Any, titles: list[Text], rows: list[list[str]]
) -> None:
    from stockturn.cli.terminal import print_table

    if form == "json":
        click.echo(json.dumps(payload, ensure_ascii=False, indent=2, default=str))
    else:
        heads = [(title.read(shell.language), False) for title in titles]
        print_table(heads, [(row, False) for row in rows])
