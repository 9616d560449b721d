"""Run every benchmark and write the table: ``python -m benchmarks [--small] [--write]``."""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import intake, ledger, queries, sources, start
from benchmarks.books import FULL, SMALL, Size, make
from benchmarks.timing import Line, peak_gigabytes

TABLE = Path(__file__).parent.parent / "docs" / "benchmarks.md"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="2 million movements, not 20")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    chosen = parser.parse_args()
    size = SMALL if chosen.small else FULL
    with tempfile.TemporaryDirectory() as folder:
        lines = measure(Path(folder), size)
    table = render(lines, size)
    print(table)
    if chosen.write:
        TABLE.write_text(table, encoding="utf-8")
    raise SystemExit(1 if any(line.kept is False for line in lines) else 0)


def measure(folder: Path, size: Size) -> list[Line]:
    lines: list[Line] = []

    def add(*found: Line) -> None:
        for line in found:
            print(f"{line.name}: {line.figure:.2f} {line.unit} {line.note}", flush=True)
            lines.append(line)

    if sources.available():
        # First: peak memory is that of the process since its start.
        add(*sources.ten_million(folder / "ten"))
        add(*sources.lines(folder / "sources"))
    add(*intake.small_load(folder / "one-row"))
    add(*intake.csv_against_bare(folder / "csv"))
    add(*(intake.memory(folder / f"memory-{rows}", rows) for rows in (1_000_000, 10_000_000)))
    add(*intake.workbook_against_bare(folder / "workbook"))
    engine = make(folder / "full", size)
    add(queries.calibration(engine))
    add(*ledger.moments_against_plain(engine))
    costed, spent = ledger.costing(engine)
    full = spent + ledger.full_build(engine)
    add(costed, Line("full build: costing, moments, flows, layers", full, "s"))
    add(*queries.overview(engine))
    add(*ledger.growth(engine, size, full))
    engine.close()
    add(Line("peak memory of a process", peak_gigabytes(), "GB", 4.0))
    add(*ledger.against_snapshots(folder / "small", SMALL))
    add(start.help_time(), start.server_start(), *start.page_bytes())
    return lines


def render(lines: list[Line], size: Size) -> str:
    head = [
        "# Benchmarks",
        "",
        "Written by `just bench`. Ratios are taken within one run, pair by pair; absolute times",
        "are goals on a quiet machine, to be read beside the calibration line.",
        "",
        f"{size.movements:,} movements, {size.items:,} items x {size.locations} locations x three",
        f"years (density {size.density:.1%}); {os.cpu_count()} cores, {platform.system()}, Python",
        f"{platform.python_version()}, {datetime.now(UTC).date()}.",
        "",
        "| figure | measured | promise | kept | how |",
        "|---|---:|---:|---|---|",
    ]
    rows = []
    for line in lines:
        sign = "≥" if line.at_least else "≤"
        promise = f"{sign} {line.bound:g} {line.unit}" if line.bound is not None else ""
        kept = {True: "yes", False: "NO", None: ""}[line.kept]
        rows.append(
            f"| {line.name} | {line.figure:.2f} {line.unit} | {promise} | {kept} | {line.note} |"
        )
    return "\n".join([*head, *rows, ""])


if __name__ == "__main__":
    main()
