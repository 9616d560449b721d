"""Rates that are corrected after amounts have been converted by them: nothing is silently stale.

An amount is converted once, by the rate its day had when it was loaded. A load that restates that
rate, or puts another between it and the day, is held until a named person has decided that what
was converted so far keeps the rate of then (``keep_rates``); what is loaded later has the new one.
"""

from __future__ import annotations

from typing import Any, Final

import ibis
import ibis.expr.types as ir

from stockturn.engines import Transaction, bound, built_once
from stockturn.language import StockTurnError, Text
from stockturn.ledger.decision import Decision
from stockturn.ledger.document_tables import DOCUMENTS
from stockturn.ledger.documents import current
from stockturn.ledger.replacing import standing_of
from stockturn.ledger.restating import current as balances
from stockturn.ledger.tables import LOAD_NO, stacked, table

RATES: Final = ("currency_rate", "tax_rate")
PLACE: Final = ("load_no", "file_no", "sheet", "row_no")
FAR: Final = ibis.date("9999-12-31")
BEGINNING: Final = ibis.date("0001-01-01")

RESTATED: Final = Text(
    "{what}自 {day} 起改为 {rate}，但已有 {rows} 笔金额（{first} 至 {last}）按 {former} 折算入账，"
    "本次未写入任何数据。若这些金额保持原来的折算，请由负责人决定"
    "（stockturn rate keep --by 姓名 --reason 理由）后重新导入；新汇率或税率只用于以后导入的数据。",
    "{what} is restated as {rate} from {day} on, and {rows} amounts ({first} to {last}) were "
    "converted at {former} before; nothing was written. If these keep their conversion, have the "
    "person in charge decide so (stockturn rate keep --by NAME --reason WHY) and load again; the "
    "new rate then serves what is loaded later.",
)
OF_CURRENCY: Final = Text("{name} 的汇率", "The rate of {name}")
OF_TAX: Final = Text("{name} 的税率", "The tax rate of {name}")
OF_ALL: Final = Text("通用税率", "The general tax rate")


class RateRestated(StockTurnError):
    """A rate is stated otherwise than it was when amounts were converted by it."""

    code = "rate_restated"
    status = 409
    exit_code = 3


def keep(transaction: Transaction, decision: Decision) -> None:
    """Let all that is converted so far keep its rate; effect of the decision ``keep_rates``.

    The decision itself, with its load, is what :func:`refuse_restated` reads.
    """


def refuse_restated(transaction: Transaction, names: set[str]) -> None:
    """Refuse a load whose rates would have converted differently what is booked.

    Args:
        transaction: The load's rates are posted.
        names: The rate tables that the load states.

    Raises:
        RateRestated: naming the first such rate.
    """
    for name, build in (("currency_rate", _stale_currency), ("tax_rate", _stale_tax)):
        if name in names:
            found = transaction.query(build()).to_pylist()
            if found:
                raise RateRestated(_said(found[0]))


def _said(row: dict[str, Any]) -> Text:
    name = row["name"]
    words = OF_CURRENCY if row["is_currency"] else OF_ALL if name is None else OF_TAX
    zh, en = (text.format(name=name) for text in words)
    rest = {
        "day": row["valid_from"] or "—",
        "rate": f"{row['rate'].normalize():f}",
        "former": f"{row['former'].normalize():f}",
        "rows": row["rows"],
        "first": row["first"],
        "last": row["last"],
    }
    return Text(RESTATED.zh.format(what=zh, **rest), RESTATED.en.format(what=en, **rest))


@built_once
def _stale_currency() -> ir.Table:
    """Return the restated rates of currencies with the amounts that were converted otherwise."""
    rates = current("currency_rate")
    rates = rates.filter(rates.base.isnull() | (rates.base == bound("base_currency", "string")))
    spans = _spans(rates)
    done = _converted()
    done = done.filter(done.currency.notnull() & done.used_rate.notnull())
    both = done.join(
        spans,
        [
            done.currency == spans.currency_,
            done.day >= spans.begins,
            done.day < spans.ends,
            done.used_rate != spans.rate,
        ],
    )
    both = both.mutate(name=both.currency, used=both.used_rate, amounts=ibis.literal(1))
    return _summed(both, is_currency=True)


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
    groups = done.group_by(list(ALIKE)).aggregate(amounts=done.count())
    now = _best(groups, current("tax_rate"))
    before = _best(groups, current("tax_rate", known=LOAD_NO - 1))
    both = now.join(before.select(*ALIKE, former="rate"), ALIKE)
    both = both.filter((both.former == both.used_tax) & (both.rate != both.used_tax))
    named = table("item").select("item_id", item_code="item")
    both = both.left_join(named, "item_id").drop("item_id_right")
    both = both.mutate(name=ibis.coalesce(both.item_code, both.category), used=both.used_tax)
    return _summed(both, is_currency=False)


ALIKE: Final = ("day", "done_item", "done_category", "used_tax")
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
    """Return the rates that this load states, each with the days that it is the rate of."""
    dated = rates.mutate(begins=rates.valid_from)
    after = dated.begins.lead().over(group_by=dated.currency, order_by=dated.begins)
    spans = dated.mutate(ends=after.fill_null(FAR))
    own = spans.filter(spans.load_no == LOAD_NO)
    return own.select("valid_from", "begins", "ends", "rate", currency_=own.currency)


def _summed(rows: ir.Table, *, is_currency: bool) -> ir.Table:
    sums = rows.group_by("name", "valid_from", "rate").aggregate(
        rows=rows.amounts.sum(), first=rows.day.min(), last=rows.day.max(), former=rows.used.max()
    )
    sums = sums.mutate(is_currency=ibis.literal(is_currency))
    return sums.order_by([sums.valid_from, sums.name]).limit(1)


def _converted() -> ir.Table:
    """Return the amounts that stand converted, with the day and item of their rows.

    Amounts converted before the last decision to keep them are settled.
    """
    decided = table("decision")
    kept = decided.filter(decided.kind == "keep_rates").aggregate(kept=lambda t: t.load_no.max())
    done = table("conversion").filter(lambda t: t.load_no < LOAD_NO).cross_join(kept)
    done = done.filter(done.load_no > done.kept.fill_null(0))
    done = done.mutate(sheet=done.sheet.fill_null("")).select(
        *PLACE, "entry", "currency", used_rate=done.rate, used_tax=done.tax_rate
    )
    days = _days()
    return done.join(days, [*PLACE, "entry"])


def _days() -> ir.Table:
    """Return the day and item of every standing row that may have been converted, by its place."""
    parts = [
        _placed(standing_of("movement"), "movement", "happened_on"),
        _placed(standing_of("outside_movement"), "movement", "happened_on"),
        _placed(standing_of("sale"), "sale", "happened_on"),
        _placed(standing_of("sale"), "movement", "happened_on"),
        _placed(balances(), "balance", "happened_on"),
    ]
    for name, declared in DOCUMENTS.items():
        money = declared.of_kind("price", "money")
        if name not in RATES and declared.day is not None and money:
            parts.append(_placed(current(name), name, declared.day))
    return stacked(*parts).distinct()


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
