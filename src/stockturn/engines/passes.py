"""Running a pass over item groups: in a worker process when it is large, here when it is small."""

from __future__ import annotations

import multiprocessing
import shutil
import tempfile
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather as feather

SMALL_PASS_ROWS = 20_000
"""Up to this many rows a pass takes less time than starting a process."""


class PassFailed(RuntimeError):
    """A pass raised, or its process died; the message carries the worker's own words."""


def run_pass(
    function: str,
    rows: pa.Table,
    options: dict[str, Any],
    tables: dict[str, pa.Table],
    staging: Path,
) -> dict[str, pa.Table]:
    """Call ``function`` ("module:name") on ``rows`` and return its tables by name."""
    if rows.num_rows <= SMALL_PASS_ROWS:
        return _call(function, rows, options, tables)
    folder = Path(tempfile.mkdtemp(prefix="pass-", dir=staging))
    try:
        feather.write_feather(rows, folder / "rows.in", compression="uncompressed")
        for name, table in tables.items():
            feather.write_feather(table, folder / f"{name}.extra", compression="uncompressed")
        del rows
        process = multiprocessing.get_context("spawn").Process(
            target=_work, args=(function, options, str(folder))
        )
        process.start()
        process.join()
        failure = folder / "failure"
        if process.exitcode or failure.exists():
            words = failure.read_text() if failure.exists() else f"exit code {process.exitcode}"
            raise PassFailed(f"{function}: {words}")
        return {path.stem: feather.read_table(path) for path in folder.glob("*.out")}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _work(function: str, options: dict[str, Any], folder: str) -> None:
    place = Path(folder)
    try:
        rows = feather.read_table(place / "rows.in")
        tables = {path.stem: feather.read_table(path) for path in place.glob("*.extra")}
        for name, table in _call(function, rows, options, tables).items():
            feather.write_feather(table, place / f"{name}.out", compression="uncompressed")
    except BaseException:
        (place / "failure").write_text(traceback.format_exc())
        raise


def _call(
    function: str, rows: pa.Table, options: dict[str, Any], tables: dict[str, pa.Table]
) -> dict[str, pa.Table]:
    module, name = function.split(":")
    result = getattr(import_module(module), name)(rows, **options, **tables)
    return result if isinstance(result, dict) else {"rows": result}
