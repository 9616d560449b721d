"""Coming in and going out: password, one-time links, and the cookie of the session."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.requests import HTTPConnection

from stockturn.accounts.access import Entered, Visit
from stockturn.accounts.caller import Caller
from stockturn.accounts.roles import ROLES
from stockturn.language import Language
from stockturn.server.desk import PROBLEMS, CallerHere, Desk, DeskHere, Lang
from stockturn.server.people_contract import (
    LinkKey,
    LinkShape,
    LinkUse,
    Me,
    RowsShape,
    SessionState,
    SignIn,
)

router = APIRouter(tags=["account"], responses=PROBLEMS)


@router.get("/api/session")
def get_session(request: Request, desk: DeskHere, lang: Lang = "zh") -> SessionState:
    """Say who is signed in, if anybody."""
    caller = request.scope.get("state", {}).get("caller")
    return _state(desk, me_shape(caller, lang) if caller else None)


@router.post("/api/session")
def post_session(
    sign_in: SignIn, request: Request, response: Response, desk: DeskHere, lang: Lang = "zh"
) -> SessionState:
    """Sign in by name and password."""
    visit, old = visit_of(request), request.cookies.get(desk.cookie, "")
    entered = desk.access.sign_in(sign_in.login, sign_in.password, visit, old)
    return _enter(request, response, desk, entered, lang)


@router.delete("/api/session")
def delete_session(response: Response, desk: DeskHere, caller: CallerHere) -> SessionState:
    """Sign out: the session ends on the server."""
    desk.access.sign_out(caller)
    response.delete_cookie(desk.cookie)
    return _state(desk, None)


@router.post("/api/links/look")
def post_look(link: LinkKey, desk: DeskHere) -> LinkShape:
    """Say what a one-time link is for, without using it."""
    return LinkShape(**vars(desk.access.look(link.key)))


@router.post("/api/links/use")
def post_use(
    use: LinkUse, request: Request, response: Response, desk: DeskHere, lang: Lang = "zh"
) -> SessionState:
    """Use a one-time link: make the first owner, set a password, or come in."""
    entered = desk.access.use(
        use.key,
        visit_of(request),
        login=use.login,
        name=use.name,
        password=use.password,
        old_key=request.cookies.get(desk.cookie, ""),
    )
    return _enter(request, response, desk, entered, lang)


def set_session_cookie(request: Request, response: Response, desk: Desk, key: str) -> None:
    """Put a session into the browser: not for scripts, not for other sites."""
    response.set_cookie(
        desk.cookie,
        key,
        max_age=int(desk.access.lifetime.whole.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def visit_of(connection: HTTPConnection) -> Visit:
    """Return where a request comes from."""
    address = connection.client.host if connection.client else ""
    return Visit(address, connection.headers.get("user-agent", ""))


def me_shape(caller: Caller, language: Language) -> Me:
    """Return who asks, as the page shows it."""
    user = caller.user
    role = ROLES.get(user.role) if user is not None else ROLES["owner"]
    return Me(
        login=user.login if user is not None else "",
        name=caller.actor.name,
        role=role.key if role else "",
        role_name=role.name.read(language) if role else "",
        permissions=sorted(caller.permissions),
        rows=RowsShape(**caller.rows.payload()),
        has_password=user is not None and user.password_hash is not None,
    )


def _enter(
    request: Request, response: Response, desk: Desk, entered: Entered, language: Language
) -> SessionState:
    set_session_cookie(request, response, desk, entered.key)
    caller = desk.access.by_session(entered.key, visit_of(request))
    return _state(desk, me_shape(caller, language) if caller else None)


def _state(desk: Desk, me: Me | None) -> SessionState:
    needed = me is None and desk.access.needs_setup()
    return SessionState(company=desk.workspace.settings.company, setup_needed=needed, me=me)
