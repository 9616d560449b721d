"""Values that stand in another file: read it once, join by key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stockturn.intake.chunk import Head
from stockturn.intake.decode import open_raw
from stockturn.intake.header import find_header, fold, pick
from stockturn.intake.mapping import LookupSpec
from stockturn.intake.problems import FileHeld
from stockturn.intake.texts import type_code
from stockturn.intake.typed import as_mask


@dataclass(frozen=True)
class LookupTable:
    """The columns of a lookup file by folded header, and its keys."""

    file: str
    keys: Any
    columns: dict[str, Any]

    def take(self, by: Any, names: tuple[str, ...]) -> Any:
        """Return for each key in ``by`` the value of the first of these columns, null if none.

        Raises:
            FileHeld: the lookup file has none of the columns.
        """
        for name in names:
            if fold(name) in self.columns:
                places = pc.index_in(by, value_set=self.keys)
                return self.columns[fold(name)].take(places)
        raise FileHeld("missing_column", file=self.file, row=1, column=names[0])


def read_lookup(spec: LookupSpec, path: Path, name: str, work: Path) -> LookupTable:
    """Read a lookup file whole.

    Raises:
        FileHeld: the file cannot be read, lacks its key, or has a key twice.
    """
    known = frozenset(fold(key) for key in spec.key)
    raw = open_raw(path, name, work=work, known=known, encoding=spec.encoding)[0]
    header, hits = find_header(raw.head, known)
    if hits == 0:
        raise _no_key(spec, name, raw.head)
    row, headers = raw.head.rows[header]
    folded = tuple(map(fold, headers))
    key = pick(spec.key, folded)[0]
    chunks = list(raw.chunks(header, None, {key: "code"}))
    if not chunks:
        raise FileHeld("header_only", file=name, sheet=raw.sheet, row=row)
    columns = {
        title: pa.concat_arrays([chunk.columns[index] for chunk in chunks])
        for index, title in enumerate(folded)
    }
    keys = type_code(columns[folded[key]]).array
    kept = as_mask(keys.is_valid())
    _check_unique(keys.filter(pa.array(kept)), headers[key], name)
    chosen = pa.array(np.flatnonzero(kept))
    return LookupTable(
        name, keys.take(chosen), {title: column.take(chosen) for title, column in columns.items()}
    )


def _check_unique(keys: Any, column: str, name: str) -> None:
    counts = pc.value_counts(keys)
    twice = counts.filter(pc.greater(counts.field("counts"), 1))
    if len(twice):
        example = str(twice.field("values")[0].as_py())
        raise FileHeld("lookup_not_unique", file=name, column=column, detail=example)


def _no_key(spec: LookupSpec, name: str, head: Head) -> FileHeld:
    found = tuple(title[:40] for title in head.rows[0][1][:12]) if head.rows else ()
    return FileHeld("no_header", file=name, expected=spec.key, found=found)
