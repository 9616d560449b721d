"""What a load replaces: rows that come again are left alone, changed ones are taken back.

Four things say that an entry speaks of something that is there already: the key of its row in the
source (``line``, unique within a stream), a file that its file replaces, and a day or month that
its file replaces; both with the rows of them that had been rejected and were taken up later; and
the place of a row that is read again. What stands under them and is not stated again as it was is
reversed; what is stated again as it was stays, and is not posted twice. The rest of the load is
added.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from stockturn.engines import Transaction, built_once
from stockturn.ledger.batch import Batch
from stockturn.ledger.entries import SEQUENCE_STEP
from stockturn.ledger.pass_rows import corrected
from stockturn.ledger.quarantine import taken_up
from stockturn.ledger.read_again import places
from stockturn.ledger.schema import ENTRIES, QUANTITY, RECORDS, VALUE
from stockturn.ledger.stated_slices import state_slices, within
from stockturn.ledger.tables import LOAD_NO, shaped, stacked, table

Entries = dict[str, ir.Table]
Places = frozenset[tuple[str | None, int]]
"""Sheet and number of rows of a file."""

FACTS: Final[tuple[str, ...]] = ("movement", "sale")
"""Entry tables whose rows are taken back one by one; a balance replaces by its day."""

NEVER: Final = ibis.literal(-1, "int64")
"""A digest that no row has."""

NOT_SAID: Final = ("file_no", "sheet", "row_no", "line")
"""Where an entry comes from, which is no part of what it says."""

ROW: Final = {"file_no": "int32", "sheet": "string", "row_no": "int64"}

FILES: Final = pa.schema(
    {"file_no": pa.int32(), "stream": pa.string(), "span": pa.string(), "replaces": pa.bool_()}
)
REPLACED: Final = pa.schema({"file_no": pa.int32(), "of_load": pa.int32(), "of_file": pa.int32()})


@dataclass(frozen=True)
class Matched:
    """What is left of a load's facts once they are held against what stands.

    Attributes:
        entries: the load's entries, digested, without those that stand as they are.
        unchanged: source rows (file_no, sheet, row_no) that stand as they are.
        older: source rows of which the load itself brings a later version.
        back: key of the records to take back, by table; a table without any is absent.
    """

    entries: Entries
    unchanged: ir.Table | None
    older: ir.Table | None
    back: dict[str, ir.Table]


@built_once
def digested(rows: ir.Table, name: str) -> ir.Table:
    """Add ``digest``: a hash of what an entry says, wherever it stands."""
    said = [column for column in ENTRIES[name].names if column not in NOT_SAID]
    whole = ibis.struct({column: rows[column] for column in said})
    return rows.mutate(digest=(whole.hash() >> 1).cast("int64"))


def match(
    transaction: Transaction, entries: Entries, batch: Batch, *, kits: bool = False
) -> Matched:
    """Hold a load's movements and sales against what stands, see the module.

    Args:
        transaction: The load's.
        entries: Its entry tables.
        batch: The load.
        kits: The warehouse knows kits, whose lines stand apart.
    """
    facts = {name: entries[name] for name in FACTS if name in entries}
    replaced = _replaced(transaction, batch)
    again = places(transaction, batch.read_again)
    keyed = _has_lines(transaction, entries)
    sliced = any(file.replaces_span for file in batch.files)
    if not keyed and replaced is None and again is None and not sliced:
        return Matched(entries, None, None, {})
    files = _files(transaction, batch)
    facts = {name: transaction.keep(_of_stream(rows, files)) for name, rows in facts.items()}
    lines = None
    if keyed:
        lines = transaction.keep(_lines(facts, entries.get("deleted_line"), files))
    older = _older(transaction, facts, lines)
    if lines is not None:
        facts = {name: _winners(rows, lines) for name, rows in facts.items()}
    records = [name for name in RECORDED if kits or not name.startswith("kit_")]
    days = state_slices(transaction, [*facts.values(), *_rejected(entries, files)], files)
    standing = {
        name: transaction.keep(_spoken_of(name, lines, replaced, days, again)) for name in records
    }
    fresh, unchanged, back = _compared(transaction, facts, standing)
    return Matched({**entries, **fresh}, unchanged, older, back)


@built_once
def _of_stream(rows: ir.Table, files: ir.Table) -> ir.Table:
    return rows.join(files.select("file_no", "stream"), "file_no")


def _files(transaction: Transaction, batch: Batch) -> ir.Table:
    rows: list[dict[str, object]] = [
        {
            "file_no": file.file_no,
            "stream": file.stream,
            "span": file.replaces_span,
            "replaces": bool(file.replaces),
        }
        for file in batch.files
    ]
    return _staged(transaction, rows, FILES)


def _staged(transaction: Transaction, rows: list[dict[str, object]], schema: pa.Schema) -> ir.Table:
    staged = pa.Table.from_pylist(rows, schema=schema)
    return transaction.keep(transaction.stage(staged, ibis.Schema.from_pyarrow(schema)))


def _replaced(transaction: Transaction, batch: Batch) -> ir.Table | None:
    """Return the earlier files to replace, with all that these have replaced; and note it down."""
    direct = {(load, of): file.file_no for file in batch.files for load, of in file.replaces}
    if not direct:
        return None
    known = transaction.query(table("superseded")).to_pylist()
    for row in known:
        target = direct.get((row["by_load"], row["by_file"]))
        if target is not None:
            direct.setdefault((row["load_no"], row["file_no"]), target)
    rows: list[dict[str, object]] = [
        {"file_no": target, "of_load": load, "of_file": of}
        for (load, of), target in sorted(direct.items())
    ]
    noted = _staged(transaction, rows, REPLACED)
    transaction.insert(
        "superseded",
        noted.select(
            load_no=noted.of_load, file_no=noted.of_file, by_load=LOAD_NO, by_file=noted.file_no
        ),
    )
    return noted


def _has_lines(transaction: Transaction, entries: Entries) -> bool:
    if "deleted_line" in entries:
        return True
    return any(
        transaction.query(_with_line(entries[name])).num_rows for name in FACTS if name in entries
    )


@built_once
def _with_line(rows: ir.Table) -> ir.Table:
    return rows.filter(rows.line.notnull()).limit(1).select("line")


@built_once
def _lines(facts: Entries, deleted: ir.Table | None, files: ir.Table) -> ir.Table:
    """Return the lines the load speaks of, each with the source row that speaks of it last."""
    columns = ("stream", "line", *ROW)
    parts = [rows.filter(rows.line.notnull()).select(*columns) for rows in facts.values()]
    if deleted is not None:
        parts.append(_of_stream(deleted, files).select(*columns))
    rows = stacked(*parts).distinct()
    order = [rows.file_no.desc(), rows.sheet.desc(), rows.row_no.desc()]
    ranked = rows.mutate(
        place=ibis.row_number().over(group_by=[rows.stream, rows.line], order_by=order)
    )
    return ranked.filter(ranked.place == 0).drop("place")


def _row_of(rows: ir.Table) -> ir.Table:
    """Make source rows comparable: a sheet may be null."""
    return rows.mutate(sheet_=rows.sheet.fill_null(""))


@built_once
def _winners(rows: ir.Table, lines: ir.Table) -> ir.Table:
    rows = _row_of(rows)
    last = _row_of(lines).select("stream", "line", "file_no", "sheet_", "row_no")
    keys = ["stream", "line", "file_no", "sheet_", "row_no"]
    kept = rows.semi_join(last, keys)
    return stacked(kept, rows.filter(rows.line.isnull())).drop("sheet_")


def _older(transaction: Transaction, facts: Entries, lines: ir.Table | None) -> ir.Table | None:
    if lines is None or not facts:
        return None
    return transaction.keep(_outdone(facts, lines))


@built_once
def _outdone(facts: Entries, lines: ir.Table) -> ir.Table:
    last = _row_of(lines).select("file_no", "sheet_", "row_no")
    parts = [_row_of(rows.filter(rows.line.notnull())) for rows in facts.values()]
    rows = stacked(*(part.select("file_no", "sheet_", "row_no", "sheet") for part in parts))
    older = rows.anti_join(last, ["file_no", "sheet_", "row_no"])
    return older.select(*ROW).distinct()


# --- what stands -----------------------------------------------------------------------------


RECORDED: Final = {
    "movement": ("movement", "movement_id"),
    "outside_movement": ("movement", "movement_id"),
    "sale": ("sale", "sale_id"),
    "kit_movement": ("movement", "movement_id"),
    "kit_sale": ("sale", "sale_id"),
}
"""Record table -> the entry table its rows are stated in, and its key."""


@built_once
def standing_of(name: str) -> ir.Table:
    """Return the rows of a record table that sources state and that nothing has taken back.

    Components of kits are not among them: their source states the kit.
    """
    rows = not_taken_back(name)
    return rows.filter(rows.kit_line.isnull()) if "kit_line" in rows.columns else rows


@built_once
def not_taken_back(name: str) -> ir.Table:
    """Return :func:`standing_of` with the components of kits."""
    rows = table(name)
    key = RECORDED[name][1]
    reversals = rows.filter(rows.origin == "reversal").select(**{key: "corrects"})
    return rows.filter(rows.origin == "stated").anti_join(reversals, key)


@built_once
def _spoken_of(
    name: str,
    lines: ir.Table | None,
    replaced: ir.Table | None,
    days: ir.Table | None,
    again: ir.Table | None,
) -> ir.Table:
    """Return the rows of a record table that the load speaks of: id, scope, line, digest."""
    key = RECORDED[name][1]
    streams = table("load_file").select("load_no", "file_no", old_stream="stream")
    rows = standing_of(name).filter(lambda t: t.load_no < LOAD_NO)
    columns = ("load_no", "file_no", "sheet", "row_no", "line", "digest", "happened_on")
    rows = rows.select(*columns, record_id=rows[key])
    parts = []
    if lines is not None:
        named = lines.select(old_stream="stream", line="line")
        known = rows.filter(rows.line.notnull()).semi_join(named, "line")
        known = known.join(streams, ["load_no", "file_no"])
        parts.append(_claimed(known.semi_join(named, ["old_stream", "line"]), -1))
    if replaced is not None:
        old = replaced.rename(load_no="of_load", old_file="of_file", target="file_no")
        claimed = rows.join(old, [rows.load_no == old.load_no, rows.file_no == old.old_file])
        claimed = claimed.join(streams, ["load_no", "file_no"])
        parts.append(_claimed(claimed, claimed.target))
        gone = replaced.rename(origin_load="of_load", origin_file="of_file", target="file_no")
        came = taken_up().join(gone, ["origin_load", "origin_file"])
        came = came.select("load_no", "file_no", "sheet_", "row_no", "target")
        claimed = _row_of(rows).join(came, ["load_no", "file_no", "sheet_", "row_no"])
        claimed = claimed.join(streams, ["load_no", "file_no"])
        parts.append(_claimed(claimed, claimed.target))
    if days is not None:
        claimed = rows.join(streams, ["load_no", "file_no"])
        claimed = claimed.join(
            days,
            [
                claimed.old_stream == days.stream,
                claimed.happened_on >= days.first,
                claimed.happened_on <= days.last,
            ],
        )
        parts.append(_claimed(claimed, claimed.target))
        claimed = _taken_up_of(rows, streams, days)
        parts.append(_claimed(claimed, claimed.target))
    if again is not None:
        old = again.select("of_load", "of_file", "of_sheet_", "of_row", target="file_no")
        place = [("load_no", "of_load"), ("file_no", "of_file"), ("sheet_", "of_sheet_")]
        claimed = _row_of(rows).join(old, [*place, ("row_no", "of_row")])
        claimed = claimed.join(streams, ["load_no", "file_no"])
        # It says what it said: what follows from it may differ, so that it never stays.
        parts.append(_claimed(claimed.mutate(digest=NEVER), claimed.target))
    union = stacked(*parts)
    return union.group_by("record_id").aggregate(
        scope=union.scope.min(), line=union.line.min(), digest=union.digest.min()
    )


def _taken_up_of(rows: ir.Table, streams: ir.Table, days: ir.Table) -> ir.Table:
    """Return the rows that were rejected at first, in a day or month that is stated again.

    A row that was corrected to another day belongs to the day that it was rejected in, too.
    """
    came = taken_up()
    origin = streams.rename(origin_load="load_no", origin_file="file_no")
    came = came.join(origin, ["origin_load", "origin_file"])
    came = came.select("load_no", "file_no", "sheet_", "row_no", "origin_day", "old_stream")
    claimed = _row_of(rows).join(came, ["load_no", "file_no", "sheet_", "row_no"])
    return claimed.join(
        days,
        [
            claimed.old_stream == days.stream,
            within(claimed.happened_on, days) | within(claimed.origin_day, days),
        ],
    )


def _rejected(entries: Entries, files: ir.Table) -> list[ir.Table]:
    """Return the rejected rows whose day can be read: they are part of that day, too."""
    if "reject" not in entries:
        return []
    rows = entries["reject"]
    return [_of_stream(rows.filter(rows.happened_on.notnull()), files)]


def _claimed(rows: ir.Table, target: ir.Value | int) -> ir.Table:
    return rows.select("record_id", "line", "digest", scope=_scope(rows, rows.old_stream, target))


def _scope(rows: ir.Table, stream: ir.Value, target: ir.Value | int) -> ir.Value:
    """Within which rows are held against each other: a line's stream, or the file that replaces."""
    number = ibis.literal(target, "int32") if isinstance(target, int) else target
    return ibis.ifelse(rows.line.notnull(), "L:" + stream, "F:" + number.cast("string"))


