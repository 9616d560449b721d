"""Answers kept inside the process, each worked out once however many ask for it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, TypeVar, cast

T = TypeVar("T")


class Cache:
    """Least recently used results by key. Safe from any thread.

    Callers put everything a result depends on into the key: the question, the caller's scope and
    the version of the data. A result that failed is not kept.
    """

    def __init__(self, size: int = 512) -> None:
        self._size = size
        self._kept: OrderedDict[Hashable, Future[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the result kept under ``key``; the first to ask makes it, others wait for it."""
        with self._lock:
            future = self._kept.get(key)
            mine = future is None
            if future is None:
                future = self._kept[key] = Future()
                if len(self._kept) > self._size:
                    self._kept.popitem(last=False)
            else:
                self._kept.move_to_end(key)
        if mine:
            try:
                future.set_result(make())
            except BaseException as error:
                with self._lock:
                    if self._kept.get(key) is future:
                        del self._kept[key]
                future.set_exception(error)
                raise
        return cast("T", future.result())
