"""What is published: each table with its grain, its columns with codes in place of keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import ibis.expr.types as ir

from stockturn.engines import bound
from stockturn.language import Text
from stockturn.ledger.dataset_tables import Dataset
from stockturn.ledger.datasets import current_rows
from stockturn.ledger.document_tables import DOCUMENTS, MEMBERS, RECORD_NAMES
from stockturn.ledger.documents import current
from stockturn.ledger.kit_lines import placed
from stockturn.ledger.schema import QUANTITY, VALUE
from stockturn.ledger.tables import month_of, table

Cut = Literal["", "month", "load_no"]
"""What a table is cut by: nothing, the month of ``happened_on``, or the load."""

PART: Final = "part"
"""The bound value that names the part: the month's first day, or a load's number."""


@dataclass(frozen=True)
class Published:
    """One published table.

    Attributes:
        name: of its file or folder.
        about: what one row is.
        build: its rows; of one part where it is cut.
        cut: what it is cut by; a part is written again when a load has touched it.
        record: the ledger's table whose new rows touch parts; of a table that is not cut, the
            one without which there is nothing to publish.
        onward: what a load touches, it touches in all later parts too.
    """

    name: str
    about: Text
    build: Callable[[], ir.Table]
    cut: Cut = ""
    record: str = ""
    onward: bool = False


CODED: Final = {
    "item_id": "item",
    "location_id": "location",
    "supplier_id": "supplier",
    "customer_id": "customer",
}
"""Key -> the master table that has its code; both code and key are unique there."""


COLUMNS: Final = {
    "load_no": Text("由哪次导入得知", "the load through which it became known"),
    "learned_at": Text("得知的时刻（UTC）", "when it became known (UTC)"),
    "is_current": Text(
        "未被冲回；只看现状时取真", "not taken back; keep the true ones for the state of now"
    ),
    "origin": Text(
        "来源：原样、推出、冲回或重新计价", "stated, derived, taken back or costed again"
    ),
    "corrects": Text("更正的是哪一笔", "the movement that it corrects"),
    "kit_line": Text(
        "它是哪一行套装的组件；文件、工作表、行号是那一行的",
        "the kit line that it is a component of; file, sheet and row are that line's",
    ),
    "movement_id": Text("编号，唯一且不变", "its number, unique and lasting"),
    "sequence": Text("一天之内的次序", "order within a day"),
    "happened_on": Text("发生的营业日", "the business day it happened on"),
    "quantity": Text("数量，基本单位；出库为负", "in base units; issues are negative"),
    "quantity_uncosted": Text("其中没有成本的数量", "the part of it without a known cost"),
    "value": Text("金额，不含税；未知为空", "without tax; null where it is not known"),
    "cost_source": Text("成本从何而来", "where the cost comes from"),
    "closing_quantity": Text("月末数量", "at the end of the month"),
    "closing_value": Text("月末金额", "at the end of the month"),
    "item": Text("物料编码", "code of the item"),
    "location": Text("库位编码", "code of the location"),
    "supplier": Text("供应商编码", "code of the supplier"),
    "customer": Text("客户编码", "code of the customer"),
    "file": Text("来自哪个文件", "the file it came from"),
    "sheet": Text("工作表", "the sheet"),
    "row_no": Text("行号", "the row"),
    "received_on": Text("公司收到的日子", "when the company received it"),
    "arrived_on": Text("到达本库位的日子", "when it arrived at this location"),
    "stated_on": Text("来源所说的截至日", "the day for which the source states it"),
    "source": Text("说这句话的映射", "the mapping that states it"),
    "occurrence": Text("同键行中的第几行", "its number among rows of the same key"),
    "values": Text("原行，JSON", "the row as it came, JSON"),
    "attributes": Text("其他列，JSON", "other columns, JSON"),
    "sha256": Text("文件的哈希", "hash of the file"),
}
"""Columns whose names do not say it all."""


def coded(rows: ir.Table, members: Mapping[str, tuple[str, str]]) -> ir.Table:
    """Put the code of a master in place of its key.

    Args:
        rows: what has the keys.
        members: column to be made -> (master table, column that holds the key).
    """
    order = list(rows.columns)
    for column, (master, key) in members.items():
        named = table(master).select(
            **{f"{column}_key_": f"{master}_id", f"{column}_code_": master}
        )
        rows = rows.left_join(named, rows[key] == named[f"{column}_key_"])
        order = [column if name == key else name for name in order]
        rows = rows.mutate(**{column: rows[f"{column}_code_"]}).drop(
            f"{column}_key_", f"{column}_code_"
        )
    return rows.select(*order)


def published_tables(datasets: Mapping[str, Dataset]) -> list[Published]:
    """Return every published table; free tables are those the warehouse has now."""
    documents = [
        Published(name, declared.grain, _document(name), "", RECORD_NAMES[name])
        for name, declared in DOCUMENTS.items()
    ]
    free = [
        Published(
            each.record_name,
            Text(f"自由数据表“{name}”的一行", f"one row of the free table “{name}”"),
            _free(each),
            "",
            each.record_name,
        )
        for name, each in datasets.items()
    ]
    return [*LEDGER, *documents, *free]


def _own(key: str) -> dict[str, tuple[str, str]]:
    return {CODED[key]: (CODED[key], key)}


_ALL: Final = {master: (master, key) for key, master in CODED.items()}


def _json(column: ir.Value) -> ir.Value:
    """Return a map as JSON text, which every reader and database takes."""
    return column.cast("json").cast("string")


def _item() -> ir.Table:
    rows = table("item").drop("item_id")
    return rows.mutate(attributes=_json(rows.attributes)).order_by("item")


def _location() -> ir.Table:
    rows = table("location")
    return rows.drop("location_id").order_by(rows.location)


def _supplier() -> ir.Table:
    rows = table("supplier")
    return rows.drop("supplier_id").order_by(rows.supplier)


def _customer() -> ir.Table:
    rows = table("customer")
    return rows.drop("customer_id").order_by(rows.customer)


def _lot() -> ir.Table:
    rows = coded(table("lot"), _own("item_id")).drop("lot_id")
    return rows.order_by(rows.item, rows.lot)


def _movements(name: str) -> Callable[[], ir.Table]:
    def build() -> ir.Table:
        every = table(name)
        rows = every.filter(month_of(every.happened_on) == bound(PART, "date"))
        taken_back = rows.filter(rows.origin == "reversal").select(gone=rows.corrects).distinct()
        gone = rows.movement_id.isin(taken_back.gone) | rows.corrects.isin(taken_back.gone)
        rows = rows.mutate(is_current=~((rows.origin == "reversal") | gone.fill_null(False)))
        lots = table("lot").select(lot_key_="lot_id", lot="lot")
        rows = rows.left_join(lots, rows.lot_id == lots.lot_key_).drop("lot_key_")
        named = coded(_with_load(rows), _ALL)
        return named.drop("lot_id").order_by("movement_id")

    return build


def _sale() -> ir.Table:
    every = table("sale")
    rows = every.filter(month_of(every.happened_on) == bound(PART, "date"))
    members = {name: _ALL[name] for name in ("item", "location", "customer")}
    return coded(_with_load(rows), members).order_by(
        "happened_on", "load_no", "file_no", "sheet", "row_no", "item", "quantity", "revenue"
    )


def _with_load(rows: ir.Table) -> ir.Table:
    """Put beside each row when it was learned, and the name of its file."""
    loads = table("load").select(load_key_="load_no", learned_at="committed_at")
    files = table("load_file").select(file_load_="load_no", file_key_="file_no", file="name")
    columns = rows.columns
    rows = placed(rows.left_join(loads, rows.load_no == loads.load_key_))
    rows = rows.left_join(
        files, [rows.of_load == files.file_load_, rows.file_no == files.file_key_]
    )
    return rows.select(*columns, "learned_at", "file")


def _balance_month() -> ir.Table:
    every = table("stock_moment")
    rows = every.filter(every.month <= bound(PART, "date"))
    summed = rows.group_by("item_id", "location_id", "status").aggregate(
        closing_quantity=rows.quantity_0.sum().cast(QUANTITY),
        closing_value=rows.value_0.sum().cast(VALUE),
        quantity_uncosted=rows.uncosted_0.sum().cast(QUANTITY),
        moved=(rows.month == bound(PART, "date")).any(),
    )
    some = (summed.closing_quantity != 0) | (summed.closing_value != 0) | summed.moved
    members = {name: _ALL[name] for name in ("item", "location")}
    named = coded(summed.filter(some), members).drop("moved")
    return named.order_by("item", "location", "status")


def _stock_layer() -> ir.Table:
    rows = table("stock_layer")
    lots = table("lot").select(lot_key_="lot_id", lot="lot")
    rows = rows.left_join(lots, rows.lot_id == lots.lot_key_).drop("lot_key_", "lot_id")
    named = coded(rows, {name: _ALL[name] for name in ("item", "location")})
    return named.order_by("item", "location", "status", "transfer", "place")


def _load() -> ir.Table:
    rows = table("load")
    rows = rows.mutate(
        ignored_by_reason=_json(rows.ignored_by_reason),
        learned_at=rows.committed_at,
    )
    return rows.drop("committed_at").order_by("load_no")


def _load_file() -> ir.Table:
    return table("load_file").order_by("load_no", "file_no")


def _reject() -> ir.Table:
    every = table("reject")
    rows = every.filter(every.load_no == bound(PART, "int32"))
    files = table("load_file").select(file_load_="load_no", file_key_="file_no", file="name")
    rows = rows.left_join(
        files, [rows.load_no == files.file_load_, rows.file_no == files.file_key_]
    ).drop("file_load_", "file_key_")
    rows = rows.mutate(values=_json(rows["values"]))
    return rows.order_by("file_no", "row_no", "column", "code")


def _document(name: str) -> Callable[[], ir.Table]:
    def build() -> ir.Table:
        declared = DOCUMENTS[name]
        members = {c: MEMBERS[c] for c in declared.columns if c in MEMBERS}
        rows = coded(current(name), members).drop("gone")
        if "attributes" in rows.columns:
            rows = rows.mutate(attributes=_json(rows.attributes))
        return rows.order_by("source", *declared.key, "occurrence")

    return build


def _free(dataset: Dataset) -> Callable[[], ir.Table]:
    def build() -> ir.Table:
        rows = current_rows(dataset).drop("gone")
        return rows.order_by("source", *dataset.key, "occurrence")

    return build


LEDGER: Final = (
    Published("item", Text("一个物料", "one item"), _item),
    Published("location", Text("一个库位", "one location"), _location),
    Published("supplier", Text("一个供应商", "one supplier"), _supplier),
    Published("customer", Text("一个客户", "one customer"), _customer),
    Published("lot", Text("一个物料的一个批次", "one lot of one item"), _lot),
    Published(
        "movement",
        Text("一笔自有库存变动，含冲销与更正", "one change of owned stock, corrections included"),
        _movements("movement"),
        "month",
        "movement",
    ),
    Published(
        "outside_movement",
        Text("一笔寄售或直运货物的变动", "one change of consigned or drop-shipped goods"),
        _movements("outside_movement"),
        "month",
        "outside_movement",
    ),
    Published("sale", Text("一行销售", "one line of a sale"), _sale, "month", "sale"),
    Published(
        "balance_month",
        Text(
            "一个物料在一个库位、一种状态下的月末结存；当月有变动或仍有结存者",
            "stock of one item at one location in one status at the end of a month, where it "
            "moved or is not nil",
        ),
        _balance_month,
        "month",
        "movement",
        onward=True,
    ),
    Published(
        "stock_layer",
        Text(
            "现有库存中的一层（一次收货的剩余）",
            "one layer of stock on hand: what is left of one receipt",
        ),
        _stock_layer,
    ),
    Published("load", Text("一次导入", "one load"), _load),
    Published("load_file", Text("一次导入中的一个文件", "one file of one load"), _load_file),
    Published("reject", Text("一行被拒收的数据", "one rejected row"), _reject, "load_no", "reject"),
)
