"""Timing in one process: medians, ratios of neighbours in time, and a calibration query."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One measured figure. ``bound`` is what the product promises; None where it is only shown."""

    name: str
    figure: float
    unit: str
    bound: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def kept(self) -> bool | None:
        """Whether the promise is kept."""
        if self.bound is None:
            return None
        return self.figure >= self.bound if self.at_least else self.figure <= self.bound


def seconds(work: Callable[[], object], rounds: int = 3) -> float:
    """Return the median time of ``rounds`` runs."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def ratio(
    work: Callable[[], object], base: Callable[[], object], rounds: int = 3
) -> tuple[float, float, float]:
    """Run the two in turn; return the median of the pairwise ratios and both medians.

    Pairs share the machine's mood, so the ratio holds where absolute times drift.
    """
    pairs = []
    for _ in range(rounds):
        start = time.perf_counter()
        base()
        middle = time.perf_counter()
        work()
        pairs.append((time.perf_counter() - middle, middle - start))
    return (
        statistics.median(own / other for own, other in pairs),
        statistics.median(own for own, _ in pairs),
        statistics.median(other for _, other in pairs),
    )


def peak_gigabytes() -> float:
    """Return the largest resident size so far of this process or of any finished child."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(own, children) / 1024**2
