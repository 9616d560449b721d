"""``stockturn feed``: what is read of a source, and running it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from stockturn.cli.options import in_workspace, plain_format
from stockturn.cli.shell import Shell
from stockturn.cli.words import LazyGroup, command, option
from stockturn.language import Text, UsageError

_HERE = "stockturn.cli.feeds"
feed = LazyGroup(
    "feed",
    Text(
        "取数任务：从来源读什么、怎样增量。",
        "Feeds: what is read of a source, and how often it is new.",
    ),
    {
        "add": (_HERE, Text("添加任务", "add a feed")),
        "list": (f"{_HERE}:list_", Text("列出任务", "list feeds")),
        "run": (_HERE, Text("立即取数", "run a feed now")),
        "owner": (_HERE, Text("指定负责人", "choose who is told")),
        "agree": (_HERE, Text("确认来源的新结构", "agree to a changed structure")),
        "remove": (_HERE, Text("删除任务", "remove a feed")),
    },
)
in_workspace(feed)
_ADDED = Text("已添加取数任务“{name}”。", "Feed “{name}” added.")
_REMOVED = Text(
    "已删除取数任务“{name}”；已导入的数据保留。", "Feed “{name}” removed; what it loaded stays."
)
_GIVEN = Text(
    "取数任务“{name}”待处理时将提醒 {owner}。", "{owner} is told when the feed “{name}” waits."
)
_AGREED = Text("已确认“{name}”的新结构。", "The new structure of “{name}” is agreed to.")
_BAD_OVERLAP = Text(
    "--overlap 应写成 数量 单位，如 “300 seconds”（单位 rows、seconds、days）。",
    "--overlap takes an amount and a unit such as “300 seconds” (rows, seconds or days).",
)
_BAD_PLAN = Text(
    "读不懂 {path}：应为 YAML 或 JSON 的键值。",
    "{path} cannot be read: it takes keys in YAML or JSON.",
)


@command(
    Text(
        "添加取数任务。例：stockturn feed add 流水 --source erp --what public.moves --mapping 流水 "
        "--mode modified --column updated_at --overlap '300 seconds' --key id",
        "Add a feed, such as: stockturn feed add moves --source erp --what public.moves --mapping "
        "moves --mode modified --column updated_at --overlap '300 seconds' --key id",
    )
)
@click.argument("name")
@option("--source", required=True, words=Text("来源的名称。", "Name of the source."))
@option("--what", words=Text("要读的表，见 source tables。", "What to read; see source tables."))
@option("--mapping", words=Text("映射的名称。", "Name of the mapping."))
@option(
    "--mode",
    type=click.Choice(["full", "cursor", "modified", "snapshot"]),
    words=Text("增量方式，默认 full。", "How the next read knows what is new; full by default."),
)
@option("--column", words=Text("游标列。", "The cursor column."))
@option("--overlap", metavar="'N UNIT'", words=Text("重叠量与单位。", "Overlap and its unit."))
@option("--key", metavar="A,B", words=Text("唯一确定一行的列。", "Columns that name a row."))
@option("--columns", metavar="A,B", words=Text("只读这些列。", "Only these columns."))
@option(
    "--owner",
    metavar="LOGIN",
    words=Text(
        "负责人的登录名；待处理时在页面上提醒。",
        "Sign-in name of who is told on the page when it waits.",
    ),
)
@option("--file-name", words=Text("文件名，供映射识别。", "What the files are called."))
@option(
    "--plan",
    type=click.Path(path_type=Path, exists=True),
    words=Text(
        "完整计划的 YAML 或 JSON 文件（含筛选条件与结构变化策略）。",
        "A whole plan as YAML or JSON, with filters and drift policies.",
    ),
)
@option(
    "--every-minutes",
    type=click.IntRange(1, 10_080),
    words=Text(
        "每隔几分钟运行（页面服务运行时）。", "Run every so many minutes while the server runs."
    ),
)
@in_workspace
@click.pass_obj
def add(
    shell: Shell,
    /,
    name: str,
    source: str,
    plan: Path | None,
    every_minutes: int | None,
    **given: Any,
) -> None:
    """Keep a feed."""
    from stockturn.cli.source_house import open_sources

    tree = {**_read(plan), **_stated(given)}
    with open_sources(shell) as house:
        house.add_feed(name, source, tree)
        if every_minutes is not None:
            house.every(name, every_minutes)
    shell.say(_ADDED, name=name)


@command(Text("列出取数任务。", "List feeds."), name="list")
@plain_format
@in_workspace
@click.pass_obj
def list_(shell: Shell, form: str) -> None:
    """Print every feed."""
    from stockturn.cli.source_house import open_sources
    from stockturn.cli.terminal import print_table

    with open_sources(shell) as house:
        found = house.feeds()
    if form == "json":
        click.echo(json.dumps(found, ensure_ascii=False, indent=2, default=str))
        return
    titles = [
        Text("名称", "name"), Text("来源", "source"), Text("读取", "reads"),
        Text("映射", "mapping"), Text("方式", "mode"), Text("负责人", "owner"),
        Text("版本", "version"),
    ]  # fmt: skip
    rows = [
        [
            each["name"], each["source"], each["plan"]["what"], each["plan"]["mapping"],
            each["plan"]["mode"], each["owner"]["name"], str(each["version"]),
        ]
        for each in found
    ]  # fmt: skip
    heads = [(title.read(shell.language), False) for title in titles]
    print_table(heads, [(row, False) for row in rows])
    for each in found:
        if each["owner"]["why_not"] is not None:
            click.echo(f"{each['name']}: {each['owner']['why_not']}")


@command(
    Text(
        "立即取数并导入，打印导入报告。退出码同 load。",
        "Read and load now, and print the report. Exit codes are those of load.",
    )
)
@click.argument("name")
@option(
    "--trial",
    is_flag=True,
    words=Text("试取：读取并判断，不改变任何数据。", "A trial: read and judge, change nothing."),
)
@plain_format
@in_workspace
@click.pass_obj
def run(shell: Shell, name: str, trial: bool, form: str) -> int:
    """Run a feed and print its report; return the exit code."""
    from stockturn.cli.progress import shown_progress
    from stockturn.cli.report import exit_code, print_report
    from stockturn.cli.source_house import open_sources

    with open_sources(shell) as house, shown_progress(shell) as progress:
        payload = house.run(name, progress, trial=trial)
    if form == "json":
        click.echo(json.dumps(payload, ensure_ascii=False, indent=2))
    else:
        print_report(payload, shell.language)
    return exit_code(payload)


@command(
    Text(
        "指定取数任务的负责人：待处理或来源结构变化时，在页面上提醒这个人。",
        "Choose the owner of a feed, who is told on the page when it waits or its source changes.",
    )
)
@click.argument("name")
@click.argument("login")
@in_workspace
@click.pass_obj
def owner(shell: Shell, name: str, login: str) -> None:
    """Give a feed another owner."""
    from stockturn.cli.source_house import open_sources

    with open_sources(shell) as house:
        given = house.give(name, login)
    shell.say(_GIVEN, name=name, owner=given["owner"]["name"])


@command(
    Text(
        "确认来源的新结构，让被扣留的任务继续。",
        "Agree to the source's new structure, so that a held feed goes on.",
    )
)
@click.argument("name")
@in_workspace
@click.pass_obj
def agree(shell: Shell, name: str) -> None:
    """Agree to a changed structure."""
    from stockturn.cli.source_house import open_sources

    with open_sources(shell) as house:
        house.agree(name)
    shell.say(_AGREED, name=name)


@command(
    Text(
        "删除取数任务及其时间表；已导入的数据保留。",
        "Remove a feed and its schedules; what it loaded stays.",
    )
)
@click.argument("name")
@in_workspace
@click.pass_obj
def remove(shell: Shell, name: str) -> None:
    """Remove a feed."""
    from stockturn.cli.source_house import open_sources

    with open_sources(shell) as house:
        house.remove_feed(name)
    shell.say(_REMOVED, name=name)


def _stated(given: dict[str, Any]) -> dict[str, Any]:
    tree = {key: value for key, value in given.items() if value is not None}
    for key in ("key", "columns"):
        if key in tree:
            tree[key] = [part.strip() for part in tree[key].split(",") if part.strip()]
    if "overlap" in tree:
        amount, _, unit = tree["overlap"].strip().partition(" ")
        if not amount.isdigit() or not unit.strip():
            raise UsageError(_BAD_OVERLAP)
        tree["overlap"] = {"amount": int(amount), "unit": unit.strip()}
    return tree


def _read(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    import yaml

    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(_BAD_PLAN.fill(path=path)) from error
    if not isinstance(tree, dict):
        raise UsageError(_BAD_PLAN.fill(path=path))
    return tree
