"""A real server on a free loopback port for as long as a test needs it."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx
import uvicorn
from fastapi import FastAPI

from stockturn.accounts.scopes import ALL_ROWS, RowScope
from stockturn.accounts.sessions import open_session
from stockturn.accounts.users import add_user


@contextmanager
def serve(app: FastAPI, *, root_path: str = "") -> Iterator[str]:
    """Serve the app; give its address."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_config=None, access_log=False, root_path=root_path
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        assert time.monotonic() < deadline, "the server did not start in time"
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)


@contextmanager
def client_of(
    app: FastAPI, *, root_path: str = "", role: str | None = "owner", rows: RowScope = ALL_ROWS
) -> Iterator[httpx.Client]:
    """Serve the app; give a client that talks to it, signed in with a role (None: as nobody)."""
    with (
        serve(app, root_path=root_path) as address,
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        if role is not None:
            client.cookies = cookies_of(app, role, rows)
        yield client


def cookies_of(app: FastAPI, role: str, rows: RowScope = ALL_ROWS) -> dict[str, str]:
    """Return the cookie of a new session of a new person with this role and these rows."""
    desk = app.state.desk
    with desk.workspace.app_db.write() as connection:
        now, name = datetime.now(UTC), f"{role}-{uuid.uuid4().hex[:8]}"
        user = add_user(connection, now, login=name, name=name, role_key=role, rows=rows)
        key, _ = open_session(connection, now, user.user_id, "127.0.0.1", "test")
    return {desk.cookie: key}
