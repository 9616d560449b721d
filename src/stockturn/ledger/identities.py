"""What must always hold in the ledger, checked on the whole of it by ``stockturn check``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import ibis
import ibis.expr.types as ir

from stockturn.engines import DuckDBEngine
from stockturn.language import Text
from stockturn.ledger.document_tables import DOCUMENTS, RECORD_NAMES
from stockturn.ledger.moments import flow_rows, moment_rows, sale_flow_rows
from stockturn.ledger.replacing import RECORDED, not_taken_back, standing_of
from stockturn.ledger.schema import MARTS, QUANTITY, VALUE_ONLY
from stockturn.ledger.tables import month_of, stacked, table

Identity = Callable[[], ir.Table]


@dataclass(frozen=True)
class IdentityResult:
    """One identity: whether it holds, and how many rows break it."""

    key: str
    name: Text
    passed: bool
    detail: Text


def check(engine: DuckDBEngine) -> list[IdentityResult]:
    """Check every identity; each question counts the rows that break it."""
    results = []
    for key, (name, build) in IDENTITIES.items():
        broken = engine.query(build().count().name("n").as_table())
        number = int(broken.column("n")[0].as_py())
        detail = (
            Text("成立", "holds")
            if number == 0
            else Text(f"{number} 行不成立", f"{number} rows break it")
        )
        results.append(IdentityResult(key, name, number == 0, detail))
    return results


def _rows_accounted() -> ir.Table:
    files = table("load_file")
    accounted = files.rows_loaded + files.rows_rejected + files.rows_ignored
    return files.filter(files.rows_in != accounted)


def _rejects_listed() -> ir.Table:
    rejects = table("reject")
    places = rejects.select("load_no", "file_no", "sheet", "row_no").distinct()
    listed = places.group_by("load_no", "file_no").aggregate(listed=places.count())
    files = table("load_file")
    both = files.left_join(listed, ["load_no", "file_no"])
    return both.filter(both.rows_rejected != both.listed.fill_null(0))


def _transfers_balance() -> ir.Table:
    rows = table("movement").filter(lambda t: t.transfer.notnull() & (t.origin != "recosting"))
    keys = ["item_id", "transfer", "happened_on"]
    sums = rows.filter(rows.kind.isin(["transfer_out", "transfer_in"])).group_by(keys)
    moved = sums.aggregate(quantity=lambda t: t.quantity.sum())
    return moved.filter(moved.quantity != 0)


def _reversals_mirror() -> ir.Table:
    movements = table("movement")
    reversals = movements.filter(movements.origin == "reversal").select(
        of_movement="corrects", back="quantity"
    )
    both = reversals.join(movements, reversals.of_movement == movements.movement_id)
    return both.filter(both.quantity + both.back != 0)


def _moments_equal_movements() -> ir.Table:
    loads = table("load").select("load_no", learned=month_of(table("load").committed_at.date()))
    movements = table("movement").join(loads, "load_no")
    fresh = moment_rows(movements, movements.learned)
    return _difference("stock_moment", fresh, 5)


def _flows_equal_movements() -> ir.Table:
    loads = table("load").select("load_no", learned=month_of(table("load").committed_at.date()))
    movements = table("movement").join(loads, "load_no")
    sales = table("sale").join(loads, "load_no")
    fresh = flow_rows(movements, movements.learned)
    columns = list(MARTS["flow_month"].names)
    both = stacked(fresh.select(*columns), sale_flow_rows(sales, sales.learned))
    return _difference("flow_month", both, 7)


def _difference(name: str, fresh: ir.Table, keys: int) -> ir.Table:
    """Rows of a mart whose sums differ from the same sums made from the records."""
    columns = list(MARTS[name].names)
    kept = table(name).select(*columns)
    negative = {column: (-fresh[column]).cast(QUANTITY) for column in columns[keys:]}
    union = stacked(kept, fresh.mutate(**negative))
    sums = union.group_by(columns[:keys]).aggregate(
        **{column: union[column].sum() for column in columns[keys:]}
    )
    wrong = ibis.literal(False)
    for column in columns[keys:]:
        wrong = wrong | (sums[column] != 0)
    return sums.filter(wrong)


def _layers_equal_stock() -> ir.Table:
    layers = table("stock_layer")
    layered = layers.group_by("item_id", "location_id", "status").aggregate(
        quantity=layers.quantity.sum(), value=layers.value.sum().fill_null(0)
    )
    moments = table("stock_moment")
    stock = moments.group_by("item_id", "location_id", "status").aggregate(
        on_hand=moments.quantity_0.sum(), worth=moments.value_0.sum()
    )
    both = stock.left_join(layered, ["item_id", "location_id", "status"])
    quantity_off = both.on_hand != both.quantity.fill_null(0)
    value_off = (both.on_hand != 0) & (both.worth != both.value.fill_null(0))
    return both.filter(quantity_off | value_off)


def _value_without_quantity() -> ir.Table:
    counted = table("item").filter(lambda t: t.unit.fill_null("") != VALUE_ONLY)
    moments = table("stock_moment").semi_join(counted, "item_id")
    stock = moments.group_by("item_id", "location_id", "status").aggregate(
        on_hand=moments.quantity_0.sum(), worth=moments.value_0.sum()
    )
    return stock.filter((stock.on_hand == 0) & (stock.worth != 0))


def _statements_once() -> ir.Table:
    doubled = []
    for name, declared in DOCUMENTS.items():
        rows = table(RECORD_NAMES[name])
        keys = [rows[column] for column in (*declared.record_key, "load_no", "file_no")]
        counts = rows.group_by(keys).aggregate(n=rows.count())
        doubled.append(counts.filter(counts.n > 1).select("load_no", "n"))
    return stacked(*doubled)


def _kits_add_up() -> ir.Table:
    """Lines of kits without components, or whose components have another revenue in all."""
    broken = []
    for kept, records in KEPT_IN.items():
        lines = standing_of(kept)
        lines = lines.mutate(line_=lines[RECORDED[kept][1]])
        whole = lines.revenue if kept == "kit_sale" else ibis.literal(0)
        lines = lines.select("line_", whole=whole.cast("decimal(38, 4)"))
        parts = []
        for record in records:
            rows = not_taken_back(record).filter(lambda t: t.kit_line.notnull())
            part = rows.revenue if record == "sale" else ibis.literal(0)
            parts.append(rows.select("kit_line", part=part.cast("decimal(38, 4)")))
        rows = stacked(*parts)
        sums = rows.group_by("kit_line").aggregate(sum=rows.part.sum())
        both = lines.outer_join(sums, lines.line_ == sums.kit_line)
        lost = both.line_.isnull() | both.kit_line.isnull()
        off = ~both.whole.identical_to(both["sum"])
        broken.append(both.filter(lost | off).select("line_", "kit_line"))
    return stacked(*broken)


KEPT_IN: Final = {"kit_movement": ("movement", "outside_movement"), "kit_sale": ("sale",)}


def _statements_have_loads() -> ir.Table:
    loads = table("load").select("load_no")
    rows = [table(record).select("load_no").distinct() for record in RECORD_NAMES.values()]
    return stacked(*rows).anti_join(loads, "load_no")


IDENTITIES: dict[str, tuple[Text, Identity]] = {
    "rows_accounted": (
        Text(
            "每个文件：读入 = 入账 + 拒收 + 忽略",
            "Every file: rows in = loaded + rejected + ignored",
        ),
        _rows_accounted,
    ),
    "rejects_listed": (
        Text("每一行拒收都有记录", "Every rejected row is listed"),
        _rejects_listed,
    ),
    "transfers_balance": (
        Text(
            "每张调拨单每天收发相抵（含在途）",
            "Every transfer adds up to zero each day, transit included",
        ),
        _transfers_balance,
    ),
    "reversals_mirror": (
        Text("每笔冲销与原单数量相反", "Every reversal mirrors what it reverses"),
        _reversals_mirror,
    ),
    "moments_equal_movements": (
        Text("时间矩 = 流水重新汇总", "Moments equal the movements summed again"),
        _moments_equal_movements,
    ),
    "flows_equal_movements": (
        Text("月度流量 = 流水重新汇总", "Monthly flows equal the movements summed again"),
        _flows_equal_movements,
    ),
    "layers_equal_stock": (
        Text("库龄层合计 = 结存数量与金额", "Layers add up to the stock in quantity and value"),
        _layers_equal_stock,
    ),
    "value_without_quantity": (
        Text("数量为零的结存没有金额", "No value where there is no quantity"),
        _value_without_quantity,
    ),
    "kits_add_up": (
        Text(
            "每行套装都有组件，组件收入合计 = 套装收入",
            "Every kit line has components, and their revenue adds up to its own",
        ),
        _kits_add_up,
    ),
    "statements_once": (
        Text(
            "每份单据、参数在一次导入的一个文件中只记一次",
            "Every statement stands once in a file of a load",
        ),
        _statements_once,
    ),
    "statements_have_loads": (
        Text("每份单据、参数都属于一次导入", "Every statement belongs to a load"),
        _statements_have_loads,
    ),
}
