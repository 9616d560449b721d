"""Two-minute start: turnover from four numbers or one small sheet, without a ledger.

The headline is two-point over the whole span and says so; where there are months, the average of
all month points stands beside it. Money is in whatever unit the sheet uses.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from stockturn.language import Language, Text
from stockturn.metrics import formulas
from stockturn.metrics.benchmarks import Band, refusal
from stockturn.metrics.query import Value
from stockturn.metrics.quick_rows import ReadRow, TypedRow, by_category, month_name, read_rows
from stockturn.metrics.quick_words import Findings, next_step, verdict

YEAR_DAYS = 365

FIX_ROWS = Text("先改正标出的行", "Correct the rows named first")
NO_REVENUE_COLUMN = Text("没有填销售收入", "No revenue was given")
UNKNOWN_INDUSTRY = Text("没有行业“{key}”的基准", 'There is no benchmark for the industry "{key}"')
NO_DAYS = Text(
    "期间天数是 {days}，请填 1 或更多，如一个季度填 90。",
    "The period has {days} days; give 1 or more, such as 90 for a quarter.",
)
BASIS = Text(
    "两点平均（期初＋期末）÷2，成本口径，{span}，按 365 天年化",
    "two-point average (opening + closing) / 2, at cost, {span}, annualised on 365 days",
)
N_POINT = Text(
    "各月点平均（期初＋{count} 个月末）÷{points}，成本口径",
    "average of month points (opening + {count} month ends) / {points}, at cost",
)
CELLS = (
    Text("平均库存", "Average inventory"),
    Text("周转（次/年）", "Turnover (a year)"),
    Text("库存周转天数", "Days"),
    Text("毛利率（%）", "Gross margin (%)"),
    Text("多周转一次可释放资金", "Cash of one more turn"),
)
WHOLE_YEAR = Text("未注明期间，按一年算", "no period given, taken as a year")


@dataclass(frozen=True)
class Line:
    """Figures of one category, one month, or the whole; turns and GMROI are annualised."""

    name: Text
    opening: Decimal
    closing: Decimal
    cogs: Decimal
    average: Value
    turnover: Value
    days: Value
    gross_margin_rate: Value
    cash_of_one_more_turn: Value


@dataclass(frozen=True)
class QuickAnswer:
    """What the sheet says.

    Attributes:
        whole: The headline figures, two-point; null with a reason while ``faults`` stand.
        basis: The basis of ``whole`` in words.
        n_point_turnover: Annualised turns on the average of all month points, or None without
            at least two months.
        n_point_basis: Its basis in words.
        band: The industry's usual turns, or None when none was asked for or may be compared.
        refusal: Why the industry asked for is not compared.
        verdict: One sentence on where the firm stands.
        next_step: One thing to do next.
        by_category: A line per category, most inventory first; empty with one category.
        by_month: A line per month; empty with one month.
        faults: Rows that must be corrected before there are figures.
        contradictions: Rows that contradict each other; figures stand, with this caveat.
    """

    whole: Line
    basis: Text
    n_point_turnover: Value | None
    n_point_basis: Text | None
    band: Band | None
    refusal: Text | None
    verdict: Text
    next_step: Text
    by_category: tuple[Line, ...]
    by_month: tuple[Line, ...]
    faults: tuple[Text, ...]
    contradictions: tuple[Text, ...]


def assess(
    typed: Sequence[TypedRow],
    bands: Mapping[str, Band],
    industry: str | None = None,
    period_days: int | None = None,
) -> QuickAnswer:
    """Answer the two-minute sheet.

    Args:
        typed: The rows as typed; four numbers are one row without month and category.
        bands: The table of benchmarks, see ``benchmarks.load_bands``.
        industry: Key of a band to compare with.
        period_days: Days the rows cover when they have no month; None takes a year.
    """
    reading = read_rows(typed)
    band, refused = _band(bands, industry)
    faults = reading.faults
    if period_days is not None and period_days < 1:
        faults = (*faults, NO_DAYS.fill(days=period_days))
    if faults:
        return _unanswered(faults, band, refused)
    rows = reading.rows
    days, span = _span(rows, period_days)
    whole = _line(Text("全部", "all"), rows, days)
    categories = _categories(rows, days)
    findings = _findings(whole, days, categories, band, refused, reading.contradictions)
    n_point = _n_point(rows, days)
    return QuickAnswer(
        whole=whole,
        basis=Text(BASIS.read("zh", span=span.zh), BASIS.read("en", span=span.en)),
        n_point_turnover=n_point[0] if n_point else None,
        n_point_basis=n_point[1] if n_point else None,
        band=band,
        refusal=refused,
        verdict=verdict(findings),
        next_step=next_step(findings),
        by_category=categories,
        by_month=_months(rows),
        faults=(),
        contradictions=reading.contradictions,
    )


def cells(line: Line, language: Language) -> dict[str, str | None]:
    """A line as named cells of a table, numbers at two decimals, the name first."""
    margin = line.gross_margin_rate.number
    numbers = (
        line.average.number,
        line.turnover.number,
        line.days.number,
        None if margin is None else margin * 100,
        line.cash_of_one_more_turn.number,
    )
    shown = (None if one is None else str(one.quantize(Decimal("0.01"))) for one in numbers)
    names = (label.read(language) for label in CELLS)
    head = Text("名称", "Name").read(language)
    return {head: line.name.read(language), **dict(zip(names, shown, strict=True))}


def _findings(
    whole: Line,
    days: Decimal,
    categories: tuple[Line, ...],
    band: Band | None,
    refused: Text | None,
    contradictions: tuple[Text, ...],
) -> Findings:
    return Findings(
        average=whole.average.number,
        turnover=whole.turnover,
        days=whole.days.number,
        opening=whole.opening,
        closing=whole.closing,
        annual_cogs=formulas.annual(whole.cogs, days, YEAR_DAYS).number,
        freed=whole.cash_of_one_more_turn.number,
        band=band,
        refusal=refused,
        contradictions=contradictions,
        categories=tuple(
            (line.name, line.average.number, line.turnover.number) for line in categories
        ),
    )


def _unanswered(faults: tuple[Text, ...], band: Band | None, refused: Text | None) -> QuickAnswer:
    absent, zero = Value(None, FIX_ROWS), Decimal(0)
    whole = Line(Text("全部", "all"), zero, zero, zero, absent, absent, absent, absent, absent)
    sentence = Text(
        "有 {count} 处要改，改好后就能算出周转。",
        "{count} places need correcting; turnover follows once they are.",
    ).fill(count=len(faults))
    basis = Text("尚未计算", "not computed yet")
    return QuickAnswer(
        whole, basis, None, None, band, refused, sentence, faults[0], (), (), faults, ()
    )


def _band(bands: Mapping[str, Band], industry: str | None) -> tuple[Band | None, Text | None]:
    """The band to compare with, or why there is none."""
    if not industry:
        return None, None
    if industry not in bands:
        return None, UNKNOWN_INDUSTRY.fill(key=industry)
    refused = refusal(bands[industry])
    return (None, refused) if refused else (bands[industry], None)


def _span(rows: Sequence[ReadRow], period_days: int | None) -> tuple[Decimal, Text]:
    """Days the rows cover and how they are named. A month is a twelfth of a year."""
    months = sorted({row.month for row in rows if row.month is not None})
    if months:
        first, last = month_name(months[0]), month_name(months[-1])
        count = months[-1] - months[0] + 1
        words = Text("{first} 至 {last} 共 {count} 个月", "{first} to {last}, {count} months")
        return _month_days(count), words.fill(first=first, last=last, count=count)
    if period_days is None:
        return Decimal(YEAR_DAYS), WHOLE_YEAR
    return Decimal(period_days), Text("{days} 天", "{days} days").fill(days=period_days)


def _month_days(count: int) -> Decimal:
    return Decimal(YEAR_DAYS) * count / 12


def _ends(rows: Sequence[ReadRow]) -> tuple[Decimal, Decimal]:
    """Opening and closing stock of all categories together, at the ends of the rows' span.

    A category that starts later or ends earlier holds nothing outside its months.
    """
    first = min((row.month for row in rows if row.month is not None), default=None)
    last = max((row.month for row in rows if row.month is not None), default=None)
    opening = sum((row.opening for row in rows if row.month == first), Decimal(0))
    closing = sum((row.closing for row in rows if row.month == last), Decimal(0))
    return opening, closing


def _line(name: Text, rows: Sequence[ReadRow], days: Decimal) -> Line:
    """Two-point figures of some rows over one span of days."""
    opening, closing = _ends(rows)
    cogs = sum((row.cogs for row in rows), Decimal(0))
    average = formulas.two_point_average(opening, closing)
    revenues = [row.revenue for row in rows if row.revenue is not None]
    margin = Value(None, NO_REVENUE_COLUMN)
    if len(revenues) == len(rows):
        margin = formulas.gross_margin_rate(sum(revenues, Decimal(0)), cogs)
    annual = formulas.annual(cogs, days, YEAR_DAYS).number
    return Line(
        name=name,
        opening=opening,
        closing=closing,
        cogs=cogs,
        average=average,
        turnover=formulas.turnover(cogs, average.number, days, YEAR_DAYS),
        days=formulas.days_of_inventory(cogs, average.number, days),
        gross_margin_rate=margin,
        cash_of_one_more_turn=formulas.cash_of_one_more_turn(annual, average.number),
    )


def _categories(rows: Sequence[ReadRow], days: Decimal) -> tuple[Line, ...]:
    """A line per category over the whole span, most inventory first."""
    groups = by_category(rows)
    if len(groups) < 2:
        return ()
    span = {row.month for row in rows if row.month is not None}
    lines = []
    for category, own in groups.items():
        name = Text("未分类", "uncategorised") if category is None else Text(category, category)
        lines.append(_line(name, _padded(own, span), days))
    return tuple(sorted(lines, key=lambda line: -(line.average.number or Decimal(0))))


def _padded(own: Sequence[ReadRow], span: set[int]) -> list[ReadRow]:
    """A category's rows with empty ones for the ends of the span it has no row for."""
    held = {row.month for row in own}
    ends = {min(span), max(span)} - held if span else set()
    zero = Decimal(0)
    # Nothing sold is known to be nothing, so the margin of the other months stays known.
    return [*own, *(ReadRow(0, month, own[0].category, zero, zero, zero, zero) for month in ends)]


def _months(rows: Sequence[ReadRow]) -> tuple[Line, ...]:
    months: dict[int, list[ReadRow]] = defaultdict(list)
    for row in rows:
        if row.month is not None:
            months[row.month].append(row)
    if len(months) < 2:
        return ()
    named = ((month_name(month), own) for month, own in sorted(months.items()))
    return tuple(_line(Text(name, name), own, _month_days(1)) for name, own in named)


def _n_point(rows: Sequence[ReadRow], days: Decimal) -> tuple[Value, Text] | None:
    """Annualised turns on (opening + all month ends) / (n + 1), with its label."""
    ends: dict[int, Decimal] = defaultdict(Decimal)
    for row in rows:
        if row.month is not None:
            ends[row.month] += row.closing
    if len(ends) < 2:
        return None
    closings = [ends[month] for month in sorted(ends)]
    average = formulas.n_point_average(_ends(rows)[0], closings)
    cogs = sum((row.cogs for row in rows), Decimal(0))
    value = formulas.turnover(cogs, average.number, days, YEAR_DAYS)
    return value, N_POINT.fill(count=len(closings), points=len(closings) + 1)
