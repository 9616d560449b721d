"""``stockturn serve``: the page, on this computer only."""

from __future__ import annotations

import secrets
import signal
import socket
import threading
import webbrowser
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

import click

from stockturn.cli.options import in_workspace
from stockturn.cli.shell import Shell
from stockturn.cli.words import command, option
from stockturn.language import StockTurnError, Text, UsageError

if TYPE_CHECKING:
    from stockturn.workspace import Workspace

LOOPBACK = ("127.0.0.1", "localhost", "::1")

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


class NotLoopback(UsageError):
    """A host that other computers could reach."""

    code = "not_loopback"

    def __init__(self, host: str) -> None:
        super().__init__(
            Text(
                f"现在还没有登录功能，页面只能在本机打开，--host 不能为 {host}。可用："
                f"{'、'.join(LOOPBACK)}。",
                f"There is no sign-in yet, so the page opens on this computer only; --host cannot "
                f"be {host}. Known: {', '.join(LOOPBACK)}.",
            )
        )


@command(Text("打开页面（只在本机）。", "Open the page, on this computer only."))
@option(
    "--port",
    type=click.IntRange(0, 65_535),
    words=Text("端口，0 为任取一个。", "The port; 0 picks a free one."),
)
@option("--host", default=LOOPBACK[0], words=Text("本机地址。", "A loopback address."))
@option("--no-browser", is_flag=True, words=Text("不打开浏览器。", "Open no browser."))
@in_workspace
@click.pass_obj
def serve(shell: Shell, port: int | None, host: str, no_browser: bool) -> None:
    """Serve until interrupted."""
    from stockturn.cli.house import own_workspace

    if host not in LOOPBACK:
        raise NotLoopback(host)
    with own_workspace(shell, kind="server", settings={"port": port}) as workspace:
        run_server(shell, workspace, host=host, browser=not no_browser)
    shell.say(_ENDED)


def run_server(
    shell: Shell, workspace: Workspace, *, host: str, browser: bool, any_port: bool = False
) -> None:
    """Serve a workspace that this process owns until Ctrl-C or SIGTERM.

    Args:
        shell: Says where the page is.
        workspace: Opened as the server's; its settings name the port.
        host: A loopback address.
        browser: Open the page in a browser.
        any_port: Take a free port where the settings' one is taken.

    Raises:
        PortTaken: the port of the settings is in use.
    """
    import uvicorn

    from stockturn.server.app import create_app

    try:
        listener = _listen(host, workspace.settings.port)
    except PortTaken:
        if not any_port:
            raise
        listener = _listen(host, 0)
    port = listener.getsockname()[1]
    workspace.announce(port, secrets.token_urlsafe(32))
    # The log goes to the workspace's handler; uvicorn's own set-up would print it instead.
    config = uvicorn.Config(create_app(workspace), log_config=None, timeout_graceful_shutdown=5)
    server = uvicorn.Server(config)
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{port}/?lang={shell.language}"
    ready = threading.Thread(target=_when_ready, args=(shell, server, address, browser))
    ready.start()
    # uvicorn raises the signal again once it has ended; by then there is nothing left to do.
    before = signal.signal(signal.SIGTERM, _end)
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        return
    finally:
        server.should_exit = True
        ready.join()
        signal.signal(signal.SIGTERM, before)
        listener.close()


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
