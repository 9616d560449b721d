"""``stockturn quality``: the score, what each rule found, and the rules themselves."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from stockturn.cli.options import in_workspace, plain_format
from stockturn.cli.shell import Shell
from stockturn.cli.terminal import print_table
from stockturn.cli.words import LazyGroup, command
from stockturn.delivery.sheet import DASH
from stockturn.language import Language, Text

_HERE = "stockturn.cli.quality"
_SCORE = Text("数据质量得分：{score}", "Data quality score: {score}")
_NOTHING = Text("还没有检查结果；导入数据后再看。", "Nothing was checked yet; load data first.")
_SAVED = Text("已保存规则 {key}，第 {version} 版。", "Saved rule {key}, version {version}.")
_OFF = Text("规则 {key} 从下次导入起停用。", "Rule {key} is out of force from the next load on.")
_TITLES = (
    (Text("规则", "Rule"), False),
    (Text("说明", "What it asks"), False),
    (Text("检查", "Checked"), True),
    (Text("通过", "Passed"), True),
    (Text("通过率", "Share"), True),
    (Text("目标", "Target"), True),
    (Text("结论", "Verdict"), False),
    (Text("负责人", "Owner"), False),
)
_VERDICTS = {
    True: Text("达标", "holds"),
    False: Text("未达标", "below target"),
    None: Text("—", "—"),
}

quality = LazyGroup(
    "quality",
    Text("数据质量：规则、得分和不合格的行。", "Data quality: rules, score, failing rows."),
    {
        "show": (_HERE, Text("得分和各规则的结果", "the score and what each rule found")),
        "rules": (_HERE, Text("列出生效的规则", "list the rules in force")),
        "save": (_HERE, Text("保存一条规则（JSON 文件）", "save a rule (a JSON file)")),
        "off": (_HERE, Text("停用一条规则", "take a rule out of force")),
    },
)
in_workspace(quality)


@command(Text("得分和各规则最新的结果。", "The score and the newest result of each rule."))
@plain_format
@in_workspace
@click.pass_obj
def show(shell: Shell, form: str) -> int:
    """Print the quality of the data."""
    from stockturn.cli.house import open_house

    with open_house(shell) as house:
        payload = house.quality().results()
    if form == "json":
        click.echo(json.dumps(payload, ensure_ascii=False, indent=2))
    elif not payload["results"]:
        click.echo(_NOTHING.read(shell.language))
    else:
        click.echo(_SCORE.read(shell.language, score=_percent(payload["score"])))
        rows = [(_cells(each, shell.language), False) for each in payload["results"]]
        print_table([(title.read(shell.language), right) for title, right in _TITLES], rows)
    return 0


@command(Text("列出生效的规则。", "List the rules in force."))
@in_workspace
@click.pass_obj
def rules(shell: Shell) -> int:
    """Print the rules as JSON, in the form that ``save`` takes."""
    from stockturn.cli.house import open_house

    with open_house(shell) as house:
        click.echo(json.dumps(house.quality().rules(), ensure_ascii=False, indent=2))
    return 0


@command(
    Text(
        "保存一条规则：下次导入起生效，同名规则得到新版本。",
        "Save a rule: in force from the next load on; a known key gets a new version.",
    )
)
@click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@in_workspace
@click.pass_obj
def save(shell: Shell, path: Path) -> int:
    """Save the rule that a JSON file states."""
    from stockturn.cli.house import open_house

    tree = json.loads(path.read_text(encoding="utf-8"))
    with open_house(shell) as house:
        saved = house.quality().save(tree)
    click.echo(_SAVED.read(shell.language, key=saved["key"], version=saved["version"]))
    return 0


@command(Text("停用一条规则。", "Take a rule out of force."))
@click.argument("key")
@in_workspace
@click.pass_obj
def off(shell: Shell, key: str) -> int:
    """Switch a rule off."""
    from stockturn.cli.house import open_house

    with open_house(shell) as house:
        house.quality().switch_off(key)
    click.echo(_OFF.read(shell.language, key=key))
    return 0


def _cells(each: dict[str, Any], language: Language) -> list[str]:
    return [
        each["rule"],
        each["title"],
        f"{each['checked']:,}",
        f"{each['passed']:,}",
        _percent(each["share"]),
        _percent(each["target"]),
        _VERDICTS[each["holds"]].read(language),
        each["owner"] or DASH,
    ]


def _percent(share: str | None) -> str:
    return DASH if share is None else f"{Decimal(share) * 100:.1f}%"
