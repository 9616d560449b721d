"""The measures: each a function of additive components, with the card that explains it.

One registry serves queries, CLI, page and docs. A measure never looks at rows: what it needs is in
:class:`~stockturn.metrics.components.Components`, so its total obeys its definition.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from stockturn.language import Language, Text, UsageError
from stockturn.metrics import formulas
from stockturn.metrics.components import ZERO, Components, Stock
from stockturn.metrics.query import Basis, Period, Value

Unit = Literal["money", "quantity", "ratio", "times", "days", "percent", "count"]
Fact = Literal["stock", "flow", "item", "age"]

CONSUMPTION = ("production_issue", "production_return")
SOLD = ("sale_issue", "customer_return")
AGE_BUCKETS: Final = {
    "age_0_30": (0, 30),
    "age_31_60": (31, 60),
    "age_61_90": (61, 90),
    "age_91_180": (91, 180),
    "age_181_365": (181, 365),
    "age_over_365": (366, None),
}
"""Measure -> ages in days, both ends inclusive."""

MIXED_UNITS = Text(
    "组内计量单位不同（{units}），数量不能相加，请看金额口径",
    "The group mixes units ({units}); quantities do not add up, use the cost basis",
)
MIXED_STAGES = Text(
    "组内只有原材料与在制品，没有共同的分子，请按物料类型分开看",
    "The group mixes raw material and work in process, which share no numerator; split by item "
    "kind",
)
NUMERATOR_SALES = Text("分子：销售成本", "Numerator: cost of goods sold")
NUMERATOR_RAW = Text("分子：生产领用材料成本", "Numerator: material consumed at cost")
NUMERATOR_WIP = Text(
    "分子：完工产品成本（在制品以外物料的完工入库，加直接售出的在制品）",
    "Numerator: cost of goods manufactured (production receipts of all goods but WIP, and WIP sold "
    "as it is)",
)
NUMERATOR_WIP_OUT = Text(
    "分子：在制品转出成本（领用与售出）；完工产品成本记在完工物料名下，不能归到这一组",
    "Numerator: cost leaving this WIP (issued or sold); cost of goods manufactured stands with the "
    "goods completed and cannot be told for this group",
)
NUMERATOR_WIP_PIECES = Text(
    "分子：在制品转出数量（领用与售出）", "Numerator: quantity of WIP issued or sold"
)
NUMERATOR_ALL = Text(
    "混合物料类型：分子为销售成本，分母为全部库存",
    "Mixed stages: cost of goods sold over all inventory",
)
CASH_NOT_PIECES = Text(
    "数量口径下算不出资金，请看成本口径", "Quantities are no cash; use the cost basis"
)
NO_STOCK = Text("期末没有库存", "There is no stock at the end of the period")
AGES_MISSING = Text("没有库存，无库龄", "There is no stock to age")


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


def numerator_of(parts: Components, frame: Frame) -> tuple[Decimal | None, Text]:
    """What turnover divides: it follows the stage of the items, and is named.

    Raw material: consumed at cost. Work in process: cost of goods manufactured, see :func:`_made`.
    Finished goods and merchandise, and any group with them: cost of goods sold net of returns.
    Sales basis: revenue.
    """
    if frame.basis.basis == "sales":
        return _moved(parts, frame, ("sale",), "value"), Text(
            "分子：销售收入", "Numerator: revenue"
        )
    unit = "quantity" if frame.basis.basis == "quantity" else "value"
    if parts.stages == {"raw"}:
        return -_moved(parts, frame, CONSUMPTION, unit), NUMERATOR_RAW
    if parts.stages == {"wip"}:
        return _made(parts, frame, unit)
    sold = -_moved(parts, frame, SOLD, unit)
    if parts.stages == {"raw", "wip"}:
        return None, MIXED_STAGES
    mixed = bool(parts.stages & {"raw", "wip"})
    return sold, NUMERATOR_ALL if mixed else NUMERATOR_SALES


def _made(parts: Components, frame: Frame, unit: str) -> tuple[Decimal, Text]:
    """Cost of goods manufactured out of work in process, of a group of nothing else.

    What production received into stock at cost, of every item but work in process itself, and work
    in process sold as it is. A receipt of work in process stays inside it and does not count. So it
    equals the schedule of the textbook: opening work in process + materials + conversion - closing.
    Pieces of parts and of products do not compare: the quantity basis takes what left.
    """
    sold = -_moved(parts, frame, SOLD, unit)
    left = sold - _moved(parts, frame, CONSUMPTION, unit)
    if unit == "quantity":
        return left, NUMERATOR_WIP_PIECES
    if parts.completed is None:
        return left, NUMERATOR_WIP_OUT
    return sold + parts.completed, NUMERATOR_WIP


def _moved(parts: Components, frame: Frame, kinds: tuple[str, ...], unit: str) -> Decimal:
    return parts.moved(kinds, eliminate=frame.consolidated, unit=unit)


def _refuse_units(parts: Components, frame: Frame) -> Text | None:
    if frame.basis.basis == "quantity" and len(parts.units) > 1:
        return MIXED_UNITS.fill(units="、".join(sorted(parts.units)[:4]))
    return None


def _on_average(
    rule: Callable[[Decimal, Decimal | None, Frame], Value],
) -> Callable[[Components, Frame], Value]:
    """Make a measure of numerator and average from a rule over the two."""

    def compute(parts: Components, frame: Frame) -> Value:
        refusal = _refuse_units(parts, frame)
        if refusal:
            return Value(None, refusal)
        numerator, named = numerator_of(parts, frame)
        if numerator is None:
            return Value(None, named)
        average = average_of(stock_of(parts, frame), frame)
        value = rule(numerator, average.number, frame)
        return Value(value.number, value.reason, value.note or named)

    return compute


def _turnover(numerator: Decimal, average: Decimal | None, frame: Frame) -> Value:
    basis = frame.basis
    return formulas.turnover(numerator, average, frame.days, basis.days, basis.annualise)


def _days(numerator: Decimal, average: Decimal | None, frame: Frame) -> Value:
    return formulas.days_of_inventory(numerator, average, frame.days)


def _one_more_turn(numerator: Decimal, average: Decimal | None, frame: Frame) -> Value:
    if frame.basis.basis == "quantity":
        return Value(None, CASH_NOT_PIECES)
    annual = formulas.annual(numerator, frame.days, frame.basis.days)
    return formulas.cash_of_one_more_turn(annual.number, average)


def _numerator(parts: Components, frame: Frame) -> Value:
    refusal = _refuse_units(parts, frame)
    if refusal:
        return Value(None, refusal)
    number, named = numerator_of(parts, frame)
    return Value(None, named) if number is None else Value(number, note=named)


def _average(parts: Components, frame: Frame) -> Value:
    refusal = _refuse_units(parts, frame)
    return Value(None, refusal) if refusal else average_of(stock_of(parts, frame), frame)


def _average_quantity(parts: Components, frame: Frame) -> Value:
    return _quantity(parts, average_of(parts.quantity, frame).number)


def _quantity(parts: Components, number: Decimal | None) -> Value:
    if len(parts.units) > 1:
        return Value(None, MIXED_UNITS.fill(units="、".join(sorted(parts.units)[:4])))
    return Value(number)


def _cogs(parts: Components, frame: Frame) -> Value:
    return Value(-_moved(parts, frame, SOLD, "value"))


def _revenue(parts: Components, frame: Frame) -> Value:
    return Value(_moved(parts, frame, ("sale",), "value"))


def _margin(parts: Components, frame: Frame) -> Value:
    return formulas.gross_margin(_revenue(parts, frame).number, _cogs(parts, frame).number)


def _margin_rate(parts: Components, frame: Frame) -> Value:
    return formulas.gross_margin_rate(_revenue(parts, frame).number, _cogs(parts, frame).number)


def _gmroi(parts: Components, frame: Frame) -> Value:
    average = average_of(parts.value, frame)
    basis = frame.basis
    return formulas.gmroi(
        _revenue(parts, frame).number,
        _cogs(parts, frame).number,
        average.number,
        frame.days,
        basis.days,
        basis.annualise,
    )


def _receipts(parts: Components, frame: Frame) -> Value:
    kinds = ("receipt", "supplier_return", "production_receipt")
    return Value(_moved(parts, frame, kinds, "value"))


def _issues(parts: Components, frame: Frame) -> Value:
    return Value(-_moved(parts, frame, (*SOLD, *CONSUMPTION), "value"))


def _share(part: Decimal, whole: Decimal) -> Value:
    if whole <= 0:
        return Value(None, NO_STOCK)
    return Value(part / whole)


def _age(bucket: str) -> Callable[[Components, Frame], Value]:
    def compute(parts: Components, frame: Frame) -> Value:
        return Value(parts.ages.get(bucket, ZERO)) if parts.ages else Value(None, AGES_MISSING)

    return compute


def _coverage(parts: Components, frame: Frame) -> Value:
    share = formulas.costed_share(parts.quantity.closing, parts.uncosted)
    return Value(None, NO_STOCK) if share is None else Value(share)


_ITEM_LOCATION = Text("物料 × 库位 × 状态 × 日", "item × location × status × day")
_SEMI = Text(
    "对物料、库位可加；对时间不可加（结存）",
    "Adds over items and locations, not over time (a balance)",
)
_ADDS = Text("对物料、库位、时间都可加（流量）", "Adds over items, locations and time (a flow)")
_RATIO = Text("不可加：合计为分子合计除以分母合计", "Not additive: totals are ratios of sums")
_AVERAGE_NULL = Text(
    "平均库存为零、为负或缺失时为空并说明原因",
    "Null with a reason when the average is zero, negative or missing",
)
_NEVER_NULL = Text("没有业务时为 0", "0 when nothing happened")
_OWN = Text("本产品定义", "Defined by this product")
_SEED = Text(
    "存货周转率 = 销售成本 / 平均存货（财务报表分析通用定义）",
    "Inventory turnover = cost of goods sold / average inventory (financial statement analysis)",
)


STAGES = Text(
    "原材料为生产领用材料成本；在制品为完工产品成本（在制品以外物料的完工入库按成本计，"
    "加直接售出的在制品；在制品自身入库仍在在制品内，不计；等于期初在制品＋投入材料＋加工费用"
    "−期末在制品）；产成品、商品及混合组为销售成本",
    "raw material: material consumed at cost; work in process: cost of goods manufactured "
    "(production receipts at cost of every item but work in process, and work in process sold as "
    "it is; receipts of work in process stay inside it and do not count; equals opening work in "
    "process + materials + conversion - closing); finished goods, merchandise and mixed groups: "
    "cost of goods sold",
)


def _stock_measure(key: str, zh: str, en: str, part: str, at: str) -> Measure:
    def compute(parts: Components, frame: Frame) -> Value:
        number = getattr(getattr(parts, part), at)
        return _quantity(parts, number) if part == "quantity" else Value(number)

    when = (
        Text("期初（首日之前的结存）", "at the opening")
        if at == "opening"
        else Text("期末（末日结存）", "at the close")
    )
    return Measure(
        key,
        Text(zh, en),
        "quantity" if part == "quantity" else "money",
        "neither",
        frozenset({"stock"}),
        compute,
        Text(f"Σ 流水，{when.zh}", f"Sum of movements {when.en}"),
        _ITEM_LOCATION,
        _SEMI,
        _NEVER_NULL if part == "value" else Text("单位混合时为空", "Null when units are mixed"),
        _OWN,
        "AG-01",
    )


def _measures() -> list[Measure]:
    flow, stock = frozenset[Fact]({"flow"}), frozenset[Fact]({"stock"})
    both: frozenset[Fact] = frozenset({"stock", "flow"})
    item: frozenset[Fact] = frozenset({"item", "stock"})
    cogs_source = Text("售出商品按成本计，退货冲减", "Goods sold at cost, returns taken off")
    plain = [
        Measure("turnover", Text("库存周转率", "Inventory turnover"), "times", "up", both,
                _on_average(_turnover),
                Text(f"分子 ÷ 平均库存 ×（年天数 ÷ 期间天数）；分子随物料类型：{STAGES.zh}",
                     "Numerator / average inventory x (days of the year / days of the period); the "
                     f"numerator follows item kind: {STAGES.en}"),
                _ITEM_LOCATION, _RATIO, _AVERAGE_NULL, _SEED, "TO-01", follows_basis=True),
        Measure("turnover_numerator", Text("周转分子", "Turnover numerator"), "money", "neither",
                both, _numerator, STAGES, _ITEM_LOCATION,
                Text("同一物料类型内可加；混合物料类型按整体定义重新取数",
                     "Adds within one item kind; a mixed group takes the definition of the whole"),
                Text("只有原材料与在制品的混合组为空",
                     "Null for a mix of raw material and work in process alone"),
                _SEED, "OWN-91", follows_basis=True),
        Measure("days_of_inventory", Text("库存周转天数", "Days of inventory"), "days", "down",
                both, _on_average(_days),
                Text("平均库存 × 期间天数 ÷ 分子",
                     "Average inventory x days of the period / numerator"),
                _ITEM_LOCATION, _RATIO,
                Text("没有出库，或平均库存不为正时为空",
                     "Null without issues or a positive average"),
                _SEED, "TO-02", follows_basis=True),
        Measure("one_more_turn", Text("多周转一次可释放资金", "Cash of one more turn"), "money",
                "neither", both, _on_average(_one_more_turn),
                Text("平均库存 − 年销售成本 ÷（周转率 + 1）",
                     "Average inventory - annual cost of goods sold / (turnover + 1)"),
                _ITEM_LOCATION, _RATIO, _AVERAGE_NULL, _OWN, "TO-03", follows_basis=True),
        Measure("average_inventory", Text("平均库存", "Average inventory"), "money", "neither",
                stock, _average,
                Text("日加权：每日结存之和 ÷ 天数", "Daily: sum of the closing balances / days"),
                _ITEM_LOCATION, _SEMI, _NEVER_NULL, _OWN, "TO-08", follows_basis=True),
        Measure("average_quantity", Text("平均库存数量", "Average quantity"), "quantity", "neither",
                stock, _average_quantity,
                Text("日加权：每日结存数量之和 ÷ 天数", "Daily: sum of closing quantities / days"),
                _ITEM_LOCATION, _SEMI, Text("单位混合时为空", "Null when units are mixed"), _OWN,
                "TO-08", follows_basis=True),
        Measure("cogs", Text("销售成本", "Cost of goods sold"), "money", "neither", flow, _cogs,
                Text("−Σ（销售出库 + 销售退货）金额", "-(sale issues + customer returns) at cost"),
                _ITEM_LOCATION, _ADDS, _NEVER_NULL, cogs_source, "TO-14"),
        Measure("revenue", Text("销售收入", "Revenue"), "money", "up", flow, _revenue,
                Text("Σ 不含税销售收入", "Sum of sales without tax"),
                _ITEM_LOCATION, _ADDS, _NEVER_NULL, _OWN, "TO-14"),
        Measure("gross_margin", Text("毛利", "Gross margin"), "money", "up", flow, _margin,
                Text("销售收入 − 销售成本", "Revenue - cost of goods sold"),
                _ITEM_LOCATION, _ADDS, _NEVER_NULL, _OWN, "TO-14"),
        Measure("gross_margin_rate", Text("毛利率", "Gross margin rate"), "percent", "up", flow,
                _margin_rate, Text("毛利 ÷ 销售收入", "Gross margin / revenue"), _ITEM_LOCATION,
                _RATIO, Text("没有收入时为空", "Null without revenue"), _SEED, "TO-14"),
        Measure("gmroi", Text("库存投资毛利回报率", "GMROI"), "ratio", "up", both, _gmroi,
                Text("毛利 ÷ 平均库存（按成本），与周转率同样年化",
                     "Gross margin / average inventory at cost, annualised as turnover is"),
                _ITEM_LOCATION, _RATIO, _AVERAGE_NULL,
                Text("零售业通用定义", "Common definition in retail"), "TO-14", follows_basis=True),
        Measure("receipts", Text("入库金额", "Receipts"), "money", "neither", flow, _receipts,
                Text("Σ（采购入库 + 完工入库 + 采购退货）",
                     "Receipts and production receipts net of returns"),
                _ITEM_LOCATION, _ADDS, _NEVER_NULL, _OWN, "AG-01"),
        Measure("issues", Text("出库金额", "Issues"), "money", "neither", flow, _issues,
                Text("销售成本 + 生产领用", "Cost of goods sold + material consumed"),
                _ITEM_LOCATION, _ADDS, _NEVER_NULL, _OWN, "AG-01"),
        Measure("slow_moving_value", Text("呆滞（90 天未动）金额", "Slow-moving stock"), "money",
                "down", item, lambda parts, frame: Value(parts.slow_value),
                Text("近三个月没有销售或领用的物料的期末金额",
                     "Closing value of items without a sale or production issue for three months"),
                _ITEM_LOCATION, _SEMI, _NEVER_NULL,
                Text("按出库频率而非覆盖天数", "By frequency of issue, not by cover"), "AG-13"),
        Measure("slow_moving_rate", Text("呆滞占比", "Slow-moving rate"), "percent", "down", item,
                lambda parts, frame: _share(parts.slow_value, parts.value.closing),
                Text("呆滞金额 ÷ 期末金额", "Slow-moving value / closing value"), _ITEM_LOCATION,
                _RATIO, Text("没有库存时为空", "Null without stock"), _OWN, "AG-13"),
        Measure("dead_stock_value", Text("死库存（一年未动）金额", "Dead stock"), "money", "down",
                item, lambda parts, frame: Value(parts.dead_value),
                Text("近十二个月没有销售或领用的物料的期末金额",
                     "Closing value of items without a sale or production issue for twelve months"),
                _ITEM_LOCATION, _SEMI, _NEVER_NULL,
                Text("按出库频率而非覆盖天数", "By frequency of issue, not by cover"), "AG-13"),
        Measure("dead_stock_rate", Text("死库存占比", "Dead stock rate"), "percent", "down", item,
                lambda parts, frame: _share(parts.dead_value, parts.value.closing),
                Text("死库存金额 ÷ 期末金额", "Dead stock value / closing value"), _ITEM_LOCATION,
                _RATIO, Text("没有库存时为空", "Null without stock"), _OWN, "AG-13"),
        Measure("negative_balances", Text("负库存数", "Negative balances"), "count", "down", item,
                lambda parts, frame: Value(parts.negative),
                Text("期末结存为负的物料 × 库位 × 状态个数",
                     "Number of item × location × status with a closing balance below zero"),
                _ITEM_LOCATION, _SEMI, _NEVER_NULL, _OWN, "AG-02"),
        Measure("cost_coverage", Text("成本覆盖率", "Cost coverage"), "percent", "up", stock,
                _coverage,
                Text("有成本的期末数量 ÷（有成本 + 没有成本的期末数量），各取绝对值",
                     "Closing quantity with a cost / (that + the one without), each by its size"),
                _ITEM_LOCATION, _RATIO, Text("没有库存时为空", "Null without stock"), _OWN,
                "VA-05"),
    ]  # fmt: skip
    levels = [
        _stock_measure("opening_inventory", "期初库存", "Opening inventory", "value", "opening"),
        _stock_measure("closing_inventory", "期末库存", "Closing inventory", "value", "closing"),
        _stock_measure("opening_quantity", "期初数量", "Opening quantity", "quantity", "opening"),
        _stock_measure("closing_quantity", "期末数量", "Closing quantity", "quantity", "closing"),
    ]
    return [*plain, *levels, *(_age_measure(key) for key in AGE_BUCKETS), *_average_ages()]


def _average_ages() -> list[Measure]:
    """The three clocks that run on a layer, as value-weighted mean ages."""
    clocks = (
        (
            "average_age", "平均库龄（公司）", "Average age, company", "company_days",
            "自公司入库起，调拨不重新计算",
            "since the company received the goods, across transfers",
        ),
        (
            "average_site_age", "平均库龄（库位）", "Average age, site", "site_days",
            "自到达该库位起", "since the goods arrived at the site",
        ),
        (
            "average_lot_age", "平均批次龄", "Average age, lot", "lot_days",
            "自批次生产日起，只计生产日已知的部分",
            "since the lot was made, where that day is known",
        ),
    )  # fmt: skip
    return [
        Measure(
            key,
            Text(zh, en),
            "days",
            "down",
            frozenset({"age", "stock"}),
            _mean_age(clock),
            Text(
                f"Σ（层金额 × 天数）÷ Σ 层金额；{since_zh}",
                f"Layer value x days / value; {since_en}",
            ),
            Text("物料 × 库位 × 入库层", "item × location × receipt layer"),
            _RATIO,
            Text(
                "没有库存，或日期未知时为空",
                "Null without stock, or where the day is not known",
            ),
            _OWN,
            "AG-14",
        )
        for key, zh, en, clock, since_zh, since_en in clocks
    ]


def _mean_age(clock: str) -> Callable[[Components, Frame], Value]:
    def compute(parts: Components, frame: Frame) -> Value:
        whole = parts.clocks.get("lot_value", ZERO) if clock == "lot_days" else parts.value.closing
        if whole <= 0:
            return Value(None, AGES_MISSING)
        return Value(parts.clocks.get(clock, ZERO) / whole)

    return compute


def _age_measure(key: str) -> Measure:
    low, high = AGE_BUCKETS[key]
    zh = f"库龄 {low}–{high} 天金额" if high else "库龄超过 365 天金额"
    en = f"Value aged {low}-{high} days" if high else "Value aged over 365 days"
    old = low > 90
    return Measure(
        key,
        Text(zh, en),
        "money",
        "down" if old else "neither",
        frozenset({"age", "stock"}),
        _age(key),
        Text(
            "先进先出剩余层按入库日到期末的天数分桶；各桶之和等于期末金额",
            "FIFO layers left at the close by days since receipt; the buckets add up to the "
            "closing value",
        ),
        Text("物料 × 库位 × 入库层", "item × location × receipt layer"),
        _SEMI,
        Text("没有库存时为空", "Null without stock"),
        Text("先进先出；调拨不改变公司库龄", "FIFO; a transfer does not change the company age"),
        "AG-13",
    )


MEASURES: Final[dict[str, Measure]] = {measure.key: measure for measure in _measures()}

UNKNOWN_MEASURE = Text(
    "没有指标“{key}”。可用：{known}", "There is no measure “{key}”. Known: {known}"
)


def measure(key: str) -> Measure:
    """Return the measure named ``key``.

    Raises:
        UsageError: there is none of that name.
    """
    if key not in MEASURES:
        raise UsageError(UNKNOWN_MEASURE.fill(key=key, known=", ".join(MEASURES)))
    return MEASURES[key]
