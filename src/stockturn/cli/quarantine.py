"""``stockturn quarantine``: rejected rows listed, downloaded, sent back, replayed, discarded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from stockturn.cli.decisions import actor_option, reason_option
from stockturn.cli.options import in_workspace, plain_format
from stockturn.cli.shell import Shell
from stockturn.cli.terminal import print_table
from stockturn.cli.words import LazyGroup, command, option
from stockturn.language import Language, Text

_HERE = "stockturn.cli.quarantine"
_TITLES = (
    (Text("导入", "Load"), True),
    (Text("文件", "File"), False),
    (Text("原因", "Reason"), False),
    (Text("拒收", "Rejected"), True),
    (Text("待处理", "Waiting"), True),
    (Text("已改正", "Corrected"), True),
    (Text("已弃用", "Discarded"), True),
    (Text("文件已替换", "File replaced"), True),
    (Text("仍不合格", "Still wrong"), True),
)
_WAITING = Text("隔离区有 {count:,} 行待处理。", "{count:,} rows wait in the quarantine.")
_WRITTEN = Text(
    "已写到 {path}。改正标黄的单元格后运行 stockturn quarantine correct 送回。",
    "Written to {path}. Correct the yellow cells, then run stockturn quarantine correct.",
)
_DISCARDED = Text("已弃用 {count:,} 行。", "{count:,} rows discarded.")
HELD = 3

quarantine = LazyGroup(
    "quarantine",
    Text(
        "隔离区：拒收的行在这里等待改正、用新映射重读或弃用。",
        "The quarantine: rejected rows wait to be corrected, read again or discarded.",
    ),
    {
        "list": (_HERE, Text("按导入、文件和原因列出", "list by load, file and reason")),
        "download": (_HERE, Text("下载为 Excel 以便改正", "write a workbook to correct")),
        "correct": (_HERE, Text("送回改正的 Excel", "send a corrected workbook back")),
        "replay": (_HERE, Text("用更新的映射重读", "read again with a newer mapping")),
        "discard": (_HERE, Text("弃用（具名并写明理由）", "discard, by name and with a reason")),
    },
)
in_workspace(quarantine)

_code = option(
    "--code",
    metavar="CODE",
    words=Text("只处理这个原因代码。", "Only rows rejected for this reason code."),
)


@command(Text("列出拒收的行：按导入、文件和原因。", "List rejected rows by load, file, reason."))
@option(
    "--all",
    "everything",
    is_flag=True,
    words=Text("连同已处理完的。", "Those that are all settled too."),
)
@plain_format
@in_workspace
@click.pass_obj
def list(shell: Shell, everything: bool, form: str) -> int:  # noqa: A001 - the command's name
    """Print the quarantine."""
    from stockturn.cli.house import open_house

    with open_house(shell) as house:
        payload = house.quarantine().groups(everything=everything)
    if form == "json":
        click.echo(json.dumps(payload, ensure_ascii=False, indent=2))
        return 0
    click.echo(_WAITING.read(shell.language, count=payload["waiting"]))
    if payload["groups"]:
        print_table(*_table(payload["groups"], shell.language))
    return 0


@command(
    Text(
        "把待处理的行写成 Excel：每个问题单元格旁写明原因。",
        "Write the waiting rows as a workbook, the reason beside each cell.",
    )
)
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@option("--load", "load_no", type=int, words=Text("只要这次导入。", "Only this load."))
@_code
@in_workspace
@click.pass_obj
def download(shell: Shell, path: Path, load_no: int | None, code: str | None) -> int:
    """Write the workbook."""
    from stockturn.cli.house import open_house

    with open_house(shell) as house:
        path.write_bytes(house.quarantine().download(load_no, code))
    click.echo(_WRITTEN.read(shell.language, path=path))
    return 0


@command(
    Text(
        "送回改正的 Excel：改过的行按原映射重读并入账。",
        "Send a corrected workbook back: what was changed is read again and booked.",
    )
)
@click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@plain_format
@in_workspace
@click.pass_obj
def correct(shell: Shell, path: Path, form: str) -> int:
    """Send the workbook and print what became of it."""
    from stockturn.cli.house import open_house

    with open_house(shell) as house:
        payload = house.quarantine().correct(path)
    if form == "json":
        click.echo(json.dumps(payload, ensure_ascii=False, indent=2))
    else:
        click.echo(payload["message"])
        for load in payload["loads"]:
            _print_load(load, shell.language)
    held = any(load["status"] == "held" for load in payload["loads"])
    return HELD if held else 0


@command(
    Text(
        "用更新的映射重读一次导入的待处理行。",
        "Read the waiting rows of a load again with a newer mapping.",
    )
)
@click.argument("load_no", type=int)
@option(
    "--mapping",
    required=True,
    metavar="NAME|FILE",
    words=Text("更新的映射。", "The newer mapping."),
)
@plain_format
@in_workspace
@click.pass_obj
def replay(shell: Shell, load_no: int, mapping: str, form: str) -> int:
    """Replay and print the report."""
    from stockturn.cli.house import open_house
    from stockturn.cli.report import exit_code

    with open_house(shell) as house:
        payload = house.quarantine().replay(load_no, mapping)
    if form == "json":
        click.echo(json.dumps(payload, ensure_ascii=False, indent=2))
    else:
        _print_load(payload, shell.language)
    return exit_code(payload)


@command(
    Text(
        "弃用一次导入的待处理行：需要姓名和理由，不可撤销。",
        "Discard the waiting rows of a load: by name, with a reason, for good.",
    )
)
@click.argument("load_no", type=int)
@_code
@reason_option
@actor_option
@in_workspace
@click.pass_obj
def discard(shell: Shell, load_no: int, code: str | None, actor: str, reason: str) -> int:
    """Discard and say how many."""
    from stockturn.cli.house import open_house

    with open_house(shell) as house:
        count = house.quarantine().discard(load_no, code, actor, reason)
    click.echo(_DISCARDED.read(shell.language, count=count))
    return 0


def _print_load(payload: dict[str, Any], language: Language) -> None:
    from stockturn.cli.report import print_report

    print_report(payload, language)


def _table(groups: Any, language: Language) -> tuple[Any, Any]:
    counts = ("rejected", "waiting", "corrected", "discarded", "replaced", "still_wrong")
    rows = [
        (
            [
                str(group["load_no"]),
                group["file"],
                group["code"],
                *(f"{group[name]:,}" for name in counts),
            ],
            False,
        )
        for group in groups
    ]
    return [(title.read(language), is_number) for title, is_number in _TITLES], rows
