"""The shapes of the HTTP API. The page's TypeScript client is generated from these.

Figures travel as strings (exact decimals) in ``Figure.value``; the page formats, never computes.
Sentences arrive in the language asked for by the ``lang`` query parameter (``zh`` or ``en``).
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field


class PeriodShape(BaseModel):
    begin: date
    end: date = Field(description="exclusive")


class BasisShape(BaseModel):
    average: Literal["daily", "two-point", "n-point"] = "daily"
    basis: Literal["cost", "quantity", "sales"] = "cost"
    days: Literal[365, 360] = 365
    annualise: bool = True
    year_to_date: bool = False


class FilterShape(BaseModel):
    dimension: str
    members: list[str]
    exclude: bool = False


Clock = Annotated[
    Literal["company", "site", "lot"], Field(description="what value by age counts from")
]


class QueryShape(BaseModel):
    """A MetricQuery as JSON."""

    measures: list[str]
    by: list[str] = []
    period: PeriodShape
    grain: Literal["day", "week", "month", "quarter", "year"] | None = None
    basis: BasisShape = BasisShape()
    where: list[FilterShape] = []
    clock: Clock = "company"
    compare: list[Literal["prior_period", "prior_year"]] = []
    known_at: datetime | None = None
    order_by: str | None = None
    limit: int | None = Field(default=None, ge=1, le=10_000)


class ValueShape(BaseModel):
    number: str | None
    reason: str | None = None
    note: str | None = None


class RowShape(BaseModel):
    group: list[str | None]
    period: PeriodShape
    values: dict[str, ValueShape]
    compared: dict[str, dict[str, ValueShape]] = {}


class LateSourceShape(BaseModel):
    """A source whose data end before the others', beyond its own rhythm."""

    mapping: str
    feed: str
    last_day: date


class TrustShape(BaseModel):
    """How far the data can be trusted as a whole."""

    rejected_share: str | None = Field(description="waiting or discarded rows of all that came in")
    waiting: int = Field(description="rows in the quarantine")
    gaps: int = Field(description="location-months without data between months that have some")
    quality_score: str | None = Field(description="0 to 1; null where nothing was checked")
    rules_broken: int
    late: list[LateSourceShape]


class CoverageShape(BaseModel):
    data_as_of: date | None
    load_no: int | None
    cost_coverage: str | None
    negative_balances: int
    trust: TrustShape | None = Field(
        default=None, description="null for a caller who sees a part of the data"
    )


class AnswerShape(BaseModel):
    query: QueryShape
    rows: list[RowShape]
    totals: list[RowShape]
    coverage: CoverageShape
    row_count: int
    hints: list[str] = Field(description="filters on members that do not exist, nearest names")


class MeasureCard(BaseModel):
    """What a measure means; the same card stands in CLI, page and docs."""

    key: str
    name: str
    unit: Literal["money", "quantity", "ratio", "times", "days", "percent", "count"]
    good: Literal["up", "down", "neither"]
    formula: str
    grain: str
    additivity: str
    null_rule: str
    basis: str
    source: str
    golden_case: str


class DimensionShape(BaseModel):
    key: str
    name: str
    drill_to: str | None = Field(default=None, description="the next level down, if any")


class Meta(BaseModel):
    """What the page needs once: names, languages, what can be asked."""

    version: str
    company: str
    currency: str
    leading_reading: Literal["management", "financial"]
    first_day: date | None
    data_as_of: date | None
    last_load_at: datetime | None
    measures: list[MeasureCard]
    dimensions: list[DimensionShape]


class Figure(BaseModel):
    """One KPI card."""

    measure: str
    name: str
    unit: str
    value: str | None
    reason: str | None = None
    note: str | None = None
    change: str | None = Field(default=None, description="value - compared value")
    change_ratio: str | None = Field(default=None, description="change / |compared value|")
    change_reason: str | None = Field(default=None, description="why there is no change to show")
    good: Literal["up", "down", "neither"]
    sparkline: list[str | None] = Field(default=[], description="13 months up to the period's end")
    basis_label: str
    other_reading: str | None = Field(
        default=None, description="the same figure on the other reading, e.g. 财务口径 3.20"
    )
    other_reading_label: str | None = None
    query: QueryShape