def _compared(
    transaction: Transaction, facts: Entries, standing: dict[str, ir.Table]
) -> tuple[Entries, ir.Table | None, dict[str, ir.Table]]:
    """Pair what is stated with what stands, equal with equal; return what is left on both sides."""
    if not any(transaction.count(rows) for rows in standing.values()):
        # A first load has nobody to be held against, and pairing sorts whole rows.
        return {name: rows.drop("stream") for name, rows in facts.items()}, None, {}
    fresh: Entries = {}
    same = []
    back: dict[str, ir.Table] = {}
    for name in FACTS:
        sides = {t: rows for t, rows in standing.items() if RECORDED[t][0] == name}
        old = transaction.keep(_numbered(_of_records(sides), ["record", "record_id"]))
        stated = _stated(facts, name)
        new = None if stated is None else transaction.keep(_numbered(stated, list(ROW)))
        if new is not None and name in facts:
            fresh[name] = transaction.keep(_not_standing(new, old))
            same.append(_as_it_stands(new, old))
        for record in sides:
            held = transaction.keep(_left(record, old, new))
            if transaction.count(held):
                back[record] = held
    unchanged = transaction.keep(_distinct(same)) if same else None
    return fresh, unchanged, back


PAIR: Final = ("scope", "line_", "digest", "n")
"""What must agree for a stated row and a standing one to be the same."""


