"""Posting a load: everything it brings, in one transaction, or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from stockturn.engines import DuckDBEngine, EngineFull, Transaction, built_once
from stockturn.language import Progress, Text
from stockturn.ledger import ageing, kit_lines, masters, moments, periods, quality
from stockturn.ledger.batch import Batch
from stockturn.ledger.booking import Booked, book
from stockturn.ledger.decisions import post_decision
from stockturn.ledger.quarantine import left_undated, settle, settle_replaced
from stockturn.ledger.rates import refuse_restated
from stockturn.ledger.read_again import note_read_again
from stockturn.ledger.replacing import FACTS, ROW, digested
from stockturn.ledger.schema import ENTRIES, RECORDS
from stockturn.ledger.statements import post_statements
from stockturn.ledger.tables import (
    LOAD_NO,
    TRANSIT_LOCATION,
    UNKNOWN,
    month_of,
    stacked,
    table,
)
from stockturn.ledger.whole_company import refuse_counted_twice

STEPS = {
    "masters": Text("更新主数据", "Posting master data"),
    "movements": Text("整理库存流水", "Reading movements"),
    "costs": Text("计算成本", "Costing"),
    "marts": Text("汇总时间矩", "Summing moments"),
    "layers": Text("更新库龄", "Ageing"),
    "commit": Text("提交", "Committing"),
}

TRANSIT_DAYS = 30
"""Goods between the legs of a transfer for longer than this are pointed out."""

INWARD_KINDS = ("receipt", "customer_return", "production_return", "production_receipt")
OUTWARD_KINDS = ("supplier_return", "sale_issue", "production_issue", "scrap")

FINDINGS = {
    "negative_stock": Text(
        "{n} 个物料-库位结存为负，已如实入账并标记。",
        "{n} item-locations are below zero; kept as stated.",
    ),
    "unlisted_item": Text(
        "{n} 个物料没有主数据，已按未登记物料入账。",
        "{n} items have no master data; booked as unlisted.",
    ),
    "unlisted_location": Text(
        "{n} 个库位没有主数据，已按未登记库位入账。",
        "{n} locations have no master data; booked as unlisted.",
    ),
    "unexplained": Text(
        "{n} 行结存与收发不符，差异已单列为“未说明差异”。",
        "{n} stated balances do not tie with their flows; listed as unexplained movements.",
    ),
    "count_difference": Text(
        "{n} 处盘点与账面不符，差异已记为盘点流水；账面更正后会自动重算。",
        "{n} counts differ from the books; the differences are booked as counts and worked out "
        "again when the books change.",
    ),
    "kit_exploded": Text(
        "{n} 行套装销售或退货已按套装清单拆成组件入账；从组件的流水可查到原行。",
        "{n} rows of sold or returned kits are booked as their components, by the kit list; the "
        "movement of a component leads to its row.",
    ),
    "kit_itself": Text(
        "{n} 行套装在当天没有有效组件，按套装编码自身入账。请核对套装清单的生效与失效日期。",
        "{n} rows of kits have no valid components on their day and are booked under the kit's own "
        "code. Check from when to when the kit list is valid.",
    ),
    "kit_in_stock": Text(
        "{n} 个套装在自己的编码下有库存，销售却按组件出库。若是预先装好的成品，请写明它在套装清单里"
        "的失效日期。",
        "{n} kits have stock of their own while their sales take their components. If they are "
        "packed beforehand, end them in the kit list.",
    ),
    "uncosted": Text(
        "{n} 笔流水没有成本，未按零计价。",
        "{n} movements have no cost; they are not valued at zero.",
    ),
    "lot_without_expiry": Text(
        "{n} 个批次没有失效日期，按“效期未知”处理，不当作永不过期。",
        "{n} lots have no expiry date; their expiry is unknown, which is not never.",
    ),
    "long_in_transit": Text(
        "{n} 张调拨单的货在途超过 30 天，请核对是否漏录调入。",
        "Goods of {n} transfers have been on their way for over 30 days; see whether the receiving "
        "leg is missing.",
    ),
    "rejects_replaced": Text(
        "隔离区里 {n} 行属于这次替换的数据，不再等待。",
        "{n} rejected rows belong to what this load replaces and wait in the quarantine no more.",
    ),
    "rejects_undated": Text(
        "隔离区里 {n} 行读不出日期，所在文件只有一部分日期被这次导入替换，无法判断是否属于其中，"
        "仍在等待。请核对：新数据里已有就丢弃。",
        "{n} rejected rows have no readable day, and this load replaces only some days of their "
        "file: it is not known whether they belong to them, and they wait on. Discard those that "
        "the new data holds.",
    ),
    "against_direction": Text(
        "{n} 笔流水的正负号与业务类型相反（红字或冲销），已如实入账，请核对。",
        "{n} movements run against the direction of their kind (red-letter or reversed); booked as "
        "stated, look them over.",
    ),
}
"""Finding code -> what the user should look at in a load that was booked; told in this order."""


@dataclass(frozen=True)
class PostedLoad:
    """What a load became.

    Attributes:
        warnings: what the user should look at.
        batch: the load with its rows counted again: those that stood already are ignored.
        reversed: how many movements and sales it took back.
        superseded: the loads of which it replaced files.
    """

    load_no: int
    committed_at: datetime
    warnings: tuple[Text, ...]
    batch: Batch
    reversed: int = 0
    superseded: tuple[int, ...] = ()


def post(
    engine: DuckDBEngine,
    batch: Batch,
    *,
    progress: Progress | None = None,
    load_no: int | None = None,
    committed_at: datetime | None = None,
    rehearsal: bool = False,
) -> PostedLoad:
    """Post a batch of typed entries: rows, rejects and the load record commit together.

    Args:
        engine: The warehouse.
        batch: Staged entry tables and the files they came from.
        progress: Told the step, and how many of all steps are done.
        load_no: Given by a rebuild, to keep the number a load had.
        committed_at: Given by a rebuild; otherwise the clock, in UTC.
        rehearsal: Only for :func:`rehearse`.

    Raises:
        MissingFactor: a unit cannot be converted; nothing was posted.
        WrongKit: a kit list cannot be followed; nothing was posted.
        PeriodClosed: it would change a closed month; nothing was posted.
        RateRestated: it states a rate otherwise than amounts were converted; nothing was posted.
        EngineFull: disk or memory ran out; nothing was posted.
    """
    tell = _teller(progress)
    moment = (committed_at or datetime.now(UTC)).astimezone(UTC)
    with engine.transaction() as transaction:
        number = load_no or _next_load(transaction)
        transaction.values.update(
            load_no=number, learned_month=moment.date().replace(day=1), first_day=None
        )
        staged = {
            name: transaction.stage(paths, ENTRIES[name])
            for name, paths in batch.tables.items()
            if paths and name in ENTRIES
        }
        entries = {name: _known(rows, name) for name, rows in staged.items()}
        tell("masters")
        masters.post_masters(transaction, entries)
        entries = post_statements(transaction, entries, batch)
        tell("movements")
        booked = book(transaction, entries, batch, tell)
        counted = _counted(transaction, batch, booked)
        _post_record(transaction, counted, number, moment, staged)
        settle_replaced(transaction, staged)
        if "reject" in entries:
            rows = entries["reject"].mutate(load_no=LOAD_NO)
            transaction.insert("reject", rows.select(*RECORDS["reject"].names))
        if batch.decision is not None:
            post_decision(transaction, batch.decision)
        elif load_no is None:
            periods.refuse_closed(transaction)
            refuse_restated(transaction, set(entries))
            refuse_counted_twice(transaction)
        tell("marts")
        if transaction.inserted["movement"] or transaction.inserted["sale"]:
            moments.grow(transaction)
        tell("layers")
        if transaction.inserted["movement"]:
            ageing.refresh(transaction)
        quality.evaluate(transaction, batch.rules, moment.date())
        sliced = bool(transaction.inserted["stated_slice"])
        warnings = _warnings(transaction, kits=booked.kits, sliced=sliced)
        if rehearsal:
            raise _Rehearsed(warnings)
        tell("commit")
    with suppress(EngineFull):
        # The load is committed; the marts say the same without, and are looked at again later.
        moments.compact(engine, number)
    loads = tuple(sorted({load for file in batch.files for load, _ in file.replaces}))
    return PostedLoad(number, moment, warnings, counted, booked.reversed, loads)


def rehearse(
    engine: DuckDBEngine, batch: Batch, *, progress: Progress | None = None
) -> tuple[Text, ...]:
    """Post a batch, take everything back, and return what the user should have looked at.

    Raises:
        MissingFactor, EngineFull: as :func:`post`.
    """
    try:
        post(engine, batch, progress=progress, rehearsal=True)
    except _Rehearsed as ended:
        return ended.warnings
    raise AssertionError("a rehearsal does not commit")


class _Rehearsed(Exception):
    """Rolls a rehearsal back; carries its warnings."""

    def __init__(self, warnings: tuple[Text, ...]) -> None:
        super().__init__()
        self.warnings = warnings


def _teller(progress: Progress | None) -> Callable[[str], None]:
    order = list(STEPS)

    def tell(step: str) -> None:
        if progress:
            progress(STEPS[step], order.index(step), len(order))

    return tell


def _next_load(transaction: Transaction) -> int:
    return (transaction.query(_last_load()).column("n")[0].as_py() or 0) + 1


@built_once
def _last_load() -> ir.Table:
    loads = table("load")
    return loads.aggregate(n=loads.load_no.max())


@built_once
def _known(rows: ir.Table, name: str) -> ir.Table:
    """Entries as they are posted: facts with their hash, on a member where they name none."""
    if name in FACTS:
        # Of what the source states, before rates and factors that may change are applied.
        rows = digested(rows, name)
    if name not in {"movement", "balance", "sale"}:
        return rows
    known = {"item": rows.item.fill_null(UNKNOWN)}
    if name != "sale":
        known["location"] = rows.location.fill_null(UNKNOWN)
    return rows.mutate(**known)


def _counted(transaction: Transaction, batch: Batch, booked: Booked) -> Batch:
    """Count the rows that stood already, and older versions of rows, as ignored."""
    if booked.unchanged is None and booked.older is None:
        return batch
    tables = [rows for name, rows in booked.entries.items() if name not in {"reject", "balance"}]
    if "balance" in booked.entries:
        rows = booked.entries["balance"]
        tables.append(rows if booked.unchanged is None else _without(rows, booked.unchanged))
    taken = [rows.select(*ROW) for rows in tables]
    left_out: dict[str, dict[int, int]] = {}
    for reason, rows in (("already_loaded", booked.unchanged), ("older_version", booked.older)):
        if rows is None:
            continue
        counts = transaction.query(_by_file(rows, taken)).to_pylist()
        left_out[reason] = {row["file_no"]: row["n"] for row in counts}
        taken.append(_left(rows, taken))
    files = []
    reasons = Counter(batch.ignored_by_reason)
    for file in batch.files:
        fewer = sum(counts.get(file.file_no, 0) for counts in left_out.values())
        files.append(
            replace(
                file,
                rows_loaded=file.rows_loaded - fewer,
                rows_ignored=file.rows_ignored + fewer,
            )
        )
    for reason, counts in left_out.items():
        reasons[reason] += sum(counts.values())
    return replace(batch, files=tuple(files), ignored_by_reason=dict(+reasons))


@built_once
def _left(rows: ir.Table, taken: list[ir.Table]) -> ir.Table:
    left = rows.distinct()
    for other in taken:
        left = _without(left, other)
    return left


@built_once
def _by_file(rows: ir.Table, taken: list[ir.Table]) -> ir.Table:
    left = _left(rows, taken)
    return left.group_by("file_no").aggregate(n=left.count())


def _without(rows: ir.Table, others: ir.Table) -> ir.Table:
    keys = ["file_no", "sheet_", "row_no"]
    marked = rows.select(*ROW).mutate(sheet_=lambda t: t.sheet.fill_null(""))
    other = others.select(*ROW).mutate(sheet_=lambda t: t.sheet.fill_null(""))
    return marked.anti_join(other, keys).select(*ROW)


def _post_record(
    transaction: Transaction,
    batch: Batch,
    load_no: int,
    at: datetime,
    staged: masters.Entries,
) -> None:
    spans = _spans(transaction, staged)
    counted = ("rows_in", "rows_loaded", "rows_rejected", "rows_ignored")
    totals = {name: sum(getattr(file, name) for file in batch.files) for name in counted}
    record = {
        "load_no": load_no,
        "committed_at": at.replace(tzinfo=None),
        "load_id": batch.load_id,
        "feed": batch.feed,
        "cursor": batch.cursor,
        "actor": batch.actor,
        "mapping": batch.mapping,
        "mapping_version": batch.mapping_version,
        **totals,
        "ignored_by_reason": list(batch.ignored_by_reason.items()),
        "first_day": min((span.pop("begin") for span in spans.values()), default=None),
        "last_day": max((span.pop("end") for span in spans.values()), default=None),
    }
    transaction.insert("load", _arrow("load", [record]))
    files = [
        {
            "load_no": load_no,
            "file_no": file.file_no,
            "name": file.name,
            "sha256": file.sha256,
            "bytes": file.bytes,
            "stream": file.stream,
            **spans.get(file.file_no, NOTHING),
            **{name: getattr(file, name) for name in counted},
        }
        for file in batch.files
    ]
    transaction.insert("load_file", _arrow("load_file", files))
    if batch.totals:
        measured = [{"load_no": load_no, **asdict(total)} for total in batch.totals]
        transaction.insert("load_total", _arrow("load_total", measured))
    if batch.sheets:
        sheets = [{"load_no": load_no, **asdict(sheet)} for sheet in batch.sheets]
        transaction.insert("load_sheet", _arrow("load_sheet", sheets))
    if batch.settled:
        settle(transaction, list(batch.settled))
    note_read_again(transaction, batch.read_again)


def _arrow(name: str, rows: list[dict[str, object]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=RECORDS[name].to_pyarrow())


NOTHING: dict[str, Any] = {"entries": 0, "first_day": None, "last_day": None}
DATED: Final = ("movement", "balance", "value_balance", "sale", "stock_count")


def _spans(transaction: Transaction, staged: masters.Entries) -> dict[int, dict[str, Any]]:
    """Return, by file, its entries without a line key and their days; ``begin``, ``end`` of all."""
    dated = {name: rows for name, rows in staged.items() if name in DATED}
    if not dated:
        return {}
    spans = transaction.query(_days_by_file(dated)).to_pylist()
    return {span.pop("file_no"): span for span in spans}


@built_once
def _days_by_file(dated: masters.Entries) -> ir.Table:
    parts = []
    for name in DATED:
        if name in dated:
            rows = dated[name]
            if name == "stock_count":
                rows = rows.mutate(happened_on=rows.counted_on)
            counts = rows.line.isnull() if name in FACTS else ibis.literal(name == "balance")
            begin = month_of(rows.happened_on) if name == "value_balance" else rows.happened_on
            parts.append(rows.select("file_no", "happened_on", counts=counts, begin=begin))
    rows = stacked(*parts)
    return rows.group_by("file_no").aggregate(
        entries=rows.counts.sum(),
        first_day=rows.happened_on.min(where=rows.counts),
        last_day=rows.happened_on.max(where=rows.counts),
        begin=rows.begin.min(),
        end=rows.happened_on.max(),
    )


def _long_in_transit() -> ir.Table:
    """Transfers of which goods have been on their way for longer than is usual."""
    layers, places = table("stock_layer"), table("location")
    transit = places.filter(places.location == TRANSIT_LOCATION)
    waiting = layers.semi_join(transit, "location_id")
    loads = table("load")
    days = loads.aggregate(latest=loads.last_day.max())
    both = waiting.cross_join(days)
    late = both.filter(both.latest.delta(both.arrived_on, unit="day") > TRANSIT_DAYS)
    return late.select("transfer").distinct()


@built_once
def _findings(*, kits: bool, sliced: bool) -> ir.Table:
    """Count by finding what the load has of it; a code without any is absent."""
    movements = table("movement").filter(lambda t: t.load_no == LOAD_NO)
    layers = table("stock_layer").semi_join(movements, ["item_id", "location_id"])
    negative = layers.filter(layers.quantity < 0).select("item_id", "location_id").distinct()
    fresh = (lambda t: (t.load_no == LOAD_NO) & ~t.listed,)
    items, places = table("item").filter(*fresh), table("location").filter(*fresh)
    places = places.filter(places.location != TRANSIT_LOCATION)
    lots = table("lot").semi_join(movements, "lot_id")
    gone = table("reject_settlement").filter(lambda t: t.load_no == LOAD_NO)
    kinds = {
        "unexplained": movements.kind == "unexplained",
        "count_difference": (movements.kind == "count") & (movements.origin == "derived"),
        "uncosted": (movements.cost_source == "missing") & (movements.origin != "reversal"),
        "against_direction": (movements.origin == "stated")
        & (
            (movements.kind.isin(INWARD_KINDS) & (movements.quantity < 0))
            | (movements.kind.isin(OUTWARD_KINDS) & (movements.quantity > 0))
        ),
    }
    found = {
        "negative_stock": negative,
        "unlisted_item": items,
        "unlisted_location": places,
        **{code: movements.filter(mask) for code, mask in kinds.items()},
        "rejects_replaced": gone.filter(gone.kind == "replaced"),
        "lot_without_expiry": lots.filter(lots.expires_on.isnull()),
        "long_in_transit": _long_in_transit(),
    }
    if sliced:
        found["rejects_undated"] = left_undated()
    if kits:
        lines = kit_lines.of_load()
        held = table("stock_layer").select(kit_id="item_id").distinct()
        found |= {
            "kit_exploded": lines.filter(~lines.itself),
            "kit_itself": lines.filter(lines.itself),
            "kit_in_stock": held.semi_join(lines.filter(~lines.itself), "kit_id"),
        }
    codes = [rows.select(code=ibis.literal(code)) for code, rows in found.items()]
    union = stacked(*codes)
    return union.group_by("code").aggregate(n=union.count())


def _warnings(transaction: Transaction, *, kits: bool, sliced: bool) -> tuple[Text, ...]:
    rows = transaction.query(_findings(kits=kits, sliced=sliced)).to_pylist()
    counts = {row["code"]: row["n"] for row in rows}
    return tuple(FINDINGS[code].fill(n=counts[code]) for code in FINDINGS if code in counts)