class ChartShape(BaseModel):
    """An ECharts option built in Python. ``title`` states the finding where there is one.

    Colours are names of the theme ("series1", "prior", "target", "age0".."age5", "good", "bad",
    "attention"); the page replaces them by the theme's values.
    """

    key: str
    title: str
    subtitle: str
    option: dict[str, Any]
    table: list[dict[str, str | None]] = Field(
        default=[], description="the same data as a table, for screen readers and copying"
    )


class CashTrap(BaseModel):
    """An item whose stock holds cash without turning."""

    item: str
    name: str | None
    category: str | None
    location_count: int
    value: str
    days_of_inventory: str | None
    days_since_last_issue: int | None
    age_days: int | None
    reason: str = Field(description="one sentence: what is wrong and what it costs")
    trend: list[str | None]


class Overview(BaseModel):
    """Everything the overview page shows for one state of its address."""

    period: PeriodShape
    basis: BasisShape
    coverage: CoverageShape
    headline: str = Field(description="the finding of the page in one sentence")
    next_step: str = Field(description="what to do next")
    next_step_link: str | None = None
    figures: list[Figure]
    one_more_turn: Figure = Field(description="cash that one more turn a year would free")
    trend: ChartShape
    comparison: ChartShape
    comparison_by: str
    breadcrumb: list[FilterShape]
    names: dict[str, dict[str, str]] = Field(
        default={}, description="dimension -> code -> name, for the codes on this page"
    )
    ageing: ChartShape
    cash_traps: list[CashTrap]
    cash_traps_total: str | None = Field(description="null where the caller may not see value")


class OtherBasis(BaseModel):
    label: str
    basis: BasisShape
    value: ValueShape


class Explanation(BaseModel):
    """The card behind one figure."""

    card: MeasureCard
    value: ValueShape
    basis_label: str
    components: list[dict[str, str | None]] = Field(
        description="name, value, unit of each part the formula uses"
    )
    other_bases: list[OtherBasis]
    trend: ChartShape
    coverage: CoverageShape


class SourceRow(BaseModel):
    """One movement with the file and row it came from."""

    movement_id: int
    happened_on: date
    kind: str
    kind_name: str
    item: str
    item_name: str | None
    location: str | None = Field(description="null for a sale that names none")
    location_name: str | None = None
    quantity: str
    value: str | None
    document: str | None
    load_no: int
    origin: str
    kit: str | None = Field(
        default=None, description="code of the kit whose line the file and row are; else null"
    )
    file: str | None
    sheet: str | None
    row_no: int | None


class SourceRows(BaseModel):
    rows: list[SourceRow]
    total: int
    next_offset: int | None


class Member(BaseModel):
    """One member of a dimension, to filter by."""

    member: str
    name: str | None


class Members(BaseModel):
    members: list[Member]


class FileReport(BaseModel):
    name: str
    sha256: str
    rows_in: int
    rows_loaded: int
    rows_rejected: int
    rows_ignored: int
    already_loaded: bool = False


class RejectShape(BaseModel):
    file: str
    sheet: str | None
    row_no: int | None
    column: str | None
    value: str | None
    code: str
    message: str


class MeasuredShape(BaseModel):
    """Control totals: what one file brought into one table of entries."""

    table: str
    rows: int
    quantity: str | None = Field(description="exact sum; null where there are no quantities")
    value: str | None = Field(description="exact sum, of sales the revenue; null without any")
    days: int
    first_day: date | None
    last_day: date | None


class ControlShape(BaseModel):
    """One file's control totals, beside those its stream brought before."""

    file: str
    series: str
    now: MeasuredShape
    before: MeasuredShape | None


class RateChangeShape(BaseModel):
    """A rate that is restated after amounts were converted by the former one."""

    table: Literal["currency_rate", "tax_rate"]
    name: str | None = Field(description="currency, or item or category; null of the general rate")
    valid_from: date | None
    rate: Decimal
    former: Decimal
    rows: int = Field(description="amounts and prices converted by the former rate")
    prices: int = Field(description="how many of them are prices of a unit, which are in no sum")
    first: date
    last: date
    booked: Decimal | None = Field(description="the amounts as booked; null without cost rights")
    at_new_rate: Decimal | None = Field(description="the same at the rate of now")


