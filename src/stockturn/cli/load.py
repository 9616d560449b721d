"""``stockturn load``: files into the ledger, with a report of every row."""

from __future__ import annotations

import json
from pathlib import Path

import click

from stockturn.cli.options import in_workspace, plain_format
from stockturn.cli.shell import Shell
from stockturn.cli.words import command, option
from stockturn.intake.questions import OverlapAnswer
from stockturn.language import StockTurnError, Text

HELD = 3
_NONE_FITS = Text(
    "“{file}”：{why}，没有导入任何数据。下面是建议：",
    "“{file}”: {why}; nothing was loaded. This is what it seems to be:",
)
_CONFIRM = Text(
    "核对后运行 stockturn mapping confirm {file} --name 名称，或用 --mapping 指定映射。",
    "Look it over and run stockturn mapping confirm {file} --name NAME, or name a mapping with "
    "--mapping.",
)
_USES = Text("“{file}”使用映射 {mapping}（{why}）。", "“{file}” is read with {mapping} ({why}).")
_SEVERAL = Text(
    "这些文件要用不同的映射（{names}），请分开导入。",
    "The files need different mappings ({names}); load them one by one.",
)


@command(
    Text(
        "导入文件或文件夹（CSV、Excel、Parquet）。退出码：0 已入账，3 被扣留或拒收过多，"
        "2 用法不对，1 失败。",
        "Load files or folders (CSV, Excel, Parquet). Exit code: 0 loaded, 3 held or too many "
        "rejected rows, 2 wrong use, 1 failure.",
    )
)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@option(
    "--mapping",
    metavar="NAME|FILE",
    words=Text(
        "映射：自带的名称、packs/ 中的名称，或 YAML 文件；不写则用确认过的或明显合适的。",
        "The mapping: a name that comes with the product, one in packs/, or a YAML file; without "
        "it, the one confirmed for these headers or the one that clearly fits.",
    ),
)
@option(
    "--trial",
    is_flag=True,
    words=Text(
        "试导入：走完全部步骤并报告结果，不改变任何数据。",
        "A trial: go through every step and report, and change nothing.",
    ),
)
@option(
    "--accept-drop",
    is_flag=True,
    words=Text(
        "文件比上次少很多也导入（已核对过）。",
        "Load though a file brings much less than before; it was checked.",
    ),
)
@option(
    "--replace",
    "answer",
    flag_value="replace",
    words=Text(
        "文件与以前的数据重叠时，替换以前的数据。",
        "Where files repeat rows of earlier ones, put them in their place.",
    ),
)
@option(
    "--add",
    "answer",
    flag_value="add",
    words=Text(
        "文件与以前的数据重叠时，作为另外的数据加上。",
        "Where files repeat rows of earlier ones, add them on top.",
    ),
)
@plain_format
@in_workspace
@click.pass_obj
def load(
    shell: Shell,
    paths: tuple[Path, ...],
    mapping: str | None,
    trial: bool,
    accept_drop: bool,
    answer: OverlapAnswer | None,
    form: str,
) -> int:
    """Load and print the report; return the exit code."""
    from stockturn.cli.house import open_house
    from stockturn.cli.progress import shown_progress
    from stockturn.cli.report import exit_code, print_report

    if mapping is None:
        mapping = _chosen(shell, paths)
        if mapping is None:
            return HELD
    failure: StockTurnError | None = None
    with open_house(shell) as house, shown_progress(shell) as progress:
        payload = house.load(
            paths, mapping, progress, trial=trial, accept_drop=accept_drop, answer=answer
        )
        if not trial:
            try:
                house.publish(progress)
            except StockTurnError as error:
                # The load stands; that it is not published is told below its report.
                failure = error
    if form == "json":
        click.echo(json.dumps(payload, ensure_ascii=False, indent=2))
    else:
        print_report(payload, shell.language)
    if failure is not None:
        shell.fail(failure.message, failure.code)
    return exit_code(payload) or (0 if failure is None else failure.exit_code)


def _chosen(shell: Shell, paths: tuple[Path, ...]) -> str | None:
    """Choose the mapping for files; where none clearly fits, print what could be made of them."""
    from stockturn.cli.mapping import print_suggestions
    from stockturn.cli.paths import files_below
    from stockturn.intake.own_mappings import choose_mapping
    from stockturn.settings import Settings

    limits = Settings()
    names: set[str] = set()
    for file in files_below(paths):
        chosen = choose_mapping(
            file,
            shell.workspace / "packs",
            memory_mb=limits.worker_memory_mb,
            seconds=limits.worker_seconds,
        )
        if chosen.name is None:
            shell.tell(_NONE_FITS, file=file.name, why=chosen.why.read(shell.language))
            print_suggestions(chosen.suggestions, shell.language)
            shell.tell(_CONFIRM, file=file.name)
            return None
        names.add(chosen.name)
        shell.tell(_USES, file=file.name, mapping=chosen.name, why=chosen.why.read(shell.language))
    if len(names) > 1:
        shell.tell(_SEVERAL, names=", ".join(sorted(names)))
        return None
    return names.pop() if names else None
