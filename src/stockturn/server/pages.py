"""The web page: built files with long caches, and index.html for every address of the page."""

from __future__ import annotations

import html
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.exceptions import HTTPException

PAGE_FOLDER = Path(__file__).parent / "page"

REPAIR = "uv sync --reinstall-package stockturn"

_IMMUTABLE = {"cache-control": "public, max-age=31536000, immutable"}
_FRESH = {"cache-control": "no-cache"}
_NOT_A_PAGE = ("api", "internal", "assets")
_NOT_BUILT = f"""<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><title>StockTurn</title>
<body style="font-family: sans-serif; margin: 3rem; line-height: 1.8">
<h1>页面还没有构建</h1>
<p>请在项目目录运行 <code>{REPAIR}</code>，然后刷新。</p>
<p lang="en">The page is not built yet. Run <code>{REPAIR}</code> in the project folder, then
reload.</p>
"""


def page_router(folder: Path = PAGE_FOLDER) -> APIRouter:
    """Return the routes that serve the built page in ``folder``; include them last."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/assets/{name:path}", methods=["GET", "HEAD"])
    def get_asset(name: str) -> Response:
        return FileResponse(_inside(folder / "assets", name), headers=_IMMUTABLE)

    @router.api_route("/{path:path}", methods=["GET", "HEAD"])
    def get_page(path: str, request: Request) -> Response:
        if path.split("/", 1)[0] in _NOT_A_PAGE:
            raise HTTPException(404)
        # Files beside index.html (an icon) have a dot; the page's own addresses have none.
        if "/" not in path and "." in path and path != "index.html":
            return FileResponse(_inside(folder, path), headers=_FRESH)
        index = folder / "index.html"
        if not index.is_file():
            return HTMLResponse(_NOT_BUILT, status_code=503, headers=_FRESH)
        base = html.escape(request.scope.get("root_path", "").rstrip("/") + "/")
        text = index.read_text(encoding="utf-8")
        return HTMLResponse(
            text.replace('<base href="/"', f'<base href="{base}"', 1), headers=_FRESH
        )

    return router


def _inside(folder: Path, name: str) -> Path:
    """Return the file ``name`` of ``folder``; 404 for whatever lies outside or is no file.

    Raises:
        HTTPException: 404.
    """
    root = folder.resolve()
    found = (root / name).resolve()
    if "\0" in name or not found.is_relative_to(root) or not found.is_file():
        raise HTTPException(404)
    return found
