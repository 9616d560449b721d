"""What every engine must do; a second engine adds itself to ``engine`` and passes the same."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import duckdb
import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stockturn.engines import (
    DuckDBEngine,
    EngineDamaged,
    EngineFull,
    EngineLocked,
    PassFailed,
    bound,
    bound_rows,
)
from stockturn.engines.duckdb import LOG_BYTES
from tests.disks import fill, make_room, small_disk

STOCK = ibis.schema({"item": "!string", "day": "!date", "quantity": "!decimal(18, 4)"})
stock = ibis.table(STOCK, name="stock")


@pytest.fixture(params=[DuckDBEngine])
def engine(request, tmp_path):
    made = request.param.open(tmp_path / "warehouse.duckdb", staging=tmp_path / "staging")
    made.ensure({"stock": STOCK})
    with made.transaction() as transaction:
        rows = [
            {"item": "a", "day": date(2026, 1, 1), "quantity": Decimal("0.1")},
            {"item": "a", "day": date(2026, 1, 2), "quantity": Decimal("0.2")},
            {"item": "b", "day": date(2026, 1, 3), "quantity": Decimal("99999999999999.9999")},
        ]
        transaction.insert("stock", pa.Table.from_pylist(rows, schema=STOCK.to_pyarrow()))
    yield made
    made.close()


def total(engine):
    return engine.query(stock.aggregate(n=stock.count(), q=stock.quantity.sum())).to_pylist()[0]


def test_sums_are_exact_decimals(engine):
    assert total(engine)["q"] == Decimal("100000000000000.2999")


def test_a_shape_is_compiled_once_and_serves_other_values(engine):
    built = []

    def build():
        built.append(1)
        return stock.filter(stock.item == bound("item", "string")).select("quantity")

    for item, count in (("a", 2), ("b", 1), ("a' OR 1=1 --", 0)):
        assert engine.query(build, {"item": item}, shape="by item").num_rows == count
    assert len(built) == 1


def test_rows_can_be_bound(engine):
    edges = bound_rows("edges", {"edge": "date"})
    rows = edges.join(stock, stock.day < edges.edge)
    counted = rows.group_by("edge").aggregate(n=rows.count()).order_by("edge")
    values = {"edges": [{"edge": date(2026, 1, 2)}, {"edge": date(2026, 2, 1)}]}
    assert engine.query(counted, values).column("n").to_pylist() == [1, 3]


def test_a_failed_transaction_leaves_nothing(engine):
    def fail() -> None:
        with engine.transaction() as transaction:
            transaction.insert("stock", stock)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert total(engine)["n"] == 3


def test_readers_see_one_state_while_a_write_is_open(engine):
    with engine.transaction() as transaction:
        transaction.insert("stock", stock)
        assert total(engine)["n"] == 3
    assert total(engine)["n"] == 6


DOUBLE = "tests.engines.passes:double"


def numbered(rows):
    numbers = ibis.range(0, rows).unnest().name("n").as_table()
    return numbers.mutate(item_id=(numbers.n % 10).cast("int32"))


@pytest.mark.parametrize("rows", [5, 30_000], ids=["here", "in a worker process"])
def test_map_items_runs_a_pass(engine, rows):
    numbers = numbered(rows)
    found = engine.map_items(numbers, DOUBLE, order_by=["item_id"], options={"by": 3})
    assert sum(found["rows"].column("n").to_pylist()) == 3 * sum(range(rows))


@pytest.mark.parametrize("rows", [30_000], ids=["in a worker process"])
def test_a_pass_that_raises_is_reported_with_its_words(engine, rows):
    with pytest.raises(PassFailed, match="no such luck"):
        engine.map_items(numbered(rows), "tests.engines.passes:fail", order_by=["item_id"])


def test_a_worker_process_serves_the_next_pass_and_one_that_died_is_replaced(engine):
    def pid() -> int:
        found = engine.map_items(numbered(30_000), "tests.engines.passes:own_pid", order_by=["n"])
        return found["rows"].column("pid")[0].as_py()

    first, second = pid(), pid()
    with pytest.raises(PassFailed, match="exit -9"):
        engine.map_items(numbered(30_000), "tests.engines.passes:die", order_by=["n"])
    assert first == second != pid()


@pytest.mark.parametrize("rows_of_part", [7_000, 4_000, 1_000], ids=["few", "grouped", "many"])
def test_large_passes_are_cut_by_item_with_their_tables(engine, monkeypatch, rows_of_part):
    import stockturn.engines.transaction as module

    monkeypatch.setattr(module, "PASS_ROWS", rows_of_part)
    opening = pa.table({"item_id": pa.array(range(10), pa.int32()), "add": range(10)})
    found = engine.map_items(
        numbered(30_000), "tests.engines.passes:count", order_by=["item_id", "n"],
        tables={"opening": opening},
    )  # fmt: skip
    counted = {row["item_id"]: (row["rows"], row["add"]) for row in found["rows"].to_pylist()}
    assert counted == {item: (3_000, item) for item in range(10)}


def test_a_pass_in_a_transaction_leaves_kept_tables(engine, monkeypatch):
    import stockturn.engines.transaction as module

    monkeypatch.setattr(module, "PASS_ROWS", 7_000)
    held = pa.total_allocated_bytes()
    with engine.transaction() as transaction:
        found = transaction.map_items(
            numbered(30_000), DOUBLE, order_by=["item_id", "n"], options={"by": 3}
        )["rows"]
        assert pa.total_allocated_bytes() == held, "results of a pass stay in memory until commit"
        assert transaction.count(found) == 30_000
        total = transaction.query(found.aggregate(n=found.n.sum()))
        assert total.column("n")[0].as_py() == 3 * sum(range(30_000))


def test_files_outside_staging_are_refused(engine, tmp_path):
    secret = tmp_path / "secret.parquet"
    pq.write_table(pa.table({"item": ["x"]}), secret)
    with engine.transaction() as transaction, pytest.raises(duckdb.PermissionException):
        transaction.stage([secret], STOCK)


def test_another_process_is_told_who_holds_the_file(engine, tmp_path):
    import subprocess
    import sys

    code = (
        "import sys; from pathlib import Path; from stockturn.engines import *\n"
        "try: DuckDBEngine.open(Path(sys.argv[1]), staging=Path(sys.argv[2]))\n"
        "except EngineLocked as error: print(error.pid)"
    )
    command = [sys.executable, "-c", code, str(engine.path), str(tmp_path / "other")]
    import os

    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert shown == str(os.getpid())
    assert EngineLocked(7).message.zh


def test_a_damaged_file_is_named_as_such(tmp_path):
    path = tmp_path / "warehouse.duckdb"
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(EngineDamaged, match="rebuild"):
        DuckDBEngine.open(path, staging=tmp_path / "staging")


def test_a_commit_that_does_not_fit_is_undone_and_told(tmp_path):
    with small_disk(tmp_path / "disk", 32) as disk:
        engine = filled(disk)

        def insert_on_a_full_disk():
            with engine.transaction() as transaction:
                transaction.insert("stock", many(20_000))
                fill(disk)

        with pytest.raises(EngineFull):
            insert_on_a_full_disk()
        assert total(engine)["n"] == 0
        make_room(disk)
        with engine.transaction() as transaction:
            transaction.insert("stock", many(10))
        assert total(engine)["n"] == 10
        engine.close()


def test_a_checkpoint_that_does_not_fit_loses_nothing_and_stops_nothing(tmp_path, monkeypatch):
    """It made DuckDB give the database up, and told of a committed load that nothing was loaded."""
    with small_disk(tmp_path / "disk", 32) as disk:
        engine = filled(disk)
        with monkeypatch.context() as patch:
            # Asked for between a commit and its checkpoint.
            patch.setattr(engine, "_log_bytes", lambda: fill(disk) or LOG_BYTES + 1)
            with engine.snapshot(), engine.transaction() as transaction:
                transaction.insert("stock", many(20_000))
        assert total(engine)["n"] == 20_000
        with pytest.raises(EngineFull):
            engine.checkpoint()
        make_room(disk)
        with engine.transaction() as transaction:
            transaction.insert("stock", many(10))
        engine.checkpoint()
        assert total(engine)["n"] == 20_010
        engine.close()
        assert not (disk / "warehouse.duckdb.wal").exists()


def filled(disk):
    engine = DuckDBEngine.open(disk / "warehouse.duckdb", staging=disk / "staging")
    engine.ensure({"stock": STOCK})
    return engine


def many(rows):
    day, quantity = date(2026, 1, 1), Decimal(1)
    items = [{"item": f"{n:x}" * 9, "day": day, "quantity": quantity} for n in range(rows)]
    return pa.Table.from_pylist(items, schema=STOCK.to_pyarrow())
