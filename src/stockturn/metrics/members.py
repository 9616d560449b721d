"""The members of a dimension, for filters and search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import ibis
import ibis.expr.types as ir

from stockturn.engines import DuckDBEngine, bound
from stockturn.language import Text, UsageError
from stockturn.ledger.schema import STATUSES
from stockturn.ledger.tables import table
from stockturn.metrics.dimensions import dimension
from stockturn.metrics.query import EVERYTHING, Filter, Scope

NAMED = {"item": "name", "location": "name"}
NEAREST = 3
COMPARED = 5_000
"""Members that a misspelt one is compared with."""

NO_MEMBER = Text(
    "{dimension}中没有“{member}”。{hint}",
    "There is no {dimension} “{member}”. {hint}",
)
NEAR = Text("是不是：{names}？", "Did you mean: {names}?")
NOTHING_NEAR = Text("请检查写法。", "Check how it is written.")


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


def hints(
    engine: DuckDBEngine, where: Sequence[Filter], scope: Scope = EVERYTHING
) -> tuple[Text, ...]:
    """Return a sentence for each member that filters name and the caller has none of.

    The nearest names are those the scope shows; a member beyond it does not exist for the caller.
    """
    found = []
    for kept in where:
        named = dimension(kept.dimension).name
        for member in _missing(engine, kept, scope):
            there = {
                each.member.casefold(): each.member
                for each in members(engine, kept.dimension, "", scope, COMPARED)
            }
            near = [there[each] for each in get_close_matches(member.casefold(), there, NEAREST)]
            hint = NEAR.fill(names=", ".join(near)) if near else NOTHING_NEAR
            zh = NO_MEMBER.zh.format(dimension=named.zh, member=member, hint=hint.zh)
            en = NO_MEMBER.en.format(dimension=named.en.lower(), member=member, hint=hint.en)
            found.append(Text(zh, en))
    return tuple(found)


def _missing(engine: DuckDBEngine, kept: Filter, scope: Scope) -> list[str]:
    found = dimension(kept.dimension)
    if found.key == "status":
        known = set(STATUSES)
    else:

        def build() -> ir.Table:
            rows = _source(found.place, found.column)
            placed = rows.mutate(**{f"{found.place}_{found.column}": rows[found.column]})
            listed = placed.select(member=found.of(placed))
            wanted = bound("wanted", "array<string>")
            return listed.filter(wanted.contains(listed.member)).distinct()

        rows = engine.query(build, {"wanted": list(kept.members)}, shape=("wanted", found.key))
        known = set(rows.column("member").to_pylist())
    allowed = dict(scope.allowed).get(found.key)
    if allowed is not None:
        known &= set(allowed)
    return [member for member in kept.members if member and member not in known]


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
