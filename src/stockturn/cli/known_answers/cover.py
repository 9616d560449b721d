"""Known answers of topic cover, through ``planning.cover``.

Understood: stock on hand against a daily, monthly or listed demand with receipts; dated receipts
and demands with backlog; projected stock by day; locations with transfers. Days are numbers from
today or dates; with dates, ``today`` must be one too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from stockturn.cli.known_answers.case import Timeline, unsupported
from stockturn.cli.known_answers.reading import Inputs, day, number, whole
from stockturn.metrics.formulas import coverage_days
from stockturn.planning import cover
from stockturn.planning.cover import Planned, Transfer

_STOCK = (
    "on_hand",
    "stock_on_hand",
    "opening",
    "quantity_on_hand",
    "qoh",
    "stock",
    "current_stock",
    "opening_stock",
)
_RECEIPTS = ("receipts", "purchase_orders", "open_purchase_orders", "planned_receipts")
_DEMANDS = ("demands", "issues", "sales_orders", "planned_issues", "demand_events")
_PROMISED = ("pending_sales_orders", "open_sales_orders", "committed", "reserved")


def solve(inputs: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Compute every wanted projection, stock-out day or cover from the inputs alone."""
    read = Inputs(inputs)
    if read.has("transfers") or isinstance(inputs.get("opening"), Mapping):
        return _locations(read, wanted)
    if read.has("days"):
        return _projection(read, wanted)
    if read.has(*_RATES, "daily_forecasts", "daily_demands"):
        return _against_rate(read, wanted)
    if read.has(*_DEMANDS):
        return _against_plan(read, wanted)
    raise unsupported("不认识的输入形状", "unknown shape of inputs")


_RATES = (
    "daily_forecast",
    "daily_demand",
    "average_daily_demand",
    "demand_per_day",
    "monthly_demand",
    "monthly_forecast",
    "weekly_demand",
    "consumption",
)


