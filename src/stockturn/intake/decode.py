"""Open a file as one or more readable tables, whatever it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Final

from stockturn.intake.chunk import Raw
from stockturn.intake.decode_excel import open_workbook
from stockturn.intake.decode_json import JsonLinesFile
from stockturn.intake.decode_markup import open_page, open_spreadsheet_xml
from stockturn.intake.decode_parquet import ParquetFile
from stockturn.intake.decode_text import TextFile
from stockturn.intake.detect import WORKBOOK_SUFFIXES, file_format, unpacked_name
from stockturn.intake.notes import note
from stockturn.intake.problems import FileHeld
from stockturn.intake.unpack import DAMAGE, gzip_bytes, is_excessive
from stockturn.language import Text

_PLAIN_TEXT: Final = Text("纯文本（CSV 之类）", "plain text like CSV")


def open_raw(
    path: Path,
    name: str,
    *,
    work: Path,
    known: frozenset[str],
    encoding: str | None = None,
    delimiter: str | None = None,
    explode: Sequence[str] = (),
) -> list[Raw]:
    """Return the table of a CSV, JSON or Parquet file, or the filled sheets of a workbook.

    Args:
        path: the kept bytes.
        name: the file's name as the user knows it; its suffix says what it should be.
        work: folder for temporary copies.
        known: folded header names, which tell a CSV's delimiter.
        encoding: overrides detection.
        delimiter: overrides detection.
        explode: names of the array that holds the lines of a JSON record, as the mapping's file
            specs state them; more than one is not clear.

    Raises:
        FileHeld: the file cannot be read, with the place and what to do.
    """
    inner = unpacked_name(name)
    if inner != name:
        path = _gunzip(path, name, work)
    found = file_format(path, inner)
    if found == "parquet":
        return [ParquetFile(path, name)]
    if found == "text":
        text = TextFile(path, name, work=work, known=known, encoding=encoding, delimiter=delimiter)
        if PurePath(inner).suffix.lower() in WORKBOOK_SUFFIXES:
            text.remarks += (note("really_is", file=name, detail=_PLAIN_TEXT),)
        return [text]
    if found == "html":
        return [*open_page(path, name)]
    if found == "xml":
        return [*open_spreadsheet_xml(path, name)]
    if found == "json":
        fields = tuple(dict.fromkeys(explode))
        if len(fields) > 1:
            raise FileHeld("unclear_lines", file=name, found=fields)
        lines = fields[0] if fields else None
        return [JsonLinesFile(path, name, work=work, explode=lines, encoding=encoding)]
    return [*open_workbook(path, name, zipped=found == "xlsx")]


def _gunzip(path: Path, name: str, work: Path) -> Path:
    """Unpack a .gz into the work folder, counting what comes out."""
    packed = path.stat().st_size
    if not packed:
        raise FileHeld("empty_file", file=name)
    target = work / f"{path.name}.plain"
    total = 0
    try:
        with path.open("rb") as stream, target.open("wb") as writing:
            for piece in gzip_bytes(stream):
                total += len(piece)
                if is_excessive(total, packed):
                    detail = Text(f"超过 {total:,} 字节", f"over {total:,} bytes")
                    raise FileHeld("archive_bomb", file=name, detail=detail)
                writing.write(piece)
    except DAMAGE:
        detail = Text("不是完整的 gz 格式", "it is not a whole gz file")
        raise FileHeld("bad_archive", file=name, detail=detail) from None
    return target
