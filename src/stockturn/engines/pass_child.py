"""The child's side of :class:`stockturn.engines.passes.Workers`: works off one pass after another.

Run as a plain file: it imports the passes, not the engine they come from. Each line of standard
input names a folder with a call and its rows; each line of standard output answers "done" or
"failed" (the words are in the folder). It ends when its input ends, however its parent did.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import feather

FAILURE = "failure.txt"


def call(
    function: str, rows: pa.Table, options: Mapping[str, Any], tables: Mapping[str, pa.Table]
) -> dict[str, pa.Table]:
    """Run the pass ``function``, "module:name"; a single table it returns is called ``rows``."""
    module, name = function.split(":")
    result = getattr(import_module(module), name)(rows, **options, **tables)
    return result if isinstance(result, dict) else {"rows": result}


def work(folder: Path) -> None:
    """Work off the call in a folder: files in, files out."""
    order = json.loads((folder / "call.json").read_text())
    rows = feather.read_table(folder / "rows.in")
    tables = {path.stem: feather.read_table(path) for path in folder.glob("*.extra")}
    for name, table in call(order["function"], rows, order["options"], tables).items():
        feather.write_feather(table, folder / f"{name}.out", compression="uncompressed")


def main() -> None:
    """Work off every folder named on standard input."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a pass prints is no answer
    for line in sys.stdin:
        folder = Path(line.rstrip("\n"))
        try:
            work(folder)
            answer = "done"
        except Exception:  # noqa: BLE001 - whatever it is, the parent raises it with these words
            (folder / FAILURE).write_text(traceback.format_exc(), encoding="utf-8")
            answer = "failed"
        answers.write(answer + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
