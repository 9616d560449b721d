"""What a file is, by its first bytes, and which encoding its text has.

The order is a mark (BOM), strict UTF-8, then GB18030, else stop. Never the other way round: the
bytes of UTF-8 Chinese decode as GB18030 without an error, into nonsense. Latin-1 accepts
everything and is never guessed. UTF-16 only by its mark.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Final, Literal

from stockturn.intake.problems import FileHeld
from stockturn.language import Text

Format = Literal["text", "json", "xlsx", "xls", "parquet", "html", "xml"]

TEXT_SUFFIXES: Final = (".csv", ".tsv", ".txt", ".tab")
JSON_SUFFIXES: Final = (".jsonl", ".ndjson", ".json")
WORKBOOK_SUFFIXES: Final = (".xlsx", ".xlsm", ".xls", ".xlsb", ".et", ".ods")
PARQUET_SUFFIXES: Final = (".parquet", ".pq")
SUFFIXES: Final = (*TEXT_SUFFIXES, *JSON_SUFFIXES, *WORKBOOK_SUFFIXES, *PARQUET_SUFFIXES)
PACKED_SUFFIX: Final = ".gz"
"""One file, packed: what it holds is told by the suffix before."""
ARCHIVE_SUFFIX: Final = ".zip"
"""Several files, each a file of the load; see :mod:`stockturn.intake.archive`."""

BLOCK: Final = 4 * 1024 * 1024
_OLE: Final = bytes.fromhex("D0CF11E0A1B11AE1")
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_MARKED: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HTML: Final = re.compile(
    rb"^\s*<(!doctype|!--|html|head|body|table|meta|style|div|center|\?xml|Workbook)", re.IGNORECASE
)
_SPREADSHEET_XML: Final = b"urn:schemas-microsoft-com:office:spreadsheet"

# This many characters of more than one byte do not decode as UTF-8 by chance: what follows is
# damage, not another encoding.
_SURELY_UTF8: Final = 8
# Chinese text has its second bytes above 0x7F; accented Western letters read as GB18030 swallow
# the ASCII letter behind them.
_MOST_ASCII_SECONDS: Final = 0.3


def unpacked_name(name: str) -> str:
    """Return the name of what a file holds: ``flow.csv`` for ``flow.csv.gz``."""
    plain = PurePath(name)
    return str(plain.with_suffix("")) if plain.suffix.lower() == PACKED_SUFFIX else name


def is_readable(name: str) -> bool:
    """Tell whether a file of this name is one that decoding reads or an archive of such."""
    suffix = PurePath(unpacked_name(name)).suffix.lower()
    return suffix in SUFFIXES or PurePath(name).suffix.lower() == ARCHIVE_SUFFIX


def file_format(path: Path, name: str) -> Format:
    """Return what the file is by its content, and hold it where its name says quite otherwise.

    A workbook may be text, a web page or XML in truth: that is how many systems write .xls.

    Raises:
        FileHeld: empty, of no known format, protected, or not what its name says.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise FileHeld("unsupported_format", file=name)
    with path.open("rb") as stream:
        head = stream.read(64 * 1024)
    if not head:
        raise FileHeld("empty_file", file=name)
    found = _by_content(head)
    if suffix in WORKBOOK_SUFFIXES:
        return _workbook(found, head, path, name)
    if suffix in PARQUET_SUFFIXES:
        if found != "parquet":
            raise FileHeld("bad_parquet", file=name, detail="PAR1")
        return "parquet"
    if found in {"zip", "ole", "parquet"}:
        words = {
            "zip": Text("工作簿或压缩包", "a workbook or a zip archive"),
            "ole": Text("旧式 .xls 工作簿", "an old .xls workbook"),
            "parquet": Text("Parquet 文件", "a Parquet file"),
        }
        raise FileHeld("wrong_format", file=name, detail=words[found])
    if found == "html":
        raise FileHeld("wrong_format", file=name, detail=Text("网页（HTML）", "a web page (HTML)"))
    return "json" if suffix in JSON_SUFFIXES else "text"


def _by_content(head: bytes) -> str:
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"PK\x03\x04"):
        return "zip"
    if head.startswith(_OLE):
        return "ole"
    if _HTML.match(head.removeprefix(codecs.BOM_UTF8)):
        return "html"
    return "text"


def _workbook(found: str, head: bytes, path: Path, name: str) -> Format:
    if found == "zip":
        return "xlsx"
    if found == "ole":
        if _ENCRYPTED in head or _ENCRYPTED in path.read_bytes():
            raise FileHeld("password", file=name)
        return "xls"
    if found == "html":
        # A page that Excel saved names this schema beside its own; a spreadsheet begins with it.
        return "xml" if _SPREADSHEET_XML in head and b"<html" not in head.lower() else "html"
    if found == "parquet":
        raise FileHeld("wrong_format", file=name, detail=Text("Parquet 文件", "a Parquet file"))
    if b"\x00" in head and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise FileHeld("bad_workbook", file=name, detail=Text("不是 zip 格式", "not a zip archive"))
    return "text"  # systems call their tab-separated text .xls, for a spreadsheet program opens it


