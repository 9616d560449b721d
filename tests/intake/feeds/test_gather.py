"""Runs against a real PostgreSQL table that changes between them: nothing lost, nothing doubled.

The rows that runs bring are folded by their key, as the ledger does; after each run the fold equals
the table.
"""

from __future__ import annotations

import random
import uuid

import pyarrow.parquet as pq
import pytest

from stockturn.intake.feeds.gather import Order, extract_of, gather, with_extract
from stockturn.intake.feeds.plan import read_plan
from stockturn.intake.feeds.snapshot import DELETED
from stockturn.intake.problems import FileHeld
from stockturn.intake.sources.failures import TotalsDiffer
from stockturn.intake.sources.kinds import KINDS
from stockturn.intake.sources.source import Ground
from tests.intake.sources.servers import PostgreSQL, SQLite

MODES = {
    "modified": {
        "mode": "modified",
        "column": "changed_at",
        "overlap": {"amount": 0, "unit": "seconds"},
        "key": ["id"],
    },
    "late": {
        "mode": "modified",
        "column": "changed_at",
        "overlap": {"amount": 5, "unit": "seconds"},
        "key": ["id"],
    },
    "snapshot": {"mode": "snapshot", "key": ["id"]},
}
MAKE = (
    "DROP TABLE IF EXISTS moves",
    "CREATE TABLE moves (id bigint PRIMARY KEY, amount numeric(18,4), changed_at timestamptz)",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    made = PostgreSQL(tmp_path_factory.mktemp("pg"))
    yield made
    made.drop()


class Reader:
    """A feed's side: cursor, last extract, and the rows it has seen, folded by key."""

    def __init__(self, server, folder, plan):
        self.folder = folder
        self.plan = read_plan({"what": server.what("moves"), "mapping": "m", **plan})
        kind = KINDS[server.key]
        self.ends = kind.key, kind.read(server.form()), server.ground
        self.cursor, self.extract, self.loads, self.rows = None, (), 0, {}

    def run(self):
        into = self.folder / uuid.uuid4().hex
        into.mkdir(parents=True)
        order = Order(*self.ends, self.plan, (), self.cursor, self.extract, self.loads)
        found = gather(order, into)
        if not found.files:
            assert found.cursor == self.cursor
            return 0
        read = [row for file in found.files for row in pq.read_table(file).to_pylist()]
        for row in read:
            if row.pop(DELETED, None):
                del self.rows[row["id"]]
            else:
                self.rows[row["id"]] = row["amount"]
        self.cursor, self.loads = found.cursor, self.loads + 1
        self.extract = found.extract or self.extract
        return len(read)


def table(server):
    source = KINDS[server.key].connect(KINDS[server.key].read(server.form()), server.ground)
    shown = source.preview(server.what("moves"), 1000).to_pylist()
    return {row["id"]: row["amount"] for row in shown}


def changes(rng, step, clock, *, deletes, late):
    """Statements of one step; many rows share one time, and some commit with an older one."""
    for _ in range(rng.randint(0, 6)):
        at = clock - (rng.randint(0, 4) if late else 0)
        when = f"timestamptz '2024-01-01 00:00:00+00' + interval '{at} seconds'"
        row = rng.randint(1, 40)
        if deletes and rng.random() < 0.3:
            yield f"DELETE FROM moves WHERE id = {row}"
        else:
            amount = rng.choice([step, 1, 2])
            yield (
                f"INSERT INTO moves VALUES ({row}, {amount}, {when}) ON CONFLICT (id) "
                f"DO UPDATE SET amount = excluded.amount, changed_at = excluded.changed_at"
            )


@pytest.mark.service
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("seed", range(3))
def test_runs_between_changes_end_with_the_table(server, tmp_path, mode, seed):
    server.execute(*MAKE)
    rng = random.Random(f"{mode} {seed}")
    reader = Reader(server, tmp_path, MODES[mode])
    clock = 0
    for step in range(12):
        # The clock often stands still: rows that equal the cursor arrive after it was taken.
        clock += rng.choice([0, 0, 1, 7])
        server.execute(*changes(rng, step, clock, deletes=mode == "snapshot", late=mode == "late"))
        reader.run()
        assert reader.rows == table(server), (step, reader.cursor)
    reader.run()
    assert reader.run() == 0, "a quiet source brings nothing"


@pytest.fixture
def erp(tmp_path):
    made = SQLite(tmp_path)
    made.clear()
    made.execute("CREATE TABLE moves (id integer, amount decimal(18,4), changed_at text)")
    made.execute(*(f"INSERT INTO moves VALUES ({n}, {n}, '2024-01-01')" for n in range(5)))
    return made


def test_content_that_comes_back_is_news_again(erp, tmp_path):
    """A, then B, then A again: the third read has the bytes of the first and must still count."""
    for plan in ({"mode": "snapshot", "key": ["id"]}, {"mode": "full", "key": ["id"]}):
        reader = Reader(erp, tmp_path / "runs" / plan["mode"], plan)
        seen = []
        for amount in (1, 2, 1, 2):
            erp.execute(f"UPDATE moves SET amount = {amount} WHERE id = 1")
            assert reader.run() > 0
            files = sorted((tmp_path / "runs" / plan["mode"]).rglob("*.parquet"))
            seen.append(max(files, key=lambda path: path.stat().st_mtime_ns).read_bytes())
            assert reader.rows[1] == amount
        assert len(set(seen)) == 4, "equal bytes would be taken for a file loaded before"


def test_a_snapshot_costs_what_changed(erp, tmp_path):
    reader = Reader(erp, tmp_path / "runs", {"mode": "snapshot", "key": ["id"]})
    assert reader.run() == 5
    erp.execute("UPDATE moves SET amount = 9 WHERE id = 2", "DELETE FROM moves WHERE id = 4")
    erp.execute("INSERT INTO moves VALUES (7, 7, NULL)")
    assert reader.run() == 3
    assert reader.rows == table(erp)


def test_a_key_that_is_not_unique_is_held(erp, tmp_path):
    erp.execute("INSERT INTO moves VALUES (3, 8, NULL)")
    reader = Reader(erp, tmp_path / "runs", {"mode": "snapshot", "key": ["id"]})
    with pytest.raises(FileHeld, match="not unique"):
        reader.run()


def test_a_cursor_of_another_plan_reads_everything(erp, tmp_path):
    plan = {
        "mode": "cursor",
        "column": "id",
        "key": ["id"],
        "overlap": {"amount": 0, "unit": "rows"},
    }
    reader = Reader(erp, tmp_path / "runs", plan)
    assert reader.run() == 5
    reader.plan = read_plan({**reader.plan.tree(), "columns": ["id", "amount"]})
    assert reader.run() == 5


def test_totals_that_differ_hold_the_run_and_can_pass(erp, tmp_path, monkeypatch):
    from stockturn.intake.sources.database import extract

    real = extract.exact_sum
    monkeypatch.setattr(extract, "exact_sum", lambda array: real(array) + 1)
    with pytest.raises(TotalsDiffer, match="amount") as failure:
        Reader(erp, tmp_path / "runs", {"mode": "full"}).run()
    assert failure.value.can_pass


def test_a_cursor_names_its_extract():
    cursor = with_extract(None, ("a", "b"))
    assert extract_of(cursor) == ("a", "b")
    assert extract_of(None) == ()


def test_the_ground_has_no_folder_by_default():
    assert Ground("UTC").source_folders == ()
