"""Mutated CSV and Excel files through the parser that uploads go through, in one limited child.

A file may be read, in whole or in part, or held with a reason. Anything else is a failure: an
error nobody expected, more than ten seconds, more than 512 MB (the child's limit). Each file
follows from its number alone.
"""

from __future__ import annotations

import io
import random
import re
import shutil
import tempfile
import time
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

import xlsxwriter

from stockturn.intake.mapping import Mapping
from stockturn.intake.problems import FileHeld
from stockturn.intake.shapes import Shapes
from stockturn.intake.stage import Job, stage_file
from stockturn.jobs.worker import run_limited
from stockturn.language import StockTurnError

MOST_SECONDS = 10.0
"""Of processor time, which a busy machine does not change."""
MOST_MB = 512
"""Resident memory of the child, whose address space has the limit that uploads have."""
ADDRESSES_MB = 2048
HEADER = "日期,业务类型,物料编码,仓库,数量,单价"
ROWS = (
    "2024-01-05,采购入库,0001,A,10,1.5",
    '2024-01-06,销售出库,"00""02",A,"-1,234.50",',
    "2024-01-07,盘亏,３,仓,(3),2",
    ",,,,,",
    "2024-01-08 23:59:59,采购入库,=1+1,A,1.2万,0",
)
SPITE = (
    *(b"\x00", b'"', b"'", b",", b";", b"\t", b"\r", b"\n", b"\r\n", b"\xff\xfe", b"\xef\xbb\xbf"),
    *(
        b"\x81",
        b"\xe5",
        "合计".encode(),
        b"1e400",
        b"-",
        b"9" * 40,
        b"1.23E+12",
        b"NaN",
        b"Infinity",
    ),
    *(
        b"2999-12-31",
        b"0000-00-00",
        b"31/02/2024",
        b"\xf0\x9f\x93\xa6",
        b"%s",
        b"{0}",
        b"\\",
        b"\x1a",
    ),
    *("共 99999999999 行".encode(), b"()", b"(((", b"1,2,3,4,5,6,7,8,9", b"\x85", b"\xe2\x80\xa8"),
)


@dataclass
class Tally:
    """What became of the files of some batches."""

    files: int = 0
    read: int = 0
    held: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slowest: float = 0.0
    peak_mb: float = 0.0

    def add(self, other: Tally) -> None:
        """Count another batch."""
        self.files += other.files
        self.read += other.read
        self.held.update(other.held)
        self.failures += other.failures
        self.slowest = max(self.slowest, other.slowest)
        self.peak_mb = max(self.peak_mb, other.peak_mb)


def mutated(number: int) -> tuple[str, bytes]:
    """Return name and bytes of one file."""
    chance = random.Random(number)
    if chance.random() < 0.6:
        return _csv(chance)
    return "流水.xlsx", _book(chance)


def _csv(chance: random.Random) -> tuple[str, bytes]:
    rows = [chance.choice(ROWS) for _ in range(chance.randint(0, 12))]
    delimiter = chance.choice((",", ",", ";", "\t"))
    if chance.random() < 0.1:
        rows.append("合计,,,,7,")
    end = chance.choice(("\n", "", "\r\n"))
    whole = ("\n".join((HEADER, *rows)) + end).replace(",", delimiter)
    encoding = chance.choice(("utf-8", "utf-8", "gb18030", "utf-16", "utf-8-sig"))
    data = bytearray(whole.encode(encoding, errors="replace"))
    for _ in range(chance.randint(0, 4)):
        _strike(data, chance)
    return f"流水{chance.choice(('.csv', '.txt', '.tsv'))}", bytes(data)


def _strike(data: bytearray, chance: random.Random) -> None:
    place = chance.randrange(len(data) + 1)
    end = min(len(data), place + chance.randint(1, 12))
    match chance.randrange(7):
        case 0:
            data[place:place] = chance.choice(SPITE)
        case 1:
            del data[place:end]
        case 2:
            data[place:end] = bytes(chance.randrange(256) for _ in range(end - place))
        case 3:
            data[place:place] = data[place:end] * chance.randint(1, 60)
        case 4:
            del data[place:]
        case 5:
            data[place:place] = chance.choice(SPITE) * chance.choice((1, 2, 500, 20_000))
        case _ if data:
            data[place % len(data)] ^= 1 << chance.randrange(8)


@cache
def _seed_books() -> tuple[bytes, ...]:
    books = []
    for merged in (False, True):
        stream = io.BytesIO()
        book = xlsxwriter.Workbook(stream, {"in_memory": True, "date_1904": merged})
        sheet = book.add_worksheet("流水")
        for number, row in enumerate((HEADER, *ROWS)):
            sheet.write_row(number, 0, [cell.strip('"') for cell in row.split(",")][:6])
        sheet.write_number(8, 0, 45296)
        sheet.write_row(8, 1, ["采购入库", 123456789012345678, "A", 0.1])
        sheet.write_formula(8, 5, "=1/0", None, "#DIV/0!")
        if merged:
            sheet.merge_range(9, 0, 12, 0, "2024-02-01")
        book.add_worksheet("说明").write(0, 0, "备注")
        book.close()
        books.append(stream.getvalue())
    return tuple(books)


