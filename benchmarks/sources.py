"""PostgreSQL into the ledger with every check, against the fastest bare copy into DuckDB."""

from __future__ import annotations

import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import duckdb

from benchmarks.memory import Watch
from benchmarks.timing import Line
from stockturn.intake.feeds.gather import Order, gather
from stockturn.intake.feeds.plan import read_plan
from stockturn.intake.feeds.run import run_feed
from stockturn.intake.feeds.store import Feeds
from stockturn.intake.load import clean
from stockturn.intake.report import LoadReport
from stockturn.intake.sources.kinds import KINDS
from stockturn.intake.sources.source import Ground
from stockturn.intake.sources.store import Sources
from stockturn.jobs.worker import run_limited
from stockturn.ledger.tables import ensure
from stockturn.workspace import Workspace

ROWS: Final = 1_000_000
LIMIT_MB: Final = 1500
ADDRESS: Final = "host=127.0.0.1 port=5432 user=postgres dbname="
MAPPING: Final = """
name: erp_moves
version: "1"
title: {zh: 流水, en: movements}
description: {zh: 基准, en: benchmark}
costing: moving_average
files:
  - match: ["stock_move*"]
    table: movement
    columns:
      happened_on: moved_on
      kind: kind
      item: item
      location: location
      quantity: quantity
      unit_cost: unit_cost
      document: document
    ignore_columns: [id, changed_at]
"""
TABLE: Final = """
CREATE TABLE stock_move (id bigint PRIMARY KEY, moved_on date NOT NULL, kind text NOT NULL,
item varchar(20) NOT NULL, location varchar(20) NOT NULL, quantity numeric(18,4) NOT NULL,
unit_cost numeric(18,6), document varchar(30), changed_at timestamptz NOT NULL)"""
FILL: Final = """
INSERT INTO stock_move SELECT g, date '2023-01-01' + (g * 730 / {rows})::int,
CASE WHEN g % 10 < 6 THEN 'sale_issue' ELSE 'receipt' END,
'I' || lpad((g * 31 % 5000)::text, 6, '0'), 'L' || (g * 17 % 20),
CASE WHEN g % 10 < 6 THEN -(g * 13 % 500)::numeric / 4 - 1 ELSE (g * 13 % 900)::numeric / 4 + 1 END,
CASE WHEN g % 10 < 6 THEN NULL ELSE (g * 7 % 9000)::numeric / 100 + 1 END,
'D' || (g / 5), timestamptz '2025-01-01 00:00+00' + g * interval '1 second'
FROM (SELECT n::bigint AS g FROM generate_series(1, {rows}) AS n) AS numbers"""
BARE: Final = """
SELECT id, moved_on, kind, item, location, quantity::text AS quantity,
unit_cost::text AS unit_cost, document, changed_at FROM stock_move"""
TYPED: Final = """
CREATE TABLE stock_move AS SELECT * REPLACE (quantity::DECIMAL(18, 4) AS quantity,
unit_cost::DECIMAL(18, 6) AS unit_cost) FROM reader"""
CHANGED: Final = """
UPDATE stock_move SET quantity = quantity + 1, changed_at = timestamptz '2026-01-01' +
id * interval '1 second' WHERE id > {first}"""


def lines(folder: Path, rows: int = ROWS) -> list[Line]:
    """The first load of ``rows`` movements, then a second one of 0.1 % of them."""
    folder.mkdir(parents=True)
    with database(rows) as name:
        bare = min(copy(name, folder / f"bare-{round_}.duckdb") for round_ in range(3))
        with opened(folder / "company", name) as workspace:
            with Watch() as watch:
                first, report = timed(workspace)
            again, _ = timed(workspace)
            change(name, rows)
            second, changed = timed(workspace)
    assert report.rows_loaded == rows, report
    assert changed.rows_loaded + changed.rows_ignored >= rows // 1000, changed
    note = f"{rows:,} rows"
    return [
        Line("PostgreSQL to ledger with all checks / bare copy into DuckDB", first / bare, "x", 4.0,
             note=f"{note}, {first:.1f} s / {bare:.1f} s"),
        Line("second load of 0.1 % / first", 100 * second / first, "%", 3.0,
             note=f"{second:.2f} s / {first:.1f} s; {changed.rows_loaded:,} rows changed"),
        Line("a run that finds nothing new", again, "s"),
        Line(f"memory of the largest process that loads {rows:,} rows", watch.largest, "GB", 1.5,
             note=f"all at once {watch.together:.2f} GB"),
    ]  # fmt: skip


