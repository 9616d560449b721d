"""Takes the pictures of README: a real Chromium looks at a running demo.

The demo is generated in a throwaway folder, the same company each time; ``--workspace`` takes one
that is there already.
"""

from __future__ import annotations

import argparse
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.error import URLError

from playwright.sync_api import Browser, sync_playwright

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
START_SECONDS = 600
# Chromium looks for updates and accounts at each start; a picture needs none of that.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True)
class Picture:
    """One picture: file name, address, appearance and window in CSS pixels."""

    name: str
    address: str
    theme: Literal["light", "dark"]
    width: int
    height: int


SHOTS = (
    Picture("overview-zh-light", "/?lang=zh", "light", 1440, 1000),
    Picture("overview-zh-dark", "/?lang=zh", "dark", 1440, 1000),
    Picture("overview-zh-phone", "/?lang=zh", "light", 390, 844),
    Picture("overview-en-light", "/?lang=en", "light", 1440, 1000),
)


def free_port() -> int:
    """Return a port of this computer that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_healthy(url: str, server: subprocess.Popen[bytes]) -> None:
    """Return when the demo answers.

    Raises:
        SystemExit: the demo ended, or did not answer in time.
    """
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            sys.exit(f"the demo ended with exit code {server.returncode}")
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5):  # noqa: S310 (own address)
                return
        except (URLError, OSError):
            time.sleep(0.5)
    sys.exit(f"the demo did not answer within {START_SECONDS} s")


def sign_in_key(url: str, workspace: Path) -> str:
    """Return the key of a link that signs this computer's user in as the owner."""
    token = json.loads((workspace / "owner.json").read_text(encoding="utf-8"))["token"]
    asked = urllib.request.Request(  # noqa: S310 (own address)
        f"{url}/internal/local-link",
        method="POST",
        headers={"Authorization": f"Bearer {token}"},
    )
    with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310 (own address)
        return str(json.load(answer)["key"])


def take(browser: Browser, url: str, workspace: Path, picture: Picture) -> None:
    """Open the page as a returning visitor (no tour), wait until it is drawn, and save it."""
    context = browser.new_context(
        viewport={"width": picture.width, "height": picture.height},
        color_scheme=picture.theme,
        reduced_motion="reduce",
        device_scale_factor=2 if picture.width < 500 else 1,
    )
    context.add_init_script("localStorage.setItem('stockturn.tour', 'seen')")
    page = context.new_page()
    page.goto(f"{url}/welcome#{sign_in_key(url, workspace)}")
    page.wait_for_url(lambda address: "welcome" not in address)
    page.goto(url + picture.address, wait_until="networkidle")
    page.locator("main").wait_for()
    page.get_by_test_id("chart").first.locator("svg").wait_for()
    page.wait_for_function("!document.querySelector('.ant-skeleton, [aria-busy=true]')")
    page.screenshot(path=PICTURES / f"{picture.name}.png", animations="disabled")
    context.close()
    print(f"docs/screenshots/{picture.name}.png")


def server_command(workspace: Path | None, folder: Path, port: int) -> list[str]:
    """Return what serves the workspace, or makes a demo in ``folder`` and serves that."""
    stockturn = str(Path(sys.executable).with_name("stockturn"))
    shared = ["--no-browser", "--port", str(port)]
    if workspace is not None:
        return [stockturn, "--workspace", str(workspace), "serve", *shared]
    return [stockturn, "demo", "--dir", str(folder / "demo"), *shared]


def main() -> None:
    """Start the demo, take every picture, stop the demo."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, help="an existing demo, instead of a fresh one")
    workspace: Path | None = parser.parse_args().workspace
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("no Chromium here: install the system's chromium")
    PICTURES.mkdir(parents=True, exist_ok=True)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(server_command(workspace, Path(folder), port))
        try:
            wait_until_healthy(url, server)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
                for picture in SHOTS:
                    take(browser, url, workspace or Path(folder) / "demo", picture)
                browser.close()
        finally:
            server.terminate()
            server.wait(timeout=60)


if __name__ == "__main__":
    main()
