"""What the kinds of movements are called on the page."""

from __future__ import annotations

from collections.abc import Mapping

from stockturn.language import Text

KIND_NAMES: Mapping[str, Text] = {
    "opening": Text("期初", "Opening"),
    "receipt": Text("采购入库", "Receipt"),
    "supplier_return": Text("采购退货", "Return to supplier"),
    "sale_issue": Text("销售出库", "Sale issue"),
    "customer_return": Text("销售退货", "Return from customer"),
    "production_issue": Text("生产领料", "Production issue"),
    "production_return": Text("生产退料", "Production return"),
    "production_receipt": Text("完工入库", "Production receipt"),
    "transfer_out": Text("调拨出", "Transfer out"),
    "transfer_in": Text("调拨入", "Transfer in"),
    "status_change": Text("状态转换", "Status change"),
    "adjustment": Text("库存调整", "Adjustment"),
    "count": Text("盘点", "Count"),
    "scrap": Text("报废", "Scrap"),
    "revaluation": Text("重估", "Revaluation"),
    "unexplained": Text("未说明差异", "Unexplained"),
    "sale": Text("销售收入", "Sale"),
}
"""Movement kind, and ``sale`` for a line of revenue -> its name."""