class QuestionShape(BaseModel):
    """What a held load asks.

    An overlap with an earlier file, twins in the load, a drop in size, a rate that is restated.
    """

    kind: Literal["overlap", "twins", "drop", "rate"]
    words: str
    file: str
    rows: int = Field(description="what the file states, or brought into the table")
    first_day: date | None
    last_day: date | None
    other: str | None = Field(description="the file it overlaps with")
    other_load: int | None = Field(description="load of that file; null within one load")
    other_rows: int | None = Field(description="rows of that file, or brought before")
    other_first_day: date | None
    other_last_day: date | None
    equal: int | None = Field(description="rows that both files state")
    table: str | None = Field(description="table of a drop")
    taken_back: int | None = Field(description="earlier entries that `replace` would reverse")
    rate: RateChangeShape | None


class LoadReport(BaseModel):
    """rows_in = rows_loaded + rows_rejected + rows_ignored, always."""

    load_no: int | None = Field(description="null when nothing was new or the load was held")
    status: Literal["loaded", "nothing_new", "held", "failed"]
    message: str
    committed_at: datetime | None
    mapping: str
    rows_in: int
    rows_loaded: int
    rows_rejected: int
    rows_ignored: int
    rejected_by_reason: dict[str, int]
    ignored_by_reason: dict[str, int]
    reasons: dict[str, str] = Field(default={}, description="the words for each code counted")
    files: list[FileReport]
    rejects: list[RejectShape] = Field(description="the first 100")
    problems: list[str] = Field(default=[], description="all that holds it")
    questions: list[QuestionShape] = Field(default=[], description="what a held load asks")
    warnings: list[str]
    reversed: int = Field(default=0, description="earlier entries that the load took back")
    superseded: list[int] = Field(default=[], description="loads whose files it replaced")
    controls: list[ControlShape] = Field(default=[], description="of a load that has just run")
    day_rule: str | None = Field(default=None, description="how times of day got their day")
    seconds: float | None = Field(default=None, description="null for a load of the history")
    trial: bool = Field(default=False, description="nothing was changed")


class LoadList(BaseModel):
    loads: list[LoadReport]


class QuickRow(BaseModel):
    """One row of the two-minute sheet. Amounts in one unit of money."""

    month: str | None = None
    category: str | None = None
    opening: str
    closing: str
    cogs: str
    revenue: str | None = None


class QuickRequest(BaseModel):
    rows: list[QuickRow]
    period_days: int | None = Field(default=None, description="when the rows have no month")
    industry: str | None = None


class QuickResult(BaseModel):
    """Turnover without a ledger, marked two-point."""

    turnover: ValueShape
    days: ValueShape
    average_inventory: ValueShape
    gross_margin_rate: ValueShape
    cash_of_one_more_turn: ValueShape
    basis_label: str
    industry: str | None
    band: list[str] | None = Field(description="lowest and highest turns usual in the industry")
    band_source: str | None
    verdict: str
    next_step: str
    by_category: list[dict[str, str | None]]
    by_month: list[dict[str, str | None]]
    errors: list[str] = Field(description="rows to correct before there are figures")
    warnings: list[str] = Field(
        default=[], description="rows that contradict each other; the figures stand with them"
    )
    n_point_turnover: ValueShape | None = Field(
        default=None, description="on the average of all month points, where there are months"
    )
    n_point_basis: str | None = None
    rows: list[QuickRow] = Field(
        default=[], description="the rows of an uploaded sheet, as they can be sent again"
    )


class Problem(BaseModel):
    """Every error answer: what happened, where, what to do, and a code to quote."""

    code: str
    message: str
    request_id: str
    field: str | None = Field(default=None, description="the parameter that is wrong, if one is")
    exit_code: int = Field(description="what the command line ends with: 1, 2 wrong use, 3 held")