@built_once
def _of_records(sides: Entries) -> ir.Table:
    return stacked(*(rows.mutate(record=ibis.literal(name)) for name, rows in sides.items()))


@built_once
def _not_standing(new: ir.Table, old: ir.Table) -> ir.Table:
    own = new.filter(new.entry)
    return own.anti_join(old, PAIR).drop("scope", "line_", "n", "entry", "stream")


@built_once
def _as_it_stands(new: ir.Table, old: ir.Table) -> ir.Table:
    return new.filter(new.entry).semi_join(old, PAIR).select(*ROW)


@built_once
def _left(record: str, old: ir.Table, new: ir.Table | None) -> ir.Table:
    """Keys of the standing rows of a record table that nothing states again."""
    left = old if new is None else old.anti_join(new, PAIR)
    return left.filter(left.record == record).select(**{RECORDED[record][1]: "record_id"})


@built_once
def _distinct(parts: list[ir.Table]) -> ir.Table:
    return stacked(*parts).distinct()


@built_once
def _stated(facts: Entries, name: str) -> ir.Table | None:
    """Return what the load states of a table; revenue on movements is stated of sales too."""
    parts = []
    if name in facts:
        parts.append(facts[name].mutate(entry=ibis.literal(True)))
    if name == "sale" and "movement" in facts:
        rows = facts["movement"]
        sold = rows.filter(
            rows.revenue.notnull() & (rows.ownership.fill_null("owned") != "consigned")
        )
        columns = dict(parts[0].schema().items()) if parts else dict(_sale_schema().items())
        parts.append(shaped(sold, ibis.schema(columns), {"entry": ibis.literal(False)}))
    if not parts:
        return None
    rows = stacked(*parts)
    return rows.mutate(scope=_scope(rows, rows.stream, rows.file_no))


