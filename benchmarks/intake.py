"""From files into the ledger: against the engine's own bare read, and a bare workbook reader."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import xlsxwriter
from python_calamine import CalamineWorkbook

from benchmarks.memory import Watch
from benchmarks.start import command
from benchmarks.timing import Line, ratio
from stockturn.intake.load import load_files
from stockturn.ledger.tables import ensure
from stockturn.workspace import Workspace

ROWS = 1_000_000
WORKBOOK_ROWS = 200_000
HEADERS = ("日期", "业务类型", "物料编码", "仓库编码", "数量", "单价", "单据号")

MOVEMENTS = """
SELECT strftime(DATE '2023-01-01' + (i * 1096 // {rows})::INT, '%Y-%m-%d') AS "日期",
       CASE WHEN i < 20000 THEN '期初' WHEN hash(i * 3) % 4 = 0 THEN '采购入库'
            ELSE '销售出库' END AS "业务类型",
       'M' || lpad((hash(i) % 5000)::INT::VARCHAR, 6, '0') AS "物料编码",
       'W' || (hash(i * 7) % 20)::INT AS "仓库编码",
       CASE WHEN i < 20000 THEN 5000.0
            WHEN hash(i * 3) % 4 = 0 THEN (hash(i * 5) % 4000)::INT / 10.0
            ELSE -((hash(i * 5) % 1000)::INT) / 10.0 END AS "数量",
       CASE WHEN i < 20000 OR hash(i * 3) % 4 = 0
            THEN 10 + (hash(i) % 90)::INT + (hash(i * 11) % 100)::INT / 100.0 END AS "单价",
       'D' || i AS "单据号"
FROM range({rows}) r(i)
"""
TYPES = {
    "日期": "DATE",
    "业务类型": "VARCHAR",
    "物料编码": "VARCHAR",
    "仓库编码": "VARCHAR",
    "数量": "DECIMAL(18, 4)",
    "单价": "DECIMAL(18, 6)",
    "单据号": "VARCHAR",
}


def load_into(folder: Path) -> Callable[[Path], None]:
    """Return a function that loads a file into a new workspace of its own."""
    made = 0

    def load(path: Path) -> None:
        nonlocal made
        made += 1
        root = Workspace.create(folder / f"workspace-{made}", {"costing": "moving_average"})
        with Workspace.open(root, environ={}) as workspace:
            ensure(workspace.engine)
            report = load_files(workspace, [path], "generic-zh")
        assert report.status == "loaded", report.message
        assert report.rows_rejected == 0

    return load


def csv_against_bare(folder: Path, rows: int = ROWS) -> list[Line]:
    """Movements from CSV into the ledger, all checks on, beside a bare typed read into a table."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "库存流水.csv"
    duckdb.sql(MOVEMENTS.format(rows=rows)).write_csv(str(path))
    load = load_into(folder)

    def bare() -> None:
        target = folder / "bare.duckdb"
        target.unlink(missing_ok=True)
        with duckdb.connect(str(target)) as connection:
            connection.execute(
                "CREATE TABLE movement AS SELECT * FROM read_csv(?, columns = ?)",
                [str(path), TYPES],
            )

    found, own, base = ratio(lambda: load(path), bare, rounds=3)
    note = f"{own:.1f} s / {base:.2f} s; {rows:,} rows"
    return [Line("CSV into the ledger / the engine's bare read", found, "x", 4.0, note=note)]


def memory(folder: Path, rows: int) -> Line:
    """The command that loads a CSV file, looked at from outside."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "库存流水.csv"
    duckdb.sql(MOVEMENTS.format(rows=rows)).write_csv(str(path))
    root = str(folder / "company")
    quiet = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    subprocess.run(command("init", root), check=True, **quiet)
    start = time.perf_counter()
    words = ("load", str(path), "--mapping", "generic-zh", "--workspace", root)
    loading = subprocess.Popen(command(*words), **quiet)
    with Watch(loading.pid) as watch:
        assert loading.wait() == 0
    note = f"{time.perf_counter() - start:.0f} s; all its processes at once {watch.together:.2f} GB"
    name = f"memory of the largest process that loads {rows:,} rows of CSV"
    return Line(name, watch.largest, "GB", 1.5, note=note)


def workbook_against_bare(folder: Path, rows: int = WORKBOOK_ROWS) -> list[Line]:
    """A workbook into the ledger beside a bare reader that only makes Python cells of it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "库存流水.xlsx"
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("库存流水")
        sheet.write_row(0, 0, HEADERS)
        made = duckdb.sql(MOVEMENTS.format(rows=rows)).fetchall()
        for number, row in enumerate(made, 1):
            sheet.write_row(number, 0, [float(c) if i in {4, 5} and c is not None else c
                                        for i, c in enumerate(row)])  # fmt: skip
    load = load_into(folder)

    def bare() -> None:
        CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()

    found, own, base = ratio(lambda: load(path), bare, rounds=3)
    note = f"{own:.1f} s / {base:.2f} s; {rows:,} rows"
    return [Line("workbook into the ledger / the bare reader", found, "x", 2.0, note=note)]


def small_load(folder: Path) -> list[Line]:
    """A few rows into a ledger whose process has loaded before: the owner's processor time."""
    folder.mkdir(parents=True, exist_ok=True)
    spent = []
    root = Workspace.create(folder / "small", {"costing": "moving_average"})
    with Workspace.open(root, environ={}) as workspace:
        ensure(workspace.engine)
        for number in range(1, 8):
            path = folder / f"{number}.csv"
            path.write_text(f"{','.join(HEADERS)}\n2024-01-0{number},采购入库,A,S,10,5,D{number}\n")
            start = time.process_time()
            report = load_files(workspace, [path], "generic-zh")
            spent.append(time.process_time() - start)
            assert report.status == "loaded", report.message
    return [Line("a load of one row, warm, processor time", statistics.median(spent[2:]), "s")]


def stages(folder: Path, path: Path) -> list[Line]:
    """Where the time of one load goes, by the steps it tells."""
    folder.mkdir(parents=True, exist_ok=True)
    root = Workspace.create(folder / "stages", {"costing": "moving_average"})
    spent: dict[str, float] = {}
    last = ["begin", time.perf_counter()]

    def note(stage: object, _done: int, _total: int | None) -> None:
        now = time.perf_counter()
        spent[str(last[0])] = spent.get(str(last[0]), 0.0) + now - float(last[1])
        last[:] = [stage.en, now]  # type: ignore[attr-defined]

    with Workspace.open(root, environ={}) as workspace:
        ensure(workspace.engine)
        load_files(workspace, [path], "generic-zh", progress=note)
    spent[str(last[0])] = time.perf_counter() - float(last[1])
    return [Line(f"stage: {name}", seconds, "s") for name, seconds in spent.items()]
