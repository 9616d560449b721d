"""What a measure is: a function of additive components, with the card that explains it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from stockturn.language import Language, Text
from stockturn.metrics import formulas
from stockturn.metrics.components import Components, Stock
from stockturn.metrics.query import Basis, Period, Value

Unit = Literal["money", "quantity", "ratio", "times", "days", "percent", "count"]
Fact = Literal["stock", "flow", "item", "age"]


@dataclass(frozen=True)
class Frame:
    """What a measure is computed under: span, days, basis, whether companies are consolidated."""

    period: Period
    basis: Basis
    points: int
    consolidated: bool = True

    @property
    def days(self) -> int:
        """Days of the span by the basis' count."""
        return formulas.period_days(self.period, self.basis)


@dataclass(frozen=True)
class Measure:
    """One measure and its card.

    Attributes:
        key: Its name everywhere.
        facts: Which sums it needs.
        compute: Components and frame to a value.
    """

    key: str
    name: Text
    unit: Unit
    good: Literal["up", "down", "neither"]
    facts: frozenset[Fact]
    compute: Callable[[Components, Frame], Value]
    formula: Text
    grain: Text
    additivity: Text
    null_rule: Text
    source: Text
    golden_case: str
    follows_basis: bool = False

    def card(self, language: Language) -> dict[str, str]:
        """Return the card's words in one language (fields of the API's MeasureCard)."""
        read = {
            "name": self.name,
            "formula": self.formula,
            "grain": self.grain,
            "additivity": self.additivity,
            "null_rule": self.null_rule,
            "basis": self._basis(),
            "source": self.source,
        }
        return {
            "key": self.key,
            "unit": self.unit,
            "good": self.good,
            "golden_case": self.golden_case,
            **{field: words.read(language) for field, words in read.items()},
        }

    def _basis(self) -> Text:
        if self.follows_basis:
            return FOLLOWS
        at_cost = self.unit == "money" and self.key != "revenue"
        return FIXED if at_cost else INDEPENDENT


INDEPENDENT = Text("不随口径变化", "Does not depend on the basis")
FOLLOWS = Text(
    "随口径变化：平均法（日加权、两点、N+1 点）、成本/数量/销售、365/360 天、是否年化",
    "Follows the basis: average (daily, two-point, N+1), cost, quantity or sales, 365 or 360 days, "
    "annualised or not",
)
FIXED = Text("按成本，不随口径变化", "At cost, whatever the basis")


VALUE_ONLY_QUANTITY = Text(
    "组内有只导入了金额的品类，没有数量，请看金额口径",
    "The group holds categories known in money alone; there is no quantity, use the cost basis",
)
VALUE_ONLY_COUNTED = Text(
    "组内有只导入了金额的品类，没有逐笔收发，无法判断；导入库存流水后可得",
    "The group holds categories known in money alone, without single receipts and issues; load "
    "movements to learn this",
)
VALUE_ONLY_DAILY = Text(
    "含只有月初、月末金额的品类：其日均按每月两点的平均计",
    "Holds categories known at month ends only: their daily average is the mean of a month's two "
    "points",
)
COUNTED = frozenset(
    {
        *("slow_moving_value", "slow_moving_rate", "dead_stock_value", "dead_stock_rate"),
        *("average_age", "average_site_age", "average_lot_age", "negative_balances"),
    }
)
"""Measures that need pieces, or single receipts and issues."""

MIXED_UNITS = Text(
    "组内计量单位不同（{units}），数量不能相加，请看金额口径",
    "The group mixes units ({units}); quantities do not add up, use the cost basis",
)
ITEM_LOCATION = Text("物料 × 库位 × 状态 × 日", "item × location × status × day")
SEMI = Text(
    "对物料、库位可加；对时间不可加（结存）",
    "Adds over items and locations, not over time (a balance)",
)
ADDS = Text("对物料、库位、时间都可加（流量）", "Adds over items, locations and time (a flow)")
RATIO = Text("不可加：合计为分子合计除以分母合计", "Not additive: totals are ratios of sums")
AVERAGE_NULL = Text(
    "平均库存为零、为负或缺失时为空并说明原因",
    "Null with a reason when the average is zero, negative or missing",
)
NEVER_NULL = Text("没有业务时为 0", "0 when nothing happened")
OWN = Text("本产品定义", "Defined by this product")


def stock_of(parts: Components, frame: Frame) -> Stock:
    """The stock that the basis counts: quantity, or value at cost (also under the sales basis)."""
    return parts.quantity if frame.basis.basis == "quantity" else parts.value


def average_of(stock: Stock, frame: Frame) -> Value:
    """Average stock by the basis' rule."""
    match frame.basis.average:
        case "daily":
            return formulas.daily_average(stock.integral, frame.period.days)
        case "two-point":
            return formulas.two_point_average(stock.opening, stock.closing)
        case "n-point":
            points = stock.opening + stock.points
            return Value(points / (frame.points + 1))


def refuse_value_only(key: str, parts: Components) -> Text | None:
    """Say why stock known in money alone has no such figure; None where it has."""
    if not parts.value_only:
        return None
    if key in COUNTED:
        return VALUE_ONLY_COUNTED
    alone = not parts.quantity.closing
    return VALUE_ONLY_COUNTED if key == "cost_coverage" and alone else None


def refuse_units(parts: Components, frame: Frame) -> Text | None:
    """Say why a group that mixes units has no figure on the quantity basis; None where it has."""
    if frame.basis.basis == "quantity" and parts.value_only:
        return VALUE_ONLY_QUANTITY
    if frame.basis.basis == "quantity" and len(parts.units) > 1:
        return MIXED_UNITS.fill(units="、".join(sorted(parts.units)[:4]))
    return None
