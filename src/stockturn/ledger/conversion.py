"""Amounts without tax and in the firm's own currency, and what the source said kept beside them.

A row says its currency, and which of its amounts include tax. The rate is the row's own or the
dated one of the rate tables; without a rate the load is held, for an amount in an unknown
currency or on an unknown tax basis is not an amount. What was converted keeps its original in
``conversion``, by the place of its row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir

from stockturn.engines import Transaction, bound, built_once
from stockturn.language import StockTurnError, Text
from stockturn.ledger.document_tables import DOCUMENTS
from stockturn.ledger.documents import current
from stockturn.ledger.schema import RECORDS, UNIT_COST, VALUE
from stockturn.ledger.tables import LOAD_NO, quotient, shaped, table
from stockturn.ledger.units import in_base_unit

BASE = bound("base_currency", "string")
Entries = dict[str, ir.Table]
_RATES = ("currency_rate", "tax_rate")
_WIDE = "decimal(38, 6)"


MISSING_RATE = Text(
    "没有 {currency} 折 {base} 在 {day} 的汇率（共 {rows} 行）。请先导入汇率表，"
    "再导入这些数据；本次未写入任何数据。",
    "There is no rate of {currency} in {base} on {day} ({rows} rows). Load the "
    "currency rates first; nothing was written.",
)
MISSING_TAX_RATE = Text(
    "物料 {item} 在 {day} 的含税金额没有税率（共 {rows} 行）。请在映射中给出"
    "税率列 tax_rate，或先导入税率表；本次未写入任何数据。",
    "Amounts of item {item} on {day} include tax and no rate is known ({rows} "
    "rows). Give the column tax_rate in the mapping or load the tax rates first; "
    "nothing was written.",
)


class MissingRate(StockTurnError):
    """An amount is in a currency that has no rate on its day."""

    code = "missing_currency_rate"
    status = 409
    exit_code = 3

    def __init__(self, currency: str, base: str, day: object, rows: int) -> None:
        words = {"currency": currency, "base": base, "day": day, "rows": rows}
        super().__init__(MISSING_RATE.fill(**words))


class MissingTaxRate(StockTurnError):
    """An amount includes tax at a rate that nobody states."""

    code = "missing_tax_rate"
    status = 409
    exit_code = 3

    def __init__(self, item: str | None, day: object, rows: int) -> None:
        super().__init__(MISSING_TAX_RATE.fill(item=item or "—", day=day, rows=rows))


@dataclass(frozen=True)
class _Shape:
    """Which columns of an entry table are converted, and on which day."""

    day: str
    quantities: tuple[str, ...]
    prices: tuple[str, ...]
    amounts: tuple[str, ...]


def _shapes() -> Iterator[tuple[str, _Shape]]:
    # The quantity of a movement is converted with its keys, where its value is settled too.
    yield "movement", _Shape("happened_on", (), ("unit_cost",), ("value", "revenue"))
    yield "sale", _Shape("happened_on", ("quantity",), (), ("revenue",))
    flows = ("opening", "received", "issued", "adjusted", "balance")
    yield "balance", _Shape("happened_on", flows, ("unit_cost",), ())
    for name, declared in DOCUMENTS.items():
        if name not in _RATES and declared.day is not None:
            has_unit = "unit" in declared.columns and "item" in declared.columns
            yield (
                name,
                _Shape(
                    declared.day,
                    declared.of_kind("quantity") if has_unit else (),
                    declared.of_kind("price"),
                    declared.of_kind("money"),
                ),
            )


SHAPES = dict(_shapes())


def convert(transaction: Transaction, entries: Entries, *, base_currency: str) -> Entries:
    """Return the entries with units, tax and currency settled; rates have been posted.

    Raises:
        MissingFactor: a unit has no factor.
        MissingRate: a currency has no rate.
        MissingTaxRate: a tax-inclusive amount has no rate.
    """
    transaction.values["base_currency"] = base_currency
    done = dict(entries)
    for name, shape in SHAPES.items():
        if name not in entries:
            continue
        rows = entries[name]
        if shape.quantities and "unit" in rows.columns:
            rows = in_base_unit(
                transaction,
                rows,
                day=shape.day,
                quantities=shape.quantities,
                prices=shape.prices,
                item="component" if "component" in rows.columns else "item",
            )
        done[name] = _settled(transaction, name, rows, shape)
    return done


def _settled(transaction: Transaction, name: str, rows: ir.Table, shape: _Shape) -> ir.Table:
    columns = (*shape.prices, *shape.amounts)
    if not columns or not transaction.query(_to_settle(rows)).num_rows:
        return rows
    numbered = transaction.keep(rows.mutate(line_=ibis.row_number()))
    worked = numbered.mutate(rate_=ibis.null(_WIDE), tax_=ibis.null(_WIDE))
    if "taxed" in rows.columns:
        worked = _with_tax(transaction, worked, shape.day)
    if "currency" in rows.columns:
        worked = _with_rate(transaction, worked, shape.day)
    worked = transaction.keep(worked)
    changed = {column: _amount(worked, column) for column in columns}
    _keep_originals(transaction, name, worked, changed)
    return transaction.keep(worked.mutate(**changed).select(*rows.columns))


@built_once
def _to_settle(rows: ir.Table) -> ir.Table:
    """Return one row where any is in another currency or with tax."""
    foreign = ibis.literal(False)
    taxed = ibis.literal(False)
    if "currency" in rows.columns:
        foreign = (rows.currency != BASE).fill_null(False)
    if "taxed" in rows.columns:
        taxed = rows.taxed.notnull()
    return rows.filter(foreign | taxed).limit(1).select("row_no")


def _with_tax(transaction: Transaction, rows: ir.Table, day: str) -> ir.Table:
    """Find the tax rate of rows with tax in an amount: their own, the item's, its category's."""
    rates = current("tax_rate")
    floor = ibis.date("0001-01-01")
    rates = rates.select(
        rate_item="item_id",
        rate_category="category",
        rate_from=rates.valid_from.fill_null(floor),
        rate_found="rate",
    )
    items = table("item").select(tax_item="item", tax_item_id="item_id", tax_category="category")
    has_item = "item" in rows.columns
    item = rows["item"] if has_item else ibis.null("string")
    with_item = rows.left_join(items, item == items.tax_item)
    on = ibis.coalesce(with_item[day], ibis.date("9999-12-31"))
    joined = with_item.left_join(
        rates,
        [
            (rates.rate_item == with_item.tax_item_id) | rates.rate_item.isnull(),
            (rates.rate_category == with_item.tax_category) | rates.rate_category.isnull(),
            rates.rate_from <= on,
        ],
    )
    order = [
        joined.rate_item.isnull(),
        joined.rate_category.isnull(),
        joined.rate_from.desc(),
    ]
    place = ibis.row_number().over(group_by=joined.line_, order_by=order)
    best = joined.mutate(place_=place)
    best = best.filter(best.place_ == 0)
    own = best.tax_rate if "tax_rate" in rows.columns else ibis.null(UNIT_COST)
    rate = ibis.ifelse(best.taxed.notnull(), ibis.coalesce(own, best.rate_found), None)
    held = transaction.keep(best.mutate(tax_=rate.cast(_WIDE)).select(*rows.columns))
    missing = held.filter(held.taxed.notnull() & held.tax_.isnull())
    missing = missing.mutate(item_=missing["item"] if has_item else ibis.null("string"))
    gaps = _first_gap(transaction, missing, "item_", day)
    if gaps:
        raise MissingTaxRate(gaps["name"], gaps["day"], gaps["rows"])
    return held


def _with_rate(transaction: Transaction, rows: ir.Table, day: str) -> ir.Table:
    """Find the rate of rows in another currency: the latest up to their day."""
    rates = current("currency_rate")
    rates = rates.filter(rates.base.isnull() | (rates.base == BASE))
    rates = rates.select(rate_currency="currency", rate_from="valid_from", rate_found="rate")
    on = ibis.coalesce(rows[day], ibis.date("9999-12-31"))
    joined = rows.left_join(rates, [rows.currency == rates.rate_currency, rates.rate_from <= on])
    order = [joined.rate_from.desc(nulls_first=False)]
    best = joined.mutate(place_=ibis.row_number().over(group_by=joined.line_, order_by=order))
    best = best.filter(best.place_ == 0)
    foreign = (best.currency != BASE).fill_null(False)
    rate = ibis.ifelse(foreign, best.rate_found, None)
    held = transaction.keep(best.mutate(rate_=rate.cast(_WIDE)).select(*rows.columns))
    missing = held.filter((held.currency != BASE).fill_null(False) & held.rate_.isnull())
    gaps = _first_gap(transaction, missing, "currency", day)
    if gaps:
        base = str(transaction.values["base_currency"])
        raise MissingRate(gaps["name"], base, gaps["day"], gaps["rows"])
    return held


def _first_gap(
    transaction: Transaction, missing: ir.Table, name: str, day: str
) -> dict[str, Any] | None:
    counts = missing.group_by(missing[name]).aggregate(day=missing[day].min(), rows=missing.count())
    found = transaction.query(counts.rename(name=name).order_by("day").limit(1)).to_pylist()
    return dict(found[0]) if found else None


def _amount(rows: ir.Table, column: str) -> ir.Value:
    """Take the tax out, then convert."""
    places = int(rows.schema()[column].scale)
    value = rows[column].cast(_WIDE)
    if "taxed" in rows.columns:
        listed = rows.taxed.split(",").contains(column).fill_null(False)
        divisor = 1 + rows.tax_.fill_null(0)
        value = ibis.ifelse(listed, quotient(rows[column], divisor, places).cast(_WIDE), value)
    converted = value * rows.rate_.cast(_WIDE)
    kind = UNIT_COST if places == 6 else VALUE
    return ibis.ifelse(rows.rate_.notnull(), converted.cast(kind), value.cast(kind))


def _keep_originals(
    transaction: Transaction, name: str, rows: ir.Table, changed: dict[str, ir.Value]
) -> None:
    for column, value in changed.items():
        differs = rows.rate_.notnull()
        if "taxed" in rows.columns:
            differs = differs | rows.taxed.split(",").contains(column).fill_null(False)
        some = rows.mutate(stated_=rows[column].cast(UNIT_COST), amount_=value.cast(UNIT_COST))
        some = some.filter(differs & some.stated_.notnull())
        given: dict[str, ir.Value] = {
            "load_no": LOAD_NO,
            "entry": ibis.literal(name),
            "column": ibis.literal(column),
            "stated": some.stated_,
            "amount": some.amount_,
            "rate": some.rate_,
            "tax_rate": some.tax_,
        }
        transaction.insert("conversion", shaped(some, RECORDS["conversion"], given))