def _projection(read: Inputs, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Stock at the end of each day of ``days``."""
    days = [_day(one) for one in read.raw("days")]
    opening = read.number(*_STOCK) or Decimal(0)
    changes = [(p.day, p.quantity) for p in _planned(read, _RECEIPTS)]
    changes += [(p.day, -p.quantity) for p in _planned(read, _DEMANDS)]
    read.raw("today")
    read.finish()
    projected = cover.project(opening, changes, days)
    below = [one for one, stock in zip(days, projected, strict=True) if stock < 0]
    answers: dict[str, Any] = {
        **dict.fromkeys(("projected", "projected_stock", "balance", "balances"), projected),
        **dict.fromkeys(("first_stock_out_day", "first_negative_day"), next(iter(below), None)),
        **dict.fromkeys(("minimum", "lowest"), min(projected, default=None)),
    }
    return _pick(answers, wanted)


def _locations(read: Inputs, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Stock of each location at the end of each day of ``days``, and the company total."""
    stocks = read.raw("opening", "on_hand", "opening_stock")
    if not isinstance(stocks, Mapping):
        raise unsupported("缺少各库位的期初库存", "opening stock by location is missing")
    opening = {str(name): number(stock, str(name)) for name, stock in stocks.items()}
    transfers = [_transfer(row) for row in read.raw("transfers") or []]
    days = [_day(one) for one in read.raw("days") or []]
    changes: dict[str, list[tuple[int, Decimal]]] = {}
    for names, sign in ((_RECEIPTS, 1), (_DEMANDS, -1)):
        for row in read.raw(*names) or []:
            one = Inputs(row, frozenset({"note"}))
            place = str(one.raw("location", "warehouse", "wh", "site"))
            moved = (_day(one.raw("day", "date")), sign * one.need("qty", "quantity"))
            one.finish()
            changes.setdefault(place, []).append(moved)
    read.raw("today")
    read.finish()
    if not days:
        raise unsupported("缺少 days", "days are missing")
    projected = cover.project_locations(opening, changes, transfers, days)
    total = cover.total_of(projected)
    totals = dict.fromkeys(("total", "company", "company_total"), total)
    return _pick({**totals, "by_location": projected, **projected}, wanted)


def _against_rate(read: Inputs, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Stock-outs and cover against a steady or listed demand by day."""
    stock = read.need(*_STOCK) - (read.number(*_PROMISED) or Decimal(0))
    demand = _demand(read)
    length = read.number("days_per_month")
    today = read.raw("today", "start")
    if today is None and _is_dated(read):
        raise unsupported("有日期但没有 today", "there are dates but no today")
    start = 0 if today is None else _day(today)
    receipts = [Planned(p.day - start, p.quantity) for p in _planned(read, _RECEIPTS)]
    read.finish()
    after = cover.stock_out(stock, demand, receipts)
    before = cover.stock_out(stock, demand)
    dates = _dates(today)
    answers: dict[str, Any] = {
        "first_stock_out_day": after.first_day,
        "stock_out_gap_days": after.gap_days,
        "final_stock_out_day": after.final_day,
        "first_stock_out_date": dates(after.first_day),
        "final_stock_out_date": dates(after.final_day),
        "stock_out_day": after.final_day,
        "lost_quantity": after.lost_quantity,
        # Inventory Planner's words: "sells out first" leaves open purchase orders out.
        "sells_out_first": before.first_day,
        "sells_out_in": after.final_day,
    }
    if isinstance(demand, Decimal):
        cover_key = coverage_days(stock, demand, 1).number
        names = ("cover_days", "days_of_cover", "days_of_supply", "days_on_hand", "days_cover")
        answers.update(dict.fromkeys(names, cover_key))
        months = None if cover_key is None else cover_key / (30 if length is None else length)
        answers.update(dict.fromkeys(("months_of_cover", "months_of_supply"), months))
    return _pick(answers, wanted)


def _demand(read: Inputs) -> Decimal | list[Decimal]:
    """Demand of a day, or of each day."""
    listed = read.raw("daily_forecasts", "daily_demands")
    if listed is not None:
        return [number(one, "daily_demands") for one in listed]
    present = [name for name in _RATES if read.has(name)]
    if len(present) != 1:
        raise unsupported("需求给了多次", "demand is given more than once")
    value = read.raw(present[0])
    if isinstance(value, list):
        return [number(one, present[0]) for one in value]
    amount = number(value, present[0])
    if present[0] == "weekly_demand":
        return amount / 7
    if present[0] == "consumption":
        return amount / read.need("period_days", "consumption_days")
    if present[0].startswith("monthly"):
        days = read.number("days_per_month")
        return amount / (Decimal(30) if days is None else days)
    return amount


def _against_plan(read: Inputs, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Cover after each planned receipt and demand."""
    stock = read.need(*_STOCK)
    committed = read.number(*_PROMISED) or Decimal(0)
    receipts, demands = _planned(read, _RECEIPTS), _planned(read, _DEMANDS)
    backlog_due = read.raw("backlog_due")
    if backlog_due is not None and demands:
        late = min(demands, key=lambda p: p.day)
        due = Planned(late.day, late.quantity, _day(backlog_due))
        demands = [due if one is late else one for one in demands]
    today_given = read.raw("today", "at")
    read.finish()
    dated = _is_dated(read)
    dates = _dates(today_given, default=dated)
    points = Timeline(
        {
            "at": dates(point.day),
            "day": point.day,
            "on_hand": point.on_hand,
            "days": point.printed_days,
        }
        for point in cover.period_of_cover(stock - committed, receipts, demands)
    )
    answers: dict[str, Any] = {"cover_days_after": points, "cover_after": points}
    if today_given is not None or not dated:
        today = 0 if today_given is None else _day(today_given)
        days = cover.cover_days(stock, today, demands, committed)
        answers["period_of_cover_days"] = cover.NEVER_DAYS if days is None else days
        names = ("cover_days", "days_of_cover", "period_of_cover")
        answers.update(dict.fromkeys(names, answers["period_of_cover_days"]))
        answers["cover_until"] = None if days is None else dates(today + days)
    return _pick(answers, wanted)


def _planned(read: Inputs, names: tuple[str, ...]) -> list[Planned]:
    """Dated quantities as [day, qty] pairs or as mappings; several names may be there at once."""
    planned = []
    for name in names:
        for row in read.raw(name) or []:
            if isinstance(row, Mapping):
                one = Inputs(row, frozenset({"note", "name", "id"}))
                when, quantity = one.raw("day", "date", "at", "on"), one.need("qty", "quantity")
                due = one.raw("due", "due_day", "due_date")
                one.finish()
            else:
                (when, raw), due = row, None
                quantity = number(raw, name)
            planned.append(Planned(_day(when), quantity, None if due is None else _day(due)))
    return planned


def _transfer(row: Any) -> Transfer:
    one = Inputs(row, frozenset({"note"}))
    transfer = Transfer(
        _day(one.raw("day", "date")),
        one.need("qty", "quantity"),
        str(one.raw("frm", "from", "source")),
        str(one.raw("to", "target")),
    )
    one.finish()
    return transfer


def _day(value: Any) -> int:
    """A day as a number: days from today as they are, a date as its ordinal."""
    if isinstance(value, str | date):
        return day(value, "day").toordinal()
    return whole(value, "day")


def _is_dated(read: Inputs) -> bool:
    """Whether the plan speaks of dates and not of day numbers."""
    for name in (*_RECEIPTS, *_DEMANDS):
        for row in read.raw(name) or []:
            first = row.get("date", row.get("day")) if isinstance(row, Mapping) else row[0]
            return isinstance(first, str | date)
    return False


def _dates(today: Any, *, default: bool = False) -> Callable[[int | None], Any]:
    """How a day number is given back: as a date where the case speaks of dates."""
    dated = default or isinstance(today, str | date)
    offset = _day(today) if isinstance(today, str | date) and not default else 0

    def show(number_of_day: int | None) -> Any:
        if number_of_day is None or not dated:
            return number_of_day
        return date.fromordinal(number_of_day + offset)

    return show


def _pick(answers: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    unknown = sorted(set(wanted) - set(answers))
    if unknown:
        raise unsupported("算不出 {keys}", "cannot compute {keys}", keys=", ".join(unknown))
    return {key: answers[key] for key in wanted}
