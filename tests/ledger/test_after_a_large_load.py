"""What a load adds after a large one is seen at once, not only after the next checkpoint."""

from __future__ import annotations

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from stockturn.engines import DuckDBEngine
from stockturn.ledger import posting
from stockturn.ledger.batch import Batch, BatchFile
from stockturn.ledger.schema import ENTRIES
from stockturn.ledger.tables import table
from tests.books import new_engine, post

ROWS = 200_000
"""More than one row group, less than two: the file then has one that is not full."""


def test_a_row_after_a_large_load_is_seen(tmp_path):
    new_engine(tmp_path).close()
    engine = DuckDBEngine.open(
        tmp_path / "warehouse.duckdb", staging=tmp_path / "staging", memory_limit="1500MB"
    )
    schema = ENTRIES["movement"].to_pyarrow()
    schema = pa.schema([field.with_nullable(True) for field in schema])
    number = np.arange(ROWS)
    columns = {
        "happened_on": pa.array(number % 900 + 19_000, pa.int32()).cast(pa.date32()),
        "kind": pa.array(np.where(number % 2, "receipt", "sale_issue")),
        "item": pa.array([f"I{n % 5_000:05}" for n in number]),
        "location": pa.array([f"W{n % 20}" for n in number]),
        "quantity": pa.array(np.where(number % 2, 30, -3), pa.int32()).cast(pa.decimal128(18, 4)),
        "unit_cost": pa.array(np.where(number % 2, 5, None), pa.int32()).cast(pa.decimal128(18, 6)),
        "file_no": pa.array(np.zeros(ROWS, dtype=np.int32)),
        "row_no": pa.array(number + 2),
    }
    rows = [columns.get(f.name, pa.nulls(ROWS, f.type)).cast(f.type) for f in schema]
    path = engine.staging / "movement.parquet"
    pq.write_table(pa.table(rows, schema=schema), path)
    file = BatchFile(0, "large.csv", "1" * 64, 1, ROWS, ROWS, 0, 0)
    tables = {"movement": (path,)}
    posting.post(engine, Batch("book", "1", "moving_average", (file,), {}, tables))
    post(engine, costing="moving_average", movement="""
        happened_on kind    item   location quantity unit_cost
        2025-12-31  receipt I00001 W1       5        2
    """)  # fmt: skip
    movements = table("movement")
    counted = movements.group_by("load_no").aggregate(rows=movements.count())
    found = engine.query(counted.order_by(ibis._.load_no)).to_pylist()
    assert [row["rows"] for row in found] == [ROWS, 1]
    engine.close()
