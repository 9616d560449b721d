"""Where a mapping finds its columns in one file or sheet.

Decides which file spec a table follows, which row is its header and which column fills what, and
holds the file where that is not certain.
"""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath
from typing import Final

import pyarrow as pa

from stockturn.intake.chunk import Raw, Role
from stockturn.intake.dates import is_period
from stockturn.intake.detect import unpacked_name
from stockturn.intake.header import (
    asked_names,
    columns_of,
    find_header,
    fold,
    header_cells,
    known_names,
    pick,
    settled,
    source_names,
)
from stockturn.intake.mapping import Column, FileSpec, Header, Lookup
from stockturn.intake.notes import note
from stockturn.intake.problems import FileHeld, listed
from stockturn.language import Text

CLEARLY_MORE: Final = 2
"""A kind that lacks a column is still meant where it knows this many more of the headers."""

FEWEST_PERIODS: Final = 2
"""So many months or days among the unknown headers are a table laid on its side."""

CODES = frozenset(
    {
        "item",
        "location",
        "lot",
        "supplier",
        "customer",
        "company",
        "counterparty_company",
        "parent",
        "document",
        "transfer",
        "line",
    }
)
"""Entry columns that hold codes; all other text is names and words."""


@dataclass(frozen=True)
class Layout:
    """One file or sheet as a file spec sees it.

    Attributes:
        raw: the rows.
        spec: what becomes of them.
        header: index of the header in ``raw.head.rows``.
        headers: its cells.
        row: its row number as the user sees it.
        roles: what a column is for, where that decides how a workbook's cell is read.
    """

    raw: Raw
    spec: FileSpec
    header: int
    headers: tuple[str, ...]
    row: int
    roles: dict[int, Role]

    @cached_property
    def folded(self) -> tuple[str, ...]:
        """The headers as they are compared."""
        return tuple(map(fold, self.headers))

    def find(self, names: tuple[str, ...]) -> int | None:
        """Return the index of the column with the first of these names, None if absent.

        Raises:
            FileHeld: the name stands more than once.
        """
        found = pick(names, self.folded)
        if len(found) > 1:
            raise self.held("duplicate_header", column=self.headers[found[0]])
        return found[0] if found else None

    def held(
        self,
        reason: str,
        *,
        column: str | tuple[str, ...],
        detail: str = "",
        expected: str = "",
    ) -> FileHeld:
        """Return the failure of this sheet with its place filled in."""
        return FileHeld(
            reason,
            file=self.raw.file,
            sheet=self.raw.sheet,
            row=self.row,
            column=column,
            detail=detail,
            expected=expected,
        )

    def caption(self, pattern: str) -> str | None:
        """Return what a pattern's group finds above the header, in the sheet's or file's name."""
        above = [cell for _, cells in self.raw.head.rows[: self.header] for cell in cells]
        for text in (*above, self.raw.sheet or "", PurePath(self.raw.file).name):
            found = re.search(pattern, unicodedata.normalize("NFKC", text))
            if found and found[1].strip():
                return found[1].strip()
        return None

    @property
    def rest(self) -> list[int]:
        """Columns with a header that no part of the file spec knows."""
        known = known_names(self.spec)
        return [
            index
            for index, header in enumerate(self.folded)
            if self.headers[index] and header not in known
        ]


