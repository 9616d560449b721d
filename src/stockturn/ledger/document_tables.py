"""The tables that a firm has beside its stock movements, declared: grain, key, columns.

A row of these is a statement about a document, an agreement or the world outside. Its key columns
say which statements speak of the same thing: a later statement with the same key is a new version,
and the older one stays readable (:mod:`stockturn.ledger.documents`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from stockturn.language import Text

_TYPES: Final = {
    "text": "string",
    "code": "string",
    "day": "date",
    "days": "int32",
    "quantity": "decimal(18, 4)",
    "money": "decimal(18, 4)",
    "price": "decimal(18, 6)",
    "share": "decimal(18, 6)",
}

MEMBERS: Final = {
    "item": ("item", "item_id"),
    "component": ("item", "component_id"),
    "location": ("location", "location_id"),
    "origin": ("location", "origin_id"),
    "supplier": ("supplier", "supplier_id"),
    "customer": ("customer", "customer_id"),
}
"""Column of a document -> (the master table its codes belong to, the column of the key)."""


@dataclass(frozen=True)
class DocumentTable:
    """One declared table.

    Attributes:
        name: of the entry table and of the record.
        title: what a user calls it.
        grain: what one row is.
        columns: column -> kind, one of ``text``, ``code``, ``day``, ``days``, ``quantity``,
            ``money`` (an amount), ``price`` (of one unit) and ``share``.
        required: columns without which a row says nothing.
        key: columns that name what a row speaks of; nulls are compared as values. Rows of one file
            that agree in all of them are told apart by their order.
        shared: the key means the same whichever source states it; otherwise each source has its
            own documents.
        day: the column on which units, rates and taxes are looked up.
    """

    name: str
    title: Text
    grain: Text
    columns: dict[str, str]
    required: tuple[str, ...]
    key: tuple[str, ...]
    shared: bool = False
    day: str | None = None

    @property
    def entry(self) -> dict[str, str]:
        """Columns of the entry table without the row's origin, as Ibis types."""
        mark = dict.fromkeys(self.required, "!")
        typed = {name: mark.get(name, "") + _TYPES[kind] for name, kind in self.columns.items()}
        taxed = {"taxed": "string"} if "tax_rate" in self.columns else {}
        return {**typed, **taxed, "stated_on": "date", "attributes": "map<string, string>"}

    @property
    def record(self) -> dict[str, str]:
        """Columns of the record without the row's origin: codes of masters become their keys."""
        columns = {}
        for name, kind in self.columns.items():
            if name in MEMBERS:
                columns[MEMBERS[name][1]] = "int32"
            else:
                columns[name] = _TYPES[kind]
        return {
            "load_no": "!int32",
            "source": "!string",
            "occurrence": "!int32",
            "gone": "!boolean",
            **columns,
            "stated_on": "date",
            "attributes": "map<string, string>",
        }

    @property
    def record_key(self) -> tuple[str, ...]:
        """The key as the record names it, source and occurrence included."""
        own = tuple(MEMBERS[name][1] if name in MEMBERS else name for name in self.key)
        return (*(() if self.shared else ("source",)), *own, "occurrence")

    def of_kind(self, *kinds: str) -> tuple[str, ...]:
        """Return the columns of these kinds."""
        return tuple(name for name, kind in self.columns.items() if kind in kinds)


def _columns(text: str) -> dict[str, str]:
    """Read ``kind: column column`` lines."""
    found: dict[str, str] = {}
    for line in text.strip().splitlines():
        kind, names = line.split(":")
        found |= dict.fromkeys(names.split(), kind.strip())
    return found


def _table(
    name: str,
    title: tuple[str, str],
    grain: tuple[str, str],
    columns: str,
    *,
    key: str,
    required: str,
    shared: bool = False,
    day: str | None = None,
) -> DocumentTable:
    return DocumentTable(
        name,
        Text(*title),
        Text(*grain),
        _columns(columns),
        tuple(required.split()),
        tuple(key.split()),
        shared,
        day,
    )


