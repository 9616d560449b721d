"""A mapping for a file that none fits: columns by name and by value, with a confidence each.

Nothing here is loaded. The suggestion is a draft that a person confirms once; it is then saved with
a version and used by itself for files with the same headers.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence, Sized
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Final

import pyarrow as pa

from stockturn.intake.chunk import Head
from stockturn.intake.column_names import EXACT, VAGUE, name_match
from stockturn.intake.dates import is_period
from stockturn.intake.decode import open_raw
from stockturn.intake.drafts import FROM_LOCATION, ColumnGuess, draft_of, for_sheets
from stockturn.intake.entry_shapes import entry_shapes
from stockturn.intake.header import find_header, fold, header_cells
from stockturn.intake.layout import FEWEST_PERIODS
from stockturn.intake.problems import FileHeld
from stockturn.intake.shape_of_values import ValueShape, fits_kind, shape_of
from stockturn.intake.stock_documents import (
    RETURNS,
    StockDocument,
    document_of,
    side_of_transfer,
)
from stockturn.intake.synonyms import Synonyms, synonyms
from stockturn.intake.texts import as_text
from stockturn.language import Text, UsageError

SAMPLE_ROWS: Final = 2_000
LEAST: Final = 0.5
"""A column is proposed from this confidence on."""
SURE: Final = 0.9
"""From here on a column needs no second look."""

_USUAL: Final = {
    **dict.fromkeys(("movement", "balance", "sale", "item"), 1.0),
    **dict.fromkeys(("location", "purchase_order", "supplier", "customer", "lot"), 0.5),
}
_FEW, _EASY = 3, 1.0
_NOT_TABLES: Final = frozenset({"reject", "company", "unit_conversion", "value_balance"})
_SPOKEN: Final = {
    "item": "物料编码",
    "quantity": "数量",
    "value": "金额",
    "happened_on": "日期",
    "kind": "业务类型",
    "location": "仓库",
    "customer": "客户",
    "document": "单据号",
    "revenue": "销售收入",
    "currency": "币种",
    "tax_rate": "税率",
    "line": "行号",
}
"""What the commonest columns are called, where files have many names for them."""
_NEVER: Final = frozenset({"file_no", "sheet", "row_no", "attributes", "taxed", "reverses"})
_SIDE: Final = Text("调拨的一方", "one side of a transfer")
_OF_SALES: Final = frozenset({"sale_issue", "customer_return"})
_NO_SALE: Final = 2.0
_NO_WORD: Final = Text(
    "“{text}”不是列 {column} 的值。可用的值：{words}。",
    "“{text}” is no value of the column {column}. Use one of: {words}.",
)
_IMPLIED: Final = {("movement", "kind"): FROM_LOCATION}
"""What has a place that it leaves and one that it arrives at is a transfer."""
_SHARED: Final = frozenset(
    {"kind", "location", "supplier", "company", "happened_on", "counted_on", "period_end"}
)


@dataclass(frozen=True)
class Suggestion:
    """What a file seems to be and how it could be read.

    Attributes:
        file: its name.
        sheet: of a workbook.
        header_row: where the header stands, as the user sees it.
        table: the entry table; ``dataset`` where no table fits.
        confidence: of the table, 0 to 1.
        columns: every column with a header.
        constants: what holds for every row, by column of the table: the kind of a list of one kind.
        missing: columns the table needs and the file does not seem to have.
        reasons: why this table.
        fingerprint: names these headers, whatever their order.
        draft: the mapping as YAML.
        sheets: what the draft is for, where the sheets of a workbook differ; empty = all.
    """

    file: str
    sheet: str | None
    header_row: int
    table: str
    confidence: float
    columns: tuple[ColumnGuess, ...]
    constants: dict[str, str]
    missing: tuple[str, ...]
    reasons: tuple[Text, ...]
    fingerprint: str
    draft: str
    sheets: tuple[str, ...] = ()


def headers_fingerprint(headers: Iterable[str]) -> str:
    """Return a name for a set of headers: their order and spelling aside."""
    known = "\n".join(sorted({fold(header) for header in headers if header.strip()}))
    return hashlib.sha256(known.encode()).hexdigest()[:16]


def suggest_file(path: Path, name: str, work: Path) -> list[Suggestion]:
    """Suggest how to read a file, one suggestion a filled sheet. Runs in a limited worker.

    Raises:
        FileHeld: it cannot be read at all.
    """
    raws = open_raw(path, name, work=work, known=synonyms().all_names)
    found = []
    for raw in raws:
        place, _ = _header_place(raw.head)
        headers = header_cells(raw.head, place, synonyms().all_names)
        chunk = next(iter(raw.chunks(place, None, {})), None)
        if chunk is None:
            raise FileHeld("header_only", file=name, sheet=raw.sheet)
        columns = [
            as_text(chunk.columns[index]).slice(0, SAMPLE_ROWS).to_pylist()
            if index in chunk.columns
            else []
            for index in range(len(headers))
        ]
        row = raw.head.rows[place][0]
        found.append(suggest_columns(name, headers, columns, sheet=raw.sheet, header_row=row))
    return _told_apart(found)


def _told_apart(found: list[Suggestion]) -> list[Suggestion]:
    """Say in each draft which sheets it is for, where the sheets of a workbook are not alike."""
    alike: dict[str, list[str]] = {}
    for each in found:
        alike.setdefault(each.draft, []).append(each.sheet or "")
    if len(alike) < 2:
        return found
    return [
        replace(each, sheets=tuple(sheets), draft=for_sheets(each.draft, sheets))
        for each in found
        for sheets in [alike[each.draft]]
    ]


def suggest_columns(
    name: str,
    headers: Sequence[str],
    columns: Sequence[Sequence[str | None]],
    *,
    sheet: str | None = None,
    header_row: int = 1,
) -> Suggestion:
    """Suggest how to read columns whose headers and first values are known.

    Args:
        name: of the file, or of the source's table.
        headers: of each column.
        columns: the first values of each, as text.
        sheet: of a workbook.
        header_row: where the headers stand.
    """
    known = synonyms()
    shapes = [shape_of(values) for values in columns]
    document = document_of(name, sheet, headers)
    graded = sorted(
        (_grade(table, name, sheet, headers, shapes, known, document) for table in _tables()),
        key=lambda grade: grade.score,
        reverse=True,
    )
    best, second = graded[0], graded[1]
    settled = best if not best.missing and best.score > 0 else None
    table = settled.table if settled else (best.table if best.score > 0 else "dataset")
    margin = (best.score - second.score) / max(best.score, 1e-9) if best.score > 0 else 0.0
    certain = 0.5 + min(0.45, margin) if settled else 0.3
    guesses = tuple(
        _guess(index, headers[index], best, shapes[index], certain)
        for index in range(len(headers))
        if headers[index].strip()
    )
    constants = _constants(best, document)
    return Suggestion(
        file=name,
        sheet=sheet,
        header_row=header_row,
        table=table,
        confidence=round(certain, 2),
        columns=guesses,
        constants=constants,
        missing=best.missing,
        reasons=_reasons(best, second, name, headers, document),
        fingerprint=headers_fingerprint(headers),
        draft=draft_of(name, table, guesses, shapes, headers, known, constants, document),
    )


@dataclass(frozen=True)
class Target:
    """A column that a table of the ledger can take.

    Attributes:
        name: as mappings write it.
        label: what files mostly call it.
        needed: without it no row can be read.
        shared: every row of a file may have the same.
        implied_by: another column that says as much; None = no other does.
    """

    name: str
    label: Text
    needed: bool
    shared: bool = False
    implied_by: str | None = None


def targets() -> dict[str, list[Target]]:
    """Return what a column of a file can be: table -> its columns."""
    known = synonyms().columns
    found = {
        table: [
            Target(
                field.name,
                _label(known.get((table, field.name), ()), field.name),
                needed=not field.nullable,
                shared=field.name in _SHARED,
                implied_by=_IMPLIED.get((table, field.name)),
            )
            for field in entry_shapes().schemas[table]
            if field.name not in _NEVER
        ]
        for table in _tables()
    }
    leaving = Target(FROM_LOCATION, Text("调出仓库", "location that goods leave"), needed=False)
    found["movement"].append(leaving)
    return found


def redraft(
    name: str,
    table: str,
    columns: Sequence[tuple[str, str | None, Sequence[str]]],
    constants: dict[str, str],
    sheet: str | None = None,
    sheets: Sequence[str] = (),
) -> tuple[str, tuple[str, ...]]:
    """Write the mapping that a person's choices make.

    Args:
        name: of the file.
        table: of the ledger; ``dataset`` for a free table.
        columns: header, what it is (None = nothing), and some of its values.
        constants: column of the table -> what holds for every row.
        sheet: of a workbook.
        sheets: those of a workbook that it is for; empty = all.

    Returns:
        The mapping as YAML, and the columns it would still need.

    Raises:
        UsageError: what every row is said to be is no word of a column of fixed words.
    """
    constants = {column: text.strip() for column, text in constants.items() if text.strip()}
    for column, text in constants.items():
        words = entry_shapes().words.get((table, column))
        if words is not None and text.removeprefix("-") not in words:
            raise UsageError(_NO_WORD.fill(column=column, text=text, words=", ".join(words)))
    chosen = Text("由人确认", "confirmed by a person")
    guesses = [
        ColumnGuess(header, target, 1.0, chosen, tuple(samples))
        for header, target, samples in columns
    ]
    shapes = [shape_of(samples) for _, _, samples in columns]
    headers = [header for header, _, _ in columns]
    document = document_of(name, sheet, headers)
    taken = {target for _, target, _ in columns if target is not None} | set(constants)
    needed = [each.name for each in targets().get(table, [])
              if each.needed and each.implied_by not in taken]  # fmt: skip
    draft = draft_of(name, table, guesses, shapes, headers, synonyms(), constants, document)
    draft = for_sheets(draft, sheets) if sheets else draft
    return draft, tuple(target for target in needed if target not in taken)


def _label(names: Iterable[str], column: str) -> Text:
    chinese = sorted((n for n in names if "\u4e00" <= n[:1] <= "\u9fff"), key=lambda n: (len(n), n))
    spoken = column.replace("_", " ")
    return Text(_SPOKEN.get(column) or (chinese[0] if chinese else spoken), spoken)


def _header_place(head: Head) -> tuple[int, int]:
    place, hits = find_header(head, synonyms().all_names)
    if hits >= 2:
        return place, hits
    widest = max(range(len(head.rows)), key=lambda row: sum(map(bool, head.rows[row][1])))
    return widest, hits


def _tables() -> list[str]:
    return [name for name in entry_shapes().schemas if name not in _NOT_TABLES]


@dataclass(frozen=True)
class _Grade:
    """How well a table explains the columns."""

    table: str
    score: float
    assigned: dict[int, tuple[str, float, Text]]
    missing: tuple[str, ...]
    named: bool


def _grade(
    table: str,
    name: str,
    sheet: str | None,
    headers: Sequence[str],
    shapes: Sequence[ValueShape],
    known: Synonyms,
    document: StockDocument | None,
) -> _Grade:
    schema = entry_shapes().schemas[table]
    between = table == "movement" and {side_of_transfer(h) for h in headers} >= {"from", "to"}
    kinds = _kinds(table, schema, document, between=between)
    one_kind = between or document is not None
    candidates = []
    for index, header in enumerate(headers):
        side = side_of_transfer(header) if between else None
        for column, kind in kinds.items() if header.strip() else ():
            if side is not None:
                meant = FROM_LOCATION if side == "from" else "location"
                by_name, reason = (EXACT if column == meant else 0.0), _SIDE
            else:
                by_name, reason = name_match(table, column, header, known, one_kind=one_kind)
            confidence = by_name * (0.25 + 0.75 * fits_kind(shapes[index], kind))
            if confidence >= LEAST:
                candidates.append((confidence, -index, column, index, reason))
    assigned: dict[int, tuple[str, float, Text]] = {}
    taken: set[str] = set()
    for confidence, _, target, index, reason in sorted(candidates, key=lambda c: (-c[0], -c[1])):
        if index not in assigned and target not in taken:
            assigned[index] = (target, round(confidence, 2), reason)
            taken.add(target)
    days = next((name for name in _DAYS if name in kinds), None)
    alone = _only_days(headers, shapes, assigned)
    if days is not None and days not in taken and alone is not None:
        assigned[alone] = (days, LEAST, Text("唯一的日期列", "the only column of days"))
        taken.add(days)
    if table == "movement" and "kind" not in taken and one_kind:
        taken.add("kind")
    needed = [f.name for f in schema if not f.nullable]
    missing = tuple(target for target in needed if target not in taken)
    # A list of sales can be read without a place too.
    of_sales = document is not None and document.kind in _OF_SALES
    stock = table == "movement" and one_kind and not (of_sales and missing)
    named = stock or _is_named(table, name, sheet, known)
    score = sum(confidence for _, confidence, _ in assigned.values())
    score += sum(0.5 for target in needed if target in taken)
    score += 1.5 * named - 2.0 * len(missing)
    unread = {fold(header) for i, header in enumerate(headers) if i not in assigned} - VAGUE
    score -= _UNREAD * len(unread & known.all_names)
    return _Grade(
        table, score + _usual(table, document, needed, assigned), assigned, missing, named
    )


def _kinds(
    table: str, schema: pa.Schema, document: StockDocument | None, *, between: bool
) -> dict[str, pa.DataType]:
    """Return the columns that a file's can be, with their types."""
    kinds = {field.name: field.type for field in schema if field.name not in _NEVER}
    if between:
        kinds[FROM_LOCATION] = kinds["location"]
    if table == "movement" and document is not None and document.kind not in _OF_SALES:
        del kinds["revenue"]  # what a receipt states is what the goods cost
    return kinds


