"""The load report: as JSON in the API's shape, and as lines at the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import click

from stockturn.cli.terminal import print_table
from stockturn.delivery.sheet import DASH
from stockturn.intake.reasons import ignore_text, reject_text
from stockturn.intake.report import CHANGE_WORDS
from stockturn.language import Language, Text
from stockturn.metrics.measures import MEASURES
from stockturn.metrics.moved import Moved

SHOWN_REJECTS = 10
HELD, FAILED = 3, 1

_TITLES = (
    (Text("文件", "File"), False),
    (Text("读入行数", "Rows in"), True),
    (Text("入账", "Loaded"), True),
    (Text("拒收", "Rejected"), True),
    (Text("忽略", "Ignored"), True),
    (Text("备注", "Remark"), False),
)
_TOTAL = Text("合计", "Total")
_ALREADY = Text("已导入过", "loaded before")
_REJECTED = Text("拒收原因：", "Rejected because:")
_IGNORED = Text("忽略原因：", "Ignored because:")
_EXAMPLES = Text("拒收行示例：", "Some of the rejected rows:")
_PLACE = Text("{file}{sheet} 第 {row} 行 {column}", "{file}{sheet} row {row} {column}")
_MOVED = Text("已报告过的数字有变化：", "Figures reported before have moved:")
_MOVED_TITLES = (
    (Text("月份", "Month"), False),
    (Text("指标", "Measure"), False),
    (Text("原来", "Before"), True),
    (Text("现在", "Now"), True),
)
_LOAD = Text(
    "第 {load} 次导入，映射 {mapping}，用时 {seconds:.1f} 秒",
    "Load {load}, mapping {mapping}, {seconds:.1f} s",
)
_CONTROL = Text(
    "控制总数 {file} {table}：{now_rows} 行，数量 {now_quantity}，金额 {now_value}",
    "Control totals {file} {table}: {now_rows} rows, quantity {now_quantity}, value {now_value}",
)
_CONTROL_BEFORE = Text(
    "控制总数 {file} {table}：{now_rows} 行（上次 {before_rows}），数量 {now_quantity}"
    "（上次 {before_quantity}），金额 {now_value}（上次 {before_value}）",
    "Control totals {file} {table}: {now_rows} rows ({before_rows} before), quantity "
    "{now_quantity} ({before_quantity}), value {now_value} ({before_value})",
)
_MAPPING = Text("映射 {mapping}，用时 {seconds:.1f} 秒", "Mapping {mapping}, {seconds:.1f} s")


def moved_tree(moved: Moved) -> dict[str, Any]:
    """Return a moved figure as JSON knows it; amounts as text, so that they stay exact."""
    return {
        "month": moved.month.isoformat()[:7],
        "measure": moved.measure,
        "before": None if moved.before is None else str(moved.before),
        "after": None if moved.after is None else str(moved.after),
    }


def exit_code(payload: Mapping[str, Any]) -> int:
    """Return 0 for loaded or nothing new, 3 for held (also by too many rejects), 1 for failed."""
    return {"held": HELD, "failed": FAILED}.get(payload["status"], 0)


def print_report(payload: Mapping[str, Any], language: Language) -> None:
    """Print a report: each file, the reasons with their counts, some rejected rows, warnings."""
    click.echo(payload["message"])
    if payload["files"]:
        print_table(_titles(language), _rows(payload, language))
    _print_changes(payload, language)
    for heading, counts, words in (
        (_REJECTED, payload["rejected_by_reason"], reject_text),
        (_IGNORED, payload["ignored_by_reason"], ignore_text),
    ):
        if counts:
            click.echo(heading.read(language))
        for code, count in counts.items():
            click.echo(f"  {count:>10,}  {code}  {words(code).read(language)}")
    if payload["rejects"]:
        click.echo(_EXAMPLES.read(language))
    for reject in payload["rejects"][:SHOWN_REJECTS]:
        click.echo(f"  {_place(reject, language)}  {reject['message']}")
    _print_controls(payload, language)
    if payload.get("moved"):
        click.echo(_MOVED.read(language))
        print_table([(t.read(language), n) for t, n in _MOVED_TITLES], _moved(payload, language))
    for warning in payload["warnings"]:
        click.echo(f"- {warning}")
    closing = _MAPPING if payload["load_no"] is None else _LOAD
    click.echo(
        closing.read(
            language,
            load=payload["load_no"],
            mapping=payload["mapping"],
            seconds=payload["seconds"],
        )
    )


def _print_changes(payload: Mapping[str, Any], language: Language) -> None:
    """Print what the load did to earlier ones, where it did anything."""
    loads = ", ".join(map(str, payload["superseded"]))
    for key, value in (("reversed", payload["reversed"]), ("superseded", loads)):
        if value:
            click.echo(f"  {CHANGE_WORDS[key].read(language)}: {value}")


def _print_controls(payload: Mapping[str, Any], language: Language) -> None:
    """Print what each file brought beside the run before it, and how days were told."""
    for control in payload.get("controls", ()):
        now, before = control["now"], control["before"]
        words = _CONTROL if before is None else _CONTROL_BEFORE
        amounts = {f"now_{name}": _amount(now[name]) for name in ("rows", "quantity", "value")}
        if before is not None:
            amounts |= {f"before_{n}": _amount(before[n]) for n in ("rows", "quantity", "value")}
        told = words.read(language, file=control["file"], table=now["table"], **amounts)
        click.echo(f"  {told}")
    if payload.get("day_rule"):
        click.echo(payload["day_rule"])


def _amount(number: int | str | None) -> str:
    return DASH if number is None else f"{Decimal(number).normalize():,f}"


def _moved(payload: Mapping[str, Any], language: Language) -> list[tuple[list[str], bool]]:
    def shown(text: str | None) -> str:
        return DASH if text is None else f"{Decimal(text):,.2f}"

    return [
        (
            [
                each["month"],
                MEASURES[each["measure"]].name.read(language),
                shown(each["before"]),
                shown(each["after"]),
            ],
            False,
        )
        for each in payload["moved"]
    ]


def _titles(language: Language) -> list[tuple[str, bool]]:
    return [(title.read(language), is_number) for title, is_number in _TITLES]


def _rows(payload: Mapping[str, Any], language: Language) -> list[tuple[list[str], bool]]:
    rows = [
        (
            [
                file["name"],
                *_counts(file),
                _ALREADY.read(language) if file["already_loaded"] else "",
            ],
            False,
        )
        for file in payload["files"]
    ]
    return [*rows, ([_TOTAL.read(language), *_counts(payload), ""], True)]


def _counts(counted: Mapping[str, Any]) -> list[str]:
    names = ("rows_in", "rows_loaded", "rows_rejected", "rows_ignored")
    return [f"{counted[name]:,}" for name in names]


def _place(reject: Mapping[str, Any], language: Language) -> str:
    value = "" if reject["value"] is None else f" = {reject['value']!r}"
    return _PLACE.read(
        language,
        file=reject["file"],
        sheet=f" [{reject['sheet']}]" if reject["sheet"] else "",
        row=DASH if reject["row_no"] is None else reject["row_no"],
        column=f"{reject['column'] or ''}{value}",
    )
