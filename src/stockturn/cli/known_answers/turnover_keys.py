"""The grammar of turnover keys: ``turnover_cost_basis_net`` is a measure and its modifiers.

A key is read word by word; a word that is not known makes it unsupported, so that a modifier is
never overlooked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from stockturn.cli.known_answers.case import unsupported

Measure = Literal[
    "turnover",
    "days",
    "average",
    "per_day",
    "coverage",
    "flow_per_day",
    "flow",
    "inventories_to_sales",
    "margin",
    "margin_rate",
    "margin_percent",
    "gmroi",
    "one_more_turn",
    "mean_of_ratios",
    "has_reason",
    "row_kept",
]

_MEASURES: dict[str, Measure] = {
    **dict.fromkeys(
        (
            "turnover",
            "turns",
            "turn",
            "inventory_turnover",
            "stock_turnover",
            "inventory_turns",
            "turnover_ratio",
            "turnover_rate",
            "turnovers",
            "ratio_of_sums",
        ),
        "turnover",
    ),
    **dict.fromkeys(
        (
            "days",
            "days_of_inventory",
            "days_inventory",
            "inventory_days",
            "turnover_days",
            "inventory_turnover_days",
            "days_on_hand",
            "days_sales_of_inventory",
            "dio",
            "doi",
        ),
        "days",
    ),
    **dict.fromkeys(
        (
            "average",
            "avg",
            "average_inventory",
            "average_stock",
            "avg_inventory",
            "avg_inv",
            "avg_stock",
        ),
        "average",
    ),
    **dict.fromkeys(
        ("average_turnover_per_day", "turnover_per_day", "turns_per_day", "average_turnover_a_day"),
        "per_day",
    ),
    **dict.fromkeys(
        (
            "range_of_coverage",
            "range_of_coverage_days",
            "coverage_days",
            "days_of_coverage",
            "days_of_supply",
        ),
        "coverage",
    ),
    **dict.fromkeys(
        ("consumption_per_day", "usage_per_day", "daily_consumption", "cogs_per_day"),
        "flow_per_day",
    ),
    **dict.fromkeys(("consumption", "usage", "cogs", "issues"), "flow"),
    **dict.fromkeys(
        ("inventories_to_sales", "inventory_to_sales", "stock_to_sales"), "inventories_to_sales"
    ),
    **dict.fromkeys(("gross_margin", "gross_profit"), "margin"),
    **dict.fromkeys(("gross_margin_rate", "gross_margin_ratio", "margin_rate"), "margin_rate"),
    **dict.fromkeys(("gross_margin_percent", "gross_margin_pct"), "margin_percent"),
    "gmroi": "gmroi",
    **dict.fromkeys(
        ("cash_of_one_more_turn", "cash_freed_by_one_more_turn", "one_more_turn_cash"),
        "one_more_turn",
    ),
    **dict.fromkeys(
        (
            "mean_of_ratios",
            "mean_of_item_ratios",
            "mean_of_turnovers",
            "mean_of_item_turnovers",
            "average_of_ratios",
            "average_of_item_turnovers",
            "simple_mean",
            "unweighted_mean",
        ),
        "mean_of_ratios",
    ),
    "has_reason": "has_reason",
    "row_kept": "row_kept",
}

_MODIFIERS: dict[str, str] = {
    **dict.fromkeys(
        ("annualised", "annualized", "annual", "per_year", "yearly", "a_year"), "annualised"
    ),
    **dict.fromkeys(
        ("period", "in_period", "of_period", "year_to_date", "ytd", "quarterly", "monthly"),
        "period",
    ),
    **dict.fromkeys(("daily", "by_day", "day_weighted", "daily_average", "daily_basis"), "daily"),
    **dict.fromkeys(("two_point", "twopoint", "2_point", "two_points"), "two_point"),
    **dict.fromkeys(
        (
            "n_point",
            "n_points",
            "n_plus_1",
            "n_plus_one",
            "nplus1",
            "n1",
            "month_end",
            "month_ends",
            "13_point",
            "thirteen_point",
            "four_point",
            "five_point",
        ),
        "n_point",
    ),
    **dict.fromkeys(("chain", "chain_mean", "half_end_points"), "chain"),
    **dict.fromkeys(("cost_basis", "at_cost", "cost", "cogs_basis", "cogs"), "cost"),
    **dict.fromkeys(("sales_basis", "revenue_basis", "on_sales", "sales", "revenue"), "sales"),
    **dict.fromkeys(("quantity_basis", "quantity", "qty", "in_units"), "quantity"),
    "net": "net",
    "gross": "gross",
    **dict.fromkeys(("365", "365_basis", "on_365_basis", "365_days", "on_365"), "365"),
    **dict.fromkeys(("360", "360_basis", "on_360_basis", "360_days", "on_360"), "360"),
    **dict.fromkeys(("over_period", "period_basis", "whole_period"), "over_period"),
    **dict.fromkeys(
        ("over_days_held", "days_held", "active_basis", "active", "over_active_days"), "held"
    ),
    "mixed": "mixed",
    "is_null": "is_null",
    **dict.fromkeys(("group", "total", "company", "overall", "ratio_of_sums"), "group"),
    **dict.fromkeys(
        (
            "item",
            "items",
            "by_item",
            "per_item",
            "each",
            "by_group",
            "site",
            "by_site",
            "category",
            "by_category",
            "warehouse",
            "product",
            "sku",
        ),
        "each",
    ),
    **dict.fromkeys(
        ("excluding_dropship", "without_dropship", "excl_dropship", "own_stock"), "own"
    ),
    **dict.fromkeys(("including_dropship", "with_dropship", "incl_dropship"), "with_dropship"),
}

_FILLERS = frozenset({"of", "the", "with", "using", "from", "in"})
"""Words that may stand between others and mean nothing alone."""

_CHOICES = (
    {"annualised", "period"},
    {"daily", "two_point", "n_point", "chain"},
    {"cost", "sales", "quantity"},
    {"net", "gross"},
    {"365", "360"},
    {"over_period", "held", "mixed"},
    {"group", "each"},
    {"own", "with_dropship"},
)


@dataclass(frozen=True)
class Ask:
    """What a key asks for."""

    key: str
    measure: Measure
    modifiers: frozenset[str]

    def choice(self, *names: str) -> str | None:
        """Which of the modifiers is there, if any."""
        return next((name for name in names if name in self.modifiers), None)


def parse(key: str) -> Ask:
    """Read a key.

    Raises:
        UnsupportedCase: A word is not known, there is no measure, or modifiers contradict.
    """
    # wrong_mean_of_ratios asks for the wrong way's figure itself, to stand beside the right one.
    plain = key.lower().removeprefix("wrong_").removesuffix("_wrong")
    words = plain.split("_")
    measures: list[Measure] = []
    modifiers: set[str] = set()
    while words:
        length = next((n for n in range(len(words), 0, -1) if _known("_".join(words[:n]))), 0)
        phrase = "_".join(words[:length])
        if phrase in _MEASURES and (not measures or phrase not in _MODIFIERS):
            measures.append(_MEASURES[phrase])
        elif phrase in _MODIFIERS:
            modifiers.add(_MODIFIERS[phrase])
        elif words[0] in _FILLERS:
            length = 1
        else:
            raise _unknown(key)
        words = words[length:]
    if set(measures) == {"turnover", "mean_of_ratios"}:
        measures = ["mean_of_ratios"]
    if not measures and modifiers == {"group"}:
        measures = ["turnover"]
    if len(measures) != 1 or any(len(modifiers & choice) > 1 for choice in _CHOICES):
        raise _unknown(key)
    if plain != key.lower() and measures != ["mean_of_ratios"] and "mixed" not in modifiers:
        raise _unknown(key)
    return Ask(key, measures[0], frozenset(modifiers))


def _known(phrase: str) -> bool:
    return phrase in _MEASURES or phrase in _MODIFIERS


def _unknown(key: str) -> Exception:
    return unsupported("不认识的键 {key}", "unknown key {key}", key=key)
