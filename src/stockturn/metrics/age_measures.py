"""Measures of age: value by age bucket on the clock asked for, and the mean age on each clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from stockturn.language import Text
from stockturn.metrics.components import ZERO, Components
from stockturn.metrics.measure import OWN, RATIO, SEMI, Frame, Measure
from stockturn.metrics.query import Clock, Value

AGE_BUCKETS: Final = {
    "age_0_30": (0, 30),
    "age_31_60": (31, 60),
    "age_61_90": (61, 90),
    "age_91_180": (91, 180),
    "age_181_365": (181, 365),
    "age_over_365": (366, None),
}
"""Measure -> ages in days, both ends inclusive."""
AGE_UNKNOWN: Final = "age_unknown"
"""Stock whose age on the clock asked for is not known: never counted as new."""

AGES_MISSING = Text("没有库存，无库龄", "There is no stock to age")


CLOCKS: Final[dict[Clock, Text]] = {
    "company": Text("公司时钟", "company clock"),
    "site": Text("库位时钟", "site clock"),
    "lot": Text("批次时钟", "lot clock"),
}
"""What value by age counts from, as said beside a figure."""

CLOCKS_SAID = Text(
    "公司时钟自公司入库起（默认，调拨不重新计算），库位时钟自到达该库位起，"
    "批次时钟自批次生产日起（只有到期日的，按到期日减保质期），"
    "没有批次或日期的算未知，不算新货",
    "the company clock starts when the company received the goods (the default; transfers keep "
    "it), the site clock when they arrived at the site, the lot clock when their lot was made (or "
    "expiry less shelf life); what has no lot or date is unknown, never new",
)


def _age(bucket: str) -> Callable[[Components, Frame], Value]:
    def compute(parts: Components, frame: Frame) -> Value:
        return Value(parts.ages.get(bucket, ZERO)) if parts.ages else Value(None, AGES_MISSING)

    return compute


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
            RATIO,
            Text(
                "没有库存，或日期未知时为空",
                "Null without stock, or where the day is not known",
            ),
            OWN,
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
    low, high = AGE_BUCKETS.get(key, (0, 0))
    if key == AGE_UNKNOWN:
        name = Text("库龄未知金额", "Value of unknown age")
    elif high is None:
        name = Text(f"库龄超过 {low - 1} 天金额", f"Value aged over {low - 1} days")
    else:
        name = Text(f"库龄 {low}–{high} 天金额", f"Value aged {low}-{high} days")
    return Measure(
        key,
        name,
        "money",
        "down" if low > 90 or key == AGE_UNKNOWN else "neither",
        frozenset({"age", "stock"}),
        _age(key),
        Text(
            f"先进先出剩余层按所选时钟到期末的天数分桶；{CLOCKS_SAID.zh}；"
            "各桶与未知之和等于期末金额",
            "FIFO layers left at the close by days on the clock asked for; "
            f"{CLOCKS_SAID.en}; the buckets and the unknown add up to the closing value",
        ),
        Text("物料 × 库位 × 入库层", "item × location × receipt layer"),
        SEMI,
        Text("没有库存时为空", "Null without stock"),
        Text("先进先出；调拨不改变公司库龄", "FIFO; a transfer does not change the company age"),
        "AG-13",
    )


def age_measures() -> list[Measure]:
    """All measures of age: the buckets, then the means."""
    return [*map(_age_measure, (*AGE_BUCKETS, AGE_UNKNOWN)), *_average_ages()]


def on_a_clock(key: str) -> bool:
    """Whether a measure follows the clock of the question."""
    return key in AGE_BUCKETS or key == AGE_UNKNOWN
