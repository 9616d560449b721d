"""Passes for the engine's contract tests; top-level, so that a worker process can import them."""

from __future__ import annotations

import os
import signal

import pyarrow as pa
import pyarrow.compute as pc


def double(rows: pa.Table, *, by: int) -> pa.Table:
    return pa.table({"n": pc.multiply(rows.column("n"), by)})


def fail(rows: pa.Table) -> pa.Table:
    raise ValueError(f"no such luck with {rows.num_rows} rows")


def count(rows: pa.Table, *, opening: pa.Table) -> pa.Table:
    """Rows per item, and what the item's opening row says."""
    counted = rows.group_by("item_id").aggregate([("n", "count")])
    joined = counted.join(opening, "item_id")
    return joined.rename_columns({"n_count": "rows"}).select(["item_id", "rows", "add"])


def own_pid(rows: pa.Table) -> pa.Table:
    print(f"printing is no answer: {rows.num_rows}")
    return pa.table({"pid": [os.getpid()]})


def die(rows: pa.Table) -> pa.Table:
    os.kill(os.getpid(), signal.SIGKILL)
    return rows
