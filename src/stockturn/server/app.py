"""The HTTP server: routes, error answers, guards and the web page around one workspace."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.middleware.gzip import GZipMiddleware

from stockturn import __version__
from stockturn.accounts.access import Access
from stockturn.accounts.sessions import Lifetime
from stockturn.intake.push.job import resume
from stockturn.intake.push.messages import Messages
from stockturn.ledger import tables
from stockturn.metrics.query import EVERYTHING
from stockturn.server import errors
from stockturn.server.desk import Desk
from stockturn.server.gate import Gate
from stockturn.server.guard import Guard, hosts_of
from stockturn.server.observe import Observer, RequestLog
from stockturn.server.overview import warm_up
from stockturn.server.pages import PAGE_FOLDER, page_router
from stockturn.server.routes import ROUTERS
from stockturn.server.working import ask_to_publish
from stockturn.workspace import Workspace

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(workspace: Workspace, *, page: Path = PAGE_FOLDER) -> FastAPI:
    """Return the server of an opened workspace.

    Args:
        workspace: Opened by the caller as its owner, and closed by the caller after the server.
        page: Folder of the built web page.

    Raises:
        SecretRefused: the workspace's secret is short, guessable, or open to others.
        AppDbUnreachable, AppDbNewer: see :meth:`AppDb.open`.
    """
    tables.ensure(workspace.engine)
    observer, settings = Observer(), workspace.settings
    lifetime = Lifetime(
        timedelta(hours=settings.session_idle_hours), timedelta(days=settings.session_days)
    )
    access = Access(workspace.app_db, company=settings.company, lifetime=lifetime)
    desk = Desk(workspace, observer, access)
    app = _bare_app(lifespan=partial(_warm, desk))
    app.state.desk = desk
    errors.install(app)
    app.include_router(page_router(page))
    # Added last is outermost: each request is logged, guarded, let in by the matrix, then packed.
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    app.add_middleware(errors.CatchAll)
    app.add_middleware(Gate, desk=desk)
    app.add_middleware(Guard, is_owner=desk.is_owner, hosts=hosts_of(settings))
    app.add_middleware(RequestLog, observer=observer)
    return app


@asynccontextmanager
async def _warm(desk: Desk, _app: FastAPI) -> AsyncIterator[None]:
    """Work off runs, and work the first page out, beside serving."""
    everything = desk.for_scope(EVERYTHING)
    work = threading.Thread(target=warm_up, args=(everything,), name="warm-up")
    work.start()
    desk.runner.start()
    ask_to_publish(desk.workspace, desk.runner)
    await run_in_threadpool(resume, desk.runner, Messages(desk.workspace))
    yield
    # The caller closes the workspace after us; nothing may still use it then.
    await run_in_threadpool(desk.runner.stop)
    work.join()


def _bare_app(lifespan: Lifespan | None = None) -> FastAPI:
    app = FastAPI(
        lifespan=lifespan,
        title="StockTurn",
        version=__version__,
        # The stock documentation page loads its scripts from elsewhere; the document is enough.
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        generate_unique_id_function=_operation_id,
    )
    for router in ROUTERS:
        app.include_router(router)
    return app


def openapi() -> dict[str, object]:
    """Return the OpenAPI document, without a workspace; the page's client is generated from it."""
    return _bare_app().openapi()


def _operation_id(route: APIRoute) -> str:
    return route.name
