from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from stockturn.server.app import create_app
from stockturn.workspace import Workspace
from tests.server import company
from tests.server.serving import client_of


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """The tiny company, opened once; tests only read it."""
    path = Workspace.create(tmp_path_factory.mktemp("tiny") / "w", {"company": "小样贸易"})
    with Workspace.open(path, kind="server", environ={}) as opened:
        company.fill(opened)
        yield opened


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built page of two files."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "assets").mkdir()
    (folder / "index.html").write_text('<base href="/" /><p>页面</p>', encoding="utf-8")
    (folder / "mark.svg").write_text("<svg/>", encoding="utf-8")
    (folder / "assets" / "main-abc.js").write_text("let a = 1;\n" * 500, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def client(workspace: Workspace, page: Path) -> Iterator[httpx.Client]:
    with client_of(create_app(workspace, page=page)) as opened:
        yield opened


@pytest.fixture
def workspace_of(tmp_path: Path) -> Callable[[], Workspace]:
    """Return what opens an empty workspace."""

    def open_() -> Workspace:
        path = Workspace.create(tmp_path / "w")
        return Workspace.open(path, kind="server", environ={})

    return open_


@pytest.fixture
def empty_client(tmp_path: Path, page: Path) -> Iterator[httpx.Client]:
    path = Workspace.create(tmp_path / "w")
    with (
        Workspace.open(path, kind="server", environ={}) as opened,
        client_of(create_app(opened, page=page)) as client,
    ):
        yield client
