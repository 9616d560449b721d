"""What is known of a file's columns, written as a mapping that a person confirms."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final

import yaml

from stockturn.intake.amount_names import scale_of, tax_of
from stockturn.intake.column_names import AMOUNTS
from stockturn.intake.entry_shapes import entry_shapes
from stockturn.intake.header import fold
from stockturn.intake.shape_of_values import ValueShape
from stockturn.intake.stock_documents import RETURNS, StockDocument
from stockturn.intake.synonyms import Synonyms
from stockturn.intake.texts import plain
from stockturn.language import Text
from stockturn.ledger.document_tables import DOCUMENTS

FROM_LOCATION: Final = "from_location"
"""Of movements: where the goods of a transfer leave. Its list makes two legs of each row."""


@dataclass(frozen=True)
class ColumnGuess:
    """What one column of the file seems to be.

    Attributes:
        header: as the file has it.
        target: the column of the entry table; None = not recognised.
        confidence: 0 to 1, name and values together.
        reason: why.
        samples: a few of its values.
    """

    header: str
    target: str | None
    confidence: float
    reason: Text
    samples: tuple[str, ...]


def draft_of(
    name: str,
    table: str,
    guesses: Sequence[ColumnGuess],
    shapes: Sequence[ValueShape],
    headers: Sequence[str],
    known: Synonyms,
    constants: dict[str, str],
    document: StockDocument | None,
) -> str:
    """Write the mapping that the guesses make; what was not recognised is named and left out."""
    stem = re.sub(r"[\d\s_\-().]+$", "", PurePath(name).stem) or PurePath(name).stem
    # Next month's file has other digits in its name.
    pattern = re.sub(r"[\d*]+", "*", f"{PurePath(name).stem}*")
    spec: dict[str, Any] = {"match": [pattern], "table": table}
    filled = {index: shapes[index] for index in range(len(headers))}
    if table == "dataset":
        slug = re.sub(r"[^a-z0-9]+", "_", stem.lower()).strip("_")
        spec["dataset"] = slug if re.match(r"[a-z]", slug) else "table_1"
        spec["columns"] = {
            header: {"from": header, "type": _free_kind(filled[index])}
            for index, header in enumerate(headers)
            if header.strip()
        }
    else:
        if FROM_LOCATION in {guess.target for guess in guesses}:
            del spec["table"]
        returned = document is not None and document.kind in RETURNS
        spec |= _columns(table, guesses, known, constants, returned=returned)
        if _is_said_by_name(table, constants, document):
            spec["named_only"] = True
    words = {"zh": f"由“{name}”的表头建议，经确认", "en": f"suggested from {name} and confirmed"}
    mapping = {
        "name": "own",
        "version": "1",
        "title": {"zh": stem, "en": stem},
        "description": words,
        "files": [spec],
    }
    return written(mapping)


def _is_said_by_name(table: str, constants: dict[str, str], document: StockDocument | None) -> bool:
    """Tell whether the same headers may stand over rows that mean something else."""
    if document is None or document.by_name:
        return bool(constants) or (document is not None and table == "sale" and
                                   document.kind in RETURNS)  # fmt: skip
    return any(item != ("kind", document.kind) for item in constants.items())


def _columns(
    table: str,
    guesses: Sequence[ColumnGuess],
    known: Synonyms,
    constants: dict[str, str],
    *,
    returned: bool,
) -> dict[str, Any]:
    columns = {
        guess.target: _column(table, guess.target, guess, known, returned=returned)
        for guess in guesses
        if guess.target is not None
    }
    leaving = columns.pop(FROM_LOCATION, None)
    columns |= {target: {"constant": text} for target, text in constants.items()}
    rest = [guess.header for guess in guesses if guess.target is None]
    spec: dict[str, Any] = {"columns": columns}
    if rest and (table in DOCUMENTS or table == "item"):
        spec["attributes"] = "rest"
    elif rest:
        spec["ignore_columns"] = rest
    if table == "movement":
        one_kind = "kind" in constants and not any(map(_is_below, guesses))
        spec["sign"] = "by_kind" if one_kind or leaving else "detect"
    return spec if leaving is None else _two_legs(spec, leaving)


def _column(table: str, target: str, guess: ColumnGuess, known: Synonyms, *, returned: bool) -> Any:
    words = known.words.get((table, target), {})
    if (table, target) in entry_shapes().words and words:
        told = {plain(word): (word, value) for word, value in words.items()}
        listed = dict(told[plain(text)] for text in guess.samples if plain(text) in told)
        return {"from": guess.header, "map": {**listed, **dict(told.values())}}
    if target == "period_end" or (table == "balance" and target == "happened_on"):
        return {"from": guess.header, "month": "end"}
    more: dict[str, Any] = {}
    if target in AMOUNTS:
        folded = fold(guess.header)
        taxed = folded in known.taxed.get((table, target), ())
        tax = tax_of(folded) or ("included" if taxed else None)
        scale = scale_of(folded)
        more |= {} if tax is None else {"tax": tax}
        more |= {} if scale is None else {"scale": scale}
    if table == "sale" and returned and target in _RETURNED and not _below(guess):
        more["negate"] = True
    return {"from": guess.header, **more} if more else guess.header


def _two_legs(spec: dict[str, Any], leaving: Any) -> dict[str, Any]:
    """Make two movements of every row: out of where goods leave, in where they arrive."""
    columns = spec.pop("columns")
    if "document" in columns:
        columns.setdefault("transfer", columns["document"])
    sign = spec.pop("sign")
    out = {**columns, "location": leaving, "kind": {"constant": "transfer_out"}}
    into = {**columns, "kind": {"constant": "transfer_in"}}
    legs = [{"table": "movement", "columns": leg, "sign": sign} for leg in (out, into)]
    return {**spec, "tables": legs}


_RETURNED: Final = frozenset({"quantity", "revenue"})


def _is_below(guess: ColumnGuess) -> bool:
    return guess.target == "quantity" and _below(guess)


def _below(guess: ColumnGuess) -> bool:
    """Tell whether numbers stand with a minus."""
    return any(re.match(r"\s*[-−－(（]", text) for text in guess.samples)


def _free_kind(shape: ValueShape) -> str:
    if shape.days > 0.99:
        return "day"
    leading = any(text.startswith("0") and text.isdigit() and len(text) > 1
                  for text in shape.samples)  # fmt: skip
    if leading:
        return "code"
    return "number" if shape.numbers > 0.99 else "text"


def for_sheets(draft: str, sheets: Sequence[str]) -> str:
    """Return a draft that is for some sheets of a workbook alone."""
    tree = yaml.safe_load(draft)
    spec = tree["files"][0]
    tree["files"][0] = {"match": spec["match"], "sheets": list(sheets), "named_only": True, **spec}
    return written(tree)


def written(mapping: dict[str, Any]) -> str:
    """Return a mapping as YAML."""
    text: str = yaml.safe_dump(mapping, allow_unicode=True, sort_keys=False, width=100)
    return text
