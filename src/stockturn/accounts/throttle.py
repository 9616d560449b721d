"""Failed sign-ins are counted per account and per address; too many within a minute wait."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from stockturn.accounts.errors import TooManyAttempts

PER_ACCOUNT: Final = 5
PER_ADDRESS: Final = 20
WINDOW_SECONDS: Final = 60.0
_KEYS_KEPT: Final = 10_000

Key = tuple[str, str]


class Throttle:
    """Attempts of the last minute. Safe from any thread.

    An attempt counts when it begins, so that many at once cannot slip past; one that succeeds is
    taken back.

    Args:
        clock: Seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._attempts: dict[Key, deque[float]] = {}
        self._lock = threading.Lock()
        self._next_sweep = 0.0

    def enter(self, account: str, address: str) -> Callable[[], None]:
        """Count an attempt; return what takes it back.

        Raises:
            TooManyAttempts: the account or the address has used up its minute.
        """
        now = self._clock()
        keys: tuple[tuple[Key, int], ...] = (
            (("account", account), PER_ACCOUNT),
            (("address", address), PER_ADDRESS),
        )
        with self._lock:
            waits = [self._wait(key, most, now) for key, most in keys]
            if max(waits) > 0:
                raise TooManyAttempts(math.ceil(max(waits)))
            for key, _ in keys:
                self._attempts.setdefault(key, deque()).append(now)
            self._forget_old(now)

        def take_back() -> None:
            with self._lock:
                for key, _ in keys:
                    kept = self._attempts.get(key)
                    if kept and now in kept:
                        kept.remove(now)

        return take_back

    def _wait(self, key: Key, most: int, now: float) -> float:
        """Seconds until another attempt is free; 0 when one is."""
        kept = self._attempts.get(key)
        if kept is None:
            return 0.0
        while kept and kept[0] <= now - WINDOW_SECONDS:
            kept.popleft()
        return 0.0 if len(kept) < most else kept[0] + WINDOW_SECONDS - now

    def _forget_old(self, now: float) -> None:
        if now < self._next_sweep or len(self._attempts) <= _KEYS_KEPT:
            return
        self._next_sweep = now + WINDOW_SECONDS / 4
        for key in [k for k, kept in self._attempts.items() if not self._recent(kept, now)]:
            del self._attempts[key]

    @staticmethod
    def _recent(kept: deque[float], now: float) -> bool:
        return bool(kept) and kept[-1] > now - WINDOW_SECONDS
