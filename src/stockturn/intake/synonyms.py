"""What files call the columns of every entry table: learnt from the packs and the list of headers.

Grain: one (table, column) with the folded names that mean it. The packs of single systems teach as
much as the generic ones, so a header that any preset knows is known here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from stockturn.intake.header import fold, source_names, ways
from stockturn.intake.mapping import Column, FileSpec, TableSpec
from stockturn.intake.mapping_yaml import find_mapping, packed_mappings
from stockturn.ledger.document_tables import DOCUMENTS

HEADERS: Final = Path(__file__).parent.parent / "packs" / "headers.yaml"
# A demonstration company's mapping, or one of a single data set, names columns by chance.
NOT_LEARNT: Final = frozenset({"two-minute-sheet", "usaid-contraceptive", "online-retail"})
NOT_LEARNT_START: Final = ("adventureworks",)


@dataclass(frozen=True)
class Synonyms:
    """What is known about names.

    Attributes:
        columns: (table, column) -> folded names.
        files: table -> folded words that its files are called by.
        words: (table, column) -> word in a source -> value, for columns with fixed words.
        taxed: (table, column) -> names under which amounts include tax.
    """

    columns: dict[tuple[str, str], frozenset[str]]
    files: dict[str, frozenset[str]]
    words: dict[tuple[str, str], dict[str, str]]
    taxed: dict[tuple[str, str], frozenset[str]]

    @property
    def all_names(self) -> frozenset[str]:
        """Every name known for any column."""
        return frozenset().union(*self.columns.values())


@cache
def synonyms() -> Synonyms:
    """Return the names that come with the product."""
    columns: dict[tuple[str, str], set[str]] = {}
    files: dict[str, set[str]] = {}
    words: dict[tuple[str, str], dict[str, str]] = {}
    taxed: dict[tuple[str, str], set[str]] = {}
    bare: dict[tuple[str, str], set[str]] = {}
    stated: Any = yaml.safe_load(HEADERS.read_text(encoding="utf-8"))
    for name, declared in DOCUMENTS.items():
        files[name] = {fold(word) for word in stated["tables"][name]}
        for column in declared.columns:
            columns[name, column] = {fold(word) for word in stated["columns"][column]}
    for name, own in stated["facts"].items():
        columns |= {(name, column): set(map(fold, known)) for column, known in own.items()}
    for spec in _learnt():
        for table in spec.tables:
            own = {fold(part.strip("*").split(".")[0]) for part in spec.match}
            files.setdefault(table.table, set()).update(word for word in own if len(word) > 1)
            for filled in table.columns:
                key = (table.table, filled.target)
                if not _one_side(spec, table, filled):
                    names = set(_names_of(filled))
                    columns.setdefault(key, set()).update(names)
                    (taxed if filled.tax == "included" else bare).setdefault(key, set()).update(
                        names
                    )
                    words.setdefault(key, {}).update(dict(filled.values))
    return Synonyms(
        {key: frozenset(names) for key, names in columns.items()},
        {key: frozenset(names) for key, names in files.items()},
        words,
        {key: frozenset(names - bare.get(key, set())) for key, names in taxed.items()},
    )


def _learnt() -> Iterator[FileSpec]:
    """Yield the kinds of file of the packs that teach, without their free tables."""
    for pack in packed_mappings():
        if pack not in NOT_LEARNT and not pack.startswith(NOT_LEARNT_START):
            for spec in find_mapping(pack).files:
                own = tuple(table for table in spec.tables if table.dataset is None)
                yield replace(spec, tables=own)


def _one_side(spec: FileSpec, table: TableSpec, column: Column) -> bool:
    """Tell whether a column is one side of a card, whose other side another table reads."""
    if column.target not in {"quantity", "value", "location"}:
        return False
    others = (other for other in spec.tables if other.table == table.table)
    sides = {each.source for other in others for each in other.columns
             if each.target == column.target}  # fmt: skip
    return len(sides) > 1


def _names_of(column: Column) -> Iterator[str]:
    """Yield the names under which files state a column as it is.

    A price that is multiplied is no name of an amount.
    """
    for way in ways(column):
        if len(way.sources) == 1:
            for accepted in source_names(way.source):
                yield from map(fold, accepted)
