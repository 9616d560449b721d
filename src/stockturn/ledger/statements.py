"""What a load states beside stock: rates first, then everything in the firm's own terms."""

from __future__ import annotations

import ibis.expr.types as ir

from stockturn.engines import Transaction
from stockturn.ledger.batch import Batch
from stockturn.ledger.conversion import convert
from stockturn.ledger.datasets import post_datasets
from stockturn.ledger.document_tables import DOCUMENTS
from stockturn.ledger.documents import post_documents
from stockturn.ledger.kits import check_kits
from stockturn.ledger.red_letter import check_red_letters

RATES = ("currency_rate", "tax_rate")


def post_statements(
    transaction: Transaction, entries: dict[str, ir.Table], batch: Batch
) -> dict[str, ir.Table]:
    """Post declared and free tables and return the entries in base units and own currency.

    Master data has been posted; movements, balances and sales are posted by the caller.

    Raises:
        MissingFactor: a unit has no factor.
        MixedUnits: an item without a base unit is stated in several.
        WrongKit: a kit list that cannot be followed.
        MissingRate: a currency has no rate.
        MissingTaxRate: a tax-inclusive amount has no rate.
        UnpairedRedLetter: a red-letter row has nothing to take back.
        DatasetChanged: a free table has other columns than before.
    """
    transaction.values["source"] = batch.mapping
    post_documents(transaction, entries, RATES, complete=batch.complete)
    settled = convert(transaction, entries, base_currency=batch.base_currency)
    others = [name for name in DOCUMENTS if name not in RATES]
    post_documents(transaction, settled, others, complete=batch.complete)
    if "kit" in settled:
        check_kits(transaction)
    post_datasets(transaction, batch)
    if "movement" in settled:
        check_red_letters(transaction, settled["movement"])
    return settled