_ORDERS: Final = (
    _table(
        "purchase_order",
        ("采购订单", "Purchase orders"),
        ("一行是一张采购订单的一行", "one line of one purchase order"),
        """
        code: document line item supplier location company
        day: ordered_on approved_on promised_on requested_on received_on
        quantity: quantity quantity_received quantity_rejected quantity_open
        text: unit currency status kind buyer
        price: unit_price
        money: value
        share: tax_rate
        """,
        key="document line item",
        required="document item",
        day="ordered_on",
    ),
    _table(
        "purchase_receipt",
        ("采购到货", "Purchase receipts"),
        ("一行是一次到货的一行，不动库存", "one line of one delivery; it moves no stock"),
        """
        code: document line item supplier location lot order_document order_line company
        day: received_on
        quantity: quantity quantity_accepted quantity_rejected
        text: unit currency
        price: unit_price
        money: value
        share: tax_rate
        """,
        key="document line item order_document order_line lot",
        required="item received_on quantity",
        day="received_on",
    ),
    _table(
        "sales_order",
        ("销售订单", "Sales orders"),
        ("一行是一张销售订单的一行", "one line of one sales order"),
        """
        code: document line item customer location company
        day: ordered_on promised_on requested_on shipped_on
        quantity: quantity quantity_shipped quantity_open quantity_reserved
        text: unit currency status channel owner
        price: unit_price
        money: value
        share: tax_rate
        """,
        key="document line item",
        required="document item",
        day="ordered_on",
    ),
    _table(
        "reservation",
        ("库存预留", "Reservations"),
        ("一行是为一个需求占用的库存", "stock set aside for one demand"),
        """
        code: document line item location lot customer
        day: reserved_on until_on
        quantity: quantity
        text: unit
        """,
        key="document line item location lot",
        required="item quantity",
        day="reserved_on",
    ),
    _table(
        "production_order",
        ("生产订单", "Production orders"),
        ("一行是一张生产订单的一个产品", "one product of one production order"),
        """
        code: document line item location company
        day: ordered_on starts_on due_on finished_on
        quantity: quantity quantity_finished quantity_scrapped quantity_open
        text: unit status planner
        """,
        key="document line item",
        required="document item",
        day="ordered_on",
    ),
    _table(
        "opportunity",
        ("销售机会", "Sales opportunities"),
        ("一行是一个销售机会的一行", "one line of one sales opportunity"),
        """
        code: opportunity line item customer
        day: created_on expected_on closed_on
        quantity: quantity
        text: name category stage owner unit currency
        money: value
        share: probability
        """,
        key="opportunity line item",
        required="opportunity",
        day="created_on",
    ),
)

_TERMS: Final = (
    _table(
        "supplier_terms",
        ("供货条件", "Supplier terms"),
        ("一行是一个供应商供一种物料的条件", "how one supplier supplies one item"),
        """
        code: supplier item location
        day: valid_from valid_to
        days: lead_time_days payment_days review_days
        quantity: minimum_order_quantity maximum_order_quantity pack_size
        text: unit currency calendar
        price: unit_price
        share: supply_share tax_rate
        """,
        key="supplier item location valid_from minimum_order_quantity",
        required="supplier",
        shared=True,
        day="valid_from",
    ),
    _table(
        "item_parameters",
        ("物料库存参数", "Item parameters"),
        ("一行是一种物料在一个库位的 ERP 参数", "what the ERP keeps for one item at one location"),
        """
        code: item location supplier
        day: valid_from
        quantity: minimum maximum safety_stock reorder_point order_quantity
        quantity: minimum_order_quantity pack_size
        days: lead_time_days review_days safety_days
        text: buyer planner policy unit
        """,
        key="item location valid_from",
        required="item",
        shared=True,
        day="valid_from",
    ),
    _table(
        "lane",
        ("调拨路线", "Transfer lanes"),
        ("一行是从一个库位到另一个库位的路线", "one way from one location to another"),
        """
        code: origin location item
        day: valid_from valid_to
        days: lead_time_days review_days
        quantity: minimum_order_quantity pack_size
        price: unit_cost
        text: unit currency calendar
        """,
        key="origin location item valid_from",
        required="origin location",
        shared=True,
        day="valid_from",
    ),
    _table(
        "bom",
        ("物料清单", "Bills of material"),
        ("一行是一个父件所用的一个子件", "one component of one parent item"),
        """
        code: item component line alternative
        day: valid_from valid_to
        quantity: quantity
        share: scrap
        text: unit kind
        """,
        key="item component line alternative valid_from",
        required="item component quantity",
        shared=True,
        day="valid_from",
    ),
    _table(
        "kit",
        ("套装清单", "Kits"),
        ("一行是一个套装里的一个组件", "one component of one kit"),
        """
        code: item component
        day: valid_from valid_to
        quantity: quantity
        share: share
        text: unit
        """,
        key="item component valid_from",
        required="item component quantity",
        shared=True,
        day="valid_from",
    ),
    _table(
        "price",
        ("价格", "Prices"),
        ("一行是一种物料从某日起的一个价格", "one price of one item from a day on"),
        """
        code: item customer supplier location
        day: valid_from valid_to
        text: kind channel unit currency
        quantity: minimum_quantity
        price: unit_price
        share: tax_rate
        """,
        key="item kind channel customer supplier location valid_from minimum_quantity unit",
        required="item unit_price",
        shared=True,
        day="valid_from",
    ),
    _table(
        "item_cost",
        ("物料成本", "Item costs"),
        ("一行是一种物料从某日起的一种成本", "one kind of cost of one item from a day on"),
        """
        code: item location company
        day: valid_from
        text: kind unit currency
        price: unit_cost
        """,
        key="item location company kind valid_from",
        required="item",
        shared=True,
        day="valid_from",
    ),
)

