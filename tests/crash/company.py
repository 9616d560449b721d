"""A company with a table in PostgreSQL, a workspace that reads it, and a database it publishes to.

Its news are in the table already: what one run of :data:`WORK` brings in is what the tests
break off. :meth:`Company.said` tells what must be the same however often it was broken off.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
import uuid
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi as driver
import pyarrow.parquet as pq

from stockturn.intake.feeds.store import Feeds
from stockturn.intake.load import clean
from stockturn.intake.publishing.shelf import Shelf
from stockturn.intake.sources.store import Sources
from stockturn.ledger import fingerprint, identities, loads, tables
from stockturn.workspace import Workspace
from tests.crash import owner

ROOT = Path(__file__).resolve().parents[2]
MAPPING = """
name: moves
version: "1"
title: {zh: 流水, en: moves}
description: {zh: 测试, en: for tests}
costing: moving_average
files:
  - match: ["moves*"]
    table: movement
    ignore_columns: [id]
    columns:
      {happened_on: day, kind: kind, item: item, location: place, quantity: amount,
       unit_cost: price}
"""
PLAN = {"what": "public.moves", "mapping": "moves", "mode": "snapshot", "key": ["id"]}
WORK = (
    ("feed", {"feed": "moves"}),
    ("publish", {}),
    ("publish_to", {"source": "target", "prefix": "st_"}),
)
TIMES = {"learned_at", "committed_at", "load_id"}
"""Columns that differ between two runs of the same work."""
SCRATCH = (
    *("received/incoming-*", "received/pending-*", "received/*.new"),
    *("published/.making-*", "published/.link-*"),
)


@dataclass
class Company:
    """The databases, and where the workspace of before the news lies."""

    place: Path
    name: str = field(default_factory=lambda: f"stockturn_{uuid.uuid4().hex}")

    @property
    def source(self) -> str:
        return f"{self.name}_source"

    @property
    def target(self) -> str:
        return f"{self.name}_target"

    @property
    def base(self) -> Path:
        return self.place / "base"

    def set_up(self) -> None:
        """Make the databases and the workspace, work it off once, then put the news in."""
        for name in (self.source, self.target):
            execute(f"CREATE DATABASE {name}")
        execute(
            "CREATE TABLE moves (id bigint, day date, kind text, item text, place text, "
            "amount numeric(18,4), price numeric(18,4))",
            database=self.source,
        )
        self.insert(1, 200)
        Workspace.create(self.base, {"publish": False, "free_space_floor_mb": 0})
        (self.base / "packs" / "moves.yaml").write_text(MAPPING, encoding="utf-8")
        with Workspace.open(self.base, environ={}) as workspace:
            form = {"host": "127.0.0.1", "port": 5432, "user": "postgres", "tls": "off"}
            for key, database in (("source", self.source), ("target", self.target)):
                Sources(workspace).add(key, "postgresql", {**form, "database": database})
            Feeds(workspace).add("moves", "source", PLAN)
        owner.main(self.base, WORK)
        execute(f"CREATE DATABASE {self.target}_base TEMPLATE {self.target}")
        self.insert(201, 300)
        execute(
            "UPDATE moves SET amount = amount + 1 WHERE id % 17 = 0",
            "DELETE FROM moves WHERE id % 41 = 0",
            database=self.source,
        )

    def insert(self, first: int, count: int) -> None:
        """Add rows to the table: receipts with a price and issues, over half a year."""
        chance = random.Random(first)
        rows = []
        for number in range(first, first + count):
            day = date(2025, 1, 1) + timedelta(days=chance.randrange(180))
            goods = f"'I{chance.randrange(20):02}', 'W{chance.randrange(3)}'"
            if chance.random() < 0.6:
                price = chance.randrange(100, 2000) / 100
                rows.append(
                    f"({number}, '{day}', 'receipt', {goods}, {chance.randrange(5, 50)}, {price})"
                )
            else:
                rows.append(
                    f"({number}, '{day}', 'sale_issue', {goods}, -{chance.randrange(1, 10)}, NULL)"
                )
        execute(f"INSERT INTO moves VALUES {', '.join(rows)}", database=self.source)

    def copy(self, folder: Path) -> Path:
        """Return a workspace as before the news, with a target to match."""
        self.open_again()
        execute(
            f"DROP DATABASE IF EXISTS {self.target} WITH (FORCE)",
            f"CREATE DATABASE {self.target} TEMPLATE {self.target}_base",
        )
        return Path(shutil.copytree(self.base, folder, symlinks=True))

    def open_again(self) -> None:
        """Let the databases be connected to again."""
        for name in (self.source, self.target):
            execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    def tear_down(self) -> None:
        for name in (self.source, self.target, f"{self.target}_base"):
            execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    # --- running -------------------------------------------------------------------------------

    def struck(self, folder: Path, fault: dict[str, Any]) -> subprocess.CompletedProcess[str]:
        """Work :data:`WORK` off in a process of its own, which a fault befalls."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("STOCKTURN_")}
        path = [str(Path(__file__).parent / "strike"), str(ROOT), *filter(None, sys.path)]
        return subprocess.run(
            [sys.executable, "-m", "tests.crash.owner", str(folder), json.dumps(WORK)],
            check=False,
            capture_output=True,
            text=True,
            timeout=600,
            env={**kept, "FAULT": json.dumps(fault), "PYTHONPATH": os.pathsep.join(path)},
        )

    # --- looking -------------------------------------------------------------------------------

    def said(self, folder: Path, prefix: str = "st_") -> dict[str, Any]:
        """Return what ledger, records, published tables and target say."""
        with Workspace.open(folder, environ={}, wait_seconds=60) as workspace:
            engine = workspace.engine
            tables.ensure(engine)
            clean(workspace)
            broken = [each.key for each in identities.check(engine) if not each.passed]
            history = loads.history(engine)
            numbers = sorted(load.load_no for load in history)
            found = {
                "content": fingerprint.content_hash(engine),
                "records": {
                    k: v for k, v in fingerprint.fingerprint(engine).items() if k != "load"
                },
                "loads": [(load.load_no, load.rows_in, load.rows_loaded) for load in history],
                "cursor": loads.last_cursor(engine, "moves"),
                "stock": on_hand(engine),
                "published": published(workspace.published),
            }
            manifests = {path.name for path in workspace.received.glob("load-*.json")}
            leftovers = [
                path.relative_to(folder).as_posix()
                for pattern in SCRATCH
                for path in folder.glob(pattern)
            ]
        assert broken == []
        assert leftovers == []
        assert manifests == {f"load-{number}.json" for number in numbers}
        found["target"] = copied(self.target, prefix)
        return found

    def held(self) -> dict[str, Decimal]:
        """Return what the table says is on hand, by item."""
        rows = execute(
            "SELECT item, sum(amount)::text FROM moves GROUP BY item", database=self.source
        )
        return {item: Decimal(amount) for item, amount in rows if Decimal(amount)}

    def runs(self, folder: Path) -> list[tuple[str, str, str | None, list[dict[str, Any]]]]:
        """Return (kind, state, code, attempts) of each run."""
        with closing(sqlite3.connect(folder / "app.db")) as connection:
            query = "SELECT kind, state, error_code, attempts FROM job_run ORDER BY id"
            return [(*row[:3], json.loads(row[3])) for row in connection.execute(query)]

    def stages(self, folder: Path) -> list[str]:
        """Return the kind and stage of the runs that stand as running."""
        with closing(sqlite3.connect(folder / "app.db")) as connection:
            query = "SELECT kind, stage_en FROM job_run WHERE state = 'running'"
            return [f"{kind}: {stage or 'begun'}" for kind, stage in connection.execute(query)]


