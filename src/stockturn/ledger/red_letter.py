"""Red-letter rows (红冲): they name the document they take back; both stay, the net is zero."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from stockturn.engines import Transaction, built_once
from stockturn.language import StockTurnError, Text
from stockturn.ledger.schema import RECORDS
from stockturn.ledger.tables import LOAD_NO, shaped, stacked, table

UNPAIRED = Text(
    "有 {rows} 行红字单据找不到可冲销的原单，例如原单号 {document}、物料 {item}："
    "原单未导入，或红字数量超过了原单。请先导入原单，或改正红字单据；本次未写入任何数据。",
    "{rows} red-letter rows have nothing to take back, like document {document}, item "
    "{item}: it was not loaded, or less of it is left. Load the original first, or "
    "correct the row; nothing was written.",
)


class UnpairedRedLetter(StockTurnError):
    """A row takes back a document that is not there, or more of it than there is."""

    code = "unpaired_red_letter"
    status = 409
    exit_code = 3

    def __init__(self, document: str, item: str, rows: int) -> None:
        super().__init__(UNPAIRED.fill(document=document, item=item, rows=rows))


def check_red_letters(transaction: Transaction, movements: ir.Table) -> None:
    """See that every red-letter row has an original with enough left to take back.

    Grain of the comparison: document x item x location. A row may take back a part; the rows that
    do so together may not take back more than was booked, in this load and those before.

    Args:
        transaction: the load's, with master data posted.
        movements: entries of schema ``ENTRIES["movement"]``.

    Raises:
        UnpairedRedLetter: nothing was posted.
    """
    red = _red(movements)
    if not transaction.query(_any_of(red)).num_rows:
        return
    keys = ["document", "item", "location"]
    back = red.group_by(document_=red.reverses, item_=red["item"], location_=red.location)
    wanted = back.aggregate(taken=red.quantity.sum(), rows=red.count())
    here = movements.filter(movements.reverses.isnull() & movements.document.notnull())
    before = _with_codes(stacked(_booked("movement"), _booked("kit_movement")))
    booked = stacked(here.select(*keys, "quantity"), before.select(*keys, "quantity"))
    sums = booked.group_by(keys).aggregate(booked=booked.quantity.sum())
    joined = wanted.left_join(
        sums,
        [
            wanted.document_ == sums.document,
            wanted.item_ == sums["item"],
            wanted.location_ == sums.location,
        ],
    )
    opposed = joined.booked.sign() == -joined.taken.sign()
    enough = joined.taken.abs() <= joined.booked.abs()
    paired = (opposed & enough).fill_null(False)
    lost = joined.filter(~paired).order_by("document_", "item_")
    found = transaction.query(lost.select("document_", "item_", "rows")).to_pylist()
    if found:
        rows = sum(row["rows"] for row in found)
        raise UnpairedRedLetter(found[0]["document_"], found[0]["item_"], rows)
    given = {"load_no": LOAD_NO}
    transaction.insert("red_letter", shaped(red, RECORDS["red_letter"], given))


@built_once
def _red(movements: ir.Table) -> ir.Table:
    return movements.filter(movements.reverses.notnull())


@built_once
def _any_of(rows: ir.Table) -> ir.Table:
    return rows.limit(1).select("row_no")


def _booked(record: str) -> ir.Table:
    """What stands under each document: as booked, less what red-letter rows took back since."""
    rows = table(record)
    undone = rows.filter(rows.origin == "reversal").select(undone_="corrects")
    standing = rows.filter(rows.origin.isin(["stated", "derived"]))
    standing = standing.anti_join(undone, standing.movement_id == undone.undone_)
    red = table("red_letter").rename(
        {f"red_{name}": name for name in ("load_no", "file_no", "sheet", "row_no")}
    )
    marked = standing.left_join(
        red,
        [
            standing.load_no == red.red_load_no,
            standing.file_no == red.red_file_no,
            standing.sheet.identical_to(red.red_sheet),
            standing.row_no == red.red_row_no,
        ],
    )
    # A red-letter row counts against the document it takes back, not for its own.
    document = ibis.coalesce(marked.reverses, marked.document)
    return marked.select("item_id", "location_id", "quantity", document=document)


def _with_codes(rows: ir.Table) -> ir.Table:
    rows = rows.filter(rows.document.notnull())
    rows = rows.join(table("item").select("item", "item_id"), "item_id")
    return rows.join(table("location").select("location", "location_id"), "location_id")
