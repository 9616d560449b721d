"""Authentication and the permission matrix in front of every route: what is not allowed is refused.

What was allowed and done is written to the audit before its answer goes out.

The gate stands before the framework: nothing of a refused request is read or parsed.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Final

import structlog
from fastapi.routing import iter_route_contexts
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stockturn.accounts.access import Access
from stockturn.accounts.api_tokens import PREFIX
from stockturn.accounts.caller import Caller, local_caller
from stockturn.accounts.errors import NotAllowed, SignInNeeded
from stockturn.accounts.permissions import PERMISSIONS, Permission
from stockturn.language import StockTurnError, Text
from stockturn.server.deeds import Act, Note, deed_of, line_of
from stockturn.server.desk import Desk
from stockturn.server.errors import problem
from stockturn.server.guard import INTERNAL, SAFE_METHODS, NotTheOwner
from stockturn.server.matrix import ROUTES, Line, Need
from stockturn.server.sign_in import visit_of

log = structlog.get_logger("stockturn.server")

LOCAL_NAME: Final = "stockturn command"


class NoEntry(StockTurnError):
    """The route has no line in the permission matrix, or none in the deeds."""

    code = "no_entry"
    status = 403

    def __init__(self) -> None:
        super().__init__(
            Text(
                "这个地址没有登记所需的权限，因此不开放。请把编号告诉管理员。",
                "This address has no line in the permission matrix, so it is closed. Quote the "
                "code to your administrator.",
            )
        )


class Gate:
    """Finds out who asks, and lets them pass where the matrix says so.

    Args:
        app: What stands behind.
        desk: Knows the workspace's people and its owner's token.
        lines: The permission matrix.
    """

    def __init__(
        self, app: ASGIApp, desk: Desk, lines: Mapping[tuple[str, str], Line] = ROUTES
    ) -> None:
        self._app = app
        self._desk = desk
        self._lines = lines
        self._table = RouteTable()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        found = self._table.route(scope["app"], scope)
        if found is not None:
            template, parts = found
            try:
                await self._admit(scope, template)
            except StockTurnError as refusal:
                log.warning("refused", code=refusal.code, method=scope["method"], route=template)
                await problem(scope, refusal)(scope, receive, send)
                return
            line = line_of(scope["method"], template)
            if isinstance(line, Act):
                send = self._noting(line, parts, scope, send)
        await self._app(scope, receive, send)

    def _noting(self, act: Act, parts: Mapping[str, str], scope: Scope, send: Send) -> Send:
        """Write the audit's line before an answer that says it is done goes out."""

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] < 400:
                state = scope["state"]
                deed = deed_of(act, parts, state.get("note") or Note())
                await run_in_threadpool(self._desk.people.note, state["caller"], deed)
            await send(message)

        return noted

    async def _admit(self, scope: Scope, template: str) -> None:
        """Put the caller beside the request.

        Raises:
            NoEntry, SignInNeeded, NotAllowed, NotTheOwner: they may not pass.
        """
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        inside = template.startswith(f"{INTERNAL}/")
        need = Need.OWNER_TOKEN if inside else self._lines.get((method, template))
        if need is None or (method not in SAFE_METHODS and line_of(method, template) is None):
            raise NoEntry
        if need is Need.OPEN:
            return
        connection = HTTPConnection(scope)
        caller = await run_in_threadpool(self._caller, connection)
        scope.setdefault("state", {})["caller"] = caller
        if need is Need.ANYONE or (need is Need.MONITOR and _on_this_machine(connection)):
            return
        if need is Need.OWNER_TOKEN:
            if caller is None or caller.user is not None:
                raise NotTheOwner
            return
        if caller is None:
            raise SignInNeeded
        _require(caller, need)

    def _caller(self, connection: HTTPConnection) -> Caller | None:
        """Who asks: by the owner's token, by an API token, else by the session of the cookie."""
        access: Access = self._desk.access
        if self._desk.is_owner(connection.headers):
            return local_caller(LOCAL_NAME)
        shown = connection.headers.get("authorization", "")
        if shown:
            key = shown.removeprefix("Bearer ")
            return access.by_token(key, visit_of(connection)) if key.startswith(PREFIX) else None
        key = connection.cookies.get(self._desk.cookie, "")
        return access.by_session(key, visit_of(connection)) if key else None


class RouteTable:
    """The app's routes by path template, matched as the framework will match them."""

    def __init__(self) -> None:
        self._routes: list[Route] = []

    def route(self, app: Starlette, scope: Scope) -> tuple[str, dict[str, str]] | None:
        """Return template and parts of the address that will answer; None where none does.

        A route added while the server runs stands behind the others, so it is looked for only
        when none of them answers.
        """
        found = self._match(scope)
        if found is None:
            self._routes = [
                Route(path, _nowhere, methods=sorted(methods)) for path, methods in routes_of(app)
            ]
            found = self._match(scope)
        return found

    def _match(self, scope: Scope) -> tuple[str, dict[str, str]] | None:
        for route in self._routes:
            match, inside = route.matches(scope)
            if match is Match.FULL:
                return route.path, {key: str(part) for key, part in inside["path_params"].items()}
        return None


def routes_of(app: Starlette) -> list[tuple[str, set[str]]]:
    """Return every route of an app: path template and methods, in the order they are matched."""
    return [
        (str(each.path), set(each.methods or ()))
        for each in iter_route_contexts(app.routes)
        if each.path is not None
    ]


def _nowhere() -> None:
    """Stand in for an endpoint: these routes are only matched."""


def _require(caller: Caller, need: Line) -> None:
    if isinstance(need, Permission):
        caller.require(need)
    elif need is Need.MONITOR and not caller.may(Permission.SEE_DATA):
        raise NotAllowed(PERMISSIONS[Permission.SEE_DATA])


def _on_this_machine(connection: HTTPConnection) -> bool:
    """Say whether the caller itself, and no proxy in its place, runs on this machine."""
    forwarded = {"forwarded", "x-forwarded-for", "x-real-ip"} & set(connection.headers)
    host = connection.client.host if connection.client else ""
    try:
        return not forwarded and ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
