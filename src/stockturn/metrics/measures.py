"""The measures: each a function of additive components, with the card that explains it.

One registry serves queries, CLI, page and docs. A measure never looks at rows: what it needs is in
:class:`~stockturn.metrics.components.Components`, so its total obeys its definition.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from stockturn.language import Text, UsageError
from stockturn.metrics import formulas
from stockturn.metrics.age_measures import age_measures
from stockturn.metrics.components import Components
from stockturn.metrics.measure import (
    ADDS,
    AVERAGE_NULL,
    ITEM_LOCATION,
    MIXED_UNITS,
    NEVER_NULL,
    OWN,
    RATIO,
    SEMI,
    VALUE_ONLY_QUANTITY,
    Fact,
    Frame,
    Measure,
    average_of,
    refuse_units,
    stock_of,
)
from stockturn.metrics.numerator import CONSUMPTION, SOLD, STAGES, moved, numerator_of
from stockturn.metrics.query import Value

CASH_NOT_PIECES = Text(
    "数量口径下算不出资金，请看成本口径", "Quantities are no cash; use the cost basis"
)
NO_STOCK = Text("期末没有库存", "There is no stock at the end of the period")


def _on_average(
    rule: Callable[[Decimal, Decimal | None, Frame], Value],
) -> Callable[[Components, Frame], Value]:
    """Make a measure of numerator and average from a rule over the two."""

    def compute(parts: Components, frame: Frame) -> Value:
        refusal = refuse_units(parts, frame)
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
    refusal = refuse_units(parts, frame)
    if refusal:
        return Value(None, refusal)
    number, named = numerator_of(parts, frame)
    return Value(None, named) if number is None else Value(number, note=named)


def _quantity(parts: Components, number: Decimal | None) -> Value:
    if parts.value_only:
        return Value(None, VALUE_ONLY_QUANTITY)
    if len(parts.units) > 1:
        return Value(None, MIXED_UNITS.fill(units="、".join(sorted(parts.units)[:4])))
    return Value(number)


def _average(parts: Components, frame: Frame) -> Value:
    refusal = refuse_units(parts, frame)
    return Value(None, refusal) if refusal else average_of(stock_of(parts, frame), frame)


def _average_quantity(parts: Components, frame: Frame) -> Value:
    return _quantity(parts, average_of(parts.quantity, frame).number)


def _cogs(parts: Components, frame: Frame) -> Value:
    return Value(-moved(parts, frame, SOLD, "value"))


def _revenue(parts: Components, frame: Frame) -> Value:
    return Value(moved(parts, frame, ("sale",), "value"))


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
    return Value(moved(parts, frame, kinds, "value"))


def _issues(parts: Components, frame: Frame) -> Value:
    return Value(-moved(parts, frame, (*SOLD, *CONSUMPTION), "value"))


def _share(part: Decimal, whole: Decimal) -> Value:
    if whole <= 0:
        return Value(None, NO_STOCK)
    return Value(part / whole)


def _coverage(parts: Components, frame: Frame) -> Value:
    share = formulas.costed_share(parts.quantity.closing, parts.uncosted)
    return Value(None, NO_STOCK) if share is None else Value(share)


_SEED = Text(
    "存货周转率 = 销售成本 / 平均存货（财务报表分析通用定义）",
    "Inventory turnover = cost of goods sold / average inventory (financial statement analysis)",
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
        ITEM_LOCATION,
        SEMI,
        NEVER_NULL if part == "value" else Text("单位混合时为空", "Null when units are mixed"),
        OWN,
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
                ITEM_LOCATION, RATIO, AVERAGE_NULL, _SEED, "TO-01", follows_basis=True),
        Measure("turnover_numerator", Text("周转分子", "Turnover numerator"), "money", "neither",
                both, _numerator, STAGES, ITEM_LOCATION,
                Text("同一物料类型内可加；混合物料类型按整体定义重新取数",
                     "Adds within one item kind; a mixed group takes the definition of the whole"),
                Text("只有原材料与在制品的混合组为空",
                     "Null for a mix of raw material and work in process alone"),
                _SEED, "OWN-91", follows_basis=True),
        Measure("days_of_inventory", Text("库存周转天数", "Days of inventory"), "days", "down",
                both, _on_average(_days),
                Text("平均库存 × 期间天数 ÷ 分子",
                     "Average inventory x days of the period / numerator"),
                ITEM_LOCATION, RATIO,
                Text("没有出库，或平均库存不为正时为空",
                     "Null without issues or a positive average"),
                _SEED, "TO-02", follows_basis=True),
        Measure("one_more_turn", Text("多周转一次可释放资金", "Cash of one more turn"), "money",
                "neither", both, _on_average(_one_more_turn),
                Text("平均库存 − 年销售成本 ÷（周转率 + 1）",
                     "Average inventory - annual cost of goods sold / (turnover + 1)"),
                ITEM_LOCATION, RATIO, AVERAGE_NULL, OWN, "TO-03", follows_basis=True),
        Measure("average_inventory", Text("平均库存", "Average inventory"), "money", "neither",
                stock, _average,
                Text("日加权：每日结存之和 ÷ 天数", "Daily: sum of the closing balances / days"),
                ITEM_LOCATION, SEMI, NEVER_NULL, OWN, "TO-08", follows_basis=True),
        Measure("average_quantity", Text("平均库存数量", "Average quantity"), "quantity", "neither",
                stock, _average_quantity,
                Text("日加权：每日结存数量之和 ÷ 天数", "Daily: sum of closing quantities / days"),
                ITEM_LOCATION, SEMI, Text("单位混合时为空", "Null when units are mixed"), OWN,
                "TO-08", follows_basis=True),
        Measure("cogs", Text("销售成本", "Cost of goods sold"), "money", "neither", flow, _cogs,
                Text("−Σ（销售出库 + 销售退货）金额", "-(sale issues + customer returns) at cost"),
                ITEM_LOCATION, ADDS, NEVER_NULL, cogs_source, "TO-14"),
        Measure("revenue", Text("销售收入", "Revenue"), "money", "up", flow, _revenue,
                Text("Σ 不含税销售收入", "Sum of sales without tax"),
                ITEM_LOCATION, ADDS, NEVER_NULL, OWN, "TO-14"),
        Measure("gross_margin", Text("毛利", "Gross margin"), "money", "up", flow, _margin,
                Text("销售收入 − 销售成本", "Revenue - cost of goods sold"),
                ITEM_LOCATION, ADDS, NEVER_NULL, OWN, "TO-14"),
        Measure("gross_margin_rate", Text("毛利率", "Gross margin rate"), "percent", "up", flow,
                _margin_rate, Text("毛利 ÷ 销售收入", "Gross margin / revenue"), ITEM_LOCATION,
                RATIO, Text("没有收入时为空", "Null without revenue"), _SEED, "TO-14"),
        Measure("gmroi", Text("库存投资毛利回报率", "GMROI"), "ratio", "up", both, _gmroi,
                Text("毛利 ÷ 平均库存（按成本），与周转率同样年化",
                     "Gross margin / average inventory at cost, annualised as turnover is"),
                ITEM_LOCATION, RATIO, AVERAGE_NULL,
                Text("零售业通用定义", "Common definition in retail"), "TO-14", follows_basis=True),
        Measure("receipts", Text("入库金额", "Receipts"), "money", "neither", flow, _receipts,
                Text("Σ（采购入库 + 完工入库 + 采购退货）",
                     "Receipts and production receipts net of returns"),
                ITEM_LOCATION, ADDS, NEVER_NULL, OWN, "AG-01"),
        Measure("issues", Text("出库金额", "Issues"), "money", "neither", flow, _issues,
                Text("销售成本 + 生产领用", "Cost of goods sold + material consumed"),
                ITEM_LOCATION, ADDS, NEVER_NULL, OWN, "AG-01"),
        Measure("slow_moving_value", Text("呆滞（90 天未动）金额", "Slow-moving stock"), "money",
                "down", item, lambda parts, frame: Value(parts.slow_value),
                Text("近三个月没有销售或领用的物料的期末金额",
                     "Closing value of items without a sale or production issue for three months"),
                ITEM_LOCATION, SEMI, NEVER_NULL,
                Text("按出库频率而非覆盖天数", "By frequency of issue, not by cover"), "AG-13"),
        Measure("slow_moving_rate", Text("呆滞占比", "Slow-moving rate"), "percent", "down", item,
                lambda parts, frame: _share(parts.slow_value, parts.value.closing),
                Text("呆滞金额 ÷ 期末金额", "Slow-moving value / closing value"), ITEM_LOCATION,
                RATIO, Text("没有库存时为空", "Null without stock"), OWN, "AG-13"),
        Measure("dead_stock_value", Text("死库存（一年未动）金额", "Dead stock"), "money", "down",
                item, lambda parts, frame: Value(parts.dead_value),
                Text("近十二个月没有销售或领用的物料的期末金额",
                     "Closing value of items without a sale or production issue for twelve months"),
                ITEM_LOCATION, SEMI, NEVER_NULL,
                Text("按出库频率而非覆盖天数", "By frequency of issue, not by cover"), "AG-13"),
        Measure("dead_stock_rate", Text("死库存占比", "Dead stock rate"), "percent", "down", item,
                lambda parts, frame: _share(parts.dead_value, parts.value.closing),
                Text("死库存金额 ÷ 期末金额", "Dead stock value / closing value"), ITEM_LOCATION,
                RATIO, Text("没有库存时为空", "Null without stock"), OWN, "AG-13"),
        Measure("negative_balances", Text("负库存数", "Negative balances"), "count", "down", item,
                lambda parts, frame: Value(parts.negative),
                Text("期末结存为负的物料 × 库位 × 状态个数",
                     "Number of item × location × status with a closing balance below zero"),
                ITEM_LOCATION, SEMI, NEVER_NULL, OWN, "AG-02"),
        Measure("cost_coverage", Text("成本覆盖率", "Cost coverage"), "percent", "up", stock,
                _coverage,
                Text("有成本的期末数量 ÷（有成本 + 没有成本的期末数量），各取绝对值",
                     "Closing quantity with a cost / (that + the one without), each by its size"),
                ITEM_LOCATION, RATIO, Text("没有库存时为空", "Null without stock"), OWN,
                "VA-05"),
    ]  # fmt: skip
    levels = [
        _stock_measure("opening_inventory", "期初库存", "Opening inventory", "value", "opening"),
        _stock_measure("closing_inventory", "期末库存", "Closing inventory", "value", "closing"),
        _stock_measure("opening_quantity", "期初数量", "Opening quantity", "quantity", "opening"),
        _stock_measure("closing_quantity", "期末数量", "Closing quantity", "quantity", "closing"),
    ]
    return [*plain, *levels, *age_measures()]


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
