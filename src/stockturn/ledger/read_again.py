"""Booked rows that a load reads again: what stands of them is taken back and added anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from stockturn.engines import Transaction
from stockturn.ledger.quarantine import PLACES, first_seen
from stockturn.ledger.schema import RECORDS
from stockturn.ledger.settled import ReadAgain
from stockturn.ledger.tables import LOAD_NO, shaped


def places(transaction: Transaction, rows: Sequence[ReadAgain]) -> ir.Table | None:
    """Return where rows stand that a load reads again; None where it reads none.

    Returns:
        of_load, of_file, of_sheet, of_sheet_ ("" for none), of_row; file_no, sheet, row_no.
    """
    if not rows:
        return None
    found: list[dict[str, Any]] = [
        {
            "of_load": one.of.load_no,
            "of_file": one.of.file_no,
            "of_sheet": one.of.sheet,
            "of_sheet_": one.of.sheet or "",
            "of_row": one.of.row_no,
            **{name: each for name, each in asdict(one).items() if name != "of"},
        }
        for one in rows
    ]
    staged = pa.Table.from_pylist(found, schema=PLACES)
    return transaction.keep(transaction.stage(staged, ibis.Schema.from_pyarrow(PLACES)))


def note_read_again(transaction: Transaction, rows: Sequence[ReadAgain]) -> None:
    """Write down which rows the load reads again, and the files that had them first."""
    found = places(transaction, rows)
    if found is not None:
        given = {"load_no": LOAD_NO}
        transaction.insert("read_again", shaped(first_seen(found), RECORDS["read_again"], given))
