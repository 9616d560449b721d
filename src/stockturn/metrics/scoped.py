"""A caller's scope put to work: as filters of the compiled expression, and on what shows cost."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from stockturn.language import StockTurnError, Text
from stockturn.metrics.dimensions import ATTRIBUTE, Dimension, dimension
from stockturn.metrics.measure import Measure
from stockturn.metrics.query import Basis, Filter, Scope

Where = tuple[tuple[Dimension, Filter], ...]

COST_HIDDEN = Text("您没有查看成本与金额的权限", "You may not see cost and value")

_WITHOUT_COST: Final = frozenset({"revenue", "cost_coverage"})
_IN_QUANTITY: Final = frozenset({"turnover", "days_of_inventory", "average_inventory"})
"""Measures that hold no cost when the basis is quantity."""


class DimensionHidden(StockTurnError):
    """A column that the caller may not see, so may not group, filter, sort or search by."""

    code = "dimension_hidden"
    status = 403
    exit_code = 2

    def __init__(self, key: str) -> None:
        name = key.removeprefix(ATTRIBUTE)
        super().__init__(
            Text(
                f"您没有查看“{name}”的权限：物料的其他列可能含有成本。",
                f"You may not see '{name}': further columns of items may hold cost.",
            )
        )


def where_of(filters: Iterable[Filter], scope: Scope) -> Where:
    """Return the question's filters and those of the caller's scope; all of them must hold.

    Raises:
        UsageError: a dimension that does not exist.
        DimensionHidden: one that the caller may not see.
    """
    asked = tuple((visible(kept.dimension, scope), kept) for kept in filters)
    granted = tuple((dimension(key), Filter(key, members)) for key, members in scope.allowed)
    return asked + granted


def visible(key: str, scope: Scope) -> Dimension:
    """Return the dimension named ``key`` for a caller.

    Raises:
        UsageError: there is none of that name.
        DimensionHidden: the caller may not see it.
    """
    if scope.hides_cost and key.startswith(ATTRIBUTE):
        raise DimensionHidden(key)
    return dimension(key)


def shows_cost(measure: Measure, basis: Basis) -> bool:
    """Say whether a measure's figures tell of cost or value on a basis.

    Ratios at cost count: those of two groups tell the ratio of their unit costs. A measure that
    nothing is known of shows cost.
    """
    if measure.unit in {"quantity", "count"} or measure.key in _WITHOUT_COST:
        return False
    return not (basis.basis == "quantity" and measure.key in _IN_QUANTITY)
