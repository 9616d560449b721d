"""``stockturn show``: one question, one answer, in the form asked for."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from stockturn.cli.options import in_workspace
from stockturn.cli.shell import Shell
from stockturn.cli.words import command, option
from stockturn.language import StockTurnError, Text, UsageError

_WRITTEN = Text("已写入 {path}。", "Written to {path}.")
_NEEDS_OUTPUT = Text(
    "工作簿不能显示在终端上，请加 --output 文件.xlsx。",
    "A workbook cannot be shown at the terminal; add --output FILE.xlsx.",
)


class CannotWrite(StockTurnError):
    """The file for the result cannot be written."""

    code = "cannot_write"

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(
            Text(
                f"无法写入 {path}（{detail}）。请换一个位置，或关闭正在打开它的程序。",
                f"Cannot write {path} ({detail}). Choose another place, or close what has it open.",
            )
        )


@command(
    Text(
        "查询指标，可一次查几个（用逗号分开）。可查的指标见 stockturn measures。",
        "Show figures; several measures are parted by commas. See stockturn measures for all.",
    )
)
@click.argument("measures", metavar="MEASURE[,MEASURE...]")
@option("--by", words=Text("按哪些维度分组，逗号分开。", "Dimensions to group by."))
@option("--from", "first", metavar="DATE", words=Text("第一天。", "The first day."))
@option(
    "--to", "last", metavar="DATE", words=Text("最后一天（含当天）。", "The last day, counted in.")
)
@option(
    "--period",
    words=Text("2013、2013-H1、2013-Q2 或 2013-06。", "2013, 2013-H1, 2013-Q2 or 2013-06."),
)
@option(
    "--grain",
    type=click.Choice(["day", "week", "month", "quarter", "year"]),
    words=Text("把期间切成日、周、月、季或年。", "Cut the period into buckets."),
)
@option(
    "--reading",
    type=click.Choice(["management", "financial"]),
    words=Text(
        "现成的口径，其余口径选项在其上修改；默认用工作区的首要口径。",
        "A ready basis that the options below change; by default the one that leads.",
    ),
)
@option(
    "--average",
    type=click.Choice(["daily", "two-point", "n-point"]),
    words=Text(
        "平均库存：按日、首尾两点、N+1 点。", "Average stock: by day, two-point, N+1 points."
    ),
)
@option(
    "--basis",
    type=click.Choice(["cost", "quantity", "sales"]),
    words=Text("按成本、数量或销售额。", "At cost, in quantity, or on sales."),
)
@option("--days", type=click.Choice(["365", "360"]), words=Text("一年的天数。", "Days of a year."))
@option(
    "--annualise/--no-annualise",
    default=None,
    words=Text("是否折算为年。", "Scale to a year or not."),
)
@option(
    "--year-to-date/--no-year-to-date",
    default=None,
    words=Text("按本年累计计算。", "Count from 1 January of the last year."),
)
@option(
    "--where",
    multiple=True,
    metavar="DIM=MEMBER",
    words=Text(
        "筛选，可重复；!= 为排除，成员用逗号分开。",
        "Keep what matches; repeatable; != excludes, members parted by commas.",
    ),
)
@option(
    "--clock",
    type=click.Choice(["company", "site", "lot"]),
    default="company",
    words=Text(
        "库龄指标的时钟：公司入库、到达库位、批次生产，默认 company。",
        "What value by age counts from: receipt by the company, arrival at the site, the lot made.",
    ),
)
@option(
    "--compare",
    multiple=True,
    metavar="prior_period|prior_year",
    words=Text("与上期或上年同期比较。", "Compare with the period or the year before."),
)
@option(
    "--known-at",
    metavar="INSTANT",
    words=Text("按该时刻（UTC）已导入的数据回答。", "Answer from what was loaded by then (UTC)."),
)
@option(
    "--order",
    metavar="[-]NAME",
    words=Text("按指标或维度排序，前加 - 为从大到小。", "Sort by a name; a leading - sorts down."),
)
@option(
    "--limit",
    type=click.IntRange(1, 10_000),
    words=Text("只显示前几行（合计仍含全部）。", "Rows to show; the total covers all."),
)
@option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json", "xlsx"]),
    default="table",
    words=Text("输出格式，默认 table。", "Form of the output; table by default."),
)
@option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    words=Text("写入文件，而不是终端。", "Write to a file, not to the terminal."),
)
@in_workspace
@click.pass_obj
def show(shell: Shell, /, form: str, output: Path | None, **given: Any) -> None:
    """Ask, and print or write the answer."""
    from stockturn.cli.asking import Asked
    from stockturn.cli.house import open_house

    if form == "xlsx" and output is None and sys.stdout.isatty():
        raise UsageError(_NEEDS_OUTPUT)
    asked = Asked(**given)
    with open_house(shell) as house:
        query = asked.query(house.settings.leading_reading, house.data_as_of)
        answer = house.ask(query)
        currency = house.settings.currency
    _deliver(shell, answer, currency, form, output)


def _deliver(shell: Shell, answer: Any, currency: str, form: str, output: Path | None) -> None:
    from stockturn.cli.terminal import print_sheet, sheet_text
    from stockturn.delivery.sheet import sheet_of

    sheet = sheet_of(answer, currency=currency, language=shell.language)
    if form == "table":
        if output is None:
            print_sheet(sheet, shell.language)
            return
        content = sheet_text(sheet, shell.language).encode()
    else:
        content = _file(shell, answer, sheet, currency, form)
    if output is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise CannotWrite(output, error.strerror or str(error)) from error
    shell.tell(_WRITTEN, path=output)


def _file(shell: Shell, answer: Any, sheet: Any, currency: str, form: str) -> bytes:
    from stockturn.delivery import export, wire

    if form == "csv":
        return export.to_csv(sheet, shell.language)
    if form == "xlsx":
        return export.to_xlsx(sheet, shell.language)
    text = wire.to_json(answer, sheet, currency=currency, language=shell.language)
    return text.encode()
