"""What is inserted is seen at once, whatever was inserted before it."""

from __future__ import annotations

import ibis
import numpy as np
import pyarrow as pa
import pytest

from stockturn.engines import DuckDBEngine
from stockturn.engines import duckdb as module

NUMBERS = ibis.schema({"a": "int64"})
numbers = ibis.table(NUMBERS, name="numbers")
ROWS = 130_000
"""More than one row group, written by several threads, with the last group not full."""


@pytest.fixture
def engine(tmp_path, monkeypatch):
    # Without checkpoints, which would hide a row group that scans do not reach.
    monkeypatch.setattr(module, "LARGE_INSERT_ROWS", 10**12)
    monkeypatch.setattr(module, "LOG_BYTES", 10**12)
    made = DuckDBEngine.open(tmp_path / "w.duckdb", staging=tmp_path / "staging", threads=2)
    made.ensure({"numbers": NUMBERS})
    yield made
    made.close()


def none_of(transaction):
    """Return no rows, by a plan whose end several threads write."""
    rows = transaction.stage(pa.table({"a": [1, 2, 3]}), NUMBERS)
    rows = rows.filter(rows.a < 0)
    return rows.mutate(a=ibis.row_number().over(order_by=rows.a).cast("int64"))


def seen(engine, number):
    return engine.query(numbers.filter(numbers.a == number)).num_rows


@pytest.mark.parametrize("kept", [False, True], ids=["expression", "kept"])
def test_a_row_after_many_and_none_is_seen(engine, kept):
    with engine.transaction() as transaction:
        many = pa.table({"a": np.arange(ROWS)})
        assert transaction.insert("numbers", transaction.keep(transaction.stage(many, NUMBERS)))
        nothing = none_of(transaction)
        assert transaction.insert("numbers", transaction.keep(nothing) if kept else nothing) == 0
    with engine.transaction() as transaction:
        assert transaction.insert("numbers", pa.table({"a": [-1]})) == 1
    assert seen(engine, -1) == 1
    assert seen(engine, ROWS - 1) == 1


def test_an_empty_arrow_table_inserts_nothing(engine):
    with engine.transaction() as transaction:
        assert transaction.insert("numbers", pa.table({"a": pa.array([], pa.int64())})) == 0
    assert engine.query(numbers).num_rows == 0


def test_kept_rows_are_counted_and_can_be_inserted_twice(engine):
    with engine.transaction() as transaction:
        held = transaction.keep(transaction.stage(pa.table({"a": [1, 2, 3]}), NUMBERS))
        assert transaction.count(held) == 3
        assert transaction.insert("numbers", held) == 3
        assert transaction.insert("numbers", held) == 3
    assert engine.query(numbers).num_rows == 6