def _sale_schema() -> ibis.Schema:
    more = {"digest": "int64", "stream": "string", "entry": "boolean"}
    return ibis.schema({**dict(ENTRIES["sale"].items()), **more})


@built_once
def _numbered(rows: ir.Table, order: list[str]) -> ir.Table:
    rows = rows.mutate(line_=rows.line.fill_null(""))
    number = ibis.row_number().over(
        group_by=[rows.scope, rows.line_, rows.digest], order_by=[rows[name] for name in order]
    )
    return rows.mutate(n=number)


# --- taking back -------------------------------------------------------------------------------


def take_back(transaction: Transaction, record: str, back: ir.Table, first: int) -> int:
    """Append the reversals of records; return how many.

    Args:
        transaction: With ``load_no`` bound.
        record: a key of :data:`RECORDED`.
        back: Their keys.
        first: Where their numbers start within the load, in thousandths of its range.

    A reversal mirrors quantity and value with all that corrections have made of them, dated on
    what it takes back.
    """
    return transaction.insert(record, _reversals(record, back, first))


@built_once
def _reversals(record: str, back: ir.Table, first: int) -> ir.Table:
    key = RECORDED[record][1]
    rows = table(record).semi_join(back, key)
    start = LOAD_NO.cast("int64") * SEQUENCE_STEP + SEQUENCE_STEP // 1000 * first
    number = (ibis.row_number().over(order_by=rows[key]) + start).cast("int64")
    given: dict[str, ir.Value] = {
        key: number,
        "load_no": LOAD_NO,
        "origin": ibis.literal("reversal"),
        "corrects": rows[key],
        "quantity": (-rows.quantity).cast(QUANTITY),
        "digest": ibis.literal(0),
        "line": ibis.null("string"),
        "file_no": ibis.null("int32"),
        "sheet": ibis.null("string"),
        "row_no": ibis.null("int64"),
    }
    if RECORDED[record][0] == "sale":
        given["revenue"] = (-rows.revenue).cast(VALUE)
    else:
        rows, value, uncosted = corrected(rows)
        given |= {
            "value": (-value).cast(VALUE),
            "quantity_uncosted": (-uncosted).cast(QUANTITY),
            "sequence": ibis.literal(0),
            "place": ibis.literal(0),
        }
    return shaped(rows, RECORDS[record], given)