def _is_named(table: str, name: str, sheet: str | None, known: Synonyms) -> bool:
    label = fold(f"{PurePath(name).stem} {sheet or ''}")
    return any(word in label for word in known.files.get(table, ()))


def _usual(
    table: str,
    document: StockDocument | None,
    needed: Sequence[str],
    assigned: Sized,
) -> float:
    """Return what speaks for a table beside its columns."""
    usual = _USUAL.get(table, 0.0)
    if len(needed) < _FEW and len(assigned) < _FEW:
        usual -= _EASY  # a table that needs next to nothing fits everything a little
    if table == "sale" and document is not None and document.kind not in _OF_SALES:
        usual -= _NO_SALE
    return usual


def _only_days(
    headers: Sequence[str],
    shapes: Sequence[ValueShape],
    assigned: dict[int, tuple[str, float, Text]],
) -> int | None:
    """Return the one column whose values are days, None where there is none or a choice."""
    found = [
        index
        for index, shape in enumerate(shapes)
        if headers[index].strip() and (shape.days > _MOSTLY or _is_epoch(headers[index], shape))
    ]
    return found[0] if len(found) == 1 and found[0] not in assigned else None


def _is_epoch(header: str, shape: ValueShape) -> bool:
    return shape.epochs > _MOSTLY and _TIMELY.search(fold(header)) is not None


