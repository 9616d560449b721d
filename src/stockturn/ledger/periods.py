"""Period close: months that are settled, each close a snapshot with a hash and a version.

The books are closed through the last day of a month. A load that would change anything dated
before that is refused; only a named person with a reason reopens, and the next close of the month
is its next version. Every version stays readable: it is the ledger as known at its load.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

import ibis.expr.types as ir
import pyarrow as pa

from stockturn.engines import DuckDBEngine, Transaction
from stockturn.language import StockTurnError, Text, UsageError
from stockturn.ledger.decision import Decision
from stockturn.ledger.fingerprint import Reader, facts_hash
from stockturn.ledger.schema import RECORDS
from stockturn.ledger.tables import LOAD_NO, table

State = Literal["closed", "reopened"]

SHOWN: Final = 3
"""Changed months that a refusal names."""


CLOSED: Final = Text(
    "这次导入会改变已结账期间（结账至 {last}；涉及 {named}），没有写入任何数据。如确需更正，请由"
    "负责人反结账（stockturn reopen {first} --reason 理由）后重新导入。",
    "This load would change a closed period (closed through {last}; it touches {named}); nothing "
    "was written. If the change is right, have the person in charge reopen it (stockturn reopen "
    "{first} --reason why) and load again.",
)


class PeriodClosed(StockTurnError):
    """A load would change a month that is closed; nothing was posted."""

    code = "period_closed"
    status = 409
    exit_code = 3


class WrongPeriod(UsageError):
    """A month that cannot be closed or reopened as asked."""

    code = "wrong_period"


@dataclass(frozen=True)
class PeriodState:
    """One close or reopening of a month.

    Attributes:
        month: its first day.
        version: counts the closes of the month from 1; a reopening carries that of its close.
        load_no: the load that the decision is; the version is the ledger as known then.
        quantity: stock on hand at the end of the month.
        value: its value.
        content_hash: over everything dated up to the end of the month.
    """

    month: date
    version: int
    state: State
    load_no: int
    actor: str
    reason: str
    decided_at: datetime
    quantity: object
    value: object
    content_hash: str


def month_end(month: date) -> date:
    """Return the first day of the next month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def parse_month(text: str) -> date:
    """Return the first day of a month written ``2025-06``.

    Raises:
        WrongPeriod: it is not written so.
    """
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise WrongPeriod(
            Text(f"“{text}”不是月份，请写成 2025-06。", f"“{text}” is not a month; write 2025-06.")
        ) from None


def history(reader: Reader) -> list[PeriodState]:
    """Return every close and reopening in the order they were decided."""
    rows = reader.query(lambda: table("period").order_by("load_no", "month"), shape="periods")
    return [PeriodState(**row) for row in rows.to_pylist()]


def closed_through(reader: Reader) -> date | None:
    """Return the first day that is not closed; None where no month is closed."""
    latest: dict[date, PeriodState] = {state.month: state for state in history(reader)}
    closed = [month for month, state in latest.items() if state.state == "closed"]
    return month_end(max(closed)) if closed else None


def close(transaction: Transaction, decision: Decision) -> None:
    """Close a month and with it everything before; effect of the decision ``close_period``.

    Raises:
        WrongPeriod: it is closed already, or not over.
    """
    month = parse_month(str(decision.content["month"]))
    end = month_end(month)
    through = closed_through(transaction)
    if through is not None and through >= end:
        raise WrongPeriod(
            Text(
                f"{month:%Y-%m} 已结账。如需更正，请先反结账并写明理由。",
                f"{month:%Y-%m} is closed. To change it, reopen it first and say why.",
            )
        )
    if decision.decided_at.date() < end:
        raise WrongPeriod(
            Text(
                f"{month:%Y-%m} 还没有结束，月末之后才能结账。",
                f"{month:%Y-%m} is not over; it can be closed after its last day.",
            )
        )
    versions = [s.version for s in history(transaction) if s.month == month]
    _write(transaction, decision, month, max(versions, default=0) + 1, "closed")


