from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from stockturn.server.app import create_app
from stockturn.workspace import Workspace
from tests.server import company

BASE = "http://127.0.0.1:8765"


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
def client(workspace: Workspace, page: Path) -> Iterator[TestClient]:
    with TestClient(create_app(workspace, page=page), base_url=BASE) as opened:
        yield opened


@pytest.fixture
def empty_client(tmp_path: Path, page: Path) -> Iterator[TestClient]:
    path = Workspace.create(tmp_path / "w")
    with (
        Workspace.open(path, kind="server", environ={}) as opened,
        TestClient(create_app(opened, page=page), base_url=BASE) as client,
    ):
        yield client
