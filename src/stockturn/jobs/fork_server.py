"""Children that start at once: forked from a process that holds nothing but modules.

A fresh interpreter that imports Arrow takes half a second, more than most files take to read. The
fork server is such an interpreter, started once: it holds no engine, lock, thread or file of its
parent. For each order it imports the order's module and forks; the child is what a fresh process
would have become. Between server and child stands a keeper that tells the parent how the child
ended, for only a parent is told by the system.

The server ends when its parent does, however that went, and so does each child
(:mod:`stockturn.jobs.child`).
"""

from __future__ import annotations

import atexit
import importlib
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import traceback
from contextlib import suppress
from typing import IO, Final

from stockturn.jobs import child

_NUMBER: Final = struct.Struct("<q")
_LONGEST_NAME: Final = 4096
_NO_STATUS: Final = 255
"""How a child is said to have ended of which nobody could tell."""


class Child:
    """A forked child, as far as :class:`subprocess.Popen` would show it."""

    def __init__(self, pid: int, stdin: IO[bytes], stdout: IO[bytes], status: IO[bytes]) -> None:
        self.pid = pid
        self.stdin = stdin
        self.stdout = stdout
        self.returncode: int | None = None
        self._status = status

    def wait(self) -> int:
        """Wait for the child's end and return its exit code, or less than 0: its signal."""
        if self.returncode is None:
            with self._status:
                self.returncode = _number(self._status)
            if self.returncode is None:  # the keeper was killed; the child may live on
                os.kill(self.pid, signal.SIGKILL)
                self.returncode = _NO_STATUS
        return self.returncode

    def kill(self) -> None:
        """End the child if it has not ended."""
        if self.returncode is None and not select.select([self._status], [], [], 0)[0]:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)


class ForkServer:
    """The parent's side: one server, started when first needed."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._server: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def start(self, module: str, errors: IO[bytes]) -> Child:
        """Start a child that has imported ``module`` and waits for its order.

        Args:
            module: what the order will call.
            errors: where the child's standard error goes.

        Raises:
            ChildProcessError: the system gives no more processes.
        """
        with self._guard:
            for _ in range(2):  # a server that was killed is replaced
                if self._server is None or self._server.poll() is not None:
                    self._open()
                started = self._fork(module, errors)
                if started is not None:
                    return started
                self._close()
        raise ChildProcessError("no child process could be started")

    def close(self) -> None:
        """End the server; it starts again when needed."""
        with self._guard:
            self._close()

    def _open(self) -> None:
        self._close()
        self._control, other = socket.socketpair()
        with other:
            # The system allocator keeps address space close to what is really used; Arrow's own
            # pools reserve far ahead and would meet RLIMIT_AS early. Threads do not survive a fork.
            environment = {
                **os.environ,
                "ARROW_DEFAULT_MEMORY_POOL": "system",
                "MALLOC_ARENA_MAX": "2",
                "OPENBLAS_NUM_THREADS": "1",
                "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            }
            self._server = subprocess.Popen(
                [sys.executable, "-c", "from stockturn.jobs.fork_server import main; main()"],
                stdin=other.fileno(),
                env=environment,
            )

    def _close(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._server is not None:
            self._server.wait()
        self._control = self._server = None

    def _fork(self, module: str, errors: IO[bytes]) -> Child | None:
        assert self._control is not None
        theirs_in, our_in = os.pipe()
        our_out, theirs_out = os.pipe()
        our_status, theirs_status = os.pipe()
        stdin, stdout = os.fdopen(our_in, "wb"), os.fdopen(our_out, "rb")
        status = os.fdopen(our_status, "rb", buffering=0)
        theirs = [theirs_in, theirs_out, errors.fileno(), theirs_status]
        pid = None
        with suppress(BrokenPipeError, ConnectionResetError):
            socket.send_fds(self._control, [module.encode()], theirs)
        for one in (theirs_in, theirs_out, theirs_status):
            os.close(one)
        pid = _number(status)
        if pid is not None:
            return Child(pid, stdin, stdout, status)
        for pipe in (stdin, stdout, status):
            pipe.close()
        return None


def _number(stream: IO[bytes]) -> int | None:
    found = stream.read(_NUMBER.size)
    return int(_NUMBER.unpack(found)[0]) if len(found) == _NUMBER.size else None


# --- the server's side --------------------------------------------------------------------------


def main() -> None:
    """Fork a child for each order on standard input, a socket, until it closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent's to answer
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # keepers need no burial
    with socket.socket(fileno=os.dup(0)) as control:
        while True:
            name, files, _, _ = socket.recv_fds(control, _LONGEST_NAME, 4)
            if not name:
                return
            # Whatever is wrong with the module, the child meets it again and can tell of it.
            with suppress(Exception):
                importlib.import_module(name.decode())
            if os.fork() == 0:
                control.close()
                _keep(*files)
            for one in files:
                os.close(one)


def _keep(stdin: int, stdout: int, errors: int, status: int) -> None:
    """Fork the child, tell its number and, once it has ended, how."""
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        pid = os.fork()
        if pid == 0:
            os.close(status)
            _be_child(stdin, stdout, errors)
        for one in (stdin, stdout, errors):
            os.close(one)
        os.write(status, _NUMBER.pack(pid))
        ended = os.waitpid(pid, 0)[1]
        os.write(status, _NUMBER.pack(os.waitstatus_to_exitcode(ended)))
    except BrokenPipeError:
        pass  # the parent is gone, and the child ends by itself
    finally:
        os._exit(0)


def _be_child(*streams: int) -> None:
    code = 1
    try:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        child.main()
        code = 0
    except BaseException:  # noqa: BLE001 - these are its last words
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


FORK_SERVER: Final = ForkServer()
"""The one of this process."""
atexit.register(FORK_SERVER.close)
