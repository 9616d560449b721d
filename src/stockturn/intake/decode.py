"""Open a file as one or more readable tables, whatever it is."""

from __future__ import annotations

from pathlib import Path

from stockturn.intake.chunk import Raw
from stockturn.intake.decode_excel import open_workbook
from stockturn.intake.decode_parquet import ParquetFile
from stockturn.intake.decode_text import TextFile
from stockturn.intake.detect import file_format


def open_raw(
    path: Path,
    name: str,
    *,
    work: Path,
    known: frozenset[str],
    encoding: str | None = None,
    delimiter: str | None = None,
) -> list[Raw]:
    """Return the table of a CSV or Parquet file, or the filled sheets of a workbook.

    Args:
        path: the kept bytes.
        name: the file's name as the user knows it; its suffix says what it should be.
        work: folder for temporary copies.
        known: folded header names, which tell a CSV's delimiter.
        encoding: overrides detection.
        delimiter: overrides detection.

    Raises:
        FileHeld: the file cannot be read, with the place and what to do.
    """
    found = file_format(path, name)
    if found == "parquet":
        return [ParquetFile(path, name)]
    if found == "text":
        text = TextFile(path, name, work=work, known=known, encoding=encoding, delimiter=delimiter)
        return [text]
    return [*open_workbook(path, name, zipped=found == "xlsx")]
