"""The change bridge against hand-worked splits, and that its effects always add up."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from stockturn.insight.bridge import NO_STOCK, MixBridge, RatioBridge, bridge_mix, bridge_ratio

D = Decimal
money = st.decimals(min_value=0, max_value=10**9, places=2)
stock = st.decimals(min_value=D("0.01"), max_value=10**9, places=2)


def test_less_inventory_and_less_cost_cancel() -> None:
    """500/125 and 400/100 both turn 4 times: -0.9 from cost, +0.9 from inventory."""
    bridge = bridge_ratio(500, 125, 400, 100)
    assert isinstance(bridge, RatioBridge)
    assert (bridge.before, bridge.after, bridge.change) == (4, 4, 0)
    assert (bridge.numerator_effect, bridge.denominator_effect) == (D("-0.9"), D("0.9"))


def test_a_period_without_stock_cannot_be_split() -> None:
    assert bridge_ratio(1, 0, 1, 1) == NO_STOCK
    assert bridge_mix({"A": (1, 1)}, {"A": (1, -1)}) == NO_STOCK


@given(money, stock, money, stock)
def test_two_factors_add_up_to_the_printed_change(
    top0: Decimal, bottom0: Decimal, top1: Decimal, bottom1: Decimal
) -> None:
    bridge = bridge_ratio(top0, bottom0, top1, bottom1)
    assert isinstance(bridge, RatioBridge)
    assert bridge.numerator_effect + bridge.denominator_effect == bridge.change


def test_mix_alone_lowers_turnover() -> None:
    """A turns 6, B turns 2 in both periods; inventory goes from 50/50 to 30/70."""
    bridge = bridge_mix({"A": (300, 50), "B": (100, 50)}, {"A": (180, 30), "B": (140, 70)})
    assert isinstance(bridge, MixBridge)
    assert (bridge.before, bridge.after) == (4, D("3.2"))
    assert (bridge.within, bridge.mix, bridge.unstocked) == (0, D("-0.8"), 0)
    assert bridge.members["A"][1] < 0
    assert bridge.members["B"][1] < 0


def test_a_new_item_is_mix_and_not_improvement() -> None:
    """100/50 alone, then beside a new item of 300/50: 2 turns become 4, all of it mix."""
    bridge = bridge_mix({"old": (100, 50)}, {"old": (100, 50), "new": (300, 50)})
    assert isinstance(bridge, MixBridge)
    assert (bridge.within, bridge.mix, bridge.change) == (0, 2, 2)


def test_cost_without_stock_is_told_apart() -> None:
    """10 of cost on an item never stocked adds 0.2 turns that no inventory explains."""
    bridge = bridge_mix({"A": (100, 50)}, {"A": (100, 50), "direct": (10, 0)})
    assert isinstance(bridge, MixBridge)
    assert (bridge.within, bridge.mix, bridge.unstocked) == (0, 0, D("0.2"))


members = st.dictionaries(st.sampled_from("ABCDE"), st.tuples(money, stock), min_size=1)


@given(members, members)
def test_three_effects_and_their_members_add_up(
    before: dict[str, tuple[Decimal, Decimal]], after: dict[str, tuple[Decimal, Decimal]]
) -> None:
    bridge = bridge_mix(before, after)
    assert isinstance(bridge, MixBridge)
    assert bridge.within + bridge.mix + bridge.unstocked == bridge.change
    assert sum(one for one, _ in bridge.members.values()) == bridge.within
    assert sum(two for _, two in bridge.members.values()) == bridge.mix
