"""The child's side of :func:`stockturn.jobs.worker.run_limited`.

A process of its own calls :func:`main`, which reads one order from standard input, sets its own
limits, runs the function, and writes framed pickles to what was standard output. Anything the
function prints goes to standard error, which the parent keeps as last words.
"""

from __future__ import annotations

import importlib
import os
import pickle
import struct
import sys
import threading
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from stockturn.language import StockTurnError, Text

if sys.platform != "win32":
    import resource

_channel: list[IO[bytes]] = []


@dataclass(frozen=True)
class Surroundings:
    """Where the parent stands when it gives an order: folder, environment, where modules are."""

    folder: Path
    environment: dict[str, str]
    path: tuple[str, ...]

    def enter(self) -> None:
        """Stand there too."""
        os.chdir(self.folder)
        os.environ.clear()
        os.environ.update(self.environment)
        sys.path[:] = self.path


@dataclass(frozen=True)
class Order:
    """What the child is to do; crosses the pipe as a pickle."""

    module: str
    function: str
    args: tuple[Any, ...]
    memory_mb: int
    cpu_seconds: int


def report(stage: Text, done: int, total: int | None, *, subject: str | None = None) -> None:
    """Tell the parent how far the work is; does nothing when not run in a child.

    Args:
        stage: what is being done.
        done: how much of it, in the unit of ``total``.
        total: how much there is, None when not known.
        subject: what the work is about (a file name), for the parent's messages.
    """
    if _channel:
        _write(("progress", (stage, done, total, subject)))


def main() -> None:
    """Do the one order on standard input."""
    _channel.append(os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)
    pickle.load(sys.stdin.buffer).enter()  # noqa: S301 - written by our own parent, as is the order
    order = pickle.load(sys.stdin.buffer)  # noqa: S301
    assert isinstance(order, Order)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _limit(order.memory_mb, order.cpu_seconds)
    try:
        answer = ("result", _call(order.module, order.function, order.args))
        _write(answer)
    except MemoryError:
        _write(("memory", None))
    except StockTurnError as failure:
        _write(("error", (type(failure), failure.message, failure.__dict__)))
    except Exception as failure:  # noqa: BLE001 - whatever it is, the parent must hear of it
        # Not a catch that hides: the whole trace is the parent's to show.
        traceback.print_exc()
        _write(("crash", f"{type(failure).__name__}: {failure}"))


def _end_with_parent() -> None:
    """End this process when its input ends, which is when the parent is gone, however it went."""
    while os.read(0, 1):
        pass
    os._exit(1)


def _call(module: str, function: str, args: tuple[Any, ...]) -> Any:
    target: Any = importlib.import_module(module)
    for name in function.split("."):
        target = getattr(target, name)
    return target(*args)


def _limit(memory_mb: int, cpu_seconds: int) -> None:
    if sys.platform == "win32":  # no such limits there; the wall clock still holds
        return
    size = memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _write(message: Any) -> None:
    body = pickle.dumps(message)
    _channel[0].write(struct.pack("<Q", len(body)) + body)
    _channel[0].flush()