def reopen(transaction: Transaction, decision: Decision) -> None:
    """Reopen a month and the closed ones after it; effect of the decision ``reopen_period``.

    Raises:
        WrongPeriod: it is not closed.
    """
    month = parse_month(str(decision.content["month"]))
    latest = {state.month: state for state in history(transaction)}
    through = closed_through(transaction)
    if through is None or through <= month:
        raise WrongPeriod(
            Text(
                f"{month:%Y-%m} 没有结账，不需要反结账。",
                f"{month:%Y-%m} is not closed; there is nothing to reopen.",
            )
        )
    later = [s for s in latest.values() if s.month >= month and s.state == "closed"]
    for state in later:
        _write(transaction, decision, state.month, state.version, "reopened")


def _write(
    transaction: Transaction, decision: Decision, month: date, version: int, state: State
) -> None:
    end = month_end(month)

    def stock() -> ir.Table:
        rows = table("movement")
        return rows.group_by(before=rows.happened_on < end).aggregate(
            quantity=rows.quantity.sum(), value=rows.value.sum().fill_null(0)
        )

    found = [row for row in transaction.query(stock).to_pylist() if row["before"]]
    row = {
        "month": month,
        "version": version,
        "state": state,
        "load_no": transaction.values["load_no"],
        "actor": decision.actor,
        "reason": decision.reason,
        "decided_at": decision.decided_at.replace(tzinfo=None),
        "quantity": found[0]["quantity"] if found else 0,
        "value": found[0]["value"] if found else 0,
        "content_hash": facts_hash(transaction, end),
    }
    schema = RECORDS["period"].to_pyarrow()
    rows = pa.Table.from_pylist([row], schema=schema)
    transaction.insert("period", rows)


def refuse_closed(transaction: Transaction) -> None:
    """Refuse the load being posted where it changes a closed month.

    What adds up to nothing changes nothing: a row that was taken back and stated again as it was.

    Raises:
        PeriodClosed: with the months.
    """
    through = closed_through(transaction)
    if through is None:
        return
    movements = table("movement").filter(
        lambda t: (t.load_no == LOAD_NO) & (t.happened_on < through)
    )
    sales = table("sale").filter(lambda t: (t.load_no == LOAD_NO) & (t.happened_on < through))
    keys = ("item_id", "location_id", "status", "kind", "happened_on")
    sums = movements.group_by(keys).aggregate(
        quantity=movements.quantity.sum(), value=movements.value.sum().fill_null(0)
    )
    sold = sales.group_by("item_id", "location_id", "channel", "happened_on").aggregate(
        quantity=sales.quantity.sum(), value=sales.revenue.sum().fill_null(0)
    )
    days: set[date] = set()
    for rows in (sums, sold):
        changed = rows.filter((rows.quantity != 0) | (rows.value != 0))
        months = changed.select(month=changed.happened_on.truncate("M")).distinct()
        days |= {row["month"] for row in transaction.query(months).to_pylist()}
    if days:
        raise _refusal(transaction, days)


def refuse_closed_days(reader: Reader, days: Iterable[date]) -> None:
    """Refuse a change of rows that lie on closed days.

    Raises:
        PeriodClosed: with the months.
    """
    through = closed_through(reader)
    closed = {day.replace(day=1) for day in days if through is not None and day < through}
    if closed:
        raise _refusal(reader, closed)


def _refusal(reader: Reader, days: set[date]) -> PeriodClosed:
    """Return the refusal of a change of months, by their first days."""
    months = sorted(days)
    named = ", ".join(f"{month:%Y-%m}" for month in months[:SHOWN])
    more = f" (+{len(months) - SHOWN})" if len(months) > SHOWN else ""
    last = max(month for month in _closed_months(reader))
    words = {"last": f"{last:%Y-%m}", "named": named + more, "first": f"{months[0]:%Y-%m}"}
    return PeriodClosed(CLOSED.fill(**words))


def _closed_months(reader: Reader) -> list[date]:
    latest = {state.month: state for state in history(reader)}
    return [month for month, state in latest.items() if state.state == "closed"]


def periods(engine: DuckDBEngine) -> list[PeriodState]:
    """Return every close and reopening, newest first."""
    return list(reversed(history(engine)))
