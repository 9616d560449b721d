"""The members of a dimension, for filters and search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import ibis
import ibis.expr.types as ir

from stockturn.engines import DuckDBEngine, bound
from stockturn.language import Text, UsageError
from stockturn.ledger.identity import Rolled, rolled_up
from stockturn.ledger.schema import STATUSES
from stockturn.ledger.tables import stacked, table
from stockturn.metrics.dimensions import Dimension, dimension
from stockturn.metrics.facts import Grouping, with_masters, within
from stockturn.metrics.merged import masters_of
from stockturn.metrics.query import EVERYTHING, Filter, Scope
from stockturn.metrics.scoped import visible, where_of

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

    A caller whose rows are restricted sees the members that stand on one of their rows.

    Raises:
        UsageError: there is no dimension of that name.
        DimensionHidden: the caller may not see it.
    """
    found = visible(key, scope)
    if found.key == "status":
        return [Member(status, None) for status in STATUSES if search in status]
    grouping = Grouping(_columns(found), where_of((), scope), rolled_up(engine))

    def build() -> ir.Table:
        listed = _listed(found, grouping, scope)
        wanted = bound("search", "string")
        holds = listed.member.lower().contains(wanted) | (
            listed.name.fill_null("").lower().contains(wanted)
        )
        kept = listed.filter(listed.member.notnull() & holds)
        return kept.distinct().order_by("member").limit(limit)

    values = {"search": search.lower(), **grouping.values}
    shape = ("members", key, limit, grouping.shape)
    rows = engine.query(build, values, shape=shape).to_pylist()
    return [Member(row["member"], row["name"]) for row in rows]


def hints(
    engine: DuckDBEngine, where: Sequence[Filter], rolled: Rolled, scope: Scope = EVERYTHING
) -> tuple[Text, ...]:
    """Return a sentence for each member that filters name and the caller has none of.

    The nearest names are those the scope shows; a member beyond it does not exist for the caller.
    """
    found = []
    merged = _merged_codes(engine, rolled)
    for kept in where:
        named = dimension(kept.dimension).name
        for member in _missing(engine, kept, rolled, scope):
            there = {
                each.member.casefold(): each.member
                for each in members(engine, kept.dimension, "", scope, COMPARED)
            }
            near = [there[each] for each in get_close_matches(member.casefold(), there, NEAREST)]
            survivor = merged.get(member) if kept.dimension == "item" else None
            if survivor in there.values():
                near = [str(survivor)]
            hint = NEAR.fill(names=", ".join(near)) if near else NOTHING_NEAR
            zh = NO_MEMBER.zh.format(dimension=named.zh, member=member, hint=hint.zh)
            en = NO_MEMBER.en.format(dimension=named.en.lower(), member=member, hint=hint.en)
            found.append(Text(zh, en))
    return tuple(found)


def _merged_codes(engine: DuckDBEngine, rolled: Rolled) -> dict[str, str]:
    """Return old code -> the code of the item that it counts under."""
    if not rolled:
        return {}

    def build() -> ir.Table:
        rows = table("item").select("item_id", "item")
        return rows.filter(bound("numbers", "array<int32>").contains(rows.item_id))

    values = {"numbers": sorted({number for pair in rolled for number in pair})}
    rows = engine.query(build, values, shape="merged_codes").to_pylist()
    codes = {row["item_id"]: row["item"] for row in rows}
    return {codes[old]: codes[into] for old, into in rolled}


def _missing(engine: DuckDBEngine, kept: Filter, rolled: Rolled, scope: Scope) -> list[str]:
    """Members that are named and that the caller has none of, whether or not others have them."""
    found = visible(kept.dimension, scope)
    known = set(STATUSES)
    if found.key != "status":
        grouping = Grouping((found,), where_of((), scope), rolled)

        def build() -> ir.Table:
            listed = _listed(found, grouping, scope)
            wanted = bound("wanted", "array<string>")
            return listed.filter(wanted.contains(listed.member)).select("member").distinct()

        values = {"wanted": list(kept.members), **grouping.values}
        rows = engine.query(build, values, shape=("wanted", found.key, grouping.shape))
        known = set(rows.column("member").to_pylist())
    return [member for member in kept.members if member and member not in known]


def _listed(found: Dimension, grouping: Grouping, scope: Scope) -> ir.Table:
    return _seen_members(grouping) if scope.allowed else _known_members(found, grouping)


def _known_members(found: Dimension, grouping: Grouping) -> ir.Table:
    """Every member that the master data knows."""
    rows = _source(found, grouping)
    named = NAMED.get(found.key)
    name = rows[named] if named else ibis.null("string")
    placed = rows.mutate(**{f"{found.place}_{found.column}": rows[found.column]})
    return placed.select(member=found.of(placed), name=name)


def _seen_members(grouping: Grouping) -> ir.Table:
    """Members that stand on a row of stock or flow within the scope, and no others."""
    stock = table("stock_moment").select(
        "item_id", "location_id", "status", channel=ibis.null("string")
    )
    flows = table("flow_month").select(
        "item_id", "location_id", "channel", status=ibis.null("string")
    )
    seen = stacked(stock.distinct(), flows.distinct())
    rows = within(with_masters(seen, grouping, (*grouping.by, *grouping.filters)), grouping)
    found, *names = grouping.by
    name = names[0].of(rows) if names else ibis.null("string")
    return rows.select(member=found.of(rows), name=name)


def _columns(found: Dimension) -> tuple[Dimension, ...]:
    """The dimension, and the name of its members where they have one."""
    named = NAMED.get(found.key)
    if named is None:
        return (found,)
    return (found, Dimension(f"{found.key}_name", found.name, found.place, named))


def _source(found: Dimension, grouping: Grouping) -> ir.Table:
    if found.place == "fact":
        if found.column != "channel":
            raise UsageError(Text("该维度没有成员表", "This dimension has no member list"))
        return table("flow_month").select("channel").distinct()
    return masters_of(found.place, rolled=bool(grouping.rolled))


def names_of(
    engine: DuckDBEngine, key: str, codes: list[str], scope: Scope = EVERYTHING
) -> dict[str, str]:
    """Return code -> name for the items or locations among ``codes`` that the caller sees."""
    if key not in NAMED or not codes:
        return {}
    found = dimension(key)
    grouping = Grouping(_columns(found), where_of((), scope), rolled_up(engine))

    def build() -> ir.Table:
        listed = _listed(found, grouping, scope)
        wanted = bound("codes", "array<string>").contains(listed.member)
        return listed.filter(wanted).distinct()

    values = {"codes": codes, **grouping.values}
    rows = engine.query(build, values, shape=("names", key, grouping.shape)).to_pylist()
    return {row["member"]: row["name"] for row in rows if row["name"]}