def available() -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", 5432)) == 0


def ten_million(folder: Path, rows: int = 10 * ROWS) -> list[Line]:
    """The worker that reads ten million rows, under a limit of its address space."""
    folder.mkdir(parents=True)
    kind = KINDS["postgresql"]
    plan = read_plan({"what": "public.stock_move", "mapping": "erp_moves"})
    with database(rows) as name:
        form = {"host": "127.0.0.1", "database": name, "user": "postgres", "tls": "off"}
        ground = Ground("Asia/Shanghai")
        order = Order(kind.key, kind.read(form), ground, plan, (), None, (), 0)
        start = time.perf_counter()
        with Watch() as watch:
            found = run_limited(gather, order, folder, memory_mb=LIMIT_MB, seconds=1800)
        spent = time.perf_counter() - start
    assert found.rows == rows
    return [
        Line(f"memory of the process that reads {rows:,} rows", watch.largest, "GB", 1.5,
             note=f"{spent:.0f} s, {len(found.files)} files, limit {LIMIT_MB} MB"),
    ]  # fmt: skip


def timed(workspace: Workspace) -> tuple[float, LoadReport]:
    start = time.perf_counter()
    report = run_feed(workspace, "moves")
    return time.perf_counter() - start, report


def copy(name: str, target: Path) -> float:
    """The fastest way we know to copy the table into DuckDB, with exact types and no check."""
    import adbc_driver_postgresql.dbapi as driver

    start = time.perf_counter()
    with driver.connect(ADDRESS + name) as source, source.cursor() as cursor:
        cursor.execute(BARE)
        reader = cursor.fetch_record_batch()  # noqa: F841 - DuckDB finds it by its name
        connection = duckdb.connect(str(target))
        connection.execute(TYPED)
        connection.close()
    return time.perf_counter() - start


def change(name: str, rows: int) -> None:
    run(name, CHANGED.format(first=rows - rows // 1000))


def run(name: str, *statements: str) -> None:
    import adbc_driver_postgresql.dbapi as driver

    with driver.connect(ADDRESS + name, autocommit=True) as server, server.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@contextmanager
def database(rows: int) -> Iterator[str]:
    name = f"stockturn_{uuid.uuid4().hex}"
    run("postgres", f"CREATE DATABASE {name}")
    try:
        index = "CREATE INDEX ON stock_move (changed_at)"
        run(name, TABLE, FILL.format(rows=rows), index, "ANALYZE stock_move")
        yield name
    finally:
        run("postgres", f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def opened(folder: Path, name: str, **plan: Any) -> Iterator[Workspace]:
    root = Workspace.create(folder)
    (root / "packs" / "erp_moves.yaml").write_text(MAPPING, encoding="utf-8")
    with Workspace.open(root, environ={}) as workspace:
        ensure(workspace.engine)
        clean(workspace)
        form = {"host": "127.0.0.1", "database": name, "user": "postgres", "tls": "off"}
        Sources(workspace).add("erp", "postgresql", form)
        usual = {
            "what": "public.stock_move",
            "mapping": "erp_moves",
            "mode": "modified",
            "column": "changed_at",
            "overlap": {"amount": 60, "unit": "seconds"},
            "key": ["id"],
        }
        Feeds(workspace).add("moves", "erp", {**usual, **plan})
        yield workspace
