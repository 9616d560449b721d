"""``stockturn rate``: what becomes of amounts converted at a rate that is restated later."""

from __future__ import annotations

import click

from stockturn.cli.decisions import actor_option, reason_option
from stockturn.cli.options import in_workspace
from stockturn.cli.shell import Shell
from stockturn.cli.words import LazyGroup, command
from stockturn.language import Text

_KEPT = Text(
    "已决定：到此为止折算的金额保持原汇率、税率（第 {load} 次导入记录了这个决定）。现在可以导入新的"
    "汇率或税率。",
    "Decided: what is converted so far keeps its rate; the decision is load {load}. The restated "
    "rates can be loaded now.",
)

rate = LazyGroup(
    "rate",
    Text("汇率与税率：更正后的处理。", "Rates: what a correction does."),
    {
        "keep": (
            "stockturn.cli.rates",
            Text("已折算的金额保持原汇率", "let converted amounts keep their rate"),
        )
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
