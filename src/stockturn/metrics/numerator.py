"""What turnover divides: it follows the stage of the items, and is named."""

from __future__ import annotations

from decimal import Decimal

from stockturn.language import Text
from stockturn.metrics.components import Components
from stockturn.metrics.measure import Frame

CONSUMPTION = ("production_issue", "production_return")
SOLD = ("sale_issue", "customer_return")
MIXED_STAGES = Text(
    "组内只有原材料与在制品，没有共同的分子，请按物料类型分开看",
    "The group mixes raw material and work in process, which share no numerator; split by item "
    "kind",
)
NUMERATOR_SALES = Text("分子：销售成本", "Numerator: cost of goods sold")
NUMERATOR_RAW = Text("分子：生产领用材料成本", "Numerator: material consumed at cost")
NUMERATOR_WIP = Text(
    "分子：完工产品成本（在制品以外物料的完工入库，加直接售出的在制品）",
    "Numerator: cost of goods manufactured (production receipts of all goods but WIP, and WIP sold "
    "as it is)",
)
NUMERATOR_WIP_OUT = Text(
    "分子：在制品转出成本（领用与售出）；完工产品成本记在完工物料名下，不能归到这一组",
    "Numerator: cost leaving this WIP (issued or sold); cost of goods manufactured stands with the "
    "goods completed and cannot be told for this group",
)
NUMERATOR_WIP_PIECES = Text(
    "分子：在制品转出数量（领用与售出）", "Numerator: quantity of WIP issued or sold"
)
NUMERATOR_ALL = Text(
    "混合物料类型：分子为销售成本，分母为全部库存",
    "Mixed stages: cost of goods sold over all inventory",
)
STAGES = Text(
    "原材料为生产领用材料成本；在制品为完工产品成本（在制品以外物料的完工入库按成本计，"
    "加直接售出的在制品；在制品自身入库仍在在制品内，不计；等于期初在制品＋投入材料＋加工费用"
    "−期末在制品）；产成品、商品及混合组为销售成本",
    "raw material: material consumed at cost; work in process: cost of goods manufactured "
    "(production receipts at cost of every item but work in process, and work in process sold as "
    "it is; receipts of work in process stay inside it and do not count; equals opening work in "
    "process + materials + conversion - closing); finished goods, merchandise and mixed groups: "
    "cost of goods sold",
)


def numerator_of(parts: Components, frame: Frame) -> tuple[Decimal | None, Text]:
    """What turnover divides: it follows the stage of the items, and is named.

    Raw material: consumed at cost. Work in process: cost of goods manufactured, see :func:`_made`.
    Finished goods and merchandise, and any group with them: cost of goods sold net of returns.
    Sales basis: revenue.
    """
    if frame.basis.basis == "sales":
        return moved(parts, frame, ("sale",), "value"), Text("分子：销售收入", "Numerator: revenue")
    unit = "quantity" if frame.basis.basis == "quantity" else "value"
    if parts.stages == {"raw"}:
        return -moved(parts, frame, CONSUMPTION, unit), NUMERATOR_RAW
    if parts.stages == {"wip"}:
        return _made(parts, frame, unit)
    sold = -moved(parts, frame, SOLD, unit)
    if parts.stages == {"raw", "wip"}:
        return None, MIXED_STAGES
    mixed = bool(parts.stages & {"raw", "wip"})
    return sold, NUMERATOR_ALL if mixed else NUMERATOR_SALES


def _made(parts: Components, frame: Frame, unit: str) -> tuple[Decimal, Text]:
    """Cost of goods manufactured out of work in process, of a group of nothing else.

    What production received into stock at cost, of every item but work in process itself, and work
    in process sold as it is. A receipt of work in process stays inside it and does not count. So it
    equals the schedule of the textbook: opening work in process + materials + conversion - closing.
    Pieces of parts and of products do not compare: the quantity basis takes what left.
    """
    sold = -moved(parts, frame, SOLD, unit)
    left = sold - moved(parts, frame, CONSUMPTION, unit)
    if unit == "quantity":
        return left, NUMERATOR_WIP_PIECES
    if parts.completed is None:
        return left, NUMERATOR_WIP_OUT
    return sold + parts.completed, NUMERATOR_WIP


def moved(parts: Components, frame: Frame, kinds: tuple[str, ...], unit: str) -> Decimal:
    """Sum of ``value`` or ``quantity`` over movement kinds, signed as in the ledger."""
    return parts.moved(kinds, eliminate=frame.consolidated, unit=unit)
