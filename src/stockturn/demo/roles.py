"""Which items play a planted part: dead, slow, dying, new, without cost; and when it begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from stockturn.demo.catalogue import RAW, Bools, Catalogue
from stockturn.demo.days import Floats, Ints

LONG_AGO: Final = -1_000_000
FAR_AHEAD: Final = 1_000_000
SHARES: Final = {"dead": 0.05, "slow": 0.065, "dying": 0.04, "new": 0.06}
"""Share of the sellable items that plays each part; an item plays one part at most."""


@dataclass(frozen=True)
class Roles:
    """Planted parts by item number, and the life of every item in days.

    Demand begins on ``launch``, halves every ``half_life`` days from ``decay`` on and ends on
    ``stop``; ``strength`` is real demand as a share of what the planners believed at launch.
    """

    dead: Ints
    slow: Ints
    dying: Ints
    new: Ints
    obsolete: Ints
    without_cost: Ints
    launch: Ints
    decay: Ints
    half_life: Ints
    stop: Ints
    strength: Floats
    mistakes_since: int

    def life(self, day: int) -> Floats:
        """Return demand on ``day`` as a share of full demand, by item."""
        ramp = np.clip((day - self.launch + 1) / 30, 0.0, 1.0)
        fading = np.exp2(-np.maximum(0, day - self.decay) / self.half_life)
        return np.where(day < self.stop, ramp * fading * self.strength, 0.0)

    def orderable(self, day: int, lead: Ints) -> Bools:
        """Return the items that planners still (and already) reorder on ``day``."""
        alive = (day < self.stop) & (day < self.decay + 120) & (self.strength == 1.0)
        return np.asarray(alive & (day >= self.launch - lead - 15))


def cast_roles(catalogue: Catalogue, days: int, rng: np.random.Generator) -> Roles:
    """Return who plays what in a history of ``days`` days.

    Long histories end dead items more than a year before the end, so that they were alive once;
    in short ones dead items have opening stock and never sell.
    """
    count = catalogue.count
    sellable = np.flatnonzero(catalogue.sellable)
    shuffled = rng.permutation(sellable)
    parts: dict[str, Ints] = {}
    at = 0
    for name, share in SHARES.items():
        # Medical goods expire, so they cannot lie dead; they may be new or dying.
        pool = shuffled[at:]
        if name in {"dead", "slow"}:
            pool = pool[~catalogue.with_lots[pool]]
        chosen = pool[: max(2, round(share * len(sellable)))]
        parts[name] = np.sort(chosen)
        shuffled = shuffled[~np.isin(shuffled, chosen)]
    raw = np.flatnonzero(catalogue.line == RAW)
    bought = np.setdiff1d(np.flatnonzero(~catalogue.made), parts["dead"])
    launch = np.full(count, LONG_AGO)
    decay = np.full(count, FAR_AHEAD)
    stop = np.full(count, FAR_AHEAD)
    strength = np.ones(count)
    long = days > 700
    dead, slow, dying, new = (parts[name] for name in SHARES)
    stop[dead] = days - rng.integers(430, 700, len(dead)) if long else LONG_AGO
    launch[slow] = days - rng.integers(170, 400, len(slow)) if long else LONG_AGO
    strength[slow] = 0.13
    first, last = (days - 520, days - 60) if long else (days // 5, days * 2 // 3)
    launch[new] = rng.integers(first, last, len(new))
    first, last = (days - 480, days - 260) if long else (0, days // 3)
    decay[dying] = rng.integers(first, last, len(dying))
    return Roles(
        **parts,
        obsolete=np.sort(rng.choice(raw, max(1, len(raw) // 30), replace=False)),
        without_cost=np.sort(rng.choice(bought, max(2, count // 100), replace=False)),
        launch=launch,
        decay=decay,
        half_life=np.full(count, 70 if long else 30),
        stop=stop,
        strength=strength,
        mistakes_since=days - 300 if long else days // 3,
    )
