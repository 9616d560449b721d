"""What stock that was not there costs in the end: receipts settle earlier issues, first in first.

While the replay runs it only writes down, per pool, which rows took more than was there (at a
provisional cost) and which receipts filled the hole (at which cost). Laid end to end, both are
intervals on one line per pool; :func:`settle` matches them by position.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from stockturn.ledger.exact import Ints, mul_div


class Opened(NamedTuple):
    """Quantity that left a pool without being there, at a provisional cost.

    Attributes:
        row: Row of the issue, or -1 for what was open before the first row.
        pool: Its pool.
        fixed: 1 when the issue's value stays as it is and the difference becomes a variance.
        quantity: Above zero.
        uncosted: Provisional change of the pool's uncosted quantity, 0 or below.
        value: Provisional change of the pool's value.
    """

    row: Ints
    pool: Ints
    fixed: Ints
    quantity: Ints
    uncosted: Ints
    value: Ints


class Settled(NamedTuple):
    """Part of a receipt that filled a hole.

    Attributes:
        row: Row of the receipt.
        pool: Its pool.
        quantity: Above zero.
        uncosted: Part whose cost is not known.
        value: Cost of the rest.
    """

    row: Ints
    pool: Ints
    quantity: Ints
    uncosted: Ints
    value: Ints


class Variance(NamedTuple):
    """A change of a pool's value that no movement carries.

    Attributes:
        row: The movement it stands beside: the settling receipt, or the revalued leg.
        pool: The pool whose value changes.
        uncosted: Change of the pool's uncosted quantity.
        value: Change of its value.
    """

    row: Ints
    pool: Ints
    uncosted: Ints
    value: Ints


@dataclass(frozen=True)
class Settlement:
    """What follows from matching.

    Attributes:
        row: Rows whose final cost differs from the provisional one; a row may stand repeatedly.
        uncosted: Change of the row's uncosted quantity.
        value: Change of the row's value.
        variances: Differences on rows that keep their value.
        still_open: Per negative pool its oldest open row (-1 before the first), the pool, and the
            provisional uncosted quantity and value it holds.
    """

    row: Ints
    uncosted: Ints
    value: Ints
    variances: Variance
    still_open: Variance


class _Pieces(NamedTuple):
    """The line cut wherever an issue or a receipt begins or ends."""

    opened: Ints
    settled: Ints
    uncosted: Ints
    value: Ints
    cost_uncosted: Ints
    cost_value: Ints


def settle(opened: Opened, settled: Settled) -> Settlement:
    """Match each receipt with the issues it fills, in the order of their rows."""
    order = np.lexsort((opened.row, opened.pool))
    opened = Opened(*(column[order] for column in opened))
    order = np.lexsort((settled.row, settled.pool))
    settled = Settled(*(column[order] for column in settled))
    pieces = _pieces(opened, settled)
    filled = pieces.settled >= 0
    # A settled piece gives its provisional cost back and takes the receipt's.
    change_uncosted = -pieces.cost_uncosted - pieces.uncosted
    change_value = -pieces.cost_value - pieces.value
    fixed = opened.fixed[pieces.opened] == 1
    free, kept = filled & ~fixed, filled & fixed
    rest = _still_open(opened, pieces, np.flatnonzero(~filled))
    return Settlement(
        row=opened.row[pieces.opened[free]],
        uncosted=change_uncosted[free],
        value=change_value[free],
        variances=Variance(
            settled.row[pieces.settled[kept]],
            opened.pool[pieces.opened[kept]],
            change_uncosted[kept],
            change_value[kept],
        ),
        still_open=rest,
    )


def _pieces(opened: Opened, settled: Settled) -> _Pieces:
    """Cut the line of all pools, laid end to end, at every beginning and end."""
    ends = np.cumsum(opened.quantity)
    starts = ends - opened.quantity
    filled_ends, filled_starts = _places(opened, starts, settled)
    # Four rising runs: a merge sort finds them, where a hash would not.
    cuts = np.sort(np.concatenate([starts, ends, filled_starts, filled_ends]), kind="stable")
    cuts = cuts[np.flatnonzero(np.diff(cuts, prepend=-1))]
    left, right = cuts[:-1], cuts[1:]
    issue = np.searchsorted(ends, left, side="right")
    receipt = np.searchsorted(filled_ends, left, side="right")
    inside = receipt < len(filled_ends)
    inside[inside] = filled_starts[receipt[inside]] <= left[inside]
    receipt = np.where(inside, receipt, -1)
    begin, end = left - starts[issue], right - starts[issue]
    parts = [_between(c[issue], begin, end, opened.quantity[issue]) for c in opened[4:]]
    costs = np.zeros((2, len(left)), dtype=np.int64)
    chosen = receipt[inside]
    begin, end = left[inside] - filled_starts[chosen], right[inside] - filled_starts[chosen]
    for cost, column in zip(costs, settled[3:], strict=True):
        cost[inside] = _between(column[chosen], begin, end, settled.quantity[chosen])
    return _Pieces(issue, receipt, parts[0], parts[1], costs[0], costs[1])


def _places(opened: Opened, starts: Ints, settled: Settled) -> tuple[Ints, Ints]:
    """Return end and start of each receipt's part on the line of issues."""
    first = np.searchsorted(opened.pool, settled.pool, side="left")
    before = np.cumsum(settled.quantity) - settled.quantity
    head = np.searchsorted(settled.pool, settled.pool, side="left")
    filled_starts = starts[first] + before - before[head]
    return filled_starts + settled.quantity, filled_starts


def _between(whole: Ints, begin: Ints, end: Ints, length: Ints) -> Ints:
    """Return the part of ``whole`` that lies between two places of its length; parts add up."""
    return mul_div(whole, end, length) - mul_div(whole, begin, length)


def _still_open(opened: Opened, pieces: _Pieces, left: Ints) -> Variance:
    """Add up the provisional rest of each pool."""
    issue = pieces.opened[left]
    pools, first, place = np.unique(opened.pool[issue], return_index=True, return_inverse=True)
    sums = np.zeros((2, len(pools)), dtype=np.int64)
    np.add.at(sums[0], place, pieces.uncosted[left])
    np.add.at(sums[1], place, pieces.value[left])
    return Variance(opened.row[issue[first]], pools, sums[0], sums[1])
