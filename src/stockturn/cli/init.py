"""``stockturn init``: a new workspace, with the few questions that matter."""

from __future__ import annotations

from pathlib import Path

import click

from stockturn.cli.options import language_option
from stockturn.cli.shell import Shell, interactive
from stockturn.cli.words import command, option
from stockturn.language import Text

_DONE = Text(
    "已建立工作区 {path}。\n下一步：stockturn load 文件 --mapping 映射 --workspace {path}",
    "Made the workspace {path}.\nNext: stockturn load FILES --mapping MAPPING --workspace {path}",
)
_COMPANY = Text("公司名称", "Company name")
_CURRENCY = Text("本位币（三个字母）", "Currency (three letters)")
_READING = Text(
    "首要口径：management 按日加权、365 天；financial 首尾平均、360 天、本年累计",
    "Leading reading: management (day-weighted, 365 days) or financial (two-point, 360 days, year "
    "to date)",
)


@command(Text("新建工作区。在终端上会问几个问题，也可用选项回答。", "Make a new workspace."))
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@option("--company", words=Text("公司名称。", "Name of the company."))
@option("--currency", words=Text("本位币代码，默认 CNY。", "Currency code; CNY by default."))
@option(
    "--reading",
    type=click.Choice(["management", "financial"]),
    words=Text("首要口径，默认 management。", "Reading that leads; management by default."),
)
@option(
    "--costing",
    type=click.Choice(["moving_average", "monthly_average", "fifo", "standard"]),
    words=Text(
        "来源没有成本时的计价方法，默认 moving_average。",
        "Costing where the source gives none; moving_average by default.",
    ),
)
@option(
    "--time-zone",
    words=Text("营业日所在时区，默认 Asia/Shanghai。", "Time zone of business days."),
)
@language_option
@click.pass_obj
def init(
    shell: Shell,
    folder: Path,
    company: str | None,
    currency: str | None,
    reading: str | None,
    costing: str | None,
    time_zone: str | None,
) -> None:
    """Make the workspace."""
    from stockturn.settings import Settings
    from stockturn.workspace import Workspace

    if interactive():
        default = Settings()
        company = company or _ask(shell, _COMPANY, default.company)
        currency = currency or _ask(shell, _CURRENCY, default.currency)
        reading = reading or _ask(
            shell, _READING, default.leading_reading, ("management", "financial")
        )
    answers = {
        "language": shell.language,
        "company": company,
        "currency": currency,
        "leading_reading": reading,
        "costing": costing,
        "time_zone": time_zone,
    }
    given = {key: value for key, value in answers.items() if value is not None}
    shell.say(_DONE, path=Workspace.create(folder, given))


def _ask(shell: Shell, words: Text, default: str, choices: tuple[str, ...] = ()) -> str:
    kind = click.Choice(choices) if choices else click.STRING
    answer = click.prompt(words.read(shell.language), default=default, type=kind, err=True)
    return str(answer)
