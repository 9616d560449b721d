"""Find the header among a file's first rows and the columns a mapping asks for."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from stockturn.intake.chunk import Head
from stockturn.intake.mapping import (
    Caption,
    Column,
    Constant,
    FileSpec,
    Header,
    Joined,
    Lookup,
    Source,
    TableSpec,
)

_SILENT: Final = str.maketrans("", "", "_*\ufeff")


def fold(name: str) -> str:
    """Return a header in the form in which headers are compared.

    Full width, case, spaces, underscores and the star of required fields make no difference.
    """
    plain = name if name.isascii() else unicodedata.normalize("NFKC", name)
    return "".join(plain.casefold().translate(_SILENT).split())


def source_names(source: Source) -> Iterator[tuple[str, ...]]:
    """Yield the accepted names of each column of this file that ``source`` reads."""
    match source:
        case Header():
            yield source.names
        case Lookup():
            yield from source_names(source.by)
        case Joined():
            for part in source.parts:
                yield from source_names(part)
        case Constant() | Caption():
            return


def ways(column: Column) -> Iterator[Column]:
    """Yield a column and how else it is filled, the preferred way first."""
    way: Column | None = column
    while way is not None:
        yield way
        way = way.otherwise


def settled(spec: FileSpec, headers: Sequence[str]) -> FileSpec:
    """Return a file spec with the way of filling each column that a file's headers allow.

    Args:
        spec: with ``otherwise``.
        headers: of the file, each as :func:`fold` returns it.
    """
    tables = []
    unused: list[str] = []
    for table in spec.tables:
        columns = []
        for column in table.columns:
            found = list(ways(column))
            chosen = next((way for way in found if _stands(way, headers)), found[-1])
            columns.append(replace(chosen, otherwise=None))
            others = (way for way in found if way is not chosen)
            unused += (n for way in others for names in column_sources(way) for n in names)
        tables.append(replace(table, columns=tuple(columns)))
    ignored = (*spec.ignore_columns, *unused)
    return replace(spec, tables=tuple(tables), ignore_columns=ignored)


def _stands(column: Column, headers: Sequence[str]) -> bool:
    return all(pick(names, headers) for names in column_sources(column))


def column_sources(column: Column) -> Iterator[tuple[str, ...]]:
    """Yield the accepted names of each column of the file that fills one of an entry table."""
    for source in column.sources:
        yield from source_names(source)


def columns_of(table: TableSpec) -> Iterator[Column]:
    """Yield the columns of a table and its named attributes, these as optional columns."""
    yield from table.columns
    for name, source in table.attributes:
        yield Column(target=name, source=source)


def asked_names(spec: FileSpec) -> Iterator[tuple[str, ...]]:
    """Yield the accepted names of every column that a file spec reads or tests."""
    for table in spec.tables:
        for column in columns_of(table):
            for way in ways(column):
                yield from column_sources(way)
        for condition in table.when:
            yield condition.names
        yield from table.key
        if table.deleted is not None:
            yield table.deleted.names
    if spec.carry is not None:
        yield spec.carry.within
        yield from ((name,) for name in spec.carry.columns)
    for condition in (*spec.where, *(rule.when for rule in spec.ignore)):
        yield condition.names


def known_names(spec: FileSpec) -> frozenset[str]:
    """Return every header a file spec knows, folded, the ones it does not need included."""
    asked = {fold(name) for names in asked_names(spec) for name in names}
    return frozenset(asked | {fold(name) for name in spec.ignore_columns})


def find_header(head: Head, known: frozenset[str]) -> tuple[int, int]:
    """Return (index into ``head.rows``, known names in it) of the likeliest header.

    The row with the most different known names wins, the earlier of equals, and a header of two
    rows only where it knows more than each alone. (-1, 0) if no row has any.
    """
    best = (-1, 0)
    for index in range(len(head.rows)):
        hits = max(_hits(head.rows[index][1], known), _hits(two_rows(head, index), known))
        if hits > best[1]:
            best = (index, hits)
    return best


def header_cells(head: Head, index: int, known: frozenset[str]) -> tuple[str, ...]:
    """Return the headers that row ``index`` ends: its own cells, or groups and its cells joined."""
    own, joined = head.rows[index][1], two_rows(head, index)
    return joined if _hits(joined, known) > _hits(own, known) else own


def two_rows(head: Head, index: int) -> tuple[str, ...]:
    """Return the cells of a row behind those of the row above, the group they stand under.

    A group's name in the row above holds for the empty cells to its right as far as this row has
    names: that is how workbooks write merged cells as text.
    """
    if index == 0 or head.rows[index][0] != head.rows[index - 1][0] + 1:
        return ()
    above, below = head.rows[index - 1][1], head.rows[index][1]
    cells, group = [], ""
    for place in range(max(len(above), len(below))):
        top = above[place] if place < len(above) else ""
        low = below[place] if place < len(below) else ""
        group = top or (group if low else "")
        cells.append(low if group == low else group + low)
    return tuple(cells)


def _hits(cells: tuple[str, ...], known: frozenset[str]) -> int:
    return len({fold(cell) for cell in cells} & known)


def pick(names: Iterable[str], folded: Sequence[str]) -> list[int]:
    """Return the indexes of the columns that carry the first accepted name present.

    Args:
        names: accepted names, the first preferred.
        folded: the headers, each as :func:`fold` returns it.
    """
    for name in map(fold, names):
        if name in folded:
            return [index for index, header in enumerate(folded) if header == name]
    return []


def column_names(headers: tuple[str, ...]) -> tuple[str, ...]:
    """Return names that tell every column: its header, with its number where that is not enough.

    >>> column_names(("数量", "", "数量"))
    ('数量', '#2', '数量 #3')
    """
    names: list[str] = []
    seen: set[str] = set()
    for index, header in enumerate(headers):
        if not header:
            names.append(f"#{index + 1}")
        else:
            names.append(header if header not in seen else f"{header} #{index + 1}")
        seen.add(header)
    return tuple(names)


def original_header(name: str, index: int) -> str:
    """Return the header that :func:`column_names` gave a name."""
    number = f"#{index + 1}"
    return "" if name == number else name.removesuffix(f" {number}")
