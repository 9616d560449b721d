"""Free tables in the warehouse: made when first loaded, versioned like every statement."""

from __future__ import annotations

import json

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from stockturn.engines import DuckDBEngine, Transaction
from stockturn.language import StockTurnError, Text
from stockturn.ledger.batch import Batch
from stockturn.ledger.dataset_tables import TYPES, Dataset
from stockturn.ledger.documents import SOURCE, append_versions, standing
from stockturn.ledger.schema import RECORDS
from stockturn.ledger.tables import LOAD_NO, shaped, table


class DatasetChanged(StockTurnError):
    """A free table is declared with another kind for a column that it has already."""

    code = "dataset_changed"
    status = 409
    exit_code = 3

    def __init__(self, name: str, column: str) -> None:
        super().__init__(
            Text(
                f"自由数据表 {name} 的列“{column}”与已有数据的类型或主键不同，本次未写入任何数据。"
                "请改回原来的类型，或在映射中换一个数据表名。",
                f"The column “{column}” of the free table {name} has another type or key than "
                "before; nothing was written. Use the former type, or another name of the table "
                "in the mapping.",
            )
        )


def entry_schema(dataset: Dataset) -> ibis.Schema:
    """Return the schema of a free table's entry table."""
    kinds = {
        name: ("!" if name in dataset.key else "") + TYPES[kind] for name, kind in dataset.columns
    }
    return ibis.schema({**kinds, "file_no": "int32", "sheet": "string", "row_no": "int64"})


def dataset_table(dataset: Dataset) -> ir.Table:
    """Return a free table as it stands in the warehouse, with every version of its rows."""
    columns = {
        "load_no": "!int32",
        "source": "!string",
        "occurrence": "!int32",
        "gone": "!boolean",
        **{name: TYPES[kind] for name, kind in dataset.columns},
        "stated_on": "date",
        "file_no": "int32",
        "sheet": "string",
        "row_no": "int64",
    }
    return ibis.table(ibis.schema(columns), name=dataset.record_name)


def known_datasets(engine: DuckDBEngine | Transaction) -> dict[str, Dataset]:
    """Return the free tables of a warehouse by name, with the columns of their latest form."""
    rows = table("dataset")
    found = engine.query(rows.order_by("load_no")).to_pylist()
    return {
        row["dataset"]: Dataset(
            row["dataset"],
            tuple((name, kind) for name, kind in json.loads(row["columns"])),
            tuple(json.loads(row["key"])),
        )
        for row in found
    }


def current_rows(dataset: Dataset) -> ir.Table:
    """Return the standing rows of a free table, its own columns and where they came from."""
    kept = standing(dataset_table(dataset), dataset.record_key)
    return kept.filter(~kept.gone)


def post_datasets(transaction: Transaction, batch: Batch) -> None:
    """Append what a load brings to the free tables; ``source`` is bound already.

    Raises:
        DatasetChanged: a column has another type than the table's.
    """
    for name, declared in batch.datasets.items():
        paths = batch.tables.get(name)
        if not paths:
            continue
        _make(transaction, declared)
        rows = transaction.stage(paths, entry_schema(declared))
        key = [column for column in declared.record_key if column not in {"source", "occurrence"}]
        number = ibis.row_number().over(
            group_by=[rows.file_no, *(rows[column] for column in key)],
            order_by=[rows.sheet, rows.row_no],
        )
        given = {
            "load_no": LOAD_NO,
            "source": SOURCE,
            "gone": ibis.literal(False),
            "occurrence": number,
        }
        record = dataset_table(declared)
        kept = transaction.keep(shaped(rows, record.schema(), given))
        complete = name in batch.complete
        append_versions(transaction, record, kept, declared.record_key, complete=complete)


def _make(transaction: Transaction, declared: Dataset) -> None:
    """Make the table, or give it the columns it lacks, and note its form."""
    before = known_datasets(transaction).get(declared.name)
    if before == declared:
        return
    if before is not None:
        kinds = dict(before.columns)
        for column, kind in declared.columns:
            if kinds.get(column, kind) != kind:
                raise DatasetChanged(declared.name, column)
        if before.key != declared.key:
            raise DatasetChanged(declared.name, ", ".join(declared.key or before.key))
    transaction.create(declared.record_name, dataset_table(declared).schema())
    form = {
        "load_no": transaction.values["load_no"],
        "dataset": declared.name,
        "columns": json.dumps(declared.columns, ensure_ascii=False),
        "key": json.dumps(declared.key, ensure_ascii=False),
    }
    schema = RECORDS["dataset"].to_pyarrow()
    transaction.insert("dataset", pa.Table.from_pylist([form], schema=schema))
