"""Rows of the two-minute sheet: read strictly, each fault named with its row, column and cure."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from stockturn.language import Text

COLUMNS = {
    "month": Text("月份", "month"),
    "category": Text("类别", "category"),
    "opening": Text("期初库存", "opening"),
    "closing": Text("期末库存", "closing"),
    "cogs": Text("销售成本", "COGS"),
    "revenue": Text("销售收入", "revenue"),
}
"""Column keys to their names on the sheet."""

_HEADERS = {
    "month": ("月份", "月", "会计期间", "期间", "month", "period"),
    "category": ("类别", "品类", "分类", "产品类别", "存货类别", "category", "group"),
    "opening": (
        "期初库存",
        "期初",
        "期初余额",
        "期初存货",
        "期初金额",
        "opening",
        "openinginventory",
    ),
    "closing": (
        "期末库存",
        "期末",
        "期末余额",
        "期末存货",
        "期末金额",
        "closing",
        "closinginventory",
    ),
    "cogs": ("销售成本", "营业成本", "主营业务成本", "销货成本", "cogs", "costofgoodssold", "cost"),
    "revenue": ("销售收入", "营业收入", "主营业务收入", "收入", "销售额", "revenue", "sales"),
}

_AMOUNT = re.compile(r"[-+]?(?:\d{1,18}(?:\.\d*)?|\.\d+)")
"""Digits with at most one point: no exponent, no NaN, nothing beyond 18 digits before the point."""

_UNITS = {"千": 10**3, "万": 10**4, "亿": 10**8}
_HEADED_UNIT = re.compile(r"(?<=[(\s/])[千万亿](?=元?[)\s]?$)|[千万亿](?=元[)\s]?$)")
"""The unit that a heading states for its column: 期初(万元), 期初 万, 期初万元."""

EMPTY = Text(
    "第 {row} 行“{column}”是空的，请填金额；没有就填 0。",
    'Row {row}, "{column}" is empty: fill in the amount, or 0 if there is none.',
)
NO_NUMBER = Text(
    "第 {row} 行“{column}”的“{value}”不是数，请只写数字，如 12345.67。",
    'Row {row}, "{column}": "{value}" is not a number; write digits only, such as 12345.67.',
)
NEGATIVE = Text(
    "第 {row} 行“{column}”是负数 {value}，库存不应为负，请先查负库存再填。",
    'Row {row}, "{column}" is {value}: stock cannot be negative; clear it first.',
)
NO_MONTH = Text(
    "第 {row} 行“{column}”的“{value}”看不出是哪个月，请写成 2024-03。",
    'Row {row}, "{column}": "{value}" is not a month; write it as 2024-03.',
)
MONTH_MISSING = Text(
    "第 {row} 行没有“{column}”，别的行有，请补上或全部不填。",
    'Row {row} has no "{column}" while others have: add it, or leave it out everywhere.',
)
TWICE = Text(
    "第 {row} 行与第 {other} 行是同一“{column}”，请合并成一行。",
    'Row {row} repeats the "{column}" of row {other}: make them one row.',
)
GAP = Text(
    "第 {row} 行“{column}”：前面缺 {value}，请补上这个月的行。",
    'Row {row}, "{column}": {value} is missing before it; add a row for that month.',
)
NOT_CARRIED = Text(
    "第 {row} 行“{column}”是 {value}，而第 {other} 行的期末是 {before}，两数应相等，请核对。",
    'Row {row}, "{column}" is {value} but row {other} closes at {before}; they should be equal.',
)
FROM_NOWHERE = Text(
    "第 {row} 行“{column}”是 {value}，但该类别前面没有月份，请补上前面的月，或把期初改为 0。",
    'Row {row}, "{column}" is {value} but its category has no earlier month: '
    "add the earlier months or start from 0.",
)
LEFT_BEHIND = Text(
    "第 {row} 行“{column}”是 {value}，但该类别后面没有月份，请补上后面的月，或把期末改为 0。",
    'Row {row}, "{column}" is {value} but its category has no later month: '
    "add the later months or close at 0.",
)
NO_ROWS = Text("表里没有数据行，请至少填一行。", "The sheet has no rows; fill in at least one.")
NO_COLUMN = Text(
    "表头缺少“{column}”这一列，请加上。", 'The heading lacks the column "{column}"; add it.'
)


@dataclass(frozen=True)
class TypedRow:
    """One row as typed; amounts in one unit of money. ``month`` and ``category`` are optional."""

    month: str | None
    category: str | None
    opening: str
    closing: str
    cogs: str
    revenue: str | None = None


@dataclass(frozen=True)
class ReadRow:
    """One row read. ``month`` counts months from year 0, so that neighbours differ by 1."""

    number: int
    month: int | None
    category: str | None
    opening: Decimal
    closing: Decimal
    cogs: Decimal
    revenue: Decimal | None


@dataclass(frozen=True)
class Reading:
    """Rows read, faults that stop the figures, and contradictions that only qualify them."""

    rows: tuple[ReadRow, ...]
    faults: tuple[Text, ...]
    contradictions: tuple[Text, ...]


def rows_of_table(
    header: Sequence[str], lines: Iterable[Sequence[str | None]]
) -> tuple[list[TypedRow], list[Text]]:
    """Rows of a sheet by its Chinese or English heading; unknown columns and empty lines are left.

    Returns:
        The rows, and one fault for each needed column that the heading lacks.
    """
    place: dict[str, int] = {}
    units: dict[str, str] = {}
    for at, name in enumerate(header):
        key = _column_of(name)
        if key is not None and key not in place:
            place[key] = at
            units[key] = "".join(_HEADED_UNIT.findall(_plain(name))[:1])
    needed = ("opening", "closing", "cogs")
    faults = [_about(NO_COLUMN, key) for key in needed if key not in place]
    if faults:
        return [], faults
    rows = []
    for line in lines:
        cells = {key: _with_unit(_cell(line, at), units[key]) for key, at in place.items()}
        if any(cells.values()):
            rows.append(
                TypedRow(
                    cells.get("month"),
                    cells.get("category"),
                    cells.get("opening") or "",
                    cells.get("closing") or "",
                    cells.get("cogs") or "",
                    cells.get("revenue"),
                )
            )
    return rows, []


def read_rows(typed: Sequence[TypedRow]) -> Reading:
    """Read every row and check each against its neighbours; rows count from 1."""
    faults: list[Text] = [] if typed else [NO_ROWS]
    rows = []
    for number, row in enumerate(typed, start=1):
        read = _read_row(number, row, faults)
        if read is not None:
            rows.append(read)
    _check_keys(rows, faults)
    contradictions: list[Text] = []
    if not faults:
        _check_chain(rows, faults, contradictions)
    return Reading(tuple(rows), tuple(faults), tuple(contradictions))


def month_name(month: int) -> str:
    """2024-03 for the month count of March 2024."""
    return f"{month // 12:04}-{month % 12 + 1:02}"


def _read_row(number: int, row: TypedRow, faults: list[Text]) -> ReadRow | None:
    before = len(faults)
    opening = _amount(number, "opening", row.opening, faults)
    closing = _amount(number, "closing", row.closing, faults)
    cogs = _amount(number, "cogs", row.cogs, faults)
    has_revenue = bool((row.revenue or "").strip())
    revenue = _amount(number, "revenue", row.revenue or "", faults) if has_revenue else None
    month = _month(number, row.month, faults)
    if len(faults) > before or opening is None or closing is None or cogs is None:
        return None
    category = (row.category or "").strip() or None
    return ReadRow(number, month, category, opening, closing, cogs, revenue)


def _amount(number: int, column: str, text: str, faults: list[Text]) -> Decimal | None:
    """A typed amount: thousands separators, currency signs and full-width digits are read."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain:
        faults.append(_about(EMPTY, column, row=number))
        return None
    digits = re.sub(r"[\s,¥$元]", "", plain)
    unit = digits[-1:] if digits[-1:] in _UNITS else ""
    digits = digits.removesuffix(unit)
    if not _AMOUNT.fullmatch(digits):
        faults.append(_about(NO_NUMBER, column, row=number, value=plain))
        return None
    amount = Decimal(digits) * _UNITS.get(unit, 1)
    if amount < 0 and column in {"opening", "closing"}:
        faults.append(_about(NEGATIVE, column, row=number, value=plain))
        return None
    return amount


