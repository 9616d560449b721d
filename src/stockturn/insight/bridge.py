"""Why a ratio changed, split into effects that add up to the change exactly.

Effects are Shapley values: each factor's average contribution over both orders in which the factors
could have changed. They are computed as fractions and given at 12 decimals, the remainder of
rounding going to the largest effect, so that the printed effects add up to the printed change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

from stockturn.language import Text
from stockturn.metrics.formulas import Amount, refuse_average

PLACES = Decimal("1e-12")
_WIDE = Context(prec=60, rounding=ROUND_HALF_EVEN)

NO_STOCK = Text(
    "至少一期没有正的库存，变动无法拆分",
    "One of the periods has no positive inventory, so the change cannot be split",
)


@dataclass(frozen=True)
class RatioBridge:
    """Change of numerator / denominator = numerator effect + denominator effect."""

    before: Decimal
    after: Decimal
    numerator_effect: Decimal
    denominator_effect: Decimal

    @property
    def change(self) -> Decimal:
        """After minus before; the two effects add up to it."""
        return self.after - self.before


@dataclass(frozen=True)
class MixBridge:
    """Change of a group's turnover = within + mix + unstocked.

    Attributes:
        before: Group turnover before, a ratio of sums.
        after: Group turnover after.
        within: Effect of members turning faster or slower than before.
        mix: Effect of inventory shifting between fast and slow members.
        unstocked: Effect of cost of goods sold by members that hold no inventory.
        members: Within and mix effect of each member; they add up to ``within`` and ``mix``.
    """

    before: Decimal
    after: Decimal
    within: Decimal
    mix: Decimal
    unstocked: Decimal
    members: dict[str, tuple[Decimal, Decimal]]

    @property
    def change(self) -> Decimal:
        """After minus before; the three effects add up to it."""
        return self.after - self.before


def bridge_ratio(
    numerator_before: Amount,
    denominator_before: Amount,
    numerator_after: Amount,
    denominator_after: Amount,
) -> RatioBridge | Text:
    """Two-factor Shapley split of a ratio's change, e.g. turnover into COGS and inventory.

    Returns the reason instead when a denominator is not positive.
    """
    if refuse_average(denominator_before) or refuse_average(denominator_after):
        return NO_STOCK
    top0, top1 = Fraction(numerator_before), Fraction(numerator_after)
    inverse0, inverse1 = 1 / Fraction(denominator_before), 1 / Fraction(denominator_after)
    before, after = _round(top0 * inverse0), _round(top1 * inverse1)
    by_top = (top1 - top0) * (inverse0 + inverse1) / 2
    by_bottom = (inverse1 - inverse0) * (top0 + top1) / 2
    effects = _settle([by_top, by_bottom], after - before)
    return RatioBridge(before, after, effects[0], effects[1])


def bridge_mix(
    before: Mapping[str, tuple[Amount, Amount]], after: Mapping[str, tuple[Amount, Amount]]
) -> MixBridge | Text:
    """Split a group's turnover change into within-member and mix effects.

    Weights are shares of the inventory value. A member that holds stock in one period only counts
    as mix: its turnover is taken as that of the period in which it has one. A member's mix effect
    is measured against the group's mean turnover, so stock shifting to slow members is negative.

    Args:
        before: (COGS, average inventory) per member; ``after`` likewise.
        after: The same a period later; members may come and go.

    Returns:
        The bridge, or the reason when a period's inventory is not positive.
    """
    stock0 = sum((Fraction(stock) for _, stock in before.values()), Fraction(0))
    stock1 = sum((Fraction(stock) for _, stock in after.values()), Fraction(0))
    if stock0 <= 0 or stock1 <= 0:
        return NO_STOCK
    turn0 = sum((Fraction(cogs) for cogs, _ in before.values()), Fraction(0)) / stock0
    turn1 = sum((Fraction(cogs) for cogs, _ in after.values()), Fraction(0)) / stock1
    mean = (turn0 + turn1) / 2
    names = [*before, *(name for name in after if name not in before)]
    within: dict[str, Fraction] = {}
    mix: dict[str, Fraction] = {}
    unstocked = Fraction(0)
    for name in names:
        share0, speed0, loose0 = _part(before.get(name, (0, 0)), stock0)
        share1, speed1, loose1 = _part(after.get(name, (0, 0)), stock1)
        unstocked += loose1 - loose0
        first = speed0 if speed0 is not None else speed1
        second = speed1 if speed1 is not None else speed0
        if first is None or second is None:
            continue
        within[name] = (share0 + share1) / 2 * (second - first)
        mix[name] = (share1 - share0) * ((first + second) / 2 - mean)
    return _mix_bridge(turn0, turn1, within, mix, unstocked)


def _mix_bridge(
    turn0: Fraction,
    turn1: Fraction,
    within: Mapping[str, Fraction],
    mix: Mapping[str, Fraction],
    unstocked: Fraction,
) -> MixBridge:
    before, after = _round(turn0), _round(turn1)
    sums = [sum(within.values(), Fraction(0)), sum(mix.values(), Fraction(0)), unstocked]
    effects = _settle(sums, after - before)
    members_within = _settle(list(within.values()), effects[0])
    members_mix = _settle(list(mix.values()), effects[1])
    members = {
        name: (one, two) for name, one, two in zip(within, members_within, members_mix, strict=True)
    }
    return MixBridge(before, after, effects[0], effects[1], effects[2], members)


def _part(
    member: tuple[Amount, Amount], stock: Fraction
) -> tuple[Fraction, Fraction | None, Fraction]:
    """Inventory share, turnover (None without stock), and turns of the group it adds unstocked."""
    cogs, held = Fraction(member[0]), Fraction(member[1])
    if held == 0:
        return Fraction(0), None, cogs / stock
    return held / stock, cogs / held, Fraction(0)


def _settle(parts: list[Fraction], total: Decimal) -> list[Decimal]:
    """Round the parts and give what rounding left to the largest, so they add to ``total``."""
    rounded = [_round(part) for part in parts]
    if rounded:
        largest = max(range(len(parts)), key=lambda index: abs(parts[index]))
        rounded[largest] += total - sum(rounded, Decimal(0))
    return rounded


def _round(number: Fraction) -> Decimal:
    exact = _WIDE.divide(Decimal(number.numerator), Decimal(number.denominator))
    return exact.quantize(PLACES, context=_WIDE)
