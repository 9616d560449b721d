"""From expressions to what DuckDB runs: SQL compiled once, values bound, rows fetched."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Final, TypeAlias, cast

import duckdb
import ibis.expr.types as ir
import pyarrow as pa
import sqlglot.expressions as sge
from ibis.backends.sql.compilers.duckdb import DuckDBCompiler

from stockturn.engines.bound import BoundValue

Values = Mapping[str, Any]
Expression: TypeAlias = ir.Table | Callable[[], ir.Table]

COMPILED_AT_MOST: Final = 2_000
"""Statements kept; a full cache starts again rather than grow without end."""

_PLACE = re.compile(r"\$([a-z_][a-z_0-9]*)")


class _Compiler(DuckDBCompiler):  # type: ignore[misc]
    __slots__ = ()

    def visit_BoundValue(self, op: BoundValue, *, name: str, dtype: Any) -> sge.Expression:  # noqa: N802
        return sge.Cast(this=sge.Placeholder(this=name), to=self.type_mapper.from_ibis(dtype))


_compiler: Final = _Compiler()
# SQL is a function of the expression alone, so all engines of a process share what is compiled.
_compiled: dict[Hashable, str] = {}


def statement_of(expression: Expression, shape: Hashable = None) -> str:
    """Return the SQL of an expression, compiled once per shape.

    Without a name for the shape the expression itself is the key: Ibis expressions compare by
    structure, and building one is a fraction of compiling it.
    """
    if shape is not None and shape in _compiled:
        return _compiled[shape]
    table = expression() if callable(expression) else expression
    key = shape if shape is not None else table.op()
    if key not in _compiled:
        if len(_compiled) >= COMPILED_AT_MOST:
            _compiled.clear()
        _compiled[key] = cast("str", _compiler.to_sqlglot(table).sql("duckdb"))
    return _compiled[key]


def column_type(dtype: Any) -> str:
    """Return the name of a type in the engine's SQL."""
    return str(_compiler.type_mapper.from_ibis(dtype).sql("duckdb"))


def fetch(cursor: duckdb.DuckDBPyConnection, statement: str, values: Values | None) -> pa.Table:
    """Run a statement with the values it has places for and return its rows."""
    return cursor.sql(statement, params=used(statement, values or {})).to_arrow_table()


def used(statement: str, values: Values) -> dict[str, Any]:
    """Keep the values that the statement has a place for; the engine refuses any other."""
    places = set(_PLACE.findall(statement))
    return {name: value for name, value in values.items() if name in places}


def identifier(name: str) -> str:
    """Return a name as SQL may hold it."""
    return str(sge.to_identifier(name, quoted=True).sql("duckdb"))


def quoted(text: str) -> str:
    """Return a text as SQL may hold it, where no value can be bound."""
    return "'" + text.replace("'", "''") + "'"
