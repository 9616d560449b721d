"""Running a pass over item groups: in a worker process when it is large, here when it is small."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
from pyarrow import feather

from stockturn.engines import pass_child

SMALL_PASS_ROWS = 20_000
"""Up to this many rows a pass takes less time than handing it over."""


KEPT_PASS_ROWS = 500_000
"""A process that has held more ends after its pass, and its memory with it."""


class PassFailed(RuntimeError):
    """A pass raised, or its process died; the message carries the worker's own words."""


class _Worker:
    """One child process that works off passes, one at a time."""

    def __init__(self) -> None:
        self._words: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - ends with us
        self._child = subprocess.Popen(  # noqa: S603 - our own file, by this interpreter
            [sys.executable, "-P", pass_child.__file__],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._words,
            text=True,
        )

    def work(self, folder: Path, function: str) -> None:
        """Have the call in ``folder`` worked off.

        Raises:
            PassFailed: it raised, or the process died.
        """
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        try:
            self._child.stdin.write(f"{folder}\n")
            self._child.stdin.flush()
            answer = self._child.stdout.readline().strip()
        except BrokenPipeError:
            answer = ""
        if answer == "failed":
            words = (folder / pass_child.FAILURE).read_text(encoding="utf-8")
            raise PassFailed(f"{function}: {words[-2000:]}")
        if answer != "done":
            self._words.seek(0)
            words = self._words.read().decode(errors="replace")
            raise PassFailed(f"{function}: {words[-2000:]} (exit {self._child.wait()})")

    @property
    def alive(self) -> bool:
        """Whether the process can take another pass."""
        return self._child.poll() is None

    def end(self) -> None:
        """Let the process end; it has nothing left to do."""
        for pipe in (self._child.stdin, self._child.stdout, self._words):
            if pipe is not None and not pipe.closed:
                pipe.close()
        self._child.wait()


class Workers:
    """Worker processes of one engine: started when first needed, kept for the next pass.

    Args:
        staging: Where the files of passes lie.
    """

    def __init__(self, staging: Path) -> None:
        self._staging = staging
        self._idle: list[_Worker] = []
        self._guard = threading.Lock()

    def run(
        self,
        function: str,
        parts: Iterator[tuple[pa.Table, int, int]],
        options: Mapping[str, Any],
        tables: Mapping[str, pa.Table],
    ) -> Iterator[dict[str, pa.Table]]:
        """Call ``function`` on each part and yield the results, part by part.

        Args:
            function: "module:name".
            parts: (rows, part, parts); the rows of a part are those of the items whose
                ``item_id`` leaves ``part`` when divided by ``parts``. One part is read ahead while
                others run, and no more, so that memory does not grow with their number.
            options: Keyword arguments.
            tables: Arrow tables handed on as keyword arguments, cut by item like the rows.

        Raises:
            PassFailed: the pass raised, or its process died.
        """
        cores = os.cpu_count() or 1
        running: deque[Future[dict[str, pa.Table]]] = deque()
        with ThreadPoolExecutor(max_workers=cores) as threads:
            for rows, part, count in parts:
                own = {name: _cut(table, part, count) for name, table in tables.items()}
                running.append(threads.submit(self._run, function, rows, dict(options), own))
                del rows, own
                if len(running) > cores:
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()

    def close(self) -> None:
        """End the processes that wait for work."""
        with self._guard:
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.end()

    def _run(
        self,
        function: str,
        rows: pa.Table,
        options: dict[str, Any],
        tables: dict[str, pa.Table],
    ) -> dict[str, pa.Table]:
        count = rows.num_rows
        if count <= SMALL_PASS_ROWS:
            return pass_child.call(function, rows, options, tables)
        folder = Path(tempfile.mkdtemp(prefix="pass-", dir=self._staging))
        try:
            feather.write_feather(rows, folder / "rows.in", compression="uncompressed")
            for name, table in tables.items():
                feather.write_feather(table, folder / f"{name}.extra", compression="uncompressed")
            del rows
            (folder / "call.json").write_text(
                json.dumps({"function": function, "options": options})
            )
            with self._worker(keep=count <= KEPT_PASS_ROWS) as worker:
                worker.work(folder, function)
            return {path.stem: feather.read_table(path) for path in folder.glob("*.out")}
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def _worker(self, *, keep: bool) -> Iterator[_Worker]:
        with self._guard:
            worker = self._idle.pop() if self._idle else None
        if worker is None or not worker.alive:
            worker = _Worker()
        try:
            yield worker
        finally:
            if keep and worker.alive:
                with self._guard:
                    self._idle.append(worker)
            else:
                worker.end()


def _cut(table: pa.Table, part: int, parts: int) -> pa.Table:
    if parts == 1:
        return table
    return table.filter(pa.array(np.asarray(table.column("item_id")) % parts == part))
