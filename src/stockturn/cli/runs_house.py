"""Runs and schedules, asked of the server that owns the workspace, or of its app database.

Both answer in the shapes of the API, so a command prints the same whoever answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from stockturn.cli.house import OwnHouse, open_house
from stockturn.cli.remote import RemoteHouse
from stockturn.cli.shell import Shell
from stockturn.language import Language, Text
from stockturn.workspace import Workspace

Shape = dict[str, Any]

STATES = {
    "queued": Text("排队中", "queued"),
    "running": Text("运行中", "running"),
    "succeeded": Text("已完成", "succeeded"),
    "held": Text("已扣留", "held"),
    "failed": Text("失败", "failed"),
    "cancelled": Text("已取消", "cancelled"),
    "interrupted": Text("已中断", "interrupted"),
}


class RunsHouse(Protocol):
    """Where runs and schedules are asked for; answers are the API's shapes."""

    def runs(self, kinds: list[str], states: list[str], limit: int) -> list[Shape]:
        """Return runs, newest first."""

    def run(self, run_id: int) -> Shape:
        """Return one run."""

    def cancel(self, run_id: int) -> Shape:
        """Ask a run to stop."""

    def answer(self, run_id: int, answer: str) -> Shape:
        """Answer a held run."""

    def decide_rates(self, run_id: int, answer: str, actor: str, reason: str) -> Shape:
        """Let what a held run asks about keep its rate or be converted again, by the answer."""

    def schedules(self) -> list[Shape]:
        """Return every schedule."""

    def add(self, new: Shape) -> Shape:
        """Add a schedule."""

    def change(self, schedule_id: int, change: Shape) -> Shape:
        """Pause or resume a schedule."""

    def remove(self, schedule_id: int) -> None:
        """Remove a schedule."""


@contextmanager
def open_runs(shell: Shell) -> Iterator[RunsHouse]:
    """Open what knows the runs of the workspace."""
    with open_house(shell) as house:
        if isinstance(house, RemoteHouse):
            yield _Remote(house)
        else:
            assert isinstance(house, OwnHouse)
            yield _Own(house.workspace, shell.language)


class _Remote:
    def __init__(self, house: RemoteHouse) -> None:
        self._call = house.call

    def runs(self, kinds: list[str], states: list[str], limit: int) -> list[Shape]:
        found = self._call("GET", "/runs", kind=kinds, state=states, limit=str(limit))["runs"]
        return list(found)

    def run(self, run_id: int) -> Shape:
        return self._call("GET", f"/runs/{run_id}")

    def cancel(self, run_id: int) -> Shape:
        return self._call("POST", f"/runs/{run_id}/cancel")

    def answer(self, run_id: int, answer: str) -> Shape:
        return self._call("POST", f"/runs/{run_id}/answer", {"answer": answer})

    def decide_rates(self, run_id: int, answer: str, actor: str, reason: str) -> Shape:
        route = "/rates/keep" if answer == "keep_rates" else "/rates/convert"
        self._call("POST", route, {"run_id": run_id, "actor": actor, "reason": reason})
        return self.run(run_id)

    def schedules(self) -> list[Shape]:
        return list(self._call("GET", "/schedules")["schedules"])

    def add(self, new: Shape) -> Shape:
        return self._call("POST", "/schedules", new)

    def change(self, schedule_id: int, change: Shape) -> Shape:
        return self._call("PATCH", f"/schedules/{schedule_id}", change)

    def remove(self, schedule_id: int) -> None:
        self._call("DELETE", f"/schedules/{schedule_id}")


class _Own:
    def __init__(self, workspace: Workspace, language: Language) -> None:
        from stockturn.server.observe import Observer
        from stockturn.server.working import make_runner

        # Never started: it is asked, and what is planned waits for the server.
        self._runner = make_runner(workspace, Observer())
        self._workspace, self._language = workspace, language

    def runs(self, kinds: list[str], states: list[str], limit: int) -> list[Shape]:
        found = self._runner.queue.find(kinds=kinds, states=states, limit=limit)  # type: ignore[arg-type]
        return [self._shape(run, full=False) for run in found]

    def run(self, run_id: int) -> Shape:
        return self._shape(self._runner.look(run_id), full=True)

    def cancel(self, run_id: int) -> Shape:
        return self._shape(self._runner.cancel(run_id), full=True)

    def answer(self, run_id: int, answer: Any) -> Shape:
        from stockturn.server.answering import answer_run
        from stockturn.server.gate import LOCAL_NAME

        run = answer_run(self._workspace, self._runner, run_id, answer, LOCAL_NAME)
        return self._shape(run, full=True)

    def decide_rates(self, run_id: int, answer: str, actor: str, reason: str) -> Shape:
        from stockturn.server.rates import converted_of_run, kept_of_run

        of_run = (self._workspace, self._runner, run_id, actor, reason)
        if answer == "keep_rates":
            kept_of_run(*of_run)
        else:
            converted_of_run(*of_run, self._language)
        return self.run(run_id)

    def schedules(self) -> list[Shape]:
        return [self._schedule(each) for each in self._runner.schedules.all()]

    def add(self, new: Shape) -> Shape:
        runner = self._runner
        runner.require(new["kind"])
        given = (new["name"], new["kind"], new["params"], new["trigger"])
        return self._schedule(runner.schedules.add(*given, runner.clock()))

    def change(self, schedule_id: int, change: Shape) -> Shape:
        runner = self._runner
        return self._schedule(runner.schedules.change(schedule_id, runner.clock(), **change))

    def remove(self, schedule_id: int) -> None:
        self._runner.schedules.remove(schedule_id)

    def _shape(self, run: Any, *, full: bool) -> Shape:
        from stockturn.server.run_shapes import run_shape

        return run_shape(self._runner, run, self._language, full=full).model_dump(mode="json")

    def _schedule(self, schedule: Any) -> Shape:
        from stockturn.server.run_shapes import schedule_shape

        return schedule_shape(schedule).model_dump(mode="json")