def _month(number: int, text: str | None, faults: list[Text]) -> int | None:
    """2024-03, 2024/3, 2024.3, 202403, 2024年3月, or a date in that month."""
    plain = unicodedata.normalize("NFKC", text or "").strip()
    if not plain:
        return None
    match = re.fullmatch(r"(\d{4})[-/.年]?(\d{1,2})(?:月|[-/.]\d{1,2}(?:[ T].*)?)?", plain)
    if match is None or not 1 <= int(match[2]) <= 12:
        faults.append(_about(NO_MONTH, "month", row=number, value=plain))
        return None
    return int(match[1]) * 12 + int(match[2]) - 1


def _check_keys(rows: Sequence[ReadRow], faults: list[Text]) -> None:
    """A month on every row or on none, and no month and category twice."""
    dated = any(row.month is not None for row in rows)
    seen: dict[tuple[int | None, str | None], int] = {}
    for row in rows:
        if dated and row.month is None:
            faults.append(_about(MONTH_MISSING, "month", row=row.number))
        key = (row.month, row.category)
        if key in seen:
            column = "month" if row.month is not None else "category"
            faults.append(_about(TWICE, column, row=row.number, other=seen[key]))
        seen.setdefault(key, row.number)


def _check_chain(rows: Sequence[ReadRow], faults: list[Text], contradictions: list[Text]) -> None:
    """Each category's months follow each other and carry the stock over."""
    chains: dict[str | None, list[ReadRow]] = defaultdict(list)
    for row in sorted(rows, key=lambda r: r.month or 0):
        chains[row.category].append(row)
    months = [row.month for row in rows if row.month is not None]
    for chain in chains.values():
        for before, row in pairwise(chain):
            _check_step(before, row, faults, contradictions)
        first, last = chain[0], chain[-1]
        if months and first.month != min(months) and first.opening != 0:
            contradictions.append(_stock_fault(FROM_NOWHERE, "opening", first, first.opening))
        if months and last.month != max(months) and last.closing != 0:
            contradictions.append(_stock_fault(LEFT_BEHIND, "closing", last, last.closing))


