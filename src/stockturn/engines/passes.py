"""Running a pass over item groups: in a worker process when it is large, here when it is small."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import feather

SMALL_PASS_ROWS = 20_000
"""Up to this many rows a pass takes less time than starting a process."""


class PassFailed(RuntimeError):
    """A pass raised, or its process died; the message carries the worker's own words."""


def run_passes(
    function: str,
    parts: Iterator[tuple[pa.Table, int, int]],
    options: Mapping[str, Any],
    tables: Mapping[str, pa.Table],
    staging: Path,
) -> dict[str, pa.Table]:
    """Call ``function`` on each part and put the results of all parts under each other.

    Args:
        function: "module:name".
        parts: (rows, part, parts); the rows of a part are those of the items whose ``item_id``
            leaves ``part`` when divided by ``parts``. The next part is read while others run.
        options: Keyword arguments.
        tables: Arrow tables handed on as keyword arguments, cut by item like the rows.
        staging: Where the files of worker processes lie.
    """
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as workers:
        running = []
        for rows, part, count in parts:
            own = {name: _cut(table, part, count) for name, table in tables.items()}
            running.append(workers.submit(_run, function, rows, dict(options), own, staging))
        results = [one.result() for one in running]
    names = {name for result in results for name in result}
    return {name: pa.concat_tables(result[name] for result in results) for name in names}


def _cut(table: pa.Table, part: int, parts: int) -> pa.Table:
    if parts == 1:
        return table
    return table.filter(pa.array(np.asarray(table.column("item_id")) % parts == part))


def _run(
    function: str,
    rows: pa.Table,
    options: dict[str, Any],
    tables: dict[str, pa.Table],
    staging: Path,
) -> dict[str, pa.Table]:
    if rows.num_rows <= SMALL_PASS_ROWS:
        return _call(function, rows, options, tables)
    folder = Path(tempfile.mkdtemp(prefix="pass-", dir=staging))
    try:
        feather.write_feather(rows, folder / "rows.in", compression="uncompressed")
        for name, table in tables.items():
            feather.write_feather(table, folder / f"{name}.extra", compression="uncompressed")
        del rows
        (folder / "call.json").write_text(json.dumps({"function": function, "options": options}))
        finished = subprocess.run(  # noqa: S603 - this file, by this interpreter
            [sys.executable, "-P", __file__, str(folder)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
        )
        if finished.returncode:
            raise PassFailed(f"{function}: {finished.stderr.decode(errors='replace')[-2000:]}")
        return {path.stem: feather.read_table(path) for path in folder.glob("*.out")}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _call(
    function: str, rows: pa.Table, options: dict[str, Any], tables: dict[str, pa.Table]
) -> dict[str, pa.Table]:
    module, name = function.split(":")
    result = getattr(import_module(module), name)(rows, **options, **tables)
    return result if isinstance(result, dict) else {"rows": result}


def _work(folder: Path) -> None:
    call = json.loads((folder / "call.json").read_text())
    rows = feather.read_table(folder / "rows.in")
    tables = {path.stem: feather.read_table(path) for path in folder.glob("*.extra")}
    for name, table in _call(call["function"], rows, call["options"], tables).items():
        feather.write_feather(table, folder / f"{name}.out", compression="uncompressed")


if __name__ == "__main__":
    # Run as a plain file: the worker imports the pass, not the engine it came from.
    _work(Path(sys.argv[1]))
