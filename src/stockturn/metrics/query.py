"""What can be asked, and what comes back: one question type for screen, CLI, export and API.

A :class:`MetricQuery` names measures, dimensions, a :class:`Period` and a :class:`Basis`. The
:class:`Answer` holds one row per group and period, and a total that obeys each measure's
definition because every measure is computed from additive components (see ``components.py``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from stockturn.language import Text

Average = Literal["daily", "two-point", "n-point"]
CostBasis = Literal["cost", "quantity", "sales"]
Grain = Literal["day", "week", "month", "quarter", "year"]
Compare = Literal["prior_period", "prior_year"]
DayCount = Literal[365, 360]
Clock = Literal["company", "site", "lot"]


@dataclass(frozen=True)
class Period:
    """A half-open span of local days, [begin, end)."""

    begin: date
    end: date

    @property
    def days(self) -> int:
        """Calendar days of the span."""
        return (self.end - self.begin).days


@dataclass(frozen=True)
class Basis:
    """The definition a figure stands on; printed with every figure.

    ``average``: daily = integral of the closing balance over days / days; two-point = (opening +
    closing) / 2; n-point = (opening + n month ends) / (n + 1). ``basis``: numerator and
    denominator at cost, in quantity, or revenue over inventory at cost (sales). ``days``: length
    of the year. ``annualise``: scale to a year. ``year_to_date``: the period starts on 1 January
    of its last year and counts 30 days a month on 360 (Chinese interim reports).
    """

    average: Average = "daily"
    basis: CostBasis = "cost"
    days: DayCount = 365
    annualise: bool = True
    year_to_date: bool = False


MANAGEMENT = Basis()
FINANCIAL = Basis(average="two-point", days=360, annualise=False, year_to_date=True)
READINGS: dict[str, Basis] = {"management": MANAGEMENT, "financial": FINANCIAL}
"""管理口径 (day-weighted) and 财务口径 (two-point, 360 days, year to date)."""


@dataclass(frozen=True)
class Scope:
    """The rows and measures a caller may see, as a value that accounts makes.

    ``allowed`` maps a dimension to the members the caller may see; a dimension that is absent is
    not restricted. ``hidden_measures`` answer null with a reason; with ``hides_cost`` so does
    every measure that shows cost or value on the basis asked for.
    """

    allowed: tuple[tuple[str, tuple[str, ...]], ...] = ()
    hidden_measures: frozenset[str] = frozenset()
    hides_cost: bool = False


EVERYTHING = Scope()
NOTHING = Scope(allowed=(("item", ()),), hides_cost=True)
"""No row at all: what a caller without a scope is asked with."""


@dataclass(frozen=True)
class Filter:
    """Keep rows whose ``dimension`` is one of ``members`` (or none of them when ``exclude``)."""

    dimension: str
    members: tuple[str, ...]
    exclude: bool = False


@dataclass(frozen=True)
class MetricQuery:
    """One question.

    Args:
        measures: Keys of the measure registry, e.g. ``("turnover", "days_of_inventory")``.
        by: Dimension keys to group by, at most four.
        period: The span asked about.
        grain: Splits the period into calendar buckets; None asks for it as a whole.
        basis: The definition to use.
        where: Filters, all of which must hold.
        clock: What value by age counts from: the day the company received the goods (transfers
            keep it), the day they arrived at the site, or the day their lot was made.
        compare: Also answer for the period before, or the same period a year before.
        known_at: Answer as it was known at this UTC instant; None means now.
        order_by: Measure or dimension to sort by; a leading "-" sorts down. Nulls come last.
        limit: Rows kept after sorting (the total still covers all).
    """

    measures: tuple[str, ...]
    period: Period
    by: tuple[str, ...] = ()
    grain: Grain | None = None
    basis: Basis = MANAGEMENT
    where: tuple[Filter, ...] = ()
    clock: Clock = "company"
    compare: tuple[Compare, ...] = ()
    known_at: datetime | None = None
    order_by: str | None = None
    limit: int | None = None


@dataclass(frozen=True)
class Value:
    """A figure, or its absence with a reason. ``note`` names what the reader should know."""

    number: Decimal | None
    reason: Text | None = None
    note: Text | None = None


@dataclass(frozen=True)
class Row:
    """One group in one period. ``compared`` maps a comparison to the same measures then."""

    group: tuple[str | None, ...]
    period: Period
    values: dict[str, Value]
    compared: dict[Compare, dict[str, Value]] = field(default_factory=dict)


@dataclass(frozen=True)
class LateSource:
    """A source whose data end before the others', beyond its own rhythm."""

    mapping: str
    feed: str
    last_day: date


@dataclass(frozen=True)
class Trust:
    """What is known of the data as a whole.

    Attributes:
        rejected_share: rows that wait in the quarantine or were discarded, of all that came in.
        waiting: rows that wait in the quarantine.
        gaps: location-months without any movement between months that have some.
        quality_score: share of checks that pass, weighted by severity, of each rule's newest
            result; None where nothing was checked.
        rules_broken: rules below their target.
        late: sources that are behind.
    """

    rejected_share: Decimal | None
    waiting: int
    gaps: int
    quality_score: Decimal | None
    rules_broken: int
    late: tuple[LateSource, ...]


@dataclass(frozen=True)
class Coverage:
    """What stands behind an answer.

    ``data_as_of``: last day the ledger holds; ``load_no``: last load counted; ``cost_coverage``:
    share of the quantity on hand that has a cost; ``negative_balances``: item-locations below zero;
    ``trust``: the data as a whole, None for a caller who sees a part of it.
    """

    data_as_of: date | None
    load_no: int | None
    cost_coverage: Decimal | None
    negative_balances: int
    trust: Trust | None = None


@dataclass(frozen=True)
class Answer:
    """Rows, one total per period, and what they stand on."""

    query: MetricQuery
    rows: tuple[Row, ...]
    totals: tuple[Row, ...]
    coverage: Coverage
    row_count: int
    """Rows before ``limit``."""
    hints: tuple[Text, ...] = ()
    """What the caller may have meant: filters on members that do not exist."""
