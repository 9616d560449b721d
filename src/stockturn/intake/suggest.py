"""A mapping for a file that none fits: columns by name and by value, with a confidence each.

Nothing here is loaded. The suggestion is a draft that a person confirms once; it is then saved with
a version and used by itself for files with the same headers.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, Final

import yaml

from stockturn.intake.chunk import Head
from stockturn.intake.dates import is_period
from stockturn.intake.decode import open_raw
from stockturn.intake.entry_shapes import entry_shapes
from stockturn.intake.header import find_header, fold, header_cells
from stockturn.intake.layout import FEWEST_PERIODS
from stockturn.intake.problems import FileHeld
from stockturn.intake.shape_of_values import ValueShape, fits_kind, shape_of
from stockturn.intake.synonyms import Synonyms, synonyms
from stockturn.intake.texts import as_text, plain
from stockturn.language import Text
from stockturn.ledger.document_tables import DOCUMENTS

SAMPLE_ROWS: Final = 2_000
LEAST: Final = 0.5
"""A column is proposed from this confidence on."""
SURE: Final = 0.9
"""From here on a column needs no second look."""

_EXACT, _ELSEWHERE, _PART = 0.95, 0.75, 0.6
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
    "currency": "币种",
    "tax_rate": "税率",
    "line": "行号",
}
"""What the commonest columns are called, where files have many names for them."""
_NEVER: Final = frozenset({"file_no", "sheet", "row_no", "attributes", "taxed", "reverses"})


@dataclass(frozen=True)
class ColumnGuess:
    """What one column of the file seems to be.

    Attributes:
        header: as the file has it.
        target: the column of the entry table; None = not recognised.
        confidence: 0 to 1, name and values together.
        reason: why.
        samples: a few of its values.
    """

    header: str
    target: str | None
    confidence: float
    reason: Text
    samples: tuple[str, ...]


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
        missing: columns the table needs and the file does not seem to have.
        reasons: why this table.
        fingerprint: names these headers, whatever their order.
        draft: the mapping as YAML.
    """

    file: str
    sheet: str | None
    header_row: int
    table: str
    confidence: float
    columns: tuple[ColumnGuess, ...]
    missing: tuple[str, ...]
    reasons: tuple[Text, ...]
    fingerprint: str
    draft: str


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
    return found


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
    graded = sorted(
        (_grade(table, name, sheet, headers, shapes, known) for table in _tables()),
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
    return Suggestion(
        file=name,
        sheet=sheet,
        header_row=header_row,
        table=table,
        confidence=round(certain, 2),
        columns=guesses,
        missing=best.missing,
        reasons=_reasons(best, second, name, headers),
        fingerprint=headers_fingerprint(headers),
        draft=_draft(name, table, guesses, shapes, headers, known),
    )


@dataclass(frozen=True)
class Target:
    """A column that a table of the ledger can take.

    Attributes:
        name: as mappings write it.
        label: what files mostly call it.
        needed: without it no row can be read.
    """

    name: str
    label: Text
    needed: bool


def targets() -> dict[str, list[Target]]:
    """Return what a column of a file can be: table -> its columns."""
    known = synonyms().columns
    return {
        table: [
            Target(field.name, _label(known.get((table, field.name), ()), field.name), needed)
            for field in entry_shapes().schemas[table]
            if field.name not in _NEVER
            for needed in [not field.nullable]
        ]
        for table in _tables()
    }


def redraft(
    name: str, table: str, columns: Sequence[tuple[str, str | None, Sequence[str]]]
) -> tuple[str, tuple[str, ...]]:
    """Write the mapping that a person's choices make.

    Args:
        name: of the file.
        table: of the ledger; ``dataset`` for a free table.
        columns: header, what it is (None = nothing), and some of its values.

    Returns:
        The mapping as YAML, and the columns it would still need.
    """
    chosen = Text("由人确认", "confirmed by a person")
    guesses = [
        ColumnGuess(header, target, 1.0, chosen, tuple(samples))
        for header, target, samples in columns
    ]
    shapes = [shape_of(samples) for _, _, samples in columns]
    taken = {target for _, target, _ in columns}
    needed = [each.name for each in targets().get(table, []) if each.needed]
    headers = [header for header, _, _ in columns]
    draft = _draft(name, table, guesses, shapes, headers, synonyms())
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
) -> _Grade:
    schema = entry_shapes().schemas[table]
    candidates = []
    for index, header in enumerate(headers):
        if not header.strip():
            continue
        for field in schema:
            if field.name in _NEVER:
                continue
            by_name, reason = _name_match(table, field.name, header, known)
            if by_name == 0:
                continue
            fit = fits_kind(shapes[index], field.type)
            confidence = by_name * (0.25 + 0.75 * fit)
            if confidence >= LEAST:
                candidates.append((confidence, -index, field.name, index, reason))
    assigned: dict[int, tuple[str, float, Text]] = {}
    taken: set[str] = set()
    for confidence, _, target, index, reason in sorted(candidates, key=lambda c: (-c[0], -c[1])):
        if index not in assigned and target not in taken:
            assigned[index] = (target, round(confidence, 2), reason)
            taken.add(target)
    needed = [f.name for f in schema if not f.nullable]
    missing = tuple(target for target in needed if target not in taken)
    label = fold(f"{PurePath(name).stem} {sheet or ''}")
    named = any(word in label for word in known.files.get(table, ()))
    score = sum(confidence for _, confidence, _ in assigned.values())
    score += sum(0.5 for target in needed if target in taken)
    score += 1.5 * named - 1.5 * len(missing)
    # What most files are; a table that needs next to nothing fits everything a little.
    score += _USUAL.get(table, 0.0) - (_EASY if len(needed) < _FEW and len(assigned) < _FEW else 0)
    return _Grade(table, score, assigned, missing, named)


