"""How many columns of real files the suggestion of mappings gets right, by its own confidence.

The files are data sets that the lists of names were not made from. What each column is was written
down by hand below; a proposal for a column that stands in no table of ours is wrong. (The weights
of tables were looked at against these files, and what a code may be called otherwise; a few names
that shops use for tickets and members were added after one of them had been seen.)

    python benchmarks/suggestion.py DATA_FOLDER
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final

from stockturn.intake.suggest import SURE, suggest_file

TRUTH: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "adventureworks_powerbi/AdventureWorks_Sales_2015.csv": ("sale", {
        "OrderDate": "happened_on", "OrderNumber": "document", "ProductKey": "item",
        "CustomerKey": "customer", "OrderQuantity": "quantity",
    }),
    "adventureworks_powerbi/AdventureWorks_Products.csv": ("item", {
        "ProductKey": "item", "ProductName": "name", "ProductColor": "colour",
        "ProductSize": "size", "ProductStyle": "style", "ProductPrice": "list_price",
    }),
    "adventureworks_powerbi/AdventureWorks_Returns.csv": ("sale", {
        "ReturnDate": "happened_on", "ProductKey": "item", "ReturnQuantity": "quantity",
    }),
    "adventureworks_dw/FactProductInventory.parquet": ("balance", {
        "ProductKey": "item", "MovementDate": "happened_on", "UnitCost": "unit_cost",
        "UnitsIn": "received", "UnitsOut": "issued", "UnitsBalance": "balance",
    }),
    "adventureworks_dw/FactInternetSales.parquet": ("sale", {
        "ProductKey": "item", "OrderDate": "happened_on", "CustomerKey": "customer",
        "SalesOrderNumber": "document", "OrderQuantity": "quantity", "SalesAmount": "revenue",
    }),
    "online_retail/2010-12-01.csv": ("sale", {
        "InvoiceNo": "document", "StockCode": "item", "Quantity": "quantity",
        "InvoiceDate": "happened_on", "CustomerID": "customer",
    }),
    "usaid_contraceptive/Train.csv": ("balance", {
        "site_code": "location", "product_code": "item", "stock_initial": "opening",
        "stock_received": "received", "stock_distributed": "issued",
        "stock_adjustment": "adjusted", "stock_end": "balance",
    }),
    "usaid_contraceptive/product.csv": ("item", {
        "product_code": "item", "product_type": "category", "product_name": "name",
    }),
    "usaid_contraceptive/service_delivery_site_data.csv": ("location", {
        "site_code": "location", "site_type": "kind", "site_region": "region",
    }),
    "openlmis/referencedata.lots.csv": ("lot", {
        "lotcode": "lot", "expirationdate": "expires_on", "manufacturedate": "made_on",
        "tradeitemid": "item",
    }),
    "openlmis/stockmanagement.calculated_stocks_on_hand.csv": ("balance", {
        "stockonhand": "balance", "occurreddate": "happened_on",
    }),
    "openlmis/referencedata.orderables.csv": ("item", {
        "code": "item", "fullproductname": "name",
    }),
    "openlmis/referencedata.facilities.csv": ("location", {"code": "location", "name": "name"}),
    "completejourney/transactions_sample.csv": ("sale", {
        "store_id": "location", "product_id": "item", "quantity": "quantity",
        "sales_value": "revenue", "basket_id": "document", "household_id": "customer",
        "transaction_timestamp": "happened_on",
    }),
    "completejourney/products.csv": ("item", {
        "product_id": "item", "brand": "brand", "product_category": "category",
        "product_type": "subcategory", "package_size": "size", "department": "category",
    }),
}  # fmt: skip


def main(folder: Path) -> None:
    """Print the share of columns right, above and below the bar of sureness."""
    sure, unsure, tables, found_of, all_of = [0, 0], [0, 0], 0, 0, 0
    for name, (table, truth) in TRUTH.items():
        path = folder / name
        with tempfile.TemporaryDirectory() as work:
            suggestion = suggest_file(path, path.name, Path(work))[0]
        tables += suggestion.table == table
        hits = 0
        for guess in suggestion.columns:
            if guess.target is None:
                continue
            right = truth.get(guess.header) == guess.target
            hits += right
            count = sure if guess.confidence >= SURE else unsure
            count[0] += right
            count[1] += 1
        found_of += hits
        all_of += len(truth)
        print(f"{name}: {suggestion.table} (meant {table}), {hits} of {len(truth)} columns")
    print(f"tables right: {tables} of {len(TRUTH)}")
    print(f"columns proposed with confidence from {SURE:.0%}: {sure[0]} of {sure[1]} right")
    print(f"columns proposed below: {unsure[0]} of {unsure[1]} right")
    print(f"columns found of those there are: {found_of} of {all_of}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