_COUNTS: Final = (
    _table(
        "stock_count",
        ("盘点", "Physical counts"),
        (
            "一行是一次盘点中一处的实盘数与账面数",
            "one place counted: what was found, what the books say",
        ),
        """
        code: document line item location lot
        day: counted_on
        quantity: counted book
        price: unit_cost
        text: unit status reason counter
        """,
        key="document line item location lot status counted_on",
        required="item location counted_on counted",
        day="counted_on",
    ),
)

_EVENTS: Final = (
    _table(
        "event",
        ("促销与事件", "Promotions and events"),
        ("一行是一次促销或事件的一个范围", "one promotion or event and what it is about"),
        """
        code: event item location
        day: begins_on ends_on
        text: name kind category channel currency
        share: discount uplift
        price: unit_price
        money: budget
        """,
        key="event kind begins_on item location category channel",
        required="begins_on",
        day="begins_on",
    ),
    _table(
        "calendar_day",
        ("日历", "Calendar days"),
        (
            "一行是一个日历中与平日不同的一天",
            "one day of a calendar that is not as its weekday says",
        ),
        """
        code: calendar
        day: day
        text: kind name
        """,
        key="calendar day",
        required="day",
        shared=True,
    ),
    _table(
        "outside_value",
        ("外部数据", "Outside series"),
        ("一行是一个外部序列一天的值", "the value of one outside series on one day"),
        """
        code: series place
        day: day
        quantity: value
        text: unit
        """,
        key="series place day",
        required="series day value",
        shared=True,
    ),
)

_FINANCE: Final = (
    _table(
        "budget",
        ("预算与目标", "Budgets and targets"),
        ("一行是一个期间、一个范围的一个目标值", "one planned figure of one period and scope"),
        """
        code: item location supplier company
        text: kind version measure category channel buyer currency
        day: period_end
        quantity: quantity number
        money: value
        """,
        key="kind version measure period_end item location supplier company category channel buyer",
        required="measure period_end",
        day="period_end",
    ),
    _table(
        "receivable",
        ("应收", "Receivables"),
        ("一行是一张应收单的一行", "one line of one receivable"),
        """
        code: document line customer company
        day: document_on due_on settled_on
        money: value open_value
        text: currency kind
        """,
        key="document line customer",
        required="document",
        day="document_on",
    ),
    _table(
        "payable",
        ("应付", "Payables"),
        ("一行是一张应付单的一行", "one line of one payable"),
        """
        code: document line supplier company
        day: document_on due_on settled_on
        money: value open_value
        text: currency kind
        """,
        key="document line supplier",
        required="document",
        day="document_on",
    ),
    _table(
        "payment",
        ("收付款", "Payments"),
        ("一行是一笔收款或付款", "one payment received or made"),
        """
        code: document line settles customer supplier company
        day: paid_on
        money: value
        text: currency kind method
        """,
        key="document line settles customer supplier",
        required="paid_on value",
        day="paid_on",
    ),
    _table(
        "account_balance",
        ("科目余额", "Account balances"),
        ("一行是一个科目一个期间的余额", "one account in one period"),
        """
        code: account company
        day: period_end
        money: opening debit credit closing
        text: name role currency
        """,
        key="account company period_end currency",
        required="account period_end",
        day="period_end",
    ),
    _table(
        "carrying_rate",
        ("持有成本率", "Carrying-cost rates"),
        (
            "一行是一种持有成本从某日起的年费率",
            "one kind of carrying cost as a yearly share, from a day on",
        ),
        """
        code: location company
        day: valid_from
        text: kind category
        share: rate
        """,
        key="kind valid_from location company category",
        required="kind rate",
        shared=True,
    ),
    _table(
        "currency_rate",
        ("汇率", "Currency rates"),
        (
            "一行是一种货币从某日起折本位币的汇率",
            "what one unit of a currency is worth from a day on",
        ),
        """
        text: currency base provider
        day: valid_from
        price: rate
        """,
        key="currency base valid_from",
        required="currency valid_from rate",
        shared=True,
    ),
    _table(
        "tax_rate",
        ("税率", "Tax rates"),
        (
            "一行是一种物料、品类或默认从某日起的税率",
            "the tax on an item, a category or anything, from a day on",
        ),
        """
        code: item
        day: valid_from
        text: category
        share: rate
        """,
        key="item category valid_from",
        required="rate",
        shared=True,
    ),
)

DOCUMENTS: Final = {
    table.name: table for table in (*_ORDERS, *_TERMS, *_COUNTS, *_EVENTS, *_FINANCE)
}
"""Every declared table by name."""

RECORD_NAMES: Final = {name: f"doc_{name}" for name in DOCUMENTS}
"""Entry table -> the record that holds its versions."""
