"""A zip archive of files: each member is a file of the load, under its own name.

Unpacking runs in a limited child process. A member is written under the last part of its name
only, into a folder of its own, so no name leads anywhere else; what comes out is counted while it
comes. A zip in a zip is not opened.
"""

from __future__ import annotations

import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Final

from stockturn.intake.detect import ARCHIVE_SUFFIX, is_readable
from stockturn.intake.problems import FileHeld
from stockturn.intake.unpack import DAMAGE, MOST_ENTRIES, entry_bytes, is_excessive
from stockturn.jobs.child import report
from stockturn.language import Text

UNPACKING: Final = Text("解压 {file}", "Unpacking {file}")
LONGEST_NAME: Final = 200
"""Bytes of a member's name on our disk; the suffix is kept."""

_UNICODE_PATH: Final = 0x7075
_UTF8_FLAG: Final = 0x800
_NOISE: Final = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")


def unpack_archive(path: Path, name: str, into: Path) -> list[Path]:
    """Write the members of an archive that decoding reads, and return where they lie.

    Args:
        path: the archive.
        name: its name for messages.
        into: an empty folder.

    Raises:
        FileHeld: no whole zip, protected, nested, linked, beyond the limits, or nothing to load.
    """
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as stream:
            return _unpack(archive.infolist(), stream, name, into)
    except DAMAGE as failure:
        detail = Text("文件已损坏或不完整", f"it is damaged or incomplete ({failure})")
        raise FileHeld("bad_archive", file=name, detail=detail) from None


def member_name(entry: zipfile.ZipInfo) -> str:
    """Return a member's name with its folders, in the characters its maker meant.

    Old Chinese tools write GBK without saying so, which the zip format reads as code page 437.
    """
    told = _unicode_path(entry.extra)
    if told is not None:
        return told
    name = entry.orig_filename
    if not entry.flag_bits & _UTF8_FLAG:
        raw = name.encode("cp437")
        for codec in ("utf-8", "gb18030"):
            try:
                return raw.decode(codec)
            except UnicodeDecodeError:
                continue
    return name


def _unpack(entries: list[zipfile.ZipInfo], stream: IO[bytes], name: str, into: Path) -> list[Path]:
    if len(entries) > MOST_ENTRIES:
        detail = Text(f"{len(entries)} 个条目", f"{len(entries)} entries")
        raise FileHeld("archive_bomb", file=name, detail=detail)
    members = [(entry, member_name(entry)) for entry in entries]
    if any(called == "[Content_Types].xml" for _, called in members):
        detail = Text("它其实是工作簿，请把扩展名改为 .xlsx", "it is a workbook: name it .xlsx")
        raise FileHeld("bad_archive", file=name, detail=detail)
    files = [(entry, called) for entry, called in members if not _is_noise(entry, called)]
    for entry, called in files:
        _check(entry, called, name)
    chosen = [(entry, called) for entry, called in files if is_readable(called)]
    if not chosen:
        found = tuple(called for _, called in files[:20]) or ("-",)
        raise FileHeld("archive_empty", file=name, found=found)
    size = stream.seek(0, 2)
    written: list[Path] = []
    total = 0
    for number, (entry, called) in enumerate(chosen):
        report(UNPACKING.fill(file=name), number, len(chosen), subject=name)
        target = _place(into, called)
        total = _write(entry, stream, target, total, size, name)
        written.append(target)
    return written


def _is_noise(entry: zipfile.ZipInfo, called: str) -> bool:
    parts = _parts(called)
    last = parts[-1] if parts else ""
    noise = any(part in _NOISE for part in parts) or last.startswith(("._", "~$"))
    return noise or entry.is_dir() or not last


def _check(entry: zipfile.ZipInfo, called: str, name: str) -> None:
    if entry.flag_bits & 1:
        raise FileHeld("archive_password", file=name)
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise FileHeld("archive_link", file=name, detail=called)
    if called.lower().endswith((ARCHIVE_SUFFIX, ".7z", ".rar", ".tar", ".tgz", ".tar.gz")):
        raise FileHeld("archive_nested", file=name, detail=called)
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        number = entry.compress_type
        detail = Text(
            f"“{called}”的压缩方式（{number}）不受支持", f"“{called}” is packed by method {number}"
        )
        raise FileHeld("bad_archive", file=name, detail=detail)


def _write(
    entry: zipfile.ZipInfo, stream: IO[bytes], target: Path, total: int, packed: int, name: str
) -> int:
    """Write one member and return how much has come out of the archive so far."""
    check = 0
    with target.open("xb") as writing:
        for piece in entry_bytes(stream, entry):
            total += len(piece)
            if is_excessive(total, packed):
                detail = Text(f"超过 {total:,} 字节", f"over {total:,} bytes")
                raise FileHeld("archive_bomb", file=name, detail=detail)
            check = zlib.crc32(piece, check)
            writing.write(piece)
    if check != entry.CRC:
        raise zipfile.BadZipFile(f"checksum of {target.name}")
    return total


def _place(into: Path, called: str) -> Path:
    """Return where a member is written: its last name, in the first folder where that is free."""
    plain = "".join(c for c in _parts(called)[-1] if unicodedata.category(c)[0] != "C")
    last = PurePosixPath(_short(plain.strip() or "file"))
    for number in range(MOST_ENTRIES + 1):
        folder = into / str(number)
        folder.mkdir(exist_ok=True)
        target = folder / last.name
        if not target.exists():
            return target
    raise AssertionError("there are no more members than folders")


def _short(name: str) -> str:
    suffix = "".join(PurePosixPath(name).suffixes[-2:])[-20:]
    stem = name.removesuffix(suffix)
    while len(f"{stem}{suffix}".encode()) > LONGEST_NAME:
        stem = stem[:-1]
    return f"{stem}{suffix}"


def _parts(called: str) -> list[str]:
    flat = called.replace("\\", "/").replace(":", "/").split("/")
    return [part for part in flat if part not in {"", ".", ".."}]


def _unicode_path(extra: bytes) -> str | None:
    """Return the name from Info-ZIP's field for it, where a maker wrote one."""
    for kind, body in _fields(extra):
        if kind == _UNICODE_PATH and len(body) > 5:
            try:
                return body[5:].decode("utf-8")
            except UnicodeDecodeError:
                return None
    return None


def _fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    while len(extra) >= 4:
        kind, size = struct.unpack("<HH", extra[:4])
        yield kind, extra[4 : 4 + size]
        extra = extra[4 + size :]
