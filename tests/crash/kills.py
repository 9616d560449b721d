"""Random SIGKILLs in one go: loads of files, a feed, publishing and its copy, killed and restarted.

``python -m tests.crash.kills --kills 300 --seed 1`` prints where they struck and what came of them.

A round brings a new file, or new, changed and deleted rows of a table, or publishes what came. One
company works it off in peace; another is killed at random moments, again and again, and then left
to finish. In the end both must say the same, down to the last row.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from stockturn.cli.rebuild import rebuild_warehouse
from stockturn.workspace import Workspace
from tests.cli.running import write_movements
from tests.crash import owner
from tests.crash.company import WORK, Company, execute

KILLS_A_ROUND = 10
BETWEEN = "at a start or between runs"


@dataclass
class Tally:
    """What became of the kills."""

    kills: int = 0
    rounds: int = 0
    starts: int = 0
    struck: Counter[str] = field(default_factory=Counter)
    resumed: int = 0
    lost: int = 0
    doubled: int = 0
    same: bool = False
    rebuilt: bool = False
    seconds: int = 0


def begin(folder: Path, work: list[Any]) -> int:
    """Start a process that owns the workspace and works ``work`` off; return its number.

    It is forked: this process has opened nothing, and the imports are what costs.
    """
    child = os.fork()
    if child:
        return child
    ended = 1
    try:
        os.environ["FAULT_OWNER"] = str(os.getpid())
        owner.main(folder, work)
        ended = 0
    finally:
        sys.stderr.flush()
        os._exit(ended)


def ends_within(child: int, seconds: float | None) -> bool:
    """Wait for a process to end well, or kill it after so many seconds and say so."""
    late = None if seconds is None else time.monotonic() + seconds
    while True:
        found, status = os.waitpid(child, 0 if late is None else os.WNOHANG)
        if found:
            assert os.waitstatus_to_exitcode(status) == 0, "a run in peace ended badly"
            return True
        if late is not None and time.monotonic() >= late:
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            return os.waitstatus_to_exitcode(status) != -signal.SIGKILL
        time.sleep(0.002)


def run(kills: int, seed: int) -> Tally:
    """Kill so many times and compare."""
    began = time.monotonic()
    chance = random.Random(seed)
    tally = Tally()
    with tempfile.TemporaryDirectory() as place:
        company = Company(Path(place))
        try:
            company.set_up()
            calm = company.copy(Path(place) / "calm")
            company.copy(Path(place) / "struck")
            struck = Path(place) / "struck"
            while tally.kills < kills:
                work = news(company, tally.rounds)
                seconds = time.monotonic()
                ends_within(begin(calm, of(work, "calm_")), None)
                seconds = time.monotonic() - seconds
                strike(company, struck, of(work, "struck_"), seconds, kills, chance, tally)
                tally.rounds += 1
                print(f"{tally.kills} kills, {tally.rounds} rounds", flush=True)
            ends_within(begin(calm, of(list(WORK), "calm_")), None)
            ends_within(begin(struck, of(list(WORK), "struck_")), None)
            compare(company, calm, struck, tally)
        finally:
            company.tear_down()
    tally.seconds = round(time.monotonic() - began)
    return tally


def news(company: Company, number: int) -> list[Any]:
    """Bring a round's news and return the work that takes them in; publishing follows both."""
    file = company.place / f"出入库流水-{number}.csv"
    feed, publish, (copy, params) = WORK
    match number % 3:
        case 0:
            first = date(2025 + number // 36 % 2, 1 + number // 3 % 12, 1)
            write_movements(file, rows=40, seed=number, first=first)
            return [("drop", {"file": str(file)})]
        case 1:
            company.insert(10_000 + number * 100, 40)
            execute(
                f"UPDATE moves SET amount = amount + 1 WHERE id % 23 = {number % 23}",
                f"DELETE FROM moves WHERE id % 97 = {number % 97}",
                database=company.source,
            )
            return [feed]
        case _:
            return [publish, (copy, params)]


def of(work: list[Any], prefix: str) -> list[Any]:
    """Return the work with a company's own tables in the target."""
    return [
        (kind, {**given, "prefix": prefix} if "prefix" in given else given) for kind, given in work
    ]


def strike(
    company: Company,
    folder: Path,
    work: list[Any],
    seconds: float,
    kills: int,
    chance: random.Random,
    tally: Tally,
) -> None:
    """Have a round's work killed some times at random moments, then let it end."""
    for _ in range(min(KILLS_A_ROUND, kills - tally.kills)):
        tally.starts += 1
        if not ends_within(begin(folder, work), chance.uniform(0, seconds)):
            tally.kills += 1
            tally.struck[where(company, folder)] += 1
    tally.starts += 1
    ends_within(begin(folder, work), None)


def where(company: Company, folder: Path) -> str:
    """Return the run and stage that a killed process was in, as the app database knows it."""
    running = company.stages(folder)
    return running[0] if running else BETWEEN


def compare(company: Company, calm: Path, struck: Path, tally: Tally) -> None:
    """Compare both companies, and rebuild the struck one from what it has kept."""
    one, other = company.said(calm, "calm_"), company.said(struck, "struck_")
    tally.same = one == other
    rows = [Counter(said["published"]["movement"]) for said in (one, other)]
    tally.lost = (rows[0] - rows[1]).total()
    tally.doubled = (rows[1] - rows[0]).total()
    for _, state, _, attempts in company.runs(struck):
        if state == "succeeded" and any(each["code"] == "killed" for each in attempts):
            tally.resumed += 1
    with Workspace.open(struck, environ={}) as workspace:
        tally.rebuilt = rebuild_warehouse(workspace, lambda *_: None).differing == ()


def told(tally: Tally) -> str:
    """Return the figures as text."""
    figures = {key: value for key, value in vars(tally).items() if key != "struck"}
    lines = [f"{key:8} {value}" for key, value in figures.items()]
    return "\n".join([*lines, *(f"{n:8} {place}" for place, n in tally.struck.most_common())])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    options = parser.parse_args()
    found = run(options.kills, options.seed)
    print(told(found))
    if options.json:
        options.json.write_text(json.dumps(vars(found)), encoding="utf-8")
    if found.lost or found.doubled or not (found.same and found.rebuilt):
        sys.exit(1)
