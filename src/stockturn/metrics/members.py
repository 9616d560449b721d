"""The members of a dimension, for filters and search."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from stockturn.engines import DuckDBEngine, bound
from stockturn.language import Text, UsageError
from stockturn.ledger.schema import STATUSES
from stockturn.ledger.tables import table
from stockturn.metrics.dimensions import dimension
from stockturn.metrics.query import EVERYTHING, Scope

NAMED = {"item": "name", "location": "name"}


@dataclass(frozen=True)
class Member:
    """One member: what filters take, and the name people know it by."""

    member: str
    name: str | None


def members(
    engine: DuckDBEngine,
    key: str,
    search: str = "",
    scope: Scope = EVERYTHING,
    limit: int = 50,
) -> list[Member]:
    """Return members of a dimension whose code or name holds ``search``, sorted by code.

    Raises:
        UsageError: there is no dimension of that name.
    """
    found = dimension(key)
    if found.key == "status":
        return [Member(status, None) for status in STATUSES if search in status]
    allowed = dict(scope.allowed).get(key)

    def build() -> ir.Table:
        rows = _source(found.place, found.column)
        named = NAMED.get(key)
        name = rows[named] if named else ibis.null("string")
        placed = rows.mutate(**{f"{found.place}_{found.column}": rows[found.column]})
        listed = placed.select(member=found.of(placed), name=name)
        wanted = bound("search", "string")
        holds = listed.member.lower().contains(wanted) | (
            listed.name.fill_null("").lower().contains(wanted)
        )
        kept = listed.filter(listed.member.notnull() & holds)
        if allowed is not None:
            kept = kept.filter(bound("allowed", "array<string>").contains(kept.member))
        return kept.distinct().order_by("member").limit(limit)

    values = {"search": search.lower(), "allowed": list(allowed or ())}
    shape = ("members", key, limit, allowed is not None)
    rows = engine.query(build, values, shape=shape).to_pylist()
    return [Member(row["member"], row["name"]) for row in rows]


def _source(place: str, column: str) -> ir.Table:
    if place == "fact":
        if column != "channel":
            raise UsageError(Text("该维度没有成员表", "This dimension has no member list"))
        return table("flow_month").select("channel").distinct()
    rows = table(place)
    return rows.mutate(code=rows[place])


def names_of(engine: DuckDBEngine, key: str, codes: list[str]) -> dict[str, str]:
    """Return code -> name for items or locations."""
    if key not in NAMED or not codes:
        return {}

    def build() -> ir.Table:
        rows = table(key)
        kept = rows.filter(bound("codes", "array<string>").contains(rows[key]))
        return kept.select(code=kept[key], name=kept.name)

    rows = engine.query(build, {"codes": codes}, shape=("names", key)).to_pylist()
    return {row["code"]: row["name"] for row in rows if row["name"]}