def text_encoding(path: Path, name: str, stated: str | None) -> str:
    """Return the Python codec of a text file.

    Args:
        path: the bytes.
        name: the file's name for messages.
        stated: the encoding the mapping states, which is then only checked.

    Raises:
        FileHeld: the bytes fit none of the accepted encodings, or are cut inside a character.
    """
    if stated is not None:
        _check(path, name, stated, reason="encoding_stated")
        return stated
    with path.open("rb") as stream:
        head = stream.read(4)
    for mark, codec in _MARKED:
        if head.startswith(mark):
            _check(path, name, codec)
            return codec
    failure = _first_failure(path, "utf-8")
    if failure is None:
        return "utf-8"
    with path.open("rb") as stream:
        start = stream.read(64 * 1024)
    if b"\x00" in start:
        raise FileHeld("nul_bytes", file=name, row=start[: start.index(b"\x00")].count(b"\n") + 1)
    if failure.cut and failure.wide > 0:
        raise _cut(path, name, failure.offset)
    if failure.wide >= _SURELY_UTF8:
        raise _undecodable(path, name, failure.offset, "UTF-8")
    second = _first_failure(path, "gb18030")
    if second is not None and second.cut and second.wide >= _SURELY_UTF8:
        raise _cut(path, name, second.offset)
    if second is not None or _western(path):
        raise _undecodable(path, name, failure.offset, "UTF-8, GB18030")
    return "gb18030"


@dataclass(frozen=True)
class _Failure:
    """Where decoding stopped, after how many characters of several bytes, and if at the end."""

    offset: int
    wide: int
    cut: bool


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            yield block


def _first_failure(path: Path, codec: str) -> _Failure | None:
    decode = codecs.getdecoder(codec)
    offset = wide = 0
    held = b""
    for block in _blocks(path):
        data = held + block
        try:
            text, used = decode(data, "strict")
        except UnicodeDecodeError as failure:
            # Up to three bytes at the end may be the start of a character of the next block.
            text, used = decode(data[: failure.start], "strict")
            if len(data) - used > 3:
                return _Failure(offset + used, wide + _wide(text), cut=False)
        wide += _wide(text)
        held = data[used:]
        offset += used
    if not held:
        return None
    incomplete = codecs.getincrementaldecoder(codec)("strict")
    try:
        incomplete.decode(held)
    except UnicodeDecodeError:
        return _Failure(offset, wide, cut=False)
    return _Failure(offset, wide, cut=True)


def _wide(text: str) -> int:
    return 0 if text.isascii() else sum(1 for c in text[:100_000] if c > "\x7f")


def _check(path: Path, name: str, codec: str, reason: str = "encoding") -> None:
    decoder = codecs.getincrementaldecoder(codec)("strict")
    offset = 0
    try:
        for block in _blocks(path):
            decoder.decode(block)
            offset += len(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as failure:
        at = offset + failure.start
        if "unexpected end" in failure.reason or "truncated" in failure.reason:
            raise _cut(path, name, path.stat().st_size) from None
        raise _undecodable(path, name, at, codec, reason) from None
    except UnicodeError:  # UTF-16 without its mark
        raise _undecodable(path, name, 0, codec, reason) from None


def _western(path: Path) -> bool:
    pairs = ascii_seconds = 0
    for block in _blocks(path):
        for found in re.finditer(rb"[\x81-\xfe]([\x40-\xfe])", block):
            pairs += 1
            ascii_seconds += found[1] < b"\x80"
        if pairs > 10_000:
            break
    return pairs > 0 and ascii_seconds / pairs > _MOST_ASCII_SECONDS


def _row_at(path: Path, offset: int) -> int:
    row, seen = 1, 0
    for block in _blocks(path):
        part = block[: max(0, offset - seen)]
        row += part.count(b"\n")
        seen += len(block)
        if seen >= offset:
            break
    return row


def _cut(path: Path, name: str, offset: int) -> FileHeld:
    detail = Text("最后一个字只有一半", "the last character is only half there")
    return FileHeld("cut_file", file=name, row=_row_at(path, offset), detail=detail)


def _undecodable(
    path: Path, name: str, offset: int, codec: str, reason: str = "encoding"
) -> FileHeld:
    with path.open("rb") as stream:
        stream.seek(offset)
        found = stream.read(4).hex(" ")
    detail = Text(
        f"第 {offset + 1} 个字节 {found} 不合 {codec}",
        f"byte {offset + 1} ({found}) is not {codec}",
    )
    return FileHeld(reason, file=name, row=_row_at(path, offset), detail=detail)
