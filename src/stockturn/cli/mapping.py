"""``stockturn mapping``: suggest one for a file, confirm it, list its versions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import yaml

from stockturn.cli.options import in_workspace, plain_format
from stockturn.cli.shell import Shell
from stockturn.cli.terminal import print_table
from stockturn.cli.words import LazyGroup, command, option
from stockturn.language import Language, Text, UsageError

if TYPE_CHECKING:
    from stockturn.intake.suggest import Suggestion

_HERE = "stockturn.cli.mapping"
HELD = 3

_TITLES = (
    Text("文件的列", "Column of the file"),
    Text("认作", "Read as"),
    Text("把握", "Confidence"),
    Text("理由", "Reason"),
    Text("样例", "Samples"),
)
_LOOKS = Text(
    "“{file}”{sheet}第 {row} 行是表头，看起来是 {table}（把握 {confidence}）。{reasons}",
    "“{file}”{sheet} has its header in row {row} and looks like {table} (confidence "
    "{confidence}). {reasons}",
)
_NEXT = Text(
    "核对后确认一次即可：stockturn mapping confirm {file} --name 名称 [--set 列名=目标列]。"
    "以后同样表头的文件会自动使用它。",
    "Look it over and confirm it once: stockturn mapping confirm {file} --name NAME "
    "[--set HEADER=COLUMN]. Files with the same headers then use it by themselves.",
)
_SAVED = Text("已保存映射 {name}，版本 {version}。", "Saved the mapping {name}, version {version}.")
_BAD_SET = Text(
    "--set 应写成 列名=目标列，--all 应写成 目标列=值。",
    "--set takes HEADER=COLUMN, --all takes COLUMN=VALUE.",
)
_NO_HEADER = Text("文件里没有列“{name}”。", "The file has no column “{name}”.")
_MISSING = Text(
    "还缺少必需的列：{names}。请用 --set 列名=目标列 指定；每行都相同的用 --all 目标列=值。",
    "Columns that are needed are missing: {names}. Name them with --set HEADER=COLUMN, or with "
    "--all COLUMN=VALUE what holds for every row.",
)

mapping = LazyGroup(
    "mapping",
    Text("映射：为文件建议、确认，查看版本。", "Mappings: suggest, confirm, see versions."),
    {
        "suggest": (_HERE, Text("为文件建议一个映射", "suggest one for a file")),
        "confirm": (_HERE, Text("确认并保存建议的映射", "confirm and save a suggested one")),
        "versions": (_HERE, Text("列出一个映射的各版本", "list the versions of one")),
    },
)
in_workspace(mapping)


@command(Text("为文件建议一个映射，不导入任何数据。", "Suggest a mapping; nothing is loaded."))
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@plain_format
@in_workspace
@click.pass_obj
def suggest(shell: Shell, file: Path, form: str) -> int:
    """Print what each column seems to be, with the confidence of each."""
    found = _suggest(file)
    if form == "json":
        shown = [payload(each, shell.language) for each in found]
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
    else:
        print_suggestions(found, shell.language)
        click.echo(_NEXT.read(shell.language, file=file.name))
    return 0


@command(Text("确认并保存为文件建议的映射。", "Confirm and save the mapping of a file."))
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@option("--name", required=True, metavar="NAME", words=Text("映射的名称。", "Its name."))
@option("--table", metavar="TABLE", words=Text("改认作哪种表。", "Read it as this table."))
@option(
    "--set",
    "changes",
    multiple=True,
    metavar="HEADER=COLUMN",
    words=Text(
        "改正一列；等号后留空表示不用这一列。", "Correct a column; leave COLUMN empty to skip it."
    ),
)
@option(
    "--all",
    "fixed",
    multiple=True,
    metavar="COLUMN=VALUE",
    words=Text(
        "每一行都相同的一列，如 kind=receipt、location=主仓。",
        "What holds for every row, such as kind=receipt or location=main.",
    ),
)
@in_workspace
@click.pass_obj
def confirm(
    shell: Shell,
    file: Path,
    name: str,
    table: str | None,
    changes: tuple[str, ...],
    fixed: tuple[str, ...],
) -> int:
    """Save the suggested mapping with the given corrections."""
    from stockturn.intake.own_mappings import save_mapping

    found = _suggest(file)
    draft, prints = corrected(found, table, changes, fixed)
    packs = shell.workspace / "packs"
    packs.mkdir(exist_ok=True)
    saved = save_mapping(packs, name, draft, prints)
    shell.say(_SAVED, name=saved.name, version=saved.version)
    return 0


@command(Text("列出一个映射的各版本。", "List the versions of a mapping."))
@click.argument("name")
@in_workspace
@click.pass_obj
def versions(shell: Shell, name: str) -> int:
    """Print the versions, the newest first."""
    from stockturn.intake.own_mappings import mapping_versions

    found = mapping_versions(shell.workspace / "packs", name)
    for each in found:
        click.echo(f"{each.name} {each.version}  {each.title.read(shell.language)}")
    return 0 if found else 1


def corrected(
    found: Sequence[Suggestion],
    table: str | None,
    changes: Sequence[str],
    fixed: Sequence[str] = (),
) -> tuple[str, list[str]]:
    """Return the draft with a person's corrections, and the fingerprints of its headers.

    What the other sheets of a workbook seem to be goes with it, where nothing is missing there.

    Args:
        found: the suggestion that is corrected, the first of them.
        table: read as another table.
        changes: ``HEADER=COLUMN`` each.
        fixed: ``COLUMN=VALUE`` each, for every row.

    Raises:
        UsageError: a correction names no column of the file, or a needed column is missing.
    """
    from stockturn.intake.own_mappings import joined
    from stockturn.intake.suggest import redraft

    first = found[0]
    if first.table == "dataset" and table is None and not changes and not fixed:
        # A free table's types were found from more values than the samples told here.
        return first.draft, [first.fingerprint]
    chosen = {guess.header: guess.target for guess in first.columns}
    for change in changes:
        header, equals, target = change.partition("=")
        if not equals:
            raise UsageError(_BAD_SET)
        if header not in chosen:
            raise UsageError(_NO_HEADER.fill(name=header))
        for other in [each for each, meant in chosen.items() if target and meant == target]:
            chosen[other] = None
        chosen[header] = target or None
    constants = dict(first.constants) if table in {None, first.table} else {}
    for change in fixed:
        column, equals, value = change.partition("=")
        if not equals:
            raise UsageError(_BAD_SET)
        constants[column] = value
    for taken in set(chosen.values()):
        constants.pop(taken or "", None)
    columns = [(guess.header, chosen[guess.header], guess.samples) for guess in first.columns]
    draft, lacking = redraft(
        first.file, table or first.table, columns, constants, first.sheet, first.sheets
    )
    if lacking and table is None:
        raise UsageError(_MISSING.fill(names=", ".join(lacking)))
    others = [each for each in found[1:] if not each.missing and each.table != "dataset"]
    tree = joined([yaml.safe_load(text) for text in (draft, *(each.draft for each in others))])
    whole = yaml.safe_dump(tree, allow_unicode=True, sort_keys=False)
    return whole, [first.fingerprint, *(each.fingerprint for each in others)]


def print_suggestions(found: Sequence[Suggestion], language: Language) -> None:
    """Print what each sheet seems to be, column by column."""
    for each in found:
        sheet = f"[{each.sheet}] " if each.sheet else ""
        reasons = "; ".join(reason.read(language) for reason in each.reasons)
        places = {
            "file": each.file,
            "sheet": sheet,
            "row": each.header_row,
            "table": each.table,
            "confidence": f"{each.confidence:.0%}",
            "reasons": reasons,
        }
        click.echo(_LOOKS.read(language, **places))
        rows = [
            (
                [
                    guess.header,
                    guess.target or "-",
                    f"{guess.confidence:.0%}" if guess.target else "",
                    guess.reason.read(language),
                    " | ".join(guess.samples[:3])[:40],
                ],
                False,
            )
            for guess in each.columns
        ]
        print_table([(title.read(language), False) for title in _TITLES], rows)


def payload(suggestion: Suggestion, language: Language) -> dict[str, Any]:
    """Return a suggestion as JSON knows it, in one language."""
    tree = asdict(suggestion)
    tree["reasons"] = [reason.read(language) for reason in suggestion.reasons]
    for column, guess in zip(tree["columns"], suggestion.columns, strict=True):
        column["reason"] = guess.reason.read(language)
    return tree


def _suggest(file: Path) -> Sequence[Suggestion]:
    from stockturn.intake.own_mappings import suggest_limited
    from stockturn.settings import Settings

    limits = Settings()
    return suggest_limited(
        file,
        file.name,
        memory_mb=limits.worker_memory_mb,
        seconds=limits.worker_seconds,
    )