def _book(chance: random.Random) -> bytes:
    whole = chance.choice(_seed_books())
    if chance.random() < 0.25:
        data = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            _strike(data, chance)
        return bytes(data)
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(whole)) as source,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        names = source.namelist()
        struck = set(chance.sample(names, chance.randint(1, 3)))
        sheets = [name for name in names if "sheet1" in name or "sharedStrings" in name]
        struck.add(chance.choice(sheets))
        for name in names:
            part = source.read(name)
            if name in struck and chance.random() < 0.05:
                continue
            target.writestr(name, _part(part, chance) if name in struck else part)
    return stream.getvalue()


def _part(part: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 4)):
        match chance.randrange(5):
            case 0:
                data = bytearray(part)
                _strike(data, chance)
                part = bytes(data)
            case 1:
                part = _replaced(
                    part, rb'"\d+"', b'"%d"' % chance.choice((0, -1, 7, 2**31, 10**18)), chance
                )
            case 2:
                cells = (b'"XFD1048576"', b'"A0"', b'"ZZZZ99"', b'"A1:XFD1048576"', b'"1A"', b'""')
                part = _replaced(part, rb'"[A-Z]+\d+(:[A-Z]+\d+)?"', chance.choice(cells), chance)
            case 3:
                values = (
                    b">NaN<",
                    b">1e309<",
                    b">-0<",
                    b"><",
                    b">9999999999<",
                    b">&#0;<",
                    b">&x;<",
                )
                part = _replaced(part, rb">[^<>]+<", chance.choice(values), chance)
            case _:
                kinds = (b't="s"', b't="e"', b't="b"', b't="d"', b't="inlineStr"', b't="?"')
                part = _replaced(part, rb't="\w+"', chance.choice(kinds), chance)
    return part


def _replaced(part: bytes, pattern: bytes, value: bytes, chance: random.Random) -> bytes:
    found = list(re.finditer(pattern, part))
    if not found:
        return part
    one = chance.choice(found)
    return part[: one.start()] + value + part[one.end() :]


def batch(first: int, count: int, mapping: Mapping, shapes: Shapes) -> Tally:
    """Parse the files from ``first`` on; runs in the limited child."""
    tally = Tally()
    folder = Path(tempfile.mkdtemp())
    try:
        for number in range(first, first + count):
            name, data = mutated(number)
            path, out = folder / "kept", folder / "out"
            path.write_bytes(data)
            out.mkdir()
            before = time.process_time()
            try:
                stage_file(Job(0, path, name, mapping, shapes, {}, out, date(2026, 6, 30)))
                tally.read += 1
            except FileHeld as held:
                tally.held[held.reason] += 1
            except BaseException as failure:  # noqa: BLE001 - any error is what is looked for
                tally.failures.append(f"{number}: {type(failure).__name__}: {failure}"[:300])
            took = time.process_time() - before
            tally.files += 1
            tally.slowest = max(tally.slowest, took)
            if took > MOST_SECONDS:
                tally.failures.append(f"{number}: {took:.1f} s")
            shutil.rmtree(out)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    tally.peak_mb = _peak_mb()
    return tally


def _peak_mb() -> float:
    # Not ru_maxrss: a started child inherits what its parent had.
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def fuzz(first: int, count: int, *, each: int = 500) -> Tally:
    """Parse ``count`` files in children of ``each``; a child that dies is a failure."""
    # The child needs neither the ledger nor the tests' own tools, and does not import them.
    from stockturn.intake.entry_shapes import entry_shapes
    from stockturn.intake.mapping_yaml import read_mapping
    from tests.intake.conftest import SMALL

    given = read_mapping(SMALL), entry_shapes()
    tally = Tally()
    for start in range(first, first + count, each):
        size = min(each, first + count - start)
        try:
            tally.add(run_limited(batch, start, size, *given, memory_mb=ADDRESSES_MB, seconds=600))
        except StockTurnError as failure:
            tally.files += size
            tally.failures.append(f"{start}..{start + size - 1}: {failure}"[:300])
    return tally


if __name__ == "__main__":
    import sys

    # The child imports by name what it is to run, and has another main module.
    from tests.intake.fuzzing import fuzz

    first, count = (int(argument) for argument in sys.argv[1:3])
    begun = time.monotonic()
    for start in range(first, first + count, 500):
        part = fuzz(start, min(500, first + count - start))
        print(start + part.files - first, round(time.monotonic() - begun), part, flush=True)
