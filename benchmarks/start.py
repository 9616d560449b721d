"""What a person waits for: help, the server, the page's bytes."""

from __future__ import annotations

import gzip
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from benchmarks.timing import Line, seconds

PAGE = Path(__file__).parent.parent / "src" / "stockturn" / "server" / "page"


def command(*words: str) -> list[str]:
    return [sys.executable, "-c", "from stockturn.cli import main; main()", *words]


def help_time() -> Line:
    run = lambda: subprocess.run(command("--help"), capture_output=True, check=True)  # noqa: E731
    return Line("stockturn --help", 1000 * seconds(run, 7), "ms", note="goal 300 ms")


def server_start() -> Line:
    """From the command to the first answer of /health on a workspace that exists."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(command("init", f"{folder}/company"), capture_output=True, check=True,
                       stdin=subprocess.DEVNULL)  # fmt: skip
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        environment = {**os.environ, "STOCKTURN_WORKSPACE": f"{folder}/company"}
        start = time.perf_counter()
        server = subprocess.Popen(
            command("serve", "--port", str(port), "--no-browser"),
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            while time.perf_counter() - start < 60:
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1).read()
                    break
                except OSError:
                    time.sleep(0.02)
            spent = time.perf_counter() - start
        finally:
            server.terminate()
            server.wait(20)
    return Line("server start to first answer", spent, "s", note="goal 3 s")


def page_bytes() -> list[Line]:
    if not PAGE.is_dir():
        return []
    files = [path for path in PAGE.rglob("*") if path.suffix in (".js", ".css", ".html")]
    packed = sum(len(gzip.compress(path.read_bytes())) for path in files)
    return [Line("page, all files, gzip", packed / 1024, "kB")]
