"""ABC classes by cumulative share of value, exact at the boundary."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

import numpy as np
import numpy.typing as npt

from stockturn.language import Text, UsageError
from stockturn.metrics.formulas import Amount

Boundary = Literal["inclusive", "crossing"]

SHARES = (80, 15, 5)
"""Percent of the value that A, B and C hold, unless told otherwise."""


@dataclass(frozen=True)
class Ranked:
    """One item in its class. ``cumulative_percent`` is None when no item has value."""

    key: str
    value: Decimal
    cumulative_percent: Decimal | None
    label: str


def classify(
    values: Mapping[str, Amount],
    shares: Sequence[Amount] = SHARES,
    boundary: Boundary = "inclusive",
) -> list[Ranked]:
    """Class of every item, most valuable first; equal values stand in order of their key.

    Args:
        values: Value per item. Zero and negative values (more returned than sold) count as none
            and go to the last class.
        shares: Percent of the value per class, adding to 100: 80/15/5 or 80/16/4 and the like.
        boundary: ``inclusive`` (ours): an item is in the class when its cumulative share is <= the
            bound. ``crossing``: the item that crosses the bound still belongs, so one item of 90 %
            is an A and not a B.

    Raises:
        UsageError: The shares do not add to 100.
    """
    bounds = cumulative_bounds(shares)
    order = sorted(values, key=lambda key: (-Decimal(values[key]), key))
    counted = [max(Decimal(values[key]), Decimal(0)) for key in order]
    total, running, ranked = sum(counted, Decimal(0)), Decimal(0), []
    for key, value in zip(order, counted, strict=True):
        before, running = running, running + value
        reached = before if boundary == "crossing" else running
        position = _position(reached, value, total, bounds, boundary)
        percent = running * 100 / total if total > 0 else None
        ranked.append(Ranked(key, Decimal(values[key]), percent, chr(ord("A") + position)))
    return ranked


def classify_array(
    values: npt.NDArray[np.int64],
    shares: Sequence[Amount] = SHARES,
    boundary: Boundary = "inclusive",
) -> npt.NDArray[np.str_]:
    """Class of each row of a column of scaled integers (10,000 = 1.0000), in the rows' order.

    The same rules as ``classify`` for a frame's column; equal values stand in row order. Integers
    keep the boundary exact where floats would not.

    Raises:
        UsageError: The shares do not add to 100.
        OverflowError: The sum of the values does not fit 64 bits.
    """
    bounds = cumulative_bounds(shares)
    last = chr(ord("A") + len(bounds) - 1)
    counted = np.maximum(values, 0)
    total = int(counted.sum(dtype=object)) if counted.size else 0
    if total > np.iinfo(np.int64).max:
        raise OverflowError(total)
    labels = np.full(values.shape, last)
    if total == 0:
        return labels
    order = np.argsort(-counted, kind="stable")
    running = np.cumsum(counted[order])
    limits = [Fraction(bound) * total / 100 for bound in bounds[:-1]]
    if boundary == "crossing":
        # Inside while the sum before the item is below the limit: below its ceiling, in integers.
        ceilings = np.array([math.ceil(limit) for limit in limits])
        position = np.searchsorted(ceilings, running - counted[order], side="right")
    else:
        floors = np.array([math.floor(limit) for limit in limits])
        position = np.searchsorted(floors, running, side="left")
    names = np.array([chr(ord("A") + index) for index in range(len(bounds))])
    labels[order] = np.where(counted[order] > 0, names[position], last)
    return labels


def cumulative_bounds(shares: Sequence[Amount]) -> list[Decimal]:
    """Upper cumulative percent of each class: 80/15/5 gives 80, 95, 100.

    Raises:
        UsageError: The shares do not add to 100, or one is not positive.
    """
    parts = [Decimal(share) for share in shares]
    if sum(parts, Decimal(0)) != 100 or any(part <= 0 for part in parts):
        listed = "/".join(str(part) for part in parts)
        raise UsageError(
            Text(
                "分类比例须为正数且合计 100，现为 {listed}。",
                "Class shares must be positive and add to 100; got {listed}.",
            ).fill(listed=listed)
        )
    bounds, running = [], Decimal(0)
    for part in parts:
        running += part
        bounds.append(running)
    return bounds


def _position(
    reached: Decimal, value: Decimal, total: Decimal, bounds: Sequence[Decimal], boundary: Boundary
) -> int:
    if value <= 0:
        return len(bounds) - 1
    for position, bound in enumerate(bounds):
        inside = reached * 100 <= bound * total
        if boundary == "crossing":
            inside = reached * 100 < bound * total
        if inside:
            return position
    return len(bounds) - 1
