"""Values bound at run time, so that compiled SQL depends only on the shape of a question."""

from __future__ import annotations

from typing import Any

import ibis.expr.datashape as ds
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir


class BoundValue(ops.Scalar):  # type: ignore[misc]
    """A named place in an expression; the engine fills it when the query runs.

    Ibis' own parameters are written into the SQL text; this one stays a place holder, so one
    compiled statement serves every value and no value can be read as SQL.
    """

    name: str
    dtype: dt.DataType
    shape = ds.scalar


def bound(name: str, dtype: str | dt.DataType) -> Any:
    """Return an expression for the value that will be bound as ``name``."""
    return BoundValue(name, dt.dtype(dtype)).to_expr()


def bound_rows(name: str, schema: dict[str, str]) -> ir.Table:
    """Return a small table whose rows are bound as ``name``: a list of dicts with these columns."""
    struct = ", ".join(f"{column}: {dtype}" for column, dtype in schema.items())
    rows = bound(name, f"array<struct<{struct}>>").unnest().name("row").as_table()
    return rows.select(**{column: rows.row[column] for column in schema})
