"""Unpack in pieces and count what really comes out: sizes in headers can be forged."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Final

MOST_UNPACKED: Final = 2 * 1024**3
"""Bytes that one input may unpack to."""
MOST_RATIO: Final = 100
RATIO_FROM: Final = 20 * 1024**2
"""Small inputs may compress as they like; the ratio counts from this many unpacked bytes."""
MOST_ENTRIES: Final = 5_000

DAMAGE: Final = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError)
"""What these functions raise on bytes that are no whole archive."""

_PIECE: Final = 1024 * 1024
_GZIP: Final = 16 + zlib.MAX_WBITS


def is_excessive(unpacked: int, packed: int) -> bool:
    """Tell whether what has come out so far is more than an honest input gives."""
    ratio = unpacked / max(1, packed)
    return unpacked > MOST_UNPACKED or (unpacked > RATIO_FROM and ratio > MOST_RATIO)


def entry_bytes(stream: IO[bytes], entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield the real bytes of a zip's entry, whatever size its headers claim.

    Raises:
        zipfile.BadZipFile, zlib.error, struct.error: the entry is damaged or packed strangely.
    """
    stream.seek(entry.header_offset)
    head = stream.read(30)
    names, extra = struct.unpack("<HH", head[26:30])
    stream.seek(entry.header_offset + 30 + names + extra)
    left = entry.compress_size
    if entry.compress_type == zipfile.ZIP_STORED:
        while left > 0 and (piece := stream.read(min(_PIECE, left))):
            left -= len(piece)
            yield piece
        if left:
            raise zipfile.BadZipFile(f"{entry.filename} breaks off")
        return
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise zipfile.BadZipFile(f"compression {entry.compress_type}")
    inflate = zlib.decompressobj(-15)
    while left > 0 and (packed := stream.read(min(_PIECE // 8, left))):
        left -= len(packed)
        while packed:
            yield inflate.decompress(packed, _PIECE)
            packed = inflate.unconsumed_tail
    yield inflate.flush()
    if not inflate.eof:
        raise zipfile.BadZipFile(f"{entry.filename} breaks off")


def gzip_bytes(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield what a gzip file holds, all members of it one after another, sums checked.

    Raises:
        zlib.error, EOFError: the file is damaged or breaks off.
    """
    inflate = zlib.decompressobj(_GZIP)
    packed = b""
    while packed or (packed := stream.read(_PIECE // 8)):
        yield inflate.decompress(packed, _PIECE)
        packed = inflate.unconsumed_tail
        if inflate.eof:
            packed = inflate.unused_data or stream.read(_PIECE // 8)
            if not packed.strip(b"\0"):  # padding behind the last member
                return
            inflate = zlib.decompressobj(_GZIP)
    raise EOFError("gzip breaks off")
