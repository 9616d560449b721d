"""Control totals: what a file brought, beside what the same stream brought before.

A file that was cut at a row's end looks perfect by itself. Only what came before, or what the
source says it sent, tells that a part is missing; a drop beyond a set share holds the load.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from stockturn.language import Text

RUNS: Final = 7
"""Earlier runs looked at: a week of daily ones, whose Sundays are quiet."""
FEWEST_ROWS: Final = 20
"""A file with fewer rows says nothing about the next one."""
REGULAR: Final = 3
"""From this many earlier runs on their size counts, not only their rows a day."""
DAY_BOUND: Final = frozenset({"movement", "sale", "balance"})


@dataclass(frozen=True)
class Measured:
    """What one file brought into one entry table.

    Attributes:
        table: the entry table.
        rows: entries.
        quantity: sum of the quantities (of a balance: of the closing ones), None without any.
        value: sum of the values, of sales the revenue; None without any.
        days: different days.
    """

    table: str
    rows: int
    quantity: Decimal | None = None
    value: Decimal | None = None
    days: int = 0
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True)
class Control:
    """One file's totals as a load report shows them, with the run before it."""

    file: str
    series: str
    now: Measured
    before: Measured | None = None


def series_of(name: str) -> str:
    """Return what the names of a file sent again and again have in common.

    >>> series_of("流水-2024-01.csv") == series_of("流水-2024-02.CSV")
    True
    """
    plain = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"\d+", "#", plain)


def telling(before: Sequence[Measured]) -> list[Measured]:
    """Return the earlier runs, newest first, that say something about the size of the next one."""
    return [run for run in before[:RUNS] if run.rows >= FEWEST_ROWS]


def drop(now: Measured, before: Sequence[Measured], bar: Decimal) -> Text | None:
    """Return how much less a file brought than its stream did before; None where it did not.

    Args:
        now: what the file brought.
        before: what earlier runs of its stream brought into the same table, newest first.
        bar: the share of a drop that holds the load.
    """
    known = telling(before)
    if not known:
        return None
    least = 1 - bar
    last = known[0]
    again = now.first_day is not None and now.first_day == last.first_day
    if now.table not in DAY_BOUND or again or len(known) >= REGULAR:
        usual = last.rows if now.table not in DAY_BOUND or again else min(r.rows for r in known)
        if now.rows < least * usual:
            return Text(
                f"{now.rows:,} 行，以前 {usual:,} 行", f"{now.rows:,} rows, {usual:,} before"
            )
    if now.table in DAY_BOUND and now.days:
        usual_a_day = min(Decimal(run.rows) / max(run.days, 1) for run in known)
        a_day = Decimal(now.rows) / now.days
        if a_day < least * usual_a_day:
            return Text(
                f"每天 {a_day:,.1f} 行，以前 {usual_a_day:,.1f} 行",
                f"{a_day:,.1f} rows a day, {usual_a_day:,.1f} before",
            )
    return None


def total(parts: Iterable[Measured]) -> dict[str, Measured]:
    """Return what several files brought together, by entry table; days are not added up."""
    found: dict[str, Measured] = {}
    for part in parts:
        held = found.get(part.table, Measured(part.table, 0))
        found[part.table] = Measured(
            part.table,
            held.rows + part.rows,
            _plus(held.quantity, part.quantity),
            _plus(held.value, part.value),
        )
    return found


def _plus(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return other if one is None else one if other is None else one + other
