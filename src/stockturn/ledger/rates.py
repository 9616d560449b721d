"""Rates that are corrected after amounts have been converted by them: nothing is silently stale.

An amount is converted once, by the rate its day had when it was loaded. A load that restates that
rate, or puts another between it and the day, is held until a named person has decided that what
was converted so far keeps the rate of then (``keep_rates``; what is loaded later has the new one),
or that it is converted again (``convert_again``; rates of currencies alone).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any, Final

import ibis
import ibis.expr.types as ir

from stockturn.engines import DuckDBEngine, Transaction, bound, built_once
from stockturn.language import StockTurnError, Text
from stockturn.ledger.conversion import SHAPES
from stockturn.ledger.document_tables import DOCUMENTS
from stockturn.ledger.documents import current
from stockturn.ledger.kept_rates import in_force, to_convert
from stockturn.ledger.loads import NEWEST
from stockturn.ledger.rate_changes import RateChange, RateTable
from stockturn.ledger.replacing import standing_of
from stockturn.ledger.restating import current as balances
from stockturn.ledger.settled import Place
from stockturn.ledger.tables import LOAD_NO, stacked, table

Reader = DuckDBEngine | Transaction
RATES: Final = ("currency_rate", "tax_rate")
PLACE: Final = ("load_no", "file_no", "sheet", "row_no")
FAR: Final = ibis.date("9999-12-31")
BEGINNING: Final = ibis.date("0001-01-01")
SUM: Final = "decimal(38, 6)"
PRICES: Final = [f"{name}.{column}" for name, shape in SHAPES.items() for column in shape.prices]
"""Converted columns that are prices of a unit: they do not add up."""

RESTATED: Final = Text(
    "{first}。本次未写入任何数据。若这些金额保持原来的折算，请由负责人在“数据 > 运行”中回答，或决定"
    "（stockturn rate keep --by 姓名 --reason 理由）后重新导入，新汇率或税率只用于以后导入的数据；"
    "外币金额若应重新折算，则先决定 stockturn rate convert，再重新导入。",
    "{first}; nothing was written. If these keep their conversion, have the person in charge "
    "answer so under Data > Runs, or decide so (stockturn rate keep --by NAME --reason WHY) and "
    "load again; the new rate then serves what is loaded later. If amounts in foreign currency "
    "are to be converted again, decide stockturn rate convert instead and load again.",
)


class RateRestated(StockTurnError):
    """Rates are stated otherwise than they were when amounts were converted by them."""

    code = "rate_restated"
    status = 409
    exit_code = 3

    def __init__(self, changes: tuple[RateChange, ...]) -> None:
        first = changes[0].words
        super().__init__(
            Text(RESTATED.zh.format(first=first.zh), RESTATED.en.format(first=first.en))
        )
        self.changes = changes


def refuse_restated(transaction: Transaction, names: set[str]) -> None:
    """Refuse a load whose rates would have converted differently what is booked.

    Args:
        transaction: The load's rates are posted.
        names: The rate tables that the load states.

    Raises:
        RateRestated: with every such rate that no decision has settled.
    """
    stated: tuple[tuple[RateTable, Any], ...] = (
        ("currency_rate", _stale_currency),
        ("tax_rate", _stale_tax),
    )
    found = [
        _change(name, row)
        for name, build in stated
        if name in names
        for row in transaction.query(build()).to_pylist()
    ]
    if not found:
        return
    open_ones = _unsettled(found, in_force(transaction))
    anew = to_convert(transaction)
    open_ones = [
        each for each in open_ones if each.table != "currency_rate" or _unsettled([each], anew)
    ]
    if open_ones:
        asked_after = int(transaction.values["load_no"]) - 1
        raise RateRestated(tuple(together(open_ones, asked_after)))


def stale(reader: Reader, base_currency: str) -> list[RateChange]:
    """Return the amounts in foreign currencies that stand at another rate than is stated now.

    Those that keep it by a decision in force are left out.

    Returns:
        One a rate, former rate and load of the amounts.
    """
    values = {"load_no": NEWEST, "base_currency": base_currency}
    rows = reader.query(lambda: _stale_rates(_otherwise()), values, shape="stale_rates").to_pylist()
    found = [_change("currency_rate", row) for row in rows]
    return _unsettled(found, in_force(reader))


def stale_rows(
    reader: Reader, base_currency: str, *, decided: bool = False
) -> list[tuple[Place, date]]:
    """Return the place and day of every row with an amount of :func:`stale`.

    Args:
        reader: the warehouse.
        base_currency: the currency that values are kept in.
        decided: only those that are to be converted again by a decision.
    """
    changes = stale(reader, base_currency)
    if decided:
        left = _unsettled(changes, to_convert(reader))
        changes = [each for each in changes if each not in left]
    if not changes:
        return []
    values = {"load_no": NEWEST, "base_currency": base_currency}
    rows = reader.query(lambda: _stale_places(_otherwise()), values, shape="stale_rows")
    wanted = {
        (each.name, each.valid_from, each.rate, each.former, each.through) for each in changes
    }
    found = {
        (Place(row["load_no"], row["file_no"], row["sheet"] or None, row["row_no"]), row["day"])
        for row in rows.to_pylist()
        if (row["currency"], row["valid_from"], row["rate"], row["used_rate"], row["load_no"])
        in wanted
    }
    return sorted(found, key=lambda one: (one[0].load_no, one[0].file_no, one[0].row_no))


def _unsettled(found: list[RateChange], rows: list[dict[str, Any]]) -> list[RateChange]:
    """Return the changes, of single loads, that no decision of ``rows`` is about."""
    whole = max((row["load_no"] for row in rows if not row["changes"]), default=0)
    shown = [change for row in rows for change in row["changes"]]
    return [
        each
        for each in found
        if each.through > whole and not any(change.settles(each) for change in shown)
    ]


def _change(name: RateTable, row: dict[str, Any]) -> RateChange:
    # The engine's sums of counts are wider than any count, and arrive as decimals.
    counts = {each: int(row[each]) for each in ("rows", "prices", "through")}
    return RateChange(table=name, **{**row, **counts})


def together(changes: Iterable[RateChange], through: int) -> list[RateChange]:
    """Add up the changes of single loads, each of which is one rate that counts differently."""
    sums: dict[tuple[Any, ...], RateChange] = {}
    for each in changes:
        key = (each.valid_from, each.table, each.name, each.rate, each.former)
        held = sums.get(key)
        sums[key] = replace(each, through=through) if held is None else _plus(held, each)
    return sorted(sums.values(), key=lambda one: (str(one.valid_from), one.table, one.name or ""))


def _plus(held: RateChange, each: RateChange) -> RateChange:
    return replace(
        held,
        rows=held.rows + each.rows,
        prices=held.prices + each.prices,
        booked=held.booked + each.booked,
        first=min(held.first, each.first),
        last=max(held.last, each.last),
    )


@built_once
def _stale_currency() -> ir.Table:
    """Return the restated rates of currencies with the amounts that were converted otherwise."""
    both = _otherwise()
    return _stale_rates(both.filter(both.rate_load == LOAD_NO))


@built_once
def _stale_rates(both: ir.Table) -> ir.Table:
    sums = both.group_by("done_load", "day", "currency", "valid_from", "rate", "used_rate")
    both = sums.aggregate(**_counted(both))
    return _summed(both.rename(name="currency", former="used_rate"))


@built_once
def _stale_places(both: ir.Table) -> ir.Table:
    own = ("day", "currency", "valid_from", "rate", "used_rate")
    return both.select(*PLACE, *own).distinct()


def _otherwise() -> ir.Table:
    """Return the standing amounts in foreign currencies whose day has another rate than theirs."""
    rates = current("currency_rate")
    rates = rates.filter(rates.base.isnull() | (rates.base == bound("base_currency", "string")))
    spans = _spans(rates)
    done = _converted()
    done = done.filter(done.currency.notnull() & done.used_rate.notnull())
    return done.join(
        spans,
        [
            done.currency == spans.currency_,
            done.day >= spans.begins,
            done.day < spans.ends,
            done.used_rate != spans.rate,
        ],
    )


@built_once
def _stale_tax() -> ir.Table:
    """Return the restated tax rates with the amounts that the former ones were taken out of.

    A row may bring a rate of its own; one that equals the former rate counts as converted by it.
    """
    done = _converted().filter(lambda t: t.used_tax.notnull())
    items = table("item").select(done_item="item_id", done_category="category")
    done = done.left_join(items, done.item_id == items.done_item)
    done = done.mutate(
        done_item=done.done_item.fill_null(NO_ITEM), done_category=done.done_category.fill_null("")
    )
    groups = done.group_by(list(ALIKE)).aggregate(**_counted(done))
    now = _best(groups, current("tax_rate"))
    before = _best(groups, current("tax_rate", known=LOAD_NO - 1))
    both = now.join(before.select(*ALIKE, former="rate"), ALIKE)
    both = both.filter((both.former == both.used_tax) & (both.rate != both.used_tax))
    named = table("item").select("item_id", item_code="item")
    both = both.left_join(named, "item_id").drop("item_id_right")
    return _summed(both.mutate(name=ibis.coalesce(both.item_code, both.category)))


ALIKE: Final = ("done_load", "day", "done_item", "done_category", "used_tax")
"""Amounts that agree in these have the same rate."""
NO_ITEM: Final = -1


def _best(groups: ir.Table, rates: ir.Table) -> ir.Table:
    """Return the rate of each group as conversion finds it: the item's, its category's, any."""
    rates = rates.select(
        "item_id", "category", "valid_from", "rate", begins=rates.valid_from.fill_null(BEGINNING)
    )
    joined = groups.join(
        rates,
        [
            rates.item_id.isnull() | (rates.item_id == groups.done_item),
            rates.category.isnull() | (rates.category == groups.done_category),
            rates.begins <= groups.day,
        ],
    )
    order = [joined.item_id.isnull(), joined.category.isnull(), joined.begins.desc()]
    place = ibis.row_number().over(group_by=[joined[name] for name in ALIKE], order_by=order)
    ranked = joined.mutate(place_=place)
    return ranked.filter(ranked.place_ == 0).drop("place_")


def _spans(rates: ir.Table) -> ir.Table:
    """Return the rates, each with the days that it is the rate of and the load that stated it."""
    dated = rates.mutate(begins=rates.valid_from)
    after = dated.begins.lead().over(group_by=dated.currency, order_by=dated.begins)
    spans = dated.mutate(ends=after.fill_null(FAR))
    return spans.select(
        "valid_from", "begins", "ends", "rate", currency_=spans.currency, rate_load=spans.load_no
    )


def _counted(rows: ir.Table) -> dict[str, ir.Value]:
    return {
        "amounts": rows.count(),
        "prices": rows.is_price.cast("int64").sum(),
        "booked": ibis.ifelse(rows.is_price, 0, rows.booked).cast(SUM).sum(),
    }


def _summed(rows: ir.Table) -> ir.Table:
    """Return one row a restated rate, former rate and load, as :class:`RateChange` names it."""
    sums = rows.group_by("name", "valid_from", "rate", "former", through=rows.done_load)
    return sums.aggregate(
        rows=rows.amounts.sum(),
        first=rows.day.min(),
        last=rows.day.max(),
        prices=rows.prices.sum(),
        booked=rows.booked.sum().cast(SUM),
    )


def _converted() -> ir.Table:
    """Return the amounts that stand converted, with the day and item of their rows."""
    done = table("conversion").filter(lambda t: t.load_no < LOAD_NO)
    is_price = done.entry.concat(".", done.column).isin(PRICES)
    done = done.mutate(sheet=done.sheet.fill_null(""), is_price=is_price).select(
        *PLACE,
        "entry",
        "currency",
        "is_price",
        used_rate=done.rate,
        used_tax=done.tax_rate,
        booked=done.amount,
        done_load=done.load_no,
    )
    return done.join(_days(done.select(*PLACE, "entry")), [*PLACE, "entry"])


def _days(done: ir.Table) -> ir.Table:
    """Return the day and item of every standing row that has been converted, by its place."""
    parts = [
        _placed(standing_of("movement"), "movement", "happened_on"),
        _placed(standing_of("outside_movement"), "movement", "happened_on"),
        _placed(standing_of("sale"), "sale", "happened_on"),
        _placed(standing_of("sale"), "movement", "happened_on"),
        _placed(standing_of("kit_movement"), "movement", "happened_on"),
        _placed(standing_of("kit_sale"), "sale", "happened_on"),
        _placed(standing_of("kit_sale"), "movement", "happened_on"),
        _placed(balances(), "balance", "happened_on"),
    ]
    for name, declared in DOCUMENTS.items():
        money = declared.of_kind("price", "money")
        if name not in RATES and declared.day is not None and money:
            parts.append(_placed(current(name), name, declared.day))
    # Most rows of a warehouse are in its own currency: they are left out before any comparing.
    return stacked(*parts).semi_join(done, [*PLACE, "entry"]).distinct()


def _placed(rows: ir.Table, entry: str, day: str) -> ir.Table:
    return rows.select(
        load_no=rows.load_no,
        file_no=rows.file_no,
        sheet=rows.sheet.fill_null(""),
        row_no=rows.row_no,
        entry=ibis.literal(entry),
        day=rows[day],
        item_id=rows.item_id if "item_id" in rows.columns else ibis.null("int32"),
    )
