"""A company small enough to check by hand, posted through the ledger's own door.

Every month each item sells and is bought again, so stock returns to where it began, except:

* A1 buys 20 more a month than it sells from 2013 on: its stock grows, its turnover falls;
* B2 lies still from its opening on: 100 pieces at 50, a cash trap of 5,000.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from stockturn.ledger import posting, tables
from stockturn.ledger.batch import Batch, BatchFile
from stockturn.ledger.schema import ENTRIES
from stockturn.workspace import Workspace

YEARS = (2012, 2013)
LAST_DAY = date(2013, 12, 28)

ITEMS = """
item name     category subcategory location cost price sells
A1   螺栓     五金     紧固件      S        10   16    50
A2   螺母     五金     紧固件      N        5    8     40
B1   电机     电机     小型        S        80   120   6
B2   旧款电机 电机     小型        N        50   90    0
C1   样品     -        -           S        2    3     10
"""

LOCATIONS = """
location name     region
S        上海一仓 华东
N        北京一仓 华北
"""


@dataclass(frozen=True)
class Item:
    item: str
    name: str
    category: str | None
    subcategory: str | None
    location: str
    cost: int
    price: int
    sells: int


def table_of(text: str) -> list[dict[str, str | None]]:
    """Read a text table: a header, then rows; "-" is null."""
    header, *lines = (line.split() for line in text.strip().splitlines())
    return [
        dict(zip(header, (None if cell == "-" else cell for cell in line), strict=True))
        for line in lines
    ]


def items() -> list[Item]:
    return [
        Item(
            **{
                **row,
                **{key: int(row[key] or 0) for key in ("cost", "price", "sells")},
            }
        )
        for row in table_of(ITEMS)
    ]


def movements() -> list[dict[str, object]]:
    """Opening of two months' sales (100 for what does not sell), then a buy and a sale a month."""
    rows: list[dict[str, object]] = []

    def add(day: date, kind: str, item: Item, quantity: int, revenue: int | None = None) -> None:
        rows.append(
            {
                "happened_on": day,
                "kind": kind,
                "item": item.item,
                "location": item.location,
                "quantity": quantity,
                "unit_cost": item.cost,
                "revenue": revenue,
                "document": f"{kind}-{day:%Y%m%d}-{item.item}",
            }
        )

    for item in items():
        add(date(YEARS[0], 1, 1), "opening", item, 2 * item.sells or 100)
        for year in YEARS:
            for month in range(1, 13):
                if not item.sells:
                    continue
                extra = 20 if item.item == "A1" and year == 2013 else 0
                add(date(year, month, 5), "receipt", item, item.sells + extra)
                add(
                    date(year, month, 28),
                    "sale_issue",
                    item,
                    -item.sells,
                    item.sells * item.price,
                )
    return rows


def fill(workspace: Workspace) -> None:
    """Post the company into an empty workspace as load 1."""
    tables.ensure(workspace.engine)
    entries: dict[str, list[dict[str, object]]] = {
        "item": [
            {
                "item": item.item,
                "name": item.name,
                "category": item.category,
                "subcategory": item.subcategory,
                "kind": "merchandise",
            }
            for item in items()
        ],
        "location": [dict(row) for row in table_of(LOCATIONS)],
        "movement": movements(),
    }
    rows = sum(map(len, entries.values()))
    file = BatchFile(0, "movements.csv", "ab" * 32, 1234, rows, rows, 0, 0)
    staged = {name: (_write(workspace, name, rows),) for name, rows in entries.items()}
    posting.post(workspace.engine, Batch("tiny", "1", "stated", (file,), {}, staged))


def _write(workspace: Workspace, name: str, rows: list[dict[str, object]]) -> Path:
    path = workspace.staging / f"{name}.parquet"
    schema = ENTRIES[name].to_pyarrow()
    numbered = [{**row, "file_no": 0, "row_no": number} for number, row in enumerate(rows, 2)]
    columns = {
        field.name: pa.array(
            [_exact(row.get(field.name), field.type) for row in numbered], field.type
        )
        for field in schema
    }
    pq.write_table(pa.table(columns, schema=schema), path)
    return path


def _exact(value: object, kind: pa.DataType) -> object:
    return Decimal(str(value)) if value is not None and pa.types.is_decimal(kind) else value
