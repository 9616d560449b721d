"""Row scope: what a caller sees is what the ledger would say if it held their rows alone.

Random callers (rows by company, location, category, supplier, buyer, channel; cost seen or not) ask
random questions. Every figure is compared with one worked out in plain Python on the movements
filtered first, and every text of every answer, explanation, row list, export and overview is
searched for members that stand on none of their rows. Of cost, the proof is that two ledgers that
differ in costs alone give a caller without the right the same answers.
"""

from __future__ import annotations

import io
import json
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, note, settings
from hypothesis import strategies as st

from stockturn.accounts.scopes import SCOPED
from stockturn.delivery.export import to_csv, to_xlsx
from stockturn.delivery.sheet import sheet_of
from stockturn.intake.decisions import decide
from stockturn.ledger import tables
from stockturn.metrics.calendar import add_months, buckets, compared
from stockturn.metrics.measures import MEASURES
from stockturn.metrics.members import members
from stockturn.metrics.query import Basis, Filter, MetricQuery, Period, Scope
from stockturn.server import asking, loading
from stockturn.server.app import create_app
from stockturn.server.desk import Desk
from stockturn.server.overview import overview
from stockturn.server.shapes import answer_shape, query_shape
from stockturn.server.state import read_address
from stockturn.workspace import Workspace
from tests import books

FIRST, DAYS = date(2024, 1, 1), 150
AFTER = FIRST + timedelta(days=DAYS)
MERGED = {"it-old": "it-e"}
ITEMS = """
item   name       category supplier  buyer   kind        unit
it-a   螺栓甲     cat-x    sup-x     buyer-x merchandise 件
it-b   螺母乙     cat-x    sup-y     buyer-y merchandise 件
it-c   电机丙     cat-y    sup-x     buyer-x merchandise 件
it-d   垫片丁     cat-y    sup-z     -       merchandise 件
it-e   轴承戊     cat-z    sup-z     buyer-z merchandise 件
it-old 轴承旧码   cat-x    sup-w     buyer-w merchandise 件
it-f   无类己     -        -         -       merchandise 件
"""
LOCATIONS = """
location name   company region
loc-a    甲仓   comp-x  north
loc-b    乙仓   comp-x  south
loc-c    丙仓   comp-y  south
loc-d    丁店   comp-y  west
"""
CHANNELS = ("chan-x", "chan-y", None)
LOADS = (datetime(2024, 2, 15, tzinfo=UTC), datetime(2024, 4, 20, tzinfo=UTC), None)
"""When each third of the rows became known; None is with everything, and stands for now."""