def execute(*statements: str, database: str = "postgres") -> list[tuple[Any, ...]]:
    address = f"host=127.0.0.1 user=postgres dbname={database}"
    rows: list[tuple[Any, ...]] = []
    with driver.connect(address, autocommit=True) as connection, connection.cursor() as cursor:
        for statement in statements:
            for again in range(50):
                try:
                    cursor.execute(statement)
                    break
                except driver.Error as error:
                    # A session of a process that was killed may take a moment to end.
                    if "accessed by other users" not in str(error) or again == 49:
                        raise
                    time.sleep(0.2)
            if cursor.description:
                rows = list(cursor.fetchall())
    return rows


def on_hand(engine: Any) -> dict[str, Decimal]:
    def build() -> Any:
        rows = tables.table("movement").join(tables.table("item"), "item_id")
        return rows.group_by("item").aggregate(quantity=rows.quantity.sum())

    found = engine.query(build, shape="faults_on_hand").to_pylist()
    return {row["item"]: row["quantity"] for row in found if row["quantity"]}


def published(folder: Path) -> dict[str, list[str]]:
    """Return table -> its rows as sorted text, of the version that ``current`` names."""
    newest = Shelf(folder).newest()
    if newest is None:
        return {}
    version, manifest = newest
    rows: dict[str, list[str]] = {"": [str(manifest.load_no)]}
    for file in manifest.files:
        read = pq.read_table(version / file.path, partitioning=None)
        kept = read.drop_columns([name for name in read.column_names if name in TIMES])
        rows.setdefault(file.table, []).extend(f"{file.part} {row}" for row in kept.to_pylist())
    return {name: sorted(each) for name, each in rows.items()}


def copied(database: str, prefix: str) -> dict[str, list[str]]:
    """Return table -> its rows as sorted text, of what a target database holds."""
    names = execute(
        "SELECT table_name::text, string_agg(quote_ident(column_name::text), ', ' ORDER BY "
        "column_name) FROM information_schema.columns WHERE table_schema = 'public' AND "
        "column_name NOT IN ('learned_at', 'committed_at', 'load_id') GROUP BY table_name",
        database=database,
    )
    return {
        name.removeprefix(prefix): sorted(
            row for (row,) in execute(f"SELECT ({columns})::text FROM {name}", database=database)
        )
        for name, columns in names
        if name.startswith(prefix) and name != f"{prefix}published"
    }
