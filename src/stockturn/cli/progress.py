"""Progress on standard error: a live line at a terminal, plain lines anywhere else."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from stockturn.cli.shell import Shell
from stockturn.language import Language, Progress, Text

QUIET_SECONDS = 1.0
"""Nothing is shown for work that ends before this."""
LINE_SECONDS = 5.0
"""Away from a terminal, a stage says how far it is this often."""

_DONE = Text("{stage}：{done:,}", "{stage}: {done:,}")
_DONE_OF = Text("{stage}：{done:,} / {total:,}", "{stage}: {done:,} / {total:,}")
_RATE = Text("（每秒 {rate:,}）", " ({rate:,} per second)")
_RATED_FROM = 1000


@contextmanager
def shown_progress(shell: Shell) -> Iterator[Progress]:
    """Give a function to tell progress to: stage, how much is done, of how much (None unknown)."""
    if sys.stderr.isatty():
        with _live(shell.language) as tell:
            yield tell
    else:
        yield PlainProgress(sys.stderr, shell.language)


class PlainProgress:
    """Plain lines: one when a stage begins after the first second, then one every few seconds."""

    def __init__(
        self, stream: TextIO, language: Language, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = stream
        self._language = language
        self._clock = clock
        self._began = clock()
        self._stage: Text | None = None
        self._stage_began = self._began
        self._told = -LINE_SECONDS

    def __call__(self, stage: Text, done: int, total: int | None) -> None:
        """Tell how far a stage is."""
        now = self._clock()
        fresh = stage != self._stage
        if fresh:
            self._stage, self._stage_began = stage, now
        if now - self._began < QUIET_SECONDS:
            return
        if fresh or now - self._told >= LINE_SECONDS:
            self._told = now
            line = progress_line(stage, done, total, now - self._stage_began, self._language)
            print(line, file=self._stream, flush=True)


def progress_line(
    stage: Text, done: int, total: int | None, seconds: float, language: Language
) -> str:
    """Return one line: stage, how far, and the rate where there is much to do."""
    name = stage.read(language)
    if total is None and not done:
        return name
    words = _DONE if total is None else _DONE_OF
    line = words.read(language, stage=name, done=done, total=total)
    if done >= _RATED_FROM and seconds > 0:
        line += _RATE.read(language, rate=round(done / seconds))
    return line


@contextmanager
def _live(language: Language) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        stages: dict[Text, tuple[int, float]] = {}

        def tell(stage: Text, done: int, total: int | None) -> None:
            if stage not in stages:
                for task, _ in stages.values():
                    bars.stop_task(task)  # type: ignore[arg-type]
                task = bars.add_task(stage.read(language), total=total)
                stages[stage] = (task, time.monotonic())
            task, began = stages[stage]
            line = progress_line(stage, done, total, time.monotonic() - began, language)
            bars.update(task, description=line, completed=done, total=total)  # type: ignore[arg-type]

        yield tell
