"""``stockturn serve``: the page, on this computer unless the settings say otherwise."""

from __future__ import annotations

import secrets
import signal
import socket
import sys
import threading
import webbrowser
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

import click

from stockturn.cli.options import in_workspace
from stockturn.cli.shell import Shell
from stockturn.cli.words import command, option
from stockturn.language import StockTurnError, Text

if TYPE_CHECKING:
    from stockturn.accounts.access import Access
    from stockturn.workspace import Workspace

LOOPBACK = ("127.0.0.1", "localhost", "::1")
EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - recognised here, bound by choice only

_LISTENING = Text(
    "页面已就绪：{address}\n按 Ctrl-C 结束。", "The page is ready: {address}\nCtrl-C ends it."
)
_ENDED = Text("服务已结束，工作区完好。", "The server has ended; the workspace is whole.")


class PortTaken(StockTurnError):
    """Something else listens on the port."""

    code = "port_taken"
    exit_code = 1

    def __init__(self, port: int) -> None:
        super().__init__(
            Text(
                f"端口 {port} 已被占用。请用 --port 换一个，--port 0 任取一个空闲端口。",
                f"Port {port} is taken. Choose another with --port; --port 0 picks a free one.",
            )
        )


@command(Text("打开页面（默认只在本机）。", "Open the page, by default on this computer only."))
@option(
    "--port",
    type=click.IntRange(0, 65_535),
    words=Text("端口，0 为任取一个。", "The port; 0 picks a free one."),
)
@option(
    "--host",
    words=Text(
        "监听的地址，默认为设置 host（127.0.0.1）。",
        "The address to listen on; by default the setting host (127.0.0.1).",
    ),
)
@option("--no-browser", is_flag=True, words=Text("不打开浏览器。", "Open no browser."))
@in_workspace
@click.pass_obj
def serve(shell: Shell, port: int | None, host: str | None, no_browser: bool) -> None:
    """Serve until interrupted."""
    from stockturn.cli.house import own_workspace

    settings = {"port": port, "host": host}
    with own_workspace(shell, kind="server", settings=settings) as workspace:
        run_server(shell, workspace, browser=not no_browser)
    shell.say(_ENDED)


def run_server(
    shell: Shell,
    workspace: Workspace,
    *,
    browser: bool,
    any_port: bool = False,
    owner_name: str | None = None,
) -> None:
    """Serve a workspace that this process owns until Ctrl-C or SIGTERM.

    Args:
        shell: Says where the page is.
        workspace: Opened as the server's; its settings name host and port.
        browser: Open the page in a browser.
        any_port: Take a free port where the settings' one is taken.
        owner_name: Makes an owner of this name where there is none, whom the address signs in.

    Raises:
        PortTaken: the port of the settings is in use.
    """
    import uvicorn

    from stockturn.server.app import create_app

    host = workspace.settings.host
    try:
        listener = _listen(host, workspace.settings.port)
    except PortTaken:
        if not any_port:
            raise
        listener = _listen(host, 0)
    port = listener.getsockname()[1]
    listeners = [listener]
    if host not in LOOPBACK and host not in EVERY_ADDRESS:
        # The command line asks on loopback, wherever the page is.
        listeners.append(_listen(LOOPBACK[0], port))
    workspace.announce(port, secrets.token_urlsafe(32))
    # The log goes to the workspace's handler; uvicorn's own set-up would print it instead.
    app = create_app(workspace)
    config = uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=5)
    server = uvicorn.Server(config)
    key = _link(app.state.desk.access, owner_name, local=browser or sys.stdout.isatty())
    address = page_address(host, port, shell.language, key)
    ready = threading.Thread(target=_when_ready, args=(shell, server, address, browser))
    ready.start()
    # uvicorn raises the signal again once it has ended; by then there is nothing left to do.
    before = signal.signal(signal.SIGTERM, _end)
    try:
        server.run(sockets=listeners)
    except KeyboardInterrupt:
        return
    finally:
        server.should_exit = True
        ready.join()
        signal.signal(signal.SIGTERM, before)
        for each in listeners:
            each.close()


def page_address(host: str, port: int, language: str, key: str | None = None) -> str:
    """Return the page's address; with a one-time key, one that signs in or sets up the owner."""
    named = LOOPBACK[0] if host in EVERY_ADDRESS else host
    shown = f"[{named}]" if ":" in named else named
    if key is None:
        return f"http://{shown}:{port}/?lang={language}"
    # Behind the hash: browsers send it to no server and no log.
    return f"http://{shown}:{port}/welcome?lang={language}#{key}"


def _link(access: Access, owner_name: str | None, *, local: bool) -> str | None:
    """The key that the printed address carries.

    Without an owner it sets the first one up. With one it signs the person at this computer in:
    they hold the files. It is left out where nobody watches, as under a service manager.
    """
    if owner_name is None and (setup := access.setup_link()) is not None:
        return setup
    return access.local_link(owner_name=owner_name) if local or owner_name else None


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise PortTaken(port) from error
    return listener


def _when_ready(shell: Shell, server: object, address: str, browser: bool) -> None:
    """Say where the page is once it answers, and open it."""
    pause = threading.Event()
    while not getattr(server, "started", False):
        if getattr(server, "should_exit", False):
            return
        pause.wait(0.05)
    shell.say(_LISTENING, address=address)
    if browser:
        webbrowser.open(address)


def _end(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