def _check_step(
    before: ReadRow, row: ReadRow, faults: list[Text], contradictions: list[Text]
) -> None:
    if before.month is not None and row.month is not None and row.month > before.month + 1:
        missing = month_name(before.month + 1)
        faults.append(_about(GAP, "month", row=row.number, value=missing))
    elif row.opening != before.closing:
        contradictions.append(
            _about(
                NOT_CARRIED,
                "opening",
                row=row.number,
                value=row.opening,
                other=before.number,
                before=before.closing,
            )
        )


def _stock_fault(sentence: Text, column: str, row: ReadRow, stock: Decimal) -> Text:
    return _about(sentence, column, row=row.number, value=stock)


def _about(sentence: Text, column: str, **values: object) -> Text:
    """The sentence with the column named in each language."""
    name = COLUMNS[column]
    return Text(
        sentence.read("zh", column=name.zh, **values),
        sentence.read("en", column=name.en, **values),
    )


def _column_of(name: str) -> str | None:
    plain = re.sub(r"[\s_()/]|元", "", _HEADED_UNIT.sub("", _plain(name))).lower()
    return next((key for key, names in _HEADERS.items() if plain in names), None)


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", str(name)).strip()


def _with_unit(text: str | None, unit: str) -> str | None:
    """Give an amount the unit of its heading, unless it states its own."""
    if not text or not unit or text.rstrip("元")[-1:] in _UNITS:
        return text
    return text + unit


def _cell(line: Sequence[str | None], at: int) -> str | None:
    text = line[at] if at < len(line) else None
    return None if text is None else str(text).strip() or None


def by_category(rows: Iterable[ReadRow]) -> Mapping[str | None, list[ReadRow]]:
    """Rows of each category, in order of month."""
    groups: dict[str | None, list[ReadRow]] = defaultdict(list)
    for row in sorted(rows, key=lambda r: (r.month or 0, r.number)):
        groups[row.category].append(row)
    return groups
