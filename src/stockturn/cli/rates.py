"""``stockturn rate``: what becomes of amounts converted at a rate that is restated later."""

from __future__ import annotations

import json
from typing import Any

import click

from stockturn.cli.decisions import actor_option, print_decisions, reason_option
from stockturn.cli.options import in_workspace, plain_format
from stockturn.cli.shell import Shell
from stockturn.cli.words import LazyGroup, command
from stockturn.language import Text

_HERE = "stockturn.cli.rates"
_KEPT = Text(
    "已决定：到此为止折算的金额保持原汇率、税率（第 {load} 次导入记录了这个决定）。现在可以导入新的"
    "汇率或税率。",
    "Decided: what is converted so far keeps its rate; the decision is load {load}. The restated "
    "rates can be loaded now.",
)
_UNDONE = Text(
    "第 {of_load} 次导入的决定已撤销（第 {load} 次导入记录了撤销）。其间导入的数据不变；再更正这些"
    "汇率或税率时会重新询问。",
    "The decision of load {of_load} is withdrawn; the undoing is load {load}. What was loaded "
    "meanwhile stands, and a load that restates these rates asks again.",
)
_CONVERTED = Text(
    "已决定（第 {load} 次导入记录了这个决定），重新折算如下：",
    "Decided; the decision is load {load}. What was converted again:",
)
_LET_IN = Text(
    "已决定（第 {load} 次导入记录了这个决定）。目前没有与现行汇率不同的金额；现在可以导入更正后的"
    "汇率，到此为止折算的外币金额随即重新折算。",
    "Decided; the decision is load {load}. Nothing stands at another rate yet: load the restated "
    "rate now, and amounts in foreign currency converted so far are converted again with it.",
)
_NOT_STALE = Text(
    "没有与现行汇率不同的外币金额（决定保持原汇率的除外）。",
    "No amounts in foreign currency stand at another rate than is stated now, apart from what was "
    "decided to keep it.",
)
_NONE = Text("还没有这类决定。", "Nothing of the kind has been decided yet.")
_TITLES = (
    (Text("导入", "Load"), True),
    (Text("状态", "State"), False),
    (Text("哪些", "What"), False),
    (Text("谁", "Who"), False),
    (Text("理由", "Reason"), False),
)
_STANDS = Text("有效", "in force")
_PAST = Text("已撤销", "withdrawn")
_UNDOING = Text("撤销", "undoing")
_ALL = Text("到此为止折算的全部金额", "all that was converted so far")
_OF = Text("第 {load} 次导入的决定", "the decision of load {load}")

rate = LazyGroup(
    "rate",
    Text("汇率与税率：更正后的处理。", "Rates: what a correction does."),
    {
        "keep": (
            _HERE,
            Text("已折算的金额保持原汇率", "let converted amounts keep their rate"),
        ),
        "kept": (_HERE, Text("列出这类决定与撤销", "list such decisions and their undoing")),
        "stale": (
            _HERE,
            Text("列出与现行汇率不同的金额", "list amounts at another rate than is stated"),
        ),
        "convert": (
            _HERE,
            Text("按更正后的汇率重新折算", "convert amounts again at the restated rate"),
        ),
        "undo": (_HERE, Text("撤销这样一个决定", "withdraw such a decision")),
    },
)
in_workspace(rate)


@command(
    Text(
        "已折算入账的金额保持当时的汇率和税率；更正后的只用于以后导入的数据。",
        "Amounts converted so far keep the rate of then; a restated one serves later loads.",
    )
)
@reason_option
@actor_option
@in_workspace
@click.pass_obj
def keep(shell: Shell, reason: str, actor: str) -> int:
    """Decide and say so."""
    from stockturn.cli.house import open_house

    with open_house(shell) as house:
        decided = house.keep_rates(actor, reason)
    shell.say(_KEPT, load=decided["load_no"])
    return 0


@command(
    Text(
        "列出“已折算的金额保持原汇率”的决定与撤销。",
        "List decisions that converted amounts keep their rate, and their undoing.",
    )
)
@plain_format
@in_workspace
@click.pass_obj
def kept(shell: Shell, form: str) -> int:
    """Print every decision and undoing, newest first."""
    from stockturn.cli.house import open_house

    with open_house(shell) as house:
        payload = house.kept_rates()
    rows = [_cells(each, shell) for each in payload["kept"]]
    print_decisions(shell, form, payload, rows, titles=_TITLES, none=_NONE)
    return 0


@command(
    Text(
        "撤销第 LOAD 次导入的“保持原汇率”决定；其间导入的数据不变。",
        "Withdraw the decision of load LOAD that amounts keep their rate; what was loaded "
        "meanwhile stands.",
    )
)
@click.argument("load", type=int)
@reason_option
@actor_option
@in_workspace
@click.pass_obj
def undo(shell: Shell, load: int, reason: str, actor: str) -> int:
    """Withdraw a decision and say so."""
    from stockturn.cli.house import open_house

    with open_house(shell) as house:
        decided = house.undo_kept_rates(load, actor, reason)
    shell.say(_UNDONE, of_load=load, load=decided["load_no"])
    return 0


@command(
    Text(
        "列出按另一汇率入账、又没有决定保持的外币金额。",
        "List amounts in foreign currency booked at another rate than is stated now, and not kept.",
    )
)
@plain_format
@in_workspace
@click.pass_obj
def stale(shell: Shell, form: str) -> int:
    """Print the amounts by rate."""
    from stockturn.cli.house import open_house

    with open_house(shell) as house:
        payload = house.stale_rates()
    if form == "json":
        click.echo(json.dumps(payload, ensure_ascii=False, indent=2))
    elif payload["changes"]:
        for change in payload["changes"]:
            click.echo(_change(change).read(shell.language))
    else:
        shell.say(_NOT_STALE)
    return 0


@command(
    Text(
        "按更正后的汇率重新折算外币金额：原来的行冲销后重新入账。更正后的汇率还没导入时，先作此决定"
        "再导入。",
        "Convert amounts in foreign currency again at the restated rate: their rows are taken back "
        "and added anew. Where that rate is not loaded yet, decide first and load it then.",
    )
)
@reason_option
@actor_option
@in_workspace
@click.pass_obj
def convert(shell: Shell, reason: str, actor: str) -> int:
    """Decide, convert and say what became of it."""
    from stockturn.cli.house import open_house
    from stockturn.cli.report import exit_code, print_report

    with open_house(shell) as house:
        decided = house.convert_again(actor, reason)
    shell.say(_CONVERTED if decided["loads"] else _LET_IN, load=decided["load_no"])
    for report in decided["loads"]:
        print_report(report, shell.language)
    return max((exit_code(report) for report in decided["loads"]), default=0)


def _change(shown: dict[str, Any]) -> Text:
    """Return the sentence of a change that an answer holds; some may not see its amounts."""
    from stockturn.ledger.rate_changes import change_of

    tree = {name: each for name, each in shown.items() if name != "at_new_rate"}
    return change_of({**tree, "booked": tree["booked"] or "0", "through": 0}).words


def _cells(each: dict[str, Any], shell: Shell) -> list[str]:
    state = _STANDS if each["stands"] else _UNDOING if each["undone"] else _PAST
    if each["undone"]:
        what = _OF.fill(load=each["of_load"]).read(shell.language)
    else:
        words = (_change(change) for change in each["changes"])
        what = "; ".join(text.read(shell.language) for text in words)
    return [
        str(each["load_no"]),
        state.read(shell.language),
        what or _ALL.read(shell.language),
        each["actor"],
        each["reason"],
    ]