_VAGUE: Final = frozenset({"name", "名称", "id", "no", "no.", "code", "编码", "编号"})
"""Headers that mean their own table's thing and nothing elsewhere."""
_ENDS: Final = frozenset({"opening", "received", "issued", "adjusted", "balance", "closing"})
_QUALIFIED: Final = re.compile(
    r"期初|期末|结存|余额|入库|出库|收入数|收入金|发出|opening|closing|balance|^in(qty|quantity|value)"
    r"|^out(qty|quantity|value)|(qty|quantity)(in|out)$"
)
"""A header of one side of a card: it is not the movement's own quantity or value."""
_WORD: Final = re.compile(r"[a-z0-9]+|[\u4e00-\u9fff]+")


def _name_match(table: str, column: str, header: str, known: Synonyms) -> tuple[float, Text]:
    folded = fold(header)
    own = known.columns.get((table, column), frozenset())
    if folded in own or folded == fold(column):
        return _EXACT, Text("列名是已知的叫法", "a known name of the column")
    others = _others(column)
    if folded in others and folded not in _VAGUE:
        return _ELSEWHERE, Text("其他表中这样叫", "called so in other tables")
    bare = re.sub(r"[(（].*?[)）]", "", folded)
    if bare != folded and bare in own:
        return _EXACT - 0.05, Text("括号外是已知的叫法", "a known name beside its brackets")
    if column not in _ENDS and _QUALIFIED.search(folded):
        return 0.0, Text("", "")
    for name in sorted(own, key=len, reverse=True):
        if len(name) > 2 and (name in folded or (len(folded) > 3 and folded in name)):
            return _PART, Text(f"列名含有“{name}”", f"the name holds “{name}”")
    return 0.0, Text("", "")


def _others(column: str) -> frozenset[str]:
    found = [names for (_, own), names in synonyms().columns.items() if own == column]
    return frozenset().union(*found) if found else frozenset()


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


def _reasons(best: _Grade, second: _Grade, name: str, headers: Sequence[str]) -> tuple[Text, ...]:
    known = len(best.assigned)
    found = [
        Text(
            f"认出 {known} 列；其次像 {second.table}（{len(second.assigned)} 列）",
            f"{known} columns known; next likely is {second.table} ({len(second.assigned)})",
        )
    ]
    if best.named:
        found.append(Text(f"文件名“{name}”像这种表", f"the name “{name}” says so"))
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


def _draft(
    name: str,
    table: str,
    guesses: Sequence[ColumnGuess],
    shapes: Sequence[ValueShape],
    headers: Sequence[str],
    known: Synonyms,
) -> str:
    """Write the mapping that the guesses make; what was not recognised is named and left out."""
    stem = re.sub(r"[\d\s_\-().]+$", "", PurePath(name).stem) or PurePath(name).stem
    spec: dict[str, Any] = {"match": [f"{stem}*"], "table": table}
    filled = {index: shapes[index] for index in range(len(headers))}
    if table == "dataset":
        slug = re.sub(r"[^a-z0-9]+", "_", stem.lower()).strip("_")
        spec["dataset"] = slug if re.match(r"[a-z]", slug) else "table_1"
        spec["columns"] = {
            header: {"from": header, "type": _free_kind(filled[index])}
            for index, header in enumerate(headers)
            if header.strip()
        }
    else:
        spec |= _columns(table, guesses, known)
    words = {"zh": f"由“{name}”的表头建议，经确认", "en": f"suggested from {name} and confirmed"}
    mapping = {
        "name": "own",
        "version": "1",
        "title": {"zh": stem, "en": stem},
        "description": words,
        "files": [spec],
    }
    return yaml.safe_dump(mapping, allow_unicode=True, sort_keys=False, width=100)


def _columns(table: str, guesses: Sequence[ColumnGuess], known: Synonyms) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    kinds = entry_shapes().words
    for guess in guesses:
        if guess.target is None:
            continue
        column: Any = guess.header
        words = known.words.get((table, guess.target), {})
        if (table, guess.target) in kinds and words:
            told = {plain(word): (word, value) for word, value in words.items()}
            listed = dict(told[plain(text)] for text in guess.samples if plain(text) in told)
            column = {"from": guess.header, "map": {**listed, **dict(told.values())}}
        elif guess.target == "period_end" or (table == "balance" and guess.target == "happened_on"):
            column = {"from": guess.header, "month": "end"}
        columns[guess.target] = column
    rest = [guess.header for guess in guesses if guess.target is None]
    spec: dict[str, Any] = {"columns": columns}
    if rest and (table in DOCUMENTS or table == "item"):
        spec["attributes"] = "rest"
    elif rest:
        spec["ignore_columns"] = rest
    if table == "movement":
        spec["sign"] = "detect"
    return spec


def _free_kind(shape: ValueShape) -> str:
    if shape.days > 0.99:
        return "day"
    leading = any(text.startswith("0") and text.isdigit() and len(text) > 1
                  for text in shape.samples)  # fmt: skip
    if leading:
        return "code"
    return "number" if shape.numbers > 0.99 else "text"


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
