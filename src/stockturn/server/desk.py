"""What every route works with: the workspace, the one way to ask, and what is kept of answers."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Hashable
from copy import copy
from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Query, Request
from starlette.datastructures import Headers

from stockturn.accounts.access import Access
from stockturn.accounts.caller import Caller
from stockturn.accounts.errors import NotAllowed, SignInNeeded
from stockturn.accounts.people import People
from stockturn.engines import DuckDBEngine
from stockturn.language import Language, Text
from stockturn.ledger import loads
from stockturn.metrics import answer
from stockturn.metrics.query import NOTHING, Answer, MetricQuery, Scope, Trust
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


_RAW_ROWS = Text("看文件的原始行（需要全部数据范围）", "See rows of files (needs all rows)")


class Desk:
    """One server's working place, for one caller's scope. Safe from any thread.

    Made without a scope it answers nothing: :meth:`for_scope` gives the desk of a caller.
    ``raw_rows`` says whether they may see rejected rows as the files held them.
    """

    def __init__(self, workspace: Workspace, observer: Observer, access: Access) -> None:
        self.workspace = workspace
        self.observer = observer
        self.runner = make_runner(workspace, observer)
        self.access = access
        self.people = People(workspace.app_db, access)
        self.cookie = cookie_name(workspace.secret)
        self.scope = NOTHING
        self.raw_rows = False
        self._cache = Cache()

    def for_scope(self, scope: Scope, *, raw_rows: bool = False) -> Desk:
        """Return the same desk, as a caller with this scope sees it."""
        seen = copy(self)
        seen.scope, seen.raw_rows = scope, raw_rows
        return seen

    def require_raw_rows(self) -> None:
        """Check that the caller may see rows as the files held them.

        Raises:
            NotAllowed: their rows are restricted, or they may not see cost.
        """
        if not self.raw_rows:
            raise NotAllowed(_RAW_ROWS)

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

    def ask(self, query: MetricQuery) -> Answer:
        """Answer a question within the scope, from what is kept where the data has not changed.

        Raises:
            UsageError: the question names what does not exist or does not fit together.
        """

        def make() -> Answer:
            with self.observer.timed(f"{','.join(query.measures)} by {','.join(query.by) or '-'}"):
                bar = self.workspace.settings.cost_coverage_bar
                found = answer.ask(self.engine, query, self.scope, cost_bar=bar)
            if self.scope.allowed:
                return found
            return replace(found, coverage=replace(found.coverage, trust=self.trust()))

        return self.kept(("answer", query), make)

    def trust(self) -> Trust:
        """Return how far the data can be trusted as a whole."""
        return self.kept("trust", lambda: trust(self.engine))

    def kept(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the result for ``key`` on the data of now, for callers of this scope alone."""
        return self._cache.get((self.version(), self.scope, key), make)

    def last_day(self) -> date:
        """Return the last day with data.

        Raises:
            EmptyWorkspace: nothing has been loaded.
        """
        return answer.data_bounds(self.engine)[1] - timedelta(days=1)

    def version(self) -> int:
        """Return the number of the last load; 0 before the first."""
        return loads.last_load(self.engine)


def cookie_name(secret: bytes) -> str:
    """Return the name of a workspace's cookie: browsers share cookies among ports of one host."""
    return f"stockturn_{hashlib.sha256(b'cookie' + secret).hexdigest()[:8]}"


def _desk(request: Request) -> Desk:
    """The desk as the caller sees it; whoever the gate let pass without a name sees nothing."""
    found = request.app.state.desk
    assert isinstance(found, Desk)
    caller = request.scope.get("state", {}).get("caller")
    return found if caller is None else found.for_scope(caller.scope, raw_rows=caller.sees_raw_rows)


def _caller(request: Request) -> Caller:
    caller = request.scope.get("state", {}).get("caller")
    if caller is None:
        raise SignInNeeded
    assert isinstance(caller, Caller)
    return caller


DeskHere = Annotated[Desk, Depends(_desk)]
"""The desk, bound to the caller's scope: whatever is asked of it is answered within it."""

CallerHere = Annotated[Caller, Depends(_caller)]
"""Who asks."""

Lang = Annotated[Language, Query(description="language of the sentences")]
