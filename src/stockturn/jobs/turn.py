"""The one turn to write: handed on in the order in which it was asked for."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LOOK_SECONDS = 0.5
"""How often who waits for the turn looks whether it should still wait."""


class Turn:
    """A lock that is fair, and whose waiting can be broken off."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: deque[object] = deque()

    @contextmanager
    def taken(self, check: Callable[[], None]) -> Iterator[None]:
        """Hold the turn; ``check`` is called now and then while waiting and may raise."""
        ticket = object()
        with self._changed:
            self._waiting.append(ticket)
        try:
            with self._changed:
                while self._waiting[0] is not ticket:
                    self._changed.wait(LOOK_SECONDS)
                    check()
            yield
        finally:
            with self._changed:
                self._waiting.remove(ticket)
                self._changed.notify_all()
