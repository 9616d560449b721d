"""What every route works with: the workspace, the one way to ask, and what is kept of answers."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Hashable
from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Query, Request
from starlette.datastructures import Headers

from stockturn.engines import DuckDBEngine
from stockturn.language import Language
from stockturn.ledger import loads
from stockturn.metrics import answer
from stockturn.metrics.query import EVERYTHING, Answer, MetricQuery, Scope, Trust
from stockturn.metrics.trust import trust
from stockturn.server.cache import Cache
from stockturn.server.contract import Problem
from stockturn.server.observe import Observer
from stockturn.server.working import make_runner
from stockturn.workspace import Workspace

T = TypeVar("T")

PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Problem, "description": "What was wrong with the request"},
    "5XX": {"model": Problem, "description": "What went wrong here"},
}
"""Error answers of every route, for the API document."""


class Desk:
    """One server's working place. Safe from any thread: each question has its own cursor."""

    def __init__(self, workspace: Workspace, observer: Observer) -> None:
        self.workspace = workspace
        self.observer = observer
        self.runner = make_runner(workspace, observer)
        self._cache = Cache()

    @property
    def engine(self) -> DuckDBEngine:
        """The warehouse."""
        return self.workspace.engine

    def is_owner(self, headers: Headers) -> bool:
        """Say whether a request shows the owner's token; without a token nobody is the owner."""
        token = self.workspace.owner.token
        shown = headers.get("authorization", "").encode()
        return bool(token) and secrets.compare_digest(shown, f"Bearer {token}".encode())

    @property
    def currency(self) -> str:
        """ISO code that values are kept in."""
        return self.workspace.settings.currency

    def ask(self, query: MetricQuery, scope: Scope = EVERYTHING) -> Answer:
        """Answer a question, from what is kept where the data has not changed since.

        Raises:
            UsageError: the question names what does not exist or does not fit together.
        """

        def make() -> Answer:
            with self.observer.timed(f"{','.join(query.measures)} by {','.join(query.by) or '-'}"):
                bar = self.workspace.settings.cost_coverage_bar
                found = answer.ask(self.engine, query, scope, cost_bar=bar)
            if scope.allowed:
                return found
            return replace(found, coverage=replace(found.coverage, trust=self.trust()))

        return self.kept(("answer", query, scope), make)

    def trust(self) -> Trust:
        """Return how far the data can be trusted as a whole."""
        return self.kept("trust", lambda: trust(self.engine))

    def kept(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the result for ``key`` on the data of now. Callers put the scope into the key."""
        return self._cache.get((self.version(), key), make)

    def last_day(self) -> date:
        """Return the last day with data.

        Raises:
            EmptyWorkspace: nothing has been loaded.
        """
        return answer.data_bounds(self.engine)[1] - timedelta(days=1)

    def version(self) -> int:
        """Return the number of the last load; 0 before the first."""
        return loads.last_load(self.engine)


def _desk(request: Request) -> Desk:
    found = request.app.state.desk
    assert isinstance(found, Desk)
    return found


DeskHere = Annotated[Desk, Depends(_desk)]
Lang = Annotated[Language, Query(description="language of the sentences")]