def fits(name: str, patterns: Sequence[str]) -> bool:
    """Tell whether a file or sheet name fits one of the patterns, case and width aside."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return any(fnmatch.fnmatchcase(plain, pattern.casefold()) for pattern in patterns)


def names_file(name: str, patterns: Sequence[str]) -> bool:
    """Tell whether a file is one of those meant; ``flow.csv.gz`` is one of ``flow.csv``."""
    return fits(name, patterns) or fits(unpacked_name(name), patterns)


def is_required(column: Column, schema: pa.Schema) -> bool:
    """Tell whether a row needs a value for this column."""
    return column.required or not schema.field(column.target).nullable


def needs(spec: FileSpec, schemas: dict[str, pa.Schema]) -> Iterator[tuple[str, ...]]:
    """Yield the accepted names of the columns a file cannot do without.

    A table with conditions asks for its columns only when a row meets them.
    """
    for table in spec.tables:
        if table.when:
            continue
        for column in table.columns:
            if is_required(column, schemas[table.table]) and column.default is None:
                yield from source_names(column.source)


def lay_out(
    raws: list[Raw],
    specs: Sequence[FileSpec],
    schemas: dict[str, pa.Schema],
    codes: frozenset[tuple[str, str]] = frozenset(),
) -> tuple[list[Layout], list[Text]]:
    """Lay out the sheets of one file; sheets without a known header are left out and named.

    Args:
        raws: the sheets.
        specs: the kinds of file that the mapping knows.
        schemas: entry table -> its schema.
        codes: (table, column) that hold codes, beside :data:`CODES`.

    Raises:
        FileHeld: no sheet has a header, a needed column is missing, or the kind is not clear.
    """
    layouts: list[Layout] = []
    remarks: list[Text] = []
    left_out: set[str] = set()
    for raw in raws:
        try:
            layouts.append(_lay_out(raw, specs, schemas, codes))
        except FileHeld as failure:
            if len(raws) == 1 or failure.reason not in {"no_header", "not_named"}:
                raise
            left_out.add(failure.reason)
            remarks.append(note("sheet_left_out", file=raw.file, detail=raw.sheet))
    if not layouts and left_out == {"not_named"}:
        raise _not_named(raws[0], specs)
    if not layouts:
        raise _no_header(raws[0], specs, schemas)
    return layouts, remarks


def _lay_out(
    raw: Raw,
    specs: Sequence[FileSpec],
    schemas: dict[str, pa.Schema],
    codes: frozenset[tuple[str, str]],
) -> Layout:
    named = [spec for spec in specs if _is_named(raw, spec)]
    if not open_to(raw, specs):
        raise _not_named(raw, specs)
    specs = open_to(raw, specs)
    graded = sorted(
        (_grade(raw, spec, schemas) for spec in specs),
        key=lambda grade: (len(grade.missing) == 0, grade.hits),
        reverse=True,
    )
    best = graded[0]
    nearest = max(graded, key=lambda grade: grade.hits)
    if nearest.hits >= best.hits + CLEARLY_MORE:
        # A file of movements without its quantities is not a list of items with strange columns.
        best = nearest
    if best.hits < min(2, best.known):
        raise _no_header(raw, specs, schemas)
    if best.missing:
        layout = _layout(raw, best, schemas, codes)
        raise layout.held("missing_column", column=best.missing)
    if not named and len(graded) > 1 and _same(best, graded[1]):
        kinds = " / ".join(grade.spec.tables[0].table for grade in graded[:2])
        raise FileHeld("unclear_file", file=raw.file, sheet=raw.sheet, detail=kinds)
    layout = _layout(raw, best, schemas, codes)
    unknown = layout.rest
    across = tuple(layout.headers[index] for index in unknown if is_period(layout.headers[index]))
    if len(across) >= FEWEST_PERIODS:
        raise layout.held("periods_across", column=across)
    takes_rest = any(table.attributes_rest for table in best.spec.tables)
    if unknown and best.spec.rest == "hold" and not takes_rest:
        names = tuple(layout.headers[index] for index in unknown)
        raise layout.held("unknown_header", column=names)
    return layout


def _never(spec: FileSpec, folded: Sequence[str]) -> tuple[str, ...]:
    """Return the columns without which no table of a spec takes any row."""
    lacking = [
        [
            condition.names[0]
            for condition in table.when
            if not condition.holds_for_empty and not pick(condition.names, folded)
        ]
        for table in spec.tables
    ]
    every = lacking and all(lacking)
    return tuple(dict.fromkeys(name for names in lacking for name in names)) if every else ()


@dataclass(frozen=True)
class _Grade:
    """How well a file spec fits a sheet."""

    spec: FileSpec
    header: int
    hits: int
    known: int
    missing: tuple[str, ...]


def _same(one: _Grade, other: _Grade) -> bool:
    return not other.missing and one.hits == other.hits


def open_to(raw: Raw, specs: Sequence[FileSpec]) -> Sequence[FileSpec]:
    """Return the kinds of file that a sheet can be: those that name it, else all that may."""
    named = [spec for spec in specs if _is_named(raw, spec)]
    return named or [spec for spec in specs if not spec.named_only]


def _is_named(raw: Raw, spec: FileSpec) -> bool:
    if raw.sheet is not None and fits(raw.sheet, spec.sheets):
        return True
    return names_file(PurePath(raw.file).name, spec.match) and (
        raw.sheet is None or not spec.sheets
    )


def _grade(raw: Raw, spec: FileSpec, schemas: dict[str, pa.Schema]) -> _Grade:
    known = known_names(spec)
    header, hits = find_header(raw.head, known)
    cells = header_cells(raw.head, header, known) if header >= 0 else ()
    folded = tuple(map(fold, cells))
    spec = settled(spec, folded)
    missing = [names[0] for names in needs(spec, schemas) if not pick(names, folded)]
    missing += _never(spec, folded)
    return _Grade(spec, header, hits, len(known), tuple(dict.fromkeys(missing)))


def _layout(
    raw: Raw,
    grade: _Grade,
    schemas: dict[str, pa.Schema],
    codes: frozenset[tuple[str, str]],
) -> Layout:
    row = raw.head.rows[grade.header][0]
    headers = header_cells(raw.head, grade.header, known_names(grade.spec))
    plain = Layout(raw, grade.spec, grade.header, headers, row, {})
    for names in asked_names(grade.spec):
        plain.find(names)  # a needed name that stands twice is held here, once
    return Layout(raw, grade.spec, grade.header, headers, row, _roles(plain, schemas, codes))


def _roles(
    layout: Layout, schemas: dict[str, pa.Schema], codes: frozenset[tuple[str, str]]
) -> dict[int, Role]:
    roles: dict[int, Role] = {}
    for table in layout.spec.tables:
        for column in columns_of(table):
            role = _role(column, schemas[table.table])
            if (table.table, column.target) in codes:
                role = "code"
            sources = source_names(column.source)
            for names in sources:
                index = layout.find(names)
                if role is not None and index is not None:
                    roles[index] = role
        for names in table.key:
            if (index := layout.find(names)) is not None:
                roles[index] = "code"
    return roles


def _role(column: Column, schema: pa.Schema) -> Role | None:
    if isinstance(column.source, Lookup) or column.target in CODES:
        return "code"
    place = schema.get_field_index(column.target)
    if place >= 0 and pa.types.is_temporal(schema.field(place).type):
        return "date" if isinstance(column.source, Header) else None
    return None


def _not_named(raw: Raw, specs: Sequence[FileSpec]) -> FileHeld:
    expected = " / ".join(name for spec in specs for name in spec.sheets or spec.match)
    return FileHeld("not_named", file=raw.file, sheet=raw.sheet, expected=expected)


def _no_header(raw: Raw, specs: Sequence[FileSpec], schemas: dict[str, pa.Schema]) -> FileHeld:
    needed = [tuple(dict.fromkeys(n[0] for n in needs(spec, schemas))) for spec in specs]
    kinds = [listed(names) for names in needed if names]
    expected = Text(
        " / ".join(kind.zh for kind in kinds)[:400], " / ".join(kind.en for kind in kinds)[:400]
    )
    found = tuple(name[:40] for name in raw.head.rows[0][1][:12]) if raw.head.rows else ()
    return FileHeld("no_header", file=raw.file, sheet=raw.sheet, expected=expected, found=found)