_DAYS: Final = ("happened_on", "counted_on")
_MOSTLY: Final = 0.95
_TIMELY: Final = re.compile(r"time|date|day|created|updated|at$|ts$|日|时|期")
_UNREAD: Final = 0.3
"""What a table loses for a header that it does not read and that others know."""


def _constants(best: _Grade, document: StockDocument | None) -> dict[str, str]:
    """Return what holds for every row of a list of one kind."""
    assigned = {target for target, _, _ in best.assigned.values()}
    if best.table != "movement" or document is None or assigned & {"kind", FROM_LOCATION}:
        return {}
    return {"kind": document.kind}


def _guess(
    index: int, header: str, grade: _Grade, shape: ValueShape, certain: float
) -> ColumnGuess:
    if index in grade.assigned:
        target, by_column, reason = grade.assigned[index]
        # A column is only as sure as the table it is read for.
        confidence = round(by_column * min(1.0, 0.5 + certain * 0.6), 2)
        return ColumnGuess(header, target, confidence, reason, shape.samples)
    nothing = Text("没有认出来", "not recognised")
    return ColumnGuess(header, None, 0.0, nothing, shape.samples)


def _reasons(
    best: _Grade,
    second: _Grade,
    name: str,
    headers: Sequence[str],
    document: StockDocument | None,
) -> tuple[Text, ...]:
    known = len(best.assigned)
    found = [
        Text(
            f"认出 {known} 列；其次像 {second.table}（{len(second.assigned)} 列）",
            f"{known} columns known; next likely is {second.table} ({len(second.assigned)})",
        )
    ]
    if best.named:
        found.append(Text(f"文件名“{name}”像这种表", f"the name “{name}” says so"))
    found += _document_reasons(best, document)
    across = [header for i, header in enumerate(headers) if i not in best.assigned]
    if sum(map(is_period, across)) >= FEWEST_PERIODS:
        found.append(
            Text(
                "月份或日期横排在列上，请先改成一行一个期间（逆透视）",
                "months or days stand side by side as columns; unpivot them first",
            )
        )
    if best.missing:
        lacking = ", ".join(best.missing)
        found.append(Text(f"缺少必需的列：{lacking}", f"columns it needs are missing: {lacking}"))
    return tuple(found)


def _document_reasons(best: _Grade, document: StockDocument | None) -> Iterator[Text]:
    """Yield what a list of one kind of document says of its rows."""
    if FROM_LOCATION in {target for target, _, _ in best.assigned.values()}:
        yield Text("有调出与调入两方，每行拆成两笔", "goods leave and arrive: two legs a row")
    if document is None:
        return
    for kind in _constants(best, document).values():
        yield Text(
            f"按“{document.word}”，每行的业务类型都是 {kind}",
            f"by “{document.word}” every row is of kind {kind}",
        )
    if best.table == "sale" and document.kind in RETURNS:
        yield Text(
            f"按“{document.word}”是退货，数量与金额记为负数",
            f"by “{document.word}” they are returns: quantities and amounts count as negative",
        )


__all__ = [
    "ColumnGuess",
    "Suggestion",
    "Target",
    "headers_fingerprint",
    "redraft",
    "suggest_columns",
    "suggest_file",
    "targets",
]
