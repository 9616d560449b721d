"""The words of the ledger: kinds, statuses, origins; and the types of its figures."""

from __future__ import annotations

from typing import Final

QUANTITY: Final = "decimal(18, 4)"
VALUE: Final = "decimal(18, 4)"
UNIT_COST: Final = "decimal(18, 6)"

KINDS: Final = {
    "opening": "期初 stock that was there before the first movement",
    "receipt": "采购入库 from a supplier",
    "supplier_return": "采购退货 back to the supplier (negative)",
    "sale_issue": "销售出库 to a customer (negative)",
    "customer_return": "销售退货 back from the customer (positive)",
    "production_issue": "生产领料 material into production (negative)",
    "production_return": "生产退料 material back from production (positive)",
    "production_receipt": "完工入库 product out of production (positive)",
    "transfer_out": "调拨出 leaves a location (negative); legs share `transfer`",
    "transfer_in": "调拨入 arrives at a location (positive)",
    "status_change": "状态转换 out of one stock status and into another; legs share `transfer`",
    "adjustment": "库存调整 either sign, with a reason",
    "count": "盘点 difference found by counting, either sign",
    "scrap": "报废 written off (negative)",
    "revaluation": "重估 value alone, quantity 0",
    "unexplained": "未说明差异 what a stated balance has beyond the stated flows, either sign",
}
"""Movement kind -> what it is. A correction keeps the kind of the movement it corrects."""

VALUE_ONLY: Final = "value-only"
"""Unit of an item that is known in money alone; figures in quantity refuse it."""

ITEM_KINDS: Final = ("raw", "wip", "finished", "merchandise")
STATUSES: Final = ("available", "inspection", "blocked", "defective", "reserved")
OWNERSHIPS: Final = ("owned", "consigned", "drop_ship")

ORIGINS: Final = {
    "stated": "as the source says",
    "derived": "from stated balances and flows, or the leg of a transfer in transit",
    "reversal": "takes back the movement named in `corrects`",
    "recosting": "changes the value of the movement named in `corrects`; quantity 0",
}

COST_SOURCES: Final = ("stated", "computed", "standard", "missing")