DIMENSIONS = {
    "item": ("item", "category", "supplier", "buyer"),
    "location": ("location", "company", "region"),
}
WITHOUT_COST = {
    *("opening_quantity", "closing_quantity", "average_quantity", "negative_balances"),
    *("cost_coverage", "revenue"),
}
"""Measures that tell nothing of cost on any basis."""
ADDITIVE = (
    *("opening_quantity", "closing_quantity", "average_quantity"),
    *("opening_inventory", "closing_inventory", "average_inventory"),
    *("cogs", "revenue", "gross_margin", "receipts", "issues"),
    *("negative_balances", "slow_moving_value", "dead_stock_value", "turnover"),
)
FEW = settings(phases=[Phase.explicit, Phase.generate])
"""Each question is one more shape to compile: a failing one is shown as it is, not made smaller."""
FEWER = settings(FEW, max_examples=settings.default.max_examples // 10)

FLOWS = {"cogs", "revenue", "gross_margin", "receipts", "issues"}
SOLD = ("sale_issue", "customer_return")
USED = (*SOLD, "production_issue")


# --- the company ---------------------------------------------------------------------------------


def entries(costs: int) -> list[list[dict[str, Any]]]:
    """Movements of three loads; ``costs`` changes every unit cost and nothing else."""
    chosen = random.Random(7)
    rows: list[dict[str, Any]] = []
    items = [row["item"] for row in table_of(ITEMS)]
    places = [row["location"] for row in table_of(LOCATIONS)]

    def add(day: date, kind: str, item: str, place: str, quantity: int, **more: Any) -> None:
        number = len(rows)
        base = Decimal(11 + 7 * items.index(item)) + Decimal(costs) * (1 + items.index(item) % 3)
        rows.append(
            {
                "happened_on": day,
                "kind": kind,
                "item": item,
                "location": place,
                "quantity": Decimal(quantity),
                "unit_cost": base + Decimal(number % 13) / 10,
                "document": f"doc-{item}-{place}-{number}",
                "file_no": 0,
                "row_no": number + 2,
                **more,
            }
        )

    for item in items:
        for place in chosen.sample(places, 3):
            add(FIRST, "opening", item, place, chosen.randint(20, 60))
    for number in range(260):
        day = FIRST + timedelta(days=chosen.randrange(DAYS))
        item, place = chosen.choice(items), chosen.choice(places)
        if item == "it-d" and day > date(2024, 1, 20):
            continue  # One item lies still.
        something(chosen, add, number, (day, item, place), places)
    add(AFTER - timedelta(days=1), "receipt", "it-a", "loc-a", 1)
    return in_loads(rows, chosen)


def something(
    chosen: random.Random,
    add: Callable[..., None],
    number: int,
    where: tuple[date, str, str],
    places: list[str],
) -> None:
    """Let goods come, be used, sold, brought back, or moved to another place."""
    day, item, place = where
    match chosen.randrange(8):
        case 0 | 1:
            add(day, "receipt", item, place, chosen.randint(1, 30))
        case 2:
            add(day, "production_issue", item, place, -chosen.randint(1, 5))
        case 3:
            more = {"channel": chosen.choice(CHANNELS), "revenue": Decimal(-40)}
            add(day, "customer_return", item, place, chosen.randint(1, 3), **more)
        case 4:
            other = chosen.choice([each for each in places if each != place])
            quantity, named = chosen.randint(1, 9), f"tr-{number}"
            add(day, "transfer_out", item, place, -quantity, transfer=named)
            add(day, "transfer_in", item, other, quantity, transfer=named)
        case _:
            quantity = chosen.randint(1, 14)
            more = {"channel": chosen.choice(CHANNELS), "revenue": Decimal(quantity * 37)}
            add(day, "sale_issue", item, place, -quantity, **more)


def in_loads(rows: list[dict[str, Any]], chosen: random.Random) -> list[list[dict[str, Any]]]:
    """Deal the rows to three loads; both legs of a transfer come together, openings first."""
    parts: list[list[dict[str, Any]]] = [[], [], []]
    by_transfer: dict[str, int] = {}
    for row in rows:
        late = by_transfer.get(str(row.get("transfer")), chosen.randrange(3))
        if row.get("transfer"):
            by_transfer[str(row["transfer"])] = late
        parts[late if row["kind"] != "opening" else 0].append(row)
    return parts


def table_of(text: str) -> list[dict[str, Any]]:
    header, *lines = (line.split() for line in text.strip().splitlines())
    return [
        {name: None if cell == "-" else cell for name, cell in zip(header, line, strict=True)}
        for line in lines
    ]


def fill(workspace: Workspace, costs: int) -> None:
    tables.ensure(workspace.engine)
    masters = {
        name: [{**row, "file_no": 0, "row_no": n} for n, row in enumerate(table_of(text), 2)]
        for name, text in (("item", ITEMS), ("location", LOCATIONS))
    }
    for number, rows in enumerate(entries(costs)):
        at = LOADS[number] or datetime(2024, 6, 1, tzinfo=UTC)
        more = masters if number == 0 else {}
        books.post(workspace.engine, at=at, movement=rows, **more)
    for old, into in MERGED.items():
        content = {"item": old, "into": into}
        decide(workspace, "merge_items", content, actor="王经理", reason="改码")


@dataclass(frozen=True)
class Line:
    """One movement or sale as the oracle knows it, with every member it stands on."""

    load_no: int
    day: date
    kind: str
    code: str
    status: str
    quantity: Decimal
    value: Decimal
    document: str | None
    at: dict[str, str | None]


@dataclass(frozen=True)
class House:
    """A server's desk on the company, and the company's rows; shown short where a test fails."""

    desk: Desk = field(repr=False)
    lines: tuple[Line, ...] = field(repr=False)


def house_of(workspace: Workspace, page: Path) -> House:
    desk = create_app(workspace, page=page).state.desk
    engine = workspace.engine

    def rows(name: str) -> list[dict[str, Any]]:
        return list(engine.query(tables.table(name)).to_pylist())

    items = {row["item"]: row for row in table_of(ITEMS)}
    places = {row["location"]: row for row in table_of(LOCATIONS)}
    item_codes = {row["item_id"]: row["item"] for row in rows("item")}
    place_codes = {row["location_id"]: row["location"] for row in rows("location")}
    lines = []
    for name in ("movement", "sale"):
        for row in rows(name):
            code, place = item_codes[row["item_id"]], place_codes[row["location_id"]]
            at = {key: items[code][key] for key in DIMENSIONS["item"]}
            at |= {key: places[place][key] for key in DIMENSIONS["location"]}
            kind = "sale" if name == "sale" else row["kind"]
            value = row["revenue"] if name == "sale" else row["value"]
            status = "" if name == "sale" else row["status"]
            at |= {"channel": row["channel"]}
            shared = (row["quantity"], value or Decimal(0), row["document"], at)
            lines.append(Line(row["load_no"], row["happened_on"], kind, code, status, *shared))
    return House(desk, tuple(lines))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    (folder / "index.html").write_text("<p>页面</p>", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory, pages: Path) -> Iterator[tuple[House, House]]:
    """The same company twice, with other costs."""
    roots = [Workspace.create(tmp_path_factory.mktemp("scope") / "w") for _ in range(2)]
    with (
        Workspace.open(roots[0], kind="server", environ={}) as first,
        Workspace.open(roots[1], kind="server", environ={}) as second,
    ):
        fill(first, 0)
        fill(second, 17)
        yield house_of(first, pages), house_of(second, pages)


# --- who asks what -------------------------------------------------------------------------------

MEMBERS = {
    **{key: sorted({str(row[key] or "") for row in table_of(ITEMS)}) for key in DIMENSIONS["item"]},
    **{
        key: sorted({str(row[key]) for row in table_of(LOCATIONS)})
        for key in DIMENSIONS["location"]
    },
    "channel": ["", "chan-x", "chan-y"],
}


def some(key: str) -> st.SearchStrategy[tuple[str, ...]]:
    chosen = st.lists(st.sampled_from(MEMBERS[key]), min_size=1, max_size=3, unique=True)
    return chosen.map(lambda found: tuple(sorted(found)))


@st.composite
def scopes(draw: st.DrawFn) -> Scope:
    keys = draw(st.lists(st.sampled_from(SCOPED), min_size=1, max_size=2, unique=True))
    allowed = tuple((key, draw(some(key))) for key in sorted(keys))
    return Scope(allowed=allowed, hides_cost=draw(st.booleans()))


@st.composite
def questions(draw: st.DrawFn) -> MetricQuery:
    begin = FIRST + timedelta(days=draw(st.integers(-10, DAYS)))
    keys = (*MEMBERS,)
    where = tuple(
        Filter(key, draw(some(key)), draw(st.booleans()))
        for key in draw(st.lists(st.sampled_from(keys), max_size=2, unique=True))
    )
    return MetricQuery(
        measures=tuple(draw(st.lists(st.sampled_from(ADDITIVE), min_size=1, unique=True))),
        by=tuple(draw(st.lists(st.sampled_from(keys), max_size=2, unique=True))),
        period=Period(begin, begin + timedelta(days=draw(st.integers(1, 90)))),
        grain=draw(st.sampled_from([None, None, "month"])),
        basis=Basis(basis=draw(st.sampled_from(["cost", "quantity"]))),
        where=where,
        compare=tuple(draw(st.sampled_from([(), ("prior_period",), ("prior_year",)]))),
        known_at=draw(st.sampled_from(LOADS)),
        order_by=None,
    )


# --- the oracle: plain Python on the rows that are left -------------------------------------------


def rolled(line: Line, known_at: datetime | None) -> Line:
    """The line under the surviving item, once the merge is known."""
    if line.code not in MERGED or known_at is not None:
        return line
    survivor = next(row for row in table_of(ITEMS) if row["item"] == MERGED[line.code])
    return replace(line, at=line.at | {key: survivor[key] for key in DIMENSIONS["item"]})


def inside(line: Line, conditions: tuple[Filter, ...]) -> bool:
    return all(
        ((line.at[kept.dimension] or "") in kept.members) != kept.exclude for kept in conditions
    )


def granted(scope: Scope) -> tuple[Filter, ...]:
    return tuple(Filter(key, found) for key, found in scope.allowed)


def visible(house: House, scope: Scope, known_at: datetime | None) -> list[Line]:
    """The lines a caller's scope leaves: everything that follows is worked out on these."""
    last = len(LOADS) + 1 if known_at is None else LOADS.index(known_at) + 1
    lines = [rolled(line, known_at) for line in house.lines if line.load_no <= last]
    return [line for line in lines if inside(line, granted(scope))]


def span_of(period: Period) -> Period | None:
    if period.end <= FIRST or period.begin >= AFTER:
        return None
    return Period(max(period.begin, FIRST), min(period.end, AFTER))


def naive(own: list[Line], asked: list[Line], span: Period, basis: Basis) -> dict[str, Decimal]:
    """Figures of the lines ``asked`` for; ``own`` are all that the caller may see."""
    stock = [line for line in asked if line.kind != "sale"]
    days = (span.end - span.begin).days
    zero = Decimal(0)

    def at(edge: date, name: str) -> Decimal:
        return sum((getattr(line, name) for line in stock if line.day < edge), zero)

    def average(name: str) -> Decimal:
        held = [
            getattr(line, name) * (span.end - max(line.day, span.begin)).days
            for line in stock
            if line.day < span.end
        ]
        return sum(held, zero) / days

    def moved(*kinds: str, name: str = "value") -> Decimal:
        span_lines = (
            one for one in asked if one.kind in kinds and span.begin <= one.day < span.end
        )
        return sum((getattr(line, name) for line in span_lines), zero)

    balances: dict[tuple[str | None, ...], list[Decimal]] = {}
    for line in stock:
        if line.day < span.end:
            key = (line.at["item"], line.at["location"], line.status)
            held = balances.setdefault(key, [zero, zero])
            held[0] += line.quantity
            held[1] += line.value

    def still(months: int) -> Decimal:
        since = add_months(span.end, -months).replace(day=1)
        issued: dict[str | None, Decimal] = {}
        for line in own:
            if line.kind in ("sale_issue", "production_issue") and since <= line.day < span.end:
                item = line.at["item"]
                issued[item] = issued.get(item, zero) + line.quantity
        return sum(
            (
                value
                for (item, *_), (quantity, value) in balances.items()
                if quantity > 0 and not issued.get(item, zero)
            ),
            zero,
        )

    quantity = basis.basis == "quantity"
    figures = {
        "opening_quantity": at(span.begin, "quantity"),
        "closing_quantity": at(span.end, "quantity"),
        "average_quantity": average("quantity"),
        "opening_inventory": at(span.begin, "value"),
        "closing_inventory": at(span.end, "value"),
        "average_inventory": average("quantity" if quantity else "value"),
        "cogs": -moved(*SOLD),
        "revenue": moved("sale"),
        "gross_margin": moved("sale") + moved(*SOLD),
        "receipts": moved("receipt"),
        "issues": -moved(*USED),
        "negative_balances": Decimal(sum(held[0] < 0 for held in balances.values())),
        "slow_moving_value": still(3),
        "dead_stock_value": still(12),
    }
    if figures["average_inventory"] > 0:
        sold = -moved(*SOLD, name="quantity" if quantity else "value")
        figures["turnover"] = sold / figures["average_inventory"] * 365 / days
    return figures


def hidden(key: str, scope: Scope, basis: Basis) -> bool:
    free = key in WITHOUT_COST or (
        basis.basis == "quantity" and key in {"turnover", "average_inventory"}
    )
    return scope.hides_cost and not free


def undefined(key: str, query: MetricQuery, scope: Scope) -> bool:
    """Stock has no channel: what rests on it has no figure where one is asked for or given."""
    used = {*query.by, *(kept.dimension for kept in query.where), *dict(scope.allowed)}
    return "channel" in used and key not in FLOWS


@FEW
@given(scope=scopes(), query=questions())
def test_figures_are_those_of_the_callers_rows_alone(houses, scope, query):
    house, _ = houses
    note(f"{scope}\n{query}")
    answer = house.desk.for_scope(scope).ask(query)
    own = visible(house, scope, query.known_at)
    asked = [line for line in own if inside(line, query.where)]
    groups: dict[tuple[str | None, ...], list[Line]] = {}
    for line in asked:
        groups.setdefault(tuple(line.at[key] for key in query.by), []).append(line)
    periods = [query.period] if query.grain is None else buckets(query.period, query.grain)
    rows = {(row.group, row.period): row for row in answer.rows}
    assert {group for group, _ in rows} <= set(groups), "a group of rows that are not theirs"
    cells = [(group, lines, rows.get((group, period)), period)
             for group, lines in groups.items() for period in periods]  # fmt: skip
    totals = {row.period: row for row in answer.totals}
    cells += [(None, asked, totals[period], period) for period in periods]
    for group, lines, row, period in cells:
        span = span_of(period)
        spans = {None: span}
        for name in query.compare:
            spans[name] = span_of(compared(span or period, name))
        for name, each in spans.items():
            expected = {} if each is None else naive(own, lines, each, query.basis)
            if row is None:
                # A group without anything in any of its spans may be left out.
                assert not any(expected.get(key) for key in query.measures if key != "turnover"
                               and not undefined(key, query, scope)), (group, expected)  # fmt: skip
                continue
            values = row.values if name is None else row.compared[name]
            for key in query.measures:
                number = values[key].number
                if hidden(key, scope, query.basis) or undefined(key, query, scope) or each is None:
                    assert number is None, (group, key, number)
                    assert values[key].reason
                elif key in expected:
                    shown = Decimal(0) if number is None else number
                    assert abs(shown - expected[key]) < Decimal("1e-9"), (group, name, key, span)


# --- nothing of what is not theirs, in any text ---------------------------------------------------

TEXT = re.compile(r"(?:it|cat|sup|buyer|loc|comp|chan|doc)-[a-z]+(?:-[a-z0-9]+)*")


def every_text(house: House, scope: Scope, query: MetricQuery) -> str:
    """All that the product would tell a caller about a question, as one text."""
    desk = house.desk.for_scope(scope)
    answer = desk.ask(query)
    sheet = sheet_of(answer, currency="CNY", language="zh")
    told: list[Any] = [answer_shape(answer, "zh"), to_csv(sheet, "zh").decode("utf-8-sig")]
    told.append(parts_of(to_xlsx(sheet, "zh")))
    shape = query_shape(query)
    for key in query.measures[:2]:
        told.append(asking.post_explain(shape, key, desk, "zh"))
        told.append(asking.post_rows(shape, key, desk, "zh", 0, 1000))
    told += [asking.get_members(key, desk, "", "zh") for key in MEMBERS]
    told += [loading.get_moved(number, desk) for number in (2, 3)]
    address = read_address()
    by = query.by[0] if query.by and query.by[0] != "channel" else "category"
    told.append(overview(desk, replace(address, by=by), "zh"))
    return "\n".join(
        each
        if isinstance(each, str)
        else json.dumps(each.model_dump(mode="json"), ensure_ascii=False)
        for each in told
    )


def parts_of(book: bytes) -> str:
    """All that a workbook holds, what no sheet shows included; but for when it was written."""
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        texts = [parts.read(name).decode("utf-8") for name in sorted(parts.namelist())]
    return re.sub(r"<dcterms:(\w+)[^>]*>[^<]*</dcterms:\1>", "", "\n".join(texts))


@FEWER
@given(scope=scopes(), query=questions())
def test_no_member_of_other_rows_appears_anywhere(houses, scope, query):
    house, _ = houses
    note(f"{scope}\n{query}")
    lines = visible(house, scope, query.known_at) + visible(house, scope, None)
    theirs = {member for line in lines for member in line.at.values() if member}
    theirs |= {line.code for line in lines} | {line.document for line in lines if line.document}
    # What they typed themselves and what their scope names is no news to them.
    theirs |= {member for kept in (*query.where, *granted(scope)) for member in kept.members}
    told = every_text(house, scope, query)
    found = set(TEXT.findall(told))
    assert found <= theirs, sorted(found - theirs)
    names = {row["item"]: row["name"] for row in table_of(ITEMS)}
    assert not [name for code, name in names.items() if code not in theirs and name in told]


@FEWER
@given(scope=scopes(), query=questions())
def test_without_the_right_two_ledgers_that_differ_in_cost_look_the_same(houses, scope, query):
    first, second = houses
    blind = replace(scope, hides_cost=True)
    note(f"{blind}\n{query}")
    assert every_text(first, blind, query) == every_text(second, blind, query)


@FEWER
@given(query=questions())
def test_that_holds_of_who_sees_all_rows_too(houses, query):
    first, second = houses
    blind = Scope(hides_cost=True)
    note(str(query))
    assert every_text(first, blind, query) == every_text(second, blind, query)


def test_the_two_ledgers_differ_and_the_scopes_narrow(houses):
    """The properties above would hold of an empty answer too: these figures are there."""
    first, second = houses
    query = MetricQuery(("closing_inventory", "turnover"), Period(FIRST, AFTER), by=("item",))
    seen = [house.desk.for_scope(Scope()).ask(query).totals[0].values for house in houses]
    assert seen[0]["closing_inventory"].number != seen[1]["closing_inventory"].number
    narrow = Scope(allowed=(("category", ("cat-x",)),))
    rows = first.desk.for_scope(narrow).ask(query).rows
    assert {row.group[0] for row in rows} == {"it-a", "it-b"}
    assert {each.member for each in members(first.desk.engine, "supplier", "", narrow)} == {
        "sup-x",
        "sup-y",
    }
    assert set(MEASURES) >= set(ADDITIVE)
    assert second.lines
    answer = first.desk.for_scope(Scope()).ask(query)
    sheet = sheet_of(answer, currency="CNY", language="zh")
    shown = parts_of(to_xlsx(sheet, "zh"))
    assert all(f"it-{letter}" in shown for letter in "abcdef")
