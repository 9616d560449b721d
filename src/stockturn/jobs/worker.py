"""Run one function in a child process with limits, and turn whatever happens into words.

Parsing reads bytes that nobody here wrote. It runs in a child that may use a stated amount of
memory, processor and time; a child that breaks its limits or dies takes nothing with it.

The child (:mod:`stockturn.jobs.child`) is no fork of this process: it holds no engine, no lock and
no thread of its parent (:mod:`stockturn.jobs.fork_server`).
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import struct
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, TypeVar

from stockturn.jobs.child import Order, Surroundings
from stockturn.jobs.fork_server import FORK_SERVER, Child
from stockturn.language import Progress, StockTurnError, Text

Result = TypeVar("Result")

SILENT_SECONDS: Final = 1.0
"""A child that says nothing for this long is asked about again."""
WAITING: Final = Text("等待应答", "Waiting for an answer")
"""The stage of a child that has not told one yet."""

_OUT_OF_MEMORY_SIGNS: Final = ("MemoryError", "bad_alloc", "memory allocation of", "Out of memory")


class WorkerError(StockTurnError):
    """A child process did not deliver."""

    code = "worker_failed"
    exit_code = 1


class WorkerOutOfMemory(WorkerError):
    """The child needed more memory than it may use."""

    code = "worker_out_of_memory"
    status = 413


class WorkerTimedOut(WorkerError):
    """The child needed more time than it may use."""

    code = "worker_timed_out"
    status = 413


class WorkerDied(WorkerError):
    """The child ended without a result."""

    code = "worker_died"


OUT_OF_MEMORY: Final = Text(
    "处理“{subject}”需要的内存超过上限 {memory_mb} MB，已停止，没有导入任何数据。"
    "请把文件拆小后再导入，或在设置中提高 worker_memory_mb。",
    "Working on “{subject}” needed more than the {memory_mb} MB it may use and was stopped; "
    "nothing was loaded. Split the file, or raise worker_memory_mb in the settings.",
)
TIMED_OUT: Final = Text(
    "处理“{subject}”超过 {seconds} 秒，已停止，没有导入任何数据。"
    "请把文件拆小后再导入，或在设置中提高 worker_seconds。",
    "Working on “{subject}” took longer than {seconds} s and was stopped; nothing was loaded. "
    "Split the file, or raise worker_seconds in the settings.",
)
DIED: Final = Text(
    "处理“{subject}”的进程意外结束（{how}），没有导入任何数据。"
    "请检查文件能否在其他软件中打开；若能，请把文件与此信息一并反馈。",
    "The process working on “{subject}” ended unexpectedly ({how}); nothing was loaded. "
    "Check that other software opens the file; if it does, report the file with this message.",
)


def run_limited(
    function: Callable[..., Result],
    *args: Any,
    memory_mb: int,
    seconds: float,
    on_progress: Progress | None = None,
    subject: str | None = None,
) -> Result:
    """Run ``function(*args)`` in a limited child process and return its result.

    Args:
        function: a top-level function of an importable module. If its module has progress to
            tell, it calls :func:`stockturn.jobs.child.report`.
        args: pickled to the child.
        memory_mb: address space the child may use, in MiB.
        seconds: wall-clock limit; the processor limit is the same per core.
        on_progress: called in this process with (stage, done, total), and again with the same
            while the child is silent, from its start on, so that a cancel takes hold. An exception
            it raises ends the child and passes on.
        subject: what the work is about (a file name), for the messages; the last progress stage
            otherwise.

    Raises:
        StockTurnError: what the function itself raised, if it was one with words for the user.
        WorkerOutOfMemory: the memory limit was reached.
        WorkerTimedOut: the wall-clock or processor limit was reached.
        WorkerDied: anything else that ended the child.
    """
    order = Order(
        module=function.__module__,
        function=function.__qualname__,
        args=args,
        memory_mb=memory_mb,
        cpu_seconds=max(1, int(seconds * (os.cpu_count() or 1))),
    )
    limits = {"memory_mb": memory_mb, "seconds": f"{seconds:g}"}
    with tempfile.TemporaryFile() as errors:
        child = FORK_SERVER.start(order.module, errors)
        late = threading.Event()
        timer = threading.Timer(seconds, _end, (child, late))
        timer.start()
        watch = _Watch(subject or function.__name__, fixed=subject is not None)
        try:
            _send(child, order)
            answer = _listen(child, watch, on_progress)
        finally:
            timer.cancel()
            child.kill()
            ended = child.wait()
            _let_go(child)
        if answer is None:
            errors.seek(0)
            noise = errors.read().decode("utf-8", "replace")
            raise _obituary(ended, noise, late.is_set(), watch.subject, limits)
    kind, value = answer
    if kind == "result":
        return value  # type: ignore[no-any-return]
    if kind == "memory":
        raise WorkerOutOfMemory(OUT_OF_MEMORY.fill(subject=watch.subject, **limits))
    if kind == "error":
        raise _revived(*value)
    raise WorkerDied(DIED.fill(subject=watch.subject, how=value))


@dataclass
class _Watch:
    """What the child was last busy with."""

    subject: str
    fixed: bool


def _end(child: Child, late: threading.Event) -> None:
    late.set()
    child.kill()


def _send(child: Child, order: Order) -> None:
    try:
        pickle.dump(Surroundings(Path.cwd(), dict(os.environ), tuple(sys.path)), child.stdin)
        pickle.dump(order, child.stdin)
        # Stays open: that it closes tells the child that this process is gone.
        child.stdin.flush()
    except BrokenPipeError:
        # The child is gone already; why shows in its exit code and its last words.
        return


def _let_go(child: Child) -> None:
    """Close the pipe to a child that has ended."""
    with suppress(BrokenPipeError):
        child.stdin.close()


def _listen(child: Child, watch: _Watch, on_progress: Progress | None) -> tuple[str, Any] | None:
    """Hear messages until the result; None if the child ended without one."""
    heard: queue.SimpleQueue[tuple[str, Any] | None] = queue.SimpleQueue()
    # Closes the pipe itself: it ends when the child does, which the caller sees to.
    threading.Thread(target=_read, args=(child.stdout, heard), daemon=True).start()
    last: tuple[Text, int, int | None] = (WAITING, 0, None)
    while True:
        try:
            message = heard.get(timeout=SILENT_SECONDS)
        except queue.Empty:
            if on_progress is not None:
                on_progress(*last)
            continue
        if message is None or message[0] != "progress":
            return message
        stage, done, total, subject = message[1]
        if subject is not None and not watch.fixed:
            watch.subject = subject
        last = (stage, done, total)
        if on_progress is not None:
            on_progress(*last)


def _read(pipe: IO[bytes], heard: queue.SimpleQueue[tuple[str, Any] | None]) -> None:
    """Pass on each message of the child, and None when there are no more."""
    with pipe:
        while len(head := pipe.read(8)) == 8:
            (size,) = struct.unpack("<Q", head)
            body = pipe.read(size)
            if len(body) < size:
                break
            heard.put(pickle.loads(body))  # noqa: S301 - written by our own child
    heard.put(None)


def _revived(failure: type[StockTurnError], message: Text, state: dict[str, Any]) -> StockTurnError:
    """Make the child's exception again, whatever its constructor takes."""
    error = failure.__new__(failure)
    Exception.__init__(error, message.en)
    error.__dict__.update(state)
    return error


def _obituary(
    returncode: int, noise: str, late: bool, subject: str, limits: dict[str, Any]
) -> WorkerError:
    if late or -returncode == getattr(signal, "SIGXCPU", 0):
        return WorkerTimedOut(TIMED_OUT.fill(subject=subject, **limits))
    if any(sign in noise for sign in _OUT_OF_MEMORY_SIGNS):
        return WorkerOutOfMemory(OUT_OF_MEMORY.fill(subject=subject, **limits))
    how = f"signal {-returncode}" if returncode < 0 else f"exit {returncode}"
    last = noise.strip().splitlines()[-1:] if noise.strip() else []
    return WorkerDied(DIED.fill(subject=subject, how=": ".join([how, *last])))
